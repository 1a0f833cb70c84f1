/* SPDX-License-Identifier: MIT
 * What the tests of fingerprints share. */
#ifndef NDUP_SIMHASH_TOOLS_H
#define NDUP_SIMHASH_TOOLS_H

#include "base/cpu.h"
#include "sketch/simhash.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static inline uint64_t tool_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline void tool_fill(uint64_t *hashes, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        hashes[i] = tool_random(&seed);
}

static inline struct ndup_simhash *tool_simhash(unsigned bits, neardup_weights weights, neardup_cpu cpu)
{
    struct ndup_simhash *simhash;
    neardup_error err;
    cr_assert_eq(ndup_simhash_create(&simhash, bits, weights, cpu, &err), NEARDUP_OK, "%s", err.message);
    return simhash;
}

static inline struct ndup_fingerprint tool_compute(struct ndup_simhash *simhash, const uint64_t *hashes, size_t count)
{
    struct ndup_fingerprint out;
    neardup_error err;
    cr_assert_eq(ndup_simhash_compute(simhash, hashes, count, &out, &err), NEARDUP_OK, "%s", err.message);
    return out;
}

/* Of one text, with a simhash of its own */
static inline struct ndup_fingerprint tool_fingerprint(unsigned bits, neardup_weights weights, neardup_cpu cpu,
                                                       const uint64_t *hashes, size_t count)
{
    struct ndup_simhash *simhash = tool_simhash(bits, weights, cpu);
    struct ndup_fingerprint out = tool_compute(simhash, hashes, count);
    ndup_simhash_destroy(simhash);
    return out;
}

static inline bool tool_equal(struct ndup_fingerprint a, struct ndup_fingerprint b)
{
    return a.low == b.low && a.high == b.high;
}

static inline void tool_shuffle(uint64_t *hashes, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = tool_random(state) % i;
        uint64_t t = hashes[i - 1];
        hashes[i - 1] = hashes[j];
        hashes[j] = t;
    }
}

#endif
