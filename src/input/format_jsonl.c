/* SPDX-License-Identifier: MIT
 * JSON Lines: a line is a record. It also has what simdjson refuses and we read all the same: lone surrogates, and bytes
 * that are not UTF-8. */
#include "base/platform.h"

#include "base/error.h"
#include "base/utf8_check.h"
#include "input/format_json.h"
#include "input/formats.h"
#include "input/json.h"
#include "input/json_walk.h"
#include "input/line_records.h"

#include <string.h>
#if NDUP_X86
#    include <emmintrin.h>
#endif

/* ---- escapes ---- */

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
#define REPLACED (sizeof replacement - 1)

/* Values of the hexadecimal digits, one more than they are: 0 for other bytes. */
static const uint8_t hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

/* What the escape \uXXXX at `at` says, negative if there is none. */
static int32_t code_unit(const char *at, const char *end)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    int32_t a = hex_digits[(unsigned char)at[2]] - 1, b = hex_digits[(unsigned char)at[3]] - 1;
    int32_t c = hex_digits[(unsigned char)at[4]] - 1, d = hex_digits[(unsigned char)at[5]] - 1;
    return (a | b | c | d) < 0 ? -1 : a << 12 | b << 8 | c << 4 | d;
}

/* The character of the escape at *at, which a low half may follow; negative if it is none. Passes it. */
static int32_t unicode_escape(const char **at, const char *end)
{
    int32_t c = code_unit(*at, end);
    *at += 6;
    if (NDUP_LIKELY(c < 0xd800 || c > 0xdfff))
        return c;
    int32_t low = c < 0xdc00 ? code_unit(*at, end) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return 0xfffd;
    *at += 6;
    return 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *to++ = (char)(0xe0 | c >> 12);
        } else {
            *to++ = (char)(0xf0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (c & 0x3f));
    return to;
}

/* Copies up to the first backslash, and returns its place or the end; may copy 15 bytes more. */
static const char *copy_run(char *to, const char *at, const char *end)
{
#if NDUP_X86
    for (; at < end; at += 16, to += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        _mm_storeu_si128((__m128i *)(void *)to, bytes);
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        if (found != 0)
            return at + __builtin_ctz(found) < end ? at + __builtin_ctz(found) : end;
    }
    return end;
#else
    const char *found = memchr(at, '\\', (size_t)(end - at));
    memcpy(to, at, (size_t)((found != NULL ? found : end) - at));
    return found != NULL ? found : end;
#endif
}

/* The character after the backslash of a short escape, and its meaning; 0: no escape. */
static const char meaning[256] = {
    ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};

char *ndup_json_unescape(char *to, const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    while (at < end) {
        if (*at != '\\') {
            const char *stop = copy_run(to, at, end);
            to += stop - at;
            at = stop;
        } else if (end - at > 1 && at[1] == 'u') {
            int32_t c = unicode_escape(&at, end);
            if (c < 0)
                return NULL;
            to = put_utf8(to, (uint32_t)c);
        } else {
            if (end - at < 2 || meaning[(unsigned char)at[1]] == 0)
                return NULL;
            *to++ = meaning[(unsigned char)at[1]];
            at += 2;
        }
    }
    return to;
}

size_t ndup_json_measure_escape(const char *text, size_t left, size_t *meant)
{
    *meant = 1;
    if (left < 2 || text[1] != 'u')
        return left < 2 || meaning[(unsigned char)text[1]] == 0 ? 1 : 2;
    const char *at = text;
    int32_t c = unicode_escape(&at, text + left);
    if (c < 0)
        return 1;
    *meant = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    return (size_t)(at - text);
}

/* ---- UTF-8 ---- */

bool ndup_json_repair_utf8(struct ndup_buf *to, const char *text, size_t len, size_t zeros)
{
    ndup_buf_clear(to);
    size_t at = 0;
    for (;;) {
        size_t characters, good = ndup_utf8_pass(text + at, len - at, &characters);
        ndup_buf_append(to, text + at, good);
        at += good;
        if (at == len)
            break;
        bool valid;
        at += ndup_utf8_measure(text + at, len - at, &valid);
        ndup_buf_append(to, replacement, REPLACED);
    }
    if (!ndup_buf_reserve(to, zeros) || to->failed)
        return false;
    memset(to->data + to->len, 0, zeros);
    return true;
}

void ndup_json_unrepair(const char *text, size_t len, size_t *const places[], size_t count)
{
    size_t at = 0, repaired = 0, moved[NDUP_JSON_PLACES] = {0};
    for (;;) {
        size_t characters, good = ndup_utf8_pass(text + at, len - at, &characters);
        at += good;
        repaired += good;
        if (at == len)
            break;
        bool valid;
        size_t bad = ndup_utf8_measure(text + at, len - at, &valid);
        /* A maximal part is never longer than what replaced it. */
        for (size_t i = 0; i < count; i++)
            moved[i] += *places[i] > repaired ? REPLACED - bad : 0;
        at += bad;
        repaired += REPLACED;
    }
    for (size_t i = 0; i < count; i++)
        *places[i] -= moved[i];
}

/* ---- the row ---- */

/* Nothing but JSON begins so. Templates ("{{", "{%") and RTF ("{\rtf") do not. */
static bool looks_like_json(const char *bytes, size_t len)
{
    size_t at = 1;
    if (bytes[0] != '{')
        return false;
    while (at < len && (bytes[at] == '\n' || ndup_is_blank(bytes[at])))
        at++;
    return at == len || strchr("{%\\#", bytes[at]) == NULL;
}

/* Takes the first object of what is left of a line of several. False: there is one. */
static bool take_object(struct ndup_records *it, struct ndup_document *d, const char *end)
{
    const char *at = d->record, *after;
    while (at < end && *at != '{' && (ndup_is_blank(*at) || (unsigned char)*at >= 0x80))
        at++; /* 0x80: a byte order mark */
    after = at < end && *at == '{' ? ndup_json_value_end(at, end) : NULL;
    if (after == NULL)
        return false;
    d->length = (size_t)(after - d->record);
    while (after < end && (*after == ' ' || *after == '\t' || *after == '\r'))
        after++;
    if (after == end || *after != '{')
        return false;
    d->record_length = (size_t)(after - d->record);
    it->at = after;
    it->line = d->line;
    return true;
}

/* Every other object of the line is given like the first one: the line is looked at once. */
static bool split_line(struct ndup_records *it, struct ndup_document *d)
{
    const char *end = d->record + d->record_length;
    struct ndup_document first = *d;
    if (it->split_end != NULL || !take_object(it, &first, end))
        return false;
    it->split_end = end;
    *d = first;
    return true;
}

/* A byte order mark is part of the first record, but alone in its line it is not a record: a file of nothing else is empty. */
static void pass_lone_mark(struct ndup_records *it)
{
    if (it->end - it->at >= 3 && memcmp(it->at, "\xef\xbb\xbf", 3) == 0 && ndup_is_blank_line(it->at + 3, it->end))
        it->at += 3;
}

static bool next_record(struct ndup_records *it, struct ndup_document *d)
{
    if (NDUP_UNLIKELY(it->split_end != NULL)) {
        d->record = it->at;
        d->line = it->line;
        d->end_line = d->line + 1;
        if (take_object(it, d, it->split_end))
            return true;
        it->split_end = NULL;
        ndup_take_line(it, d);
        return true;
    }
    if (NDUP_UNLIKELY(it->at_start && it->line == 0))
        pass_lone_mark(it);
    ndup_pass_blank_lines(it);
    if (it->at == it->end)
        return false;
    ndup_take_line(it, d);
    return true;
}

neardup_status ndup_json_format_create(void **state, const struct ndup_fields *fields, neardup_error *err)
{
    struct ndup_json *json = NULL;
    NDUP_TRY(ndup_json_create(&json, fields, err));
    *state = json;
    return NEARDUP_OK;
}

void ndup_json_format_destroy(void *state)
{
    ndup_json_destroy(state);
}

bool ndup_json_format_parse(void *state, const struct ndup_head *head, struct ndup_document *d)
{
    (void)head;
    return ndup_json_parse(state, d->record, d->length, d);
}

char *ndup_json_format_unescape(char *to, const char *raw, size_t raw_length, size_t text_length)
{
    (void)text_length;
    return ndup_json_unescape(to, raw, raw_length);
}

const struct ndup_format ndup_input_jsonl = {
    .code = NEARDUP_INPUT_JSONL,
    .suffixes = ".jsonl .ndjson .json",
    .sniff = looks_like_json,
    .annotates = true,
    .counts_lines = true,
    .has_text_field = true,
    .least_bytes = 200,
    .find_end = ndup_find_line_end,
    .next = next_record,
    .split = split_line,
    .parse = ndup_json_format_parse,
    NDUP_JSON_PARSING,
};
