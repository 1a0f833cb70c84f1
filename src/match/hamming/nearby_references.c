/* SPDX-License-Identifier: MIT
 * Groups of references are near to others, not to each other. First all are searched together, as if there were no references;
 * pairs of these are passed over. Where they turn out to be a mass, they are an index that the others ask. */
#include "base/platform.h"

#include "match/hamming/nearby_impl.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/hamming/hamming_cross.h"

#include <stdlib.h>

/* Where a rank that stays is enough, a group with a reference in it is one of references: all else in it goes for that. */
neardup_status ndup_nearby_mark_references(struct ndup_nearby *f, neardup_error *err)
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

struct sides { /* all groups, those of references first */
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

static neardup_status make_sides(const struct ndup_nearby *f, struct sides *s, neardup_error *err)
{
    s->all.fingerprints = ndup_alloc(f->groups, sizeof *s->all.fingerprints);
    s->all.groups = ndup_alloc(f->groups, sizeof *s->all.groups);
    s->all.gone = ndup_calloc(f->groups, sizeof *s->all.gone);
    if (s->all.fingerprints == NULL || s->all.groups == NULL || s->all.gone == NULL)
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

static neardup_status search_together(struct ndup_nearby *f, const struct sides *s, struct ndup_hamming_plan *plan,
                                      neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    struct ndup_hamming_pairs found = {0};
    NDUP_TRY(ndup_hamming_plan(o->bits, o->distance, f->groups, o->max_bytes, plan, err));
    NDUP_TRY(ndup_hamming_pairs_apart(plan, s->all.fingerprints, f->groups, s->references,
                                      ndup_nearby_pair_bytes(f, f->groups), o->cpu, o->pool, o->cancel, &found, err));
    return add_pairs(f, s->all.groups, s->all.groups, &found, err);
}

static neardup_status search_apart(struct ndup_nearby *f, const struct sides *s, struct ndup_hamming_plan *plan,
                                   neardup_error *err)
{
    const struct ndup_nearby_options *o = f->o;
    const struct ndup_nearby_side others = {s->all.fingerprints + s->references, s->all.groups + s->references,
                                            s->all.gone + s->references, s->all.count - s->references};
    struct ndup_hamming_cross cross = {
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
    NDUP_TRY(ndup_hamming_cross(&cross, &found, err));
    for (size_t i = 0; i < found.count; i++)
        others.gone[found.pairs[i].b] = 1;
    NDUP_TRY(add_pairs(f, s->all.groups, others.groups, &found, err));
    NDUP_TRY(ndup_nearby_search(f, &others, plan, &found, err));
    return add_pairs(f, others.groups, others.groups, &found, err);
}

neardup_status ndup_nearby_search_references(struct ndup_nearby *f, struct ndup_hamming_plan *plan, neardup_error *err)
{
    struct sides s = {.references = 0};
    neardup_status st = make_sides(f, &s, err);
    if (st == NEARDUP_OK)
        st = search_together(f, &s, plan, err);
    if (st == NEARDUP_E_LIMIT) {
        ndup_hamming_pairs_free(&f->pairs);
        st = search_apart(f, &s, plan, err);
    }
    free(s.all.fingerprints);
    free(s.all.groups);
    free(s.all.gone);
    return st;
}
