/* SPDX-License-Identifier: MIT
 * What the codecs cost: MB of text per second of processor time, read and written, and the size of the result.
 *
 *   codec_speed FILE            each codec as the program uses it (`make bench-codec` generates the file)
 *   codec_speed FILE LIBRARY    other levels of gzip, zstd, bzip2, xz or brotli: src/codec has its levels from this
 *
 * FILE is compressed in pieces, as a cleaned corpus is. Figures are medians. Prints tab-separated lines. */
#include "base/platform.h"

#include "bench.h"
#include "codec/codec.h"
#include "output/rewrite.h"

#include <brotli/encode.h>
#include <bzlib.h>
#include <libdeflate.h>
#include <lzma.h>
#include <stdio.h>
#include <string.h>
#include <zstd.h>

static void die(const char *what, const char *reason)
{
    fprintf(stderr, "codec_speed: %s: %s\n", what, reason);
    exit(1);
}

struct bytes {
    char *data;
    size_t length;
};

static struct bytes read_file(const char *path)
{
    struct bytes bytes = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        die(path, "cannot read the file");
    long length = ftell(file);
    rewind(file);
    if (length <= 0)
        die(path, "the file is empty");
    bytes.length = (size_t)length;
    bytes.data = malloc(bytes.length);
    if (bytes.data == NULL || fread(bytes.data, 1, bytes.length, file) != bytes.length)
        die(path, "cannot read the file");
    fclose(file);
    return bytes;
}

/* ---- timing ---- */

/* Seconds of one call: the median of up to 5, fewer if they take more than 3 seconds together. */
static double median_seconds(void (*fn)(void *context), void *context)
{
    enum { MOST = 5 };
    double samples[MOST], total = 0;
    size_t count = 0;
    while (count < MOST && total < 3) {
        double start = bench_now();
        fn(context);
        samples[count] = (bench_now() - start) / 1e9;
        total += samples[count++];
    }
    qsort(samples, count, sizeof samples[0], bench_order);
    return samples[count / 2];
}

/* ---- the codecs of the program ---- */

struct work {
    const struct ndup_codec *codec;
    struct bytes text, stored;
    size_t room; /* of stored */
    uint8_t *out;
};

static void write_all(void *context)
{
    struct work *work = context;
    struct ndup_compressor *compressor;
    neardup_error err = {.message = ""};
    if (ndup_compressor_create(&compressor, work->codec, NDUP_REWRITE_PIECE, &err) != NEARDUP_OK)
        die(work->codec->name, err.message);
    work->stored.length = 0;
    for (size_t at = 0; at < work->text.length; at += NDUP_REWRITE_PIECE) {
        size_t left = work->text.length - at, length = left < NDUP_REWRITE_PIECE ? left : NDUP_REWRITE_PIECE, got;
        struct ndup_codec_piece piece = {work->text.data + at, length, at, length == left};
        const char *result;
        if (ndup_compressor_run(compressor, &piece, &result, &got, &err) != NEARDUP_OK)
            die(work->codec->name, err.message);
        if (got > work->room - work->stored.length)
            die(work->codec->name, "the result is larger than the file");
        memcpy(work->stored.data + work->stored.length, result, got);
        work->stored.length += got;
    }
    ndup_compressor_destroy(compressor);
}

static neardup_status no_more(struct ndup_stored *stored, neardup_error *err)
{
    (void)stored;
    (void)err;
    return NEARDUP_OK;
}

static void read_all(void *context)
{
    struct work *work = context;
    struct ndup_stored stored = {no_more, NULL, (const uint8_t *)work->stored.data, work->stored.length, 0};
    struct ndup_decompressor *decompressor = ndup_decompressor_create(work->codec);
    neardup_error err = {.message = "out of memory"};
    size_t got = 1;
    if (decompressor == NULL)
        die(work->codec->name, err.message);
    while (got > 0) {
        if (ndup_decompressor_run(decompressor, &stored, work->out, &got, &err) != NEARDUP_OK)
            die(work->codec->name, err.message);
    }
    if (stored.text != work->text.length)
        die(work->codec->name, "what was read is not as long as what was written");
    ndup_decompressor_destroy(decompressor);
}

static void measure_codecs(struct work *work)
{
    printf("codec\tread MB/s\twritten MB/s\tsize\n");
    double mega = (double)work->text.length / 1e6;
    for (size_t i = 0; ndup_codec_at(i) != NULL; i++) {
        work->codec = ndup_codec_at(i);
        double written = median_seconds(write_all, work), read = median_seconds(read_all, work);
        printf("%s\t%.0f\t%.1f\t%.3f\n", work->codec->name, mega / read, mega / written,
               (double)work->stored.length / (double)work->text.length);
        fflush(stdout);
    }
}

/* ---- other levels: one call of the library for each piece ---- */

struct level {
    const char *library;
    size_t (*compress)(const struct level *level, const char *from, size_t length, uint8_t *to, size_t room);
    int number;
    uint32_t window; /* 0: that of the level */
    const char *note;
};

static size_t compress_gzip(const struct level *level, const char *from, size_t length, uint8_t *to, size_t room)
{
    struct libdeflate_compressor *gzip = libdeflate_alloc_compressor(level->number);
    size_t got = gzip != NULL ? libdeflate_gzip_compress(gzip, from, length, to, room) : 0;
    libdeflate_free_compressor(gzip);
    return got;
}

static size_t compress_zstd(const struct level *level, const char *from, size_t length, uint8_t *to, size_t room)
{
    size_t got = ZSTD_compress(to, room, from, length, level->number);
    return ZSTD_isError(got) ? 0 : got;
}

static size_t compress_bzip2(const struct level *level, const char *from, size_t length, uint8_t *to, size_t room)
{
    unsigned got = (unsigned)room;
    int code =
        BZ2_bzBuffToBuffCompress((char *)to, &got, (char *)(uintptr_t)from, (unsigned)length, level->number, 0, 0);
    return code == BZ_OK ? got : 0;
}

static size_t compress_xz(const struct level *level, const char *from, size_t length, uint8_t *to, size_t room)
{
    lzma_options_lzma options;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    size_t got = 0;
    if (lzma_lzma_preset(&options, (uint32_t)level->number))
        return 0;
    if (level->window > 0)
        options.dict_size = level->window;
    lzma_ret code =
        lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC64, NULL, (const uint8_t *)from, length, to, &got, room);
    return code == LZMA_OK ? got : 0;
}

static size_t compress_brotli(const struct level *level, const char *from, size_t length, uint8_t *to, size_t room)
{
    size_t got = room;
    int window = BROTLI_DEFAULT_WINDOW;
    return BrotliEncoderCompress(level->number, window, BROTLI_MODE_GENERIC, length, (const uint8_t *)from, &got, to)
               ? got
               : 0;
}

#define MIB ((uint32_t)1 << 20)

static const struct level levels[] = {
    {"gzip", compress_gzip, 1, 0, ""},
    {"gzip", compress_gzip, 3, 0, ""},
    {"gzip", compress_gzip, 6, 0, ""},
    {"zstd", compress_zstd, 1, 0, ""},
    {"zstd", compress_zstd, 3, 0, ""},
    {"zstd", compress_zstd, 5, 0, ""},
    {"zstd", compress_zstd, 7, 0, ""},
    {"bzip2", compress_bzip2, 1, 0, ""},
    {"bzip2", compress_bzip2, 5, 0, ""},
    {"bzip2", compress_bzip2, 9, 0, ""},
    {"xz", compress_xz, 1, MIB, "dictionary of 1 MiB"},
    {"xz", compress_xz, 2, MIB, "dictionary of 1 MiB"},
    {"xz", compress_xz, 3, MIB, "dictionary of 1 MiB"},
    {"xz", compress_xz, 4, MIB, "dictionary of 1 MiB"},
    {"xz", compress_xz, 5, MIB, "dictionary of 1 MiB"},
    {"xz", compress_xz, 6, 0, ""},
    {"brotli", compress_brotli, 4, 0, ""},
    {"brotli", compress_brotli, 5, 0, ""},
    {"brotli", compress_brotli, 6, 0, ""},
    {"brotli", compress_brotli, 7, 0, ""},
    {"brotli", compress_brotli, 9, 0, ""},
};

struct level_work {
    struct work *work;
    const struct level *level;
};

static void write_level(void *context)
{
    const struct level_work *now = context;
    struct work *work = now->work;
    work->stored.length = 0;
    for (size_t at = 0; at < work->text.length; at += NDUP_REWRITE_PIECE) {
        size_t left = work->text.length - at, length = left < NDUP_REWRITE_PIECE ? left : NDUP_REWRITE_PIECE;
        size_t got =
            now->level->compress(now->level, work->text.data + at, length,
                                 (uint8_t *)work->stored.data + work->stored.length, work->room - work->stored.length);
        if (got == 0)
            die(now->level->library, "the library failed");
        work->stored.length += got;
    }
}

static bool measure_levels(struct work *work, const char *library)
{
    bool known = false;
    printf("library\tlevel\twritten MB/s\tsize\n");
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        struct level_work now = {work, &levels[i]};
        if (strcmp(levels[i].library, library) != 0)
            continue;
        known = true;
        double seconds = median_seconds(write_level, &now);
        printf("%s\t%d\t%.1f\t%.3f\t%s\n", levels[i].library, levels[i].number,
               (double)work->text.length / 1e6 / seconds, (double)work->stored.length / (double)work->text.length,
               levels[i].note);
        fflush(stdout);
    }
    return known;
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3)
        die("usage", "codec_speed FILE [LIBRARY]");
    struct work work = {.text = read_file(argv[1])};
    work.room = work.text.length + work.text.length / 8 + NDUP_REWRITE_PIECE;
    work.stored.data = malloc(work.room);
    work.out = malloc(NDUP_CODEC_ROOM);
    if (work.stored.data == NULL || work.out == NULL)
        die(argv[1], "out of memory");
    if (argc == 2)
        measure_codecs(&work);
    else if (!measure_levels(&work, argv[2]))
        die(argv[2], "no such library: expected gzip, zstd, bzip2, xz or brotli");
    free(work.text.data);
    free(work.stored.data);
    free(work.out);
    return 0;
}
