/* SPDX-License-Identifier: MIT
 * What runs find: columns of the library, columns that callbacks fill, and the summary. */
#include "core.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a run found: columns of the library ---------------------------------------------------------------------- */

static int add_bytes(PyObject *list, const char *name, const char *format, PyObject *bytes)
{
    PyObject *column = bytes != NULL ? Py_BuildValue("(ssN)", name, format, bytes) : NULL;
    int failed = column == NULL || PyList_Append(list, column) < 0;
    Py_XDECREF(column);
    return failed ? -1 : 0;
}

static int add_column(PyObject *list, const char *name, const char *format, const void *data, uint64_t count,
                      size_t size)
{
    return add_bytes(list, name, format, PyBytes_FromStringAndSize(data, (Py_ssize_t)(count * size)));
}

/* "none" is the largest number of 64 bits: read as a signed one it is -1. */
#define WORD_COLUMN(of, name) add_column(list, #name, #name, of->name, of->count, 1)
#define U64_COLUMN(of, name)  add_column(list, #name, "l", of->name, of->count, 8)
#define I32_COLUMN(of, name)  add_column(list, #name, "i", of->name, of->count, 4)
#define BOOL_COLUMN(of, name) add_column(list, #name, "b", of->name, of->count, 1)
#define F64_COLUMN(of, name)  add_column(list, #name, "g", of->name, of->count, 8)

static int add_decisions(PyObject *list, const neardup_decision_columns *d, bool contained)
{
    return U64_COLUMN(d, index) < 0 || U64_COLUMN(d, document) < 0 || WORD_COLUMN(d, unit) < 0 ||
                   WORD_COLUMN(d, reason) < 0 || F64_COLUMN(d, jaccard) < 0 || F64_COLUMN(d, containment) < 0 ||
                   I32_COLUMN(d, distance) < 0 || U64_COLUMN(d, keeper) < 0 || U64_COLUMN(d, keeper_document) < 0 ||
                   U64_COLUMN(d, cluster) < 0 || U64_COLUMN(d, cut_begin) < 0 || U64_COLUMN(d, cut_end) < 0 ||
                   BOOL_COLUMN(d, numbers_differ) < 0 || (contained && F64_COLUMN(d, keeper_containment) < 0)
               ? -1
               : 0;
}

/* Bytes inside the cuts that stay: those of row i are the ranges first[i] to first[i + 1]. */
static int add_kept(PyObject *list, const neardup_decision_columns *d)
{
    static const uint64_t zero;
    const uint64_t *first = d->count > 0 ? d->kept_first : &zero;
    return add_column(list, "first", "l", first, d->count + 1, 8) < 0 ||
                   add_column(list, "begin", "l", d->kept_begin, first[d->count], 8) < 0 ||
                   add_column(list, "end", "l", d->kept_end, first[d->count], 8) < 0
               ? -1
               : 0;
}

static int add_pairs(PyObject *list, const neardup_pair_columns *p, bool contained)
{
    return U64_COLUMN(p, a) < 0 || U64_COLUMN(p, b) < 0 || WORD_COLUMN(p, unit) < 0 || WORD_COLUMN(p, reason) < 0 ||
                   F64_COLUMN(p, jaccard) < 0 || I32_COLUMN(p, distance) < 0 || BOOL_COLUMN(p, numbers_differ) < 0 ||
                   (contained && (F64_COLUMN(p, a_in_b) < 0 || F64_COLUMN(p, b_in_a) < 0))
               ? -1
               : 0;
}

static int add_clusters(PyObject *list, const neardup_cluster_columns *k)
{
    static const uint64_t zero;
    const uint64_t *first = k->count > 0 ? k->first : &zero;
    return U64_COLUMN(k, number) < 0 || WORD_COLUMN(k, unit) < 0 || U64_COLUMN(k, keeper) < 0 ||
                   U64_COLUMN(k, component) < 0 || add_column(list, "first", "l", first, k->count + 1, 8) < 0 ||
                   add_column(list, "members", "l", k->members, first[k->count], 8) < 0
               ? -1
               : 0;
}

/* ---- what a run found: columns that its callbacks fill ---------------------------------------------------------------- */

/* data NULL: ones. */
static bool put(struct bytes *bytes, const void *data, size_t length)
{
    if (length > bytes->capacity - bytes->length) {
        size_t capacity = 2 * bytes->capacity > bytes->length + length ? 2 * bytes->capacity : bytes->length + length;
        char *grown = realloc(bytes->data, capacity < 64 ? 64 : capacity);
        if (grown == NULL)
            return false;
        bytes->data = grown;
        bytes->capacity = capacity < 64 ? 64 : capacity;
    }
    if (length > 0 && data != NULL)
        memcpy(bytes->data + bytes->length, data, length);
    else if (length > 0)
        memset(bytes->data + bytes->length, 255, length);
    bytes->length += length;
    return true;
}

static bool put_u64(struct bytes *bytes, uint64_t value)
{
    return put(bytes, &value, sizeof value);
}

static PyObject *take_bytes(struct bytes *bytes)
{
    PyObject *object = PyBytes_FromStringAndSize(bytes->data, (Py_ssize_t)bytes->length);
    free(bytes->data);
    *bytes = (struct bytes){NULL, 0, 0};
    return object;
}

static void free_column(struct column *column)
{
    free(column->offsets.data);
    free(column->characters.data);
    free(column->bits.data);
}

/* Appends what was put into characters since the last row. */
static bool end_row(struct column *column, bool null)
{
    static const unsigned char zero;
    if (column->count % 8 == 0 && !put(&column->bits, &zero, 1))
        return false;
    if (!null)
        column->bits.data[column->count / 8] |= (char)(1U << column->count % 8);
    if (column->count == 0 && !put_u64(&column->offsets, 0))
        return false;
    column->count++;
    return put_u64(&column->offsets, column->characters.length);
}

static bool put_name(struct column *column, const char *name)
{
    return (name == NULL || put(&column->characters, name, strlen(name))) && end_row(column, name == NULL);
}

static bool put_utf8(struct bytes *out, uint32_t c)
{
    const unsigned char bytes[4] = {(unsigned char)(c < 0x80      ? c
                                                    : c < 0x800   ? 0xC0 | c >> 6
                                                    : c < 0x10000 ? 0xE0 | c >> 12
                                                                  : 0xF0 | c >> 18),
                                    (unsigned char)(c < 0x800     ? 0x80 | (c & 63)
                                                    : c < 0x10000 ? 0x80 | (c >> 6 & 63)
                                                                  : 0x80 | (c >> 12 & 63)),
                                    (unsigned char)(c < 0x10000 ? 0x80 | (c & 63) : 0x80 | (c >> 6 & 63)),
                                    (unsigned char)(0x80 | (c & 63))};
    return put(out, bytes, c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
}

/* The four digits of \uXXXX; UINT32_MAX: they are not there. */
static uint32_t read_hex(const char *at, const char *end)
{
    char digits[5] = {0}, *stop;
    if (end - at < 4)
        return UINT32_MAX;
    memcpy(digits, at, 4);
    unsigned long value = strtoul(digits, &stop, 16);
    return *stop == '\0' ? (uint32_t)value : UINT32_MAX;
}

/* The library gives ids as JSON: a string is decoded, anything else stays as it is. */
static bool put_id(struct column *column, const char *json, size_t length)
{
    static const char escapes[] = "bfnrt\"\\/", escaped[] = "\b\f\n\r\t\"\\/";
    struct bytes *out = &column->characters;
    const char *at = json, *end = json + length;
    if (json == NULL || length < 2 || *json != '"')
        return (json == NULL || put(out, json, length)) && end_row(column, json == NULL);
    for (at++, end--; at < end;) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        const char *stop = slash != NULL ? slash : end;
        if (!put(out, at, (size_t)(stop - at)))
            return false;
        if (slash == NULL || slash + 1 >= end)
            break;
        const char *which = strchr(escapes, slash[1]);
        at = slash + 2;
        if (which != NULL && slash[1] != '\0') {
            if (!put(out, &escaped[which - escapes], 1))
                return false;
            continue;
        }
        uint32_t c = read_hex(at, end), low = UINT32_MAX;
        at += c != UINT32_MAX ? 4 : 0;
        if (c >= 0xD800 && c < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u')
            low = read_hex(at + 2, end);
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        }
        if (!put_utf8(out, c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ? 0xFFFD : c))
            return false;
    }
    return end_row(column, false);
}

static int add_strings(PyObject *list, const char *name, struct column *column)
{
    static const uint64_t zero;
    if (column->count == 0 && !put(&column->offsets, &zero, sizeof zero)) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *offsets = take_bytes(&column->offsets), *characters = take_bytes(&column->characters);
    PyObject *bits = take_bytes(&column->bits), *tuple = NULL;
    if (offsets != NULL && characters != NULL && bits != NULL)
        tuple = Py_BuildValue("(ssOOO)", name, "U", offsets, characters, bits);
    int failed = tuple == NULL || PyList_Append(list, tuple) < 0;
    Py_XDECREF(offsets);
    Py_XDECREF(characters);
    Py_XDECREF(bits);
    Py_XDECREF(tuple);
    return failed ? -1 : 0;
}

static bool put_place(struct places *p, const neardup_ref *ref)
{
    bool known = ref->file != NULL;
    return put_id(&p->id, known ? ref->id : NULL, ref->id_length) &&
           put_name(&p->file, !known              ? NULL
                              : ref->path != NULL ? ref->path
                                                  : ref->file) &&
           put_u64(&p->line, known ? ref->line : 0);
}

static void free_places(struct places *p)
{
    free_column(&p->id);
    free_column(&p->file);
    free(p->line.data);
}

static int add_places(PyObject *list, struct places *p, const char *const names[3])
{
    return add_strings(list, names[0], &p->id) < 0 || add_strings(list, names[1], &p->file) < 0 ||
                   add_bytes(list, names[2], "l", take_bytes(&p->line)) < 0
               ? -1
               : 0;
}

static const char *const place_names[3] = {"id", "file", "line"};
static const char *const keeper_names[3] = {"keeper_id", "keeper_file", "keeper_line"};
static const char *const source_names[3] = {"source_id", "source_file", "source_line"};

void core_free_found(struct found *f)
{
    free_places(&f->document);
    free_places(&f->other);
    struct bytes *all[] = {&f->split,       &f->other_split, &f->reason,  &f->jaccard,
                           &f->containment, &f->sketches,    &f->shingles};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]->data);
    neardup_baseline_destroy(f->baseline);
}

/* A callback's answer: false stops the run. */
static bool noted(struct found *f, bool good)
{
    f->out_of_memory = f->out_of_memory || !good;
    return good;
}

bool core_on_decision(void *context, const neardup_decision *d)
{
    struct found *f = &((struct run *)context)->found;
    return noted(f, put_place(&f->document, &d->document) && put_place(&f->other, &d->keeper));
}

struct copy {
    neardup_content content;
    uint64_t form;
};

static int by_content(const void *left, const void *right)
{
    const struct copy *a = left, *b = right;
    if (a->content.high != b->content.high)
        return a->content.high < b->content.high ? -1 : 1;
    if (a->content.low != b->content.low)
        return a->content.low < b->content.low ? -1 : 1;
    return (a->form > b->form) - (a->form < b->form);
}

/* Documents with the content and form of another one of the cluster. Two copies of each other may both be near-duplicates of a third
 * text, so contents decide, not reasons. */
static bool count_copies(const neardup_cluster *k, uint64_t *copies)
{
    size_t n = (size_t)k->member_count;
    struct copy *all = malloc((n + 1) * sizeof *all);
    if (all == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        all[i] = (struct copy){k->members[i].document.content, k->members[i].document.form};
    all[n] = (struct copy){k->keeper.content, k->keeper.form};
    qsort(all, n + 1, sizeof *all, by_content);
    for (size_t i = 0; i < n; i++)
        *copies += by_content(&all[i], &all[i + 1]) == 0;
    free(all);
    return true;
}

bool core_on_cluster(void *context, const neardup_cluster *k)
{
    struct found *f = &((struct run *)context)->found;
    struct counts *n = &f->counts;
    if (!f->counting)
        return true;
    if (f->baseline != NULL && !neardup_baseline_add_cluster(f->baseline, k))
        return noted(f, false);
    if (k->keeper.unit != NEARDUP_UNIT_DOCUMENT) {
        n->part_tokens += k->tokens;
        return true;
    }
    if (k->keeper.reference) {
        n->reference += k->member_count;
        return true;
    }
    n->documents += k->member_count;
    n->tokens += k->tokens;
    n->largest = k->documents > n->largest ? k->documents : n->largest;
    for (uint64_t i = 0; i < k->member_count; i++)
        n->bytes += k->members[i].document.record_bytes;
    return noted(f, count_copies(k, &n->exact));
}

bool core_on_near_miss(void *context, const neardup_pair *pair)
{
    struct found *f = &((struct run *)context)->found;
    return noted(f, neardup_baseline_add_near_miss(f->baseline, pair));
}

bool core_on_leak(void *context, const neardup_leak *leak)
{
    struct found *f = &((struct run *)context)->found;
    const unsigned char reason = (unsigned char)leak->reason;
    return noted(f, put_place(&f->document, &leak->document) && put_place(&f->other, &leak->source) &&
                        put_u64(&f->split, leak->document.split) && put_u64(&f->other_split, leak->source.split) &&
                        put(&f->reason, &reason, 1) && put(&f->jaccard, &leak->jaccard, sizeof leak->jaccard) &&
                        put(&f->containment, &leak->containment, sizeof leak->containment));
}

/* A record that could not be read has a row, too: of ones, with no shingle. */
bool core_on_sketch(void *context, const neardup_sketched *s)
{
    struct found *f = &((struct run *)context)->found;
    bool good = true;
    while (good && f->shingles.length / 8 < s->document.index) {
        good = put(&f->sketches, NULL, f->sketch_bytes);
        good = good && put_u64(&f->shingles, 0);
    }
    return noted(f, good &&
                        put(&f->sketches, s->signature != NULL ? (const void *)s->signature : &s->fingerprint,
                            f->sketch_bytes) &&
                        put_u64(&f->shingles, s->shingles));
}

/* ---- the summary ---- */

struct field {
    const char *name;
    size_t offset;
};

#define COUNT(name)                                                                                                    \
    {                                                                                                                  \
#        name, offsetof(neardup_summary, name)                                                                         \
    }
#define PART_COUNT(name)                                                                                               \
    {                                                                                                                  \
#        name, offsetof(neardup_paragraph_summary, name)                                                               \
    }

static const struct field summary_fields[] = {
    COUNT(files),
    COUNT(failed_files),
    COUNT(unread_data_files),
    COUNT(garbled_bytes),
    COUNT(binary_files),
    COUNT(left_out),
    COUNT(unchosen_files),
    COUNT(unchosen_folders),
    COUNT(copied_files),
    COUNT(input_bytes),
    COUNT(text_bytes),
    COUNT(records),
    COUNT(other_records),
    COUNT(revisits),
    COUNT(documents),
    COUNT(empty),
    COUNT(invalid),
    COUNT(invalid_utf8),
    COUNT(duplicate_ids),
    COUNT(tokens),
    COUNT(exact),
    COUNT(near),
    COUNT(kept),
    COUNT(removed_bytes),
    COUNT(removed_tokens),
    COUNT(clusters),
    COUNT(largest_cluster),
    COUNT(reference_documents),
    COUNT(candidates),
    COUNT(edges),
    COUNT(pairs),
    COUNT(capped_buckets),
    COUNT(unreliable),
    COUNT(peak_memory_bytes),
    COUNT(scratch_bytes),
    COUNT(contained),
    COUNT(contained_candidates),
    COUNT(contained_pairs),
    COUNT(contained_capped),
};

static const struct field part_fields[] = {
    PART_COUNT(documents),  PART_COUNT(count),      PART_COUNT(tokens),    PART_COUNT(distinct),
    PART_COUNT(exact),      PART_COUNT(near),       PART_COUNT(contained), PART_COUNT(boilerplate),
    PART_COUNT(cut_tokens), PART_COUNT(cut_bytes),  PART_COUNT(changed),   PART_COUNT(emptied),
    PART_COUNT(clusters),   PART_COUNT(candidates), PART_COUNT(edges),     PART_COUNT(pairs),
    PART_COUNT(unique),     PART_COUNT(unreliable), PART_COUNT(uncut),
};

static int set_item(PyObject *dict, const char *name, PyObject *value)
{
    int failed = value == NULL || PyDict_SetItemString(dict, name, value) < 0;
    Py_XDECREF(value);
    return failed ? -1 : 0;
}

static PyObject *counts_dict(const void *of, const struct field *fields, size_t count)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < count; i++) {
        uint64_t value;
        memcpy(&value, (const char *)of + fields[i].offset, sizeof value);
        if (set_item(dict, fields[i].name, PyLong_FromUnsignedLongLong(value)) < 0)
            Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *audit_dict(const neardup_audit *a)
{
    return Py_BuildValue("{sKsKsKsKsdsdsd}", "sampled", (unsigned long long)a->sampled, "missed",
                         (unsigned long long)a->missed, "kept", (unsigned long long)a->kept, "removed",
                         (unsigned long long)a->removed, "recall", a->recall, "recall_low", a->recall_low,
                         "recall_high", a->recall_high);
}

static PyObject *summary_dict(const neardup_summary *s)
{
    PyObject *dict = counts_dict(s, summary_fields, sizeof summary_fields / sizeof *summary_fields);
    if (dict != NULL &&
        (set_item(dict, "threads", PyLong_FromUnsignedLong(s->threads)) < 0 ||
         set_item(dict, "seconds", PyFloat_FromDouble(s->total_seconds)) < 0 ||
         (s->audit.sampled != 0 && set_item(dict, "audit", audit_dict(&s->audit)) < 0) ||
         (s->paragraphs.unit != 0 &&
          set_item(dict, "paragraphs",
                   counts_dict(&s->paragraphs, part_fields, sizeof part_fields / sizeof *part_fields)) < 0)))
        Py_CLEAR(dict);
    return dict;
}

/* ---- their results ---- */

/* Beginnings of texts of the largest clusters, to be shown: [(row of the list of clusters, [(index, text)])]. A text that
 * cannot be read again is left out. */
#define SHOWN_CLUSTERS 5
#define SHOWN_MEMBERS  4
#define SHOWN_BYTES    200

static int add_example(PyObject *texts, neardup_job *job, neardup_unit unit, uint64_t index)
{
    char text[SHOWN_BYTES];
    neardup_error err;
    if (neardup_job_excerpt(job, unit, index, text, sizeof text, &err) != NEARDUP_OK)
        return 0;
    PyObject *string = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
    PyObject *pair = string != NULL ? Py_BuildValue("(KN)", (unsigned long long)index, string) : NULL;
    int failed = pair == NULL || PyList_Append(texts, pair) < 0;
    Py_XDECREF(pair);
    return failed ? -1 : 0;
}

static PyObject *examples_of(neardup_job *job)
{
    const neardup_cluster_columns *k = neardup_job_clusters(job);
    PyObject *list = PyList_New(0);
    for (uint64_t i = 0; list != NULL && i < k->count && i < SHOWN_CLUSTERS; i++) {
        PyObject *texts = PyList_New(0);
        int failed = texts == NULL || add_example(texts, job, (neardup_unit)k->unit[i], k->keeper[i]) < 0;
        for (uint64_t m = k->first[i]; !failed && m < k->first[i + 1] && m < k->first[i] + SHOWN_MEMBERS; m++)
            failed =
                k->members[m] != k->keeper[i] && add_example(texts, job, (neardup_unit)k->unit[i], k->members[m]) < 0;
        PyObject *pair = !failed ? Py_BuildValue("(KO)", (unsigned long long)i, texts) : NULL;
        if (pair == NULL || PyList_Append(list, pair) < 0)
            Py_CLEAR(list);
        Py_XDECREF(pair);
        Py_XDECREF(texts);
    }
    return list;
}

/* {"decisions": columns, "kept", "pairs", "clusters", "examples", "counts"} */
/* What the baseline knew, and the text of the next one. */
static PyObject *baseline_of(neardup_baseline *b)
{
    static const struct {
        const char *name;
        neardup_baseline_what what;
    } counts[] = {{"known", NEARDUP_BASELINE_KNOWN},     {"new", NEARDUP_BASELINE_NEW},
                  {"kept", NEARDUP_BASELINE_KEPT},       {"added", NEARDUP_BASELINE_ADDED},
                  {"removed", NEARDUP_BASELINE_REMOVED}, {"changed", NEARDUP_BASELINE_CHANGED}};
    const char *text;
    size_t length;
    neardup_error err = {.code = NEARDUP_OK};
    if (neardup_baseline_text(b, &text, &length, &err) != NEARDUP_OK) {
        core_raise(&err);
        return NULL;
    }
    PyObject *dict = PyDict_New();
    if (dict == NULL || set_item(dict, "text", PyBytes_FromStringAndSize(text, (Py_ssize_t)length)) < 0)
        Py_CLEAR(dict);
    for (size_t i = 0; dict != NULL && i < sizeof counts / sizeof *counts; i++) {
        if (set_item(dict, counts[i].name, PyLong_FromUnsignedLongLong(neardup_baseline_count(b, counts[i].what))) < 0)
            Py_CLEAR(dict);
    }
    return dict;
}

int core_add_dedup(struct run *run, PyObject *result)
{
    const neardup_decision_columns *d = neardup_job_decisions(run->job);
    PyObject *lists[4] = {NULL};
    static const char *const names[4] = {"decisions", "kept", "pairs", "clusters"};
    for (size_t i = 0; i < 4; i++) {
        lists[i] = PyList_New(0);
        if (set_item(result, names[i], lists[i]) < 0)
            return -1;
    }
    const struct counts *n = &run->found.counts;
    if (set_item(result, "examples", examples_of(run->job)) < 0)
        return -1;
    if (run->found.baseline != NULL && set_item(result, "baseline", baseline_of(run->found.baseline)) < 0)
        return -1;
    bool contained = run->options.contained > 0;
    if (add_decisions(lists[0], d, contained) < 0 || add_places(lists[0], &run->found.document, place_names) < 0 ||
        add_places(lists[0], &run->found.other, keeper_names) < 0 || add_kept(lists[1], d) < 0 ||
        add_pairs(lists[2], neardup_job_pairs(run->job), contained) < 0 ||
        add_clusters(lists[3], neardup_job_clusters(run->job)) < 0)
        return -1;
    return !run->found.counting
               ? 0
               : set_item(result, "counts",
                          Py_BuildValue("{sKsKsKsKsKsKsK}", "documents", (unsigned long long)n->documents, "bytes",
                                        (unsigned long long)n->bytes, "tokens", (unsigned long long)n->tokens, "exact",
                                        (unsigned long long)n->exact, "largest", (unsigned long long)n->largest,
                                        "reference", (unsigned long long)n->reference, "part_tokens",
                                        (unsigned long long)n->part_tokens));
}

/* ---- texts for a report ---- */

#define REPORTED 25000 /* removed documents whose texts a report gets, at most: its page shows 10 000 clusters */

/* The whole text of a document, or None if it cannot be read. */
static PyObject *whole_text(neardup_job *job, uint64_t document)
{
    size_t size = 1 << 16;
    char *text = malloc(size);
    neardup_error err;
    while (text != NULL) {
        if (neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, document, text, size, &err) != NEARDUP_OK) {
            free(text);
            Py_RETURN_NONE;
        }
        size_t length = strlen(text);
        if (length + 5 < size) {
            PyObject *string = PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "replace");
            free(text);
            return string;
        }
        char *grown = size < SIZE_MAX / 2 ? realloc(text, 2 * size) : NULL;
        if (grown == NULL)
            free(text);
        text = grown;
        size *= 2;
    }
    return PyErr_NoMemory();
}

static bool put_decided(struct bytes *rows, const neardup_decision_columns *d)
{
    for (uint64_t i = 0; i < d->count && i < REPORTED; i++) {
        if (!put_u64(rows, d->document[i]) ||
            (d->keeper_document[i] != NEARDUP_NONE && !put_u64(rows, d->keeper_document[i])))
            return false;
    }
    return true;
}

static int by_number(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* {"texts": [(row, text)]} of what was removed and its keepers, by row */
int core_add_texts(struct run *run, PyObject *result)
{
    struct bytes rows = {NULL, 0, 0};
    PyObject *list = PyList_New(0);
    if (set_item(result, "texts", list) < 0 || list == NULL)
        return -1;
    bool good = put_decided(&rows, neardup_job_decisions(run->job));
    if (!good)
        PyErr_NoMemory();
    size_t count = rows.length / sizeof(uint64_t);
    uint64_t *row = (uint64_t *)(void *)rows.data;
    if (good && count > 1)
        qsort(row, count, sizeof *row, by_number);
    for (size_t i = 0; good && i < count; i++) {
        if (i > 0 && row[i] == row[i - 1])
            continue;
        PyObject *text = whole_text(run->job, row[i]);
        PyObject *pair = text != NULL ? Py_BuildValue("(KN)", (unsigned long long)row[i], text) : NULL;
        good = pair != NULL && PyList_Append(list, pair) == 0;
        Py_XDECREF(pair);
    }
    free(rows.data);
    return good ? 0 : -1;
}

/* {"leaks": columns, "splits": [(documents, tokens, short)]} */
int core_add_leaks(struct run *run, PyObject *result)
{
    struct found *f = &run->found;
    PyObject *list = PyList_New(0), *splits = PyList_New(0);
    if (set_item(result, "leaks", list) < 0 || set_item(result, "splits", splits) < 0 || list == NULL || splits == NULL)
        return -1;
    if (add_bytes(list, "split", "l", take_bytes(&f->split)) < 0 || add_places(list, &f->document, place_names) < 0 ||
        add_bytes(list, "source_split", "l", take_bytes(&f->other_split)) < 0 ||
        add_places(list, &f->other, source_names) < 0 ||
        add_bytes(list, "reason", "reason", take_bytes(&f->reason)) < 0 ||
        add_bytes(list, "jaccard", "g", take_bytes(&f->jaccard)) < 0 ||
        add_bytes(list, "containment", "g", take_bytes(&f->containment)) < 0)
        return -1;
    for (size_t i = 0; i < run->split_count; i++) {
        PyObject *split = Py_BuildValue("(KKK)", (unsigned long long)f->split_documents[i],
                                        (unsigned long long)f->split_tokens[i], (unsigned long long)f->split_short[i]);
        int failed = split == NULL || PyList_Append(splits, split) < 0;
        Py_XDECREF(split);
        if (failed)
            return -1;
    }
    return 0;
}

/* {"sketches": bytes, "shingles": bytes} */
int core_add_sketches(struct run *run, PyObject *result)
{
    struct found *f = &run->found;
    while (f->shingles.length / 8 < neardup_job_summary(run->job)->records) {
        if (!put(&f->sketches, NULL, f->sketch_bytes) || !put_u64(&f->shingles, 0)) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return set_item(result, "sketches", take_bytes(&run->found.sketches)) < 0 ||
                   set_item(result, "shingles", take_bytes(&run->found.shingles)) < 0
               ? -1
               : 0;
}

int core_add_summary(struct run *run, PyObject *result)
{
    return set_item(result, "summary", summary_dict(neardup_job_summary(run->job)));
}
