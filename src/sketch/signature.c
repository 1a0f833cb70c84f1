/* SPDX-License-Identifier: MIT
 * What is done with finished signatures: comparing two, and hashing bands. */
#include "base/platform.h"

#include "sketch/sketch.h"

uint32_t ndup_sketch_equal_slots(const uint32_t *a, const uint32_t *b, uint32_t slots)
{
    uint32_t equal = 0;
    for (uint32_t i = 0; i < slots; i++)
        equal += (uint32_t)((a[i] == b[i]) & (a[i] != UINT32_MAX));
    return equal;
}

/* The golden ratio in 32 bits (Weyl sequence): the keys of neighbouring slots share no pattern. */
#define STEP UINT32_C(0x9e3779b9)

/* The sum of products of two shifted slots each (the NH hash of Black et al., CRYPTO 1999): two bands that differ
 * meet with probability 2^-32 whatever they hold, and the products do not wait for each other. */
NDUP_INLINE uint64_t hash_rows(const uint32_t *slot, uint32_t rows)
{
    uint64_t sum = 0;
    uint32_t key = UINT32_C(0x243f6a88);
    uint32_t i = 0;
    for (; i + 2 <= rows; i += 2, key += 2 * STEP)
        sum += (uint64_t)(slot[i] + key) * (uint32_t)(slot[i + 1] + key + STEP);
    if (i < rows)
        sum += (uint64_t)(slot[i] + key) * (uint32_t)(key + STEP);
    return sum;
}

static uint32_t finish(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(x >> 32);
}

/* Always inlined with a constant for the usual numbers of rows, which unrolls the sums. */
NDUP_INLINE void keys_of(const uint32_t *signature, uint32_t bands, uint32_t rows, uint32_t *keys)
{
    for (uint32_t b = 0; b < bands; b++, signature += rows)
        keys[b] = finish(hash_rows(signature, rows) + (b + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

void ndup_sketch_band_keys(const uint32_t *signature, uint32_t bands, uint32_t rows, uint32_t *keys)
{
    switch (rows) {
    case 3:
        keys_of(signature, bands, 3, keys);
        break;
    case 4:
        keys_of(signature, bands, 4, keys);
        break;
    case 5:
        keys_of(signature, bands, 5, keys);
        break;
    case 6:
        keys_of(signature, bands, 6, keys);
        break;
    case 7:
        keys_of(signature, bands, 7, keys);
        break;
    default:
        keys_of(signature, bands, rows, keys);
        break;
    }
}
