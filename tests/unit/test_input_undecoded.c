/* SPDX-License-Identifier: MIT
 * Which texts are too little decoded to be compared; and no byte after a text of a caller is read to find that out. */
#include "base/platform.h"

#include "input/formats.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

Test(undecoded, limits)
{
    char text[1001];
    memset(text, 'a', sizeof text);
    cr_expect_null(ndup_undecoded_problem(text, 0));
    memset(text, '\xff', 10);
    cr_expect_null(ndup_undecoded_problem(text, 1000), "1 %%");
    cr_expect_eq(ndup_undecoded_problem(text, 999), ndup_not_utf8);
    for (size_t i = 0; i < 10; i++)
        memcpy(text + 3 * i, "\xef\xbf\xbd", 3);
    cr_expect_null(ndup_undecoded_problem(text, 3 * 10 + 90), "10 %%");
    cr_expect_not_null(ndup_undecoded_problem(text, 3 * 10 + 89));
}

/* Texts that end where readable memory ends, with a U+FFFD anywhere or nowhere. */
Test(undecoded, texts_in_place)
{
    const struct ndup_fields fields = {.text = "text", .id = "id"};
    struct ndup_parser parser = {.fields = &fields};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(pages, MAP_FAILED);
    cr_assert_eq(mprotect(pages + page, page, PROT_NONE), 0);
    for (size_t length = 3; length < 60; length++) {
        for (size_t at = 0; at <= length - 2; at++) {
            char *text = pages + page - length;
            memset(text, 'a', length);
            if (at + 3 <= length)
                memcpy(text + at, "\xef\xbf\xbd", 3);
            neardup_document from = {.text = text, .text_length = length};
            struct ndup_document d = {.record = (const char *)&from, .record_length = sizeof from};
            cr_assert_eq(ndup_parser_parse(&parser, &ndup_input_frames, NULL, &d, NULL), NEARDUP_OK);
            cr_assert_eq(d.problem, ndup_undecoded_problem(text, length), "%zu of %zu", at, length);
            cr_assert_eq(d.problem != NULL, at + 3 <= length && length - 2 < 10, "%zu of %zu", at, length);
        }
    }
    ndup_parser_free(&parser);
    munmap(pages, 2 * page);
}
