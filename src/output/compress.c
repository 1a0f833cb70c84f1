/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "output/compress.h"

#include "base/error.h"
#include "base/mem.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define GZIP_LEVEL 3
#define ZSTD_LEVEL 3

struct ndup_compressor {
    struct libdeflate_compressor *gzip; /* exactly one of the two */
    ZSTD_CCtx *zstd;
    char *result;
    size_t capacity;
};

static bool open_gzip(struct ndup_compressor *compressor, size_t max_length)
{
    compressor->gzip = libdeflate_alloc_compressor(GZIP_LEVEL);
    if (compressor->gzip == NULL)
        return false;
    compressor->capacity = libdeflate_gzip_compress_bound(compressor->gzip, max_length);
    return true;
}

static bool open_zstd(struct ndup_compressor *compressor, size_t max_length)
{
    compressor->zstd = ZSTD_createCCtx();
    if (compressor->zstd == NULL)
        return false;
    compressor->capacity = ZSTD_compressBound(max_length);
    return !ZSTD_isError(ZSTD_CCtx_setParameter(compressor->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(compressor->zstd, ZSTD_c_checksumFlag, 1));
}

neardup_status ndup_compressor_create(struct ndup_compressor **out, enum ndup_codec codec, size_t max_length,
                                      neardup_error *err)
{
    *out = NULL;
    struct ndup_compressor *compressor = ndup_calloc(1, sizeof *compressor);
    if (compressor == NULL)
        return ndup_fail_nomem(err);
    bool opened = codec == NDUP_GZIP ? open_gzip(compressor, max_length) : open_zstd(compressor, max_length);
    if (opened)
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
    libdeflate_free_compressor(compressor->gzip);
    ZSTD_freeCCtx(compressor->zstd);
    free(compressor->result);
    free(compressor);
}

neardup_status ndup_compressor_run(struct ndup_compressor *compressor, const void *bytes, size_t length,
                                   const char **result, size_t *result_length, neardup_error *err)
{
    *result = compressor->result;
    if (compressor->gzip != NULL) {
        *result_length =
            libdeflate_gzip_compress(compressor->gzip, bytes, length, compressor->result, compressor->capacity);
        return *result_length > 0 ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_ARG, "piece too large to compress");
    }
    *result_length = ZSTD_compress2(compressor->zstd, compressor->result, compressor->capacity, bytes, length);
    if (!ZSTD_isError(*result_length))
        return NEARDUP_OK;
    if (ZSTD_getErrorCode(*result_length) == ZSTD_error_memory_allocation)
        return ndup_fail_nomem(err);
    return ndup_fail(err, NEARDUP_E_ARG, "cannot compress: %s", ZSTD_getErrorName(*result_length));
}
