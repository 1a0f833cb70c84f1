/* SPDX-License-Identifier: MIT
 * A signature is a function of the set; the slot-wise minimum is the signature of the union; equal slots estimate
 * the Jaccard index without bias and with no more error than independent slots have. */
#include "base/platform.h"

#include "sketch_tools.h"

#include <math.h>
#include <string.h>

#define SLOTS  130u
#define PADDED 144u

static const size_t sizes[] = {1, 2, 5, 17, 40, 127, 129, 300, 513, 2000};
#define SIZES (sizeof sizes / sizeof *sizes)

static void shuffle(uint64_t *hashes, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = tool_random(state) % i;
        uint64_t t = hashes[i - 1];
        hashes[i - 1] = hashes[j];
        hashes[j] = t;
    }
}

Test(sketch_sets, order_and_repetition_do_not_matter)
{
    static uint64_t hashes[4000];
    uint32_t first[PADDED], second[PADDED];
    uint64_t state = 1;
    for (size_t k = 0; k < TOOL_KINDS; k++) {
        struct ndup_sketch *sketch = tool_sketch(tool_kinds[k], SLOTS, 9, NEARDUP_CPU_AUTO);
        for (size_t n = 0; n < SIZES; n++) {
            tool_fill(hashes, sizes[n], n);
            ndup_sketch_compute(sketch, hashes, sizes[n], first);
            memcpy(hashes + sizes[n], hashes, sizes[n] * sizeof *hashes);
            shuffle(hashes, 2 * sizes[n], &state);
            ndup_sketch_compute(sketch, hashes, 2 * sizes[n], second);
            cr_assert_arr_eq(first, second, sizeof first, "kind %zu, %zu hashes", k, sizes[n]);
        }
        ndup_sketch_destroy(sketch);
    }
}

Test(sketch_sets, slotwise_minimum_is_the_union)
{
    static uint64_t hashes[4000];
    uint32_t a[PADDED], b[PADDED], both[PADDED];
    for (size_t k = 0; k < TOOL_KINDS; k++) {
        struct ndup_sketch *sketch = tool_sketch(tool_kinds[k], SLOTS, 9, NEARDUP_CPU_AUTO);
        for (size_t n = 0; n < SIZES; n++) {
            for (size_t m = 0; m < SIZES; m++) {
                size_t all = sizes[n] + sizes[m];
                tool_fill(hashes, all, n * 100 + m);
                ndup_sketch_compute(sketch, hashes, sizes[n], a);
                ndup_sketch_compute(sketch, hashes + sizes[n], sizes[m], b);
                ndup_sketch_compute(sketch, hashes, all, both);
                for (size_t s = 0; s < PADDED; s++)
                    cr_assert_eq(both[s], a[s] < b[s] ? a[s] : b[s], "kind %zu, %zu and %zu, slot %zu", k, sizes[n],
                                 sizes[m], s);
            }
        }
        ndup_sketch_destroy(sketch);
    }
}

/* Mean over the trials within 5 standard errors of independent slots; mean square error within 5 standard errors of
 * the one of independent slots, whose relative standard deviation over N trials is about sqrt(2 / N). */
static void check_estimate(neardup_sketch_kind kind, size_t all, size_t shared, uint64_t *state)
{
    enum { TRIALS = 800 };
    static uint64_t hashes[4000];
    uint32_t a[PADDED], b[PADDED];
    size_t only_a = (all - shared) / 2;
    double truth = (double)shared / (double)all, variance = truth * (1 - truth) / SLOTS;
    double sum = 0, squares = 0;
    for (int t = 0; t < TRIALS; t++) {
        struct ndup_sketch *sketch = tool_sketch(kind, SLOTS, tool_random(state), NEARDUP_CPU_AUTO);
        tool_fill(hashes, all, tool_random(state));
        ndup_sketch_compute(sketch, hashes, only_a + shared, a);
        ndup_sketch_compute(sketch, hashes + only_a, all - only_a, b);
        ndup_sketch_destroy(sketch);
        double error = (double)ndup_sketch_equal_slots(a, b, SLOTS) / SLOTS - truth;
        sum += error;
        squares += error * error;
    }
    double bias = sum / TRIALS, mse = squares / TRIALS;
    cr_expect(fabs(bias) < 5 * sqrt(variance / TRIALS), "kind %d, union %zu, J %.2f: bias %f", (int)kind, all, truth,
              bias);
    cr_expect(mse < variance * (1 + 5 * sqrt(2.0 / TRIALS)), "kind %d, union %zu, J %.2f: error %f, not %f", (int)kind,
              all, truth, sqrt(mse), sqrt(variance));
    /* The point of FSS: clearly less error than independent slots while the union is not much larger than the slots. */
    if (kind == NEARDUP_SKETCH_FSS && all <= 200)
        cr_expect(mse < 0.85 * variance, "union %zu, J %.2f: %.2f of the variance", all, truth, mse / variance);
}

Test(sketch_sets, estimates_are_unbiased)
{
    static const size_t unions[] = {20, 50, 100, 200, 400, 1000, 4000};
    uint64_t state = 5;
    for (size_t k = 0; k < TOOL_KINDS; k++)
        for (size_t u = 0; u < sizeof unions / sizeof *unions; u++)
            for (size_t tenths = 1; tenths <= 9; tenths += 4)
                check_estimate(tool_kinds[k], unions[u], unions[u] * tenths / 10, &state);
}

/* Disjoint sets share slots by accident only: at most size / 2^30 a slot. */
Test(sketch_sets, disjoint_sets_do_not_agree)
{
    static uint64_t hashes[4000];
    uint32_t a[PADDED], b[PADDED];
    tool_fill(hashes, 4000, 77);
    for (size_t k = 0; k < TOOL_KINDS; k++) {
        struct ndup_sketch *sketch = tool_sketch(tool_kinds[k], SLOTS, 3, NEARDUP_CPU_AUTO);
        for (size_t n = 0; n < SIZES; n++) {
            ndup_sketch_compute(sketch, hashes, sizes[n], a);
            ndup_sketch_compute(sketch, hashes + 2000, sizes[n], b);
            cr_assert_eq(ndup_sketch_equal_slots(a, b, SLOTS), 0);
        }
        ndup_sketch_destroy(sketch);
    }
}
