/* SPDX-License-Identifier: MIT
 * What plan says of SimHash, and what it shares with the plan of MinHash. */
#ifndef NDUP_PLAN_SIMHASH_H
#define NDUP_PLAN_SIMHASH_H

#include "base/buf.h"
#include "base/platform.h"
#include "cli/command.h"
#include "neardup.h"

#define NDUP_PLAN_STEPS 20 /* of the chart, from Jaccard 0 to 1 */

/* The command with --method simhash; the settings are checked. */
int ndup_plan_simhash(const struct ndup_cli *cli);

/* "multi-index hashing, 8 blocks": NUL-terminated unless it failed. */
void ndup_plan_describe(struct ndup_buf *buf, const neardup_hamming_plan *plan);

/* A bar of probability 1 is 40 columns wide; eighths of a column where the terminal has them. */
void ndup_plan_bar(double probability);

#endif
