/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/verify.h"

#include <pthread.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Hashes are well mixed (text/text.h): their low bits are the slot. */
static bool table_insert(uint64_t *table, size_t mask, uint64_t hash)
{
    size_t slot = hash & mask;
    while (table[slot] != 0) {
        if (table[slot] == hash)
            return false;
        slot = (slot + 1) & mask;
    }
    table[slot] = hash;
    return true;
}

neardup_status ndup_probe_fill(struct ndup_probe *probe, const uint64_t *hashes, size_t count, neardup_error *err)
{
    size_t size = 64;
    while (size < 2 * count)
        size *= 2;
    if (!ndup_grow(&probe->distinct, &probe->capacity, count, sizeof *probe->distinct) ||
        !ndup_grow(&probe->table, &probe->table_capacity, size, sizeof *probe->table))
        return ndup_fail_nomem(err);
    memset(probe->table, 0, size * sizeof *probe->table);
    probe->table_size = size;
    probe->has_zero = false;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (NDUP_UNLIKELY(hashes[i] == 0)) {
            if (!probe->has_zero)
                probe->distinct[n++] = 0;
            probe->has_zero = true;
        } else if (table_insert(probe->table, size - 1, hashes[i])) {
            probe->distinct[n++] = hashes[i];
        }
    }
    probe->count = n;
    return NEARDUP_OK;
}

size_t ndup_probe_shared(const struct ndup_probe *probe, const uint64_t *hashes, size_t count)
{
    size_t shared = 0;
    for (size_t i = 0; i < count; i++)
        shared += ndup_probe_holds(probe, hashes[i]);
    return shared;
}

#define SURELY_BITS 32768u

/* Bits that are set are no more than the different hashes. */
bool ndup_surely_more(const uint64_t *hashes, size_t count, size_t limit)
{
    uint64_t seen[SURELY_BITS / 64];
    size_t bits = 1024, set = 0;
    if (count <= limit || limit > SURELY_BITS / 8)
        return false;
    while (bits < 8 * limit)
        bits *= 2;
    memset(seen, 0, bits / 8);
    for (size_t i = 0; i < count && set <= limit; i++) {
        uint64_t *word = &seen[hashes[i] >> 6 & (bits / 64 - 1)], bit = (uint64_t)1 << (hashes[i] & 63);
        set += (*word & bit) == 0;
        *word |= bit;
    }
    return set > limit;
}

void ndup_probe_free(struct ndup_probe *probe)
{
    free(probe->distinct);
    free(probe->table);
    *probe = (struct ndup_probe){0};
}

double ndup_jaccard(size_t shared, size_t a, size_t b)
{
    size_t both = a + b - shared;
    return both == 0 ? 0.0 : (double)shared / (double)both;
}

uint32_t ndup_share_least(double share, size_t count)
{
    double about = floor(share * (double)count);
    size_t least = about > 1 ? (size_t)about - 1 : 0;
    while (least < count && (double)least / (double)count < share)
        least++;
    return least < 1 ? 1 : least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
}

uint32_t ndup_jaccard_least(double jaccard, size_t a, size_t b)
{
    double about = floor(jaccard / (1 + jaccard) * (double)(a + b));
    size_t least = about > 1 ? (size_t)about - 1 : 0;
    while (least <= a && ndup_jaccard(least, a, b) < jaccard)
        least++;
    return least < 1 ? 1 : least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
}

double ndup_jaccard_bound(size_t a, size_t b)
{
    size_t small = a < b ? a : b, large = a < b ? b : a;
    return large == 0 ? 0.0 : (double)small / (double)large;
}

/* ---- bitmaps ---- */

size_t ndup_bitmap_words(size_t count)
{
    size_t words = 1;
    while (words < NDUP_BITMAP_MOST && words * 16 < count)
        words *= 2;
    return words;
}

void ndup_bitmap_make(uint64_t *bitmap, size_t words, const uint64_t *hashes, size_t count)
{
    memset(bitmap, 0, words * sizeof *bitmap);
    for (size_t i = 0; i < count; i++)
        bitmap[hashes[i] >> 6 & (words - 1)] ^= (uint64_t)1 << (hashes[i] & 63);
}

/* Half as many bits: what had the same low bits meets. */
void ndup_bitmaps_make(struct ndup_bitmaps *bitmaps, const uint64_t *hashes, size_t count)
{
    uint64_t *all = bitmaps->all;
    ndup_bitmap_make(all + NDUP_BITMAP_MOST, NDUP_BITMAP_MOST, hashes, count);
    for (size_t words = NDUP_BITMAP_MOST / 2; words > 0; words /= 2) {
        for (size_t i = 0; i < words; i++)
            all[words + i] = all[2 * words + i] ^ all[3 * words + i];
    }
}

/* In steps that compilers turn into vectors, where the instruction for it may not be there. */
static uint64_t count_bits(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    return (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu; /* of each byte, up to 8 */
}

size_t ndup_bitmap_differing(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint64_t sum = 0; /* in bytes: of 16 words up to 128 */
    for (size_t i = 0; i < words; i++)
        sum += count_bits(a[i] ^ b[i]);
    sum = (sum & 0x00ff00ff00ff00ffu) + (sum >> 8 & 0x00ff00ff00ff00ffu);
    return (size_t)((sum * 0x0001000100010001u) >> 48);
}

/* ---- the cache of sets ---- */

#define SHARDS 64u
/* Bytes of cache for which there is a slot: the set of a sentence takes about this much, so chains are short. */
#define SLOT_BYTES ((size_t)256)

struct cache_shard {
    pthread_mutex_t lock;   /* guards all below and the sets' links and references */
    struct ndup_set **slot; /* of all shards' array of slots */
    struct ndup_set *newest, *oldest;
    size_t bytes;
};

struct ndup_set_cache {
    size_t max_shard_bytes;
    struct ndup_set **slots;
    size_t shard_slots; /* a power of two */
    struct cache_shard shards[SHARDS];
};

static uint64_t mixed(struct ndup_rank rank)
{
    return rank.value * UINT64_C(0x9E3779B97F4A7C15);
}

static struct cache_shard *shard_of(struct ndup_set_cache *cache, struct ndup_rank rank)
{
    return &cache->shards[mixed(rank) >> 58];
}

static struct ndup_set **slot_of(const struct ndup_set_cache *cache, struct cache_shard *shard, struct ndup_rank rank)
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

static void unlink_use(struct cache_shard *shard, struct ndup_set *set)
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

static void link_newest(struct cache_shard *shard, struct ndup_set *set)
{
    set->newer = NULL;
    set->older = shard->newest;
    if (shard->newest != NULL)
        shard->newest->newer = set;
    else
        shard->oldest = set;
    shard->newest = set;
}

static struct ndup_set *find(const struct ndup_set_cache *cache, struct cache_shard *shard, struct ndup_rank rank)
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

static void evict(struct ndup_set_cache *cache, struct cache_shard *shard)
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
    struct cache_shard *shard = shard_of(cache, rank);
    pthread_mutex_lock(&shard->lock);
    struct ndup_set *set = find(cache, shard, rank);
    pthread_mutex_unlock(&shard->lock);
    return set;
}

struct ndup_set *ndup_set_cache_put(struct ndup_set_cache *cache, struct ndup_rank rank, const uint64_t *distinct,
                                    size_t count, uint64_t frame)
{
    size_t words = ndup_bitmap_words(count);
    if (count > (SIZE_MAX - sizeof(struct ndup_set)) / sizeof(uint64_t) - words)
        return NULL;
    struct ndup_set *set = malloc(sizeof *set + (count + words) * sizeof set->hash[0]);
    if (set == NULL)
        return NULL;
    *set = (struct ndup_set){.rank = rank, .references = 1, .count = count, .frame = frame, .words = words};
    if (count > 0)
        memcpy(set->hash, distinct, count * sizeof set->hash[0]);
    ndup_bitmap_make(set->hash + count, words, distinct, count);
    struct cache_shard *shard = shard_of(cache, rank);
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
    struct cache_shard *shard = shard_of(cache, set->rank);
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
