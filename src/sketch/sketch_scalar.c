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

static void fss_round_scalar(const struct ndup_fss_round *round, const uint64_t *hashes, size_t count, uint32_t slots,
                             uint32_t *signature)
{
    uint32_t prefix = round->number << NDUP_FSS_RANK_BITS;
    for (size_t i = 0; i < count; i++) {
        uint32_t bin = (((uint32_t)hashes[i] * round->bin_mul) >> 16) * slots >> 16;
        uint32_t value = prefix | ((uint32_t)(hashes[i] >> 32) * round->rank_mul) >> (32 - NDUP_FSS_RANK_BITS);
        signature[bin] = smaller(signature[bin], value);
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

const struct ndup_sketch_kernels ndup_sketch_scalar = {
    .cpu = NEARDUP_CPU_SCALAR,
    .affine = affine_scalar,
    .fss_round = fss_round_scalar,
    .find_empty = find_empty_scalar,
};
