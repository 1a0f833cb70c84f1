/* SPDX-License-Identifier: MIT
 * Compression: one row per codec, for reading and for writing. Nobody else knows one codec from another.
 *
 * To add one: write codec_NAME.c with its row, add the row to the table in codec.c, its library to tools/setup and the
 * Makefile, and a seed to tests/fuzz/seeds.py. Tests that walk the table cover the rest.
 *
 * NULL in place of a row means that bytes are stored as they are. */
#ifndef NDUP_CODEC_H
#define NDUP_CODEC_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

/* ---- a row ---- */

/* What a step may take and may fill. It moves both. */
struct ndup_codec_io {
    const uint8_t *in;
    size_t in_len;
    uint8_t *out;
    size_t out_len;
};

enum ndup_codec_answer {
    NDUP_STEP_ON,         /* took bytes, or gave some, or needs more of either */
    NDUP_STEP_END,        /* the stream is complete, and all of it was given out */
    NDUP_STEP_CORRUPT,    /* bytes that were given out before are good */
    NDUP_STEP_CHECKSUM,   /* the same, shown by a checksum */
    NDUP_STEP_OTHER,      /* the bytes are not of this codec */
    NDUP_STEP_DICTIONARY, /* it needs a dictionary, which is not in the file */
    NDUP_STEP_WINDOW,     /* it needs more memory than any usual compressor asks for */
    NDUP_STEP_NOMEM
};

struct ndup_codec_piece {
    const void *bytes;
    size_t length;
    uint64_t position; /* of the piece in the uncompressed file */
    bool last;         /* of the file */
};

struct ndup_codec {
    const char *name;     /* "gzip" */
    const char *suffixes; /* of file names, separated by spaces; NULL: of no file */
    const char *tool;     /* what people type to compress standard input */
    /* Whether a file begins so; NDUP_CODEC_PEEK bytes are enough. NULL: nothing shows it but the name. */
    bool (*recognise)(const uint8_t *first, size_t length);
    bool single;   /* a file is one stream; else streams are joined by writing one after another */
    bool members;  /* in a file of records a stream may be one record: such files are copied and cut by streams */
    bool padded;   /* zero bytes may follow a stream */
    bool in_order; /* one compressor makes all pieces of a file, in their order; else any compressor makes any piece */

    void *(*open)(void); /* NULL: no memory */
    void (*close)(void *decoder);
    bool (*restart)(void *decoder); /* for the next stream; false: no memory */
    enum ndup_codec_answer (*step)(void *decoder, struct ndup_codec_io *io);

    /* NULL: only read. Pieces have up to max_length bytes, and what they become fits into *capacity. */
    void *(*open_writer)(size_t max_length, size_t *capacity);
    void (*close_writer)(void *writer);
    /* ARG: it does not fit. NOMEM. */
    neardup_status (*write)(void *writer, const struct ndup_codec_piece *piece, uint8_t *to, size_t capacity,
                            size_t *length);
};

/* The rows that have a file name. */
extern const struct ndup_codec ndup_codec_gzip, ndup_codec_zstd, ndup_codec_bzip2, ndup_codec_xz, ndup_codec_lzma,
    ndup_codec_lz4, ndup_codec_brotli;
/* Bodies of HTTP: zlib, and raw deflate from servers that took the word literally. It is in no file, so not in the table. */
extern const struct ndup_codec ndup_codec_deflate;
/* Raw deflate alone, as members of zip archives are compressed. */
extern const struct ndup_codec ndup_codec_raw_deflate;

/* ---- the table ---- */

#define NDUP_CODEC_PEEK ((size_t)16)

/* The rows from 0 on; NULL: there are no more. */
const struct ndup_codec *ndup_codec_at(size_t number);

/* By the first bytes of a file. A file that begins with skippable frames is of zstd or lz4: ndup_codec_skippable. */
const struct ndup_codec *ndup_codec_of_content(const uint8_t *first, size_t length);

/* By the suffix of a name. *length is that of the name, and becomes that without the suffix; may be NULL. */
const struct ndup_codec *ndup_codec_of_name(const char *name, size_t *length);

/* ---- reading ---- */

/* Where stored bytes come from. fill is called when left is 0, and makes it 0 again only at the end. */
struct ndup_stored {
    neardup_status (*fill)(struct ndup_stored *stored, neardup_error *err);
    void (*ended)(struct ndup_stored *stored); /* called after a stream, before anything is read past it; may be NULL */
    const uint8_t *next;
    size_t left;
    uint64_t text; /* bytes that were decompressed */
};

/* Every step gets exactly this much room, because how much of a damaged stream a library gives out depends on it: so it
 * depends on nothing that the caller does. Half of a batch (NDUP_BATCH_BYTES), so that a batch is filled without a copy. */
#define NDUP_CODEC_ROOM ((size_t)512 * 1024)

struct ndup_decompressor;

/* NULL: no memory. */
struct ndup_decompressor *ndup_decompressor_create(const struct ndup_codec *codec);
void ndup_decompressor_destroy(struct ndup_decompressor *decompressor);

/* The next bytes into NDUP_CODEC_ROOM of them. *got == 0 with OK is the end. A failure may come with good bytes. */
neardup_status ndup_decompressor_run(struct ndup_decompressor *decompressor, struct ndup_stored *stored, uint8_t *room,
                                     size_t *got, neardup_error *err) NDUP_MUST_CHECK;

/* Appends what bytes in memory hold, up to limit bytes of it: beyond, LIMIT. FORMAT: corrupt or cut off; what came before
 * the damage was appended. *whole (may be NULL): FORMAT only means that other bytes follow the last stream. */
neardup_status ndup_decompress(const struct ndup_codec *codec, const void *bytes, size_t length, size_t limit,
                               struct ndup_buf *to, bool *whole, neardup_error *err) NDUP_MUST_CHECK;

/* ---- writing: the bytes depend on the pieces and on the version of the library ---- */

struct ndup_compressor; /* one thread at a time */

/* For pieces of up to max_length bytes. */
neardup_status ndup_compressor_create(struct ndup_compressor **out, const struct ndup_codec *codec, size_t max_length,
                                      neardup_error *err) NDUP_MUST_CHECK;
void ndup_compressor_destroy(struct ndup_compressor *compressor);

/* *result points into the compressor until the next call. An empty piece gives nothing, unless it is the only one or ends a
 * stream: then a valid stream of nothing, or its end. */
neardup_status ndup_compressor_run(struct ndup_compressor *compressor, const struct ndup_codec_piece *piece,
                                   const char **result, size_t *length, neardup_error *err) NDUP_MUST_CHECK;

#endif
