/* SPDX-License-Identifier: MIT
 * The chart of plan: which share of pairs is found, by their similarity. */
#ifndef NDUP_PLAN_CHART_H
#define NDUP_PLAN_CHART_H

#include "base/platform.h"

#define NDUP_PLAN_STEPS 20 /* from Jaccard 0 to 1 */

/* Lines with bars on standard output; eighths of a column where the terminal has them. share(context, jaccard): 0 to 1. mark: the
 * similarity whose line begins with '>'; 0 or less: none. */
void ndup_plan_chart(double (*share)(const void *context, double jaccard), const void *context, double mark);

#endif
