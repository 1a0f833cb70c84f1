/* SPDX-License-Identifier: MIT
 * Lines of a batch: for every format whose records are made of lines. LF and CRLF end a line. */
#ifndef NDUP_LINE_RECORDS_H
#define NDUP_LINE_RECORDS_H

#include "base/platform.h"
#include "input/formats.h"

#include <string.h>

/* White space inside a line. */
NDUP_INLINE bool ndup_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

/* After the newline at or after `at`, or the end. */
NDUP_INLINE const char *ndup_line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline != NULL ? newline + 1 : end;
}

/* Length of a line without its LF or CRLF. */
NDUP_INLINE size_t ndup_without_line_end(const char *data, size_t len)
{
    if (len == 0 || data[len - 1] != '\n')
        return len;
    len--;
    return len > 0 && data[len - 1] == '\r' ? len - 1 : len;
}

NDUP_INLINE bool ndup_is_blank_line(const char *at, const char *end)
{
    while (at < end && ndup_is_blank(*at))
        at++;
    return at == end || *at == '\n';
}

NDUP_INLINE void ndup_pass_line(struct ndup_records *it, const char *end)
{
    it->line += end[-1] == '\n';
    it->at = end;
}

NDUP_INLINE void ndup_pass_blank_lines(struct ndup_records *it)
{
    while (it->at < it->end && ndup_is_blank_line(it->at, it->end))
        ndup_pass_line(it, ndup_line_end(it->at, it->end));
}

/* The line at it->at, which is before the end, as a record. */
NDUP_INLINE void ndup_take_line(struct ndup_records *it, struct ndup_document *d)
{
    const char *end = ndup_line_end(it->at, it->end);
    d->record = it->at;
    d->record_length = (size_t)(end - it->at);
    d->length = ndup_without_line_end(d->record, d->record_length);
    d->line = it->line;
    d->end_line = it->line + 1;
    ndup_pass_line(it, end);
}

/* ndup_format.next where a file is a record (format_text.c). */
bool ndup_next_file(struct ndup_records *it, struct ndup_document *document);

/* ndup_format.find_end where a line is a record. */
static inline void ndup_find_line_end(struct ndup_record_ends *ends, const char *data, size_t len)
{
    const char *last = memrchr(data + ends->scanned, '\n', len - ends->scanned);
    if (last != NULL)
        ends->end = (size_t)(last - data) + 1;
}

#endif
