/* SPDX-License-Identifier: MIT
 * How long random tests run. `make test` tries a quarter of the inputs of slow tests; with TEST_FULL=1 in the environment, as
 * in `make nightly`, all of them. The inputs of the quick mode are the first of the full one. */
#ifndef NDUP_TESTS_SUPPORT_ROUNDS_H
#define NDUP_TESTS_SUPPORT_ROUNDS_H

#include <stdbool.h>
#include <stdlib.h>

static inline bool test_full(void)
{
    const char *full = getenv("TEST_FULL");
    return full != NULL && *full != '\0';
}

static inline unsigned test_rounds(unsigned full)
{
    return test_full() ? full : (full + 3) / 4;
}

#endif
