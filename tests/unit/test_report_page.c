/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/page.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *written(bool (*write)(FILE *out, const char *text, size_t length), const char *text, size_t length)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    cr_assert(write(out, text, length));
    cr_assert_eq(fclose(out), 0);
    return bytes;
}

static void expect_data(const char *json, const char *expected)
{
    char *bytes = written(ndup_page_data, json, strlen(json));
    cr_expect_str_eq(bytes, expected);
    free(bytes);
}

Test(report_page, data_cannot_end_its_block)
{
    expect_data("{\"a\":\"</script><!-- & \"}", "{\"a\":\"\\u003c/script\\u003e\\u003c!-- \\u0026 \"}");
    expect_data("<<", "\\u003c\\u003c");
    expect_data("{\"a\":1}", "{\"a\":1}");
    expect_data("", "");
}

Test(report_page, line_separators_are_escaped_and_nothing_like_them)
{
    expect_data("a\xe2\x80\xa8"
                "b\xe2\x80\xa9",
                "a\\u2028b\\u2029");
    expect_data("\xe2\x80\xa6 \xe2\x80", "\xe2\x80\xa6 \xe2\x80");
    expect_data("\xe2", "\xe2");
    expect_data("\xe2\x82\xac", "\xe2\x82\xac");
}

Test(report_page, no_data_is_fine)
{
    char *bytes = written(ndup_page_data, NULL, 0);
    cr_expect_str_eq(bytes, "");
    free(bytes);
}

static bool begin_report(FILE *out, const char *title, size_t length)
{
    (void)length;
    return ndup_page_begin(out, NDUP_PAGE_REPORT, title);
}

static void expect_title(const char *title, const char *expected)
{
    char *bytes = written(begin_report, title, 0);
    char *begin = strstr(bytes, "<title>");
    cr_assert_not_null(begin);
    char *end = strstr(begin, "</title>");
    cr_assert_not_null(end);
    *end = '\0';
    cr_expect_str_eq(begin + strlen("<title>neardup: "), expected);
    free(bytes);
}

Test(report_page, title_is_text)
{
    expect_title("clean", "clean");
    expect_title("</title><script>a&b", "&lt;/title&gt;&lt;script&gt;a&amp;b");
    expect_title("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
    expect_title("a\xff"
                 "b\x01"
                 "c\xe2\x80\xae",
                 "a\xef\xbf\xbd"
                 "b\xef\xbf\xbd"
                 "c\xef\xbf\xbd");
}

Test(report_page, whole_page)
{
    static const struct {
        enum ndup_page_kind kind;
        const char *name;
    } kinds[] = {{NDUP_PAGE_REPORT, "data-kind=\"report\">{}</script>"},
                 {NDUP_PAGE_COMPARE, "data-kind=\"compare\">{}</script>"},
                 {NDUP_PAGE_CHECK, "data-kind=\"check\">{}</script>"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char *bytes = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&bytes, &size);
        cr_assert(ndup_page_begin(out, kinds[i].kind, "t") && ndup_page_data(out, "{}", 2) && ndup_page_end(out));
        cr_assert_eq(fclose(out), 0);
        cr_expect_eq(strncmp(bytes, "<!DOCTYPE html>\n", 16), 0);
        cr_expect_not_null(strstr(bytes, kinds[i].name));
        cr_expect_str_eq(bytes + size - 8, "</html>\n");
        cr_expect_eq(strlen(bytes), size, "no NUL in it");
        cr_expect_null(strstr(bytes, "@STYLE"), "every place of the template is filled");
        cr_expect_null(strstr(bytes, "@SCRIPT"));
        cr_expect_null(strstr(bytes, "@DATA"));
        free(bytes);
    }
}

Test(report_page, a_full_disk_is_told)
{
    FILE *out = fopen("/dev/full", "w");
    cr_assert_not_null(out);
    setvbuf(out, NULL, _IONBF, 0);
    cr_expect_not(ndup_page_begin(out, NDUP_PAGE_REPORT, "t"));
    cr_expect_eq(errno, ENOSPC);
    cr_expect_not(ndup_page_data(out, "a<b", 3));
    cr_expect_not(ndup_page_data(out, "ab", 2));
    cr_expect_not(ndup_page_end(out));
    fclose(out);
}
