/* SPDX-License-Identifier: MIT
 * Earlier names of run/summary.h; use that. */
#ifndef NDUP_SUMMARY_JSON_H
#define NDUP_SUMMARY_JSON_H

#include "run/summary.h"

#define ndup_show_input ndup_run_input

struct ndup_show_run {
    const char *directory;
    const struct ndup_run_input *inputs;
    size_t input_count;
    uint64_t repeated_lines;
};

NDUP_INLINE void ndup_show_summary(struct ndup_buf *buf, const neardup_summary *summary,
                                   const neardup_job_options *options, const struct ndup_show_run *run)
{
    const struct ndup_run_record record = {summary,     options,          run->directory,
                                           run->inputs, run->input_count, run->repeated_lines};
    ndup_summary_write(buf, &record);
}

#endif
