/* SPDX-License-Identifier: MIT
 * The size of a batch changes no record: neither its place, nor its text, nor its line. */
#include "base/platform.h"

#include "input/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES   3000
#define MAX_RECORDS MAX_BYTES

static uint32_t random_state = 4711;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

struct place {
    uint64_t offset, line;
    size_t len, text_len;
};

static char path[] = "/tmp/neardup-batches-XXXXXX";
static struct place expected[MAX_RECORDS], found[MAX_RECORDS];

static const struct ndup_fields fields = {.text = "text", .id = "id"};

/* *whole: it does not end inside a quoted field. */
static size_t read_all(neardup_input_format format, size_t batch_bytes, struct place *places, size_t *total,
                       bool *whole)
{
    struct ndup_file file = {.path = path, .name = path};
    struct ndup_reader *reader;
    cr_assert_eq(
        ndup_reader_open(&reader, &file,
                         &(struct ndup_reader_options){.format = format, .fields = &fields, .batch_bytes = batch_bytes},
                         NULL),
        NEARDUP_OK);
    struct ndup_batch batch = {0};
    struct ndup_head *head = NULL;
    size_t count = 0;
    uint64_t lines = 0;
    *total = 0;
    *whole = true;
    for (;;) {
        neardup_status st = ndup_reader_next(reader, &batch, NULL);
        bool quotes = format == NEARDUP_INPUT_CSV || format == NEARDUP_INPUT_TSV;
        cr_assert(st == NEARDUP_OK || (st == NEARDUP_E_FORMAT && quotes && *whole));
        *whole = *whole && st == NEARDUP_OK;
        if (batch.len == 0)
            break;
        cr_assert_eq(batch.offset, *total);
        *total += batch.len;
        struct ndup_records it;
        struct ndup_document record;
        if (batch.number == 0)
            head = ndup_reader_take_head(reader);
        ndup_records_begin(&it, ndup_reader_format(reader), head, batch.data, batch.len, batch.offset == 0);
        while (ndup_records_next(&it, &record)) {
            uint64_t offset = batch.offset + (uint64_t)(record.record - batch.data);
            cr_assert(record.length <= record.record_length);
            cr_assert(record.record >= batch.data && record.record + record.record_length <= batch.data + batch.len);
            places[count++] = (struct place){offset, lines + record.line, record.record_length, record.length};
        }
        lines += it.line;
    }
    free(head);
    ndup_batch_free(&batch);
    ndup_reader_close(reader);
    return count;
}

static void make_file(void)
{
    static const char alphabet[] = "ab{} \t\r\n\n\"\"\n,";
    char bytes[MAX_BYTES];
    size_t len = next_random() % MAX_BYTES;
    uint32_t letters = 2 + next_random() % 11;
    for (size_t i = 0; i < len; i++)
        bytes[i] = alphabet[next_random() % letters];
    /* Few newlines in some files, many in others. */
    for (size_t i = 0; i < len / 40; i++)
        bytes[next_random() % len] = '\n';
    FILE *file = fopen(path, "wb");
    cr_assert_eq(fwrite("text\n", 1, 5, file), 5); /* the header row, for CSV */
    cr_assert_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

Test(input_batches, size_changes_nothing)
{
    static const neardup_input_format formats[] = {NEARDUP_INPUT_JSONL, NEARDUP_INPUT_LINE, NEARDUP_INPUT_PARAGRAPH,
                                                   NEARDUP_INPUT_FILE,  NEARDUP_INPUT_CSV,  NEARDUP_INPUT_TSV};
    static const size_t sizes[] = {1, 2, 7, 64, 500, 2999};
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    for (int round = 0; round < 60; round++) {
        make_file();
        for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
            size_t bytes, same_bytes;
            bool whole, same_whole;
            size_t count = read_all(formats[f], (size_t)1 << 20, expected, &bytes, &whole);
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
                cr_assert_eq(read_all(formats[f], sizes[s], found, &same_bytes, &same_whole), count,
                             "format %zu size %zu", f, sizes[s]);
                cr_assert_eq(same_bytes, bytes);
                cr_assert_eq(same_whole, whole);
                cr_assert_eq(memcmp(found, expected, count * sizeof found[0]), 0, "format %zu size %zu", f, sizes[s]);
            }
        }
    }
    unlink(path);
}
