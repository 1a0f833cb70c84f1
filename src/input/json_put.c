/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/json_put.h"

#include "base/utf8_check.h"

#include <string.h>

char *ndup_json_put_string(char *to, const char *at, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    static const char replacement[3] = {'\xef', '\xbf', '\xbd'}; /* U+FFFD */
    static const char escape[4] = {'\\', 'u', '0', '0'};
    *to++ = '"';
    for (const char *end = at + length; at < end;) {
        bool valid;
        size_t n = ndup_utf8_measure(at, (size_t)(end - at), &valid);
        unsigned char c = (unsigned char)*at;
        if (!valid) {
            memcpy(to, replacement, sizeof replacement);
            to += 3;
        } else if (c == '"' || c == '\\') {
            *to++ = '\\';
            *to++ = (char)c;
        } else if (c < 0x20) {
            memcpy(to, escape, sizeof escape);
            to[4] = digits[c >> 4];
            to[5] = digits[c & 15];
            to += 6;
        } else {
            memcpy(to, at, n);
            to += n;
        }
        at += n;
    }
    *to++ = '"';
    return to;
}

static const char *pass_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

bool ndup_is_json_number(const char *at, size_t length)
{
    const char *end = at + length, *from;
    at += at < end && *at == '-';
    from = at;
    at = pass_digits(at, end);
    if (at == from || (*from == '0' && at - from > 1))
        return false;
    if (at < end && *at == '.') {
        from = ++at;
        at = pass_digits(at, end);
        if (at == from)
            return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        from = at;
        at = pass_digits(at, end);
        if (at == from)
            return false;
    }
    return at == end;
}
