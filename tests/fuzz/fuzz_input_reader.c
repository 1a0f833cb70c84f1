/* SPDX-License-Identifier: MIT
 * A file in batches and records, in every format: the batches are the file, the records are in them in order, and the
 * size of the batches (first byte) does not change their number. */
#include "base/platform.h"

#include "input/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ndup_fields fields = {.text = "text", .id = "id"};

static size_t records_of(const struct ndup_batch *batch, const struct ndup_format *format)
{
    struct ndup_records it;
    struct ndup_document record;
    const char *at = batch->data;
    size_t count = 0;
    ndup_records_begin(&it, format, NULL, batch->data, batch->len, batch->offset == 0);
    while (ndup_records_next(&it, &record)) {
        if (record.record < at || record.record_length == 0 || record.length > record.record_length)
            abort();
        at = record.record + record.record_length;
        if (at > batch->data + batch->len)
            abort();
        count++;
    }
    return count;
}

static size_t count_records(const char *path, neardup_input_format format, size_t batch_bytes, uint64_t *total)
{
    char name[] = "x";
    char *copy = strdup(path);
    struct ndup_file file = {.path = copy, .name = name};
    struct ndup_reader *reader;
    struct ndup_batch batch = {0};
    size_t count = 0;
    *total = 0;
    if (copy == NULL ||
        ndup_reader_open(&reader, &file,
                         &(struct ndup_reader_options){.format = format, .fields = &fields, .batch_bytes = batch_bytes},
                         NULL) != NEARDUP_OK)
        abort();
    for (;;) {
        neardup_status status = ndup_reader_next(reader, &batch, NULL);
        /* A bomb is not read to its end. */
        if ((status == NEARDUP_OK && batch.len == 0) || *total > 200000)
            break;
        if (batch.offset != *total)
            abort();
        *total += batch.len;
        count += records_of(&batch, ndup_reader_format(reader));
    }
    ndup_batch_free(&batch);
    ndup_reader_close(reader);
    free(copy);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    int fd = memfd_create("fuzz", 0);
    if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)(size - 1))
        abort();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (int format = NEARDUP_INPUT_AUTO; format <= NEARDUP_INPUT_LINE; format++) {
        uint64_t total, same_total;
        size_t count = count_records(path, (neardup_input_format)format, (size_t)1 << 20, &total);
        size_t same = count_records(path, (neardup_input_format)format, 1 + (size_t)data[0] * 3, &same_total);
        if (total <= 200000 && (count != same || total != same_total))
            abort();
    }
    close(fd);
    return 0;
}
