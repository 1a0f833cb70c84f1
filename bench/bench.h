/* SPDX-License-Identifier: MIT
 * Timing for the benches: one call, timed often, and the median. */
#ifndef NDUP_BENCH_H
#define NDUP_BENCH_H

#include "base/platform.h"

#include <stdlib.h>
#include <time.h>

/* Nanoseconds of processor time of this thread: other work on the machine disturbs it least. */
static inline double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline int bench_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median nanoseconds of one fn(ctx): 15 samples of at least 4 ms each, after a warm-up. */
static inline double bench_median_ns(void (*fn)(void *ctx), void *ctx)
{
    enum { SAMPLES = 15 };
    double samples[SAMPLES];
    fn(ctx);
    size_t repeat = 1;
    for (;; repeat *= 2) {
        double start = bench_now();
        for (size_t i = 0; i < repeat; i++)
            fn(ctx);
        if (bench_now() - start >= 4e6)
            break;
    }
    for (int s = 0; s < SAMPLES; s++) {
        double start = bench_now();
        for (size_t i = 0; i < repeat; i++)
            fn(ctx);
        samples[s] = (bench_now() - start) / (double)repeat;
    }
    qsort(samples, SAMPLES, sizeof samples[0], bench_order);
    return samples[SAMPLES / 2];
}

#endif
