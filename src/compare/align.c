/* SPDX-License-Identifier: MIT
 * The alignment in three parts: Myers' search within bounds, anchors that cut texts which are far apart into pieces, and the
 * whole, which tries an exact search first. At the end, the passages that two texts share. */
#include "base/platform.h"

#include "compare/align.h"

#include "base/error.h"
#include "base/key.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define UNMATCHED SIZE_MAX

struct align_side {  /* the tokens of a text that the other one has, too: no others can be matched */
    uint32_t *token; /* numbered; equal tokens have equal numbers */
    size_t *place;   /* in the text */
    size_t count;
};

struct box { /* what is still to be aligned: half-open ranges of both sides */
    size_t a0, a1, b0, b1;
};

struct ndup_align {
    const struct ndup_key *key;
    struct align_side a, b;
    size_t *match;    /* [a.count]: place in b of the token's partner, or UNMATCHED */
    ptrdiff_t *reach; /* both searches' diagonals */
    struct box *stack;
    size_t stack_count, stack_capacity;
};

struct limits {
    size_t edits;  /* of the search from either end */
    uint64_t work; /* steps of one search, those over equal tokens included */
};

/* ---- Myers' search, from both ends ---- */

/* Myers' search for the middle of a shortest edit script, from both ends at once.
 *
 * Points are (x, y): x tokens of a and y tokens of b after the corner of the box where the search begins; diagonal k is
 * x - y. reach[k] is the furthest x that at most d edits reach on diagonal k, or -1. The search from the far corner does
 * the same with both texts read backwards, so that its diagonal k is the near one's n - m - k. */

struct front { /* one of the two searches */
    const uint32_t *a, *b;
    ptrdiff_t n, m;
    ptrdiff_t *reach; /* of diagonal 0; valid from -m - 1 to n + 1 */
    bool backwards;
    uint64_t steps;
};

NDUP_INLINE bool same(const struct front *f, ptrdiff_t x, ptrdiff_t y)
{
    return f->backwards ? f->a[f->n - 1 - x] == f->b[f->m - 1 - y] : f->a[x] == f->b[y];
}

/* The diagonals that d edits lead to: every second one of these. */
NDUP_INLINE ptrdiff_t lowest(const struct front *f, ptrdiff_t d)
{
    return d <= f->m ? -d : -f->m + ((d - f->m) & 1);
}

NDUP_INLINE ptrdiff_t highest(const struct front *f, ptrdiff_t d)
{
    return d <= f->n ? d : f->n - ((d - f->n) & 1);
}

/* One edit more. */
static void advance(struct front *f, ptrdiff_t d)
{
    ptrdiff_t low = lowest(f, d), high = highest(f, d);
    if (d <= f->m)
        f->reach[-d - 1] = -1;
    if (d <= f->n)
        f->reach[d + 1] = -1;
    if (d == 0)
        f->reach[0] = -1;
    for (ptrdiff_t k = low; k <= high; k += 2) {
        ptrdiff_t x = d == 0 ? 0 : f->reach[k];
        ptrdiff_t right = f->reach[k - 1], down = f->reach[k + 1];
        if (right >= 0 && right >= x && right < f->n)
            x = right + 1;
        if (down > x && down - k <= f->m)
            x = down;
        if (x >= 0) {
            ptrdiff_t y = x - k, from = x;
            while (x < f->n && y < f->m && same(f, x, y)) {
                x++;
                y++;
            }
            f->steps += (uint64_t)(x - from);
        }
        f->reach[k] = x;
    }
    f->steps += (uint64_t)(high - low) / 2 + 1;
}

/* Whether the two searches have met: `mine` did d edits, `other` e. *x is how far `mine` is there, on diagonal *k. */
static bool have_met(const struct front *mine, ptrdiff_t d, const struct front *other, ptrdiff_t e, ptrdiff_t *x,
                     ptrdiff_t *k)
{
    ptrdiff_t delta = mine->n - mine->m;
    ptrdiff_t low = lowest(mine, d), high = highest(mine, d);
    for (*k = low; *k <= high; *k += 2) {
        ptrdiff_t theirs = delta - *k;
        if (theirs < lowest(other, e) || theirs > highest(other, e))
            continue;
        *x = mine->reach[*k];
        if (*x >= 0 && other->reach[theirs] >= 0 && *x + other->reach[theirs] >= mine->n)
            return true;
    }
    return false;
}

/* The point furthest from its corner that d edits reach; returns how far. */
static ptrdiff_t furthest(const struct front *f, ptrdiff_t d, ptrdiff_t *x, ptrdiff_t *k)
{
    ptrdiff_t best = -1;
    for (ptrdiff_t i = lowest(f, d); i <= highest(f, d); i += 2) {
        if (f->reach[i] >= 0 && 2 * f->reach[i] - i > best) {
            best = 2 * f->reach[i] - i;
            *x = f->reach[i];
            *k = i;
        }
    }
    return best;
}

/* A point, counted from the near corner, through which a shortest edit script of the box leads: returns true. False if the
 * limits are passed: then it is as far from one of the corners as the search has come. The sides differ in their first
 * token and in their last, and none is empty. */
static bool find_middle(const struct ndup_align *x, const struct box *box, struct limits limits, size_t *at_a,
                        size_t *at_b)
{
    ptrdiff_t n = (ptrdiff_t)(box->a1 - box->a0), m = (ptrdiff_t)(box->b1 - box->b0);
    struct front near = {x->a.token + box->a0, x->b.token + box->b0, n, m, x->reach + m + 1, false, 0};
    struct front far = near;
    far.reach = near.reach + n + m + 3;
    far.backwards = true;
    bool odd = ((n - m) & 1) != 0, found = false, from_far = false;
    ptrdiff_t px = 0, k = 0;
    for (ptrdiff_t d = 0; !found; d++) {
        advance(&near, d);
        found = odd && d > 0 && have_met(&near, d, &far, d - 1, &px, &k);
        if (found)
            break;
        advance(&far, d);
        from_far = found = !odd && have_met(&far, d, &near, d, &px, &k);
        if (!found && d > 0 && ((size_t)d >= limits.edits || near.steps + far.steps > limits.work)) {
            ptrdiff_t fx = 0, fk = 0;
            from_far = furthest(&far, d, &fx, &fk) > furthest(&near, d, &px, &k);
            if (from_far) {
                px = fx;
                k = fk;
            }
            break;
        }
    }
    *at_a = (size_t)(from_far ? n - px : px);
    *at_b = (size_t)(from_far ? m - (px - k) : px - k);
    return found;
}

/* Puts a box on the stack. */
static neardup_status push(struct ndup_align *x, struct box box, neardup_error *err)
{
    if (box.a0 == box.a1 || box.b0 == box.b1)
        return NEARDUP_OK;
    if (!ndup_grow(&x->stack, &x->stack_capacity, x->stack_count + 1, sizeof *x->stack))
        return ndup_fail_nomem(err);
    x->stack[x->stack_count++] = box;
    return NEARDUP_OK;
}

/* Matches what the sides begin and end with. */
static void trim(struct ndup_align *x, struct box *box)
{
    const uint32_t *a = x->a.token, *b = x->b.token;
    while (box->a0 < box->a1 && box->b0 < box->b1 && a[box->a0] == b[box->b0])
        x->match[box->a0++] = box->b0++;
    while (box->a0 < box->a1 && box->b0 < box->b1 && a[box->a1 - 1] == b[box->b1 - 1])
        x->match[--box->a1] = --box->b1;
}

/* Aligns what is on the stack. A search that passes the limits is cut; but if `whole`, *given_up is set instead, and the
 * stack is left empty. */
static neardup_status search(struct ndup_align *x, struct limits limits, bool whole, bool *given_up, neardup_error *err)
{
    *given_up = false;
    while (x->stack_count > 0) {
        struct box box = x->stack[--x->stack_count];
        size_t at_a, at_b;
        trim(x, &box);
        if (box.a0 == box.a1 || box.b0 == box.b1)
            continue;
        bool found = find_middle(x, &box, limits, &at_a, &at_b);
        if (!found && whole) {
            *given_up = true;
            x->stack_count = 0;
            return NEARDUP_OK;
        }
        NDUP_TRY(push(x, (struct box){box.a0 + at_a, box.a1, box.b0 + at_b, box.b1}, err));
        NDUP_TRY(push(x, (struct box){box.a0, box.a0 + at_a, box.b0, box.b0 + at_b}, err));
    }
    return NEARDUP_OK;
}

/* ---- anchors: where texts are far apart ---- */

/* Fixed points between texts that are far apart: short sequences of tokens that occur once in either of them. The longest
 * chain of these that rises in both (a longest increasing subsequence, by patience sorting). */

/* Fewer tokens meet by chance, and far from where they belong; more are found in fewer of the passages that are shared.
 * Judged by reading diffs of pages and books, not by a figure. */
#define ANCHOR_TOKENS 8u

struct spot { /* a sequence of tokens, found by its hash */
    uint64_t hash;
    size_t a, b;               /* where it is */
    unsigned a_times, b_times; /* 0, 1, or 2 for more */
};

struct spots {
    struct spot *table; /* open addressing; one without a place is an empty slot */
    size_t mask;
};

struct anchor {
    size_t a, b;
    size_t before; /* anchor, or UNMATCHED */
};

/* Hash of the tokens from i on; false if they are not next to each other in the text. Under the key, since numbers
 * of tokens are easy to choose: the first word is 1, the second 2. */
static bool hash_at(const struct ndup_key *key, const struct align_side *side, size_t i, uint64_t *hash)
{
    if (side->count - i < ANCHOR_TOKENS ||
        side->place[i + ANCHOR_TOKENS - 1] - side->place[i] != (size_t)ANCHOR_TOKENS - 1)
        return false;
    struct ndup_sum sum = {0, 0};
    for (size_t j = 0; j < ANCHOR_TOKENS; j += 2)
        ndup_key_add(&sum, key->block + j, side->token[i + j], side->token[i + j + 1]);
    *hash = ndup_key_two(key->fold, sum.low, sum.high);
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
        if (!hash_at(x->key, &x->a, i, &hash))
            continue;
        struct spot *s = spot_of(spots, hash);
        s->a = i;
        s->a_times += s->a_times < 2;
    }
    for (size_t i = 0; i < x->b.count; i++) {
        if (!hash_at(x->key, &x->b, i, &hash))
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
        if (!hash_at(x->key, &x->a, i, &hash))
            continue;
        const struct spot *s = spot_of(spots, hash);
        if (is_anchor(x, s))
            list[(*count)++] = (struct anchor){s->a, s->b, UNMATCHED};
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
        list[i].before = low > 0 ? ends[low - 1] : UNMATCHED;
        ends[low] = i;
        length += low == length;
    }
    return length > 0 ? ends[length - 1] : UNMATCHED;
}

/* Only the first token of each is matched: anchors overlap, and need not agree about the others. */
static neardup_status use_chain(struct ndup_align *x, const struct anchor *list, size_t last, neardup_error *err)
{
    struct box box = {0, x->a.count, 0, x->b.count};
    for (size_t i = last; i != UNMATCHED; i = list[i].before) {
        x->match[list[i].a] = list[i].b;
        NDUP_TRY(push(x, (struct box){list[i].a + 1, box.a1, list[i].b + 1, box.b1}, err));
        box.a1 = list[i].a;
        box.b1 = list[i].b;
    }
    return push(x, box, err);
}

/* Matches the tokens where something begins that is once on either side, in an order that both sides have, and puts the
 * boxes between them on the stack. */
static neardup_status use_anchors(struct ndup_align *x, neardup_error *err)
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

/* ---- the whole ---- */

/* Myers' search costs tokens times edits. The first search is exact and gives up beyond this: 2^25 steps are some
 * hundredths of a second, which a person does not notice. Larger values give shortest scripts for texts that are
 * further apart, and make a page of many comparisons slower. */
#define EXACT_EDITS 4096u
#define EXACT_WORK  ((uint64_t)1 << 25)

/* The searches between anchors are cut after this many edits, so that all pieces together cost about what the exact
 * search may cost; at least 64, so that a piece of two sentences is always exact. */
#define CUT_EDITS_MOST  1024u
#define CUT_EDITS_LEAST 64u
#define CUT_WORK        ((size_t)1 << 25)

/* ---- which tokens both texts have ---- */

struct hash_names { /* token hashes, numbered */
    struct name {
        uint64_t hash;
        uint32_t number; /* from 1; 0: an empty slot */
        bool in_b;
    } * table;
    size_t mask;
    uint32_t count;
};

static struct name *name_of(struct hash_names *names, uint64_t hash)
{
    size_t slot = hash & names->mask;
    while (names->table[slot].number != 0 && names->table[slot].hash != hash)
        slot = (slot + 1) & names->mask;
    return &names->table[slot];
}

static bool names_fill(struct hash_names *names, const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
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

static bool side_fill(struct align_side *side, struct hash_names *names, const uint64_t *tokens, size_t count)
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
    struct hash_names names = {.count = 0};
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

/* ---- matches become runs ---- */

static void forget_matches(struct ndup_align *x)
{
    for (size_t i = 0; i < x->a.count; i++)
        x->match[i] = UNMATCHED;
}

static neardup_status match_tokens(struct ndup_align *x, neardup_error *err)
{
    bool given_up;
    struct limits exact = {EXACT_EDITS, EXACT_WORK};
    forget_matches(x);
    NDUP_TRY(push(x, (struct box){0, x->a.count, 0, x->b.count}, err));
    NDUP_TRY(search(x, exact, true, &given_up, err));
    if (!given_up)
        return NEARDUP_OK;
    size_t edits = CUT_WORK / (x->a.count + x->b.count + 1);
    struct limits cut = {.work = UINT64_MAX};
    cut.edits = edits < CUT_EDITS_LEAST ? CUT_EDITS_LEAST : edits > CUT_EDITS_MOST ? CUT_EDITS_MOST : edits;
    forget_matches(x);
    NDUP_TRY(use_anchors(x, err));
    return search(x, cut, false, &given_up, err);
}

static neardup_status make_runs(const struct ndup_align *x, struct ndup_run **runs, size_t *count, neardup_error *err)
{
    size_t capacity = 0;
    for (size_t i = 0; i < x->a.count; i++) {
        if (x->match[i] == UNMATCHED)
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
    NDUP_TRY(ndup_key_get(&x.key, err));
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

/* ---- passages ---- */

/* Places of one shingle that are looked at. A shingle that b has more often is boilerplate, and looking at all of them
 * would be quadratic in a text of nothing else; any longer passage has a rarer shingle. Not measured. */
#define PLACES_MAX 64u

struct index { /* places of every hash of b, in order: heads by hash, next by place; 0 ends */
    size_t *head, *next;
    size_t mask;
};

static bool index_build(struct index *x, const uint64_t *b, size_t count)
{
    size_t size = 64;
    while (size < count)
        size *= 2;
    x->mask = size - 1;
    x->head = ndup_calloc(size, sizeof *x->head);
    x->next = ndup_calloc(count, sizeof *x->next);
    if (x->head == NULL || x->next == NULL)
        return false;
    for (size_t i = count; i-- > 0;) {
        x->next[i] = x->head[b[i] & x->mask];
        x->head[b[i] & x->mask] = i + 1;
    }
    return true;
}

static size_t run_length(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    size_t n = 0;
    while (n < a_count && n < b_count && a[n] == b[n])
        n++;
    return n;
}

static struct ndup_run longest_at(const struct index *x, const uint64_t *a, size_t a_count, size_t i, const uint64_t *b,
                                  size_t b_count)
{
    struct ndup_run best = {i, 0, 0};
    size_t tried = 0;
    for (size_t place = x->head[a[i] & x->mask]; place != 0 && tried < PLACES_MAX; place = x->next[place - 1]) {
        size_t j = place - 1;
        if (b[j] != a[i])
            continue;
        tried++;
        size_t n = run_length(a + i, a_count - i, b + j, b_count - j);
        if (n > best.count)
            best = (struct ndup_run){i, j, n};
    }
    return best;
}

neardup_status ndup_passages_find(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count,
                                  struct ndup_run **runs, size_t *run_count, neardup_error *err)
{
    struct index x = {0};
    struct ndup_run *found = NULL;
    size_t count = 0, capacity = 0;
    neardup_status st = index_build(&x, b, b_count) ? NEARDUP_OK : ndup_fail_nomem(err);
    for (size_t i = 0; st == NEARDUP_OK && i < a_count;) {
        struct ndup_run run = longest_at(&x, a, a_count, i, b, b_count);
        if (run.count == 0) {
            i++;
            continue;
        }
        if (!ndup_grow(&found, &capacity, count + 1, sizeof *found))
            st = ndup_fail_nomem(err);
        else
            found[count++] = run;
        i += run.count;
    }
    free(x.head);
    free(x.next);
    if (st != NEARDUP_OK) {
        free(found);
        found = NULL;
        count = 0;
    }
    *runs = found;
    *run_count = count;
    return st;
}
