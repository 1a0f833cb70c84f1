/* SPDX-License-Identifier: MIT
 * What the program says on standard error: errors, warnings, notes and hints, worded as git words them. */
#ifndef NDUP_MSG_H
#define NDUP_MSG_H

#include "base/platform.h"
#include "cli/progress.h"
#include "neardup.h"

#include <stdio.h>

struct ndup_msg {
    FILE *stream;
    int verbosity; /* -1 quiet: errors only; 0; 1 verbose */
    bool colour;
    const char *place;              /* of what they are about, in a configuration; NULL: none */
    struct ndup_progress *progress; /* cleared before anything is printed; may be NULL */
};

/* "neardup: error: ..." */
void ndup_msg_error(const struct ndup_msg *msg, const char *format, ...) NDUP_PRINTF(2, 3);
void ndup_msg_warning(const struct ndup_msg *msg, const char *format, ...) NDUP_PRINTF(2, 3);
void ndup_msg_note(const struct ndup_msg *msg, const char *format, ...) NDUP_PRINTF(2, 3);
/* "hint: ...", on a line behind the error that it mends. */
void ndup_msg_hint(const struct ndup_msg *msg, const char *format, ...) NDUP_PRINTF(2, 3);

/* "part-3.jsonl:1042: warning: ..."; without the line if it is 0, "neardup: " if file is NULL. */
void ndup_msg_at(const struct ndup_msg *msg, neardup_severity severity, const char *file, uint64_t line,
                 const char *text);

#endif
