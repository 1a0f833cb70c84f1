/* SPDX-License-Identifier: MIT
 * A growable byte buffer. data is NULL exactly when capacity is 0; len <= capacity. Not NUL-terminated.
 * Failed growth sets `failed` and drops the bytes, so that a run of appends is checked once, at its end. */
#ifndef NDUP_BUF_H
#define NDUP_BUF_H

#include "base/platform.h"

#include <string.h>

struct ndup_buf {
    char *data;
    size_t len;
    size_t capacity;
    bool failed;
};

#define NDUP_BUF_INIT                                                                                                  \
    {                                                                                                                  \
        NULL, 0, 0, false                                                                                              \
    }

/* ndup_buf_reserve where there is no room yet. */
bool ndup_buf_grow(struct ndup_buf *buf, size_t more);

/* Room for `more` bytes after len. Inline, as the next two: decisions and clusters are written in pieces of a few bytes, and
 * with a call for each of them a run over paragraphs took 5 % more instructions. */
NDUP_INLINE bool ndup_buf_reserve(struct ndup_buf *buf, size_t more)
{
    return NDUP_LIKELY(buf->capacity - buf->len >= more) || ndup_buf_grow(buf, more);
}

NDUP_INLINE void ndup_buf_append(struct ndup_buf *buf, const void *bytes, size_t n)
{
    if (n == 0 || !ndup_buf_reserve(buf, n))
        return;
    memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
}

NDUP_INLINE void ndup_buf_append_str(struct ndup_buf *buf, const char *text)
{
    ndup_buf_append(buf, text, strlen(text));
}

/* Appends a number that printf wrote with %e, %f or %g, and which changes here: with a point, whatever the decimal separator of
 * the program's locale is. */
void ndup_buf_append_number(struct ndup_buf *buf, char *text);

/* A number for people: "1 234 567". */
#define NDUP_COUNT_BYTES 32
const char *ndup_count_text(char text[NDUP_COUNT_BYTES], uint64_t number);
void ndup_buf_append_count(struct ndup_buf *buf, uint64_t number);
void ndup_buf_printf(struct ndup_buf *buf, const char *format, ...) NDUP_PRINTF(2, 3);
/* Empties it and keeps the memory. */
void ndup_buf_clear(struct ndup_buf *buf);
void ndup_buf_free(struct ndup_buf *buf);

#endif
