/* SPDX-License-Identifier: MIT
 * Fields after their lengths: rows.h. The text comes last, so that the bytes after it are those of the next record, or the
 * padding of the batch. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "input/formats.h"
#include "input/json_put.h"
#include "input/rows.h"

#include <stdlib.h>
#include <string.h>

#define NONE     UINT32_MAX
#define TOO_LONG (UINT32_MAX - 1) /* the length of a text */

/* In the byte order of this machine: nobody else reads it. */
struct head {
    uint32_t text, id, group, keep; /* lengths; NONE: there is none */
};

/* ---- writing ---- */

/* The length of a name as JSON, which is appended. The corpus drops names that are too long, too (NDUP_BLOB_MAX). */
static uint32_t put_name(struct ndup_buf *to, const struct ndup_row_value *value)
{
    size_t length = value->length;
    if (value->bytes == NULL || length > UINT32_MAX / 8)
        return NONE;
    if (value->json) {
        ndup_buf_append(to, value->bytes, length);
        return (uint32_t)length;
    }
    if (!ndup_buf_reserve(to, ndup_json_room(length)))
        return NONE;
    char *begin = to->data + to->len, *end = ndup_json_put_string(begin, value->bytes, length);
    to->len += (size_t)(end - begin);
    return (uint32_t)(end - begin);
}

size_t ndup_rows_put(struct ndup_buf *to, const struct ndup_row_names *names, bool has_text, uint64_t text_length)
{
    struct head head = {.text = !has_text ? NONE : text_length < TOO_LONG ? (uint32_t)text_length : TOO_LONG};
    size_t at = to->len;
    ndup_buf_append(to, &head, sizeof head);
    head.id = put_name(to, &names->id);
    head.group = put_name(to, &names->group);
    head.keep = put_name(to, &names->keep);
    if (!to->failed)
        memcpy(to->data + at, &head, sizeof head);
    return head.text < TOO_LONG ? head.text : 0;
}

/* ---- reading ---- */

static uint64_t present(uint32_t length)
{
    return length < TOO_LONG ? length : 0;
}

/* The length of the record that the bytes begin with; 0: not all of it is there. */
static uint64_t measure(const char *at, size_t left, struct head *head)
{
    if (left < sizeof *head)
        return 0;
    memcpy(head, at, sizeof *head);
    uint64_t length =
        sizeof *head + present(head->id) + present(head->group) + present(head->keep) + present(head->text);
    return length <= left ? length : 0;
}

static void find_end(struct ndup_record_ends *ends, const char *data, size_t len)
{
    struct head head;
    uint64_t length;
    while ((length = measure(data + ends->end, len - ends->end, &head)) > 0)
        ends->end += (size_t)length;
}

/* What is cut off at the end is a record that has no text. */
static bool next_row(struct ndup_records *it, struct ndup_document *d)
{
    struct head head;
    if (it->at == it->end)
        return false;
    uint64_t length = measure(it->at, (size_t)(it->end - it->at), &head);
    if (length == 0)
        length = (uint64_t)(it->end - it->at);
    *d = (struct ndup_document){.record = it->at,
                                .record_length = (size_t)length,
                                .length = (size_t)length,
                                .line = it->line,
                                .end_line = it->line + 1};
    it->at += length;
    it->line++;
    return true;
}

static const char *take(const char **at, uint32_t length, size_t *taken)
{
    const char *value = length < TOO_LONG ? *at : NULL;
    *taken = present(length);
    *at += *taken;
    return value;
}

/* A record is parsed without anything that could be kept for the next one; but a format that parses has a state. */
static neardup_status create_state(void **state, const struct ndup_fields *fields, neardup_error *err)
{
    (void)fields;
    *state = ndup_alloc(1, 1);
    return *state != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

static bool parse_row(void *state, const struct ndup_head *no_head, struct ndup_document *d)
{
    struct head head;
    (void)state;
    (void)no_head;
    *d = (struct ndup_document){.record = d->record,
                                .record_length = d->record_length,
                                .length = d->length,
                                .line = d->line,
                                .end_line = d->end_line};
    if (measure(d->record, d->length, &head) != d->length || d->length == 0) {
        d->problem = "the row is cut off";
        return true;
    }
    const char *at = d->record + sizeof head;
    d->id = take(&at, head.id, &d->id_length);
    d->group = take(&at, head.group, &d->group_length);
    d->keep = take(&at, head.keep, &d->keep_length);
    d->text = d->raw = take(&at, head.text, &d->text_length);
    d->raw_length = d->text_length;
    d->no_text = head.text == NONE;
    if (d->text == NULL)
        d->problem = d->no_text ? ndup_no_text_field : "the text is longer than 4 GiB";
    return true;
}

const struct ndup_format ndup_input_rows = {
    .code = (neardup_input_format)NDUP_INPUT_ROWS,
    .suffixes = "",
    .has_text_field = true,
    .least_bytes = 200,
    .find_end = find_end,
    .next = next_row,
    .create = create_state,
    .parse = parse_row,
    .destroy = free,
};
