/* SPDX-License-Identifier: MIT
 * Bitmaps that say of two sets, without meeting them, that they differ in at least so many hashes: bit i is the parity of how many
 * hashes have i in their low bits. A hash that both have cancels out in the exclusive or, and one that only one of them has
 * changes one bit: so the sets differ in at least as many hashes as there are bits set (Sandes, Teodoro, Melo: Bitmap filter,
 * Information Systems 88, 2020). bench/mass.sh
 * measures what it is worth. */
#ifndef NDUP_BITMAP_FILTER_H
#define NDUP_BITMAP_FILTER_H

#include "base/platform.h"

#define NDUP_BITMAP_MOST                                                                                               \
    16u /* words: what larger sets have is of little use, and costs as much as the next cache line */

/* Words for a set of `count`, 1 to NDUP_PARITY_MOST, a power of two: four bits a hash. */
size_t ndup_bitmap_words(size_t count);

/* words: a power of two. */
void ndup_bitmap_make(uint64_t *bitmap, size_t words, const uint64_t *hashes, size_t count);

/* Of every size: that of `words` words stands at all[words]. */
struct ndup_bitmaps {
    uint64_t all[2 * NDUP_BITMAP_MOST];
};
void ndup_bitmaps_make(struct ndup_bitmaps *bitmaps, const uint64_t *hashes, size_t count);

/* In how many hashes the sets differ at least. */
size_t ndup_bitmap_differing(const uint64_t *a, const uint64_t *b, size_t words);

#endif
