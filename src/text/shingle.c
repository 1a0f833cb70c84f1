/* SPDX-License-Identifier: MIT
 * Shingle hashes: the rolling sum, for machines without AVX-512 and for long shingles, and the mixer at the end.
 * shingle_x86.c has the direct sum. Which of the two runs never shows in the hashes. */
#include "base/platform.h"

#include "text/shingle.h"

/* A bijection, every input bit reaching every output bit. */
NDUP_INLINE uint64_t finalise(uint64_t x)
{
    x ^= x >> 32;
    x *= NDUP_SHINGLE_MIX_1;
    x ^= x >> 29;
    x *= NDUP_SHINGLE_MIX_2;
    return x ^ x >> 32;
}

static uint64_t combine(const uint64_t *tokens, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum = sum * NDUP_SHINGLE_BASE + tokens[i];
    return sum;
}

/* Rolling: the token that leaves is taken out again, so that n does not matter. */
void ndup_shingle_scalar(const uint64_t *tokens, size_t count, size_t n, uint64_t *out)
{
    uint64_t power = 1;
    for (size_t i = 0; i < n; i++)
        power *= NDUP_SHINGLE_BASE;
    uint64_t sum = combine(tokens, n);
    out[0] = finalise(sum);
    for (size_t i = n; i < count; i++) {
        sum = sum * NDUP_SHINGLE_BASE + (tokens[i] - tokens[i - n] * power);
        out[i - n + 1] = finalise(sum);
    }
}

ndup_shingle_fn *ndup_shingle_for(neardup_cpu cpu, size_t n)
{
#if NDUP_X86
    if (cpu == NEARDUP_CPU_AVX512 && n <= NDUP_SHINGLE_DIRECT)
        return ndup_shingle_avx512;
#endif
    (void)cpu;
    (void)n;
    return ndup_shingle_scalar;
}

uint64_t ndup_shingle_few(const uint64_t *tokens, size_t count)
{
    return finalise(combine(tokens, count) ^ count * NDUP_SHINGLE_FEW);
}
