/* SPDX-License-Identifier: MIT
 * The baseline: which contents repeat already, and how often. A text file, made to be committed and compared:
 *
 *   {"neardup_baseline":1,"unit":"document","method":"minhash","tokens":"word",...}
 *   {"content":"0123456789abcdef0123456789abcdef","copies":2}
 *   {"content":"...","copies":1,"unit":"paragraph"}
 *
 * A line a content (neardup_content: what exact duplicates have in common), sorted; no path, no line number. */
#ifndef NDUP_CHECK_BASELINE_H
#define NDUP_CHECK_BASELINE_H

#include "base/buf.h"
#include "base/platform.h"
#include "check/contents.h"
#include "neardup.h"

#include <stdio.h>

/* Appends the first line for a run with these options, without its newline. */
void ndup_baseline_head(struct ndup_buf *buf, const neardup_job_options *options);

/* Reads text[0..length) into `contents` (before). name: of the file, for messages. `head`: the first line that is expected,
 * NUL-terminated; NULL: any of this version will do. E_FORMAT with the line if it is not what ndup_baseline_write
 * writes; E_ARG if it was made with other options; E_NOMEM. */
neardup_status ndup_baseline_parse(struct ndup_contents *contents, const char *text, size_t length, const char *name,
                                   const char *head, neardup_error *err) NDUP_MUST_CHECK;

/* The same from a file. E_IO with sys_errno. */
neardup_status ndup_baseline_read(struct ndup_contents *contents, const char *path, const char *head,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* Writes the entries that are there now. False: errno says why. */
bool ndup_baseline_write(FILE *out, const struct ndup_contents *contents, const char *head);

/* How many of the copies of this content are not in the baseline. */
uint64_t ndup_baseline_excess(const struct ndup_content_count *count);

#endif
