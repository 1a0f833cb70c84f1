/* SPDX-License-Identifier: MIT
 * NEON row. Shares the template's plan: constants added once a group, minima in registers, rounds thrown in one go. */
#include "base/platform.h"

#include "sketch/kernel.h"

#if NDUP_NEON

#    include <arm_neon.h>

#    define LANES 4u

static void affine_neon(const uint32_t *mul, const uint32_t *add, size_t groups, const uint64_t *hashes, size_t count,
                        uint32_t *minima)
{
    for (size_t g = 0; g < groups; g++) {
        const uint32_t *m = mul + g * NDUP_SKETCH_GROUP;
        uint32_t *out = minima + g * NDUP_SKETCH_GROUP;
        const uint32x4_t m0 = vld1q_u32(m), m1 = vld1q_u32(m + 4), m2 = vld1q_u32(m + 8), m3 = vld1q_u32(m + 12);
        uint32x4_t least0 = vld1q_u32(out), least1 = vld1q_u32(out + 4);
        uint32x4_t least2 = vld1q_u32(out + 8), least3 = vld1q_u32(out + 12);
        for (size_t i = 0; i < count; i++) {
            uint32_t x = ((uint32_t)hashes[i] ^ (uint32_t)(hashes[i] >> 32)) + add[g];
            least0 = vminq_u32(least0, vmulq_n_u32(m0, x));
            least1 = vminq_u32(least1, vmulq_n_u32(m1, x));
            least2 = vminq_u32(least2, vmulq_n_u32(m2, x));
            least3 = vminq_u32(least3, vmulq_n_u32(m3, x));
        }
        vst1q_u32(out, least0);
        vst1q_u32(out + 4, least1);
        vst1q_u32(out + 8, least2);
        vst1q_u32(out + 12, least3);
    }
}

static void lower_slots(const uint32_t *bins, const uint32_t *values, size_t count, uint32_t *signature)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t old = signature[bins[i]];
        signature[bins[i]] = values[i] < old ? values[i] : old;
    }
}

/* Bins and values of four hashes */
static void throw_four(const struct ndup_fss_round *round, const uint64_t *hashes, uint32_t slots, uint32_t *bins,
                       uint32_t *values)
{
    uint32x4x2_t halves = vld2q_u32((const uint32_t *)(const void *)hashes);
    uint32x4_t spread = vshrq_n_u32(vmulq_n_u32(halves.val[0], round->bin_mul), 16);
    vst1q_u32(bins, vshrq_n_u32(vmulq_n_u32(spread, slots), 16));
    uint32x4_t rank = vshrq_n_u32(vmulq_n_u32(halves.val[1], round->rank_mul), 32 - NDUP_FSS_RANK_BITS);
    vst1q_u32(values, vorrq_u32(rank, vdupq_n_u32(round->number << NDUP_FSS_RANK_BITS)));
}

static void fss_throw_neon(const struct ndup_fss_round *rounds, size_t round_count, const uint64_t *hashes,
                           size_t count, uint32_t slots, uint32_t *signature)
{
    uint32_t bins[NDUP_SKETCH_CHUNK], values[NDUP_SKETCH_CHUNK];
    size_t whole = count - count % LANES;
    for (size_t r = 0; r < round_count; r++) {
        for (size_t at = 0; at < whole; at += NDUP_SKETCH_CHUNK) {
            size_t now = whole - at < NDUP_SKETCH_CHUNK ? whole - at : NDUP_SKETCH_CHUNK;
            for (size_t i = 0; i < now; i += LANES)
                throw_four(&rounds[r], hashes + at + i, slots, bins + i, values + i);
            lower_slots(bins, values, now, signature);
        }
    }
    if (whole < count)
        ndup_sketch_scalar.fss_throw(rounds, round_count, hashes + whole, count - whole, slots, signature);
}

static size_t find_empty_neon(const uint32_t *values, size_t groups, uint16_t *masks)
{
    return ndup_sketch_scalar.find_empty(values, groups, masks);
}

static void pack_neon(const uint32_t *mul, size_t groups, const uint16_t *masks, uint32_t *packed)
{
    ndup_sketch_scalar.pack(mul, groups, masks, packed);
}

static void unpack_neon(const uint32_t *minima, size_t groups, const uint16_t *masks, uint32_t *signature)
{
    ndup_sketch_scalar.unpack(minima, groups, masks, signature);
}

const struct ndup_sketch_kernels ndup_sketch_neon = {
    .cpu = NEARDUP_CPU_NEON,
    .affine = affine_neon,
    .fss_throw = fss_throw_neon,
    .find_empty = find_empty_neon,
    .pack = pack_neon,
    .unpack = unpack_neon,
};

#else
typedef int ndup_sketch_neon_is_elsewhere;
#endif
