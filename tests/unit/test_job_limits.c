/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/limits.h"
#include "match/banding.h"

#include <criterion/criterion.h>

static neardup_plan plan(uint64_t documents, uint64_t budget, bool all)
{
    neardup_plan_options o = NEARDUP_PLAN_OPTIONS_INIT;
    neardup_plan p;
    o.documents = documents;
    o.memory_budget = budget;
    o.all = all;
    cr_assert_eq(neardup_plan_solve(&o, &p, NULL), NEARDUP_OK);
    return p;
}

Test(job_limits, threads_leave_half_of_the_budget)
{
    cr_assert_eq(ndup_limits_threads((uint64_t)64 << 20), 2);
    cr_assert_eq(ndup_limits_threads((uint64_t)1 << 20), 1);
    cr_assert_eq(ndup_limits_threads((uint64_t)2400 << 20), 100);
    cr_assert_gt(ndup_limits_threads(0), 1000);
    cr_assert_gt(ndup_limits_threads(UINT64_MAX), 1000);
}

Test(job_limits, estimates_grow_with_the_documents_and_keep_the_budget)
{
    uint64_t before = 0;
    for (uint64_t documents = 1000; documents <= (uint64_t)1000 * 1000 * 1000; documents *= 10) {
        neardup_plan p = plan(documents, 0, false);
        cr_assert_gt(p.memory_bytes, before);
        cr_assert_eq(p.scratch_bytes, 0, "nothing is spilled without a budget");
        cr_assert_leq(p.memory_min_bytes, p.memory_bytes);
        before = p.memory_bytes;
        uint64_t budget = p.memory_min_bytes + (p.memory_bytes - p.memory_min_bytes) / 3;
        p = plan(documents, budget, false);
        cr_assert_eq(p.memory_bytes, budget);
    }
    neardup_plan p = plan((uint64_t)1000 * 1000 * 1000, (uint64_t)8 << 30, false);
    cr_assert_gt(p.memory_min_bytes, (uint64_t)8 << 30, "too small, and said so");
    cr_assert_eq(p.memory_bytes, p.memory_min_bytes);
    cr_assert_gt(p.scratch_bytes, 0);
    cr_assert_eq(plan(0, 0, false).memory_bytes, 0, "unknown");
    cr_assert_gt(plan(1000000, 0, true).memory_bytes, plan(1000000, 0, false).memory_bytes / 2);
}
