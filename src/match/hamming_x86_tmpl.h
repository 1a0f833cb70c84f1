/* SPDX-License-Identifier: MIT
 * Comparing rows with columns, for any width. Parameters, undefined at the end:
 *   SUFFIX, TARGET        name ending and target attribute of the row
 *   LANES                 64-bit numbers in a vector
 *   V                     the vector type
 *   V_LOAD, V_LOAD_SOME   all lanes; the first n, with zeros behind
 *   V_SET                 one number in all lanes
 *   V_COUNT1(a)           bits of each lane
 *   V_COUNT2(a, b)        bits of each lane of both
 *   V_MIN                 of numbers below 256
 *   V_AT_MOST(a, n)       mask of lanes <= n
 *
 * Four rows meet a vector of columns at a time: the smallest of four counts is looked at once, because hits are rare. */

#define GLUE_(a, b) a##_##b
#define GLUE(a, b)  GLUE_(a, b)
#define NAME(a)     GLUE(a, SUFFIX)
#define ROWS        4u

struct NAME(rows) {
    V low[ROWS], high[ROWS];
    size_t first, live; /* the last of fewer than four stands in for the others */
};

TARGET NDUP_INLINE void NAME(count)(const struct NAME(rows) * rows, V low, V high, bool wide, V *counts)
{
    for (size_t i = 0; i < ROWS; i++) {
        V x = V_XOR(low, rows->low[i]);
        counts[i] = wide ? V_COUNT2(x, V_XOR(high, rows->high[i])) : V_COUNT1(x);
    }
}

/* Lanes by lane; `behind`: row i may only hit lanes >= i. */
TARGET static bool NAME(report)(const struct ndup_hamming_compare *c, const struct NAME(rows) * rows, const V *counts,
                                size_t column, size_t lanes, bool behind)
{
    for (size_t i = 0; i < rows->live; i++) {
        unsigned mask = (unsigned)V_AT_MOST(counts[i], c->distance) & ((1u << lanes) - 1u);
        if (behind)
            mask &= ~0u << i;
        for (; mask != 0; mask &= mask - 1) {
            if (!c->hit(c->context, rows->first + i, column + (unsigned)__builtin_ctz(mask)))
                return false;
        }
    }
    return true;
}

TARGET NDUP_INLINE bool NAME(few)(const struct ndup_hamming_compare *c, const struct NAME(rows) * rows, size_t column,
                                  size_t lanes, bool wide, bool behind)
{
    V counts[ROWS];
    V low = V_LOAD_SOME(c->columns.low + column, lanes);
    V high = wide ? V_LOAD_SOME(c->columns.high + column, lanes) : low;
    NAME(count)(rows, low, high, wide, counts);
    V least = V_MIN(V_MIN(counts[0], counts[1]), V_MIN(counts[2], counts[3]));
    if (V_AT_MOST(least, c->distance) == 0)
        return true;
    return NAME(report)(c, rows, counts, column, lanes, behind);
}

TARGET NDUP_INLINE bool NAME(compare)(const struct ndup_hamming_compare *c, bool wide)
{
    for (size_t row = c->row_begin; row < c->row_end; row += ROWS) {
        struct NAME(rows) rows = {.first = row, .live = c->row_end - row < ROWS ? c->row_end - row : ROWS};
        for (size_t i = 0; i < ROWS; i++) {
            size_t r = row + (i < rows.live ? i : rows.live - 1);
            rows.low[i] = V_SET(c->rows.low[r]);
            rows.high[i] = wide ? V_SET(c->rows.high[r]) : rows.low[i];
        }
        size_t column = c->triangle ? row + 1 : c->column_begin, end = c->column_end;
        if (c->triangle && column < end) {
            size_t lanes = end - column < LANES ? end - column : LANES;
            if (!NAME(few)(c, &rows, column, lanes, wide, true))
                return false;
            column += lanes;
        }
        for (; column + LANES <= end; column += LANES) {
            V counts[ROWS];
            V low = V_LOAD(c->columns.low + column), high = wide ? V_LOAD(c->columns.high + column) : low;
            NAME(count)(&rows, low, high, wide, counts);
            V least = V_MIN(V_MIN(counts[0], counts[1]), V_MIN(counts[2], counts[3]));
            if (NDUP_UNLIKELY(V_AT_MOST(least, c->distance) != 0) &&
                !NAME(report)(c, &rows, counts, column, LANES, false))
                return false;
        }
        if (column < end && !NAME(few)(c, &rows, column, end - column, wide, false))
            return false;
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
