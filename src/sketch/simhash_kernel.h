/* SPDX-License-Identifier: MIT
 * What fingerprints are made of: one row of kernels per instruction set. Private to this folder.
 *
 * The votes of a bit are counted in bit slices: plane p holds bit p of 64 counters, one for each bit of the hashes, so
 * that one full adder of a few logical instructions takes in a hash for all 64 at once (or a vector of hashes, in as
 * many independent counters). Nothing is ever widened: even the comparison with half the votes runs over the planes. */
#ifndef NDUP_SIMHASH_KERNEL_H
#define NDUP_SIMHASH_KERNEL_H

#include "base/platform.h"
#include "neardup.h"

/* The second voting word of a hash; doc/simhash.md. The fractional part of the square root of 23, and the mixer of
 * the shingle hash. Its only zero is NDUP_SIMHASH_SECOND: that hash votes against every high bit. */
#define NDUP_SIMHASH_SECOND 0xCBBB9D5DC1059ED8u
#define NDUP_SIMHASH_MIX_1  0x9B05688C2B3E6C1Fu
#define NDUP_SIMHASH_MIX_2  0x1F83D9ABFB41BD6Bu

NDUP_INLINE uint64_t ndup_simhash_second(uint64_t hash)
{
    uint64_t x = hash ^ NDUP_SIMHASH_SECOND;
    x = (x ^ x >> 32) * NDUP_SIMHASH_MIX_1;
    x = (x ^ x >> 29) * NDUP_SIMHASH_MIX_2;
    return x ^ x >> 32;
}

/* Of all hashes the one with the smallest key decides ties; a hash is key ^ key << 32 of its key. */
NDUP_INLINE uint64_t ndup_simhash_key(uint64_t hash)
{
    return hash ^ hash << 32;
}

struct ndup_simhash_majority {
    uint64_t more; /* bits with more votes for than against */
    uint64_t tied; /* bits with as many */
};

/* Every row computes the same bits. Nothing needs alignment; nothing is read outside hashes[0..count), count > 0. */
struct ndup_simhash_kernels {
    neardup_cpu cpu;
    struct ndup_simhash_majority (*first)(const uint64_t *hashes, size_t count);  /* each hash votes with itself */
    struct ndup_simhash_majority (*second)(const uint64_t *hashes, size_t count); /* with its second voting word */
    uint64_t (*least_key)(const uint64_t *hashes, size_t count);
};

extern const struct ndup_simhash_kernels ndup_simhash_scalar;
#if NDUP_X86
extern const struct ndup_simhash_kernels ndup_simhash_avx2;
extern const struct ndup_simhash_kernels ndup_simhash_avx512;
#endif
#if NDUP_NEON
extern const struct ndup_simhash_kernels ndup_simhash_neon;
#endif

#endif
