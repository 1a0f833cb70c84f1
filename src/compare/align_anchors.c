/* SPDX-License-Identifier: MIT
 * Fixed points between texts that are far apart: short sequences of tokens that stand once in either of them. The longest
 * chain of these that goes forward in both (a longest increasing subsequence, by patience sorting). */
#include "base/platform.h"

#include "compare/align_impl.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define ANCHOR_TOKENS 8u /* fewer meet by chance, and far from where they belong */

struct spot { /* a sequence of tokens, found by its hash */
    uint64_t hash;
    size_t a, b;               /* where it stands */
    unsigned a_times, b_times; /* 0, 1, or 2 for more */
};

struct spots {
    struct spot *table; /* open addressing; one that stands nowhere is an empty slot */
    size_t mask;
};

struct anchor {
    size_t a, b;
    size_t before; /* anchor, or NDUP_UNMATCHED */
};

/* Hash of the tokens from i on; false if they do not stand next to each other in the text. */
static bool hash_at(const struct ndup_align_side *side, size_t i, uint64_t *hash)
{
    if (side->count - i < ANCHOR_TOKENS ||
        side->place[i + ANCHOR_TOKENS - 1] - side->place[i] != (size_t)ANCHOR_TOKENS - 1)
        return false;
    *hash = 0;
    for (size_t j = 0; j < ANCHOR_TOKENS; j++) {
        *hash = (*hash ^ side->token[i + j]) * 0x9E3779B97F4A7C15u;
        *hash ^= *hash >> 29;
    }
    return true;
}

static struct spot *spot_of(struct spots *spots, uint64_t hash)
{
    size_t slot = hash & spots->mask;
    struct spot *s;
    while (s = &spots->table[slot], s->a_times + s->b_times > 0 && s->hash != hash)
        slot = (slot + 1) & spots->mask;
    s->hash = hash;
    return s;
}

static bool find_spots(struct spots *spots, const struct ndup_align *x)
{
    size_t size = 64;
    uint64_t hash;
    while (size < 2 * (x->a.count + x->b.count))
        size *= 2;
    spots->mask = size - 1;
    spots->table = ndup_calloc(size, sizeof *spots->table);
    if (spots->table == NULL)
        return false;
    for (size_t i = 0; i < x->a.count; i++) {
        if (!hash_at(&x->a, i, &hash))
            continue;
        struct spot *s = spot_of(spots, hash);
        s->a = i;
        s->a_times += s->a_times < 2;
    }
    for (size_t i = 0; i < x->b.count; i++) {
        if (!hash_at(&x->b, i, &hash))
            continue;
        struct spot *s = spot_of(spots, hash);
        s->b = i;
        s->b_times += s->b_times < 2;
    }
    return true;
}

static bool is_anchor(const struct ndup_align *x, const struct spot *s)
{
    return s->a_times == 1 && s->b_times == 1 &&
           memcmp(x->a.token + s->a, x->b.token + s->b, ANCHOR_TOKENS * sizeof *x->a.token) == 0;
}

/* All anchors, in the order of a. */
static struct anchor *list_anchors(const struct ndup_align *x, struct spots *spots, size_t *count)
{
    struct anchor *list = ndup_alloc(x->a.count, sizeof *list);
    *count = 0;
    for (size_t i = 0; list != NULL && i < x->a.count; i++) {
        uint64_t hash;
        if (!hash_at(&x->a, i, &hash))
            continue;
        const struct spot *s = spot_of(spots, hash);
        if (is_anchor(x, s))
            list[(*count)++] = (struct anchor){s->a, s->b, NDUP_UNMATCHED};
    }
    return list;
}

/* Links the longest chain through `before`, and returns its last anchor. ends[n] is the anchor with the smallest b at
 * which a chain of n + 1 ends. */
static size_t link_chain(struct anchor *list, size_t count, size_t *ends)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        size_t low = 0, high = length;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (list[ends[middle]].b < list[i].b)
                low = middle + 1;
            else
                high = middle;
        }
        list[i].before = low > 0 ? ends[low - 1] : NDUP_UNMATCHED;
        ends[low] = i;
        length += low == length;
    }
    return length > 0 ? ends[length - 1] : NDUP_UNMATCHED;
}

/* Only the first token of each is matched: anchors overlap, and need not agree about the others. */
static neardup_status use_chain(struct ndup_align *x, const struct anchor *list, size_t last, neardup_error *err)
{
    struct ndup_align_box box = {0, x->a.count, 0, x->b.count};
    for (size_t i = last; i != NDUP_UNMATCHED; i = list[i].before) {
        x->match[list[i].a] = list[i].b;
        NDUP_TRY(ndup_align_push(x, (struct ndup_align_box){list[i].a + 1, box.a1, list[i].b + 1, box.b1}, err));
        box.a1 = list[i].a;
        box.b1 = list[i].b;
    }
    return ndup_align_push(x, box, err);
}

neardup_status ndup_align_anchors(struct ndup_align *x, neardup_error *err)
{
    struct spots spots = {NULL, 0};
    struct anchor *list = NULL;
    size_t *ends = NULL, count = 0;
    if (find_spots(&spots, x))
        list = list_anchors(x, &spots, &count);
    if (list != NULL)
        ends = ndup_alloc(count, sizeof *ends);
    neardup_status st = ends != NULL ? use_chain(x, list, link_chain(list, count, ends), err) : ndup_fail_nomem(err);
    free(spots.table);
    free(list);
    free(ends);
    return st;
}
