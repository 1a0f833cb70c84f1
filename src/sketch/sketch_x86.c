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

#    define SUFFIX          avx2
#    define TARGET          __attribute__((target("avx2,bmi2,popcnt")))
#    define LANES           8u
#    define BLOCK           2u
#    define V               __m256i
#    define V_LOAD(p)       _mm256_loadu_si256((const __m256i *)(const void *)(p))
#    define V_STORE(p, a)   _mm256_storeu_si256((__m256i *)(void *)(p), a)
#    define V_SET(x)        _mm256_set1_epi32((int)(x))
#    define V_MUL(a, b)     _mm256_mullo_epi32(a, b)
#    define V_ADD(a, b)     _mm256_add_epi32(a, b)
#    define V_MIN(a, b)     _mm256_min_epu32(a, b)
#    define V_OR(a, b)      _mm256_or_si256(a, b)
#    define V_XOR(a, b)     _mm256_xor_si256(a, b)
#    define V_SHR(a, n)     _mm256_srli_epi32(a, n)
#    define V_MUL16HI(a, b) _mm256_mulhi_epu16(a, b)
#    define PICK(a, b, how)                                                                                            \
        _mm256_permute4x64_epi64(                                                                                      \
            _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), how)), 0xd8)
#    define V_LOW(a, b)  PICK(a, b, 0x88)
#    define V_HIGH(a, b) PICK(a, b, 0xdd)
#    include "sketch/sketch_x86_tmpl.h"
#    undef PICK

#    define SUFFIX          avx512
#    define TARGET          __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi2,popcnt")))
#    define LANES           16u
#    define BLOCK           8u
#    define V               __m512i
#    define V_LOAD(p)       _mm512_loadu_si512(p)
#    define V_STORE(p, a)   _mm512_storeu_si512(p, a)
#    define V_SET(x)        _mm512_set1_epi32((int)(x))
#    define V_MUL(a, b)     _mm512_mullo_epi32(a, b)
#    define V_ADD(a, b)     _mm512_add_epi32(a, b)
#    define V_MIN(a, b)     _mm512_min_epu32(a, b)
#    define V_OR(a, b)      _mm512_or_si512(a, b)
#    define V_XOR(a, b)     _mm512_xor_si512(a, b)
#    define V_SHR(a, n)     _mm512_srli_epi32(a, n)
#    define V_MUL16HI(a, b) _mm512_mulhi_epu16(a, b)
#    define EVENS           _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0)
#    define V_LOW(a, b)     _mm512_permutex2var_epi32(a, EVENS, b)
#    define V_HIGH(a, b)    _mm512_permutex2var_epi32(a, _mm512_or_si512(EVENS, _mm512_set1_epi32(1)), b)
#    include "sketch/sketch_x86_tmpl.h"

#    define TARGET2   __attribute__((target("avx2,bmi2,popcnt")))
#    define TARGET512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi2,popcnt")))

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

/* Late rounds: the bit map of empty slots fits one register, so a permutation and a rotation say which of 16 hashes
 * matter; those few are packed and kept as in any round. */
TARGET512 static void fss_fill_avx512(const struct ndup_fss_round *round, const uint64_t *hashes, size_t count,
                                      uint32_t slots, const uint32_t *wanted, uint32_t *signature)
{
    uint32_t bins[NDUP_SKETCH_CHUNK + 16], values[NDUP_SKETCH_CHUNK + 16];
    const __m512i map = _mm512_loadu_si512(wanted);
    const __m512i one = _mm512_set1_epi32(1);
    for (size_t at = 0; at < count; at += NDUP_SKETCH_CHUNK) {
        size_t now = count - at < NDUP_SKETCH_CHUNK ? count - at : NDUP_SKETCH_CHUNK;
        size_t hits = 0;
        for (size_t i = 0; i < now; i += 16) {
            __m512i low, high, bin, value;
            load_avx512(hashes + at, i, now, &low, &high);
            throw_avx512(round, slots, low, high, &bin, &value);
            __m512i word = _mm512_permutexvar_epi32(_mm512_srli_epi32(bin, 5), map);
            __mmask16 hit = _mm512_test_epi32_mask(_mm512_rorv_epi32(word, bin), one);
            if (NDUP_UNLIKELY(now - i < 16))
                hit = (__mmask16)(hit & ((1u << (now - i)) - 1u));
            _mm512_storeu_si512(bins + hits, _mm512_maskz_compress_epi32(hit, bin));
            _mm512_storeu_si512(values + hits, _mm512_maskz_compress_epi32(hit, value));
            hits += (size_t)__builtin_popcount(hit);
        }
        for (size_t i = 0; i < hits; i++) {
            uint32_t old = signature[bins[i]];
            signature[bins[i]] = values[i] < old ? values[i] : old;
        }
    }
}

const struct ndup_sketch_kernels ndup_sketch_avx2 = {
    .cpu = NEARDUP_CPU_AVX2,
    .affine = affine_avx2,
    .fss_round = fss_round_avx2,
    .find_empty = find_empty_avx2,
};

const struct ndup_sketch_kernels ndup_sketch_avx512 = {
    .cpu = NEARDUP_CPU_AVX512,
    .affine = affine_avx512,
    .fss_round = fss_round_avx512,
    .fss_fill = fss_fill_avx512,
    .fill_slots = 512,
    .find_empty = find_empty_avx512,
};

#else
typedef int ndup_sketch_x86_is_elsewhere;
#endif
