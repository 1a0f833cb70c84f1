/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cluster/containment.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/verify.h"

#include <stdlib.h>
#include <string.h>

static bool is_canceled(const struct ndup_containment_options *o)
{
    return o->cancel != NULL && atomic_load_explicit(o->cancel, memory_order_relaxed);
}

static bool is_kept(const struct ndup_text_decision *decisions, struct ndup_rank rank)
{
    return !ndup_rank_exists(decisions[rank.value].keeper);
}

static bool is_longer(size_t count, struct ndup_rank rank, size_t other_count, struct ndup_rank other)
{
    return count != other_count ? count > other_count : rank.value < other.value;
}

/* Whether `shared` of `count` are at least the share. As a quotient: the same number is reported. */
static bool reaches(const struct ndup_containment_options *o, size_t shared, size_t count)
{
    return count > 0 && (double)shared / (double)count >= o->share;
}

/* ---- verifying: all threads at once ---- */

/* Texts that a thread takes at a time: some are read, so the counter costs nothing, and threads end together. */
#define STEP 16u

struct verifying_member {
    struct ndup_probe probe; /* of a text */
    uint64_t frame;          /* of this text */
    struct ndup_probe other; /* to make a holder's hashes distinct */
    struct ndup_contained_pair *pairs;
    size_t pair_count, pair_capacity;
    uint64_t verified;
    neardup_status status;
    neardup_error error;
};

struct verifying {
    const struct ndup_containment_options *o;
    const struct ndup_text_decision *decisions;
    const struct ndup_contained_text *texts;
    size_t count;
    struct ndup_set_cache *cache;
    struct verifying_member *members;
    atomic_size_t next;
    atomic_bool stop;
};

/* Whether a text stays beside another one with the same frame (loader.h): they differ in numbers only. */
static bool stays(const struct ndup_containment_options *o, uint64_t frame, uint64_t other)
{
    return o->keep_numbers && frame != 0 && frame == other;
}

static neardup_status holder_set(struct verifying *v, unsigned member, struct ndup_rank rank, struct ndup_set **set)
{
    struct verifying_member *m = &v->members[member];
    struct ndup_loaded loaded;
    *set = ndup_set_cache_get(v->cache, rank);
    if (*set != NULL)
        return NEARDUP_OK;
    NDUP_TRY(v->o->loader.load(v->o->loader.context, member, rank, &loaded, &m->error));
    NDUP_TRY(ndup_probe_fill(&m->other, loaded.hashes, loaded.count, &m->error));
    *set = ndup_set_cache_put(v->cache, rank, m->other.distinct, m->other.count, loaded.frame);
    return *set == NULL ? ndup_fail_nomem(&m->error) : NEARDUP_OK;
}

static neardup_status verify_pair(struct verifying *v, unsigned member, struct ndup_rank text, struct ndup_rank holder,
                                  bool decides)
{
    struct verifying_member *m = &v->members[member];
    struct ndup_set *set;
    NDUP_TRY(holder_set(v, member, holder, &set));
    struct ndup_contained_pair pair = {.text = text,
                                       .holder = holder,
                                       .text_count = (uint32_t)m->probe.count,
                                       .holder_count = (uint32_t)set->count,
                                       .decides = decides && !stays(v->o, m->frame, set->frame)};
    if (is_longer(set->count, holder, m->probe.count, text)) {
        m->verified++;
        pair.shared = (uint32_t)ndup_probe_shared(&m->probe, set->hash, set->count);
    }
    ndup_set_cache_release(v->cache, set);
    if (!reaches(v->o, pair.shared, pair.text_count))
        return NEARDUP_OK;
    if (!ndup_grow(&m->pairs, &m->pair_capacity, m->pair_count + 1, sizeof *m->pairs))
        return ndup_fail_nomem(&m->error);
    m->pairs[m->pair_count++] = pair;
    return NEARDUP_OK;
}

static neardup_status verify_text(struct verifying *v, unsigned member, const struct ndup_contained_text *text)
{
    struct verifying_member *m = &v->members[member];
    struct ndup_loaded loaded;
    uint32_t kept = 0;
    NDUP_TRY(v->o->loader.load(v->o->loader.context, member, text->rank, &loaded, &m->error));
    NDUP_TRY(ndup_probe_fill(&m->probe, loaded.hashes, loaded.count, &m->error));
    m->frame = loaded.frame;
    for (uint32_t i = 0; i < text->count; i++) {
        struct ndup_rank holder = text->candidates[i].rank;
        bool decides = is_kept(v->decisions, holder) && kept < v->o->deciding;
        kept += decides;
        decides = decides && text->rank.value >= v->o->references && is_kept(v->decisions, text->rank);
        if (is_canceled(v->o))
            return ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
        NDUP_TRY(verify_pair(v, member, text->rank, holder, decides));
    }
    return NEARDUP_OK;
}

static neardup_status verify_texts(struct verifying *v, unsigned member)
{
    size_t begin;
    while ((begin = atomic_fetch_add(&v->next, STEP)) < v->count && !atomic_load(&v->stop)) {
        size_t end = v->count - begin < STEP ? v->count : begin + STEP;
        for (size_t i = begin; i < end; i++)
            NDUP_TRY(verify_text(v, member, &v->texts[i]));
        if (member == 0 && v->o->progress != NULL && !v->o->progress(v->o->context, begin, v->count))
            return ndup_fail(&v->members[0].error, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static void verify_member(void *context, unsigned member)
{
    struct verifying *v = context;
    v->members[member].status = verify_texts(v, member);
    if (v->members[member].status != NEARDUP_OK)
        atomic_store(&v->stop, true);
}

static neardup_status gather_pairs(const struct verifying *v, struct ndup_containment *out, neardup_error *err)
{
    for (unsigned t = 0; t < ndup_pool_threads(v->o->pool); t++) {
        const struct verifying_member *m = &v->members[t];
        if (m->status != NEARDUP_OK && err != NULL)
            *err = m->error;
        NDUP_TRY(m->status);
        if (m->pair_count == 0) {
            out->candidates += m->verified;
            continue;
        }
        if (!ndup_grow(&out->pairs, &out->pair_capacity, out->pair_count + m->pair_count, sizeof *out->pairs))
            return ndup_fail_nomem(err);
        memcpy(out->pairs + out->pair_count, m->pairs, m->pair_count * sizeof *m->pairs);
        out->pair_count += m->pair_count;
        out->candidates += m->verified;
    }
    return NEARDUP_OK;
}

neardup_status ndup_containment_verify(const struct ndup_containment_options *options,
                                       const struct ndup_text_decision *decisions,
                                       const struct ndup_contained_text *texts, size_t count,
                                       struct ndup_containment *out, neardup_error *err)
{
    struct verifying v = {.o = options, .decisions = decisions, .texts = texts, .count = count};
    unsigned threads = ndup_pool_threads(options->pool);
    if (count == 0)
        return NEARDUP_OK;
    v.members = ndup_calloc(threads, sizeof *v.members);
    neardup_status st = v.members == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
    if (st == NEARDUP_OK)
        st = ndup_set_cache_create(&v.cache, options->cache_bytes, err);
    if (st == NEARDUP_OK) {
        ndup_pool_run(options->pool, verify_member, &v);
        st = gather_pairs(&v, out, err);
    }
    for (unsigned t = 0; v.members != NULL && t < threads; t++) {
        ndup_probe_free(&v.members[t].probe);
        ndup_probe_free(&v.members[t].other);
        free(v.members[t].pairs);
    }
    free(v.members);
    ndup_set_cache_free(v.cache);
    return st;
}

/* ---- near-duplicates of a text that may be removed ---- */

struct moving_member { /* a thread that looks for near-duplicates in the longer text */
    struct ndup_probe probe;
    neardup_status status;
    neardup_error error;
};

struct follower { /* a near-duplicate of a text that is in a pair */
    struct ndup_rank keeper, rank;
    uint32_t shared, count; /* with the longer text that is tried */
};

struct deciding_contained {
    const struct ndup_containment_options *o;
    struct ndup_text_decision *decisions;
    struct ndup_containment *out;
    struct follower *followers; /* by (keeper, rank) */
    size_t follower_count, follower_capacity;
    /* the longer text that is tried, and for whom */
    struct ndup_probe holder;
    uint64_t holder_frame;
    struct ndup_rank holder_rank;
    struct follower *first;
    size_t count;
    struct moving_member *members;
    atomic_size_t next;
    atomic_bool stop;
};

static int by_keeper(const void *left, const void *right)
{
    const struct follower *a = left, *b = right;
    if (a->keeper.value != b->keeper.value)
        return a->keeper.value < b->keeper.value ? -1 : 1;
    return a->rank.value < b->rank.value ? -1 : a->rank.value > b->rank.value;
}

static neardup_status find_followers(struct deciding_contained *d, neardup_error *err)
{
    uint64_t *leads = ndup_calloc((size_t)d->o->ranks / 64 + 1, sizeof *leads);
    if (leads == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < d->out->pair_count; i++) {
        if (d->out->pairs[i].decides)
            ndup_rank_set_bit(leads, d->out->pairs[i].text);
    }
    neardup_status st = NEARDUP_OK;
    for (uint32_t r = 0; st == NEARDUP_OK && r < d->o->ranks; r++) {
        struct ndup_rank keeper = d->decisions[r].keeper;
        if (!ndup_rank_exists(keeper) || !ndup_rank_bit(leads, keeper))
            continue;
        if (!ndup_grow(&d->followers, &d->follower_capacity, d->follower_count + 1, sizeof *d->followers))
            st = ndup_fail_nomem(err);
        else
            d->followers[d->follower_count++] = (struct follower){.keeper = keeper, .rank = {r}};
    }
    free(leads);
    if (d->follower_count > 1)
        qsort(d->followers, d->follower_count, sizeof *d->followers, by_keeper);
    return st;
}

static void take_followers(struct deciding_contained *d, struct ndup_rank keeper)
{
    size_t low = 0, high = d->follower_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->followers[middle].keeper.value < keeper.value)
            low = middle + 1;
        else
            high = middle;
    }
    d->first = d->followers + low;
    for (d->count = 0; low + d->count < d->follower_count && d->first[d->count].keeper.value == keeper.value;)
        d->count++;
}

static neardup_status look_at_follower(struct deciding_contained *d, unsigned member, struct follower *f)
{
    struct moving_member *m = &d->members[member];
    struct ndup_loaded loaded;
    if (is_canceled(d->o))
        return ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
    NDUP_TRY(d->o->loader.load(d->o->loader.context, member, f->rank, &loaded, &m->error));
    NDUP_TRY(ndup_probe_fill(&m->probe, loaded.hashes, loaded.count, &m->error));
    f->count = (uint32_t)m->probe.count;
    f->shared = (uint32_t)ndup_probe_shared(&d->holder, m->probe.distinct, m->probe.count);
    if (!is_longer(d->holder.count, d->holder_rank, m->probe.count, f->rank) || !reaches(d->o, f->shared, f->count) ||
        stays(d->o, loaded.frame, d->holder_frame))
        atomic_store(&d->stop, true);
    return NEARDUP_OK;
}

static void look_at_followers(void *context, unsigned member)
{
    struct deciding_contained *d = context;
    struct moving_member *m = &d->members[member];
    size_t i;
    while (m->status == NEARDUP_OK && !atomic_load(&d->stop) && (i = atomic_fetch_add(&d->next, 1)) < d->count)
        m->status = look_at_follower(d, member, &d->first[i]);
}

/* Whether the longer text contains all near-duplicates of the one that it is tried for. */
static neardup_status try_holder(struct deciding_contained *d, const struct ndup_contained_pair *pair, bool *contains,
                                 neardup_error *err)
{
    struct ndup_loaded loaded;
    *contains = true;
    if (d->count == 0)
        return NEARDUP_OK;
    NDUP_TRY(d->o->loader.load(d->o->loader.context, 0, pair->holder, &loaded, err));
    NDUP_TRY(ndup_probe_fill(&d->holder, loaded.hashes, loaded.count, err));
    d->holder_rank = pair->holder;
    d->holder_frame = loaded.frame;
    atomic_store(&d->next, 0);
    atomic_store(&d->stop, false);
    ndup_pool_run(d->o->pool, look_at_followers, d);
    for (unsigned t = 0; t < ndup_pool_threads(d->o->pool); t++) {
        if (d->members[t].status == NEARDUP_OK)
            continue;
        if (err != NULL)
            *err = d->members[t].error;
        return d->members[t].status;
    }
    *contains = !atomic_load(&d->stop);
    return NEARDUP_OK;
}

/* ---- deciding ---- */

static neardup_status remove_text(struct deciding_contained *d, const struct follower *f, struct ndup_rank keeper,
                                  uint32_t keeper_count, neardup_error *err)
{
    struct ndup_containment *out = d->out;
    if (!ndup_grow(&out->decisions, &out->decision_capacity, out->decision_count + 1, sizeof *out->decisions))
        return ndup_fail_nomem(err);
    out->decisions[out->decision_count++] = (struct ndup_contained_decision){
        f->rank, (double)f->shared / (double)f->count, (double)f->shared / (double)keeper_count};
    d->decisions[f->rank.value] = (struct ndup_text_decision){
        .jaccard = ndup_jaccard(f->shared, f->count, keeper_count), .keeper = keeper, .distance = NEARDUP_NO_DISTANCE};
    return NEARDUP_OK;
}

/* pairs[0..count) of one text, best first. */
static neardup_status decide_text(struct deciding_contained *d, const struct ndup_contained_pair *pairs, size_t count,
                                  neardup_error *err)
{
    bool contains = false;
    take_followers(d, pairs[0].text);
    for (size_t i = 0; i < count; i++) {
        const struct ndup_contained_pair *p = &pairs[i];
        if (!p->decides || !is_kept(d->decisions, p->holder))
            continue;
        NDUP_TRY(try_holder(d, p, &contains, err));
        if (!contains)
            continue;
        const struct follower own = {.rank = p->text, .shared = p->shared, .count = p->text_count};
        NDUP_TRY(remove_text(d, &own, p->holder, p->holder_count, err));
        for (size_t k = 0; k < d->count; k++)
            NDUP_TRY(remove_text(d, &d->first[k], p->holder, p->holder_count, err));
        return NEARDUP_OK;
    }
    return NEARDUP_OK;
}

/* The longest text first; of one text the longer text that has most of it, the earlier of equals. */
static int in_order(const void *left, const void *right)
{
    const struct ndup_contained_pair *a = left, *b = right;
    if (a->text.value != b->text.value)
        return is_longer(a->text_count, a->text, b->text_count, b->text) ? -1 : 1;
    if (a->shared != b->shared)
        return a->shared > b->shared ? -1 : 1;
    return a->holder.value < b->holder.value ? -1 : a->holder.value > b->holder.value;
}

static int by_text(const void *left, const void *right)
{
    const struct ndup_contained_pair *a = left, *b = right;
    if (a->text.value != b->text.value)
        return a->text.value < b->text.value ? -1 : 1;
    return a->holder.value < b->holder.value ? -1 : a->holder.value > b->holder.value;
}

static int by_rank(const void *left, const void *right)
{
    const struct ndup_contained_decision *a = left, *b = right;
    return a->rank.value < b->rank.value ? -1 : a->rank.value > b->rank.value;
}

static neardup_status decide_all(struct deciding_contained *d, neardup_error *err)
{
    struct ndup_containment *out = d->out;
    for (size_t begin = 0, end; begin < out->pair_count; begin = end) {
        for (end = begin + 1; end < out->pair_count && out->pairs[end].text.value == out->pairs[begin].text.value;)
            end++;
        NDUP_TRY(decide_text(d, out->pairs + begin, end - begin, err));
    }
    return NEARDUP_OK;
}

neardup_status ndup_containment_decide(const struct ndup_containment_options *options,
                                       struct ndup_text_decision *decisions, struct ndup_containment *out,
                                       neardup_error *err)
{
    struct deciding_contained d = {.o = options, .decisions = decisions, .out = out};
    if (out->pair_count == 0)
        return NEARDUP_OK;
    d.members = ndup_calloc(ndup_pool_threads(options->pool), sizeof *d.members);
    neardup_status st = d.members == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
    qsort(out->pairs, out->pair_count, sizeof *out->pairs, in_order);
    if (st == NEARDUP_OK)
        st = find_followers(&d, err);
    if (st == NEARDUP_OK)
        st = decide_all(&d, err);
    qsort(out->pairs, out->pair_count, sizeof *out->pairs, by_text);
    if (out->decision_count > 1)
        qsort(out->decisions, out->decision_count, sizeof *out->decisions, by_rank);
    for (unsigned t = 0; d.members != NULL && t < ndup_pool_threads(options->pool); t++)
        ndup_probe_free(&d.members[t].probe);
    free(d.members);
    free(d.followers);
    ndup_probe_free(&d.holder);
    return st;
}

void ndup_containment_free(struct ndup_containment *containment)
{
    free(containment->pairs);
    free(containment->decisions);
    *containment = (struct ndup_containment){0};
}

const struct ndup_contained_decision *ndup_containment_of(const struct ndup_containment *c, struct ndup_rank rank)
{
    size_t low = 0, high = c->decision_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->decisions[middle].rank.value < rank.value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->decision_count && c->decisions[low].rank.value == rank.value ? &c->decisions[low] : NULL;
}
