/* SPDX-License-Identifier: MIT
 * Comparing rows with columns, for any width. Parameters, undefined at the end:
 *   SUFFIX, TARGET        name ending and target attribute of the row
 *   LANES                 64-bit numbers in a vector
 *   V                     the vector type
 *   V_LOAD, V_LOAD_SOME   all lanes; the first n, and zeros
 *   V_SET                 one number in all lanes
 *   V_COUNT1(a)           bits of each lane
 *   V_COUNT2(a, b)        bits of each lane of both
 *   V_MIN                 of numbers below 256
 *   V_AT_MOST(a, b)       mask of lanes a <= b
 *
 * Four rows meet a vector of columns at a time: the smallest of four counts is looked at once, because hits are rare. */

#define GLUE_(a, b) a##_##b
#define GLUE(a, b)  GLUE_(a, b)
#define NAME(a)     GLUE(a, SUFFIX)
#define ROWS        4u

/* The hits of four rows in a few columns, row by row. `after`: row i may only hit lanes >= i. */
TARGET static bool NAME(report)(const struct ndup_hamming_compare *c, size_t row, size_t column, size_t lanes,
                                bool wide, bool after)
{
    V low = V_LOAD_SOME(c->columns.low + column, lanes);
    V high = wide ? V_LOAD_SOME(c->columns.high + column, lanes) : low;
    for (size_t i = 0; i < ROWS && row + i < c->row_end; i++) {
        V x = V_XOR(low, V_SET(c->rows.low[row + i]));
        V counts = wide ? V_COUNT2(x, V_XOR(high, V_SET(c->rows.high[row + i]))) : V_COUNT1(x);
        unsigned mask = (unsigned)V_AT_MOST(counts, V_SET(c->distance)) & ((1u << lanes) - 1u);
        if (after)
            mask &= ~0u << i;
        for (; mask != 0; mask &= mask - 1) {
            if (!c->hit(c->context, row + i, column + (unsigned)__builtin_ctz(mask)))
                return false;
        }
    }
    return true;
}

/* In registers: arrays of vectors would go through memory. The last of fewer than four rows is used for the missing ones. */
#define ROW(i)     (row + (i) < c->row_end ? row + (i) : c->row_end - 1)
#define COUNT(i)   (wide ? V_COUNT2(V_XOR(low, low##i), V_XOR(high, high##i)) : V_COUNT1(V_XOR(low, low##i)))
#define ANY(limit) (V_AT_MOST(V_MIN(V_MIN(COUNT(0), COUNT(1)), V_MIN(COUNT(2), COUNT(3))), limit) != 0)

TARGET NDUP_INLINE bool NAME(compare)(const struct ndup_hamming_compare *c, bool wide)
{
    const uint64_t *lows = c->columns.low, *highs = c->columns.high;
    const V limit = V_SET(c->distance);
    size_t end = c->column_end;
    for (size_t row = c->row_begin; row < c->row_end; row += ROWS) {
        const uint64_t *l = c->rows.low, *h = wide ? c->rows.high : l;
        const V low0 = V_SET(l[ROW(0)]), low1 = V_SET(l[ROW(1)]), low2 = V_SET(l[ROW(2)]), low3 = V_SET(l[ROW(3)]);
        const V high0 = V_SET(h[ROW(0)]), high1 = V_SET(h[ROW(1)]), high2 = V_SET(h[ROW(2)]), high3 = V_SET(h[ROW(3)]);
        size_t column = c->triangle ? row + 1 : c->column_begin;
        if (c->triangle && column < end) {
            size_t lanes = end - column < LANES ? end - column : LANES;
            if (!NAME(report)(c, row, column, lanes, wide, true))
                return false;
            column += lanes;
        }
        for (; column + LANES <= end; column += LANES) {
            V low = V_LOAD(lows + column), high = wide ? V_LOAD(highs + column) : low;
            if (NDUP_UNLIKELY(ANY(limit)) && !NAME(report)(c, row, column, LANES, wide, false))
                return false;
        }
        if (column < end) {
            V low = V_LOAD_SOME(lows + column, end - column);
            V high = wide ? V_LOAD_SOME(highs + column, end - column) : low;
            if (ANY(limit) && !NAME(report)(c, row, column, end - column, wide, false))
                return false;
        }
    }
    return true;
}

TARGET static bool NAME(compare64)(const struct ndup_hamming_compare *c)
{
    return NAME(compare)(c, false);
}

TARGET static bool NAME(compare128)(const struct ndup_hamming_compare *c)
{
    return NAME(compare)(c, true);
}

#undef GLUE_
#undef GLUE
#undef NAME
#undef ROWS
#undef ROW
#undef COUNT
#undef ANY
#undef SUFFIX
#undef TARGET
#undef LANES
#undef V
#undef V_LOAD
#undef V_LOAD_SOME
#undef V_SET
#undef V_XOR
#undef V_COUNT1
#undef V_COUNT2
#undef V_MIN
#undef V_AT_MOST
