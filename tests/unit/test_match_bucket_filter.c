/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/group.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void add(struct ndup_entries *entries, unsigned part, uint32_t item, uint32_t bucket)
{
    struct ndup_entry_list *p = &entries->parts[part];
    p->entries = realloc(p->entries, (p->count + 1) * sizeof *p->entries);
    p->entries[p->count++] = (struct ndup_entry){item, bucket};
}

static bool is_odd(const void *context, uint32_t item)
{
    cr_assert_str_eq(context, "context");
    return item % 2 == 1;
}

static void check_part(const struct ndup_entries *entries, unsigned part, const uint32_t (*expected)[2], size_t count)
{
    cr_assert_eq(entries->parts[part].count, count);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(entries->parts[part].entries[i].item, expected[i][0]);
        cr_assert_eq(entries->parts[part].entries[i].bucket, expected[i][1]);
    }
}

Test(match_narrow, buckets_without_a_wanted_item_go)
{
    struct ndup_entries entries;
    struct ndup_bucket_filter n = {.context = "context", .wanted = is_odd};
    cr_assert_eq(ndup_entries_init(&entries, 2, NULL), NEARDUP_OK);
    add(&entries, 0, 2, 0);
    add(&entries, 1, 4, 0);
    entries.buckets = 1;
    cr_assert_eq(ndup_bucket_filter_begin(&n, &entries, NULL), NEARDUP_OK);
    /* 1: two even ones. 2: odd and even, in two parts. 3: nothing. 4: odd ones. */
    add(&entries, 0, 6, 1);
    add(&entries, 1, 8, 1);
    add(&entries, 1, 8, 2);
    add(&entries, 0, 5, 2);
    add(&entries, 0, 7, 4);
    add(&entries, 0, 9, 4);
    entries.buckets = 5;
    cr_assert_eq(ndup_bucket_filter_end(&n, &entries, NEARDUP_OK, NULL), NEARDUP_OK);
    cr_assert_eq(entries.buckets, 3);
    check_part(&entries, 0, (const uint32_t[][2]){{2, 0}, {5, 1}, {7, 2}, {9, 2}}, 4);
    check_part(&entries, 1, (const uint32_t[][2]){{4, 0}, {8, 1}}, 2);
    ndup_entries_free(&entries);
}

Test(match_narrow, a_failure_in_between_is_passed_on)
{
    struct ndup_entries entries;
    struct ndup_bucket_filter n = {.context = "context", .wanted = is_odd};
    cr_assert_eq(ndup_entries_init(&entries, 1, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bucket_filter_begin(&n, &entries, NULL), NEARDUP_OK);
    add(&entries, 0, 2, 0);
    entries.buckets = 1;
    cr_assert_eq(ndup_bucket_filter_end(&n, &entries, NEARDUP_E_LIMIT, NULL), NEARDUP_E_LIMIT);
    cr_assert_eq(entries.parts[0].count, 1);
    ndup_entries_free(&entries);
}
