/* SPDX-License-Identifier: MIT
 * A cleaned copy of a compressed file of records, of which each should be a stream (a gzip member, a zstd frame) of its own, as
 * those of WARC are: readers jump to a record by the place of its member.
 *
 * Where each cut begins and ends with a member, the members that stay are copied as they are. Otherwise the file is not
 * made of records, and each record that stays is compressed to a member of its own. */
#ifndef NDUP_MEMBERS_H
#define NDUP_MEMBERS_H

#include "base/buf.h"
#include "base/platform.h"
#include "output/rewrite.h"

/* The members of a file in order, as the reader noted them (input/decompress.h): for each, its stored and its decompressed
 * bytes, as numbers of 7 bits per byte, the lowest first. A million members take 5 MB so, and 16 MB as two numbers
 * of 64 bits. */
struct ndup_members {
    const char *at, *end;
    uint64_t stored, text;             /* where the next member begins */
    uint64_t stored_bytes, text_bytes; /* of the current one, which ends there */
};

/* False: there is none. */
bool ndup_members_next(struct ndup_members *members);

struct ndup_members_copy {
    const struct ndup_rewrite
        *rewrite;        /* reading decompressed bytes with member 0, cuts without inserts, codec, target */
    const char *members; /* as above */
    size_t length;
    /* Reads bytes of the file as they are stored. */
    neardup_status (*read_file)(void *context, void *buffer, size_t length, uint64_t offset, neardup_error *err);
    void *context;
    /* The end of the record at `at`; NULL: more bytes must be known. last: there are none. */
    const char *(*record_end)(const char *at, const char *end, bool last);
};

/* One thread does it: what is copied costs next to nothing. */
neardup_status ndup_members_write(const struct ndup_members_copy *job, uint64_t *written,
                                  neardup_error *err) NDUP_MUST_CHECK;

#endif
