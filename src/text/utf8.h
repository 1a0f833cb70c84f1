/* SPDX-License-Identifier: MIT
 * One code point at a time, in and out of UTF-8. */
#ifndef NDUP_TEXT_UTF8_H
#define NDUP_TEXT_UTF8_H

#include "base/platform.h"

#define NDUP_UTF8_INVALID UINT32_MAX

NDUP_INLINE bool ndup_utf8_is_tail(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Length of the maximal invalid sequence at p: one byte, or the beginning of a character that was cut off. */
static inline unsigned ndup_utf8_invalid_length(const unsigned char *p, const unsigned char *end)
{
    unsigned char lead = p[0];
    if (lead < 0xC2 || lead > 0xF4 || end - p < 2)
        return 1;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead < 0xE0 || p[1] < low || p[1] > high)
        return 1;
    if (lead >= 0xF0 && end - p > 2 && ndup_utf8_is_tail(p[2]))
        return 3;
    return 2;
}

/* Decodes the character at p < end; *length gets its bytes. Surrogates, overlong forms and everything above U+10FFFF
 * are invalid: the result is then NDUP_UTF8_INVALID and *length that of the maximal invalid sequence. */
NDUP_INLINE uint32_t ndup_utf8_decode(const unsigned char *p, const unsigned char *end, unsigned *length)
{
    uint32_t lead = p[0];
    if (lead < 0x80) {
        *length = 1;
        return lead;
    }
    size_t left = (size_t)(end - p);
    if (lead >= 0xE0 && lead < 0xF0) {
        if (NDUP_LIKELY(left >= 3 && ndup_utf8_is_tail(p[1]) && ndup_utf8_is_tail(p[2]))) {
            uint32_t c = (lead & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (uint32_t)(p[2] & 63);
            *length = 3;
            if (NDUP_LIKELY(c >= 0x800 && (c & 0xF800) != 0xD800))
                return c;
        }
    } else if (lead < 0xE0) {
        if (NDUP_LIKELY(lead >= 0xC2 && left >= 2 && ndup_utf8_is_tail(p[1]))) {
            *length = 2;
            return (lead & 31) << 6 | (uint32_t)(p[1] & 63);
        }
    } else if (lead <= 0xF4 && left >= 4 && ndup_utf8_is_tail(p[1]) && ndup_utf8_is_tail(p[2]) &&
               ndup_utf8_is_tail(p[3])) {
        uint32_t c =
            (lead & 7) << 18 | (uint32_t)(p[1] & 63) << 12 | (uint32_t)(p[2] & 63) << 6 | (uint32_t)(p[3] & 63);
        *length = 4;
        if (c >= 0x10000 && c <= 0x10FFFF)
            return c;
    }
    *length = ndup_utf8_invalid_length(p, end);
    return NDUP_UTF8_INVALID;
}

/* Writes a scalar value to out[0..4) and returns its length in bytes. */
static inline unsigned ndup_utf8_encode(uint32_t c, unsigned char *out)
{
    if (c < 0x80) {
        out[0] = (unsigned char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (unsigned char)(0xC0 | c >> 6);
        out[1] = (unsigned char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (unsigned char)(0xE0 | c >> 12);
        out[1] = (unsigned char)(0x80 | (c >> 6 & 63));
        out[2] = (unsigned char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (unsigned char)(0xF0 | c >> 18);
    out[1] = (unsigned char)(0x80 | (c >> 12 & 63));
    out[2] = (unsigned char)(0x80 | (c >> 6 & 63));
    out[3] = (unsigned char)(0x80 | (c & 63));
    return 4;
}

/* Length of a character of valid UTF-8 by its first byte. */
NDUP_INLINE unsigned ndup_utf8_length(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

#endif
