/* SPDX-License-Identifier: MIT
 * Sorting fingerprints by a digit into the working memory: counted and moved by all threads, each its own share. */
#include "base/platform.h"

#include "match/hamming/hamming_tables.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

bool ndup_hamming_sort_init(struct ndup_hamming_sort *sort, struct ndup_hamming_search *s, size_t room)
{
    struct ndup_hamming_elements *e = &sort->elements;
    sort->search = s;
    sort->offsets = ndup_alloc(s->threads, sizeof *sort->offsets);
    e->low = ndup_alloc(room, sizeof *e->low);
    e->high = s->bits > 64 ? ndup_alloc(room, sizeof *e->high) : NULL;
    e->id = ndup_alloc(room, sizeof *e->id);
    if (sort->offsets != NULL && e->low != NULL && e->id != NULL && (s->bits == 64 || e->high != NULL))
        return true;
    ndup_hamming_fail(&s->workers[0], NEARDUP_E_NOMEM);
    return false;
}

void ndup_hamming_sort_free(struct ndup_hamming_sort *sort)
{
    free(sort->offsets);
    free(sort->elements.low);
    free(sort->elements.high);
    free(sort->elements.id);
}

void ndup_hamming_sort_all(struct ndup_hamming_sort *sort, const struct ndup_hamming_digit *digit)
{
    sort->digit = *digit;
    sort->first = 0;
    sort->last = (1u << digit->bits) - 1;
    sort->ranges[0] = (struct ndup_hamming_range){0, sort->search->count};
    sort->ranges[1] = (struct ndup_hamming_range){0, 0};
}

/* Of a range, the member's share of all fingerprints */
static struct ndup_hamming_range share_of(const struct ndup_hamming_sort *t, unsigned member,
                                          struct ndup_hamming_range range)
{
    uint32_t begin = (uint32_t)((uint64_t)t->search->count * member / t->search->threads);
    uint32_t end = (uint32_t)((uint64_t)t->search->count * (member + 1) / t->search->threads);
    range.begin = range.begin > begin ? range.begin : begin;
    range.end = range.end < end ? range.end : end;
    return range;
}

static void count_keys(void *context, unsigned member)
{
    struct ndup_hamming_sort *t = context;
    const struct ndup_fingerprint *f = t->search->fingerprints;
    struct ndup_hamming_digit digit = t->digit;
    uint32_t *counts = t->offsets[member];
    memset(counts, 0, sizeof t->offsets[0]);
    for (unsigned r = 0; r < 2; r++) {
        struct ndup_hamming_range share = share_of(t, member, t->ranges[r]);
        for (uint32_t i = share.begin; i < share.end; i++)
            counts[ndup_hamming_key(&digit, f[i].low, f[i].high)]++;
    }
}

static void scatter(void *context, unsigned member)
{
    struct ndup_hamming_sort *t = context;
    const struct ndup_fingerprint *f = t->search->fingerprints;
    struct ndup_hamming_digit digit = t->digit;
    struct ndup_hamming_elements to = t->elements;
    uint32_t *places = t->offsets[member], first = t->first, width = t->last - t->first;
    for (unsigned r = 0; r < 2; r++) {
        struct ndup_hamming_range share = share_of(t, member, t->ranges[r]);
        for (uint32_t i = share.begin; i < share.end; i++) {
            uint32_t key = ndup_hamming_key(&digit, f[i].low, f[i].high);
            if (key - first > width)
                continue;
            uint32_t at = places[key]++;
            to.low[at] = f[i].low;
            if (to.high != NULL)
                to.high[at] = f[i].high;
            to.id[at] = i;
        }
    }
}

void ndup_hamming_sort_count(struct ndup_hamming_sort *sort)
{
    ndup_pool_run(sort->search->pool, count_keys, sort);
}

void ndup_hamming_sort_run(struct ndup_hamming_sort *sort)
{
    uint32_t at = 0;
    ndup_hamming_sort_count(sort);
    for (uint32_t key = sort->first; key <= sort->last; key++) {
        for (unsigned m = 0; m < sort->search->threads; m++) {
            uint32_t count = sort->offsets[m][key];
            sort->offsets[m][key] = at;
            at += count;
        }
        sort->ends[key - sort->first] = at;
    }
    ndup_pool_run(sort->search->pool, scatter, sort);
}
