/* SPDX-License-Identifier: MIT
 * JSON that is not a line per record: one array of objects, or objects one after another over any number of lines. A record
 * is an object with the comma and the white space after it, so that what is left without it is in the same form. What
 * is before the first object, and the end of an array, belongs to no record and always stays.
 *
 * Where a value ends shows by brackets outside of strings: JSON is checked later, when simdjson parses the record. A line
 * break inside a string, which JSON forbids, ends the string: a quote that is missing then damages one line and not the
 * rest of the file. */
#include "base/platform.h"

#include "base/error.h"
#include "input/format_json.h"
#include "input/json.h"
#include "input/line_records.h"

#include <string.h>
#if NDUP_X86
#    include <emmintrin.h>
#endif

/* ---- where a value ends ---- */

/* The first quote, backslash or line feed at or after `at`, or the end. */
static const char *find_string_end(const char *at, const char *end)
{
#if NDUP_X86
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), line = _mm_set1_epi8('\n');
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i same = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                                    _mm_cmpeq_epi8(bytes, line));
        unsigned found = (unsigned)_mm_movemask_epi8(same);
        if (found != 0)
            return at + __builtin_ctz(found);
    }
#endif
    while (at < end && *at != '"' && *at != '\\' && *at != '\n')
        at++;
    return at;
}

enum walk_mode { PLAIN, STRING, ESCAPE, WORD, REST_OF_LINE };

struct walk { /* in a value */
    enum walk_mode mode;
    uint32_t depth;
};

static bool is_json_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Bytes of a byte order mark are passed over one by one: files that were put together have it anywhere. */
static bool is_between(char c)
{
    return is_json_space(c) || c == '\xef' || c == '\xbb' || c == '\xbf';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '+' ||
           c == '.';
}

static struct walk walk_from(char first)
{
    bool plain = first == '{' || first == '[' || first == '"';
    return (struct walk){plain ? PLAIN : is_word(first) ? WORD : REST_OF_LINE, 0};
}

static const char *walk_string(struct walk *w, const char *at, const char *end, bool *done)
{
    if (w->mode == ESCAPE) {
        w->mode = *at == '\n' ? PLAIN : STRING;
        *done = w->mode == PLAIN && w->depth == 0;
        return at + 1;
    }
    at = find_string_end(at, end);
    if (at == end)
        return at;
    w->mode = *at == '\\' ? ESCAPE : PLAIN;
    *done = w->mode == PLAIN && w->depth == 0;
    return at + 1;
}

static const char *walk_plain(struct walk *w, const char *at, const char *end, bool *done)
{
    while (at < end) {
        char c = *at++;
        if (c == '"') {
            w->mode = STRING;
            return at;
        }
        if (c == '{' || c == '[') {
            w->depth++;
        } else if (c == '}' || c == ']') {
            w->depth -= w->depth > 0;
            *done = w->depth == 0;
            if (*done)
                return at;
        }
    }
    return at;
}

/* Walks on in a value. *done: it has ended before what is returned, else that is the end of the bytes. */
static const char *walk_value(struct walk *w, const char *at, const char *end, bool *done)
{
    *done = false;
    while (at < end && !*done) {
        switch (w->mode) {
        case PLAIN:
            at = walk_plain(w, at, end, done);
            break;
        case STRING:
        case ESCAPE:
            at = walk_string(w, at, end, done);
            break;
        case WORD:
            *done = !is_word(*at);
            at += !*done;
            break;
        case REST_OF_LINE:
            *done = *at == '\n';
            at += !*done;
            break;
        }
    }
    return at;
}

const char *ndup_json_value_end(const char *at, const char *end)
{
    struct walk w = walk_from(*at);
    bool done;
    at = walk_value(&w, at, end, &done);
    return done ? at : NULL;
}

/* ---- how JSON is laid out in a file ---- */

struct layout { /* a look at the first value */
    const char *at, *end;
    bool ended; /* the file has no more bytes */
};

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_between(*at))
        at++;
    return at;
}

static bool is_line_break(char c)
{
    return c == '\n' || c == '\r';
}

/* Whether a value goes on after a line break: what is before and after it fit. Otherwise it is a line that was cut off. */
static bool goes_on(char before, char after, bool in_object)
{
    if (before == '{' || (before == ',' && in_object))
        return after == '"' || (after == '}' && before == '{');
    if (before == '[' || before == ',' || before == ':')
        return true;
    return after == ',' || after == '}' || after == ']' || after == ':';
}

/* Nesting that is remembered bit by bit; deeper values are taken for objects. */
#define DEEPEST_BIT 63u

/* The first line break in the value, outside of strings; the end of the value, if it has none; NULL: neither is there yet. */
static const char *first_break(const char *at, const char *end, bool *breaks, bool *goes)
{
    uint64_t objects = 0;
    uint32_t depth = 0;
    char before = '\0';
    *breaks = false;
    while (at < end) {
        char c = *at;
        if (is_line_break(c)) {
            const char *after = skip_space(at, end);
            *breaks = true;
            *goes = after < end && goes_on(before, *after, depth > DEEPEST_BIT || (objects >> depth & 1) != 0);
            return after < end ? at : NULL;
        }
        if (c == '"') {
            const char *stop = at + 1;
            for (; stop < end && *stop != '"'; stop++) {
                if (*stop == '\n')
                    return *breaks = true, *goes = false, at;
                stop += *stop == '\\';
            }
            at = stop;
        } else if (c == '{' || c == '[') {
            depth++;
            if (depth <= DEEPEST_BIT)
                objects = (objects & ~((uint64_t)1 << depth)) | (uint64_t)(c == '{') << depth;
        } else if (c == '}' || c == ']') {
            depth--;
            if (depth == 0)
                return at + 1;
        }
        before = c == ' ' || c == '\t' ? before : c;
        at++;
    }
    return NULL;
}

static enum ndup_json_form layout_of_array(const struct layout *l)
{
    bool breaks, goes;
    const char *begin = l->at, *first = skip_space(begin + 1, l->end);
    while (first < l->end && *first == ']') { /* nothing is in it, so that the next one shows */
        const char *next = skip_space(first + 1, l->end);
        if (next < l->end && *next != '[')
            return NDUP_JSON_FORM_LINES;
        begin = next;
        first = next < l->end ? skip_space(next + 1, l->end) : next;
    }
    if (first == l->end)
        return l->ended ? NDUP_JSON_FORM_ARRAY : NDUP_JSON_FORM_UNKNOWN;
    if (strchr("{[\"", *first) == NULL && !is_word(*first))
        return NDUP_JSON_FORM_LINES;
    const char *stop = first_break(begin, l->end, &breaks, &goes);
    if (stop == NULL)
        return l->ended ? NDUP_JSON_FORM_ARRAY : NDUP_JSON_FORM_UNKNOWN;
    if (breaks)
        return goes ? NDUP_JSON_FORM_ARRAY : NDUP_JSON_FORM_LINES;
    /* One array on the first line. If others follow, each is a record, which has no fields. */
    stop = skip_space(stop, l->end);
    if (stop < l->end)
        return NDUP_JSON_FORM_LINES;
    return l->ended ? NDUP_JSON_FORM_ARRAY : NDUP_JSON_FORM_UNKNOWN;
}

static enum ndup_json_form layout_of_objects(const struct layout *l)
{
    bool breaks, goes;
    const char *stop = first_break(l->at, l->end, &breaks, &goes);
    if (stop != NULL && breaks)
        return goes ? NDUP_JSON_FORM_STREAM : NDUP_JSON_FORM_LINES;
    if (stop == NULL)
        return l->ended ? NDUP_JSON_FORM_LINES : NDUP_JSON_FORM_UNKNOWN;
    stop = skip_blanks(stop, l->end);
    if (stop < l->end && *stop == '\r') { /* alone it ends no line of JSON Lines */
        const char *after = stop + 1;
        if (after == l->end)
            return l->ended ? NDUP_JSON_FORM_LINES : NDUP_JSON_FORM_UNKNOWN;
        return *after == '\n' ? NDUP_JSON_FORM_LINES : NDUP_JSON_FORM_STREAM;
    }
    if (stop == l->end)
        return l->ended ? NDUP_JSON_FORM_LINES : NDUP_JSON_FORM_UNKNOWN;
    return *stop == '{' ? NDUP_JSON_FORM_STREAM : NDUP_JSON_FORM_LINES;
}

enum ndup_json_form ndup_json_look(const char *bytes, size_t len, bool ended)
{
    struct layout l = {.at = skip_space(bytes, bytes + len), .end = bytes + len, .ended = ended};
    if (l.at == l.end)
        return ended ? NDUP_JSON_FORM_LINES : NDUP_JSON_FORM_UNKNOWN;
    if (*l.at == '[')
        return layout_of_array(&l);
    return *l.at == '{' ? layout_of_objects(&l) : NDUP_JSON_FORM_LINES;
}

enum ndup_json_form ndup_json_guess(const char *bytes, size_t len)
{
    const char *at = skip_space(bytes, bytes + len);
    return at < bytes + len && *at == '[' ? NDUP_JSON_FORM_ARRAY : NDUP_JSON_FORM_LINES;
}

/* ---- batches ---- */

/* Whether a byte between values belongs to none of them. Brackets of an array are such bytes, too. */
static bool pass_between(char c, bool array, bool *in_array)
{
    if (is_between(c) || c == ',')
        return true;
    if (!array || (c == '[' && *in_array) || (c == ']' && !*in_array) || (c != '[' && c != ']'))
        return false;
    *in_array = c == '[';
    return true;
}

static bool is_array(const struct ndup_format *format)
{
    return format == &ndup_input_json_array;
}

/* A batch of an array begins in it, unless it is the first one: so it ends there, too. */
static void find_value_end(struct ndup_record_ends *ends, const char *data, size_t len)
{
    bool array = is_array(ends->format), done;
    const char *at = data + ends->scanned, *end = data + len;
    struct walk w = {(enum walk_mode)ends->state, ends->depth};
    if (ends->scanned == 0)
        ends->in_array = array && !ends->file_start;
    while (at < end) {
        if (!ends->in_text && pass_between(*at, array, &ends->in_array)) {
            at++;
            continue;
        }
        if (!ends->in_text) {
            if (ends->seen_text && (!array || ends->in_array))
                ends->end = (size_t)(at - data);
            ends->in_text = ends->seen_text = true;
            w = walk_from(*at);
        }
        at = walk_value(&w, at, end, &done);
        ends->in_text = !done;
    }
    ends->state = (int)w.mode;
    ends->depth = w.depth;
    ends->open = ends->in_array || (ends->in_text && (w.depth > 0 || w.mode == STRING || w.mode == ESCAPE));
}

/* ---- records ---- */

/* LF, CRLF or a lone CR ends a line. */
static uint32_t count_lines(const char *at, const char *end)
{
    uint32_t lines = 0;
    for (; at < end; at++)
        lines += *at == '\n' || (*at == '\r' && (at + 1 == end || at[1] != '\n'));
    return lines;
}

static bool next_value(struct ndup_records *it, struct ndup_document *d)
{
    bool array = is_array(it->format), done;
    const char *at = it->at, *end = it->end;
    if (!it->begun) {
        it->begun = true;
        it->in_array = array && !it->at_start;
    }
    while (at < end && pass_between(*at, array, &it->in_array))
        at++;
    it->line += count_lines(it->at, at);
    it->at = at;
    if (at == end)
        return false;
    struct walk w = walk_from(*at);
    const char *after = walk_value(&w, at, end, &done);
    d->record = at;
    d->length = (size_t)(after - at);
    d->line = it->line;
    uint32_t last = it->line + count_lines(at, after);
    /* White space before the bracket that ends an array stays with it. */
    const char *stop = after;
    while (stop < end && (is_between(*stop) || *stop == ','))
        stop++;
    if (array && stop < end && *stop == ']') {
        stop = after;
        while (stop < end && is_between(*stop))
            stop++;
        stop = *stop == ',' ? stop + 1 : after;
    }
    d->record_length = (size_t)(stop - at);
    it->line = last + count_lines(after, stop);
    /* Every record has a line of its own, by which it is found again: of those that begin on one line, the later ones
     * are numbered on. */
    if (it->line == d->line)
        it->line++;
    d->end_line = last + 1 < it->line ? last + 1 : it->line;
    it->at = stop;
    return true;
}

bool ndup_json_has_comma(const char *record, size_t length)
{
    const char *end = record + length, *after = length > 0 ? ndup_json_value_end(record, end) : NULL;
    return after != NULL && memchr(after, ',', (size_t)(end - after)) != NULL;
}

/* ---- the rows ---- */

static bool looks_like_array(const char *bytes, size_t len)
{
    const char *end = bytes + len, *at = bytes;
    if (*at != '[')
        return false;
    at = skip_space(at + 1, end);
    if (at == end || *at != '{')
        return false;
    at = skip_space(at + 1, end);
    return at < end && (*at == '"' || *at == '}');
}

#define JSON_ROW                                                                                                       \
    .code = NEARDUP_INPUT_JSON, .suffixes = "", .annotates = true, .least_bytes = 200, .find_end = find_value_end,     \
    .next = next_value, NDUP_JSON_PARSING

const struct ndup_format ndup_input_json = {.sniff = looks_like_array, JSON_ROW};

const struct ndup_format ndup_input_json_array = {JSON_ROW};
