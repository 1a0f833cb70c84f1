/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/messages.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *line_of(const neardup_progress *state, double seconds, size_t columns)
{
    static char text[256];
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_progress_format(&buf, state, seconds, columns);
    cr_assert(!buf.failed && buf.len < sizeof text);
    snprintf(text, sizeof text, "%.*s", (int)buf.len, buf.len > 0 ? buf.data : "");
    ndup_buf_free(&buf);
    return text;
}

Test(progress, without_a_total)
{
    neardup_progress state = {.phase = "read", .done = 1234567};
    cr_expect_str_eq(line_of(&state, 0.4, 79), "read     1 234 567");
    cr_expect_str_eq(line_of(&state, 2, 79), "read     1 234 567  617 283/s");
}

Test(progress, with_a_total)
{
    neardup_progress state = {.phase = "verify", .done = 250, .total = 1000};
    cr_expect_str_eq(line_of(&state, 0, 79), "verify  [=====>              ]  25 %  250 of 1 000");
    cr_expect_str_eq(line_of(&state, 0, 69), "verify   250 of 1 000");
    /* 25 a second, 750 of them left */
    cr_expect_str_eq(line_of(&state, 10, 69), "verify   250 of 1 000  25/s  ETA 30 s");
    /* 1 a second: minutes */
    cr_expect_str_eq(line_of(&state, 250, 69), "verify   250 of 1 000  1/s  ETA 12 min 30 s");
    state.done = 999;
    cr_expect_str_eq(line_of(&state, 1, 69), "verify   999 of 1 000  999/s  ETA 1 s");
    /* nothing is done yet: the time that is left is not known */
    state.done = 0;
    cr_expect_str_eq(line_of(&state, 1, 69), "verify   0 of 1 000  0/s");
    /* more than was expected, of an input that grows */
    state.done = 1200;
    cr_expect_str_eq(line_of(&state, 1, 79), "verify  [====================] 100 %  1 000 of 1 000  1 200/s");
}

Test(progress, in_bytes)
{
    neardup_progress state = {.phase = "read", .done = 1 << 20, .total = 4 << 20, .in_bytes = true};
    cr_expect_str_eq(line_of(&state, 1, 69), "read     1.05 MB of 4.19 MB  1.0 MB/s  ETA 3 s");
}

Test(progress, is_cut_to_the_columns)
{
    neardup_progress state = {.phase = "verify", .done = 250, .total = 1000};
    cr_expect_str_eq(line_of(&state, 10, 12), "verify   ...");
}

Test(progress, is_drawn_and_removed)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_not_null(stream);
    neardup_progress state = {.phase = "read", .done = 5};
    struct ndup_progress progress;
    ndup_progress_init(&progress, stream, true);
    cr_expect_not(progress.enabled, "the stream is not a terminal");
    ndup_progress_update(&progress, &state);
    ndup_progress_clear(&progress);
    cr_expect_eq(length, 0);

    progress.enabled = true;
    progress.last_drawn = 0; /* long ago */
    ndup_progress_update(&progress, &state);
    cr_expect(progress.drawn);
    state.done = 6; /* too soon */
    ndup_progress_update(&progress, &state);
    ndup_progress_clear(&progress);
    ndup_progress_clear(&progress);
    cr_expect_eq(fclose(stream), 0);
    cr_expect_str_eq(text, "\rread     5\033[K\r\033[K");
    free(text);
}
