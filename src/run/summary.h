/* SPDX-License-Identifier: MIT
 * summary.json: one table of fields writes it and reads it. doc/outputs.md describes the fields. */
#ifndef NDUP_RUN_SUMMARY_H
#define NDUP_RUN_SUMMARY_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup_run.h"

struct ndup_run_input {
    const char *path; /* as it was given */
    bool reference;
};

struct ndup_run_record { /* everything that summary.json holds */
    const neardup_summary *summary;
    const neardup_job_options *options;
    const char *directory; /* in which it ran; NULL: unknown */
    const struct ndup_run_input *inputs;
    size_t input_count;
    uint64_t repeated_lines; /* of paragraphs; written with pairs only */
};

/* Everything but the "run" section is the same for every thread count, instruction set and memory budget. */
void ndup_summary_write(struct ndup_buf *buf, const struct ndup_run_record *record);

struct neardup_run;

/* Fills summary, options, inputs, directory and command of the run from run->summary_json. */
neardup_status ndup_summary_read(struct neardup_run *run, neardup_error *err) NDUP_MUST_CHECK;

#endif
