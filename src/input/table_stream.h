/* SPDX-License-Identifier: MIT
 * The answers of the program that reads and writes tables (python/neardup/tables.py), as the bytes of a file. An answer is a
 * sequence of blocks: 32 bits for the kind, 32 for a number of rows, 64 for the length of what follows. In the byte order of
 * this machine.
 *
 *   ready   the program can be asked. It comes once, first
 *   rows    four numbers of 32 bits say what there is of the text, the id, the group and the value to keep by. Then come the
 *           columns of the id, the group, the value and the text: for each row a byte, 0 if it has none (only with
 *           NDUP_TABLE_NULLS); where the strings begin and the last one ends (64 bits each, the first is subtracted); the
 *           strings. These are the buffers of Arrow, so that the program does nothing for each row
 *   bytes   bytes of JSON Lines, or of a file that was written
 *   end     of the answer; what follows says what is wrong, or is empty
 *
 * Rows become records of rows.h. The texts come last, and go through one small buffer: a text of any length needs no room here. */
#ifndef NDUP_TABLE_STREAM_H
#define NDUP_TABLE_STREAM_H

#include "base/buf.h"
#include "base/platform.h"
#include "input/formats.h"
#include "neardup.h"

enum ndup_table_column { NDUP_TABLE_TEXT, NDUP_TABLE_ID, NDUP_TABLE_GROUP, NDUP_TABLE_KEEP, NDUP_TABLE_COLUMNS };
enum { NDUP_TABLE_STRINGS = 1, NDUP_TABLE_JSON = 2, NDUP_TABLE_NULLS = 4 };

struct ndup_table_stream { /* zero-initialised, but for the first two */
    /* Some bytes of the answers. *got == 0 with OK: there are no more. */
    neardup_status (*read)(void *context, void *buffer, size_t capacity, size_t *got, neardup_error *err);
    void *context;

    char *chunk; /* what was read; [chunk_at, chunk_len) was not looked at */
    size_t chunk_at, chunk_len;
    /* the current block */
    uint32_t kind, rows;
    uint64_t left; /* bytes of it that were not read */
    struct ndup_buf held;
    struct ndup_table_strings {
        uint32_t form;               /* 0: there are none */
        size_t there, offsets, data; /* places in `held`. Of the text its strings are not held */
    } columns[NDUP_TABLE_COLUMNS];
    uint32_t row;
    struct ndup_buf record; /* the beginning of a record: from record_at it was not given out */
    size_t record_at;
    uint64_t text_left; /* bytes of the text after it */
    uint64_t given;     /* bytes of the answer so far */
    bool ended;
};

/* Reads up to and with the block that says that the program can be asked. */
neardup_status ndup_table_stream_ready(struct ndup_table_stream *stream, neardup_error *err) NDUP_MUST_CHECK;

/* Begins with an answer. *format: what its bytes are, ndup_input_rows or JSON Lines. */
neardup_status ndup_table_stream_begin(struct ndup_table_stream *stream, const struct ndup_format **format,
                                       neardup_error *err) NDUP_MUST_CHECK;

/* As ndup_stream_read. IO: the program failed, and its message is the reason; FORMAT: what it said makes no sense. */
neardup_status ndup_table_stream_read(struct ndup_table_stream *stream, void *buffer, size_t capacity, size_t *got,
                                      neardup_error *err) NDUP_MUST_CHECK;

/* Whether the last answer was read to its end, so that the program waits for a request. */
bool ndup_table_stream_rests(const struct ndup_table_stream *stream);

void ndup_table_stream_free(struct ndup_table_stream *stream);

#endif
