/* SPDX-License-Identifier: MIT
 * Where the bytes of a record are read again: from the file if it is plain (and has not changed since, which size, time
 * and inode say), from the caller if it is a source that can be asked again, else from the spool, where the reading
 * pass put them. */
#include "base/platform.h"

#include "engine/corpus.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "input/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void ndup_corpus_init(struct ndup_corpus *corpus)
{
    *corpus = (struct ndup_corpus){.spool = -1, .ids = {.descriptor = -1}, .reference_ids = {.descriptor = -1}};
}

static void free_ids(struct ndup_blob *ids)
{
    if (ids->blocks != NULL || ids->descriptor >= 0)
        ndup_blob_free(ids);
}

void ndup_corpus_free(struct ndup_corpus *c)
{
    for (size_t i = 0; c->sources != NULL && i < c->source_count; i++) {
        free(c->sources[i].extents);
        free(c->sources[i].members);
        free(c->sources[i].head);
        free(c->sources[i].problem);
        ndup_encoded_free(c->sources[i].encoded);
    }
    free(c->sources);
    ndup_column_free(c->rows);
    ndup_column_free(c->keep_keys);
    free_ids(&c->ids);
    free_ids(&c->reference_ids);
    if (c->spool >= 0)
        ndup_scratch_close(c->scratch, c->spool, c->spool_bytes);
    ndup_corpus_init(c);
}

neardup_status ndup_corpus_row(const struct ndup_corpus *corpus, uint64_t index, struct ndup_row *row,
                               neardup_error *err)
{
    return ndup_column_get(corpus->rows, index, row, err);
}

uint32_t ndup_corpus_source_of(const struct ndup_corpus *corpus, uint64_t row)
{
    size_t low = 0, high = corpus->source_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (corpus->sources[middle].first_row <= row)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

void ndup_opened_close(struct ndup_opened *opened)
{
    for (size_t i = 0; i < NDUP_OPENED_MAX; i++) {
        if (opened->slot[i].source != 0)
            close(opened->slot[i].descriptor);
        opened->slot[i].source = 0;
    }
    ndup_decoder_destroy(opened->decoder);
    opened->decoder = NULL;
    ndup_buf_free(&opened->stored);
    ndup_buf_free(&opened->text);
}

void ndup_identity_set(struct ndup_identity *identity, const struct stat *info)
{
    *identity = (struct ndup_identity){true, info->st_dev, info->st_ino, info->st_size, info->st_mtim, info->st_ctim};
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static neardup_status check_same(const struct ndup_corpus_source *source, const struct stat *info, neardup_error *err)
{
    const struct ndup_identity *i = &source->identity;
    const char *path = source->file->archive != NULL ? source->file->archive->path : source->file->path;
    if (i->device != info->st_dev || i->inode != info->st_ino)
        return ndup_fail(err, NEARDUP_E_IO, "'%s' was replaced by another file while it was being read", path);
    if (i->bytes != info->st_size)
        return ndup_fail(err, NEARDUP_E_IO, "'%s' became %s while it was being read", path,
                         info->st_size > i->bytes ? "longer" : "shorter");
    if (is_same_time(&i->modified, &info->st_mtim) && is_same_time(&i->changed, &info->st_ctim))
        return NEARDUP_OK;
    return ndup_fail(err, NEARDUP_E_IO, "'%s' changed while it was being read", path);
}

static neardup_status check_source(const struct ndup_corpus_source *source, neardup_error *err)
{
    struct stat info;
    const char *path = source->file->archive != NULL ? source->file->archive->path : source->file->path;
    if (stat(path, &info) == 0)
        return check_same(source, &info, err);
    if (errno == ENOENT)
        return ndup_fail(err, NEARDUP_E_IO, "'%s' was removed while it was being read", path);
    return ndup_fail_errno(err, errno, "cannot check whether '%s' changed", path);
}

neardup_status ndup_corpus_check_unchanged(const struct ndup_corpus *corpus, bool spooled, neardup_error *err)
{
    for (size_t i = 0; i < corpus->source_count; i++) {
        const struct ndup_corpus_source *source = &corpus->sources[i];
        /* What a command was run on is copied later. */
        bool read_later = !source->spooled || source->command != NULL || source->table != NULL;
        if (source->identity.known && !source->failed && (spooled || read_later))
            NDUP_TRY(check_source(source, err));
    }
    return NEARDUP_OK;
}

static neardup_status open_source(const struct ndup_corpus *corpus, struct ndup_opened *opened, uint32_t source,
                                  int *descriptor, neardup_error *err)
{
    size_t i = source % opened->slots;
    if (opened->slot[i].source != source + 1) {
        if (opened->slot[i].source != 0)
            close(opened->slot[i].descriptor);
        opened->slot[i].source = 0;
        const char *path = corpus->sources[source].file->path;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return ndup_fail_errno(err, errno, "cannot open '%s' again", path);
        struct stat info;
        neardup_status st = fstat(fd, &info) == 0 ? check_same(&corpus->sources[source], &info, err)
                                                  : ndup_fail_errno(err, errno, "cannot open '%s' again", path);
        if (st != NEARDUP_OK) {
            close(fd);
            return st;
        }
        opened->slot[i].descriptor = fd;
        opened->slot[i].source = source + 1;
    }
    *descriptor = opened->slot[i].descriptor;
    return NEARDUP_OK;
}

static neardup_status read_spooled(const struct ndup_corpus *corpus, const struct ndup_corpus_source *source,
                                   char *buffer, size_t length, uint64_t offset, neardup_error *err)
{
    size_t low = 0, high = source->extent_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->extents[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    for (; length > 0; low++) {
        if (low >= source->extent_count)
            return ndup_fail(err, NEARDUP_E_IO, "'%s' became shorter while it was being read", source->file->path);
        const struct ndup_extent *e = &source->extents[low];
        uint64_t skip = offset - e->offset;
        size_t n = e->length - skip < length ? (size_t)(e->length - skip) : length;
        NDUP_TRY(ndup_pread_all(corpus->scratch, corpus->spool, buffer, n, e->spool + skip, err));
        buffer += n;
        offset += n;
        length -= n;
    }
    return NEARDUP_OK;
}

neardup_status ndup_corpus_read_stored(const struct ndup_corpus *corpus, struct ndup_opened *opened, uint32_t source,
                                       void *buffer, size_t length, uint64_t offset, neardup_error *err)
{
    const struct ndup_corpus_source *s = &corpus->sources[source];
    if (s->spooled)
        return read_spooled(corpus, s, buffer, length, offset, err);
    if (s->file->feed != NULL)
        return ndup_feed_read_at(s->file->feed, buffer, length, offset, err);
    return ndup_corpus_read_file(corpus, opened, source, buffer, length, offset, err);
}

neardup_status ndup_corpus_read_file(const struct ndup_corpus *corpus, struct ndup_opened *opened, uint32_t source,
                                     void *buffer, size_t length, uint64_t offset, neardup_error *err)
{
    const struct ndup_corpus_source *s = &corpus->sources[source];
    int fd = -1;
    if (s->file->archive != NULL)
        return ndup_archive_read_member(s->file->archive, s->file->member, buffer, length, offset, err);
    NDUP_TRY(open_source(corpus, opened, source, &fd, err));
    size_t got;
    int code = ndup_io_pread(fd, buffer, length, offset, &got);
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot read '%s'", s->file->path);
    if (got < length)
        return ndup_fail(err, NEARDUP_E_IO, "'%s' became shorter while it was being read", s->file->path);
    return NEARDUP_OK;
}

/* ---- sources in other encodings ---- */

static neardup_status fail_decoding(const struct ndup_corpus_source *source, neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_IO, "'%s' changed while it was being read", source->file->path);
}

static neardup_status have_decoder(struct ndup_opened *o, const struct ndup_encoded *e, neardup_error *err)
{
    if (o->decoder != NULL && strcmp(ndup_decoder_name(o->decoder), e->name) == 0)
        return NEARDUP_OK;
    ndup_decoder_destroy(o->decoder);
    return ndup_decoder_create(&o->decoder, e->name, err);
}

/* Reads the bytes of a block, and has a decoder for them. */
static neardup_status load_block(const struct ndup_corpus *corpus, struct ndup_opened *o, uint32_t source, size_t block,
                                 neardup_error *err)
{
    const struct ndup_encoded *e = corpus->sources[source].encoded;
    size_t length = (size_t)(ndup_encoded_end(e, block).stored - e->blocks[block].stored);
    NDUP_TRY(have_decoder(o, e, err));
    ndup_buf_clear(&o->stored);
    if (!ndup_buf_reserve(&o->stored, length))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read_stored(corpus, o, source, o->stored.data, length, e->blocks[block].stored, err));
    o->stored.len = length;
    return NEARDUP_OK;
}

static neardup_status read_decoded(const struct ndup_corpus *corpus, struct ndup_opened *o, uint32_t source,
                                   char *buffer, size_t length, uint64_t offset, neardup_error *err)
{
    const struct ndup_corpus_source *s = &corpus->sources[source];
    const struct ndup_encoded *e = s->encoded;
    if (length > 0 && (e->count == 0 || offset + length > e->text))
        return fail_decoding(s, err);
    for (size_t block = length > 0 ? ndup_encoded_find(e, offset) : 0; length > 0; block++) {
        size_t used, skip = (size_t)(offset - e->blocks[block].text);
        NDUP_TRY(load_block(corpus, o, source, block, err));
        ndup_buf_clear(&o->text);
        if (!ndup_decoder_run(o->decoder, o->stored.data, o->stored.len, true, SIZE_MAX, &o->text, &used))
            return ndup_fail_nomem(err);
        if (o->text.len != ndup_encoded_end(e, block).text - e->blocks[block].text)
            return fail_decoding(s, err);
        size_t n = o->text.len - skip < length ? o->text.len - skip : length;
        memcpy(buffer, o->text.data + skip, n);
        buffer += n;
        offset += n;
        length -= n;
    }
    return NEARDUP_OK;
}

neardup_status ndup_corpus_read(const struct ndup_corpus *corpus, struct ndup_opened *opened, uint32_t source,
                                void *buffer, size_t length, uint64_t offset, neardup_error *err)
{
    return corpus->sources[source].encoded != NULL
               ? read_decoded(corpus, opened, source, buffer, length, offset, err)
               : ndup_corpus_read_stored(corpus, opened, source, buffer, length, offset, err);
}

neardup_status ndup_corpus_encode(const struct ndup_corpus *corpus, struct ndup_opened *opened, uint32_t source,
                                  const char *text, size_t length, struct ndup_buf *to, neardup_error *err)
{
    if (corpus->sources[source].encoded == NULL) {
        ndup_buf_append(to, text, length);
    } else {
        NDUP_TRY(have_decoder(opened, corpus->sources[source].encoded, err));
        ndup_decoder_encode(opened->decoder, text, length, to);
    }
    return to->failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

uint64_t ndup_corpus_stored_bytes(const struct ndup_corpus_source *source)
{
    if (source->command != NULL || source->table != NULL)
        return (uint64_t)source->identity.bytes;
    return source->encoded != NULL ? source->encoded->stored : source->bytes;
}

neardup_status ndup_stored_map_to(struct ndup_stored_map *map, uint64_t text, uint64_t *stored, neardup_error *err)
{
    const struct ndup_corpus_source *s = &map->corpus->sources[map->source];
    const struct ndup_encoded *e = s->encoded;
    struct ndup_opened *o = map->opened;
    *stored = text;
    if (e == NULL)
        return NEARDUP_OK;
    *stored = e->stored;
    if (text >= e->text)
        return text == e->text ? NEARDUP_OK : fail_decoding(s, err);
    size_t block = ndup_encoded_find(e, text), used;
    if (map->block != block + 1 || text < map->text) {
        NDUP_TRY(load_block(map->corpus, o, map->source, block, err));
        map->block = block + 1;
        map->stored = 0;
        map->text = e->blocks[block].text;
    }
    ndup_buf_clear(&o->text);
    if (!ndup_decoder_run(o->decoder, o->stored.data + map->stored, o->stored.len - map->stored, true,
                          (size_t)(text - map->text), &o->text, &used))
        return ndup_fail_nomem(err);
    /* Cuts are between characters: anything else would damage the file. */
    if (map->text + o->text.len != text)
        return fail_decoding(s, err);
    map->stored += used;
    map->text = text;
    *stored = e->blocks[block].stored + map->stored;
    return NEARDUP_OK;
}

/* Appends to the spool, and to the extents of a source. */
static neardup_status spool(struct ndup_corpus *corpus, const void *bytes, size_t length, uint64_t offset,
                            struct ndup_extent **extents, size_t *count, size_t *capacity, neardup_error *err)
{
    uint64_t at = atomic_fetch_add(&corpus->spool_bytes, length);
    NDUP_TRY(ndup_pwrite_all(corpus->scratch, corpus->spool, bytes, length, at, err));
    struct ndup_extent *last = *count > 0 ? &(*extents)[*count - 1] : NULL;
    if (last != NULL && last->spool + last->length == at) {
        last->length += length;
        return NEARDUP_OK;
    }
    if (!ndup_grow(extents, capacity, *count + 1, sizeof **extents))
        return ndup_fail_nomem(err);
    (*extents)[(*count)++] = (struct ndup_extent){offset, at, length};
    return NEARDUP_OK;
}

neardup_status ndup_corpus_spool(struct ndup_corpus *corpus, struct ndup_corpus_source *source, const void *bytes,
                                 size_t length, uint64_t offset, neardup_error *err)
{
    return spool(corpus, bytes, length, offset, &source->extents, &source->extent_count, &source->extent_capacity, err);
}

neardup_status ndup_corpus_spool_members(struct ndup_corpus *corpus, struct ndup_corpus_source *source,
                                         const void *bytes, size_t length, neardup_error *err)
{
    return spool(corpus, bytes, length, 0, &source->members, &source->member_count, &source->member_capacity, err);
}

neardup_status ndup_corpus_members(const struct ndup_corpus *corpus, const struct ndup_corpus_source *source,
                                   char **bytes, size_t *length, neardup_error *err)
{
    uint64_t total = 0;
    size_t at = 0;
    *bytes = NULL;
    *length = 0;
    for (size_t i = 0; i < source->member_count; i++)
        total += source->members[i].length;
    if (total == 0)
        return NEARDUP_OK;
    char *all = total < SIZE_MAX ? ndup_alloc((size_t)total, 1) : NULL;
    if (all == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < source->member_count; i++) {
        const struct ndup_extent *e = &source->members[i];
        neardup_status st = ndup_pread_all(corpus->scratch, corpus->spool, all + at, (size_t)e->length, e->spool, err);
        if (st != NEARDUP_OK) {
            free(all);
            return st;
        }
        at += (size_t)e->length;
    }
    *bytes = all;
    *length = at;
    return NEARDUP_OK;
}
