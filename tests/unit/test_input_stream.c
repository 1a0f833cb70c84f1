/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/decompress.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

/* printf 'hello, hello, hello\n' | gzip -n */
static const char GZ[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\xd7\x51\xc8\x40\xa2\xb8\x00"
                         "\xe7\x42\x6e\x52\x14\x00\x00\x00";
#define GZ_LEN (sizeof GZ - 1)
#define PLAIN  "hello, hello, hello\n"

struct whole {
    neardup_status status;
    size_t len;
    char data[4096];
    char message[512];
    const struct ndup_codec *codec;
};

static void drain(struct ndup_stream *stream, size_t step, struct whole *whole)
{
    neardup_error err = {0};
    whole->len = 0;
    whole->codec = ndup_stream_codec(stream);
    size_t got;
    do {
        whole->status = ndup_stream_read(stream, whole->data + whole->len, step, &got, &err);
        whole->len += got;
    } while (whole->status == NEARDUP_OK && got > 0);
    cr_assert_eq(ndup_stream_read(stream, whole->data, 1, &got, &err), NEARDUP_OK);
    cr_assert_eq(got, 0, "there is nothing after the end");
    strcpy(whole->message, err.message);
    ndup_stream_close(stream);
}

static struct whole of_memory(const void *bytes, size_t len)
{
    struct whole whole;
    struct ndup_stream *stream;
    cr_assert_eq(ndup_stream_open_memory(&stream, bytes, len, NULL), NEARDUP_OK);
    drain(stream, 7, &whole);
    return whole;
}

static void expect(const struct whole *whole, neardup_status status, const char *text, const char *message)
{
    cr_assert_eq(whole->status, status, "%s", whole->message);
    cr_assert_eq(whole->len, strlen(text), "%zu bytes", whole->len);
    cr_assert_eq(memcmp(whole->data, text, whole->len), 0);
    if (message != NULL)
        cr_assert_str_eq(whole->message, message);
}

static size_t join(char *to, const void *a, size_t a_len, const void *b, size_t b_len)
{
    memcpy(to, a, a_len);
    memcpy(to + a_len, b, b_len);
    return a_len + b_len;
}

Test(input_stream, plain_of_any_length)
{
    static const char text[] = "\x1f!abcdefghij";
    for (size_t len = 0; len < sizeof text; len++) {
        struct whole whole = of_memory(text, len);
        cr_assert_eq(whole.codec, NULL);
        cr_assert_eq(whole.status, NEARDUP_OK);
        cr_assert_eq(whole.len, len);
        cr_assert_eq(memcmp(whole.data, text, len), 0);
    }
}

Test(input_stream, gzip)
{
    struct whole whole = of_memory(GZ, GZ_LEN);
    cr_assert_eq(whole.codec, &ndup_codec_gzip);
    expect(&whole, NEARDUP_OK, PLAIN, NULL);
}

Test(input_stream, gzip_members_and_zeros)
{
    char two[200];
    size_t len = join(two, GZ, GZ_LEN, GZ, GZ_LEN);
    struct whole whole = of_memory(two, len);
    expect(&whole, NEARDUP_OK, PLAIN PLAIN, NULL);
    len = join(two, GZ, GZ_LEN, "\0\0\0\0\0", 5);
    whole = of_memory(two, len);
    expect(&whole, NEARDUP_OK, PLAIN, NULL);
    len += join(two + len, GZ, GZ_LEN, "\0", 1);
    whole = of_memory(two, len);
    expect(&whole, NEARDUP_OK, PLAIN PLAIN, NULL);
}

Test(input_stream, gzip_garbage_behind)
{
    char bytes[100];
    size_t len = join(bytes, GZ, GZ_LEN, "junk", 4);
    struct whole whole = of_memory(bytes, len);
    expect(&whole, NEARDUP_E_FORMAT, PLAIN, "data after the end of the gzip stream");
}

Test(input_stream, gzip_cut_off)
{
    for (size_t len = 2; len < GZ_LEN; len++) {
        struct whole whole = of_memory(GZ, len);
        cr_assert_eq(whole.status, NEARDUP_E_FORMAT, "cut at %zu", len);
        cr_assert_str_eq(whole.message, "gzip stream is cut off");
        cr_assert_eq(memcmp(whole.data, PLAIN, whole.len), 0);
    }
    struct whole whole = of_memory(GZ, GZ_LEN - 8);
    cr_assert_eq(whole.len, strlen(PLAIN), "all but the check sum is there");
}

Test(input_stream, gzip_corrupt)
{
    char bytes[100];
    memcpy(bytes, GZ, GZ_LEN);
    bytes[GZ_LEN - 8] ^= 1;
    struct whole whole = of_memory(bytes, GZ_LEN);
    expect(&whole, NEARDUP_E_FORMAT, PLAIN, "gzip stream is corrupt: wrong checksum");
    memcpy(bytes, GZ, GZ_LEN);
    bytes[GZ_LEN - 4] ^= 1;
    whole = of_memory(bytes, GZ_LEN);
    expect(&whole, NEARDUP_E_FORMAT, PLAIN, NULL);
    memcpy(bytes, GZ, GZ_LEN);
    bytes[2] = 7; /* a method that does not exist */
    whole = of_memory(bytes, GZ_LEN);
    expect(&whole, NEARDUP_E_FORMAT, "", "gzip stream is corrupt");
}

/* ---- zstd ---- */

static size_t frame(char *to, const char *text)
{
    size_t len = ZSTD_compress(to, 1000, text, strlen(text), 3);
    cr_assert(!ZSTD_isError(len));
    return len;
}

Test(input_stream, zstd_frames)
{
    char bytes[3000];
    size_t len = frame(bytes, "one\n");
    struct whole whole = of_memory(bytes, len);
    cr_assert_eq(whole.codec, &ndup_codec_zstd);
    expect(&whole, NEARDUP_OK, "one\n", NULL);
    len += frame(bytes + len, "");                                             /* an empty frame */
    len += join(bytes + len, "\x5a\x2a\x4d\x18\x03\x00\x00\x00", 8, "xyz", 3); /* a skippable one */
    len += frame(bytes + len, "two\n");
    whole = of_memory(bytes, len);
    expect(&whole, NEARDUP_OK, "one\ntwo\n", NULL);
}

Test(input_stream, zstd_skippable_first)
{
    char bytes[3000];
    size_t len = join(bytes, "\x50\x2a\x4d\x18\x01\x00\x00\x00", 8, "x", 1);
    len += frame(bytes + len, "text");
    struct whole whole = of_memory(bytes, len);
    cr_assert_eq(whole.codec, &ndup_codec_zstd);
    expect(&whole, NEARDUP_OK, "text", NULL);
}

Test(input_stream, zstd_cut_off_and_garbage)
{
    char bytes[3000];
    size_t one = frame(bytes, "one\n");
    size_t two = one + frame(bytes + one, "two\n");
    for (size_t len = 4; len < two; len++) {
        struct whole whole = of_memory(bytes, len);
        if (len == one) {
            expect(&whole, NEARDUP_OK, "one\n", NULL);
            continue;
        }
        cr_assert_eq(whole.status, NEARDUP_E_FORMAT);
        cr_assert_str_eq(whole.message, "zstd stream is cut off");
        cr_assert(len < one || whole.len >= 4);
        cr_assert_eq(memcmp(whole.data, "one\ntwo\n", whole.len), 0);
    }
    size_t len = one + join(bytes + one, "garbage", 7, "", 0);
    struct whole whole = of_memory(bytes, len);
    expect(&whole, NEARDUP_E_FORMAT, "one\n", "data after the end of the zstd stream");
}

Test(input_stream, zstd_long_window)
{
    /* A frame that asks for a window of 2^27 + ... bytes is beyond the library's default limit of 2^27. */
    ZSTD_CCtx *context = ZSTD_createCCtx();
    cr_assert(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 28)));
    char bytes[1000];
    ZSTD_outBuffer out = {bytes, sizeof bytes, 0};
    ZSTD_inBuffer in = {"far", 3, 0};
    /* Flushed first, so that the content size is unknown and the header has the window. */
    cr_assert(!ZSTD_isError(ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush)));
    cr_assert_eq(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
    ZSTD_freeCCtx(context);
    struct whole whole = of_memory(bytes, out.pos);
    expect(&whole, NEARDUP_OK, "far", NULL);
}

/* ---- files ---- */

Test(input_stream, files)
{
    char path[] = "/tmp/neardup-stream-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, GZ, GZ_LEN), (ssize_t)GZ_LEN);
    close(fd);
    struct ndup_stream *stream;
    cr_assert_eq(ndup_stream_open(&stream, path, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_stream_consumed(stream), 0);
    char buffer[100];
    size_t got;
    cr_assert_eq(ndup_stream_read(stream, buffer, sizeof buffer, &got, NULL), NEARDUP_OK);
    cr_assert_eq(got, 20);
    cr_assert_eq(ndup_stream_consumed(stream), GZ_LEN);
    ndup_stream_close(stream);
    unlink(path);

    neardup_error err = {0};
    cr_assert_eq(ndup_stream_open(&stream, path, &err), NEARDUP_E_IO);
    cr_assert_null(stream);
    cr_assert_str_eq(err.message, "cannot open: No such file or directory");
    cr_assert_eq(ndup_stream_open(&stream, "/tmp", &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "cannot open: Is a directory");
}

Test(input_stream, standard_input_from_a_slow_pipe)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < GZ_LEN; i++) {
            if (write(ends[1], GZ + i, 1) != 1)
                _exit(1);
            usleep(500);
        }
        _exit(0);
    }
    close(ends[1]);
    cr_assert(dup2(ends[0], 0) == 0);
    struct ndup_stream *stream;
    cr_assert_eq(ndup_stream_open(&stream, "-", NULL), NEARDUP_OK);
    struct whole whole;
    drain(stream, 100, &whole);
    expect(&whole, NEARDUP_OK, PLAIN, NULL);
}
