/* SPDX-License-Identifier: MIT
 * Each writer appends to a block of its own and takes a new one under the lock when it is full: one lock per 256 KiB of
 * ids. A position is block and offset in one number, so that an id costs its bytes, three bytes of length and its
 * 8-byte position in the row. */
#include "base/platform.h"

#include "engine/blob.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A string is its length in three bytes, then its bytes; it never crosses a block. */
#define HEAD 3u

neardup_status ndup_blob_init(struct ndup_blob *blob, struct ndup_scratch *scratch, bool spill, neardup_error *err)
{
    *blob = (struct ndup_blob){.scratch = spill ? scratch : NULL, .descriptor = -1};
    pthread_mutex_init(&blob->lock, NULL);
    return spill ? ndup_scratch_file(scratch, &blob->descriptor, err) : NEARDUP_OK;
}

void ndup_blob_free(struct ndup_blob *blob)
{
    for (uint64_t i = 0; blob->blocks != NULL && i < blob->count; i++)
        free(blob->blocks[i]);
    free(blob->blocks);
    if (blob->scratch != NULL && blob->descriptor >= 0)
        ndup_scratch_close(blob->scratch, blob->descriptor, blob->count * NDUP_BLOB_BLOCK);
    pthread_mutex_destroy(&blob->lock);
    *blob = (struct ndup_blob){.descriptor = -1};
}

static neardup_status end_block(struct ndup_blob_writer *w, neardup_error *err)
{
    struct ndup_blob *blob = w->blob;
    if (w->block == NULL)
        return NEARDUP_OK;
    neardup_status st = NEARDUP_OK;
    memset(w->block + w->used, 0, NDUP_BLOB_BLOCK - w->used); /* a length of 0 ends the block */
    if (blob->scratch != NULL) {
        st = ndup_pwrite_all(blob->scratch, blob->descriptor, w->block, NDUP_BLOB_BLOCK, w->number * NDUP_BLOB_BLOCK,
                             err);
        if (st == NEARDUP_OK)
            return NEARDUP_OK; /* the block is used again */
        free(w->block);
    }
    w->block = NULL; /* in memory it belongs to the blob */
    return st;
}

static neardup_status new_block(struct ndup_blob_writer *w, neardup_error *err)
{
    struct ndup_blob *blob = w->blob;
    NDUP_TRY(end_block(w, err));
    if (w->block == NULL)
        w->block = ndup_alloc(NDUP_BLOB_BLOCK, 1);
    if (w->block == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&blob->lock);
    if (blob->scratch == NULL) {
        size_t capacity = (size_t)blob->capacity;
        if (ndup_grow(&blob->blocks, &capacity, (size_t)blob->count + 1, sizeof *blob->blocks))
            blob->blocks[blob->count] = w->block;
        else
            st = ndup_fail_nomem(err);
        blob->capacity = capacity;
    }
    if (st == NEARDUP_OK)
        w->number = blob->count++;
    pthread_mutex_unlock(&blob->lock);
    if (st != NEARDUP_OK) {
        free(w->block);
        w->block = NULL;
    }
    w->used = 0;
    return st;
}

neardup_status ndup_blob_append(struct ndup_blob_writer *w, const char *bytes, size_t length, uint64_t *position,
                                neardup_error *err)
{
    if (w->block == NULL || w->used + HEAD + length > NDUP_BLOB_BLOCK)
        NDUP_TRY(new_block(w, err));
    *position = w->number * NDUP_BLOB_BLOCK + w->used;
    char *at = w->block + w->used;
    at[0] = (char)(length & 0xFF);
    at[1] = (char)(length >> 8 & 0xFF);
    at[2] = (char)(length >> 16 & 0xFF);
    memcpy(at + HEAD, bytes, length);
    w->used += HEAD + length;
    return NEARDUP_OK;
}

neardup_status ndup_blob_finish(struct ndup_blob_writer *w, neardup_error *err)
{
    neardup_status st = end_block(w, err);
    if (w->blob->scratch != NULL)
        free(w->block);
    w->block = NULL;
    return st;
}

static size_t length_at(const char *head)
{
    return (size_t)(unsigned char)head[0] | (size_t)(unsigned char)head[1] << 8 | (size_t)(unsigned char)head[2] << 16;
}

neardup_status ndup_blob_get(const struct ndup_blob *blob, uint64_t position, struct ndup_buf *out, neardup_error *err)
{
    if (blob->scratch == NULL) {
        const char *at = blob->blocks[position / NDUP_BLOB_BLOCK] + position % NDUP_BLOB_BLOCK;
        ndup_buf_append(out, at + HEAD, length_at(at));
        return out->failed ? ndup_fail_nomem(err) : NEARDUP_OK;
    }
    char head[HEAD];
    NDUP_TRY(ndup_pread_all(blob->scratch, blob->descriptor, head, HEAD, position, err));
    size_t length = length_at(head);
    if (!ndup_buf_reserve(out, length))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_pread_all(blob->scratch, blob->descriptor, out->data + out->len, length, position + HEAD, err));
    out->len += length;
    return NEARDUP_OK;
}

neardup_status ndup_blob_block(const struct ndup_blob *blob, uint64_t number, void *buffer, const char **bytes,
                               neardup_error *err)
{
    *bytes = blob->scratch == NULL ? blob->blocks[number] : buffer;
    if (blob->scratch == NULL)
        return NEARDUP_OK;
    return ndup_pread_all(blob->scratch, blob->descriptor, buffer, NDUP_BLOB_BLOCK, number * NDUP_BLOB_BLOCK, err);
}

bool ndup_blob_next(const char *block, size_t *at, const char **string, size_t *length)
{
    if (*at + HEAD > NDUP_BLOB_BLOCK || length_at(block + *at) == 0)
        return false;
    *length = length_at(block + *at);
    *string = block + *at + HEAD;
    *at += HEAD + *length;
    return true;
}
