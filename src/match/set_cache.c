/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/bitmap_filter.h"
#include "match/verify.h"

#include "base/error.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 64u
/* Bytes of cache for which there is a slot: the set of a sentence takes about so many, and chains stay short. */
#define SLOT_BYTES ((size_t)256)

struct shard {
    pthread_mutex_t lock;   /* guards all below and the sets' links and references */
    struct ndup_set **slot; /* of all shards' array of slots */
    struct ndup_set *newest, *oldest;
    size_t bytes;
};

struct ndup_set_cache {
    size_t max_shard_bytes;
    struct ndup_set **slots;
    size_t shard_slots; /* a power of two */
    struct shard shards[SHARDS];
};

static uint64_t mixed(struct ndup_rank rank)
{
    return rank.value * UINT64_C(0x9E3779B97F4A7C15);
}

static struct shard *shard_of(struct ndup_set_cache *cache, struct ndup_rank rank)
{
    return &cache->shards[mixed(rank) >> 58];
}

static struct ndup_set **slot_of(const struct ndup_set_cache *cache, struct shard *shard, struct ndup_rank rank)
{
    return &shard->slot[(mixed(rank) >> 28) & (cache->shard_slots - 1)];
}

static size_t bytes_of(const struct ndup_set *set)
{
    return sizeof *set + (set->count + set->words) * sizeof set->hash[0];
}

neardup_status ndup_set_cache_create(struct ndup_set_cache **out, size_t max_bytes, neardup_error *err)
{
    *out = ndup_calloc(1, sizeof **out);
    if (*out == NULL)
        return ndup_fail_nomem(err);
    struct ndup_set_cache *c = *out;
    c->max_shard_bytes = max_bytes / SHARDS;
    for (c->shard_slots = 64; c->shard_slots * SLOT_BYTES < c->max_shard_bytes; c->shard_slots *= 2)
        ;
    c->slots = ndup_calloc(c->shard_slots * SHARDS, sizeof(struct ndup_set *));
    for (unsigned i = 0; i < SHARDS; i++) {
        c->shards[i].slot = c->slots == NULL ? NULL : c->slots + i * c->shard_slots;
        pthread_mutex_init(&c->shards[i].lock, NULL);
    }
    return c->slots == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static void unlink_use(struct shard *shard, struct ndup_set *set)
{
    if (set->newer != NULL)
        set->newer->older = set->older;
    else
        shard->newest = set->older;
    if (set->older != NULL)
        set->older->newer = set->newer;
    else
        shard->oldest = set->newer;
}

static void link_newest(struct shard *shard, struct ndup_set *set)
{
    set->newer = NULL;
    set->older = shard->newest;
    if (shard->newest != NULL)
        shard->newest->newer = set;
    else
        shard->oldest = set;
    shard->newest = set;
}

static struct ndup_set *find(const struct ndup_set_cache *cache, struct shard *shard, struct ndup_rank rank)
{
    struct ndup_set *set = *slot_of(cache, shard, rank);
    while (set != NULL && set->rank.value != rank.value)
        set = set->chain;
    if (set != NULL) {
        set->references++;
        unlink_use(shard, set);
        link_newest(shard, set);
    }
    return set;
}

static void evict(struct ndup_set_cache *cache, struct shard *shard)
{
    struct ndup_set *set = shard->oldest;
    while (set != NULL && shard->bytes > cache->max_shard_bytes) {
        struct ndup_set *newer = set->newer;
        if (set->references == 0) {
            struct ndup_set **link = slot_of(cache, shard, set->rank);
            while (*link != set)
                link = &(*link)->chain;
            *link = set->chain;
            unlink_use(shard, set);
            shard->bytes -= bytes_of(set);
            free(set);
        }
        set = newer;
    }
}

struct ndup_set *ndup_set_cache_get(struct ndup_set_cache *cache, struct ndup_rank rank)
{
    struct shard *shard = shard_of(cache, rank);
    pthread_mutex_lock(&shard->lock);
    struct ndup_set *set = find(cache, shard, rank);
    pthread_mutex_unlock(&shard->lock);
    return set;
}

struct ndup_set *ndup_set_cache_put(struct ndup_set_cache *cache, struct ndup_rank rank, const uint64_t *distinct,
                                    size_t count)
{
    size_t words = ndup_bitmap_words(count);
    if (count > (SIZE_MAX - sizeof(struct ndup_set)) / sizeof(uint64_t) - words)
        return NULL;
    struct ndup_set *set = malloc(sizeof *set + (count + words) * sizeof set->hash[0]);
    if (set == NULL)
        return NULL;
    *set = (struct ndup_set){.rank = rank, .references = 1, .count = count, .words = words};
    if (count > 0)
        memcpy(set->hash, distinct, count * sizeof set->hash[0]);
    ndup_bitmap_make(set->hash + count, words, distinct, count);
    struct shard *shard = shard_of(cache, rank);
    pthread_mutex_lock(&shard->lock);
    struct ndup_set *other = find(cache, shard, rank);
    if (other == NULL) {
        struct ndup_set **slot = slot_of(cache, shard, rank);
        set->chain = *slot;
        *slot = set;
        link_newest(shard, set);
        shard->bytes += bytes_of(set);
        evict(cache, shard);
    }
    pthread_mutex_unlock(&shard->lock);
    if (other != NULL) {
        free(set);
        return other;
    }
    return set;
}

void ndup_set_cache_release(struct ndup_set_cache *cache, struct ndup_set *set)
{
    struct shard *shard = shard_of(cache, set->rank);
    pthread_mutex_lock(&shard->lock);
    set->references--;
    evict(cache, shard);
    pthread_mutex_unlock(&shard->lock);
}

void ndup_set_cache_free(struct ndup_set_cache *cache)
{
    if (cache == NULL)
        return;
    for (unsigned i = 0; i < SHARDS; i++) {
        struct ndup_set *set = cache->shards[i].newest;
        while (set != NULL) {
            struct ndup_set *older = set->older;
            free(set);
            set = older;
        }
        pthread_mutex_destroy(&cache->shards[i].lock);
    }
    free(cache->slots);
    free(cache);
}
