/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/formats.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_fields fields = {.text = "text", .id = "id"};
static char shown[8192];

/* All documents of a file: line-end line:text/id/keep/group or !problem, separated by |; then the other records. */
static void show(const char *bytes, size_t len, neardup_input_format code)
{
    const struct ndup_format *format = ndup_format_of(code);
    char *data = calloc(len + NDUP_PADDING, 1), *to = shown;
    struct ndup_parser parser = {.fields = &fields};
    struct ndup_records it;
    struct ndup_document d, again;
    neardup_error err;
    memcpy(data, bytes, len);
    *to = '\0';
    ndup_records_begin(&it, format, NULL, data, len, true);
    while (ndup_records_next(&it, &d)) {
        cr_assert_eq(ndup_parser_parse(&parser, format, NULL, &d, &err), NEARDUP_OK);
        if (d.problem != NULL)
            to += sprintf(to, "%u-%u!%s|", d.line, d.end_line, d.problem);
        else
            to += sprintf(to, "%u-%u:%.*s/%.*s/%.*s/%.*s|", d.line, d.end_line, (int)d.text_length, d.text,
                          (int)d.id_length, d.id, (int)d.keep_length, d.keep, (int)d.group_length, d.group);
        /* Alone it is the same record. */
        char *record = calloc(d.record_length + NDUP_PADDING, 1);
        memcpy(record, d.record, d.record_length);
        cr_assert_eq(ndup_parser_reread(&parser, format, NULL, record, d.record_length, &again, &err), NEARDUP_OK);
        cr_assert_eq(again.record_length, d.record_length);
        cr_assert_eq(again.problem, d.problem);
        free(record);
    }
    sprintf(to, "+%d", (int)it.others);
    cr_assert_eq(it.at, data + len);
    ndup_parser_free(&parser);
    free(data);
}

static void shows_bytes(const char *bytes, size_t len, neardup_input_format code, const char *expected)
{
    show(bytes, len, code);
    cr_assert_str_eq(shown, expected, "%s", shown);
}

static void shows(const char *bytes, const char *expected)
{
    shows_bytes(bytes, strlen(bytes), NEARDUP_INPUT_WARC, expected);
}

static void shows_arc(const char *bytes, const char *expected)
{
    shows_bytes(bytes, strlen(bytes), NEARDUP_INPUT_ARC, expected);
}

static char record_buffer[8][4096];
static unsigned record_number;

/* A record with these header lines and this block. */
static const char *record(const char *type, const char *headers, const char *block)
{
    char *to = record_buffer[record_number++ % 8];
    snprintf(to, 4096, "WARC/1.0\r\nWARC-Type: %s\r\n%sContent-Length: %zu\r\n\r\n%s\r\n\r\n", type, headers,
             strlen(block), block);
    return to;
}

static const char *join(const char *a, const char *b, const char *c)
{
    static char all[16384];
    snprintf(all, sizeof all, "%s%s%s", a, b, c);
    return all;
}

#define URI   "WARC-Target-URI: http://a.example/x\r\n"
#define PLAIN "Content-Type: text/plain\r\n"

Test(input_warc, records)
{
    shows(join(record("warcinfo", PLAIN, "software: x"), record("conversion", URI PLAIN, "one\ntwo"), ""),
          "7-16:one\ntwo/\"http://a.example/x\"//|+1");
    shows(join(record("request", URI, "GET / HTTP/1.0\r\n\r\n"), record("revisit", URI PLAIN, "text"), ""), "+2");
    shows(record("resource", URI "Content-Type: image/png\r\n", "text"), "+1");
    shows(record("resource", URI "Content-Type: text/css\r\n", "p { margin: 0 }"), "+1");
    shows(record("resource", URI PLAIN, ""), "+1");
    shows(record("resource", "WARC-Target-URI: dns:a.example\r\n" PLAIN, "text"), "+1");
    shows(record("metadata", URI "Content-Type: application/json\r\n", "{}"), "0-8:{}/\"http://a.example/x\"//|+0");
    shows(record("metadata", URI "Content-Type: application/warc-fields\r\n", "via: x"), "+1");
    shows(record("conversion", "WARC-Target-URI: <http://b.example/>\r\n" PLAIN, "text"),
          "0-8:text/\"http://b.example/\"//|+0");
    shows("", "+0");
    shows("\r\n\r\n", "+0");
}

/* WARC 0.18 of ClueWeb09: LF alone, and the line end after the block is counted in its length. */
Test(input_warc, line_feeds)
{
    shows("WARC/0.18\nWARC-Type: conversion\nContent-Type: text/plain\nContent-Length: 4\n\none\n"
          "WARC/0.18\nwarc-type : conversion\nCONTENT-TYPE:text/plain\ncontent-length:3\n\ntwo",
          "0-6:one\n///|6-12:two///|+0");
}

Test(input_warc, responses)
{
#define OK "HTTP/1.1 200 OK\r\n"
    const char *http = URI "Content-Type: application/http; msgtype=response\r\n";
    shows(record("response", http, OK "Content-Type: text/plain\r\n\r\nbody"), "0-11:body/\"http://a.example/x\"//|+0");
    shows(record("response", http, OK "Content-Type: image/gif\r\n\r\nbody"), "+1");
    shows(record("response", http, OK "Content-Type: text/plain\r\n\r\n"), "+1");
    shows(record("response", http, OK "Content-Type: text/plain"), "+1");
    shows(record("response", http, OK "\r\nno type, and text"), "0-10:no type, and text/\"http://a.example/x\"//|+0");
    shows(
        record("response", http,
               OK
               "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"),
        "0-18:abcdefg/\"http://a.example/x\"//|+0");
    shows(record("response", http,
                 OK "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nnot chunked any more"),
          "0-12:not chunked any more/\"http://a.example/x\"//|+0");
    shows(record("response", http, OK "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"),
          "0-13!the chunked body is damaged or cut off|+0");
    shows(record("response", http, OK "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\nnot gzip any more"),
          "0-12:not gzip any more/\"http://a.example/x\"//|+0");
    shows(record("response", http, OK "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x01"),
          "0-12!the compressed body is damaged or cut off|+0");
#undef OK
}

/* Bodies of "one two": zlib, as the standard means it, and the raw deflate of some servers. */
Test(input_warc, codings)
{
    static const struct {
        const char *name, *body;
        size_t length;
    } bodies[] = {
        {"deflate", "\170\234\313\317\113\125\050\051\317\007\000\012\326\002\275", 15},
        {"deflate", "\313\317\113\125\050\051\317\007\000", 9},
        {"br", "\017\003\200\157\156\145\040\164\167\157\003", 11},
        {"br", "\017\003\200\157\156\145\040\164\167\157\003<!-- x -->", 21}, /* browsers pass over the rest */
        {"gzip",
         "\037\213\010\000\000\000\000\000\002\003\313\317\113\125\050\051\317\007\000\057\211\007\315\007\000\000\000"
         "\015\012\074\041\055\055\040\170\040\055\055\076",
         39},
        {"\r\n zstd", "\050\265\057\375\004\130\071\000\000\157\156\145\040\164\167\157\120\354\205\266", 20},
        {"deflate\r\nDate: now\r\ncontent-encoding:\r\n\tgzip",
         "\037\213\010\000\000\000\000\000\002\003\253\270\165\372\274\167\250\206\346\171\166\006\256\153\114\173\001"
         "\270\366\034\203\017\000\000\000",
         35},
        {"identity, zstd", "\050\265\057\375\004\130\071\000\000\157\156\145\040\164\167\157\120\354\205\266", 20},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char header[200], all[600];
        int http =
            snprintf(header, sizeof header,
                     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: %s\r\n\r\n", bodies[i].name);
        int begin = snprintf(all, sizeof all, "WARC/1.1\r\nWARC-Type: response\r\nContent-Length: %zu\r\n\r\n%s",
                             (size_t)http + bodies[i].length, header);
        memcpy(all + begin, bodies[i].body, bodies[i].length);
        memcpy(all + begin + bodies[i].length, "\r\n\r\n", 4);
        show(all, (size_t)begin + bodies[i].length + 4, NEARDUP_INPUT_WARC);
        cr_assert_not_null(strstr(shown, ":one two///|+0"), "%s: %s", bodies[i].name, shown);
    }
}

Test(input_warc, charsets)
{
    shows(record("resource", "Content-Type: text/plain; charset=\"ISO-8859-1\"\r\n", "caf\xe9 \x93x\x94"),
          "0-7:caf\xc3\xa9 \xe2\x80\x9cx\xe2\x80\x9d///|+0");
    shows(record("resource", "Content-Type: text/plain; charset=windows-1251\r\n", "\xec\xe8\xf0"),
          "0-7:\xd0\xbc\xd0\xb8\xd1\x80///|+0");
    shows(record("resource", "Content-Type: text/plain; charset=iso-8859-1\r\n", "caf\xc3\xa9"),
          "0-7:caf\xc3\xa9///|+0");
    shows(record("resource", PLAIN, "caf\xe9"), "0-7:caf\xc3\xa9///|+0");
    shows(record("resource", "Content-Type: text/plain; charset=no-such\r\n", "caf\xe9"), "0-7:caf\xc3\xa9///|+0");
    shows(record("resource", "Content-Type: text/xml\r\n", "<?xml version='1.0' encoding='koi8-r'?>\xcd"),
          "0-7:<?xml version='1.0' encoding='koi8-r'?>\xd0\xbc///|+0");
    shows(record("resource", "Content-Type: text/plain; charset=iso-2022-jp\r\n", "\x1b$B$\"\x1b(B"),
          "0-7!the text is in a charset that the C library does not know|+0");
}

Test(input_warc, fields)
{
    const char *headers = "WARC-Target-URI: http://me@A.Example:8080/x?y\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
                          "WARC-Record-ID: <urn:x>\r\nWARC-TREC-ID: t-1\r\n";
    const char *response =
        record("response", headers, "HTTP/1.1 404 No\r\nContent-Type: Text/Plain; x=y\r\nETag: e\r\n\r\nb");
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", response);
    fields = (struct ndup_fields){.text = "text", .id = "record_id", .keep = "date", .group = "host"};
    shows(copy, "0-14:b/\"<urn:x>\"/\"2026-01-02T03:04:05Z\"/\"a.example\"|+0");
    fields = (struct ndup_fields){.text = "text", .id = "Record-ID", .keep = "status", .group = "content_type"};
    shows(copy, "0-14:b/\"<urn:x>\"/404/\"text/plain\"|+0");
    fields = (struct ndup_fields){.text = "text", .id = "warc-trec-id", .keep = "etag", .group = "nosuch"};
    shows(copy, "0-14:b/\"t-1\"/\"e\"/|+0");
    fields = (struct ndup_fields){.text = "text", .id = "id"};
}

/* Each damage costs one record, and what is damaged is a record. */
Test(input_warc, damage)
{
    char expected[256];
    shows("WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nlonger\r\n\r\n"
          "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngood\r\n\r\n",
          "0-7!the record is not as long as its header says|7-14:good///|+0");
    shows("WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 9999\r\n\r\nshort\r\n\r\n"
          "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngood\r\n\r\n",
          "0-7!the record is cut off|7-14:good///|+0");
    shows("WARC/1.0\r\nWARC-Type: conversion\r\n\r\nshort\r\n\r\n"
          "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngood\r\n\r\n",
          "0-5!no header of a record, or one without its length|5-12:good///|+0");
    shows("junk\nWARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngood",
          "0-1!no header of a record, or one without its length|1-7:good///|+0");
    shows("WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngood\r\n\r\nWARC",
          "0-7:good///|7-8!the record is cut off|+0");
    snprintf(expected, sizeof expected, "0-1!no header of a record, or one without its length|+0");
    shows("no archive", expected);
}

Test(input_warc, arc)
{
    shows_arc("filedesc://x.arc 0.0.0.0 20080430204825 text/plain 16\n1 0 Example\nURL\n\n"
              "http://a.example/ 10.0.0.1 20080430204826 text/plain 44\n"
              "HTTP/1.0 200 OK\nContent-Type: text/plain\n\nab\n"
              "http://a.example/b c 10.0.0.1 20080430204827 text/html; charset=utf-8 2\nok\n"
              "dns:a.example 10.0.0.1 20080430204827 text/dns 4\nname\n",
              "4-9:ab/\"http://a.example/\"//|9-11:ok/\"http://a.example/b c\"//|+2");
}

/* Wherever a batch is cut, the records are the same. */
Test(input_warc, batches)
{
    static char all[20000];
    snprintf(all, sizeof all, "%s",
             join(record("conversion", URI PLAIN, "one"), "junk\r\nWARC/1.0\r\nbroken\r\n\r\n",
                  record("request", URI PLAIN, "two")));
    size_t length = strlen(all), expected[16], count = 0;
    struct ndup_record_ends whole = {.format = ndup_format_of(NEARDUP_INPUT_WARC), .file_start = true};
    for (size_t n = 0; n <= length; n++) {
        size_t end = ndup_record_ends_find(&whole, all, n);
        if (end > 0 && (count == 0 || expected[count - 1] != end))
            expected[count++] = end;
    }
    cr_assert_eq(count, 2u, "%zu", count);
    for (size_t step = 1; step < 64; step++) {
        struct ndup_record_ends ends = {.format = ndup_format_of(NEARDUP_INPUT_WARC), .file_start = true};
        size_t end = 0;
        for (size_t n = step; n <= length; n += step)
            end = ndup_record_ends_find(&ends, all, n);
        cr_assert(end == expected[0] || end == expected[1] || end == 0);
    }
}
