/* SPDX-License-Identifier: MIT
 * Results of checks made by hand, for the tests of the reporters. */
#ifndef CHECK_RESULTS_H
#define CHECK_RESULTS_H

#include "base/platform.h"
#include "check/findings.h"

/* empty: no rule, nothing found. passed: rules, nothing found. typical: a baseline, leaks, findings of every level.
 * hostile: names, ids and messages of all kinds of bytes. random: the same, by a generator. capped: more findings and places than any report takes.
 * many: 30 000 findings. NULL at the end. */
extern const char *const check_results_names[];

/* Fills *result, freed with ndup_check_result_free; false if there is no such result. Memory that is not there ends the
 * program with status 3. */
bool check_results_make(const char *name, struct ndup_check_result *result);

/* Texts that break what does not escape. NULL at the end. */
extern const char *const check_results_hostile[];

#endif
