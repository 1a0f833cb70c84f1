/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "match/group.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
    const uint32_t *keys, *items;
    size_t count, pieces;
    size_t fail_at; /* piece that fails; SIZE_MAX: none */
};

static neardup_status piece(void *context, size_t i, void *buffer, const uint32_t **keys, const uint32_t **items,
                            uint32_t *first, size_t *count, neardup_error *err)
{
    const struct source *s = context;
    size_t begin = s->count * i / s->pieces, end = s->count * (i + 1) / s->pieces;
    if (i == s->fail_at)
        return ndup_fail(err, NEARDUP_E_IO, "piece %zu is broken", i);
    /* through the buffer, as spilled columns do */
    if (end > begin)
        memcpy(buffer, s->keys + begin, (end - begin) * sizeof *s->keys);
    *keys = buffer;
    *items = s->items != NULL ? s->items + begin : NULL;
    *first = (uint32_t)begin;
    *count = end - begin;
    return NEARDUP_OK;
}

static neardup_status group(const struct source *s, size_t max_bytes, unsigned threads, struct ndup_entries *entries,
                            neardup_error *err)
{
    struct ndup_pool *pool;
    struct ndup_keys keys = {(void *)(uintptr_t)s, s->pieces, s->count * sizeof(uint32_t), piece};
    cr_assert_eq(ndup_pool_create(&pool, threads, NULL), NEARDUP_OK);
    if (entries->parts == NULL)
        cr_assert_eq(ndup_entries_init(entries, threads, NULL), NEARDUP_OK);
    neardup_status status = ndup_group(&keys, s->count, max_bytes, pool, entries, err);
    ndup_pool_destroy(pool);
    return status;
}

static int by_item(const void *left, const void *right)
{
    const struct ndup_entry *a = left, *b = right;
    return a->item < b->item ? -1 : a->item > b->item;
}

/* All entries by item. */
static struct ndup_entry *flat(const struct ndup_entries *entries, size_t *count)
{
    struct ndup_entry *all = malloc(ndup_entries_count(entries) * sizeof *all + 1);
    *count = 0;
    for (unsigned p = 0; p < entries->part_count; p++) {
        for (size_t i = 0; i < entries->parts[p].count; i++)
            all[(*count)++] = entries->parts[p].entries[i];
    }
    qsort(all, *count, sizeof *all, by_item);
    return all;
}

Test(match_group, items_whose_key_others_have_share_a_bucket)
{
    static const uint32_t keys[] = {7, 0, 7, 0xFFFFFFFF, 5, 0, 0xFFFFFFFF, 7, 6};
    struct source s = {keys, NULL, 9, 3, SIZE_MAX};
    struct ndup_entries entries = {0};
    size_t count;
    cr_assert_eq(group(&s, 0, 2, &entries, NULL), NEARDUP_OK);
    struct ndup_entry *e = flat(&entries, &count);
    static const uint32_t items[] = {0, 1, 2, 3, 5, 6, 7};
    cr_assert_eq(count, 7);
    for (size_t i = 0; i < 7; i++)
        cr_assert_eq(e[i].item, items[i]);
    cr_assert_eq(entries.buckets, 3);
    cr_assert(e[0].bucket == e[2].bucket && e[2].bucket == e[6].bucket);
    cr_assert_eq(e[1].bucket, e[4].bucket);
    cr_assert_eq(e[3].bucket, e[5].bucket);
    cr_assert(e[0].bucket != e[1].bucket && e[1].bucket != e[3].bucket && e[0].bucket != e[3].bucket);
    free(e);
    ndup_entries_free(&entries);
}

Test(match_group, nothing_and_no_pieces)
{
    struct source none = {NULL, NULL, 0, 0, SIZE_MAX};
    struct ndup_entries entries = {0};
    cr_assert_eq(group(&none, 0, 2, &entries, NULL), NEARDUP_OK);
    cr_assert_eq(group(&none, 1, 2, &entries, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_entries_count(&entries), 0);
    cr_assert_eq(entries.buckets, 0);
    ndup_entries_free(&entries);
}

Test(match_group, given_items_and_several_calls)
{
    static const uint32_t keys[] = {1, 1, 2, 3}, items[] = {30, 10, 20, 20};
    struct source s = {keys, items, 4, 1, SIZE_MAX};
    struct ndup_entries entries = {0};
    size_t count;
    cr_assert_eq(group(&s, 0, 1, &entries, NULL), NEARDUP_OK);
    cr_assert_eq(group(&s, 0, 1, &entries, NULL), NEARDUP_OK);
    struct ndup_entry *e = flat(&entries, &count);
    cr_assert_eq(count, 4);
    cr_assert(e[0].item == 10 && e[1].item == 10 && e[2].item == 30 && e[3].item == 30);
    cr_assert_eq(entries.buckets, 2, "buckets of another call are others");
    cr_assert_neq(e[0].bucket, e[1].bucket);
    free(e);
    ndup_entries_free(&entries);
}

#define MANY 60000u

/* Keys with every number of members from 1 to 9, and one that a third of all have. */
static uint32_t *make_keys(void)
{
    uint32_t *keys = malloc(MANY * sizeof *keys);
    uint64_t state = 1;
    for (uint32_t i = 0; i < MANY; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        keys[i] = i % 3 == 0 ? 0x80000000u : (uint32_t)((state >> 33) % 15000) * 286331u;
    }
    return keys;
}

static void check(const uint32_t *keys, const struct ndup_entries *entries)
{
    size_t count, expected = 0;
    struct ndup_entry *e = flat(entries, &count);
    uint32_t *members = calloc(15000, sizeof *members), *bucket_key = calloc(MANY, sizeof *bucket_key);
    bool *seen = calloc(MANY, sizeof *seen);
    for (uint32_t i = 0; i < MANY; i++)
        members[i % 3 == 0 ? 0 : keys[i] / 286331u] += i % 3 != 0;
    for (uint32_t i = 0; i < MANY; i++) {
        if (i % 3 != 0 && members[keys[i] / 286331u] < 2)
            continue;
        cr_assert_lt(expected, count);
        cr_assert_eq(e[expected].item, i);
        uint32_t bucket = e[expected++].bucket;
        cr_assert_lt(bucket, entries->buckets);
        if (!seen[bucket])
            bucket_key[bucket] = keys[i];
        seen[bucket] = true;
        cr_assert_eq(bucket_key[bucket], keys[i], "two keys in a bucket");
    }
    cr_assert_eq(count, expected);
    for (uint32_t b = 0; b < entries->buckets; b++)
        cr_assert(seen[b], "an empty bucket");
    free(e);
    free(members);
    free(bucket_key);
    free(seen);
}

Test(match_group, passes_and_threads_change_nothing)
{
    static const size_t limits[] = {0, MANY * 8, MANY * 4, 5000, 1};
    uint32_t *keys = make_keys();
    struct source s = {keys, NULL, MANY, 23, SIZE_MAX};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        for (unsigned threads = 1; threads <= 3; threads++) {
            struct ndup_entries entries = {0};
            cr_assert_eq(group(&s, limits[i], threads, &entries, NULL), NEARDUP_OK);
            check(keys, &entries);
            ndup_entries_free(&entries);
        }
    }
    free(keys);
}

Test(match_group, one_giant_group)
{
    uint32_t *keys = calloc(1000000, sizeof *keys);
    struct source s = {keys, NULL, 1000000, 16, SIZE_MAX};
    for (size_t max_bytes = 0; max_bytes <= 100000; max_bytes += 100000) {
        struct ndup_entries entries = {0};
        cr_assert_eq(group(&s, max_bytes, 2, &entries, NULL), NEARDUP_OK);
        cr_assert_eq(ndup_entries_count(&entries), 1000000);
        cr_assert_eq(entries.buckets, 1);
        ndup_entries_free(&entries);
    }
    free(keys);
}

/* All in one partition: their high bits are equal. */
Test(match_group, many_keys_in_one_partition)
{
    uint32_t *keys = malloc(MANY * sizeof *keys);
    for (uint32_t i = 0; i < MANY; i++)
        keys[i] = i % (MANY / 2 + 1);
    struct source s = {keys, NULL, MANY, 7, SIZE_MAX};
    struct ndup_entries entries = {0};
    size_t count;
    cr_assert_eq(group(&s, 0, 2, &entries, NULL), NEARDUP_OK);
    cr_assert_eq(entries.buckets, MANY / 2 - 1);
    struct ndup_entry *e = flat(&entries, &count);
    cr_assert_eq(count, MANY - 2);
    for (size_t i = 0; i < count / 2; i++) {
        cr_assert_eq(e[i].item, i);
        cr_assert_eq(e[count / 2 + i].item, i + MANY / 2 + 1);
        cr_assert_eq(e[i].bucket, e[count / 2 + i].bucket);
    }
    free(e);
    ndup_entries_free(&entries);
    free(keys);
}

Test(match_group, what_a_piece_says_comes_out)
{
    uint32_t *keys = make_keys();
    for (unsigned threads = 1; threads <= 3; threads++) {
        for (size_t bad = 0; bad < 23; bad += 11) {
            struct source s = {keys, NULL, MANY, 23, bad};
            struct ndup_entries entries = {0};
            neardup_error err;
            char expected[64];
            cr_assert_eq(group(&s, 0, threads, &entries, &err), NEARDUP_E_IO);
            snprintf(expected, sizeof expected, "piece %zu is broken", bad);
            cr_assert_str_eq(err.message, expected);
            cr_assert_eq(group(&s, 5000, threads, &entries, NULL), NEARDUP_E_IO);
            ndup_entries_free(&entries);
        }
    }
    free(keys);
}
