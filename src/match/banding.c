/* SPDX-License-Identifier: MIT
 * Every number of rows is tried with the fewest bands that reach the recall; the pair with the smallest share of
 * false candidates is taken. The S-curve: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4. Costs
 * and the margin for Fast Similarity Sketching are derived in doc/sketches.md. */
#include "base/platform.h"

#include "match/banding.h"

#include "base/error.h"
#include "sketch/sketch.h"

#include <math.h>

#define LOWEST_THRESHOLD  0.4
#define HIGHEST_THRESHOLD 0.95

struct shape {
    uint32_t bands, rows;
    double false_share;
};

/* A slot costs a few nanoseconds a document, a band 4 bytes and a turn of the sort. 144 slots hold the
 * three or four neighbouring shapes worth having from 0.6 up; below, a row less multiplies the false candidates by
 * two or more, which soon costs more than the bands that another row needs: up to 320 slots at 0.5. */
static uint32_t default_slots(double threshold)
{
    double low = (0.6 - threshold) / 0.1;
    low = low < 0 ? 0 : low > 1 ? 1 : low;
    return 144 + (uint32_t)lround(low * 176);
}

static double candidate_probability(double jaccard, double bands, double rows)
{
    if (jaccard <= 0)
        return 0;
    if (jaccard >= 1)
        return 1;
    /* 1 - (1 - J^r)^b without cancellation */
    return -expm1(bands * log1p(-pow(jaccard, rows)));
}

double ndup_banding_probability(const neardup_plan *plan, double jaccard)
{
    return plan->all ? 1 : candidate_probability(jaccard, plan->bands, plan->rows);
}

/* Probability that all rows of a band agree. FSS draws slots nearly without replacement: that a band agrees makes it
 * less likely that others do. Measured from a recall of 0.7 up, this makes FSS find more than independent slots would;
 * below, where few bands must agree in many rows, fewer. There the bound assumes that exactly jaccard * slots of all
 * slots agree, and draws the rows from these one after the other. */
static double band_probability(const neardup_plan_options *options, neardup_sketch_kind kind, double bands, double rows)
{
    double jaccard = options->threshold;
    if (kind != NEARDUP_SKETCH_FSS || options->recall >= 0.7)
        return pow(jaccard, rows);
    double slots = bands * rows, agree = jaccard * slots, probability = 1;
    for (unsigned i = 0; i < (unsigned)rows; i++)
        probability *= agree > i ? (agree - i) / (slots - i) : 0;
    return probability;
}

/* At the threshold */
static double guaranteed_recall(const neardup_plan_options *options, neardup_sketch_kind kind, double bands,
                                double rows)
{
    double p = band_probability(options, kind, bands, rows);
    return p >= 1 ? 1 : -expm1(bands * log1p(-p));
}

/* Mean candidate probability below the threshold, by Simpson's rule: the curve is a polynomial, 256 steps are far
 * below what anybody can see. */
static double false_share(double threshold, double bands, double rows)
{
    enum { STEPS = 256 };
    double sum = candidate_probability(threshold, bands, rows);
    for (int i = 1; i < STEPS; i++)
        sum += candidate_probability(threshold * i / STEPS, bands, rows) * (i % 2 ? 4 : 2);
    return sum / (3.0 * STEPS);
}

/* The fewest bands that reach the recall, 0 if more than `most` are needed. Recall grows with the bands. */
static uint32_t fewest_bands(const neardup_plan_options *options, neardup_sketch_kind kind, uint32_t rows,
                             uint32_t most)
{
    uint32_t low = 1, high = most;
    if (most == 0 || guaranteed_recall(options, kind, most, rows) < options->recall)
        return 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (guaranteed_recall(options, kind, middle, rows) >= options->recall)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Fewer false candidates win; if they are the same to a thousandth, fewer slots do. */
static bool better(const struct shape *a, const struct shape *b)
{
    if (b->bands == 0)
        return true;
    if (fabs(a->false_share - b->false_share) > 1e-3 * b->false_share)
        return a->false_share < b->false_share;
    return a->bands * a->rows < b->bands * b->rows;
}

/* The best shape within the slots; bands 0 if there is none. */
static struct shape solve_shape(const neardup_plan_options *options, neardup_sketch_kind kind, uint32_t slots)
{
    struct shape best = {0, 0, 0};
    uint32_t first = options->rows > 0 ? options->rows : 1;
    uint32_t last = options->rows > 0 ? options->rows : slots;
    for (uint32_t rows = first; rows <= last && rows <= slots; rows++) {
        uint32_t most = slots / rows;
        if (options->bands > 0 && options->bands > most)
            break;
        struct shape shape = {options->bands, rows, 0};
        if (options->bands == 0)
            shape.bands = fewest_bands(options, kind, rows, most);
        else if (guaranteed_recall(options, kind, options->bands, rows) < options->recall)
            shape.bands = 0;
        if (shape.bands == 0)
            break; /* more rows only lower the recall */
        shape.false_share = false_share(options->threshold, shape.bands, rows);
        if (better(&shape, &best))
            best = shape;
    }
    return best;
}

static neardup_status check_ranges(const neardup_plan_options *options, neardup_error *err)
{
    bool free = options->all || (options->bands > 0 && options->rows > 0);
    double t = options->threshold;
    /* written so that NaN fails */
    if (free && !(t > 0 && t <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "threshold must be above 0 and at most 1, not %g", t);
    if (!free && !(t >= LOWEST_THRESHOLD && t <= HIGHEST_THRESHOLD))
        return ndup_fail(err, NEARDUP_E_ARG,
                         "threshold %g is not between %g and %g: use `all_candidates`, or set `bands` and `rows`", t,
                         LOWEST_THRESHOLD, HIGHEST_THRESHOLD);
    if (!(options->recall > 0 && options->recall < 1))
        return ndup_fail(err, NEARDUP_E_ARG, "recall must be above 0 and below 1, not %g", options->recall);
    if (options->slots > NDUP_MAX_SLOTS)
        return ndup_fail(err, NEARDUP_E_ARG, "%u slots are more than %u", options->slots, NDUP_MAX_SLOTS);
    neardup_sketch_kind kind = ndup_sketch_resolve(options->kind);
    if (kind != NEARDUP_SKETCH_AFFINE && kind != NEARDUP_SKETCH_FSS)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown kind of sketch %d", (int)kind);
    return NEARDUP_OK;
}

static neardup_status check_shape(const neardup_plan_options *options, neardup_error *err)
{
    uint32_t limit = options->slots > 0 ? options->slots : NDUP_MAX_SLOTS;
    uint64_t bands = options->bands > 0 ? options->bands : 1, rows = options->rows > 0 ? options->rows : 1;
    if (bands > limit || rows > limit || bands * rows > limit)
        return ndup_fail(err, NEARDUP_E_ARG, "%u bands of %u rows need more than %u slots", (unsigned)bands,
                         (unsigned)rows, limit);
    return NEARDUP_OK;
}

/* Says what would work: the highest recall these limits allow, and the slots that the wanted one needs. */
static neardup_status fail_unreachable(const neardup_plan_options *options, neardup_sketch_kind kind, uint32_t slots,
                                       neardup_error *err)
{
    uint32_t rows = options->rows > 0 ? options->rows : 1;
    uint32_t bands = options->bands > 0 ? options->bands : slots / rows;
    double reach = bands > 0 ? guaranteed_recall(options, kind, bands, rows) : 0;
    struct shape more = solve_shape(options, kind, NDUP_MAX_SLOTS);
    if (options->bands == 0 && options->rows > 0 && more.bands > 0)
        return ndup_fail(err, NEARDUP_E_LIMIT,
                         "%u slots in bands of %u rows reach recall %.4f at threshold %g, not %g; use %u slots, "
                         "or fewer rows",
                         slots, rows, reach, options->threshold, options->recall, more.bands * more.rows);
    if (options->bands > 0)
        return ndup_fail(err, NEARDUP_E_LIMIT,
                         "%u bands reach at most recall %.4f at threshold %g, not %g; use more bands or a lower recall",
                         options->bands, reach, options->threshold, options->recall);
    if (more.bands > 0)
        return ndup_fail(err, NEARDUP_E_LIMIT,
                         "%u slots reach at most recall %.4f at threshold %g, not %g; use %u slots", slots, reach,
                         options->threshold, options->recall, fewest_bands(options, kind, rows, NDUP_MAX_SLOTS) * rows);
    return ndup_fail(
        err, NEARDUP_E_LIMIT,
        "%u slots cannot reach recall %g at threshold %g; use a lower recall, fewer rows, or all candidates",
        NDUP_MAX_SLOTS, options->recall, options->threshold);
}

/* Where the S-curve crosses one half: 1 - (1 - J^r)^b = 1/2. */
static double half_point(double bands, double rows)
{
    return pow(-expm1(-log(2) / bands), 1 / rows);
}

neardup_status ndup_banding_solve(const neardup_plan_options *options, neardup_plan *plan, neardup_error *err)
{
    NDUP_TRY(check_ranges(options, err));
    plan->kind = ndup_sketch_resolve(options->kind);
    plan->all = options->all;
    plan->threshold = options->threshold;
    plan->slots = plan->bands = plan->rows = 0;
    plan->recall_at_threshold = 1;
    plan->half_point = 0;
    plan->false_share = 1;
    if (options->all)
        return NEARDUP_OK;

    NDUP_TRY(check_shape(options, err));
    struct shape shape = {options->bands, options->rows, 0};
    if (options->bands == 0 || options->rows == 0) {
        uint32_t slots = options->slots;
        if (slots == 0) /* a given half of the shape is the wish to pay for it */
            slots = options->bands > 0 || options->rows > 0 ? NDUP_MAX_SLOTS : default_slots(options->threshold);
        shape = solve_shape(options, plan->kind, slots);
        if (shape.bands == 0 && options->slots == 0) /* a recall near 1 */
            shape = solve_shape(options, plan->kind, slots = NDUP_MAX_SLOTS);
        if (shape.bands == 0)
            return fail_unreachable(options, plan->kind, slots, err);
    }
    plan->bands = shape.bands;
    plan->rows = shape.rows;
    plan->slots = shape.bands * shape.rows;
    plan->recall_at_threshold = ndup_banding_probability(plan, options->threshold);
    plan->half_point = half_point(plan->bands, plan->rows);
    plan->false_share = false_share(options->threshold, plan->bands, plan->rows);
    return NEARDUP_OK;
}
