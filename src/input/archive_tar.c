/* SPDX-License-Identifier: MIT
 * tar: v7, ustar, GNU and pax. An entry is one or more headers of 512 bytes, then its bytes, filled up to a block. Entries
 * that are only about the next one (its long name, its pax records) belong to it here, so that they stay or are removed with it.
 *
 * A hard link stays or is removed with the file that it leads to: without that, it could not be unpacked.
 *
 * What follows the zeros at the end, such as another tar, and what follows a header that is damaged or cut off, is copied and
 * named, and not read. */
#include "base/platform.h"

#include "input/archive.h"

#include "base/error.h"
#include "base/mem.h"
#include "input/file_kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((uint64_t)512)

/* More than any record of names or sizes needs, and little enough for the memory. */
#define MOST_RECORDS ((uint64_t)1 << 20)

/* Where fields are in a header. */
enum { NAME = 0, SIZE = 124, SIZE_BYTES = 12, SUM = 148, SUM_BYTES = 8, TYPE = 156, LINK = 157, MAGIC = 257 };
enum { PREFIX = 345, PREFIX_BYTES = 155, NAME_BYTES = 100, SPARSE_MORE = 482, SPARSE_NEXT_MORE = 504 };

/* ---- numbers ---- */

/* Octal digits, after spaces; or, as of GNU, a big-endian number after a byte with the high bit. False: neither. */
static bool read_number(const char *field, size_t length, uint64_t *number)
{
    const unsigned char *at = (const unsigned char *)field, *end = at + length;
    *number = 0;
    if (*at == 0x80) {
        for (at++; at < end; at++) {
            if (*number >> 55 != 0)
                return false;
            *number = *number << 8 | *at;
        }
        return true;
    }
    while (at < end && *at == ' ')
        at++;
    for (; at < end && *at >= '0' && *at <= '7'; at++)
        *number = *number << 3 | (uint64_t)(*at - '0');
    return at == end || *at == '\0' || *at == ' ';
}

static void write_number(char *field, uint64_t number)
{
    if (number >> 33 == 0) { /* 11 digits */
        snprintf(field, SIZE_BYTES, "%011" PRIo64, number);
        return;
    }
    memset(field, 0, SIZE_BYTES);
    field[0] = (char)0x80;
    for (size_t i = SIZE_BYTES - 1; number > 0; number >>= 8)
        field[i--] = (char)(number & 0xff);
}

/* Of all bytes, with spaces in place of the sum itself. */
static uint64_t checksum(const char *block)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= SUM && i < SUM + SUM_BYTES ? ' ' : (unsigned char)block[i];
    return sum;
}

static bool is_zeros(const char *block)
{
    size_t i = 0;
    while (i < BLOCK && block[i] == '\0')
        i++;
    return i == BLOCK;
}

static uint64_t whole_blocks(uint64_t bytes)
{
    return (bytes + BLOCK - 1) / BLOCK * BLOCK;
}

/* ---- pax records: "LENGTH KEY=VALUE\n" ---- */

struct tar_record {
    const char *key, *value;
    size_t key_length, value_length;
};

/* The record at *at, which is moved past it. False: it is none. */
static bool next_record(const char **at, const char *end, struct tar_record *record)
{
    size_t length = 0;
    const char *digit = *at, *equals;
    for (; digit < end && *digit >= '0' && *digit <= '9' && length < MOST_RECORDS; digit++)
        length = length * 10 + (size_t)(*digit - '0');
    if (digit == *at || digit >= end || *digit != ' ' || length > (size_t)(end - *at) ||
        length <= (size_t)(digit - *at) + 2 || (*at)[length - 1] != '\n')
        return false;
    record->key = digit + 1;
    *at += length;
    equals = memchr(record->key, '=', (size_t)(*at - 1 - record->key));
    if (equals == NULL)
        return false;
    record->key_length = (size_t)(equals - record->key);
    record->value = equals + 1;
    record->value_length = (size_t)(*at - 1 - record->value);
    return true;
}

static bool has_key(const struct tar_record *record, const char *key)
{
    return record->key_length == strlen(key) && memcmp(record->key, key, record->key_length) == 0;
}

static bool read_decimal(const struct tar_record *record, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < record->value_length; i++) {
        char c = record->value[i];
        if (c < '0' || c > '9' || *number > (UINT64_MAX >> 1) / 10 - 1)
            return false;
        *number = *number * 10 + (uint64_t)(c - '0');
    }
    return record->value_length > 0;
}

/* ---- the headers of an entry ---- */

struct headers {
    struct ndup_archive_window window;
    struct ndup_buf records;    /* of a header about the next entry */
    struct ndup_buf name, link; /* by such a header; empty: by the entry itself */
    bool has_size, sparse;      /* said by such a header */
    uint64_t size;
    char block[512]; /* of the entry itself */
};

static neardup_status fail_damaged(uint64_t at, neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_FORMAT, "it is damaged at byte %" PRIu64, at);
}

static neardup_status fail_cut_off(neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_FORMAT, "it is cut off");
}

static neardup_status take_records(struct headers *h, uint64_t at, neardup_error *err)
{
    if (h->records.len == 0)
        return NEARDUP_OK;
    const char *next = h->records.data, *end = next + h->records.len;
    struct tar_record record;
    while (next < end && *next != '\0') {
        if (!next_record(&next, end, &record))
            return fail_damaged(at, err);
        if (has_key(&record, "size")) {
            if (!read_decimal(&record, &h->size))
                return fail_damaged(at, err);
            h->has_size = true;
        } else if (has_key(&record, "path") || has_key(&record, "linkpath")) {
            struct ndup_buf *to = has_key(&record, "path") ? &h->name : &h->link;
            ndup_buf_clear(to);
            ndup_buf_append(to, record.value, record.value_length);
        } else if (record.key_length > 11 && memcmp(record.key, "GNU.sparse.", 11) == 0) {
            h->sparse = true;
        }
    }
    return NEARDUP_OK;
}

/* What a header about the next entry says. */
static neardup_status take_extension(struct headers *h, char type, uint64_t at, uint64_t size, neardup_error *err)
{
    const char *bytes;
    ndup_buf_clear(&h->records);
    if (size > MOST_RECORDS)
        return fail_damaged(at, err);
    for (uint64_t done = 0; done < size;) {
        size_t n = size - done < NDUP_ARCHIVE_WINDOW ? (size_t)(size - done) : NDUP_ARCHIVE_WINDOW;
        NDUP_TRY(ndup_archive_look(&h->window, at + BLOCK + done, n, &bytes, err));
        if (bytes == NULL)
            return fail_cut_off(err);
        ndup_buf_append(&h->records, bytes, n);
        done += n;
    }
    if (h->records.failed)
        return ndup_fail_nomem(err);
    if (type == 'x' || type == 'X')
        return take_records(h, at, err);
    struct ndup_buf *to = type == 'L' ? &h->name : &h->link;
    ndup_buf_clear(to);
    if (h->records.len > 0)
        ndup_buf_append(to, h->records.data, strnlen(h->records.data, h->records.len));
    return NEARDUP_OK;
}

static void take_name(struct headers *h, struct ndup_buf *to, size_t field, bool prefix)
{
    if (to->len > 0)
        return;
    if (prefix && memcmp(h->block + MAGIC, "ustar", 6) == 0 && h->block[PREFIX] != '\0') {
        ndup_buf_append(to, h->block + PREFIX, strnlen(h->block + PREFIX, PREFIX_BYTES));
        ndup_buf_append_str(to, "/");
    }
    ndup_buf_append(to, h->block + field, strnlen(h->block + field, NAME_BYTES));
}

/* GNU's old sparse files have more headers after their own. */
static neardup_status skip_sparse(struct headers *h, uint64_t *at, neardup_error *err)
{
    bool more = h->block[SPARSE_MORE] != '\0';
    while (more) {
        const char *block;
        NDUP_TRY(ndup_archive_look(&h->window, *at, BLOCK, &block, err));
        if (block == NULL)
            return fail_cut_off(err);
        more = block[SPARSE_NEXT_MORE] != '\0';
        *at += BLOCK;
    }
    return NEARDUP_OK;
}

/* Reads the headers from *at on, and moves it to the end of the entry. *end: there are no more. */
static neardup_status read_entry(struct headers *h, uint64_t *at, struct ndup_archive_entry *entry, bool *end,
                                 neardup_error *err)
{
    const char *block;
    uint64_t size = 0;
    *entry = (struct ndup_archive_entry){.begin = *at};
    ndup_buf_clear(&h->name);
    ndup_buf_clear(&h->link);
    h->has_size = h->sparse = false;
    for (;;) {
        NDUP_TRY(ndup_archive_look(&h->window, *at, BLOCK, &block, err));
        *end = *at == entry->begin && (block == NULL ? *at == h->window.archive->bytes : is_zeros(block));
        if (*end)
            return NEARDUP_OK;
        if (block == NULL)
            return fail_cut_off(err);
        if (!ndup_file_kind_is_tar_header(block) || !read_number(block + SIZE, SIZE_BYTES, &size) ||
            size > INT64_MAX / 2)
            return fail_damaged(*at, err);
        memcpy(h->block, block, BLOCK);
        char type = block[TYPE];
        if (type != 'x' && type != 'X' && type != 'L' && type != 'K')
            break;
        NDUP_TRY(take_extension(h, type, *at, size, err));
        *at += BLOCK + whole_blocks(size);
    }
    char type = h->block[TYPE];
    take_name(h, &h->name, NAME, true);
    take_name(h, &h->link, LINK, false);
    if (h->name.failed || h->link.failed)
        return ndup_fail_nomem(err);
    bool folder =
        type == '5' || ((type == '0' || type == '\0') && h->name.len > 0 && h->name.data[h->name.len - 1] == '/');
    entry->link = type == '1' || type == '2';
    entry->member = (strchr("07S", type) != NULL || type == '\0') && !folder;
    entry->other = !entry->member && !entry->link && !folder && type != 'g' && type != 'V';
    /* These have no bytes, whatever their size says. */
    bool empty = entry->link || folder || (type >= '3' && type <= '6');
    if (type == 'S' || h->sparse)
        entry->problem = "it is a sparse file, which neardup does not read";
    *at += BLOCK;
    if (type == 'S')
        NDUP_TRY(skip_sparse(h, at, err));
    entry->data = *at;
    entry->size = entry->stored = empty ? 0 : h->has_size ? h->size : size;
    uint64_t left = h->window.archive->bytes - *at;
    if (entry->size > left || whole_blocks(entry->size) > whole_blocks(left))
        return fail_cut_off(err);
    *at += whole_blocks(entry->size) < left ? whole_blocks(entry->size) : left;
    entry->end = *at;
    return NEARDUP_OK;
}

/* ---- the list ---- */

/* Makes hard links follow the last entry before them that has the name which they lead to. */
struct tar_link {
    size_t entry;
    size_t name; /* in the buffer of the names that links lead to */
};

struct tar_links {
    struct tar_link *list;
    size_t count, capacity;
    struct ndup_buf names;
};

static neardup_status add_link(struct tar_links *links, const struct headers *h, size_t entry, neardup_error *err)
{
    const char *name = h->link.data;
    size_t length = h->link.len;
    while (length > 0 && (name[0] == '/' || (name[0] == '.' && length > 1 && name[1] == '/'))) {
        size_t skip = name[0] == '/' ? 1 : 2;
        name += skip;
        length -= skip;
    }
    if (!ndup_grow(&links->list, &links->capacity, links->count + 1, sizeof *links->list))
        return ndup_fail_nomem(err);
    links->list[links->count++] = (struct tar_link){entry, links->names.len};
    ndup_buf_append(&links->names, name, length);
    ndup_buf_append(&links->names, "", 1);
    return links->names.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static int by_entry_name(const void *left, const void *right, void *context)
{
    const struct ndup_archive *archive = context;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    int order =
        strcmp(ndup_archive_name(archive, &archive->entries[a]), ndup_archive_name(archive, &archive->entries[b]));
    return order != 0 ? order : a < b ? -1 : a > b;
}

static neardup_status resolve(struct ndup_archive *archive, const struct tar_links *links, neardup_error *err)
{
    if (links->count == 0)
        return NEARDUP_OK;
    size_t *all = ndup_alloc(archive->count, sizeof *all);
    if (all == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < archive->count; i++)
        all[i] = i;
    qsort_r(all, archive->count, sizeof *all, by_entry_name, archive);
    for (size_t i = 0; i < links->count; i++) {
        const struct tar_link *link = &links->list[i];
        const char *name = links->names.data + link->name;
        size_t low = 0,
               high = archive->count; /* the entries before `low` are of smaller names, or the same before the link */
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            int order = strcmp(ndup_archive_name(archive, &archive->entries[all[middle]]), name);
            if (order < 0 || (order == 0 && all[middle] < link->entry))
                low = middle + 1;
            else
                high = middle;
        }
        if (low == 0 || strcmp(ndup_archive_name(archive, &archive->entries[all[low - 1]]), name) != 0)
            continue;
        /* A link to a link leads to the same file: that one is resolved, because it comes before. */
        struct ndup_archive_entry *target = &archive->entries[all[low - 1]];
        archive->entries[link->entry].follows = target->follows != 0 ? target->follows : all[low - 1] + 1;
        archive->entries[archive->entries[link->entry].follows - 1].linked = true;
    }
    free(all);
    return NEARDUP_OK;
}

/* Only zeros may follow the end. Programs that unpack stop there, so it is not read, but it may hold documents. */
static neardup_status check_tail(struct headers *h, uint64_t at, neardup_error *err)
{
    for (uint64_t end = h->window.archive->bytes; at < end;) {
        size_t n = end - at < BLOCK ? (size_t)(end - at) : BLOCK, i = 0;
        const char *bytes;
        NDUP_TRY(ndup_archive_look(&h->window, at, n, &bytes, err));
        while (bytes != NULL && i < n && bytes[i] == '\0')
            i++;
        if (i < n)
            return ndup_fail(err, NEARDUP_E_FORMAT, "it ends before byte %" PRIu64, at + i);
        at += n;
    }
    return NEARDUP_OK;
}

static neardup_status read_entries(struct ndup_archive *archive, struct headers *h, struct tar_links *links,
                                   neardup_error *err)
{
    uint64_t at = 0;
    for (;;) {
        struct ndup_archive_entry entry;
        bool end;
        NDUP_TRY(read_entry(h, &at, &entry, &end, err));
        if (end)
            return check_tail(h, at, err);
        NDUP_TRY(ndup_archive_add(archive, &entry, h->name.data, h->name.len, err));
        archive->tail = entry.end;
        if (h->block[TYPE] == '1')
            NDUP_TRY(add_link(links, h, archive->count - 1, err));
        if (archive->cancel != NULL && atomic_load_explicit(archive->cancel, memory_order_relaxed))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
}

/* Members before a damage are read as they are, and the rest is copied. */
static neardup_status list_tar(struct ndup_archive *archive, neardup_error *err)
{
    struct headers h = {.window = {.archive = archive}};
    struct tar_links links = {.count = 0};
    neardup_error why = {0};
    neardup_status status = read_entries(archive, &h, &links, &why);
    bool damaged = status == NEARDUP_E_FORMAT && archive->count > 0;
    if (damaged && asprintf(&archive->damage, "%s; what comes after that is not compared", why.message) < 0) {
        archive->damage = NULL;
        status = ndup_fail_nomem(&why);
    }
    if (status == NEARDUP_OK || (damaged && archive->damage != NULL))
        status = resolve(archive, &links, &why);
    if (status != NEARDUP_OK && err != NULL)
        *err = why;
    free(h.window.bytes);
    ndup_buf_free(&h.records);
    ndup_buf_free(&h.name);
    ndup_buf_free(&h.link);
    free(links.list);
    ndup_buf_free(&links.names);
    return status;
}

/* ---- the copy ---- */

/* Puts the number into the record without changing its length: with zeros before it. */
static bool set_decimal(char *value, size_t length, uint64_t number)
{
    for (size_t i = length; i > 0; number /= 10)
        value[--i] = (char)('0' + number % 10);
    return number == 0;
}

/* The new size in the headers: in the last of them, and in the pax record that overrides it. */
static bool set_size(char *headers, size_t length, uint64_t size)
{
    char *last = headers + length - BLOCK;
    for (char *at = headers; at < last;) {
        uint64_t bytes = 0;
        (void)read_number(at + SIZE, SIZE_BYTES, &bytes); /* it was read before */
        const char *next = at + BLOCK, *end = next + bytes;
        struct tar_record record;
        while ((at[TYPE] == 'x' || at[TYPE] == 'X') && next < end && *next != '\0' &&
               next_record(&next, end, &record)) {
            if (has_key(&record, "size") && !set_decimal((char *)(uintptr_t)record.value, record.value_length, size))
                return false;
        }
        at += BLOCK + whole_blocks(bytes);
    }
    write_number(last + SIZE, size);
    uint64_t sum = checksum(last);
    for (size_t i = 6; i > 0; sum /= 8) /* 512 bytes of 255 have six digits */
        last[SUM + --i] = (char)('0' + sum % 8);
    last[SUM + 6] = '\0';
    last[SUM + 7] = ' ';
    return true;
}

static neardup_status put_changed(struct ndup_archive_copy *copy, const struct ndup_archive_entry *entry,
                                  neardup_error *err)
{
    static const char zeros[512] = "";
    size_t length = (size_t)(entry->data - entry->begin);
    char *headers = ndup_alloc(length, 1);
    if (headers == NULL)
        return ndup_fail_nomem(err);
    neardup_status status = ndup_archive_read(copy->archive, headers, length, entry->begin, err);
    if (status == NEARDUP_OK && !set_size(headers, length, entry->fresh_bytes))
        status = ndup_fail(err, NEARDUP_E_LIMIT, "cannot write '%s': its size does not fit into its header",
                           ndup_archive_name(copy->archive, entry));
    if (status == NEARDUP_OK)
        status = ndup_archive_put(copy, headers, length, err);
    free(headers);
    NDUP_TRY(status);
    NDUP_TRY(ndup_archive_put_store(copy, entry->fresh, entry->fresh_bytes, err));
    return ndup_archive_put(copy, zeros, (size_t)(whole_blocks(entry->fresh_bytes) - entry->fresh_bytes), err);
}

static neardup_status plan_tar(struct ndup_archive_copy *copy, neardup_error *err)
{
    const struct ndup_archive *archive = copy->archive;
    for (size_t i = 0; i < archive->count; i++) {
        const struct ndup_archive_entry *entry = &archive->entries[i];
        switch (ndup_archive_fate(archive, entry)) {
        case NDUP_ENTRY_STAYS:
            NDUP_TRY(ndup_archive_put_old(copy, entry->begin, entry->end, err));
            break;
        case NDUP_ENTRY_CHANGED:
            NDUP_TRY(put_changed(copy, entry, err));
            break;
        case NDUP_ENTRY_REMOVED:
            break;
        }
    }
    return ndup_archive_put_old(copy, archive->tail, archive->bytes, err);
}

const struct ndup_archive_form ndup_archive_tar = {.name = "tar", .list = list_tar, .plan = plan_tar};
