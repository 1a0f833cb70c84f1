/* SPDX-License-Identifier: MIT
 * What zip and tar have in common. A compressed tar is unpacked as a whole when it is listed, because nothing says where its
 * members are; members of zip are unpacked one by one when they are opened, by all threads. Both go to the store, one scratch
 * file without a name, where verification reads them again by their place. Members that are stored as they are, in tar or in
 * zip, are read in the archive itself.
 *
 * A member is unpacked and checked as a whole before its first byte is compared: of a damaged one nothing is, and it stays. */
#include "base/platform.h"

#include "input/archive.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "input/decompress.h"
#include "input/file_kind.h"
#include "input/formats.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Read, decompressed and written at a time. Not swept. */
#define CHUNK_BYTES ((size_t)256 * 1024)
/* This much is unpacked whatever the ratio is, as of other files (decompress.c). */
#define FREE_EXPANSION ((uint64_t)64 << 20)

/* ---- the store ---- */

neardup_status ndup_archive_store_open(struct ndup_archive_store *store, struct ndup_scratch *scratch,
                                       neardup_error *err)
{
    *store = (struct ndup_archive_store){.scratch = scratch, .descriptor = -1};
    return ndup_scratch_file(scratch, &store->descriptor, err);
}

void ndup_archive_store_close(struct ndup_archive_store *store)
{
    if (store->scratch != NULL)
        ndup_scratch_close(store->scratch, store->descriptor, atomic_load(&store->written));
    store->scratch = NULL;
    store->descriptor = -1;
}

static neardup_status store_bytes(struct ndup_archive_store *store, const void *bytes, size_t length, uint64_t at,
                                  neardup_error *err)
{
    NDUP_TRY(ndup_pwrite_all(store->scratch, store->descriptor, bytes, length, at, err));
    atomic_fetch_add(&store->written, length);
    return NEARDUP_OK;
}

neardup_status ndup_archive_store_put(struct ndup_archive_store *store, const void *bytes, size_t length,
                                      neardup_error *err)
{
    return store_bytes(store, bytes, length, atomic_fetch_add(&store->bytes, length), err);
}

/* ---- is it one? ---- */

static bool ends_with(const char *name, size_t length, const char *suffix)
{
    size_t n = strlen(suffix);
    return length > n && strncasecmp(name + length - n, suffix, n) == 0;
}

bool ndup_archive_has_name(const char *name)
{
    static const char *const suffixes[] = {".zip", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".tlz"};
    size_t length = strlen(name);
    (void)ndup_codec_of_name(name, &length);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        if (ends_with(name, length, suffixes[i]))
            return true;
    }
    return false;
}

static bool is_zeros(const char *bytes, size_t length)
{
    size_t i = 0;
    while (i < length && bytes[i] == '\0')
        i++;
    return i == length;
}

/* A tar of nothing is zeros, and one whose first header is damaged has only its magic: then its name says so, too. */
static bool is_tar(const char *bytes, size_t length, const char *path)
{
    if (length < 512)
        return false;
    bool like = is_zeros(bytes, length) || memcmp(bytes + 257, "ustar", 5) == 0;
    return ndup_file_kind_is_tar_header(bytes) || (like && ndup_archive_has_name(path));
}

/* Whether the compressed file begins as a tar does. */
static neardup_status look_inside(const struct ndup_archive *archive, bool *is, neardup_error *err)
{
    struct ndup_stream *stream;
    char block[512];
    size_t got = 0;
    NDUP_TRY(ndup_stream_open_cancelable(&stream, archive->path, archive->cancel, err));
    neardup_status status =
        ndup_stream_codec(stream) != NULL ? ndup_stream_read(stream, block, sizeof block, &got, err) : NEARDUP_OK;
    ndup_stream_close(stream);
    *is = got == sizeof block && is_tar(block, got, archive->path);
    return *is ? NEARDUP_OK : status;
}

/* Only by the first bytes: a name alone makes no archive. form NULL: it is none. */
static neardup_status recognise(struct ndup_archive *archive, neardup_error *err)
{
    char *first = ndup_alloc(NDUP_KIND_BYTES, 1);
    size_t got = 0;
    bool packed_tar = false;
    if (first == NULL)
        return ndup_fail_nomem(err);
    int code = ndup_io_pread(archive->descriptor, first, 512, 0, &got);
    if (code == 0 && got > 3 && memcmp(first, "PK", 2) == 0)
        code = ndup_io_pread(archive->descriptor, first, NDUP_KIND_BYTES, 0, &got);
    neardup_status status = code == 0 ? NEARDUP_OK : ndup_fail_errno(err, code, "cannot read");
    if (status == NEARDUP_OK && ndup_file_kind_is_zip(first, got, archive->path)) {
        archive->form = &ndup_archive_zip;
    } else if (status == NEARDUP_OK && is_tar(first, got, archive->path)) {
        archive->form = &ndup_archive_tar;
    } else if (status == NEARDUP_OK && got > 0) {
        const struct ndup_codec *codec = ndup_codec_of_name(archive->path, NULL);
        bool packed = ndup_codec_of_content((const uint8_t *)first, got) != NULL ||
                      (codec != NULL && codec->recognise == NULL) || memcmp(first + 1, "\x2a\x4d\x18", 3) == 0;
        if (packed)
            status = look_inside(archive, &packed_tar, err);
        archive->form = packed_tar ? &ndup_archive_tar : NULL;
        archive->unpacked = packed_tar;
    }
    free(first);
    return status;
}

/* ---- listing ---- */

/* Unpacks a compressed tar into the store, in one piece: nothing else is written to it while archives are listed. */
static neardup_status unpack_whole(struct ndup_archive *archive, neardup_error *damage, neardup_error *err)
{
    struct ndup_stream *stream;
    struct ndup_archive_store *store = archive->store;
    char *buffer = ndup_alloc(CHUNK_BYTES * 4, 1);
    size_t got = 1;
    if (buffer == NULL)
        return ndup_fail_nomem(err);
    archive->base = atomic_load(&store->bytes);
    neardup_status status = ndup_stream_open_cancelable(&stream, archive->path, archive->cancel, damage), failed;
    if (status != NEARDUP_OK) {
        free(buffer);
        return status == NEARDUP_E_NOMEM ? ndup_fail_nomem(err) : NEARDUP_OK;
    }
    archive->codec = ndup_stream_codec(stream);
    ndup_stream_limit(stream, archive->max_expansion);
    failed = NEARDUP_OK;
    while (status == NEARDUP_OK && failed == NEARDUP_OK && got > 0) {
        if (archive->cancel != NULL && atomic_load_explicit(archive->cancel, memory_order_relaxed))
            status = ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
        else
            failed = ndup_stream_read(stream, buffer, CHUNK_BYTES * 4, &got, damage);
        if (status == NEARDUP_OK && got > 0 && failed == NEARDUP_OK)
            status = store_bytes(store, buffer, got, archive->base + archive->bytes, err);
        if (failed == NEARDUP_OK)
            archive->bytes += got;
    }
    ndup_stream_close(stream);
    free(buffer);
    atomic_fetch_add(&store->bytes, archive->bytes);
    return failed == NEARDUP_E_NOMEM ? ndup_fail_nomem(err) : status;
}

neardup_status ndup_archive_add(struct ndup_archive *archive, const struct ndup_archive_entry *entry, const char *name,
                                size_t length, neardup_error *err)
{
    while (length > 0 && (name[0] == '/' || (name[0] == '.' && length > 1 && name[1] == '/'))) {
        size_t skip = name[0] == '/' ? 1 : 2;
        name += skip;
        length -= skip;
    }
    if (!ndup_grow(&archive->entries, &archive->capacity, archive->count + 1, sizeof *entry))
        return ndup_fail_nomem(err);
    struct ndup_archive_entry *own = &archive->entries[archive->count++];
    *own = *entry;
    own->unpacked = UINT64_MAX;
    own->name = archive->names.len;
    /* No program that unpacks it could make such a file, and here it would have another name. */
    if (length == 0 || memchr(name, '\0', length) != NULL) {
        archive->unnamed += own->member;
        own->member = false;
        length = 0;
    }
    ndup_buf_append(&archive->names, name, length);
    ndup_buf_append(&archive->names, "", 1);
    return archive->names.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

const char *ndup_archive_name(const struct ndup_archive *archive, const struct ndup_archive_entry *entry)
{
    return archive->names.data + entry->name;
}

static int by_name(const void *left, const void *right, void *context)
{
    const struct ndup_archive *archive = context;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    int order =
        strcmp(ndup_archive_name(archive, &archive->entries[a]), ndup_archive_name(archive, &archive->entries[b]));
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Puts members in the order of their names, as the files of a folder are, and finds those that are older: programs that unpack
 * the archive write the last one over them. So they stay or are removed with it. */
static neardup_status sort_members(struct ndup_archive *archive, neardup_error *err)
{
    size_t *all = ndup_alloc(archive->count + 1, sizeof *all), n = 0;
    if (all == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < archive->count; i++) {
        archive->links += archive->entries[i].link;
        archive->others += archive->entries[i].other;
        if (*ndup_archive_name(archive, &archive->entries[i]) != '\0')
            all[n++] = i;
    }
    if (n > 1)
        qsort_r(all, n, sizeof *all, by_name, archive);
    for (size_t i = 0, end; i < n; i = end) {
        const char *name = ndup_archive_name(archive, &archive->entries[all[i]]);
        for (end = i + 1; end < n && strcmp(name, ndup_archive_name(archive, &archive->entries[all[end]])) == 0;)
            end++;
        size_t newest = all[end - 1];
        bool all_follow = true;
        for (size_t k = i; k + 1 < end; k++) {
            struct ndup_archive_entry *older = &archive->entries[all[k]];
            archive->older += older->member;
            if (older->member && !older->linked)
                older->follows = newest + 1;
            else
                all_follow = false; /* it stays: a link, or a file to which a hard link of another name leads */
            older->member = false;
        }
        if (!all_follow && archive->entries[newest].member) {
            /* Removing it would bring back what it was written over. Nobody compares it, so it stays, too. */
            archive->entries[newest].member = false;
            archive->older++;
        }
        if (archive->entries[newest].member)
            all[archive->member_count++] = newest; /* before all that are still to be looked at */
    }
    archive->members = all;
    return NEARDUP_OK;
}

enum ndup_entry_fate ndup_archive_fate(const struct ndup_archive *archive, const struct ndup_archive_entry *entry)
{
    const struct ndup_archive_entry *leader = entry;
    /* An older member follows the newest one, which can be a hard link, which follows its file. */
    for (unsigned step = 0; leader->follows != 0 && step < 4; step++)
        leader = &archive->entries[leader->follows - 1];
    return leader == entry || leader->fate == NDUP_ENTRY_REMOVED ? leader->fate : NDUP_ENTRY_STAYS;
}

static bool expands_too_much(const struct ndup_archive *archive, uint64_t size, uint64_t stored)
{
    uint64_t most = archive->max_expansion;
    return most > 0 && size > FREE_EXPANSION && size / most >= stored;
}

static neardup_status fail_expansion(const struct ndup_archive *archive, neardup_error *damage)
{
    neardup_status status = ndup_fail(
        damage, NEARDUP_E_LIMIT, "it expands to more than %" PRIu64 " times its stored bytes", archive->max_expansion);
    ndup_advise(damage, "`max_expansion` sets the limit");
    return status;
}

/* A file of some kilobytes can hold terabytes, which would fill the scratch folder. A member that does is not read; here are all
 * others together, each of which may be small. */
static neardup_status check_total(const struct ndup_archive *archive, neardup_error *damage)
{
    uint64_t size = 0;
    for (size_t i = 0; i < archive->member_count && archive->form->checked; i++) {
        const struct ndup_archive_entry *entry = &archive->entries[archive->members[i]];
        size += expands_too_much(archive, entry->size, entry->stored) ? 0 : entry->size;
    }
    return expands_too_much(archive, size, archive->bytes) ? fail_expansion(archive, damage) : NEARDUP_OK;
}

/* The list of one that is recognised. */
static neardup_status list(struct ndup_archive *archive, neardup_error *damage, neardup_error *err)
{
    if (archive->unpacked)
        NDUP_TRY(unpack_whole(archive, damage, err));
    else
        archive->bytes = (uint64_t)archive->info.st_size;
    if (damage->code == NEARDUP_OK) {
        neardup_status status = archive->form->list(archive, damage);
        if (status == NEARDUP_E_NOMEM || status == NEARDUP_E_CANCELED)
            return ndup_fail(err, status, "%s", damage->message);
    }
    if (damage->code == NEARDUP_OK)
        NDUP_TRY(sort_members(archive, err));
    if (damage->code == NEARDUP_OK)
        damage->code = check_total(archive, damage);
    return NEARDUP_OK;
}

static neardup_status open_archive(struct ndup_archive *archive, neardup_error *damage, neardup_error *err)
{
    neardup_error why = {0};
    archive->descriptor = open(archive->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (archive->descriptor < 0 || fstat(archive->descriptor, &archive->info) != 0) {
        int code = errno;
        if (code == ENOMEM)
            return ndup_fail_nomem(err);
        (void)ndup_fail_errno(damage, code, "cannot open");
        return NEARDUP_OK;
    }
    if (!S_ISREG(archive->info.st_mode))
        return NEARDUP_OK;
    neardup_status status = recognise(archive, &why);
    if (status == NEARDUP_E_NOMEM || status == NEARDUP_E_CANCELED)
        return ndup_fail(err, status, "%s", why.message);
    /* Whether it is one is not known. Damage is what its reader meets and names. */
    if (status == NEARDUP_E_IO)
        *damage = why;
    return status == NEARDUP_OK && archive->form != NULL ? list(archive, damage, err) : NEARDUP_OK;
}

neardup_status ndup_archive_open(struct ndup_archive **out, const char *path,
                                 const struct ndup_archive_options *options, bool *is, neardup_error *damage,
                                 neardup_error *err)
{
    *out = NULL;
    *is = false;
    *damage = (neardup_error){0};
    struct ndup_archive *archive = ndup_calloc(1, sizeof *archive);
    if (archive == NULL)
        return ndup_fail_nomem(err);
    archive->descriptor = -1;
    archive->store = options->store;
    archive->cancel = options->cancel;
    archive->max_expansion = options->max_expansion;
    archive->path = strdup(path);
    neardup_status status = archive->path != NULL ? open_archive(archive, damage, err) : ndup_fail_nomem(err);
    *is = archive->form != NULL;
    if (archive->descriptor >= 0 && !options->keep_open) {
        close(archive->descriptor);
        archive->descriptor = -1;
    }
    if (status == NEARDUP_OK && archive->form != NULL && damage->code == NEARDUP_OK)
        *out = archive;
    else
        ndup_archive_close(archive);
    return status;
}

void ndup_archive_close(struct ndup_archive *archive)
{
    if (archive == NULL)
        return;
    if (archive->descriptor >= 0)
        close(archive->descriptor);
    free(archive->path);
    free(archive->entries);
    ndup_buf_free(&archive->names);
    free(archive->damage);
    free(archive->members);
    free(archive);
}

/* ---- reading ---- */

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static neardup_status read_file(const struct ndup_archive *archive, void *buffer, size_t length, uint64_t offset,
                                neardup_error *err)
{
    size_t got = 0;
    struct stat info;
    int fd = archive->descriptor >= 0 ? archive->descriptor : open(archive->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ndup_fail_errno(err, errno, "cannot open '%s' again", archive->path);
    int code = fstat(fd, &info) == 0 ? 0 : errno;
    bool same = code == 0 && is_same(&info, &archive->info);
    if (same)
        code = ndup_io_pread(fd, buffer, length, offset, &got);
    if (fd != archive->descriptor)
        close(fd);
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot read '%s'", archive->path);
    return same && got == length ? NEARDUP_OK
                                 : ndup_fail(err, NEARDUP_E_IO, "'%s' changed while it was being read", archive->path);
}

neardup_status ndup_archive_read(const struct ndup_archive *archive, void *buffer, size_t length, uint64_t offset,
                                 neardup_error *err)
{
    return archive->unpacked ? ndup_pread_all(archive->store->scratch, archive->store->descriptor, buffer, length,
                                              archive->base + offset, err)
                             : read_file(archive, buffer, length, offset, err);
}

neardup_status ndup_archive_read_member(const struct ndup_archive *archive, const struct ndup_archive_entry *entry,
                                        void *buffer, size_t length, uint64_t offset, neardup_error *err)
{
    if (offset > entry->size || length > entry->size - offset)
        return ndup_fail(err, NEARDUP_E_IO, "'%s' changed while it was being read", archive->path);
    return entry->unpacked != UINT64_MAX ? ndup_pread_all(archive->store->scratch, archive->store->descriptor, buffer,
                                                          length, entry->unpacked + offset, err)
                                         : ndup_archive_read(archive, buffer, length, entry->data + offset, err);
}

neardup_status ndup_archive_look(struct ndup_archive_window *w, uint64_t at, size_t length, const char **found,
                                 neardup_error *err)
{
    uint64_t bytes = w->archive->bytes;
    *found = NULL;
    if (at > bytes || length > bytes - at)
        return NEARDUP_OK;
    if (w->bytes == NULL && (w->bytes = ndup_alloc(NDUP_ARCHIVE_WINDOW, 1)) == NULL)
        return ndup_fail_nomem(err);
    if (at < w->at || at - w->at > w->length || length > w->length - (size_t)(at - w->at)) {
        w->at = at;
        w->length = bytes - at < NDUP_ARCHIVE_WINDOW ? (size_t)(bytes - at) : NDUP_ARCHIVE_WINDOW;
        NDUP_TRY(ndup_archive_read(w->archive, w->bytes, w->length, at, err));
    }
    *found = w->bytes + (at - w->at);
    return NEARDUP_OK;
}

/* ---- unpacking a member ---- */

struct unpacking {
    struct ndup_stored stored; /* the first member, so that `fill` finds the rest */
    const struct ndup_archive *archive;
    uint64_t at, left;
    uint8_t *chunk;
};

static neardup_status fill(struct ndup_stored *stored, neardup_error *err)
{
    struct unpacking *u = (struct unpacking *)stored;
    size_t n = u->left < CHUNK_BYTES ? (size_t)u->left : CHUNK_BYTES;
    stored->next = u->chunk;
    stored->left = 0;
    if (n == 0)
        return NEARDUP_OK;
    NDUP_TRY(ndup_archive_read(u->archive, u->chunk, n, u->at, err));
    u->at += n;
    u->left -= n;
    stored->left = n;
    return NEARDUP_OK;
}

/* The next bytes, as they are or decompressed. */
static neardup_status next_bytes(struct unpacking *u, struct ndup_decompressor *decompressor, uint8_t *room,
                                 const uint8_t **bytes, size_t *got, neardup_error *err)
{
    *bytes = room;
    if (decompressor != NULL)
        return ndup_decompressor_run(decompressor, &u->stored, room, got, err);
    NDUP_TRY(fill(&u->stored, err));
    *bytes = u->stored.next;
    *got = u->stored.left;
    return NEARDUP_OK;
}

static neardup_status check_end(const struct ndup_archive_entry *entry, uint64_t bytes, uint32_t crc,
                                neardup_error *damage)
{
    if (bytes != entry->size)
        return ndup_fail(damage, NEARDUP_E_FORMAT, "it is damaged: it has %" PRIu64 " bytes, and should have %" PRIu64,
                         bytes, entry->size);
    return crc == entry->crc ? NEARDUP_OK : ndup_fail(damage, NEARDUP_E_FORMAT, "it is damaged: its checksum is wrong");
}

static neardup_status unpack(struct unpacking *u, struct ndup_archive_entry *entry,
                             struct ndup_decompressor *decompressor, uint8_t *room, neardup_error *damage,
                             neardup_error *err)
{
    struct ndup_archive_store *store = u->archive->store;
    uint64_t bytes = 0, to = decompressor != NULL ? atomic_fetch_add(&store->bytes, entry->size) : UINT64_MAX;
    uint32_t crc = 0;
    for (;;) {
        const uint8_t *from;
        size_t got = 0;
        neardup_status status = next_bytes(u, decompressor, room, &from, &got, damage);
        if (status != NEARDUP_OK)
            return status == NEARDUP_E_NOMEM ? ndup_fail_nomem(err) : NEARDUP_OK;
        if (got == 0)
            break;
        if (u->archive->cancel != NULL && atomic_load_explicit(u->archive->cancel, memory_order_relaxed))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
        crc = libdeflate_crc32(crc, from, got);
        bytes += got;
        if (bytes > entry->size)
            break;
        if (decompressor != NULL)
            NDUP_TRY(store_bytes(store, from, got, to + bytes - got, err));
    }
    if (check_end(entry, bytes, crc, damage) != NEARDUP_OK)
        return NEARDUP_OK;
    entry->unpacked = to;
    return NEARDUP_OK;
}

neardup_status ndup_archive_unpack(const struct ndup_archive *archive, struct ndup_archive_entry *entry,
                                   neardup_error *damage, neardup_error *err)
{
    const struct ndup_codec *codec = NULL;
    struct unpacking u = {.stored = {.fill = fill}, .archive = archive};
    *damage = (neardup_error){0};
    if (entry->ready)
        return NEARDUP_OK;
    if (entry->problem != NULL) {
        (void)ndup_fail(damage, NEARDUP_E_FORMAT, "%s", entry->problem);
        return NEARDUP_OK;
    }
    neardup_status status =
        archive->form->find != NULL ? archive->form->find(archive, entry, &codec, damage) : NEARDUP_OK;
    if (status == NEARDUP_OK && codec != NULL && expands_too_much(archive, entry->size, entry->stored))
        status = fail_expansion(archive, damage);
    if (status != NEARDUP_OK)
        return status == NEARDUP_E_NOMEM ? ndup_fail_nomem(err) : NEARDUP_OK;
    if (archive->form->checked) {
        struct ndup_decompressor *decompressor = codec != NULL ? ndup_decompressor_create(codec) : NULL;
        uint8_t *room = codec != NULL ? ndup_alloc(NDUP_CODEC_ROOM, 1) : NULL;
        u.at = entry->data;
        u.left = entry->stored;
        u.chunk = ndup_alloc(CHUNK_BYTES, 1);
        bool good = u.chunk != NULL && (codec == NULL || (decompressor != NULL && room != NULL));
        status = good ? unpack(&u, entry, decompressor, room, damage, err) : ndup_fail_nomem(err);
        ndup_decompressor_destroy(decompressor);
        free(room);
        free(u.chunk);
    }
    entry->ready = status == NEARDUP_OK && damage->code == NEARDUP_OK;
    return status;
}

/* ---- one member by its path ---- */

/* A member of this name, if it is read. */
static struct ndup_archive_entry *find_member(const struct ndup_archive *archive, const char *name)
{
    for (size_t i = 0; i < archive->member_count; i++) {
        struct ndup_archive_entry *entry = &archive->entries[archive->members[i]];
        if (strcmp(ndup_archive_name(archive, entry), name) == 0)
            return entry;
    }
    return NULL;
}

static neardup_status extract(const struct ndup_archive *archive, const char *name, struct ndup_buf *to,
                              neardup_error *err)
{
    neardup_error damage;
    struct ndup_archive_entry *entry = find_member(archive, name);
    if (entry == NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "the archive has no file of this name");
    NDUP_TRY(ndup_archive_unpack(archive, entry, &damage, err));
    if (damage.code != NEARDUP_OK) {
        if (err != NULL)
            *err = damage;
        return damage.code;
    }
    if (entry->size >= SIZE_MAX || !ndup_buf_reserve(to, (size_t)entry->size + 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_archive_read_member(archive, entry, to->data + to->len, (size_t)entry->size, 0, err));
    to->len += (size_t)entry->size;
    return NEARDUP_OK;
}

static neardup_status extract_from(const char *path, const char *name, uint64_t max_expansion, struct ndup_buf *to,
                                   bool *is, neardup_error *err)
{
    struct ndup_scratch *scratch;
    struct ndup_archive_store store;
    struct ndup_archive *archive = NULL;
    neardup_error damage = {0};
    NDUP_TRY(ndup_scratch_create(&scratch, NULL, 0, err));
    neardup_status status = ndup_archive_store_open(&store, scratch, err);
    const struct ndup_archive_options options = {.store = &store, .max_expansion = max_expansion, .keep_open = true};
    if (status == NEARDUP_OK)
        status = ndup_archive_open(&archive, path, &options, is, &damage, err);
    if (status == NEARDUP_OK && damage.code != NEARDUP_OK)
        status = ndup_fail(err, damage.code, "cannot read the archive: %s", damage.message);
    if (status == NEARDUP_OK && archive != NULL)
        status = extract(archive, name, to, err);
    ndup_archive_close(archive);
    ndup_archive_store_close(&store);
    ndup_scratch_destroy(scratch);
    return status;
}

neardup_status ndup_archive_extract(const char *path, uint64_t max_expansion, struct ndup_buf *to, bool *is,
                                    neardup_error *err)
{
    *is = false;
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        struct stat info;
        char *file = strndup(path, (size_t)(slash - path));
        if (file == NULL)
            return ndup_fail_nomem(err);
        bool regular = stat(file, &info) == 0 && S_ISREG(info.st_mode);
        neardup_status status = regular ? extract_from(file, slash + 1, max_expansion, to, is, err) : NEARDUP_OK;
        free(file);
        if (regular)
            return status;
    }
    return NEARDUP_OK;
}

/* ---- the copy ---- */

neardup_status ndup_archive_change(const struct ndup_archive *archive, struct ndup_archive_entry *entry, int descriptor,
                                   neardup_error *err)
{
    char *buffer = ndup_alloc(CHUNK_BYTES, 1);
    size_t got = CHUNK_BYTES;
    neardup_status status = buffer != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
    entry->fresh = atomic_load(&archive->store->bytes);
    entry->fresh_bytes = 0;
    while (status == NEARDUP_OK && got == CHUNK_BYTES) {
        int code = ndup_io_pread(descriptor, buffer, CHUNK_BYTES, entry->fresh_bytes, &got);
        status = code == 0 ? ndup_archive_store_put(archive->store, buffer, got, err)
                           : ndup_fail_errno(err, code, "cannot read from a scratch file");
        entry->fresh_bytes += got;
    }
    free(buffer);
    entry->fate = NDUP_ENTRY_CHANGED;
    return status;
}

static neardup_status add_piece(struct ndup_archive_copy *copy, struct ndup_archive_piece piece, neardup_error *err)
{
    struct ndup_archive_piece *last = copy->count > 0 ? &copy->pieces[copy->count - 1] : NULL;
    if (piece.length == 0)
        return NEARDUP_OK;
    if (last != NULL && last->from == piece.from && last->at + last->length == piece.at) {
        last->length += piece.length;
    } else {
        if (!ndup_grow(&copy->pieces, &copy->capacity, copy->count + 1, sizeof piece))
            return ndup_fail_nomem(err);
        piece.begin = copy->bytes;
        copy->pieces[copy->count++] = piece;
    }
    copy->bytes += piece.length;
    return NEARDUP_OK;
}

neardup_status ndup_archive_put_old(struct ndup_archive_copy *copy, uint64_t begin, uint64_t end, neardup_error *err)
{
    return add_piece(copy, (struct ndup_archive_piece){.from = NDUP_PIECE_OLD, .at = begin, .length = end - begin},
                     err);
}

neardup_status ndup_archive_put_store(struct ndup_archive_copy *copy, uint64_t at, uint64_t length, neardup_error *err)
{
    return add_piece(copy, (struct ndup_archive_piece){.from = NDUP_PIECE_STORE, .at = at, .length = length}, err);
}

neardup_status ndup_archive_put(struct ndup_archive_copy *copy, const void *bytes, size_t length, neardup_error *err)
{
    size_t at = copy->made.len;
    ndup_buf_append(&copy->made, bytes, length);
    if (copy->made.failed)
        return ndup_fail_nomem(err);
    return add_piece(copy, (struct ndup_archive_piece){.from = NDUP_PIECE_MADE, .at = at, .length = length}, err);
}

neardup_status ndup_archive_plan(struct ndup_archive_copy *copy, const struct ndup_archive *archive, neardup_error *err)
{
    bool same = true;
    *copy = (struct ndup_archive_copy){.archive = archive};
    for (size_t i = 0; i < archive->count && same; i++)
        same = archive->entries[i].fate == NDUP_ENTRY_STAYS;
    copy->same = same;
    copy->bytes = same ? (uint64_t)archive->info.st_size : 0;
    return same ? NEARDUP_OK : archive->form->plan(copy, err);
}

/* The piece that holds the byte at the offset. */
static size_t find_piece(const struct ndup_archive_copy *copy, uint64_t offset)
{
    size_t low = 0, high = copy->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (copy->pieces[middle].begin <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

neardup_status ndup_archive_read_copy(const struct ndup_archive_copy *copy, void *buffer, size_t length,
                                      uint64_t offset, neardup_error *err)
{
    const struct ndup_archive_store *store = copy->archive->store;
    char *to = buffer;
    if (copy->same)
        return read_file(copy->archive, buffer, length, offset, err);
    for (size_t i = find_piece(copy, offset); length > 0 && i < copy->count; i++) {
        const struct ndup_archive_piece *piece = &copy->pieces[i];
        uint64_t skip = offset - piece->begin;
        size_t n = piece->length - skip < length ? (size_t)(piece->length - skip) : length;
        if (piece->from == NDUP_PIECE_MADE)
            memcpy(to, copy->made.data + piece->at + skip, n);
        else if (piece->from == NDUP_PIECE_OLD)
            NDUP_TRY(ndup_archive_read(copy->archive, to, n, piece->at + skip, err));
        else
            NDUP_TRY(ndup_pread_all(store->scratch, store->descriptor, to, n, piece->at + skip, err));
        to += n;
        offset += n;
        length -= n;
    }
    return NEARDUP_OK;
}

void ndup_archive_copy_free(struct ndup_archive_copy *copy)
{
    free(copy->pieces);
    ndup_buf_free(&copy->made);
    *copy = (struct ndup_archive_copy){0};
}
