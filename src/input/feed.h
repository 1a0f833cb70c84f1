/* SPDX-License-Identifier: MIT
 * Documents of a caller (neardup_job_add_source), as the bytes of a file, in one of three formats:
 *
 *   JSON Lines   if the job writes the corpus: what the caller gives is written as JSON and parsed again, so that all that is true
 *                of files is true of it
 *   rows         else. Fields have no names there, so that two of them may be one column of any name
 *   frames       of texts that stay in place (NEARDUP_SOURCE_IN_PLACE): a record is where a document is in the caller's
 *                memory, 56 bytes. No text is copied: a paragraph or a document is read again where it is */
#ifndef NDUP_FEED_H
#define NDUP_FEED_H

#include "base/platform.h"
#include "input/formats.h"
#include "neardup_run.h"

struct ndup_feed;

/* Copies the vtable. ARG if it is not complete. */
neardup_status ndup_feed_create(struct ndup_feed **out, const neardup_source_vtable *vtable, void *context,
                                neardup_error *err) NDUP_MUST_CHECK;
void ndup_feed_destroy(struct ndup_feed *feed);

/* The fields, borrowed. written: the job writes the records. Before anything is read. */
neardup_status ndup_feed_set_fields(struct ndup_feed *feed, const struct ndup_fields *fields, bool written,
                                    neardup_error *err) NDUP_MUST_CHECK;

/* The format of its bytes. */
const struct ndup_format *ndup_feed_format(const struct ndup_feed *feed);

bool ndup_feed_rereads(const struct ndup_feed *feed);

/* ---- one reading pass, from the first document on; passes of one feed come one after the other ---- */

/* Begins again. */
void ndup_feed_rewind(struct ndup_feed *feed);
/* As ndup_stream_read. The status of a failure is that of the caller's function. */
neardup_status ndup_feed_read(struct ndup_feed *feed, void *buffer, size_t capacity, size_t *got,
                              neardup_error *err) NDUP_MUST_CHECK;
/* Bytes so far: of frames the texts. */
uint64_t ndup_feed_consumed(const struct ndup_feed *feed);

/* ---- bytes that were read before; any thread ---- */

/* length bytes at an offset. IO if the documents there are not what they were. */
neardup_status ndup_feed_read_at(struct ndup_feed *feed, void *buffer, size_t length, uint64_t offset,
                                 neardup_error *err) NDUP_MUST_CHECK;

#endif
