/* SPDX-License-Identifier: MIT
 * summary.json; doc/outputs.md describes the fields. */
#ifndef NDUP_SUMMARY_JSON_H
#define NDUP_SUMMARY_JSON_H

#include "base/buf.h"
#include "neardup.h"

struct ndup_show_input {
    const char *path; /* as it was given */
    bool reference;
};

struct ndup_show_run {     /* what the job knows besides */
    const char *directory; /* in which it runs; NULL: unknown */
    const struct ndup_show_input *inputs;
    size_t input_count;
    uint64_t repeated_lines; /* of paragraphs; told with pairs only */
};

/* Everything but the "run" section is the same for every thread count, instruction set and memory budget. */
void ndup_show_summary(struct ndup_buf *buf, const neardup_summary *summary, const neardup_job_options *options,
                       const struct ndup_show_run *run);

#endif
