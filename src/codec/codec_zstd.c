/* SPDX-License-Identifier: MIT
 * zstd: frames one after the other, skippable ones among them. */
#include "base/platform.h"

#include "codec/codec.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

/* ---- reading ---- */

/* Accepts what `zstd --long=31` writes. The window is allocated when a frame says that it needs it: 2 GB at worst. */
#define WINDOW_LOG_MAX 31

struct zstd_reader {
    ZSTD_DCtx *context;
    bool in_frame;
};

static bool recognise(const uint8_t *first, size_t length)
{
    return length >= 4 && memcmp(first, "\x28\xb5\x2f\xfd", 4) == 0;
}

static void close_reader(void *decoder)
{
    struct zstd_reader *zstd = decoder;
    ZSTD_freeDCtx(zstd->context);
    free(zstd);
}

static void *open_reader(void)
{
    struct zstd_reader *zstd = ndup_calloc(1, sizeof *zstd);
    if (zstd == NULL)
        return NULL;
    zstd->context = ZSTD_createDCtx();
    if (zstd->context == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        close_reader(zstd);
        return NULL;
    }
    return zstd;
}

static bool restart(void *decoder)
{
    struct zstd_reader *zstd = decoder;
    zstd->in_frame = false;
    return true; /* after a frame the context expects the next one */
}

static enum ndup_codec_answer answer_of(size_t code)
{
    switch ((int)ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
        return NDUP_STEP_NOMEM;
    case ZSTD_error_checksum_wrong:
        return NDUP_STEP_CHECKSUM;
    case ZSTD_error_prefix_unknown:
        return NDUP_STEP_OTHER;
    case ZSTD_error_dictionary_wrong:
        return NDUP_STEP_DICTIONARY;
    case ZSTD_error_frameParameter_windowTooLarge:
        return NDUP_STEP_WINDOW;
    default:
        return NDUP_STEP_CORRUPT;
    }
}

/* The library forgets what it put out in a call that fails: without room for output no call can lose anything. So one call
 * decodes a block at most, and the next one fetches it. */
static enum ndup_codec_answer step(void *decoder, struct ndup_codec_io *io)
{
    struct zstd_reader *zstd = decoder;
    ZSTD_inBuffer in = {NULL, 0, 0};
    ZSTD_outBuffer out = {io->out, io->out_len, 0};
    size_t code = 0;
    bool ended = false;
    while (out.pos < out.size && !ended && !ZSTD_isError(code)) {
        size_t before = out.pos;
        in = (ZSTD_inBuffer){NULL, 0, 0};
        if (zstd->in_frame)
            code = ZSTD_decompressStream(zstd->context, &out, &in);
        if (ZSTD_isError(code) || out.pos > before)
            continue;
        if (io->in_len == 0)
            break;
        ZSTD_outBuffer none = {NULL, 0, 0};
        in = (ZSTD_inBuffer){io->in, io->in_len, 0};
        code = ZSTD_decompressStream(zstd->context, &none, &in);
        io->in += in.pos;
        io->in_len -= in.pos;
        ended = code == 0;
        zstd->in_frame = !ended;
    }
    io->out += out.pos;
    io->out_len -= out.pos;
    return ZSTD_isError(code) ? answer_of(code) : ended ? NDUP_STEP_END : NDUP_STEP_ON;
}

/* ---- writing ---- */

/* The library's default: 0.16 GB/s of a whole run per core, where gzip has 0.10; faster levels were not measured. */
#define LEVEL 3

static void close_writer(void *writer)
{
    ZSTD_freeCCtx(writer);
}

static void *open_writer(size_t max_length, size_t *capacity)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    *capacity = ZSTD_compressBound(max_length);
    if (context == NULL || ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))) {
        ZSTD_freeCCtx(context);
        return NULL;
    }
    return context;
}

static neardup_status write_piece(void *writer, const struct ndup_codec_piece *piece, uint8_t *to, size_t capacity,
                                  size_t *length)
{
    *length = ZSTD_compress2(writer, to, capacity, piece->bytes, piece->length);
    if (!ZSTD_isError(*length))
        return NEARDUP_OK;
    return ZSTD_getErrorCode(*length) == ZSTD_error_memory_allocation ? NEARDUP_E_NOMEM : NEARDUP_E_ARG;
}

/* ---- the row ---- */

const struct ndup_codec ndup_codec_zstd = {.name = "zstd",
                                           .suffixes = ".zst .zstd",
                                           .tool = "zstd",
                                           .members = true,
                                           .recognise = recognise,
                                           .open = open_reader,
                                           .close = close_reader,
                                           .restart = restart,
                                           .step = step,
                                           .open_writer = open_writer,
                                           .close_writer = close_writer,
                                           .write = write_piece};
