/* SPDX-License-Identifier: MIT
 * The fingerprints that stay when every earlier one within the distance that stays is a reason to go, and who is near to
 * these. A mass of fingerprints that are all near to each other has as many pairs as its size squared, and one that stays:
 * only the latter are in an index, which fingerprints ask one after the other (multi-index hashing: Norouzi, Punjani,
 * Fleet, CVPR 2012). */
#ifndef NDUP_NEARBY_KEPT_H
#define NDUP_NEARBY_KEPT_H

#include "base/platform.h"
#include "match/hamming/hamming.h"
#include "neardup.h"

#include <stdatomic.h>

struct ndup_nearby_kept_options {
    const struct ndup_fingerprint *fingerprints; /* [count], distinct, in keeper order */
    const uint8_t
        *several;        /* [count]: not 0: several ranks have it, and later ones may also be near to what comes after
                               the first of them */
    const uint8_t *gone; /* [count]: not 0: it goes, for a reason that is not among these; NULL: none does */
    uint32_t count;
    unsigned bits, distance;
    uint64_t max_bytes; /* of pairs; 0: no limit */
    const atomic_bool *cancel;
};

/* Pairs of one that stays and one that goes, each once, those of several with all that stay, of others with earlier ones.
 * The order means nothing, but is always the same. NOMEM, LIMIT, CANCELED. */
neardup_status ndup_nearby_kept(const struct ndup_nearby_kept_options *options, struct ndup_hamming_pairs *pairs,
                                neardup_error *err) NDUP_MUST_CHECK;

#endif
