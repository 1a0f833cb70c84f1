/* SPDX-License-Identifier: MIT
 * A gzip, zstd or plain stream: read at once and in steps, both must say the same. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
