/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/buckets.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX /* no entry */

/* Arrays instead of a list of objects: 16 bytes per entry and 8 per bucket. An entry is a text in one of its buckets; the
 * entries of a text are neighbours, and `next` chains those of a bucket that are in its list. Lists are chains because texts
 * enter in rank order and leave from the front, block by block: nothing is moved, and an entry is in its list or not. */
struct ndup_buckets {
    bool keep_all;
    uint32_t cap;
    uint32_t ranks;
    uint32_t *begin;        /* [ranks + 1]: entries of a rank */
    uint32_t *bucket;       /* of an entry */
    struct ndup_rank *rank; /* of an entry */
    uint32_t *next;         /* entry after this one in its bucket's list, NONE at the end */
    uint32_t *head;         /* [buckets]: first entry, NONE if empty */
    uint32_t *size; /* [buckets]: kept texts in the list; CAPPED bit when one was left out. NULL without a cap */
    uint32_t bucket_count;
    struct ndup_rank *active;
    uint32_t active_count;
    uint64_t capped;
    struct ndup_bucket_links links; /* NULLs: none */
};

#define CAPPED 0x80000000u

/* ---- making ---- */

static struct ndup_rank rank_of_item(const struct ndup_rank *rank_of, uint32_t item)
{
    return rank_of != NULL ? rank_of[item] : (struct ndup_rank){item};
}

static neardup_status count_entries(struct ndup_buckets *b, const struct ndup_entries *entries,
                                    const struct ndup_rank *rank_of, neardup_error *err)
{
    if (ndup_entries_count(entries) >= NONE)
        return ndup_fail(
            err, NEARDUP_E_LIMIT,
            "more than 4 billion bucket entries: split the corpus into several runs, or raise the threshold");
    for (unsigned p = 0; p < entries->part_count; p++) {
        const struct ndup_entry_list *part = &entries->parts[p];
        for (size_t i = 0; i < part->count; i++) {
            struct ndup_rank rank = rank_of_item(rank_of, part->entries[i].item);
            if (ndup_rank_exists(rank))
                b->begin[rank.value + 1]++;
        }
    }
    for (uint32_t r = 0; r < b->ranks; r++) {
        b->active_count += b->begin[r + 1] > 0;
        b->begin[r + 1] += b->begin[r];
    }
    return NEARDUP_OK;
}

/* begin[r] serves as the place to write for rank r and ends up as begin[r + 1]; shifted back afterwards. */
static void fill_entries(struct ndup_buckets *b, struct ndup_entries *entries, const struct ndup_rank *rank_of)
{
    for (unsigned p = 0; p < entries->part_count; p++) {
        struct ndup_entry_list *part = &entries->parts[p];
        for (size_t i = 0; i < part->count; i++) {
            struct ndup_rank rank = rank_of_item(rank_of, part->entries[i].item);
            if (!ndup_rank_exists(rank))
                continue;
            uint32_t at = b->begin[rank.value]++;
            b->bucket[at] = part->entries[i].bucket;
            b->rank[at] = rank;
        }
        free(part->entries);
        *part = (struct ndup_entry_list){0};
    }
    memmove(b->begin + 1, b->begin, sizeof *b->begin * b->ranks);
    b->begin[0] = 0;
    uint32_t n = 0;
    for (uint32_t r = 0; r < b->ranks; r++) {
        if (b->begin[r + 1] > b->begin[r])
            b->active[n++] = (struct ndup_rank){r};
    }
}

neardup_status ndup_buckets_create(struct ndup_buckets **out, struct ndup_entries *entries,
                                   const struct ndup_rank *rank_of, uint32_t ranks, bool keep_all, uint32_t cap,
                                   neardup_error *err)
{
    *out = NULL;
    struct ndup_buckets *b = ndup_calloc(1, sizeof *b);
    if (b == NULL)
        return ndup_fail_nomem(err);
    b->ranks = ranks;
    b->keep_all = keep_all;
    b->cap = keep_all ? 0 : cap;
    b->bucket_count = entries->buckets;
    b->begin = ndup_calloc((size_t)ranks + 1, sizeof *b->begin);
    if (b->begin == NULL)
        goto nomem;
    neardup_status st = count_entries(b, entries, rank_of, err);
    if (st != NEARDUP_OK) {
        ndup_buckets_free(b);
        return st;
    }
    size_t n = b->begin[ranks];
    b->bucket = ndup_alloc(n, sizeof *b->bucket);
    b->rank = ndup_alloc(n, sizeof *b->rank);
    b->active = ndup_alloc(b->active_count, sizeof *b->active);
    if (b->bucket == NULL || b->rank == NULL || b->active == NULL)
        goto nomem;
    fill_entries(b, entries, rank_of);
    b->next = ndup_alloc(n, sizeof *b->next);
    b->head = ndup_alloc(b->bucket_count, sizeof *b->head);
    b->size = b->cap > 0 ? ndup_calloc(b->bucket_count, sizeof *b->size) : NULL;
    if (b->next == NULL || b->head == NULL || (b->cap > 0 && b->size == NULL))
        goto nomem;
    memset(b->head, 0xFF, sizeof *b->head * b->bucket_count);
    *out = b;
    return NEARDUP_OK;
nomem:
    ndup_buckets_free(b);
    return ndup_fail_nomem(err);
}

void ndup_buckets_free(struct ndup_buckets *b)
{
    if (b == NULL)
        return;
    free(b->begin);
    free(b->bucket);
    free(b->rank);
    free(b->next);
    free(b->head);
    free(b->size);
    free(b->active);
    ndup_bucket_links_free(&b->links);
    free(b);
}

void ndup_buckets_link(struct ndup_buckets *b, struct ndup_bucket_links *links)
{
    b->links = *links;
    *links = (struct ndup_bucket_links){0};
}

void ndup_bucket_links_free(struct ndup_bucket_links *links)
{
    free(links->begin);
    free(links->to);
    *links = (struct ndup_bucket_links){0};
}

const struct ndup_rank *ndup_buckets_active(const struct ndup_buckets *b, uint32_t *count)
{
    *count = b->active_count;
    return b->active;
}

/* ---- lists of kept texts ---- */

static void push(struct ndup_buckets *b, uint32_t entry)
{
    uint32_t *head = &b->head[b->bucket[entry]];
    b->next[entry] = *head;
    *head = entry;
}

void ndup_buckets_begin_block(struct ndup_buckets *b, const struct ndup_rank *ranks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t e = b->begin[ranks[i].value]; e < b->begin[ranks[i].value + 1]; e++)
            push(b, e);
    }
}

static bool room(struct ndup_buckets *b, uint32_t bucket)
{
    if (b->cap == 0)
        return true;
    if ((b->size[bucket] & ~CAPPED) < b->cap) {
        b->size[bucket]++;
        return true;
    }
    b->capped += (b->size[bucket] & CAPPED) == 0;
    b->size[bucket] |= CAPPED;
    return false;
}

void ndup_buckets_end_block(struct ndup_buckets *b, const struct ndup_rank *ranks, uint32_t count,
                            bool (*kept)(void *context, struct ndup_rank rank), void *context)
{
    if (b->keep_all)
        return;
    /* The first entry of the block in a bucket still points to the list as it was before the block. */
    for (uint32_t i = 0; i < count; i++) {
        bool stays = kept(context, ranks[i]);
        for (uint32_t e = b->begin[ranks[i].value]; e < b->begin[ranks[i].value + 1]; e++) {
            bool first_of_block = b->next[e] == NONE || b->rank[b->next[e]].value < ranks[0].value;
            if (first_of_block)
                b->head[b->bucket[e]] = b->next[e];
            if (stays && room(b, b->bucket[e]))
                push(b, e);
        }
    }
}

void ndup_buckets_put(struct ndup_buckets *b, const struct ndup_rank *ranks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t e = b->begin[ranks[i].value]; e < b->begin[ranks[i].value + 1]; e++) {
            if (room(b, b->bucket[e]))
                push(b, e);
        }
    }
    for (uint32_t i = 0; b->cap > 0 && i < b->bucket_count; i++)
        b->size[i] &= CAPPED;
}

void ndup_buckets_replace(struct ndup_buckets *b, const struct ndup_rank *ranks, uint32_t count)
{
    uint64_t capped = b->capped;
    memset(b->head, 0xFF, sizeof *b->head * b->bucket_count);
    if (b->cap > 0)
        memset(b->size, 0, sizeof *b->size * b->bucket_count);
    ndup_buckets_put(b, ranks, count);
    b->capped = capped;
}

uint64_t ndup_buckets_capped(const struct ndup_buckets *b)
{
    return b->capped;
}

/* ---- candidates ---- */

void ndup_rank_list_free(struct ndup_rank_list *list)
{
    free(list->ranks);
    free(list->table);
    *list = (struct ndup_rank_list){0};
}

/* A text meets another in up to 26 buckets, so candidates are a set. Its table is cleared slot by slot where few are in it:
 * most texts have none or a handful, and one that met a thousand must not make those after it pay for its table. */
static uint32_t slot_of(uint32_t rank, size_t size)
{
    return (uint32_t)(((uint64_t)(rank * 0x9E3779B1u) * size) >> 32);
}

static void put_in_table(struct ndup_rank_list *list, uint32_t rank)
{
    size_t slot = slot_of(rank, list->table_size);
    while (list->table[slot] != 0)
        slot = (slot + 1) & (list->table_size - 1);
    list->table[slot] = rank + 1;
}

/* Room for one more rank with the table at most half full. */
static bool make_room(struct ndup_rank_list *list)
{
    if (!ndup_grow(&list->ranks, &list->capacity, list->count + 1, sizeof *list->ranks))
        return false;
    if (2 * (list->count + 1) <= list->table_size)
        return true;
    size_t larger = list->table_size > 0 ? 2 * list->table_size : 64;
    uint32_t *table = ndup_calloc(larger, sizeof *table);
    if (table == NULL)
        return false;
    free(list->table);
    list->table = table;
    list->table_size = larger;
    for (size_t i = 0; i < list->count; i++)
        put_in_table(list, list->ranks[i].value);
    return true;
}

static void clear(struct ndup_rank_list *list)
{
    if (list->count * 8 > list->table_size) {
        memset(list->table, 0, sizeof *list->table * list->table_size);
    } else {
        /* Few ranks in a large table: whole probe runs start at their slots. */
        for (size_t i = 0; i < list->count; i++) {
            size_t slot = slot_of(list->ranks[i].value, list->table_size);
            while (list->table[slot] != 0) {
                list->table[slot] = 0;
                slot = (slot + 1) & (list->table_size - 1);
            }
        }
    }
    list->count = 0;
}

static bool insert(struct ndup_rank_list *list, uint32_t rank)
{
    if (list->table_size > 0) {
        size_t slot = slot_of(rank, list->table_size);
        while (list->table[slot] != 0) {
            if (list->table[slot] == rank + 1)
                return true;
            slot = (slot + 1) & (list->table_size - 1);
        }
    }
    if (!make_room(list))
        return false;
    put_in_table(list, rank);
    list->ranks[list->count++] = (struct ndup_rank){rank};
    return true;
}

/* Ranks descend along a list, so it is read only as far as `first`. */
NDUP_INLINE bool take_list(const struct ndup_buckets *b, uint32_t bucket, uint32_t first, uint32_t end,
                           struct ndup_rank_list *list)
{
    for (uint32_t at = b->head[bucket]; at != NONE && b->rank[at].value >= first; at = b->next[at]) {
        if (b->rank[at].value < end && !insert(list, b->rank[at].value))
            return false;
    }
    return true;
}

neardup_status ndup_buckets_candidates(const struct ndup_buckets *b, struct ndup_rank rank, struct ndup_rank first,
                                       struct ndup_rank end, struct ndup_rank_list *list, neardup_error *err)
{
    clear(list);
    const uint64_t *link = b->links.begin;
    for (uint32_t e = b->begin[rank.value]; e < b->begin[rank.value + 1]; e++) {
        uint32_t bucket = b->bucket[e];
        bool ok = take_list(b, bucket, first.value, end.value, list);
        for (uint64_t i = link != NULL ? link[bucket] : 0; link != NULL && i < link[bucket + 1] && ok; i++)
            ok = take_list(b, b->links.to[i], first.value, end.value, list);
        if (!ok)
            return ndup_fail_nomem(err);
    }
    return NEARDUP_OK;
}
