/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "text/ascii.h"

/* The lower-case form of a word byte, 0 for the others. */
NDUP_INLINE unsigned char word_byte(unsigned char c)
{
    unsigned char folded = c | 0x20;
    if ((unsigned char)(folded - 'a') < 26)
        return folded;
    return (unsigned char)(c - '0') < 10 ? c : 0;
}

void ndup_ascii_scan_scalar(struct ndup_chunk *chunk, const unsigned char *bytes, size_t n, enum ndup_scan scan)
{
    bool high_too = scan == NDUP_SCAN_HIGH;
    size_t count = 0, signs = 0;
    size_t i = 0;
    bool inside = false;
    for (; i < n && (bytes[i] < 0x80 || high_too); i++) {
        unsigned char lower = bytes[i] < 0x80 ? word_byte(bytes[i]) : bytes[i];
        bool word = lower != 0;
        uint64_t digit = (unsigned char)(bytes[i] - '0') < 10;
        chunk->digits[i / 64] = (i % 64 == 0 ? 0 : chunk->digits[i / 64]) | digit << i % 64;
        chunk->lower[i] = lower;
        chunk->edges[count] = (uint16_t)i;
        count += word != inside;
        inside = word;
        if (scan == NDUP_SCAN_SIGNS && !word && bytes[i] > ' ' && bytes[i] < 0x7F)
            chunk->signs[signs++] = (uint32_t)count << 8 | bytes[i];
    }
    chunk->edge_count = count;
    chunk->sign_count = signs;
    chunk->stop = i;
}

ndup_ascii_scan_fn *ndup_ascii_scan_for(neardup_cpu cpu)
{
    switch (cpu) {
#if NDUP_X86
    case NEARDUP_CPU_AVX512:
        return ndup_ascii_scan_avx512;
    case NEARDUP_CPU_AVX2:
        return ndup_ascii_scan_avx2;
#else
    case NEARDUP_CPU_AVX512:
    case NEARDUP_CPU_AVX2:
        break;
#endif
#if NDUP_NEON
    case NEARDUP_CPU_NEON:
        return ndup_ascii_scan_neon;
#else
    case NEARDUP_CPU_NEON:
#endif
    case NEARDUP_CPU_AUTO:
    case NEARDUP_CPU_SCALAR:
        break;
    }
    return ndup_ascii_scan_scalar;
}

/* The table as a constant expression: bit i of b goes to the byte whose number is the count of set bits below i. */
#define BIT(b, i)   ((uint64_t)((b) >> (i)&1))
#define UNDER1(b)   BIT(b, 0)
#define UNDER2(b)   (UNDER1(b) + BIT(b, 1))
#define UNDER3(b)   (UNDER2(b) + BIT(b, 2))
#define UNDER4(b)   (UNDER3(b) + BIT(b, 3))
#define UNDER5(b)   (UNDER4(b) + BIT(b, 4))
#define UNDER6(b)   (UNDER5(b) + BIT(b, 5))
#define UNDER7(b)   (UNDER6(b) + BIT(b, 6))
#define PUT(b, i)   ((BIT(b, i) * (i)) << (8 * UNDER##i(b)))
#define ENTRY(b)    (PUT(b, 1) | PUT(b, 2) | PUT(b, 3) | PUT(b, 4) | PUT(b, 5) | PUT(b, 6) | PUT(b, 7))
#define ENTRY4(b)   ENTRY(b), ENTRY((b) + 1), ENTRY((b) + 2), ENTRY((b) + 3)
#define ENTRY16(b)  ENTRY4(b), ENTRY4((b) + 4), ENTRY4((b) + 8), ENTRY4((b) + 12)
#define ENTRY64(b)  ENTRY16(b), ENTRY16((b) + 16), ENTRY16((b) + 32), ENTRY16((b) + 48)
#define ENTRY256(b) ENTRY64(b), ENTRY64((b) + 64), ENTRY64((b) + 128), ENTRY64((b) + 192)

const uint64_t ndup_ascii_bit_positions[256] = {ENTRY256(0u)};
