/* SPDX-License-Identifier: MIT
 * The Python module neardup._core: one function per kind of work, over the public headers alone. The package makes of it
 * what people use: it checks arguments, names things and builds results.
 *
 * Numbers of a result leave as bytes objects, one per column, which memoryview casts without a copy. */
#include "core.h"

#include <string.h>

static PyObject *error_type;

static int set_attribute(PyObject *error, const char *name, PyObject *value)
{
    int failed = value == NULL || PyObject_SetAttrString(error, name, value) < 0;
    Py_XDECREF(value);
    return failed ? -1 : 0;
}

/* A field of the library that a message names in backticks, such as `text_field`, becomes the parameter: text. */
void core_name_parameters(const char *message, char *out, size_t size)
{
    static const struct {
        const char *field, *parameter;
    } names[] = {
        {"text_field", "text"},           {"id_field", "id"},         {"group_field", "group"},
        {"format", "input_format"},       {"scratch_dir", "scratch"}, {"simhash_bits", "bits"},
        {"short_min_documents", "often"}, {"kind", "sketch"},         {"all_candidates", "candidates=\"all\""}};
    size_t used = 0;
    while (*message != '\0' && used + 1 < size) {
        size_t length = message[0] == '`' ? strspn(message + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;
        if (length == 0 || message[length + 1] != '`') {
            out[used++] = *message++;
            continue;
        }
        const char *name = message + 1;
        message += length + 2;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (strlen(names[i].field) == length && memcmp(names[i].field, name, length) == 0) {
                name = names[i].parameter;
                length = strlen(name);
                break;
            }
        }
        for (; length > 0 && used + 1 < size; length--)
            out[used++] = *name++;
    }
    out[used] = '\0';
}

PyObject *core_raise(const neardup_error *err)
{
    if (err->code == NEARDUP_E_NOMEM)
        return PyErr_NoMemory();
    char message[sizeof err->message];
    core_name_parameters(err->message, message, sizeof message);
    PyObject *error = PyObject_CallFunction(error_type, "s", message);
    if (error == NULL)
        return NULL;
    if (set_attribute(error, "status", PyUnicode_FromString(neardup_status_name(err->code))) == 0 &&
        set_attribute(error, "errno", PyLong_FromLong(err->sys_errno)) == 0 &&
        set_attribute(error, "line", PyLong_FromUnsignedLongLong(err->line)) == 0)
        PyErr_SetObject(error_type, error);
    Py_DECREF(error);
    return NULL;
}

static PyMethodDef methods[] = {
    {"run", core_run, METH_VARARGS, NULL},
    {"export", core_export, METH_VARARGS, NULL},
    {"comparer", core_comparer, METH_VARARGS, NULL},
    {"compare", (PyCFunction)(void (*)(void))core_compare, METH_FASTCALL, NULL},
    {"diff", core_diff, METH_VARARGS, NULL},
    {"tokenize", core_tokenize, METH_VARARGS, NULL},
    {"sketcher", core_sketcher, METH_VARARGS, NULL},
    {"sketch", core_sketch, METH_VARARGS, NULL},
    {"similarity", core_similarity, METH_VARARGS, NULL},
    {"plan", core_plan, METH_VARARGS, NULL},
    {"hamming_plan", core_hamming_plan, METH_VARARGS, NULL},
    {"extractor", core_extractor, METH_VARARGS, NULL},
    {"extract", core_extract, METH_VARARGS, NULL},
    {"matcher", core_matcher, METH_NOARGS, NULL},
    {"match", core_match, METH_VARARGS, NULL},
    {"decide", core_decide, METH_VARARGS, NULL},
    {"presets", core_presets, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "neardup._core", NULL, -1, methods, NULL, NULL, NULL, NULL};

static const char error_doc[] =
    "What neardup could not do, where, and why.\n\n"
    "status: the kind of failure: \"NEARDUP_E_ARG\" (options that contradict each other), \"NEARDUP_E_IO\",\n"
    "    \"NEARDUP_E_FORMAT\" (malformed input), \"NEARDUP_E_LIMIT\" (too little memory or disk), "
    "\"NEARDUP_E_EXISTS\".\n"
    "errno: of the system call that failed, or 0. line: of the input, from 1, or 0.";

PyMODINIT_FUNC PyInit__core(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL)
        return NULL;
    PyObject *unknown = Py_BuildValue("{sssisi}", "status", "", "errno", 0, "line", 0);
    error_type = unknown != NULL ? PyErr_NewExceptionWithDoc("neardup.Error", error_doc, NULL, unknown) : NULL;
    Py_XDECREF(unknown);
    Py_XINCREF(error_type);
    if (error_type == NULL || PyModule_AddObject(m, "Error", error_type) < 0 ||
        PyModule_AddStringConstant(m, "version", neardup_version()) < 0) {
        Py_XDECREF(error_type);
        Py_DECREF(m);
        return NULL;
    }
    return m;
}
