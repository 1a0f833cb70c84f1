/* SPDX-License-Identifier: MIT
 * The promise of the solver against simulation: pairs exactly at the threshold become candidates at least as often as
 * asked for, for both kinds and for unions from 10 to 1000 shingles; and the S-curve is what happens. */
#include "base/platform.h"

#include "match/banding.h"
#include "sketch_tools.h"

#include <math.h>
#include <string.h>

#define LARGEST 1000u

static bool share_a_band(const neardup_plan *plan, const uint32_t *a, const uint32_t *b)
{
    uint32_t keys_a[NDUP_MAX_SLOTS], keys_b[NDUP_MAX_SLOTS];
    ndup_sketch_band_keys(a, plan->bands, plan->rows, keys_a);
    ndup_sketch_band_keys(b, plan->bands, plan->rows, keys_b);
    for (uint32_t i = 0; i < plan->bands; i++)
        if (keys_a[i] == keys_b[i])
            return true;
    return false;
}

/* Share of random pairs of this union and intersection that become candidates */
static double measure(const neardup_plan *plan, size_t all, size_t shared, int trials, uint64_t *state)
{
    static uint64_t hashes[LARGEST];
    static uint32_t a[NDUP_MAX_SLOTS], b[NDUP_MAX_SLOTS];
    struct ndup_sketch *sketch = NULL;
    int found = 0;
    for (int t = 0; t < trials; t++) {
        if (t % 25 == 0) {
            ndup_sketch_destroy(sketch);
            sketch = tool_sketch(plan->kind, plan->slots, tool_random(state), NEARDUP_CPU_AUTO);
        }
        tool_fill(hashes, all, tool_random(state));
        size_t only_a = (all - shared) / 2;
        ndup_sketch_compute(sketch, hashes, only_a + shared, a);
        ndup_sketch_compute(sketch, hashes + only_a, all - only_a, b);
        found += share_a_band(plan, a, b);
    }
    ndup_sketch_destroy(sketch);
    return (double)found / trials;
}

static void check_recall(neardup_sketch_kind kind, double threshold, double recall, uint64_t *state)
{
    static const size_t unions[] = {10, 20, 40, 60, 100, 200, 400, 1000};
    neardup_plan_options options = NEARDUP_PLAN_OPTIONS_INIT;
    neardup_plan plan;
    options.kind = kind;
    options.threshold = threshold;
    options.recall = recall;
    cr_assert_eq(ndup_banding_solve(&options, &plan, NULL), NEARDUP_OK);
    for (size_t u = 0; u < sizeof unions / sizeof *unions; u++) {
        size_t shared = (size_t)lround(threshold * (double)unions[u]);
        if (fabs((double)shared - threshold * (double)unions[u]) > 1e-9)
            continue; /* no pair is exactly there */
        int trials = unions[u] > 200 ? 1500 : 4000;
        double got = measure(&plan, unions[u], shared, trials, state);
        cr_expect(got >= recall - 3 * sqrt(recall * (1 - recall) / trials),
                  "kind %d, threshold %g, recall %g, union %zu, %u x %u: %.4f", (int)kind, threshold, recall, unions[u],
                  plan.bands, plan.rows, got);
    }
}

Test(banding_recall, promise_is_kept_for_affine)
{
    uint64_t state = 1;
    for (double t = 0.4; t<0.96; t += t> 0.89 ? 0.05 : 0.1) {
        check_recall(NEARDUP_SKETCH_AFFINE, round(t * 100) / 100, 0.99, &state);
        check_recall(NEARDUP_SKETCH_AFFINE, round(t * 100) / 100, 0.9, &state);
    }
}

Test(banding_recall, promise_is_kept_for_fss)
{
    uint64_t state = 2;
    for (double t = 0.4; t<0.96; t += t> 0.89 ? 0.05 : 0.1) {
        check_recall(NEARDUP_SKETCH_FSS, round(t * 100) / 100, 0.99, &state);
        check_recall(NEARDUP_SKETCH_FSS, round(t * 100) / 100, 0.9, &state);
        check_recall(NEARDUP_SKETCH_FSS, round(t * 100) / 100, 0.7, &state);
        check_recall(NEARDUP_SKETCH_FSS, round(t * 100) / 100, 0.5, &state);
        check_recall(NEARDUP_SKETCH_FSS, round(t * 100) / 100, 0.2, &state);
    }
}

/* Independent slots: 26 bands of 5 rows along the whole curve, within 4.5 standard errors. */
Test(banding_recall, s_curve)
{
    neardup_plan_options options = NEARDUP_PLAN_OPTIONS_INIT;
    neardup_plan plan;
    uint64_t state = 3;
    options.kind = NEARDUP_SKETCH_AFFINE;
    options.bands = 26;
    options.rows = 5;
    cr_assert_eq(ndup_banding_solve(&options, &plan, NULL), NEARDUP_OK);
    for (size_t shared = 10; shared < 100; shared += 10) {
        double expected = ndup_banding_probability(&plan, (double)shared / 100);
        double got = measure(&plan, 100, shared, 4000, &state);
        cr_expect(fabs(got - expected) <= 4.5 * sqrt(expected * (1 - expected) / 4000) + 1e-3, "J %zu: %.4f, not %.4f",
                  shared, got, expected);
    }
}
