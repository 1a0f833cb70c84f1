/* SPDX-License-Identifier: MIT
 * Comparing rows with columns, without vectors. */
#include "base/platform.h"

#include "match/hamming/hamming_impl.h"

/* Written out: without the instruction, the builtin is a call of a function with a table. */
NDUP_INLINE unsigned count_bits(uint64_t x)
{
#if NDUP_X86
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (unsigned)(x * UINT64_C(0x0101010101010101) >> 56);
#else
    return (unsigned)__builtin_popcountll(x);
#endif
}

NDUP_INLINE bool compare(const struct ndup_hamming_compare *c, bool wide)
{
    for (size_t row = c->row_begin; row < c->row_end; row++) {
        uint64_t low = c->rows.low[row], high = wide ? c->rows.high[row] : 0;
        for (size_t column = c->triangle ? row + 1 : c->column_begin; column < c->column_end; column++) {
            unsigned distance = count_bits(low ^ c->columns.low[column]);
            if (wide)
                distance += count_bits(high ^ c->columns.high[column]);
            if (NDUP_UNLIKELY(distance <= c->distance) && !c->hit(c->context, row, column))
                return false;
        }
    }
    return true;
}

static bool compare64(const struct ndup_hamming_compare *c)
{
    return compare(c, false);
}

static bool compare128(const struct ndup_hamming_compare *c)
{
    return compare(c, true);
}

const struct ndup_hamming_kernels ndup_hamming_scalar = {
    .compare64 = compare64,
    .compare128 = compare128,
    .worth_splitting = 12,
};
