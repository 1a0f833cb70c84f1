/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/table_stream.h"

#include "base/error.h"
#include "base/mem.h"
#include "input/rows.h"

#include <stdlib.h>
#include <string.h>

/* Read at a time: a pipe has at most 64 KiB, unless somebody makes it larger. */
#define CHUNK ((size_t)256 << 10)

/* Rows in a block: the program gives at most 4096. */
#define MOST_ROWS ((uint32_t)1 << 20)

/* Names are held a step at a time, so that a length that is wrong fails where the bytes end. */
#define HELD_STEP ((size_t)1 << 20)

#define MOST_MESSAGE 4096

enum { READY = 1, ROWS, BYTES, END };

static const char nonsense[] = "the program that reads tables gave something else than rows";

/* ---- bytes of the answers ---- */

static neardup_status fill(struct ndup_table_stream *s, neardup_error *err)
{
    size_t got = 0;
    if (s->chunk == NULL) {
        s->chunk = ndup_alloc(CHUNK, 1);
        if (s->chunk == NULL)
            return ndup_fail_nomem(err);
    }
    s->chunk_at = s->chunk_len = 0;
    NDUP_TRY(s->read(s->context, s->chunk, CHUNK, &got, err));
    s->chunk_len = got;
    return got > 0 ? NEARDUP_OK
                   : ndup_fail(err, NEARDUP_E_IO, "the program that reads tables ended before it had answered");
}

/* Some bytes of the block, as many as are there: at least one. */
static neardup_status take_some(struct ndup_table_stream *s, char *to, uint64_t most, size_t *got, neardup_error *err)
{
    if (s->chunk_at == s->chunk_len)
        NDUP_TRY(fill(s, err));
    size_t n = s->chunk_len - s->chunk_at;
    n = n < most ? n : (size_t)most;
    memcpy(to, s->chunk + s->chunk_at, n);
    s->chunk_at += n;
    *got = n;
    return NEARDUP_OK;
}

static neardup_status take(struct ndup_table_stream *s, void *to, size_t length, neardup_error *err)
{
    for (size_t at = 0, got; at < length; at += got)
        NDUP_TRY(take_some(s, (char *)to + at, length - at, &got, err));
    return NEARDUP_OK;
}

/* Appends bytes of the block to what is held. *place: where they are. */
static neardup_status hold(struct ndup_table_stream *s, uint64_t length, size_t *place, neardup_error *err)
{
    /* Numbers are where they can be read as such. */
    static const char zeros[8] = {0};
    ndup_buf_append(&s->held, zeros, (8 - s->held.len % 8) % 8);
    *place = s->held.len;
    if (length > s->left)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s", nonsense);
    s->left -= length;
    while (length > 0) {
        size_t n = length < HELD_STEP ? (size_t)length : HELD_STEP;
        if (!ndup_buf_reserve(&s->held, n))
            return ndup_fail_nomem(err);
        NDUP_TRY(take(s, s->held.data + s->held.len, n, err));
        s->held.len += n;
        length -= n;
    }
    return s->held.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* ---- blocks ---- */

static const uint64_t *offsets_of(const struct ndup_table_stream *s, const struct ndup_table_strings *column)
{
    return (const uint64_t *)(const void *)(s->held.data + column->offsets);
}

/* Whether a row has a value; *begin and *length: where it is among the strings. */
static bool find_value(const struct ndup_table_stream *s, const struct ndup_table_strings *column, uint32_t row,
                       uint64_t *begin, uint64_t *length)
{
    const uint64_t *offsets = offsets_of(s, column);
    *begin = offsets[row] - offsets[0];
    *length = offsets[row + 1] - offsets[row];
    return (column->form & NDUP_TABLE_NULLS) == 0 || s->held.data[column->there + row] != 0;
}

/* Where the strings of a column are. The offsets ascend: pyarrow does not look at those of an Arrow file. */
static neardup_status hold_column(struct ndup_table_stream *s, struct ndup_table_strings *column, uint64_t *bytes,
                                  neardup_error *err)
{
    uint32_t kind = column->form & ~(uint32_t)NDUP_TABLE_NULLS;
    if (kind != NDUP_TABLE_STRINGS && kind != NDUP_TABLE_JSON)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s", nonsense);
    if ((column->form & NDUP_TABLE_NULLS) != 0)
        NDUP_TRY(hold(s, s->rows, &column->there, err));
    NDUP_TRY(hold(s, ((uint64_t)s->rows + 1) * sizeof(uint64_t), &column->offsets, err));
    const uint64_t *offsets = offsets_of(s, column);
    for (uint32_t i = 0; i < s->rows; i++) {
        if (offsets[i + 1] < offsets[i])
            return ndup_fail(err, NEARDUP_E_FORMAT, "%s", nonsense);
    }
    *bytes = offsets[s->rows] - offsets[0];
    return NEARDUP_OK;
}

static neardup_status begin_rows(struct ndup_table_stream *s, neardup_error *err)
{
    static const enum ndup_table_column order[] = {NDUP_TABLE_ID, NDUP_TABLE_GROUP, NDUP_TABLE_KEEP};
    uint32_t forms[NDUP_TABLE_COLUMNS];
    struct ndup_table_strings *text = &s->columns[NDUP_TABLE_TEXT];
    uint64_t bytes;
    if (s->rows == 0 || s->rows > MOST_ROWS || s->left < sizeof forms)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s", nonsense);
    s->left -= sizeof forms;
    NDUP_TRY(take(s, forms, sizeof forms, err));
    for (size_t i = 0; i < NDUP_TABLE_COLUMNS; i++)
        s->columns[i] = (struct ndup_table_strings){.form = forms[i]};
    ndup_buf_clear(&s->held);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        struct ndup_table_strings *column = &s->columns[order[i]];
        if (column->form == 0)
            continue;
        NDUP_TRY(hold_column(s, column, &bytes, err));
        NDUP_TRY(hold(s, bytes, &column->data, err));
    }
    NDUP_TRY(hold_column(s, text, &bytes, err));
    s->row = 0;
    return bytes == s->left ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_FORMAT, "%s", nonsense);
}

static neardup_status end_answer(struct ndup_table_stream *s, neardup_error *err)
{
    char message[MOST_MESSAGE + 1];
    s->ended = true;
    if (s->left > MOST_MESSAGE)
        return ndup_fail(err, NEARDUP_E_FORMAT, "%s", nonsense);
    size_t length = (size_t)s->left;
    s->left = 0;
    NDUP_TRY(take(s, message, length, err));
    message[length] = '\0';
    return length == 0 ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_IO, "pyarrow: %.300s", message);
}

static neardup_status next_block(struct ndup_table_stream *s, neardup_error *err)
{
    struct {
        uint32_t kind, rows;
        uint64_t length;
    } head;
    NDUP_TRY(take(s, &head, sizeof head, err));
    s->kind = head.kind;
    s->rows = head.rows;
    s->left = head.length;
    return NEARDUP_OK;
}

neardup_status ndup_table_stream_ready(struct ndup_table_stream *s, neardup_error *err)
{
    NDUP_TRY(next_block(s, err));
    return s->kind == READY && s->left == 0 ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_FORMAT, "%s", nonsense);
}

/* ---- an answer ---- */

static neardup_status enter_block(struct ndup_table_stream *s, neardup_error *err)
{
    NDUP_TRY(next_block(s, err));
    if (s->kind == ROWS)
        return begin_rows(s, err);
    if (s->kind == END)
        return end_answer(s, err);
    return s->kind == BYTES ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_FORMAT, "%s", nonsense);
}

neardup_status ndup_table_stream_begin(struct ndup_table_stream *s, const struct ndup_format **format,
                                       neardup_error *err)
{
    s->ended = false;
    s->left = s->text_left = s->given = 0;
    s->row = s->rows = 0;
    s->record_at = 0;
    ndup_buf_clear(&s->record);
    neardup_status st = enter_block(s, err);
    *format = s->kind == BYTES ? ndup_format_of(NEARDUP_INPUT_JSONL) : &ndup_input_rows;
    s->ended = s->ended || st != NEARDUP_OK;
    return st;
}

static void get_name(const struct ndup_table_stream *s, enum ndup_table_column which, struct ndup_row_value *value)
{
    const struct ndup_table_strings *column = &s->columns[which];
    uint64_t begin, length;
    *value = (struct ndup_row_value){.bytes = NULL};
    if (column->form == 0 || !find_value(s, column, s->row, &begin, &length))
        return;
    *value = (struct ndup_row_value){s->held.data + column->data + begin, (size_t)length,
                                     (column->form & NDUP_TABLE_JSON) != 0};
}

/* The beginning of the record of the next row. Bytes that do not follow are skipped: in Arrow a row without a text may have some. */
static neardup_status begin_record(struct ndup_table_stream *s, neardup_error *err)
{
    struct ndup_row_names names;
    uint64_t begin, length;
    bool has_text = find_value(s, &s->columns[NDUP_TABLE_TEXT], s->row, &begin, &length);
    get_name(s, NDUP_TABLE_ID, &names.id);
    get_name(s, NDUP_TABLE_GROUP, &names.group);
    get_name(s, NDUP_TABLE_KEEP, &names.keep);
    ndup_buf_clear(&s->record);
    s->record_at = 0;
    s->text_left = ndup_rows_put(&s->record, &names, has_text, length);
    if (s->record.failed)
        return ndup_fail_nomem(err);
    length -= s->text_left;
    s->left -= s->text_left;
    for (size_t got; length > 0; length -= got, s->left -= got) {
        char passed[4096];
        NDUP_TRY(take_some(s, passed, length < sizeof passed ? length : sizeof passed, &got, err));
    }
    s->row++;
    return NEARDUP_OK;
}

/* Some bytes of the answer, or a step towards them. */
static neardup_status step(struct ndup_table_stream *s, char *to, size_t room, size_t *got, neardup_error *err)
{
    *got = 0;
    if (s->record_at < s->record.len) {
        size_t n = s->record.len - s->record_at;
        *got = n < room ? n : room;
        memcpy(to, s->record.data + s->record_at, *got);
        s->record_at += *got;
        return NEARDUP_OK;
    }
    if (s->text_left > 0) {
        NDUP_TRY(take_some(s, to, s->text_left < room ? s->text_left : room, got, err));
        s->text_left -= *got;
        return NEARDUP_OK;
    }
    if (s->kind == ROWS && s->row < s->rows)
        return begin_record(s, err);
    if (s->kind == BYTES && s->left > 0) {
        NDUP_TRY(take_some(s, to, s->left < room ? s->left : room, got, err));
        s->left -= *got;
        return NEARDUP_OK;
    }
    return enter_block(s, err);
}

neardup_status ndup_table_stream_read(struct ndup_table_stream *s, void *buffer, size_t capacity, size_t *got,
                                      neardup_error *err)
{
    *got = 0;
    while (*got < capacity && !s->ended) {
        size_t n;
        neardup_status st = step(s, (char *)buffer + *got, capacity - *got, &n, err);
        *got += n;
        s->given += n;
        if (st != NEARDUP_OK) {
            s->ended = true;
            return st;
        }
    }
    return NEARDUP_OK;
}

bool ndup_table_stream_rests(const struct ndup_table_stream *s)
{
    return s->ended && s->kind == END && s->left == 0 && s->chunk_at == s->chunk_len;
}

void ndup_table_stream_free(struct ndup_table_stream *s)
{
    free(s->chunk);
    ndup_buf_free(&s->held);
    ndup_buf_free(&s->record);
    *s = (struct ndup_table_stream){.read = s->read, .context = s->context};
}
