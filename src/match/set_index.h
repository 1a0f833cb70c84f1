/* SPDX-License-Identifier: MIT
 * Sets that are looked for in others: which of many sets share enough with a set that comes along. Exact.
 *
 * Prefix filtering (Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant, WWW 2007): order the shingles of an indexed
 * set, those that few indexed sets have first. A set that shares at least `need` of its n shingles holds one of the first
 * n - need + 1; lists of these give the candidates, whose overlap is then counted, until too many are missing.
 *
 * Shingles of very many sets (a template) have no lists of sets, which would make every visit as long as there are sets.
 * A set whose other shingles do not make a prefix shares enough either with one of these, so that it is found by their
 * lists, or by the common shingles alone. So sets with the same common ones are a group, looked for once; of these the
 * ones of equal size and need are a cohort: by its common shingles alone a set does the same for all of them. */
#ifndef NDUP_SET_INDEX_H
#define NDUP_SET_INDEX_H

#include "base/platform.h"
#include "base/pool.h"
#include "neardup.h"

#include <stdatomic.h>

/* A shingle of more sets than this has no list of sets. */
#define NDUP_SET_INDEX_COMMON 64u

struct ndup_set_index_set {
    uint64_t *hashes; /* distinct; brought into the order above */
    uint32_t count;
    uint32_t need; /* least overlap that is of interest, 1 to count; 0: the set is not looked for */
};

struct ndup_set_index;

/* The sets are borrowed. */
neardup_status ndup_set_index_create(struct ndup_set_index **out, const struct ndup_set_index_set *sets, uint32_t count,
                                     struct ndup_pool *pool, neardup_error *err) NDUP_MUST_CHECK;
void ndup_set_index_free(struct ndup_set_index *index);

/* Bytes at most for `sets` sets of `shingles` shingles in all, of which `prefixes` are in prefixes (n - need + 1 each),
 * with what `threads` threads need to look. */
uint64_t ndup_set_index_bytes(uint64_t sets, uint64_t shingles, uint64_t prefixes, unsigned threads);

uint32_t ndup_set_index_cohorts(const struct ndup_set_index *index);
uint32_t ndup_set_index_groups(const struct ndup_set_index *index);

struct ndup_seeker; /* what one thread needs to look */
neardup_status ndup_seeker_create(struct ndup_seeker **out, const struct ndup_set_index *index,
                                  neardup_error *err) NDUP_MUST_CHECK;
void ndup_seeker_free(struct ndup_seeker *seeker);

#define NDUP_SET_INDEX_NONE UINT32_MAX

struct ndup_set_index_visitor {
    void *context;
    /* Least overlap with a set of this many distinct shingles that matters for the indexed one, by now; it does not fall with
     * the size. NONE: none does, and none will. */
    uint32_t (*need)(void *context, uint32_t set, size_t size);
    neardup_status (*found)(void *context, uint32_t set, uint32_t overlap, neardup_error *err);
    /* The same for the common shingles alone, of all sets of a cohort, which have this many shingles. After a cohort_need
     * that is met, all its sets are looked at, and then cohort_done is called; closed: all had a need of NONE. */
    uint32_t (*cohort_need)(void *context, uint32_t cohort, uint32_t count, size_t size);
    void (*cohort_done)(void *context, uint32_t cohort, uint32_t count, uint32_t overlap, bool closed);
    /* The least that cohort_need gives for a set of any size, now or later. */
    uint32_t (*cohort_least)(void *context, uint32_t cohort, uint32_t count);
    /* [groups], all UINT32_MAX at first, shared by the threads whose visitors ask for the same: how far into a group's
     * shingles one has to be to be of interest. Where very many groups are alike, most of them are passed over so. */
    _Atomic uint32_t *reach;
};

/* Takes a set to look in, repetitions allowed; borrowed until the next one. */
void ndup_seeker_take(struct ndup_seeker *seeker, const uint64_t *hashes, size_t count);

/* Whether it surely has more distinct shingles than this (match/verify.h). */
bool ndup_seeker_surely_more(const struct ndup_seeker *seeker, size_t limit);

/* Calls found() for every set that shares as much with it as need() asks for; for some twice. */
neardup_status ndup_seeker_find(struct ndup_seeker *seeker, const struct ndup_set_index_visitor *visitor,
                                neardup_error *err) NDUP_MUST_CHECK;

/* How many shingles of an indexed set it holds, exactly; *size gets its distinct shingles. */
neardup_status ndup_seeker_overlap(struct ndup_seeker *seeker, uint32_t set, uint32_t *overlap, size_t *size,
                                   neardup_error *err) NDUP_MUST_CHECK;

#endif
