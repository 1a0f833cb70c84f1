/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/nearby.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* A scope of at most this many fingerprints is compared without calling all threads. */
#define FEW 256u

struct ndup_nearby {
    const struct ndup_nearby_options *o;
    uint32_t *group_of;                    /* [ranks]; UINT32_MAX: compared with none */
    struct ndup_fingerprint *fingerprints; /* [groups], in order of their first ranks */
    uint32_t *scope;                       /* [groups]; NULL: one scope */
    uint32_t groups;
    uint8_t *references; /* [groups]: not 0: one of references, not compared with its like. NULL: none is */
    uint32_t *degree;    /* [groups]: members and links; later the group's bucket */
    struct ndup_hamming_pairs pairs;
};

struct ndup_nearby_side { /* some of the groups */
    struct ndup_fingerprint *fingerprints;
    uint32_t *groups; /* ascending; NULL: all of them */
    uint8_t *removed; /* not 0: near to a reference; NULL: none is */
    uint32_t count;
};

/* ---- groups ---- */

static size_t slot_of(struct ndup_fingerprint f, uint32_t scope, unsigned bits)
{
    uint64_t x = (f.low ^ (f.high + scope) * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xD6E8FEB86659FD93);
    x = (x ^ x >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return (size_t)(x >> (64 - bits));
}

/* The group of a fingerprint, a new one if it has none. */
static uint32_t find_group(struct ndup_nearby *f, uint32_t *table, unsigned bits, struct ndup_fingerprint own,
                           uint32_t scope)
{
    size_t mask = ((size_t)1 << bits) - 1, slot = slot_of(own, scope, bits);
    for (; table[slot] != 0; slot = (slot + 1) & mask) {
        uint32_t g = table[slot] - 1;
        if (f->fingerprints[g].low == own.low && f->fingerprints[g].high == own.high &&
            (f->scope == NULL || f->scope[g] == scope))
            return g;
    }
    f->fingerprints[f->groups] = own;
    if (f->scope != NULL)
        f->scope[f->groups] = scope;
    table[slot] = f->groups + 1;
    return f->groups++;
}

static neardup_status make_groups(struct ndup_nearby *f, neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    unsigned bits = 4;
    while (((uint64_t)1 << bits) < (uint64_t)o->ranks * 3 / 2)
        bits++;
    f->group_of = ndup_alloc(o->ranks, sizeof *f->group_of);
    f->fingerprints = ndup_alloc(o->ranks, sizeof *f->fingerprints);
    f->scope = o->scope != NULL ? ndup_alloc(o->ranks, sizeof *f->scope) : NULL;
    uint32_t *table = ndup_calloc((size_t)1 << bits, sizeof *table);
    if (f->group_of == NULL || f->fingerprints == NULL || (o->scope != NULL && f->scope == NULL) || table == NULL) {
        free(table);
        return ndup_fail_nomem(err);
    }
    for (uint32_t r = 0; r < o->ranks; r++) {
        uint32_t scope = o->scope != NULL ? o->scope[r] : 0;
        f->group_of[r] = scope == NDUP_NEARBY_ALONE ? NONE : find_group(f, table, bits, o->fingerprints[r], scope);
    }
    free(table);
    return NEARDUP_OK;
}

/* ---- wide blocks ---- */

/* Two ways below hold fingerprints in an index and ask it for those near to another one (multi-index hashing: Norouzi, Punjani,
 * Fleet, CVPR 2012): a fingerprint is cut into blocks of 16 bits, so that a block has a table of all its values. With
 * distance = radius * blocks + t and t < blocks, two fingerprints within the distance differ in at most `radius` bits in one of
 * the first t + 1 blocks, or in fewer in one of the others: else the sum were larger. */
#define WIDTH  16u
#define VALUES ((size_t)1 << WIDTH)
#define BLOCKS (128u / WIDTH)

struct wide_blocks {
    unsigned count;
    int radius[BLOCKS]; /* -1: the others are enough */
    uint16_t *near;     /* values by the number of their bits: what is within a radius of a value, by exclusive or */
    size_t within[WIDTH + 2]; /* values of fewer bits */
};

static bool wide_blocks_init(struct wide_blocks *w, unsigned bits, unsigned distance)
{
    size_t at = 0;
    w->count = bits / WIDTH;
    for (unsigned b = 0; b < w->count; b++)
        w->radius[b] = (int)(distance / w->count) - (b > distance % w->count);
    w->near = ndup_alloc(VALUES, sizeof *w->near);
    if (w->near == NULL)
        return false;
    for (unsigned n = 0; n <= WIDTH; n++) {
        w->within[n] = at;
        for (unsigned v = 0; v < VALUES; v++) {
            if ((unsigned)__builtin_popcount(v) == n)
                w->near[at++] = (uint16_t)v;
        }
    }
    w->within[WIDTH + 1] = at;
    return true;
}

static unsigned value_of(struct ndup_fingerprint f, unsigned block)
{
    uint64_t word = block < 64 / WIDTH ? f.low : f.high;
    return (unsigned)(word >> block % (64 / WIDTH) * WIDTH) & (unsigned)(VALUES - 1);
}

/* Whether this is the first block in which the two are near: there the pair counts. */
static bool first_near(const struct wide_blocks *w, struct ndup_fingerprint a, struct ndup_fingerprint b,
                       unsigned block)
{
    for (unsigned i = 0; i < block; i++) {
        if (__builtin_popcount(value_of(a, i) ^ value_of(b, i)) <= w->radius[i])
            return false;
    }
    return true;
}

/* ---- kept fingerprints ---- */

/* The fingerprints that are kept when every earlier kept one within the distance is a reason to be removed, and which others
 * are near to these. A mass of fingerprints that are all near to each other has as many pairs as its size squared, and one
 * that is kept: only kept ones are in the index, which fingerprints ask one after the other. */

struct kept_options {
    const struct ndup_fingerprint *fingerprints; /* [count], distinct, in keeper order */
    const uint8_t
        *several; /* [count]: not 0: several ranks have it, and later ones may also be near to what comes after
                               the first of them */
    const uint8_t *removed; /* [count]: not 0: it is removed, for a reason that is not among these; NULL: none is */
    uint32_t count;
    unsigned bits, distance;
    uint64_t max_bytes; /* of pairs; 0: no limit */
    const atomic_bool *cancel;
};

struct kept_slot { /* kept fingerprints with a value in a block */
    struct kept_fingerprint {
        struct ndup_fingerprint fingerprint;
        uint32_t number;
    } * list;
    size_t count, capacity;
};

struct keeping {
    const struct kept_options *o;
    struct ndup_hamming_pairs *pairs;
    struct wide_blocks blocks;
    struct kept_slot *slots; /* [blocks][VALUES] */
    uint8_t *kept;
};

static bool prepare_keeping(struct keeping *k)
{
    if (!wide_blocks_init(&k->blocks, k->o->bits, k->o->distance))
        return false;
    k->slots = ndup_calloc(k->blocks.count * VALUES, sizeof *k->slots);
    k->kept = ndup_calloc(k->o->count, sizeof *k->kept);
    return k->slots != NULL && k->kept != NULL;
}

static void release_keeping(struct keeping *k)
{
    for (size_t i = 0; k->slots != NULL && i < k->blocks.count * VALUES; i++)
        free(k->slots[i].list);
    free(k->slots);
    free(k->blocks.near);
    free(k->kept);
}

/* Pairs of `number` with those in the index from `first` on. */
static neardup_status ask_kept(struct keeping *k, uint32_t number, uint32_t first, neardup_error *err)
{
    struct ndup_fingerprint own = k->o->fingerprints[number];
    for (unsigned b = 0; b < k->blocks.count; b++) {
        const struct kept_slot *slots = k->slots + b * VALUES;
        unsigned value = value_of(own, b);
        for (size_t i = 0, n = k->blocks.within[k->blocks.radius[b] + 1]; i < n; i++) {
            const struct kept_slot *slot = &slots[value ^ k->blocks.near[i]];
            for (size_t j = slot->count; j > 0 && slot->list[j - 1].number >= first; j--) {
                const struct kept_fingerprint *s = &slot->list[j - 1];
                if (ndup_simhash_distance(own, s->fingerprint) <= k->o->distance &&
                    first_near(&k->blocks, own, s->fingerprint, b))
                    NDUP_TRY(ndup_hamming_pairs_add(k->pairs, k->o->max_bytes, s->number, number, err));
            }
        }
    }
    return NEARDUP_OK;
}

static bool keep(struct keeping *k, uint32_t number)
{
    struct ndup_fingerprint own = k->o->fingerprints[number];
    k->kept[number] = 1;
    for (unsigned b = 0; b < k->blocks.count; b++) {
        struct kept_slot *slot = &k->slots[b * VALUES + value_of(own, b)];
        if (!ndup_grow(&slot->list, &slot->capacity, slot->count + 1, sizeof *slot->list))
            return false;
        slot->list[slot->count++] = (struct kept_fingerprint){own, number};
    }
    return true;
}

static neardup_status check_cancel(const struct keeping *k, uint32_t number, neardup_error *err)
{
    return number % 1024 == 0 && k->o->cancel != NULL && atomic_load_explicit(k->o->cancel, memory_order_relaxed)
               ? ndup_fail(err, NEARDUP_E_CANCELED, "canceled")
               : NEARDUP_OK;
}

/* First which are kept; then, for removed ones of several ranks, the kept ones after them. */
static neardup_status find_kept(struct keeping *k, neardup_error *err)
{
    for (uint32_t i = 0; i < k->o->count; i++) {
        size_t before = k->pairs->count;
        NDUP_TRY(check_cancel(k, i, err));
        NDUP_TRY(ask_kept(k, i, 0, err));
        bool is_removed = k->pairs->count > before || (k->o->removed != NULL && k->o->removed[i]);
        if (!is_removed && !keep(k, i))
            return ndup_fail_nomem(err);
    }
    for (uint32_t i = 0; i < k->o->count; i++) {
        NDUP_TRY(check_cancel(k, i, err));
        if (!k->kept[i] && k->o->several[i])
            NDUP_TRY(ask_kept(k, i, i, err));
    }
    return NEARDUP_OK;
}

static neardup_status search_index_of_kept(const struct kept_options *options, struct ndup_hamming_pairs *pairs,
                                           neardup_error *err)
{
    struct keeping k = {.o = options, .pairs = pairs};
    *pairs = (struct ndup_hamming_pairs){0};
    neardup_status st = prepare_keeping(&k) ? find_kept(&k, err) : ndup_fail_nomem(err);
    release_keeping(&k);
    if (st != NEARDUP_OK)
        ndup_hamming_pairs_free(pairs);
    return st;
}

/* ---- references against the others ---- */

/* Pairs of a fingerprint of references, which are the index, and one that asks. Pairs of references with each other cost
 * nothing. */

struct cross_member {
    struct ndup_hamming_pairs pairs;
    neardup_status status;
    neardup_error error;
};

struct crossing {
    const struct ndup_nearby_cross_options *o;
    struct wide_blocks blocks;
    uint32_t *begin[BLOCKS]; /* [VALUES + 1]: where the list of a value begins */
    uint32_t *list[BLOCKS];  /* places in the index, by the value of the block, then ascending */
    struct cross_member *members;
    atomic_bool stop;
    _Atomic uint64_t found; /* pairs, by FOUND_STEP */
};

/* Pairs that a thread counts before it adds them to the sum of all threads, so that they do not fight for it. */
#define FOUND_STEP 1024u

/* Counts at [value + 2] become places to write at [value + 1], and, when all is written, begins at [value]. */
static bool list_block(struct crossing *c, unsigned block)
{
    const struct ndup_nearby_cross_options *o = c->o;
    uint32_t *begin = c->begin[block] = ndup_calloc(VALUES + 2, sizeof *begin);
    uint32_t *list = c->list[block] = ndup_alloc(o->index_count, sizeof *list);
    if (begin == NULL || list == NULL)
        return false;
    for (uint32_t i = 0; i < o->index_count; i++)
        begin[value_of(o->index[i], block) + 2]++;
    for (size_t v = 2; v < VALUES + 2; v++)
        begin[v] += begin[v - 1];
    for (uint32_t i = 0; i < o->index_count; i++)
        list[begin[value_of(o->index[i], block) + 1]++] = i;
    return true;
}

static bool prepare_crossing(struct crossing *c)
{
    if (!wide_blocks_init(&c->blocks, c->o->bits, c->o->distance))
        return false;
    for (unsigned b = 0; b < c->blocks.count; b++) {
        if (c->blocks.radius[b] >= 0 && !list_block(c, b))
            return false;
    }
    c->members = ndup_calloc(ndup_pool_threads(c->o->pool), sizeof *c->members);
    return c->members != NULL;
}

static void release_crossing(struct crossing *c)
{
    for (unsigned b = 0; b < BLOCKS; b++) {
        free(c->begin[b]);
        free(c->list[b]);
    }
    for (unsigned t = 0; c->members != NULL && t < ndup_pool_threads(c->o->pool); t++)
        ndup_hamming_pairs_free(&c->members[t].pairs);
    free(c->members);
    free(c->blocks.near);
}

static neardup_status too_many(neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_LIMIT,
                     "too many fingerprints are near those of references: raise `memory` or lower `distance`");
}

static neardup_status add_crossing_pair(struct crossing *c, struct cross_member *m, uint32_t place, uint32_t number)
{
    NDUP_TRY(ndup_hamming_pairs_add(&m->pairs, 0, place, number, &m->error));
    if (m->pairs.count % FOUND_STEP != 0 || c->o->max_bytes == 0)
        return NEARDUP_OK;
    uint64_t found = atomic_fetch_add(&c->found, FOUND_STEP) + FOUND_STEP;
    return found * sizeof *m->pairs.pairs > c->o->max_bytes ? too_many(&m->error) : NEARDUP_OK;
}

struct nearest_reference {
    uint32_t place; /* UINT32_MAX: none */
    unsigned distance;
};

static neardup_status ask_list(struct crossing *c, struct cross_member *m, uint32_t number, unsigned block,
                               unsigned value, struct nearest_reference *nearest)
{
    const struct ndup_nearby_cross_options *o = c->o;
    struct ndup_fingerprint own = o->asking[number];
    for (uint32_t i = c->begin[block][value]; i < c->begin[block][value + 1]; i++) {
        uint32_t place = c->list[block][i];
        unsigned distance = ndup_simhash_distance(own, o->index[place]);
        if (distance > o->distance)
            continue;
        if (o->nearest) {
            if (distance < nearest->distance || (distance == nearest->distance && place < nearest->place))
                *nearest = (struct nearest_reference){place, distance};
        } else if (first_near(&c->blocks, own, o->index[place], block)) {
            NDUP_TRY(add_crossing_pair(c, m, place, number));
        }
    }
    return NEARDUP_OK;
}

static neardup_status ask_references(struct crossing *c, struct cross_member *m, uint32_t number)
{
    struct nearest_reference nearest = {UINT32_MAX, c->o->distance + 1};
    struct ndup_fingerprint own = c->o->asking[number];
    for (unsigned b = 0; b < c->blocks.count; b++) {
        for (size_t i = 0, n = c->blocks.within[c->blocks.radius[b] + 1]; i < n; i++)
            NDUP_TRY(ask_list(c, m, number, b, value_of(own, b) ^ c->blocks.near[i], &nearest));
    }
    if (nearest.place == UINT32_MAX)
        return NEARDUP_OK;
    return add_crossing_pair(c, m, nearest.place, number);
}

static bool is_canceled(const struct crossing *c)
{
    return c->o->cancel != NULL && atomic_load_explicit(c->o->cancel, memory_order_relaxed);
}

/* Each thread has a range of its own: what they find is then in order. */
static void ask_range(void *context, unsigned member)
{
    struct crossing *c = context;
    struct cross_member *m = &c->members[member];
    uint64_t threads = ndup_pool_threads(c->o->pool), count = c->o->asking_count;
    uint32_t begin = (uint32_t)(count * member / threads), end = (uint32_t)(count * (member + 1) / threads);
    for (uint32_t i = begin; i < end && m->status == NEARDUP_OK; i++) {
        if ((i - begin) % 256 == 0 && (atomic_load(&c->stop) || is_canceled(c)))
            return;
        m->status = ask_references(c, m, i);
    }
    if (m->status != NEARDUP_OK)
        atomic_store(&c->stop, true);
}

static neardup_status gather_crossing(const struct crossing *c, struct ndup_hamming_pairs *pairs, neardup_error *err)
{
    size_t n = 0;
    for (unsigned t = 0; t < ndup_pool_threads(c->o->pool); t++) {
        const struct cross_member *m = &c->members[t];
        if (m->status != NEARDUP_OK && err != NULL)
            *err = m->error;
        NDUP_TRY(m->status);
        n += m->pairs.count;
    }
    if (is_canceled(c))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    if (c->o->max_bytes > 0 && n * sizeof *pairs->pairs > c->o->max_bytes)
        return too_many(err);
    if (!ndup_grow(&pairs->pairs, &pairs->capacity, n, sizeof *pairs->pairs))
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < ndup_pool_threads(c->o->pool); t++) {
        const struct ndup_hamming_pairs *from = &c->members[t].pairs;
        if (from->count > 0)
            memcpy(pairs->pairs + pairs->count, from->pairs, from->count * sizeof *from->pairs);
        pairs->count += from->count;
    }
    return NEARDUP_OK;
}

neardup_status ndup_nearby_cross(const struct ndup_nearby_cross_options *cross, struct ndup_hamming_pairs *pairs,
                                 neardup_error *err)
{
    struct crossing c = {.o = cross};
    *pairs = (struct ndup_hamming_pairs){0};
    if (cross->index_count == 0 || cross->asking_count == 0)
        return NEARDUP_OK;
    neardup_status st = NEARDUP_OK;
    if (!prepare_crossing(&c))
        st = ndup_fail_nomem(err);
    if (st == NEARDUP_OK) {
        ndup_pool_run(cross->pool, ask_range, &c);
        st = gather_crossing(&c, pairs, err);
    }
    release_crossing(&c);
    if (st != NEARDUP_OK)
        ndup_hamming_pairs_free(pairs);
    return st;
}

/* ---- pairs of groups ---- */

static neardup_status search(const struct ndup_nearby *f, const struct ndup_fingerprint *fingerprints, uint32_t count,
                             uint64_t max_pair_bytes, struct ndup_hamming_plan *plan, struct ndup_hamming_pairs *pairs,
                             neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    NDUP_TRY(ndup_hamming_plan(o->bits, o->distance, count, o->max_bytes, plan, err));
    return ndup_hamming_pairs(plan, fingerprints, count, max_pair_bytes, o->cpu, o->pool, o->cancel, pairs, err);
}

static neardup_status compare_few(struct ndup_nearby *f, const struct ndup_fingerprint *own, const uint64_t *groups,
                                  uint32_t count, neardup_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count; j++) {
            if (ndup_simhash_distance(own[i], own[j]) <= f->o->distance)
                NDUP_TRY(
                    ndup_hamming_pairs_add(&f->pairs, f->o->max_bytes, (uint32_t)groups[i], (uint32_t)groups[j], err));
        }
    }
    return NEARDUP_OK;
}

static neardup_status compare_many(struct ndup_nearby *f, const struct ndup_fingerprint *own, const uint64_t *groups,
                                   uint32_t count, neardup_error *err)
{
    struct ndup_hamming_plan plan;
    struct ndup_hamming_pairs found = {0};
    NDUP_TRY(search(f, own, count, f->o->max_bytes, &plan, &found, err));
    neardup_status st = NEARDUP_OK;
    for (size_t i = 0; st == NEARDUP_OK && i < found.count; i++)
        st = ndup_hamming_pairs_add(&f->pairs, f->o->max_bytes, (uint32_t)groups[found.pairs[i].a],
                                    (uint32_t)groups[found.pairs[i].b], err);
    ndup_hamming_pairs_free(&found);
    return st;
}

static int by_number(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static neardup_status search_scope(struct ndup_nearby *f, const uint64_t *groups, uint32_t count,
                                   struct ndup_fingerprint *own, neardup_error *err)
{
    for (uint32_t i = 0; i < count; i++)
        own[i] = f->fingerprints[(uint32_t)groups[i]];
    if (f->o->cancel != NULL && atomic_load_explicit(f->o->cancel, memory_order_relaxed))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    return count <= FEW ? compare_few(f, own, groups, count, err) : compare_many(f, own, groups, count, err);
}

/* Scope by scope: groups[] is the scope and the group of each. */
static neardup_status search_scopes(struct ndup_nearby *f, uint64_t *groups, struct ndup_fingerprint *own,
                                    struct ndup_hamming_plan *plan, neardup_error *err)
{
    uint32_t largest = 0;
    for (uint32_t g = 0; g < f->groups; g++)
        groups[g] = (uint64_t)f->scope[g] << 32 | g;
    if (f->groups > 1)
        qsort(groups, f->groups, sizeof *groups, by_number);
    for (uint32_t begin = 0, end; begin < f->groups; begin = end) {
        for (end = begin + 1; end < f->groups && groups[end] >> 32 == groups[begin] >> 32; end++)
            ;
        largest = end - begin > largest ? end - begin : largest;
        NDUP_TRY(search_scope(f, groups + begin, end - begin, own, err));
    }
    if (largest <= FEW)
        return ndup_hamming_plan_cut(f->o->bits, f->o->distance, largest, f->o->max_bytes, 0, plan, err);
    return ndup_hamming_plan(f->o->bits, f->o->distance, largest, f->o->max_bytes, plan, err);
}

/* ---- masses ---- */

static neardup_status search_kept(const struct ndup_nearby *f, const struct ndup_nearby_side *side,
                                  struct ndup_hamming_pairs *pairs, neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    uint8_t *several = ndup_calloc(f->groups, sizeof *several);
    if (several == NULL)
        return ndup_fail_nomem(err);
    for (uint32_t r = 0, next = 0; r < o->ranks; r++) {
        if (f->group_of[r] == next)
            next++;
        else if (f->group_of[r] != NONE)
            several[f->group_of[r]] = 1;
    }
    for (uint32_t i = 0; side->groups != NULL && i < side->count; i++)
        several[i] = several[side->groups[i]]; /* which ascend */
    struct kept_options k = {
        .fingerprints = side->fingerprints,
        .several = several,
        .removed = side->removed,
        .count = side->count,
        .bits = o->bits,
        .distance = o->distance,
        .max_bytes = o->max_bytes,
        .cancel = o->cancel,
    };
    neardup_status st = search_index_of_kept(&k, pairs, err);
    free(several);
    return st;
}

/* What pairs of `count` fingerprints may take before they are too many; 0: no limit. */
static uint64_t pair_bytes(const struct ndup_nearby *f, uint32_t count)
{
    uint64_t few = ((uint64_t)count + 1024) * NDUP_HAMMING_MASS * sizeof(struct ndup_hamming_pair);
    return !f->o->kept_only || (f->o->max_bytes > 0 && f->o->max_bytes < few) ? f->o->max_bytes : few;
}

/* Pairs of a side, all that matter, as places in it. Where a kept rank is enough and pairs turn out to be too many, those of
 * kept ones. */
static neardup_status search_side(const struct ndup_nearby *f, const struct ndup_nearby_side *side,
                                  struct ndup_hamming_plan *plan, struct ndup_hamming_pairs *pairs, neardup_error *err)
{
    uint64_t bytes = pair_bytes(f, side->count);
    neardup_status st = search(f, side->fingerprints, side->count, bytes, plan, pairs, err);
    return st == NEARDUP_E_LIMIT && f->o->kept_only ? search_kept(f, side, pairs, err) : st;
}

/* ---- references ---- */

/* Groups of references are near to others, not to each other. First all are searched together, as if there were no references;
 * pairs of these are passed over. Where they turn out to be a mass, they are an index that the others ask. */

/* Where a kept rank is enough, a group with a reference in it is one of references: all others in it are removed for that. */
static neardup_status mark_references(struct ndup_nearby *f, neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    f->references = ndup_calloc(f->groups, sizeof *f->references);
    if (f->references == NULL)
        return ndup_fail_nomem(err);
    for (uint32_t r = 0; r < o->references; r++) {
        if (f->group_of[r] != UINT32_MAX)
            f->references[f->group_of[r]] = 1;
    }
    for (uint32_t r = 0; r < o->ranks && !o->kept_only; r++) {
        bool is_new = r >= o->references || (o->mixed != NULL && (o->mixed[r / 64] >> r % 64 & 1));
        if (is_new && f->group_of[r] != UINT32_MAX)
            f->references[f->group_of[r]] = 0;
    }
    return NEARDUP_OK;
}

struct reference_sides { /* all groups, those of references first */
    struct ndup_nearby_side all;
    uint32_t references;
};

static void add_groups(const struct ndup_nearby *f, bool references, struct ndup_nearby_side *side)
{
    for (uint32_t g = 0; g < f->groups; g++) {
        if ((f->references[g] != 0) != references)
            continue;
        side->fingerprints[side->count] = f->fingerprints[g];
        side->groups[side->count++] = g;
    }
}

static neardup_status make_sides(const struct ndup_nearby *f, struct reference_sides *s, neardup_error *err)
{
    s->all.fingerprints = ndup_alloc(f->groups, sizeof *s->all.fingerprints);
    s->all.groups = ndup_alloc(f->groups, sizeof *s->all.groups);
    s->all.removed = ndup_calloc(f->groups, sizeof *s->all.removed);
    if (s->all.fingerprints == NULL || s->all.groups == NULL || s->all.removed == NULL)
        return ndup_fail_nomem(err);
    add_groups(f, true, &s->all);
    s->references = s->all.count;
    add_groups(f, false, &s->all);
    return NEARDUP_OK;
}

/* Places of pairs become groups; frees what was found. */
static neardup_status add_pairs(struct ndup_nearby *f, const uint32_t *a, const uint32_t *b,
                                struct ndup_hamming_pairs *found, neardup_error *err)
{
    neardup_status st = NEARDUP_OK;
    for (size_t i = 0; st == NEARDUP_OK && i < found->count; i++)
        st = ndup_hamming_pairs_add(&f->pairs, f->o->max_bytes, a[found->pairs[i].a], b[found->pairs[i].b], err);
    ndup_hamming_pairs_free(found);
    return st;
}

static neardup_status search_together(struct ndup_nearby *f, const struct reference_sides *s,
                                      struct ndup_hamming_plan *plan, neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    struct ndup_hamming_pairs found = {0};
    NDUP_TRY(ndup_hamming_plan(o->bits, o->distance, f->groups, o->max_bytes, plan, err));
    NDUP_TRY(ndup_hamming_pairs_apart(plan, s->all.fingerprints, f->groups, s->references, pair_bytes(f, f->groups),
                                      o->cpu, o->pool, o->cancel, &found, err));
    return add_pairs(f, s->all.groups, s->all.groups, &found, err);
}

static neardup_status search_apart(struct ndup_nearby *f, const struct reference_sides *s,
                                   struct ndup_hamming_plan *plan, neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    const struct ndup_nearby_side others = {s->all.fingerprints + s->references, s->all.groups + s->references,
                                            s->all.removed + s->references, s->all.count - s->references};
    struct ndup_nearby_cross_options cross = {
        .index = s->all.fingerprints,
        .index_count = s->references,
        .asking = others.fingerprints,
        .asking_count = others.count,
        .bits = o->bits,
        .distance = o->distance,
        .nearest = o->kept_only,
        .max_bytes = o->max_bytes,
        .pool = o->pool,
        .cancel = o->cancel,
    };
    struct ndup_hamming_pairs found = {0};
    NDUP_TRY(ndup_nearby_cross(&cross, &found, err));
    for (size_t i = 0; i < found.count; i++)
        others.removed[found.pairs[i].b] = 1;
    NDUP_TRY(add_pairs(f, s->all.groups, others.groups, &found, err));
    NDUP_TRY(search_side(f, &others, plan, &found, err));
    return add_pairs(f, others.groups, others.groups, &found, err);
}

static neardup_status search_references(struct ndup_nearby *f, struct ndup_hamming_plan *plan, neardup_error *err)
{
    struct reference_sides s = {.references = 0};
    neardup_status st = make_sides(f, &s, err);
    if (st == NEARDUP_OK)
        st = search_together(f, &s, plan, err);
    if (st == NEARDUP_E_LIMIT) {
        ndup_hamming_pairs_free(&f->pairs);
        st = search_apart(f, &s, plan, err);
    }
    free(s.all.fingerprints);
    free(s.all.groups);
    free(s.all.removed);
    return st;
}

/* ---- all pairs ---- */

static neardup_status find_pairs(struct ndup_nearby *f, struct ndup_hamming_plan *plan, neardup_error *err)
{
    bool one = true;
    for (uint32_t g = 1; f->scope != NULL && g < f->groups && one; g++)
        one = f->scope[g] == f->scope[0];
    const struct ndup_nearby_side all = {.fingerprints = f->fingerprints, .count = f->groups};
    if (f->o->references > 0)
        return search_references(f, plan, err);
    if (one)
        return search_side(f, &all, plan, &f->pairs, err);
    uint64_t *groups = ndup_alloc(f->groups, sizeof *groups);
    struct ndup_fingerprint *own = ndup_alloc(f->groups, sizeof *own);
    neardup_status st = groups == NULL || own == NULL ? ndup_fail_nomem(err) : search_scopes(f, groups, own, plan, err);
    free(groups);
    free(own);
    return st;
}

/* ---- buckets and links ---- */

/* Walks the ranks in order. Where a kept rank is enough, a group of references needs its first one only. */
static bool takes_part(const struct ndup_nearby *f, uint32_t rank, uint32_t *next_group)
{
    bool first = f->group_of[rank] == *next_group;
    *next_group += first;
    return f->group_of[rank] != NONE && (first || rank >= f->o->references || !f->o->kept_only);
}

/* Groups of several ranks, or with links, get buckets; degree[] becomes their numbers. */
static neardup_status number_buckets(struct ndup_nearby *f, struct ndup_bucket_links *links, uint32_t *buckets,
                                     neardup_error *err)
{
    uint32_t n = 0;
    f->degree = ndup_calloc(f->groups, sizeof *f->degree);
    if (f->degree == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < f->pairs.count; i++)
        f->degree[f->pairs.pairs[i].a] = f->degree[f->pairs.pairs[i].b] = 2;
    for (uint32_t r = 0, next = 0; r < f->o->ranks; r++) {
        uint32_t g = f->group_of[r];
        bool alone = f->references != NULL && g != NONE && f->references[g] && !f->o->kept_only;
        if (takes_part(f, r, &next) && !alone && f->degree[g] < 2)
            f->degree[g]++;
    }
    for (uint32_t g = 0; g < f->groups; g++)
        f->degree[g] = f->degree[g] >= 2 ? n++ : NONE;
    links->begin = ndup_calloc((size_t)n + 2, sizeof *links->begin);
    links->to = ndup_alloc(2 * f->pairs.count, sizeof *links->to);
    *buckets = n;
    return links->begin == NULL || links->to == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* Counts at [bucket + 2] become places to write at [bucket + 1], and, when all is written, begins at [bucket]. */
static void make_links(const struct ndup_nearby *f, struct ndup_bucket_links *links, uint32_t buckets)
{
    for (size_t i = 0; i < f->pairs.count; i++) {
        links->begin[(size_t)f->degree[f->pairs.pairs[i].a] + 2]++;
        links->begin[(size_t)f->degree[f->pairs.pairs[i].b] + 2]++;
    }
    for (size_t b = 2; b < (size_t)buckets + 2; b++)
        links->begin[b] += links->begin[b - 1];
    for (size_t i = 0; i < f->pairs.count; i++) {
        uint32_t a = f->degree[f->pairs.pairs[i].a], b = f->degree[f->pairs.pairs[i].b];
        links->to[links->begin[(size_t)a + 1]++] = b;
        links->to[links->begin[(size_t)b + 1]++] = a;
    }
}

static neardup_status make_entries(const struct ndup_nearby *f, struct ndup_entries *entries, uint32_t buckets,
                                   neardup_error *err)
{
    struct ndup_entry_list *list = &entries->parts[0];
    size_t n = 0;
    for (uint32_t r = 0, next = 0; r < f->o->ranks; r++)
        n += takes_part(f, r, &next) && f->degree[f->group_of[r]] != NONE;
    if (!ndup_grow(&list->entries, &list->capacity, n, sizeof *list->entries))
        return ndup_fail_nomem(err);
    for (uint32_t r = 0, next = 0; r < f->o->ranks; r++) {
        if (takes_part(f, r, &next) && f->degree[f->group_of[r]] != NONE)
            list->entries[list->count++] = (struct ndup_entry){r, f->degree[f->group_of[r]]};
    }
    entries->buckets = buckets;
    return NEARDUP_OK;
}

static neardup_status find(struct ndup_nearby *f, struct ndup_entries *entries, struct ndup_bucket_links *links,
                           struct ndup_hamming_plan *plan, neardup_error *err)
{
    uint32_t buckets = 0;
    NDUP_TRY(make_groups(f, err));
    if (f->o->references > 0)
        NDUP_TRY(mark_references(f, err));
    NDUP_TRY(find_pairs(f, plan, err));
    NDUP_TRY(number_buckets(f, links, &buckets, err));
    make_links(f, links, buckets);
    return make_entries(f, entries, buckets, err);
}

neardup_status ndup_nearby_find(const struct ndup_nearby_options *options, struct ndup_entries *entries,
                                struct ndup_bucket_links *links, struct ndup_hamming_plan *plan, neardup_error *err)
{
    struct ndup_nearby f = {.o = options};
    *links = (struct ndup_bucket_links){0};
    neardup_status st = find(&f, entries, links, plan, err);
    free(f.group_of);
    free(f.fingerprints);
    free(f.scope);
    free(f.references);
    free(f.degree);
    ndup_hamming_pairs_free(&f.pairs);
    if (st != NEARDUP_OK)
        ndup_bucket_links_free(links);
    return st;
}
