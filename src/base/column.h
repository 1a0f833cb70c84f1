/* SPDX-License-Identifier: MIT
 * An array of elements of one size that is filled by index and then read, in memory or in a scratch file: how a memory
 * budget is kept.
 *
 *   index -> chunk (a power of two of elements) -> directory of two levels -> memory of the chunk, or its place in the
 *   file. With spilling, a chunk whose elements are all done goes to the file and its memory to the next chunk.
 *
 * First phase: any number of threads call slot and done; each index below the final count exactly once, in roughly
 * increasing order (memory is held for every chunk that is neither untouched nor complete). Then one thread seals.
 * Then any number of threads read. Values are the same with and without spilling. */
#ifndef NDUP_COLUMN_H
#define NDUP_COLUMN_H

#include "base/platform.h"
#include "base/scratch.h"
#include "neardup.h"

struct ndup_column;

/* Text ids and ranks have 32 bits. An element may be a signature of 4096 slots; those of a job have 4 bytes (a band
 * key) to some 50 (a row). */
#define NDUP_COLUMN_MAX_COUNT ((uint64_t)1 << 32)
#define NDUP_COLUMN_MAX_ELEM  ((size_t)16384)

/* elem_size 1 to NDUP_COLUMN_MAX_ELEM bytes. spill needs a scratch (borrowed; it must outlive the column). */
neardup_status ndup_column_create(struct ndup_column **out, size_t elem_size, struct ndup_scratch *scratch, bool spill,
                                  neardup_error *err) NDUP_MUST_CHECK;
void ndup_column_free(struct ndup_column *column);

/* Elements in a chunk: 65536, or fewer (a power of two) so that a chunk has at most 8 MiB. */
size_t ndup_column_chunk_elems(const struct ndup_column *column);
/* The same for a column that does not exist yet. */
size_t ndup_column_chunk_elems_for(size_t elem_size);

/* Memory held for elements now. */
uint64_t ndup_column_resident_bytes(const struct ndup_column *column);

/* ---- filling ---- */

/* Where to write element `index` (uninitialised); valid until it is done. Neighbours inside a chunk are contiguous.
 * NULL is a failure: NOMEM; LIMIT for an index that is too large. */
void *ndup_column_slot(struct ndup_column *column, uint64_t index, neardup_error *err) NDUP_MUST_CHECK;

/* Elements begin..begin+count, slotted before, are written. May write chunks to the scratch file. Once a batch is
 * better than once an element: threads count in the same place. */
neardup_status ndup_column_done(struct ndup_column *column, uint64_t begin, uint64_t count,
                                neardup_error *err) NDUP_MUST_CHECK;

/* Ends the filling; the column has `count` elements. ARG if some chunk below was never filled. */
neardup_status ndup_column_seal(struct ndup_column *column, uint64_t count, neardup_error *err) NDUP_MUST_CHECK;

/* ---- reading ---- */

uint64_t ndup_column_count(const struct ndup_column *column);
uint64_t ndup_column_chunks(const struct ndup_column *column);
/* Elements in this chunk: chunk_elems, in the last one perhaps fewer. */
size_t ndup_column_chunk_count(const struct ndup_column *column, uint64_t chunk);

/* The elements of a chunk: resident memory, or `buffer` (chunk_elems * elem_size bytes) filled from the file. NULL is a
 * failure. */
const void *ndup_column_chunk(const struct ndup_column *column, uint64_t chunk, void *buffer,
                              neardup_error *err) NDUP_MUST_CHECK;

/* Elements one after the other: a spilled chunk is read once, and not element by element. One thread. */
struct ndup_column_cursor {
    const struct ndup_column *column;
    void *buffer;      /* for a spilled chunk */
    const char *chunk; /* NULL before the first call */
    uint64_t number;   /* of the chunk */
};
/* Where element `index` can be read until the next call; NULL is a failure. */
const void *ndup_column_at(struct ndup_column_cursor *cursor, uint64_t index, neardup_error *err) NDUP_MUST_CHECK;
void ndup_column_cursor_free(struct ndup_column_cursor *cursor);

/* Copies one element. */
neardup_status ndup_column_get(const struct ndup_column *column, uint64_t index, void *out,
                               neardup_error *err) NDUP_MUST_CHECK;

#endif
