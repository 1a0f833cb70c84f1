/* SPDX-License-Identifier: MIT
 * Blocks, digits, and sorting by a digit. */
#include "base/platform.h"

#include "match/hamming/hamming_tables.h"

#include <string.h>

static struct ndup_fingerprint range_mask(unsigned begin, unsigned end)
{
    struct ndup_fingerprint mask = {0, 0};
    for (unsigned i = begin; i < end; i++) {
        if (i < 64)
            mask.low |= UINT64_C(1) << i;
        else
            mask.high |= UINT64_C(1) << (i - 64);
    }
    return mask;
}

void ndup_hamming_cut_even(struct ndup_hamming_cut *cut, unsigned bits, unsigned blocks, unsigned matching)
{
    *cut = (struct ndup_hamming_cut){.blocks = blocks, .matching = matching};
    for (unsigned b = 0; b <= blocks; b++)
        cut->start[b] = (uint8_t)(b * (bits / blocks) + (b < bits % blocks ? b : bits % blocks));
    for (unsigned b = 0; b < blocks; b++)
        cut->mask[b] = range_mask(cut->start[b], cut->start[b + 1]);
}

static unsigned bits_of(struct ndup_fingerprint mask)
{
    return ndup_simhash_distance(mask, (struct ndup_fingerprint){0, 0});
}

/* Neighbouring bits go to different blocks: what belongs together in a text is spread. */
void ndup_hamming_cut_mask(struct ndup_hamming_cut *cut, struct ndup_fingerprint mask, unsigned blocks)
{
    *cut = (struct ndup_hamming_cut){.blocks = blocks, .matching = 1, .hashed = true};
    unsigned block = 0;
    for (; mask.low != 0; mask.low &= mask.low - 1, block = (block + 1) % blocks)
        cut->mask[block].low |= mask.low & -mask.low;
    for (; mask.high != 0; mask.high &= mask.high - 1, block = (block + 1) % blocks)
        cut->mask[block].high |= mask.high & -mask.high;
}

unsigned ndup_hamming_block_bits(const struct ndup_hamming_cut *cut, unsigned block)
{
    return bits_of(cut->mask[block]);
}

/* So many that groups of one or two dozen would remain */
static unsigned wanted_bits(size_t n)
{
    unsigned bits = 1;
    while (bits < NDUP_HAMMING_DIGIT_MAX && n >> bits > 24)
        bits++;
    return bits;
}

struct ndup_hamming_digit ndup_hamming_digit_at(const struct ndup_hamming_cut *cut, unsigned block, unsigned used,
                                                unsigned bits)
{
    struct ndup_hamming_digit digit = {.kind = NDUP_DIGIT_HASH, .mask = cut->mask[block], .bits = bits};
    if (cut->hashed) {
        digit.shift = 64 - bits;
        return digit;
    }
    unsigned begin = cut->start[block] + used;
    digit.kind = begin >= 64 ? NDUP_DIGIT_HIGH : begin + bits <= 64 ? NDUP_DIGIT_LOW : NDUP_DIGIT_BOTH;
    digit.shift = begin % 64;
    return digit;
}

struct ndup_hamming_digit ndup_hamming_next_digit(const struct ndup_hamming_cut *cut, unsigned block, unsigned used,
                                                  size_t n)
{
    unsigned left = bits_of(cut->mask[block]) - used, wanted = wanted_bits(n);
    return ndup_hamming_digit_at(cut, block, used, wanted < left ? wanted : left);
}

bool ndup_hamming_first(const struct ndup_hamming_node *node, struct ndup_fingerprint difference)
{
    for (; node != NULL; node = node->outer) {
        for (unsigned b = 0; b <= node->last; b++) {
            struct ndup_fingerprint mask = node->cut->mask[b];
            bool agrees = ((difference.low & mask.low) | (difference.high & mask.high)) == 0;
            if (agrees != (node->chosen >> b & 1))
                return false;
        }
    }
    return true;
}

NDUP_INLINE uint64_t high_of(const struct ndup_hamming_elements *e, size_t i)
{
    return e->high != NULL ? e->high[i] : 0;
}

/* ends[key]: how many, then where the group begins; the number of the largest group */
static size_t begin_groups(uint32_t *ends, size_t groups)
{
    uint32_t at = 0, largest = 0;
    for (size_t g = 0; g < groups; g++) {
        uint32_t count = ends[g];
        largest = count > largest ? count : largest;
        ends[g] = at;
        at += count;
    }
    return largest;
}

/* Through the worker's room, and back. */
static void split_by_copy(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, size_t n, uint32_t *ends)
{
    struct ndup_hamming_elements to = w->room;
    const uint16_t *keys = w->keys;
    if (e.high == NULL) {
        for (size_t i = 0; i < n; i++) {
            uint32_t at = ends[keys[i]]++;
            to.low[at] = e.low[i];
            to.id[at] = e.id[i];
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            uint32_t at = ends[keys[i]]++;
            to.low[at] = e.low[i];
            to.high[at] = e.high[i];
            to.id[at] = e.id[i];
        }
        memcpy(e.high, to.high, n * sizeof *e.high);
    }
    memcpy(e.low, to.low, n * sizeof *e.low);
    memcpy(e.id, to.id, n * sizeof *e.id);
}

struct element {
    uint64_t low, high;
    uint32_t id;
};

NDUP_INLINE struct element take(const struct ndup_hamming_elements *e, size_t i)
{
    return (struct element){e->low[i], high_of(e, i), e->id[i]};
}

NDUP_INLINE void put(const struct ndup_hamming_elements *e, size_t i, struct element x)
{
    e->low[i] = x.low;
    if (e->high != NULL)
        e->high[i] = x.high;
    e->id[i] = x.id;
}

/* What is too much for the room is moved in place, along its cycles. */
static void split_in_place(struct ndup_hamming_elements e, size_t n, const struct ndup_hamming_digit *digit,
                           uint32_t *ends)
{
    uint32_t stop[1u << NDUP_HAMMING_DIGIT_MAX];
    size_t groups = (size_t)1 << digit->bits;
    for (size_t g = 0; g < groups; g++)
        stop[g] = g + 1 < groups ? ends[g + 1] : (uint32_t)n;
    for (size_t g = 0; g < groups; g++) {
        while (ends[g] < stop[g]) {
            struct element x = take(&e, ends[g]);
            uint32_t key = ndup_hamming_key(digit, x.low, x.high);
            while (key != g) {
                uint32_t at = ends[key]++;
                struct element next = take(&e, at);
                put(&e, at, x);
                x = next;
                key = ndup_hamming_key(digit, x.low, x.high);
            }
            put(&e, ends[g]++, x);
        }
    }
}

void ndup_hamming_split(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, size_t n,
                        const struct ndup_hamming_digit *digit, uint32_t *ends)
{
    size_t groups = (size_t)1 << digit->bits;
    struct ndup_hamming_digit d = *digit;
    bool copied = n <= NDUP_HAMMING_ROOM;
    memset(ends, 0, groups * sizeof *ends);
    for (size_t i = 0; i < n; i++) {
        uint32_t key = ndup_hamming_key(&d, e.low[i], high_of(&e, i));
        if (copied)
            w->keys[i] = (uint16_t)key;
        ends[key]++;
    }
    if (begin_groups(ends, groups) == n) {
        for (size_t g = 0; g < groups; g++)
            ends[g] = g + 1 < groups ? ends[g + 1] : (uint32_t)n;
    } else if (copied) {
        split_by_copy(w, e, n, ends);
    } else {
        split_in_place(e, n, &d, ends);
    }
}
