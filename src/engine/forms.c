/* SPDX-License-Identifier: MIT
 * Which copies of a text are exact (text.h). The reading pass leaves a form with every item. Most texts have one form only:
 * their copies are exact. The items of the other texts are listed here with their forms, and read again if one of them is
 * not plain ASCII. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/phases.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Items that a thread takes at a time: enough that the counter costs nothing. Not measured. */
#define STEP 16u

struct forms_member {
    struct ndup_text *exact;
    neardup_status status;
    neardup_error error;
};

struct forms {
    neardup_job *job;
    struct ndup_texts *texts;
    uint64_t *first;            /* [texts]: the form of an item */
    uint64_t *several, *unsure; /* one bit per text: it has other forms; one is not plain */
    size_t capacity;            /* of texts->forms */
    bool any_several, any_unsure;
    struct forms_member *members;
    atomic_size_t next;
    atomic_bool stop;
};

static bool get_bit(const uint64_t *bits, uint32_t text)
{
    return bits[text / 64] >> text % 64 & 1;
}

static void set_bit(uint64_t *bits, uint32_t text)
{
    bits[text / 64] |= (uint64_t)1 << text % 64;
}

static uint64_t form_in_row(const struct ndup_item *item)
{
    return item->part != NULL ? item->part->form : item->row->form;
}

static neardup_status note_item(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    (void)job;
    (void)err;
    struct forms *f = context;
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
    if (!ndup_form_is_plain(form))
        set_bit(f->unsure, text);
    return NEARDUP_OK;
}

static neardup_status list_item(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    (void)job;
    struct forms *f = context;
    if (!ndup_has_text(item->text))
        return NEARDUP_OK;
    uint32_t text = ndup_texts_canonical(texts, item->text).value;
    if (!get_bit(f->several, text))
        return NEARDUP_OK;
    if (!ndup_grow(&texts->forms, &f->capacity, texts->form_count + 1, sizeof *texts->forms))
        return ndup_fail_nomem(err);
    bool unsure = get_bit(f->unsure, text);
    f->any_unsure = f->any_unsure || unsure;
    texts->forms[texts->form_count++] = (struct ndup_form){(uint32_t)item->index, unsure ? 0 : form_in_row(item)};
    return NEARDUP_OK;
}

/* ---- all threads at once ---- */

static neardup_status read_form(struct forms *f, unsigned member, struct ndup_form *form, neardup_error *err)
{
    struct ndup_worker *w = &f->job->workers[member];
    struct ndup_paragraph_row row;
    const char *text = NULL;
    size_t length = 0;
    if (f->texts->paragraphs != NULL) {
        NDUP_TRY(ndup_column_get(f->texts->paragraphs, form->item, &row, err));
        NDUP_TRY(ndup_job_read_paragraph(f->job, w, &row, &text, &length, err));
    } else {
        NDUP_TRY(ndup_job_read_text(f->job, w, form->item, &text, &length, err));
    }
    return ndup_text_exact_form(f->members[member].exact, text, length, &form->form, err);
}

static neardup_status read_some(struct forms *f, unsigned member, neardup_error *err)
{
    size_t begin, count = f->texts->form_count;
    while (!atomic_load(&f->stop) && (begin = atomic_fetch_add(&f->next, STEP)) < count) {
        for (size_t i = begin; i < count && i < begin + STEP; i++)
            if (f->texts->forms[i].form == 0)
                NDUP_TRY(read_form(f, member, &f->texts->forms[i], err));
        NDUP_TRY(ndup_job_check_cancel(f->job, err));
    }
    return NEARDUP_OK;
}

static void read_member(void *context, unsigned member)
{
    struct forms *f = context;
    struct forms_member *m = &f->members[member];
    m->status = read_some(f, member, &m->error);
    if (m->status != NEARDUP_OK)
        atomic_store(&f->stop, true);
}

static neardup_status read_forms(struct forms *f, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(f->job->pool);
    f->members = ndup_calloc(threads, sizeof *f->members);
    if (f->members == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++)
        NDUP_TRY(ndup_text_create_exact(&f->members[t].exact, &f->texts->profile, f->job->options.cpu, err));
    ndup_pool_run(f->job->pool, read_member, f);
    for (unsigned t = 0; t < threads; t++) {
        if (f->members[t].status == NEARDUP_OK)
            continue;
        if (err != NULL)
            *err = f->members[t].error;
        return f->members[t].status;
    }
    return NEARDUP_OK;
}

/* ---- all of it ---- */

static neardup_status find(struct forms *f, neardup_error *err)
{
    struct ndup_texts *texts = f->texts;
    size_t words = (size_t)texts->count / 64 + 1;
    f->first = ndup_calloc((size_t)texts->count + 1, sizeof *f->first);
    f->several = ndup_calloc(words, sizeof *f->several);
    f->unsure = ndup_calloc(words, sizeof *f->unsure);
    if (f->first == NULL || f->several == NULL || f->unsure == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_texts_each_item(f->job, texts, note_item, f, err));
    if (f->any_several)
        NDUP_TRY(ndup_texts_each_item(f->job, texts, list_item, f, err));
    return f->any_unsure ? read_forms(f, err) : NEARDUP_OK;
}

neardup_status ndup_job_find_forms(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    struct forms f = {.job = job, .texts = texts};
    if (ndup_tokens_keep_marks(texts->profile.tokens))
        return NEARDUP_OK;
    neardup_status st = find(&f, err);
    for (unsigned t = 0; f.members != NULL && t < ndup_pool_threads(job->pool); t++)
        ndup_text_destroy(f.members[t].exact);
    free(f.members);
    free(f.first);
    free(f.several);
    free(f.unsure);
    return st;
}

/* NULL: the item's text has one form only. */
static const struct ndup_form *form_of(const struct ndup_texts *texts, uint64_t item)
{
    size_t low = 0, high = texts->form_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (texts->forms[middle].item < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < texts->form_count && texts->forms[low].item == item ? &texts->forms[low] : NULL;
}

bool ndup_texts_same_form(const struct ndup_texts *texts, uint64_t a, uint64_t b)
{
    const struct ndup_form *x = form_of(texts, a), *y = x != NULL ? form_of(texts, b) : NULL;
    return x == NULL || y == NULL || x->form == y->form;
}
