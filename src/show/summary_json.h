/* SPDX-License-Identifier: MIT
 * summary.json; doc/outputs.md describes the fields. */
#ifndef NDUP_SUMMARY_JSON_H
#define NDUP_SUMMARY_JSON_H

#include "base/buf.h"
#include "neardup.h"

/* Everything but the "run" section is the same for every thread count, instruction set and memory budget. */
void ndup_show_summary(struct ndup_buf *buf, const neardup_summary *summary, const neardup_job_options *options);

#endif
