/* SPDX-License-Identifier: MIT
 * A finished run is opened, and a job over its inputs reads its texts again. */
#ifndef NDUP_REOPEN_INPUTS_H
#define NDUP_REOPEN_INPUTS_H

#include "base/platform.h"
#include "cli/command.h"
#include "neardup_run.h"
#include "output/may_write.h"

#include <stdio.h>

/* Makes a job with the options of the run and its recorded inputs; relative ones are looked for in the folder of the run first.
 * --input of the settings, if it was given, replaces the inputs: one item for each of them in their order, and the files keep the names that
 * they have in the run. If the number differs, or the same names come in another order, files have their own names. *out is NULL
 * if there is nothing to read, and *why says so in words; otherwise the caller owns it. */
neardup_status ndup_reopen_inputs(neardup_job **out, neardup_run *run, const struct ndup_settings *settings,
                                  const char **why, neardup_error *err) NDUP_MUST_CHECK;

/* The same with other options. */
neardup_status ndup_reopen_inputs_with(neardup_job **out, const neardup_job_options *options, neardup_run *run,
                                       const struct ndup_settings *settings, const char **why,
                                       neardup_error *err) NDUP_MUST_CHECK;

/* Adds the files of the run and everything that it names or `inputs` has: no output replaces them. path: of the run. */
neardup_status ndup_reopen_reads(struct ndup_reads *reads, const neardup_run *run, const char *path,
                                 const struct ndup_opt_list *inputs, neardup_error *err) NDUP_MUST_CHECK;

/* Opens the run that the command line names. On failure prints the reason, and what a run is if the path is none. */
bool ndup_reopen_run(neardup_run **out, const char *path, const struct ndup_msg *msg) NDUP_MUST_CHECK;

#endif
