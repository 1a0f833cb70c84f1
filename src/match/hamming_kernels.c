/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/hamming_kernels.h"

/* ---- without vectors: the specification ---- */

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

/* ---- AVX2 and AVX-512 ---- */

#if NDUP_X86

#    include <immintrin.h>

#    define TARGET2 __attribute__((target("avx2,bmi2,popcnt")))

/* Bits of each byte, by a table of 16 for its halves */
TARGET2 NDUP_INLINE __m256i count_bytes(__m256i x)
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2,
                                           2, 3, 2, 3, 3, 4);
    const __m256i half = _mm256_set1_epi8(15);
    __m256i a = _mm256_shuffle_epi8(table, _mm256_and_si256(x, half));
    __m256i b = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), half));
    return _mm256_add_epi8(a, b);
}

TARGET2 NDUP_INLINE __m256i sum_bytes(__m256i x)
{
    return _mm256_sad_epu8(x, _mm256_setzero_si256());
}

/* The first n 64-bit lanes, n up to 4 */
TARGET2 NDUP_INLINE __m256i load_some(const uint64_t *p, size_t n)
{
    __m256i mask = _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n), _mm256_set_epi64x(3, 2, 1, 0));
    return _mm256_maskload_epi64((const long long *)(const void *)p, mask);
}

/* The complement of greater, in the first four bits */
TARGET2 NDUP_INLINE unsigned at_most(__m256i a, __m256i b)
{
    return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(a, b))) ^ 15u;
}

#    define SUFFIX            avx2
#    define TARGET            TARGET2
#    define LANES             4u
#    define V                 __m256i
#    define V_LOAD(p)         _mm256_loadu_si256((const __m256i *)(const void *)(p))
#    define V_LOAD_SOME(p, n) load_some(p, n)
#    define V_SET(x)          _mm256_set1_epi64x((long long)(x))
#    define V_XOR(a, b)       _mm256_xor_si256(a, b)
#    define V_COUNT1(a)       sum_bytes(count_bytes(a))
#    define V_COUNT2(a, b)    sum_bytes(_mm256_add_epi8(count_bytes(a), count_bytes(b)))
#    define V_MIN(a, b)       _mm256_min_epu8(a, b)
#    define V_AT_MOST(a, b)   at_most(a, b)
#    include "match/hamming_x86_tmpl.h"

#    define SUFFIX            avx512
#    define TARGET            __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,popcnt")))
#    define LANES             8u
#    define V                 __m512i
#    define V_LOAD(p)         _mm512_loadu_si512(p)
#    define V_LOAD_SOME(p, n) _mm512_maskz_loadu_epi64((__mmask8)((1u << (n)) - 1u), p)
#    define V_SET(x)          _mm512_set1_epi64((long long)(x))
#    define V_XOR(a, b)       _mm512_xor_si512(a, b)
#    define V_COUNT1(a)       _mm512_popcnt_epi64(a)
#    define V_COUNT2(a, b)    _mm512_add_epi64(_mm512_popcnt_epi64(a), _mm512_popcnt_epi64(b))
#    define V_MIN(a, b)       _mm512_min_epu8(a, b)
#    define V_AT_MOST(a, b)   _mm512_cmple_epu64_mask(a, b)
#    include "match/hamming_x86_tmpl.h"

const struct ndup_hamming_kernels ndup_hamming_avx2 = {
    .compare64 = compare64_avx2,
    .compare128 = compare128_avx2,
    .worth_splitting = 24,
};

const struct ndup_hamming_kernels ndup_hamming_avx512 = {
    .compare64 = compare64_avx512,
    .compare128 = compare128_avx512,
    .worth_splitting = 48,
};

#endif
