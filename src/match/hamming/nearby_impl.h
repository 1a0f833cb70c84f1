/* SPDX-License-Identifier: MIT
 * What nearby.c and nearby_references.c share. */
#ifndef NDUP_NEARBY_IMPL_H
#define NDUP_NEARBY_IMPL_H

#include "base/platform.h"
#include "match/hamming/nearby.h"

struct ndup_nearby {
    const struct ndup_nearby_options *o;
    uint32_t *group_of;                    /* [ranks]; UINT32_MAX: compared with nobody */
    struct ndup_fingerprint *fingerprints; /* [groups], in order of their first ranks */
    uint32_t *scope;                       /* [groups]; NULL: one scope */
    uint32_t groups;
    uint8_t *references; /* [groups]: not 0: one of references, not compared with its like. NULL: none is */
    uint32_t *degree;    /* [groups]: members and links; later the group's bucket */
    struct ndup_hamming_pairs pairs;
};

struct ndup_nearby_side { /* some of the groups */
    struct ndup_fingerprint *fingerprints;
    uint32_t *groups; /* ascending; NULL: all of them */
    uint8_t *gone;    /* not 0: near to a reference; NULL: none is */
    uint32_t count;
};

/* Pairs of a side, all that matter; places in it. Where a rank that stays is enough and pairs turn out to be too many, those
 * of what stays. */
neardup_status ndup_nearby_search(const struct ndup_nearby *nearby, const struct ndup_nearby_side *side,
                                  struct ndup_hamming_plan *plan, struct ndup_hamming_pairs *pairs,
                                  neardup_error *err) NDUP_MUST_CHECK;
/* What pairs of so many fingerprints may take before they are too many; 0: no limit. */
uint64_t ndup_nearby_pair_bytes(const struct ndup_nearby *nearby, uint32_t count);

/* ---- nearby_references.c ---- */

/* Which groups are those of references. */
neardup_status ndup_nearby_mark_references(struct ndup_nearby *nearby, neardup_error *err) NDUP_MUST_CHECK;
/* Pairs of groups into nearby->pairs, without those of two groups of references. */
neardup_status ndup_nearby_search_references(struct ndup_nearby *nearby, struct ndup_hamming_plan *plan,
                                             neardup_error *err) NDUP_MUST_CHECK;

#endif
