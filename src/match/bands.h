/* SPDX-License-Identifier: MIT
 * The band keys of all texts: one column per band, filled by many threads and then grouped band by band. */
#ifndef NDUP_BANDS_H
#define NDUP_BANDS_H

#include "base/platform.h"
#include "base/pool.h"
#include "base/scratch.h"
#include "match/group.h"
#include "match/text_numbers.h"
#include "neardup.h"

/* Threads take text ids in runs of this many, so that each writes to memory of its own. */
#define NDUP_BANDS_RUN 256u

struct ndup_bands;

/* With spill the columns go to the scratch folder. With 0 bands ids are handed out, and no keys are stored. */
neardup_status ndup_bands_create(struct ndup_bands **out, uint32_t bands, struct ndup_scratch *scratch, bool spill,
                                 neardup_error *err) NDUP_MUST_CHECK;
void ndup_bands_free(struct ndup_bands *bands);

/* One per thread. */
struct ndup_bands_writer {
    struct ndup_bands *bands;
    uint32_t begin;    /* first text id of the run */
    uint32_t used;     /* ids used of it; NDUP_BANDS_RUN: a new run is needed */
    uint32_t **column; /* [bands]: where the run begins */
};

neardup_status ndup_bands_writer_init(struct ndup_bands_writer *writer, struct ndup_bands *bands,
                                      neardup_error *err) NDUP_MUST_CHECK;
/* The id that the next put will use. */
neardup_status ndup_bands_reserve(struct ndup_bands_writer *writer, struct ndup_text_id *text,
                                  neardup_error *err) NDUP_MUST_CHECK;
/* Stores the keys of the reserved text; NULL: it has none and shares a bucket with no other. Key 0 marks unused text ids,
 * so a real 0 is stored as 1. */
neardup_status ndup_bands_put(struct ndup_bands_writer *writer, const uint32_t *keys,
                              neardup_error *err) NDUP_MUST_CHECK;
/* Marks the ids that are left of the run as unused, and releases the writer's memory. */
neardup_status ndup_bands_writer_finish(struct ndup_bands_writer *writer, neardup_error *err) NDUP_MUST_CHECK;

/* Ends the filling. *texts: ids handed out, the unused ones included. */
neardup_status ndup_bands_seal(struct ndup_bands *bands, uint32_t *texts, neardup_error *err) NDUP_MUST_CHECK;

/* Adds the entries of one band, 0 to bands - 1; their items are text ids. A text whose alias is another text is left out:
 * the other one represents it. alias NULL: there are none. */
neardup_status ndup_bands_group(const struct ndup_bands *bands, uint32_t band, const struct ndup_text_id *alias,
                                size_t max_bytes, struct ndup_pool *pool, struct ndup_entries *entries,
                                neardup_error *err) NDUP_MUST_CHECK;

#endif
