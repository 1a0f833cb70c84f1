/* SPDX-License-Identifier: MIT
 * The two numbers of a text, that is of a distinct sequence of tokens. Documents (or paragraphs, or lines) with the same
 * tokens share one text.
 *
 *   text id   given out while reading, by all threads at once, so the same input can get other numbers in the next run.
 *             Nothing that a user sees depends on it.
 *   rank      the place in keeper order, known when all texts are. Of two similar texts the one with the lower rank is kept.
 *
 * Both are 32 bits wide: a run holds tens of bytes per text, so 4 billion texts do not fit the memory of a machine that
 * 64-bit numbers would be needed on, and the arrays that are indexed and filled with them are half as large. They are
 * structs so that the compiler refuses to mix them up; the code is the same as for bare integers. */
#ifndef NDUP_TEXT_NUMBERS_H
#define NDUP_TEXT_NUMBERS_H

#include "base/platform.h"

struct ndup_text_id {
    uint32_t value;
};

struct ndup_rank {
    uint32_t value;
};

/* Where there is no text: all bits set, so that memset can fill an array with it. */
#define NDUP_NO_NUMBER UINT32_MAX

NDUP_INLINE bool ndup_rank_exists(struct ndup_rank rank)
{
    return rank.value != NDUP_NO_NUMBER;
}

/* Whether the bit of the rank is set in an array of one bit per rank. */
NDUP_INLINE bool ndup_rank_bit(const uint64_t *bits, struct ndup_rank rank)
{
    return bits[rank.value / 64] >> rank.value % 64 & 1;
}

NDUP_INLINE void ndup_rank_set_bit(uint64_t *bits, struct ndup_rank rank)
{
    bits[rank.value / 64] |= (uint64_t)1 << rank.value % 64;
}

#endif
