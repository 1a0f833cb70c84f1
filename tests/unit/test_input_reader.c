/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/neardup-reader-XXXXXX";

static void set_up(void)
{
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
}

static void tear_down(void)
{
    unlink(path);
}

TestSuite(input_reader, .init = set_up, .fini = tear_down);

static void write_bytes(const char *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    cr_assert_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static const struct ndup_fields fields = {.text = "text", .id = "id"};

static struct ndup_reader *open_as(const char *name, neardup_input_format format, size_t batch_bytes)
{
    char copy[64];
    strcpy(copy, name);
    struct ndup_file file = {.path = path, .name = copy};
    struct ndup_reader *reader;
    neardup_error err;
    cr_assert_eq(
        ndup_reader_open(&reader, &file,
                         &(struct ndup_reader_options){.format = format, .fields = &fields, .batch_bytes = batch_bytes},
                         &err),
        NEARDUP_OK, "%s", err.message);
    return reader;
}

/* Reads all of the file and writes its records into `shown`: line:text(bytes after the text)|... and a # where a batch
 * ends. */
static char shown[4096];

static void show(const char *bytes, size_t len, neardup_input_format format, size_t batch_bytes)
{
    write_bytes(bytes, len);
    struct ndup_reader *reader = open_as("x", format, batch_bytes);
    struct ndup_batch batch = {0};
    char *at = shown;
    *at = '\0';
    uint64_t offset = 0;
    for (uint32_t number = 0;; number++) {
        cr_assert_eq(ndup_reader_next(reader, &batch, NULL), NEARDUP_OK);
        if (batch.len == 0)
            break;
        cr_assert_eq(batch.offset, offset);
        cr_assert_eq(batch.number, number);
        cr_assert_eq(memcmp(batch.data, bytes + offset, batch.len), 0);
        offset += batch.len;
        struct ndup_records it;
        struct ndup_document record;
        ndup_records_begin(&it, ndup_reader_format(reader), NULL, batch.data, batch.len, batch.offset == 0);
        while (ndup_records_next(&it, &record))
            at += sprintf(at, "%u:%.*s(%zu)|", record.line, (int)record.length, record.record,
                          record.record_length - record.length);
        uint32_t newlines = 0;
        for (size_t i = 0; i < batch.len; i++)
            newlines += batch.data[i] == '\n';
        cr_assert_eq(it.line, newlines);
        at += sprintf(at, "#");
    }
    cr_assert_eq(offset, len);
    ndup_batch_free(&batch);
    ndup_reader_close(reader);
}

static void shows(const char *text, neardup_input_format format, size_t batch_bytes, const char *expected)
{
    show(text, strlen(text), format, batch_bytes);
    cr_assert_str_eq(shown, expected, "%s: %s", text, shown);
}

Test(input_reader, json_lines)
{
    shows("{1}\n{2}\n", NEARDUP_INPUT_JSONL, 1000, "0:{1}(1)|1:{2}(1)|#");
    shows("{1}\n{2}", NEARDUP_INPUT_JSONL, 1000, "0:{1}(1)|1:{2}(0)|#");
    shows("{1}\r\n\n \t\r\n{2}\r\n\n", NEARDUP_INPUT_JSONL, 1000, "0:{1}(2)|3:{2}(2)|#");
    shows("\n\n", NEARDUP_INPUT_JSONL, 1000, "#");
    shows("  ", NEARDUP_INPUT_JSONL, 1000, "#");
    shows("", NEARDUP_INPUT_JSONL, 1000, "");
    shows(" {1} \n", NEARDUP_INPUT_JSONL, 1000, "0: {1} (1)|#");
    shows("\xef\xbb\xbf{1}\n", NEARDUP_INPUT_JSONL, 1000, "0:\xef\xbb\xbf{1}(1)|#");
    shows("\xef\xbb\xbf \n{1}\n", NEARDUP_INPUT_JSONL, 1000, "1:{1}(1)|#");
    shows("\xef\xbb\xbf", NEARDUP_INPUT_JSONL, 1000, "#");
}

Test(input_reader, batches)
{
    shows("aa\nbb\ncc\n", NEARDUP_INPUT_LINE, 6, "0:aa(1)|1:bb(1)|#0:cc(1)|#");
    shows("aa\nbb\ncc\n", NEARDUP_INPUT_LINE, 5, "0:aa(1)|#0:bb(1)|#0:cc(1)|#");
    shows("aa\nbb\ncc\n", NEARDUP_INPUT_LINE, 1, "0:aa(1)|#0:bb(1)|#0:cc(1)|#");
    shows("aa\nbbbbbbbbbbbb\ncc", NEARDUP_INPUT_LINE, 4, "0:aa(1)|#0:bbbbbbbbbbbb(1)|1:cc(0)|#");
    shows("a\n\nbb\nb\n\nc\n", NEARDUP_INPUT_PARAGRAPH, 1, "0:a(2)|#0:bb\nb(2)|#0:c(1)|#");
    shows("a\n\nbb\nb\n\nc\n", NEARDUP_INPUT_PARAGRAPH, 9, "0:a(2)|#0:bb\nb(2)|3:c(1)|#");
}

Test(input_reader, lines)
{
    shows("a\n\nb\r\n\r\nc\r", NEARDUP_INPUT_LINE, 1000, "0:a(1)|1:(1)|2:b(2)|3:(2)|4:c\r(0)|#");
}

Test(input_reader, paragraphs)
{
    shows("a\nb\n\nc\n", NEARDUP_INPUT_PARAGRAPH, 1000, "0:a\nb(2)|3:c(1)|#");
    shows("\n \n a\r\nb\r\n \t\r\n\r\nc", NEARDUP_INPUT_PARAGRAPH, 1000, "2: a\r\nb(8)|6:c(0)|#");
    shows("a\n\n  ", NEARDUP_INPUT_PARAGRAPH, 1000, "0:a(4)|#");
    shows("\n\n \n", NEARDUP_INPUT_PARAGRAPH, 1000, "#");
    shows("a", NEARDUP_INPUT_PARAGRAPH, 1000, "0:a(0)|#");
}

Test(input_reader, whole_file)
{
    shows("a\nb\n\nc\n", NEARDUP_INPUT_FILE, 1000, "0:a\nb\n\nc\n(0)|#");
    shows("a\nb\n\nc\n", NEARDUP_INPUT_FILE, 1, "0:a\nb\n\nc\n(0)|#");
    shows("", NEARDUP_INPUT_FILE, 1, "");
}

Test(input_reader, nul_bytes)
{
    show("a\0b\n\0\n", 6, NEARDUP_INPUT_LINE, 100);
    cr_assert_str_eq(shown, "0:a(1)|1:(1)|#", "%%.*s stops at NUL");
}

static void format_is(const char *name, const char *content, neardup_input_format expected)
{
    write_bytes(content, strlen(content));
    struct ndup_reader *reader = open_as(name, NEARDUP_INPUT_AUTO, 4);
    cr_assert_eq(ndup_reader_format(reader)->code, expected, "%s: %s", name, content);
    /* Looking took nothing away. */
    struct ndup_batch batch = {0};
    size_t len = 0;
    do {
        cr_assert_eq(ndup_reader_next(reader, &batch, NULL), NEARDUP_OK);
        cr_assert_eq(memcmp(batch.data, content + len, batch.len), 0);
        len += batch.len;
    } while (batch.len > 0);
    cr_assert_eq(len, strlen(content));
    ndup_batch_free(&batch);
    ndup_reader_close(reader);
}

Test(input_reader, formats)
{
    static const char *const jsonl[] = {"a.jsonl",     "a.ndjson",     "a.json",     "a.jsonl.gz",
                                        "a.JSONL.ZST", "b/a.json.zst", "a.jsonl.xz", "a.jsonl.br"};
    static const char *const text[] = {"a.txt", "a.md", "a.text", "a.txt.gz", "a.md.zst", "a.jsonl.txt"};
    static const char *const unknown[] = {"a", "jsonl", ".jsonl", "a.gz", "a.jsonl.bz3", "stdin"};
    for (size_t i = 0; i < sizeof jsonl / sizeof jsonl[0]; i++)
        format_is(jsonl[i], "text", NEARDUP_INPUT_JSONL);
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        format_is(text[i], "{}", NEARDUP_INPUT_FILE);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        format_is(unknown[i], " \r\n\t{}\n{}\n", NEARDUP_INPUT_JSONL);
        format_is(unknown[i], "text {}\n", NEARDUP_INPUT_FILE);
    }
    format_is("a", "\xef\xbb\xbf\n{", NEARDUP_INPUT_JSONL);
    format_is("a.html", "{}", NEARDUP_INPUT_HTML);
    format_is("a.XHTML.gz", "x", NEARDUP_INPUT_HTML);
    format_is("a", "\n<!-- x -->\n<!DOCTYPE html>", NEARDUP_INPUT_HTML);
    format_is("a.txt", "<html>", NEARDUP_INPUT_FILE);
    format_is("a", "", NEARDUP_INPUT_FILE);
    format_is("a", "  \n", NEARDUP_INPUT_FILE);
    char blanks[10000];
    memset(blanks, '\n', sizeof blanks);
    strcpy(blanks + 9000, "{\"a\":1}\n{\"a\":2}");
    format_is("a", blanks, NEARDUP_INPUT_JSONL);
}

Test(input_reader, a_cut_off_stream)
{
    /* printf 'one\ntwo\nthree\n' | gzip -n, without its last 9 bytes */
    static const char gz[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\xcf\x4b\xe5\x2a\x29\xcf\xe7\x2a\xc9\x28\x4a"
                             "\x4d\xe5";
    static const neardup_input_format formats[] = {NEARDUP_INPUT_LINE, NEARDUP_INPUT_AUTO};
    for (size_t i = 0; i < 2; i++) {
        write_bytes(gz, sizeof gz - 1);
        struct ndup_reader *reader = open_as("x", formats[i], 1000);
        cr_assert_eq(ndup_reader_codec(reader), &ndup_codec_gzip);
        struct ndup_batch batch = {0};
        neardup_error err = {0};
        cr_assert_eq(ndup_reader_next(reader, &batch, &err), NEARDUP_E_FORMAT);
        cr_assert_str_eq(err.message, "gzip stream is cut off");
        cr_assert_eq(batch.len, 13);
        cr_assert_eq(memcmp(batch.data, "one\ntwo\nthree", 13), 0);
        cr_assert_eq(ndup_reader_next(reader, &batch, &err), NEARDUP_OK);
        cr_assert_eq(batch.len, 0);
        ndup_batch_free(&batch);
        ndup_reader_close(reader);
    }
}

/* How JSON is laid out does not show in the bytes before the damage: they are looked at twice. */
Test(input_reader, damage_after_the_first_value)
{
    /* printf '[{"text":"one"}]' | gzip -n, without its last byte */
    static const char gz[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x8b\xae\x56\x2a\x49\xad\x28\x51\xb2\x52"
                             "\xca\xcf\x4b\x55\xaa\x8d\x05\x00\x3e\xf5\x96\x7c\x10\x00\x00";
    write_bytes(gz, sizeof gz - 1);
    struct ndup_reader *reader = open_as("x.json.gz", NEARDUP_INPUT_AUTO, 1000);
    struct ndup_batch batch = {0};
    neardup_error err = {0};
    cr_assert_eq(ndup_reader_format(reader)->code, NEARDUP_INPUT_JSON);
    cr_assert_eq(ndup_reader_next(reader, &batch, &err), NEARDUP_E_FORMAT);
    cr_assert_str_eq(err.message, "gzip stream is cut off");
    cr_assert_eq(batch.len, 16);
    cr_assert_eq(ndup_reader_next(reader, &batch, &err), NEARDUP_OK);
    cr_assert_eq(batch.len, 0);
    ndup_batch_free(&batch);
    ndup_reader_close(reader);
}

/* All rows after the quote are in the field: they were not read. */
Test(input_reader, a_quoted_field_without_end)
{
    static const char csv[] = "text\na\n\"b\nc\nd\n";
    for (size_t size = 1; size < sizeof csv; size++) {
        write_bytes(csv, sizeof csv - 1);
        struct ndup_reader *reader = open_as("x.csv", NEARDUP_INPUT_AUTO, size);
        struct ndup_batch batch = {0};
        neardup_error err = {0};
        neardup_status st = NEARDUP_OK;
        size_t bytes = 0;
        do {
            st = ndup_reader_next(reader, &batch, &err);
            bytes += batch.len;
        } while (st == NEARDUP_OK && batch.len > 0);
        cr_assert_eq(st, NEARDUP_E_FORMAT, "%zu", size);
        cr_assert_str_eq(err.message, "the file ends inside a quoted field");
        cr_assert_eq(bytes, sizeof csv - 1);
        ndup_batch_free(&batch);
        ndup_reader_close(reader);
    }
}

Test(input_reader, a_giant_line)
{
    size_t len = (size_t)64 << 20;
    char *bytes = malloc(len + 8);
    memset(bytes, 'x', len);
    bytes[2] = '\n';
    memcpy(bytes + len, "\nab\ncd\n", 7);
    write_bytes(bytes, len + 7);
    struct ndup_reader *reader = open_as("x", NEARDUP_INPUT_LINE, 65536);
    struct ndup_batch batch = {0};
    cr_assert_eq(ndup_reader_next(reader, &batch, NULL), NEARDUP_OK);
    cr_assert_eq(batch.len, 3);
    cr_assert_eq(ndup_reader_next(reader, &batch, NULL), NEARDUP_OK);
    cr_assert_eq(batch.len, len + 1 - 3);
    cr_assert(batch.capacity < 2 * len, "%zu", batch.capacity);
    cr_assert_eq(ndup_reader_next(reader, &batch, NULL), NEARDUP_OK);
    cr_assert_eq(batch.len, 6);
    cr_assert_eq(ndup_reader_consumed(reader), len + 7);
    ndup_reader_close(reader);
    /* The next file gets a small batch again. */
    write_bytes("a\n", 2);
    reader = open_as("x", NEARDUP_INPUT_LINE, 65536);
    cr_assert_eq(ndup_reader_next(reader, &batch, NULL), NEARDUP_OK);
    cr_assert_eq(batch.len, 2);
    cr_assert(batch.capacity < 100000, "%zu", batch.capacity);
    ndup_batch_free(&batch);
    ndup_reader_close(reader);
    free(bytes);
}

Test(input_reader, padding_is_zero)
{
    write_bytes("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nbbbbbbbbbbbbbbbbbbbb\nc\n", 54);
    struct ndup_reader *reader = open_as("x", NEARDUP_INPUT_LINE, 40);
    struct ndup_batch batch = {0};
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(ndup_reader_next(reader, &batch, NULL), NEARDUP_OK);
        cr_assert(batch.len > 0);
        for (size_t j = 0; j < NDUP_PADDING; j++)
            cr_assert_eq(batch.data[batch.len + j], 0);
    }
    ndup_batch_free(&batch);
    ndup_reader_close(reader);
}

Test(input_reader, a_missing_file)
{
    unlink(path);
    struct ndup_file file = {.path = path, .name = path};
    struct ndup_reader *reader;
    neardup_error err;
    cr_assert_eq(ndup_reader_open(&reader, &file, &(struct ndup_reader_options){.batch_bytes = 100}, &err),
                 NEARDUP_E_IO);
    cr_assert_null(reader);
}
