/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/json_repair.h"

#include <ctype.h>
#include <string.h>

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

/* The zeros behind what was appended. */
static bool pad(struct ndup_buf *to, size_t zeros)
{
    if (!ndup_buf_reserve(to, zeros) || to->failed)
        return false;
    memset(to->data + to->len, 0, zeros);
    return true;
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
    return pad(to, zeros);
}

/* ---- surrogates ---- */

/* 'h' if the escape of a high surrogate stands at `at`, 'l' for a low one, else 0. */
static char surrogate(const char *at, const char *end)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u' || (at[2] | 0x20) != 'd' || !isxdigit((unsigned char)at[3]) ||
        !isxdigit((unsigned char)at[4]) || !isxdigit((unsigned char)at[5]) || at[3] < '8')
        return 0;
    return strchr("89aAbB", at[3]) != NULL ? 'h' : 'l';
}

bool ndup_json_repair_surrogates(struct ndup_buf *to, const char *text, size_t len, size_t zeros)
{
    ndup_buf_clear(to);
    ndup_buf_append(to, text, len);
    if (!pad(to, zeros))
        return false;
    char *end = to->data + len;
    for (char *at = to->data; (at = memchr(at, '\\', (size_t)(end - at))) != NULL;) {
        char half = surrogate(at, end);
        if (half == 'h' && surrogate(at + 6, end) == 'l') {
            at += 12;
        } else if (half != 0) {
            memcpy(at, "\\ufffd", 6);
            at += 6;
        } else {
            at += end - at < 2 ? 1 : 2;
        }
    }
    return true;
}
