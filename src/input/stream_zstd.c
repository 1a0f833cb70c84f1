/* SPDX-License-Identifier: MIT
 * zstd: frames one behind the other, skippable ones passed over. */
#include "base/platform.h"

#include "input/stream_impl.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Accepts what `zstd --long=31` writes. The window is allocated when a frame says that it needs it: 2 GB at worst. */
#define WINDOW_LOG_MAX 31

struct ndup_zstd {
    ZSTD_DCtx *context;
    uint8_t *stored; /* NDUP_STORED_CHUNK bytes */
    ZSTD_inBuffer in;
    bool in_frame;
    bool source_ended;
};

struct ndup_zstd *ndup_zstd_create(void)
{
    struct ndup_zstd *zstd = ndup_calloc(1, sizeof *zstd);
    if (zstd == NULL)
        return NULL;
    zstd->stored = ndup_alloc(NDUP_STORED_CHUNK, 1);
    zstd->context = ZSTD_createDCtx();
    if (zstd->stored == NULL || zstd->context == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        ndup_zstd_destroy(zstd);
        return NULL;
    }
    zstd->in.src = zstd->stored;
    return zstd;
}

void ndup_zstd_destroy(struct ndup_zstd *zstd)
{
    if (zstd == NULL)
        return;
    ZSTD_freeDCtx(zstd->context);
    free(zstd->stored);
    free(zstd);
}

static neardup_status refill(struct ndup_zstd *zstd, struct ndup_source *source, neardup_error *err)
{
    if (zstd->in.pos < zstd->in.size || zstd->source_ended)
        return NEARDUP_OK;
    size_t got;
    NDUP_TRY(ndup_source_read(source, zstd->stored, NDUP_STORED_CHUNK, &got, err));
    zstd->in.size = got;
    zstd->in.pos = 0;
    zstd->source_ended = got == 0;
    return NEARDUP_OK;
}

static neardup_status fail_code(size_t code, neardup_error *err)
{
    switch ((int)ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
        return ndup_fail_nomem(err);
    case ZSTD_error_checksum_wrong:
        return ndup_fail(err, NEARDUP_E_FORMAT, "zstd stream is corrupt: wrong checksum");
    case ZSTD_error_prefix_unknown:
        return ndup_fail(err, NEARDUP_E_FORMAT, "garbage behind the end of the zstd stream");
    case ZSTD_error_dictionary_wrong:
        return ndup_fail(err, NEARDUP_E_FORMAT, "zstd stream needs a dictionary");
    default:
        return ndup_fail(err, NEARDUP_E_FORMAT, "zstd stream is corrupt");
    }
}

/* Decodes at most one block, for flush() to fetch. The library forgets what it put out in a call that fails: without
 * room for output no call can lose anything. */
static neardup_status decode_block(struct ndup_zstd *zstd, neardup_error *err)
{
    if (zstd->source_ended)
        return ndup_fail(err, NEARDUP_E_FORMAT, "zstd stream is cut off");
    ZSTD_outBuffer none = {NULL, 0, 0};
    size_t hint = ZSTD_decompressStream(zstd->context, &none, &zstd->in);
    if (ZSTD_isError(hint))
        return fail_code(hint, err);
    zstd->in_frame = hint != 0;
    return NEARDUP_OK;
}

/* Fetches what is decoded. */
static neardup_status flush(struct ndup_zstd *zstd, ZSTD_outBuffer *out, neardup_error *err)
{
    ZSTD_inBuffer none = {NULL, 0, 0};
    size_t hint = ZSTD_decompressStream(zstd->context, out, &none);
    return ZSTD_isError(hint) ? fail_code(hint, err) : NEARDUP_OK;
}

neardup_status ndup_zstd_read(struct ndup_zstd *zstd, struct ndup_source *source, uint8_t *buffer, size_t capacity,
                              size_t *got, neardup_error *err)
{
    ZSTD_outBuffer out = {buffer, capacity, 0};
    neardup_status status = NEARDUP_OK;
    while (out.pos < capacity && status == NEARDUP_OK) {
        size_t before = out.pos;
        if (zstd->in_frame)
            status = flush(zstd, &out, err);
        if (status != NEARDUP_OK || out.pos > before)
            continue;
        status = refill(zstd, source, err);
        if (status == NEARDUP_OK && zstd->source_ended && !zstd->in_frame)
            break;
        if (status == NEARDUP_OK)
            status = decode_block(zstd, err);
    }
    *got = out.pos;
    return status;
}
