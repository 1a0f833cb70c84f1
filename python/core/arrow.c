/* SPDX-License-Identifier: MIT
 * Arrow: streams that a job reads, and tables that a result is. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

/* ---- Arrow in --------------------------------------------------------------------------------------------------- */

/* A single array as a stream of one batch: what __arrow_c_array__ gives. */
struct single {
    struct ArrowSchema schema;
    struct ArrowArray array;
};

static int single_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    struct single *s = stream->private_data;
    *out = s->schema;
    s->schema.release = NULL;
    return 0;
}

static int single_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct single *s = stream->private_data;
    *out = s->array;
    s->array.release = NULL;
    return 0;
}

static const char *single_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return NULL;
}

static void single_release(struct ArrowArrayStream *stream)
{
    struct single *s = stream->private_data;
    if (s->schema.release != NULL)
        s->schema.release(&s->schema);
    if (s->array.release != NULL)
        s->array.release(&s->array);
    free(s);
    stream->release = NULL;
}

int core_take_stream(PyObject *capsules, struct ArrowArrayStream *stream)
{
    if (!PyTuple_Check(capsules)) {
        struct ArrowArrayStream *from = PyCapsule_GetPointer(capsules, "arrow_array_stream");
        if (from == NULL)
            return -1;
        *stream = *from;
        from->release = NULL;
        return 0;
    }
    PyObject *first, *second;
    if (!PyArg_ParseTuple(capsules, "OO", &first, &second))
        return -1;
    struct ArrowSchema *schema = PyCapsule_GetPointer(first, "arrow_schema");
    struct ArrowArray *array = PyCapsule_GetPointer(second, "arrow_array");
    if (schema == NULL || array == NULL)
        return -1;
    struct single *s = calloc(1, sizeof *s);
    if (s == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    s->schema = *schema;
    s->array = *array;
    schema->release = NULL;
    array->release = NULL;
    *stream = (struct ArrowArrayStream){single_schema, single_next, single_error, single_release, s};
    return 0;
}

/* ---- Arrow out: results ------------------------------------------------------------------------------------------- */

/* A column is an array of its own: who takes it out of its table may release the table first. Its bytes are those of a
 * Python object. Reasons and units are numbers that lead into a dictionary of words. */

#define WORDS_MAX 6
#define NULLABLE  2 /* ARROW_FLAG_NULLABLE */

struct words {
    const char *name; /* of the format, in the calls of neardup/result.py */
    int32_t count;
    const char *const word[WORDS_MAX];
};

static const struct words words_of_formats[] = {
    {"reason", 5, {"exact", "near", "contained", "boilerplate", "emptied"}},
    {"unit", 5, {"", "document", "paragraph", "3", "line"}}, /* 0 and 3 do not occur, and words must differ */
};

static const struct words *find_words(const char *format)
{
    for (size_t i = 0; i < sizeof words_of_formats / sizeof *words_of_formats; i++) {
        if (strcmp(format, words_of_formats[i].name) == 0)
            return &words_of_formats[i];
    }
    return NULL;
}

/* NULL: not one of ours. */
static const char *arrow_format(const char *format)
{
    static const char *const formats[] = {"l", "i", "I", "g", "U", "b"};
    if (find_words(format) != NULL)
        return "C";
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(format, formats[i]) == 0)
            return formats[i];
    }
    return NULL;
}

/* ---- schemas ---- */

/* Frees what belongs to a schema of ours: its children, its dictionary and its name. */
static void release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    if (schema->dictionary != NULL && schema->dictionary->release != NULL)
        schema->dictionary->release(schema->dictionary);
    free(schema->dictionary);
    free(schema->private_data);
    schema->release = NULL;
}

/* False: no memory; the schema releases the rest. */
static bool fill_schema(struct ArrowSchema *schema, const char *format, const char *name)
{
    *schema = (struct ArrowSchema){.format = format, .name = "", .release = release_schema};
    schema->name = schema->private_data = strdup(name);
    return schema->name != NULL;
}

static bool fill_column_schema(struct ArrowSchema *schema, const char *name, const char *format)
{
    if (!fill_schema(schema, arrow_format(format), name))
        return false;
    schema->flags = strcmp(format, "U") == 0 ? NULLABLE : 0;
    if (find_words(format) == NULL)
        return true;
    schema->dictionary = calloc(1, sizeof *schema->dictionary);
    return schema->dictionary != NULL && fill_schema(schema->dictionary, "u", "");
}

/* ---- arrays ---- */

struct owned {           /* private data of an array */
    PyObject *column;    /* the tuple whose bytes the buffers are */
    unsigned char *bits; /* of a column of bytes that are 0 or 1: Arrow has a bit for each */
    const void *buffers[3];
    int32_t offsets[WORDS_MAX + 1]; /* of a dictionary, and its characters */
    char characters[64];
};

static void release_array(struct ArrowArray *array)
{
    struct owned *owned = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL)
            array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    free(array->children);
    if (array->dictionary != NULL && array->dictionary->release != NULL)
        array->dictionary->release(array->dictionary);
    free(array->dictionary);
    if (owned->column != NULL) {
        PyGILState_STATE state = PyGILState_Ensure();
        Py_DECREF(owned->column);
        PyGILState_Release(state);
    }
    free(owned->bits);
    free(owned);
    array->release = NULL;
}

static struct owned *fill_array(struct ArrowArray *array, int64_t length, int64_t buffers)
{
    struct owned *owned = calloc(1, sizeof *owned);
    if (owned == NULL)
        return NULL;
    *array = (struct ArrowArray){.length = length,
                                 .n_buffers = buffers,
                                 .buffers = owned->buffers,
                                 .release = release_array,
                                 .private_data = owned};
    return owned;
}

static bool fill_dictionary(struct ArrowArray *array, const struct words *words)
{
    struct owned *owned = fill_array(array, words->count, 3);
    if (owned == NULL)
        return false;
    size_t used = 0;
    for (int32_t i = 0; i < words->count; i++) {
        size_t n = strlen(words->word[i]);
        memcpy(owned->characters + used, words->word[i], n);
        used += n;
        owned->offsets[i + 1] = (int32_t)used;
    }
    owned->buffers[1] = owned->offsets;
    owned->buffers[2] = owned->characters;
    return true;
}

/* column: (name, format, bytes), or (name, "U", offsets, characters, bits of the rows that are not null). */
static bool fill_column(struct ArrowArray *array, PyObject *column, const char *format, int64_t length)
{
    const struct words *words = find_words(format);
    bool strings = strcmp(format, "U") == 0;
    struct owned *owned = fill_array(array, length, strings ? 3 : 2);
    if (owned == NULL)
        return false;
    Py_INCREF(column);
    owned->column = column;
    owned->buffers[1] = PyBytes_AsString(PyTuple_GetItem(column, 2));
    if (strings) {
        owned->buffers[2] = PyBytes_AsString(PyTuple_GetItem(column, 3));
        owned->buffers[0] = PyBytes_AsString(PyTuple_GetItem(column, 4));
        array->null_count = -1;
    }
    if (strcmp(format, "b") == 0) {
        const char *bytes = owned->buffers[1];
        owned->buffers[1] = owned->bits = calloc((size_t)length / 8 + 1, 1);
        if (owned->bits == NULL)
            return false;
        for (int64_t i = 0; i < length; i++)
            owned->bits[i / 8] |= (unsigned char)((bytes[i] != 0) << i % 8);
    }
    if (words == NULL)
        return true;
    array->dictionary = calloc(1, sizeof *array->dictionary);
    return array->dictionary != NULL && fill_dictionary(array->dictionary, words);
}

/* ---- a table ---- */

static void free_schema_capsule(PyObject *capsule)
{
    struct ArrowSchema *schema = PyCapsule_GetPointer(capsule, "arrow_schema");
    if (schema != NULL && schema->release != NULL)
        schema->release(schema);
    free(schema);
}

static void free_array_capsule(PyObject *capsule)
{
    struct ArrowArray *array = PyCapsule_GetPointer(capsule, "arrow_array");
    if (array != NULL && array->release != NULL)
        array->release(array);
    free(array);
}

static int fill_table(struct ArrowSchema *schema, struct ArrowArray *array, PyObject *columns, Py_ssize_t length)
{
    Py_ssize_t n = PyList_Size(columns);
    if (!fill_schema(schema, "+s", "") || fill_array(array, length, 1) == NULL)
        return -1;
    schema->children = calloc((size_t)n + 1, sizeof(struct ArrowSchema *));
    array->children = calloc((size_t)n + 1, sizeof(struct ArrowArray *));
    for (Py_ssize_t i = 0; i < n; i++) {
        const char *name, *format;
        PyObject *bytes, *characters = NULL, *bits = NULL, *column_of = PyList_GetItem(columns, i);
        if (!PyArg_ParseTuple(column_of, "ssS|SS", &name, &format, &bytes, &characters, &bits))
            return -1;
        if (arrow_format(format) == NULL || (strcmp(format, "U") == 0) != (bits != NULL)) {
            PyErr_Format(PyExc_ValueError, "unknown format %s", format);
            return -1;
        }
        if (schema->children == NULL || array->children == NULL)
            return -1;
        struct ArrowSchema *column_schema = calloc(1, sizeof *column_schema);
        struct ArrowArray *column = calloc(1, sizeof *column);
        schema->children[i] = column_schema;
        array->children[i] = column;
        schema->n_children += column_schema != NULL;
        array->n_children += column != NULL;
        if (column_schema == NULL || column == NULL || !fill_column_schema(column_schema, name, format) ||
            !fill_column(column, column_of, format, length))
            return -1;
    }
    return 0;
}

/* export(columns: list[(name, format, bytes)], length) -> (arrow_schema capsule, arrow_array capsule) */
PyObject *core_export(PyObject *self, PyObject *args)
{
    PyObject *columns;
    Py_ssize_t length;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!n", &PyList_Type, &columns, &length))
        return NULL;
    struct ArrowSchema *schema = calloc(1, sizeof *schema);
    struct ArrowArray *array = calloc(1, sizeof *array);
    if (schema == NULL || array == NULL) {
        free(schema);
        free(array);
        return PyErr_NoMemory();
    }
    PyObject *first = PyCapsule_New(schema, "arrow_schema", free_schema_capsule);
    PyObject *second = PyCapsule_New(array, "arrow_array", free_array_capsule);
    PyObject *both = NULL;
    if (first != NULL && second != NULL) {
        if (fill_table(schema, array, columns, length) == 0)
            both = PyTuple_Pack(2, first, second);
        else if (!PyErr_Occurred())
            PyErr_NoMemory();
    }
    Py_XDECREF(first);
    Py_XDECREF(second);
    return both;
}
