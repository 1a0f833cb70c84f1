/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/buckets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* pairs of item and bucket */
static struct ndup_buckets *make(const uint32_t (*pairs)[2], size_t count, uint32_t bucket_count,
                                 const struct ndup_rank *rank_of, uint32_t ranks, bool keep_all, uint32_t cap)
{
    struct ndup_entries entries;
    struct ndup_buckets *buckets;
    cr_assert_eq(ndup_entries_init(&entries, 3, NULL), NEARDUP_OK);
    for (size_t i = 0; i < count; i++) {
        struct ndup_entry_list *part = &entries.parts[i * 5 % 3]; /* in any part, in any order */
        part->entries = realloc(part->entries, (part->count + 1) * sizeof *part->entries);
        part->entries[part->count++] = (struct ndup_entry){pairs[i][0], pairs[i][1]};
    }
    entries.buckets = bucket_count;
    cr_assert_eq(ndup_buckets_create(&buckets, &entries, rank_of, ranks, keep_all, cap, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_entries_count(&entries), 0, "the entries were taken over");
    ndup_entries_free(&entries);
    return buckets;
}

static struct ndup_rank_list list;

static int by_rank(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* Candidates as a sorted text: "1 4 7 ". */
static const char *candidates(const struct ndup_buckets *buckets, uint32_t rank, uint32_t first)
{
    static char text[256];
    uint32_t sorted[32];
    size_t n = 0;
    cr_assert_eq(ndup_buckets_candidates(buckets, (struct ndup_rank){rank}, (struct ndup_rank){first},
                                         (struct ndup_rank){rank}, &list, NULL),
                 NEARDUP_OK);
    cr_assert_leq(list.count, 32);
    if (list.count > 0)
        memcpy(sorted, list.ranks, list.count * sizeof *sorted);
    qsort(sorted, list.count, sizeof *sorted, by_rank);
    text[0] = '\0';
    for (size_t i = 0; i < list.count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%u ", sorted[i]);
    return text;
}

static bool kept_set(void *context, struct ndup_rank rank)
{
    const char *kept = context;
    return strchr(kept, (int)('0' + rank.value)) != NULL;
}

static void end_block(struct ndup_buckets *b, const struct ndup_rank *ranks, uint32_t count, const char *kept)
{
    ndup_buckets_end_block(b, ranks, count, kept_set, (void *)(uintptr_t)kept);
}

static void fini(void)
{
    ndup_rank_list_free(&list);
}

TestSuite(match_buckets, .fini = fini);

/* bucket 0: 0 1 2 3 5, bucket 1: 1 4 5, bucket 2: 3 4 */
static const uint32_t pairs[][2] = {{5, 1}, {0, 0}, {3, 2}, {1, 0}, {4, 1}, {2, 0}, {4, 2}, {3, 0}, {5, 0}, {1, 1}};

Test(match_buckets, blocks_come_and_the_removed_go)
{
    struct ndup_buckets *b = make(pairs, 10, 3, NULL, 7, false, 0);
    uint32_t count;
    const struct ndup_rank *active = ndup_buckets_active(b, &count);
    cr_assert_eq(count, 6);
    for (uint32_t i = 0; i < 6; i++)
        cr_assert_eq(active[i].value, i);
    for (uint32_t i = 0; i < 7; i++)
        cr_assert_str_eq(candidates(b, i, 0), "", "nobody is in the lists yet");

    ndup_buckets_begin_block(b, (const struct ndup_rank[]){{0}, {1}, {2}}, 3);
    cr_assert_str_eq(candidates(b, 0, 0), "");
    cr_assert_str_eq(candidates(b, 1, 0), "0 ");
    cr_assert_str_eq(candidates(b, 2, 0), "0 1 ");
    cr_assert_str_eq(candidates(b, 5, 0), "0 1 2 ", "also for those that are not in the block");
    cr_assert_str_eq(candidates(b, 5, 1), "1 2 ");
    cr_assert_str_eq(candidates(b, 5, 2), "2 ");
    end_block(b, (const struct ndup_rank[]){{0}, {1}, {2}}, 3, "02");

    cr_assert_str_eq(candidates(b, 3, 0), "0 2 ");
    cr_assert_str_eq(candidates(b, 4, 0), "");
    ndup_buckets_begin_block(b, (const struct ndup_rank[]){{3}, {5}}, 2); /* 4 is out already */
    cr_assert_str_eq(candidates(b, 4, 0), "3 ", "not the later 5");
    cr_assert_str_eq(candidates(b, 5, 0), "0 2 3 ");
    cr_assert_str_eq(candidates(b, 5, 3), "3 ");
    end_block(b, (const struct ndup_rank[]){{3}, {5}}, 2, "5");
    cr_assert_str_eq(candidates(b, 6, 0), "", "in no bucket");
    cr_assert_str_eq(candidates(b, 5, 0), "0 2 ");
    cr_assert_eq(ndup_buckets_capped(b), 0);
    ndup_buckets_free(b);
}

Test(match_buckets, all_stay_when_all_pairs_are_wanted)
{
    struct ndup_buckets *b = make(pairs, 10, 3, NULL, 7, true, 1);
    ndup_buckets_begin_block(b, (const struct ndup_rank[]){{0}, {1}, {2}, {3}}, 4);
    end_block(b, (const struct ndup_rank[]){{0}, {1}, {2}, {3}}, 4, "");
    ndup_buckets_begin_block(b, (const struct ndup_rank[]){{4}, {5}}, 2);
    cr_assert_str_eq(candidates(b, 5, 0), "0 1 2 3 4 ");
    cr_assert_str_eq(candidates(b, 4, 0), "1 3 ");
    end_block(b, (const struct ndup_rank[]){{4}, {5}}, 2, "");
    cr_assert_eq(ndup_buckets_capped(b), 0, "then there is no cap");
    ndup_buckets_free(b);
}

Test(match_buckets, the_cap_keeps_the_earliest_and_counts_buckets_once)
{
    struct ndup_buckets *b = make(pairs, 10, 3, NULL, 7, false, 2);
    for (struct ndup_rank rank = {0}; rank.value < 6; rank.value++) {
        ndup_buckets_begin_block(b, &rank, 1);
        end_block(b, &rank, 1, "012345");
    }
    /* bucket 0 is full with 0 and 1, bucket 1 with 1 and 4, bucket 2 has just room */
    cr_assert_eq(ndup_buckets_capped(b), 2);
    cr_assert_str_eq(candidates(b, 5, 0), "0 1 4 ");
    cr_assert_str_eq(candidates(b, 3, 0), "0 1 ");
    ndup_buckets_free(b);

    b = make(pairs, 10, 3, NULL, 7, false, 2);
    static const struct ndup_rank all[] = {{0}, {1}, {2}, {3}, {4}, {5}};
    ndup_buckets_begin_block(b, all, 6);
    cr_assert_str_eq(candidates(b, 5, 0), "0 1 2 3 4 ", "inside a block nobody is left out");
    end_block(b, all, 6, "2345");
    cr_assert_str_eq(candidates(b, 5, 0), "2 3 4 ");
    cr_assert_eq(ndup_buckets_capped(b), 1);
    ndup_buckets_free(b);
}

Test(match_buckets, items_get_their_ranks_and_some_have_none)
{
    static const struct ndup_rank rank_of[] = {{3}, {NDUP_NO_NUMBER}, {1}, {0}, {2}, {4}};
    static const uint32_t some[][2] = {{0, 0}, {1, 0}, {2, 0}, {3, 1}, {4, 1}, {1, 1}};
    struct ndup_buckets *b = make(some, 6, 2, rank_of, 5, false, 0);
    uint32_t count;
    const struct ndup_rank *active = ndup_buckets_active(b, &count);
    cr_assert_eq(count, 4);
    for (uint32_t i = 0; i < 4; i++)
        cr_assert_eq(active[i].value, i);
    ndup_buckets_begin_block(b, active, 4);
    cr_assert_str_eq(candidates(b, 3, 0), "1 ");
    cr_assert_str_eq(candidates(b, 2, 0), "0 ");
    cr_assert_str_eq(candidates(b, 4, 0), "");
    end_block(b, active, 4, "0123");
    ndup_buckets_free(b);
}

Test(match_buckets, a_text_twice_in_one_bucket)
{
    static const uint32_t twice[][2] = {{0, 0}, {0, 0}, {1, 0}, {1, 0}, {1, 0}, {2, 0}, {2, 1}};
    static const struct ndup_rank ranks[] = {{0}, {1}, {2}};
    struct ndup_buckets *b = make(twice, 7, 2, NULL, 3, false, 0);
    ndup_buckets_begin_block(b, ranks, 2);
    cr_assert_str_eq(candidates(b, 0, 0), "");
    cr_assert_str_eq(candidates(b, 1, 0), "0 ");
    end_block(b, ranks, 2, "1");
    ndup_buckets_begin_block(b, ranks + 2, 1);
    cr_assert_str_eq(candidates(b, 2, 0), "1 ");
    end_block(b, ranks + 2, 1, "");
    cr_assert_str_eq(candidates(b, 2, 0), "1 ");
    ndup_buckets_free(b);
}

Test(match_buckets, the_list_of_candidates_is_a_set_however_often_it_is_used)
{
    enum { TEXTS = 2000 };
    struct ndup_entries entries;
    struct ndup_buckets *b;
    cr_assert_eq(ndup_entries_init(&entries, 1, NULL), NEARDUP_OK);
    struct ndup_entry_list *part = entries.parts;
    part->entries = malloc(sizeof *part->entries * TEXTS * 4);
    for (uint32_t u = 0; u < TEXTS; u++) {
        /* two buckets of all, one of two, one of fifty */
        part->entries[part->count++] = (struct ndup_entry){u, 0};
        part->entries[part->count++] = (struct ndup_entry){u, 1};
        part->entries[part->count++] = (struct ndup_entry){u, 2 + u / 2};
        part->entries[part->count++] = (struct ndup_entry){u, 2 + TEXTS / 2 + u / 50};
    }
    entries.buckets = 2 + TEXTS / 2 + TEXTS / 50;
    cr_assert_eq(ndup_buckets_create(&b, &entries, NULL, TEXTS, false, 0, NULL), NEARDUP_OK);
    ndup_entries_free(&entries);
    uint32_t count;
    ndup_buckets_begin_block(b, ndup_buckets_active(b, &count), TEXTS);
    for (uint32_t u = 0; u < TEXTS; u += u % 3 == 0 ? 1 : 97) {
        uint32_t first = u % 2 == 0 ? 0 : u - u / 3;
        bool met[TEXTS] = {false};
        cr_assert_eq(ndup_buckets_candidates(b, (struct ndup_rank){u}, (struct ndup_rank){first}, (struct ndup_rank){u},
                                             &list, NULL),
                     NEARDUP_OK);
        cr_assert_eq(list.count, u - first);
        for (size_t i = 0; i < list.count; i++) {
            uint32_t rank = list.ranks[i].value;
            cr_assert(rank >= first && rank < u && !met[rank]);
            met[rank] = true;
        }
    }
    ndup_buckets_free(b);
}

Test(match_buckets, those_that_stay_take_no_room_from_others)
{
    /* bucket 0: all; bucket 1: 0 and 5 */
    static const uint32_t all[][2] = {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {6, 0}, {0, 1}, {5, 1}};
    struct ndup_buckets *b = make(all, 9, 2, NULL, 7, false, 2);
    ndup_buckets_put(b, (const struct ndup_rank[]){{0}, {1}, {2}}, 3);
    cr_assert_eq(ndup_buckets_capped(b), 1);
    cr_assert_str_eq(candidates(b, 3, 0), "0 1 ", "two of them, the first");
    cr_assert_str_eq(candidates(b, 5, 0), "0 1 ");
    ndup_buckets_begin_block(b, (const struct ndup_rank[]){{3}, {4}}, 2);
    cr_assert_str_eq(candidates(b, 4, 3), "3 ");
    end_block(b, (const struct ndup_rank[]){{3}, {4}}, 2, "34");
    cr_assert_str_eq(candidates(b, 5, 0), "0 1 3 4 ", "and two others");
    ndup_buckets_begin_block(b, (const struct ndup_rank[]){{5}}, 1);
    end_block(b, (const struct ndup_rank[]){{5}}, 1, "5");
    cr_assert_str_eq(candidates(b, 6, 0), "0 1 3 4 ");
    cr_assert_eq(ndup_buckets_capped(b), 1, "a bucket is counted once");
    ndup_buckets_free(b);
}

Test(match_buckets, candidates_after_the_text)
{
    struct ndup_buckets *b = make(pairs, 10, 3, NULL, 7, true, 0);
    ndup_buckets_put(b, (const struct ndup_rank[]){{0}, {1}, {2}, {3}, {4}, {5}}, 6);
    cr_assert_eq(
        ndup_buckets_candidates(b, (struct ndup_rank){3}, (struct ndup_rank){1}, (struct ndup_rank){5}, &list, NULL),
        NEARDUP_OK);
    qsort(list.ranks, list.count, sizeof *list.ranks, by_rank);
    cr_assert_eq(list.count, 4);
    cr_assert_eq(memcmp(list.ranks, (const struct ndup_rank[]){{1}, {2}, {3}, {4}}, 16), 0);
    ndup_buckets_free(b);
}
