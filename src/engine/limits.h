/* SPDX-License-Identifier: MIT
 * Expected memory and disk of a job. */
#ifndef NDUP_LIMITS_H
#define NDUP_LIMITS_H

#include "base/platform.h"
#include "neardup.h"

/* How many threads may run so that what each of them needs leaves half of the budget; at least 1. 0: unlimited. */
unsigned ndup_limits_threads(uint64_t budget);

/* Fills memory_bytes, memory_min_bytes and scratch_bytes of a solved plan. Compressed inputs and standard input need
 * their decompressed bytes in the scratch folder on top. budget 0: unlimited. */
void ndup_limits_estimate(neardup_plan *plan, uint64_t documents, uint64_t mean_bytes, uint64_t budget,
                          unsigned threads);

#endif
