/* SPDX-License-Identifier: MIT
 * gzip, and the zlib and raw deflate of HTTP.
 *
 * Read with ISA-L: 0.59 GB/s of text per core, three times zlib. Written with libdeflate, which cannot stream. */
#include "base/platform.h"

#include "codec/codec.h"

#include "base/mem.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stdlib.h>

/* ---- reading ---- */

/* So far in front of the place where the decoder gave up it had not yet met the damage. It reads 8 bytes ahead. */
#define SAFE_DISTANCE 1024

/* The decoder counts in 32 bits. */
#define MOST_INPUT ((size_t)1 << 30)

struct gzip_reader {
    struct inflate_state state;
    struct inflate_state before; /* the state before the last call */
    bool begun;                  /* the first byte of the stream was seen */
};

static bool recognise(const uint8_t *first, size_t length)
{
    return length >= 2 && first[0] == 0x1f && first[1] == 0x8b;
}

static void *open_reader(void)
{
    return ndup_calloc(1, sizeof(struct gzip_reader));
}

static bool restart(void *decoder)
{
    struct gzip_reader *gzip = decoder;
    isal_inflate_init(&gzip->state);
    gzip->state.crc_flag = ISAL_GZIP;
    gzip->begun = false;
    return true;
}

static int call_decoder(struct inflate_state *state, size_t input)
{
    uint32_t kept = state->avail_in - (uint32_t)input;
    state->avail_in = (uint32_t)input;
    int code = isal_inflate(state);
    state->avail_in += kept;
    return code;
}

/* The decoder met damage. It has then counted up to some hundred bytes as output that it never wrote, so the call is
 * repeated: in one go up to a safe distance, then byte by byte up to the byte that shows the damage. */
static size_t bytes_before_damage(struct gzip_reader *gzip)
{
    struct inflate_state *state = &gzip->state;
    size_t used = gzip->before.avail_in - state->avail_in, room = gzip->before.avail_out, got = 0;
    *state = gzip->before;
    size_t step = used > SAFE_DISTANCE ? used - SAFE_DISTANCE : 1;
    while (state->avail_in > 0 && call_decoder(state, step) >= 0 && state->block_state != ISAL_BLOCK_FINISH) {
        got = room - state->avail_out;
        step = 1;
    }
    return got;
}

static enum ndup_codec_answer call(struct gzip_reader *gzip, struct ndup_codec_io *io)
{
    struct inflate_state *state = &gzip->state;
    uint32_t input = (uint32_t)(io->in_len < MOST_INPUT ? io->in_len : MOST_INPUT), room = (uint32_t)io->out_len;
    state->next_in = (uint8_t *)(uintptr_t)io->in;
    state->avail_in = input;
    state->next_out = io->out;
    state->avail_out = room;
    gzip->before = *state;
    int code = isal_inflate(state);
    size_t got = room - state->avail_out;
    enum ndup_codec_answer answer = state->block_state == ISAL_BLOCK_FINISH ? NDUP_STEP_END : NDUP_STEP_ON;
    if (code == ISAL_INCORRECT_CHECKSUM) {
        answer = NDUP_STEP_CHECKSUM; /* all was decoded, and written */
    } else if (code < 0 || code == ISAL_NEED_DICT) {
        got = bytes_before_damage(gzip);
        answer = NDUP_STEP_CORRUPT;
    }
    io->in += input - state->avail_in;
    io->in_len -= input - state->avail_in;
    io->out += got;
    io->out_len -= got;
    return answer;
}

static enum ndup_codec_answer step(void *decoder, struct ndup_codec_io *io)
{
    struct gzip_reader *gzip = decoder;
    if (!gzip->begun && io->in_len > 0) {
        if (io->in[0] != 0x1f)
            return NDUP_STEP_OTHER;
        gzip->begun = true;
    }
    return call(gzip, io);
}

/* ---- deflate ---- */

static enum ndup_codec_answer step_deflate(void *decoder, struct ndup_codec_io *io)
{
    struct gzip_reader *zlib = decoder;
    if (!zlib->begun && io->in_len > 0) {
        /* A header of zlib is a multiple of 31, and says deflate with at most 32 KiB. Its second byte may come later; raw
         * deflate hardly ever begins like the first. */
        bool header = (io->in[0] & 0x8f) == 8 && (io->in_len < 2 || (io->in[0] * 256u + io->in[1]) % 31 == 0);
        zlib->state.crc_flag = header ? ISAL_ZLIB : ISAL_DEFLATE;
        zlib->begun = true;
    }
    return call(zlib, io);
}

static enum ndup_codec_answer step_raw(void *decoder, struct ndup_codec_io *io)
{
    struct gzip_reader *raw = decoder;
    raw->state.crc_flag = ISAL_DEFLATE;
    return call(raw, io);
}

/* ---- writing ---- */

/* Level 3. Measured on JSON Lines of books, of web pages and of a crawl, one core: 4 to 5 times the speed of zlib -6 at 1.02
 * to 1.05 times its size. ISA-L level 3 is three times faster still, but its sizes are 1.08 to 1.14 of zlib's (a cleaned
 * corpus could outgrow its original), and its bytes differ from one instruction set to another. */
#define LEVEL 3

static void *open_writer(size_t max_length, size_t *capacity)
{
    struct libdeflate_compressor *gzip = libdeflate_alloc_compressor(LEVEL);
    if (gzip != NULL)
        *capacity = libdeflate_gzip_compress_bound(gzip, max_length);
    return gzip;
}

static void close_writer(void *writer)
{
    libdeflate_free_compressor(writer);
}

static neardup_status write_piece(void *writer, const struct ndup_codec_piece *piece, uint8_t *to, size_t capacity,
                                  size_t *length)
{
    *length = libdeflate_gzip_compress(writer, piece->bytes, piece->length, to, capacity);
    return *length > 0 ? NEARDUP_OK : NEARDUP_E_ARG;
}

/* ---- the rows ---- */

/* A file may hold any number of members one after the other, and zero bytes after the last one (tapes and block devices pad
 * so). */
const struct ndup_codec ndup_codec_gzip = {.name = "gzip",
                                           .suffixes = ".gz",
                                           .tool = "gzip",
                                           .recognise = recognise,
                                           .members = true,
                                           .padded = true,
                                           .open = open_reader,
                                           .close = free,
                                           .restart = restart,
                                           .step = step,
                                           .open_writer = open_writer,
                                           .close_writer = close_writer,
                                           .write = write_piece};

const struct ndup_codec ndup_codec_deflate = {
    .name = "deflate", .single = true, .open = open_reader, .close = free, .restart = restart, .step = step_deflate};

const struct ndup_codec ndup_codec_raw_deflate = {
    .name = "deflate", .single = true, .open = open_reader, .close = free, .restart = restart, .step = step_raw};
