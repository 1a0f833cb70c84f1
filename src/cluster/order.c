/* SPDX-License-Identifier: MIT
 * Keeper order is a total order: the place in the input breaks every tie, so that an unstable sort gives one result. */
#include "base/platform.h"

#include "cluster/order.h"

#include <stdlib.h>
#include <string.h>

static int by_key(const struct ndup_ordered_text *a, const struct ndup_ordered_text *b, bool largest_first)
{
    if ((a->key[0] == 0) != (b->key[0] == 0))
        return a->key[0] == 0 ? 1 : -1;
    int order = memcmp(a->key, b->key, sizeof a->key);
    return largest_first ? -order : order;
}

static int by_number(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int compare(const struct ndup_ordered_text *a, const struct ndup_ordered_text *b, neardup_keep keep)
{
    int order = 0;
    switch (keep) {
    case NEARDUP_KEEP_FIRST:
        break;
    case NEARDUP_KEEP_LAST:
        return by_number(b->place, a->place);
    case NEARDUP_KEEP_LONGEST:
        order = by_number(b->tokens, a->tokens);
        break;
    case NEARDUP_KEEP_SHORTEST:
        order = by_number(a->tokens, b->tokens);
        break;
    case NEARDUP_KEEP_MAX:
        order = by_key(a, b, true);
        break;
    case NEARDUP_KEEP_MIN:
    case NEARDUP_KEEP_CONTENT:
        order = by_key(a, b, false);
        break;
    }
    return order != 0 ? order : by_number(a->place, b->place);
}

bool ndup_order_before(const struct ndup_ordered_text *a, const struct ndup_ordered_text *b, neardup_keep keep)
{
    return compare(a, b, keep) < 0;
}

static int compare_first(const void *a, const void *b)
{
    return compare(a, b, NEARDUP_KEEP_FIRST);
}
static int compare_last(const void *a, const void *b)
{
    return compare(a, b, NEARDUP_KEEP_LAST);
}
static int compare_longest(const void *a, const void *b)
{
    return compare(a, b, NEARDUP_KEEP_LONGEST);
}
static int compare_shortest(const void *a, const void *b)
{
    return compare(a, b, NEARDUP_KEEP_SHORTEST);
}
static int compare_max(const void *a, const void *b)
{
    return compare(a, b, NEARDUP_KEEP_MAX);
}
static int compare_min(const void *a, const void *b)
{
    return compare(a, b, NEARDUP_KEEP_MIN);
}

void ndup_order_sort(struct ndup_ordered_text *texts, size_t count, neardup_keep keep)
{
    static int (*const by[])(const void *, const void *) = {
        [NEARDUP_KEEP_FIRST] = compare_first,     [NEARDUP_KEEP_LAST] = compare_last,
        [NEARDUP_KEEP_LONGEST] = compare_longest, [NEARDUP_KEEP_SHORTEST] = compare_shortest,
        [NEARDUP_KEEP_MAX] = compare_max,         [NEARDUP_KEEP_MIN] = compare_min,
        [NEARDUP_KEEP_CONTENT] = compare_min,
    };
    if (count > 1)
        qsort(texts, count, sizeof *texts, by[keep]);
}
