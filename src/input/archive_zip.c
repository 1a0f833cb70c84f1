/* SPDX-License-Identifier: MIT
 * zip: members with headers of their own, then the directory, then a record that says where the directory is. Only members
 * that the directory names are in the archive. Numbers that are too large for their fields are in an extra field (zip64).
 *
 * Members must not overlap: archives of which they do expand some kilobytes to petabytes, and no copy of them could be without
 * one of their members.
 *
 * A member that changes is deflated again, or stored if it was. Its header and its entry in the directory are the old ones, with
 * other sizes. */
#include "base/platform.h"

#include "input/archive.h"

#include "base/error.h"
#include "base/mem.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- records ---- */

#define HEADER_MAGIC    0x04034b50u
#define ENTRY_MAGIC     0x02014b50u
#define END_MAGIC       0x06054b50u
#define END64_MAGIC     0x06064b50u
#define LOCATOR64_MAGIC 0x07064b50u

/* Lengths of records without what follows them. */
enum { HEADER = 30, ENTRY = 46, END = 22, END64 = 56, LOCATOR64 = 20 };

/* Where fields are. */
enum { H_FLAGS = 6, H_METHOD = 8, H_CRC = 14, H_STORED = 18, H_SIZE = 22, H_NAME = 26, H_EXTRA = 28 };
enum { E_SYSTEM = 5, E_FLAGS = 8, E_METHOD = 10, E_CRC = 16, E_STORED = 20, E_SIZE = 24, E_NAME = 28, E_EXTRA = 30 };
enum { E_COMMENT = 32, E_DISK = 34, E_MODE = 40, E_HEADER = 42 };
enum {
    END_DISK = 4,
    END_DIRECTORY_DISK = 6,
    END_HERE = 8,
    END_COUNT = 10,
    END_BYTES = 12,
    END_AT = 16,
    END_COMMENT = 20
};
enum { END64_HERE = 24, END64_COUNT = 32, END64_BYTES = 40, END64_AT = 48 };

#define ENCRYPTED  1u /* flags */
#define DESCRIPTOR 8u /* sizes follow the bytes */
#define EXTRA64    1u /* the extra field of zip64 */
#define MOST16     0xffffu
#define MOST32     0xffffffffu
#define STORED     0u
#define DEFLATED   8u

/* A comment after the record at the end has up to 65 535 bytes. */
#define END_SEARCH ((uint64_t)END + MOST16)

static uint32_t get16(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static uint32_t get32(const char *at)
{
    return get16(at) | get16(at + 2) << 16;
}

static uint64_t get64(const char *at)
{
    return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static void put16(char *at, uint32_t number)
{
    at[0] = (char)(number & 0xff);
    at[1] = (char)(number >> 8 & 0xff);
}

static void put32(char *at, uint64_t number)
{
    put16(at, (uint32_t)(number & 0xffff));
    put16(at + 2, (uint32_t)(number >> 16 & 0xffff));
}

static void put64(char *at, uint64_t number)
{
    put32(at, number & MOST32);
    put32(at + 4, number >> 32);
}

/* ---- the end ---- */

static neardup_status fail_cut_off(neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_FORMAT, "it is cut off or damaged: the directory at its end is missing");
}

static neardup_status fail_directory(neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_FORMAT, "it is damaged: its directory cannot be read");
}

/* The record at the end: the last one whose comment fits. */
static neardup_status find_end(struct ndup_archive *archive, char end[END], neardup_error *err)
{
    uint64_t length = archive->bytes < END_SEARCH ? archive->bytes : END_SEARCH;
    char *bytes = ndup_alloc((size_t)length + 1, 1);
    if (bytes == NULL)
        return ndup_fail_nomem(err);
    neardup_status status = ndup_archive_read(archive, bytes, (size_t)length, archive->bytes - length, err);
    bool found = false;
    for (size_t left = (size_t)length; status == NEARDUP_OK && !found && left >= END; left--) {
        const char *at = bytes + left - END;
        found = get32(at) == END_MAGIC && get16(at + END_COMMENT) <= length - left;
        if (found) {
            memcpy(end, at, END);
            archive->end_record = archive->bytes - length + left - END;
        }
    }
    free(bytes);
    return status == NEARDUP_OK && !found ? fail_cut_off(err) : status;
}

struct directory {
    uint64_t at, bytes, count; /* at: without the shift */
    uint64_t end;              /* where it must have ended */
};

/* The record for large archives, which is found by another one right before that at the end. */
static neardup_status find_end64(struct ndup_archive *archive, struct directory *d, neardup_error *err)
{
    char locator[LOCATOR64], end[END64];
    if (archive->end_record < LOCATOR64 + END64)
        return NEARDUP_OK;
    NDUP_TRY(ndup_archive_read(archive, locator, sizeof locator, archive->end_record - LOCATOR64, err));
    if (get32(locator) != LOCATOR64_MAGIC)
        return NEARDUP_OK;
    /* Where it says; or, if something comes before the archive, right before the other one. */
    uint64_t at = get64(locator + 8), near = archive->end_record - LOCATOR64 - END64;
    for (unsigned i = 0; i < 2; i++, at = near) {
        if (at > near)
            continue;
        NDUP_TRY(ndup_archive_read(archive, end, sizeof end, at, err));
        if (get32(end) != END64_MAGIC)
            continue;
        archive->end_record64 = at;
        d->at = get64(end + END64_AT);
        d->bytes = get64(end + END64_BYTES);
        d->count = get64(end + END64_COUNT);
        d->end = at;
        return get64(end + END64_HERE) == d->count
                   ? NEARDUP_OK
                   : ndup_fail(err, NEARDUP_E_FORMAT, "it is part of an archive in several files");
    }
    return fail_directory(err);
}

static neardup_status has_entry_at(const struct ndup_archive *archive, uint64_t at, bool *has, neardup_error *err)
{
    char magic[4];
    NDUP_TRY(ndup_archive_read(archive, magic, sizeof magic, at, err));
    *has = get32(magic) == ENTRY_MAGIC;
    return NEARDUP_OK;
}

static neardup_status find_directory(struct ndup_archive *archive, struct directory *d, neardup_error *err)
{
    char end[END] = {0};
    NDUP_TRY(find_end(archive, end, err));
    *d = (struct directory){get32(end + END_AT), get32(end + END_BYTES), get16(end + END_COUNT), archive->end_record};
    NDUP_TRY(find_end64(archive, d, err));
    if (archive->end_record64 == 0 && (get16(end + END_DISK) != 0 || get16(end + END_DIRECTORY_DISK) != 0 ||
                                       get16(end + END_HERE) != get16(end + END_COUNT)))
        return ndup_fail(err, NEARDUP_E_FORMAT, "it is part of an archive in several files");
    if (d->bytes > d->end || d->at > d->end - d->bytes || d->count > d->bytes / ENTRY)
        return fail_directory(err);
    /* The directory is right before the end record: if that is not the place that the record names, something comes before the
     * archive, such as the program that unpacks it, and all places are that much later. Or it is at the named place, and something
     * such as a signature follows it. Other programs try the end first, too: an archive after an archive has a directory in both
     * places. */
    archive->shift = d->end - d->bytes - d->at;
    if (d->count > 0 && archive->shift > 0) {
        bool at_end, as_named;
        NDUP_TRY(has_entry_at(archive, d->at + archive->shift, &at_end, err));
        NDUP_TRY(has_entry_at(archive, d->at, &as_named, err));
        if (!at_end && as_named)
            archive->shift = 0;
    }
    archive->tail = d->at + archive->shift;
    archive->directory_end = archive->tail + d->bytes;
    return NEARDUP_OK;
}

/* ---- entries ---- */

/* The extra field of this number; *length: of its content. NULL: there is none. */
static const char *find_extra(const char *extra, size_t bytes, uint32_t number, size_t *length)
{
    while (bytes >= 4) {
        size_t n = get16(extra + 2);
        if (n > bytes - 4)
            return NULL;
        if (get16(extra) == number) {
            *length = n;
            return extra + 4;
        }
        extra += 4 + n;
        bytes -= 4 + n;
    }
    return NULL;
}

/* Replaces numbers that are in the extra field of zip64, each there if its own field is full. */
static bool read_large(const char *record, struct ndup_archive_entry *entry, const char *extra, size_t bytes)
{
    size_t length = 0;
    const char *at = find_extra(extra, bytes, EXTRA64, &length);
    uint64_t *numbers[3] = {&entry->size, &entry->stored, &entry->begin};
    const uint32_t fields[3] = {get32(record + E_SIZE), get32(record + E_STORED), get32(record + E_HEADER)};
    for (unsigned i = 0; i < 3; i++) {
        if (fields[i] != MOST32 || at == NULL)
            continue;
        if (length < 8)
            return false;
        *numbers[i] = get64(at);
        at += 8;
        length -= 8;
    }
    return true;
}

static const char *why_unread(const struct ndup_archive_entry *entry)
{
    if ((entry->flags & ENCRYPTED) != 0)
        return "it is encrypted";
    switch (entry->method) {
    case STORED:
    case DEFLATED:
    case 12:
    case 20:
    case 93:
    case 95:
        return NULL;
    case 9:
        return "it is compressed with deflate64, which neardup does not read";
    case 14:
        return "it is compressed with LZMA, which neardup does not read";
    case 98:
        return "it is compressed with PPMd, which neardup does not read";
    default:
        return "it is compressed in a way that neardup does not read";
    }
}

/* By the mode of Unix, if that is where it was made. */
static void classify(const char *record, const char *name, size_t length, struct ndup_archive_entry *entry)
{
    enum { UNIX = 3, MACOS = 19, TYPE = 0170000, FILE_TYPE = 0100000, FOLDER_TYPE = 0040000, LINK_TYPE = 0120000 };
    unsigned system = (unsigned char)record[E_SYSTEM], type = get16(record + E_MODE) & TYPE;
    bool has_type = (system == UNIX || system == MACOS) && type != 0;
    bool folder = (length > 0 && name[length - 1] == '/') || (has_type && type == FOLDER_TYPE);
    entry->link = has_type && type == LINK_TYPE;
    /* zip gives bytes that it reads from a pipe the type of the pipe. All programs unpack them as a file. */
    entry->other = has_type && !folder && !entry->link && type != FILE_TYPE && entry->size == 0;
    entry->member = !folder && !entry->link && !entry->other;
    entry->problem = why_unread(entry);
}

static neardup_status read_entry(struct ndup_archive *archive, struct ndup_archive_window *window, uint64_t *at,
                                 neardup_error *err)
{
    const char *record;
    NDUP_TRY(ndup_archive_look(window, *at, ENTRY, &record, err));
    if (record == NULL || get32(record) != ENTRY_MAGIC)
        return fail_directory(err);
    size_t name = get16(record + E_NAME), extra = get16(record + E_EXTRA);
    size_t length = ENTRY + name + extra + get16(record + E_COMMENT);
    if (length > archive->directory_end - *at)
        return fail_directory(err);
    /* A name and an extra field can be longer than the window. */
    char *all = ndup_alloc(length, 1);
    if (all == NULL)
        return ndup_fail_nomem(err);
    neardup_status status = NEARDUP_OK;
    for (size_t done = 0; status == NEARDUP_OK && done < length;) {
        size_t n = length - done < NDUP_ARCHIVE_WINDOW ? length - done : NDUP_ARCHIVE_WINDOW;
        status = ndup_archive_look(window, *at + done, n, &record, err);
        if (status == NEARDUP_OK && record != NULL)
            memcpy(all + done, record, n);
        done += n;
    }
    struct ndup_archive_entry entry = {.begin = get32(all + E_HEADER),
                                       .stored = get32(all + E_STORED),
                                       .size = get32(all + E_SIZE),
                                       .directory = *at,
                                       .directory_bytes = (uint32_t)length,
                                       .crc = get32(all + E_CRC),
                                       .method = (uint16_t)get16(all + E_METHOD),
                                       .flags = (uint16_t)get16(all + E_FLAGS)};
    bool large = read_large(all, &entry, all + ENTRY + name, extra);
    if (status == NEARDUP_OK && (!large || entry.begin > archive->tail))
        status = fail_directory(err);
    classify(all, all + ENTRY, name, &entry);
    entry.begin += archive->shift;
    /* Of a size that no file can have, nothing is believed. */
    if (status == NEARDUP_OK && (entry.begin >= archive->tail || entry.size > INT64_MAX / 4))
        status = fail_directory(err);
    if (status == NEARDUP_OK)
        status = ndup_archive_add(archive, &entry, all + ENTRY, name, err);
    free(all);
    *at += length;
    return status;
}

static int by_begin(const void *left, const void *right)
{
    const struct ndup_archive_entry *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return a->directory < b->directory ? -1 : a->directory > b->directory;
}

/* What is between two members, such as sizes that follow the bytes, belongs to the first of them. */
static neardup_status find_ends(struct ndup_archive *archive, neardup_error *err)
{
    if (archive->count > 1)
        qsort(archive->entries, archive->count, sizeof *archive->entries, by_begin);
    for (size_t i = 0; i < archive->count; i++) {
        struct ndup_archive_entry *entry = &archive->entries[i];
        entry->end = i + 1 < archive->count ? archive->entries[i + 1].begin : archive->tail;
        if (entry->end - entry->begin < HEADER || entry->stored > entry->end - entry->begin - HEADER)
            return ndup_fail(err, NEARDUP_E_FORMAT, "it is damaged: its members overlap");
    }
    return NEARDUP_OK;
}

/* A zip that another one was appended to: only the directory of the last one is read. A program that unpacks the archive may come
 * before it, and not a member. */
static neardup_status find_unlisted(struct ndup_archive *archive, neardup_error *err)
{
    char magic[4];
    uint64_t first = archive->count > 0 ? archive->entries[0].begin : archive->tail;
    if (first < HEADER)
        return NEARDUP_OK;
    NDUP_TRY(ndup_archive_read(archive, magic, sizeof magic, 0, err));
    if (get32(magic) == HEADER_MAGIC &&
        asprintf(&archive->damage, "its directory does not list what it has before byte %" PRIu64, first) < 0) {
        archive->damage = NULL;
        return ndup_fail_nomem(err);
    }
    return NEARDUP_OK;
}

static neardup_status list_zip(struct ndup_archive *archive, neardup_error *err)
{
    struct ndup_archive_window window = {.archive = archive};
    struct directory directory;
    NDUP_TRY(find_directory(archive, &directory, err));
    uint64_t at = archive->tail;
    neardup_status status = NEARDUP_OK;
    for (uint64_t i = 0; i < directory.count && status == NEARDUP_OK; i++)
        status = read_entry(archive, &window, &at, err);
    free(window.bytes);
    NDUP_TRY(status);
    archive->directory_count = directory.count;
    /* A signature of the directory counts as part of it; nobody can say what else is there. */
    archive->directory_end = at;
    NDUP_TRY(find_ends(archive, err));
    return find_unlisted(archive, err);
}

/* ---- the bytes of a member ---- */

/* *headers: the length of what comes before its bytes. */
static neardup_status read_header(const struct ndup_archive *archive, const struct ndup_archive_entry *entry,
                                  char header[HEADER], uint64_t *length, neardup_error *err)
{
    NDUP_TRY(ndup_archive_read(archive, header, HEADER, entry->begin, err));
    *length = HEADER + (uint64_t)get16(header + H_NAME) + get16(header + H_EXTRA);
    bool good = get32(header) == HEADER_MAGIC && *length <= entry->end - entry->begin &&
                entry->stored <= entry->end - entry->begin - *length;
    return good ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_FORMAT, "it is damaged: its header cannot be read");
}

static neardup_status find_member(const struct ndup_archive *archive, struct ndup_archive_entry *entry,
                                  const struct ndup_codec **codec, neardup_error *err)
{
    char header[HEADER];
    uint64_t length;
    NDUP_TRY(read_header(archive, entry, header, &length, err));
    entry->data = entry->begin + length;
    *codec = entry->method == STORED     ? NULL
             : entry->method == DEFLATED ? &ndup_codec_raw_deflate
             : entry->method == 12       ? &ndup_codec_bzip2
             : entry->method == 95       ? &ndup_codec_xz
                                         : &ndup_codec_zstd;
    return NEARDUP_OK;
}

/* ---- the copy ---- */

struct zip_copy {
    struct ndup_archive_copy *copy;
    const struct ndup_archive *archive;
    struct ndup_buf record; /* being made */
    struct zip_place {
        uint64_t begin;  /* in the copy */
        uint64_t stored; /* its bytes, if it changed */
        uint32_t crc;
        uint16_t method;
    } * places; /* [entries] */
};

/* Compresses the new bytes of a member: one after another, because the whole is one stream. Level 6 is that of zip and of
 * Python's zipfile. */
static neardup_status deflate_fresh(const struct ndup_archive *archive, const struct ndup_archive_entry *entry,
                                    struct zip_place *place, uint64_t *at, neardup_error *err)
{
    enum { STEP = 1 << 18 };
    struct ndup_archive_store *store = archive->store;
    z_stream z = {.zalloc = Z_NULL};
    unsigned char *buffer = ndup_alloc(STEP, 2);
    bool packed = place->method == DEFLATED;
    if (buffer == NULL || (packed && deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)) {
        free(buffer);
        return ndup_fail_nomem(err);
    }
    *at = packed ? atomic_load(&store->bytes) : entry->fresh; /* nobody else writes to it now */
    place->crc = 0;
    place->stored = packed ? 0 : entry->fresh_bytes;
    neardup_status status = NEARDUP_OK;
    uint64_t done = 0;
    bool ended = false;
    while (status == NEARDUP_OK && !ended) {
        size_t n = entry->fresh_bytes - done < STEP ? (size_t)(entry->fresh_bytes - done) : STEP;
        status = ndup_pread_all(store->scratch, store->descriptor, buffer, n, entry->fresh + done, err);
        place->crc = libdeflate_crc32(place->crc, buffer, n);
        done += n;
        bool last = done == entry->fresh_bytes;
        ended = last && !packed;
        z.next_in = buffer;
        z.avail_in = (unsigned)n;
        for (bool more = packed; status == NEARDUP_OK && more;) {
            z.next_out = buffer + STEP;
            z.avail_out = STEP;
            ended = deflate(&z, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
            size_t got = STEP - z.avail_out;
            status = ndup_archive_store_put(store, buffer + STEP, got, err);
            place->stored += got;
            more = z.avail_out == 0 && !ended;
        }
    }
    if (packed)
        (void)deflateEnd(&z);
    free(buffer);
    return status;
}

/* Appends extra fields but that of zip64, and that with these numbers (0 of them: none). */
static void append_extra(struct ndup_buf *to, const char *extra, size_t bytes, const uint64_t *numbers, unsigned count)
{
    char field[4 + 3 * 8];
    if (count > 0) {
        put16(field, EXTRA64);
        put16(field + 2, 8 * count);
        for (unsigned i = 0; i < count; i++)
            put64(field + 4 + (size_t)8 * i, numbers[i]);
        ndup_buf_append(to, field, 4 + (size_t)8 * count);
    }
    while (bytes >= 4 && get16(extra + 2) <= bytes - 4) {
        size_t n = 4 + get16(extra + 2);
        if (get16(extra) != EXTRA64)
            ndup_buf_append(to, extra, n);
        extra += n;
        bytes -= n;
    }
    ndup_buf_append(to, extra, bytes);
}

static neardup_status too_long(const struct ndup_archive *archive, const struct ndup_archive_entry *entry,
                               neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_LIMIT, "cannot write '%.300s': its header is too long",
                     ndup_archive_name(archive, entry));
}

static neardup_status put_changed(struct zip_copy *z, const struct ndup_archive_entry *entry, struct zip_place *place,
                                  neardup_error *err)
{
    char header[HEADER];
    uint64_t length, at;
    NDUP_TRY(read_header(z->archive, entry, header, &length, err));
    char *old = ndup_alloc((size_t)length, 1);
    if (old == NULL)
        return ndup_fail_nomem(err);
    neardup_status status = ndup_archive_read(z->archive, old, (size_t)length, entry->begin, err);
    place->method = entry->method == STORED ? STORED : DEFLATED;
    if (status == NEARDUP_OK)
        status = deflate_fresh(z->archive, entry, place, &at, err);
    if (status == NEARDUP_OK) {
        size_t name = get16(old + H_NAME);
        const uint64_t numbers[2] = {entry->fresh_bytes, place->stored};
        bool large = entry->fresh_bytes >= MOST32 || place->stored >= MOST32;
        put16(old + H_FLAGS, get16(old + H_FLAGS) & ~DESCRIPTOR);
        put16(old + H_METHOD, place->method);
        put32(old + H_CRC, place->crc);
        put32(old + H_STORED, large ? MOST32 : place->stored);
        put32(old + H_SIZE, large ? MOST32 : entry->fresh_bytes);
        ndup_buf_clear(&z->record);
        ndup_buf_append(&z->record, old, HEADER + name);
        append_extra(&z->record, old + HEADER + name, (size_t)length - HEADER - name, numbers, large ? 2 : 0);
        size_t extra = z->record.len - HEADER - name;
        if (z->record.failed)
            status = ndup_fail_nomem(err);
        else if (extra > MOST16)
            status = too_long(z->archive, entry, err);
        else
            put16(z->record.data + H_EXTRA, (uint32_t)extra);
    }
    free(old);
    NDUP_TRY(status);
    NDUP_TRY(ndup_archive_put(z->copy, z->record.data, z->record.len, err));
    return ndup_archive_put_store(z->copy, at, place->stored, err);
}

/* The entry of the directory with its new numbers. */
static neardup_status put_entry(struct zip_copy *z, const struct ndup_archive_entry *entry,
                                const struct zip_place *place, bool changed, neardup_error *err)
{
    size_t length = entry->directory_bytes, has = 0;
    char *old = ndup_alloc(length, 1);
    if (old == NULL)
        return ndup_fail_nomem(err);
    neardup_status status = ndup_archive_read(z->archive, old, length, entry->directory, err);
    if (status != NEARDUP_OK) {
        free(old);
        return status;
    }
    size_t name = get16(old + E_NAME), extra = get16(old + E_EXTRA);
    const uint64_t values[3] = {changed ? entry->fresh_bytes : entry->size, changed ? place->stored : entry->stored,
                                place->begin - z->archive->shift};
    static const size_t fields[3] = {E_SIZE, E_STORED, E_HEADER};
    bool old64 = find_extra(old + ENTRY + name, extra, EXTRA64, &has) != NULL;
    uint64_t numbers[3];
    unsigned count = 0;
    for (size_t i = 0; i < 3; i++) {
        bool large = values[i] >= MOST32 || (old64 && get32(old + fields[i]) == MOST32);
        put32(old + fields[i], large ? MOST32 : values[i]);
        if (large)
            numbers[count++] = values[i];
    }
    if (changed) {
        put16(old + E_FLAGS, get16(old + E_FLAGS) & ~DESCRIPTOR);
        put16(old + E_METHOD, place->method);
        put32(old + E_CRC, place->crc);
    }
    ndup_buf_clear(&z->record);
    ndup_buf_append(&z->record, old, ENTRY + name);
    append_extra(&z->record, old + ENTRY + name, extra, numbers, count);
    size_t more = z->record.len - ENTRY - name;
    ndup_buf_append(&z->record, old + ENTRY + name + extra, length - ENTRY - name - extra);
    free(old);
    if (z->record.failed)
        return ndup_fail_nomem(err);
    if (more > MOST16)
        return too_long(z->archive, entry, err);
    put16(z->record.data + E_EXTRA, (uint32_t)more);
    return ndup_archive_put(z->copy, z->record.data, z->record.len, err);
}

/* The records after the directory, and what comes between and after them as it was. */
static neardup_status put_end(struct zip_copy *z, uint64_t directory, uint64_t bytes, uint64_t count,
                              neardup_error *err)
{
    const struct ndup_archive *a = z->archive;
    uint64_t at = directory - a->shift;
    bool had64 = a->end_record64 != 0;
    bool large = had64 || count >= MOST16 || bytes >= MOST32 || at >= MOST32;
    char end64[END64] = {0}, locator[LOCATOR64] = {0}, end[END];
    uint64_t end_record = had64 ? a->end_record64 : a->end_record;
    NDUP_TRY(ndup_archive_put_old(z->copy, a->directory_end, end_record, err));
    if (had64) {
        NDUP_TRY(ndup_archive_read(a, end64, END64, a->end_record64, err));
    } else if (large) {
        put32(end64, END64_MAGIC);
        put64(end64 + 4, END64 - 12);
        put16(end64 + 12, 45);
        put16(end64 + 14, 45);
    }
    uint64_t place = z->copy->bytes - a->shift;
    if (large) {
        put64(end64 + END64_HERE, count);
        put64(end64 + END64_COUNT, count);
        put64(end64 + END64_BYTES, bytes);
        put64(end64 + END64_AT, at);
        NDUP_TRY(ndup_archive_put(z->copy, end64, END64, err));
        if (had64) /* it can be longer */
            NDUP_TRY(ndup_archive_put_old(z->copy, a->end_record64 + END64, a->end_record - LOCATOR64, err));
        put32(locator, LOCATOR64_MAGIC);
        put64(locator + 8, place);
        put32(locator + 16, 1);
        NDUP_TRY(ndup_archive_put(z->copy, locator, LOCATOR64, err));
    }
    NDUP_TRY(ndup_archive_read(a, end, END, a->end_record, err));
    put16(end + END_HERE, count >= MOST16 ? MOST16 : (uint32_t)count);
    put16(end + END_COUNT, count >= MOST16 ? MOST16 : (uint32_t)count);
    put32(end + END_BYTES, bytes >= MOST32 ? MOST32 : bytes);
    put32(end + END_AT, at >= MOST32 ? MOST32 : at);
    NDUP_TRY(ndup_archive_put(z->copy, end, END, err));
    return ndup_archive_put_old(z->copy, a->end_record + END, a->bytes, err);
}

static int by_directory(const void *left, const void *right, void *context)
{
    const struct ndup_archive *archive = context;
    uint64_t a = archive->entries[*(const size_t *)left].directory;
    uint64_t b = archive->entries[*(const size_t *)right].directory;
    return a < b ? -1 : a > b;
}

static neardup_status plan_members(struct zip_copy *z, neardup_error *err)
{
    const struct ndup_archive *a = z->archive;
    NDUP_TRY(ndup_archive_put_old(z->copy, 0, a->entries[0].begin, err));
    for (size_t i = 0; i < a->count; i++) {
        const struct ndup_archive_entry *entry = &a->entries[i];
        enum ndup_entry_fate fate = ndup_archive_fate(a, entry);
        z->places[i].begin = z->copy->bytes;
        if (fate == NDUP_ENTRY_STAYS)
            NDUP_TRY(ndup_archive_put_old(z->copy, entry->begin, entry->end, err));
        if (fate == NDUP_ENTRY_CHANGED)
            NDUP_TRY(put_changed(z, entry, &z->places[i], err));
    }
    return NEARDUP_OK;
}

static neardup_status plan_directory(struct zip_copy *z, const size_t *order, neardup_error *err)
{
    const struct ndup_archive *a = z->archive;
    uint64_t directory = z->copy->bytes, count = 0;
    for (size_t i = 0; i < a->count; i++) {
        const struct ndup_archive_entry *entry = &a->entries[order[i]];
        enum ndup_entry_fate fate = ndup_archive_fate(a, entry);
        if (fate == NDUP_ENTRY_REMOVED)
            continue;
        NDUP_TRY(put_entry(z, entry, &z->places[order[i]], fate == NDUP_ENTRY_CHANGED, err));
        count++;
    }
    return put_end(z, directory, z->copy->bytes - directory, count, err);
}

static neardup_status plan_zip(struct ndup_archive_copy *copy, neardup_error *err)
{
    const struct ndup_archive *archive = copy->archive;
    struct zip_copy z = {.copy = copy, .archive = archive};
    z.places = ndup_calloc(archive->count + 1, sizeof *z.places);
    size_t *order = ndup_alloc(archive->count + 1, sizeof *order);
    neardup_status status = z.places != NULL && order != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
    for (size_t i = 0; status == NEARDUP_OK && i < archive->count; i++)
        order[i] = i;
    if (status == NEARDUP_OK)
        status = plan_members(&z, err);
    if (status == NEARDUP_OK) {
        qsort_r(order, archive->count, sizeof *order, by_directory, (void *)(uintptr_t)archive);
        status = plan_directory(&z, order, err);
    }
    ndup_buf_free(&z.record);
    free(z.places);
    free(order);
    return status;
}

const struct ndup_archive_form ndup_archive_zip = {
    .name = "zip", .list = list_zip, .find = find_member, .checked = true, .plan = plan_zip};
