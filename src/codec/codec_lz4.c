/* SPDX-License-Identifier: MIT
 * lz4: frames one after the other, skippable ones among them. The format before frames (lz4 -l, Linux kernels) is not read. */
#include "base/platform.h"

#include "codec/codec.h"

#include "base/mem.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

struct lz4_reader {
    LZ4F_dctx *context;
    bool in_frame; /* its header was read */
};

static bool recognise(const uint8_t *first, size_t length)
{
    return length >= 4 && memcmp(first, "\x04\x22\x4d\x18", 4) == 0;
}

static void close_reader(void *decoder)
{
    struct lz4_reader *lz4 = decoder;
    (void)LZ4F_freeDecompressionContext(lz4->context);
    free(lz4);
}

static void *open_reader(void)
{
    struct lz4_reader *lz4 = ndup_calloc(1, sizeof *lz4);
    if (lz4 != NULL && LZ4F_isError(LZ4F_createDecompressionContext(&lz4->context, LZ4F_VERSION))) {
        free(lz4);
        return NULL;
    }
    return lz4;
}

static bool restart(void *decoder)
{
    struct lz4_reader *lz4 = decoder;
    LZ4F_resetDecompressionContext(lz4->context);
    lz4->in_frame = false;
    return true;
}

/* The codes are not public; their names are. */
static enum ndup_codec_answer answer_of(size_t code)
{
    const char *name = LZ4F_getErrorName(code);
    if (strcmp(name, "ERROR_allocation_failed") == 0)
        return NDUP_STEP_NOMEM;
    if (strcmp(name, "ERROR_frameType_unknown") == 0)
        return NDUP_STEP_OTHER;
    return strstr(name, "hecksum_invalid") != NULL ? NDUP_STEP_CHECKSUM : NDUP_STEP_CORRUPT;
}

/* Once the header was read, the frame says whether it was compressed with a dictionary. */
static bool needs_dictionary(struct lz4_reader *lz4)
{
    LZ4F_frameInfo_t info;
    size_t none = 0;
    if (lz4->in_frame || LZ4F_isError(LZ4F_getFrameInfo(lz4->context, &info, NULL, &none)))
        return false;
    lz4->in_frame = true;
    return info.dictID != 0;
}

static enum ndup_codec_answer step(void *decoder, struct ndup_codec_io *io)
{
    struct lz4_reader *lz4 = decoder;
    size_t code = 1, moved = 1;
    while (moved > 0 && code != 0) {
        /* The longest header has 19 bytes; what it says is wanted before a block is decoded. */
        size_t in = lz4->in_frame || io->in_len < 1 ? io->in_len : 1, out = io->out_len;
        code = LZ4F_decompress(lz4->context, io->out, &out, io->in, &in, NULL);
        if (LZ4F_isError(code))
            return answer_of(code);
        io->in += in;
        io->in_len -= in;
        io->out += out;
        io->out_len -= out;
        moved = in + out;
        if (needs_dictionary(lz4))
            return NDUP_STEP_DICTIONARY;
    }
    return code == 0 ? NDUP_STEP_END : NDUP_STEP_ON;
}

/* ---- writing ---- */

/* What the tool writes when it is given no options, blocks and checksum included. Other codecs have the better ratios. */
static const LZ4F_preferences_t preferences = {
    .frameInfo = {.blockSizeID = LZ4F_max4MB,
                  .blockMode = LZ4F_blockIndependent,
                  .contentChecksumFlag = LZ4F_contentChecksumEnabled},
};

static void *open_writer(size_t max_length, size_t *capacity)
{
    *capacity = LZ4F_compressFrameBound(max_length, &preferences);
    return ndup_alloc(1, 1); /* a call has its own state */
}

static neardup_status write_piece(void *writer, const struct ndup_codec_piece *piece, uint8_t *to, size_t capacity,
                                  size_t *length)
{
    (void)writer;
    *length = LZ4F_compressFrame(to, capacity, piece->bytes, piece->length, &preferences);
    if (!LZ4F_isError(*length))
        return NEARDUP_OK;
    return answer_of(*length) == NDUP_STEP_NOMEM ? NEARDUP_E_NOMEM : NEARDUP_E_ARG;
}

/* ---- the row ---- */

const struct ndup_codec ndup_codec_lz4 = {.name = "lz4",
                                          .suffixes = ".lz4",
                                          .tool = "lz4",
                                          .recognise = recognise,
                                          .open = open_reader,
                                          .close = close_reader,
                                          .restart = restart,
                                          .step = step,
                                          .open_writer = open_writer,
                                          .close_writer = free,
                                          .write = write_piece};
