/* SPDX-License-Identifier: MIT
 * Tables of others as documents: a stream of the Arrow C stream interface (neardup_job_add_arrow). The interface is three
 * structures and no library (neardup_arrow.h).
 *
 * A column that is wanted is found by its name in the schema; in each batch it is then an array below the array of the
 * rows. Strings are used where they are. Ids and groups that are numbers become text once, when their batch arrives. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "neardup_arrow.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns ---- */

enum kind {
    KIND_NONE, /* cannot be read */
    KIND_NULL,
    KIND_TEXT32, /* offsets of 32 bits */
    KIND_TEXT64,
    KIND_VIEW,
    KIND_BOOL,
    KIND_I8,
    KIND_U8,
    KIND_I16,
    KIND_U16,
    KIND_I32,
    KIND_U32,
    KIND_I64,
    KIND_U64,
    KIND_F32,
    KIND_F64,
};

#define DEEPEST 8u /* structs inside structs */

struct column { /* of the schema */
    const char *name;
    bool given; /* its path is known */
    unsigned depth;
    int64_t path[DEEPEST];
    enum kind kind;
    bool dictionary; /* kind is that of the dictionary, index that of the numbers in it */
    enum kind index;
};

struct texts { /* numbers of a column as text, one batch */
    char *bytes;
    uint64_t *ends; /* [rows]; row i is bytes[ends[i - 1] .. ends[i]) */
};

struct arrow_batch {
    struct ArrowArray array;
    uint64_t first; /* row */
    struct texts ids, groups;
};

enum { TEXT, ID, GROUP, KEEP, COLUMNS };

struct ndup_arrow {
    struct ArrowArrayStream stream;
    bool hold, ended;
    struct column columns[COLUMNS];
    struct arrow_batch *batches; /* held: all; else at most one, whose rows are being given */
    size_t count, capacity;
    uint64_t rows; /* of the batches that came */
    uint64_t text_bytes;
};

static enum kind kind_of_format(const char *format)
{
    static const char letters[] = "nbcCsSiIlLfguUzZ";
    static const enum kind kinds[] = {KIND_NULL,   KIND_BOOL,   KIND_I8,     KIND_U8,    KIND_I16, KIND_U16,
                                      KIND_I32,    KIND_U32,    KIND_I64,    KIND_U64,   KIND_F32, KIND_F64,
                                      KIND_TEXT32, KIND_TEXT64, KIND_TEXT32, KIND_TEXT64};
    if (strcmp(format, "vu") == 0 || strcmp(format, "vz") == 0)
        return KIND_VIEW;
    if (strcmp(format, "tdD") == 0 || strcmp(format, "tts") == 0 || strcmp(format, "ttm") == 0)
        return KIND_I32;
    /* Dates in milliseconds, timestamps, times of day and durations are counted in 64 bits. */
    if (format[0] == 't')
        return format[1] == 'i' ? KIND_NONE : KIND_I64; /* intervals have several numbers */
    const char *at = format[0] != '\0' && format[1] == '\0' ? strchr(letters, format[0]) : NULL;
    return at != NULL ? kinds[at - letters] : KIND_NONE;
}

static bool is_text(enum kind kind)
{
    return kind == KIND_TEXT32 || kind == KIND_TEXT64 || kind == KIND_VIEW;
}

/* What a type is called in messages. */
static const char *type_name(const struct ArrowSchema *schema)
{
    const char *f = schema->format;
    if (schema->dictionary != NULL)
        return "dictionary";
    if (f[0] == '+')
        return f[1] == 's' ? "struct" : f[1] == 'm' ? "map" : "list";
    if (f[0] == 'd')
        return "decimal";
    if (f[0] == 't')
        return f[1] == 's' ? "timestamp" : f[1] == 'd' ? "date" : f[1] == 't' ? "time" : "duration";
    static const char *const names[] = {
        [KIND_NONE] = "other",       [KIND_NULL] = "null",  [KIND_TEXT32] = "string", [KIND_TEXT64] = "large_string",
        [KIND_VIEW] = "string_view", [KIND_BOOL] = "bool",  [KIND_I8] = "int8",       [KIND_U8] = "uint8",
        [KIND_I16] = "int16",        [KIND_U16] = "uint16", [KIND_I32] = "int32",     [KIND_U32] = "uint32",
        [KIND_I64] = "int64",        [KIND_U64] = "uint64", [KIND_F32] = "float",     [KIND_F64] = "double"};
    return f[0] == 'z' || f[0] == 'Z' ? "binary" : names[kind_of_format(f)];
}

/* Finds the column of this name, which may be a path of struct fields with dots: the whole name first. */
static const struct ArrowSchema *find_column(const struct ArrowSchema *schema, const char *name, struct column *column)
{
    for (int64_t i = 0; column->depth < DEEPEST && i < schema->n_children; i++) {
        const struct ArrowSchema *child = schema->children[i];
        const char *own = child->name != NULL ? child->name : "";
        size_t n = strlen(own);
        if (strncmp(name, own, n) != 0 || (name[n] != '\0' && name[n] != '.'))
            continue;
        column->path[column->depth++] = i;
        if (name[n] == '\0')
            return child;
        const struct ArrowSchema *found =
            strcmp(child->format, "+s") == 0 ? find_column(child, name + n + 1, column) : NULL;
        if (found != NULL)
            return found;
        column->depth--;
    }
    return NULL;
}

static neardup_status fail_no_column(const struct ArrowSchema *schema, const char *name, neardup_error *err)
{
    struct ndup_buf list = NDUP_BUF_INIT;
    for (int64_t i = 0; i < schema->n_children && list.len < 400; i++)
        ndup_buf_printf(&list, "%s%s (%s)", i == 0 ? "" : ", ",
                        schema->children[i]->name != NULL ? schema->children[i]->name : "",
                        type_name(schema->children[i]));
    neardup_status st = ndup_fail(err, NEARDUP_E_ARG, "the table has no column '%s'; its columns: %.*s", name,
                                  (int)list.len, list.failed ? "" : list.data);
    ndup_buf_free(&list);
    return st;
}

static neardup_status bind_column(const struct ArrowSchema *schema, struct column *column, bool text, bool number,
                                  neardup_error *err)
{
    const struct ArrowSchema *found = schema;
    if (schema->n_children > 0 || strcmp(schema->format, "+s") == 0)
        found = find_column(schema, column->name, column);
    if (found == NULL)
        return fail_no_column(schema, column->name, err);
    column->dictionary = found->dictionary != NULL;
    column->index = kind_of_format(found->format);
    column->kind = column->dictionary ? kind_of_format(found->dictionary->format) : column->index;
    bool good = column->kind != KIND_NONE && (!text || is_text(column->kind) || column->kind == KIND_NULL) &&
                (!number || !is_text(column->kind));
    if (column->dictionary && (column->index < KIND_I8 || column->index > KIND_U64 || !is_text(column->kind)))
        good = false;
    if (!good)
        return ndup_fail(err, NEARDUP_E_ARG, "the column '%s' is of type %s: expected %s", column->name,
                         type_name(found),
                         text     ? "strings"
                         : number ? "numbers, dates or timestamps"
                                  : "strings or numbers");
    column->given = true;
    return NEARDUP_OK;
}

static bool has_column(const struct ArrowSchema *schema, const char *name)
{
    struct column unused = {.name = name};
    return find_column(schema, name, &unused) != NULL;
}

static neardup_status bind_columns(struct ndup_arrow *a, const neardup_job_options *o, const struct ArrowSchema *schema,
                                   neardup_error *err)
{
    struct column *c = a->columns;
    bool keyed = o->keep == NEARDUP_KEEP_MAX || o->keep == NEARDUP_KEEP_MIN;
    bool table = strcmp(schema->format, "+s") == 0;
    c[TEXT].name = o->text_field;
    c[ID].name = o->id_field;
    c[GROUP].name = o->group_field;
    c[KEEP].name = o->keep_field;
    NDUP_TRY(bind_column(schema, &c[TEXT], true, false, err));
    if (!table) /* a list of strings: they have no other columns */
        return NEARDUP_OK;
    /* The name "id" is the default: without such a column documents have no id. */
    if (o->id_field != NULL && (strcmp(o->id_field, "id") != 0 || has_column(schema, o->id_field)))
        NDUP_TRY(bind_column(schema, &c[ID], false, false, err));
    if (o->group_field != NULL)
        NDUP_TRY(bind_column(schema, &c[GROUP], false, false, err));
    return keyed ? bind_column(schema, &c[KEEP], false, true, err) : NEARDUP_OK;
}

/* ---- values ---- */

static bool bit(const void *bits, uint64_t i)
{
    return (((const uint8_t *)bits)[i / 8] >> (i % 8) & 1) != 0;
}

static bool is_valid(const struct ArrowArray *array, uint64_t i)
{
    return array->n_buffers == 0 || array->buffers[0] == NULL || bit(array->buffers[0], i);
}

/* The array that has the column of a batch, and the place of a row in it; NULL: a struct on the way is null there. */
static const struct ArrowArray *find_row(const struct column *column, const struct arrow_batch *batch, uint64_t row,
                                         uint64_t *place)
{
    const struct ArrowArray *array = &batch->array;
    uint64_t i = row + (uint64_t)array->offset;
    for (unsigned d = 0; d < column->depth; d++) {
        if (!is_valid(array, i))
            return NULL;
        array = array->children[column->path[d]];
        i += (uint64_t)array->offset;
    }
    *place = i;
    return array;
}

static int64_t read_integer(const struct ArrowArray *array, enum kind kind, uint64_t i)
{
    const void *values = array->buffers[1];
    if (kind == KIND_BOOL)
        return bit(values, i);
    if (kind == KIND_I8)
        return ((const int8_t *)values)[i];
    if (kind == KIND_U8)
        return ((const uint8_t *)values)[i];
    if (kind == KIND_I16)
        return ((const int16_t *)values)[i];
    if (kind == KIND_U16)
        return ((const uint16_t *)values)[i];
    if (kind == KIND_I32)
        return ((const int32_t *)values)[i];
    if (kind == KIND_U32)
        return ((const uint32_t *)values)[i];
    return ((const int64_t *)values)[i]; /* U64, too: its callers make it unsigned again */
}

static double read_number(const struct ArrowArray *array, enum kind kind, uint64_t i)
{
    if (kind == KIND_F32)
        return (double)((const float *)array->buffers[1])[i];
    if (kind == KIND_F64)
        return ((const double *)array->buffers[1])[i];
    int64_t value = read_integer(array, kind, i);
    return kind == KIND_U64 ? (double)(uint64_t)value : (double)value;
}

struct string_view { /* of a view array: short strings are inside */
    int32_t length;
    union {
        char inside[12];
        struct {
            char prefix[4];
            int32_t buffer, offset;
        } outside;
    } u;
};

static void read_string(const struct ArrowArray *array, enum kind kind, uint64_t i, const char **text, size_t *length)
{
    if (kind == KIND_VIEW) {
        const struct string_view *view = (const struct string_view *)array->buffers[1] + i;
        *length = (size_t)view->length;
        *text = view->length <= 12 ? view->u.inside
                                   : (const char *)array->buffers[2 + view->u.outside.buffer] + view->u.outside.offset;
        return;
    }
    uint64_t begin, end;
    if (kind == KIND_TEXT32) {
        begin = (uint64_t)((const int32_t *)array->buffers[1])[i];
        end = (uint64_t)((const int32_t *)array->buffers[1])[i + 1];
    } else {
        begin = (uint64_t)((const int64_t *)array->buffers[1])[i];
        end = (uint64_t)((const int64_t *)array->buffers[1])[i + 1];
    }
    *length = (size_t)(end - begin);
    /* Arrays of empty strings may have no bytes at all. */
    *text = end > begin ? (const char *)array->buffers[2] + begin : "";
}

/* False: null. */
static bool get_string(const struct column *column, const struct arrow_batch *batch, uint64_t row, const char **text,
                       size_t *length)
{
    uint64_t i;
    const struct ArrowArray *array = column->kind != KIND_NULL ? find_row(column, batch, row, &i) : NULL;
    if (array == NULL || !is_valid(array, i))
        return false;
    if (column->dictionary) {
        i = (uint64_t)read_integer(array, column->index, i);
        array = array->dictionary;
        i += (uint64_t)array->offset;
        if (!is_valid(array, i))
            return false;
    }
    read_string(array, column->kind, i, text, length);
    return true;
}

static double get_number(const struct column *column, const struct arrow_batch *batch, uint64_t row)
{
    uint64_t i;
    const struct ArrowArray *array = column->kind != KIND_NULL ? find_row(column, batch, row, &i) : NULL;
    return array == NULL || !is_valid(array, i) ? NAN : read_number(array, column->kind, i);
}

/* ---- numbers as text ---- */

static void append_value(struct ndup_buf *buf, const struct ArrowArray *array, enum kind kind, uint64_t i)
{
    if (kind == KIND_BOOL)
        ndup_buf_append_str(buf, bit(array->buffers[1], i) ? "true" : "false");
    else if (kind == KIND_F32 || kind == KIND_F64)
        ndup_buf_printf(buf, "%.17g", read_number(array, kind, i));
    else if (kind == KIND_U64)
        ndup_buf_printf(buf, "%" PRIu64, (uint64_t)read_integer(array, kind, i));
    else
        ndup_buf_printf(buf, "%" PRId64, read_integer(array, kind, i));
}

static neardup_status make_texts(const struct column *column, const struct arrow_batch *batch, struct texts *texts,
                                 neardup_error *err)
{
    if (!column->given || is_text(column->kind) || column->kind == KIND_NULL)
        return NEARDUP_OK;
    struct ndup_buf buf = NDUP_BUF_INIT;
    uint64_t rows = (uint64_t)batch->array.length;
    texts->ends = ndup_alloc((size_t)rows + 1, sizeof *texts->ends);
    for (uint64_t row = 0; texts->ends != NULL && row < rows; row++) {
        uint64_t i;
        const struct ArrowArray *array = find_row(column, batch, row, &i);
        if (array != NULL && is_valid(array, i))
            append_value(&buf, array, column->kind, i);
        texts->ends[row] = buf.len;
    }
    texts->bytes = buf.data;
    return texts->ends == NULL || buf.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* Leaves text and length alone if it is null. */
static void get_label(const struct column *column, const struct arrow_batch *batch, const struct texts *texts,
                      uint64_t row, const char **text, size_t *length)
{
    if (!column->given)
        return;
    if (texts->ends == NULL) {
        get_string(column, batch, row, text, length);
        return;
    }
    uint64_t begin = row > 0 ? texts->ends[row - 1] : 0;
    if (texts->ends[row] == begin)
        return;
    *text = texts->bytes + begin;
    *length = (size_t)(texts->ends[row] - begin);
}

/* ---- batches ---- */

static void free_batch(struct arrow_batch *batch)
{
    if (batch->array.release != NULL)
        batch->array.release(&batch->array);
    free(batch->ids.bytes);
    free(batch->ids.ends);
    free(batch->groups.bytes);
    free(batch->groups.ends);
}

void ndup_arrow_destroy(struct ndup_arrow *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < a->count; i++)
        free_batch(&a->batches[i]);
    free(a->batches);
    if (a->stream.release != NULL)
        a->stream.release(&a->stream);
    free(a);
}

static neardup_status fail_stream(struct ndup_arrow *a, int code, neardup_error *err)
{
    const char *why = a->stream.get_last_error != NULL ? a->stream.get_last_error(&a->stream) : NULL;
    if (code == ENOMEM)
        return ndup_fail_nomem(err);
    return ndup_fail(err, NEARDUP_E_IO, "cannot read the table: %.200s", why != NULL ? why : strerror(code));
}

static uint64_t count_text_bytes(const struct column *column, const struct arrow_batch *batch)
{
    uint64_t bytes = 0;
    const char *text;
    size_t length;
    for (uint64_t row = 0; row < (uint64_t)batch->array.length; row++)
        bytes += get_string(column, batch, row, &text, &length) ? length : 0;
    return bytes;
}

/* The next batch that has rows, or the end. */
static neardup_status next_batch(struct ndup_arrow *a, neardup_error *err)
{
    if (!a->hold && a->count > 0)
        free_batch(&a->batches[--a->count]);
    if (!ndup_grow(&a->batches, &a->capacity, a->count + 1, sizeof *a->batches))
        return ndup_fail_nomem(err);
    struct arrow_batch *batch = &a->batches[a->count];
    for (;;) {
        *batch = (struct arrow_batch){.first = a->rows};
        int code = a->stream.get_next(&a->stream, &batch->array);
        if (code != 0)
            return fail_stream(a, code, err);
        if (batch->array.release == NULL) {
            a->ended = true;
            return NEARDUP_OK;
        }
        if (batch->array.length > 0)
            break;
        batch->array.release(&batch->array);
    }
    a->count++;
    a->rows += (uint64_t)batch->array.length;
    NDUP_TRY(make_texts(&a->columns[ID], batch, &batch->ids, err));
    NDUP_TRY(make_texts(&a->columns[GROUP], batch, &batch->groups, err));
    if (a->hold)
        a->text_bytes += count_text_bytes(&a->columns[TEXT], batch);
    return NEARDUP_OK;
}

/* The batch that holds the row, or NULL after the last one. */
static const struct arrow_batch *find_batch(const struct ndup_arrow *a, uint64_t row)
{
    size_t low = 0, high = a->count;
    if (row >= a->rows)
        return NULL;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (a->batches[middle].first <= row)
            low = middle;
        else
            high = middle;
    }
    return &a->batches[low];
}

/* The function of the source (neardup_source_vtable). Held batches do not change, so threads may read at once. */
static neardup_status read_rows(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                neardup_error *err)
{
    struct ndup_arrow *a = context;
    if (!a->hold && !a->ended && first >= a->rows)
        NDUP_TRY(next_batch(a, err));
    const struct arrow_batch *batch = find_batch(a, first);
    if (batch == NULL)
        return NEARDUP_OK;
    if (first < batch->first)
        return ndup_fail(err, NEARDUP_E_ARG, "this job reads the table more than once: hold its batches");
    uint64_t row = first - batch->first, rows = (uint64_t)batch->array.length;
    for (*count = 0; *count < most && row < rows; ++*count, row++) {
        neardup_document *d = &documents[*count];
        get_string(&a->columns[TEXT], batch, row, &d->text, &d->text_length);
        get_label(&a->columns[ID], batch, &batch->ids, row, &d->id, &d->id_length);
        get_label(&a->columns[GROUP], batch, &batch->groups, row, &d->group, &d->group_length);
        if (a->columns[KEEP].given)
            d->keep_by = get_number(&a->columns[KEEP], batch, row);
    }
    return NEARDUP_OK;
}

/* ---- adding ---- */

static neardup_status open_stream(struct ndup_arrow *a, const neardup_job_options *options, neardup_error *err)
{
    struct ArrowSchema schema = {.release = NULL};
    int code = a->stream.get_schema(&a->stream, &schema);
    if (code != 0)
        return fail_stream(a, code, err);
    neardup_status st = bind_columns(a, options, &schema, err);
    if (schema.release != NULL)
        schema.release(&schema);
    while (st == NEARDUP_OK && a->hold && !a->ended)
        st = next_batch(a, err);
    return st;
}

neardup_status neardup_job_add_arrow(neardup_job *job, const char *name, struct ArrowArrayStream *stream, bool hold,
                                     bool reference, neardup_error *err)
{
    struct ndup_arrow *a = ndup_calloc(1, sizeof *a);
    if (a == NULL) {
        stream->release(stream);
        return ndup_fail_nomem(err);
    }
    a->stream = *stream;
    stream->release = NULL; /* moved */
    a->hold = hold;
    neardup_status st = open_stream(a, &job->options, err);
    neardup_source_vtable vtable = {.struct_size = sizeof vtable, .bytes = a->text_bytes, .read = read_rows};
    if (hold)
        vtable.flags = NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL | NEARDUP_SOURCE_IN_PLACE;
    if (st == NEARDUP_OK)
        st = neardup_job_add_source(job, name, &vtable, a, reference, err);
    if (st != NEARDUP_OK) {
        ndup_arrow_destroy(a);
        return st;
    }
    job->inputs[job->input_count - 1].arrow = a;
    return NEARDUP_OK;
}
