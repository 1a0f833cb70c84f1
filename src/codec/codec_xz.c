/* SPDX-License-Identifier: MIT
 * xz, and the lzma files that came before it. Files of xz are streams one after the other, with zero bytes between them. An
 * lzma file is one stream, and has no checksum. */
#include "base/platform.h"

#include "codec/codec.h"

#include "base/mem.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* The largest dictionary that xz writes has 1.5 GiB, with -9 it has 64 MiB; the rest is for the decoder. A header can ask for
 * 4 GiB, which no compressor does. */
#define MEMORY_LIMIT (((uint64_t)1536 << 20) + ((uint64_t)16 << 20))

static bool recognise(const uint8_t *first, size_t length)
{
    return length >= 6 && memcmp(first, "\xfd\x37zXZ\0", 6) == 0;
}

/* Without a magic number: the usual properties, a dictionary of a power of two or one and a half of it, and a size that is
 * unknown or below 256 GiB. xz asks the same. */
static bool recognise_lzma(const uint8_t *first, size_t length)
{
    if (length < 13 || first[0] != 0x5d)
        return false;
    uint32_t window =
        (uint32_t)first[1] | (uint32_t)first[2] << 8 | (uint32_t)first[3] << 16 | (uint32_t)first[4] << 24;
    uint32_t rest = window & (window - 1);
    bool power = window != 0 && (rest == 0 || (rest & (rest - 1)) == 0);
    bool unknown = memcmp(first + 5, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) == 0;
    return power && (unknown || (first[12] == 0 && first[11] == 0 && first[10] == 0 && first[9] < 64));
}

static void *open_reader(void)
{
    static const lzma_stream fresh = LZMA_STREAM_INIT;
    lzma_stream *stream = ndup_alloc(1, sizeof *stream);
    if (stream != NULL)
        *stream = fresh;
    return stream;
}

static void close_stream(void *state)
{
    lzma_end(state);
    free(state);
}

static bool restart(void *decoder)
{
    return lzma_stream_decoder(decoder, MEMORY_LIMIT, 0) == LZMA_OK;
}

static bool restart_lzma(void *decoder)
{
    return lzma_alone_decoder(decoder, MEMORY_LIMIT) == LZMA_OK;
}

static enum ndup_codec_answer step(void *decoder, struct ndup_codec_io *io)
{
    lzma_stream *stream = decoder;
    stream->next_in = io->in;
    stream->avail_in = io->in_len;
    stream->next_out = io->out;
    stream->avail_out = io->out_len;
    lzma_ret code = lzma_code(stream, LZMA_RUN);
    *io = (struct ndup_codec_io){stream->next_in, stream->avail_in, stream->next_out, stream->avail_out};
    switch ((int)code) {
    case LZMA_OK:
    case LZMA_BUF_ERROR: /* nothing moved in two calls */
        return NDUP_STEP_ON;
    case LZMA_STREAM_END:
        return NDUP_STEP_END;
    case LZMA_FORMAT_ERROR:
        return NDUP_STEP_OTHER;
    case LZMA_MEM_ERROR:
        return NDUP_STEP_NOMEM;
    case LZMA_MEMLIMIT_ERROR:
        return NDUP_STEP_WINDOW;
    default:
        return NDUP_STEP_CORRUPT;
    }
}

/* ---- writing ---- */

/* Preset 1, because writing must not dwarf the run. Measured with `codec_speed FILE xz` on a busy machine, one core, 4 MB of
 * documentation: 9.1 MB/s, .191 of the text; preset 2 5.5 MB/s, .181; 4 3.1 MB/s, .168; 5 2.4 MB/s, .158; `xz -6` 1.5 MB/s,
 * .151. On 16 MB of generated text preset 1 is 3.7 times as fast as 5 (3.7 and 1.0 MB/s) for 1.15 times the size. So a corpus
 * that `xz -6` wrote can outgrow its original if little is removed. A dictionary of 1 MiB keeps the memory per thread small. */
#define PRESET     1u
#define DICTIONARY ((uint32_t)1 << 20)

static bool set_options(lzma_options_lzma *options)
{
    if (lzma_lzma_preset(options, PRESET))
        return false;
    options->dict_size = DICTIONARY;
    return true;
}

static void *open_writer(size_t max_length, size_t *capacity)
{
    *capacity = lzma_stream_buffer_bound(max_length);
    return *capacity > 0 ? ndup_alloc(1, 1) : NULL; /* a call has its own state */
}

static neardup_status write_piece(void *writer, const struct ndup_codec_piece *piece, uint8_t *to, size_t capacity,
                                  size_t *length)
{
    (void)writer;
    lzma_options_lzma options;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    if (!set_options(&options))
        return NEARDUP_E_ARG;
    *length = 0;
    lzma_ret code =
        lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC64, NULL, piece->bytes, piece->length, to, length, capacity);
    return code == LZMA_OK ? NEARDUP_OK : code == LZMA_MEM_ERROR ? NEARDUP_E_NOMEM : NEARDUP_E_ARG;
}

/* The pieces of an lzma file are one stream, and a compressor may give out what a piece becomes with a later piece. */
static void *open_lzma_writer(size_t max_length, size_t *capacity)
{
    lzma_options_lzma options;
    lzma_stream *stream = open_reader();
    /* What a compressor still holds of the pieces before is less than its dictionary. */
    *capacity = lzma_stream_buffer_bound(max_length + DICTIONARY);
    if (stream == NULL || !set_options(&options) || lzma_alone_encoder(stream, &options) != LZMA_OK) {
        if (stream != NULL)
            close_stream(stream);
        return NULL;
    }
    return stream;
}

static neardup_status write_lzma_piece(void *writer, const struct ndup_codec_piece *piece, uint8_t *to, size_t capacity,
                                       size_t *length)
{
    lzma_stream *stream = writer;
    lzma_ret code = LZMA_OK;
    stream->next_in = piece->bytes;
    stream->avail_in = piece->length;
    stream->next_out = to;
    stream->avail_out = capacity;
    while (code == LZMA_OK && (piece->last || stream->avail_in > 0))
        code = lzma_code(stream, piece->last ? LZMA_FINISH : LZMA_RUN);
    *length = capacity - stream->avail_out;
    if (code == LZMA_MEM_ERROR)
        return NEARDUP_E_NOMEM;
    return code == (piece->last ? LZMA_STREAM_END : LZMA_OK) ? NEARDUP_OK : NEARDUP_E_ARG;
}

/* ---- the rows ---- */

const struct ndup_codec ndup_codec_xz = {.name = "xz",
                                         .suffixes = ".xz",
                                         .tool = "xz",
                                         .recognise = recognise,
                                         .padded = true,
                                         .open = open_reader,
                                         .close = close_stream,
                                         .restart = restart,
                                         .step = step,
                                         .open_writer = open_writer,
                                         .close_writer = free,
                                         .write = write_piece};

const struct ndup_codec ndup_codec_lzma = {.name = "lzma",
                                           .suffixes = ".lzma",
                                           .tool = "xz --format=lzma",
                                           .recognise = recognise_lzma,
                                           .single = true,
                                           .in_order = true,
                                           .open = open_reader,
                                           .close = close_stream,
                                           .restart = restart_lzma,
                                           .step = step,
                                           .open_writer = open_lzma_writer,
                                           .close_writer = close_stream,
                                           .write = write_lzma_piece};
