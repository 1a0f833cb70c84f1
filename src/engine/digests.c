/* SPDX-License-Identifier: MIT
 * Open addressing with linear probing, in shards by the highest bits of the digest; a lock is held for one lookup. A
 * table without locks would need compare-and-swap of 128 bits and a way to grow under its readers. */
#include "base/platform.h"

#include "engine/digests.h"

#include "base/error.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* 64 shards: several per core, so that threads rarely want the same one. Each begins with 20 KiB; when all have grown
 * they double at different times, so that no thread waits for the whole table to be moved. Not swept. */
#define SHARD_BITS  6u
#define SHARDS      (1u << SHARD_BITS)
#define FIRST_SLOTS 1024u

/* Two arrays: 20 bytes per slot instead of 24. */
struct digest_shard {
    pthread_mutex_t lock;       /* guards the rest */
    uint64_t *keys;             /* low, high */
    struct ndup_text_id *texts; /* NDUP_NO_NUMBER: a free slot */
    size_t size, used;
    bool full; /* may not grow: looks up only */
    char pad[NDUP_CACHE_LINE];
};

struct ndup_digests {
    size_t max_bytes;
    atomic_size_t bytes;
    atomic_bool overflowed;
    struct digest_shard shards[SHARDS];
};

#define SLOT_BYTES (2 * sizeof(uint64_t) + sizeof(struct ndup_text_id))

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
        free(digests->shards[i].texts);
        pthread_mutex_destroy(&digests->shards[i].lock);
    }
    free(digests);
}

static size_t place(const struct digest_shard *s, uint64_t low, uint64_t high)
{
    size_t i = low & (s->size - 1);
    while (s->texts[i].value != NDUP_NO_NUMBER && (s->keys[2 * i] != low || s->keys[2 * i + 1] != high))
        i = (i + 1) & (s->size - 1);
    return i;
}

static void put(struct digest_shard *s, size_t i, uint64_t low, uint64_t high, struct ndup_text_id text)
{
    s->keys[2 * i] = low;
    s->keys[2 * i + 1] = high;
    s->texts[i] = text;
    s->used++;
}

static bool resize(struct digest_shard *s, size_t size)
{
    struct digest_shard old = *s;
    uint64_t *keys = ndup_alloc(size, 2 * sizeof *keys);
    struct ndup_text_id *texts = ndup_alloc(size, sizeof *texts);
    if (keys == NULL || texts == NULL) {
        free(keys);
        free(texts);
        return false;
    }
    memset(texts, 0xFF, size * sizeof *texts);
    s->keys = keys;
    s->texts = texts;
    s->size = size;
    s->used = 0;
    for (size_t i = 0; i < old.size; i++) {
        if (old.texts[i].value != NDUP_NO_NUMBER)
            put(s, place(s, old.keys[2 * i], old.keys[2 * i + 1]), old.keys[2 * i], old.keys[2 * i + 1], old.texts[i]);
    }
    free(old.keys);
    free(old.texts);
    return true;
}

/* Room for one more with the table at most 3/4 full: linear probing then looks at 2.5 slots where the digest is there,
 * 8.5 where it is not (Knuth, volume 3, section 6.4); at 7/8 it would be 32. */
static bool make_room(struct ndup_digests *d, struct digest_shard *s)
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

neardup_status ndup_digests_find(struct ndup_digests *d, struct ndup_digest digest, struct ndup_text_id text,
                                 struct ndup_text_id *found, bool *added, neardup_error *err)
{
    struct digest_shard *s = &d->shards[digest.high >> (64 - SHARD_BITS)];
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&s->lock);
    *found = text;
    *added = true;
    if (!s->full && !make_room(d, s))
        st = ndup_fail_nomem(err);
    else if (s->size > 0) {
        size_t i = place(s, digest.low, digest.high);
        *added = s->texts[i].value == NDUP_NO_NUMBER;
        if (!*added)
            *found = s->texts[i];
        else if (!s->full)
            put(s, i, digest.low, digest.high, text);
    }
    pthread_mutex_unlock(&s->lock);
    return st;
}

bool ndup_digests_overflowed(const struct ndup_digests *digests)
{
    return atomic_load(&digests->overflowed);
}
