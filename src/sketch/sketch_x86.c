/* SPDX-License-Identifier: MIT
 * AVX2 and AVX-512 rows. */
#include "base/platform.h"

#include "sketch/kernel.h"

#if NDUP_X86

#    include <immintrin.h>
#    include <string.h>

/* Counts are compile-time constants after inlining; the arrays become registers only if unrolled. */
#    if defined(__clang__)
#        define UNROLL _Pragma("clang loop unroll(full)")
#    else
#        define UNROLL _Pragma("GCC unroll 16")
#    endif

/* Always stores: whether a value wins is a coin toss that no branch predictor wins. In vector registers although it
 * is one lane, because that took two thirds of the time of compare and conditional move on Sapphire Rapids. */
__attribute__((target("avx2"))) NDUP_INLINE void lower_slots(const uint32_t *bins, const uint32_t *values, size_t count,
                                                             uint32_t *signature)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t *slot = signature + bins[i];
        _mm_storeu_si32(slot, _mm_min_epu32(_mm_loadu_si32(values + i), _mm_loadu_si32(slot)));
    }
}

/* The first n 64-bit lanes, n up to 4 */
__attribute__((target("avx2"))) NDUP_INLINE __m256i load_some_avx2(const uint64_t *p, size_t n)
{
    __m256i lane = _mm256_set_epi64x(3, 2, 1, 0);
    __m256i mask = _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n), lane);
    return _mm256_maskload_epi64((const long long *)(const void *)p, mask);
}

#    define TARGET2   __attribute__((target("avx2,bmi2,popcnt")))
#    define TARGET512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi2,popcnt")))

/* Eight copies of each bit of a mask, as bytes */
TARGET2 NDUP_INLINE uint64_t widen(unsigned mask)
{
    return _pdep_u64(mask, UINT64_C(0x0101010101010101)) * 0xff;
}

#    define LANE_NUMBERS UINT64_C(0x0706050403020100)

/* pext over lane numbers yields the permutation that packs, pdep the one that unpacks. */
TARGET2 NDUP_INLINE __m256i packing_lanes(unsigned mask)
{
    return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)_pext_u64(LANE_NUMBERS, widen(mask))));
}

/* Bit n of a map of 256, for each lane of n, as a mask */
TARGET2 NDUP_INLINE uint32_t test_bits_avx2(__m256i map, __m256i n)
{
    __m256i word = _mm256_permutevar8x32_epi32(map, _mm256_srli_epi32(n, 5));
    __m256i left = _mm256_andnot_si256(n, _mm256_set1_epi32(31)); /* brings the bit to the sign */
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_sllv_epi32(word, left)));
}

TARGET2 NDUP_INLINE void pack2_avx2(uint32_t *p, __m256i a, uint32_t *q, __m256i b, uint32_t mask)
{
    __m256i lanes = packing_lanes(mask);
    _mm256_storeu_si256((__m256i *)(void *)p, _mm256_permutevar8x32_epi32(a, lanes));
    _mm256_storeu_si256((__m256i *)(void *)q, _mm256_permutevar8x32_epi32(b, lanes));
}

#    define SUFFIX            avx2
#    define TARGET            __attribute__((target("avx2,bmi2,popcnt")))
#    define LANES             8u
#    define BLOCK             2u
#    define V                 __m256i
#    define V_LOAD(p)         _mm256_loadu_si256((const __m256i *)(const void *)(p))
#    define V_LOAD_SOME(p, n) load_some_avx2(p, n)
#    define V_STORE(p, a)     _mm256_storeu_si256((__m256i *)(void *)(p), a)
#    define V_SET(x)          _mm256_set1_epi32((int)(x))
#    define V_MUL(a, b)       _mm256_mullo_epi32(a, b)
#    define V_ADD(a, b)       _mm256_add_epi32(a, b)
#    define V_MIN(a, b)       _mm256_min_epu32(a, b)
#    define V_OR(a, b)        _mm256_or_si256(a, b)
#    define V_XOR(a, b)       _mm256_xor_si256(a, b)
#    define V_SHR(a, n)       _mm256_srli_epi32(a, n)
#    define V_MUL16HI(a, b)   _mm256_mulhi_epu16(a, b)
#    define PICK(a, b, how)                                                                                            \
        _mm256_permute4x64_epi64(                                                                                      \
            _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), how)), 0xd8)
#    define V_LOW(a, b)               PICK(a, b, 0x88)
#    define V_HIGH(a, b)              PICK(a, b, 0xdd)
#    define V_TEST_BITS(map, n)       test_bits_avx2(map, n)
#    define V_PACK2(p, a, q, b, mask) pack2_avx2(p, a, q, b, mask)
#    include "sketch/sketch_x86_tmpl.h"
#    undef PICK

TARGET512 NDUP_INLINE uint32_t test_bits_avx512(__m512i map, __m512i n)
{
    __m512i word = _mm512_permutexvar_epi32(_mm512_srli_epi32(n, 5), map);
    return _mm512_test_epi32_mask(_mm512_rorv_epi32(word, n), _mm512_set1_epi32(1));
}

/* Compressed in registers, then stored whole: compressing stores are slow on Zen 4. */
TARGET512 NDUP_INLINE void pack2_avx512(uint32_t *p, __m512i a, uint32_t *q, __m512i b, uint32_t mask)
{
    _mm512_storeu_si512(p, _mm512_maskz_compress_epi32((__mmask16)mask, a));
    _mm512_storeu_si512(q, _mm512_maskz_compress_epi32((__mmask16)mask, b));
}

#    define SUFFIX                    avx512
#    define TARGET                    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi2,popcnt")))
#    define LANES                     16u
#    define BLOCK                     8u
#    define V                         __m512i
#    define V_LOAD(p)                 _mm512_loadu_si512(p)
#    define V_LOAD_SOME(p, n)         _mm512_maskz_loadu_epi64((__mmask8)((n) >= 8 ? 0xff : (1u << (n)) - 1u), p)
#    define V_STORE(p, a)             _mm512_storeu_si512(p, a)
#    define V_SET(x)                  _mm512_set1_epi32((int)(x))
#    define V_MUL(a, b)               _mm512_mullo_epi32(a, b)
#    define V_ADD(a, b)               _mm512_add_epi32(a, b)
#    define V_MIN(a, b)               _mm512_min_epu32(a, b)
#    define V_OR(a, b)                _mm512_or_si512(a, b)
#    define V_XOR(a, b)               _mm512_xor_si512(a, b)
#    define V_SHR(a, n)               _mm512_srli_epi32(a, n)
#    define V_MUL16HI(a, b)           _mm512_mulhi_epu16(a, b)
#    define EVENS                     _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0)
#    define V_LOW(a, b)               _mm512_permutex2var_epi32(a, EVENS, b)
#    define V_HIGH(a, b)              _mm512_permutex2var_epi32(a, _mm512_or_si512(EVENS, _mm512_set1_epi32(1)), b)
#    define V_TEST_BITS(map, n)       test_bits_avx512(map, n)
#    define V_PACK2(p, a, q, b, mask) pack2_avx512(p, a, q, b, mask)
#    include "sketch/sketch_x86_tmpl.h"

TARGET2 static size_t find_empty_avx2(const uint32_t *values, size_t groups, uint16_t *masks)
{
    size_t found = 0;
    const __m256i none = _mm256_set1_epi32(-1);
    for (size_t g = 0; g < groups; g++) {
        const uint32_t *at = values + g * NDUP_SKETCH_GROUP;
        __m256i a = _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)(const void *)at), none);
        __m256i b = _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(at + 8)), none);
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(a)) |
                        (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(b)) << 8;
        masks[g] = (uint16_t)mask;
        found += (size_t)__builtin_popcount(mask);
    }
    return found;
}

TARGET2 static void pack_avx2(const uint32_t *mul, size_t groups, const uint16_t *masks, uint32_t *packed)
{
    for (size_t half = 0; half < 2 * groups; half++) {
        unsigned mask = masks[half / 2] >> (half % 2 * 8) & 0xff;
        __m256i lanes = packing_lanes(mask);
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(mul + 8 * half));
        _mm256_storeu_si256((__m256i *)(void *)packed, _mm256_permutevar8x32_epi32(v, lanes));
        packed += __builtin_popcount(mask);
    }
}

TARGET2 static void unpack_avx2(const uint32_t *minima, size_t groups, const uint16_t *masks, uint32_t *signature)
{
    const __m256i prefix = _mm256_set1_epi32((int)ndup_fss_fallback_value(0));
    for (size_t half = 0; half < 2 * groups; half++) {
        unsigned mask = masks[half / 2] >> (half % 2 * 8) & 0xff;
        uint64_t wide = widen(mask);
        __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)_pdep_u64(LANE_NUMBERS, wide)));
        __m256i chosen = _mm256_cvtepi8_epi32(_mm_cvtsi64_si128((long long)wide));
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)minima);
        v = _mm256_or_si256(_mm256_srli_epi32(v, 32 - NDUP_FSS_RANK_BITS), prefix);
        _mm256_maskstore_epi32((int *)(void *)(signature + 8 * half), chosen, _mm256_permutevar8x32_epi32(v, lanes));
        minima += __builtin_popcount(mask);
    }
}

TARGET512 static size_t find_empty_avx512(const uint32_t *values, size_t groups, uint16_t *masks)
{
    size_t found = 0;
    for (size_t g = 0; g < groups; g++) {
        __m512i v = _mm512_loadu_si512(values + g * NDUP_SKETCH_GROUP);
        masks[g] = _mm512_cmpeq_epi32_mask(v, _mm512_set1_epi32(-1));
        found += (size_t)__builtin_popcount(masks[g]);
    }
    return found;
}

TARGET512 static void pack_avx512(const uint32_t *mul, size_t groups, const uint16_t *masks, uint32_t *packed)
{
    for (size_t g = 0; g < groups; g++) {
        __m512i v = _mm512_loadu_si512(mul + g * NDUP_SKETCH_GROUP);
        _mm512_storeu_si512(packed, _mm512_maskz_compress_epi32(masks[g], v));
        packed += __builtin_popcount(masks[g]);
    }
}

TARGET512 static void unpack_avx512(const uint32_t *minima, size_t groups, const uint16_t *masks, uint32_t *signature)
{
    const __m512i prefix = _mm512_set1_epi32((int)ndup_fss_fallback_value(0));
    for (size_t g = 0; g < groups; g++) {
        uint32_t *at = signature + g * NDUP_SKETCH_GROUP;
        __m512i v = _mm512_loadu_si512(minima);
        v = _mm512_or_si512(_mm512_srli_epi32(v, 32 - NDUP_FSS_RANK_BITS), prefix);
        _mm512_storeu_si512(at, _mm512_mask_expand_epi32(_mm512_loadu_si512(at), masks[g], v));
        minima += __builtin_popcount(masks[g]);
    }
}

const struct ndup_sketch_kernels ndup_sketch_avx2 = {
    .cpu = NEARDUP_CPU_AVX2,
    .affine = affine_avx2,
    .fss_throw = fss_throw_avx2,
    .fss_fill = fss_fill_avx2,
    .fill_slots = 256,
    .find_empty = find_empty_avx2,
    .pack = pack_avx2,
    .unpack = unpack_avx2,
};

const struct ndup_sketch_kernels ndup_sketch_avx512 = {
    .cpu = NEARDUP_CPU_AVX512,
    .affine = affine_avx512,
    .fss_throw = fss_throw_avx512,
    .fss_fill = fss_fill_avx512,
    .fill_slots = 512,
    .find_empty = find_empty_avx512,
    .pack = pack_avx512,
    .unpack = unpack_avx512,
};

#else
typedef int ndup_sketch_x86_is_elsewhere;
#endif
