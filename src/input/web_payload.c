/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/web_payload.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "codec/codec.h"
#include "input/encoding.h"
#include "input/file_kind.h"
#include "input/formats.h"
#include "input/html.h"
#include "input/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- header lines ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The end of the header line at `at`, with the lines that continue it: those begin with a space. */
static const char *line_end(const char *at, const char *end)
{
    const char *stop;
    do {
        stop = memchr(at, '\n', (size_t)(end - at));
        at = stop != NULL ? stop + 1 : end;
    } while (stop != NULL && at < end && (*at == ' ' || *at == '\t'));
    return stop != NULL ? stop : end;
}

static struct ndup_header_value trimmed(const char *at, const char *end)
{
    while (at < end && (is_space(*at) || *at == '\n'))
        at++;
    while (end > at && (is_space(end[-1]) || end[-1] == '\n'))
        end--;
    return (struct ndup_header_value){at, (size_t)(end - at)};
}

struct ndup_header_value ndup_header_find(const char *at, const char *end, const char *name)
{
    size_t n = strlen(name);
    while (at < end) {
        const char *stop = line_end(at, end);
        if ((size_t)(stop - at) > n && (at[0] | 0x20) == (name[0] | 0x20) && strncasecmp(at, name, n) == 0) {
            const char *colon = at + n;
            while (colon < stop && is_space(*colon))
                colon++;
            if (colon < stop && *colon == ':')
                return trimmed(colon + 1, stop);
        }
        at = stop < end ? stop + 1 : end;
    }
    return (struct ndup_header_value){NULL, 0};
}

bool ndup_header_is(struct ndup_header_value value, const char *word)
{
    return value.text != NULL && value.length == strlen(word) && strncasecmp(value.text, word, value.length) == 0;
}

struct ndup_header_value ndup_media_type(struct ndup_header_value value)
{
    const char *end = value.length > 0 ? memchr(value.text, ';', value.length) : NULL;
    return end != NULL ? trimmed(value.text, end) : value;
}

/* Without the quotes around it. */
static struct ndup_header_value unquoted(struct ndup_header_value v)
{
    if (v.length > 0 && (v.text[0] == '"' || v.text[0] == '\'')) {
        v.text++;
        v.length--;
        const char *end = memchr(v.text, v.text[-1], v.length);
        v.length = end != NULL ? (size_t)(end - v.text) : v.length;
    }
    return v;
}

struct ndup_header_value ndup_media_parameter(struct ndup_header_value value, const char *name)
{
    const char *at = value.text, *end = value.length > 0 ? at + value.length : at;
    while (at < end && (at = memchr(at, ';', (size_t)(end - at))) != NULL) {
        at++;
        const char *stop = memchr(at, ';', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        const char *is = memchr(at, '=', (size_t)(stop - at));
        if (is != NULL && ndup_header_is(trimmed(at, is), name))
            return unquoted(trimmed(is + 1, stop));
    }
    return (struct ndup_header_value){NULL, 0};
}

const char *ndup_header_end(const char *at, const char *end)
{
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL)
            return NULL;
        if (newline == at || (newline == at + 1 && *at == '\r'))
            return newline + 1;
        at = newline + 1;
    }
    return NULL;
}

/* ---- messages ---- */

bool ndup_web_split(const char *bytes, size_t length, struct ndup_web_payload *out)
{
    const char *end = bytes + length;
    *out = (struct ndup_web_payload){.body = bytes, .length = length};
    if (length < 5 || memcmp(bytes, "HTTP/", 5) != 0)
        return false;
    const char *body = ndup_header_end(bytes, end);
    out->header = bytes;
    out->header_end = body = body != NULL ? body : end; /* a header and nothing else */
    out->body = body;
    out->length = (size_t)(end - body);
    out->type = ndup_header_find(bytes, body, "Content-Type");
    out->transfer = ndup_header_find(bytes, body, "Transfer-Encoding");
    out->coding = ndup_header_find(bytes, body, "Content-Encoding");
    return true;
}

static bool has_prefix(struct ndup_header_value v, const char *prefix)
{
    size_t n = strlen(prefix);
    return v.length >= n && strncasecmp(v.text, prefix, n) == 0;
}

static bool has_suffix(struct ndup_header_value v, const char *suffix)
{
    size_t n = strlen(suffix);
    return v.length >= n && strncasecmp(v.text + v.length - n, suffix, n) == 0;
}

static bool is_one_of(struct ndup_header_value v, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (ndup_header_is(v, *words))
            return true;
    }
    return false;
}

/* Texts for programs: style sheets and scripts of pages, and notes of crawlers. */
static const char *const no_texts[] = {
    "text/css",  "text/javascript", "text/ecmascript", "text/x-javascript", "text/dns",
    "text/anvl", "text/vcard",      "text/calendar",   "application/dns",   NULL};
static const char *const pages[] = {"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml", NULL};
static const char *const other_texts[] = {"application/json", "application/xml", "application/x-ndjson",
                                          "application/jsonl", NULL};
/* Servers say these where they do not know. */
static const char *const unknown[] = {
    "unknown", "no-type", "unk", "unknown/unknown", "application/unknown", "application/x-unknown-content-type",
    "text",    NULL};

enum ndup_web_kind ndup_web_kind_of(const struct ndup_web_payload *payload)
{
    struct ndup_header_value type = ndup_media_type(payload->type);
    if (type.length > 0 && !is_one_of(type, unknown)) {
        if (is_one_of(type, pages))
            return NDUP_WEB_HTML;
        bool text = (has_prefix(type, "text/") && !is_one_of(type, no_texts)) || is_one_of(type, other_texts) ||
                    has_suffix(type, "+xml") || has_suffix(type, "+json");
        return text && !ndup_header_is(type, "image/svg+xml") ? NDUP_WEB_TEXT : NDUP_WEB_OTHER;
    }
    if (payload->coding.length > 0 || payload->transfer.length > 0) /* its first bytes say nothing yet */
        return NDUP_WEB_HTML;
    if (ndup_html_sniff(payload->body, payload->length))
        return NDUP_WEB_HTML;
    return ndup_file_kind_find(payload->body, payload->length, NULL, false) == NULL ? NDUP_WEB_TEXT : NDUP_WEB_OTHER;
}

/* ---- transfer coding: chunks ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The line with the size of a chunk. False: it is none. */
static bool take_chunk_size(const char **at, const char *end, size_t *size)
{
    const char *p = *at, *from = p;
    for (*size = 0; p < end && hex_digit(*p) >= 0; p++) {
        if (p - from >= 12)
            return false;
        *size = *size << 4 | (size_t)hex_digit(*p);
    }
    if (p == from)
        return false;
    while (p < end && is_space(*p))
        p++;
    if (p < end && *p == ';') { /* extensions */
        p = memchr(p, '\n', (size_t)(end - p));
        if (p == NULL)
            return false;
    }
    if (p == end || *p != '\n')
        return false;
    *at = p + 1;
    return true;
}

/* Undoes chunks. Many archives store the body whole and keep the header: a body that does not begin with a chunk is not
 * chunked. *cut_off: the bytes end before the last chunk. False: no memory. */
static bool join_chunks(const char *body, size_t length, struct ndup_buf *to, bool *chunked, bool *cut_off)
{
    const char *at = body, *end = body + length;
    size_t size;
    ndup_buf_clear(to);
    *cut_off = false;
    *chunked = take_chunk_size(&at, end, &size);
    if (!*chunked)
        return true;
    while (size > 0) {
        size_t left = (size_t)(end - at);
        ndup_buf_append(to, at, size < left ? size : left);
        if (size > left) {
            *cut_off = true;
            break;
        }
        at += size;
        while (at < end && (*at == '\r' || *at == '\n'))
            at++;
        if (!take_chunk_size(&at, end, &size)) {
            *cut_off = true;
            break;
        }
    }
    return !to->failed && ndup_buf_reserve(to, NDUP_PADDING);
}

/* ---- content coding ---- */

static const char too_long[] = "the body is longer than 64 MiB when it is decompressed";
static const char damaged[] = "the compressed body is damaged or cut off";
static const char unknown_coding[] = "the body has a Content-Encoding that neardup does not know";
static const char cut_chunks[] = "the chunked body is damaged or cut off";
static const char no_charset[] = "the text is in a charset that the C library does not know";
static const char zero_bytes[] = "the text has zero bytes: its Content-Type is wrong, or the record is damaged";
static const char not_decoded[] = "the text cannot be decoded: it has another charset than it says, or is damaged";

static const struct {
    const char *name;
    const struct ndup_codec *codec;
} codings[] = {
    {"gzip", &ndup_codec_gzip},
    {"x-gzip", &ndup_codec_gzip},
    {"deflate", &ndup_codec_deflate},
    {"br", &ndup_codec_brotli},
    {"zstd", &ndup_codec_zstd},
    {"compress", NULL},
    {"x-compress", NULL},
    {"sdch", NULL},
    {"bzip2", &ndup_codec_bzip2},
}; /* other words are mistakes of servers, such as "utf-8" */

/* Whether the bytes are in the coding. Text is in none: neither brotli nor deflate show themselves by their first bytes. */
static bool is_coded(const struct ndup_codec *codec, const char *bytes, size_t length)
{
    if (codec != NULL && codec->recognise != NULL)
        return codec->recognise((const uint8_t *)bytes, length);
    return memchr(bytes, '\0', length) != NULL || !ndup_json_is_utf8(bytes, length);
}

/* Bytes after the end of a stream are mistakes of servers, which browsers pass over. */
static neardup_status decompress(const struct ndup_codec *codec, const char *bytes, size_t length, struct ndup_buf *to,
                                 const char **problem, neardup_error *err)
{
    neardup_error why;
    bool whole;
    ndup_buf_clear(to);
    neardup_status st = ndup_decompress(codec, bytes, length, NDUP_WEB_BODY_MAX, to, &whole, &why);
    if (st == NEARDUP_E_NOMEM || !ndup_buf_reserve(to, NDUP_PADDING))
        return ndup_fail_nomem(err);
    bool good = st == NEARDUP_OK || (st == NEARDUP_E_FORMAT && whole);
    *problem = good ? NULL : st == NEARDUP_E_LIMIT ? too_long : damaged;
    return NEARDUP_OK;
}

/* ---- characters ---- */

/* Charsets as the web means them (WHATWG, "Encoding"), where the C library takes the name literally. */
static const char *const web_charsets[][2] = {
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"latin-1", "windows-1252"},
    {"us-ascii", "windows-1252"},
    {"ascii", "windows-1252"},
    {"iso-8859-9", "windows-1254"},
    {"iso-8859-11", "windows-874"},
    {"tis-620", "windows-874"},
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"x-gbk", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"x-sjis", "shift_jis"},
    {"windows-31j", "shift_jis"},
    {"x-euc-jp", "euc-jp"},
    {"euc-kr", "cp949"},
    {"ks_c_5601-1987", "cp949"},
    {"x-x-big5", "big5"},
    {"utf-16", "utf-16le"},
    {"unicode", "utf-16le"},
    {"x-user-defined", "windows-1252"},
    {"none", "windows-1252"},
};

/* Decoders that are kept: a crawl has pages in one or two dozen charsets, but neighbours are alike. */
#define DECODERS 4u

struct ndup_web {
    struct ndup_buf chunks, codings[2], text, page;
    struct ndup_html *html;
    struct ndup_decoder *decoders[DECODERS]; /* the one used last comes first */
};

neardup_status ndup_web_create(struct ndup_web **out, neardup_error *err)
{
    struct ndup_web *web = ndup_calloc(1, sizeof *web);
    neardup_status st = web != NULL ? ndup_html_create(&web->html, err) : ndup_fail_nomem(err);
    if (st != NEARDUP_OK) {
        ndup_web_destroy(web);
        web = NULL;
    }
    *out = web;
    return st;
}

void ndup_web_destroy(struct ndup_web *web)
{
    if (web == NULL)
        return;
    for (size_t i = 0; i < DECODERS; i++)
        ndup_decoder_destroy(web->decoders[i]);
    ndup_buf_free(&web->chunks);
    ndup_buf_free(&web->codings[0]);
    ndup_buf_free(&web->codings[1]);
    ndup_buf_free(&web->text);
    ndup_buf_free(&web->page);
    ndup_html_destroy(web->html);
    free(web);
}

/* The decoder of a name; *out NULL: there is none. */
static neardup_status find_decoder(struct ndup_web *web, const char *name, struct ndup_decoder **out,
                                   neardup_error *err)
{
    struct ndup_decoder *found = NULL;
    size_t at = 0;
    while (at < DECODERS && web->decoders[at] != NULL && strcasecmp(ndup_decoder_name(web->decoders[at]), name) != 0)
        at++;
    *out = NULL;
    if (at < DECODERS && web->decoders[at] != NULL) {
        found = web->decoders[at];
    } else {
        neardup_error why;
        neardup_status st = ndup_decoder_create(&found, name, &why);
        if (st == NEARDUP_E_NOMEM)
            return ndup_fail_nomem(err);
        if (st != NEARDUP_OK)
            return NEARDUP_OK;
        at = at < DECODERS ? at : DECODERS - 1;
        ndup_decoder_destroy(web->decoders[at]);
    }
    for (; at > 0; at--)
        web->decoders[at] = web->decoders[at - 1];
    web->decoders[0] = *out = found;
    return NEARDUP_OK;
}

/* Bytes in which a page names its charset: browsers look at as many. */
#define META_BYTES 1024u

static bool is_charset_letter(char c)
{
    return c == '-' || c == '_' || c == ':' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* The value of an attribute in the tag [at, end), or of what looks like one inside a value: content="...; charset=x". */
static struct ndup_header_value find_attribute(const char *at, const char *end, const char *name)
{
    size_t n = strlen(name);
    for (; (size_t)(end - at) > n; at++) {
        const char *p = at + n;
        if (strncasecmp(at, name, n) != 0)
            continue;
        while (p < end && is_space(*p))
            p++;
        if (p == end || *p++ != '=')
            continue;
        while (p < end && (is_space(*p) || *p == '"' || *p == '\''))
            p++;
        const char *from = p;
        while (p < end && is_charset_letter(*p))
            p++;
        return (struct ndup_header_value){from, (size_t)(p - from)};
    }
    return (struct ndup_header_value){NULL, 0};
}

/* The charset of <meta charset=...>, of <meta http-equiv="Content-Type" content="text/html; charset=...">, or of an XML
 * declaration. */
static struct ndup_header_value meta_charset(const char *at, size_t length)
{
    const char *end = at + (length < META_BYTES ? length : META_BYTES);
    for (; at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL; at++) {
        bool meta = end - at > 5 && strncasecmp(at, "<meta", 5) == 0;
        if (!meta && !(end - at > 5 && memcmp(at, "<?xml", 5) == 0))
            continue;
        const char *stop = memchr(at, '>', (size_t)(end - at));
        struct ndup_header_value found =
            find_attribute(at + 5, stop != NULL ? stop : end, meta ? "charset" : "encoding");
        if (found.length > 0)
            return found;
    }
    return (struct ndup_header_value){NULL, 0};
}

/* The name of a charset as the C library takes it; "" if there is none that it could be. */
static void name_charset(struct ndup_header_value value, char name[32])
{
    name[0] = '\0';
    if (value.length == 0 || value.length >= 31)
        return;
    snprintf(name, 32, "%.*s", (int)value.length, value.text);
    for (size_t i = 0; i < sizeof web_charsets / sizeof web_charsets[0]; i++) {
        if (strcasecmp(name, web_charsets[i][0]) == 0)
            snprintf(name, 32, "%s", web_charsets[i][1]);
    }
}

/* What the bytes are decoded from; NULL: they are UTF-8. A page that is UTF-8 throughout is not in another charset of which
 * each byte is a character, whatever its server says: no text in those happens to be UTF-8. */
static neardup_status choose_charset(struct ndup_web *web, const struct ndup_web_payload *payload, const char *bytes,
                                     size_t length, struct ndup_decoder **out, const char **problem, neardup_error *err)
{
    const char *mark = ndup_encoding_of_mark(bytes, length);
    char name[32];
    *out = NULL;
    if (mark != NULL)
        return find_decoder(web, mark, out, err);
    name_charset(ndup_media_parameter(payload->type, "charset"), name);
    bool wide = strncasecmp(name, "utf-16", 6) == 0 || strncasecmp(name, "utf-32", 6) == 0;
    bool modal = strncasecmp(name, "iso-2022", 8) == 0 || strncasecmp(name, "utf-7", 5) == 0 ||
                 strncasecmp(name, "hz-gb", 5) == 0;
    if (!wide && !modal && ndup_json_is_utf8(bytes, length))
        return NEARDUP_OK;
    if (name[0] == '\0')
        name_charset(meta_charset(bytes, length), name);
    if (!wide && strncasecmp(name, "utf-16", 6) == 0) /* then it could not be read */
        name[0] = '\0';
    if (ndup_encoding_is_utf8(name[0] != '\0' ? name : "windows-1252")) /* with strays in it */
        return NEARDUP_OK;
    NDUP_TRY(find_decoder(web, name[0] != '\0' ? name : "windows-1252", out, err));
    if (*out == NULL && modal)
        *problem = no_charset;
    else if (*out == NULL && name[0] != '\0')
        return find_decoder(web, "windows-1252", out, err);
    return NEARDUP_OK;
}

static neardup_status decode(struct ndup_web *web, struct ndup_decoder *decoder, const char **bytes, size_t *length,
                             neardup_error *err)
{
    size_t used;
    ndup_buf_clear(&web->text);
    if (!ndup_decoder_run(decoder, *bytes, *length, true, SIZE_MAX, &web->text, &used) ||
        !ndup_buf_reserve(&web->text, NDUP_PADDING))
        return ndup_fail_nomem(err);
    *bytes = web->text.data;
    *length = web->text.len;
    return NEARDUP_OK;
}

/* ---- texts ---- */

/* The last word of a list, which is taken off. False: there is none. */
static bool take_last(struct ndup_header_value *list, struct ndup_header_value *word)
{
    if (list->length == 0)
        return false;
    const char *end = list->text + list->length, *comma = memrchr(list->text, ',', list->length);
    *word = trimmed(comma != NULL ? comma + 1 : list->text, end);
    list->length = comma != NULL ? (size_t)(comma - list->text) : 0;
    return true;
}

/* Codings are undone last to first. One that the bytes do not have was undone by the crawler, which kept the header. *used:
 * buffers of web->codings that hold what is read and what is written, in turns. */
static neardup_status undo_list(struct ndup_web *web, struct ndup_header_value list, unsigned *used, const char **bytes,
                                size_t *length, const char **problem, neardup_error *err)
{
    struct ndup_header_value word;
    while (*problem == NULL && *length > 0 && take_last(&list, &word)) {
        struct ndup_buf *to = &web->codings[*used & 1];
        size_t k = 0;
        while (k < sizeof codings / sizeof codings[0] && !ndup_header_is(word, codings[k].name))
            k++;
        if (k == sizeof codings / sizeof codings[0] || !is_coded(codings[k].codec, *bytes, *length))
            continue;
        const struct ndup_codec *codec = codings[k].codec;
        if (codec == NULL) {
            *problem = unknown_coding;
            continue;
        }
        NDUP_TRY(decompress(codec, *bytes, *length, to, problem, err));
        *bytes = to->data;
        *length = to->len;
        ++*used;
    }
    return NEARDUP_OK;
}

/* Several Content-Encoding headers are one list (RFC 9110, 5.3). Two are all that anybody sends. */
static neardup_status undo_codings(struct ndup_web *web, const struct ndup_web_payload *payload, const char **bytes,
                                   size_t *length, const char **problem, neardup_error *err)
{
    unsigned used = 0;
    struct ndup_header_value first = payload->coding, second = {NULL, 0};
    if (first.length > 0)
        second = ndup_header_find(first.text + first.length, payload->header_end, "Content-Encoding");
    if (second.length > 0)
        NDUP_TRY(undo_list(web, second, &used, bytes, length, problem, err));
    return undo_list(web, first, &used, bytes, length, problem, err);
}

neardup_status ndup_web_text(struct ndup_web *web, const struct ndup_web_payload *payload, enum ndup_web_kind kind,
                             const char **text, size_t *length, const char **problem, neardup_error *err)
{
    struct ndup_decoder *decoder = NULL;
    const char *bytes = payload->body;
    size_t n = payload->length;
    *problem = NULL;
    if (payload->transfer.length > 0 && has_suffix(payload->transfer, "chunked")) {
        bool chunked, cut_off;
        if (!join_chunks(bytes, n, &web->chunks, &chunked, &cut_off))
            return ndup_fail_nomem(err);
        if (chunked && cut_off)
            *problem = cut_chunks;
        bytes = chunked ? web->chunks.data : bytes;
        n = chunked ? web->chunks.len : n;
    }
    if (*problem == NULL)
        NDUP_TRY(undo_codings(web, payload, &bytes, &n, problem, err));
    if (*problem == NULL && n > 0)
        NDUP_TRY(choose_charset(web, payload, bytes, n, &decoder, problem, err));
    if (*problem == NULL && decoder != NULL)
        NDUP_TRY(decode(web, decoder, &bytes, &n, err));
    /* Pictures and documents that are called text have zero bytes. */
    if (*problem == NULL && n > 0 && memchr(bytes, '\0', n) != NULL)
        *problem = zero_bytes;
    if (*problem == NULL && kind == NDUP_WEB_HTML) {
        NDUP_TRY(ndup_html_text(web->html, bytes, n, &web->page, err));
        if (!ndup_buf_reserve(&web->page, NDUP_PADDING))
            return ndup_fail_nomem(err);
        *problem = ndup_html_problem(bytes, n, web->page.len);
        bytes = web->page.data;
        n = web->page.len;
    }
    if (*problem == NULL && n > 0 && !ndup_json_is_utf8(bytes, n) && ndup_undecoded_problem(bytes, n) != NULL)
        *problem = not_decoded;
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        bytes += 3;
        n -= 3;
    }
    *text = bytes;
    *length = n;
    return NEARDUP_OK;
}
