/* SPDX-License-Identifier: MIT
 * A compressed or plain stream: read at once and in steps, both must say the same. Formats without a magic number are decoded in
 * memory. */
#include "base/platform.h"

#include "input/decompress.h"

#include <stdlib.h>
#include <string.h>

/* A few bytes may stand for gigabytes; more than this is not read. */
#define ROOM ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static neardup_status read_all(const uint8_t *data, size_t size, char *to, size_t step, size_t *len)
{
    struct ndup_stream *stream;
    neardup_error err;
    *len = 0;
    if (ndup_stream_open_memory(&stream, data, size, &err) != NEARDUP_OK)
        return NEARDUP_E_NOMEM;
    neardup_status status;
    size_t got;
    do {
        size_t room = ROOM - *len < step ? ROOM - *len : step;
        status = ndup_stream_read(stream, to + *len, room, &got, &err);
        *len += got;
    } while (status == NEARDUP_OK && got > 0);
    if (ndup_stream_consumed(stream) > size)
        abort();
    ndup_stream_close(stream);
    return status;
}

static void read_nameless(const struct ndup_codec *codec, const uint8_t *data, size_t size)
{
    struct ndup_buf plain = NDUP_BUF_INIT;
    neardup_error err;
    neardup_status status = ndup_decompress(codec, data, size, ROOM / 16, &plain, NULL, &err);
    if (plain.len > ROOM / 16 || (status == NEARDUP_OK && size == 0))
        abort();
    ndup_buf_free(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_nameless(&ndup_codec_brotli, data, size);
    read_nameless(&ndup_codec_deflate, data, size);
    char *one = malloc(ROOM), *two = malloc(ROOM);
    if (one == NULL || two == NULL)
        abort();
    memset(one, 1, ROOM);
    memset(two, 2, ROOM);
    size_t one_len, two_len;
    neardup_status first = read_all(data, size, one, ROOM, &one_len);
    neardup_status second = read_all(data, size, two, 1 + size % 5000, &two_len);
    bool memory = first == NEARDUP_E_NOMEM || second == NEARDUP_E_NOMEM;
    /* When the room is full the end need not have been seen. */
    if (!memory && ((one_len < ROOM && first != second) || one_len != two_len || memcmp(one, two, one_len) != 0))
        abort();
    free(one);
    free(two);
    return 0;
}
