/* SPDX-License-Identifier: MIT
 * The Python module neardup._core: one function per kind of work, over the public headers alone. neardup/__init__.py makes
 * of it what people use: it checks arguments, names things and builds results.
 *
 * It uses the stable ABI (3.10), so that one wheel serves all later versions. Numbers of a result leave as bytes objects,
 * one per column, which memoryview casts without a copy. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030a0000
#include <Python.h>

#include <neardup_arrow.h>
#include <neardup_run.h>

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors ---------------------------------------------------------------------------------------------------- */

static PyObject *error_type;

static PyObject *raise_error(const neardup_error *err)
{
    if (err->code == NEARDUP_E_NOMEM)
        return PyErr_NoMemory();
    PyObject *error = PyObject_CallFunction(error_type, "s", err->message);
    if (error == NULL)
        return NULL;
    PyObject *status = PyUnicode_FromString(neardup_status_name(err->code));
    if (status != NULL && PyObject_SetAttrString(error, "status", status) == 0)
        PyErr_SetObject(error_type, error);
    Py_XDECREF(status);
    Py_DECREF(error);
    return NULL;
}

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

/* Takes what the capsules hold. */
static int take_stream(PyObject *capsules, struct ArrowArrayStream *stream)
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

struct words {
    const char *name; /* of the format, in the calls of neardup/result.py */
    int32_t count;
    const char *const word[WORDS_MAX];
};

static const struct words words_of_formats[] = {
    {"reason", 5, {"exact", "near", "contained", "boilerplate", "emptied"}},
    {"unit", 5, {"", "document", "paragraph", "", "line"}},
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
    static const char *const formats[] = {"l", "i", "g"};
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
    if (find_words(format) == NULL)
        return true;
    schema->dictionary = calloc(1, sizeof *schema->dictionary);
    return schema->dictionary != NULL && fill_schema(schema->dictionary, "u", "");
}

/* ---- arrays ---- */

struct owned { /* private data of an array */
    PyObject *bytes;
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
    if (owned->bytes != NULL) {
        PyGILState_STATE state = PyGILState_Ensure();
        Py_DECREF(owned->bytes);
        PyGILState_Release(state);
    }
    free(owned);
    array->release = NULL;
}

static struct owned *fill_array(struct ArrowArray *array, int64_t length, int64_t buffers)
{
    struct owned *owned = calloc(1, sizeof *owned);
    if (owned == NULL)
        return NULL;
    *array = (struct ArrowArray){.length = length, .n_buffers = buffers, .buffers = owned->buffers,
                                 .release = release_array, .private_data = owned};
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

static bool fill_column(struct ArrowArray *array, PyObject *bytes, const char *format, int64_t length)
{
    const struct words *words = find_words(format);
    struct owned *owned = fill_array(array, length, 2);
    if (owned == NULL)
        return false;
    Py_INCREF(bytes);
    owned->bytes = bytes;
    owned->buffers[1] = PyBytes_AsString(bytes);
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
        PyObject *bytes;
        if (!PyArg_ParseTuple(PyList_GetItem(columns, i), "ssS", &name, &format, &bytes))
            return -1;
        if (arrow_format(format) == NULL) {
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
            !fill_column(column, bytes, format, length))
            return -1;
    }
    return 0;
}

/* export(columns: list[(name, format, bytes)], length) -> (arrow_schema capsule, arrow_array capsule) */
static PyObject *core_export(PyObject *self, PyObject *args)
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

/* ---- options ---------------------------------------------------------------------------------------------------- */

enum type { DOUBLE, UNSIGNED, U32, U64, BOOL, STRING, ENUM };

struct option {
    const char *name;
    enum type type;
    size_t offset;
};

#define OPTION(name, type)       {#name, type, offsetof(neardup_job_options, name)}
#define OPTION_AT(name, type, at) {name, type, offsetof(neardup_job_options, at)}

static const struct option options_table[] = {
    OPTION(threshold, DOUBLE),
    OPTION(recall, DOUBLE),
    OPTION_AT("tokens", ENUM, profile.tokens),
    OPTION_AT("ngram", UNSIGNED, profile.ngram),
    OPTION_AT("paragraph_tokens", ENUM, paragraph_profile.tokens),
    OPTION_AT("paragraph_ngram", UNSIGNED, paragraph_profile.ngram),
    OPTION(kind, ENUM),
    OPTION(slots, U32),
    OPTION(bands, U32),
    OPTION(rows, U32),
    OPTION(all_candidates, BOOL),
    OPTION(seed, U64),
    OPTION(format, ENUM),
    OPTION(text_field, STRING),
    OPTION(id_field, STRING),
    OPTION(group_field, STRING),
    OPTION(keep, ENUM),
    OPTION(keep_field, STRING),
    OPTION(threads, UNSIGNED),
    OPTION(memory, U64),
    OPTION(scratch_dir, STRING),
    OPTION(strict, BOOL),
    OPTION(pairs, BOOL),
    OPTION(output_dir, STRING),
    OPTION(write_corpus, BOOL),
    OPTION(force, BOOL),
    OPTION(method, ENUM),
    OPTION(simhash_bits, UNSIGNED),
    OPTION(weights, ENUM),
    OPTION(distance, UNSIGNED),
    OPTION(verify, BOOL),
    OPTION(units, UNSIGNED),
    OPTION(inside_documents, BOOL),
    OPTION(between_documents, BOOL),
    OPTION(containment, DOUBLE),
    OPTION(max_copies, U64),
    OPTION(keep_one, BOOL),
    OPTION(min_tokens, U64),
    OPTION(min_contained, U64),
    OPTION(short_min_documents, U64),
    OPTION(drop_emptied, BOOL),
    OPTION(min_remaining, U64),
    OPTION(max_unreadable, DOUBLE),
};

static int set_option(neardup_job_options *options, const struct option *option, PyObject *value)
{
    char *at = (char *)options + option->offset;
    if (option->type == STRING) {
        const char *text = PyUnicode_AsUTF8AndSize(value, NULL); /* borrowed from the dict, which outlives the job */
        memcpy(at, &text, sizeof text);
        return text != NULL ? 0 : -1;
    }
    if (option->type == DOUBLE) {
        double number = PyFloat_AsDouble(value);
        memcpy(at, &number, sizeof number);
        return PyErr_Occurred() ? -1 : 0;
    }
    if (option->type == BOOL) {
        int truth = PyObject_IsTrue(value);
        *(bool *)at = truth > 0;
        return truth < 0 ? -1 : 0;
    }
    unsigned long long number = PyLong_AsUnsignedLongLong(value);
    if (PyErr_Occurred() || (option->type != U64 && number > UINT32_MAX)) {
        PyErr_Format(PyExc_ValueError, "%s is out of range", option->name);
        return -1;
    }
    if (option->type == U64)
        memcpy(at, &(uint64_t){number}, sizeof(uint64_t));
    else
        memcpy(at, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
    return 0;
}

_Static_assert(sizeof(neardup_keep) == 4 && sizeof(unsigned) == 4, "enums and unsigned have 32 bits");

static int take_options(PyObject *given, neardup_job_options *options)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    neardup_job_options_init(options, sizeof *options);
    while (PyDict_Next(given, &at, &key, &value)) {
        const char *name = PyUnicode_AsUTF8AndSize(key, NULL);
        size_t i = 0, n = sizeof options_table / sizeof *options_table;
        if (name == NULL)
            return -1;
        while (i < n && strcmp(options_table[i].name, name) != 0)
            i++;
        if (i == n) {
            PyErr_Format(PyExc_TypeError, "unknown option %s", name);
            return -1;
        }
        if (value != Py_None && set_option(options, &options_table[i], value) < 0)
            return -1;
    }
    return 0;
}

/* ---- texts of Python as a source --------------------------------------------------------------------------------- */

/* Strings of a list, used where Python has them. */
struct strings {
    PyObject *texts, *ids; /* lists; ids NULL: none */
    neardup_document *documents;
    uint64_t count, bytes;
};

static void free_strings(struct strings *s)
{
    Py_XDECREF(s->texts);
    Py_XDECREF(s->ids);
    free(s->documents);
    free(s);
}

static neardup_status read_strings(void *context, uint64_t first, neardup_document *documents, size_t most,
                                   size_t *count, neardup_error *err)
{
    const struct strings *s = context;
    uint64_t left = first < s->count ? s->count - first : 0;
    (void)err;
    *count = left < most ? (size_t)left : most;
    memcpy(documents, s->documents + first, *count * sizeof *documents);
    return NEARDUP_OK;
}

static int take_string(PyObject *value, Py_ssize_t row, const char **text, size_t *length)
{
    Py_ssize_t size;
    if (value == Py_None)
        return 0;
    if (PyBytes_Check(value)) {
        *text = PyBytes_AsString(value);
        *length = (size_t)PyBytes_Size(value);
        return 0;
    }
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "text %zd is not a str, bytes or None", row);
        return -1;
    }
    *text = PyUnicode_AsUTF8AndSize(value, &size);
    if (*text == NULL)
        return -1;
    *length = (size_t)size;
    return 0;
}

static struct strings *make_strings(PyObject *texts, PyObject *ids)
{
    Py_ssize_t count = PyList_Size(texts);
    struct strings *s = calloc(1, sizeof *s);
    if (s == NULL || (s->documents = calloc((size_t)count + 1, sizeof *s->documents)) == NULL) {
        free(s);
        PyErr_NoMemory();
        return NULL;
    }
    Py_INCREF(texts);
    s->texts = texts;
    if (ids != Py_None) {
        Py_INCREF(ids);
        s->ids = ids;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        neardup_document *d = &s->documents[i];
        d->keep_by = NAN;
        if (take_string(PyList_GetItem(texts, i), i, &d->text, &d->text_length) < 0 ||
            (s->ids != NULL && take_string(PyList_GetItem(ids, i), i, &d->id, &d->id_length) < 0)) {
            free_strings(s);
            return NULL;
        }
        s->bytes += d->text_length;
    }
    s->count = (uint64_t)count;
    return s;
}

/* ---- a run ------------------------------------------------------------------------------------------------------ */

struct run {
    neardup_job_options options;
    neardup_job *job;
    struct strings **strings;
    size_t string_count;
    PyObject *progress, *message; /* callables; NULL: none */
    bool raised;                  /* an exception of Python is set, or was taken into the three below */
    PyObject *type, *value, *traceback;
};

/* Keeps an exception until the run has ended: the library goes on in C until then. */
static bool keep_exception(struct run *run)
{
    if (!run->raised) {
        PyErr_Fetch(&run->type, &run->value, &run->traceback);
        run->raised = true;
    } else {
        PyErr_Clear();
    }
    return false;
}

/* A few times per second, so that Ctrl-C ends the run soon. */
static bool on_progress(void *context, const neardup_progress *p)
{
    struct run *run = context;
    PyGILState_STATE state = PyGILState_Ensure();
    bool go_on = PyErr_CheckSignals() == 0;
    if (go_on && run->progress != NULL) {
        PyObject *answer = PyObject_CallFunction(run->progress, "sKKO", p->phase, (unsigned long long)p->done,
                                                 (unsigned long long)p->total, p->in_bytes ? Py_True : Py_False);
        go_on = answer != NULL;
        Py_XDECREF(answer);
    }
    if (!go_on)
        keep_exception(run);
    PyGILState_Release(state);
    return go_on;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *text)
{
    struct run *run = context;
    if (run->message == NULL)
        return true;
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *answer =
        PyObject_CallFunction(run->message, "izKs", (int)severity, file, (unsigned long long)line, text);
    bool go_on = answer != NULL;
    Py_XDECREF(answer);
    if (!go_on)
        keep_exception(run);
    PyGILState_Release(state);
    return go_on;
}

/* ("path", path, reference), ("arrow", name, capsules, reference, hold) or ("texts", name, texts, ids, reference) */
static int add_source(struct run *run, PyObject *source, neardup_error *err)
{
    const char *kind = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(source, 0), NULL), *name;
    PyObject *value, *ids;
    int reference, hold;
    if (kind == NULL)
        return -1;
    if (strcmp(kind, "path") == 0) {
        if (!PyArg_ParseTuple(source, "ssp", &kind, &name, &reference))
            return -1;
        err->code = reference ? neardup_job_add_reference(run->job, name, err)
                              : neardup_job_add_input(run->job, name, err);
    } else if (strcmp(kind, "arrow") == 0) {
        struct ArrowArrayStream stream;
        if (!PyArg_ParseTuple(source, "ssOpp", &kind, &name, &value, &reference, &hold) ||
            take_stream(value, &stream) < 0)
            return -1;
        neardup_status st;
        Py_BEGIN_ALLOW_THREADS;
        st = neardup_job_add_arrow(run->job, name, &stream, hold != 0, reference != 0, err);
        Py_END_ALLOW_THREADS;
        err->code = st;
    } else {
        if (!PyArg_ParseTuple(source, "ssO!Op", &kind, &name, &PyList_Type, &value, &ids, &reference))
            return -1;
        struct strings *s = make_strings(value, ids);
        if (s == NULL)
            return -1;
        run->strings[run->string_count++] = s;
        const neardup_source_vtable vtable = {
            .struct_size = sizeof vtable,
            .flags = NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL | NEARDUP_SOURCE_IN_PLACE,
            .bytes = s->bytes,
            .read = read_strings};
        err->code = neardup_job_add_source(run->job, name, &vtable, s, reference != 0, err);
    }
    if (err->code == NEARDUP_OK)
        return 0;
    raise_error(err);
    return -1;
}

static int add_sources(struct run *run, PyObject *sources, neardup_error *err)
{
    Py_ssize_t count = PyList_Size(sources);
    run->strings = calloc((size_t)count + 1, sizeof *run->strings);
    if (run->strings == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (add_source(run, PyList_GetItem(sources, i), err) < 0)
            return -1;
    }
    return 0;
}

static void close_run(struct run *run)
{
    neardup_job *job = run->job;
    Py_BEGIN_ALLOW_THREADS;
    neardup_job_destroy(job);
    Py_END_ALLOW_THREADS;
    for (size_t i = 0; i < run->string_count; i++)
        free_strings(run->strings[i]);
    free(run->strings);
}

/* ---- what a run found -------------------------------------------------------------------------------------------- */

static int add_column(PyObject *list, const char *name, const char *format, const void *data, uint64_t count,
                      size_t size)
{
    PyObject *bytes = PyBytes_FromStringAndSize(data, (Py_ssize_t)(count * size));
    PyObject *column = bytes != NULL ? Py_BuildValue("(ssN)", name, format, bytes) : NULL;
    int failed = column == NULL || PyList_Append(list, column) < 0;
    Py_XDECREF(column);
    return failed ? -1 : 0;
}

/* "none" is the largest number of 64 bits: read as a signed one it is -1. */
#define WORD_COLUMN(of, name) add_column(list, #name, #name, of->name, of->count, 1)
#define U64_COLUMN(of, name) add_column(list, #name, "l", of->name, of->count, 8)
#define I32_COLUMN(of, name) add_column(list, #name, "i", of->name, of->count, 4)
#define F64_COLUMN(of, name) add_column(list, #name, "g", of->name, of->count, 8)

static PyObject *decision_columns(const neardup_decision_columns *d)
{
    PyObject *list = PyList_New(0);
    if (list == NULL || U64_COLUMN(d, index) < 0 || U64_COLUMN(d, document) < 0 || WORD_COLUMN(d, unit) < 0 ||
        WORD_COLUMN(d, reason) < 0 || F64_COLUMN(d, jaccard) < 0 || F64_COLUMN(d, containment) < 0 ||
        I32_COLUMN(d, distance) < 0 || U64_COLUMN(d, keeper) < 0 || U64_COLUMN(d, keeper_document) < 0 ||
        U64_COLUMN(d, cluster) < 0 || U64_COLUMN(d, cut_begin) < 0 || U64_COLUMN(d, cut_end) < 0)
        Py_CLEAR(list);
    return list;
}

/* Bytes inside the cuts that stay: those of row i are the ranges first[i] to first[i + 1]. */
static PyObject *kept_columns(const neardup_decision_columns *d)
{
    PyObject *list = PyList_New(0);
    static const uint64_t zero;
    const uint64_t *first = d->count > 0 ? d->kept_first : &zero;
    if (list == NULL || add_column(list, "first", "l", first, d->count + 1, 8) < 0 ||
        add_column(list, "begin", "l", d->kept_begin, first[d->count], 8) < 0 ||
        add_column(list, "end", "l", d->kept_end, first[d->count], 8) < 0)
        Py_CLEAR(list);
    return list;
}

static PyObject *pair_columns(const neardup_pair_columns *p)
{
    PyObject *list = PyList_New(0);
    if (list == NULL || U64_COLUMN(p, a) < 0 || U64_COLUMN(p, b) < 0 || WORD_COLUMN(p, unit) < 0 ||
        WORD_COLUMN(p, reason) < 0 || F64_COLUMN(p, jaccard) < 0 || I32_COLUMN(p, distance) < 0)
        Py_CLEAR(list);
    return list;
}

static PyObject *cluster_columns(const neardup_cluster_columns *k)
{
    PyObject *list = PyList_New(0);
    static const uint64_t zero;
    const uint64_t *first = k->count > 0 ? k->first : &zero;
    if (list == NULL || U64_COLUMN(k, number) < 0 || WORD_COLUMN(k, unit) < 0 || U64_COLUMN(k, keeper) < 0 ||
        U64_COLUMN(k, component) < 0 || add_column(list, "first", "l", first, k->count + 1, 8) < 0 ||
        add_column(list, "members", "l", k->members, first[k->count], 8) < 0)
        Py_CLEAR(list);
    return list;
}

#define COUNT(name) #name, (unsigned long long)s->name

static PyObject *summary_dict(const neardup_summary *s)
{
    return Py_BuildValue(
        "{sKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsKsIsdsKsK}", COUNT(files), COUNT(failed_files), COUNT(input_bytes),
        COUNT(text_bytes), COUNT(records), COUNT(documents), COUNT(empty), COUNT(invalid), COUNT(invalid_utf8),
        COUNT(duplicate_ids), COUNT(tokens), COUNT(exact), COUNT(near), COUNT(kept), COUNT(clusters),
        COUNT(largest_cluster), COUNT(candidates), COUNT(edges), COUNT(pairs), "threads", s->threads, "seconds",
        s->total_seconds, COUNT(peak_memory_bytes), COUNT(removed_tokens));
}

static PyObject *results_of(neardup_job *job)
{
    const neardup_decision_columns *decisions = neardup_job_decisions(job);
    PyObject *parts[5] = {NULL};
    bool good = (parts[0] = decision_columns(decisions)) != NULL && (parts[1] = kept_columns(decisions)) != NULL &&
                (parts[2] = pair_columns(neardup_job_pairs(job))) != NULL &&
                (parts[3] = cluster_columns(neardup_job_clusters(job))) != NULL &&
                (parts[4] = summary_dict(neardup_job_summary(job))) != NULL;
    PyObject *result = good ? PyTuple_Pack(5, parts[0], parts[1], parts[2], parts[3], parts[4]) : NULL;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        Py_XDECREF(parts[i]);
    return result;
}

/* run(sources, options, progress, message) -> (decisions, kept, pairs, clusters, summary) */
static PyObject *core_run(PyObject *self, PyObject *args)
{
    struct run run = {.job = NULL};
    PyObject *sources, *options, *result = NULL;
    neardup_error err = {.code = NEARDUP_OK};
    (void)self;
    if (!PyArg_ParseTuple(args, "O!O!OO", &PyList_Type, &sources, &PyDict_Type, &options, &run.progress,
                          &run.message) ||
        take_options(options, &run.options) < 0)
        return NULL;
    run.progress = run.progress != Py_None ? run.progress : NULL;
    run.message = run.message != Py_None ? run.message : NULL;
    if (neardup_job_create(&run.job, &run.options, &err) != NEARDUP_OK)
        return raise_error(&err);
    const neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = &run, .progress = on_progress, .message = on_message};
    if (add_sources(&run, sources, &err) == 0) {
        neardup_status st;
        Py_BEGIN_ALLOW_THREADS;
        st = neardup_job_collect(
            run.job, NEARDUP_COLUMNS_DECISIONS | NEARDUP_COLUMNS_PAIRS | NEARDUP_COLUMNS_CLUSTERS, &err);
        if (st == NEARDUP_OK)
            st = neardup_job_run(run.job, &callbacks, &err);
        Py_END_ALLOW_THREADS;
        if (run.raised)
            PyErr_Restore(run.type, run.value, run.traceback);
        else if (st != NEARDUP_OK)
            raise_error(&err);
        else
            result = results_of(run.job);
    }
    close_run(&run);
    return result;
}

/* ---- two texts, and one ------------------------------------------------------------------------------------------- */

/* A comparer is made once per thread and profile: making one costs more than comparing two short texts. */
static void free_comparer(PyObject *capsule)
{
    neardup_comparer_destroy(PyCapsule_GetPointer(capsule, "neardup.comparer"));
}

/* comparer(tokens, ngram) -> capsule, for one thread at a time */
static PyObject *core_comparer(PyObject *self, PyObject *args)
{
    unsigned tokens, ngram;
    neardup_comparer *comparer;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "II", &tokens, &ngram))
        return NULL;
    const neardup_profile profile = {(neardup_tokens)tokens, ngram};
    if (neardup_comparer_create(&comparer, &profile, &err) != NEARDUP_OK)
        return raise_error(&err);
    return PyCapsule_New(comparer, "neardup.comparer", free_comparer);
}

/* Counts the characters before places in a text, which come in growing order. */
struct places {
    const char *text;
    size_t at, characters;
};

static unsigned long long characters_before(struct places *p, size_t end)
{
    for (; p->at < end; p->at++)
        p->characters += ((unsigned char)p->text[p->at] & 0xC0) != 0x80;
    return p->characters;
}

/* compare(comparer, a, b) -> (identical, jaccard, a_in_b, b_in_a, a_tokens, b_tokens, a_shingles, b_shingles, shared,
 * [(a_begin, a_end, b_begin, b_end, tokens)]), places in characters */
static PyObject *core_compare(PyObject *self, PyObject *args)
{
    PyObject *capsule;
    const char *a, *b;
    Py_ssize_t a_length, b_length;
    neardup_comparison c;
    neardup_passage *passages = NULL;
    size_t count = 0;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "Os#s#", &capsule, &a, &a_length, &b, &b_length))
        return NULL;
    neardup_comparer *comparer = PyCapsule_GetPointer(capsule, "neardup.comparer");
    if (comparer == NULL)
        return NULL;
    neardup_status st = neardup_comparer_compare(comparer, a, (size_t)a_length, b, (size_t)b_length, &c, &passages,
                                                 &count, &err);
    if (st != NEARDUP_OK)
        return raise_error(&err);
    PyObject *list = PyList_New(0);
    struct places in_a = {a, 0, 0};
    for (size_t i = 0; list != NULL && i < count; i++) {
        const neardup_passage *p = &passages[i];
        struct places in_b = {b, 0, 0}; /* passages are in the order of a: in b they may lie anywhere */
        unsigned long long begin = characters_before(&in_a, p->a_begin), end = characters_before(&in_a, p->a_end);
        unsigned long long b_begin = characters_before(&in_b, p->b_begin), b_end = characters_before(&in_b, p->b_end);
        PyObject *tuple = Py_BuildValue("(KKKKK)", begin, end, b_begin, b_end, (unsigned long long)p->tokens);
        if (tuple == NULL || PyList_Append(list, tuple) < 0)
            Py_CLEAR(list);
        Py_XDECREF(tuple);
    }
    neardup_free(passages);
    if (list == NULL)
        return NULL;
    return Py_BuildValue("(OdddKKKKKN)", c.identical ? Py_True : Py_False, c.jaccard, c.a_in_b, c.b_in_a,
                         (unsigned long long)c.a_tokens, (unsigned long long)c.b_tokens,
                         (unsigned long long)c.a_shingles, (unsigned long long)c.b_shingles,
                         (unsigned long long)c.shared, list);
}

/* tokenize(comparer, text) -> [(begin, end)] in characters */
static PyObject *core_tokenize(PyObject *self, PyObject *args)
{
    PyObject *capsule;
    const char *text;
    Py_ssize_t length;
    neardup_span *spans = NULL;
    size_t count = 0;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "Os#", &capsule, &text, &length))
        return NULL;
    neardup_comparer *comparer = PyCapsule_GetPointer(capsule, "neardup.comparer");
    if (comparer == NULL)
        return NULL;
    if (neardup_comparer_tokenise(comparer, text, (size_t)length, &spans, &count, &err) != NEARDUP_OK)
        return raise_error(&err);
    PyObject *list = PyList_New((Py_ssize_t)count);
    struct places places = {text, 0, 0};
    for (size_t i = 0; list != NULL && i < count; i++) {
        unsigned long long begin = characters_before(&places, (size_t)spans[i].begin);
        PyObject *span = Py_BuildValue("(KK)", begin, characters_before(&places, (size_t)spans[i].end));
        if (span == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, span);
    }
    neardup_free(spans);
    return list;
}

/* ---- the module ------------------------------------------------------------------------------------------------- */

static PyMethodDef methods[] = {
    {"run", core_run, METH_VARARGS, NULL},           {"export", core_export, METH_VARARGS, NULL},
    {"comparer", core_comparer, METH_VARARGS, NULL}, {"compare", core_compare, METH_VARARGS, NULL},
    {"tokenize", core_tokenize, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "neardup._core", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL)
        return NULL;
    error_type = PyErr_NewExceptionWithDoc("neardup.Error",
                                           "What neardup could not do, and why. status is the name of the kind of "
                                           "failure, for instance \"NEARDUP_E_IO\".",
                                           NULL, NULL);
    Py_XINCREF(error_type);
    if (error_type == NULL || PyModule_AddObject(m, "Error", error_type) < 0 ||
        PyModule_AddStringConstant(m, "version", neardup_version()) < 0) {
        Py_XDECREF(error_type);
        Py_DECREF(m);
        return NULL;
    }
    return m;
}
