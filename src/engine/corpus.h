/* SPDX-License-Identifier: MIT
 * What the reading pass stores: one row per record, in input order, and where the bytes of every file are. */
#ifndef NDUP_CORPUS_H
#define NDUP_CORPUS_H

#include "base/column.h"
#include "base/platform.h"
#include "base/scratch.h"
#include "input/file_kind.h"
#include "input/files.h"
#include "input/formats.h"
#include "codec/codec.h"
#include "input/decompress.h"
#include "input/encoding.h"
#include "engine/blob.h"
#include "engine/keep_key.h"
#include "match/text_numbers.h"
#include "neardup_run.h"

#include <stdatomic.h>
#include <sys/stat.h>

struct ndup_row {
    uint64_t offset;          /* of the record in the decompressed file */
    uint64_t id;              /* position in the blob, NDUP_NO_ID if the record has none */
    uint32_t length;          /* bytes, line end included */
    uint32_t line;            /* 1-based */
    uint32_t tokens;          /* saturated */
    struct ndup_text_id text; /* or one of the constants below */
    uint64_t form;            /* text.h; 0: not known */
};

#define NDUP_NO_ID UINT64_MAX
/* In place of a text id. */
#define NDUP_TEXT_NONE    NDUP_NO_NUMBER
#define NDUP_TEXT_INVALID (UINT32_MAX - 1) /* a record that could not be read */
#define NDUP_TEXT_EMPTY   (UINT32_MAX - 2) /* a document without a token */
#define NDUP_TEXT_MAX     (UINT32_MAX - 3) /* the largest text id */

NDUP_INLINE bool ndup_has_text(struct ndup_text_id text)
{
    return text.value <= NDUP_TEXT_MAX;
}

struct ndup_extent { /* a piece of a decompressed file in the spool */
    uint64_t offset; /* in the file */
    uint64_t spool;  /* in the spool */
    uint64_t length;
};

struct ndup_identity { /* of a file: which, and how it was when it was first opened */
    bool known;        /* it is a regular file */
    dev_t device;
    ino_t inode;
    off_t bytes;
    struct timespec modified;
    struct timespec changed; /* the time that programs cannot set: a rewrite that restores the other one shows, too */
};

struct ndup_seen_records {
    uint64_t records, invalid;
    uint64_t bytes, garbled; /* of the records; of those that may hold others: ndup_garbled_lines */
    uint64_t others;         /* of web archives, without text: not in `records` */
};

NDUP_INLINE void ndup_seen_records_add(struct ndup_seen_records *to, const struct ndup_seen_records *more)
{
    to->records += more->records;
    to->invalid += more->invalid;
    to->bytes += more->bytes;
    to->garbled += more->garbled;
    to->others += more->others;
}

struct ndup_corpus_source {       /* an input file as read */
    const struct ndup_file *file; /* says its split, too */
    struct ndup_identity identity;
    const struct ndup_format *format;
    const struct ndup_file_kind *kind; /* not text: skipped, and `bytes` are those of the file as it is. NULL: read */
    struct ndup_head *head;            /* what came before the first record; NULL: nothing */
    const struct ndup_program
        *command; /* its output is read, and the file is kept or removed as it is. NULL: the file */
    const struct ndup_file_kind
        *table;    /* its rows are read (tables.h), and it is written without some of them. NULL: it is not a table */
    char *problem; /* why there is no such output, owned: the document is an invalid record. NULL: there is */
    const struct ndup_codec *codec; /* NULL: not compressed */
    struct ndup_encoded
        *encoded;   /* where the stored bytes are that the text was decoded from; NULL: they are the text */
    bool spooled;   /* its bytes are in the spool, by extents; else read from the file itself */
    bool failed;    /* could not be opened, or not read to its end */
    bool unread;    /* it holds records, but in a format that is not read: it is skipped or failed */
    uint64_t bytes; /* decompressed bytes read */
    uint64_t lines; /* newlines in them */
    uint64_t first_row, rows;
    struct ndup_seen_records seen; /* by the reading pass */
    bool split_lines;              /* some lines hold several records */
    struct ndup_extent *extents;   /* by offset */
    size_t extent_count, extent_capacity;
    struct ndup_extent
        *members; /* where its streams begin (output/members.h), in the spool; none: they are not wanted */
    size_t member_count, member_capacity;
};

struct ndup_corpus {
    struct ndup_corpus_source *sources; /* one a file, in input order; references come last */
    size_t source_count;
    size_t own_sources; /* that are not references */
    struct ndup_scratch *scratch;
    int spool; /* descriptor, -1 without spooled sources */
    _Atomic uint64_t spool_bytes;
    struct ndup_column *rows;
    uint64_t row_count;
    uint64_t own_rows;             /* those of references come after them */
    uint64_t reference_tokens;     /* of the documents of references */
    uint64_t bytes;                /* of all sources, decompressed */
    struct ndup_column *keep_keys; /* NDUP_KEEP_KEY bytes a row; NULL unless the keeper order asks for it */
    struct ndup_blob ids, reference_ids;
};

void ndup_corpus_init(struct ndup_corpus *corpus);
void ndup_corpus_free(struct ndup_corpus *corpus);

neardup_status ndup_corpus_row(const struct ndup_corpus *corpus, uint64_t index, struct ndup_row *row,
                               neardup_error *err) NDUP_MUST_CHECK;

NDUP_INLINE bool ndup_corpus_is_reference(const struct ndup_corpus *corpus, uint64_t row)
{
    return row >= corpus->own_rows;
}

/* The source that holds this row. */
uint32_t ndup_corpus_source_of(const struct ndup_corpus *corpus, uint64_t row);

void ndup_identity_set(struct ndup_identity *identity, const struct stat *info);

/* Whether the files are still those that were read, unchanged; IO if not. A file may change between two readings without
 * anybody opening it again, and its decisions would then be about other bytes than those that are written. Spooled sources
 * are read once: they count only with `spooled`, right after the reading. */
neardup_status ndup_corpus_check_unchanged(const struct ndup_corpus *corpus, bool spooled,
                                           neardup_error *err) NDUP_MUST_CHECK;

/* Descriptors of plain files that one thread has open. Candidates come from anywhere: a thread that had one at a time
 * would open a file for nearly every text that it reads again. 16 are looked through one by one. */
#define NDUP_OPENED_MAX 16u
struct ndup_opened {
    struct ndup_decoder *decoder; /* of the source that was read last, if it is decoded; NULL: none */
    struct ndup_buf stored, text; /* of one of its blocks */
    unsigned slots;               /* in use, 1 to NDUP_OPENED_MAX */
    struct {
        uint32_t source; /* + 1; 0: free */
        int descriptor;
    } slot[NDUP_OPENED_MAX];
};
void ndup_opened_close(struct ndup_opened *opened);

/* Reads length bytes at the offset of a source's decompressed and decoded bytes. A file that has changed since it was read is an IO
 * error. */
neardup_status ndup_corpus_read(const struct ndup_corpus *corpus, struct ndup_opened *opened, uint32_t source,
                                void *buffer, size_t length, uint64_t offset, neardup_error *err) NDUP_MUST_CHECK;

/* The same for the bytes of a source before they are decoded: those of the cleaned corpus. */
neardup_status ndup_corpus_read_stored(const struct ndup_corpus *corpus, struct ndup_opened *opened, uint32_t source,
                                       void *buffer, size_t length, uint64_t offset,
                                       neardup_error *err) NDUP_MUST_CHECK;

/* Appends ASCII characters in the encoding of a source. */
neardup_status ndup_corpus_encode(const struct ndup_corpus *corpus, struct ndup_opened *opened, uint32_t source,
                                  const char *text, size_t length, struct ndup_buf *to,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* Bytes of a source before they are decoded; where a command made them, those of its file. */
uint64_t ndup_corpus_stored_bytes(const struct ndup_corpus_source *source);

/* Places in decoded bytes, in ascending order, become those in the stored bytes. */
struct ndup_stored_map {
    const struct ndup_corpus *corpus;
    struct ndup_opened *opened; /* of which it uses the decoder alone until the last place */
    uint32_t source;
    size_t block;  /* that is loaded, + 1; 0: none */
    size_t stored; /* bytes of it that are passed */
    uint64_t text; /* the place in decoded bytes */
};
neardup_status ndup_stored_map_to(struct ndup_stored_map *map, uint64_t text, uint64_t *stored,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* Appends a piece of a file to the spool. Thread-safe for different sources. */
neardup_status ndup_corpus_spool(struct ndup_corpus *corpus, struct ndup_corpus_source *source, const void *bytes,
                                 size_t length, uint64_t offset, neardup_error *err) NDUP_MUST_CHECK;

/* The same for what ndup_reader_members gave. */
neardup_status ndup_corpus_spool_members(struct ndup_corpus *corpus, struct ndup_corpus_source *source,
                                         const void *bytes, size_t length, neardup_error *err) NDUP_MUST_CHECK;
/* All of it; *bytes NULL: there is none. The caller frees it. */
neardup_status ndup_corpus_members(const struct ndup_corpus *corpus, const struct ndup_corpus_source *source,
                                   char **bytes, size_t *length, neardup_error *err) NDUP_MUST_CHECK;

/* Reads bytes of the file of a source as they are on the disk or in the archive, compressed or not. */
neardup_status ndup_corpus_read_file(const struct ndup_corpus *corpus, struct ndup_opened *opened, uint32_t source,
                                     void *buffer, size_t length, uint64_t offset, neardup_error *err) NDUP_MUST_CHECK;

#endif
