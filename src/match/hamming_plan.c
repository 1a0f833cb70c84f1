/* SPDX-License-Identifier: MIT
 * The cheapest search by a cost model. Its constants are medians of bench/bench_hamming.c on one core; the same on every
 * machine, so that a plan is the same everywhere. doc/hamming_search.md compares it with what was measured. */
#include "base/platform.h"

#include "base/error.h"
#include "match/hamming_tables.h"

#include <math.h>

/* Nanoseconds, with AVX2 */
#define COMPARE_NS      0.25 /* a pair; twice as much for 128 bits */
#define ROW_NS          3.0  /* a fingerprint of a group that is compared, on top */
#define SCATTER_NS      8.0  /* into the working memory */
#define SPLIT_NS        4.0  /* in the cache */
#define PASS_NS         1.5  /* a fingerprint read again, because the working memory is small */
#define WORTH_SPLITTING 24.0

#define TABLES_MAX 20000.0

static double choose(unsigned n, unsigned k)
{
    double c = 1;
    for (unsigned i = 1; i <= k; i++)
        c = c * (n - k + i) / i;
    return round(c);
}

struct cost {
    double pairs; /* compared, a fingerprint */
    double ns;    /* a fingerprint */
};

static struct cost scan_cost(unsigned bits, double n)
{
    double pairs = n > 1 ? (n - 1) / 2 : 0;
    return (struct cost){pairs, pairs * COMPARE_NS * bits / 64};
}

/* As the tree is walked, for uniform fingerprints: at each depth so many choices of blocks, groups of `size`. */
static struct cost tables_cost(unsigned bits, double n, unsigned blocks, unsigned matching, double passes)
{
    double size = n, width = (double)bits / blocks, choices = 1, wide = bits / 64.0;
    double ns = (blocks - matching + 1) * (SCATTER_NS * (1 + wide) / 2 + passes * PASS_NS);
    double extra = 1; /* elements beside the one in the middle of its group's digit */
    for (unsigned depth = 1; depth <= matching; depth++) {
        double left = width;
        unsigned splits = depth < matching ? blocks - matching : 1;
        choices = choose(blocks - matching + depth, depth);
        while (left > 0 && (left == width || size > WORTH_SPLITTING)) {
            double digit = fmin(left, fmin(NDUP_HAMMING_DIGIT_MAX, fmax(1, ceil(log2(size / 8)))));
            if (depth > 1 || left < width)
                ns += choices * SPLIT_NS * (1 + wide) / 2;
            size /= exp2(digit);
            left -= digit;
        }
        if (size <= splits * WORTH_SPLITTING)
            break;
    }
    (void)extra;
    double pairs = choices * size / 2;
    return (struct cost){pairs, ns + pairs * COMPARE_NS * wide + choices * ROW_NS * fmin(1, size)};
}

static uint64_t tables_bytes(unsigned bits, uint64_t count, uint64_t max_bytes)
{
    uint64_t element = NDUP_HAMMING_ELEMENT_BYTES(bits), room = count;
    if (max_bytes > 0) {
        uint64_t most = max_bytes > NDUP_HAMMING_THREAD_BYTES ? (max_bytes - NDUP_HAMMING_THREAD_BYTES) / element : 0;
        if (most < NDUP_HAMMING_CAPACITY_MIN)
            most = NDUP_HAMMING_CAPACITY_MIN;
        room = room < most ? room : most;
    }
    return NDUP_HAMMING_THREAD_BYTES + room * element;
}

static void plan_scan(struct ndup_hamming_plan *plan, uint64_t count)
{
    struct cost cost = scan_cost(plan->bits, (double)count);
    plan->method = NEARDUP_HAMMING_SCAN;
    plan->pairs_per_fingerprint = cost.pairs;
    plan->seconds = cost.ns * (double)count / 1e9;
    plan->bytes = NDUP_HAMMING_THREAD_BYTES;
}

/* The cheapest cut, if it is cheaper than what stands in the plan; `any`: in any case. */
static void plan_tables(struct ndup_hamming_plan *plan, uint64_t count, uint64_t max_bytes, bool any)
{
    uint64_t bytes = tables_bytes(plan->bits, count, max_bytes);
    uint64_t room = (bytes - NDUP_HAMMING_THREAD_BYTES) / NDUP_HAMMING_ELEMENT_BYTES(plan->bits);
    double passes = room < count ? (double)count / (double)room : 0;
    for (unsigned blocks = plan->distance + 1; blocks <= NDUP_HAMMING_BLOCKS_MAX; blocks++) {
        unsigned matching = blocks - plan->distance;
        double tables = choose(blocks, matching);
        if (tables > TABLES_MAX && matching > 1)
            break;
        struct cost cost = tables_cost(plan->bits, (double)count, blocks, matching, passes);
        double seconds = cost.ns * (double)count / 1e9;
        if (!any && seconds >= plan->seconds)
            continue;
        any = false;
        plan->method = NEARDUP_HAMMING_TABLES;
        plan->blocks = blocks;
        plan->matching = matching;
        plan->tables = (uint32_t)tables;
        plan->pairs_per_fingerprint = cost.pairs;
        plan->seconds = seconds;
        plan->bytes = bytes;
    }
}

neardup_status ndup_hamming_plan(unsigned bits, unsigned distance, uint64_t count, uint64_t max_bytes,
                                 neardup_hamming method, struct ndup_hamming_plan *plan, neardup_error *err)
{
    *plan = (struct ndup_hamming_plan){.bits = bits, .distance = distance};
    if ((bits != 64 && bits != 128) || distance > bits / 4)
        return ndup_fail(err, NEARDUP_E_ARG,
                         "fingerprints of %u bits, distance %u: 64 or 128 bits, distance up to a "
                         "quarter of them",
                         bits, distance);
    if (method != NEARDUP_HAMMING_TABLES)
        plan_scan(plan, count);
    if (method != NEARDUP_HAMMING_SCAN)
        plan_tables(plan, count, max_bytes, method == NEARDUP_HAMMING_TABLES);
    return NEARDUP_OK;
}
