/* SPDX-License-Identifier: MIT
 * The gzip reader against zlib, on whole, cut-off and damaged streams: all that zlib says is good must be good, what
 * zlib delivers in front of damage must be delivered too, and it must not depend on the size of the buffer. */
#include "base/platform.h"

#include "input/decompress.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAX_PLAIN ((size_t)1 << 20)

struct bytes {
    unsigned char *data;
    size_t len;
};

static uint32_t random_state = 12345;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* Words out of a small alphabet, so that matches of all lengths and distances occur. */
static struct bytes make_plain(size_t len)
{
    struct bytes plain = {malloc(len + 1), len};
    for (size_t i = 0; i < len;) {
        if (i > 100 && next_random() % 3 == 0) {
            size_t distance = 1 + next_random() % (i < 30000 ? (uint32_t)i : 30000);
            for (size_t n = 3 + next_random() % 60; n > 0 && i < len; n--, i++)
                plain.data[i] = plain.data[i - distance];
        } else {
            plain.data[i++] = (unsigned char)('a' + next_random() % 26);
        }
    }
    return plain;
}

static struct bytes pack(struct bytes plain, int level, int strategy)
{
    z_stream z = {0};
    cr_assert_eq(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, strategy), Z_OK);
    size_t room = deflateBound(&z, plain.len);
    struct bytes packed = {malloc(room), 0};
    z.next_in = plain.data;
    z.avail_in = (uInt)plain.len;
    z.next_out = packed.data;
    z.avail_out = (uInt)room;
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed.len = z.total_out;
    deflateEnd(&z);
    return packed;
}

/* One member with zlib; returns whether it is good. */
static bool unpack_zlib(struct bytes packed, struct bytes *plain)
{
    z_stream z = {0};
    cr_assert_eq(inflateInit2(&z, 15 + 16), Z_OK);
    z.next_in = packed.data;
    z.avail_in = (uInt)packed.len;
    z.next_out = plain->data;
    z.avail_out = (uInt)MAX_PLAIN;
    int code = inflate(&z, Z_SYNC_FLUSH);
    plain->len = z.total_out;
    inflateEnd(&z);
    return code == Z_STREAM_END;
}

static bool unpack_ours(struct bytes packed, size_t step, struct bytes *plain)
{
    struct ndup_stream *stream;
    neardup_error err;
    cr_assert_eq(ndup_stream_open_memory(&stream, packed.data, packed.len, &err), NEARDUP_OK);
    cr_assert_eq(ndup_stream_codec(stream), &ndup_codec_gzip);
    plain->len = 0;
    neardup_status status;
    size_t got;
    do {
        size_t room = MAX_PLAIN - plain->len < step ? MAX_PLAIN - plain->len : step;
        status = ndup_stream_read(stream, plain->data + plain->len, room, &got, &err);
        plain->len += got;
        cr_assert(got <= room);
    } while (status == NEARDUP_OK && got > 0);
    if (status != NEARDUP_OK) {
        cr_assert_eq(status, NEARDUP_E_FORMAT);
        cr_assert_eq(ndup_stream_read(stream, plain->data, 1, &got, &err), NEARDUP_OK);
        cr_assert_eq(got, 0);
    }
    ndup_stream_close(stream);
    return status == NEARDUP_OK;
}

static void compare(struct bytes packed, struct bytes plain, struct bytes *room, const char *what, size_t at)
{
    struct bytes a = room[0], b = room[1], c = room[2];
    memset(b.data, 'b', MAX_PLAIN);
    memset(c.data, 'c', MAX_PLAIN); /* so that bytes counted and not written differ */
    bool good = unpack_zlib(packed, &a);
    bool ours = unpack_ours(packed, MAX_PLAIN, &b);
    cr_assert_eq(unpack_ours(packed, 1000, &c), ours, "%s %zu", what, at);
    cr_assert_eq(b.len, c.len, "%s %zu: %zu bytes at once, %zu in steps, zlib %zu", what, at, b.len, c.len, a.len);
    cr_assert_eq(memcmp(b.data, c.data, b.len), 0, "%s %zu", what, at);
    size_t shorter = a.len < b.len ? a.len : b.len;
    cr_assert_eq(memcmp(a.data, b.data, shorter), 0, "%s %zu", what, at);
    cr_assert(!good || ours, "%s %zu", what, at);
    /* zlib refuses some codes that mean nothing wrong; the check sum says that they did not. */
    if (ours)
        cr_assert(b.len == plain.len && memcmp(b.data, plain.data, b.len) == 0, "%s %zu", what, at);
    /* A symbol or two in the last bits may be missing. */
    cr_assert(b.len + 6 >= a.len, "%s %zu: %zu bytes, zlib %zu", what, at, b.len, a.len);
}

static void run(size_t len, int level, int strategy)
{
    struct bytes plain = make_plain(len), packed = pack(plain, level, strategy);
    struct bytes room[3] = {{malloc(MAX_PLAIN), 0}, {malloc(MAX_PLAIN), 0}, {malloc(MAX_PLAIN), 0}};
    compare(packed, plain, room, "whole", 0);
    for (int i = 0; i < 60; i++) {
        struct bytes cut = {packed.data, 2 + next_random() % (packed.len - 2)};
        compare(cut, plain, room, "cut at", cut.len);
        size_t at = 10 + next_random() % (packed.len - 10);
        unsigned char old = packed.data[at];
        packed.data[at] ^= (unsigned char)(1u << next_random() % 8);
        compare(packed, plain, room, "damaged at", at);
        packed.data[at] = old;
    }
    free(plain.data);
    free(packed.data);
    for (size_t i = 0; i < 3; i++)
        free(room[i].data);
}

Test(input_gzip, agrees_with_zlib)
{
    static const size_t lengths[] = {0, 1, 10, 1000, 70000, 300000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        run(lengths[i], 6, Z_DEFAULT_STRATEGY);
        run(lengths[i], 0, Z_DEFAULT_STRATEGY);
        run(lengths[i], 6, Z_FIXED);
        run(lengths[i], 1, Z_HUFFMAN_ONLY);
    }
}
