/* SPDX-License-Identifier: MIT
 * What the sketches are made of: parameters, and one row of kernels per instruction set. Private to this folder.
 *
 * A shingle hash h is used as two independent 32-bit numbers, lo and hi; arithmetic is modulo 2^32.
 *   AFFINE   slot i = min over h of  mul[i] * ((lo ^ hi) + add[i / 16])
 *   FSS      round r throws every h into one bin: bin = (lo * bin_mul[r] >> 16) * slots >> 16, with the value
 *            r << 30 | hi * rank_mul[r] >> 2; a slot keeps the smallest value thrown at it. Rounds stop when no slot
 *            is empty: a later round cannot lower a slot that has a value. A slot that is empty after the last round
 *            takes  3 << 30 | (min over h of mul[i] * ((lo ^ hi) + add[0])) >> 2.
 *
 * The affine constant is one a group of 16 slots, inside the product: mul * (x + add) is the affine permutation
 * mul * x + mul * add, and the addition is done once a group instead of once a slot, which saves a quarter of the
 * vector instructions. The scalar row is the specification. */
#ifndef NDUP_SKETCH_KERNEL_H
#define NDUP_SKETCH_KERNEL_H

#include "base/platform.h"
#include "neardup.h"

#define NDUP_SKETCH_GROUP 16u /* slots per group: the 32-bit lanes of the widest row, AVX-512 */

/* Hashes that a kernel prepares at a time, in a buffer on the stack: 2 KiB, so that it stays in the first-level cache.
 * The result does not depend on it; not swept. */
#define NDUP_SKETCH_CHUNK 256u

/* Three rounds before the affine fallback. A fourth saves less fallback than it costs at 36 to 100 shingles; two leave
 * .62 instead of .56 of the error of independent slots for a union of 50 (doc/sketches.md, "Choices inside"). Two bits
 * of a slot say the round, 0 to 2, or 3 for the fallback; the other 30 are the rank. */
#define NDUP_FSS_ROUNDS    3u
#define NDUP_FSS_RANK_BITS 30u
#define NDUP_FSS_FALLBACK  3u
#define NDUP_SKETCH_EMPTY  UINT32_MAX

struct ndup_fss_round {
    uint32_t bin_mul;  /* odd */
    uint32_t rank_mul; /* odd */
    uint32_t number;
};

/* Every row computes the same bits. Nothing needs alignment; nothing is read or written outside the given ranges. */
struct ndup_sketch_kernels {
    neardup_cpu cpu;
    /* minima[0..16 * groups) lowered by the AFFINE values of all hashes; mul[0..16 * groups), add[0..groups) */
    void (*affine)(const uint32_t *mul, const uint32_t *add, size_t groups, const uint64_t *hashes, size_t count,
                   uint32_t *minima);
    /* signature[0..slots) lowered by rounds[0..round_count) of FSS, up to NDUP_FSS_ROUNDS */
    void (*fss_throw)(const struct ndup_fss_round *rounds, size_t round_count, const uint64_t *hashes, size_t count,
                      uint32_t slots, uint32_t *signature);
    /* The same for one round that follows others: wanted has a bit set (bit s % 32 of word s / 32) for each slot that
     * is still empty. Pays when these are few. For slots up to fill_slots. */
    void (*fss_fill)(const struct ndup_fss_round *round, const uint64_t *hashes, size_t count, uint32_t slots,
                     const uint32_t *wanted, uint32_t *signature);
    uint32_t fill_slots;
    /* values[0..16 * groups) that are NDUP_SKETCH_EMPTY: bit mask per group into masks[0..groups), returns the sum */
    size_t (*find_empty)(const uint32_t *values, size_t groups, uint16_t *masks);
    /* packed gets the multipliers whose mask bits are set, in order; up to 16 more may be overwritten after them */
    void (*pack)(const uint32_t *mul, size_t groups, const uint16_t *masks, uint32_t *packed);
    /* The way back: the slots whose mask bits are set get the minima as values of the fallback. Up to 16 more minima
     * may be read. */
    void (*unpack)(const uint32_t *minima, size_t groups, const uint16_t *masks, uint32_t *signature);
};

NDUP_INLINE uint32_t ndup_fss_fallback_value(uint32_t minimum)
{
    return NDUP_FSS_FALLBACK << NDUP_FSS_RANK_BITS | minimum >> (32 - NDUP_FSS_RANK_BITS);
}

struct ndup_sketch {
    neardup_sketch_kind kind;
    uint32_t slots;
    uint32_t groups;
    const struct ndup_sketch_kernels *kernels;
    struct ndup_fss_round rounds[NDUP_FSS_ROUNDS];
    uint32_t *mul; /* 16 * groups, odd */
    uint32_t *add; /* groups */
};

extern const struct ndup_sketch_kernels ndup_sketch_scalar;
#if NDUP_X86
extern const struct ndup_sketch_kernels ndup_sketch_avx2;
extern const struct ndup_sketch_kernels ndup_sketch_avx512;
#endif
#if NDUP_NEON
extern const struct ndup_sketch_kernels ndup_sketch_neon;
#endif

#endif
