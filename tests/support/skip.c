/* SPDX-License-Identifier: MIT */
#include "support/skip.h"

#include "base/cpu.h"

#include <criterion/criterion.h>
#include <stdio.h>

void test_skip(const char *what, const char *why)
{
    printf("SKIPPED: %s: %s\n", what, why);
    fflush(stdout);
    cr_skip_test("%s", why);
}

void test_needs_cpu(neardup_cpu cpu, const char *what)
{
    char why[64];
    if (ndup_cpu_resolve(cpu) == cpu)
        return;
    snprintf(why, sizeof why, "this machine does not have %s", ndup_cpu_name(cpu));
    test_skip(what, why);
}
