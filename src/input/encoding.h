/* SPDX-License-Identifier: MIT
 * Files in other encodings than UTF-8. Their bytes are decoded in blocks while they are read, and everything after that knows
 * UTF-8 only; places in it are mapped back to the bytes of the file when the file is written, which are copied as they
 * are. */
#ifndef NDUP_ENCODING_H
#define NDUP_ENCODING_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

/* Bytes of a file that are decoded at a time. A place is found by decoding its block again: 16 KiB take 0.1 ms, and a place of
 * 16 bytes per block is a thousandth of the file. Not swept. */
#define NDUP_ENCODED_BLOCK ((size_t)16 << 10)

struct ndup_decoder; /* of one thread */

/* The encoding of a file by its byte order mark: UTF-16 or UTF-32 with LE or BE. NULL: it has none of these. */
const char *ndup_encoding_of_mark(const char *bytes, size_t length);

/* ARG if the C library does not know the encoding, if the meaning of a byte in it depends on what came before (ISO-2022,
 * UTF-7), if its ASCII characters are others, or if it does not say the order of bytes ("UTF-16"). */
neardup_status ndup_encoding_check(const char *name, neardup_error *err) NDUP_MUST_CHECK;

/* Whether texts in it are read as they are: it is UTF-8, or NULL. */
bool ndup_encoding_is_utf8(const char *name);

/* Whether the beginning of a file is UTF-8 all the same: it has characters beyond ASCII, and all of them are; or the encoding
 * has two bytes or more per character, and it is ASCII. A file that somebody already converted is then not decoded twice. */
bool ndup_encoding_is_converted(const struct ndup_decoder *decoder, const char *bytes, size_t length);

neardup_status ndup_decoder_create(struct ndup_decoder **out, const char *name, neardup_error *err) NDUP_MUST_CHECK;
void ndup_decoder_destroy(struct ndup_decoder *decoder);
const char *ndup_decoder_name(const struct ndup_decoder *decoder);

/* Appends bytes[0..length) as UTF-8, but at most `most` bytes of it; *used: bytes that were decoded. Each byte or pair that is not
 * a character becomes the byte FF, which is never part of UTF-8. last: nothing comes after these bytes. Otherwise the
 * beginning of a character at their end is left to the next call. False: no memory. */
bool ndup_decoder_run(struct ndup_decoder *decoder, const char *bytes, size_t length, bool last, size_t most,
                      struct ndup_buf *to, size_t *used) NDUP_MUST_CHECK;

/* Appends ASCII characters in the encoding. */
void ndup_decoder_encode(const struct ndup_decoder *decoder, const char *text, size_t length, struct ndup_buf *to);

/* ---- the blocks of a file ---- */

struct ndup_encoded_block { /* where it begins: in the stored bytes, and in the text that they are decoded to */
    uint64_t stored, text;
};

struct ndup_encoded {
    char name[32];
    struct ndup_encoded_block *blocks;
    size_t count, capacity;
    uint64_t stored, text; /* bytes in all */
};

void ndup_encoded_free(struct ndup_encoded *encoded); /* NULL is fine */
/* Adds a block after the last one. False: no memory. */
bool ndup_encoded_add(struct ndup_encoded *encoded, size_t stored, size_t text) NDUP_MUST_CHECK;
/* The block that has the byte of the text at this offset; the last one if there is none. There is a block. */
size_t ndup_encoded_find(const struct ndup_encoded *encoded, uint64_t text);
/* The end of a block. */
struct ndup_encoded_block ndup_encoded_end(const struct ndup_encoded *encoded, size_t block);

#endif
