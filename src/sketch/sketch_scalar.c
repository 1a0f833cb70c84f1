/* SPDX-License-Identifier: MIT
 * The scalar row: the specification of all others. */
#include "base/platform.h"

#include "sketch/kernel.h"

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void affine_scalar(const uint32_t *mul, const uint32_t *add, size_t groups, const uint64_t *hashes, size_t count,
                          uint32_t *minima)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t folded = (uint32_t)hashes[i] ^ (uint32_t)(hashes[i] >> 32);
        for (size_t g = 0; g < groups; g++) {
            uint32_t x = folded + add[g];
            const uint32_t *m = mul + g * NDUP_SKETCH_GROUP;
            uint32_t *out = minima + g * NDUP_SKETCH_GROUP;
            for (size_t s = 0; s < NDUP_SKETCH_GROUP; s++)
                out[s] = smaller(out[s], m[s] * x);
        }
    }
}

static void fss_throw_scalar(const struct ndup_fss_round *rounds, size_t round_count, const uint64_t *hashes,
                             size_t count, uint32_t slots, uint32_t *signature)
{
    for (size_t r = 0; r < round_count; r++) {
        uint32_t prefix = rounds[r].number << NDUP_FSS_RANK_BITS;
        for (size_t i = 0; i < count; i++) {
            uint32_t low = (uint32_t)hashes[i], high = (uint32_t)(hashes[i] >> 32);
            uint32_t bin = ((low * rounds[r].bin_mul) >> 16) * slots >> 16;
            uint32_t value = prefix | (high * rounds[r].rank_mul) >> (32 - NDUP_FSS_RANK_BITS);
            signature[bin] = smaller(signature[bin], value);
        }
    }
}

static size_t find_empty_scalar(const uint32_t *values, size_t groups, uint16_t *masks)
{
    size_t found = 0;
    for (size_t g = 0; g < groups; g++) {
        uint32_t mask = 0;
        for (size_t s = 0; s < NDUP_SKETCH_GROUP; s++)
            mask |= (uint32_t)(values[g * NDUP_SKETCH_GROUP + s] == NDUP_SKETCH_EMPTY) << s;
        masks[g] = (uint16_t)mask;
        found += (size_t)__builtin_popcount(mask);
    }
    return found;
}

static void pack_scalar(const uint32_t *mul, size_t groups, const uint16_t *masks, uint32_t *packed)
{
    for (size_t g = 0; g < groups; g++)
        for (uint32_t mask = masks[g]; mask != 0; mask &= mask - 1)
            *packed++ = mul[g * NDUP_SKETCH_GROUP + (size_t)__builtin_ctz(mask)];
}

static void unpack_scalar(const uint32_t *minima, size_t groups, const uint16_t *masks, uint32_t *signature)
{
    for (size_t g = 0; g < groups; g++)
        for (uint32_t mask = masks[g]; mask != 0; mask &= mask - 1)
            signature[g * NDUP_SKETCH_GROUP + (size_t)__builtin_ctz(mask)] = ndup_fss_fallback_value(*minima++);
}

const struct ndup_sketch_kernels ndup_sketch_scalar = {
    .cpu = NEARDUP_CPU_SCALAR,
    .affine = affine_scalar,
    .fss_throw = fss_throw_scalar,
    .find_empty = find_empty_scalar,
    .pack = pack_scalar,
    .unpack = unpack_scalar,
};
