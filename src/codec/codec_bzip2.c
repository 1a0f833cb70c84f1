/* SPDX-License-Identifier: MIT
 * bzip2: streams one after the other, as pbzip2 and the dumps of Wikipedia have them. */
#include "base/platform.h"

#include "codec/codec.h"

#include "base/mem.h"

#include <bzlib.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* The library counts in 32 bits. */
#define MOST_INPUT ((size_t)1 << 30)

struct bzip2_reader {
    bz_stream stream;
    bool open;
};

static bool recognise(const uint8_t *first, size_t length)
{
    return length >= 10 && memcmp(first, "BZh", 3) == 0 && first[3] >= '1' && first[3] <= '9' &&
           (memcmp(first + 4, "1AY&SY", 6) == 0 || memcmp(first + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

static void *open_reader(void)
{
    return ndup_calloc(1, sizeof(struct bzip2_reader));
}

static void close_stream(struct bzip2_reader *bzip2)
{
    if (bzip2->open)
        (void)BZ2_bzDecompressEnd(&bzip2->stream);
    bzip2->open = false;
}

static void close_reader(void *decoder)
{
    close_stream(decoder);
    free(decoder);
}

static bool restart(void *decoder)
{
    struct bzip2_reader *bzip2 = decoder;
    close_stream(bzip2);
    memset(&bzip2->stream, 0, sizeof bzip2->stream);
    bzip2->open = BZ2_bzDecompressInit(&bzip2->stream, 0, 0) == BZ_OK;
    return bzip2->open;
}

static enum ndup_codec_answer step(void *decoder, struct ndup_codec_io *io)
{
    struct bzip2_reader *bzip2 = decoder;
    bz_stream *stream = &bzip2->stream;
    unsigned input = (unsigned)(io->in_len < MOST_INPUT ? io->in_len : MOST_INPUT);
    stream->next_in = (char *)(uintptr_t)io->in;
    stream->avail_in = input;
    stream->next_out = (char *)io->out;
    stream->avail_out = (unsigned)io->out_len;
    int code = BZ2_bzDecompress(stream);
    io->in += input - stream->avail_in;
    io->in_len -= input - stream->avail_in;
    io->out += io->out_len - stream->avail_out;
    io->out_len = stream->avail_out;
    switch (code) {
    case BZ_OK:
        return NDUP_STEP_ON;
    case BZ_STREAM_END:
        return NDUP_STEP_END;
    case BZ_DATA_ERROR_MAGIC:
        return NDUP_STEP_OTHER;
    case BZ_MEM_ERROR:
        return NDUP_STEP_NOMEM;
    default:
        return NDUP_STEP_CORRUPT;
    }
}

/* ---- writing ---- */

/* Blocks of 900 000 bytes, as the tool has them: level 1 is 1.2 times as fast and 1.11 times the size (`codec_speed FILE bzip2`
 * on 16 MB of generated text: 9.9 and 8.1 MB/s). */
#define LEVEL 9

static void *open_writer(size_t max_length, size_t *capacity)
{
    *capacity = max_length + max_length / 100 + 600 + 16; /* the bound of the library's manual */
    return ndup_alloc(1, 1);                              /* a call has its own state */
}

static neardup_status write_piece(void *writer, const struct ndup_codec_piece *piece, uint8_t *to, size_t capacity,
                                  size_t *length)
{
    (void)writer;
    unsigned size = (unsigned)capacity;
    if (capacity > UINT32_MAX || piece->length > UINT32_MAX)
        return NEARDUP_E_ARG;
    int code = BZ2_bzBuffToBuffCompress((char *)to, &size, (char *)(uintptr_t)piece->bytes, (unsigned)piece->length,
                                        LEVEL, 0, 0);
    *length = size;
    return code == BZ_OK ? NEARDUP_OK : code == BZ_MEM_ERROR ? NEARDUP_E_NOMEM : NEARDUP_E_ARG;
}

/* ---- the row ---- */

const struct ndup_codec ndup_codec_bzip2 = {.name = "bzip2",
                                            .suffixes = ".bz2",
                                            .tool = "bzip2",
                                            .recognise = recognise,
                                            .padded = true,
                                            .open = open_reader,
                                            .close = close_reader,
                                            .restart = restart,
                                            .step = step,
                                            .open_writer = open_writer,
                                            .close_writer = free,
                                            .write = write_piece};
