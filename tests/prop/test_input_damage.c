/* SPDX-License-Identifier: MIT
 * Damaged and cut-off streams: what is delivered depends on the stored bytes alone, never on the room that the caller
 * gives, and of a cut-off stream it is the beginning of the truth. */
#include "base/platform.h"

#include "input/decompress.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define PLAIN ((size_t)400000)
#define ROOM  ((size_t)2 << 20)

static uint32_t random_state = 777;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

struct result {
    neardup_status status;
    size_t len;
    char *data; /* ROOM bytes */
};

static char *plain, *packed;
static size_t packed_len;
static struct result at_once, in_steps;

static void unpack(const char *data, size_t len, size_t step, struct result *result)
{
    struct ndup_stream *stream;
    cr_assert_eq(ndup_stream_open_memory(&stream, data, len, NULL), NEARDUP_OK);
    size_t got;
    result->len = 0;
    do {
        cr_assert(result->len + step <= ROOM);
        result->status = ndup_stream_read(stream, result->data + result->len, step, &got, NULL);
        result->len += got;
    } while (result->status == NEARDUP_OK && got > 0);
    ndup_stream_close(stream);
}

static void check(const char *data, size_t len, size_t step)
{
    unpack(data, len, ROOM / 2, &at_once);
    unpack(data, len, step, &in_steps);
    cr_assert_eq(at_once.status, in_steps.status);
    cr_assert_eq(at_once.len, in_steps.len, "%zu bytes at once, %zu in steps of %zu", at_once.len, in_steps.len, step);
    cr_assert_eq(memcmp(at_once.data, in_steps.data, at_once.len), 0);
}

static void check_all(void)
{
    for (int i = 0; i < 150; i++) {
        size_t cut = 4 + next_random() % (packed_len - 4);
        size_t step = 1 + next_random() % 40000;
        check(packed, cut, step);
        cr_assert_eq(at_once.status, NEARDUP_E_FORMAT);
        cr_assert(at_once.len <= PLAIN);
        cr_assert_eq(memcmp(at_once.data, plain, at_once.len), 0);
        size_t at = 4 + next_random() % (packed_len - 4);
        char old = packed[at];
        packed[at] = (char)(old ^ (char)(1 + next_random() % 255));
        check(packed, packed_len, step);
        packed[at] = old;
    }
    check(packed, packed_len, 1000);
    cr_assert_eq(at_once.status, NEARDUP_OK);
    cr_assert_eq(at_once.len, PLAIN);
}

static void set_up(void)
{
    plain = malloc(PLAIN);
    packed = malloc(ROOM);
    at_once.data = malloc(ROOM);
    in_steps.data = malloc(ROOM);
    for (size_t i = 0; i < PLAIN; i++)
        plain[i] = (char)(i % 100 < 60 && i > 500 ? plain[i - 333] : 'a' + (char)(next_random() % 20));
}

static void tear_down(void)
{
    free(plain);
    free(packed);
    free(at_once.data);
    free(in_steps.data);
}

Test(input_damage, zstd, .init = set_up, .fini = tear_down)
{
    packed_len = ZSTD_compress(packed, ROOM, plain, PLAIN, 3);
    cr_assert(!ZSTD_isError(packed_len));
    check_all();
    /* The whole blocks in front of the cut are not lost. */
    check(packed, packed_len - 1, ROOM / 4);
    cr_assert(at_once.len >= 3 * (size_t)128 * 1024);
}

Test(input_damage, gzip, .init = set_up, .fini = tear_down)
{
    z_stream z = {0};
    cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)plain;
    z.avail_in = PLAIN;
    z.next_out = (unsigned char *)packed;
    z.avail_out = (uInt)ROOM;
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed_len = z.total_out;
    deflateEnd(&z);
    check_all();
    /* Only the check sum is missing: everything else is there. */
    check(packed, packed_len - 1, 5000);
    cr_assert_eq(at_once.len, PLAIN);
}
