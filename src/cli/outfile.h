/* SPDX-License-Identifier: MIT
 * Where a report goes: standard output, or a new file that is complete or absent, also where a signal ends the program. */
#ifndef NDUP_OUTFILE_H
#define NDUP_OUTFILE_H

#include "base/platform.h"
#include "cli/messages.h"

#include <stdio.h>

struct ndup_outfile {
    FILE *stream;
    const char *path; /* NULL: standard output */
    char *temporary;  /* what is written until it is complete; NULL: the path itself (a device, a pipe) */
};

/* path NULL or "-": standard output. Says what is wrong and returns false: a regular file that exists is refused, for it
 * could be an input. */
bool ndup_outfile_open(struct ndup_outfile *file, const char *path, const struct ndup_msg *msg);
/* The same, but a regular file that exists is replaced when all is written. */
bool ndup_outfile_replace(struct ndup_outfile *file, const char *path, const struct ndup_msg *msg);
/* One or the other, for commands with --force. */
bool ndup_outfile_open_or_replace(struct ndup_outfile *file, const char *path, bool replace,
                                  const struct ndup_msg *msg);
/* Everything is written: puts the file in its place. Standard output is left to the end of the program. */
bool ndup_outfile_commit(struct ndup_outfile *file, const struct ndup_msg *msg);
/* Removes what was not committed. */
void ndup_outfile_discard(struct ndup_outfile *file);

#endif
