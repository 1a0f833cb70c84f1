/* SPDX-License-Identifier: MIT
 * What plan says of SimHash. */
#ifndef NDUP_PLAN_SIMHASH_H
#define NDUP_PLAN_SIMHASH_H

#include "base/buf.h"
#include "base/platform.h"
#include "cli/command.h"
#include "neardup.h"

/* The command with --method simhash; the settings are checked. */
int ndup_plan_simhash(const struct ndup_cli *cli);

/* "multi-index hashing, 8 blocks": NUL-terminated unless it failed. */
void ndup_plan_describe(struct ndup_buf *buf, const neardup_hamming_plan *plan);

#endif
