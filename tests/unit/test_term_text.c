/* SPDX-License-Identifier: MIT
 * Safe text, tables, progress lines, JSON and CSV. */
#include "base/platform.h"

#include "run/json_write.h"
#include "term/emit.h"
#include "cli/messages.h"
#include "term/safe.h"
#include "term/table.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void use_utf8(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

TestSuite(show, .init = use_utf8);

static void expect_text(struct ndup_buf *buf, const char *expected)
{
    cr_expect_not(buf->failed);
    ndup_buf_append(buf, "", 1);
    cr_expect_str_eq(buf->data, expected);
    ndup_buf_free(buf);
}

static void expect_safe(const char *bytes, size_t length, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_safe_append(&buf, bytes, length);
    expect_text(&buf, expected);
}

static void expect_line(const char *text, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_safe_append_line(&buf, text, strlen(text));
    expect_text(&buf, expected);
}

Test(show, nothing_dangerous_gets_through)
{
    expect_safe("plain", 5, "plain");
    expect_safe("a\x1b[31mb\x07\x7f", 9, "a\\x1b[31mb\\x07\\x7f");
    expect_safe("a\n\r\tb", 5, "a\\n\\r\\tb");
    expect_safe("a\0b", 3, "a\\x00b");
    expect_safe("caf\xc3\xa9 \xe6\x9d\xb1", 9, "caf\xc3\xa9 \xe6\x9d\xb1");
    expect_safe("\xff\xc3(", 3, "\\xff\\xc3(");
    expect_safe("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80", 9, "\\xc0\\xaf\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
    expect_safe("\xe2\x80\xae"
                "abc\xe2\x80\x8b",
                9, "\\u{202e}abc\\u{200b}");
    expect_safe("\xc2\x9b"
                "1m",
                4, "\\u{009b}1m");
    expect_safe("\xe6\x9d", 2, "\\xe6\\x9d");
}

/* Names and texts of others must not give commands to the workflow whose log they are printed to. */
Test(show, no_commands_for_workflows)
{
    static const struct {
        const char *given, *text, *path, *line;
    } cases[] = {
        {"::error::x", ":\\x3aerror::x", "./::error::x", ":\\x3aerror::x"},
        {" \u3000::x", " \u3000:\\x3ax", "./ \u3000::x", ":\\x3ax"},
        {"\u1680\u202f\u205f::x", "\u1680\u202f\u205f:\\x3ax", "./\u1680\u202f\u205f::x", ":\\x3ax"},
        {"a::b:", "a::b:", "a::b:", "a::b:"},
        {": :b", ": :b", ": :b", ": :b"},
        {"a ##[error]b", "a ##\\x5berror]b", "a ##\\x5berror]b", "a ##\\x5berror]b"},
        {"###[[", "###\\x5b[", "###\\x5b[", "###\\x5b["},
        {"[##", "[##", "[##", "[##"},
        {":", ":", "./:", ":"},
        /* What an excerpt drops does not part what a command is made of, nor do marks that take no column. */
        {"\u200b::x", "\\u{200b}::x", "\\u{200b}::x", ":\\x3ax"},
        {"\ufeff \u2060:\u200d:x", "\\u{feff} \\u{2060}:\\u{200d}:x", "\\u{feff} \\u{2060}:\\u{200d}:x", ":\\x3ax"},
        {"##\u200d[x", "##\\u{200d}[x", "##\\u{200d}[x", "##\\x5bx"},
        {"#\u00ad#\u200b[x", "#\\u{00ad}#\\u{200b}[x", "#\\u{00ad}#\\u{200b}[x", "##\\x5bx"},
        {"\u0301:\u0301:x", "\u0301:\u0301\\x3ax", "./\u0301:\u0301:x", "\u0301:\u0301\\x3ax"},
        {"\u0301:\ufe0f", "\u0301:\ufe0f", "./\u0301:\ufe0f", "\u0301:\ufe0f"},
        {"", "", "", ""},
    };
    setenv("GITHUB_ACTIONS", "true", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ndup_buf text = NDUP_BUF_INIT, path = NDUP_BUF_INIT, line = NDUP_BUF_INIT;
        ndup_safe_append(&text, cases[i].given, strlen(cases[i].given));
        ndup_safe_append_path(&path, cases[i].given);
        ndup_safe_append_line(&line, cases[i].given, strlen(cases[i].given));
        expect_text(&text, cases[i].text);
        expect_text(&path, cases[i].path);
        expect_text(&line, cases[i].line);
    }
    unsetenv("GITHUB_ACTIONS");
    struct ndup_buf text = NDUP_BUF_INIT, path = NDUP_BUF_INIT;
    ndup_safe_append(&text, "::##[x", 6);
    ndup_safe_append_path(&path, "::##[x");
    expect_text(&text, "::##[x");
    expect_text(&path, "./::##[x");
}

/* A line of several parts. */
Test(show, no_commands_of_parts)
{
    static const char *const cases[][4] = {
        {" ", ":", ":x ::y", " :\\x3ax ::y"},
        {"#", "#", "[x", "##\\x5bx"},
        {"a", " ", "::x", "a ::x"},
        {"\\x3a", ":", "::", "\\x3a:::"},
    };
    setenv("GITHUB_ACTIONS", "true", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ndup_safe_line line = {.begun = false};
        struct ndup_buf text = NDUP_BUF_INIT;
        for (size_t part = 0; part < 3; part++)
            ndup_safe_append_part(&text, &line, cases[i][part], strlen(cases[i][part]));
        expect_text(&text, cases[i][3]);
    }
    unsetenv("GITHUB_ACTIONS");
    struct ndup_safe_line line = {.begun = false};
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_safe_append_part(&text, &line, "::##[x", 6);
    expect_text(&text, "::##[x");
}

Test(show, other_locales_get_ascii)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C"));
    expect_safe("caf\xc3\xa9 \xff", 7, "caf? \\xff");
    struct ndup_buf buf = NDUP_BUF_INIT;
    cr_expect_eq(ndup_safe_fit(&buf, "abcdefgh", 8, 5, NDUP_SAFE_KEEP_START), 5);
    expect_text(&buf, "ab...");
}

Test(show, lines_have_single_blanks)
{
    expect_line("  a \n\n b\tc  ", "a b c");
    expect_line("a\xe2\x80\x8b"
                "b \xe2\x80\xae txt.exe \xe2\x81\xa9",
                "ab \\u{202e} txt.exe \\u{2069}");
    expect_line("a\xc2\xa0\xe3\x80\x80 b", "a b");
    expect_line("", "");
    expect_line(" \n ", "");
    expect_line("\xef\xbb\xbfstart", "start");
    expect_line("a\x1b b", "a\\x1b b");
}

static void expect_fit(const char *text, size_t columns, enum ndup_safe_keep keep, const char *expected, size_t width)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    cr_expect_eq(ndup_safe_fit(&buf, text, strlen(text), columns, keep), width, "%s", text);
    expect_text(&buf, expected);
}

Test(show, texts_are_cut_at_columns)
{
    expect_fit("abcdef", 6, NDUP_SAFE_KEEP_START, "abcdef", 6);
    expect_fit("abcdef", 5, NDUP_SAFE_KEEP_START, "abcd\xe2\x80\xa6", 5);
    expect_fit("abcdef", 5, NDUP_SAFE_KEEP_END,
               "\xe2\x80\xa6"
               "cdef",
               5);
    expect_fit("abcdef", 0, NDUP_SAFE_KEEP_START, "", 0);
    /* wide characters take two columns, and are not cut in half */
    expect_fit("\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd", 6, NDUP_SAFE_KEEP_START, "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd",
               6);
    expect_fit("\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd", 4, NDUP_SAFE_KEEP_START, "\xe6\x9d\xb1\xe2\x80\xa6", 3);
    expect_fit("\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd", 4, NDUP_SAFE_KEEP_END, "\xe2\x80\xa6\xe9\x83\xbd", 3);
    cr_expect_eq(ndup_safe_width("e\xcc\x81", 3), 1, "a combining mark takes no column");
}

static const struct ndup_table_column columns[] = {
    {"N", true, false, 0, false}, {"WHERE", false, true, 6, false}, {"TEXT", false, false, 4, false}};

static void print_table(size_t width, const char *where, const char *text, const char *expected)
{
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    struct ndup_table table;
    ndup_table_init(&table, stream, width, false, columns, 3);
    ndup_table_cell(&table, "7", 1);
    ndup_table_cell(&table, where, strlen(where));
    ndup_table_cell(&table, text, strlen(text));
    cr_expect(ndup_table_row(&table, NDUP_TERM_BOLD));
    ndup_table_cell(&table, "10", 2);
    cr_expect(ndup_table_row(&table, NDUP_TERM_PLAIN));
    cr_expect(ndup_table_flush(&table));
    ndup_table_free(&table);
    fclose(stream);
    cr_expect_str_eq(out, expected);
    free(out);
}

Test(show, tables_fit)
{
    print_table(40, "part-0.jsonl:9", "hello", " N  WHERE           TEXT\n 7  part-0.jsonl:9  hello\n10\n");
    print_table(24, "part-0.jsonl:9", "hello you",
                " N  WHERE           TEXT\n 7  part-0.jsonl:9  hel\xe2\x80\xa6\n10\n");
    print_table(20, "part-0.jsonl:9", "hello you",
                " N  WHERE       TEXT\n 7  \xe2\x80\xa6"
                "0.jsonl:9  hel\xe2\x80\xa6\n10\n");
}

static void print_spare(size_t width, const char *expected)
{
    static const struct ndup_table_column spare[] = {{"N", true, false, 0, false},
                                                     {"AT", true, false, 0, NDUP_TABLE_IF_NARROW},
                                                     {"ID", false, false, 3, NDUP_TABLE_IF_NARROW},
                                                     {"TEXT", false, false, 6, false}};
    static const char *const cells[] = {"7", "10-20", "abcdef", "hello you"};
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    struct ndup_table table;
    ndup_table_init(&table, stream, width, false, spare, 4);
    for (size_t i = 0; i < 4; i++)
        ndup_table_cell(&table, cells[i], strlen(cells[i]));
    cr_expect(ndup_table_row(&table, NDUP_TERM_PLAIN));
    cr_expect(ndup_table_flush(&table));
    ndup_table_free(&table);
    fclose(stream);
    cr_expect_str_eq(out, expected);
    free(out);
}

Test(show, narrow_tables_leave_out_columns)
{
    print_spare(27, "N     AT  ID      TEXT\n7  10-20  abcdef  hello you\n");
    print_spare(21, "N     AT  ID   TEXT\n7  10-20  ab\xe2\x80\xa6  hello\xe2\x80\xa6\n");
    print_spare(20, "N     AT  TEXT\n7  10-20  hello you\n");
    print_spare(16, "N     AT  TEXT\n7  10-20  hello\xe2\x80\xa6\n");
    print_spare(15, "N  TEXT\n7  hello you\n");
    print_spare(8, "N  TEXT\n7  hell\xe2\x80\xa6\n");
}

Test(show, empty_columns_are_left_out)
{
    static const struct ndup_table_column some[] = {
        {"N", true, false, 0, 0}, {"ID", false, false, 0, NDUP_TABLE_IF_EMPTY}, {"TEXT", false, false, 4, 0}};
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    struct ndup_table table;
    ndup_table_init(&table, stream, 30, false, some, 3);
    for (int i = 0; i <= NDUP_TABLE_LOOK; i++) {
        ndup_table_cell(&table, "1", 1);
        ndup_table_cell(&table, "", 0);
        ndup_table_cell(&table, "x", 1);
        cr_expect(ndup_table_row(&table, NDUP_TERM_PLAIN));
    }
    fflush(stream);
    const size_t begun = size;
    cr_expect_eq(strncmp(out, "N  TEXT\n1  x\n", 13), 0, "'%s'", out);
    ndup_table_cell(&table, "1", 1);
    ndup_table_cell(&table, "id", 2);
    ndup_table_cell(&table, "y", 1);
    cr_expect(ndup_table_row(&table, NDUP_TERM_PLAIN));
    cr_expect(ndup_table_flush(&table));
    ndup_table_free(&table);
    fclose(stream);
    cr_expect_str_eq(out + begun, "\nN  ID  TEXT\n1  id  y\n");
    free(out);
}

Test(show, headings_take_all_columns)
{
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    struct ndup_table table;
    ndup_table_init(&table, stream, 24, false, columns, 3);
    ndup_table_cell(&table, "7", 1);
    ndup_table_span(&table, "a heading of 24 columns", 23);
    cr_expect(ndup_table_row(&table, NDUP_TERM_BOLD));
    ndup_table_cell(&table, "", 0);
    ndup_table_cell(&table, "here", 4);
    ndup_table_cell(&table, "text", 4);
    cr_expect(ndup_table_row(&table, NDUP_TERM_PLAIN));
    cr_expect(ndup_table_flush(&table));
    ndup_table_free(&table);
    fclose(stream);
    cr_expect_str_eq(out, "N  WHERE  TEXT\n7  a heading of 24 colu…\n   here   text\n");
    free(out);
}

Test(show, long_tables_keep_their_widths)
{
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    struct ndup_table table;
    ndup_table_init(&table, stream, 30, false, columns, 3);
    for (size_t i = 0; i < NDUP_TABLE_LOOK + 2; i++) {
        ndup_table_cell(&table, "1", 1);
        ndup_table_cell(&table, i < NDUP_TABLE_LOOK ? "short" : "longer", i < NDUP_TABLE_LOOK ? 5 : 6);
        cr_expect(ndup_table_row(&table, NDUP_TERM_PLAIN));
    }
    cr_expect(ndup_table_flush(&table));
    ndup_table_free(&table);
    fclose(stream);
    size_t lines = 0;
    for (const char *p = out; *p != '\0'; p++)
        lines += *p == '\n';
    cr_expect_eq(lines, NDUP_TABLE_LOOK + 3);
    cr_expect_not_null(strstr(out, "1  \xe2\x80\xa6nger\n"));
    free(out);
}

static void expect_progress(neardup_progress state, double seconds, size_t width, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_progress_format(&buf, &state, seconds, width);
    expect_text(&buf, expected);
}

Test(show, progress_lines)
{
    neardup_progress half = {"read", 600000000, 1200000000, true};
    expect_progress(half, 2, 79, "read    [==========>         ]  50 %  600 MB of 1.20 GB  300 MB/s  ETA 2 s");
    expect_progress(half, 2, 60, "read     600 MB of 1.20 GB  300 MB/s  ETA 2 s");
    expect_progress(half, 2, 20, "read     600 MB of \xe2\x80\xa6");
    expect_progress(half, 0.1, 60, "read     600 MB of 1.20 GB");
    neardup_progress unknown = {"verify", 2500, 0, false};
    expect_progress(unknown, 1, 79, "verify   2 500  2 500/s");
    neardup_progress over = {"write", 30, 20, false};
    expect_progress(over, 0, 79, "write   [====================] 100 %  20 of 20");
}

static void expect_id(const char *raw, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_json_write_plain(&buf, raw, raw != NULL ? strlen(raw) : 0);
    expect_text(&buf, expected);
}

Test(show, plain_ids)
{
    expect_id(NULL, "");
    expect_id("17", "17");
    expect_id("\"b17\"", "b17");
    expect_id("\"\"", "");
    expect_id("\"a\\\"b\\\\c\\/d\\n\"", "a\"b\\c/d\n");
    expect_id("\"\\u00e9\\u4EAC\"", "\xc3\xa9\xe4\xba\xac");
    expect_id("\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!");
    expect_id("\"\\ud83d!\"", "\xef\xbf\xbd!");
    expect_id("\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                                    "A");
    /* never valid JSON, but nothing may be read after it */
    expect_id("\"\\", "");
    expect_id("\"\\u00\"", "u00");
    expect_id("\"", "\"");
}

static void expect_word(const char *word, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_safe_append_word(&buf, word);
    expect_text(&buf, expected);
}

Test(show, words_of_a_command)
{
    expect_word("data/part-0.jsonl", "data/part-0.jsonl");
    expect_word("https://example.org/a?b=1", "'https://example.org/a?b=1'");
    expect_word("my data", "'my data'");
    expect_word("it's", "'it'\\''s'");
    expect_word("$(x)", "'$(x)'");
    expect_word("", "''");
}

Test(show, json_strings)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_json_write_string(&buf, "a\"\\\n\t\x01\x0b\x7f\xc3\xa9\xff\0z", 13);
    expect_text(&buf, "\"a\\\"\\\\\\n\\t\\u0001\\u000b\\u007f\xc3\xa9\xef\xbf\xbd\\u0000z\"");
}

/* What reorders or hides text is escaped wherever it comes from: readers of JSON get the same string. */
Test(show, json_has_no_hidden_characters)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    static const char text[] =
        "\xe2\x80\xae"
        "a\xc2\x9b\xc2\xad\xe2\x80\xa8\xef\xbb\xbf\xf3\xa0\x80\x81\xe2\x81\xa6\xd8\x9c\xe2\x80\x8b\xc3\xa9\xe4\xb8\xad"
        "\xf0\x9f\x98\x80";
    ndup_json_write_string(&buf, text, sizeof text - 1);
    expect_text(&buf, "\"\\u202ea\\u009b\\u00ad\\u2028\\ufeff\\udb40\\udc01\\u2066\\u061c\\u200b\xc3\xa9\xe4\xb8\xad"
                      "\xf0\x9f\x98\x80\"");
    struct ndup_json_writer json;
    static const char raw[] = "\"\\\"\xe2\x80\xae\\\\\x7f \\\xe2\x80\xae\\u202e\xc3\xa9\x1b\"";
    ndup_json_begin(&json, &buf);
    ndup_json_add_raw(&json, NULL, raw, sizeof raw - 1);
    expect_text(&buf, "\"\\\"\\u202e\\\\\\u007f \\u202e\\u202e\xc3\xa9\\u001b\"");
    ndup_json_add_raw(&json, NULL, "{\n  \"a\": 1\n}", 12);
    expect_text(&buf, "{\n  \"a\": 1\n}");
    ndup_json_add_raw(&json, NULL, "\"\\", 2);
    expect_text(&buf, "\"\\");
}

static void csv_field(struct ndup_buf *buf, const char *bytes, size_t length)
{
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, buf);
    ndup_csv_add_text(&csv, bytes, length);
}

Test(show, csv_fields)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    csv_field(&buf, "plain text", 10);
    ndup_buf_append_str(&buf, ";");
    csv_field(&buf, "a,b", 3);
    ndup_buf_append_str(&buf, ";");
    csv_field(&buf, "say \"x\"", 7);
    ndup_buf_append_str(&buf, ";");
    csv_field(&buf, "two\r\nlines", 10);
    ndup_buf_append_str(&buf, ";");
    csv_field(&buf, NULL, 0);
    expect_text(&buf, "plain text;\"a,b\";\"say \"\"x\"\"\";two\\r\\nlines;");
}

/* No control character, nothing that reorders text, nothing that a spreadsheet runs. */
Test(show, csv_fields_are_harmless)
{
    static const struct {
        const char *text, *field;
    } cases[] = {
        {"=1+1", "'=1+1"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@a,b", "\"'@a,b\""},
        {"a=1", "a=1"},
        {"::error::x", "'::error::x"},
        {"  ::error::x", "'  ::error::x"},
        {"a::b", "a::b"},
        {":", ":"},
        {" a", " a"},
        {"\t=1", "\\t=1"},
        {"\r=1", "\\r=1"},
        {"\n=1", "\\n=1"},
        {"\x1b[31m", "\\x1b[31m"},
        {"\x7f", "\\x7f"},
        {"a\xe2\x80\xae"
         "b",
         "a\\u{202e}b"},
        {"\xe2\x80\x8b=1", "\\u{200b}=1"},
        {"\xef\xbb\xbf=1", "\\u{feff}=1"},
        {"\xc2\x9b", "\\x9b"},
        {"\xe2\x80\xa8", "\\u{2028}"},
        {"\xf3\xa0\x80\x81", "\\u{e0001}"},
        {"\xef\xbc\x9d"
         "1",
         "'\xef\xbc\x9d"
         "1"},
        {"\xef\xbc\xa0"
         "1",
         "'\xef\xbc\xa0"
         "1"},
        {"a\xff"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {"\xc3\xa9 \xf0\x9f\x98\x80", "\xc3\xa9 \xf0\x9f\x98\x80"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ndup_buf buf = NDUP_BUF_INIT;
        csv_field(&buf, cases[i].text, strlen(cases[i].text));
        expect_text(&buf, cases[i].field);
    }
    static const struct {
        const char *value, *field;
    } values[] = {{"-5", "-5"}, {"1e3", "1e3"}, {"-1+2", "'-1+2"}, {"\"=a\"", "'=a"}, {"\"\\u202e\"", "\\u{202e}"}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct ndup_buf buf = NDUP_BUF_INIT;
        struct ndup_csv_writer csv;
        ndup_csv_begin(&csv, &buf);
        ndup_csv_add_value(&csv, values[i].value, strlen(values[i].value));
        expect_text(&buf, values[i].field);
    }
}

static const neardup_member members[] = {
    {.document = {.index = 1, .id = "\"b,17\"", .id_length = 6, .file = "part-2.jsonl", .line = 31, .tokens = 70},
     .reason = NEARDUP_NEAR,
     .jaccard = 0.913,
     .distance = NEARDUP_NO_DISTANCE},
    {.document = {.index = 2, .file = "part-3.jsonl", .line = 4, .tokens = 71},
     .reason = NEARDUP_EXACT,
     .jaccard = 1,
     .distance = NEARDUP_NO_DISTANCE},
};
static const neardup_ref keeper = {
    .index = 0, .id = "7", .id_length = 1, .file = "part-0.jsonl", .line = 9, .tokens = 72};
static const neardup_cluster cluster = {
    .number = 12, .keeper = keeper, .tokens = 141, .member_count = 2, .members = members, .component = 12};

static const neardup_ref part = {.unit = NEARDUP_UNIT_PARAGRAPH,
                                 .index = 5,
                                 .file = "x.txt",
                                 .line = 1,
                                 .bytes = {10, 52},
                                 .characters = {9, 50},
                                 .tokens = 7};
static const neardup_member part_members[] = {
    {.document = {.unit = NEARDUP_UNIT_PARAGRAPH,
                  .index = 8,
                  .id = "\"b\"",
                  .id_length = 3,
                  .file = "y.jsonl",
                  .line = 3,
                  .bytes = {0, 40},
                  .characters = {0, 40},
                  .tokens = 8},
     .reason = NEARDUP_NEAR,
     .jaccard = 0.75,
     .distance = NEARDUP_NO_DISTANCE},
    {.document = {.unit = NEARDUP_UNIT_PARAGRAPH,
                  .index = 9,
                  .file = "x.txt",
                  .line = 1,
                  .bytes = {60, 70},
                  .characters = {58, 68},
                  .tokens = 9},
     .reason = NEARDUP_CONTAINED,
     .containment = 0.96,
     .distance = NEARDUP_NO_DISTANCE},
};
static const neardup_cluster part_cluster = {.number = 1,
                                             .keeper = part,
                                             .documents = 2,
                                             .tokens = 15,
                                             .member_count = 2,
                                             .members = part_members,
                                             .component = 1};

/* What a stream got; to be freed. */
struct sink {
    FILE *stream;
    char *text;
    size_t size;
    struct ndup_buf buf;
};

static void sink_open(struct sink *sink)
{
    *sink = (struct sink){.buf = NDUP_BUF_INIT};
    sink->stream = open_memstream(&sink->text, &sink->size);
    cr_assert_not_null(sink->stream);
}

static void sink_expect(struct sink *sink, const char *expected)
{
    fclose(sink->stream);
    cr_expect_str_eq(sink->text, expected);
    free(sink->text);
    ndup_buf_free(&sink->buf);
}

static void expect_json(const neardup_cluster *one, const char *expected)
{
    struct sink sink;
    sink_open(&sink);
    cr_expect(ndup_emit_cluster_json(sink.stream, &sink.buf, one));
    sink_expect(&sink, expected);
}

static void expect_csv(const neardup_cluster *one, bool parts, const char *expected)
{
    struct sink sink;
    sink_open(&sink);
    cr_expect(ndup_emit_cluster_csv(sink.stream, &sink.buf, one, (struct ndup_csv_columns){.parts = parts}));
    sink_expect(&sink, expected);
}

Test(show, clusters)
{
    neardup_cluster joined = cluster;
    joined.member_count = 0;
    joined.component = 3;
    expect_json(
        &cluster,
        "{\"cluster\":12,\"size\":3,\"tokens\":141,\"keeper\":{\"id\":7,\"file\":\"part-0.jsonl\",\"line\":9,"
        "\"tokens\":72},\"members\":["
        "{\"id\":\"b,17\",\"file\":\"part-2.jsonl\",\"line\":31,\"tokens\":70,\"reason\":\"near\",\"jaccard\":0.913},"
        "{\"file\":\"part-3.jsonl\",\"line\":4,\"tokens\":71,\"reason\":\"exact\",\"jaccard\":1}]}\n");
    expect_json(&joined, "{\"cluster\":12,\"size\":1,\"tokens\":141,\"component\":3,\"keeper\":{\"id\":7,\"file\":"
                         "\"part-0.jsonl\",\"line\":"
                         "9,\"tokens\":72},\"members\":[]}\n");
    expect_csv(&cluster, false,
               "12,3,12,keeper,,,7,part-0.jsonl,9,\r\n12,3,12,member,near,0.913,\"b,17\",part-2.jsonl,31,false\r\n"
               "12,3,12,member,exact,1,,part-3.jsonl,4,false\r\n");
    joined.documents = 1;
    expect_csv(&joined, true, "12,1,3,keeper,,,7,part-0.jsonl,9,document,,,,,,,,,\r\n");
}

#define PART_PLACE "\"file\":\"x.txt\",\"line\":1,\"unit\":\"paragraph\",\"bytes\":[10,52],\"characters\":[9,50]"
#define PART       "{" PART_PLACE ",\"tokens\":7}"
#define PART_B_PLACE                                                                                                   \
    "\"id\":\"b\",\"file\":\"y.jsonl\",\"line\":3,\"unit\":\"paragraph\",\"bytes\":[0,40],\"characters\":[0,40]"
#define PART_B PART_B_PLACE ",\"tokens\":8"
#define PART_C                                                                                                         \
    "\"file\":\"x.txt\",\"line\":1,\"unit\":\"paragraph\",\"bytes\":[60,70],\"characters\":[58,68],\"tokens\":9"

Test(show, clusters_of_parts)
{
    expect_json(&part_cluster,
                "{\"cluster\":1,\"size\":3,\"unit\":\"paragraph\",\"documents\":2,\"tokens\":15,\"keeper\":" PART
                ",\"members\":[{" PART_B ",\"reason\":\"near\",\"jaccard\":0.75},{" PART_C
                ",\"reason\":\"contained\",\"containment\":0.96}]}\n");
    expect_csv(&part_cluster, true,
               "1,3,1,keeper,,,,x.txt,1,paragraph,2,15,false,,10,52,9,50,\r\n"
               "1,3,1,member,near,0.75,b,y.jsonl,3,paragraph,2,15,false,,0,40,0,40,false\r\n"
               "1,3,1,member,contained,,,x.txt,1,paragraph,2,15,false,0.96,60,70,58,68,false\r\n");
}

/* Boilerplate that is removed altogether has no keeper; its first copy is one of the members. */
Test(show, clusters_of_boilerplate)
{
    const neardup_member copies[] = {
        {.document = part, .reason = NEARDUP_BOILERPLATE, .jaccard = 1, .distance = NEARDUP_NO_DISTANCE},
        {.document = part_members[0].document,
         .reason = NEARDUP_BOILERPLATE,
         .jaccard = 0.75,
         .distance = NEARDUP_NO_DISTANCE},
    };
    neardup_cluster gone = part_cluster;
    gone.boilerplate = gone.all_removed = true;
    gone.members = copies;
    expect_json(
        &gone,
        "{\"cluster\":1,\"size\":2,\"unit\":\"paragraph\",\"documents\":2,\"tokens\":15,\"boilerplate\":"
        "true,\"keeper\":null,\"first\":" PART ",\"members\":[{\"file\":\"x.txt\",\"line\":1,\"unit\":"
        "\"paragraph\",\"bytes\":[10,52],\"characters\":[9,50],\"tokens\":7,\"reason\":\"boilerplate\",\"jaccard\":1},"
        "{" PART_B ",\"reason\":\"boilerplate\",\"jaccard\":0.75}]}\n");
    expect_csv(&gone, true,
               "1,2,1,member,boilerplate,1,,x.txt,1,paragraph,2,15,true,,10,52,9,50,false\r\n"
               "1,2,1,member,boilerplate,0.75,b,y.jsonl,3,paragraph,2,15,true,,0,40,0,40,false\r\n");
}

Test(show, pairs)
{
    const neardup_pair pair = {.a = keeper,
                               .b = members[0].document,
                               .reason = NEARDUP_NEAR,
                               .jaccard = 0.75,
                               .distance = NEARDUP_NO_DISTANCE};
    struct sink sink;
    sink_open(&sink);
    cr_expect(ndup_emit_pair_json(sink.stream, &sink.buf, &pair));
    cr_expect(ndup_emit_pair_csv(sink.stream, &sink.buf, &pair, (struct ndup_csv_columns){0}));
    sink_expect(&sink, "{\"a\":{\"id\":7,\"file\":\"part-0.jsonl\",\"line\":9},\"b\":{\"id\":\"b,17\",\"file\":"
                       "\"part-2.jsonl\",\"line\":31},\"reason\":\"near\",\"jaccard\":0.75}\n"
                       "7,part-0.jsonl,9,\"b,17\",part-2.jsonl,31,near,0.75,false\r\n");
}

Test(show, pairs_of_parts)
{
    const neardup_pair pair = {.a = part,
                               .b = part_members[0].document,
                               .reason = NEARDUP_NEAR,
                               .jaccard = 0.75,
                               .distance = NEARDUP_NO_DISTANCE};
    const neardup_pair whole = {
        .a = keeper, .b = members[1].document, .reason = NEARDUP_EXACT, .jaccard = 1, .distance = NEARDUP_NO_DISTANCE};
    struct sink sink;
    sink_open(&sink);
    cr_expect(ndup_emit_pair_json(sink.stream, &sink.buf, &pair));
    cr_expect(ndup_emit_pair_csv(sink.stream, &sink.buf, &pair, (struct ndup_csv_columns){.parts = true}));
    cr_expect(ndup_emit_pair_csv(sink.stream, &sink.buf, &whole, (struct ndup_csv_columns){.parts = true}));
    sink_expect(&sink, "{\"a\":{" PART_PLACE "},\"b\":{" PART_B_PLACE "},\"reason\":\"near\",\"jaccard\":0.75}\n"
                       ",x.txt,1,b,y.jsonl,3,near,0.75,paragraph,10,52,9,50,0,40,0,40,false\r\n"
                       "7,part-0.jsonl,9,,part-3.jsonl,4,exact,1,document,,,,,,,,,false\r\n");
}

static size_t fields(const char *line)
{
    size_t count = 1;
    for (; *line != '\0'; line++)
        count += *line == ',';
    return count;
}

/* Every row of a file has as many fields as its header. */
Test(show, csv_headers)
{
    for (int i = 0; i < 4; i++) {
        bool pairs = i % 2 == 1, parts = i >= 2;
        const neardup_pair pair = {.a = keeper,
                                   .b = members[1].document,
                                   .reason = NEARDUP_EXACT,
                                   .jaccard = 1,
                                   .distance = NEARDUP_NO_DISTANCE};
        struct sink sink;
        sink_open(&sink);
        cr_expect(ndup_emit_csv_header(sink.stream, pairs, (struct ndup_csv_columns){.parts = parts}));
        cr_expect(pairs ? ndup_emit_pair_csv(sink.stream, &sink.buf, &pair, (struct ndup_csv_columns){.parts = parts})
                        : ndup_emit_cluster_csv(sink.stream, &sink.buf, parts ? &part_cluster : &cluster,
                                                (struct ndup_csv_columns){.parts = parts}));
        fclose(sink.stream);
        char *end = strstr(sink.text, "\r\n");
        cr_assert_not_null(end);
        *end = '\0';
        char *row = end + 2;
        end = strstr(row, "\r\n");
        cr_assert_not_null(end);
        *end = '\0';
        cr_expect_eq(fields(sink.text), fields(row), "%s\n%s", sink.text, row);
        free(sink.text);
        ndup_buf_free(&sink.buf);
    }
}

Test(show, groups)
{
    const neardup_group_repeat repeat = {
        .group = "\"a.org\"", .group_length = 7, .group_documents = 10, .documents = 6, .cluster = 4, .first = part};
    struct sink sink;
    sink_open(&sink);
    cr_expect(ndup_emit_group_json(sink.stream, &sink.buf, &repeat));
    sink_expect(&sink,
                "{\"group\":\"a.org\",\"group_documents\":10,\"documents\":6,\"cluster\":4,\"first\":{" PART_PLACE
                "}}\n");
}

Test(show, a_full_disk_is_noticed)
{
    FILE *full = fopen("/dev/full", "w");
    cr_assert_not_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    struct ndup_buf buf = NDUP_BUF_INIT;
    cr_expect_not(ndup_emit_cluster_json(full, &buf, &cluster));
    ndup_buf_free(&buf);
    fclose(full);
}
