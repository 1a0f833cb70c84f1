/* SPDX-License-Identifier: MIT
 * Bands and rows: what is chosen, what is honoured, what is refused and in which words. */
#include "base/platform.h"

#include "match/banding.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static neardup_plan_options with(double threshold, double recall)
{
    neardup_plan_options options = NEARDUP_PLAN_OPTIONS_INIT;
    options.threshold = threshold;
    options.recall = recall;
    return options;
}

static neardup_plan solve(const neardup_plan_options *options)
{
    neardup_plan plan;
    neardup_error err;
    memset(&plan, 0, sizeof plan);
    cr_assert_eq(ndup_banding_solve(options, &plan, &err), NEARDUP_OK, "%s", err.message);
    return plan;
}

static void expect_failure(const neardup_plan_options *options, neardup_status status, const char *message)
{
    neardup_plan plan;
    neardup_error err = {.message = ""};
    cr_expect_eq(ndup_banding_solve(options, &plan, &err), status);
    cr_expect_eq(err.code, status);
    cr_expect_str_eq(err.message, message);
    cr_expect_eq(ndup_banding_solve(options, &plan, NULL), status);
}

Test(banding_solve, defaults)
{
    static const struct {
        double threshold;
        uint32_t bands, rows;
    } table[] = {{0.4, 70, 3}, {0.5, 72, 4}, {0.6, 34, 4}, {0.7, 26, 5}, {0.8, 20, 7}, {0.9, 13, 11}, {0.95, 8, 16}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        neardup_plan_options options = with(table[i].threshold, 0.99);
        neardup_plan plan = solve(&options);
        cr_expect_eq(plan.bands, table[i].bands, "threshold %g: %u", table[i].threshold, plan.bands);
        cr_expect_eq(plan.rows, table[i].rows, "threshold %g: %u", table[i].threshold, plan.rows);
        cr_expect_eq(plan.slots, plan.bands * plan.rows);
        cr_expect_eq(plan.kind, NEARDUP_SKETCH_FSS);
        cr_expect_not(plan.all);
        cr_expect(plan.recall_at_threshold >= 0.99);
    }
}

/* The numbers of a plan: 26 bands of 5 rows at 0.7, from the formula by hand. */
Test(banding_solve, figures)
{
    neardup_plan_options options = with(0.7, 0.99);
    neardup_plan plan = solve(&options);
    cr_expect_float_eq(plan.recall_at_threshold, 0.991639, 1e-6);
    cr_expect_float_eq(ndup_banding_probability(&plan, 0.5), 0.561969, 1e-6);
    cr_expect_float_eq(ndup_banding_probability(&plan, plan.half_point), 0.5, 1e-9);
    cr_expect_float_eq(plan.false_share, 0.319749, 1e-5);
    cr_expect_eq(ndup_banding_probability(&plan, 0), 0);
    cr_expect_eq(ndup_banding_probability(&plan, 1), 1);
    cr_expect_eq(ndup_banding_probability(&plan, -0.1), 0);
}

/* Against all shapes: none within the slots that reaches the recall has clearly fewer false candidates. */
Test(banding_solve, no_shape_is_better)
{
    for (double t = 0.4; t < 0.951; t += 0.05) {
        neardup_plan_options options = with(t > 0.95 ? 0.95 : t, 0.95);
        options.slots = 200;
        neardup_plan best = solve(&options);
        cr_expect_leq(best.slots, 200);
        for (uint32_t rows = 1; rows <= 200; rows++) {
            for (uint32_t bands = 1; bands * rows <= 200; bands++) {
                options.rows = rows;
                options.bands = bands;
                neardup_plan plan = solve(&options);
                if (plan.recall_at_threshold >= 0.95)
                    cr_expect(plan.false_share > 0.9989 * best.false_share, "threshold %g: %u x %u beats %u x %u", t,
                              bands, rows, best.bands, best.rows);
            }
        }
        options.rows = options.bands = 0;
    }
}

Test(banding_solve, given_shape_is_taken)
{
    neardup_plan_options options = with(0.1, 0.99);
    options.bands = 3;
    options.rows = 2;
    neardup_plan plan = solve(&options);
    cr_expect_eq(plan.bands, 3);
    cr_expect_eq(plan.rows, 2);
    cr_expect_eq(plan.slots, 6);
    cr_expect_float_eq(plan.recall_at_threshold, 0.029701, 1e-9); /* 1 - 0.99^3 */
}

Test(banding_solve, given_half_is_taken)
{
    neardup_plan_options options = with(0.8, 0.99);
    options.rows = 3;
    neardup_plan plan = solve(&options);
    cr_expect_eq(plan.rows, 3);
    cr_expect_eq(plan.bands, 7); /* (1 - 0.512)^6 = 0.0135, ^7 = 0.0066 */
    options.rows = 0;
    options.bands = 10;
    plan = solve(&options);
    cr_expect_eq(plan.bands, 10);
    cr_expect_eq(plan.rows, 4); /* (1 - 0.4096)^10 = 0.0051, (1 - 0.32768)^10 = 0.0189 */
    options.slots = 30;
    plan = solve(&options);
    cr_expect_eq(plan.rows, 3);
}

Test(banding_solve, all_needs_no_shape)
{
    neardup_plan_options options = with(0.05, 0.99);
    options.all = true;
    neardup_plan plan = solve(&options);
    cr_expect(plan.all);
    cr_expect_eq(plan.slots, 0);
    cr_expect_eq(plan.bands, 0);
    cr_expect_eq(plan.recall_at_threshold, 1);
    cr_expect_eq(ndup_banding_probability(&plan, 0.05), 1);
}

/* A recall near 1 may take more than the usual slots. */
Test(banding_solve, high_recall)
{
    neardup_plan_options options = with(0.4, 0.9999999);
    neardup_plan plan = solve(&options);
    cr_expect(plan.recall_at_threshold >= 0.9999999);
    options = with(0.7, 1 - 1e-12);
    plan = solve(&options);
    cr_expect(plan.recall_at_threshold >= 1 - 1e-12);
}

Test(banding_solve, unreachable)
{
    neardup_plan_options options = with(0.4, 0.99);
    options.slots = 8;
    expect_failure(&options, NEARDUP_E_LIMIT,
                   "8 slots reach at most recall 0.9832 at threshold 0.4, not 0.99; use 10 slots");
    options.slots = 20;
    options.rows = 4;
    expect_failure(&options, NEARDUP_E_LIMIT,
                   "20 slots in bands of 4 rows reach recall 0.1216 at threshold 0.4, not 0.99; use 712 slots, or "
                   "fewer rows");
    options.slots = 0;
    options.rows = 0;
    options.bands = 2;
    expect_failure(&options, NEARDUP_E_LIMIT,
                   "2 bands reach at most recall 0.6400 at threshold 0.4, not 0.99; use more bands or a lower recall");
    options.bands = 0;
    options.rows = 10;
    expect_failure(&options, NEARDUP_E_LIMIT,
                   "4096 slots cannot reach recall 0.99 at threshold 0.4; use a lower recall, fewer rows, or all "
                   "candidates");
}

Test(banding_solve, bad_arguments)
{
    neardup_plan_options options = with(0.39, 0.99);
    expect_failure(&options, NEARDUP_E_ARG,
                   "threshold 0.39 is not between 0.4 and 0.95: use `all_candidates`, or set `bands` and `rows`");
    options.threshold = 0.96;
    expect_failure(&options, NEARDUP_E_ARG,
                   "threshold 0.96 is not between 0.4 and 0.95: use `all_candidates`, or set `bands` and `rows`");
    options.all = true;
    options.threshold = 0;
    expect_failure(&options, NEARDUP_E_ARG, "threshold must be above 0 and at most 1, not 0");
    options.threshold = NAN;
    expect_failure(&options, NEARDUP_E_ARG, "threshold must be above 0 and at most 1, not nan");
    options = with(0.7, 1);
    expect_failure(&options, NEARDUP_E_ARG, "recall must be above 0 and below 1, not 1");
    options = with(0.7, 0.9);
    options.slots = 5000;
    expect_failure(&options, NEARDUP_E_ARG, "5000 slots are more than 4096");
    options.slots = 100;
    options.bands = 21;
    options.rows = 5;
    expect_failure(&options, NEARDUP_E_ARG, "21 bands of 5 rows need more than 100 slots");
    options.slots = 0;
    options.bands = options.rows = 65536; /* the product does not fit 32 bits */
    expect_failure(&options, NEARDUP_E_ARG, "65536 bands of 65536 rows need more than 4096 slots");
    options = with(0.7, 0.9);
    options.kind = (neardup_sketch_kind)7;
    expect_failure(&options, NEARDUP_E_ARG, "unknown kind of sketch 7");
}
