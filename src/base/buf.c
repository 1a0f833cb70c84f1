/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool ndup_buf_grow(struct ndup_buf *buf, size_t more)
{
    size_t needed;
    if (__builtin_add_overflow(buf->len, more, &needed) ||
        !ndup_grow(&buf->data, &buf->capacity, needed, sizeof(char))) {
        buf->failed = true;
        return false;
    }
    return true;
}

const char *ndup_count_text(char text[NDUP_COUNT_BYTES], uint64_t number)
{
    char digits[24], *to = text;
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ' ';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

void ndup_buf_append_count(struct ndup_buf *buf, uint64_t number)
{
    char text[NDUP_COUNT_BYTES];
    ndup_buf_append_str(buf, ndup_count_text(text, number));
}

void ndup_buf_printf(struct ndup_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    /* One more byte than is kept: vsnprintf always writes a NUL. */
    if (n < 0 || !ndup_buf_reserve(buf, (size_t)n + 1)) {
        buf->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t)n + 1, format, args);
    va_end(args);
    buf->len += (size_t)n;
}

void ndup_buf_append_number(struct ndup_buf *buf, char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr("0123456789+-e", *at) != NULL)
            *to++ = *at;
        else if (to > text && to[-1] != '.')
            *to++ = '.'; /* in some locales the separator has several bytes */
    }
    ndup_buf_append(buf, text, (size_t)(to - text));
}

void ndup_buf_clear(struct ndup_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

void ndup_buf_free(struct ndup_buf *buf)
{
    free(buf->data);
    *buf = (struct ndup_buf)NDUP_BUF_INIT;
}
