/* SPDX-License-Identifier: MIT
 * What the files of neardup._core share. They use the stable ABI of Python 3.10, so that one wheel serves all later
 * versions, and of the library only its public headers. */
#ifndef NEARDUP_PYTHON_CORE_H
#define NEARDUP_PYTHON_CORE_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030a0000
#include <Python.h>

#include <neardup_arrow.h>
#include <neardup_run.h>

#include <stdbool.h>
#include <stdint.h>

/* Sets the exception neardup.Error, or MemoryError. Returns NULL. */
PyObject *core_raise(const neardup_error *err);

void core_name_parameters(const char *message, char *out, size_t size);

/* Moves the stream out of a capsule, or out of the pair of capsules of __arrow_c_array__. -1: an exception is set. */
int core_take_stream(PyObject *capsules, struct ArrowArrayStream *stream);

/* The bytes of a str (as UTF-8), of a bytes object, or none of None. They live as long as the object. row is for the
 * message of the exception. */
int core_take_text(PyObject *value, Py_ssize_t row, const char **text, size_t *length);

/* ---- a run: job.c runs it, found.c keeps what it finds ---- */

#define MOST_SPLITS 64

/* Bytes that grow. The callbacks run without the GIL, so they cannot use objects of Python. */
struct bytes {
    char *data;
    size_t length, capacity;
};

/* A column of strings, as Arrow has it: where each begins, their characters, and a bit for each that is not null. */
struct column {
    struct bytes offsets, characters, bits;
    uint64_t count;
};

/* Where a document is. Those of tables have a row, those of files a file and a line. */
struct places {
    struct column id, file;
    struct bytes line;
};

/* What the limits of a check count: as the program counts it (src/check/collect.c), with no list of allowed texts. */
struct counts {
    uint64_t documents, bytes, tokens, exact, largest, reference, part_tokens;
};

/* Filled by the callbacks of all kinds of runs. */
struct found {
    bool out_of_memory;
    struct places document, other;
    struct bytes split, other_split, reason, jaccard, containment; /* of leaks */
    struct bytes sketches, shingles;
    size_t sketch_bytes;
    bool counting;
    struct counts counts;
    neardup_baseline *baseline; /* NULL: none */
    uint64_t split_documents[MOST_SPLITS], split_tokens[MOST_SPLITS], split_short[MOST_SPLITS];
};

struct strings;
struct iterator;

struct run {
    neardup_job_options options;
    neardup_job *job;
    struct strings **strings;
    size_t string_count;
    struct iterator **iterators;
    size_t iterator_count;
    PyObject *progress, *message; /* callables; NULL: none */
    unsigned leak_ngram;
    double leak_containment;
    size_t split_count;
    const char **globs; /* pre_globs of the options; the strings are those of the dict */
    struct found found;
    bool raised; /* an exception of Python is set, or was taken into the three below */
    PyObject *type, *value, *traceback;
};

/* Callbacks of runs; their context is the run. */
bool core_on_decision(void *context, const neardup_decision *decision);
bool core_on_cluster(void *context, const neardup_cluster *cluster);
bool core_on_near_miss(void *context, const neardup_pair *pair);
bool core_on_leak(void *context, const neardup_leak *leak);
bool core_on_sketch(void *context, const neardup_sketched *sketched);

/* Puts what was found into a dict. -1: an exception is set. */
int core_add_summary(struct run *run, PyObject *result);
int core_add_dedup(struct run *run, PyObject *result);
int core_add_texts(struct run *run, PyObject *result);
int core_add_leaks(struct run *run, PyObject *result);
int core_add_sketches(struct run *run, PyObject *result);
void core_free_found(struct found *found);

/* Functions of the module: (self, args). */
PyObject *core_export(PyObject *self, PyObject *args);
PyObject *core_run(PyObject *self, PyObject *args);
PyObject *core_comparer(PyObject *self, PyObject *args);
PyObject *core_diff(PyObject *self, PyObject *args);
PyObject *core_tokenize(PyObject *self, PyObject *args);
PyObject *core_sketcher(PyObject *self, PyObject *args);
PyObject *core_sketch(PyObject *self, PyObject *args);
PyObject *core_similarity(PyObject *self, PyObject *args);
PyObject *core_plan(PyObject *self, PyObject *args);
PyObject *core_hamming_plan(PyObject *self, PyObject *args);
PyObject *core_presets(PyObject *self, PyObject *args);
PyObject *core_extractor(PyObject *self, PyObject *args);
PyObject *core_extract(PyObject *self, PyObject *args);
PyObject *core_matcher(PyObject *self, PyObject *args);
PyObject *core_match(PyObject *self, PyObject *args);
PyObject *core_decide(PyObject *self, PyObject *args);
PyObject *core_compare(PyObject *self, PyObject *const *args, Py_ssize_t count); /* METH_FASTCALL */

#endif
