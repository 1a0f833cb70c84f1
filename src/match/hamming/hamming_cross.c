/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/hamming/hamming_cross.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A fingerprint is cut into blocks of so many bits. Of two within the distance, at least one block differs in no more
 * bits than its radius. */
#define WIDTH  16u
#define VALUES ((size_t)1 << WIDTH)
#define BLOCKS (128u / WIDTH)

struct cross_member {
    struct ndup_hamming_pairs pairs;
    neardup_status status;
    neardup_error error;
};

struct crossing {
    const struct ndup_hamming_cross *o;
    unsigned blocks;
    int radius[BLOCKS]; /* -1: the others are enough */
    uint16_t *near;     /* values by the number of their bits: what is within a radius of a value, by exclusive or */
    size_t within[WIDTH + 2]; /* values of fewer bits */
    uint32_t *begin[BLOCKS];  /* [VALUES + 1]: where the list of a value begins */
    uint32_t *list[BLOCKS];   /* places in the index, by the value of the block, then ascending */
    struct cross_member *members;
    atomic_bool stop;
    _Atomic uint64_t found; /* pairs, by FOUND_STEP */
};

/* Added to the sum of all so many pairs: threads then do not fight for it. */
#define FOUND_STEP 1024u

static unsigned value_of(struct ndup_fingerprint f, unsigned block)
{
    uint64_t word = block < 64 / WIDTH ? f.low : f.high;
    return (unsigned)(word >> block % (64 / WIDTH) * WIDTH) & (unsigned)(VALUES - 1);
}

/* ---- the index ---- */

static bool sort_values(struct crossing *c)
{
    size_t at = 0;
    c->near = ndup_alloc(VALUES, sizeof *c->near);
    if (c->near == NULL)
        return false;
    for (unsigned n = 0; n <= WIDTH; n++) {
        c->within[n] = at;
        for (unsigned v = 0; v < VALUES; v++) {
            if ((unsigned)__builtin_popcount(v) == n)
                c->near[at++] = (uint16_t)v;
        }
    }
    c->within[WIDTH + 1] = at;
    return true;
}

/* Counts at [value + 2] become places to write at [value + 1], and, when all is written, begins at [value]. */
static bool list_block(struct crossing *c, unsigned block)
{
    const struct ndup_hamming_cross *o = c->o;
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

static bool prepare(struct crossing *c)
{
    unsigned distance = c->o->distance;
    c->blocks = c->o->bits / WIDTH;
    for (unsigned b = 0; b < c->blocks; b++) {
        c->radius[b] = (int)(distance / c->blocks) - (b > distance % c->blocks);
        if (c->radius[b] >= 0 && !list_block(c, b))
            return false;
    }
    c->members = ndup_calloc(ndup_pool_threads(c->o->pool), sizeof *c->members);
    return c->members != NULL && sort_values(c);
}

static void release(struct crossing *c)
{
    for (unsigned b = 0; b < BLOCKS; b++) {
        free(c->begin[b]);
        free(c->list[b]);
    }
    for (unsigned t = 0; c->members != NULL && t < ndup_pool_threads(c->o->pool); t++)
        ndup_hamming_pairs_free(&c->members[t].pairs);
    free(c->members);
    free(c->near);
}

/* ---- asking ---- */

/* Whether this is the first block in which the two are near: there the pair counts. */
static bool first_near(const struct crossing *c, struct ndup_fingerprint a, struct ndup_fingerprint b, unsigned block)
{
    for (unsigned i = 0; i < block; i++) {
        if (__builtin_popcount(value_of(a, i) ^ value_of(b, i)) <= c->radius[i])
            return false;
    }
    return true;
}

static neardup_status too_many(neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_LIMIT,
                     "too many fingerprints are near those of references: raise --memory or lower --distance");
}

static neardup_status add_pair(struct crossing *c, struct cross_member *m, uint32_t place, uint32_t number)
{
    NDUP_TRY(ndup_hamming_pairs_add(&m->pairs, 0, place, number, &m->error));
    if (m->pairs.count % FOUND_STEP != 0 || c->o->max_bytes == 0)
        return NEARDUP_OK;
    uint64_t found = atomic_fetch_add(&c->found, FOUND_STEP) + FOUND_STEP;
    return found * sizeof *m->pairs.pairs > c->o->max_bytes ? too_many(&m->error) : NEARDUP_OK;
}

struct nearest {
    uint32_t place; /* UINT32_MAX: none */
    unsigned distance;
};

static neardup_status ask_list(struct crossing *c, struct cross_member *m, uint32_t number, unsigned block,
                               unsigned value, struct nearest *nearest)
{
    const struct ndup_hamming_cross *o = c->o;
    struct ndup_fingerprint own = o->asking[number];
    for (uint32_t i = c->begin[block][value]; i < c->begin[block][value + 1]; i++) {
        uint32_t place = c->list[block][i];
        unsigned distance = ndup_simhash_distance(own, o->index[place]);
        if (distance > o->distance)
            continue;
        if (o->nearest) {
            if (distance < nearest->distance || (distance == nearest->distance && place < nearest->place))
                *nearest = (struct nearest){place, distance};
        } else if (first_near(c, own, o->index[place], block)) {
            NDUP_TRY(add_pair(c, m, place, number));
        }
    }
    return NEARDUP_OK;
}

static neardup_status ask(struct crossing *c, struct cross_member *m, uint32_t number)
{
    struct nearest nearest = {UINT32_MAX, c->o->distance + 1};
    struct ndup_fingerprint own = c->o->asking[number];
    for (unsigned b = 0; b < c->blocks; b++) {
        for (size_t i = 0, n = c->within[c->radius[b] + 1]; i < n; i++)
            NDUP_TRY(ask_list(c, m, number, b, value_of(own, b) ^ c->near[i], &nearest));
    }
    if (nearest.place == UINT32_MAX)
        return NEARDUP_OK;
    return add_pair(c, m, nearest.place, number);
}

static bool canceled(const struct crossing *c)
{
    return c->o->cancel != NULL && atomic_load_explicit(c->o->cancel, memory_order_relaxed);
}

/* Each thread has a range of its own: what they find is then in order. */
static void work(void *context, unsigned member)
{
    struct crossing *c = context;
    struct cross_member *m = &c->members[member];
    uint64_t threads = ndup_pool_threads(c->o->pool), count = c->o->asking_count;
    uint32_t begin = (uint32_t)(count * member / threads), end = (uint32_t)(count * (member + 1) / threads);
    for (uint32_t i = begin; i < end && m->status == NEARDUP_OK; i++) {
        if ((i - begin) % 256 == 0 && (atomic_load(&c->stop) || canceled(c)))
            return;
        m->status = ask(c, m, i);
    }
    if (m->status != NEARDUP_OK)
        atomic_store(&c->stop, true);
}

static neardup_status gather(const struct crossing *c, struct ndup_hamming_pairs *pairs, neardup_error *err)
{
    size_t n = 0;
    for (unsigned t = 0; t < ndup_pool_threads(c->o->pool); t++) {
        const struct cross_member *m = &c->members[t];
        if (m->status != NEARDUP_OK && err != NULL)
            *err = m->error;
        NDUP_TRY(m->status);
        n += m->pairs.count;
    }
    if (canceled(c))
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

neardup_status ndup_hamming_cross(const struct ndup_hamming_cross *cross, struct ndup_hamming_pairs *pairs,
                                  neardup_error *err)
{
    struct crossing c = {.o = cross};
    *pairs = (struct ndup_hamming_pairs){0};
    if (cross->index_count == 0 || cross->asking_count == 0)
        return NEARDUP_OK;
    neardup_status st = NEARDUP_OK;
    if (!prepare(&c))
        st = ndup_fail_nomem(err);
    if (st == NEARDUP_OK) {
        ndup_pool_run(cross->pool, work, &c);
        st = gather(&c, pairs, err);
    }
    release(&c);
    if (st != NEARDUP_OK)
        ndup_hamming_pairs_free(pairs);
    return st;
}
