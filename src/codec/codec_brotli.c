/* SPDX-License-Identifier: MIT
 * brotli: one stream per file, without a magic number and without a checksum.
 *
 * Streams cannot be joined, but parts of one can be made apart: a part that is flushed ends at a whole byte, and a compressor
 * that knows its position in the stream writes no header and refers to nothing in front of it. So pieces are compressed in
 * parallel here, too. One stream in order would use one thread. */
#include "base/platform.h"

#include "codec/codec.h"

#include "base/mem.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

/* ---- reading ---- */

struct brotli_reader {
    BrotliDecoderState *state;
};

static void *open_reader(void)
{
    return ndup_calloc(1, sizeof(struct brotli_reader));
}

static void close_reader(void *decoder)
{
    struct brotli_reader *brotli = decoder;
    BrotliDecoderDestroyInstance(brotli->state);
    free(brotli);
}

/* Accepts what `brotli --large_window` writes: up to 1 GiB of memory, which is taken as the data needs it. */
static bool restart(void *decoder)
{
    struct brotli_reader *brotli = decoder;
    BrotliDecoderDestroyInstance(brotli->state);
    brotli->state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    return brotli->state != NULL &&
           BrotliDecoderSetParameter(brotli->state, BROTLI_DECODER_PARAM_LARGE_WINDOW, 1) == BROTLI_TRUE;
}

static enum ndup_codec_answer step(void *decoder, struct ndup_codec_io *io)
{
    struct brotli_reader *brotli = decoder;
    BrotliDecoderResult result =
        BrotliDecoderDecompressStream(brotli->state, &io->in_len, &io->in, &io->out_len, &io->out, NULL);
    if (result == BROTLI_DECODER_RESULT_SUCCESS)
        return NDUP_STEP_END;
    if (result != BROTLI_DECODER_RESULT_ERROR)
        return NDUP_STEP_ON;
    BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(brotli->state);
    bool memory =
        code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
    return memory ? NDUP_STEP_NOMEM : NDUP_STEP_CORRUPT;
}

/* ---- writing ---- */

/* Measured with `codec_speed FILE brotli` on a busy machine, one core, 4 MB of documentation and 4 MB of generated text: quality 4
 * writes 30 and 20 MB/s, 6 writes 17 and 7 MB/s and is 9 and 5 % smaller. 5 writes 24 and 10 MB/s and is 7 and 0 % smaller; 9
 * writes 7 and 3 MB/s for 14 and 10 %. */
#define QUALITY 4
#define WINDOW  BROTLI_DEFAULT_WINDOW
/* The library takes no larger position; beyond the window all are alike. */
#define MOST_POSITION ((uint64_t)1 << 29)

/* The library ends the process when memory is refused. So a refusal leaves it by a jump, and what it took is in a list. */
struct brotli_block {
    alignas(max_align_t) struct brotli_block *before;
    struct brotli_block *after; /* then the bytes */
};

struct memory {
    struct brotli_block list; /* a ring */
    jmp_buf refused;
};

static void *open_writer(size_t max_length, size_t *capacity)
{
    size_t bound = BrotliEncoderMaxCompressedSize(max_length);
    *capacity = bound + 64; /* a flush and the end of the stream are a few bytes */
    return bound > 0 ? ndup_alloc(1, sizeof(struct memory)) : NULL;
}

static bool set(BrotliEncoderState *state, const struct ndup_codec_piece *piece)
{
    uint32_t position = (uint32_t)(piece->position < MOST_POSITION ? piece->position : MOST_POSITION);
    return BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, QUALITY) == BROTLI_TRUE &&
           BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, WINDOW) == BROTLI_TRUE &&
           BrotliEncoderSetParameter(state, BROTLI_PARAM_SIZE_HINT, (uint32_t)piece->length) == BROTLI_TRUE &&
           (position == 0 || BrotliEncoderSetParameter(state, BROTLI_PARAM_STREAM_OFFSET, position) == BROTLI_TRUE);
}

static void *take(void *opaque, size_t size)
{
    struct memory *memory = opaque;
    struct brotli_block *block = size < SIZE_MAX - sizeof *block ? ndup_alloc(1, sizeof *block + size) : NULL;
    if (block == NULL)
        longjmp(memory->refused, 1);
    block->before = &memory->list;
    block->after = memory->list.after;
    block->after->before = block;
    memory->list.after = block;
    return block + 1;
}

static void give_back(void *opaque, void *address)
{
    (void)opaque;
    if (address == NULL)
        return;
    struct brotli_block *block = (struct brotli_block *)address - 1;
    block->before->after = block->after;
    block->after->before = block->before;
    free(block);
}

static neardup_status compress(struct memory *memory, const struct ndup_codec_piece *piece, uint8_t *to,
                               size_t capacity, size_t *length)
{
    BrotliEncoderState *state = BrotliEncoderCreateInstance(take, give_back, memory);
    size_t in = piece->length, out = capacity;
    const uint8_t *from = piece->bytes;
    BrotliEncoderOperation operation = piece->last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
    bool good = state != NULL && set(state, piece) &&
                BrotliEncoderCompressStream(state, operation, &in, &from, &out, &to, NULL) == BROTLI_TRUE;
    good = good && in == 0 && BrotliEncoderHasMoreOutput(state) == BROTLI_FALSE;
    *length = capacity - out;
    return good ? NEARDUP_OK : NEARDUP_E_ARG;
}

static neardup_status write_piece(void *writer, const struct ndup_codec_piece *piece, uint8_t *to, size_t capacity,
                                  size_t *length)
{
    struct memory *memory = writer;
    memory->list.before = memory->list.after = &memory->list;
    /* All of the encoder is in the list. */
    volatile neardup_status status = NEARDUP_E_NOMEM;
    if (setjmp(memory->refused) == 0)
        status = compress(memory, piece, to, capacity, length);
    while (memory->list.after != &memory->list)
        give_back(memory, memory->list.after + 1);
    return status;
}

/* ---- the row ---- */

const struct ndup_codec ndup_codec_brotli = {.name = "brotli",
                                             .suffixes = ".br",
                                             .tool = "brotli",
                                             .single = true,
                                             .open = open_reader,
                                             .close = close_reader,
                                             .restart = restart,
                                             .step = step,
                                             .open_writer = open_writer,
                                             .close_writer = free,
                                             .write = write_piece};
