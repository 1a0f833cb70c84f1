/* SPDX-License-Identifier: MIT
 * A growable byte buffer. data is NULL exactly when capacity is 0; len <= capacity. Not NUL-terminated.
 * Failed growth sets `failed` and drops the bytes, so that a run of appends is checked once, at its end. */
#ifndef NDUP_BUF_H
#define NDUP_BUF_H

#include "base/platform.h"

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

/* Room for `more` bytes behind len. */
bool ndup_buf_reserve(struct ndup_buf *buf, size_t more);
void ndup_buf_append(struct ndup_buf *buf, const void *bytes, size_t n);
void ndup_buf_append_str(struct ndup_buf *buf, const char *text);
void ndup_buf_printf(struct ndup_buf *buf, const char *format, ...) NDUP_PRINTF(2, 3);
/* Empties it and keeps the memory. */
void ndup_buf_clear(struct ndup_buf *buf);
void ndup_buf_free(struct ndup_buf *buf);

#endif
