/* SPDX-License-Identifier: MIT
 * The pieces of a run, for clusters: extracts of a batch of texts, one set against many, decisions from edges. One call for a batch,
 * of a list or of Arrow; other threads run meanwhile. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

/* ---- strings and numbers of Arrow --------------------------------------------------------------------------------- */

struct text {
    const char *bytes; /* NULL: none */
    size_t length;
};

static bool is_valid(const struct ArrowArray *array, int64_t row)
{
    const uint8_t *bits = array->n_buffers > 0 ? array->buffers[0] : NULL;
    int64_t at = array->offset + row;
    return bits == NULL || array->null_count == 0 || (bits[at / 8] >> at % 8 & 1) != 0;
}

/* -1: an exception is set. */
static int check_strings(const struct ArrowSchema *schema, const struct ArrowArray *array, const char *name)
{
    const char *format = schema->format;
    bool known = format[0] != '\0' && format[1] == '\0' && strchr("uUzZ", format[0]) != NULL;
    if (known && schema->dictionary == NULL && array->n_buffers == 3)
        return 0;
    PyErr_Format(PyExc_TypeError, "%s is not a column of strings", name);
    return -1;
}

static struct text string_at(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row)
{
    static const char nothing[] = "";
    int64_t at = array->offset + row, begin, end;
    if (!is_valid(array, row))
        return (struct text){NULL, 0};
    if (schema->format[0] == 'u' || schema->format[0] == 'z') {
        begin = ((const int32_t *)array->buffers[1])[at];
        end = ((const int32_t *)array->buffers[1])[at + 1];
    } else {
        begin = ((const int64_t *)array->buffers[1])[at];
        end = ((const int64_t *)array->buffers[1])[at + 1];
    }
    const char *data = array->buffers[2];
    return (struct text){data != NULL ? data + begin : nothing, (size_t)(end - begin)};
}

/* The pair of capsules of __arrow_c_array__, which stay theirs. -1: an exception is set. */
static int borrow_array(PyObject *capsules, const struct ArrowSchema **schema, const struct ArrowArray **array)
{
    PyObject *first, *second;
    if (!PyTuple_Check(capsules)) {
        PyErr_SetString(PyExc_TypeError, "texts are neither a column of Arrow nor a list");
        return -1;
    }
    if (!PyArg_ParseTuple(capsules, "OO", &first, &second))
        return -1;
    *schema = PyCapsule_GetPointer(first, "arrow_schema");
    *array = PyCapsule_GetPointer(second, "arrow_array");
    return *schema != NULL && *array != NULL ? 0 : -1;
}

/* ---- extracts ----------------------------------------------------------------------------------------------------- */

static const char extractor_name[] = "neardup.extractor";

struct extractor {
    neardup_extractor *extractor;
    uint32_t bands;
};

static void free_extractor(PyObject *capsule)
{
    struct extractor *x = PyCapsule_GetPointer(capsule, extractor_name);
    if (x == NULL)
        return;
    neardup_extractor_destroy(x->extractor);
    free(x);
}

/* extractor(tokens, ngram, kind, slots, seed, bands, rows, secret) -> capsule, for one thread at a time */
PyObject *core_extractor(PyObject *self, PyObject *args)
{
    neardup_scheme scheme = NEARDUP_SCHEME_MINHASH;
    unsigned tokens, kind, bands, rows;
    unsigned long long seed;
    const char *secret;
    Py_ssize_t length;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "IIIIKIIy#", &tokens, &scheme.profile.ngram, &kind, &scheme.slots, &seed, &bands, &rows,
                          &secret, &length))
        return NULL;
    if (length != NEARDUP_SECRET_BYTES) {
        PyErr_Format(PyExc_ValueError, "the secret has %zd bytes, not %d", length, NEARDUP_SECRET_BYTES);
        return NULL;
    }
    scheme.profile.tokens = (neardup_tokens)tokens;
    scheme.kind = (neardup_sketch_kind)kind;
    scheme.seed = seed;
    struct extractor *x = calloc(1, sizeof *x);
    if (x == NULL)
        return PyErr_NoMemory();
    x->bands = bands;
    if (neardup_extractor_create(&x->extractor, &scheme, bands, rows, (const unsigned char *)secret, &err) !=
        NEARDUP_OK) {
        free(x);
        return core_raise(&err);
    }
    return PyCapsule_New(x, extractor_name, free_extractor);
}

struct columns { /* of extracts */
    size_t count, capacity;
    int64_t *tokens; /* -1: there is no text */
    uint64_t *high, *low, *form;
    uint32_t *keys;   /* [count * bands], zeros for texts without a token */
    int64_t *set_end; /* bytes */
    char *sets;
    size_t sets_length, sets_capacity;
};

static void free_columns(struct columns *c)
{
    free(c->tokens);
    free(c->high);
    free(c->low);
    free(c->form);
    free(c->keys);
    free(c->set_end);
    free(c->sets);
}

static bool make_columns(struct columns *c, size_t count, uint32_t bands)
{
    size_t n = count + 1;
    c->count = count;
    c->tokens = calloc(n, sizeof *c->tokens);
    c->high = calloc(n, sizeof *c->high);
    c->low = calloc(n, sizeof *c->low);
    c->form = calloc(n, sizeof *c->form);
    c->keys = calloc(n, sizeof *c->keys * (bands + 1));
    c->set_end = calloc(n, sizeof *c->set_end);
    return c->tokens != NULL && c->high != NULL && c->low != NULL && c->form != NULL && c->keys != NULL &&
           c->set_end != NULL;
}

static bool append_set(struct columns *c, const uint64_t *set, size_t count)
{
    size_t bytes = count * sizeof *set;
    if (bytes > c->sets_capacity - c->sets_length) {
        size_t capacity = 2 * c->sets_capacity + bytes + 4096;
        char *grown = realloc(c->sets, capacity);
        if (grown == NULL)
            return false;
        c->sets = grown;
        c->sets_capacity = capacity;
    }
    if (bytes > 0)
        memcpy(c->sets + c->sets_length, set, bytes);
    c->sets_length += bytes;
    return true;
}

static neardup_status fill_columns(struct columns *c, struct extractor *x, const struct text *texts, neardup_error *err)
{
    for (size_t i = 0; i < c->count; i++) {
        neardup_extract extract = {.tokens = 0};
        if (texts[i].bytes != NULL) {
            neardup_status st = neardup_extractor_extract(x->extractor, texts[i].bytes, texts[i].length, &extract, err);
            if (st != NEARDUP_OK)
                return st;
        }
        c->tokens[i] = texts[i].bytes != NULL ? (int64_t)extract.tokens : -1;
        c->high[i] = extract.digest.high;
        c->low[i] = extract.digest.low;
        c->form[i] = extract.form;
        if (extract.keys != NULL)
            memcpy(c->keys + i * x->bands, extract.keys, x->bands * sizeof *c->keys);
        if (!append_set(c, extract.set, extract.set_count)) {
            err->code = NEARDUP_E_NOMEM;
            return NEARDUP_E_NOMEM;
        }
        c->set_end[i + 1] = (int64_t)c->sets_length;
    }
    return NEARDUP_OK;
}

static int take_list(PyObject *list, struct text *texts)
{
    for (Py_ssize_t i = 0, n = PyList_Size(list); i < n; i++) {
        if (core_take_text(PyList_GetItem(list, i), i, &texts[i].bytes, &texts[i].length) < 0)
            return -1;
    }
    return 0;
}

/* The texts of a list or an Arrow array; they live as long as it. NULL: an exception is set. */
static struct text *take_texts(PyObject *source, size_t *count)
{
    const struct ArrowSchema *schema = NULL;
    const struct ArrowArray *array = NULL;
    bool list = PyList_Check(source);
    if (!list && (borrow_array(source, &schema, &array) < 0 || check_strings(schema, array, "text") < 0))
        return NULL;
    *count = list ? (size_t)PyList_Size(source) : (size_t)array->length;
    struct text *texts = calloc(*count + 1, sizeof *texts);
    if (texts == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0; !list && i < *count; i++)
        texts[i] = string_at(schema, array, (int64_t)i);
    if (list && take_list(source, texts) < 0) {
        free(texts);
        return NULL;
    }
    return texts;
}

static PyObject *bytes_of(const void *data, size_t size)
{
    return PyBytes_FromStringAndSize(size > 0 ? data : "", (Py_ssize_t)size);
}

/* extract(extractor, texts: list or the capsules of a column) -> (tokens, high, low, form, keys, set_ends, sets): bytes; numbers of
 * 64 bits, but keys of 32 */
PyObject *core_extract(PyObject *self, PyObject *args)
{
    PyObject *capsule, *source;
    struct columns c = {.count = 0};
    size_t count = 0;
    neardup_error err = {.code = NEARDUP_E_NOMEM};
    (void)self;
    if (!PyArg_ParseTuple(args, "OO", &capsule, &source))
        return NULL;
    struct extractor *x = PyCapsule_GetPointer(capsule, extractor_name);
    if (x == NULL)
        return NULL;
    struct text *texts = take_texts(source, &count);
    if (texts == NULL)
        return NULL;
    neardup_status st = NEARDUP_E_NOMEM;
    if (make_columns(&c, count, x->bands)) {
        PyThreadState *state = PyEval_SaveThread();
        st = fill_columns(&c, x, texts, &err);
        PyEval_RestoreThread(state);
    }
    free(texts);
    PyObject *result = NULL;
    if (st == NEARDUP_OK)
        result =
            Py_BuildValue("(NNNNNNN)", bytes_of(c.tokens, count * sizeof *c.tokens),
                          bytes_of(c.high, count * sizeof *c.high), bytes_of(c.low, count * sizeof *c.low),
                          bytes_of(c.form, count * sizeof *c.form), bytes_of(c.keys, count * x->bands * sizeof *c.keys),
                          bytes_of(c.set_end, (count + 1) * sizeof *c.set_end), bytes_of(c.sets, c.sets_length));
    free_columns(&c);
    return st == NEARDUP_OK ? result : core_raise(&err);
}

/* ---- one set against many ----------------------------------------------------------------------------------------- */

static const char matcher_name[] = "neardup.matcher";

struct matcher {
    neardup_matcher *matcher;
    bool begun;
    int64_t group; /* whose set the matcher has */
    uint64_t *set; /* aligned */
    size_t capacity;
};

static void free_matcher(PyObject *capsule)
{
    struct matcher *m = PyCapsule_GetPointer(capsule, matcher_name);
    if (m == NULL)
        return;
    neardup_matcher_destroy(m->matcher);
    free(m->set);
    free(m);
}

/* matcher() -> capsule, for one thread at a time */
PyObject *core_matcher(PyObject *self, PyObject *args)
{
    neardup_error err;
    (void)self;
    (void)args;
    struct matcher *m = calloc(1, sizeof *m);
    if (m == NULL)
        return PyErr_NoMemory();
    if (neardup_matcher_create(&m->matcher, &err) != NEARDUP_OK) {
        free(m);
        return core_raise(&err);
    }
    return PyCapsule_New(m, matcher_name, free_matcher);
}

/* Sets of Arrow are not aligned. NULL: no memory. */
static const uint64_t *aligned_set(struct matcher *m, struct text set)
{
    if (set.length > m->capacity || m->set == NULL) {
        uint64_t *grown = realloc(m->set, set.length + sizeof *m->set);
        if (grown == NULL)
            return NULL;
        m->set = grown;
        m->capacity = set.length;
    }
    if (set.length > 0)
        memcpy(m->set, set.bytes, set.length);
    return m->set;
}

static const char stray_row[] =
    "a row is not in the group of the text before it: rows must be sorted by group, its text first";

/* NULL, or what is wrong. */
static const char *match_rows(struct matcher *m, const struct ArrowSchema *schema, const struct ArrowArray *array,
                              double least, double *out)
{
    const struct ArrowArray *sets = array->children[2];
    const int64_t *groups =
        (const int64_t *)array->children[0]->buffers[1] + array->children[0]->offset + array->offset;
    const int64_t *texts = (const int64_t *)array->children[1]->buffers[1] + array->children[1]->offset + array->offset;
    for (int64_t i = 0; i < array->length; i++) {
        struct text bytes = string_at(schema->children[2], sets, array->offset + i);
        const uint64_t *set = aligned_set(m, bytes);
        size_t count = bytes.length / sizeof *set;
        neardup_error err;
        if (set == NULL)
            return "no memory for a set";
        if (groups[i] == texts[i]) {
            if (neardup_matcher_take(m->matcher, set, count, &err) != NEARDUP_OK)
                return "no memory for a set";
            m->begun = true;
            m->group = groups[i];
            out[i] = -1;
        } else if (!m->begun || groups[i] != m->group) {
            return stray_row;
        } else {
            out[i] = neardup_matcher_jaccard(m->matcher, set, count, least);
        }
    }
    return NULL;
}

/* match(matcher, capsules of a batch (group: int64, text: int64, set: binary), least) -> bytes of doubles. A row whose text is its
 * group begins a group, and gets -1; the others get their similarity to it, or 0 if that is less than `least`. A group may go on in
 * the next batch. */
PyObject *core_match(PyObject *self, PyObject *args)
{
    PyObject *capsule, *capsules;
    const struct ArrowSchema *schema;
    const struct ArrowArray *array;
    double least;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOd", &capsule, &capsules, &least))
        return NULL;
    struct matcher *m = PyCapsule_GetPointer(capsule, matcher_name);
    if (m == NULL || borrow_array(capsules, &schema, &array) < 0)
        return NULL;
    if (strcmp(schema->format, "+s") != 0 || schema->n_children != 3 || strcmp(schema->children[0]->format, "l") != 0 ||
        strcmp(schema->children[1]->format, "l") != 0 || array->children[0]->null_count > 0 ||
        array->children[1]->null_count > 0) {
        PyErr_SetString(PyExc_TypeError, "the batch must have the columns group: int64, text: int64 and set: binary");
        return NULL;
    }
    if (check_strings(schema->children[2], array->children[2], "set") < 0)
        return NULL;
    PyObject *out = PyBytes_FromStringAndSize(NULL, array->length * (Py_ssize_t)sizeof(double));
    if (out == NULL)
        return NULL;
    double *jaccard = (double *)(void *)PyBytes_AsString(out);
    PyThreadState *state = PyEval_SaveThread();
    const char *problem = match_rows(m, schema, array, least, jaccard);
    PyEval_RestoreThread(state);
    if (problem != NULL) {
        Py_DECREF(out);
        PyErr_SetString(PyExc_ValueError, problem);
        return NULL;
    }
    return out;
}

/* ---- decisions ---------------------------------------------------------------------------------------------------- */

/* decide(count, a: bytes of uint64, b: the same, similarity: bytes of doubles) -> (keeper: bytes of uint64, similarity) */
PyObject *core_decide(PyObject *self, PyObject *args)
{
    unsigned long long count;
    const char *a, *b, *similarity;
    Py_ssize_t a_size, b_size, similarity_size;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "Ky#y#y#", &count, &a, &a_size, &b, &b_size, &similarity, &similarity_size))
        return NULL;
    if (a_size % 8 != 0 || a_size != b_size || a_size != similarity_size) {
        PyErr_SetString(PyExc_ValueError, "the columns of the edges have different lengths");
        return NULL;
    }
    size_t edge_count = (size_t)a_size / 8;
    neardup_edge *edges = calloc(edge_count + 1, sizeof *edges);
    uint64_t *keeper = calloc((size_t)count + 1, sizeof *keeper);
    double *best = calloc((size_t)count + 1, sizeof *best);
    PyObject *result = NULL;
    if (edges == NULL || keeper == NULL || best == NULL) {
        PyErr_NoMemory();
    } else {
        for (size_t i = 0; i < edge_count; i++) {
            memcpy(&edges[i].a, a + 8 * i, 8);
            memcpy(&edges[i].b, b + 8 * i, 8);
            memcpy(&edges[i].similarity, similarity + 8 * i, 8);
        }
        PyThreadState *state = PyEval_SaveThread();
        neardup_status st = neardup_decide(count, NULL, edges, edge_count, keeper, best, NULL, NULL, &err);
        PyEval_RestoreThread(state);
        if (st != NEARDUP_OK)
            core_raise(&err);
        else
            result =
                Py_BuildValue("(NN)", bytes_of(keeper, count * sizeof *keeper), bytes_of(best, count * sizeof *best));
    }
    free(edges);
    free(keeper);
    free(best);
    return result;
}
