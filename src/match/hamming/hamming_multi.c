/* SPDX-License-Identifier: MIT
 * Multi-index hashing: few wide blocks, each of which may differ in some bits. With distance = radius * blocks + t and
 * t < blocks, one of the first t + 1 blocks differs in at most `radius` bits, or one of the others in fewer: else the sum
 * were larger. For each block the fingerprints are sorted by its value, and every value meets those so near to it. */
#include "base/platform.h"

#include "match/hamming/hamming_tables.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Values a thread takes at a time */
#define SHARE 64u
/* More comparisons than uniform fingerprints need by this factor: tables are better at skewed ones. */
#define SKEWED 8.0

struct multi {
    struct ndup_hamming_search *search;
    struct ndup_hamming_cut cut;
    struct ndup_hamming_sort sort;
    unsigned block;
    unsigned first_bits, rest_bits; /* the block's digits */
    uint32_t *ends;                 /* of the group of each value; the first digit is the high one */
    uint32_t *masks;                /* values within the radius of 0, by value */
    uint32_t mask_count;
    atomic_size_t next;
};

double ndup_hamming_near(unsigned bits, int radius)
{
    double sum = 0, c = 1;
    for (int i = 0; i <= radius; i++) {
        sum += c;
        c = c * (bits - (unsigned)i) / (i + 1);
    }
    return sum;
}

int ndup_hamming_radius(unsigned distance, unsigned blocks, unsigned block)
{
    return (int)(distance / blocks) - (block > distance % blocks);
}

bool ndup_hamming_first_near(const struct ndup_hamming_cut *cut, unsigned distance, unsigned block,
                             struct ndup_fingerprint difference)
{
    for (unsigned b = 0; b < block; b++) {
        struct ndup_fingerprint masked = {difference.low & cut->mask[b].low, difference.high & cut->mask[b].high};
        if ((int)ndup_simhash_distance(masked, (struct ndup_fingerprint){0, 0}) <=
            ndup_hamming_radius(distance, cut->blocks, b))
            return false;
    }
    return true;
}

/* ---- sorting by a block ---- */

static void split_rest(void *context, unsigned member)
{
    struct multi *m = context;
    struct ndup_hamming_worker *w = &m->search->workers[member];
    struct ndup_hamming_digit rest = ndup_hamming_digit_at(&m->cut, m->block, m->first_bits, m->rest_bits);
    size_t g, groups = (size_t)1 << m->first_bits;
    while ((g = atomic_fetch_add(&m->next, 1)) < groups && !ndup_hamming_stopped(w)) {
        uint32_t begin = g > 0 ? m->sort.ends[g - 1] : 0, *ends = m->ends + (g << m->rest_bits);
        struct ndup_hamming_elements e = ndup_hamming_at(m->sort.elements, begin);
        ndup_hamming_split(w, e, m->sort.ends[g] - begin, &rest, ends);
        for (size_t k = 0; k < (size_t)1 << m->rest_bits; k++)
            ends[k] += begin;
    }
}

static void sort_block(struct multi *m)
{
    unsigned bits = ndup_hamming_block_bits(&m->cut, m->block);
    m->first_bits = bits < NDUP_HAMMING_DIGIT_MAX ? bits : NDUP_HAMMING_DIGIT_MAX;
    m->rest_bits = bits - m->first_bits;
    struct ndup_hamming_digit first = ndup_hamming_digit_at(&m->cut, m->block, 0, m->first_bits);
    ndup_hamming_sort_all(&m->sort, &first);
    ndup_hamming_sort_run(&m->sort);
    if (m->rest_bits == 0) {
        memcpy(m->ends, m->sort.ends, sizeof *m->ends << bits);
        return;
    }
    atomic_store(&m->next, 0);
    ndup_pool_run(m->search->pool, split_rest, m);
}

/* ---- comparing ---- */

NDUP_INLINE uint32_t begin_of(const struct multi *m, size_t value)
{
    return value > 0 ? m->ends[value - 1] : 0;
}

/* Two groups, or a group with itself, tile by tile */
static bool compare_groups(const struct multi *m, struct ndup_hamming_worker *w, size_t value, size_t other)
{
    uint32_t row_end = m->ends[value], column_end = m->ends[other];
    struct ndup_hamming_block block = {.cut = &m->cut, .cut_block = m->block};
    for (uint32_t row = begin_of(m, value); row < row_end; row += NDUP_HAMMING_TILE) {
        size_t rows = row_end - row < NDUP_HAMMING_TILE ? row_end - row : NDUP_HAMMING_TILE;
        block.rows = ndup_hamming_at(m->sort.elements, row);
        for (uint32_t column = value == other ? row : begin_of(m, other); column < column_end;
             column += NDUP_HAMMING_TILE) {
            size_t columns = column_end - column < NDUP_HAMMING_TILE ? column_end - column : NDUP_HAMMING_TILE;
            block.columns = ndup_hamming_at(m->sort.elements, column);
            if (!ndup_hamming_compare_block(w, &block, rows, columns, row == column))
                return false;
        }
    }
    return true;
}

static void compare_values(void *context, unsigned member)
{
    struct multi *m = context;
    struct ndup_hamming_worker *w = &m->search->workers[member];
    size_t values = (size_t)1 << (m->first_bits + m->rest_bits), share;
    while ((share = atomic_fetch_add(&m->next, SHARE)) < values && !ndup_hamming_stopped(w)) {
        for (size_t value = share; value < share + SHARE && value < values; value++) {
            for (uint32_t i = 0; i < m->mask_count && begin_of(m, value) < m->ends[value]; i++) {
                size_t other = value ^ m->masks[i];
                if (other >= value && begin_of(m, other) < m->ends[other] && !compare_groups(m, w, value, other))
                    return;
            }
        }
    }
}

static double pairs_to_compare(const struct multi *m)
{
    double pairs = 0;
    for (size_t value = 0; value < (size_t)1 << (m->first_bits + m->rest_bits); value++) {
        double here = m->ends[value] - begin_of(m, value), there = 0;
        for (uint32_t i = 0; here > 0 && i < m->mask_count; i++)
            there += m->ends[value ^ m->masks[i]] - begin_of(m, value ^ m->masks[i]);
        pairs += here * there / 2;
    }
    return pairs;
}

/* False if the fingerprints are too skewed for it. */
static bool one_block(struct multi *m, int radius)
{
    unsigned bits = ndup_hamming_block_bits(&m->cut, m->block);
    double n = m->search->count;
    m->mask_count = 0;
    for (uint32_t mask = 0; mask < 1u << bits; mask++) {
        if (__builtin_popcount(mask) <= radius)
            m->masks[m->mask_count++] = mask;
    }
    sort_block(m);
    if (ndup_hamming_stopped(&m->search->workers[0]))
        return true;
    if (pairs_to_compare(m) > SKEWED * (n * n / 2 * m->mask_count / (double)(1u << bits) + n))
        return false;
    atomic_store(&m->next, 0);
    ndup_pool_run(m->search->pool, compare_values, m);
    return true;
}

bool ndup_hamming_run_multi(struct ndup_hamming_search *s)
{
    struct multi *m = ndup_calloc(1, sizeof *m);
    bool suited = true;
    if (m == NULL) {
        ndup_hamming_fail(&s->workers[0], NEARDUP_E_NOMEM);
        return true;
    }
    m->search = s;
    ndup_hamming_cut_even(&m->cut, s->bits, s->blocks, 0);
    size_t values = (size_t)1 << ndup_hamming_block_bits(&m->cut, 0); /* the first block is as wide as any */
    m->ends = ndup_alloc(values, sizeof *m->ends);
    m->masks = ndup_alloc(values, sizeof *m->masks);
    if (m->ends == NULL || m->masks == NULL)
        ndup_hamming_fail(&s->workers[0], NEARDUP_E_NOMEM);
    if (ndup_hamming_sort_init(&m->sort, s, s->count)) {
        for (; m->block < s->blocks && suited && !ndup_hamming_stopped(&s->workers[0]); m->block++) {
            int radius = ndup_hamming_radius(s->distance, s->blocks, m->block);
            if (radius >= 0)
                suited = one_block(m, radius);
        }
    }
    ndup_hamming_sort_free(&m->sort);
    free(m->ends);
    free(m->masks);
    free(m);
    return suited;
}
