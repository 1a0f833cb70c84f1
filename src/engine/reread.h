/* SPDX-License-Identifier: MIT
 * Places, as reports name them, in the sources of a job. Documents by row are in phases.h. */
#ifndef NDUP_REREAD_H
#define NDUP_REREAD_H

#include "base/platform.h"

#include "engine/phases.h"

struct ndup_wanted { /* a place */
    uint32_t source;
    uint64_t line;
    size_t index; /* in neardup_read_options.places */
};

/* The places that are in a source of the job, in the order of files, lines and indexes. *out is malloc-ed. Files whose names
 * are not UTF-8 are known by the names that reports show, too. */
neardup_status ndup_reading_places(const neardup_job *job, const neardup_read_options *reading,
                                   struct ndup_wanted **out, size_t *count, neardup_error *err) NDUP_MUST_CHECK;

#endif
