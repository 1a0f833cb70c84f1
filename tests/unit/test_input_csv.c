/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/formats.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_fields fields = {.text = "text", .id = "id", .keep = "score", .group = "site"};
static char shown[4096];

/* All documents of a file: line-end line:text/id/keep/group or !problem, separated by |. */
static void show(const char *bytes, neardup_input_format code)
{
    const struct ndup_format *format = ndup_format_of(code);
    size_t len = strlen(bytes);
    char *data = calloc(len + NDUP_PADDING, 1), *to = shown;
    struct ndup_head *head = NULL;
    struct ndup_parser parser = {.fields = &fields};
    struct ndup_records it;
    struct ndup_document d;
    neardup_error err;
    memcpy(data, bytes, len);
    *to = '\0';
    if (format->read_head(format, &fields, data, len, &head, &err) != NEARDUP_OK) {
        strcpy(shown, err.message);
        free(data);
        return;
    }
    ndup_records_begin(&it, format, head, data, len, true);
    while (ndup_records_next(&it, &d)) {
        cr_assert_eq(ndup_parser_parse(&parser, format, head, &d, &err), NEARDUP_OK);
        if (d.problem != NULL)
            to += sprintf(to, "%u-%u!%s|", d.line, d.end_line, d.problem);
        else
            to += sprintf(to, "%u-%u:%.*s/%.*s/%.*s/%.*s|", d.line, d.end_line, (int)d.text_length, d.text,
                          (int)d.id_length, d.id, (int)d.keep_length, d.keep, (int)d.group_length, d.group);
    }
    ndup_parser_free(&parser);
    free(head);
    free(data);
}

static void shows(const char *bytes, const char *expected)
{
    show(bytes, NEARDUP_INPUT_CSV);
    cr_assert_str_eq(shown, expected, "%s: %s", bytes, shown);
}

static void set(const char *keep, const char *group, char delimiter)
{
    fields = (struct ndup_fields){.text = "text", .id = "id", .keep = keep, .group = group, .delimiter = delimiter};
}

Test(input_csv, rows)
{
    set(NULL, NULL, 0);
    shows("id,text\n1,a\n2,b", "1-2:a/\"1\"//|2-3:b/\"2\"//|");
    shows("text\r\n\"a\r\nb\"\r\n\r\nc\r\n", "1-3:a\r\nb///|4-5:c///|");
    shows("text\rx\r\"y\rz\"\r", "1-2:x///|2-4:y\rz///|");
    shows("\xef\xbb\xbf\"text\"\na\"b\"\n\"\"\n", "1-2:a\"b\"///|2-3:///|");
    shows("text,id\n\"a \"\"b\"\"\",\"x\"\"y\"\n", "1-2:a \"b\"/\"x\\\"y\"//|");
    shows("\n\ntext\n\nb\n", "4-5:b///|");
    shows("", "");
    shows("\n\n", "");
    shows("text", "");
}

Test(input_csv, bad_rows)
{
    set(NULL, NULL, 0);
    shows("id,text\n1\n1,2,3\n", "1-2!too few fields: none in the text column|2-3!more fields than columns|");
    shows("id,text\n\"1\"x,a\n", "1-2!text after the closing quote of a field|");
    shows("id,text\n1,\"a\nb\n", "1-4!a quoted field does not end|");
    shows("text,id\na\n", "1-2:a///|");
}

Test(input_csv, values)
{
    set("score", "site", 0);
    shows("text,score,site,id\na,-1.5e3,w,\n", "1-2:a//-1.5e3/\"w\"|");
    shows("text,score,site\na,01,\n", "1-2:a//\"01\"/|");
    shows("text,score,site\na,2026-01-02,\"x\ty\\\"\n", "1-2:a//\"2026-01-02\"/\"x\\u0009y\\\\\"|");
    shows("text,score,site\na,+1,\xff\n", "1-2:a//\"+1\"/\"\xef\xbf\xbd\"|");
}

Test(input_csv, columns)
{
    set(NULL, NULL, 0);
    shows("id,body,url\n", "no column 'text' (columns: id, body, url); use `text_field`");
    shows("text,text\n", "column 'text' appears twice (columns: text, text); rename one of them");
    shows("text,\"a\n", "header row: a quoted field does not end");
    set("score", NULL, 0);
    shows("text\n", "no column 'score' (columns: text); use `keep` max:COLUMN");
    char wide[3000] = "c0";
    for (int i = 1; i < 500; i++)
        sprintf(wide + strlen(wide), ",c%d", i);
    show(strcat(wide, "\n"), NEARDUP_INPUT_CSV);
    cr_assert_not_null(strstr(shown, "...); use `keep` max:COLUMN"), "%s", shown);
}

Test(input_csv, delimiters)
{
    set(NULL, NULL, ';');
    shows("id;text\n1;a,b\n", "1-2:a,b/\"1\"//|");
    set(NULL, NULL, 0);
    show("id\ttext\n1\ta,b\n", NEARDUP_INPUT_TSV);
    cr_assert_str_eq(shown, "1-2:a,b/\"1\"//|");
}

/* Without a delimiter of the user, the one with which the header has the text column. */
Test(input_csv, delimiters_that_are_recognised)
{
    set(NULL, NULL, 0);
    shows("id;text\n1;\"a;\nb\"\n2;c\n", "1-3:a;\nb/\"1\"//|3-4:c/\"2\"//|");
    shows("id\ttext\n1\ta,b\n", "1-2:a,b/\"1\"//|");
    shows("id|text\n1|a,b\n", "1-2:a,b/\"1\"//|");
    shows("text;x,text,id\n1,a,b\n", "1-2:a/\"b\"//|");
    shows("sep=;\r\nid;text\r\n1;a,b\r\n", "2-3:a,b/\"1\"//|");
    shows("\xef\xbb\xbfSEP=^\nid^text\n1^a,b\n", "2-3:a,b/\"1\"//|");
    shows("id;body\n1;a\n", "no column 'text' (columns: id;body); use `delimiter` ';'");
    set(NULL, NULL, ';');
    shows("sep=,\nid;text\n1;a,b\n", "2-3:a,b/\"1\"//|");
}

Test(input_csv, pieces)
{
    static const struct ndup_fields wanted = {.text = "text", .id = "id"};
    struct ndup_parser parser = {.fields = &wanted};
    char raw[16 + NDUP_PADDING] = "a\"\"b";
    const char *text;
    size_t length;
    const struct ndup_format *csv = ndup_format_of(NEARDUP_INPUT_CSV);
    cr_assert_eq(ndup_parser_piece(&parser, csv, raw, 4, 3, &text, &length, NULL), NEARDUP_OK);
    cr_assert(length == 3 && memcmp(text, "a\"b", 3) == 0);
    /* In a field without quotes around it they are text. */
    cr_assert_eq(ndup_parser_piece(&parser, csv, raw, 4, 4, &text, &length, NULL), NEARDUP_OK);
    cr_assert(length == 4 && memcmp(text, "a\"\"b", 4) == 0);
    ndup_parser_free(&parser);
}
