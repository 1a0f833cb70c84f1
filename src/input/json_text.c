/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/json_text.h"

#include <string.h>
#if NDUP_X86
#    include <emmintrin.h>
#endif

/* Values of the hexadecimal digits, one more than they are: 0 for other bytes. */
static const uint8_t hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

/* What the escape \uXXXX at `at` says, negative if there is none. */
static int32_t code_unit(const char *at, const char *end)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    int32_t a = hex_digits[(unsigned char)at[2]] - 1, b = hex_digits[(unsigned char)at[3]] - 1;
    int32_t c = hex_digits[(unsigned char)at[4]] - 1, d = hex_digits[(unsigned char)at[5]] - 1;
    return (a | b | c | d) < 0 ? -1 : a << 12 | b << 8 | c << 4 | d;
}

/* The character of the escape at *at, which a low half may follow; negative if it is none. Passes it. */
static int32_t unicode_escape(const char **at, const char *end)
{
    int32_t c = code_unit(*at, end);
    *at += 6;
    if (NDUP_LIKELY(c < 0xd800 || c > 0xdfff))
        return c;
    int32_t low = c < 0xdc00 ? code_unit(*at, end) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return 0xfffd;
    *at += 6;
    return 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *to++ = (char)(0xe0 | c >> 12);
        } else {
            *to++ = (char)(0xf0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (c & 0x3f));
    return to;
}

/* Copies up to the first backslash, and returns where it stands or end; may copy 15 bytes more. */
static const char *copy_run(char *to, const char *at, const char *end)
{
#if NDUP_X86
    for (; at < end; at += 16, to += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        _mm_storeu_si128((__m128i *)(void *)to, bytes);
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        if (found != 0)
            return at + __builtin_ctz(found) < end ? at + __builtin_ctz(found) : end;
    }
    return end;
#else
    const char *found = memchr(at, '\\', (size_t)(end - at));
    memcpy(to, at, (size_t)((found != NULL ? found : end) - at));
    return found != NULL ? found : end;
#endif
}

char *ndup_json_unescape(char *to, const char *text, size_t len)
{
    static const char meaning[256] = {
        ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    const char *at = text, *end = text + len;
    while (at < end) {
        if (*at != '\\') {
            const char *stop = copy_run(to, at, end);
            to += stop - at;
            at = stop;
        } else if (end - at > 1 && at[1] == 'u') {
            int32_t c = unicode_escape(&at, end);
            if (c < 0)
                return NULL;
            to = put_utf8(to, (uint32_t)c);
        } else {
            if (end - at < 2 || meaning[(unsigned char)at[1]] == 0)
                return NULL;
            *to++ = meaning[(unsigned char)at[1]];
            at += 2;
        }
    }
    return to;
}

/* ---- UTF-8 ---- */

/* Length of the well-formed character at `at`, else 0 and *bad gets the length of the maximal part. The ranges of the
 * second byte are those of table 3-7 of the Unicode standard. */
static size_t character(const unsigned char *at, size_t left, size_t *bad)
{
    unsigned char first = at[0];
    *bad = 1;
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    size_t need = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    for (size_t i = 1; i < need; i++) {
        if (i == left || at[i] < low || at[i] > high) {
            *bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return need;
}

bool ndup_json_repair_utf8(struct ndup_buf *to, const char *text, size_t len, size_t zeros)
{
    const unsigned char *bytes = (const unsigned char *)text;
    ndup_buf_clear(to);
    size_t good = 0, at = 0;
    while (at < len) {
        size_t bad;
        size_t n = character(bytes + at, len - at, &bad);
        if (n > 0) {
            at += n;
            continue;
        }
        ndup_buf_append(to, text + good, at - good);
        ndup_buf_append(to, "\xef\xbf\xbd", 3);
        at += bad;
        good = at;
    }
    ndup_buf_append(to, text + good, at - good);
    if (!ndup_buf_reserve(to, zeros) || to->failed)
        return false;
    memset(to->data + to->len, 0, zeros);
    return true;
}
