/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/page.h"
#include "term/safe.h"

#include <string.h>

static bool put(FILE *out, const char *bytes, size_t length)
{
    return length == 0 || fwrite(bytes, 1, length, out) == length;
}

static bool put_part(FILE *out, size_t part)
{
    return put(out, (const char *)ndup_page_parts[part].bytes, ndup_page_parts[part].length);
}

/* Characters that a title bar should not show: control characters, and those that change the direction of the text. */
static bool is_unfit(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

static bool put_title(FILE *out, const char *title)
{
    size_t length = strlen(title);
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t n = ndup_safe_decode(title + i, length - i, &code);
        bool good = n == 0 || is_unfit(code) ? put(out, "\xef\xbf\xbd", 3)
                    : code == '<'            ? put(out, "&lt;", 4)
                    : code == '>'            ? put(out, "&gt;", 4)
                    : code == '&'            ? put(out, "&amp;", 5)
                                             : put(out, title + i, n);
        if (!good)
            return false;
        i += n > 0 ? n : 1;
    }
    return true;
}

bool ndup_page_begin(FILE *out, enum ndup_page_kind kind, const char *title)
{
    static const char *const kinds[] = {"report", "compare", "check", "review"};
    return put_part(out, NDUP_PAGE_TO_TITLE) && put_title(out, title) && put_part(out, NDUP_PAGE_TO_KIND) &&
           put(out, kinds[kind], strlen(kinds[kind])) && put_part(out, NDUP_PAGE_TO_DATA);
}

/* The escape of the character at the start of json[0..length), or NULL; *size gets the bytes that it replaces. */
static const char *escape_of(const char *json, size_t length, size_t *size)
{
    *size = 1;
    switch ((unsigned char)json[0]) {
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    case 0xE2:
        break;
    default:
        return NULL;
    }
    *size = 3;
    if (length >= 3 && memcmp(json, "\xe2\x80\xa8", 3) == 0)
        return "\\u2028";
    if (length >= 3 && memcmp(json, "\xe2\x80\xa9", 3) == 0)
        return "\\u2029";
    return NULL;
}

bool ndup_page_data(FILE *out, const char *json, size_t length)
{
    size_t from = 0; /* the first byte that is not written yet */
    if (length == 0)
        return true;
    for (size_t i = 0; i < length; i++) {
        size_t size;
        const char *escape = escape_of(json + i, length - i, &size);
        if (escape == NULL)
            continue;
        if (!put(out, json + from, i - from) || !put(out, escape, 6))
            return false;
        from = i + size;
        i = from - 1;
    }
    return put(out, json + from, length - from);
}

bool ndup_page_end(FILE *out)
{
    return put_part(out, NDUP_PAGE_TO_END);
}
