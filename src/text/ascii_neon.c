/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "text/ascii.h"

#if NDUP_NEON

#    include <arm_neon.h>
#    include <string.h>

/* Sixteen bytes of 0 or 255 each in four vectors to 64 bits. */
NDUP_INLINE uint64_t bits_neon(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
    static const unsigned char weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t weight = vld1q_u8(weights);
    uint8x16_t ab = vpaddq_u8(vandq_u8(a, weight), vandq_u8(b, weight));
    uint8x16_t cd = vpaddq_u8(vandq_u8(c, weight), vandq_u8(d, weight));
    uint8x16_t all = vpaddq_u8(ab, cd);
    all = vpaddq_u8(all, all);
    return vgetq_lane_u64(vreinterpretq_u64_u8(all), 0);
}

NDUP_INLINE uint64_t block_neon(const unsigned char *in, unsigned char *out, struct ndup_byte_masks *masks)
{
    uint8x16_t words[4], highs[4], seen[4], digits[4];
    for (int i = 0; i < 4; i++) {
        uint8x16_t v = vld1q_u8(in + 16 * i);
        uint8x16_t letter = vcltq_u8(vsubq_u8(vorrq_u8(v, vdupq_n_u8(0x20)), vdupq_n_u8('a')), vdupq_n_u8(26));
        uint8x16_t digit = vcltq_u8(vsubq_u8(v, vdupq_n_u8('0')), vdupq_n_u8(10));
        vst1q_u8(out + 16 * i, vorrq_u8(v, vandq_u8(letter, vdupq_n_u8(0x20))));
        digits[i] = digit;
        words[i] = vorrq_u8(letter, digit);
        highs[i] = vcgeq_u8(v, vdupq_n_u8(0x80));
        seen[i] = vcltq_u8(vsubq_u8(v, vdupq_n_u8(0x21)), vdupq_n_u8(0x5E));
    }
    masks->visible = bits_neon(seen[0], seen[1], seen[2], seen[3]);
    masks->digits = bits_neon(digits[0], digits[1], digits[2], digits[3]);
    masks->high = bits_neon(highs[0], highs[1], highs[2], highs[3]);
    return bits_neon(words[0], words[1], words[2], words[3]);
}

NDUP_INLINE uint64_t tail_neon(const unsigned char *in, size_t m, unsigned char *out, struct ndup_byte_masks *masks)
{
    unsigned char copy[64] = {0};
    memcpy(copy, in, m);
    return block_neon(copy, out, masks);
}

NDUP_INLINE void positions_neon(uint16_t *out, uint64_t mask, size_t base)
{
    for (int i = 0; i < 8; i++) {
        unsigned byte = (unsigned)(mask >> 8 * i & 255);
        uint8x8_t packed = vcreate_u8(ndup_ascii_bit_positions[byte]);
        vst1q_u16(out, vaddq_u16(vmovl_u8(packed), vdupq_n_u16((uint16_t)(base + 8 * (size_t)i))));
        out += __builtin_popcount(byte);
    }
}

#    define SUFFIX neon
#    define TARGET
#    define BLOCK     block_neon
#    define TAIL      tail_neon
#    define POSITIONS positions_neon
#    include "text/ascii_tmpl.h"

#else

typedef int ndup_ascii_neon_is_empty;

#endif
