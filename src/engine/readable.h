/* SPDX-License-Identifier: MIT
 * What could be read of the records, and whether it is enough: a run that has read nothing, or little, did not succeed. */
#ifndef NDUP_READABLE_H
#define NDUP_READABLE_H

#include "base/platform.h"
#include "input/document.h"
#include "input/survey.h"
#include "neardup_run.h"

struct ndup_task;

struct ndup_seen { /* by one thread, in the inputs (not in references); zero-initialised */
    uint64_t ids, groups;
    uint64_t keep_numbers, keep_strings;
    uint64_t keep_number_strings; /* of the strings, those that are a number in quotes */
    uint64_t surveyed;            /* records of the current batch */
    struct ndup_survey survey;
};

struct ndup_invalid { /* invalid records of a source, for one reason */
    uint32_t source;
    uint64_t line, count; /* line: 1-based, of the first */
    const char *reason;   /* static */
};

struct ndup_invalid_list {
    struct ndup_invalid *list;
    size_t count, capacity;
};

void ndup_seen_free(struct ndup_seen *seen);

/* Counts a document of an input by its fields, and surveys the record if a wanted field is not there. */
neardup_status ndup_seen_document(neardup_job *job, struct ndup_seen *seen, const struct ndup_task *task,
                                  const struct ndup_document *document, neardup_error *err) NDUP_MUST_CHECK;

/* Invalid records of a source with the line of the first one, in input order of each source. Not thread-safe. */
neardup_status ndup_job_count_invalid(neardup_job *job, uint32_t source, uint64_t line, const char *reason,
                                      uint64_t count, neardup_error *err) NDUP_MUST_CHECK;

/* After reading: reports invalid records by file and reason. FORMAT if too much could not be read (neardup_job_options.
 * max_unreadable), or if no record has a field that was asked for. */
neardup_status ndup_job_check_read(neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

#endif
