/* SPDX-License-Identifier: MIT
 * Tests that cannot run on this machine: they print a line SKIPPED with the reason, which tests/run.sh shows and counts. */
#ifndef NDUP_TESTS_SUPPORT_SKIP_H
#define NDUP_TESTS_SUPPORT_SKIP_H

#include "neardup.h"

/* Ends the test. `what` was not tested. */
void test_skip(const char *what, const char *why);

/* Ends the test if the machine lacks an instruction set. */
void test_needs_cpu(neardup_cpu cpu, const char *what);

/* A test for each instruction set, which is skipped where the machine lacks it: the tests that loop over the rows pass then
 * without having run that row. */
#define TEST_KERNELS(suite, what)                                                                                      \
    Test(suite, avx2_was_compared)                                                                                     \
    {                                                                                                                  \
        test_needs_cpu(NEARDUP_CPU_AVX2, what);                                                                        \
    }                                                                                                                  \
    Test(suite, avx512_was_compared)                                                                                   \
    {                                                                                                                  \
        test_needs_cpu(NEARDUP_CPU_AVX512, what);                                                                      \
    }                                                                                                                  \
    Test(suite, neon_was_compared)                                                                                     \
    {                                                                                                                  \
        test_needs_cpu(NEARDUP_CPU_NEON, what);                                                                        \
    }

#endif
