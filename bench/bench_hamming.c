/* SPDX-License-Identifier: MIT
 * All pairs of fingerprints within a distance: uniform ones, with planted near pairs.
 *
 *   bench_hamming [COUNT [BITS [DISTANCE [BLOCKS [THREADS [CPU [MAX_MB [SKEW]]]]]]]]
 *
 * BLOCKS is a number, scan, or auto: those of the plan. CPU is auto, scalar, avx2 or avx512. SKEW 1: nine of ten have the
 * same 32 low bits. Without arguments: a table of moderate sizes. */
#include "base/platform.h"

#include "bench.h"
#include "base/cpu.h"
#include "match/hamming.h"

#include <stdio.h>
#include <string.h>

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
    uint64_t x = random_state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct run {
    uint32_t count;
    unsigned bits, distance, threads;
    const char *blocks; /* NULL: auto */
    neardup_cpu cpu;
    uint64_t max_bytes;
    bool skewed;
};

/* Every thousandth fingerprint is its neighbour with 1 to `distance` bits changed; how many. */
static size_t fill(struct ndup_fingerprint *f, const struct run *run)
{
    size_t planted = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        f[i] = (struct ndup_fingerprint){next_random(), run->bits > 64 ? next_random() : 0};
        if (run->skewed && i % 10 != 0)
            f[i].low |= UINT32_MAX;
        if (i % 1000 != 999)
            continue;
        f[i] = f[i - 1];
        planted++;
        /* A bit may be changed back: a pair nearer than it was meant to be, or an equal one. */
        for (unsigned k = 0; run->distance > 0 && k < 1 + i / 1000 % run->distance; k++) {
            uint64_t bit = next_random() % run->bits, mask = (uint64_t)1 << bit % 64;
            if (bit < 64)
                f[i].low ^= mask;
            else
                f[i].high ^= mask;
        }
    }
    return planted;
}

static size_t planted_found(const struct ndup_hamming_pairs *pairs)
{
    size_t found = 0;
    for (size_t i = 0; i < pairs->count; i++)
        found += pairs->pairs[i].b == pairs->pairs[i].a + 1 && pairs->pairs[i].b % 1000 == 999;
    return found;
}

static void measure(const struct run *run)
{
    struct ndup_fingerprint *f = malloc(run->count * sizeof *f);
    struct ndup_hamming_plan plan;
    struct ndup_hamming_pairs pairs;
    struct ndup_pool *pool;
    neardup_error err;
    if (f == NULL || ndup_pool_create(&pool, run->threads, &err) != NEARDUP_OK ||
        ndup_hamming_plan(run->bits, run->distance, run->count, run->max_bytes, &plan, &err) != NEARDUP_OK)
        abort();
    if (run->blocks != NULL && strcmp(run->blocks, "auto") != 0 &&
        ndup_hamming_plan_cut(run->bits, run->distance, run->count, run->max_bytes,
                              (unsigned)strtoul(run->blocks, NULL, 10), &plan, &err) != NEARDUP_OK)
        abort();
    size_t planted = fill(f, run);
    double start = seconds_of(CLOCK_MONOTONIC), start_cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    if (ndup_hamming_pairs(&plan, f, run->count, 0, run->cpu, pool, NULL, &pairs, &err) != NEARDUP_OK) {
        printf("%s\n", err.message);
        exit(1);
    }
    double seconds = seconds_of(CLOCK_MONOTONIC) - start, cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start_cpu;
    printf("| %u | %u | %u | %u / %u | %u | %s | %.0f | %.1f | %.3f | %.3f | %.3f | %zu | %zu of %zu |\n", run->count,
           run->bits, run->distance, plan.blocks, plan.matching, run->threads,
           ndup_cpu_name(ndup_cpu_resolve(run->cpu)), plan.pairs_per_fingerprint, (double)plan.bytes / 1e6,
           plan.seconds, cpu, seconds, pairs.count, planted_found(&pairs), planted);
    fflush(stdout);
    ndup_hamming_pairs_free(&pairs);
    ndup_pool_destroy(pool);
    free(f);
}

static unsigned number(int argc, char **argv, int i, unsigned otherwise)
{
    return argc > i ? (unsigned)strtoul(argv[i], NULL, 10) : otherwise;
}

static void measure_all(void)
{
    static const uint32_t counts[] = {100000, 1000000};
    static const unsigned bits[] = {64, 128}, distances[] = {3, 6};
    for (size_t c = 0; c < 2; c++) {
        for (size_t b = 0; b < 2; b++) {
            for (size_t d = 0; d < 2; d++)
                measure(&(struct run){.count = counts[c], .bits = bits[b], .distance = distances[d], .threads = 2});
        }
    }
}

int main(int argc, char **argv)
{
    printf("| fingerprints | bits | distance | blocks / matching | threads | cpu | compared, each | MB | "
           "core s expected | core s | seconds | pairs | planted found |\n"
           "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    if (argc < 2) {
        measure_all();
        return 0;
    }
    struct run run = {.count = number(argc, argv, 1, 0),
                      .bits = number(argc, argv, 2, 64),
                      .distance = number(argc, argv, 3, 3),
                      .blocks = argc > 4 ? argv[4] : NULL,
                      .threads = number(argc, argv, 5, 2),
                      .max_bytes = (uint64_t)number(argc, argv, 7, 0) << 20,
                      .skewed = number(argc, argv, 8, 0) > 0};
    for (neardup_cpu cpu = NEARDUP_CPU_AUTO; argc > 6 && cpu <= NEARDUP_CPU_NEON; cpu++) {
        if (strcmp(argv[6], ndup_cpu_name(cpu)) == 0)
            run.cpu = cpu;
    }
    measure(&run);
    return 0;
}
