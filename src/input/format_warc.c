/* SPDX-License-Identifier: MIT
 * Web archives: WARC 0.17 to 1.1 with its derivatives WET and WAT, and ARC.
 *
 * A record is a header that says how many bytes follow it, these bytes (the block), and line ends. The reader is our own:
 * records are copied byte for byte, so that we need the place of each, damaged ones included, and batches that are cut
 * at their ends; libraries hand out decoded copies, and stop at the first fault. (warcio gave up on three of fifteen
 * archives in the wild that are read here to the end.)
 *
 * Where the next record does not begin where a header says, its length is wrong: the record is reported and kept, and
 * reading goes on at the next header line in its bytes. So damage hides one record and not the rest of the file.
 *
 * Documents are what was archived to be read: responses, resources, conversions and metadata that are text. Other
 * records (the description of the archive, requests, revisits, images) are passed over like blank lines of JSON Lines, and
 * stay. But a revisit is removed with the record that it refers to (engine/revisits.h). */
#include "base/platform.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "input/formats.h"
#include "input/json_put.h"
#include "input/web_payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Longer headers are damage. URIs of 64 KiB exist in crawls, and no server answers to longer ones. */
#define HEADER_MAX ((size_t)256 << 10)

/* ---- two kinds of headers ---- */

enum answer { NO, YES, MORE }; /* MORE: the bytes end before it can be said */

struct dialect {
    /* Whether a record's header begins at `at`, which is the begin of a line. */
    enum answer (*begins)(const char *at, const char *end);
    /* The header at `at`: where it ends, and the bytes of its block. */
    enum answer (*measure)(const char *at, const char *end, const char **header_end, uint64_t *length);
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number that is all of a value. */
static bool take_number(struct ndup_header_value value, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < value.length; i++) {
        if (!is_digit(value.text[i]) || *number > UINT64_MAX / 100)
            return false;
        *number = *number * 10 + (uint64_t)(value.text[i] - '0');
    }
    return value.length > 0;
}

/* "WARC/1.0". */
static enum answer warc_begins(const char *at, const char *end)
{
    static const char pattern[] = "WARC/0.0";
    size_t left = (size_t)(end - at);
    for (size_t i = 0; i < sizeof pattern - 1; i++) {
        if (i == left)
            return MORE;
        if (pattern[i] == '0' ? !is_digit(at[i]) : at[i] != pattern[i])
            return NO;
    }
    return YES;
}

static enum answer measure_warc(const char *at, const char *end, const char **header_end, uint64_t *length)
{
    size_t left = (size_t)(end - at);
    bool whole = left >= HEADER_MAX;
    enum answer begins = warc_begins(at, end);
    if (begins != YES)
        return begins;
    *header_end = ndup_header_end(at, whole ? at + HEADER_MAX : end);
    if (*header_end == NULL)
        return whole ? NO : MORE;
    return take_number(ndup_header_find(at, *header_end, "Content-Length"), length) ? YES : NO;
}

struct arc_line { /* "URL IP-address Archive-date Content-type ... Archive-length", separated by single spaces */
    struct ndup_header_value uri, ip, date, type, length;
};

/* A URL may have spaces in it: the date, 14 digits, shows where the fields are. */
static bool take_arc_line(const char *at, const char *end, struct arc_line *line)
{
    const char *scheme = at;
    while (scheme < end && ((*scheme | 0x20) >= 'a' && (*scheme | 0x20) <= 'z'))
        scheme++;
    if (scheme == at || scheme == end || *scheme != ':')
        return false;
    if (end > at && end[-1] == '\r')
        end--;
    const char *last = memrchr(at, ' ', (size_t)(end - at));
    uint64_t number;
    if (last == NULL)
        return false;
    line->length = (struct ndup_header_value){last + 1, (size_t)(end - last - 1)};
    if (!take_number(line->length, &number))
        return false;
    const char *before = NULL; /* the space before the last word */
    for (const char *space = memchr(at, ' ', (size_t)(last - at)); space != NULL && space < last;) {
        const char *word = space + 1, *stop = memchr(word, ' ', (size_t)(last + 1 - word));
        struct ndup_header_value value = {word, (size_t)(stop - word)};
        if (before != NULL && value.length == 14 && take_number(value, &number)) {
            const char *type_end = stop < last ? memchr(stop + 1, ' ', (size_t)(last + 1 - stop - 1)) : stop;
            line->uri = (struct ndup_header_value){at, (size_t)(before - at)};
            line->ip = (struct ndup_header_value){before + 1, (size_t)(space - before - 1)};
            line->date = value;
            line->type = (struct ndup_header_value){stop < last ? stop + 1 : NULL,
                                                    stop < last ? (size_t)(type_end - stop - 1) : 0};
            return true;
        }
        before = space;
        space = stop < last ? stop : NULL;
    }
    return false;
}

static enum answer arc_begins(const char *at, const char *end)
{
    size_t left = (size_t)(end - at);
    const char *newline = memchr(at, '\n', left < HEADER_MAX ? left : HEADER_MAX);
    struct arc_line line;
    if (newline == NULL)
        return left < HEADER_MAX && (left == 0 || ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z')) ? MORE : NO;
    return take_arc_line(at, newline, &line) ? YES : NO;
}

static enum answer measure_arc(const char *at, const char *end, const char **header_end, uint64_t *length)
{
    enum answer begins = arc_begins(at, end);
    if (begins != YES)
        return begins;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    struct arc_line line;
    *header_end = newline + 1;
    return take_arc_line(at, newline, &line) && take_number(line.length, length) ? YES : NO;
}

static const struct dialect warc_dialect = {warc_begins, measure_warc};
static const struct dialect arc_dialect = {arc_begins, measure_arc};

static const struct dialect *dialect_of(const struct ndup_format *format)
{
    return format->code == NEARDUP_INPUT_ARC ? &arc_dialect : &warc_dialect;
}

/* ---- where records end ---- */

static const char cut_off[] = "the record is cut off";
static const char no_header[] = "no header of a record, or one without its length";
static const char wrong_length[] = "the record is not as long as its header says";

struct extent {
    const char *header_end, *block_end;
    const char *problem; /* NULL: the record is whole */
    size_t wait;         /* its end is not known before this number of its bytes is */
    size_t searched;     /* in these there is no header of another one */
};

static const char *pass_line_ends(const char *at, const char *end)
{
    while (at < end && (*at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* The first header after `from`, at the begin of a line. NULL: there is none. */
static const char *find_header(const struct dialect *dialect, const char *from, const char *end)
{
    for (const char *at = from; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;) {
        at++;
        if (at < end && dialect->begins(at, end) == YES)
            return at;
    }
    return NULL;
}

/* The end of a damaged record: the next header. */
static const char *find_next(const struct dialect *dialect, const char *record, const char *from, const char *end,
                             bool last, const char *problem, struct extent *x)
{
    const char *begin = x->searched > (size_t)(from - record) ? record + x->searched : from;
    const char *found = find_header(dialect, begin, end);
    x->problem = problem;
    if (found != NULL)
        return found;
    if (last)
        return end;
    /* A header may have begun in the last line. */
    const char *line = memrchr(begin, '\n', (size_t)(end - begin));
    x->searched = (size_t)((line != NULL ? line : begin) - record);
    x->wait = (size_t)(end - record) + 1;
    return NULL;
}

/* The end of the record at `at`, where no line end is, with the line ends after it; NULL: more bytes must be known. last:
 * there are none. */
static const char *find_record_end(const struct dialect *dialect, const char *at, const char *end, bool last,
                                   struct extent *x)
{
    uint64_t length = 0;
    enum answer header = dialect->measure(at, end, &x->header_end, &length);
    x->problem = NULL;
    x->block_end = end;
    x->wait = (size_t)(end - at) + 1;
    if (header == MORE && !last)
        return NULL;
    if (header != YES) {
        x->header_end = at;
        return find_next(dialect, at, at, end, last, header == MORE ? cut_off : no_header, x);
    }
    if (length > (size_t)(end - x->header_end)) {
        if (!last) {
            uint64_t wait = (uint64_t)(x->header_end - at) + length + 1;
            x->wait = wait < SIZE_MAX ? (size_t)wait : SIZE_MAX;
            return NULL;
        }
        return find_next(dialect, at, x->header_end, end, last, cut_off, x);
    }
    x->block_end = x->header_end + length;
    const char *next = pass_line_ends(x->block_end, end);
    if (next == end)
        return last ? end : NULL;
    enum answer follows = dialect->begins(next, end);
    if (follows == MORE && !last)
        return NULL;
    return follows != NO ? next : find_next(dialect, at, x->header_end, end, last, wrong_length, x);
}

static void find_end(struct ndup_record_ends *ends, const char *data, size_t len)
{
    const struct dialect *dialect = dialect_of(ends->format);
    while (len >= ends->wait) {
        const char *at = pass_line_ends(data + ends->end, data + len);
        struct extent x = {.searched = ends->searched};
        const char *stop = at < data + len ? find_record_end(dialect, at, data + len, false, &x) : NULL;
        if (stop == NULL) {
            size_t begin = (size_t)(at - data);
            ends->searched = x.searched;
            ends->wait = x.wait < SIZE_MAX - begin ? begin + x.wait : SIZE_MAX;
            break;
        }
        ends->end = (size_t)(stop - data);
        ends->searched = ends->wait = 0;
    }
}

static const char *warc_record_end(const char *at, const char *end, bool last)
{
    struct extent x = {0};
    return find_record_end(&warc_dialect, at, end, last, &x);
}

static const char *arc_record_end(const char *at, const char *end, bool last)
{
    struct extent x = {0};
    return find_record_end(&arc_dialect, at, end, last, &x);
}

/* ---- what a record is ---- */

struct record {
    struct extent extent;
    struct arc_line line; /* of ARC */
    const char *header;   /* of WARC; NULL: it is of ARC */
    struct ndup_header_value uri, date, type;
    struct ndup_web_payload payload;
    enum ndup_web_kind kind; /* OTHER: not a document */
};

/* wget writes URIs in angle brackets. */
static struct ndup_header_value without_brackets(struct ndup_header_value v)
{
    if (v.length >= 2 && v.text[0] == '<' && v.text[v.length - 1] == '>')
        return (struct ndup_header_value){v.text + 1, v.length - 2};
    return v;
}

static bool has_scheme(struct ndup_header_value uri, const char *scheme)
{
    size_t n = strlen(scheme);
    return uri.length > n && strncasecmp(uri.text, scheme, n) == 0 && uri.text[n] == ':';
}

/* What a crawler looked up on its way and its own logs (wget: metadata://gnu.org/...) are archived like what it found. */
static bool is_read(struct ndup_header_value uri)
{
    return !has_scheme(uri, "dns") && !has_scheme(uri, "whois") && !has_scheme(uri, "filedesc") &&
           !has_scheme(uri, "metadata");
}

static void classify(struct record *r, bool message)
{
    const char *block = r->extent.header_end;
    size_t length = (size_t)(r->extent.block_end - block);
    if (!message || !ndup_web_split(block, length, &r->payload))
        r->payload = (struct ndup_web_payload){.body = block, .length = length, .type = r->type};
    if (r->payload.type.length == 0 && r->header != NULL)
        r->payload.type = ndup_header_find(r->header, r->extent.header_end, "WARC-Identified-Payload-Type");
    r->kind = r->payload.length > 0 && is_read(r->uri) ? ndup_web_kind_of(&r->payload) : NDUP_WEB_OTHER;
}

static void take_warc(const char *at, struct record *r)
{
    const char *end = r->extent.header_end;
    struct ndup_header_value kind = ndup_header_find(at, end, "WARC-Type");
    r->header = at;
    r->uri = without_brackets(ndup_header_find(at, end, "WARC-Target-URI"));
    r->date = ndup_header_find(at, end, "WARC-Date");
    r->type = ndup_header_find(at, end, "Content-Type");
    bool response = ndup_header_is(kind, "response");
    if (response || ndup_header_is(kind, "resource") || ndup_header_is(kind, "conversion"))
        classify(r, response);
    else if (ndup_header_is(kind, "metadata") && r->type.length > 0)
        classify(r, false);
}

static void take_arc(const char *at, struct record *r)
{
    (void)take_arc_line(at, r->extent.header_end - 1, &r->line);
    r->uri = r->line.uri;
    r->date = r->line.date;
    r->type = r->line.type;
    classify(r, true);
}

/* The whole of a record; end: of its bytes, or of more. Returns where the record ends. */
static const char *take_record(const struct dialect *dialect, const char *at, const char *end, struct record *r)
{
    *r = (struct record){.kind = NDUP_WEB_OTHER};
    const char *stop = find_record_end(dialect, at, end, true, &r->extent);
    if (r->extent.problem != NULL)
        return stop;
    if (dialect == &arc_dialect)
        take_arc(at, r);
    else
        take_warc(at, r);
    return stop;
}

static uint64_t passable(const struct dialect *dialect, const char *data, size_t len)
{
    const char *at = pass_line_ends(data, data + len);
    struct record r = {.extent.block_end = data + len, .kind = NDUP_WEB_OTHER};
    uint64_t length;
    if (dialect->measure(at, data + len, &r.extent.header_end, &length) != YES || length > UINT64_MAX / 2)
        return 0;
    if (dialect == &arc_dialect)
        take_arc(at, &r);
    else
        take_warc(at, &r);
    return r.kind == NDUP_WEB_OTHER ? (uint64_t)(r.extent.header_end - data) + length : 0;
}

static uint64_t warc_passable(const char *data, size_t len)
{
    return passable(&warc_dialect, data, len);
}

static uint64_t arc_passable(const char *data, size_t len)
{
    return passable(&arc_dialect, data, len);
}

static uint32_t count_lines(const char *at, const char *end)
{
    uint32_t lines = 0;
    for (; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        lines++;
    return lines;
}

static bool next_record(struct ndup_records *it, struct ndup_document *d)
{
    for (;;) {
        const char *at = pass_line_ends(it->at, it->end);
        struct record r;
        it->line += count_lines(it->at, at);
        it->at = at;
        if (at == it->end)
            return false;
        const char *stop = take_record(dialect_of(it->format), at, it->end, &r);
        uint32_t line = it->line;
        it->line += count_lines(at, stop);
        it->at = stop;
        if (r.extent.problem == NULL && r.kind == NDUP_WEB_OTHER) {
            it->others++;
            if (it->other != NULL && !it->other(it->other_context, at, (size_t)(stop - at)))
                return false;
            continue;
        }
        d->record = at;
        d->record_length = (size_t)(stop - at);
        d->length = (size_t)((r.extent.problem != NULL ? stop : r.extent.block_end) - at);
        d->line = line;
        d->end_line = it->line + (stop[-1] != '\n');
        return true;
    }
}

/* ---- revisits ---- */

static void set_name(struct ndup_record_name *name, struct ndup_header_value id, struct ndup_header_value uri,
                     struct ndup_header_value date)
{
    uri = without_brackets(uri);
    *name = (struct ndup_record_name){id.text, uri.text, date.text, id.length, uri.length, date.length};
}

static bool warc_names(const char *record, size_t length, struct ndup_record_name *name)
{
    const char *end = ndup_header_end(record, record + length);
    if (end == NULL)
        return false;
    set_name(name, ndup_header_find(record, end, "WARC-Record-ID"), ndup_header_find(record, end, "WARC-Target-URI"),
             ndup_header_find(record, end, "WARC-Date"));
    return true;
}

static bool warc_refers(const char *record, size_t length, struct ndup_record_name *name)
{
    const char *end = ndup_header_end(record, record + length);
    if (end == NULL || !ndup_header_is(ndup_header_find(record, end, "WARC-Type"), "revisit"))
        return false;
    set_name(name, ndup_header_find(record, end, "WARC-Refers-To"),
             ndup_header_find(record, end, "WARC-Refers-To-Target-URI"),
             ndup_header_find(record, end, "WARC-Refers-To-Date"));
    return true;
}

/* ---- documents ---- */

/* Names of fields that are not those of a header. In them, _ and - are the same. */
enum field { FIELD_HEADER, FIELD_URI, FIELD_DATE, FIELD_RECORD_ID, FIELD_HOST, FIELD_TYPE, FIELD_STATUS, FIELD_IP };

static const struct {
    const char *name;
    enum field field;
} field_names[] = {
    {"id", FIELD_URI},         {"uri", FIELD_URI},           {"url", FIELD_URI},
    {"target-uri", FIELD_URI}, {"date", FIELD_DATE},         {"record-id", FIELD_RECORD_ID},
    {"host", FIELD_HOST},      {"content-type", FIELD_TYPE}, {"status", FIELD_STATUS},
    {"ip", FIELD_IP},
};

struct wanted {
    const char *name; /* NULL: nothing */
    enum field field;
};

struct parser { /* of one thread */
    struct ndup_web *web;
    struct wanted id, keep, group;
    bool raw; /* web pages are compared as they are */
    struct ndup_buf values;
};

static bool same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        char x = (char)(*a >= 'A' && *a <= 'Z' ? *a | 0x20 : *a == '_' ? '-' : *a);
        if (x != *b)
            return false;
    }
    return *a == *b;
}

static struct wanted want(const char *name)
{
    struct wanted w = {name, FIELD_HEADER};
    for (size_t i = 0; name != NULL && i < sizeof field_names / sizeof field_names[0]; i++) {
        if (same_name(name, field_names[i].name))
            w.field = field_names[i].field;
    }
    return w;
}

static void destroy(void *state)
{
    struct parser *parser = state;
    if (parser == NULL)
        return;
    ndup_web_destroy(parser->web);
    ndup_buf_free(&parser->values);
    free(parser);
}

static neardup_status create(void **state, const struct ndup_fields *fields, neardup_error *err)
{
    struct parser *parser = ndup_calloc(1, sizeof *parser);
    neardup_status st = parser != NULL ? ndup_web_create(&parser->web, err) : ndup_fail_nomem(err);
    if (st != NEARDUP_OK) {
        destroy(parser);
        parser = NULL;
    }
    *state = parser;
    if (st != NEARDUP_OK)
        return st;
    parser->id = want(fields->id);
    parser->keep = want(fields->keep);
    parser->group = want(fields->group);
    parser->raw = fields->html == NEARDUP_HTML_RAW;
    return NEARDUP_OK;
}

/* The host of a URI, without user and port. */
static struct ndup_header_value host_of(struct ndup_header_value uri)
{
    const char *at = uri.length > 0 ? memmem(uri.text, uri.length, "://", 3) : NULL;
    if (at == NULL)
        return (struct ndup_header_value){NULL, 0};
    const char *end = uri.text + uri.length;
    at += 3;
    const char *stop = at;
    while (stop < end && strchr("/?#", *stop) == NULL)
        stop++;
    const char *user = memrchr(at, '@', (size_t)(stop - at));
    at = user != NULL ? user + 1 : at;
    const char *colon = memrchr(at, ':', (size_t)(stop - at));
    if (colon != NULL && memchr(colon, ']', (size_t)(stop - colon)) == NULL)
        stop = colon;
    return (struct ndup_header_value){at, (size_t)(stop - at)};
}

/* "HTTP/1.1 200 OK": 200. */
static struct ndup_header_value status_of(const struct ndup_web_payload *payload)
{
    if (payload->header == NULL)
        return (struct ndup_header_value){NULL, 0};
    const char *at = payload->header, *end = payload->header_end;
    while (at < end && *at != ' ' && *at != '\n')
        at++;
    while (at < end && *at == ' ')
        at++;
    const char *from = at;
    while (at < end && is_digit(*at))
        at++;
    return (struct ndup_header_value){from, (size_t)(at - from)};
}

static struct ndup_header_value header_of(const struct record *r, const char *name)
{
    struct ndup_header_value value = {NULL, 0};
    if (r->header != NULL)
        value = ndup_header_find(r->header, r->extent.header_end, name);
    if (value.length == 0 && r->payload.header != NULL)
        value = ndup_header_find(r->payload.header, r->payload.header_end, name);
    return value;
}

/* ARC: 20080430204825. The same as in WARC, so that both can be sorted together: 2008-04-30T20:48:25Z. */
static struct ndup_header_value date_of(const struct record *r, char text[32])
{
    const char *t = r->date.text;
    if (r->header != NULL || r->date.length != 14)
        return r->date;
    snprintf(text, 32, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", t, t + 4, t + 6, t + 8, t + 10, t + 12);
    return (struct ndup_header_value){text, strlen(text)};
}

static struct ndup_header_value find_value(const struct record *r, const struct wanted *w, char text[32])
{
    switch (w->name != NULL ? w->field : FIELD_HEADER) {
    case FIELD_URI:
        return r->uri;
    case FIELD_DATE:
        return date_of(r, text);
    case FIELD_RECORD_ID:
        return header_of(r, "WARC-Record-ID");
    case FIELD_HOST:
        return host_of(r->uri);
    case FIELD_TYPE:
        return ndup_media_type(r->payload.type);
    case FIELD_STATUS:
        return status_of(&r->payload);
    case FIELD_IP:
        return r->header == NULL ? r->line.ip : header_of(r, "WARC-IP-Address");
    case FIELD_HEADER:
        break;
    }
    return w->name != NULL ? header_of(r, w->name) : (struct ndup_header_value){NULL, 0};
}

/* A value as JSON, after those before. */
static bool set_value(struct parser *parser, const struct record *r, const struct wanted *w, bool numbers, size_t *at,
                      size_t *length)
{
    char text[32];
    struct ndup_header_value v = find_value(r, w, text);
    struct ndup_buf *to = &parser->values;
    *at = to->len;
    *length = 0;
    if (v.length == 0)
        return true;
    if (!ndup_buf_reserve(to, ndup_json_room(v.length)))
        return false;
    char *begin = to->data + to->len, *end;
    if (numbers && ndup_is_json_number(v.text, v.length)) {
        memcpy(begin, v.text, v.length);
        end = begin + v.length;
    } else {
        end = ndup_json_put_string(begin, v.text, v.length);
    }
    if (w->field == FIELD_HOST || w->field == FIELD_TYPE) {
        for (char *p = begin; p < end; p++)
            *p = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
    }
    to->len += *length = (size_t)(end - begin);
    return true;
}

static bool set_values(struct parser *parser, const struct record *r, struct ndup_document *d)
{
    size_t id, keep, group;
    ndup_buf_clear(&parser->values);
    if (!set_value(parser, r, &parser->id, false, &id, &d->id_length) ||
        !set_value(parser, r, &parser->keep, true, &keep, &d->keep_length) ||
        !set_value(parser, r, &parser->group, false, &group, &d->group_length))
        return false;
    d->id = d->id_length > 0 ? parser->values.data + id : NULL;
    d->keep = d->keep_length > 0 ? parser->values.data + keep : NULL;
    d->group = d->group_length > 0 ? parser->values.data + group : NULL;
    return true;
}

static bool parse_record(const struct dialect *dialect, struct parser *parser, struct ndup_document *d)
{
    struct record r;
    neardup_error error;
    *d = (struct ndup_document){.record = d->record,
                                .record_length = d->record_length,
                                .length = d->length,
                                .line = d->line,
                                .end_line = d->end_line,
                                .text = d->record};
    (void)take_record(dialect, d->record, d->record + d->record_length, &r);
    d->problem = r.extent.problem;
    d->garbled = d->problem != NULL;
    if (d->problem != NULL || r.kind == NDUP_WEB_OTHER)
        return true;
    if (parser->raw)
        r.kind = NDUP_WEB_TEXT;
    if (ndup_web_text(parser->web, &r.payload, r.kind, &d->text, &d->text_length, &d->problem, &error) != NEARDUP_OK ||
        !set_values(parser, &r, d))
        return false;
    d->raw = d->text;
    d->raw_length = d->text_length;
    return true;
}

static bool parse_warc(void *state, const struct ndup_head *head, struct ndup_document *d)
{
    (void)head;
    return parse_record(&warc_dialect, state, d);
}

static bool parse_arc(void *state, const struct ndup_head *head, struct ndup_document *d)
{
    (void)head;
    return parse_record(&arc_dialect, state, d);
}

/* ---- the rows of the table ---- */

static bool looks_like_warc(const char *bytes, size_t len)
{
    return warc_begins(bytes, bytes + len) == YES;
}

static bool looks_like_arc(const char *bytes, size_t len)
{
    return len > 11 && memcmp(bytes, "filedesc://", 11) == 0;
}

#define ARCHIVE                                                                                                        \
    .derived = true, .binary = true, .offsets = true, .least_bytes = 400, .find_end = find_end, .next = next_record,   \
    .create = create, .destroy = destroy

const struct ndup_format ndup_input_warc = {
    .code = NEARDUP_INPUT_WARC,
    .suffixes = ".warc .wet .wat",
    .sniff = looks_like_warc,
    .parse = parse_warc,
    .record_end = warc_record_end,
    .passable = warc_passable,
    .names = warc_names,
    .refers = warc_refers,
    ARCHIVE,
};

const struct ndup_format ndup_input_arc = {
    .code = NEARDUP_INPUT_ARC,
    .suffixes = ".arc",
    .sniff = looks_like_arc,
    .parse = parse_arc,
    .record_end = arc_record_end,
    .passable = arc_passable,
    ARCHIVE,
};
