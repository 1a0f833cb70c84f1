/* SPDX-License-Identifier: MIT
 * Band keys of all units, a column a band, filled by many threads and then grouped band by band. */
#ifndef NDUP_BANDS_H
#define NDUP_BANDS_H

#include "base/platform.h"
#include "base/pool.h"
#include "base/scratch.h"
#include "match/group.h"
#include "neardup.h"

/* Unit numbers are handed to threads in runs of this many, so that a thread writes neighbours. */
#define NDUP_BANDS_RUN 256u

struct ndup_bands;

/* With spill the columns go to the scratch folder. bands 0 is fine: numbers are handed out, no keys are kept. */
neardup_status ndup_bands_create(struct ndup_bands **out, uint32_t bands, struct ndup_scratch *scratch, bool spill,
                                 neardup_error *err) NDUP_MUST_CHECK;
void ndup_bands_free(struct ndup_bands *bands);

/* One a thread. */
struct ndup_bands_writer {
    struct ndup_bands *bands;
    uint32_t begin;    /* first unit of the run */
    uint32_t used;     /* units written in it; NDUP_BANDS_RUN: a new run is needed */
    uint32_t **column; /* where the run begins, one a band */
};

neardup_status ndup_bands_writer_init(struct ndup_bands_writer *writer, struct ndup_bands *bands,
                                      neardup_error *err) NDUP_MUST_CHECK;
/* The number that the next put will use. */
neardup_status ndup_bands_reserve(struct ndup_bands_writer *writer, uint32_t *unit, neardup_error *err) NDUP_MUST_CHECK;
/* Stores the keys of the reserved unit; NULL: it has none and shares a bucket with nobody. 0 becomes 1: it is the key of units without a document, which must not look
 * like partners, because their number depends on the threads. */
neardup_status ndup_bands_put(struct ndup_bands_writer *writer, const uint32_t *keys,
                              neardup_error *err) NDUP_MUST_CHECK;
/* Fills what is left of the run (units without a document) and releases the writer's memory. */
neardup_status ndup_bands_writer_finish(struct ndup_bands_writer *writer, neardup_error *err) NDUP_MUST_CHECK;

/* Ends the filling. Units handed out, those without a document included. */
neardup_status ndup_bands_seal(struct ndup_bands *bands, uint32_t *units, neardup_error *err) NDUP_MUST_CHECK;

/* Adds the entries of one band, 0 to bands - 1; item is the unit. Units with alias[unit] != unit are left out: others
 * stand for them. alias NULL: none. */
neardup_status ndup_bands_group(const struct ndup_bands *bands, uint32_t band, const uint32_t *alias, size_t max_bytes,
                                struct ndup_pool *pool, struct ndup_entries *entries,
                                neardup_error *err) NDUP_MUST_CHECK;

#endif
