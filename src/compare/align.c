/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "compare/align.h"

#include "base/error.h"
#include "base/mem.h"
#include "compare/align_impl.h"

#include <stdlib.h>

/* The first search is exact and gives up beyond this: 2^25 steps are some hundredths of a second. */
#define EXACT_EDITS 4096u
#define EXACT_WORK  ((uint64_t)1 << 25)

/* The searches between anchors are cut after so many edits: tokens times edits is what they can cost. */
#define CUT_EDITS_MOST  1024u
#define CUT_EDITS_LEAST 64u
#define CUT_WORK        ((size_t)1 << 25)

/* ---- which tokens stand in both texts ---- */

struct names { /* token hashes, numbered */
    struct name {
        uint64_t hash;
        uint32_t number; /* from 1; 0: an empty slot */
        bool in_b;
    } * table;
    size_t mask;
    uint32_t count;
};

static struct name *name_of(struct names *names, uint64_t hash)
{
    size_t slot = hash & names->mask;
    while (names->table[slot].number != 0 && names->table[slot].hash != hash)
        slot = (slot + 1) & names->mask;
    return &names->table[slot];
}

static bool names_fill(struct names *names, const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    size_t size = 64;
    while (size < 2 * a_count)
        size *= 2;
    names->mask = size - 1;
    names->table = ndup_calloc(size, sizeof *names->table);
    if (names->table == NULL)
        return false;
    for (size_t i = 0; i < a_count; i++) {
        struct name *n = name_of(names, a[i]);
        if (n->number == 0)
            *n = (struct name){a[i], ++names->count, false};
    }
    for (size_t i = 0; i < b_count; i++) {
        struct name *n = name_of(names, b[i]);
        n->in_b = n->number != 0;
    }
    return true;
}

static bool side_fill(struct ndup_align_side *side, struct names *names, const uint64_t *tokens, size_t count)
{
    side->token = ndup_alloc(count, sizeof *side->token);
    side->place = ndup_alloc(count, sizeof *side->place);
    if (side->token == NULL || side->place == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct name *n = name_of(names, tokens[i]);
        if (!n->in_b)
            continue;
        side->token[side->count] = n->number;
        side->place[side->count++] = i;
    }
    return true;
}

static neardup_status begin(struct ndup_align *x, const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count,
                            neardup_error *err)
{
    struct names names = {.count = 0};
    bool good = a_count < UINT32_MAX && names_fill(&names, a, a_count, b, b_count) &&
                side_fill(&x->a, &names, a, a_count) && side_fill(&x->b, &names, b, b_count);
    free(names.table);
    if (good)
        x->match = ndup_alloc(x->a.count, sizeof *x->match);
    if (good)
        x->reach = ndup_alloc(2 * (x->a.count + x->b.count + 3), sizeof *x->reach);
    return x->match == NULL || x->reach == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static void release(struct ndup_align *x)
{
    free(x->a.token);
    free(x->a.place);
    free(x->b.token);
    free(x->b.place);
    free(x->match);
    free(x->reach);
    free(x->stack);
}

/* ---- the whole ---- */

static void forget_matches(struct ndup_align *x)
{
    for (size_t i = 0; i < x->a.count; i++)
        x->match[i] = NDUP_UNMATCHED;
}

static neardup_status match_tokens(struct ndup_align *x, neardup_error *err)
{
    bool given_up;
    struct ndup_align_limits exact = {EXACT_EDITS, EXACT_WORK};
    forget_matches(x);
    NDUP_TRY(ndup_align_push(x, (struct ndup_align_box){0, x->a.count, 0, x->b.count}, err));
    NDUP_TRY(ndup_align_search(x, exact, true, &given_up, err));
    if (!given_up)
        return NEARDUP_OK;
    size_t edits = CUT_WORK / (x->a.count + x->b.count + 1);
    struct ndup_align_limits cut = {.work = UINT64_MAX};
    cut.edits = edits < CUT_EDITS_LEAST ? CUT_EDITS_LEAST : edits > CUT_EDITS_MOST ? CUT_EDITS_MOST : edits;
    forget_matches(x);
    NDUP_TRY(ndup_align_anchors(x, err));
    return ndup_align_search(x, cut, false, &given_up, err);
}

static neardup_status make_runs(const struct ndup_align *x, struct ndup_run **runs, size_t *count, neardup_error *err)
{
    size_t capacity = 0;
    for (size_t i = 0; i < x->a.count; i++) {
        if (x->match[i] == NDUP_UNMATCHED)
            continue;
        size_t a = x->a.place[i], b = x->b.place[x->match[i]];
        struct ndup_run *last = *count > 0 ? &(*runs)[*count - 1] : NULL;
        if (last != NULL && last->a_first + last->count == a && last->b_first + last->count == b) {
            last->count++;
            continue;
        }
        if (!ndup_grow(runs, &capacity, *count + 1, sizeof **runs))
            return ndup_fail_nomem(err);
        (*runs)[(*count)++] = (struct ndup_run){a, b, 1};
    }
    return NEARDUP_OK;
}

neardup_status ndup_align(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count, struct ndup_run **runs,
                          size_t *run_count, neardup_error *err)
{
    struct ndup_align x = {.match = NULL};
    *runs = NULL;
    *run_count = 0;
    neardup_status st = begin(&x, a, a_count, b, b_count, err);
    if (st == NEARDUP_OK)
        st = match_tokens(&x, err);
    if (st == NEARDUP_OK)
        st = make_runs(&x, runs, run_count, err);
    release(&x);
    if (st != NEARDUP_OK) {
        free(*runs);
        *runs = NULL;
        *run_count = 0;
    }
    return st;
}
