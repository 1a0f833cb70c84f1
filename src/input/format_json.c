/* SPDX-License-Identifier: MIT
 * JSON that is not a line per record: one array of objects, or objects one after another over any number of lines. A record
 * is an object with the comma and the white space after it, so that what is left without it is in the same form. What
 * is before the first object, and the end of an array, belongs to no record and always stays.
 *
 * JSON is checked later, when simdjson parses the record. */
#include "base/platform.h"

#include "base/error.h"
#include "input/format_json.h"
#include "input/json_reason.h"
#include "input/json_walk.h"
#include "input/line_records.h"

#include <string.h>
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
    while (at < end && ndup_json_is_between(*at))
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
    if (strchr("{[\"", *first) == NULL && !ndup_json_is_word(*first))
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
    if (ndup_json_is_between(c) || c == ',')
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
    struct ndup_json_walk w = {(enum ndup_json_mode)ends->state, ends->depth};
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
            w = ndup_json_walk_from(*at);
        }
        at = ndup_json_walk_on(&w, at, end, &done);
        ends->in_text = !done;
    }
    ends->state = (int)w.mode;
    ends->depth = w.depth;
    bool open = ends->in_array ||
                (ends->in_text && (w.depth > 0 || w.mode == NDUP_JSON_IN_STRING || w.mode == NDUP_JSON_IN_ESCAPE));
    ends->inside = open ? "a JSON object or array" : NULL;
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
    /* Every record has a line of its own, by which it is found again: of those that begin on one line, the later ones
     * are numbered on. */
    if (it->line < it->next_line)
        it->line = it->next_line;
    if (at == end)
        return false;
    struct ndup_json_walk w = ndup_json_walk_from(*at);
    const char *after = ndup_json_walk_on(&w, at, end, &done);
    d->record = at;
    d->length = (size_t)(after - at);
    d->line = it->line;
    uint32_t last = it->line + count_lines(at, after);
    /* White space before the bracket that ends an array stays with it. */
    const char *stop = after;
    while (stop < end && (ndup_json_is_between(*stop) || *stop == ','))
        stop++;
    if (array && stop < end && *stop == ']') {
        stop = after;
        while (stop < end && ndup_json_is_between(*stop))
            stop++;
        stop = *stop == ',' ? stop + 1 : after;
    }
    d->record_length = (size_t)(stop - at);
    it->line = last + count_lines(after, stop);
    it->next_line = d->line + 1;
    d->end_line = last + 1 < it->line ? last + 1 : it->line;
    if (d->end_line < it->next_line)
        d->end_line = it->next_line;
    it->at = stop;
    return true;
}

bool ndup_json_has_comma(const char *record, size_t length)
{
    const char *end = record + length, *after = length > 0 ? ndup_json_value_end(record, end) : NULL;
    return after != NULL && memchr(after, ',', (size_t)(end - after)) != NULL;
}

static bool parse_value(void *state, const struct ndup_head *head, struct ndup_document *d)
{
    bool parsed = ndup_json_format_parse(state, head, d);
    d->problem = ndup_json_reason_in_values(d->problem);
    return parsed;
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
    .code = NEARDUP_INPUT_JSON, .suffixes = "", .annotates = true, .has_text_field = true, .least_bytes = 200,         \
    .find_end = find_value_end, .next = next_value, .parse = parse_value, NDUP_JSON_PARSING

const struct ndup_format ndup_input_json = {.sniff = looks_like_array, JSON_ROW};

const struct ndup_format ndup_input_json_array = {JSON_ROW};
