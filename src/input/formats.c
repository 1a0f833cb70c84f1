/* SPDX-License-Identifier: MIT
 * The table of formats, and what is the same for all of them. */
#include "base/platform.h"

#include "input/formats.h"

#include "base/error.h"
#include "base/utf8_check.h"
#include "codec/codec.h"
#include "input/html.h"
#include "input/json.h"

#include <string.h>
#include <strings.h>

#define DECLARATION(code, name) extern const struct ndup_format ndup_input_##name;
#define ROW(code, name)         [NEARDUP_INPUT_##code] = &ndup_input_##name,

NDUP_INPUT_FORMATS(DECLARATION)

/* [0], AUTO, is none */
static const struct ndup_format *const formats[] = {
    NDUP_INPUT_FORMATS(ROW)[NDUP_INPUT_FRAMES] = &ndup_input_frames, [NDUP_INPUT_ROWS] = &ndup_input_rows};
#define FORMATS (sizeof formats / sizeof formats[0])
_Static_assert(FORMATS <= NDUP_FORMATS_MAX, "a parser has room for the states of all formats");

/* ---- which format ---- */

const struct ndup_format *ndup_format_of(neardup_input_format code)
{
    return (size_t)code < NDUP_INPUT_FRAMES ? formats[code] : NULL;
}

static bool ends_with(const char *name, size_t len, const char *suffix, size_t n)
{
    return len > n && strncasecmp(name + len - n, suffix, n) == 0;
}

/* Whether a name ends with one of the suffixes. */
static bool has_suffix(const char *name, size_t len, const char *suffixes)
{
    while (*suffixes != '\0') {
        size_t n = strcspn(suffixes, " ");
        if (ends_with(name, len, suffixes, n))
            return true;
        suffixes += n;
        suffixes += strspn(suffixes, " ");
    }
    return false;
}

const struct ndup_format *ndup_format_of_name(const char *name)
{
    size_t len = strlen(name);
    (void)ndup_codec_of_name(name, &len);
    for (size_t i = 1; i < FORMATS; i++) {
        if (has_suffix(name, len, formats[i]->suffixes))
            return formats[i];
    }
    return NULL;
}

const struct ndup_format *ndup_format_wanted(const struct ndup_format *format, const struct ndup_fields *fields)
{
    bool raw = fields != NULL && fields->html == NEARDUP_HTML_RAW;
    return format == &ndup_input_html && raw ? &ndup_input_file : format;
}

static bool has_pages(const struct ndup_format *format, const struct ndup_fields *fields)
{
    return format->has_text_field && fields->html == NEARDUP_HTML_TEXT;
}

bool ndup_format_derives(const struct ndup_format *format, const struct ndup_fields *fields)
{
    return format->derived || has_pages(format, fields);
}

const struct ndup_format *ndup_format_expected(neardup_input_format asked, const char *name)
{
    const struct ndup_format *format = asked != NEARDUP_INPUT_AUTO ? ndup_format_of(asked) : ndup_format_of_name(name);
    return format != NULL ? format : &ndup_input_file;
}

const struct ndup_format *ndup_format_of_content(const char *bytes, size_t len)
{
    for (size_t i = 1; len > 0 && i < FORMATS; i++) {
        if (formats[i]->sniff != NULL && formats[i]->sniff(bytes, len))
            return formats[i];
    }
    return &ndup_input_file;
}

/* ---- batches and records ---- */

size_t ndup_record_ends_find(struct ndup_record_ends *ends, const char *data, size_t len)
{
    if (ends->scanned < len) {
        if (ends->format->find_end != NULL)
            ends->format->find_end(ends, data, len);
        ends->scanned = len;
    }
    return ends->end;
}

void ndup_records_begin(struct ndup_records *it, const struct ndup_format *format, const struct ndup_head *head,
                        const char *data, size_t len, bool at_start)
{
    *it = (struct ndup_records){
        .format = format, .head = head, .at = data, .end = len > 0 ? data + len : data, .at_start = at_start};
    if (at_start && head != NULL) {
        it->at += head->length;
        it->line = head->lines;
    }
}

/* ---- documents ---- */

void ndup_parser_free(struct ndup_parser *parser)
{
    for (size_t i = 1; i < FORMATS; i++) {
        if (parser->states[i] != NULL)
            formats[i]->destroy(parser->states[i]);
        parser->states[i] = NULL;
    }
    ndup_buf_free(&parser->unescaped);
    ndup_buf_free(&parser->page);
    ndup_html_destroy(parser->html);
    parser->html = NULL;
}

/* The record is the text. */
static void take_all(struct ndup_document *d)
{
    d->escapes = NDUP_ESCAPES_NONE;
    d->no_texts = 0;
    d->invalid_utf8 = d->no_members = d->alone = d->open = d->garbled = d->no_text = false;
    d->text = d->raw = d->record;
    d->text_length = d->raw_length = d->length;
    d->id = d->keep = d->group = d->problem = NULL;
    d->id_length = d->keep_length = d->group_length = 0;
    d->note_begin = d->note_end = d->close = 0;
}

/* ---- texts that cannot be decoded ----
 * Two texts in cp1251 of which all letters are unknown consist of the same spaces: they would be exact copies. */

/* Characters in 1000 that may be bytes that are not UTF-8, or lone surrogates. More, and the text is in another encoding: of
 * German in Latin-1 16 are (median of 787 laws), of Italian 17, of Spanish 34, of Thai, Russian or Japanese 400 and more.
 * A crawl has strays: the worst of 33 000 web pages, posts and manuals had 4 in a post of 1215 characters, and nearly all
 * had none. */
#define UNDECODED_MAX 10u

/* Characters in 1000 that may be U+FFFD in all: what somebody else could not decode before. They cannot be brought back by
 * naming the encoding, and English web pages that lost their quotation marks and dashes are readable (97 of the 234 of
 * webis-gov, 14 in 1000 at most). Russian or Thai of which all letters are lost is not. */
#define LOST_MAX 100u

const char ndup_not_utf8[] = "the text is not UTF-8: name its encoding with `encoding`";
const char ndup_zero_bytes[] = "the text has zero bytes: it is a binary file, or damaged; `binary` text reads it";
static const char not_decoded[] = "the text cannot be decoded: it is in another encoding, or damaged";
static const char half_pairs[] = "too many \\u escapes of the text are one half of a surrogate pair";
static const char stray_bytes[] = "some bytes of the text are not UTF-8: they are read as gaps";
static const char stray_decoded[] = "some bytes of the text cannot be decoded: they are read as gaps";
static const char lost[] = "too many characters of the text are U+FFFD: they were lost when it was decoded before";

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
#define REPLACEMENT (sizeof replacement - 1)

/* Whether the bytes have U+FFFD. Its first byte is rare: none in Latin, Cyrillic or Thai text, one in 40 bytes of Chinese. */
static bool has_replacement(const char *bytes, size_t length)
{
    for (const char *at = bytes, *end = bytes + length; (at = memchr(at, replacement[0], (size_t)(end - at))) != NULL;
         at++)
        if (end - at >= (ptrdiff_t)REPLACEMENT && memcmp(at, replacement, REPLACEMENT) == 0)
            return true;
    return false;
}

struct undecoded {
    size_t characters, invalid, replaced; /* invalid: sequences; replaced: U+FFFD that are there as such */
};

static size_t count_word(const char *bytes, size_t length, const char *word, size_t n)
{
    size_t count = 0;
    for (const char *at = bytes, *end = bytes + length; (at = memmem(at, (size_t)(end - at), word, n)) != NULL; at += n)
        count++;
    return count;
}

static struct undecoded count_undecoded(const char *bytes, size_t length)
{
    struct undecoded u = {0};
    if (length > 0)
        u.replaced = count_word(bytes, length, replacement, REPLACEMENT);
    for (size_t at = 0;;) {
        size_t characters;
        at += ndup_utf8_pass(bytes + at, length - at, &characters);
        u.characters += characters;
        if (at == length)
            return u;
        bool valid;
        at += ndup_utf8_measure(bytes + at, length - at, &valid);
        u.characters++;
        u.invalid++;
    }
}

/* Escapes of U+FFFD in JSON. A backslash that is escaped itself begins none. */
static size_t count_escapes(const char *raw, size_t length)
{
    size_t count = 0;
    for (const char *at = raw, *end = raw + length; (at = memchr(at, '\\', (size_t)(end - at))) != NULL;) {
        count += end - at >= 6 && at[1] == 'u' && strncasecmp(at + 2, "fffd", 4) == 0;
        at += end - at >= 2 ? 2 : 1;
    }
    return count;
}

/* In the text of a JSON string all are U+FFFD; what was there as such shows in the record. */
static void separate_replaced(const struct ndup_document *d, struct undecoded *u)
{
    const char *raw = d->raw_length > 0 ? d->raw : d->record; /* several fields together have no bytes of their own */
    size_t length = d->raw_length > 0 ? d->raw_length : d->length, all = u->replaced;
    size_t there = count_word(raw, length, replacement, REPLACEMENT) + count_escapes(raw, length);
    u->replaced = there < all ? there : all;
    u->invalid = all - u->replaced;
}

static const char *problem_of(const struct undecoded *u)
{
    if (u->invalid * 1000 > u->characters * UNDECODED_MAX)
        return ndup_not_utf8;
    return (u->invalid + u->replaced) * 1000 > u->characters * LOST_MAX ? lost : NULL;
}

const char *ndup_undecoded_problem(const char *bytes, size_t length)
{
    struct undecoded u = count_undecoded(bytes, length);
    return problem_of(&u);
}

/* A record of JSON can be UTF-8 throughout: then the text has escapes of lone surrogates. */
static bool is_record_utf8(const struct ndup_document *d)
{
    size_t characters;
    return d->length > 0 && ndup_utf8_pass(d->record, d->length, &characters) == d->length;
}

const char *ndup_not_utf8_problem(const struct ndup_document *d, bool decoded)
{
    return is_record_utf8(d) ? half_pairs : decoded ? not_decoded : ndup_not_utf8;
}

const char *ndup_stray_problem(bool decoded)
{
    return decoded ? stray_decoded : stray_bytes;
}

bool ndup_is_stray_problem(const char *problem)
{
    return problem == stray_bytes || problem == stray_decoded;
}

/* Whether enough of the text could be decoded to compare it with anything. */
static void check_decoded(const struct ndup_format *format, struct ndup_document *d)
{
    bool json = format->code == NEARDUP_INPUT_JSONL || format->code == NEARDUP_INPUT_JSON;
    if (d->problem != NULL || d->text_length == 0)
        return;
    if (!json)
        d->invalid_utf8 = d->invalid_utf8 || !ndup_json_is_utf8(d->text, d->text_length);
    if (NDUP_LIKELY(!d->invalid_utf8 && !has_replacement(d->text, d->text_length)))
        return;
    struct undecoded u = count_undecoded(d->text, d->text_length);
    if (json)
        separate_replaced(d, &u);
    d->problem = problem_of(&u);
}

/* Replaces the text of a document, which is a web page, by what a reader sees of it. */
static neardup_status take_page(struct ndup_parser *parser, struct ndup_document *d, neardup_error *err)
{
    if (parser->html == NULL)
        NDUP_TRY(ndup_html_create(&parser->html, err));
    NDUP_TRY(ndup_html_text(parser->html, d->text, d->text_length, &parser->page, err));
    if (!ndup_buf_reserve(&parser->page, NDUP_PADDING))
        return ndup_fail_nomem(err);
    memset(parser->page.data + parser->page.len, 0, NDUP_PADDING);
    d->problem = ndup_html_problem(d->text, d->text_length, parser->page.len);
    d->text = d->raw = parser->page.data;
    d->text_length = d->raw_length = parser->page.len;
    d->escapes = NDUP_ESCAPES_NONE;
    return NEARDUP_OK;
}

neardup_status ndup_parser_parse(struct ndup_parser *parser, const struct ndup_format *format,
                                 const struct ndup_head *head, struct ndup_document *d, neardup_error *err)
{
    if (format->parse == NULL) {
        take_all(d);
        check_decoded(format, d);
        return NEARDUP_OK;
    }
    void **state = &parser->states[format->code];
    if (NDUP_UNLIKELY(*state == NULL))
        NDUP_TRY(format->create(state, parser->fields, err));
    if (!format->parse(*state, head, d))
        return ndup_fail_nomem(err);
    check_decoded(format, d);
    return d->problem == NULL && has_pages(format, parser->fields) ? take_page(parser, d, err) : NEARDUP_OK;
}

neardup_status ndup_parser_reread(struct ndup_parser *parser, const struct ndup_format *format,
                                  const struct ndup_head *head, const char *record, size_t length,
                                  struct ndup_document *document, neardup_error *err)
{
    struct ndup_records it;
    ndup_records_begin(&it, format, head, record, length, false);
    /* An empty file that is a document has an empty record. */
    if (!ndup_records_next(&it, document))
        *document = (struct ndup_document){.record = record, .record_length = length};
    return ndup_parser_parse(parser, format, head, document, err);
}

neardup_status ndup_parser_piece(struct ndup_parser *parser, const struct ndup_format *format, const char *raw,
                                 size_t raw_length, size_t text_length, const char **text, size_t *length,
                                 neardup_error *err)
{
    *text = raw;
    *length = raw_length;
    if (format->unescape == NULL)
        return NEARDUP_OK;
    ndup_buf_clear(&parser->unescaped);
    if (!ndup_buf_reserve(&parser->unescaped, raw_length + NDUP_PADDING))
        return ndup_fail_nomem(err);
    const char *end = format->unescape(parser->unescaped.data, raw, raw_length, text_length);
    *text = end != NULL ? parser->unescaped.data : NULL;
    *length = end != NULL ? (size_t)(end - parser->unescaped.data) : 0;
    return NEARDUP_OK;
}

/* ---- from places in a text to places in the bytes it came from ---- */

static const char escape_of[] = {[NDUP_ESCAPES_NONE] = '\0', [NDUP_ESCAPES_JSON] = '\\', [NDUP_ESCAPES_QUOTES] = '"'};

void ndup_text_map_begin(struct ndup_text_map *map, const char *raw, size_t raw_length, enum ndup_escapes escapes)
{
    *map = (struct ndup_text_map){.raw = raw, .raw_length = raw_length, .escapes = escapes};
}

/* Passes characters that mean themselves. *stop is the next escape, or what of raw has been searched for one: so each
 * byte is looked at once, whatever is not UTF-8 in between. */
static void pass_run(struct ndup_text_map *map, size_t to, size_t *stop)
{
    const char *at = map->raw + map->raw_at;
    size_t run = map->raw_length - map->raw_at, characters;
    if (run > to - map->text_at)
        run = to - map->text_at;
    if (map->escapes != NDUP_ESCAPES_NONE && *stop <= map->raw_at) {
        const char *escape = memchr(at, escape_of[map->escapes], run);
        *stop = map->raw_at + (escape != NULL ? (size_t)(escape - at) : run);
    }
    if (map->escapes != NDUP_ESCAPES_NONE && run > *stop - map->raw_at)
        run = *stop - map->raw_at;
    run = ndup_utf8_pass(at, run, &characters);
    map->raw_at += run;
    map->text_at += run;
    map->characters += characters;
}

/* Passes an escape, a sequence that is not UTF-8, or a character, if it ends before `to`. */
static bool pass_one(struct ndup_text_map *map, size_t to)
{
    const char *at = map->raw + map->raw_at;
    size_t left = map->raw_length - map->raw_at, length, meant;
    if (map->escapes == NDUP_ESCAPES_JSON && *at == '\\') {
        length = ndup_json_measure_escape(at, left, &meant);
    } else if (map->escapes == NDUP_ESCAPES_QUOTES && *at == '"') {
        length = left > 1 && at[1] == '"' ? 2 : 1;
        meant = 1;
    } else {
        bool valid;
        length = ndup_utf8_measure(at, left, &valid);
        meant = valid || map->escapes != NDUP_ESCAPES_JSON ? length : 3; /* U+FFFD */
    }
    if (meant > to - map->text_at)
        return false;
    map->raw_at += length;
    map->text_at += meant;
    map->characters++;
    return true;
}

void ndup_text_map_to(struct ndup_text_map *map, size_t to)
{
    size_t stop = 0;
    while (map->text_at < to && map->raw_at < map->raw_length) {
        if (map->escapes == NDUP_ESCAPES_NONE || map->raw[map->raw_at] != escape_of[map->escapes])
            pass_run(map, to, &stop);
        if (map->raw_at < map->raw_length && !pass_one(map, to))
            break;
    }
}
