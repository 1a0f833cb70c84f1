/* SPDX-License-Identifier: MIT
 * A survey walks records value by value and counts their members by path, as --text-field takes paths: "meta.title",
 * "tags[]", "messages[].content". It runs only where a field was not found, so it needs no speed; its size is bounded. */
#include "base/platform.h"

#include "input/survey.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "base/utf8_check.h"
#include "input/json_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nobody reads more names than fit on a few lines; objects that use ids as names have millions. */
#define MOST_FIELDS 256u
#define LONGEST     96u
/* Objects and arrays entered in each other, the record itself not counted. Texts are rarely deeper. */
#define DEEPEST 3u
/* Of an array. All elements usually have the same members. */
#define MOST_ELEMENTS 8u

enum type { OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, NIL, TYPES };
static const char *const type_names[TYPES] = {"object", "array", "string", "number", "boolean", "null"};

struct ndup_survey_field {
    char path[LONGEST + 1];
    bool entered;     /* the fields in it are listed, in place of it if it is usually an object or array */
    uint64_t records; /* that have it */
    uint64_t last;    /* the latest of them, counted from 1 */
    uint64_t types[TYPES];
    uint64_t text_bytes; /* of its strings, as written */
};

void ndup_survey_free(struct ndup_survey *survey)
{
    ndup_json_reader_destroy(survey->reader);
    free(survey->fields);
    *survey = (struct ndup_survey){0};
}

/* ---- counting ---- */

/* The field of this path; NULL with OK: there are too many. */
static neardup_status find(struct ndup_survey *s, const char *path, struct ndup_survey_field **out, neardup_error *err)
{
    *out = NULL;
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->fields[i].path, path) == 0) {
            *out = &s->fields[i];
            return NEARDUP_OK;
        }
    }
    if (s->count == MOST_FIELDS)
        return NEARDUP_OK;
    if (!ndup_grow(&s->fields, &s->capacity, s->count + 1, sizeof *s->fields))
        return ndup_fail_nomem(err);
    *out = &s->fields[s->count++];
    **out = (struct ndup_survey_field){.entered = false};
    memcpy((*out)->path, path, strlen(path) + 1);
    return NEARDUP_OK;
}

static enum type type_of(const struct ndup_json_value *value)
{
    static const enum type types[] = {
        [NDUP_JSON_OBJECT] = OBJECT, [NDUP_JSON_ARRAY] = ARRAY,  [NDUP_JSON_STRING] = STRING,
        [NDUP_JSON_NUMBER] = NUMBER, [NDUP_JSON_TRUE] = BOOLEAN, [NDUP_JSON_FALSE] = BOOLEAN,
        [NDUP_JSON_NULL] = NIL};
    return types[value->type];
}

static neardup_status count(struct ndup_survey *s, const char *path, const struct ndup_json_value *value, bool entered,
                            neardup_error *err)
{
    struct ndup_survey_field *field;
    NDUP_TRY(find(s, path, &field, err));
    if (field == NULL)
        return NEARDUP_OK;
    enum type type = type_of(value);
    field->entered = field->entered || entered;
    if (field->last != s->records) {
        field->records++;
        field->types[type]++;
    }
    field->last = s->records;
    field->text_bytes += type == STRING ? value->raw_len - 2 : 0;
    return NEARDUP_OK;
}

/* Writes the path of a member, in which what has a meaning in paths is escaped. False: too long, or not fit to be shown. */
static bool put_member(char *path, size_t *length, const struct ndup_json_value *value)
{
    size_t characters, n = *length;
    if (value->key_len == 0 || ndup_utf8_pass(value->key, value->key_len, &characters) != value->key_len)
        return false;
    if (n > 0 && n < LONGEST)
        path[n++] = '.';
    for (size_t i = 0; i < value->key_len; i++) {
        unsigned char c = (unsigned char)value->key[i];
        bool special = strchr(".,[]", c) != NULL;
        if (c < 0x20 || c == 0x7f || c == '\\' || n + special >= LONGEST)
            return false;
        if (special)
            path[n++] = '\\';
        path[n++] = (char)c;
    }
    path[n] = '\0';
    *length = n;
    return true;
}

static neardup_status walk(struct ndup_survey *s, char *path, size_t length, size_t depth, neardup_error *err)
{
    struct ndup_json_value value;
    size_t elements = 0;
    while (ndup_json_reader_next(s->reader, &value) == NDUP_JSON_VALUE) {
        size_t n = length;
        if (value.key != NULL ? !put_member(path, &n, &value) : ++elements > MOST_ELEMENTS || n + 2 > LONGEST)
            continue;
        if (value.key == NULL) {
            memcpy(path + n, "[]", 3);
            n += 2;
        }
        bool enter = (value.type == NDUP_JSON_OBJECT || value.type == NDUP_JSON_ARRAY) && depth < DEEPEST;
        NDUP_TRY(count(s, path, &value, enter, err));
        if (enter) {
            ndup_json_reader_enter(s->reader);
            NDUP_TRY(walk(s, path, n, depth + 1, err));
        }
        path[length] = '\0';
    }
    /* The reading pass has reported a fault of the record. */
    return NEARDUP_OK;
}

neardup_status ndup_survey_add(struct ndup_survey *s, const char *record, size_t length, neardup_error *err)
{
    char path[LONGEST + 1] = "";
    if (s->reader == NULL)
        NDUP_TRY(ndup_json_reader_create(&s->reader, err));
    s->records++;
    return ndup_json_reader_begin(s->reader, record, length) == NULL ? walk(s, path, 0, 0, err) : NEARDUP_OK;
}

neardup_status ndup_survey_merge(struct ndup_survey *s, const struct ndup_survey *other, neardup_error *err)
{
    for (size_t i = 0; i < other->count; i++) {
        const struct ndup_survey_field *from = &other->fields[i];
        struct ndup_survey_field *to;
        NDUP_TRY(find(s, from->path, &to, err));
        if (to == NULL)
            continue;
        to->entered = to->entered || from->entered;
        to->records += from->records;
        to->text_bytes += from->text_bytes;
        for (size_t k = 0; k < TYPES; k++)
            to->types[k] += from->types[k];
    }
    s->records += other->records;
    return NEARDUP_OK;
}

/* ---- what came out ---- */

static int by_share(const void *left, const void *right)
{
    const struct ndup_survey_field *a = left, *b = right;
    if (a->records != b->records)
        return a->records > b->records ? -1 : 1;
    if (a->text_bytes != b->text_bytes)
        return a->text_bytes > b->text_bytes ? -1 : 1;
    return strcmp(a->path, b->path);
}

void ndup_survey_sort(struct ndup_survey *s)
{
    if (s->count > 1)
        qsort(s->fields, s->count, sizeof *s->fields, by_share);
}

static enum type usual_type(const struct ndup_survey_field *field)
{
    size_t most = STRING;
    for (size_t i = 0; i < TYPES; i++) {
        if (field->types[i] > field->types[most])
            most = i;
    }
    return (enum type)most;
}

void ndup_survey_list(const struct ndup_survey *s, size_t most, struct ndup_buf *to)
{
    bool any = false;
    for (size_t i = 0; i < s->count; i++) {
        const struct ndup_survey_field *f = &s->fields[i];
        char text[LONGEST + 64];
        enum type type = usual_type(f);
        if (f->entered && (type == OBJECT || type == ARRAY))
            continue;
        double percent = 100 * (double)f->records / (double)s->records;
        int n = snprintf(text, sizeof text, "%s%s (%s, %s%.0f %%)", any ? ", " : "", f->path, type_names[type],
                         percent > 0 && percent < 0.5 ? "<" : "", percent > 0 && percent < 0.5 ? 1 : percent);
        if ((size_t)n + sizeof ", ..." > most) {
            ndup_buf_append_str(to, any ? ", ..." : "...");
            return;
        }
        most -= (size_t)n;
        ndup_buf_append_str(to, text);
        any = true;
    }
}

const char *ndup_survey_text(const struct ndup_survey *s)
{
    const struct ndup_survey_field *best = NULL;
    for (size_t i = 0; i < s->count; i++) {
        if (s->fields[i].text_bytes > 0 && (best == NULL || s->fields[i].text_bytes > best->text_bytes))
            best = &s->fields[i];
    }
    return best != NULL ? best->path : NULL;
}

const char *ndup_survey_nearest(const struct ndup_survey *s, const char *name)
{
    const char *names[MOST_FIELDS];
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        names[n++] = s->fields[i].path;
    return n > 0 ? ndup_suggest_nearest(name, names, n) : NULL;
}
