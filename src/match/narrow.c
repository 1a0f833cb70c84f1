/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/narrow.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

neardup_status ndup_bucket_filter_begin(struct ndup_bucket_filter *n, const struct ndup_entries *entries,
                                        neardup_error *err)
{
    n->counts = ndup_alloc(entries->part_count, sizeof *n->counts);
    if (n->counts == NULL)
        return ndup_fail_nomem(err);
    for (unsigned p = 0; p < entries->part_count; p++)
        n->counts[p] = entries->parts[p].count;
    n->buckets = entries->buckets;
    return NEARDUP_OK;
}

/* Not 0 for buckets that stay. */
static void mark(const struct ndup_bucket_filter *n, const struct ndup_entries *entries, uint32_t *numbers)
{
    for (unsigned p = 0; p < entries->part_count; p++) {
        const struct ndup_entry_list *part = &entries->parts[p];
        for (size_t i = n->counts[p]; i < part->count; i++) {
            uint32_t *number = &numbers[part->entries[i].bucket - n->buckets];
            if (*number == 0 && n->wanted(n->context, part->entries[i].item))
                *number = 1;
        }
    }
}

static void take_out(const struct ndup_bucket_filter *n, struct ndup_entries *entries, const uint32_t *numbers)
{
    for (unsigned p = 0; p < entries->part_count; p++) {
        struct ndup_entry_list *part = &entries->parts[p];
        size_t to = n->counts[p];
        for (size_t i = n->counts[p]; i < part->count; i++) {
            uint32_t number = numbers[part->entries[i].bucket - n->buckets];
            if (number > 0)
                part->entries[to++] = (struct ndup_entry){part->entries[i].item, n->buckets + number - 1};
        }
        part->count = to;
    }
}

static neardup_status narrow(const struct ndup_bucket_filter *n, struct ndup_entries *entries, neardup_error *err)
{
    uint32_t count = entries->buckets - n->buckets, left = 0;
    uint32_t *numbers = ndup_calloc(count, sizeof *numbers);
    if (numbers == NULL)
        return ndup_fail_nomem(err);
    mark(n, entries, numbers);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = numbers[i] > 0 ? ++left : 0;
    take_out(n, entries, numbers);
    entries->buckets = n->buckets + left;
    free(numbers);
    return NEARDUP_OK;
}

neardup_status ndup_bucket_filter_end(struct ndup_bucket_filter *n, struct ndup_entries *entries, neardup_status status,
                                      neardup_error *err)
{
    if (status == NEARDUP_OK)
        status = narrow(n, entries, err);
    free(n->counts);
    n->counts = NULL;
    return status;
}
