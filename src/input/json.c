/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/json.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "input/json_impl.h"
#include "input/json_index.h"
#include "input/reader.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT, ID, KEEP, FIELDS };

struct ndup_json {
    struct ndup_json_index *index;
    struct ndup_json_field fields[FIELDS];
    size_t field_count; /* without KEEP: one less */
    struct ndup_json_text undone;
    struct ndup_buf repaired; /* the record as UTF-8 */
};

/* ---- create and destroy ---- */

static neardup_status set_field(struct ndup_json_field *field, const char *path, neardup_error *err)
{
    size_t len = strlen(path);
    if (len == 0 || len > NDUP_JSON_PATH_MAX)
        return ndup_fail(err, NEARDUP_E_ARG, "a field name must have 1 to %zu bytes", NDUP_JSON_PATH_MAX);
    field->path_len = len;
    field->path = strdup(path);
    field->parts = ndup_alloc(len + 1, sizeof *field->parts);
    if (field->path == NULL || field->parts == NULL)
        return ndup_fail_nomem(err);
    for (const char *at = field->path;;) {
        size_t part = strcspn(at, ".");
        field->parts[field->part_count++] = (struct ndup_json_part){at, part};
        if (at[part] == '\0')
            return NEARDUP_OK;
        at += part + 1;
    }
}

static neardup_status prepare(struct ndup_json *json, const char *const paths[FIELDS], neardup_error *err)
{
    for (size_t i = 0; i < FIELDS && paths[i] != NULL; i++) {
        NDUP_TRY(set_field(&json->fields[i], paths[i], err));
        json->field_count = i + 1;
    }
    json->fields[TEXT].undone = &json->undone;
    json->index = ndup_json_index_create();
    return json->index != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

neardup_status ndup_json_create(struct ndup_json **out, const char *text_field, const char *id_field,
                                const char *keep_field, neardup_error *err)
{
    *out = NULL;
    struct ndup_json *json = ndup_calloc(1, sizeof *json);
    if (json == NULL)
        return ndup_fail_nomem(err);
    const char *const paths[FIELDS] = {text_field, id_field, keep_field};
    neardup_status status = prepare(json, paths, err);
    if (status != NEARDUP_OK) {
        ndup_json_destroy(json);
        return status;
    }
    *out = json;
    return NEARDUP_OK;
}

void ndup_json_destroy(struct ndup_json *json)
{
    if (json == NULL)
        return;
    for (size_t i = 0; i < FIELDS; i++) {
        free(json->fields[i].path);
        free(json->fields[i].parts);
    }
    ndup_json_index_destroy(json->index);
    ndup_buf_free(&json->undone.buf);
    ndup_buf_free(&json->repaired);
    free(json);
}

/* ---- parse ---- */

static const char *message_of(enum ndup_json_index_result result)
{
    switch (result) {
    case NDUP_JSON_INDEXED:
        return NULL;
    case NDUP_JSON_NOMEM:
        return "out of memory";
    case NDUP_JSON_TOO_LONG:
        return "record of 4 GB or more";
    case NDUP_JSON_NOTHING:
        return "not JSON: nothing but white space";
    case NDUP_JSON_OPEN_STRING:
        return "not JSON: a string does not end";
    case NDUP_JSON_CONTROL:
        return "not JSON: a control character in a string";
    case NDUP_JSON_BAD_UTF8:
        return "not JSON: not UTF-8";
    case NDUP_JSON_UNKNOWN:
        break;
    }
    return "not JSON";
}

/* The record with its bad bytes replaced takes the place of the record. */
static bool repair(struct ndup_json *json, const char **record, size_t *len)
{
    struct ndup_buf *to = &json->repaired;
    if (!ndup_json_fit(to, *len))
        return false;
    ndup_json_repair_utf8(to, *record, *len);
    if (!ndup_buf_reserve(to, NDUP_PADDING) || to->failed)
        return false;
    memset(to->data + to->len, 0, NDUP_PADDING);
    *record = to->data;
    *len = to->len;
    return true;
}

static const struct ndup_json_value *value_of(const struct ndup_json_field *field)
{
    return field->by_key.kind != NDUP_JSON_NONE ? &field->by_key : &field->by_path;
}

static void set_raw(const struct ndup_json_field *field, const char *record, const char **raw, size_t *len)
{
    const struct ndup_json_value *value = value_of(field);
    if (value->kind == NDUP_JSON_STRING || value->kind == NDUP_JSON_NUMBER) {
        *raw = record + value->at;
        *len = value->len;
    }
}

static const char *set_text(struct ndup_json *json, const char *record, struct ndup_json_record *out)
{
    const struct ndup_json_value *value = value_of(&json->fields[TEXT]);
    if (value->kind == NDUP_JSON_NONE)
        return "no text field";
    if (value->kind != NDUP_JSON_STRING)
        return "text field is not a string";
    if (!value->escaped) {
        out->text = record + value->at + 1;
        out->text_len = value->len - 2;
        return NULL;
    }
    /* Not the last one met if both a path and a key with dots name it. */
    const char *wrong = json->undone.at == value->at ? NULL : ndup_json_undo(&json->undone, record, value);
    out->text = json->undone.buf.data;
    out->text_len = json->undone.buf.len;
    return wrong;
}

const char *ndup_json_parse(struct ndup_json *json, const char *record, size_t len, struct ndup_json_record *out)
{
    memset(out, 0, sizeof *out);
    if (len >= 3 && memcmp(record, "\xef\xbb\xbf", 3) == 0) {
        record += 3;
        len -= 3;
    }
    const uint32_t *tokens = NULL;
    size_t count = 0;
    enum ndup_json_index_result result = ndup_json_index_run(json->index, record, len, &tokens, &count);
    if (NDUP_UNLIKELY(result == NDUP_JSON_BAD_UTF8)) {
        if (!repair(json, &record, &len))
            return "out of memory";
        out->invalid_utf8 = true;
        result = ndup_json_index_run(json->index, record, len, &tokens, &count);
    }
    if (result != NDUP_JSON_INDEXED)
        return message_of(result);
    json->undone.at = 0;
    const char *wrong = ndup_json_walk(record, len, tokens, count, json->fields, json->field_count);
    if (wrong != NULL)
        return wrong;
    set_raw(&json->fields[ID], record, &out->id, &out->id_len);
    if (json->field_count > KEEP)
        set_raw(&json->fields[KEEP], record, &out->keep, &out->keep_len);
    return set_text(json, record, out);
}
