/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/digests.h"

#include "base/error.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SHARD_BITS  6u
#define SHARDS      (1u << SHARD_BITS)
#define FIRST_SLOTS 1024u

#define NONE UINT32_MAX

/* 20 bytes a slot instead of 24: arrays apart. */
struct shard {
    pthread_mutex_t lock; /* guards the rest */
    uint64_t *keys;       /* low, high */
    uint32_t *units;
    size_t size, used;
    bool full; /* may not grow: looks up only */
    char pad[NDUP_CACHE_LINE];
};

struct ndup_digests {
    size_t max_bytes;
    atomic_size_t bytes;
    atomic_bool overflowed;
    struct shard shards[SHARDS];
};

#define SLOT_BYTES (2 * sizeof(uint64_t) + sizeof(uint32_t))

neardup_status ndup_digests_create(struct ndup_digests **out, size_t max_bytes, neardup_error *err)
{
    *out = ndup_calloc(1, sizeof **out);
    if (*out == NULL)
        return ndup_fail_nomem(err);
    (*out)->max_bytes = max_bytes;
    for (unsigned i = 0; i < SHARDS; i++)
        pthread_mutex_init(&(*out)->shards[i].lock, NULL);
    return NEARDUP_OK;
}

void ndup_digests_free(struct ndup_digests *digests)
{
    if (digests == NULL)
        return;
    for (unsigned i = 0; i < SHARDS; i++) {
        free(digests->shards[i].keys);
        free(digests->shards[i].units);
        pthread_mutex_destroy(&digests->shards[i].lock);
    }
    free(digests);
}

static size_t place(const struct shard *s, uint64_t low, uint64_t high)
{
    size_t i = low & (s->size - 1);
    while (s->units[i] != NONE && (s->keys[2 * i] != low || s->keys[2 * i + 1] != high))
        i = (i + 1) & (s->size - 1);
    return i;
}

static void put(struct shard *s, size_t i, uint64_t low, uint64_t high, uint32_t unit)
{
    s->keys[2 * i] = low;
    s->keys[2 * i + 1] = high;
    s->units[i] = unit;
    s->used++;
}

static bool resize(struct shard *s, size_t size)
{
    struct shard old = *s;
    uint64_t *keys = ndup_alloc(size, 2 * sizeof *keys);
    uint32_t *units = ndup_alloc(size, sizeof *units);
    if (keys == NULL || units == NULL) {
        free(keys);
        free(units);
        return false;
    }
    memset(units, 0xFF, size * sizeof *units);
    s->keys = keys;
    s->units = units;
    s->size = size;
    s->used = 0;
    for (size_t i = 0; i < old.size; i++) {
        if (old.units[i] != NONE)
            put(s, place(s, old.keys[2 * i], old.keys[2 * i + 1]), old.keys[2 * i], old.keys[2 * i + 1], old.units[i]);
    }
    free(old.keys);
    free(old.units);
    return true;
}

/* Room for one more with the table at most 3/4 full. */
static bool make_room(struct ndup_digests *d, struct shard *s)
{
    if (4 * (s->used + 1) <= 3 * s->size)
        return true;
    size_t larger = s->size > 0 ? 2 * s->size : FIRST_SLOTS;
    size_t more = (larger - s->size) * SLOT_BYTES;
    if (d->max_bytes > 0 && atomic_fetch_add(&d->bytes, more) + more > d->max_bytes) {
        atomic_fetch_sub(&d->bytes, more);
        s->full = true;
        atomic_store(&d->overflowed, true);
        return true;
    }
    return resize(s, larger);
}

neardup_status ndup_digests_find(struct ndup_digests *d, XXH128_hash_t digest, uint32_t unit, uint32_t *found,
                                 bool *added, neardup_error *err)
{
    struct shard *s = &d->shards[digest.high64 >> (64 - SHARD_BITS)];
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&s->lock);
    *found = unit;
    *added = true;
    if (!s->full && !make_room(d, s))
        st = ndup_fail_nomem(err);
    else if (s->size > 0) {
        size_t i = place(s, digest.low64, digest.high64);
        *added = s->units[i] == NONE;
        if (!*added)
            *found = s->units[i];
        else if (!s->full)
            put(s, i, digest.low64, digest.high64, unit);
    }
    pthread_mutex_unlock(&s->lock);
    return st;
}

bool ndup_digests_overflowed(const struct ndup_digests *digests)
{
    return atomic_load(&digests->overflowed);
}
