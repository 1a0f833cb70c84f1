/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/utf8.h"

#include <string.h>
#if NDUP_X86
#    include <emmintrin.h>
#endif

size_t ndup_utf8_measure_long(const unsigned char *bytes, size_t left, bool *valid)
{
    unsigned char lead = bytes[0];
    *valid = false;
    if (lead < 0xC2 || lead > 0xF4)
        return 1;
    size_t want = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (size_t i = 1; i < want; i++) {
        if (i >= left || bytes[i] < low || bytes[i] > high)
            return i;
        low = 0x80;
        high = 0xBF;
    }
    *valid = true;
    return want;
}

static bool is_tail(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Where the ASCII at the start ends. */
static const unsigned char *pass_ascii(const unsigned char *at, const unsigned char *end)
{
#if NDUP_X86
    for (; end - at >= 16; at += 16) {
        unsigned high = (unsigned)_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)at));
        if (high != 0)
            return at + __builtin_ctz(high);
    }
#else
    for (; end - at >= 8; at += 8) {
        uint64_t eight;
        memcpy(&eight, at, 8);
        eight &= 0x8080808080808080u;
        if (eight != 0)
            return at + __builtin_ctzll(eight) / 8;
    }
#endif
    while (at < end && *at < 0x80)
        at++;
    return at;
}

/* Two and three bytes are common, and have few exceptions: these are left to the caller. */
static const unsigned char *pass_short(const unsigned char *at, const unsigned char *end, size_t *tails)
{
    while (end - at >= 3 && *at >= 0xC2) {
        if (*at < 0xE0 && is_tail(at[1])) {
            at += 2;
            *tails += 1;
        } else if (at[0] > 0xE0 && at[0] < 0xF0 && at[0] != 0xED && is_tail(at[1]) && is_tail(at[2])) {
            at += 3;
            *tails += 2;
        } else {
            break;
        }
    }
    return at;
}

size_t ndup_utf8_pass(const char *bytes, size_t length, size_t *characters)
{
    const unsigned char *begin = (const unsigned char *)bytes, *at = begin, *end = begin + length;
    size_t tails = 0;
    for (;;) {
        at = pass_ascii(at, end);
        at = pass_short(at, end, &tails);
        if (at == end)
            break;
        if (*at < 0x80)
            continue;
        bool valid;
        size_t n = ndup_utf8_measure_long(at, (size_t)(end - at), &valid);
        if (!valid)
            break;
        at += n;
        tails += n - 1;
    }
    *characters = (size_t)(at - begin) - tails;
    return (size_t)(at - begin);
}
