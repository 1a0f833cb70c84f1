/* SPDX-License-Identifier: MIT
 * The ranges that are cut out of a file, and what JSON needs beyond them. */
#ifndef NDUP_MEND_JSON_H
#define NDUP_MEND_JSON_H

#include "base/platform.h"

#include "engine/phases.h"
#include "output/rewrite.h"

struct ndup_cut_list { /* of a file, ascending */
    struct ndup_cut *cuts;
    size_t count, capacity;
    bool whole; /* the last record is removed as a whole */
};

/* Completes the cuts of a source, so that an array is one without the records that are removed, and lines end. */
neardup_status ndup_mend_json(neardup_job *job, uint32_t source, struct ndup_cut_list *list,
                              neardup_error *err) NDUP_MUST_CHECK;

#endif
