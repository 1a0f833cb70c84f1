/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/pool.h"
#include "engine/blob.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 3u
#define STRINGS 20000u /* a thread: several blocks */

struct filling {
    struct ndup_blob blob;
    uint64_t position[THREADS][STRINGS];
};

/* Lengths from 1 to a few hundred, and some of the largest that are allowed. */
static size_t make_string(unsigned thread, unsigned number, char *text)
{
    size_t length = number % 5000 == 4999 ? NDUP_BLOB_MAX : 1 + (number * 7919u) % 300;
    memset(text, 'a' + (char)(number % 26), length);
    char head[32];
    size_t n = (size_t)snprintf(head, sizeof head, "%u.%u", thread, number);
    memcpy(text, head, n < length ? n : length);
    return length;
}

static void fill(void *context, unsigned member)
{
    struct filling *f = context;
    struct ndup_blob_writer writer = {.blob = &f->blob};
    char *text = malloc(NDUP_BLOB_MAX);
    for (unsigned i = 0; i < STRINGS; i++) {
        size_t length = make_string(member, i, text);
        if (ndup_blob_append(&writer, text, length, &f->position[member][i], NULL) != NEARDUP_OK)
            abort();
    }
    if (ndup_blob_finish(&writer, NULL) != NEARDUP_OK)
        abort();
    free(text);
}

static void check(struct filling *f)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    char *expected = malloc(NDUP_BLOB_MAX), *buffer = malloc(NDUP_BLOB_BLOCK);
    uint64_t bytes = 0, walked = 0, walked_bytes = 0;
    for (unsigned t = 0; t < THREADS; t++) {
        for (unsigned i = 0; i < STRINGS; i++) {
            size_t length = make_string(t, i, expected);
            ndup_buf_clear(&text);
            ndup_buf_append_str(&text, "before ");
            cr_assert_eq(ndup_blob_get(&f->blob, f->position[t][i], &text, NULL), NEARDUP_OK);
            cr_assert_eq(text.len, 7 + length);
            cr_assert_eq(memcmp(text.data + 7, expected, length), 0);
            bytes += length;
        }
    }
    for (uint64_t b = 0; b < f->blob.count; b++) {
        const char *block, *string;
        size_t at = 0, length;
        cr_assert_eq(ndup_blob_block(&f->blob, b, buffer, &block, NULL), NEARDUP_OK);
        while (ndup_blob_next(block, &at, &string, &length)) {
            walked++;
            walked_bytes += length;
        }
    }
    cr_assert_eq(walked, THREADS * STRINGS);
    cr_assert_eq(walked_bytes, bytes);
    ndup_buf_free(&text);
    free(expected);
    free(buffer);
}

static void run(bool spill)
{
    struct ndup_scratch *scratch;
    struct ndup_pool *pool;
    struct filling *f = calloc(1, sizeof *f);
    cr_assert_eq(ndup_scratch_create(&scratch, NULL, 0, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_pool_create(&pool, THREADS, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_blob_init(&f->blob, scratch, spill, NULL), NEARDUP_OK);
    ndup_pool_run(pool, fill, f);
    cr_assert_eq(ndup_scratch_bytes(scratch) > 0, spill);
    check(f);
    ndup_blob_free(&f->blob);
    cr_assert_eq(ndup_scratch_bytes(scratch), 0);
    ndup_pool_destroy(pool);
    ndup_scratch_destroy(scratch);
    free(f);
}

Test(job_blob, strings_are_found_at_their_positions)
{
    run(false);
}

Test(job_blob, also_in_the_scratch_folder)
{
    run(true);
}

/* The last string of a block leaves 0, 1, 2 or 3 bytes: less than a length takes. */
Test(job_blob, blocks_that_are_almost_full)
{
    char *text = calloc(NDUP_BLOB_MAX, 1), *buffer = malloc(NDUP_BLOB_BLOCK);
    memset(text, 'x', NDUP_BLOB_MAX);
    for (size_t left = 0; left < 5; left++) {
        struct ndup_blob blob;
        uint64_t position;
        cr_assert_eq(ndup_blob_init(&blob, NULL, false, NULL), NEARDUP_OK);
        struct ndup_blob_writer writer = {.blob = &blob};
        for (int i = 0; i < 4; i++)
            cr_assert_eq(
                ndup_blob_append(&writer, text, NDUP_BLOB_BLOCK / 4 - 3 - (i == 3 ? left : 0), &position, NULL),
                NEARDUP_OK);
        cr_assert_eq(ndup_blob_append(&writer, "last", 4, &position, NULL), NEARDUP_OK);
        cr_assert_eq(position, NDUP_BLOB_BLOCK);
        cr_assert_eq(ndup_blob_finish(&writer, NULL), NEARDUP_OK);
        cr_assert_eq(blob.count, 2);
        const char *block, *string;
        size_t at = 0, length, count = 0;
        cr_assert_eq(ndup_blob_block(&blob, 0, buffer, &block, NULL), NEARDUP_OK);
        while (ndup_blob_next(block, &at, &string, &length))
            count++;
        cr_assert_eq(count, 4);
        ndup_blob_free(&blob);
    }
    free(text);
    free(buffer);
}

Test(job_blob, empty)
{
    struct ndup_blob blob;
    cr_assert_eq(ndup_blob_init(&blob, NULL, false, NULL), NEARDUP_OK);
    struct ndup_blob_writer writer = {.blob = &blob};
    cr_assert_eq(ndup_blob_finish(&writer, NULL), NEARDUP_OK);
    cr_assert_eq(blob.count, 0);
    ndup_blob_free(&blob);
}
