/* SPDX-License-Identifier: MIT
 * NEON row of fingerprints. */
#include "base/platform.h"

#include "sketch/simhash_kernel.h"

#if NDUP_NEON

#    include <arm_neon.h>
#    include <string.h>

/* Where a and b differ c decides, elsewhere either. */
NDUP_INLINE uint64x2_t carry3(uint64x2_t a, uint64x2_t b, uint64x2_t c)
{
    return vbslq_u64(veorq_u64(a, b), c, a);
}

/* Modulo 2^64, from halves */
NDUP_INLINE uint64x2_t multiply(uint64x2_t a, uint64_t b)
{
    uint32x2_t low = vmovn_u64(a), high = vshrn_n_u64(a, 32);
    uint32x2_t cross = vmla_n_u32(vmul_n_u32(high, (uint32_t)b), low, (uint32_t)(b >> 32));
    return vmlal_n_u32(vshlq_n_u64(vmovl_u32(cross), 32), low, (uint32_t)b);
}

NDUP_INLINE uint64x2_t second_words(uint64x2_t x)
{
    x = veorq_u64(x, vdupq_n_u64(NDUP_SIMHASH_SECOND));
    x = multiply(veorq_u64(x, vshrq_n_u64(x, 32)), NDUP_SIMHASH_MIX_1);
    x = multiply(veorq_u64(x, vshrq_n_u64(x, 29)), NDUP_SIMHASH_MIX_2);
    return veorq_u64(x, vshrq_n_u64(x, 32));
}

#    define SUFFIX neon
#    define TARGET
#    define LANES            2
#    define V                uint64x2_t
#    define V_LOAD(p)        vld1q_u64(p)
#    define V_STORE(p, a)    vst1q_u64(p, a)
#    define V_ZERO()         vdupq_n_u64(0)
#    define V_FIRST(a)       vgetq_lane_u64(a, 0)
#    define V_SUM(a, b, c)   veorq_u64(veorq_u64(a, b), c)
#    define V_CARRY(a, b, c) carry3(a, b, c)
#    define V_SWAP(a, step)  vextq_u64(a, a, 1)
#    define V_SECOND(a)      second_words(a)
#    define V_KEY(a)         veorq_u64(a, vshlq_n_u64(a, 32))
#    define V_MIN(a, b)      vbslq_u64(vcgtq_u64(a, b), b, a)
#    include "sketch/simhash_tmpl.h"

const struct ndup_simhash_kernels ndup_simhash_neon = {
    .cpu = NEARDUP_CPU_NEON,
    .first = first_neon,
    .second = second_neon,
    .least_key = least_key_neon,
};

#else
typedef int ndup_simhash_neon_is_elsewhere;
#endif
