/* SPDX-License-Identifier: MIT
 * A text or two at a time: compare, diff, tokens, sketches, and the plan. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

/* ---- two texts, and one ------------------------------------------------------------------------------------------- */

/* A comparer is made once per thread and profile: making one costs more than comparing two short texts. */
static const char comparer_name[] = "neardup.comparer";

static void free_comparer(PyObject *capsule)
{
    neardup_comparer_destroy(PyCapsule_GetPointer(capsule, comparer_name));
}

/* comparer(tokens, ngram) -> capsule, for one thread at a time */
PyObject *core_comparer(PyObject *self, PyObject *args)
{
    unsigned tokens, ngram;
    neardup_comparer *comparer;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "II", &tokens, &ngram))
        return NULL;
    const neardup_profile profile = {(neardup_tokens)tokens, ngram};
    if (neardup_comparer_create(&comparer, &profile, &err) != NEARDUP_OK)
        return core_raise(&err);
    return PyCapsule_New(comparer, comparer_name, free_comparer);
}

/* Other threads run while long texts are worked on. For short ones, giving the lock away costs more than the work. */
#define LONG_TEXT 10000 /* bytes; about 50 us */

static PyThreadState *release(size_t length)
{
    return length >= LONG_TEXT ? PyEval_SaveThread() : NULL;
}

static void restore(PyThreadState *state)
{
    if (state != NULL)
        PyEval_RestoreThread(state);
}

/* A text from Python, and the last place in it that was counted: results count characters, the library counts bytes. */
struct argument {
    const char *text;
    size_t length;
    bool ascii;
    size_t at, characters;
};

/* The bytes of a str, as UTF-8, or of a bytes object. */
static int take_argument(const char *name, PyObject *value, struct argument *out)
{
    Py_ssize_t size = 0;
    *out = (struct argument){.text = NULL};
    if (PyUnicode_Check(value)) {
        out->text = PyUnicode_AsUTF8AndSize(value, &size);
        out->ascii = out->text != NULL && PyUnicode_GetLength(value) == size;
    } else if (PyBytes_Check(value)) {
        out->text = PyBytes_AsString(value);
        size = PyBytes_Size(value);
    } else {
        PyErr_Format(PyExc_TypeError, "%s is not a str or bytes", name);
    }
    out->length = (size_t)size;
    return out->text != NULL ? 0 : -1;
}

/* The characters before a place, counted on from the last one if that is before it. */
static unsigned long long characters_before(struct argument *p, size_t end)
{
    if (p->ascii)
        return end;
    if (end < p->at)
        p->at = p->characters = 0;
    size_t more = 0;
    for (size_t i = p->at; i < end; i++)
        more += ((unsigned char)p->text[i] & 0xC0) != 0x80;
    p->at = end;
    p->characters += more;
    return p->characters;
}

/* Takes the members over. One that is NULL has set an exception. */
static PyObject *make_tuple(PyObject *const *members, size_t count)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    bool failed = tuple == NULL;
    for (size_t i = 0; i < count; i++) {
        failed = failed || members[i] == NULL;
        if (tuple == NULL)
            Py_XDECREF(members[i]);
        else if (PyTuple_SetItem(tuple, (Py_ssize_t)i, members[i]) < 0)
            failed = true;
    }
    if (failed)
        Py_CLEAR(tuple);
    return tuple;
}

static PyObject *make_passage(const neardup_passage *p, struct argument *a, struct argument *b)
{
    unsigned long long a_begin = characters_before(a, p->a_begin), b_begin = characters_before(b, p->b_begin);
    PyObject *const members[] = {
        PyLong_FromUnsignedLongLong(a_begin), PyLong_FromUnsignedLongLong(characters_before(a, p->a_end)),
        PyLong_FromUnsignedLongLong(b_begin), PyLong_FromUnsignedLongLong(characters_before(b, p->b_end)),
        PyLong_FromUnsignedLongLong(p->tokens)};
    return make_tuple(members, sizeof members / sizeof *members);
}

/* compare(comparer, a, b) -> (identical, jaccard, a_in_b, b_in_a, a_tokens, b_tokens, a_shingles, b_shingles, shared,
 * [(a_begin, a_end, b_begin, b_end, tokens)], numbers_differ), places in characters. For short texts, Python's parser of arguments and
 * Py_BuildValue would take a third of the call. */
PyObject *core_compare(PyObject *self, PyObject *const *args, Py_ssize_t arg_count)
{
    struct argument a, b;
    neardup_comparison c;
    neardup_passage *passages = NULL;
    size_t count = 0;
    neardup_error err;
    (void)self;
    if (arg_count != 3) {
        PyErr_SetString(PyExc_TypeError, "compare takes a comparer and two texts");
        return NULL;
    }
    neardup_comparer *comparer = PyCapsule_GetPointer(args[0], comparer_name);
    if (comparer == NULL || take_argument("a", args[1], &a) < 0 || take_argument("b", args[2], &b) < 0)
        return NULL;
    PyThreadState *state = release(a.length + b.length);
    neardup_status st =
        neardup_comparer_compare(comparer, a.text, a.length, b.text, b.length, &c, &passages, &count, &err);
    restore(state);
    if (st != NEARDUP_OK)
        return core_raise(&err);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *passage = make_passage(&passages[i], &a, &b);
        if (passage == NULL || PyList_SetItem(list, (Py_ssize_t)i, passage) < 0)
            Py_CLEAR(list);
    }
    neardup_free(passages);
    PyObject *const members[] = {PyBool_FromLong(c.identical),
                                 PyFloat_FromDouble(c.jaccard),
                                 PyFloat_FromDouble(c.a_in_b),
                                 PyFloat_FromDouble(c.b_in_a),
                                 PyLong_FromUnsignedLongLong(c.a_tokens),
                                 PyLong_FromUnsignedLongLong(c.b_tokens),
                                 PyLong_FromUnsignedLongLong(c.a_shingles),
                                 PyLong_FromUnsignedLongLong(c.b_shingles),
                                 PyLong_FromUnsignedLongLong(c.shared),
                                 list,
                                 PyBool_FromLong(c.numbers_differ)};
    return make_tuple(members, sizeof members / sizeof *members);
}

/* tokenize(comparer, text) -> [(begin, end)] in characters */
PyObject *core_tokenize(PyObject *self, PyObject *args)
{
    PyObject *capsule, *value;
    struct argument text;
    neardup_span *spans = NULL;
    size_t count = 0;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "OO", &capsule, &value))
        return NULL;
    neardup_comparer *comparer = PyCapsule_GetPointer(capsule, comparer_name);
    if (comparer == NULL || take_argument("text", value, &text) < 0)
        return NULL;
    if (neardup_comparer_tokenise(comparer, text.text, text.length, &spans, &count, &err) != NEARDUP_OK)
        return core_raise(&err);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        unsigned long long begin = characters_before(&text, (size_t)spans[i].begin);
        PyObject *span = Py_BuildValue("(KK)", begin, characters_before(&text, (size_t)spans[i].end));
        if (span == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, span);
    }
    neardup_free(spans);
    return list;
}

/* diff(comparer, a, b) -> [(a_begin, a_end, b_begin, b_end, shared)] in characters */
PyObject *core_diff(PyObject *self, PyObject *args)
{
    PyObject *capsule, *left, *right;
    struct argument a, b;
    neardup_segment *segments = NULL;
    size_t count = 0;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOO", &capsule, &left, &right))
        return NULL;
    neardup_comparer *comparer = PyCapsule_GetPointer(capsule, comparer_name);
    if (comparer == NULL || take_argument("a", left, &a) < 0 || take_argument("b", right, &b) < 0)
        return NULL;
    PyThreadState *state = release(a.length + b.length);
    neardup_status st = neardup_comparer_diff(comparer, a.text, a.length, b.text, b.length, &segments, &count, &err);
    restore(state);
    if (st != NEARDUP_OK)
        return core_raise(&err);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        const neardup_segment *s = &segments[i];
        unsigned long long a_begin = characters_before(&a, s->a_begin), a_end = characters_before(&a, s->a_end);
        unsigned long long b_begin = characters_before(&b, s->b_begin), b_end = characters_before(&b, s->b_end);
        PyObject *segment = Py_BuildValue("(KKKKO)", a_begin, a_end, b_begin, b_end, s->shared ? Py_True : Py_False);
        if (segment == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, segment);
    }
    neardup_free(segments);
    return list;
}

/* ---- sketches ---------------------------------------------------------------------------------------------------- */

/* One of the two, with what it makes. */
struct sketcher {
    neardup_sketcher *minhash;
    neardup_simhasher *simhash;
    size_t bytes;
};

static const char sketcher_name[] = "neardup.sketcher";

static void free_sketcher(PyObject *capsule)
{
    struct sketcher *s = PyCapsule_GetPointer(capsule, sketcher_name);
    if (s == NULL)
        return;
    neardup_sketcher_destroy(s->minhash);
    neardup_simhasher_destroy(s->simhash);
    free(s);
}

/* sketcher(method, tokens, ngram, kind, slots, seed, bits, weights) -> capsule, for one thread at a time */
PyObject *core_sketcher(PyObject *self, PyObject *args)
{
    unsigned method, tokens, ngram, kind, slots, bits, weights;
    unsigned long long seed;
    neardup_status st;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "IIIIIKII", &method, &tokens, &ngram, &kind, &slots, &seed, &bits, &weights))
        return NULL;
    struct sketcher *s = calloc(1, sizeof *s);
    if (s == NULL)
        return PyErr_NoMemory();
    const neardup_profile profile = {(neardup_tokens)tokens, ngram};
    if (method == NEARDUP_METHOD_SIMHASH) {
        s->bytes = sizeof(neardup_fingerprint);
        st = neardup_simhasher_create(&s->simhash, &profile, bits, (neardup_weights)weights, NEARDUP_CPU_AUTO, &err);
    } else {
        s->bytes = sizeof(uint32_t) * slots;
        st = neardup_sketcher_create(&s->minhash, &profile, (neardup_sketch_kind)kind, slots, seed, NEARDUP_CPU_AUTO,
                                     &err);
    }
    if (st != NEARDUP_OK) {
        free(s);
        return core_raise(&err);
    }
    return PyCapsule_New(s, sketcher_name, free_sketcher);
}

static neardup_status sketch_one(const struct sketcher *s, const char *text, size_t length, char *out,
                                 uint64_t *shingles, neardup_error *err)
{
    if (s->simhash == NULL)
        return neardup_sketcher_sketch(s->minhash, text, length, (uint32_t *)(void *)out, shingles, err);
    return neardup_simhasher_compute(s->simhash, text, length, (neardup_fingerprint *)(void *)out, shingles, err);
}

/* sketch(sketcher, texts: list) -> (sketches, shingles), each one bytes object. As runs do: None is a row of ones. */
PyObject *core_sketch(PyObject *self, PyObject *args)
{
    PyObject *capsule, *texts;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "OO!", &capsule, &PyList_Type, &texts))
        return NULL;
    const struct sketcher *s = PyCapsule_GetPointer(capsule, sketcher_name);
    if (s == NULL)
        return NULL;
    Py_ssize_t count = PyList_Size(texts);
    PyObject *sketches = PyBytes_FromStringAndSize(NULL, count * (Py_ssize_t)s->bytes);
    PyObject *shingles = PyBytes_FromStringAndSize(NULL, count * (Py_ssize_t)sizeof(uint64_t));
    PyObject *both = sketches != NULL && shingles != NULL ? PyTuple_Pack(2, sketches, shingles) : NULL;
    for (Py_ssize_t i = 0; both != NULL && i < count; i++) {
        char *out = PyBytes_AsString(sketches) + (size_t)i * s->bytes;
        uint64_t *number = (uint64_t *)(void *)PyBytes_AsString(shingles) + i;
        const char *text = NULL;
        size_t length = 0;
        if (core_take_text(PyList_GetItem(texts, i), i, &text, &length) < 0) {
            Py_CLEAR(both);
        } else if (text == NULL) {
            memset(out, 255, s->bytes);
            *number = 0;
        } else {
            PyThreadState *state = release(length);
            neardup_status st = sketch_one(s, text, length, out, number, &err);
            restore(state);
            if (st != NEARDUP_OK) {
                Py_CLEAR(both);
                core_raise(&err);
            }
        }
    }
    Py_XDECREF(sketches);
    Py_XDECREF(shingles);
    return both;
}

/* similarity(simhash, a, b): of the bytes of two sketches: the estimated Jaccard similarity, or the distance */
PyObject *core_similarity(PyObject *self, PyObject *args)
{
    int simhash;
    PyObject *result = NULL;
    const char *left, *right;
    Py_ssize_t left_length, right_length;
    (void)self;
    if (!PyArg_ParseTuple(args, "py#y#", &simhash, &left, &left_length, &right, &right_length))
        return NULL;
    if (left_length != right_length || (simhash && left_length != sizeof(neardup_fingerprint)))
        PyErr_SetString(PyExc_ValueError, "sketches of different sizes cannot be compared");
    else if (simhash) {
        neardup_fingerprint x, y;
        memcpy(&x, left, sizeof x);
        memcpy(&y, right, sizeof y);
        result = PyLong_FromUnsignedLong(neardup_fingerprint_distance(x, y));
    } else {
        result = PyFloat_FromDouble(neardup_signature_jaccard(
            (const uint32_t *)(const void *)left, (const uint32_t *)(const void *)right, (uint32_t)(left_length / 4)));
    }
    return result;
}

/* ---- plans ------------------------------------------------------------------------------------------------------- */

/* plan(threshold, recall, kind, slots, bands, rows, all, documents, mean_bytes, memory) -> (kind, slots, bands, rows,
 * recall_at_threshold, half_point, false_share, memory, memory_min, scratch, [(jaccard, probability)]) */
PyObject *core_plan(PyObject *self, PyObject *args)
{
    neardup_plan_options options = NEARDUP_PLAN_OPTIONS_INIT;
    unsigned kind, slots, bands, rows;
    int all;
    unsigned long long documents, mean_bytes, memory;
    neardup_plan plan;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "ddIIIIpKKK", &options.threshold, &options.recall, &kind, &slots, &bands, &rows, &all,
                          &documents, &mean_bytes, &memory))
        return NULL;
    options.kind = (neardup_sketch_kind)kind;
    options.slots = slots;
    options.bands = bands;
    options.rows = rows;
    options.all = all != 0;
    options.documents = documents;
    options.mean_bytes = mean_bytes;
    options.memory_budget = memory;
    if (neardup_plan_solve(&options, &plan, &err) != NEARDUP_OK)
        return core_raise(&err);
    PyObject *curve = PyList_New(0);
    for (int i = 0; curve != NULL && i <= 20; i++) {
        PyObject *point = Py_BuildValue("(dd)", i / 20.0, neardup_plan_candidate_probability(&plan, i / 20.0));
        if (point == NULL || PyList_Append(curve, point) < 0)
            Py_CLEAR(curve);
        Py_XDECREF(point);
    }
    if (curve == NULL)
        return NULL;
    return Py_BuildValue("(IIIIdddKKKN)", (unsigned)plan.kind, (unsigned)plan.slots, (unsigned)plan.bands,
                         (unsigned)plan.rows, plan.recall_at_threshold, plan.half_point, plan.false_share,
                         (unsigned long long)plan.memory_bytes, (unsigned long long)plan.memory_min_bytes,
                         (unsigned long long)plan.scratch_bytes, curve);
}

/* presets() -> [(name, tokens, ngram, threshold)] */
PyObject *core_presets(PyObject *self, PyObject *args)
{
    PyObject *list = PyList_New(0);
    const neardup_preset *p;
    (void)self;
    (void)args;
    for (size_t i = 0; list != NULL && (p = neardup_preset_at(i)) != NULL; i++) {
        PyObject *row = Py_BuildValue("(siId)", p->name, (int)p->profile.tokens, p->profile.ngram, p->threshold);
        if (row == NULL || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list;
}

/* hamming_plan(bits, distance, documents, memory) -> (blocks, matching, tables, seconds, memory) */
PyObject *core_hamming_plan(PyObject *self, PyObject *args)
{
    unsigned bits, distance;
    unsigned long long documents, memory;
    neardup_hamming_plan plan;
    neardup_error err;
    (void)self;
    if (!PyArg_ParseTuple(args, "IIKK", &bits, &distance, &documents, &memory))
        return NULL;
    if (neardup_hamming_plan_solve(bits, distance, documents, memory, &plan, &err) != NEARDUP_OK)
        return core_raise(&err);
    return Py_BuildValue("(IIIdK)", plan.blocks, plan.matching, (unsigned)plan.tables, plan.seconds,
                         (unsigned long long)plan.bytes);
}
