/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/findings.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* The heap against sorting everything, costs with many equals. */
Test(findings, keeps_the_costliest)
{
    enum { ALL = 500 };
    for (size_t most = 0; most <= 60; most += 20) {
        struct ndup_findings kept = {.most = most};
        struct ndup_ranked_finding all[ALL];
        uint64_t state = 11 + most;
        for (uint64_t i = 0; i < ALL; i++) {
            all[i] = (struct ndup_ranked_finding){.finding = {.cost = next(&state) % 40}, .number = i};
            snprintf(all[i].finding.fingerprint, sizeof all[i].finding.fingerprint, "%032" PRIx64, next(&state) % 3);
            struct ndup_ranked_finding copy = all[i];
            copy.finding.message = strdup("x");
            cr_assert(ndup_findings_put(&kept, &copy));
        }
        qsort(all, ALL, sizeof *all, ndup_ranked_finding_compare);
        cr_assert_eq(kept.count, most);
        if (most > 0)
            qsort(kept.heap, kept.count, sizeof *kept.heap, ndup_ranked_finding_compare);
        for (size_t i = 0; i < most; i++)
            cr_assert_eq(kept.heap[i].number, all[i].number);
        ndup_findings_free(&kept);
    }
}

Test(findings, errors_come_first)
{
    struct ndup_ranked_finding costly = {.finding = {.level = NDUP_LEVEL_WARNING, .cost = 9}};
    struct ndup_ranked_finding violating = {.finding = {.level = NDUP_LEVEL_ERROR, .cost = 1}};
    cr_assert(ndup_ranked_finding_compare(&violating, &costly) < 0);
    cr_assert(ndup_ranked_finding_compare(&costly, &violating) > 0);
}
