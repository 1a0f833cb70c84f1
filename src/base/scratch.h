/* SPDX-License-Identifier: MIT
 * The scratch folder: temporary files without a name, which the system removes when they are closed or the process
 * ends, however it ends. */
#ifndef NDUP_SCRATCH_H
#define NDUP_SCRATCH_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_scratch; /* thread-safe */

/* The folder must exist; NULL is "/tmp". A first file is tried, so that an unusable folder is reported at once. limit: most
 * bytes in its files at a time; 0: as the disk has. */
neardup_status ndup_scratch_create(struct ndup_scratch **out, const char *folder, uint64_t limit,
                                   neardup_error *err) NDUP_MUST_CHECK;
void ndup_scratch_destroy(struct ndup_scratch *scratch);

const char *ndup_scratch_folder(const struct ndup_scratch *scratch);

/* A new file for reading and writing, closed by ndup_scratch_close. */
neardup_status ndup_scratch_file(struct ndup_scratch *scratch, int *descriptor, neardup_error *err) NDUP_MUST_CHECK;

/* `written`: the sum of what ndup_pwrite_all wrote to it, for the accounts below. descriptor -1 is fine. */
void ndup_scratch_close(struct ndup_scratch *scratch, int descriptor, uint64_t written);

/* Counts bytes that somebody else is going to write to a file. LIMIT as below. ndup_scratch_close takes them back. */
neardup_status ndup_scratch_reserve(struct ndup_scratch *scratch, uint64_t bytes, neardup_error *err) NDUP_MUST_CHECK;

/* Bytes in the files now, and the most there ever were. */
uint64_t ndup_scratch_bytes(const struct ndup_scratch *scratch);
uint64_t ndup_scratch_peak_bytes(const struct ndup_scratch *scratch);

/* Writes all of it at the offset, and counts it: bytes written twice count twice. LIMIT if that is more than the limit. If the
 * disk is full, the message is "scratch folder '/x' is full". */
neardup_status ndup_pwrite_all(struct ndup_scratch *scratch, int descriptor, const void *bytes, size_t length,
                               uint64_t offset, neardup_error *err) NDUP_MUST_CHECK;

/* All of it or an error; the end of the file is one. */
neardup_status ndup_pread_all(struct ndup_scratch *scratch, int descriptor, void *buffer, size_t length,
                              uint64_t offset, neardup_error *err) NDUP_MUST_CHECK;

#endif
