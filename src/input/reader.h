/* SPDX-License-Identifier: MIT
 * A file as a sequence of batches that hold complete records; and the records of a batch.
 *
 * Batch boundaries depend on the bytes and on batch_bytes only, never on threads or timing. */
#ifndef NDUP_READER_H
#define NDUP_READER_H

#include "base/platform.h"
#include "input/files.h"
#include "input/decompress.h"
#include "neardup.h"

struct ndup_batch {
    char *data;      /* len bytes, then NDUP_PADDING readable ones */
    size_t len;      /* 0: end of the file */
    size_t capacity; /* the batch owns data and keeps it between calls */
    uint64_t offset; /* of data in the decompressed file */
    uint32_t number; /* 0-based in the file */
};

struct ndup_reader;

/* format AUTO is resolved here: by name without .gz/.zst (.jsonl, .ndjson, .json: JSONL; .txt, .md, .text, .html: FILE),
 * else JSONL if the first byte that is no white space (nor a UTF-8 byte order mark) is '{', else FILE. */
neardup_status ndup_reader_open(struct ndup_reader **out, const struct ndup_file *file, neardup_input_format format,
                                size_t batch_bytes, neardup_error *err) NDUP_MUST_CHECK;

neardup_input_format ndup_reader_format(const struct ndup_reader *reader);
enum ndup_codec ndup_reader_codec(const struct ndup_reader *reader);
uint64_t ndup_reader_consumed(const struct ndup_reader *reader);

/* Refuses records longer than max_bytes (0: none is): the next call that meets one fails with LIMIT and ends the file.
 * A file that is one record counts as one. */
void ndup_reader_limit_records(struct ndup_reader *reader, size_t max_bytes);

/* Fills the batch with about batch_bytes of whole records, more if one record is longer. batch->len == 0 is the end.
 * On failure the batch still holds what was read before the damage (a cut-off last record included); the call after
 * that reports the end. */
neardup_status ndup_reader_next(struct ndup_reader *reader, struct ndup_batch *batch,
                                neardup_error *err) NDUP_MUST_CHECK;

void ndup_reader_close(struct ndup_reader *reader);
void ndup_batch_free(struct ndup_batch *batch);

/* ---- records of a batch: pointers into it ---- */

struct ndup_record {
    const char *data; /* first byte */
    size_t len;       /* with its line ends and, for a paragraph, the blank lines behind it */
    size_t text_len;  /* without them: data[0..text_len) is the JSON or the text */
    uint32_t line;    /* 0-based line inside the batch of its first byte */
};

struct ndup_records {
    const char *at, *end;
    neardup_input_format format;
    uint32_t line; /* lines (newlines) before `at`; after the last record: newlines in the batch */
};

void ndup_records_begin(struct ndup_records *it, const struct ndup_batch *batch, neardup_input_format format);

/* The next record; false at the end. JSONL: lines of nothing but white space are passed over (they belong to no
 * record). LINE: an empty line is a record without text. FILE: one record. PARAGRAPH: blank lines before the first
 * paragraph belong to no record. CRLF and LF end a line; NUL is a byte like others. A byte order mark at the start of
 * a file (batch->offset 0) is part of the record and not of its text... it stays in `len` and is skipped in the JSON
 * by the JSON reader and in the text by the tokeniser. */
bool ndup_records_next(struct ndup_records *it, struct ndup_record *record);

#endif
