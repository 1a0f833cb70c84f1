/* SPDX-License-Identifier: MIT
 * The names of a cluster are made again for each round over them, so that memory does not grow with its members. There are at most
 * eight rounds: two to choose what the names are, one to measure what is shared, up to four to find where words end in all names, and
 * one to collect the parts. */
#include "base/platform.h"

#include "term/title.h"

#include "run/json_write.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/term.h"

#include <stdio.h>
#include <string.h>

/* Shorter shared parts without a separator say nothing: the a of a17 and a23. */
#define LEAST_SHARED 3

struct naming {
    ndup_title_name_fn *name;
    const void *context;
    uint64_t count;
    struct ndup_title *title;
};

static const struct ndup_buf *name_at(const struct naming *names, uint64_t i)
{
    struct ndup_buf *name = &names->title->name;
    ndup_buf_clear(name);
    names->name(names->context, i, name);
    return name;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

enum character { SEPARATOR, DIGIT, LETTER };

static bool is_digit(const struct ndup_buf *name, size_t i)
{
    return i < name->len && name->data[i] >= '0' && name->data[i] <= '9';
}

static enum character kind_at(const struct ndup_buf *name, size_t i)
{
    unsigned char c = (unsigned char)name->data[i], lower = c | 0x20;
    if (is_digit(name, i) || (c == '.' && i > 0 && is_digit(name, i - 1) && is_digit(name, i + 1)))
        return DIGIT;
    return c >= 0x80 || (lower >= 'a' && lower <= 'z') ? LETTER : SEPARATOR;
}

/* Whether what is shared may end before byte i, or if at_end, begin there. */
static bool is_boundary(const struct ndup_buf *name, size_t i, bool at_end)
{
    if (i == 0 || i >= name->len)
        return true;
    enum character shared = kind_at(name, at_end ? i : i - 1), other = kind_at(name, at_end ? i - 1 : i);
    return shared != other ? shared != DIGIT || other == SEPARATOR : shared == SEPARATOR;
}

static bool is_boundary_in_all(const struct naming *names, size_t length, bool at_end)
{
    for (uint64_t i = 0; i < names->count; i++) {
        const struct ndup_buf *name = name_at(names, i);
        if (!is_boundary(name, at_end ? name->len - length : length, at_end))
            return false;
    }
    return true;
}

/* ---- what is shared ---------------------------------------------------------------------------------------------- */

struct shared {
    size_t before, after; /* bytes */
    size_t shortest, longest;
};

static struct shared measure(const struct naming *names, struct ndup_buf *first)
{
    const struct ndup_buf *name = name_at(names, 0);
    ndup_buf_clear(first);
    ndup_buf_append(first, name->data, name->len);
    struct shared shared = {first->len, first->len, first->len, first->len};
    for (uint64_t i = 1; i < names->count && !first->failed; i++) {
        size_t n = 0;
        name = name_at(names, i);
        shared.shortest = name->len < shared.shortest ? name->len : shared.shortest;
        shared.longest = name->len > shared.longest ? name->len : shared.longest;
        while (n < shared.before && n < name->len && name->data[n] == first->data[n])
            n++;
        shared.before = n;
        for (n = 0;
             n < shared.after && n < name->len && name->data[name->len - 1 - n] == first->data[first->len - 1 - n];)
            n++;
        shared.after = n;
    }
    return shared;
}

/* The longest shared part of at most `most` bytes that ends between words in every name. Well within the shared part all names are
 * like the first one; a boundary depends on two bytes on each side. */
static size_t whole_words(const struct naming *names, const struct ndup_buf *first, size_t shared, size_t most,
                          bool at_end)
{
    size_t length = most;
    while (length > 0 && (length + 2 > shared ? !is_boundary_in_all(names, length, at_end)
                                              : !is_boundary(first, at_end ? first->len - length : length, at_end)))
        length--;
    return length;
}

/* Where a name has nothing between the shared parts, the last word of the first part, or else the first of the last, becomes the
 * difference: docs/{intro→intro-old}.md. */
static void leave_something(struct shared *shared, const struct ndup_buf *first)
{
    while (shared->before > 0 && shared->before + shared->after >= shared->shortest) {
        do
            shared->before--;
        while (shared->before > 0 &&
               (!is_boundary(first, shared->before, false) || kind_at(first, shared->before) == SEPARATOR));
    }
    while (shared->after > 0 && shared->after >= shared->shortest) {
        do
            shared->after--;
        while (shared->after > 0 && (!is_boundary(first, first->len - shared->after, true) ||
                                     kind_at(first, first->len - shared->after - 1) == SEPARATOR));
    }
}

static bool says_something(const struct shared *shared, const struct ndup_buf *first)
{
    bool separator = shared->before + shared->after >= LEAST_SHARED;
    for (size_t i = 0; i < shared->before; i++)
        separator = separator || kind_at(first, i) == SEPARATOR;
    for (size_t i = 0; i < shared->after; i++)
        separator = separator || kind_at(first, first->len - 1 - i) == SEPARATOR;
    return separator;
}

/* ---- the title --------------------------------------------------------------------------------------------------- */

static void add_part(struct ndup_title *title, const char *part, size_t length)
{
    for (size_t i = 0; i < title->part_count; i++) {
        const struct ndup_buf *known = &title->parts[i];
        if (known->len == length && (length == 0 || memcmp(known->data, part, length) == 0)) {
            title->documents[i]++;
            return;
        }
    }
    if (title->part_count == NDUP_TITLE_PARTS) {
        title->more++;
        return;
    }
    title->documents[title->part_count] = 1;
    struct ndup_buf *added = &title->parts[title->part_count++];
    ndup_buf_clear(added);
    ndup_buf_append(added, part, length);
}

static bool has_failed(const struct ndup_title *title)
{
    bool failed = title->before.failed || title->after.failed || title->name.failed;
    for (size_t i = 0; i < NDUP_TITLE_PARTS; i++)
        failed = failed || title->parts[i].failed;
    return failed;
}

bool ndup_title_of_names(struct ndup_title *title, ndup_title_name_fn *name, const void *context, uint64_t count)
{
    const struct naming names = {name, context, count, title};
    struct ndup_buf *first = &title->before; /* cut to its beginning in the end */
    title->part_count = 0;
    title->more = 0;
    ndup_buf_clear(&title->after);
    struct shared shared = measure(&names, first);
    if (has_failed(title))
        return false;
    if (shared.before == shared.longest) /* one name */
        return true;
    size_t before = shared.before, after = shared.after;
    shared.before = whole_words(&names, first, before, before, false);
    size_t room = shared.shortest - shared.before;
    shared.after = whole_words(&names, first, after, after < room ? after : room, true);
    leave_something(&shared, first);
    if (!says_something(&shared, first))
        shared.before = shared.after = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct ndup_buf *one = name_at(&names, i);
        add_part(title, one->len > 0 ? one->data + shared.before : "", one->len - shared.before - shared.after);
    }
    if (shared.after > 0)
        ndup_buf_append(&title->after, first->data + first->len - shared.after, shared.after);
    first->len = shared.before;
    return !has_failed(title);
}

void ndup_title_free(struct ndup_title *title)
{
    ndup_buf_free(&title->before);
    ndup_buf_free(&title->after);
    ndup_buf_free(&title->name);
    for (size_t i = 0; i < NDUP_TITLE_PARTS; i++)
        ndup_buf_free(&title->parts[i]);
    *title = (struct ndup_title){.part_count = 0};
}

/* ---- the names of a cluster -------------------------------------------------------------------------------------- */

struct named_cluster {
    const neardup_cluster *cluster;
    enum ndup_title_by by;
};

static const neardup_ref *ref_at(const neardup_cluster *cluster, uint64_t i)
{
    return i == 0 ? &cluster->keeper : &cluster->members[i - 1].document;
}

static void append_name(const neardup_ref *ref, enum ndup_title_by by, struct ndup_buf *name)
{
    if (by == NDUP_TITLE_ID)
        ndup_json_write_plain(name, ref->id, ref->id_length);
    else if (ref->file != NULL)
        ndup_buf_append_str(name, ref->file);
    if (by == NDUP_TITLE_PLACE)
        ndup_buf_printf(name, ":%llu", (unsigned long long)ref->line);
}

static void name_of_cluster(const void *context, uint64_t i, struct ndup_buf *name)
{
    const struct named_cluster *named = context;
    append_name(ref_at(named->cluster, i), named->by, name);
}

static bool has_id(const neardup_ref *ref)
{
    return ref->id != NULL && ref->id_length > 0 && !(ref->id_length == 2 && ref->id[0] == '"');
}

static bool same_id(const neardup_ref *a, const neardup_ref *b)
{
    return a->id_length == b->id_length && memcmp(a->id, b->id, a->id_length) == 0;
}

static enum ndup_title_by choose_names(const neardup_cluster *cluster)
{
    bool ids = true, differ = cluster->member_count == 0, first_lines = true;
    for (uint64_t i = 0; i <= cluster->member_count; i++) {
        const neardup_ref *ref = ref_at(cluster, i);
        ids = ids && has_id(ref);
        differ = differ || (ids && !same_id(ref, &cluster->keeper));
        first_lines = first_lines && ref->line <= 1;
    }
    return ids && differ ? NDUP_TITLE_ID : first_lines ? NDUP_TITLE_FILE : NDUP_TITLE_PLACE;
}

bool ndup_title_make(struct ndup_title *title, const neardup_cluster *cluster)
{
    const struct named_cluster named = {cluster, choose_names(cluster)};
    title->by = named.by;
    return ndup_title_of_names(title, name_of_cluster, &named, cluster->member_count + 1);
}

/* ---- for a terminal ---------------------------------------------------------------------------------------------- */

static size_t safe_width(const struct ndup_buf *piece, bool *failed)
{
    struct ndup_buf safe = NDUP_BUF_INIT;
    ndup_safe_append(&safe, piece->data, piece->len);
    size_t width = ndup_safe_width(safe.data, safe.len);
    *failed = *failed || safe.failed;
    ndup_buf_free(&safe);
    return width;
}

struct title_line {
    struct ndup_buf *buf;
    struct ndup_safe_line line;
};

/* The end of a path or id matters more than its beginning. */
static void put_piece(struct title_line *out, const struct ndup_buf *piece, size_t columns)
{
    struct ndup_buf safe = NDUP_BUF_INIT, cut = NDUP_BUF_INIT;
    ndup_safe_append(&safe, piece->data, piece->len);
    (void)ndup_safe_fit(&cut, safe.data, safe.len, columns, NDUP_SAFE_KEEP_END);
    ndup_safe_append_part(out->buf, &out->line, cut.data, cut.len);
    out->buf->failed = out->buf->failed || safe.failed || cut.failed;
    ndup_buf_free(&safe);
    ndup_buf_free(&cut);
}

static void put_text(struct title_line *out, const char *text)
{
    ndup_safe_append_part(out->buf, &out->line, text, strlen(text));
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The parts that are shown, and what is between them. */
struct title_parts {
    size_t count;
    uint64_t more;
    const char *between;
    char rest[64];                   /* " +12" */
    size_t widths[NDUP_TITLE_PARTS]; /* of whole parts */
    size_t wide, fixed;              /* columns of the parts, and of what is around them */
};

static void lay_out(struct title_parts *parts, bool braces)
{
    bool utf8 = ndup_term_utf8(), two = parts->count == 2 && parts->more == 0;
    if (two)
        parts->between = braces ? (utf8 ? "\xe2\x86\x92" : "->") : (utf8 ? " \xe2\x86\x92 " : " -> ");
    else
        parts->between = braces ? "," : ", ";
    parts->rest[0] = '\0';
    if (parts->more > 0)
        snprintf(parts->rest, sizeof parts->rest, " +%s", ndup_number_group(parts->more).text);
    parts->wide = 0;
    parts->fixed = strlen(parts->rest) + (braces ? 2 : 0);
    for (size_t i = 0; i < parts->count; i++) {
        parts->wide += parts->widths[i];
        parts->fixed += i > 0 ? ndup_safe_width(parts->between, strlen(parts->between)) : 0;
    }
}

/* Two parts alone are both shown, shortened if they must be. Of more, as many as there is room for. */
static void choose_parts(struct title_parts *parts, const struct ndup_title *title, bool braces, size_t columns)
{
    lay_out(parts, braces);
    while (parts->count > 1 && parts->count + parts->more > 2 && parts->wide + parts->fixed > columns) {
        parts->more += title->documents[--parts->count];
        lay_out(parts, braces);
    }
}

void ndup_title_append(struct ndup_buf *buf, const struct ndup_title *title, size_t columns)
{
    struct title_line out = {.buf = buf};
    struct title_parts parts = {.count = title->part_count, .more = title->more};
    bool failed = false, braces = title->part_count > 0 && title->before.len + title->after.len > 0;
    size_t before = safe_width(&title->before, &failed), after = safe_width(&title->after, &failed);
    for (size_t i = 0; i < parts.count; i++)
        parts.widths[i] = safe_width(&title->parts[i], &failed);
    choose_parts(&parts, title, braces, columns);
    /* Parts get room first, because they are the difference; then the end, then the beginning. */
    size_t room = columns - least(parts.fixed, columns);
    size_t each = parts.wide > room ? room / parts.count : room;
    size_t used = 0;
    for (size_t i = 0; i < parts.count; i++)
        used += least(parts.widths[i], each);
    room -= least(used, room);
    size_t end = least(after, room - least(before, room / 2));
    put_piece(&out, &title->before, least(before, room - end));
    put_text(&out, braces ? "{" : "");
    for (size_t i = 0; i < parts.count; i++) {
        put_text(&out, i > 0 ? parts.between : "");
        put_piece(&out, &title->parts[i], each);
    }
    put_text(&out, parts.rest);
    put_text(&out, braces ? "}" : "");
    put_piece(&out, &title->after, end);
    buf->failed = buf->failed || failed;
}

static bool is_separator_at(const struct ndup_buf *piece, size_t i)
{
    return kind_at(piece, i) == SEPARATOR && (unsigned char)piece->data[i] > 0x20;
}

/* Shorter shared parts than these are written out: an ellipsis would save nothing, and hide the ".txt" of a file. */
#define SHORT_BEFORE 5
#define SHORT_AFTER  6

/* What the name in title->name has that the title does not say of all, with the separators next to it, so that a part looks like what
 * it is: …/de/… of a path, …:12 of a line. */
static void append_difference(struct ndup_buf *buf, const struct ndup_title *title)
{
    const struct ndup_buf *name = &title->name;
    const char *dots = ndup_term_utf8() ? "\xe2\x80\xa6" : "...";
    size_t before = title->before.len >= SHORT_BEFORE ? title->before.len : 0;
    size_t after = title->after.len >= SHORT_AFTER ? title->after.len : 0;
    bool head = before > 0 && is_separator_at(&title->before, before - 1);
    bool tail = after > 0 && is_separator_at(&title->after, 0);
    size_t begin = before - head, end = name->len - after + tail;
    if (begin > 0)
        ndup_buf_append_str(buf, dots);
    ndup_safe_append(buf, name->data + begin, end - begin);
    if (end < name->len)
        ndup_buf_append_str(buf, dots);
}

static void append_part(struct ndup_buf *buf, struct ndup_title *title, const neardup_ref *ref, enum ndup_title_by by)
{
    struct ndup_buf *name = &title->name;
    size_t common = title->before.len + title->after.len;
    ndup_buf_clear(name);
    append_name(ref, by, name);
    buf->failed = buf->failed || name->failed;
    if (!name->failed && by == title->by && title->part_count > 0 && common > 0 && name->len > common) {
        append_difference(buf, title);
    } else if (by == NDUP_TITLE_ID) {
        ndup_safe_append(buf, name->len > 0 ? name->data : "", name->len);
    } else {
        ndup_buf_append(name, "", 1);
        ndup_safe_append_path(buf, name->failed ? "" : name->data);
    }
}

void ndup_title_append_place(struct ndup_buf *buf, struct ndup_title *title, const neardup_ref *ref)
{
    append_part(buf, title, ref, title->by == NDUP_TITLE_ID ? NDUP_TITLE_PLACE : title->by);
}

void ndup_title_append_id(struct ndup_buf *buf, struct ndup_title *title, const neardup_ref *ref)
{
    if (ref->id != NULL)
        append_part(buf, title, ref, NDUP_TITLE_ID);
}

/* ---- for programs and the page ----------------------------------------------------------------------------------- */

void ndup_title_append_json(struct ndup_buf *buf, const struct ndup_title *title)
{
    static const char *const by[] = {[NDUP_TITLE_ID] = "id", [NDUP_TITLE_FILE] = "file", [NDUP_TITLE_PLACE] = "place"};
    struct ndup_json_writer json;
    ndup_json_begin(&json, buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_string(&json, "by", by[title->by]);
    if (title->before.len > 0)
        ndup_json_add_bytes(&json, "before", title->before.data, title->before.len);
    if (title->part_count > 0)
        ndup_json_add_array(&json, "parts", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < title->part_count; i++)
        ndup_json_add_bytes(&json, NULL, title->parts[i].len > 0 ? title->parts[i].data : "", title->parts[i].len);
    if (title->part_count > 0)
        ndup_json_end(&json);
    if (title->more > 0)
        ndup_json_add_u64(&json, "more", title->more);
    if (title->after.len > 0)
        ndup_json_add_bytes(&json, "after", title->after.data, title->after.len);
    ndup_json_end(&json);
}
