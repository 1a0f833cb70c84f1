/* SPDX-License-Identifier: MIT
 * An output: standard output, or a file that is complete or absent, even if a signal ends the program. */
#ifndef NDUP_OUTFILE_H
#define NDUP_OUTFILE_H

#include "base/platform.h"
#include "cli/messages.h"
#include "output/may_write.h"

#include <stdio.h>

struct ndup_outfile {
    FILE *stream;
    const char *path; /* NULL: standard output */
    char *temporary;  /* what is written until it is complete; NULL: the path itself (a device, a pipe) */
};

/* path NULL or "-": standard output. Asks output/may_write.h whether it may be written, and creates it. Says what is wrong and
 * returns false. */
bool ndup_outfile_open(struct ndup_outfile *file, const char *path, struct ndup_reads *reads,
                       const struct ndup_replace_rule *rule, const struct ndup_msg *msg);
/* Everything is written: puts the file in its place. Standard output is left to the end of the program. */
bool ndup_outfile_commit(struct ndup_outfile *file, const struct ndup_msg *msg);
/* Removes what was not committed. */
void ndup_outfile_discard(struct ndup_outfile *file);

#endif
