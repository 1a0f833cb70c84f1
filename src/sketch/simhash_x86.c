/* SPDX-License-Identifier: MIT
 * AVX2 and AVX-512 rows of fingerprints. */
#include "base/platform.h"

#include "sketch/simhash_kernel.h"

#if NDUP_X86

#    include <immintrin.h>
#    include <string.h>

#    define TARGET2   __attribute__((target("avx2")))
#    define TARGET512 __attribute__((target("avx512f,avx512dq")))

TARGET2 NDUP_INLINE __m256i carry_avx2(__m256i a, __m256i b, __m256i c)
{
    __m256i differ = _mm256_xor_si256(a, b);
    return _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(differ, c));
}

TARGET2 NDUP_INLINE __m256i swap_avx2(__m256i a, const int step)
{
    return step == 2 ? _mm256_permute4x64_epi64(a, 0x4e) : _mm256_shuffle_epi32(a, 0x4e);
}

/* Modulo 2^64, from halves */
TARGET2 NDUP_INLINE __m256i multiply_avx2(__m256i a, uint64_t b)
{
    __m256i low = _mm256_set1_epi64x((long long)(b & UINT32_MAX)), high = _mm256_set1_epi64x((long long)(b >> 32));
    __m256i cross = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(a, 32), low), _mm256_mul_epu32(a, high));
    return _mm256_add_epi64(_mm256_mul_epu32(a, low), _mm256_slli_epi64(cross, 32));
}

TARGET2 NDUP_INLINE __m256i second_words_avx2(__m256i x)
{
    x = _mm256_xor_si256(x, _mm256_set1_epi64x((long long)NDUP_SIMHASH_SECOND));
    x = multiply_avx2(_mm256_xor_si256(x, _mm256_srli_epi64(x, 32)), NDUP_SIMHASH_MIX_1);
    x = multiply_avx2(_mm256_xor_si256(x, _mm256_srli_epi64(x, 29)), NDUP_SIMHASH_MIX_2);
    return _mm256_xor_si256(x, _mm256_srli_epi64(x, 32));
}

TARGET2 NDUP_INLINE __m256i min_avx2(__m256i a, __m256i b)
{
    const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
    __m256i greater = _mm256_cmpgt_epi64(_mm256_xor_si256(a, sign), _mm256_xor_si256(b, sign));
    return _mm256_blendv_epi8(a, b, greater);
}

#    define SUFFIX           avx2
#    define TARGET           TARGET2
#    define LANES            4
#    define V                __m256i
#    define V_LOAD(p)        _mm256_loadu_si256((const __m256i *)(const void *)(p))
#    define V_STORE(p, a)    _mm256_storeu_si256((__m256i *)(void *)(p), a)
#    define V_ZERO()         _mm256_setzero_si256()
#    define V_FIRST(a)       (uint64_t) _mm_cvtsi128_si64(_mm256_castsi256_si128(a))
#    define V_SUM(a, b, c)   _mm256_xor_si256(_mm256_xor_si256(a, b), c)
#    define V_CARRY(a, b, c) carry_avx2(a, b, c)
#    define V_SWAP(a, step)  swap_avx2(a, step)
#    define V_SECOND(a)      second_words_avx2(a)
#    define V_KEY(a)         _mm256_xor_si256(a, _mm256_slli_epi64(a, 32))
#    define V_MIN(a, b)      min_avx2(a, b)
#    include "sketch/simhash_tmpl.h"

TARGET512 NDUP_INLINE __m512i swap_avx512(__m512i a, const int step)
{
    return step == 4   ? _mm512_shuffle_i64x2(a, a, 0x4e)
           : step == 2 ? _mm512_shuffle_i64x2(a, a, 0xb1)
                       : _mm512_shuffle_epi32(a, (_MM_PERM_ENUM)0x4e);
}

TARGET512 NDUP_INLINE __m512i second_words_avx512(__m512i x)
{
    x = _mm512_xor_si512(x, _mm512_set1_epi64((long long)NDUP_SIMHASH_SECOND));
    x = _mm512_xor_si512(x, _mm512_srli_epi64(x, 32));
    x = _mm512_mullo_epi64(x, _mm512_set1_epi64((long long)NDUP_SIMHASH_MIX_1));
    x = _mm512_xor_si512(x, _mm512_srli_epi64(x, 29));
    x = _mm512_mullo_epi64(x, _mm512_set1_epi64((long long)NDUP_SIMHASH_MIX_2));
    return _mm512_xor_si512(x, _mm512_srli_epi64(x, 32));
}

#    define SUFFIX           avx512
#    define TARGET           TARGET512
#    define LANES            8
#    define V                __m512i
#    define V_LOAD(p)        _mm512_loadu_si512(p)
#    define V_STORE(p, a)    _mm512_storeu_si512(p, a)
#    define V_ZERO()         _mm512_setzero_si512()
#    define V_FIRST(a)       (uint64_t) _mm_cvtsi128_si64(_mm512_castsi512_si128(a))
#    define V_SUM(a, b, c)   _mm512_ternarylogic_epi64(a, b, c, 0x96)
#    define V_CARRY(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0xe8)
#    define V_SWAP(a, step)  swap_avx512(a, step)
#    define V_SECOND(a)      second_words_avx512(a)
#    define V_KEY(a)         _mm512_xor_si512(a, _mm512_slli_epi64(a, 32))
#    define V_MIN(a, b)      _mm512_min_epu64(a, b)
#    include "sketch/simhash_tmpl.h"

const struct ndup_simhash_kernels ndup_simhash_avx2 = {
    .cpu = NEARDUP_CPU_AVX2,
    .first = first_avx2,
    .second = second_avx2,
    .least_key = least_key_avx2,
};

const struct ndup_simhash_kernels ndup_simhash_avx512 = {
    .cpu = NEARDUP_CPU_AVX512,
    .first = first_avx512,
    .second = second_avx512,
    .least_key = least_key_avx512,
};

#else
typedef int ndup_simhash_x86_is_elsewhere;
#endif
