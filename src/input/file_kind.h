/* SPDX-License-Identifier: MIT
 * What a file is that is not text: recognised by its first bytes, so that it is neither compared nor cut. */
#ifndef NDUP_FILE_KIND_H
#define NDUP_FILE_KIND_H

#include "base/platform.h"
#include "neardup.h"

/* Bytes of a file that are looked at, after decompression. ripgrep looks at as many. Of compressed or encrypted data
 * without a magic number, each byte is NUL with a probability of 1/256: the first 8000 bytes, which git looks at, would
 * do. More of them distinguish UTF-16 from tables of small numbers, and cost one copy of 64 KiB per file, about 5 us. */
#define NDUP_KIND_BYTES ((size_t)64 << 10)

struct ndup_file_kind {
    const char *name;   /* for people, with its article: "a PNG image" */
    const char *advice; /* what to type instead, with FILE for the path; NULL: it has no text that could be read */
    bool records; /* people keep records and texts in it: data, and not an attachment such as a picture or a PDF */
    bool table;   /* pyarrow reads and writes it (engine/tables.h) */
};

/* What the file is that begins with these bytes; NULL: nothing speaks against text. `name` is the file's name or path, whose
 * ending helps to tell apart formats that share their first bytes; it may be NULL. lenient: the format has syntax of its
 * own, which rejects what is not text record by record, so that a stray NUL does not make the file binary. */
const struct ndup_file_kind *ndup_file_kind_find(const char *bytes, size_t length, const char *name, bool lenient);

/* The same by the table of magic numbers alone: for bytes that are not UTF-8. */
const struct ndup_file_kind *ndup_file_kind_known(const char *bytes, size_t length, const char *name);

/* Whether the file of this kind and name is data that nobody read: a Parquet file, an archive, or a damaged file whose name
 * is that of a format that is read, such as a .jsonl of zeros. */
bool ndup_file_kind_holds_records(const struct ndup_file_kind *kind, const char *name);

/* Whether the block is a header of tar: it says its own checksum. */
bool ndup_file_kind_is_tar_header(const char block[512]);

/* Whether the bytes are those of a zip archive, and not of a document or program that is packed in one. */
bool ndup_file_kind_is_zip(const char *bytes, size_t length, const char *name);

/* "this is a PNG image, which neardup does not read", and what to type instead. */
void ndup_file_kind_describe(const struct ndup_file_kind *kind, const char *path, char *text, size_t size);

#endif
