/* SPDX-License-Identifier: MIT
 * Repeats inside one document, exactly and without sketches: which of its parts may be near-duplicates of each other
 * (candidates, by prefix filtering: Chaudhuri, Ganti, Kaushik, ICDE 2006), and which are contained in the rest.
 *
 * Most documents repeat next to nothing. Two bits per hash (seen, seen again) show that in two passes over the shingles, in
 * the cache; only parts that share enough of their shingles with others go on. */
#ifndef NDUP_INTRA_DOCUMENT_H
#define NDUP_INTRA_DOCUMENT_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_intra_document; /* scratch memory of one thread */

neardup_status ndup_intra_create(struct ndup_intra_document **out, neardup_error *err) NDUP_MUST_CHECK;
void ndup_intra_destroy(struct ndup_intra_document *intra);

/* Forgets the parts of the last document. */
void ndup_intra_begin(struct ndup_intra_document *intra);

/* Adds a part of the document: its shingle hashes, with repetitions; copied. Parts are numbered from 0. Parts of equal
 * tokens are added once by the caller. `tokens` decides whose turn it is (see below). candidate false: the part is part
 * of "the rest", but is never cut itself (it is short). */
neardup_status ndup_intra_add(struct ndup_intra_document *intra, const uint64_t *hashes, size_t count, uint32_t tokens,
                              bool candidate, neardup_error *err) NDUP_MUST_CHECK;

struct ndup_intra_bucket { /* parts that share a bucket are candidates */
    uint32_t part, bucket; /* buckets are numbered from 0 */
};

struct ndup_intra_contained {
    uint32_t part;
    uint32_t container;        /* of that rest the part that shares most shingles with it, of equals the first. It is
                                  then, and may itself be contained later */
    uint32_t shared, shingles; /* containment = shared / shingles, of distinct shingles */
};

struct ndup_intra_found {
    const struct ndup_intra_bucket *buckets; /* by bucket, then part; every bucket has two parts or more */
    size_t bucket_entries;
    uint32_t bucket_count;
    const struct ndup_intra_contained *contained; /* by part */
    size_t contained_count;
};

/* threshold in (0, 1]: every pair of candidate parts with Jaccard >= threshold shares a bucket. containment in (0, 1],
 * or 0: not looked for; `least`: tokens from which a part can be contained. Containment: parts are taken by tokens, longest first, of equals the later first. A part p is
 * contained, and is not part of the rest any more, if at least that share of its distinct shingles is in the union of
 * the parts that are still standing, except p itself and those with Jaccard(p, q) >= threshold: these are near-duplicates
 * and decided elsewhere. No contained part is in a bucket. The arrays live in `within` until the next begin.
 * Time and memory grow linearly with the shingles: of a shingle that is in more than NDUP_INTRA_COMMON parts only
 * the first ones are listed: Jaccard, containment and buckets see only these. NOMEM is the only failure. */
neardup_status ndup_intra_find(struct ndup_intra_document *intra, double threshold, double containment, uint32_t least,
                               struct ndup_intra_found *found, neardup_error *err) NDUP_MUST_CHECK;

#define NDUP_INTRA_COMMON 1000u

#endif
