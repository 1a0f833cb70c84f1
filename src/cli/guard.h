/* SPDX-License-Identifier: MIT
 * What a command reads is never replaced by what it writes, not even with --force: a slip would cost the corpus. */
#ifndef NDUP_GUARD_H
#define NDUP_GUARD_H

#include "base/platform.h"
#include "cli/messages.h"

#include <sys/stat.h>

struct ndup_guard {
    struct stat file;       /* what stands where the output goes */
    char *place, *resolved; /* its path; the same where links lead */
    bool report;            /* it looks like an earlier report */
};

/* Whether there is anything to guard: the output is a regular file that exists. Free it in any case. */
bool ndup_guard_init(struct ndup_guard *guard, const char *output);
void ndup_guard_free(struct ndup_guard *guard);

/* Says that the output would replace `what`, and what to do. Returns false. */
bool ndup_guard_refuse(const char *output, const char *what, const struct ndup_msg *msg);

/* The output is this file, under whatever name. path may be NULL. */
bool ndup_guard_is(const struct ndup_guard *guard, const char *path);
/* It is this file, or it lies in this folder and is read with it: not a hidden file, and not an earlier report. */
bool ndup_guard_reads(const struct ndup_guard *guard, const char *path);

#endif
