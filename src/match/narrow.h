/* SPDX-License-Identifier: MIT
 * Leaves out buckets in which nothing wanted stands: where a corpus of references repeats itself, nobody asks. */
#ifndef NDUP_BUCKET_FILTER_H
#define NDUP_BUCKET_FILTER_H

#include "base/platform.h"
#include "match/group.h"
#include "neardup.h"

struct ndup_bucket_filter {
    const void *context;
    bool (*wanted)(const void *context, uint32_t item);
    /* from begin to end */
    size_t *counts; /* of the entries that were there before, by part */
    uint32_t buckets;
};

/* Entries added from now on, in buckets of their own, are looked at; context and wanted are set. NOMEM. */
neardup_status ndup_bucket_filter_begin(struct ndup_bucket_filter *narrowing, const struct ndup_entries *entries,
                                        neardup_error *err) NDUP_MUST_CHECK;
/* Takes those out whose bucket holds no wanted item, and numbers the buckets that are left anew. Frees what begin made.
 * `status` is that of what came between, and returned if it is not OK; else NOMEM. */
neardup_status ndup_bucket_filter_end(struct ndup_bucket_filter *narrowing, struct ndup_entries *entries,
                                      neardup_status status, neardup_error *err) NDUP_MUST_CHECK;

#endif
