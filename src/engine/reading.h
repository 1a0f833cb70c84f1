/* SPDX-License-Identifier: MIT
 * What a job that reads some texts again is made of: places become places in files (reading_places.c), and the files that
 * hold some are read side by side (reading.c). */
#ifndef NDUP_READING_H
#define NDUP_READING_H

#include "base/platform.h"

#include "engine/context.h"

struct ndup_wanted { /* a place */
    uint32_t source;
    uint64_t line;
    size_t index; /* in neardup_reading.places */
};

/* The places that stand in a file of the job, in the order of files, lines and indexes. *out is malloc-ed. Files whose names
 * are not UTF-8 are known by the names that reports show, too. */
neardup_status ndup_reading_places(const neardup_job *job, const neardup_read_options *reading,
                                   struct ndup_wanted **out, size_t *count, neardup_error *err) NDUP_MUST_CHECK;

#endif
