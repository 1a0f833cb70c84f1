/* SPDX-License-Identifier: MIT
 * The one answer to "may this be written there?". A command first says everything that it reads: inputs, lists, references,
 * configuration, baseline, the run. Then it asks before it writes a file or into a folder. A file that is read is never replaced, not
 * even with --force: a slip would cost the corpus.
 *
 * Files are compared by device and inode, not by name, so that it does not matter how a path is spelled, and whether links,
 * hard links or bind mounts lead to it. */
#ifndef NDUP_MAY_WRITE_H
#define NDUP_MAY_WRITE_H

#include "base/platform.h"
#include "neardup.h"

#include <sys/types.h>

struct ndup_reads { /* zeros: nothing is read */
    struct ndup_read_path {
        char *path;
        const char *what; /* "an input", "the baseline": as in "it is an input" */
        dev_t device;
        ino_t inode;
        bool is_folder;
    } * items;
    size_t count, capacity;
    size_t *by_identity; /* numbers of items, sorted by device and inode; NULL: not yet */
    bool incomplete;     /* a list of inputs, which cannot be read beforehand, names more of them */
};

/* Adds a file, or a folder with everything in it; "-" is what standard input is redirected from. `what` is kept. A path that
 * does not exist adds nothing: reading it will fail. */
neardup_status ndup_reads_add(struct ndup_reads *reads, const char *path, const char *what,
                              neardup_error *err) NDUP_MUST_CHECK;
void ndup_reads_free(struct ndup_reads *reads);

struct ndup_replace_rule { /* of a file that exists */
    bool replace;          /* one that is not read is replaced */
    /* Whether it is an earlier output, which is replaced also in a folder that is read. NULL: none is. Not asked about a file
     * that is itself named as something to read. */
    bool (*is_output)(const void *context, const char *path);
    const void *context;
    bool has_force; /* the command has --force; for the hint */
};

/* Whether a file may be written. path "-" (or NULL): standard output, which may be redirected to a file; "/dev/stderr": standard
 * error, to which messages are written. OK also for a new file, a device and a pipe. E_ARG: it is read. E_EXISTS: it exists and is not to be replaced. */
neardup_status ndup_may_write_file(struct ndup_reads *reads, const char *path, const struct ndup_replace_rule *rule,
                                   neardup_error *err) NDUP_MUST_CHECK;

/* Whether files may be replaced in a folder that exists. E_ARG if something that is read is in it; then the caller has named it,
 * and it would neither be read nor be safe. */
neardup_status ndup_may_write_folder(const struct ndup_reads *reads, const char *folder,
                                     neardup_error *err) NDUP_MUST_CHECK;

/* Whether a path is in the folder, at any depth. */
bool ndup_path_is_in(const char *path, const char *folder);

/* Whether two paths are one name in one folder, however they are spelled. The file need not exist. */
bool ndup_path_is_same(const char *a, const char *b);

/* What to do about a refusal; NULL: the error is another one. has_force as in the rule. */
const char *ndup_may_write_hint(const neardup_error *err, bool has_force);

#endif
