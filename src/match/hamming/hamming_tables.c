/* SPDX-License-Identifier: MIT
 * The top of the tree: for each first block, the fingerprints are sorted into the working memory by a digit of it; what
 * does not fit at once is taken in several passes over ranges of the digit. */
#include "base/platform.h"

#include "match/hamming/hamming_tables.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define PARTITIONS_MAX (1u << NDUP_HAMMING_DIGIT_MAX)

struct top {
    struct ndup_hamming_search *search;
    struct ndup_hamming_cut cut;
    struct ndup_hamming_node node;
    struct ndup_hamming_sort sort;
    uint32_t totals[PARTITIONS_MAX];
    uint32_t *chunks; /* where the parts of a partition begin that is too large */
    size_t chunk_capacity;
};

/* Sorts what the pass takes and finds its pairs. */
static void one_pass(struct top *t)
{
    struct ndup_hamming_sort *sort = &t->sort;
    ndup_hamming_sort_run(sort);
    ndup_hamming_visit_groups(&t->search->workers[0], sort->elements, sort->ends, sort->last - sort->first + 1,
                              &t->node, true);
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
        if (ndup_hamming_key(&t->sort.digit, s->fingerprints[i].low, s->fingerprints[i].high) != t->sort.first)
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
            t->sort.ranges[0] = (struct ndup_hamming_range){t->chunks[a], t->chunks[a + 1]};
            t->sort.ranges[1] = (struct ndup_hamming_range){t->chunks[b], t->chunks[b + 1]};
            s->boundary = t->chunks[b];
            s->report[0] = b == a + 1;
            s->report[1] = b == a + 1 && b + 2 == chunks;
            one_pass(t);
        }
    }
    s->boundary = 0;
    s->report[0] = s->report[1] = true;
    ndup_hamming_sort_all(&t->sort, &t->sort.digit);
}

/* Ranges of keys as large as the working memory, one after the other */
static void pass_by_keys(struct top *t)
{
    struct ndup_hamming_search *s = t->search;
    struct ndup_hamming_sort *sort = &t->sort;
    uint32_t partitions = sort->last + 1;
    ndup_hamming_sort_count(sort);
    memset(t->totals, 0, sizeof t->totals);
    for (unsigned m = 0; m < s->threads; m++) {
        for (uint32_t key = 0; key < partitions; key++)
            t->totals[key] += sort->offsets[m][key];
    }
    for (uint32_t key = 0, next; key < partitions && !ndup_hamming_stopped(&s->workers[0]); key = next) {
        size_t taken = t->totals[key];
        for (next = key + 1; next < partitions && taken + t->totals[next] <= s->capacity; next++)
            taken += t->totals[next];
        sort->first = key;
        sort->last = next - 1;
        if (taken > s->capacity)
            pass_by_chunks(t);
        else
            one_pass(t);
    }
}

/* All pairs whose first chosen block is this one */
static void first_block(struct top *t, unsigned block)
{
    struct ndup_hamming_digit digit = ndup_hamming_next_digit(&t->cut, block, 0, t->search->count);
    t->node = (struct ndup_hamming_node){
        .cut = &t->cut, .chosen = UINT64_C(1) << block, .count = 1, .last = block, .used = digit.bits};
    ndup_hamming_sort_all(&t->sort, &digit);
    if (t->search->count <= t->search->capacity)
        one_pass(t);
    else
        pass_by_keys(t);
}

void ndup_hamming_run_tables(struct ndup_hamming_search *s)
{
    struct top *t = ndup_calloc(1, sizeof *t);
    if (t == NULL) {
        ndup_hamming_fail(&s->workers[0], NEARDUP_E_NOMEM);
        return;
    }
    t->search = s;
    ndup_hamming_cut_even(&t->cut, s->bits, s->blocks, s->matching);
    if (ndup_hamming_sort_init(&t->sort, s, s->count < s->capacity ? s->count : s->capacity)) {
        for (unsigned b = 0; b + s->matching <= s->blocks && !ndup_hamming_stopped(&s->workers[0]); b++)
            first_block(t, b);
    }
    ndup_hamming_sort_free(&t->sort);
    free(t->chunks);
    free(t);
}
