/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/plain.h"

#include "term/safe.h"

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 || code == 0xa0 || code == 0x3000 ||
           (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029;
}

/* What cannot be seen, or moves what stands around it. */
static bool is_hidden(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff0 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe0fff);
}

void ndup_plain_line(struct ndup_buf *buf, const char *text, size_t length, size_t most)
{
    size_t begin = buf->len;
    bool blank = false, begun = false;
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t n = ndup_safe_decode(text + i, length - i, &code);
        if (n > 0 && is_space(code)) {
            blank = begun;
        } else {
            if (buf->len - begin + 1 + n > most) {
                ndup_buf_append_str(buf, "\xe2\x80\xa6");
                return;
            }
            if (blank)
                ndup_buf_append_str(buf, " ");
            if (n == 0)
                ndup_buf_append_str(buf, "\xef\xbf\xbd");
            else if (is_hidden(code))
                ndup_buf_printf(buf, "\\u{%x}", code);
            else
                ndup_buf_append(buf, text + i, n);
            blank = false;
            begun = true;
        }
        i += n > 0 ? n : 1;
    }
}

size_t ndup_plain_cut(const char *text, size_t length, size_t most)
{
    if (length <= most)
        return length;
    size_t end = most;
    while (end > 0 && most - end < 4 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    return end;
}
