/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/buf.h"

#include <criterion/criterion.h>
#include <string.h>

Test(base_buf, starts_without_memory)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_buf_append(&buf, "x", 0);
    cr_assert_null(buf.data);
    cr_assert_eq(buf.capacity, 0);
    ndup_buf_free(&buf);
}

Test(base_buf, appends)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_buf_append(&buf, "ab\0c", 4);
    ndup_buf_append_str(&buf, "def");
    ndup_buf_printf(&buf, "-%d-%s", 42, "text");
    cr_assert_eq(buf.len, 15);
    cr_assert_arr_eq(buf.data, "ab\0cdef-42-text", 15);
    cr_assert(!buf.failed);
    ndup_buf_free(&buf);
    cr_assert_null(buf.data);
    cr_assert_eq(buf.len, 0);
}

Test(base_buf, grows_and_keeps_its_bytes)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    unsigned wrong = 0;
    for (unsigned i = 0; i < 100000; i++)
        ndup_buf_append(&buf, &(char){(char)(i % 101)}, 1);
    cr_assert_eq(buf.len, 100000);
    for (unsigned i = 0; i < 100000; i++)
        wrong += buf.data[i] != (char)(i % 101);
    cr_assert_eq(wrong, 0);
    ndup_buf_free(&buf);
}

Test(base_buf, numbers_have_a_point_in_every_locale)
{
    static const char *const written[] = {"1.5", "-3,25e+10", "7",
                                          "2\xd9\xab"
                                          "5"}; /* an Arabic separator has two bytes */
    struct ndup_buf buf = NDUP_BUF_INIT;
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        char text[40];
        strcpy(text, written[i]);
        ndup_buf_append_number(&buf, text);
        ndup_buf_append_str(&buf, " ");
    }
    cr_assert_eq(buf.len, strlen("1.5 -3.25e+10 7 2.5 "));
    cr_assert(memcmp(buf.data, "1.5 -3.25e+10 7 2.5 ", buf.len) == 0);
    ndup_buf_free(&buf);
}

Test(base_buf, clear_keeps_the_memory)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_buf_append_str(&buf, "hello");
    const char *data = buf.data;
    size_t capacity = buf.capacity;
    ndup_buf_clear(&buf);
    cr_assert_eq(buf.len, 0);
    cr_assert_eq(buf.data, data);
    cr_assert_eq(buf.capacity, capacity);
    ndup_buf_free(&buf);
}

Test(base_buf, impossible_growth_is_remembered)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_buf_append_str(&buf, "kept");
    cr_assert(!ndup_buf_reserve(&buf, SIZE_MAX));
    cr_assert(buf.failed);
    cr_assert_arr_eq(buf.data, "kept", 4);
    ndup_buf_append_str(&buf, "more");
    cr_assert(buf.failed, "a failure stays until clear");
    ndup_buf_clear(&buf);
    cr_assert(!buf.failed);
    ndup_buf_free(&buf);
}
