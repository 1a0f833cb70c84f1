/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "codec/codec.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the table ---- */

static const struct ndup_codec *const codecs[] = {&ndup_codec_gzip, &ndup_codec_zstd, &ndup_codec_bzip2, &ndup_codec_xz,
                                                  &ndup_codec_lzma, &ndup_codec_lz4,  &ndup_codec_brotli};
#define CODECS (sizeof codecs / sizeof codecs[0])

const struct ndup_codec *ndup_codec_at(size_t number)
{
    return number < CODECS ? codecs[number] : NULL;
}

const struct ndup_codec *ndup_codec_of_content(const uint8_t *first, size_t length)
{
    for (size_t i = 0; i < CODECS; i++) {
        if (codecs[i]->recognise != NULL && codecs[i]->recognise(first, length))
            return codecs[i];
    }
    return NULL;
}

const struct ndup_codec *ndup_codec_of_name(const char *name, size_t *length)
{
    size_t all = length != NULL ? *length : strlen(name);
    for (size_t i = 0; i < CODECS; i++) {
        for (const char *suffix = codecs[i]->suffixes; *suffix != '\0'; suffix += strspn(suffix, " ")) {
            size_t n = strcspn(suffix, " ");
            if (all > n && strncasecmp(name + all - n, suffix, n) == 0) {
                if (length != NULL)
                    *length = all - n;
                return codecs[i];
            }
            suffix += n;
        }
    }
    return NULL;
}

/* ---- reading ---- */

struct ndup_decompressor {
    const struct ndup_codec *codec;
    void *state;
    bool in_stream;
    bool later;    /* a stream was read to its end before this one */
    bool followed; /* by other bytes */
    bool ended;    /* there are no more stored bytes */
    unsigned idle; /* steps in a row that moved nothing although there was input and room */
};

struct ndup_decompressor *ndup_decompressor_create(const struct ndup_codec *codec)
{
    struct ndup_decompressor *d = ndup_calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    *d = (struct ndup_decompressor){.codec = codec, .state = codec->open(), .in_stream = true};
    if (d->state == NULL || !codec->restart(d->state)) {
        ndup_decompressor_destroy(d);
        return NULL;
    }
    return d;
}

void ndup_decompressor_destroy(struct ndup_decompressor *decompressor)
{
    if (decompressor == NULL)
        return;
    if (decompressor->state != NULL)
        decompressor->codec->close(decompressor->state);
    free(decompressor);
}

static neardup_status fill(struct ndup_decompressor *d, struct ndup_stored *stored, neardup_error *err)
{
    if (stored->left > 0 || d->ended)
        return NEARDUP_OK;
    NDUP_TRY(stored->fill(stored, err));
    d->ended = stored->left == 0;
    return NEARDUP_OK;
}

static neardup_status fail_after(struct ndup_decompressor *d, neardup_error *err)
{
    d->followed = true;
    return ndup_fail(err, NEARDUP_E_FORMAT, "data after the end of the %s stream", d->codec->name);
}

/* After a stream: another one, or the end. */
static neardup_status begin_stream(struct ndup_decompressor *d, struct ndup_stored *stored, neardup_error *err)
{
    for (;;) {
        NDUP_TRY(fill(d, stored, err));
        for (; d->codec->padded && stored->left > 0 && *stored->next == 0; stored->left--)
            stored->next++;
        if (stored->left > 0 || d->ended)
            break;
    }
    if (stored->left == 0)
        return NEARDUP_OK;
    if (d->codec->single)
        return fail_after(d, err);
    if (!d->codec->restart(d->state))
        return ndup_fail_nomem(err);
    d->in_stream = d->later = true;
    return NEARDUP_OK;
}

static neardup_status fail_step(struct ndup_decompressor *d, enum ndup_codec_answer answer, neardup_error *err)
{
    const char *name = d->codec->name;
    switch (answer) {
    case NDUP_STEP_NOMEM:
        return ndup_fail_nomem(err);
    case NDUP_STEP_DICTIONARY:
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s stream needs a dictionary", name);
    case NDUP_STEP_WINDOW:
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s stream needs too much memory to decompress", name);
    case NDUP_STEP_CHECKSUM:
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s stream is corrupt: wrong checksum", name);
    case NDUP_STEP_OTHER:
        if (d->later)
            return fail_after(d, err);
        break;
    case NDUP_STEP_ON:
    case NDUP_STEP_END:
    case NDUP_STEP_CORRUPT:
        break;
    }
    return ndup_fail(err, NEARDUP_E_FORMAT, "%s stream is corrupt", name);
}

/* One step; *got == 0 does not mean the end. */
static neardup_status take_step(struct ndup_decompressor *d, struct ndup_stored *stored, uint8_t *room, size_t *got,
                                neardup_error *err)
{
    NDUP_TRY(fill(d, stored, err));
    struct ndup_codec_io io = {stored->next, stored->left, room, NDUP_CODEC_ROOM};
    enum ndup_codec_answer answer = d->codec->step(d->state, &io);
    bool moved = io.in_len < stored->left || io.out_len<NDUP_CODEC_ROOM, had_input = stored->left> 0;
    stored->next = io.in;
    stored->left = io.in_len;
    *got = NDUP_CODEC_ROOM - io.out_len;
    stored->text += *got;
    if (answer == NDUP_STEP_END) {
        d->in_stream = false;
        if (stored->ended != NULL)
            stored->ended(stored);
        d->idle = 0;
        return NEARDUP_OK;
    }
    if (answer != NDUP_STEP_ON)
        return fail_step(d, answer, err);
    if (!moved && d->ended)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s stream is cut off", d->codec->name);
    /* Not seen; without this limit a decoder that does nothing would hang us. */
    d->idle = moved || !had_input ? 0 : d->idle + 1;
    return d->idle > 2 ? fail_step(d, NDUP_STEP_CORRUPT, err) : NEARDUP_OK;
}

neardup_status ndup_decompressor_run(struct ndup_decompressor *decompressor, struct ndup_stored *stored, uint8_t *room,
                                     size_t *got, neardup_error *err)
{
    *got = 0;
    while (*got == 0) {
        if (!decompressor->in_stream)
            NDUP_TRY(begin_stream(decompressor, stored, err));
        if (!decompressor->in_stream)
            return NEARDUP_OK;
        NDUP_TRY(take_step(decompressor, stored, room, got, err));
    }
    return NEARDUP_OK;
}

static neardup_status no_more(struct ndup_stored *stored, neardup_error *err)
{
    (void)stored;
    (void)err;
    return NEARDUP_OK;
}

neardup_status ndup_decompress(const struct ndup_codec *codec, const void *bytes, size_t length, size_t limit,
                               struct ndup_buf *to, bool *whole, neardup_error *err)
{
    struct ndup_stored stored = {no_more, NULL, bytes, length, 0};
    struct ndup_decompressor *d = ndup_decompressor_create(codec);
    uint8_t *room = ndup_alloc(NDUP_CODEC_ROOM, 1);
    neardup_status status = d == NULL || room == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
    size_t got = 1, left = limit;
    while (status == NEARDUP_OK && got > 0) {
        status = ndup_decompressor_run(d, &stored, room, &got, err);
        size_t taken = got < left ? got : left;
        ndup_buf_append(to, room, taken);
        left -= taken;
        if (to->failed)
            status = ndup_fail_nomem(err);
        else if (taken < got)
            status = ndup_fail(err, NEARDUP_E_LIMIT, "the %s stream holds more than %zu bytes", codec->name, limit);
    }
    if (whole != NULL)
        *whole = d != NULL && d->followed;
    ndup_decompressor_destroy(d);
    free(room);
    return status;
}

/* ---- writing ---- */

struct ndup_compressor {
    const struct ndup_codec *codec;
    void *state;
    uint8_t *result;
    size_t capacity;
};

neardup_status ndup_compressor_create(struct ndup_compressor **out, const struct ndup_codec *codec, size_t max_length,
                                      neardup_error *err)
{
    *out = NULL;
    struct ndup_compressor *compressor = ndup_calloc(1, sizeof *compressor);
    if (compressor == NULL)
        return ndup_fail_nomem(err);
    compressor->codec = codec;
    compressor->state = codec->open_writer(max_length, &compressor->capacity);
    if (compressor->state != NULL)
        compressor->result = ndup_alloc(compressor->capacity, 1);
    if (compressor->result == NULL) {
        ndup_compressor_destroy(compressor);
        return ndup_fail_nomem(err);
    }
    *out = compressor;
    return NEARDUP_OK;
}

void ndup_compressor_destroy(struct ndup_compressor *compressor)
{
    if (compressor == NULL)
        return;
    if (compressor->state != NULL)
        compressor->codec->close_writer(compressor->state);
    free(compressor->result);
    free(compressor);
}

neardup_status ndup_compressor_run(struct ndup_compressor *compressor, const struct ndup_codec_piece *piece,
                                   const char **result, size_t *length, neardup_error *err)
{
    const struct ndup_codec *codec = compressor->codec;
    *result = (const char *)compressor->result;
    *length = 0;
    if (piece->length == 0 && !(piece->last && (piece->position == 0 || codec->single)))
        return NEARDUP_OK;
    neardup_status status = codec->write(compressor->state, piece, compressor->result, compressor->capacity, length);
    if (status == NEARDUP_E_NOMEM)
        return ndup_fail_nomem(err);
    return status == NEARDUP_OK ? status : ndup_fail(err, status, "cannot compress a piece with %s", codec->name);
}
