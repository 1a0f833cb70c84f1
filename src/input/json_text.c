/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/json_impl.h"
#include "input/reader.h"

#include <string.h>
#if NDUP_X86
#    include <emmintrin.h>
#endif

/* Memory is kept between records up to this. */
#define KEPT_CAPACITY ((size_t)4 << 20)

const char ndup_json_bad_escape[] = "not JSON: bad escape in a string";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *pass_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

bool ndup_json_is_number(const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    if (at < end && *at == '-')
        at++;
    const char *integer = at;
    at = pass_digits(at, end);
    if (at == integer || (*integer == '0' && at - integer > 1))
        return false;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        at = pass_digits(at, end);
        if (at == fraction)
            return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        const char *exponent = at;
        at = pass_digits(at, end);
        if (at == exponent)
            return false;
    }
    return at == end;
}

/* ---- escapes ---- */

/* Values of the hexadecimal digits, one more than they are: 0 for other bytes. */
static const uint8_t hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

/* The number in four hexadecimal digits, negative if they are none. */
static int32_t hex4(const char *at)
{
    int32_t a = hex_digits[(uint8_t)at[0]] - 1, b = hex_digits[(uint8_t)at[1]] - 1;
    int32_t c = hex_digits[(uint8_t)at[2]] - 1, d = hex_digits[(uint8_t)at[3]] - 1;
    if (NDUP_UNLIKELY((a | b | c | d) < 0))
        return -1;
    return a << 12 | b << 8 | c << 4 | d;
}

/* What a backslash and c stand for; 0 if for nothing, and for 'u'. */
static char plain_escape(char c)
{
    static const char meaning[256] = {
        ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    return meaning[(unsigned char)c];
}

bool ndup_json_check_escapes(const char *text, size_t len)
{
    const char *end = text + len;
    const char *at = memchr(text, '\\', len);
    while (at != NULL) {
        if (end - at < 2)
            return false;
        if (at[1] == 'u') {
            if (end - at < 6 || hex4(at + 2) < 0)
                return false;
            at += 6;
        } else {
            if (plain_escape(at[1]) == 0)
                return false;
            at += 2;
        }
        if (at < end && *at == '\\')
            continue;
        at = memchr(at, '\\', (size_t)(end - at));
    }
    return true;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* The character of the \u escape at `at`, which a low half may follow; negative if it is none. *length gets 6 or 12. */
static int32_t unicode_escape(const char *at, const char *end, size_t *length)
{
    *length = 6;
    if (end - at < 6)
        return -1;
    int32_t c = hex4(at + 2);
    if (NDUP_LIKELY(c < 0xd800 || c > 0xdfff))
        return c;
    if (c < 0xdc00 && end - at >= 12 && at[6] == '\\' && at[7] == 'u') {
        int32_t low = hex4(at + 8);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *length = 12;
            return 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
        }
    }
    return 0xfffd;
}

/* Copies up to and without the first backslash of [at, end) and returns where it stands, or end. Moves 16 bytes at a
 * time: reads and writes up to 15 bytes more than it copies. */
static const char *copy_run(const char *at, const char *end, char *to)
{
#if NDUP_X86
    const __m128i backslash = _mm_set1_epi8('\\');
    for (; at < end; at += 16, to += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        _mm_storeu_si128((__m128i *)(void *)to, bytes);
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, backslash));
        if (found != 0) {
            at += __builtin_ctz(found);
            return at < end ? at : end;
        }
    }
    return end;
#else
    const char *found = memchr(at, '\\', (size_t)(end - at));
    if (found == NULL)
        found = end;
    memcpy(to, at, (size_t)(found - at));
    return found;
#endif
}

bool ndup_json_unescape(const char *text, size_t len, char *to, size_t *written)
{
    const char *at = text, *end = text + len;
    char *out = to;
    while (at < end) {
        if (*at != '\\') {
            const char *stop = copy_run(at, end, out);
            out += stop - at;
            at = stop;
            continue;
        }
        if (end - at < 2)
            return false;
        if (at[1] != 'u') {
            *out = plain_escape(at[1]);
            if (*out++ == 0)
                return false;
            at += 2;
        } else {
            size_t length;
            int32_t c = unicode_escape(at, end, &length);
            if (c < 0)
                return false;
            out = put_utf8(out, (uint32_t)c);
            at += length;
        }
    }
    *written = (size_t)(out - to);
    return true;
}

bool ndup_json_fit(struct ndup_buf *buf, size_t len)
{
    if (buf->capacity > KEPT_CAPACITY && len < KEPT_CAPACITY / 2)
        ndup_buf_free(buf);
    ndup_buf_clear(buf);
    return len <= SIZE_MAX - NDUP_PADDING && ndup_buf_reserve(buf, len + NDUP_PADDING);
}

const char *ndup_json_undo(struct ndup_json_text *undone, const char *record, const struct ndup_json_value *value)
{
    struct ndup_buf *buf = &undone->buf;
    undone->at = 0;
    if (!ndup_json_fit(buf, value->len))
        return "out of memory";
    if (!ndup_json_unescape(record + value->at + 1, value->len - 2, buf->data, &buf->len))
        return ndup_json_bad_escape;
    memset(buf->data + buf->len, 0, NDUP_PADDING);
    undone->at = value->at;
    return NULL;
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

void ndup_json_repair_utf8(struct ndup_buf *to, const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
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
}
