/* SPDX-License-Identifier: MIT
 * Revisits of web archives. A crawler that finds again what it has stored before writes a short record that refers to the
 * earlier one (ISO 28500, 6.7). It has no text, so nothing compares it, but it means nothing without the other: it is
 * removed with the record that it refers to, whatever file that is in, and stays otherwise.
 *
 * The reading pass notes where revisits are and what they refer to: 32 bytes for each. When the decisions are made, the headers
 * of all documents of web archives are read again for their names, if there are revisits and removed documents at all. Names
 * of all documents would be 16 bytes for each in every run, for a kind of record that most archives do not have. */
#ifndef NDUP_REVISITS_H
#define NDUP_REVISITS_H

#include "base/key.h"
#include "base/platform.h"
#include "input/formats.h"
#include "output/rewrite.h"

struct ndup_revisits; /* of a run */

neardup_status ndup_revisits_create(struct ndup_revisits **out, const struct ndup_key *key,
                                    neardup_error *err) NDUP_MUST_CHECK;
void ndup_revisits_destroy(struct ndup_revisits *revisits);

/* Notes a record that the format passed over, if it is a revisit that says what it refers to. One thread at a time. */
neardup_status ndup_revisits_note(struct ndup_revisits *revisits, const struct ndup_format *format, uint32_t source,
                                  uint64_t offset, const char *record, size_t length,
                                  neardup_error *err) NDUP_MUST_CHECK;

struct neardup_job;

/* When it is known which documents are removed: keeps the revisits of these, and counts them in the summary. */
neardup_status ndup_revisits_resolve(struct neardup_job *job, neardup_error *err) NDUP_MUST_CHECK;

/* How many revisits are removed with a document. The revisits may be NULL, here and below. */
uint64_t ndup_revisits_of(const struct ndup_revisits *revisits, uint64_t row);

/* Adds the revisits of a source to its cuts, which are ascending and stay so. */
neardup_status ndup_revisits_cut(const struct ndup_revisits *revisits, uint32_t source, struct ndup_cut **cuts,
                                 size_t *count, size_t *capacity, neardup_error *err) NDUP_MUST_CHECK;

#endif
