/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/json_write.h"

#include "base/utf8_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- strings ---- */

static void write_escape(struct ndup_buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof names; i += 2) {
        if ((unsigned char)names[i] == c) {
            char text[2] = {'\\', names[i + 1]};
            ndup_buf_append(buf, text, sizeof text);
            return;
        }
    }
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    ndup_buf_append(buf, text, sizeof text);
}

static void write_unit(struct ndup_buf *buf, uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', hex[unit >> 12], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15]};
    ndup_buf_append(buf, text, sizeof text);
}

/* \u and the code point, a surrogate pair above U+FFFF. For readers of JSON that is the character itself; in a terminal, a
 * pager or a review of code it cannot hide or reorder what is around it. */
static void write_hidden(struct ndup_buf *buf, uint32_t code)
{
    if (code >= 0x10000) {
        write_unit(buf, 0xD800 + (code - 0x10000) / 0x400);
        code = 0xDC00 + (code - 0x10000) % 0x400;
    }
    write_unit(buf, code);
}

/* Whether the character of n > 0 bytes must be escaped: beyond ASCII, or DEL. */
NDUP_INLINE bool is_hidden(const char *bytes, size_t n)
{
    unsigned char lead = (unsigned char)bytes[0];
    if (NDUP_LIKELY(n == 3 ? lead != 0xE1 && lead != 0xE2 && lead != 0xEF : n == 2 && lead != 0xC2 && lead != 0xD8))
        return false;
    return ndup_utf8_is_hidden(ndup_utf8_value(bytes, n));
}

/* Bytes at the beginning that are ASCII and no control character, quotation mark or backslash. Eight at a time: of a run that
 * removes paragraphs, a byte at a time was 5 % of all instructions. */
NDUP_INLINE size_t plain_length(const char *bytes, size_t length)
{
    const uint64_t ones = UINT64_MAX / 0xFF, high = ones * 0x80;
    size_t i = 0;
    for (; length - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\'), del = word ^ (ones * 0x7F);
        /* The high bit of a byte: below 0x20, zero after the exclusive or, or beyond ASCII. */
        if (((word - ones * 0x20) | (quote - ones) | (backslash - ones) | (del - ones) | word) & high)
            break;
    }
    for (; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
            break;
    }
    return i;
}

void ndup_json_write_string(struct ndup_buf *buf, const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    size_t begin = 0, i = 0; /* begin..i is ready to be copied */
    ndup_buf_append(buf, "\"", 1);
    for (;;) {
        i += plain_length(bytes + i, length - i);
        if (i == length)
            break;
        bool valid;
        size_t n = ndup_utf8_measure(bytes + i, length - i, &valid);
        bool hidden = valid && at[i] >= 0x7F && is_hidden(bytes + i, n);
        if (valid && n > 1 && !hidden) {
            i += n;
            continue;
        }
        if (i > begin)
            ndup_buf_append(buf, bytes + begin, i - begin);
        if (hidden)
            write_hidden(buf, ndup_utf8_value(bytes + i, n));
        else if (valid)
            write_escape(buf, at[i]);
        else
            ndup_buf_append(buf, "\xEF\xBF\xBD", 3);
        i += n;
        begin = i;
    }
    if (i > begin)
        ndup_buf_append(buf, bytes + begin, i - begin);
    ndup_buf_append(buf, "\"", 1);
}

/* ---- strings of records, which may be less than strict JSON ---- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Length of the escape that begins with the backslash at text[0], 0 if it is none. */
static size_t escape_length(const char *text, size_t length)
{
    if (length < 2 || text[1] == '\0' || strchr("\"\\/bfnrtu", text[1]) == NULL)
        return 0;
    if (text[1] != 'u')
        return 2;
    for (size_t i = 2; i < 6; i++) {
        if (i >= length || !is_hex(text[i]))
            return 0;
    }
    return 6;
}

static bool is_strict_string(const char *raw, size_t length)
{
    if (length < 2 || raw[0] != '"' || raw[length - 1] != '"')
        return false;
    const char *text = raw + 1;
    size_t left = length - 2;
    while (left > 0) {
        bool valid = true;
        size_t n = text[0] == '\\' ? escape_length(text, left) : ndup_utf8_measure(text, left, &valid);
        if (n == 0 || n > left || (text[0] != '\\' && (!valid || text[0] == '"' || (unsigned char)text[0] < 0x20)))
            return false;
        text += n;
        left -= n;
    }
    return true;
}

static size_t digits(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

bool ndup_json_is_number(const char *raw, size_t length)
{
    size_t at = length > 0 && raw[0] == '-' ? 1 : 0;
    size_t n = digits(raw + at, length - at);
    if (n == 0 || (n > 1 && raw[at] == '0'))
        return false;
    at += n;
    if (at < length && raw[at] == '.') {
        n = digits(raw + at + 1, length - at - 1);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < length && (raw[at] | 0x20) == 'e') {
        at++;
        if (at < length && (raw[at] == '+' || raw[at] == '-'))
            at++;
        n = digits(raw + at, length - at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == length;
}

static bool read_hex4(const char *text, size_t length, uint32_t *value)
{
    if (length < 4)
        return false;
    *value = 0;
    for (size_t i = 0; i < 4; i++) {
        if (!is_hex(text[i]))
            return false;
        char lower = (char)(text[i] | 0x20);
        *value = *value << 4 | (uint32_t)(text[i] <= '9' ? text[i] - '0' : lower - 'a' + 10);
    }
    return true;
}

static void append_utf8(struct ndup_buf *buf, uint32_t code)
{
    unsigned char out[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (unsigned char)(0x80 | (code & 0x3f));
    out[0] = (unsigned char)(leads[n] | code);
    ndup_buf_append(buf, out, n);
}

/* What follows a backslash; returns its length. An unknown escape is the character itself. */
static size_t unescape(struct ndup_buf *buf, const char *text, size_t length)
{
    static const char letters[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    uint32_t code;
    uint32_t low;
    if (length > 0 && text[0] == 'u' && read_hex4(text + 1, length - 1, &code)) {
        size_t used = 5;
        if (code >= 0xd800 && code <= 0xdbff && length >= 11 && text[5] == '\\' && text[6] == 'u' &&
            read_hex4(text + 7, length - 7, &low) && low >= 0xdc00 && low <= 0xdfff) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            used = 11;
        }
        append_utf8(buf, code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
        return used;
    }
    const char *letter = length > 0 && text[0] != '\0' ? strchr(letters, text[0]) : NULL;
    if (letter != NULL)
        ndup_buf_append(buf, &meanings[letter - letters], 1);
    else
        ndup_buf_append(buf, text, length > 0 ? 1 : 0);
    return length > 0 ? 1 : 0;
}

void ndup_json_write_plain(struct ndup_buf *buf, const char *value, size_t length)
{
    if (length < 2 || value[0] != '"') {
        ndup_buf_append(buf, value, length);
        return;
    }
    const char *at = value + 1;
    const char *end = value + length - 1;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        const char *stop = backslash != NULL ? backslash : end;
        ndup_buf_append(buf, at, (size_t)(stop - at));
        at = stop;
        if (at < end) {
            at++;
            at += unescape(buf, at, (size_t)(end - at));
        }
    }
}

/* ---- numbers ---- */

void ndup_json_write_u64(struct ndup_buf *buf, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    ndup_buf_append(buf, digits + at, sizeof digits - at);
}

void ndup_json_write_double(struct ndup_buf *buf, double number)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    ndup_buf_append_number(buf, text);
}

void ndup_json_write_fixed(struct ndup_buf *buf, double number, int decimals)
{
    char text[64];
    number = fmin(fmax(number, -1e30), 1e30);
    snprintf(text, sizeof text, "%.*f", decimals < 20 ? decimals : 20, number);
    ndup_buf_append_number(buf, text);
}

/* The largest number of millionths that, read back as a double, is not above the score. A plain floor of the product
 * would make 0.912999 of some scores that are 913/1000. */
static uint64_t millionths(double score)
{
    double scaled = floor(score * 1e6);
    while (scaled > 0 && scaled / 1e6 > score)
        scaled -= 1;
    if ((scaled + 1) / 1e6 <= score)
        scaled += 1;
    return (uint64_t)scaled;
}

void ndup_json_write_score(struct ndup_buf *buf, double score)
{
    if (!(score > 0))
        score = 0;
    if (score > 1e9)
        score = 1e9;
    uint64_t value = millionths(score);
    ndup_json_write_u64(buf, value / 1000000);
    uint64_t rest = value % 1000000;
    if (rest == 0)
        return;
    char text[7] = ".000000";
    size_t length = sizeof text;
    for (size_t i = 6; i >= 1; i--, rest /= 10)
        text[i] = (char)('0' + rest % 10);
    while (text[length - 1] == '0')
        length--;
    ndup_buf_append(buf, text, length);
}

/* ---- objects and arrays ---- */

void ndup_json_begin(struct ndup_json_writer *json, struct ndup_buf *buf)
{
    json->buf = buf;
    json->depth = 0;
}

/* What comes before a member or value: the comma, the line break, the key. One reservation for all of it: a decision has
 * twenty members, and a run has millions of decisions. */
NDUP_INLINE void begin_member(struct ndup_json_writer *json, const char *key)
{
    struct ndup_buf *buf = json->buf;
    if (json->depth == 0)
        return;
    struct ndup_json_open *in = &json->open[json->depth - 1];
    size_t length = key != NULL ? strlen(key) : 0;
    if (!ndup_buf_reserve(buf, length + 2 * NDUP_JSON_WRITE_DEPTH + 8))
        return;
    bool spaced = in->layout == NDUP_JSON_SPACED || in->layout == NDUP_JSON_LINES;
    char *at = buf->data + buf->len;
    if (in->any) {
        *at++ = ',';
        if (in->layout == NDUP_JSON_SPACED)
            *at++ = ' ';
    }
    in->any = true;
    if (in->layout >= NDUP_JSON_LINES) {
        *at++ = '\n';
        size_t indent = in->layout == NDUP_JSON_LINES ? 2 * (size_t)json->depth : 0;
        memset(at, ' ', indent);
        at += indent;
    }
    if (key != NULL) {
        *at++ = '"';
        memcpy(at, key, length); /* NOLINT(bugprone-not-null-terminated-result): the quote follows */
        at += length;
        *at++ = '"';
        *at++ = ':';
        if (spaced)
            *at++ = ' ';
    }
    buf->len = (size_t)(at - buf->data);
}

static void open_value(struct ndup_json_writer *json, const char *key, enum ndup_json_layout layout,
                       const char *brackets)
{
    begin_member(json, key);
    if (json->depth == NDUP_JSON_WRITE_DEPTH) { /* a mistake in the program */
        json->buf->failed = true;
        return;
    }
    ndup_buf_append(json->buf, brackets, 1);
    json->open[json->depth++] = (struct ndup_json_open){(unsigned char)layout, (unsigned char)brackets[1], false};
}

void ndup_json_add_object(struct ndup_json_writer *json, const char *key, enum ndup_json_layout layout)
{
    open_value(json, key, layout, "{}");
}

void ndup_json_add_array(struct ndup_json_writer *json, const char *key, enum ndup_json_layout layout)
{
    open_value(json, key, layout, "[]");
}

void ndup_json_end(struct ndup_json_writer *json)
{
    if (json->depth == 0)
        return;
    const struct ndup_json_open *in = &json->open[--json->depth];
    if (in->any && in->layout == NDUP_JSON_LINES) {
        ndup_buf_append(json->buf, "\n", 1);
        for (unsigned i = 0; i < json->depth; i++)
            ndup_buf_append(json->buf, "  ", 2);
    }
    ndup_buf_append(json->buf, &(char){(char)in->closing}, 1);
}

/* ---- members ---- */

void ndup_json_add_bytes(struct ndup_json_writer *json, const char *key, const char *bytes, size_t length)
{
    begin_member(json, key);
    ndup_json_write_string(json->buf, bytes, length);
}

void ndup_json_add_string(struct ndup_json_writer *json, const char *key, const char *text)
{
    ndup_json_add_bytes(json, key, text, strlen(text));
}

void ndup_json_add_u64(struct ndup_json_writer *json, const char *key, uint64_t number)
{
    begin_member(json, key);
    ndup_json_write_u64(json->buf, number);
}

void ndup_json_add_bool(struct ndup_json_writer *json, const char *key, bool value)
{
    begin_member(json, key);
    ndup_buf_append_str(json->buf, value ? "true" : "false");
}

void ndup_json_add_null(struct ndup_json_writer *json, const char *key)
{
    begin_member(json, key);
    ndup_buf_append(json->buf, "null", 4);
}

void ndup_json_add_score(struct ndup_json_writer *json, const char *key, double score)
{
    begin_member(json, key);
    ndup_json_write_score(json->buf, score);
}

void ndup_json_add_double(struct ndup_json_writer *json, const char *key, double number)
{
    begin_member(json, key);
    ndup_json_write_double(json->buf, number);
}

void ndup_json_add_fixed(struct ndup_json_writer *json, const char *key, double number, int decimals)
{
    begin_member(json, key);
    ndup_json_write_fixed(json->buf, number, decimals);
}

void ndup_json_add_hex64(struct ndup_json_writer *json, const char *key, uint64_t number)
{
    static const char hex[] = "0123456789abcdef";
    char text[18];
    text[0] = text[17] = '"';
    for (size_t i = 16; i >= 1; i--, number >>= 4)
        text[i] = hex[number & 15];
    ndup_json_add_raw(json, key, text, sizeof text);
}

void ndup_json_add_span(struct ndup_json_writer *json, const char *key, uint64_t begin, uint64_t end)
{
    bool spaced = json->depth > 0 && (json->open[json->depth - 1].layout == NDUP_JSON_SPACED ||
                                      json->open[json->depth - 1].layout == NDUP_JSON_LINES);
    begin_member(json, key);
    ndup_buf_append(json->buf, "[", 1);
    ndup_json_write_u64(json->buf, begin);
    ndup_buf_append(json->buf, ", ", spaced ? 2 : 1);
    ndup_json_write_u64(json->buf, end);
    ndup_buf_append(json->buf, "]", 1);
}

/* JSON that is ready, but for hidden characters, which are escaped: it may be the id of a record. They can only be in a
 * string, where an escape is the same; after a backslash, which makes no JSON, the escape takes its place. */
static void write_raw(struct ndup_buf *buf, const char *value, size_t length)
{
    size_t begin = 0;
    for (size_t i = 0; (i += plain_length(value + i, length - i)) < length;) {
        unsigned char c = (unsigned char)value[i];
        if (c == '"' || c == '\n' || c == '\t' || c == '\r') {
            i++;
            continue;
        }
        size_t from = i;
        i += c == '\\' && i + 1 < length; /* to what it escapes */
        bool valid;
        size_t n = ndup_utf8_measure(value + i, length - i, &valid);
        c = (unsigned char)value[i];
        if (valid && (c < 0x20 || (c >= 0x7F && is_hidden(value + i, n)))) {
            ndup_buf_append(buf, value + begin, from - begin);
            write_hidden(buf, ndup_utf8_value(value + i, n));
            begin = i + n;
        }
        i += n;
    }
    ndup_buf_append(buf, value + begin, length - begin);
}

void ndup_json_add_raw(struct ndup_json_writer *json, const char *key, const char *value, size_t length)
{
    begin_member(json, key);
    write_raw(json->buf, value, length);
}

void ndup_json_add_value(struct ndup_json_writer *json, const char *key, const char *value, size_t length)
{
    if (is_strict_string(value, length) || ndup_json_is_number(value, length)) {
        ndup_json_add_raw(json, key, value, length);
        return;
    }
    struct ndup_buf plain = NDUP_BUF_INIT;
    ndup_json_write_plain(&plain, value, length);
    ndup_json_add_bytes(json, key, plain.data, plain.len);
    json->buf->failed = json->buf->failed || plain.failed;
    ndup_buf_free(&plain);
}
