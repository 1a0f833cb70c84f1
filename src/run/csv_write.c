/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/csv_write.h"

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

/* `front` is what comes before the bytes in the field: "" or an apostrophe. */
static void add_field(struct ndup_csv_writer *csv, const char *front, const char *bytes, size_t length)
{
    struct ndup_buf *buf = csv->buf;
    bool plain = true;
    begin_field(csv);
    for (size_t i = 0; i < length && plain; i++)
        plain = bytes[i] != '"' && bytes[i] != ',' && bytes[i] != '\r' && bytes[i] != '\n';
    if (!plain)
        ndup_buf_append(buf, "\"", 1);
    ndup_buf_append_str(buf, front);
    if (plain) {
        ndup_buf_append(buf, bytes, length);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"')
            ndup_buf_append(buf, "\"", 1);
        ndup_buf_append(buf, bytes + i, 1);
    }
    ndup_buf_append(buf, "\"", 1);
}

void ndup_csv_add_bytes(struct ndup_csv_writer *csv, const char *bytes, size_t length)
{
    add_field(csv, "", bytes, length);
}

void ndup_csv_add_word(struct ndup_csv_writer *csv, const char *word)
{
    add_field(csv, "", word, strlen(word));
}

void ndup_csv_add_text(struct ndup_csv_writer *csv, const char *bytes, size_t length)
{
    bool formula = length > 0 && bytes[0] != '\0' && strchr("=+-@\t\r", bytes[0]) != NULL;
    add_field(csv, formula ? "'" : "", bytes, length);
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
    if (raw[0] == '"')
        ndup_csv_add_text(csv, plain.data, plain.len);
    else
        ndup_csv_add_bytes(csv, plain.data, plain.len); /* a number */
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
