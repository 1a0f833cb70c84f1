/* SPDX-License-Identifier: MIT
 * Which copies of a text are exact: those that also agree in accents, signs and symbols, that is, have the same tokens with
 * NEARDUP_TOKENS_..._MARKS. Others are near with a similarity of 1: `a + b` and `a - b` have the same words.
 *
 * Most copies are equal byte for byte: a digest of the bytes of a text's first copy stands in the table of digests, and a
 * bit of an item says that its own is another. Only the items of texts with such a bit are read again here. Making the strict digest of every text while it is read lost: it
 * would tokenise all of the corpus twice, for the sake of few texts. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/phases.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Items that a thread takes at a time: enough that the counter costs nothing. Not measured. */
#define STEP 16u

struct forms_member {
    struct ndup_text *text; /* keeps marks */
    neardup_status status;
    neardup_error error;
};

struct forms {
    neardup_job *job;
    struct ndup_texts *texts;
    /* One bit per text: it has an item; it has more; one of them differs from the first, or may. */
    uint64_t *met, *several, *differing;
    size_t capacity; /* of texts->forms */
    bool any;
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

static neardup_status note_item(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    (void)job;
    (void)err;
    struct forms *f = context;
    if (!ndup_has_text(item->text))
        return NEARDUP_OK;
    uint32_t text = ndup_texts_canonical(texts, item->text).value;
    if (get_bit(f->met, text))
        set_bit(f->several, text);
    set_bit(f->met, text);
    if (item->part != NULL ? item->part->differs : item->row->differs)
        set_bit(f->differing, text);
    f->any = f->any || (get_bit(f->several, text) && get_bit(f->differing, text));
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
    if (!get_bit(f->several, text) || !get_bit(f->differing, text))
        return NEARDUP_OK;
    if (!ndup_grow(&texts->forms, &f->capacity, texts->form_count + 1, sizeof *texts->forms))
        return ndup_fail_nomem(err);
    texts->forms[texts->form_count++] = (struct ndup_form){(uint32_t)item->index, 0};
    return NEARDUP_OK;
}

/* ---- all threads at once ---- */

static neardup_status read_form(struct forms *f, unsigned member, struct ndup_form *form, neardup_error *err)
{
    neardup_job *job = f->job;
    struct ndup_worker *w = &job->workers[member];
    struct ndup_text *marks = f->members[member].text;
    struct ndup_digest digest;
    const char *text = NULL;
    size_t length = 0;
    if (f->texts->paragraphs == NULL) {
        struct ndup_tokens tokens;
        NDUP_TRY(ndup_job_read_text(job, w, form->item, &text, &length, err));
        NDUP_TRY(ndup_text_tokenise(marks, text, length, NDUP_DECIDE, &tokens, err));
        digest = ndup_text_digest(marks, tokens.keyed, tokens.count);
    } else {
        struct ndup_paragraph_row row;
        struct ndup_part_tokens tokens;
        NDUP_TRY(ndup_column_get(f->texts->paragraphs, form->item, &row, err));
        NDUP_TRY(ndup_job_read_paragraph(job, w, &row, &text, &length, err));
        NDUP_TRY(ndup_part_tokenise(w->part, marks, text, length, false, NDUP_DECIDE, &tokens, err));
        digest = ndup_text_digest(marks, tokens.keyed, tokens.count);
    }
    form->form = digest.low;
    return NEARDUP_OK;
}

static neardup_status read_some(struct forms *f, unsigned member, neardup_error *err)
{
    size_t begin, count = f->texts->form_count;
    while (!atomic_load(&f->stop) && (begin = atomic_fetch_add(&f->next, STEP)) < count) {
        for (size_t i = begin; i < count && i < begin + STEP; i++)
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
    neardup_profile profile = f->texts->profile;
    unsigned threads = ndup_pool_threads(f->job->pool);
    profile.tokens = (neardup_tokens)((unsigned)profile.tokens | NEARDUP_TOKENS_WORD_MARKS);
    f->members = ndup_calloc(threads, sizeof *f->members);
    if (f->members == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++)
        NDUP_TRY(ndup_text_create(&f->members[t].text, &profile, f->job->options.cpu, err));
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
    f->met = ndup_calloc(words, sizeof *f->met);
    f->several = ndup_calloc(words, sizeof *f->several);
    f->differing = ndup_calloc(words, sizeof *f->differing);
    if (f->met == NULL || f->several == NULL || f->differing == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_texts_each_item(f->job, texts, note_item, f, err));
    if (!f->any)
        return NEARDUP_OK;
    NDUP_TRY(ndup_texts_each_item(f->job, texts, list_item, f, err));
    return read_forms(f, err);
}

neardup_status ndup_job_find_forms(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    struct forms f = {.job = job, .texts = texts};
    if (ndup_tokens_keep_marks(texts->profile.tokens))
        return NEARDUP_OK;
    neardup_status st = find(&f, err);
    for (unsigned t = 0; f.members != NULL && t < ndup_pool_threads(job->pool); t++)
        ndup_text_destroy(f.members[t].text);
    free(f.members);
    free(f.met);
    free(f.several);
    free(f.differing);
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
