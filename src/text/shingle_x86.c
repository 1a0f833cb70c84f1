/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "text/shingle.h"

#if NDUP_X86

#    include <immintrin.h>

#    define AVX512 __attribute__((target("avx512f,avx512dq,bmi2")))

AVX512 NDUP_INLINE __m512i finalise(__m512i x)
{
    x = _mm512_xor_si512(x, _mm512_srli_epi64(x, 32));
    x = _mm512_mullo_epi64(x, _mm512_set1_epi64((long long)NDUP_SHINGLE_MIX_1));
    x = _mm512_xor_si512(x, _mm512_srli_epi64(x, 29));
    x = _mm512_mullo_epi64(x, _mm512_set1_epi64((long long)NDUP_SHINGLE_MIX_2));
    return _mm512_xor_si512(x, _mm512_srli_epi64(x, 32));
}

/* Two vectors at a time, because a multiplication takes 15 cycles and must be waited for. */
AVX512 void ndup_shingle_avx512(const uint64_t *tokens, size_t count, size_t n, uint64_t *out)
{
    const __m512i base = _mm512_set1_epi64((long long)NDUP_SHINGLE_BASE);
    size_t shingles = count - n + 1, i = 0;
    for (; i + 16 <= shingles; i += 16) {
        __m512i a = _mm512_loadu_si512(tokens + i), b = _mm512_loadu_si512(tokens + i + 8);
        for (size_t k = 1; k < n; k++) {
            a = _mm512_add_epi64(_mm512_mullo_epi64(a, base), _mm512_loadu_si512(tokens + i + k));
            b = _mm512_add_epi64(_mm512_mullo_epi64(b, base), _mm512_loadu_si512(tokens + i + 8 + k));
        }
        _mm512_storeu_si512(out + i, finalise(a));
        _mm512_storeu_si512(out + i + 8, finalise(b));
    }
    for (; i < shingles; i += 8) {
        __mmask8 some = (__mmask8)_bzhi_u32(0xFF, (unsigned)(shingles - i < 8 ? shingles - i : 8));
        __m512i a = _mm512_maskz_loadu_epi64(some, tokens + i);
        for (size_t k = 1; k < n; k++)
            a = _mm512_add_epi64(_mm512_mullo_epi64(a, base), _mm512_maskz_loadu_epi64(some, tokens + i + k));
        _mm512_mask_storeu_epi64(out + i, some, finalise(a));
    }
}

#else

typedef int ndup_shingle_x86_is_empty;

#endif
