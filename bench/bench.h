/* SPDX-License-Identifier: MIT
 * Timing for the micro benchmarks. */
#ifndef NDUP_BENCH_H
#define NDUP_BENCH_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nanoseconds of one call: median of 21 batches of about a millisecond each. */
static inline double bench_median_ns(void (*fn)(void *), void *ctx)
{
    enum { BATCHES = 31 };
    double sample[BATCHES];
    uint64_t calls = 1;
    for (;;) {
        uint64_t begin = bench_now();
        for (uint64_t i = 0; i < calls; i++)
            fn(ctx);
        if (bench_now() - begin > 1000000 || calls > (UINT64_C(1) << 40))
            break;
        calls *= 2;
    }
    for (int b = 0; b < BATCHES; b++) {
        uint64_t begin = bench_now();
        for (uint64_t i = 0; i < calls; i++)
            fn(ctx);
        sample[b] = (double)(bench_now() - begin) / (double)calls;
    }
    qsort(sample, BATCHES, sizeof *sample, bench_compare);
    return sample[BATCHES / 2];
}

#endif
