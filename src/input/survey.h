/* SPDX-License-Identifier: MIT
 * Which fields records do have: for the message that a wanted one is in none of them. */
#ifndef NDUP_SURVEY_H
#define NDUP_SURVEY_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

struct ndup_survey_field;
struct ndup_json_reader;

struct ndup_survey { /* zero-initialised */
    struct ndup_survey_field *fields;
    size_t count, capacity;
    uint64_t records;
    struct ndup_json_reader *reader;
};

void ndup_survey_free(struct ndup_survey *survey);

/* Counts the fields of a JSON record, NDUP_PADDING readable bytes after it. Of one that is not JSON, those before the fault. */
neardup_status ndup_survey_add(struct ndup_survey *survey, const char *record, size_t length,
                               neardup_error *err) NDUP_MUST_CHECK;

/* Adds the counts of another survey. The order does not matter. */
neardup_status ndup_survey_merge(struct ndup_survey *survey, const struct ndup_survey *other,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* After the last record: the most frequent fields come first, of these the ones with the longest texts. */
void ndup_survey_sort(struct ndup_survey *survey);

/* Appends "body (string, 100 %), id (number, 98 %), ..." of at most `most` bytes. */
void ndup_survey_list(const struct ndup_survey *survey, size_t most, struct ndup_buf *to);

/* The field that most likely is the text, as --text-field takes it: the one with most text. NULL: none has any. */
const char *ndup_survey_text(const struct ndup_survey *survey);

/* The field that a mistyped name means; NULL: none is near. */
const char *ndup_survey_nearest(const struct ndup_survey *survey, const char *name);

#endif
