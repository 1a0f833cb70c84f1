/* SPDX-License-Identifier: MIT
 * The column of column.h. Finding an element takes two loads that are atomic but not locked; the lock is taken once per
 * chunk, when its memory is made or given away. A chunk is complete when its count of written elements says so: then
 * the thread that wrote the last one moves it to the scratch file at chunk * chunk_bytes, so that no index of the file
 * is needed. A mapped file would need less code, but its pages count as resident memory, so that a budget could not be
 * promised. */
#include "base/platform.h"

#include "base/column.h"

#include "base/error.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A chunk is what is written to the scratch file and read from it at once, and what a thread holds while it fills it.
 * Large chunks keep writes sequential; small ones keep what is held small beside the smallest budget, 64 MiB: 65536
 * band keys are 256 KiB, 65536 rows some 3 MiB. Not swept; the values of a column do not depend on it. */
#define MAX_CHUNK_BYTES ((size_t)8 << 20)
#define MAX_CHUNK_SHIFT 16u
/* Chunks per leaf of the directory. 2^32 elements are 2^16 chunks: a flat directory of them would be 1 MiB for each of
 * the dozens of columns of a small run. A leaf is 64 KiB and enough for 2^28 elements. */
#define LEAF_SHIFT 12u
#define LEAF_SIZE  ((size_t)1 << LEAF_SHIFT)
/* Free chunk buffers kept for the next chunk: as many as usually end at about the same time. Not measured; with none,
 * each chunk pays for 8 MiB of fresh pages from the kernel. */
#define MAX_SPARE 4u

struct chunk {
    _Atomic(char *) memory; /* NULL: untouched, or in the file */
    _Atomic uint32_t done;  /* elements written; counted with spilling only */
    _Atomic bool in_file;   /* set before memory becomes NULL again */
};

struct ndup_column {
    size_t elem_size;
    size_t chunk_bytes;
    unsigned shift; /* log2 of the elements in a chunk */
    bool spill;
    uint64_t count; /* after sealing */
    struct ndup_scratch *scratch;
    int descriptor; /* chunk c is at c * chunk_bytes; -1 without spilling */
    _Atomic uint64_t written;
    _Atomic uint64_t resident; /* chunk buffers that exist, spare ones included */

    pthread_mutex_t lock; /* guards making leaves and chunk memory, and the spare buffers */
    char *spare[MAX_SPARE];
    unsigned spare_count;

    size_t top_size;
    _Atomic(struct chunk *) top[]; /* leaves of LEAF_SIZE chunks */
};

static unsigned chunk_shift(size_t elem_size)
{
    unsigned shift = MAX_CHUNK_SHIFT;
    while (elem_size << shift > MAX_CHUNK_BYTES)
        shift--;
    return shift;
}

size_t ndup_column_chunk_elems_for(size_t elem_size)
{
    return (size_t)1 << chunk_shift(elem_size);
}

neardup_status ndup_column_create(struct ndup_column **out, size_t elem_size, struct ndup_scratch *scratch, bool spill,
                                  neardup_error *err)
{
    *out = NULL;
    if (elem_size == 0 || elem_size > NDUP_COLUMN_MAX_ELEM || (spill && scratch == NULL))
        return ndup_fail(err, NEARDUP_E_ARG, "bad column of %zu-byte elements", elem_size);
    unsigned shift = chunk_shift(elem_size);
    size_t top_size = (size_t)(NDUP_COLUMN_MAX_COUNT >> shift) / LEAF_SIZE;
    struct ndup_column *column = ndup_calloc(1, sizeof *column + top_size * sizeof column->top[0]);
    if (column == NULL)
        return ndup_fail_nomem(err);
    column->elem_size = elem_size;
    column->shift = shift;
    column->chunk_bytes = elem_size << shift;
    column->spill = spill;
    column->scratch = scratch;
    column->descriptor = -1;
    column->top_size = top_size;
    pthread_mutex_init(&column->lock, NULL);
    if (spill) {
        neardup_status status = ndup_scratch_file(scratch, &column->descriptor, err);
        if (status != NEARDUP_OK) {
            ndup_column_free(column);
            return status;
        }
    }
    *out = column;
    return NEARDUP_OK;
}

void ndup_column_free(struct ndup_column *column)
{
    if (column == NULL)
        return;
    for (size_t i = 0; i < column->top_size; i++) {
        struct chunk *leaf = atomic_load_explicit(&column->top[i], memory_order_acquire);
        for (size_t j = 0; leaf != NULL && j < LEAF_SIZE; j++)
            free(atomic_load_explicit(&leaf[j].memory, memory_order_acquire));
        free(leaf);
    }
    for (unsigned i = 0; i < column->spare_count; i++)
        free(column->spare[i]);
    ndup_scratch_close(column->scratch, column->descriptor, column->written);
    pthread_mutex_destroy(&column->lock);
    free(column);
}

size_t ndup_column_chunk_elems(const struct ndup_column *column)
{
    return (size_t)1 << column->shift;
}

uint64_t ndup_column_resident_bytes(const struct ndup_column *column)
{
    return atomic_load_explicit(&column->resident, memory_order_relaxed);
}

/* NULL if the leaf of this chunk does not exist. number must be in range. */
static struct chunk *find_chunk(const struct ndup_column *column, uint64_t number)
{
    struct chunk *leaf = atomic_load_explicit(&column->top[number >> LEAF_SHIFT], memory_order_acquire);
    return leaf != NULL ? &leaf[number & (LEAF_SIZE - 1)] : NULL;
}

static char *take_buffer(struct ndup_column *column)
{
    if (column->spare_count > 0)
        return column->spare[--column->spare_count];
    char *memory = ndup_alloc_aligned(column->chunk_bytes, 1);
    if (memory != NULL)
        atomic_fetch_add_explicit(&column->resident, column->chunk_bytes, memory_order_relaxed);
    return memory;
}

static void give_buffer(struct ndup_column *column, char *memory)
{
    pthread_mutex_lock(&column->lock);
    if (column->spare_count < MAX_SPARE) {
        column->spare[column->spare_count++] = memory;
        memory = NULL;
    }
    pthread_mutex_unlock(&column->lock);
    if (memory != NULL) {
        free(memory);
        atomic_fetch_sub_explicit(&column->resident, column->chunk_bytes, memory_order_relaxed);
    }
}

/* Makes the chunk's leaf and memory if no other thread was faster. Called with the lock held. */
static char *make_chunk(struct ndup_column *column, uint64_t number, neardup_error *err)
{
    struct chunk *chunk = find_chunk(column, number);
    if (chunk == NULL) {
        struct chunk *leaf = ndup_calloc(LEAF_SIZE, sizeof *leaf);
        if (leaf == NULL) {
            ndup_fail_nomem(err);
            return NULL;
        }
        atomic_store_explicit(&column->top[number >> LEAF_SHIFT], leaf, memory_order_release);
        chunk = &leaf[number & (LEAF_SIZE - 1)];
    }
    char *memory = atomic_load_explicit(&chunk->memory, memory_order_acquire);
    if (memory != NULL)
        return memory;
    if (atomic_load_explicit(&chunk->in_file, memory_order_acquire)) {
        ndup_fail(err, NEARDUP_E_ARG, "column element written twice");
        return NULL;
    }
    memory = take_buffer(column);
    if (memory == NULL)
        ndup_fail_nomem(err);
    else
        atomic_store_explicit(&chunk->memory, memory, memory_order_release);
    return memory;
}

void *ndup_column_slot(struct ndup_column *column, uint64_t index, neardup_error *err)
{
    if (NDUP_UNLIKELY(index >= NDUP_COLUMN_MAX_COUNT)) {
        ndup_fail(err, NEARDUP_E_LIMIT, "more than %llu elements", (unsigned long long)NDUP_COLUMN_MAX_COUNT);
        return NULL;
    }
    uint64_t number = index >> column->shift;
    struct chunk *chunk = find_chunk(column, number);
    char *memory = chunk != NULL ? atomic_load_explicit(&chunk->memory, memory_order_acquire) : NULL;
    if (NDUP_UNLIKELY(memory == NULL)) {
        pthread_mutex_lock(&column->lock);
        memory = make_chunk(column, number, err);
        pthread_mutex_unlock(&column->lock);
        if (memory == NULL)
            return NULL;
    }
    return memory + (index & (((uint64_t)1 << column->shift) - 1)) * column->elem_size;
}

static neardup_status spill_chunk(struct ndup_column *column, struct chunk *chunk, uint64_t number, neardup_error *err)
{
    char *memory = atomic_load_explicit(&chunk->memory, memory_order_acquire);
    NDUP_TRY(ndup_pwrite_all(column->scratch, column->descriptor, memory, column->chunk_bytes,
                             number * column->chunk_bytes, err));
    atomic_fetch_add_explicit(&column->written, column->chunk_bytes, memory_order_relaxed);
    atomic_store_explicit(&chunk->in_file, true, memory_order_release);
    atomic_store_explicit(&chunk->memory, NULL, memory_order_release);
    give_buffer(column, memory);
    return NEARDUP_OK;
}

neardup_status ndup_column_done(struct ndup_column *column, uint64_t begin, uint64_t count, neardup_error *err)
{
    if (!column->spill)
        return NEARDUP_OK;
    uint64_t elems = (uint64_t)1 << column->shift;
    while (count > 0) {
        uint64_t number = begin >> column->shift;
        uint64_t room = elems - (begin & (elems - 1));
        uint64_t part = count < room ? count : room;
        struct chunk *chunk = find_chunk(column, number);
        /* Whoever completes the chunk sees what the others wrote: their additions release, this one acquires. */
        uint32_t before = atomic_fetch_add_explicit(&chunk->done, (uint32_t)part, memory_order_acq_rel);
        if (before + part == elems)
            NDUP_TRY(spill_chunk(column, chunk, number, err));
        begin += part;
        count -= part;
    }
    return NEARDUP_OK;
}

neardup_status ndup_column_seal(struct ndup_column *column, uint64_t count, neardup_error *err)
{
    if (count > NDUP_COLUMN_MAX_COUNT)
        return ndup_fail(err, NEARDUP_E_LIMIT, "more than %llu elements", (unsigned long long)NDUP_COLUMN_MAX_COUNT);
    column->count = count;
    for (uint64_t number = 0; number < ndup_column_chunks(column); number++) {
        const struct chunk *chunk = find_chunk(column, number);
        bool resident = chunk != NULL && atomic_load_explicit(&chunk->memory, memory_order_acquire) != NULL;
        bool in_file = chunk != NULL && atomic_load_explicit(&chunk->in_file, memory_order_acquire);
        bool complete = !column->spill || in_file ||
                        (resident && atomic_load_explicit(&chunk->done, memory_order_acquire) ==
                                         ndup_column_chunk_count(column, number));
        if (!(resident || in_file) || !complete) {
            column->count = 0;
            return ndup_fail(err, NEARDUP_E_ARG, "column sealed with unwritten elements in chunk %llu",
                             (unsigned long long)number);
        }
    }
    for (; column->spare_count > 0; column->spare_count--) {
        free(column->spare[column->spare_count - 1]);
        atomic_fetch_sub_explicit(&column->resident, column->chunk_bytes, memory_order_relaxed);
    }
    return NEARDUP_OK;
}

uint64_t ndup_column_count(const struct ndup_column *column)
{
    return column->count;
}

uint64_t ndup_column_chunks(const struct ndup_column *column)
{
    return (column->count + ndup_column_chunk_elems(column) - 1) >> column->shift;
}

size_t ndup_column_chunk_count(const struct ndup_column *column, uint64_t chunk)
{
    uint64_t begin = chunk << column->shift;
    if (begin >= column->count)
        return 0;
    uint64_t left = column->count - begin;
    size_t elems = ndup_column_chunk_elems(column);
    return left < elems ? (size_t)left : elems;
}

const void *ndup_column_chunk(const struct ndup_column *column, uint64_t number, void *buffer, neardup_error *err)
{
    size_t elems = ndup_column_chunk_count(column, number);
    if (elems == 0) {
        ndup_fail(err, NEARDUP_E_ARG, "column has no chunk %llu", (unsigned long long)number);
        return NULL;
    }
    const char *memory = atomic_load_explicit(&find_chunk(column, number)->memory, memory_order_acquire);
    if (memory != NULL)
        return memory;
    if (ndup_pread_all(column->scratch, column->descriptor, buffer, elems * column->elem_size,
                       number * column->chunk_bytes, err) != NEARDUP_OK)
        return NULL;
    return buffer;
}

neardup_status ndup_column_get(const struct ndup_column *column, uint64_t index, void *out, neardup_error *err)
{
    if (index >= column->count)
        return ndup_fail(err, NEARDUP_E_ARG, "column has no element %llu", (unsigned long long)index);
    uint64_t number = index >> column->shift;
    const char *memory = atomic_load_explicit(&find_chunk(column, number)->memory, memory_order_acquire);
    uint64_t offset = (index - (number << column->shift)) * column->elem_size;
    if (memory != NULL) {
        memcpy(out, memory + offset, column->elem_size);
        return NEARDUP_OK;
    }
    return ndup_pread_all(column->scratch, column->descriptor, out, column->elem_size,
                          number * column->chunk_bytes + offset, err);
}

static bool take_chunk(struct ndup_column_cursor *cursor, uint64_t number, neardup_error *err)
{
    const struct ndup_column *column = cursor->column;
    if (cursor->buffer == NULL)
        cursor->buffer = ndup_alloc((size_t)1 << column->shift, column->elem_size);
    cursor->chunk = NULL;
    if (cursor->buffer == NULL)
        return ndup_fail_nomem(err) == NEARDUP_OK;
    cursor->chunk = ndup_column_chunk(column, number, cursor->buffer, err);
    cursor->number = number;
    return cursor->chunk != NULL;
}

const void *ndup_column_at(struct ndup_column_cursor *cursor, uint64_t index, neardup_error *err)
{
    const struct ndup_column *column = cursor->column;
    uint64_t number = index >> column->shift;
    if (NDUP_UNLIKELY(cursor->chunk == NULL || number != cursor->number) && !take_chunk(cursor, number, err))
        return NULL;
    return cursor->chunk + (index - (number << column->shift)) * column->elem_size;
}

void ndup_column_cursor_free(struct ndup_column_cursor *cursor)
{
    free(cursor->buffer);
    cursor->buffer = NULL;
    cursor->chunk = NULL;
}
