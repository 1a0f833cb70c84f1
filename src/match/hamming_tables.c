/* SPDX-License-Identifier: MIT
 * The top of the tree: for each first block, the fingerprints are sorted into the working memory by a digit of it, all
 * threads together; what does not fit at once is taken in several passes over ranges of the digit. */
#include "base/platform.h"

#include "match/hamming_tables.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define PARTITIONS_MAX (1u << NDUP_HAMMING_DIGIT_MAX)

struct top {
    struct ndup_hamming_search *search;
    struct ndup_hamming_cut cut;
    struct ndup_hamming_node node;
    struct ndup_hamming_digit digit;
    struct ndup_hamming_elements elements;
    uint32_t (*offsets)[PARTITIONS_MAX]; /* [threads]: counts, then places to write */
    uint32_t totals[PARTITIONS_MAX];
    uint32_t ends[PARTITIONS_MAX];
    uint32_t *chunks; /* where the parts of a partition begin that is too large */
    size_t chunk_capacity;
    /* What the pass takes: keys first .. last of the fingerprints in two ranges. */
    uint32_t first, last;
    struct range {
        uint32_t begin, end;
    } ranges[2];
};

/* Of a range, the member's share of all fingerprints */
static struct range share_of(const struct top *t, unsigned member, struct range range)
{
    uint32_t begin = (uint32_t)((uint64_t)t->search->count * member / t->search->threads);
    uint32_t end = (uint32_t)((uint64_t)t->search->count * (member + 1) / t->search->threads);
    range.begin = range.begin > begin ? range.begin : begin;
    range.end = range.end < end ? range.end : end;
    return range;
}

static void count_keys(void *context, unsigned member)
{
    struct top *t = context;
    const struct ndup_fingerprint *f = t->search->fingerprints;
    struct ndup_hamming_digit digit = t->digit;
    uint32_t *counts = t->offsets[member];
    memset(counts, 0, sizeof t->offsets[0]);
    for (unsigned r = 0; r < 2; r++) {
        struct range share = share_of(t, member, t->ranges[r]);
        for (uint32_t i = share.begin; i < share.end; i++)
            counts[ndup_hamming_key(&digit, f[i].low, f[i].high)]++;
    }
}

static void scatter(void *context, unsigned member)
{
    struct top *t = context;
    const struct ndup_fingerprint *f = t->search->fingerprints;
    struct ndup_hamming_digit digit = t->digit;
    struct ndup_hamming_elements to = t->elements;
    uint32_t *places = t->offsets[member], first = t->first, width = t->last - t->first;
    for (unsigned r = 0; r < 2; r++) {
        struct range share = share_of(t, member, t->ranges[r]);
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

/* Sorts what the pass takes and finds its pairs. */
static void one_pass(struct top *t)
{
    struct ndup_hamming_search *s = t->search;
    uint32_t at = 0;
    ndup_pool_run(s->pool, count_keys, t);
    for (uint32_t key = t->first; key <= t->last; key++) {
        for (unsigned m = 0; m < s->threads; m++) {
            uint32_t count = t->offsets[m][key];
            t->offsets[m][key] = at;
            at += count;
        }
        t->ends[key - t->first] = at;
    }
    ndup_pool_run(s->pool, scatter, t);
    ndup_hamming_visit_groups(&s->workers[0], t->elements, t->ends, t->last - t->first + 1, &t->node, true);
}

static bool add_chunk(struct top *t, size_t *chunks, uint32_t begin)
{
    if (!ndup_grow(&t->chunks, &t->chunk_capacity, *chunks + 1, sizeof *t->chunks)) {
        ndup_hamming_fail(&t->search->workers[0], NEARDUP_E_NOMEM);
        return false;
    }
    t->chunks[(*chunks)++] = begin;
    return true;
}

/* One partition larger than the working memory: cut into chunks of half of it, by position, and every two of them
 * together. A pair inside a chunk counts with the next chunk; in the last one, with the one before. */
static void pass_by_chunks(struct top *t)
{
    struct ndup_hamming_search *s = t->search;
    size_t chunks = 0, inside = 0;
    if (!add_chunk(t, &chunks, 0))
        return;
    for (uint32_t i = 0; i < s->count; i++) {
        if (ndup_hamming_key(&t->digit, s->fingerprints[i].low, s->fingerprints[i].high) != t->first)
            continue;
        if (inside++ == s->capacity / 2) {
            if (!add_chunk(t, &chunks, i))
                return;
            inside = 1;
        }
    }
    if (!add_chunk(t, &chunks, s->count))
        return;
    for (size_t a = 0; a + 2 < chunks; a++) {
        for (size_t b = a + 1; b + 1 < chunks && !ndup_hamming_stopped(&s->workers[0]); b++) {
            t->ranges[0] = (struct range){t->chunks[a], t->chunks[a + 1]};
            t->ranges[1] = (struct range){t->chunks[b], t->chunks[b + 1]};
            s->boundary = t->chunks[b];
            s->report[0] = b == a + 1;
            s->report[1] = b == a + 1 && b + 2 == chunks;
            one_pass(t);
        }
    }
    s->boundary = 0;
    s->report[0] = s->report[1] = true;
    t->ranges[0] = (struct range){0, s->count};
    t->ranges[1] = (struct range){0, 0};
}

/* All pairs whose first chosen block is this one */
static void first_block(struct top *t, unsigned block)
{
    struct ndup_hamming_search *s = t->search;
    uint32_t partitions;
    t->digit = ndup_hamming_next_digit(&t->cut, block, 0, s->count);
    t->node = (struct ndup_hamming_node){
        .cut = &t->cut, .chosen = UINT64_C(1) << block, .count = 1, .last = block, .used = t->digit.bits};
    partitions = 1u << t->digit.bits;
    t->first = 0;
    t->last = partitions - 1;
    t->ranges[0] = (struct range){0, s->count};
    t->ranges[1] = (struct range){0, 0};
    if (s->count <= s->capacity) {
        one_pass(t);
        return;
    }
    ndup_pool_run(s->pool, count_keys, t);
    memset(t->totals, 0, sizeof t->totals);
    for (unsigned m = 0; m < s->threads; m++) {
        for (uint32_t key = 0; key < partitions; key++)
            t->totals[key] += t->offsets[m][key];
    }
    for (uint32_t key = 0; key < partitions && !ndup_hamming_stopped(&s->workers[0]); key = t->last + 1) {
        size_t taken = t->totals[key];
        t->first = t->last = key;
        while (t->last + 1 < partitions && taken + t->totals[t->last + 1] <= s->capacity)
            taken += t->totals[++t->last];
        if (taken > s->capacity)
            pass_by_chunks(t);
        else
            one_pass(t);
    }
}

void ndup_hamming_run_tables(struct ndup_hamming_search *s)
{
    size_t room = s->count < s->capacity ? s->count : s->capacity;
    struct top *t = ndup_calloc(1, sizeof *t);
    if (t == NULL) {
        ndup_hamming_fail(&s->workers[0], NEARDUP_E_NOMEM);
        return;
    }
    t->search = s;
    t->offsets = ndup_alloc(s->threads, sizeof *t->offsets);
    t->elements.low = ndup_alloc(room, sizeof *t->elements.low);
    t->elements.high = s->bits > 64 ? ndup_alloc(room, sizeof *t->elements.high) : NULL;
    t->elements.id = ndup_alloc(room, sizeof *t->elements.id);
    ndup_hamming_cut_even(&t->cut, s->bits, s->blocks, s->matching);
    if (t->offsets == NULL || t->elements.low == NULL || t->elements.id == NULL ||
        (s->bits > 64 && t->elements.high == NULL))
        ndup_hamming_fail(&s->workers[0], NEARDUP_E_NOMEM);
    for (unsigned b = 0; b + s->matching <= s->blocks && !ndup_hamming_stopped(&s->workers[0]); b++)
        first_block(t, b);
    free(t->chunks);
    free(t->offsets);
    free(t->elements.low);
    free(t->elements.high);
    free(t->elements.id);
    free(t);
}
