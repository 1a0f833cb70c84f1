/* SPDX-License-Identifier: MIT
 * Near misses: texts that are kept although they are similar to a removed one, reported in input order. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

/* ---- finding ---- */

static neardup_status note_removed(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                   void *context, neardup_error *err)
{
    uint64_t *removed = context;
    (void)job;
    (void)err;
    /* A line that repeats the one before it is no text of its own. */
    if (!ndup_item_counts(item) || !ndup_texts_is_removed(texts, item->index))
        return NEARDUP_OK;
    ndup_rank_set_bit(removed, ndup_texts_rank(texts, item->text));
    return NEARDUP_OK;
}

/* A paragraph that is to be removed may stay by a policy (max_copies): what matters is what becomes of the items. */
neardup_status ndup_job_find_removed(void *context, const uint64_t **removed, neardup_error *err)
{
    struct ndup_load_context *l = context;
    NDUP_TRY(ndup_job_cluster(l->job, l->texts, err));
    if (l->texts->paragraphs == NULL)
        return NEARDUP_OK;
    *removed = l->removed = ndup_calloc((size_t)l->texts->ranks / 64 + 1, sizeof *l->removed);
    return l->removed == NULL ? ndup_fail_nomem(err)
                              : ndup_texts_each_item(l->job, l->texts, note_removed, l->removed, err);
}

/* ---- telling ---- */

struct told {
    uint64_t item;
    const struct ndup_near_miss *near_miss;
};

static int by_item(const void *left, const void *right)
{
    const struct told *a = left, *b = right;
    return a->item < b->item ? -1 : a->item > b->item;
}

static uint64_t item_of(const struct ndup_texts *texts, struct ndup_rank rank)
{
    return ndup_texts_first_item(texts, rank);
}

static neardup_status get_ref(const neardup_job *job, const struct ndup_texts *texts, uint64_t index,
                              struct ndup_buf *text, neardup_ref *ref, neardup_error *err)
{
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item item;
    NDUP_TRY(ndup_texts_item(job, texts, index, &row, &part, &item, err));
    return ndup_job_ref(job, &item, text, ref, err);
}

static neardup_status tell(neardup_job *job, const struct ndup_texts *texts, const struct told *t, neardup_error *err)
{
    neardup_pair pair = {.reason = NEARDUP_NEAR, .jaccard = t->near_miss->jaccard, .distance = t->near_miss->distance};
    uint64_t other = item_of(texts, t->near_miss->removed);
    NDUP_TRY(get_ref(job, texts, t->item, &job->scratch_text[0], &pair.a, err));
    NDUP_TRY(get_ref(job, texts, other, &job->scratch_text[1], &pair.b, err));
    return job->callbacks.near_miss(job->callbacks.context, &pair) ? NEARDUP_OK
                                                                   : ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

/* With copies of its text it leads their cluster, which has told of it. */
static size_t list(const struct ndup_texts *texts, struct told *all)
{
    size_t n = 0;
    for (size_t i = 0; i < texts->decided.near_miss_count; i++) {
        const struct ndup_near_miss *s = &texts->decided.near_misses[i];
        if (texts->clusters.number[s->kept.value] == 0)
            all[n++] = (struct told){item_of(texts, s->kept), s};
    }
    if (n > 1)
        qsort(all, n, sizeof *all, by_item);
    return n;
}

neardup_status ndup_job_report_near_misses(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    if (job->callbacks.near_miss == NULL || texts->decided.near_miss_count == 0)
        return NEARDUP_OK;
    struct told *all = ndup_alloc(texts->decided.near_miss_count, sizeof *all);
    if (all == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = NEARDUP_OK;
    size_t count = list(texts, all);
    for (size_t i = 0; st == NEARDUP_OK && i < count; i++) {
        st = i % 1024 == 1023 ? ndup_job_check_cancel(job, err) : NEARDUP_OK;
        if (st == NEARDUP_OK)
            st = tell(job, texts, &all[i], err);
    }
    free(all);
    return st;
}
