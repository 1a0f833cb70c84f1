/* SPDX-License-Identifier: MIT
 * The options of the two engines, and which of them contradict each other. */
#ifndef NDUP_METHOD_H
#define NDUP_METHOD_H

#include "base/platform.h"
#include "cli/command.h"
#include "neardup.h"

/* Fills in the method and what belongs to SimHash. Says what is wrong and returns false if the settings contradict each
 * other. */
bool ndup_method_options(neardup_job_options *options, const struct ndup_cli *cli);

/* The same check alone. */
bool ndup_method_check(const struct ndup_cli *cli);

unsigned ndup_method_bits(const struct ndup_settings *settings);

const char *ndup_method_search(neardup_hamming hamming); /* "tables" */

#endif
