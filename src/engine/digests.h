/* SPDX-License-Identifier: MIT
 * Which text has a digest: exact duplicates get the same text id before any sketch is made. A table in shards, each with
 * its lock.
 *
 * When the table may not grow any more, a digest that is not in it becomes a text of its own, and texts with equal digests
 * are merged after the reading pass (texts.c). */
#ifndef NDUP_DIGESTS_H
#define NDUP_DIGESTS_H

#include "base/key.h"
#include "base/platform.h"
#include "match/text_numbers.h"
#include "neardup.h"

struct ndup_digests;

/* max_bytes 0: unlimited. */
neardup_status ndup_digests_create(struct ndup_digests **out, size_t max_bytes, neardup_error *err) NDUP_MUST_CHECK;
void ndup_digests_free(struct ndup_digests *digests);

/* The text of the digest: one given before, or `text`, which it then gets (*added). Thread-safe. */
neardup_status ndup_digests_find(struct ndup_digests *digests, struct ndup_digest digest, struct ndup_text_id text,
                                 struct ndup_text_id *found, bool *added, neardup_error *err) NDUP_MUST_CHECK;

/* Whether a digest was left out of the table. */
bool ndup_digests_overflowed(const struct ndup_digests *digests);

#endif
