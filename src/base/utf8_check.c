/* SPDX-License-Identifier: MIT
 * ASCII is passed 16 bytes at a time. Any other character is loaded as four bytes and decided by masks and comparisons
 * of the whole word, without a loop over its bytes; the number of characters is that of the bytes less the tails that
 * were met. The last three bytes, and bytes that are
 * not UTF-8, go one by one through table 3-7 of the Unicode standard. */
#include "base/platform.h"

#include "base/utf8_check.h"

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

bool ndup_utf8_is_hidden(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) ||   /* controls: C0, DEL, C1 */
           code == 0xAD || code == 0x61C || code == 0x180E || /* soft hyphen, Arabic letter mark */
           (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) ||                   /* zero width, marks, embeddings */
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || /* word joiner, isolates, BOM */
           (code >= 0xFFF0 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE0FFF); /* annotations, tags */
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

/* Length of the character that is the low bytes of `four`; 0: none, or the first of several of ASCII. */
static unsigned length_of(uint32_t four)
{
    if ((four & 0xC0C0F0) == 0x8080E0) {
        uint32_t second = four & 0x200F; /* after E0 from A0, after ED to 9F */
        return second != 0 && second != 0x200D ? 3 : 0;
    }
    if ((four & 0xC0E0) == 0x80C0)
        return (four & 0x1E) != 0 ? 2 : 0; /* not C0, C1 */
    if ((four & 0xC0C0C0F8) == 0x808080F0) {
        uint32_t plane = (four & 7) << 2 | (four >> 12 & 3); /* and its quarter: after F0 from 90, after F4 to 8F */
        return plane >= 1 && plane <= 16 ? 4 : 0;
    }
    return (four & 0x8080) == 0x8000 ? 1 : 0;
}

/* Passes characters beyond ASCII, with single ones of ASCII between them; the last ones are left to the caller. */
static const unsigned char *pass_wide(const unsigned char *at, const unsigned char *end, size_t *tails)
{
    while (end - at >= 4) {
        uint32_t four;
        memcpy(&four, at, 4);
        unsigned n = length_of(four);
        if (n == 0)
            break;
        at += n;
        *tails += n - 1;
    }
    return at;
}

size_t ndup_utf8_pass(const char *bytes, size_t length, size_t *characters)
{
    const unsigned char *begin = (const unsigned char *)bytes, *at = begin, *end = begin + length;
    size_t tails = 0;
    for (;;) {
        at = pass_ascii(at, end);
        at = pass_wide(at, end, &tails);
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
