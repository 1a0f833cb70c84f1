/* SPDX-License-Identifier: MIT
 * The output folder: its files are written elsewhere and put in place when all are complete, so that a run is in it as a
 * whole or not at all, also if it fails, is cancelled or killed. How, and what a killed run leaves: outdir.c, workdir.h. */
#ifndef NDUP_OUTDIR_H
#define NDUP_OUTDIR_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_outdir;

/* EXISTS if the folder already holds anything and force is false; IO if another run is writing to it. With force, commit
 * replaces files of the same names and leaves others. Leftovers of a killed run are removed, or put in place if its files were
 * complete. synced: files are on the disk before they have their names. */
neardup_status ndup_outdir_open(struct ndup_outdir **out, const char *path, bool force, bool synced,
                                neardup_error *err) NDUP_MUST_CHECK;

/* A folder on the same disk for temporary files; absolute. */
const char *ndup_outdir_scratch(const struct ndup_outdir *dir);

/* Says before the work that a file of this relative name will be created. ARG for a name that is absolute or has "." or ".."
 * in it, or one that is expected twice or is also a folder; IO if something in the folder is in the way, such as a symbolic
 * link to a folder. */
neardup_status ndup_outdir_expect(struct ndup_outdir *dir, const char *name, neardup_error *err) NDUP_MUST_CHECK;

/* Creates the file (its sub-folders too) and returns a descriptor for writing that the caller closes. Fails as expect does.
 * Thread-safe. */
neardup_status ndup_outdir_create(struct ndup_outdir *dir, const char *name, int *descriptor,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* With force, commit removes the file of this name that an older run left: the new one does not have it. */
neardup_status ndup_outdir_remove(struct ndup_outdir *dir, const char *name, neardup_error *err) NDUP_MUST_CHECK;

/* Whether the folder already holds something of this name. */
bool ndup_outdir_has(const struct ndup_outdir *dir, const char *name);

/* Puts all files in place. On failure the folder is as it was. */
neardup_status ndup_outdir_commit(struct ndup_outdir *dir, neardup_error *err) NDUP_MUST_CHECK;

/* Removes what was not committed, and frees. NULL is fine. */
void ndup_outdir_close(struct ndup_outdir *dir);

/* For a program that ends at once: removes all folders that are not committed, without freeing them, while other threads may
 * still be writing. False if one is being committed: wait for the job then. From any thread. */
bool ndup_outdir_abandon(void);

/* For readers: finishes a run that was killed while its files were put in place; OK if there is none. */
neardup_status ndup_outdir_recover(const char *path, bool *finished, neardup_error *err) NDUP_MUST_CHECK;

/* write(2) until all is written; EINTR and short writes handled. */
neardup_status ndup_write_all(int descriptor, const void *bytes, size_t length, const char *name,
                              neardup_error *err) NDUP_MUST_CHECK;

#endif
