/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/bitmap_filter.h"

#include <string.h>

size_t ndup_bitmap_words(size_t count)
{
    size_t words = 1;
    while (words < NDUP_BITMAP_MOST && words * 16 < count)
        words *= 2;
    return words;
}

void ndup_bitmap_make(uint64_t *bitmap, size_t words, const uint64_t *hashes, size_t count)
{
    memset(bitmap, 0, words * sizeof *bitmap);
    for (size_t i = 0; i < count; i++)
        bitmap[hashes[i] >> 6 & (words - 1)] ^= (uint64_t)1 << (hashes[i] & 63);
}

/* Half as many bits: what had the same low bits meets. */
void ndup_bitmaps_make(struct ndup_bitmaps *bitmaps, const uint64_t *hashes, size_t count)
{
    uint64_t *all = bitmaps->all;
    ndup_bitmap_make(all + NDUP_BITMAP_MOST, NDUP_BITMAP_MOST, hashes, count);
    for (size_t words = NDUP_BITMAP_MOST / 2; words > 0; words /= 2) {
        for (size_t i = 0; i < words; i++)
            all[words + i] = all[2 * words + i] ^ all[3 * words + i];
    }
}

/* In steps that compilers turn into vectors, where the instruction for it may not be there. */
static uint64_t count_bits(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    return (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu; /* of each byte, up to 8 */
}

size_t ndup_bitmap_differing(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint64_t sum = 0; /* in bytes: of 16 words up to 128 */
    for (size_t i = 0; i < words; i++)
        sum += count_bits(a[i] ^ b[i]);
    sum = (sum & 0x00ff00ff00ff00ffu) + (sum >> 8 & 0x00ff00ff00ff00ffu);
    return (size_t)((sum * 0x0001000100010001u) >> 48);
}
