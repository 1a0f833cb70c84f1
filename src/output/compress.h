/* SPDX-License-Identifier: MIT
 * One piece of bytes to one gzip member or one zstd frame. The result depends on the bytes and the library's version
 * only.
 *
 * gzip is written by libdeflate at level 3. Measured on JSON Lines of books, of web pages and of a crawl, one core:
 * 4 to 5 times the speed of zlib -6 at 1.02 to 1.05 times its size. ISA-L level 3 is three times faster still, but its
 * sizes are 1.08 to 1.14 of zlib's (a cleaned corpus could outgrow its original), and its bytes differ from one
 * instruction set to another. */
#ifndef NDUP_COMPRESS_H
#define NDUP_COMPRESS_H

#include "base/platform.h"
#include "input/decompress.h"
#include "neardup.h"

struct ndup_compressor; /* one thread at a time */

/* codec GZIP or ZSTD, for pieces of up to max_length bytes. */
neardup_status ndup_compressor_create(struct ndup_compressor **out, enum ndup_codec codec, size_t max_length,
                                      neardup_error *err) NDUP_MUST_CHECK;
void ndup_compressor_destroy(struct ndup_compressor *compressor);

/* *result points into the compressor until the next call. Length 0 gives a valid empty member or frame. */
neardup_status ndup_compressor_run(struct ndup_compressor *compressor, const void *bytes, size_t length,
                                   const char **result, size_t *result_length, neardup_error *err) NDUP_MUST_CHECK;

#endif
