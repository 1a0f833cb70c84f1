/* SPDX-License-Identifier: MIT
 * A job over the inputs of a finished run, to read its texts again. */
#ifndef NDUP_REJOB_H
#define NDUP_REJOB_H

#include "base/platform.h"
#include "cli/command.h"
#include "neardup.h"

#include <stdio.h>

/* Makes a job with the options of the run and its recorded inputs, those relative to its folder; `instead` (if it has
 * items) replaces them: as many of them stand for them in their order, and files keep the names that they have in the run.
 * Otherwise, and where they have the same names in another order, files are known by their own names. *out is NULL where there is nothing to read, and *why says so in words; it is owned by the caller
 * otherwise. */
neardup_status ndup_rejob_open(neardup_job **out, neardup_run *run, const struct ndup_opt_list *instead,
                               const char **why, neardup_error *err) NDUP_MUST_CHECK;

/* The same with other options. */
neardup_status ndup_rejob_open_with(neardup_job **out, const neardup_job_options *options, neardup_run *run,
                                    const struct ndup_opt_list *instead, const char **why,
                                    neardup_error *err) NDUP_MUST_CHECK;

#endif
