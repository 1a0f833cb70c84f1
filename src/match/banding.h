/* SPDX-License-Identifier: MIT
 * Which bands and rows: the fewest expected false candidates that reach the wanted recall at the threshold. */
#ifndef NDUP_BANDING_H
#define NDUP_BANDING_H

#include "base/platform.h"
#include "neardup.h"

/* Fills kind, all, threshold, slots, bands, rows, recall_at_threshold, half_point and false_share of *plan. */
neardup_status ndup_banding_solve(const neardup_plan_options *options, neardup_plan *plan,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* 1 - (1 - J^rows)^bands; 1 for plan->all */
double ndup_banding_probability(const neardup_plan *plan, double jaccard);

#endif
