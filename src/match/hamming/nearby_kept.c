/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/hamming/nearby_kept.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

/* A fingerprint is cut into blocks of so many bits. Of two within the distance, at least one block differs in no more
 * bits than its radius. */
#define WIDTH  16u
#define VALUES ((size_t)1 << WIDTH)
#define BLOCKS (128u / WIDTH)

struct slot { /* those that stay with a value in a block */
    struct stayer {
        struct ndup_fingerprint fingerprint;
        uint32_t number;
    } * list;
    size_t count, capacity;
};

struct keeping {
    const struct ndup_nearby_kept_options *o;
    struct ndup_hamming_pairs *pairs;
    unsigned blocks;
    int radius[BLOCKS]; /* -1: the others are enough */
    uint16_t *near;     /* values by the number of their bits: what is within a radius of a value, by exclusive or */
    size_t within[WIDTH + 2]; /* values of fewer bits */
    struct slot *slots;       /* [blocks][VALUES] */
    uint8_t *stays;
};

static unsigned value_of(struct ndup_fingerprint f, unsigned block)
{
    uint64_t word = block < 64 / WIDTH ? f.low : f.high;
    return (unsigned)(word >> block % (64 / WIDTH) * WIDTH) & (unsigned)(VALUES - 1);
}

static bool prepare(struct keeping *k)
{
    unsigned distance = k->o->distance;
    k->blocks = k->o->bits / WIDTH;
    for (unsigned b = 0; b < k->blocks; b++)
        k->radius[b] = (int)(distance / k->blocks) - (b > distance % k->blocks);
    k->near = ndup_alloc(VALUES, sizeof *k->near);
    k->slots = ndup_calloc(k->blocks * VALUES, sizeof *k->slots);
    k->stays = ndup_calloc(k->o->count, sizeof *k->stays);
    if (k->near == NULL || k->slots == NULL || k->stays == NULL)
        return false;
    size_t at = 0;
    for (unsigned n = 0; n <= WIDTH; n++) {
        k->within[n] = at;
        for (unsigned v = 0; v < VALUES; v++) {
            if ((unsigned)__builtin_popcount(v) == n)
                k->near[at++] = (uint16_t)v;
        }
    }
    k->within[WIDTH + 1] = at;
    return true;
}

static void release(struct keeping *k)
{
    for (size_t i = 0; k->slots != NULL && i < k->blocks * VALUES; i++)
        free(k->slots[i].list);
    free(k->slots);
    free(k->near);
    free(k->stays);
}

/* Whether this is the first block in which the two are near: there the pair counts. */
static bool first_near(const struct keeping *k, struct ndup_fingerprint a, struct ndup_fingerprint b, unsigned block)
{
    for (unsigned i = 0; i < block; i++) {
        if (__builtin_popcount(value_of(a, i) ^ value_of(b, i)) <= k->radius[i])
            return false;
    }
    return true;
}

/* Pairs of `number` with those in the index from `first` on. */
static neardup_status ask(struct keeping *k, uint32_t number, uint32_t first, neardup_error *err)
{
    struct ndup_fingerprint own = k->o->fingerprints[number];
    for (unsigned b = 0; b < k->blocks; b++) {
        const struct slot *slots = k->slots + b * VALUES;
        unsigned value = value_of(own, b);
        for (size_t i = 0, n = k->within[k->radius[b] + 1]; i < n; i++) {
            const struct slot *slot = &slots[value ^ k->near[i]];
            for (size_t j = slot->count; j > 0 && slot->list[j - 1].number >= first; j--) {
                const struct stayer *s = &slot->list[j - 1];
                if (ndup_simhash_distance(own, s->fingerprint) <= k->o->distance &&
                    first_near(k, own, s->fingerprint, b))
                    NDUP_TRY(ndup_hamming_pairs_add(k->pairs, k->o->max_bytes, s->number, number, err));
            }
        }
    }
    return NEARDUP_OK;
}

static bool put(struct keeping *k, uint32_t number)
{
    struct ndup_fingerprint own = k->o->fingerprints[number];
    k->stays[number] = 1;
    for (unsigned b = 0; b < k->blocks; b++) {
        struct slot *slot = &k->slots[b * VALUES + value_of(own, b)];
        if (!ndup_grow(&slot->list, &slot->capacity, slot->count + 1, sizeof *slot->list))
            return false;
        slot->list[slot->count++] = (struct stayer){own, number};
    }
    return true;
}

static neardup_status check_cancel(const struct keeping *k, uint32_t number, neardup_error *err)
{
    return number % 1024 == 0 && k->o->cancel != NULL && atomic_load_explicit(k->o->cancel, memory_order_relaxed)
               ? ndup_fail(err, NEARDUP_E_CANCELED, "canceled")
               : NEARDUP_OK;
}

/* First who stays; then what of that comes after those that may need it. */
static neardup_status find(struct keeping *k, neardup_error *err)
{
    for (uint32_t i = 0; i < k->o->count; i++) {
        size_t before = k->pairs->count;
        NDUP_TRY(check_cancel(k, i, err));
        NDUP_TRY(ask(k, i, 0, err));
        bool goes = k->pairs->count > before || (k->o->gone != NULL && k->o->gone[i]);
        if (!goes && !put(k, i))
            return ndup_fail_nomem(err);
    }
    for (uint32_t i = 0; i < k->o->count; i++) {
        NDUP_TRY(check_cancel(k, i, err));
        if (!k->stays[i] && k->o->several[i])
            NDUP_TRY(ask(k, i, i, err));
    }
    return NEARDUP_OK;
}

neardup_status ndup_nearby_kept(const struct ndup_nearby_kept_options *options, struct ndup_hamming_pairs *pairs,
                                neardup_error *err)
{
    struct keeping k = {.o = options, .pairs = pairs};
    *pairs = (struct ndup_hamming_pairs){0};
    neardup_status st = prepare(&k) ? find(&k, err) : ndup_fail_nomem(err);
    release(&k);
    if (st != NEARDUP_OK)
        ndup_hamming_pairs_free(pairs);
    return st;
}
