/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/sys.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

Test(base_sys, clock_runs)
{
    struct timespec first, last;
    clock_gettime(CLOCK_MONOTONIC, &first);
    double before = ndup_sys_seconds();
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    double passed = ndup_sys_seconds() - before;
    clock_gettime(CLOCK_MONOTONIC, &last);
    double most = (double)(last.tv_sec - first.tv_sec) + (double)(last.tv_nsec - first.tv_nsec) / 1e9;
    cr_assert(passed >= 0.02 && passed < most + 1e-6, "%f, at most %f", passed, most);
}

Test(base_sys, peak_follows_memory_and_stays)
{
    size_t size = (size_t)64 << 20;
    char *memory = malloc(size);
    for (size_t i = 0; i < size; i += 4096)
        ((volatile char *)memory)[i] = 1; /* volatile: a compiler may leave out what nobody reads */
    uint64_t full = ndup_sys_resident_bytes();
    /* The peak before may have been higher (sanitizers start large); the kernel counts pages in batches of threads. */
    uint64_t least = full - ((uint64_t)1 << 20);
    cr_assert_geq(full, size);
    cr_assert_geq(ndup_sys_peak_bytes(), least);
    free(memory);
    cr_assert_geq(ndup_sys_peak_bytes(), least);
    cr_assert_geq(ndup_sys_memory_bytes(), full);
}

Test(base_sys, cores_follow_the_affinity_mask)
{
    cpu_set_t all, one;
    unsigned cores = ndup_sys_cores();
    cr_assert_eq(sched_getaffinity(0, sizeof all, &all), 0);
    cr_assert_eq(cores, (unsigned)CPU_COUNT(&all));
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    cr_assert_eq(ndup_sys_cores(), 1);
}
