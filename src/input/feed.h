/* SPDX-License-Identifier: MIT
 * Documents of a caller (neardup_job_add_source), as the bytes of a JSON Lines file: so all that is true of files is true of
 * them, and the engine knows one kind of record. Writing JSON costs about as much as copying the text, and a thread parses it
 * again while others read; a record format of our own would save that and need a writer, a map for cuts and a place in every
 * output. */
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

/* The members of the records, borrowed. ARG if a name has a dot: it would be a path. Before anything is read. */
neardup_status ndup_feed_set_fields(struct ndup_feed *feed, const struct ndup_fields *fields,
                                    neardup_error *err) NDUP_MUST_CHECK;

bool ndup_feed_rereads(const struct ndup_feed *feed);

/* ---- one reading pass, from the first document on; passes of one feed come one after the other ---- */

/* Begins again. */
void ndup_feed_rewind(struct ndup_feed *feed);
/* As ndup_stream_read. The status of a failure is that of the caller's function. */
neardup_status ndup_feed_read(struct ndup_feed *feed, void *buffer, size_t capacity, size_t *got,
                              neardup_error *err) NDUP_MUST_CHECK;
uint64_t ndup_feed_consumed(const struct ndup_feed *feed);

/* ---- bytes that were read before; any thread ---- */

/* length bytes at an offset. IO if the documents there are not what they were. */
neardup_status ndup_feed_read_at(struct ndup_feed *feed, void *buffer, size_t length, uint64_t offset,
                                 neardup_error *err) NDUP_MUST_CHECK;

#endif
