/* SPDX-License-Identifier: MIT
 * Which copies of a text are exact (text.h). The reading pass leaves a form with every item. Most texts have one form, and
 * their copies are exact. The items of the other texts are listed here with their forms. One item of each form that is
 * not plain is read again for its exact form. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/phases.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Forms that a thread takes at a time: few, so that no thread waits for another at the end. Measured with 1 to 1 024 on 44 343
 * forms of about 900 bytes with two threads: medians of five runs from 1.39 to 1.59 s, in no order. Noise decides. */
#define STEP 16u

struct unread_form {
    uint32_t text, item;
    uint64_t form;
};

struct forms_member {
    struct ndup_text *exact;
    neardup_status status;
    neardup_error error;
};

struct finding {
    neardup_job *job;
    struct ndup_texts *texts;
    uint64_t *first;   /* [texts]: the form of an item */
    uint64_t *several; /* one bit per text: it has other forms */
    bool any_several;
    size_t listed, capacity;   /* items */
    struct unread_form *items; /* whose form is not plain; by text and form when they are read */
    size_t count, item_capacity;
    struct forms_member *members;
    atomic_size_t next;
    atomic_bool stop;
};

static bool get_bit(const uint64_t *bits, uint64_t i)
{
    return bits[i / 64] >> i % 64 & 1;
}

static void set_bit(uint64_t *bits, uint64_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

/* ---- which items ---- */

static uint64_t form_in_row(const struct ndup_item *item)
{
    return item->part != NULL ? item->part->form : item->row->form;
}

static neardup_status note_item(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    (void)job;
    (void)err;
    struct finding *f = context;
    if (!ndup_has_text(item->text))
        return NEARDUP_OK;
    uint32_t text = ndup_texts_canonical(texts, item->text).value;
    uint64_t form = form_in_row(item);
    if (f->first[text] == 0)
        f->first[text] = form;
    if (f->first[text] != form) {
        set_bit(f->several, text);
        f->any_several = true;
    }
    return NEARDUP_OK;
}

/* Where the form of a listed item is. */
static uint64_t *form_at(const struct ndup_forms *forms, uint64_t item)
{
    uint64_t below = forms->listed[item / 64] & (((uint64_t)1 << item % 64) - 1);
    return &forms->form[forms->before[item / 64] + (uint32_t)__builtin_popcountll(below)];
}

static neardup_status list_item(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    (void)job;
    struct finding *f = context;
    struct ndup_forms *forms = &texts->forms;
    if (item->index % 64 == 0)
        forms->before[item->index / 64] = (uint32_t)f->listed;
    uint32_t text = ndup_has_text(item->text) ? ndup_texts_canonical(texts, item->text).value : 0;
    if (!ndup_has_text(item->text) || !get_bit(f->several, text))
        return NEARDUP_OK;
    if (!ndup_grow(&forms->form, &f->capacity, f->listed + 1, sizeof *forms->form))
        return ndup_fail_nomem(err);
    set_bit(forms->listed, item->index);
    forms->form[f->listed++] = form_in_row(item);
    if (ndup_form_is_plain(form_in_row(item)))
        return NEARDUP_OK;
    if (!ndup_grow(&f->items, &f->item_capacity, f->count + 1, sizeof *f->items))
        return ndup_fail_nomem(err);
    f->items[f->count++] = (struct unread_form){text, (uint32_t)item->index, form_in_row(item)};
    return NEARDUP_OK;
}

static neardup_status list_items(struct finding *f, neardup_error *err)
{
    struct ndup_forms *forms = &f->texts->forms;
    size_t words = (size_t)(f->texts->items / 64) + 1;
    forms->listed = ndup_calloc(words, sizeof *forms->listed);
    forms->before = ndup_calloc(words, sizeof *forms->before);
    if (forms->listed == NULL || forms->before == NULL)
        return ndup_fail_nomem(err);
    return ndup_texts_each_item(f->job, f->texts, list_item, f, err);
}

/* ---- reading again, all threads at once ---- */

static int by_form(const void *left, const void *right)
{
    const struct unread_form *a = left, *b = right;
    if (a->text != b->text)
        return a->text < b->text ? -1 : 1;
    if (a->form != b->form)
        return a->form < b->form ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

/* Whether the item has the form of the one before it. */
static bool is_again(const struct finding *f, size_t i)
{
    return i > 0 && f->items[i].text == f->items[i - 1].text && f->items[i].form == f->items[i - 1].form;
}

static neardup_status read_form(struct finding *f, unsigned member, uint64_t item, neardup_error *err)
{
    struct ndup_worker *w = &f->job->workers[member];
    struct ndup_paragraph_row row;
    const char *text = NULL;
    size_t length = 0;
    if (f->texts->paragraphs != NULL) {
        NDUP_TRY(ndup_column_get(f->texts->paragraphs, item, &row, err));
        NDUP_TRY(ndup_job_read_paragraph(f->job, w, &row, &text, &length, err));
    } else {
        NDUP_TRY(ndup_job_read_text(f->job, w, item, &text, &length, err));
    }
    uint64_t *form = form_at(&f->texts->forms, item);
    bool echoes = (*form & NDUP_FORM_ECHOES) != 0;
    return ndup_text_exact_form(f->members[member].exact, text, length, echoes, form, err);
}

static neardup_status read_some(struct finding *f, unsigned member, neardup_error *err)
{
    size_t begin;
    while (!atomic_load(&f->stop) && (begin = atomic_fetch_add(&f->next, STEP)) < f->count) {
        for (size_t i = begin; i < f->count && i < begin + STEP; i++)
            if (!is_again(f, i))
                NDUP_TRY(read_form(f, member, f->items[i].item, err));
        NDUP_TRY(ndup_job_check_cancel(f->job, err));
    }
    return NEARDUP_OK;
}

static void read_member(void *context, unsigned member)
{
    struct finding *f = context;
    struct forms_member *m = &f->members[member];
    m->status = read_some(f, member, &m->error);
    if (m->status != NEARDUP_OK)
        atomic_store(&f->stop, true);
}

static neardup_status read_again(struct finding *f, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(f->job->pool);
    f->members = ndup_calloc(threads, sizeof *f->members);
    if (f->members == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++)
        NDUP_TRY(ndup_text_create_exact(&f->members[t].exact, &f->texts->profile, f->job->options.cpu, err));
    qsort(f->items, f->count, sizeof *f->items, by_form);
    ndup_pool_run(f->job->pool, read_member, f);
    for (unsigned t = 0; t < threads; t++) {
        if (f->members[t].status == NEARDUP_OK)
            continue;
        if (err != NULL)
            *err = f->members[t].error;
        return f->members[t].status;
    }
    for (size_t i = 0; i < f->count; i++)
        if (is_again(f, i))
            *form_at(&f->texts->forms, f->items[i].item) = *form_at(&f->texts->forms, f->items[i - 1].item);
    return NEARDUP_OK;
}

/* ---- all of it ---- */

static neardup_status find(struct finding *f, neardup_error *err)
{
    struct ndup_texts *texts = f->texts;
    size_t words = (size_t)texts->count / 64 + 1;
    f->first = ndup_calloc((size_t)texts->count + 1, sizeof *f->first);
    f->several = ndup_calloc(words, sizeof *f->several);
    if (f->first == NULL || f->several == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_texts_each_item(f->job, texts, note_item, f, err));
    if (f->any_several)
        NDUP_TRY(list_items(f, err));
    return f->count > 0 ? read_again(f, err) : NEARDUP_OK;
}

neardup_status ndup_job_find_forms(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    struct finding f = {.job = job, .texts = texts};
    if (ndup_tokens_keep_marks(texts->profile.tokens))
        return NEARDUP_OK;
    neardup_status st = find(&f, err);
    for (unsigned t = 0; f.members != NULL && t < ndup_pool_threads(job->pool); t++)
        ndup_text_destroy(f.members[t].exact);
    free(f.members);
    free(f.first);
    free(f.several);
    free(f.items);
    return st;
}

uint64_t ndup_texts_form(const struct ndup_texts *texts, uint64_t item)
{
    const struct ndup_forms *forms = &texts->forms;
    return forms->listed != NULL && get_bit(forms->listed, item) ? *form_at(forms, item) : 0;
}

bool ndup_texts_are_exact(const struct ndup_texts *texts, uint64_t a, uint64_t b)
{
    return ndup_texts_form(texts, a) == ndup_texts_form(texts, b);
}

void ndup_forms_free(struct ndup_forms *forms)
{
    free(forms->listed);
    free(forms->before);
    free(forms->form);
    *forms = (struct ndup_forms){0};
}
