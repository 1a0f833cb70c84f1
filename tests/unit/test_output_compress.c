/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "output/rewrite.h"

#include <criterion/criterion.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

static struct ndup_compressor *open_compressor(enum ndup_codec codec, size_t max_length)
{
    struct ndup_compressor *compressor;
    cr_assert_eq(ndup_compressor_create(&compressor, codec, max_length, NULL), NEARDUP_OK);
    return compressor;
}

Test(output_compress, gzip_member)
{
    struct ndup_compressor *compressor = open_compressor(NDUP_GZIP, 1000);
    static const char *const texts[] = {"", "x", "hello hello hello hello hello"};
    for (size_t i = 0; i < 3; i++) {
        const char *result;
        size_t length;
        cr_assert_eq(ndup_compressor_run(compressor, texts[i], strlen(texts[i]), &result, &length, NULL), NEARDUP_OK);
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
    struct ndup_compressor *compressor = open_compressor(NDUP_ZSTD, 1000);
    const char *result;
    size_t length;
    char out[100] = "";
    cr_assert_eq(ndup_compressor_run(compressor, "hello hello hello", 17, &result, &length, NULL), NEARDUP_OK);
    cr_assert_eq(ZSTD_getFrameContentSize(result, length), 17);
    cr_assert(result[4] & 4, "the frame header announces a checksum");
    cr_assert_eq(ZSTD_decompress(out, sizeof out, result, length), 17);
    cr_assert_arr_eq(out, "hello hello hello", 17);
    cr_assert_eq(ndup_compressor_run(compressor, "", 0, &result, &length, NULL), NEARDUP_OK);
    cr_assert_gt(length, 0);
    cr_assert_eq(ZSTD_decompress(out, sizeof out, result, length), 0);
    ndup_compressor_destroy(compressor);
    ndup_compressor_destroy(NULL);
}

Test(output_compress, piece_that_does_not_fit)
{
    static char noise[100000];
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)((state = state * 1664525u + 1013904223u) >> 24);
    for (int codec = NDUP_GZIP; codec <= NDUP_ZSTD; codec++) {
        struct ndup_compressor *compressor = open_compressor((enum ndup_codec)codec, 10);
        const char *result;
        size_t length;
        neardup_error err = {0};
        cr_assert_eq(ndup_compressor_run(compressor, noise, sizeof noise, &result, &length, &err), NEARDUP_E_ARG);
        ndup_compressor_destroy(compressor);
    }
}
