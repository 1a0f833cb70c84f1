/* SPDX-License-Identifier: MIT
 * A file as a sequence of batches that hold complete records.
 *
 * Batch boundaries depend on the bytes and on batch_bytes only, never on threads or timing. */
#ifndef NDUP_READER_H
#define NDUP_READER_H

#include "base/platform.h"
#include "input/decompress.h"
#include "input/encoding.h"
#include "input/file_kind.h"
#include "input/files.h"
#include "input/formats.h"
#include "input/table_stream.h"
#include "neardup_run.h"

struct ndup_batch {
    char *data;      /* len bytes, then NDUP_PADDING readable ones */
    size_t len;      /* 0: end of the file */
    size_t capacity; /* the batch owns data and keeps it between calls */
    uint64_t offset; /* of data in the decompressed file */
    uint32_t number; /* 0-based in the file */
    /* Its bytes are of one long record that is passed over: they hold none. */
    enum { NDUP_BATCH_RECORDS, NDUP_BATCH_PASSED_FIRST, NDUP_BATCH_PASSED_ON } passed;
};

struct ndup_reader;

struct ndup_reader_options {
    neardup_input_format format;      /* AUTO: by name, else by the first bytes (formats.h) */
    const struct ndup_fields *fields; /* borrowed while the reader is open */
    bool any_bytes;                   /* do not ask whether the bytes are text */
    const char *encoding;             /* of files without a byte order mark that are not UTF-8; NULL: UTF-8. Borrowed */
    const struct ndup_program *command; /* what it prints about the file is read; NULL: the file itself. Borrowed */
    struct ndup_table_stream *table; /* the rows of the file; NULL: it is read itself. Borrowed, and asked for them */
    bool keep_stored;                /* the bytes before they are decoded are wanted: ndup_reader_stored */
    bool members;           /* note where the streams of a compressed file of records begin: ndup_reader_members */
    uint64_t max_expansion; /* ndup_stream_limit */
    size_t batch_bytes;
    size_t
        max_record; /* longer records are refused: the next call that meets one fails with LIMIT and ends the file. 0:
                          none is. A file that is one record counts as one */
};

neardup_status ndup_reader_open(struct ndup_reader **out, const struct ndup_file *file,
                                const struct ndup_reader_options *options, neardup_error *err) NDUP_MUST_CHECK;

const struct ndup_format *ndup_reader_format(const struct ndup_reader *reader);
/* What the file is instead of text: nothing is to be read from it. NULL: it is text. */
const struct ndup_file_kind *ndup_reader_kind(const struct ndup_reader *reader);
const struct ndup_codec *ndup_reader_codec(const struct ndup_reader *reader);
uint64_t ndup_reader_consumed(const struct ndup_reader *reader);

/* What came before the first record, as far as the format knows such a thing: known after the first batch, and the
 * caller's from then on (free). */
struct ndup_head *ndup_reader_take_head(struct ndup_reader *reader);

/* Fills the batch with about batch_bytes of whole records, more if one record is longer. batch->len == 0 is the end.
 * On failure the batch still holds what was read before the damage (a cut-off last record included); the call after
 * that reports the end. A file whose head does not fit the fields fails with FORMAT, and without a batch. */
neardup_status ndup_reader_next(struct ndup_reader *reader, struct ndup_batch *batch,
                                neardup_error *err) NDUP_MUST_CHECK;

/* The bytes that the last batches were decoded from, since the last call; their length, 0 if the file is not decoded. Valid
 * until the next batch. */
size_t ndup_reader_stored(struct ndup_reader *reader, const char **bytes);
/* The streams that ended since the last call, as output/members.h has them; their length, 0 if there are none, or if the format
 * has no such records. Valid until the next batch. */
size_t ndup_reader_members(struct ndup_reader *reader, const char **bytes);
/* The blocks of a file that is decoded, and the caller's from now on; NULL: its bytes are the text. Call after the last batch. */
struct ndup_encoded *ndup_reader_take_encoded(struct ndup_reader *reader);
const char *ndup_reader_encoding(const struct ndup_reader *reader); /* NULL: the bytes are the text */

void ndup_reader_close(struct ndup_reader *reader);
void ndup_batch_free(struct ndup_batch *batch);

#endif
