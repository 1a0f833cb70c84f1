/* SPDX-License-Identifier: MIT
 * Between sought_build.c, which makes the lists, and sought.c, which looks. */
#ifndef NDUP_SET_INDEX_IMPL_H
#define NDUP_SET_INDEX_IMPL_H

#include "base/platform.h"
#include "match/set_index.h"

struct ndup_posting {
    uint64_t hash;
    uint32_t item;  /* set or group */
    uint32_t place; /* of the shingle in the item's order */
};

struct ndup_postings { /* in buckets by the high bits of the hash, and by hash in each */
    struct ndup_posting *all;
    uint32_t *begin; /* [buckets + 1] */
    unsigned shift;
    size_t count;
};

struct ndup_set_index_group { /* sets with the same common shingles */
    const uint64_t *hashes;
    uint32_t count, need; /* the least of its cohorts */
    uint32_t first_cohort, cohorts;
};

struct ndup_set_index_cohort {
    uint32_t count, need; /* of each of its sets */
    uint32_t first_member, members;
};

struct ndup_set_index {
    const struct ndup_set_index_set *sets;
    uint32_t set_count;
    uint32_t *posted; /* [sets]: so many shingles have lists */
    struct ndup_postings lists, group_lists;
    struct ndup_set_index_group *groups;
    struct ndup_set_index_cohort *cohorts;
    uint32_t *members; /* of the cohorts */
    uint32_t group_count, cohort_count;
    uint64_t *filter; /* of all shingles in lists: three bits of a word each */
    unsigned filter_shift;
};

NDUP_INLINE uint64_t ndup_set_index_bits(uint64_t hash)
{
    return (uint64_t)1 << (hash & 63) | (uint64_t)1 << (hash >> 6 & 63) | (uint64_t)1 << (hash >> 12 & 63);
}

#endif
