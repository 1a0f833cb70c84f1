/* SPDX-License-Identifier: MIT
 * The greedy rule of decide.h, in parallel and still exact. A thread that meets an undecided text of the same block
 * waits for it (spinning, then yielding: it is being decided at that moment); texts are taken in keeper order, so the
 * earliest undecided one never waits and there is no deadlock. A serial loop would be simpler, and verification, which
 * is most of the time, would run on one core. Deciding all texts of a block against each other first lost: in a mass of
 * pages of one template that is quadratic per block: 97 us per page, where this takes 1.6 us. */
#include "base/platform.h"

#include "cluster/decide.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/verify.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* ---- the rule -------------------------------------------------------------------------------------------------- */

static const struct ndup_text_decision NONE = {0, {NDUP_NO_NUMBER}, NEARDUP_NO_DISTANCE, false};

/* Whether an edge to a kept text leads to a better keeper than the best one so far: to a closer text, or to an earlier one
 * of equally close texts. */
static bool is_better(const struct ndup_text_decision *edge, const struct ndup_text_decision *best, bool by_distance)
{
    if (!ndup_rank_exists(best->keeper))
        return true;
    if (by_distance ? edge->distance != best->distance : edge->jaccard != best->jaccard)
        return by_distance ? edge->distance < best->distance : edge->jaccard > best->jaccard;
    return edge->keeper.value < best->keeper.value;
}

/* ---- known edges ------------------------------------------------------------------------------------------------ */

static int by_later(const void *left, const void *right)
{
    const struct ndup_known_edge *a = left, *b = right;
    if (a->later.value != b->later.value)
        return a->later.value < b->later.value ? -1 : 1;
    return a->earlier.value < b->earlier.value ? -1 : a->earlier.value > b->earlier.value;
}

void ndup_decide_edges(struct ndup_known_edge *edges, size_t count, uint32_t ranks, uint32_t references,
                       bool keep_numbers, struct ndup_text_decision *decisions)
{
    for (uint32_t r = 0; r < ranks; r++)
        decisions[r] = NONE;
    if (count > 1)
        qsort(edges, count, sizeof *edges, by_later);
    /* All edges to earlier texts come before those to this one, so whether the earlier text is kept is known. */
    for (size_t i = 0; i < count; i++) {
        struct ndup_text_decision edge = {edges[i].jaccard, edges[i].earlier, edges[i].distance,
                                          edges[i].numbers_differ};
        struct ndup_text_decision *best = &decisions[edges[i].later.value];
        bool kept = !ndup_rank_exists(decisions[edge.keeper.value].keeper);
        if (keep_numbers && edge.numbers_differ)
            continue;
        if (edges[i].later.value >= references && kept && is_better(&edge, best, false))
            *best = edge;
    }
}

/* ---- edges found while deciding --------------------------------------------------------------------------------- */

/* Texts in a block. Larger: the threads wait for each other less often. Smaller: shorter lists of undecided texts, which in a
 * mass of near-identical pages all meet each other: at most 1024 * 1023 / 2 comparisons in the first block, and none after. */
#define BLOCK 1024u

enum decide_state { UNDECIDED = 0, KEPT = 1, REMOVED = 2 };

struct decide_member {
    struct ndup_rank_list candidates;
    struct ndup_probe probe;
    uint64_t frame;              /* of the text in the probe */
    struct ndup_bitmaps bitmaps; /* of the probe */
    struct ndup_probe other;     /* to make an earlier text's hashes distinct */
    struct ndup_edge *edges;
    size_t edge_count, edge_capacity;
    struct ndup_near_miss *near_misses;
    size_t near_miss_count, near_miss_capacity;
    uint64_t verified, found, below;
    neardup_status status;
    neardup_error error;
};

struct deciding;
typedef neardup_status step_function(struct deciding *d, unsigned member, struct ndup_rank rank);

struct deciding {
    const struct ndup_decide_options *o;
    struct ndup_decided *out;
    struct ndup_set_cache *cache;
    _Atomic uint8_t *state; /* [ranks]; release on decision, acquire by those who wait */
    struct decide_member *members;
    const struct ndup_rank *block; /* ascending */
    uint32_t block_count;
    struct ndup_rank *open; /* those undecided after the first step; with pairs all of them */
    uint32_t open_count;
    const uint64_t *removed; /* a bit per rank; see find_removed */
    step_function *step;     /* that the threads take with each rank of the block */
    atomic_uint next;        /* of the block */
    atomic_bool stop;
};

static void fail(struct deciding *d, struct decide_member *m, neardup_status status)
{
    m->status = status;
    atomic_store(&d->stop, true);
}

static bool stopped(const struct deciding *d)
{
    return atomic_load_explicit(&d->stop, memory_order_relaxed) ||
           (d->o->cancel != NULL && atomic_load_explicit(d->o->cancel, memory_order_relaxed));
}

/* Texts are taken in order, so the earliest undecided one never waits: this ends. */
static enum decide_state wait_decided(const struct deciding *d, struct ndup_rank rank)
{
    uint8_t state;
    for (unsigned spins = 0; (state = atomic_load_explicit(&d->state[rank.value], memory_order_acquire)) == UNDECIDED;
         spins++) {
        if (stopped(d))
            return REMOVED;
        if (spins > 64)
            sched_yield();
    }
    return (enum decide_state)state;
}

static neardup_status load_set(struct deciding *d, unsigned member, struct ndup_rank rank)
{
    struct decide_member *m = &d->members[member];
    struct ndup_loaded loaded;
    NDUP_TRY(d->o->loader.load(d->o->loader.context, member, rank, &loaded, &m->error));
    NDUP_TRY(ndup_probe_fill(&m->probe, loaded.hashes, loaded.count, &m->error));
    m->frame = loaded.frame;
    ndup_bitmaps_make(&m->bitmaps, m->probe.distinct, m->probe.count);
    return NEARDUP_OK;
}

static neardup_status earlier_set(struct deciding *d, unsigned member, struct ndup_rank rank, struct ndup_set **set)
{
    struct decide_member *m = &d->members[member];
    *set = ndup_set_cache_get(d->cache, rank);
    if (*set != NULL)
        return NEARDUP_OK;
    struct ndup_loaded loaded;
    NDUP_TRY(d->o->loader.load(d->o->loader.context, member, rank, &loaded, &m->error));
    NDUP_TRY(ndup_probe_fill(&m->other, loaded.hashes, loaded.count, &m->error));
    *set = ndup_set_cache_put(d->cache, rank, m->other.distinct, m->other.count, loaded.frame);
    return *set == NULL ? ndup_fail_nomem(&m->error) : NEARDUP_OK;
}

static neardup_status record_edge(struct decide_member *m, struct ndup_edge edge)
{
    if (!ndup_grow(&m->edges, &m->edge_capacity, m->edge_count + 1, sizeof *m->edges))
        return ndup_fail_nomem(&m->error);
    m->edges[m->edge_count++] = edge;
    return NEARDUP_OK;
}

static bool by_distance(const struct deciding *d)
{
    return d->o->fingerprints != NULL && !d->o->verify;
}

/* Where the distance decides and only the keeper is reported, texts are read when the keeper is known. */
static bool reads_late(const struct deciding *d)
{
    return by_distance(d) && !d->o->pairs && !d->o->keep_numbers;
}

/* Whether the later text is removed for it. */
static bool is_reason(const struct deciding *d, const struct ndup_text_decision *edge)
{
    return !(d->o->keep_numbers && edge->numbers_differ);
}

/* Whether a pair decides nothing, so that nobody needs its similarity. With keep_numbers the pages of a template all stay, and each
 * would be measured with every other one, up to the cap of a list: 29 s of CPU time for 20 000 bills, 9 s without. */
static bool is_idle(const struct deciding *d, const struct ndup_text_decision *edge)
{
    return !is_reason(d, edge) && !d->o->pairs && !by_distance(d);
}

static neardup_status note_edge(struct deciding *d, struct decide_member *m, struct ndup_rank rank,
                                const struct ndup_text_decision *edge, bool kept, struct ndup_text_decision *best)
{
    bool removes = is_reason(d, edge);
    m->found++;
    if (!removes && !d->o->pairs)
        return NEARDUP_OK;
    if (kept && removes && is_better(edge, best, by_distance(d)))
        *best = *edge;
    struct ndup_rank other = edge->keeper;
    bool earlier = other.value < rank.value;
    return record_edge(
        m, (struct ndup_edge){earlier ? rank : other, earlier ? other : rank, edge->jaccard, edge->numbers_differ});
}

/* Whether sizes and bitmaps let the text in the probe reach `least`. */
static bool can_reach(const struct decide_member *m, const struct ndup_set *set, double least)
{
    if (ndup_jaccard_bound(m->probe.count, set->count) < least)
        return false;
    size_t differing = ndup_bitmap_differing(m->bitmaps.all + set->words, ndup_set_bitmap(set), set->words);
    size_t most = (m->probe.count + set->count - differing) / 2; /* that both can contain */
    return ndup_jaccard(most, m->probe.count, set->count) >= least;
}

/* The similarity of the text in the probe to an earlier one; 0 at once if it cannot reach `least`. Two ranks are two texts, so
 * equal frames differ in a number. */
static neardup_status measure(struct deciding *d, unsigned member, struct ndup_rank earlier, double least,
                              struct ndup_text_decision *edge)
{
    struct decide_member *m = &d->members[member];
    struct ndup_set *set;
    NDUP_TRY(earlier_set(d, member, earlier, &set));
    edge->jaccard = 0;
    edge->numbers_differ = m->frame != 0 && m->frame == set->frame;
    if (!is_idle(d, edge) && can_reach(m, set, least)) {
        size_t shared = ndup_probe_shared(&m->probe, set->hash, set->count);
        edge->jaccard = ndup_jaccard(shared, m->probe.count, set->count);
    }
    ndup_set_cache_release(d->cache, set);
    return NEARDUP_OK;
}

/* Compares two texts. *loaded: the set of `rank` is in the probe. *edge says how similar they are, even (but for what is
 * read late) where *is_edge is false. */
static neardup_status compare(struct deciding *d, unsigned member, struct ndup_rank rank, struct ndup_rank other,
                              bool *loaded, struct ndup_text_decision *edge, bool *is_edge)
{
    struct decide_member *m = &d->members[member];
    *edge = (struct ndup_text_decision){0, other, NEARDUP_NO_DISTANCE, false};
    *is_edge = false;
    if (d->o->fingerprints != NULL) {
        unsigned distance = ndup_simhash_distance(d->o->fingerprints[rank.value], d->o->fingerprints[other.value]);
        if (distance > d->o->distance)
            return NEARDUP_OK;
        edge->distance = (int16_t)distance;
    }
    *is_edge = true;
    if (reads_late(d)) {
        m->verified++;
        return NEARDUP_OK;
    }
    if (!*loaded)
        NDUP_TRY(load_set(d, member, rank));
    *loaded = true;
    double least = by_distance(d) ? 0 : d->o->threshold;
    NDUP_TRY(measure(d, member, other, least, edge));
    m->verified += !is_idle(d, edge);
    m->below += edge->jaccard < least && edge->jaccard >= least - 0.1;
    *is_edge = by_distance(d) || (edge->jaccard >= least && edge->jaccard > 0);
    return NEARDUP_OK;
}

static neardup_status try_candidate(struct deciding *d, unsigned member, struct ndup_rank rank,
                                    struct ndup_rank earlier, bool kept, bool *loaded, struct ndup_text_decision *best)
{
    struct ndup_text_decision edge;
    bool is_edge;
    NDUP_TRY(compare(d, member, rank, earlier, loaded, &edge, &is_edge));
    return is_edge ? note_edge(d, &d->members[member], rank, &edge, kept, best) : NEARDUP_OK;
}

/* Without pairs only the edges to other kept texts are of use, and only if there is more than one. */
static void drop_edges(struct decide_member *m, size_t first, struct ndup_rank keeper)
{
    size_t n = first;
    for (size_t i = first; i < m->edge_count; i++) {
        if (m->edges[i].earlier.value != keeper.value)
            m->edges[n++] = m->edges[i];
    }
    m->edge_count = n;
}

/* Compares the text with those candidates that matter; *best is improved. */
static neardup_status meet(struct deciding *d, unsigned member, struct ndup_rank rank, struct ndup_text_decision *best)
{
    struct decide_member *m = &d->members[member];
    bool loaded = false;
    for (size_t i = 0; i < m->candidates.count; i++) {
        struct ndup_rank earlier = m->candidates.ranks[i];
        if (d->o->apart != NULL && d->o->apart(d->o->loader.context, rank, earlier))
            continue;
        bool kept = wait_decided(d, earlier) == KEPT;
        if (stopped(d))
            return NEARDUP_OK;
        if (kept || d->o->pairs)
            NDUP_TRY(try_candidate(d, member, rank, earlier, kept, &loaded, best));
    }
    return NEARDUP_OK;
}

static void set_state(struct deciding *d, struct ndup_rank rank, enum decide_state state)
{
    atomic_store_explicit(&d->state[rank.value], (uint8_t)state, memory_order_release);
}

/* Against the texts before the block, all of them decided. */
static neardup_status first_step(struct deciding *d, unsigned member, struct ndup_rank rank)
{
    struct decide_member *m = &d->members[member];
    struct ndup_text_decision best = NONE;
    size_t first_edge = m->edge_count;
    NDUP_TRY(ndup_buckets_candidates(d->o->buckets, rank, (struct ndup_rank){0}, rank, &m->candidates, &m->error));
    NDUP_TRY(meet(d, member, rank, &best));
    if (!d->o->pairs)
        drop_edges(m, first_edge, best.keeper);
    d->out->decisions[rank.value] = best;
    if (ndup_rank_exists(best.keeper))
        set_state(d, rank, REMOVED);
    return NEARDUP_OK;
}

/* Against the texts of the block; even a removed one can find a better keeper among them. */
static neardup_status second_step(struct deciding *d, unsigned member, struct ndup_rank rank)
{
    struct decide_member *m = &d->members[member];
    struct ndup_text_decision *v = &d->out->decisions[rank.value];
    struct ndup_text_decision best = *v;
    size_t first_edge = m->edge_count;
    NDUP_TRY(ndup_buckets_candidates(d->o->buckets, rank, d->block[0], rank, &m->candidates, &m->error));
    NDUP_TRY(meet(d, member, rank, &best));
    if (stopped(d))
        return NEARDUP_OK;
    if (!d->o->pairs) {
        if (v->keeper.value != best.keeper.value && ndup_rank_exists(v->keeper))
            NDUP_TRY(record_edge(m, (struct ndup_edge){rank, v->keeper, v->jaccard, v->numbers_differ}));
        drop_edges(m, first_edge, best.keeper);
    }
    *v = best;
    set_state(d, rank, !ndup_rank_exists(best.keeper) ? KEPT : REMOVED);
    return NEARDUP_OK;
}

/* Where only the distance was looked at: the rest of an edge that is reported. */
static neardup_status read_late(struct deciding *d, unsigned member, struct ndup_rank rank,
                                struct ndup_text_decision *edge)
{
    if (!reads_late(d))
        return NEARDUP_OK;
    NDUP_TRY(load_set(d, member, rank));
    return measure(d, member, edge->keeper, 0, edge);
}

static neardup_status late_step(struct deciding *d, unsigned member, struct ndup_rank rank)
{
    struct ndup_text_decision *v = &d->out->decisions[rank.value];
    return !ndup_rank_exists(v->keeper) ? NEARDUP_OK : read_late(d, member, rank, v);
}

static bool is_mixed(const struct deciding *d, struct ndup_rank rank)
{
    return d->o->mixed != NULL && d->o->mixed(d->o->loader.context, rank);
}

/* A reference that is an input, too, against all references: those that are both look only at earlier ones. */
static neardup_status reference_step(struct deciding *d, unsigned member, struct ndup_rank rank)
{
    struct decide_member *m = &d->members[member];
    struct ndup_text_decision none = NONE;
    bool loaded = false;
    if (!is_mixed(d, rank))
        return NEARDUP_OK;
    NDUP_TRY(ndup_buckets_candidates(d->o->buckets, rank, (struct ndup_rank){0}, (struct ndup_rank){d->o->references},
                                     &m->candidates, &m->error));
    for (size_t i = 0; i < m->candidates.count && !stopped(d); i++) {
        struct ndup_rank other = m->candidates.ranks[i];
        if (other.value == rank.value || (other.value > rank.value && is_mixed(d, other)))
            continue;
        if (d->o->apart == NULL || !d->o->apart(d->o->loader.context, rank, other))
            NDUP_TRY(try_candidate(d, member, rank, other, false, &loaded, &none));
    }
    return NEARDUP_OK;
}

static void work(void *context, unsigned member)
{
    struct deciding *d = context;
    uint32_t i;
    while ((i = atomic_fetch_add(&d->next, 1)) < d->block_count && !stopped(d)) {
        neardup_status st = d->step(d, member, d->block[i]);
        if (st != NEARDUP_OK) {
            fail(d, &d->members[member], st);
            return;
        }
    }
}

static void find_open(struct deciding *d)
{
    d->open_count = 0;
    for (uint32_t i = 0; i < d->block_count; i++) {
        bool undecided = atomic_load_explicit(&d->state[d->block[i].value], memory_order_relaxed) == UNDECIDED;
        if (undecided || d->o->pairs)
            d->open[d->open_count++] = d->block[i];
    }
}

static bool is_kept(void *context, struct ndup_rank rank)
{
    const struct deciding *d = context;
    return atomic_load_explicit(&d->state[rank.value], memory_order_relaxed) == KEPT;
}

static neardup_status outcome(const struct deciding *d, neardup_error *err)
{
    for (unsigned t = 0; t < ndup_pool_threads(d->o->pool); t++) {
        if (d->members[t].status != NEARDUP_OK) {
            if (err != NULL)
                *err = d->members[t].error;
            return d->members[t].status;
        }
    }
    return stopped(d) ? ndup_fail(err, NEARDUP_E_CANCELED, "canceled") : NEARDUP_OK;
}

/* All threads call step(d, member, rank) for the ranks of d->block. */
static neardup_status run_step(struct deciding *d, step_function *step, neardup_error *err)
{
    d->step = step;
    atomic_store(&d->next, 0);
    ndup_pool_run(d->o->pool, work, d);
    return outcome(d, err);
}

static neardup_status run_block(struct deciding *d, neardup_error *err)
{
    NDUP_TRY(run_step(d, first_step, err));
    find_open(d);
    if (d->open_count > 0) {
        ndup_buckets_begin_block(d->o->buckets, d->open, d->open_count);
        NDUP_TRY(run_step(d, second_step, err));
        ndup_buckets_end_block(d->o->buckets, d->open, d->open_count, is_kept, d);
    }
    return reads_late(d) ? run_step(d, late_step, err) : NEARDUP_OK;
}

/* References are in the lists before any other text looks. */
static neardup_status run_references(struct deciding *d, const struct ndup_rank *active, uint32_t *count,
                                     neardup_error *err)
{
    uint32_t n = 0;
    for (; n < *count && active[n].value < d->o->references; n++)
        set_state(d, active[n], KEPT);
    *count = n;
    if (n == 0)
        return NEARDUP_OK;
    ndup_buckets_put(d->o->buckets, active, n);
    if (!d->o->pairs || d->o->mixed == NULL)
        return NEARDUP_OK;
    d->block = active;
    d->block_count = n;
    return run_step(d, reference_step, err);
}

static neardup_status run_blocks(struct deciding *d, neardup_error *err)
{
    uint32_t count, size = d->o->block > 0 ? d->o->block : BLOCK;
    const struct ndup_rank *active = ndup_buckets_active(d->o->buckets, &count);
    d->open = ndup_alloc(size, sizeof *d->open);
    if (d->open == NULL)
        return ndup_fail_nomem(err);
    uint32_t references = count;
    NDUP_TRY(run_references(d, active, &references, err));
    for (uint32_t begin = references; begin < count; begin += d->block_count) {
        d->block = active + begin;
        d->block_count = count - begin < size ? count - begin : size;
        NDUP_TRY(run_block(d, err));
        if (d->o->progress != NULL && !d->o->progress(d->o->context, begin + d->block_count, count))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

/* ---- near misses ---- */

/* Near misses: texts that are kept although they are similar to a removed one. Deciding does not meet these pairs, since
 * it compares with kept texts only. Here the lists of the buckets hold the removed texts, and only kept texts that are
 * nobody's keeper look into them, each by itself. */

static bool is_removed(const struct deciding *d, struct ndup_rank rank)
{
    return ndup_decided_removed(d->out, rank);
}

/* Not where the caller kept it after all: a paragraph can have a keeper and still be kept (max_copies). */
static bool is_really_removed(const struct deciding *d, struct ndup_rank rank)
{
    return is_removed(d, rank) && (d->removed == NULL || ndup_rank_bit(d->removed, rank));
}

static neardup_status look(struct deciding *d, unsigned member, struct ndup_rank rank)
{
    struct decide_member *m = &d->members[member];
    struct ndup_text_decision best = NONE, edge;
    bool loaded = false, is_edge;
    NDUP_TRY(ndup_buckets_candidates(d->o->buckets, rank, (struct ndup_rank){0}, (struct ndup_rank){d->o->ranks},
                                     &m->candidates, &m->error));
    for (size_t i = 0; i < m->candidates.count; i++) {
        struct ndup_rank other = m->candidates.ranks[i];
        if (!is_really_removed(d, other) || (d->o->apart != NULL && d->o->apart(d->o->loader.context, rank, other)))
            continue;
        NDUP_TRY(compare(d, member, rank, other, &loaded, &edge, &is_edge));
        if (is_edge && is_reason(d, &edge) && is_better(&edge, &best, by_distance(d)))
            best = edge;
    }
    if (!ndup_rank_exists(best.keeper))
        return NEARDUP_OK;
    NDUP_TRY(read_late(d, member, rank, &best));
    if (!ndup_grow(&m->near_misses, &m->near_miss_capacity, m->near_miss_count + 1, sizeof *m->near_misses))
        return ndup_fail_nomem(&m->error);
    m->near_misses[m->near_miss_count++] =
        (struct ndup_near_miss){rank, best.keeper, best.jaccard, best.distance, best.numbers_differ};
    return NEARDUP_OK;
}

static int by_kept(const void *left, const void *right)
{
    const struct ndup_near_miss *a = left, *b = right;
    return a->kept.value < b->kept.value ? -1 : a->kept.value > b->kept.value;
}

static neardup_status gather_near_misses(struct deciding *d, neardup_error *err)
{
    struct ndup_decided *out = d->out;
    size_t capacity = 0;
    for (unsigned t = 0; t < ndup_pool_threads(d->o->pool); t++) {
        const struct decide_member *m = &d->members[t];
        if (!ndup_grow(&out->near_misses, &capacity, out->near_miss_count + m->near_miss_count,
                       sizeof *out->near_misses))
            return ndup_fail_nomem(err);
        for (size_t i = 0; i < m->near_miss_count; i++)
            out->near_misses[out->near_miss_count++] = m->near_misses[i];
    }
    if (out->near_miss_count > 1)
        qsort(out->near_misses, out->near_miss_count, sizeof *out->near_misses, by_kept);
    return NEARDUP_OK;
}

/* Divides the active texts: those that look, and those that are looked for. */
static void divide(const struct deciding *d, const struct ndup_rank *active, uint32_t count, const uint8_t *leads,
                   struct ndup_rank *looking, uint32_t *looking_count, struct ndup_rank *removed,
                   uint32_t *removed_count)
{
    *looking_count = *removed_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct ndup_rank rank = active[i];
        if (is_really_removed(d, rank))
            removed[(*removed_count)++] = rank;
        else if (!is_removed(d, rank) && rank.value >= d->o->references && !leads[rank.value])
            looking[(*looking_count)++] = rank;
    }
}

static neardup_status look_all(struct deciding *d, const struct ndup_rank *active, uint32_t count, uint8_t *leads,
                               struct ndup_rank *looking, struct ndup_rank *removed, neardup_error *err)
{
    uint32_t removed_count;
    for (uint32_t r = 0; r < d->o->ranks; r++) {
        if (is_removed(d, (struct ndup_rank){r}))
            leads[d->out->decisions[r].keeper.value] = 1;
    }
    divide(d, active, count, leads, looking, &d->block_count, removed, &removed_count);
    d->block = looking;
    if (removed_count == 0 || d->block_count == 0)
        return NEARDUP_OK;
    if (!d->o->pairs) /* else they are there */
        ndup_buckets_replace(d->o->buckets, removed, removed_count);
    NDUP_TRY(run_step(d, look, err));
    return gather_near_misses(d, err);
}

static neardup_status find_near_misses(struct deciding *d, neardup_error *err)
{
    uint32_t count;
    const struct ndup_rank *active = ndup_buckets_active(d->o->buckets, &count);
    uint8_t *leads = ndup_calloc(d->o->ranks, sizeof *leads);
    struct ndup_rank *looking = ndup_alloc(count, sizeof *looking), *removed = ndup_alloc(count, sizeof *removed);
    neardup_status st;
    if (leads == NULL || looking == NULL || removed == NULL) {
        st = ndup_fail_nomem(err);
    } else {
        st = d->o->find_removed(d->o->loader.context, &d->removed, err);
        if (st == NEARDUP_OK)
            st = look_all(d, active, count, leads, looking, removed, err);
    }
    free(leads);
    free(looking);
    free(removed);
    d->block = NULL;
    return st;
}

/* ---- all of it ---- */

static int by_earlier_and_later(const void *left, const void *right)
{
    const struct ndup_edge *a = left, *b = right;
    if (a->earlier.value != b->earlier.value)
        return a->earlier.value < b->earlier.value ? -1 : 1;
    return a->later.value < b->later.value ? -1 : a->later.value > b->later.value;
}

static neardup_status gather(struct deciding *d, neardup_error *err)
{
    size_t n = 0;
    for (unsigned t = 0; t < ndup_pool_threads(d->o->pool); t++) {
        n += d->members[t].edge_count;
        d->out->candidates += d->members[t].verified;
        d->out->edges_found += d->members[t].found;
        d->out->below += d->members[t].below;
    }
    d->out->edges = ndup_alloc(n, sizeof *d->out->edges);
    if (d->out->edges == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < ndup_pool_threads(d->o->pool); t++) {
        struct decide_member *m = &d->members[t];
        if (m->edge_count > 0)
            memcpy(d->out->edges + d->out->edge_count, m->edges, m->edge_count * sizeof *m->edges);
        d->out->edge_count += m->edge_count;
        free(m->edges);
        m->edges = NULL;
    }
    qsort(d->out->edges, d->out->edge_count, sizeof *d->out->edges, by_earlier_and_later);
    return NEARDUP_OK;
}

static neardup_status prepare(struct deciding *d, neardup_error *err)
{
    d->members = ndup_calloc(ndup_pool_threads(d->o->pool), sizeof *d->members);
    d->state = ndup_alloc(d->o->ranks, sizeof *d->state);
    d->out->decisions = ndup_alloc(d->o->ranks, sizeof *d->out->decisions);
    if (d->members == NULL || d->state == NULL || d->out->decisions == NULL)
        return ndup_fail_nomem(err);
    for (uint32_t r = 0; r < d->o->ranks; r++) {
        atomic_init(&d->state[r], UNDECIDED);
        d->out->decisions[r] = NONE;
    }
    return ndup_set_cache_create(&d->cache, d->o->cache_bytes, err);
}

static void release(struct deciding *d)
{
    for (unsigned t = 0; d->members != NULL && t < ndup_pool_threads(d->o->pool); t++) {
        ndup_rank_list_free(&d->members[t].candidates);
        ndup_probe_free(&d->members[t].probe);
        ndup_probe_free(&d->members[t].other);
        free(d->members[t].edges);
        free(d->members[t].near_misses);
    }
    free(d->members);
    free(d->state);
    free(d->open);
    ndup_set_cache_free(d->cache);
}

neardup_status ndup_decide(const struct ndup_decide_options *options, struct ndup_decided *out, neardup_error *err)
{
    *out = (struct ndup_decided){0};
    struct deciding d = {.o = options, .out = out};
    neardup_status st = prepare(&d, err);
    if (st == NEARDUP_OK)
        st = run_blocks(&d, err);
    if (st == NEARDUP_OK)
        st = gather(&d, err);
    if (st == NEARDUP_OK && options->find_removed != NULL)
        st = find_near_misses(&d, err);
    release(&d);
    if (st != NEARDUP_OK)
        ndup_decided_free(out);
    return st;
}

void ndup_decided_free(struct ndup_decided *decided)
{
    free(decided->decisions);
    free(decided->edges);
    free(decided->near_misses);
    *decided = (struct ndup_decided){0};
}
