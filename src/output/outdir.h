/* SPDX-License-Identifier: MIT
 * The output folder: every file is written under a temporary name beside its final one and renamed when all are
 * complete. A run that fails or is cancelled leaves neither temporary files nor folders it made; a
 * killed one may leave ".NAME.neardup-PID.tmp". Nothing is synchronised to the disk: see outdir.c. */
#ifndef NDUP_OUTDIR_H
#define NDUP_OUTDIR_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_outdir;

/* Makes the folder (and its parents) if needed. EXISTS if it already holds anything but left-over temporary files and
 * force is false. With force, commit replaces files of the same names and leaves others. */
neardup_status ndup_outdir_open(struct ndup_outdir **out, const char *path, bool force,
                                neardup_error *err) NDUP_MUST_CHECK;

/* Creates the temporary file of the relative name `name` (its sub-folders too) and returns a descriptor for writing
 * that the caller closes. ARG for a name that is absolute or has "." or ".." in it, EXISTS for one that was created
 * before or is also a folder. Symbolic links inside the folder are not followed. Thread-safe. */
neardup_status ndup_outdir_create(struct ndup_outdir *dir, const char *name, int *descriptor,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* Renames all files to their final names, in order of creation. On failure what was renamed is kept, and the rest is removed
 * by close. */
neardup_status ndup_outdir_commit(struct ndup_outdir *dir, neardup_error *err) NDUP_MUST_CHECK;

/* Removes what was not committed, and frees. NULL is fine. */
void ndup_outdir_close(struct ndup_outdir *dir);

/* write(2) until all is written; EINTR and short writes handled. */
neardup_status ndup_write_all(int descriptor, const void *bytes, size_t length, const char *name,
                              neardup_error *err) NDUP_MUST_CHECK;

#endif
