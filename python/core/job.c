/* SPDX-License-Identifier: MIT
 * Jobs: options and sources in, columns out. */
#define _POSIX_C_SOURCE 200809L
#include "core.h"

#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- options ---------------------------------------------------------------------------------------------------- */

enum type { DOUBLE, UNSIGNED, U32, U64, BOOL, STRING, STRINGS, ENUM };

struct option {
    const char *name;
    enum type type;
    size_t offset;
};

#define OPTION(name, type)                                                                                             \
    {                                                                                                                  \
#        name, type, offsetof(neardup_job_options, name)                                                               \
    }
#define OPTION_AT(name, type, at)                                                                                      \
    {                                                                                                                  \
        name, type, offsetof(neardup_job_options, at)                                                                  \
    }

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
    OPTION(audit, U32),
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
    OPTION(annotate, BOOL),
    OPTION(cut_unique, BOOL),
    OPTION(keep_numbers, BOOL),
    OPTION(preset, STRING),
    OPTION(drop_invalid, BOOL),
    OPTION(drop_empty, BOOL),
    OPTION(delimiter, STRING),
    OPTION(encoding, STRING),
    OPTION(pre, STRING),
    OPTION(pre_globs, STRINGS),
    OPTION(binary, ENUM),
    OPTION(html, ENUM),
    OPTION(include, STRING),
    OPTION(exclude, STRING),
    OPTION(gitignore, BOOL),
    OPTION(scratch_limit, U64),
    OPTION(max_expansion, U64),
    OPTION(python, STRING),
    OPTION(contained, DOUBLE),
    OPTION(contained_min_tokens, U64),
    OPTION(no_sync, BOOL),
    OPTION(contents, BOOL),
};

/* Only pre_globs is one: a list of str. */
static int set_globs(struct run *run, PyObject *value)
{
    Py_ssize_t count = PyList_Size(value);
    if (count < 0)
        return -1;
    free(run->globs);
    run->globs = calloc((size_t)count + 1, sizeof *run->globs);
    if (run->globs == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        run->globs[i] = PyUnicode_AsUTF8AndSize(PyList_GetItem(value, i), NULL);
        if (run->globs[i] == NULL)
            return -1;
    }
    run->options.pre_globs = run->globs;
    run->options.pre_glob_count = (size_t)count;
    return 0;
}

static int set_option(struct run *run, const struct option *option, PyObject *value)
{
    neardup_job_options *options = &run->options;
    if (option->type == STRINGS)
        return set_globs(run, value);
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

static int take_options(PyObject *given, struct run *run)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    neardup_job_options_init(&run->options, sizeof run->options);
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
        if (value != Py_None && set_option(run, &options_table[i], value) < 0)
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

int core_take_text(PyObject *value, Py_ssize_t row, const char **text, size_t *length)
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
        if (core_take_text(PyList_GetItem(texts, i), i, &d->text, &d->text_length) < 0 ||
            (s->ids != NULL && core_take_text(PyList_GetItem(ids, i), i, &d->id, &d->id_length) < 0)) {
            free_strings(s);
            return NULL;
        }
        s->bytes += d->text_length;
    }
    s->count = (uint64_t)count;
    return s;
}

/* ---- an iterator of Python as a source ---------------------------------------------------------------------------- */

/* Texts or pairs (id, text), each asked for once: the library keeps what it needs in its scratch folder. */
struct iterator {
    PyObject *items; /* the iterator */
    PyObject *held;  /* a list of what the documents of the last call are made of */
    struct run *run;
    uint64_t count;
};

static bool keep_exception(struct run *run);

static bool hold(PyObject *list, PyObject *object)
{
    return object != NULL && PyList_Append(list, object) == 0;
}

static int take_item(PyObject *held, PyObject *item, Py_ssize_t row, neardup_document *d)
{
    PyObject *text = item;
    if (!hold(held, item))
        return -1;
    if (PyTuple_Check(item)) {
        PyObject *id;
        if (!PyArg_ParseTuple(item, "OO;documents are texts or pairs (id, text)", &id, &text))
            return -1;
        PyObject *name = PyObject_Str(id);
        bool good = hold(held, name) && core_take_text(name, row, &d->id, &d->id_length) == 0;
        Py_XDECREF(name);
        if (!good)
            return -1;
    }
    return core_take_text(text, row, &d->text, &d->text_length);
}

static neardup_status read_iterator(void *context, uint64_t first, neardup_document *documents, size_t most,
                                    size_t *count, neardup_error *err)
{
    struct iterator *it = context;
    (void)first;
    (void)err;
    *count = 0;
    PyGILState_STATE state = PyGILState_Ensure();
    Py_XDECREF(it->held);
    it->held = PyList_New(0);
    bool good = it->held != NULL;
    while (good && *count < most) {
        PyObject *item = PyIter_Next(it->items);
        if (item == NULL) {
            good = !PyErr_Occurred();
            break;
        }
        good = take_item(it->held, item, (Py_ssize_t)it->count, &documents[*count]) == 0;
        Py_DECREF(item);
        it->count++;
        ++*count;
    }
    if (!good)
        keep_exception(it->run);
    PyGILState_Release(state);
    return good ? NEARDUP_OK : NEARDUP_E_CANCELED;
}

/* ---- a run ------------------------------------------------------------------------------------------------------ */

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

static bool say(struct run *run, int severity, const char *file, uint64_t line, const char *text, uint64_t count)
{
    if (run->message == NULL)
        return true;
    char plain[1024];
    core_name_parameters(text, plain, sizeof plain);
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *answer = PyObject_CallFunction(run->message, "izKsK", severity, file, (unsigned long long)line, plain,
                                             (unsigned long long)count);
    bool go_on = answer != NULL;
    Py_XDECREF(answer);
    if (!go_on)
        keep_exception(run);
    PyGILState_Release(state);
    return go_on;
}

/* Invalid records are summed up by on_invalid. */
static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *text)
{
    bool record = severity == NEARDUP_WARNING && file != NULL && line > 0;
    return record || say(context, (int)severity, file, line, text, 1);
}

static bool on_invalid(void *context, const char *file, uint64_t line, const char *reason, uint64_t count)
{
    return say(context, NEARDUP_WARNING, file, line, reason, count);
}

#define SKIPPED 3 /* the severity of the names of skipped files: a file can have a message of its own, too */

static bool on_skipped(void *context, const char *file, const char *kind)
{
    char text[256];
    snprintf(text, sizeof text, "skipped, it is not text: %s", kind);
    return say(context, SKIPPED, file, 0, text, 1);
}

static int add_iterator(struct run *run, const char *name, PyObject *items, bool reference, neardup_error *err)
{
    struct iterator *it = calloc(1, sizeof *it);
    if (it == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    Py_INCREF(items);
    *it = (struct iterator){.items = items, .run = run};
    run->iterators[run->iterator_count++] = it;
    const neardup_source_vtable vtable = {.struct_size = sizeof vtable, .read = read_iterator};
    err->code = neardup_job_add_source(run->job, name, &vtable, it, reference, err);
    return 0;
}

/* ("path", path, reference), ("arrow", name, capsules, reference, hold), ("texts", name, texts, ids, reference),
 * ("items", name, iterator, reference), ("split", name): what follows belongs to that split, or
 * ("exclude", path): a file that is not read, even if it is in a folder of inputs */
static int add_source(struct run *run, PyObject *source, neardup_error *err)
{
    const char *kind = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(source, 0), NULL), *name;
    PyObject *value, *ids;
    int reference, hold;
    if (kind == NULL)
        return -1;
    if (strcmp(kind, "exclude") == 0) {
        if (!PyArg_ParseTuple(source, "sO&", &kind, PyUnicode_FSConverter, &value))
            return -1;
        err->code = neardup_job_exclude(run->job, PyBytes_AsString(value), err);
        Py_DECREF(value);
    } else if (strcmp(kind, "split") == 0) {
        if (!PyArg_ParseTuple(source, "ss", &kind, &name))
            return -1;
        if (run->split_count == MOST_SPLITS) {
            PyErr_Format(PyExc_ValueError, "more than %d splits", MOST_SPLITS);
            return -1;
        }
        err->code = neardup_job_begin_split(run->job, name, err);
        run->split_count++;
    } else if (strcmp(kind, "path") == 0) {
        if (!PyArg_ParseTuple(source, "sO&p", &kind, PyUnicode_FSConverter, &value, &reference))
            return -1;
        name = PyBytes_AsString(value);
        err->code =
            reference ? neardup_job_add_reference(run->job, name, err) : neardup_job_add_input(run->job, name, err);
        Py_DECREF(value);
    } else if (strcmp(kind, "arrow") == 0) {
        struct ArrowArrayStream stream;
        if (!PyArg_ParseTuple(source, "ssOpp", &kind, &name, &value, &reference, &hold) ||
            core_take_stream(value, &stream) < 0)
            return -1;
        neardup_status st;
        Py_BEGIN_ALLOW_THREADS;
        st = neardup_job_add_arrow(run->job, name, &stream, hold != 0, reference != 0, err);
        Py_END_ALLOW_THREADS;
        err->code = st;
    } else if (strcmp(kind, "items") == 0) {
        if (!PyArg_ParseTuple(source, "ssOp", &kind, &name, &value, &reference) ||
            add_iterator(run, name, value, reference != 0, err) < 0)
            return -1;
    } else {
        if (!PyArg_ParseTuple(source, "ssO!Op", &kind, &name, &PyList_Type, &value, &ids, &reference))
            return -1;
        struct strings *s = make_strings(value, ids);
        if (s == NULL)
            return -1;
        run->strings[run->string_count++] = s;
        const neardup_source_vtable vtable = {.struct_size = sizeof vtable,
                                              .flags = NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL |
                                                       NEARDUP_SOURCE_IN_PLACE,
                                              .bytes = s->bytes,
                                              .read = read_strings};
        err->code = neardup_job_add_source(run->job, name, &vtable, s, reference != 0, err);
    }
    if (err->code == NEARDUP_OK)
        return 0;
    core_raise(err);
    return -1;
}

static int add_sources(struct run *run, PyObject *sources, neardup_error *err)
{
    Py_ssize_t count = PyList_Size(sources);
    run->strings = calloc((size_t)count + 1, sizeof *run->strings);
    run->iterators = calloc((size_t)count + 1, sizeof *run->iterators);
    if (run->strings == NULL || run->iterators == NULL) {
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
    for (size_t i = 0; i < run->iterator_count; i++) {
        Py_XDECREF(run->iterators[i]->items);
        Py_XDECREF(run->iterators[i]->held);
        free(run->iterators[i]);
    }
    free(run->iterators);
    free(run->globs);
    core_free_found(&run->found);
}

/* ---- the runs --------------------------------------------------------------------------------------------------- */

static neardup_status run_dedup(struct run *run, neardup_callbacks *callbacks, neardup_error *err)
{
    callbacks->decision = core_on_decision;
    callbacks->cluster = run->found.counting ? core_on_cluster : NULL;
    callbacks->near_miss = run->found.baseline != NULL ? core_on_near_miss : NULL;
    neardup_status st = neardup_job_collect(
        run->job, NEARDUP_COLUMNS_DECISIONS | NEARDUP_COLUMNS_PAIRS | NEARDUP_COLUMNS_CLUSTERS, err);
    return st == NEARDUP_OK ? neardup_job_run(run->job, callbacks, err) : st;
}

static neardup_status run_leaks(struct run *run, neardup_callbacks *callbacks, neardup_error *err)
{
    neardup_leak_options leaks = NEARDUP_LEAK_OPTIONS_INIT;
    leaks.profile = (neardup_profile){run->options.profile.tokens, run->leak_ngram};
    leaks.containment = run->leak_containment;
    leaks.context = run;
    leaks.leak = core_on_leak;
    leaks.split_documents = run->found.split_documents;
    leaks.split_tokens = run->found.split_tokens;
    leaks.split_short = run->found.split_short;
    return neardup_job_run_leaks(run->job, &leaks, callbacks, err);
}

static neardup_status run_sketch(struct run *run, neardup_callbacks *callbacks, neardup_error *err)
{
    const neardup_sketch_options sketch = {
        .struct_size = sizeof sketch, .slots = run->options.slots, .context = run, .sketched = core_on_sketch};
    run->found.sketch_bytes = run->options.method == NEARDUP_METHOD_MINHASH ? sizeof(uint32_t) * run->options.slots
                                                                            : sizeof(neardup_fingerprint);
    return neardup_job_run_sketch(run->job, &sketch, callbacks, err);
}

struct kind {
    const char *name;
    neardup_status (*run)(struct run *run, neardup_callbacks *callbacks, neardup_error *err);
    int (*add)(struct run *run, PyObject *result);
};

static const struct kind kinds[] = {
    {"dedup", run_dedup, core_add_dedup},      {"check", run_dedup, core_add_dedup},
    {"report", run_dedup, core_add_texts},     {"leaks", run_leaks, core_add_leaks},
    {"sketch", run_sketch, core_add_sketches},
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    PyErr_Format(PyExc_ValueError, "unknown kind of run %s", name);
    return NULL;
}

static PyObject *results_of(struct run *run, const struct kind *kind)
{
    PyObject *result = PyDict_New();
    if (result != NULL && (core_add_summary(run, result) < 0 || kind->add(run, result) < 0))
        Py_CLEAR(result);
    return result;
}

/* ---- the thread of a run ---- */

/* The library runs in a thread of its own, and the caller's looks for signals meanwhile: so Ctrl-C ends the run in every phase,
 * and not only in those that report progress. */
#define SIGNALS_MS 50

struct work {
    struct run *run;
    const struct kind *kind;
    neardup_callbacks callbacks;
    neardup_status status;
    neardup_error err;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;
};

static void *work(void *context)
{
    struct work *w = context;
    neardup_status status = w->kind->run(w->run, &w->callbacks, &w->err);
    pthread_mutex_lock(&w->lock);
    w->status = status;
    w->done = true;
    pthread_cond_signal(&w->ended);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Whether it has ended within a while. */
static bool wait_a_while(struct work *w)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += SIGNALS_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_mutex_lock(&w->lock);
    int failed = 0;
    while (!w->done && failed == 0)
        failed = pthread_cond_timedwait(&w->ended, &w->lock, &until);
    bool done = w->done;
    pthread_mutex_unlock(&w->lock);
    return done;
}

/* Without the GIL, but for a moment now and then. */
static void run_job(struct work *w)
{
    pthread_t thread;
    PyThreadState *state = PyEval_SaveThread();
    if (pthread_create(&thread, NULL, work, w) != 0) {
        work(w); /* then on_progress looks for signals */
        PyEval_RestoreThread(state);
        return;
    }
    while (!wait_a_while(w)) {
        PyEval_RestoreThread(state);
        if (PyErr_CheckSignals() < 0) {
            keep_exception(w->run);
            neardup_job_cancel(w->run->job);
        }
        state = PyEval_SaveThread();
    }
    pthread_join(thread, NULL);
    PyEval_RestoreThread(state);
}

/* A baseline is its text (None: there is none yet), name, and whether it may be of other options. */
static int take_baseline(struct run *run, PyObject *baseline)
{
    const char *text = NULL, *name;
    Py_ssize_t length = 0;
    int any_options;
    neardup_error err = {.code = NEARDUP_OK};
    if (baseline == NULL || baseline == Py_None)
        return 0;
    if (!PyArg_ParseTuple(baseline, "z#sp", &text, &length, &name, &any_options))
        return -1;
    err.code = neardup_baseline_create(&run->found.baseline, run->job, &err);
    if (err.code == NEARDUP_OK && text != NULL)
        err.code =
            neardup_baseline_read(run->found.baseline, text, (size_t)length, name, any_options != 0, &err);
    if (err.code == NEARDUP_OK)
        return 0;
    core_raise(&err);
    return -1;
}

/* run(kind, sources, options, progress, message, leak_containment=0.8, leak_ngram=8, baseline=None) -> dict */
PyObject *core_run(PyObject *self, PyObject *args)
{
    struct run run = {.job = NULL, .leak_containment = 0.8, .leak_ngram = 8};
    const char *name;
    PyObject *sources, *options, *baseline = NULL, *result = NULL;
    neardup_error err = {.code = NEARDUP_OK};
    (void)self;
    if (!PyArg_ParseTuple(args, "sO!O!OO|dIO", &name, &PyList_Type, &sources, &PyDict_Type, &options, &run.progress,
                          &run.message, &run.leak_containment, &run.leak_ngram, &baseline))
        return NULL;
    const struct kind *kind = find_kind(name);
    if (kind == NULL || take_options(options, &run) < 0) {
        free(run.globs);
        return NULL;
    }
    run.progress = run.progress != Py_None ? run.progress : NULL;
    run.message = run.message != Py_None ? run.message : NULL;
    run.found.counting = strcmp(name, "check") == 0;
    if (neardup_job_create(&run.job, &run.options, &err) != NEARDUP_OK) {
        free(run.globs);
        return core_raise(&err);
    }
    if (take_baseline(&run, baseline) == 0 && add_sources(&run, sources, &err) == 0) {
        struct work w = {.run = &run,
                         .kind = kind,
                         .callbacks = {.struct_size = sizeof w.callbacks,
                                       .context = &run,
                                       .progress = on_progress,
                                       .message = on_message,
                                       .invalid = on_invalid,
                                       .skipped = on_skipped},
                         .lock = PTHREAD_MUTEX_INITIALIZER,
                         .ended = PTHREAD_COND_INITIALIZER};
        run_job(&w);
        if (run.raised)
            PyErr_Restore(run.type, run.value, run.traceback);
        else if (run.found.out_of_memory)
            PyErr_NoMemory();
        else if (w.status != NEARDUP_OK)
            core_raise(&w.err);
        else
            result = results_of(&run, kind);
    }
    close_run(&run);
    return result;
}
