/* SPDX-License-Identifier: MIT
 * The work folder of a run that writes: everything is written in it first. Whoever holds the lock in it owns it, so what is
 * in a work folder whose lock is free was left by a run that was killed, and is removed or, if that run had already decided
 * to put its files in place, put in place.
 *
 *   lock    held with flock, which ends with the process however it ends
 *   new/    the files while they are written; a leftover is removed
 *   ready/  the same folder under its second name: all files are complete, and are being moved to where they belong. A
 *           leftover is finished. The change of the name is the one moment at which a run happens or does not
 *   remove  names, NUL after each, of files of the older run that the new one does not have; only counts beside ready/
 *   old/    files of the older run, by number, so that a failure can put them back */
#ifndef NDUP_WORKDIR_H
#define NDUP_WORKDIR_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_workdir {
    char *name;  /* in base; NULL: not open */
    char *shown; /* the folder that the run writes, for messages */
    int base;    /* the folder that it is in; owned */
    int descriptor;
    int lock;
};

/* Makes the work folder `name` in `base` and locks it, or takes over one whose lock is free, with what is in it. base is
 * taken over, also on failure. IO if another run has it. */
neardup_status ndup_workdir_open(struct ndup_workdir *work, int base, const char *name, const char *shown,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* Removes all in it but the lock. */
neardup_status ndup_workdir_clear(struct ndup_workdir *work, neardup_error *err) NDUP_MUST_CHECK;

/* Removes it with all that is in it; it stays open. */
void ndup_workdir_remove(struct ndup_workdir *work);

/* Removes it with all that is in it, unless `keep`, and gives the lock back. */
void ndup_workdir_close(struct ndup_workdir *work, bool keep);

/* Whether it holds a run that was interrupted while its files were put in place. */
bool ndup_workdir_is_ready(const struct ndup_workdir *work);

/* Puts what is ready in place in the folder `target`; summary.json comes last. Can be repeated after any failure. */
neardup_status ndup_workdir_finish(struct ndup_workdir *work, int target, neardup_error *err) NDUP_MUST_CHECK;

/* ---- names in a folder; symbolic links are never followed ---- */

/* Neither absolute nor with an empty, "." or ".." component. */
bool ndup_name_is_safe(const char *name);

/* Opens the folder that holds `name` below the folder `base`; *stem is where its own name begins. Makes the folders on the
 * way with `made` (which is called with each that was made; it may be NULL), without they must be there. 0 or an errno; then
 * *stem is the end of the name of the folder that failed. */
typedef bool ndup_folder_made(void *context, const char *name, size_t length); /* false: no memory */
int ndup_enter_folders(int base, const char *name, bool make, ndup_folder_made *made, void *context, int *descriptor,
                       size_t *stem);

#endif
