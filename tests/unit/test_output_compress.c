/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "codec/codec.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

static struct ndup_compressor *open_compressor(const struct ndup_codec *codec, size_t max_length)
{
    struct ndup_compressor *compressor;
    cr_assert_eq(ndup_compressor_create(&compressor, codec, max_length, NULL), NEARDUP_OK);
    return compressor;
}

static const char *compress_one(struct ndup_compressor *compressor, const char *text, size_t *length)
{
    const struct ndup_codec_piece piece = {text, strlen(text), 0, true};
    const char *result;
    cr_assert_eq(ndup_compressor_run(compressor, &piece, &result, length, NULL), NEARDUP_OK);
    return result;
}

Test(output_compress, gzip_member)
{
    struct ndup_compressor *compressor = open_compressor(&ndup_codec_gzip, 1000);
    static const char *const texts[] = {"", "x", "hello hello hello hello hello"};
    for (size_t i = 0; i < 3; i++) {
        size_t length;
        const char *result = compress_one(compressor, texts[i], &length);
        cr_assert_arr_eq(result, "\x1f\x8b\x08\0\0\0\0\0", 8, "no name and no time in the header");
        char out[100] = "";
        z_stream z = {0};
        cr_assert_eq(inflateInit2(&z, 31), Z_OK);
        z.next_in = (Bytef *)(uintptr_t)result;
        z.avail_in = (uInt)length;
        z.next_out = (Bytef *)out;
        z.avail_out = sizeof out;
        cr_assert_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
        cr_assert_eq(z.avail_in, 0);
        cr_assert_str_eq(out, texts[i]);
        inflateEnd(&z);
    }
    ndup_compressor_destroy(compressor);
}

Test(output_compress, zstd_frame)
{
    struct ndup_compressor *compressor = open_compressor(&ndup_codec_zstd, 1000);
    size_t length;
    char out[100] = "";
    const char *result = compress_one(compressor, "hello hello hello", &length);
    cr_assert_eq(ZSTD_getFrameContentSize(result, length), 17);
    cr_assert(result[4] & 4, "the frame header announces a checksum");
    cr_assert_eq(ZSTD_decompress(out, sizeof out, result, length), 17);
    cr_assert_arr_eq(out, "hello hello hello", 17);
    result = compress_one(compressor, "", &length);
    cr_assert_gt(length, 0);
    cr_assert_eq(ZSTD_decompress(out, sizeof out, result, length), 0);
    ndup_compressor_destroy(compressor);
    ndup_compressor_destroy(NULL);
}

/* ---- every row ---- */

static char noise[100000];

static void make_noise(void)
{
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)((state = state * 1664525u + 1013904223u) >> 24);
}

/* Compresses the texts as the pieces of a file, the last one being the last or followed by an empty last one. */
static void compress_all(const struct ndup_codec *codec, const char *const *texts, const size_t *lengths, size_t count,
                         bool empty_last, struct ndup_buf *packed)
{
    struct ndup_compressor *compressors[2] = {open_compressor(codec, sizeof noise),
                                              open_compressor(codec, sizeof noise)};
    uint64_t position = 0;
    for (size_t i = 0; i < count + empty_last; i++) {
        struct ndup_codec_piece piece = {i < count ? texts[i] : "", i < count ? lengths[i] : 0, position,
                                         i + 1 == count + empty_last};
        const char *result;
        size_t length;
        neardup_error err = {0};
        struct ndup_compressor *compressor = compressors[codec->in_order ? 0 : i % 2];
        cr_assert_eq(ndup_compressor_run(compressor, &piece, &result, &length, &err), NEARDUP_OK, "%s", err.message);
        ndup_buf_append(packed, result, length);
        position += piece.length;
    }
    ndup_compressor_destroy(compressors[0]);
    ndup_compressor_destroy(compressors[1]);
}

Test(output_compress, pieces_become_one_file)
{
    make_noise();
    const char *const texts[] = {"", "one ", "", noise, "two two two two", "three"};
    const size_t lengths[] = {0, 4, 0, sizeof noise, 15, 5};
    const struct ndup_codec *codec;
    for (size_t i = 0; (codec = ndup_codec_at(i)) != NULL; i++) {
        for (size_t count = 0; count <= 6; count++) {
            for (int empty_last = count == 0; empty_last < 2; empty_last++) {
                struct ndup_buf packed = NDUP_BUF_INIT, plain = NDUP_BUF_INIT, want = NDUP_BUF_INIT;
                neardup_error err = {0};
                compress_all(codec, texts, lengths, count, empty_last, &packed);
                for (size_t k = 0; k < count; k++)
                    ndup_buf_append(&want, texts[k], lengths[k]);
                cr_assert_gt(packed.len, 0, "compressed nothing is not nothing");
                cr_assert_eq(ndup_decompress(codec, packed.data, packed.len, SIZE_MAX, &plain, NULL, &err), NEARDUP_OK,
                             "%s: %s", codec->name, err.message);
                cr_assert_eq(plain.len, want.len);
                cr_assert(want.len == 0 || memcmp(plain.data, want.data, want.len) == 0, "%s", codec->name);
                ndup_buf_free(&packed);
                ndup_buf_free(&plain);
                ndup_buf_free(&want);
            }
        }
    }
}

Test(output_compress, limit_of_what_is_unpacked)
{
    const struct ndup_codec *codec;
    for (size_t i = 0; (codec = ndup_codec_at(i)) != NULL; i++) {
        struct ndup_compressor *compressor = open_compressor(codec, 1000);
        size_t length;
        const char *packed = compress_one(compressor, "0123456789", &length);
        struct ndup_buf plain = NDUP_BUF_INIT;
        neardup_error err = {0};
        cr_assert_eq(ndup_decompress(codec, packed, length, 10, &plain, NULL, &err), NEARDUP_OK);
        cr_assert_eq(plain.len, 10);
        ndup_buf_clear(&plain);
        cr_assert_eq(ndup_decompress(codec, packed, length, 9, &plain, NULL, &err), NEARDUP_E_LIMIT);
        cr_assert_eq(plain.len, 9);
        ndup_buf_clear(&plain);
        cr_assert_eq(ndup_decompress(codec, packed, length - 1, 10, &plain, NULL, &err), NEARDUP_E_FORMAT);
        cr_assert(strstr(err.message, "is cut off") != NULL, "%s: %s", codec->name, err.message);
        ndup_buf_free(&plain);
        ndup_compressor_destroy(compressor);
    }
}

Test(output_compress, piece_that_does_not_fit)
{
    make_noise();
    const struct ndup_codec *codec;
    for (size_t i = 0; (codec = ndup_codec_at(i)) != NULL; i++) {
        if (codec->in_order)
            continue; /* its room depends on its dictionary */
        struct ndup_compressor *compressor = open_compressor(codec, 10);
        const struct ndup_codec_piece piece = {noise, sizeof noise, 0, true};
        const char *result;
        size_t length;
        neardup_error err = {0};
        cr_assert_eq(ndup_compressor_run(compressor, &piece, &result, &length, &err), NEARDUP_E_ARG, "%s", codec->name);
        ndup_compressor_destroy(compressor);
    }
}

Test(output_compress, deflate_of_http)
{
    static const char text[] = "deflate deflate deflate";
    unsigned char packed[200];
    for (int bits = -15; bits <= 15; bits += 30) {
        z_stream z = {.next_in = (Bytef *)(uintptr_t)text,
                      .avail_in = sizeof text,
                      .next_out = packed,
                      .avail_out = sizeof packed};
        cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
        cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
        deflateEnd(&z);
        struct ndup_buf plain = NDUP_BUF_INIT;
        neardup_error err = {0};
        cr_assert_eq(ndup_decompress(&ndup_codec_deflate, packed, z.total_out, 1000, &plain, NULL, &err), NEARDUP_OK,
                     "%s", err.message);
        cr_assert_eq(plain.len, sizeof text);
        cr_assert_eq(memcmp(plain.data, text, sizeof text), 0);
        ndup_buf_free(&plain);
    }
}

Test(output_compress, names)
{
    const struct ndup_codec *codec;
    for (size_t i = 0; (codec = ndup_codec_at(i)) != NULL; i++) {
        char name[100] = "a.jsonl";
        strncat(name, codec->suffixes, strcspn(codec->suffixes, " "));
        size_t length = strlen(name);
        cr_assert_eq(ndup_codec_of_name(name, &length), codec);
        cr_assert_eq(length, 7);
    }
    size_t length = 7;
    cr_assert_null(ndup_codec_of_name("a.jsonl", &length));
    cr_assert_eq(length, 7);
    cr_assert_null(ndup_codec_of_name(".gz", NULL), "that is the name of a file");
}
