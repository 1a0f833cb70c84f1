/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/csv_write.h"

#include "base/utf8_check.h"
#include "run/json_write.h"

#include <string.h>

void ndup_csv_begin(struct ndup_csv_writer *csv, struct ndup_buf *buf)
{
    *csv = (struct ndup_csv_writer){buf, false};
}

static void begin_field(struct ndup_csv_writer *csv)
{
    if (csv->any)
        ndup_buf_append(csv->buf, ",", 1);
    csv->any = true;
}

static void add_field(struct ndup_csv_writer *csv, const char *bytes, size_t length)
{
    struct ndup_buf *buf = csv->buf;
    begin_field(csv);
    if (memchr(bytes, '"', length) == NULL && memchr(bytes, ',', length) == NULL) {
        ndup_buf_append(buf, bytes, length);
        return;
    }
    ndup_buf_append(buf, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"')
            ndup_buf_append(buf, "\"", 1);
        ndup_buf_append(buf, bytes + i, 1);
    }
    ndup_buf_append(buf, "\"", 1);
}

void ndup_csv_add_word(struct ndup_csv_writer *csv, const char *word)
{
    add_field(csv, word, strlen(word));
}

static void append_hidden(struct ndup_buf *buf, uint32_t code)
{
    if (code == '\n' || code == '\r' || code == '\t')
        ndup_buf_append_str(buf, code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t");
    else
        ndup_buf_printf(buf, code < 0x100 ? "\\x%02x" : "\\u{%04x}", (unsigned)code);
}

/* A formula of a spreadsheet; those in East Asian languages also take the full-width forms of = + - @ for the beginning of
 * one. Or a command of a GitHub log, which a row would be if its first cell begins with two colons. */
static bool begins_command(const struct ndup_buf *text)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    bool formula = text->len > 0 && text->data[0] != '\0' && strchr("=+-@", text->data[0]) != NULL;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        formula = formula || (text->len >= 3 && memcmp(text->data, wide[i], 3) == 0);
    size_t spaces = 0;
    while (spaces < text->len && text->data[spaces] == ' ')
        spaces++;
    return formula || (text->len >= spaces + 2 && memcmp(text->data + spaces, "::", 2) == 0);
}

void ndup_csv_add_text(struct ndup_csv_writer *csv, const char *bytes, size_t length)
{
    struct ndup_buf shown = NDUP_BUF_INIT, cell = NDUP_BUF_INIT;
    size_t plain = 0;
    while (plain < length && bytes[plain] >= 0x20 && bytes[plain] < 0x7F)
        plain++;
    static const char special[] = {'=', '+', '-', '@', ':', ' '}; /* may begin a formula or a command */
    if (plain == length && (length == 0 || memchr(special, bytes[0], sizeof special) == NULL)) {
        add_field(csv, length > 0 ? bytes : "", length);
        return;
    }
    for (size_t i = 0, n; i < length; i += n) {
        bool valid;
        n = ndup_utf8_measure(bytes + i, length - i, &valid);
        uint32_t code = valid ? ndup_utf8_value(bytes + i, n) : 0;
        if (!valid)
            ndup_buf_append_str(&shown, "\xef\xbf\xbd");
        else if (ndup_utf8_is_hidden(code))
            append_hidden(&shown, code);
        else
            ndup_buf_append(&shown, bytes + i, n);
    }
    if (begins_command(&shown))
        ndup_buf_append_str(&cell, "'");
    ndup_buf_append(&cell, shown.data, shown.len);
    add_field(csv, cell.len > 0 ? cell.data : "", cell.len);
    csv->buf->failed = csv->buf->failed || shown.failed || cell.failed;
    ndup_buf_free(&shown);
    ndup_buf_free(&cell);
}

void ndup_csv_add_value(struct ndup_csv_writer *csv, const char *raw, size_t length)
{
    struct ndup_buf plain = NDUP_BUF_INIT;
    if (raw == NULL || length == 0) {
        ndup_csv_add_empty(csv, 1);
        return;
    }
    ndup_json_write_plain(&plain, raw, length);
    csv->buf->failed = csv->buf->failed || plain.failed;
    if (ndup_json_is_number(raw, length))
        add_field(csv, raw, length); /* -1 is not a formula */
    else
        ndup_csv_add_text(csv, plain.data, plain.len);
    ndup_buf_free(&plain);
}

void ndup_csv_add_u64(struct ndup_csv_writer *csv, uint64_t number)
{
    begin_field(csv);
    ndup_json_write_u64(csv->buf, number);
}

void ndup_csv_add_bool(struct ndup_csv_writer *csv, bool value)
{
    ndup_csv_add_word(csv, value ? "true" : "false");
}

void ndup_csv_add_score(struct ndup_csv_writer *csv, double score)
{
    begin_field(csv);
    ndup_json_write_score(csv->buf, score);
}

void ndup_csv_add_empty(struct ndup_csv_writer *csv, size_t count)
{
    for (; count > 0; count--)
        begin_field(csv);
}

void ndup_csv_end_row(struct ndup_csv_writer *csv)
{
    ndup_buf_append(csv->buf, "\r\n", 2);
    csv->any = false;
}
