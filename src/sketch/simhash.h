/* SPDX-License-Identifier: MIT
 * SimHash (Charikar, STOC 2002; Manku, Jain, Das Sarma, WWW 2007): shingle hashes vote on every bit of a fingerprint, and
 * the majority wins. Fingerprints of similar texts differ in few bits. doc/simhash.md specifies the bits. */
#ifndef NDUP_SIMHASH_H
#define NDUP_SIMHASH_H

#include "base/platform.h"
#include "neardup.h"

/* From this number of different shingles on a distance means what the angle says, and a word replaced mostly leaves a text within 6 of 64
 * bits; below, texts are for MinHash or exact comparison. Measured: doc/simhash.md, "Short texts". */
#define NDUP_SIMHASH_RELIABLE_SHINGLES 100u

struct ndup_fingerprint { /* 64-bit fingerprints have high == 0 */
    uint64_t low, high;
};

struct ndup_simhash; /* one thread: counters and, for weights ONE, a set of hashes */

/* bits 64 or 128. weights COUNT: a shingle votes as often as it occurs in the text; ONE: once. */
neardup_status ndup_simhash_create(struct ndup_simhash **out, unsigned bits, neardup_weights weights, neardup_cpu cpu,
                                   neardup_error *err) NDUP_MUST_CHECK;
void ndup_simhash_destroy(struct ndup_simhash *simhash);

/* The fingerprint of hashes[0..count), repetitions included, in any order; of no hashes: 0. A bit with as many votes
 * for as against it is that of the hash with the smallest key. Fails for NOMEM, and only with weights ONE. */
neardup_status ndup_simhash_compute(struct ndup_simhash *simhash, const uint64_t *hashes, size_t count,
                                    struct ndup_fingerprint *out, neardup_error *err) NDUP_MUST_CHECK;

/* Whether there are fewer than NDUP_SIMHASH_RELIABLE_SHINGLES different hashes: a page that repeats a word 400 times is a
 * short text. */
bool ndup_simhash_is_short(const struct ndup_simhash *simhash, const uint64_t *hashes, size_t count);

/* Bits in which two fingerprints differ, 0 to 128. */
NDUP_INLINE unsigned ndup_simhash_distance(struct ndup_fingerprint a, struct ndup_fingerprint b)
{
    return (unsigned)__builtin_popcountll(a.low ^ b.low) + (unsigned)__builtin_popcountll(a.high ^ b.high);
}

#endif
