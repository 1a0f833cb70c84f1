/* SPDX-License-Identifier: MIT
 * The cheapest search by a cost model. Its constants are medians of bench/bench_hamming.c on one core; the same on every
 * machine, so that a plan is the same everywhere. doc/simhash.md compares it with what was measured. */
#include "base/platform.h"

#include "base/error.h"
#include "match/hamming.h"

#include <math.h>

/* Nanoseconds, with AVX2 */
#define COMPARE_NS      0.25 /* a pair; twice as much for 128 bits */
#define ROW_NS          6.0  /* a fingerprint of a group that is compared, on top */
#define SCATTER_NS      10.0 /* into the working memory */
#define SPLIT_NS        7.0  /* in the cache */
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

/* As the tree is walked, for uniform fingerprints: `choices` of blocks at each depth, groups of `size`. */
static struct cost tables_cost(unsigned bits, double n, unsigned blocks, unsigned matching, double passes)
{
    double size = n, width = (double)bits / blocks, choices = 1, wide = bits / 64.0;
    double ns = (blocks - matching + 1) * (SCATTER_NS * (1 + wide) / 2 + passes * PASS_NS);
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
    plan->blocks = plan->matching = plan->tables = 0;
    plan->pairs_per_fingerprint = cost.pairs;
    plan->seconds = cost.ns * (double)count / 1e9;
    plan->bytes = NDUP_HAMMING_THREAD_BYTES;
}

static void plan_tables(struct ndup_hamming_plan *plan, uint64_t count, uint64_t max_bytes, unsigned blocks)
{
    uint64_t bytes = tables_bytes(plan->bits, count, max_bytes);
    uint64_t room = (bytes - NDUP_HAMMING_THREAD_BYTES) / NDUP_HAMMING_ELEMENT_BYTES(plan->bits);
    double passes = room < count ? (double)count / (double)room : 0;
    unsigned matching = blocks - plan->distance;
    struct cost cost = tables_cost(plan->bits, (double)count, blocks, matching, passes);
    plan->blocks = blocks;
    plan->matching = matching;
    plan->tables = (uint32_t)choose(blocks, matching);
    plan->pairs_per_fingerprint = cost.pairs;
    plan->seconds = cost.ns * (double)count / 1e9;
    plan->bytes = bytes;
}

static neardup_status check(unsigned bits, unsigned distance, neardup_error *err)
{
    if ((bits == 64 || bits == 128) && distance <= bits / 4)
        return NEARDUP_OK;
    return ndup_fail(err, NEARDUP_E_ARG, "no search of %u bits within %u: bits are 64 or 128, of which up to a quarter",
                     bits, distance);
}

neardup_status ndup_hamming_plan(unsigned bits, unsigned distance, uint64_t count, uint64_t max_bytes,
                                 struct ndup_hamming_plan *plan, neardup_error *err)
{
    struct ndup_hamming_plan tried;
    *plan = tried = (struct ndup_hamming_plan){.bits = bits, .distance = distance};
    NDUP_TRY(check(bits, distance, err));
    plan_scan(plan, count);
    for (unsigned blocks = distance + 1; blocks <= NDUP_HAMMING_BLOCKS_MAX; blocks++) {
        if (blocks > distance + 1 && choose(blocks, distance) > TABLES_MAX)
            continue;
        plan_tables(&tried, count, max_bytes, blocks);
        if (tried.seconds < plan->seconds)
            *plan = tried;
    }
    return NEARDUP_OK;
}

neardup_status ndup_hamming_plan_cut(unsigned bits, unsigned distance, uint64_t count, uint64_t max_bytes,
                                     unsigned blocks, struct ndup_hamming_plan *plan, neardup_error *err)
{
    *plan = (struct ndup_hamming_plan){.bits = bits, .distance = distance};
    NDUP_TRY(check(bits, distance, err));
    if (blocks != 0 && (blocks <= distance || blocks > NDUP_HAMMING_BLOCKS_MAX))
        return ndup_fail(err, NEARDUP_E_ARG, "no search of %u bits within %u by %u blocks", bits, distance, blocks);
    if (blocks == 0)
        plan_scan(plan, count);
    else
        plan_tables(plan, count, max_bytes, blocks);
    return NEARDUP_OK;
}

neardup_status neardup_hamming_plan_solve(unsigned bits, unsigned distance, uint64_t count, uint64_t memory,
                                          neardup_hamming_plan *plan, neardup_error *err)
{
    struct ndup_hamming_plan own;
    NDUP_TRY(ndup_hamming_plan(bits, distance, count, memory, &own, err));
    *plan = ndup_hamming_plan_public(&own);
    return NEARDUP_OK;
}
