/* SPDX-License-Identifier: MIT
 * Tables of the Arrow C stream interface give what the same documents give as a source, for every type of column, in place
 * and streamed. The tables are made by hand here, so that no other implementation is needed. */
#define _GNU_SOURCE
#include "neardup_arrow.h"
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

TestSuite(job_arrow, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

/* ---- a table made by hand ---- */

#define ROWS 24u

/* Row 5 is null; rows i and i + 12 are copies. */
static const char *text_of(unsigned row)
{
    static char text[16][200];
    static unsigned turn;
    char *out = text[turn++ % 16];
    unsigned n = row % 12;
    if (row == 5)
        return NULL;
    if (n == 7) /* fits into a view */
        return "short one";
    snprintf(out, 200, "alpha%u beta%u gamma%u delta%u epsilon%u zeta%u eta%u theta%u", n, n, n, n, n, n, n, n);
    return out;
}

static unsigned schemas; /* that are not released */

static void free_schema(struct ArrowSchema *schema)
{
    schemas--;
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    if (schema->dictionary != NULL) {
        schema->dictionary->release(schema->dictionary);
        free(schema->dictionary);
    }
    schema->release = NULL;
}

static struct ArrowSchema *new_schema(const char *format, const char *name, int64_t children)
{
    struct ArrowSchema *s = calloc(1, sizeof *s);
    s->format = format;
    s->name = name;
    s->n_children = children;
    s->children = calloc((size_t)children + 1, sizeof *s->children);
    s->release = free_schema;
    schemas++;
    return s;
}

static unsigned arrays; /* that are not released */

static void free_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_buffers; i++)
        free((void *)(uintptr_t)array->buffers[i]);
    free(array->buffers);
    for (int64_t i = 0; i < array->n_children; i++) {
        array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    free(array->children);
    if (array->dictionary != NULL) {
        array->dictionary->release(array->dictionary);
        free(array->dictionary);
    }
    array->release = NULL;
    arrays--;
}

static struct ArrowArray *new_array(int64_t length, int64_t offset, int64_t buffers, int64_t children)
{
    struct ArrowArray *a = calloc(1, sizeof *a);
    *a = (struct ArrowArray){.length = length, .offset = offset, .n_buffers = buffers, .n_children = children};
    a->buffers = calloc((size_t)buffers + 1, sizeof *a->buffers);
    a->children = calloc((size_t)children + 1, sizeof *a->children);
    a->release = free_array;
    arrays++;
    return a;
}

/* Strings of rows first .. first + count - 1, with `before` elements of rubbish before them (a slice). */
static struct ArrowArray *strings(const char *format, const char *(*get)(unsigned), unsigned first, unsigned count,
                                  unsigned before)
{
    bool view = strcmp(format, "vu") == 0, large = strcmp(format, "U") == 0;
    struct ArrowArray *a = new_array(count, before, view ? 3 : 3, 0);
    unsigned total = count + before;
    uint8_t *valid = calloc(total / 8 + 1, 1);
    char *bytes = malloc(200 * (size_t)total + 1);
    int32_t *small = calloc(total + 1, sizeof *small);
    int64_t *wide = calloc(total + 1, sizeof *wide);
    struct {
        int32_t length;
        char rest[12];
    } *views = calloc(total + 1, sizeof *views);
    size_t used = 0;
    for (unsigned i = 0; i < total; i++) {
        const char *text = i < before ? "rubbish before the slice, which nobody wants to see" : get(first + i - before);
        size_t n = text != NULL ? strlen(text) : 0;
        if (text != NULL)
            valid[i / 8] |= (uint8_t)(1u << i % 8);
        views[i].length = (int32_t)n;
        if (n <= 12 && text != NULL)
            memcpy(views[i].rest, text, n);
        else if (text != NULL)
            memcpy(views[i].rest + 8, &(int32_t){(int32_t)used}, 4);
        if (text != NULL)
            memcpy(bytes + used, text, n);
        used += n;
        small[i + 1] = (int32_t)used;
        wide[i + 1] = (int64_t)used;
    }
    /* Exactly as long as it is: a sanitizer sees what is read after it. */
    char *exact = malloc(used > 0 ? used : 1);
    memcpy(exact, bytes, used);
    free(bytes);
    a->buffers[0] = valid;
    a->buffers[1] = view ? (void *)views : large ? (void *)wide : (void *)small;
    a->buffers[2] = exact;
    if (!view)
        free(views);
    if (view || large)
        free(small);
    if (view || !large)
        free(wide);
    return a;
}

static struct ArrowArray *dictionary_of(const char *(*get)(unsigned), unsigned first, unsigned count)
{
    struct ArrowArray *a = new_array(count, 0, 2, 0);
    uint16_t *index = calloc(count + 1, sizeof *index);
    for (unsigned i = 0; i < count; i++)
        index[i] = (uint16_t)(count - 1 - i);
    (void)first;
    (void)get;
    a->buffers[1] = index;
    return a;
}

static int64_t number_of(unsigned row)
{
    return (int64_t)row * 1000 - 7000;
}

static struct ArrowArray *numbers(unsigned first, unsigned count)
{
    struct ArrowArray *a = new_array(count, 0, 2, 0);
    int64_t *values = calloc(count + 1, sizeof *values);
    for (unsigned i = 0; i < count; i++)
        values[i] = number_of(first + i);
    a->buffers[1] = values;
    return a;
}

struct table {
    const char *format;    /* of the texts; "D": a dictionary */
    bool nested;           /* the text is a field of a struct "doc" */
    unsigned batch, given; /* rows in a batch; rows given so far */
    unsigned fails_at;     /* this batch, from 1; 0: none */
    unsigned calls;
    bool released;
};

static const char *reversed(unsigned row) /* of a dictionary of the whole table */
{
    return text_of(ROWS - 1 - row);
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    const struct table *t = stream->private_data;
    bool dictionary = strcmp(t->format, "D") == 0;
    struct ArrowSchema *root = new_schema("+s", "", 4);
    struct ArrowSchema *text = new_schema(dictionary ? "S" : t->format, "body", 0);
    if (dictionary)
        text->dictionary = new_schema("u", NULL, 0);
    root->children[0] = new_schema("l", "number", 0);
    root->children[1] = text;
    if (t->nested) {
        root->children[1] = new_schema("+s", "doc", 1);
        root->children[1]->children[0] = text;
    }
    root->children[2] = new_schema("u", "site", 0);
    root->children[3] = new_schema("l", "key", 0);
    *out = *root;
    free(root);
    return 0;
}

static const char *site_of(unsigned row)
{
    return row % 2 == 0 ? "even" : "odd";
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct table *t = stream->private_data;
    unsigned count = ROWS - t->given < t->batch ? ROWS - t->given : t->batch;
    memset(out, 0, sizeof *out);
    if (++t->calls == t->fails_at)
        return EIO;
    if (count == 0)
        return 0;
    struct ArrowArray *root = new_array(count, 0, 1, 4), *text;
    if (strcmp(t->format, "D") == 0) {
        text = dictionary_of(NULL, t->given, count);
        /* Its values are those of this batch, last one first. */
        struct ArrowArray *values = strings("u", reversed, ROWS - t->given - count, count, 0);
        text->dictionary = values;
    } else {
        text = strings(t->format, text_of, t->given, count, 3);
    }
    root->children[0] = numbers(t->given, count);
    root->children[1] = text;
    if (t->nested) {
        root->children[1] = new_array(count, 0, 1, 1);
        root->children[1]->children[0] = text;
        uint8_t *valid = calloc(count / 8 + 1, 1); /* the struct is null where the text is */
        for (unsigned i = 0; i < count; i++)
            valid[i / 8] |= (uint8_t)((text_of(t->given + i) != NULL) << i % 8);
        root->children[1]->buffers[0] = valid;
    }
    root->children[2] = strings("u", site_of, t->given, count, 0);
    root->children[3] = numbers(t->given, count);
    t->given += count;
    *out = *root;
    free(root);
    return 0;
}

static const char *last_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return "the disk is on fire";
}

static void free_stream(struct ArrowArrayStream *stream)
{
    ((struct table *)stream->private_data)->released = true;
    stream->release = NULL;
}

static struct ArrowArrayStream open_table(struct table *t)
{
    return (struct ArrowArrayStream){get_schema, get_next, last_error, free_stream, t};
}

/* ---- the same as a source ---- */

static neardup_status read_rows(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                neardup_error *err)
{
    (void)context;
    (void)err;
    (void)most;
    static char id[32];
    if (first >= ROWS)
        return NEARDUP_OK;
    *count = 1;
    snprintf(id, sizeof id, "%lld", (long long)number_of((unsigned)first));
    documents->id = id;
    documents->id_length = strlen(id);
    documents->text = text_of((unsigned)first);
    documents->text_length = documents->text != NULL ? strlen(documents->text) : 0;
    documents->group = site_of((unsigned)first);
    documents->group_length = strlen(documents->group);
    documents->keep_by = (double)number_of((unsigned)first);
    return NEARDUP_OK;
}

static neardup_job *make_job(const char *output, const char *text_field)
{
    neardup_error err;
    neardup_job *job;
    neardup_job_options o = test_options(output);
    o.write_corpus = false;
    o.text_field = text_field;
    o.id_field = "key";
    o.group_field = "site";
    o.keep = NEARDUP_KEEP_MAX;
    o.keep_field = "number";
    o.profile.ngram = 2;
    o.pairs = true;
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_collect(job, NEARDUP_COLUMNS_DECISIONS, &err), NEARDUP_OK);
    return job;
}

static void check_columns(const neardup_job *job)
{
    const neardup_decision_columns *d = neardup_job_decisions(job);
    cr_assert_not_null(d);
    cr_expect_eq(d->count, 11, "%u copies", (unsigned)d->count);
    for (uint64_t i = 0; i < d->count; i++) {
        cr_expect_eq(d->reason[i], NEARDUP_EXACT);
        cr_expect_eq(d->keeper[i], d->index[i] + 12, "the largest number stays");
        cr_expect_lt(d->index[i], 12);
        cr_expect_neq(d->index[i], 5, "a null has no copy");
    }
}

Test(job_arrow, equal_sources)
{
    static const char *const formats[] = {"u", "U", "vu", "z", "D"};
    neardup_error err;
    neardup_source_vtable vtable = {.struct_size = sizeof vtable, .flags = NEARDUP_SOURCE_REREAD, .read = read_rows};
    neardup_job *job = make_job(NULL, "body");
    cr_assert_eq(neardup_job_add_source(job, "table", &vtable, NULL, false, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK, "%s", err.message);
    check_columns(job);
    neardup_job_destroy(job);
    for (unsigned round = 0; round < 5 * 2 * 2 * 3; round++) {
        static const unsigned batches[] = {1, 7, ROWS};
        bool hold = round / 5 % 2 == 0, nested = round / 10 % 2 == 0 && hold;
        struct table t = {.format = formats[round % 5], .nested = nested, .batch = batches[round / 20]};
        struct ArrowArrayStream stream = open_table(&t);
        job = make_job(NULL, nested ? "doc.body" : "body");
        cr_assert_eq(neardup_job_add_arrow(job, "table", &stream, hold, false, &err), NEARDUP_OK, "%s", err.message);
        cr_expect_null(stream.release, "the stream is moved");
        cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK, "%s %s", t.format, err.message);
        check_columns(job);
        neardup_job_destroy(job);
        cr_expect(t.released && arrays == 0 && schemas == 0, "%u arrays, %u schemas are left", arrays, schemas);
    }
}

Test(job_arrow, trouble)
{
    neardup_error err;
    struct table t = {.format = "u", .batch = 7};
    struct ArrowArrayStream stream = open_table(&t);
    neardup_job *job = make_job(NULL, "text");
    cr_expect_eq(neardup_job_add_arrow(job, "table", &stream, true, false, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message,
                     "the table has no column 'text'; its columns: number (int64), body (string), site (string), "
                     "key (int64)");
    cr_expect(t.released);
    neardup_job_destroy(job);
    t.released = false;
    job = make_job(NULL, "number");
    stream = open_table(&t);
    cr_expect_eq(neardup_job_add_arrow(job, "table", &stream, true, false, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "the column 'number' is of type int64: expected strings");
    cr_expect(t.released);
    neardup_job_destroy(job);
    for (unsigned hold = 0; hold < 2; hold++) {
        t = (struct table){.format = "u", .batch = 7, .fails_at = 2};
        job = make_job("out", "body");
        stream = open_table(&t);
        neardup_status st = neardup_job_add_arrow(job, "table", &stream, hold == 1, false, &err);
        if (hold == 0) {
            cr_assert_eq(st, NEARDUP_OK, "%s", err.message);
            st = neardup_job_run(job, NULL, &err);
        }
        cr_expect_eq(st, NEARDUP_E_IO);
        cr_expect(strstr(err.message, "the disk is on fire") != NULL, "%s", err.message);
        neardup_job_destroy(job);
        cr_expect(t.released && arrays == 0 && !test_exists("out/summary.json"));
    }
}

/* ---- every kind of number ---- */

/* One batch of three rows with one text and a column "v" of the format: small, large, null. */
struct kinds_table {
    const char *format;
    size_t width; /* bytes of a value; 0: bits */
    const void *values;
    const char *small, *large; /* as ids */
    bool given;
};

static int get_kinds_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    const struct kinds_table *t = stream->private_data;
    struct ArrowSchema *root = new_schema("+s", "", 2);
    root->children[0] = new_schema("u", "body", 0);
    root->children[1] = new_schema(t->format, "v", 0);
    *out = *root;
    free(root);
    return 0;
}

static const char *same_text(unsigned row)
{
    (void)row;
    return "one two three four five six seven eight";
}

static const void *copy_of(const void *bytes, size_t length)
{
    void *copy = malloc(length);
    memcpy(copy, bytes, length);
    return copy;
}

static int get_kinds_batch(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct kinds_table *t = stream->private_data;
    memset(out, 0, sizeof *out);
    if (t->given)
        return 0;
    t->given = true;
    struct ArrowArray *root = new_array(3, 0, 1, 2), *v = new_array(3, 0, 2, 0);
    v->buffers[1] = copy_of(t->values, t->width > 0 ? 3 * t->width : 1);
    root->children[0] = strings("u", same_text, 0, 3, 0);
    root->children[1] = v;
    v->buffers[0] = copy_of("\3", 1);
    *out = *root;
    free(root);
    return 0;
}

static void free_kinds(struct ArrowArrayStream *stream)
{
    stream->release = NULL;
}

struct seen_ids {
    char id[3][40], keeper[3][40];
    unsigned count;
};

static bool note_ids(void *context, const neardup_decision *d)
{
    struct seen_ids *seen = context;
    cr_assert_lt(seen->count, 3);
    snprintf(seen->id[seen->count], 40, "%.*s", (int)d->document.id_length,
             d->document.id != NULL ? d->document.id : "");
    snprintf(seen->keeper[seen->count++], 40, "%.*s", (int)d->keeper.id_length,
             d->keeper.id != NULL ? d->keeper.id : "");
    return true;
}

Test(job_arrow, every_kind_of_number)
{
    const struct kinds_table tables[] = {
        {"b", 0, "\2", "false", "true", false},
        {"c", 1, (const int8_t[]){-100, 100, 0}, "-100", "100", false},
        {"C", 1, (const uint8_t[]){1, 200, 0}, "1", "200", false},
        {"s", 2, (const int16_t[]){-30000, 30000, 0}, "-30000", "30000", false},
        {"S", 2, (const uint16_t[]){1, 60000, 0}, "1", "60000", false},
        {"i", 4, (const int32_t[]){-2000000000, 2000000000, 0}, "-2000000000", "2000000000", false},
        {"I", 4, (const uint32_t[]){1, 4000000000u, 0}, "1", "4000000000", false},
        {"l", 8, (const int64_t[]){INT64_MIN, INT64_MAX, 0}, "-9223372036854775808", "9223372036854775807", false},
        {"L", 8, (const uint64_t[]){1, UINT64_MAX, 0}, "1", "18446744073709551615", false},
        {"f", 4, (const float[]){-0.5f, 1.5f, 0}, "-0.5", "1.5", false},
        {"g", 8, (const double[]){-1e300, 1e300, 0}, "-1.0000000000000001e+300", "1.0000000000000001e+300", false},
        {"tdD", 4, (const int32_t[]){-1, 20000, 0}, "-1", "20000", false},
        {"tdm", 8, (const int64_t[]){-1, 1728000000000, 0}, "-1", "1728000000000", false},
        {"tts", 4, (const int32_t[]){1, 86399, 0}, "1", "86399", false},
        {"ttm", 4, (const int32_t[]){1, 86399000, 0}, "1", "86399000", false},
        {"ttu", 8, (const int64_t[]){1, 86399000000, 0}, "1", "86399000000", false},
        {"tsu:UTC", 8, (const int64_t[]){-5, 1700000000000000, 0}, "-5", "1700000000000000", false},
    };
    for (size_t k = 0; k < 2 * sizeof tables / sizeof *tables; k++) {
        neardup_error err;
        struct kinds_table t = tables[k / 2];
        struct seen_ids seen = {.count = 0};
        neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &seen, .decision = note_ids};
        struct ArrowArrayStream stream = {get_kinds_schema, get_kinds_batch, NULL, free_kinds, &t};
        neardup_job_options o = test_options(NULL);
        o.write_corpus = false;
        o.text_field = "body";
        o.id_field = "v";
        bool hold = k % 2 == 0; /* else one field cannot be both an id and a number to keep by */
        o.keep = hold ? NEARDUP_KEEP_MAX : NEARDUP_KEEP_FIRST;
        o.keep_field = hold ? "v" : NULL;
        neardup_job *job;
        cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK, "%s", err.message);
        cr_assert_eq(neardup_job_add_arrow(job, "table", &stream, hold, false, &err), NEARDUP_OK, "%s %s", t.format,
                     err.message);
        cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s %s", t.format, err.message);
        neardup_job_destroy(job);
        cr_assert_eq(seen.count, 2, "%s", t.format);
        char removed[40], keeper[40];
        snprintf(removed, sizeof removed, "\"%s\"", hold ? t.small : t.large);
        snprintf(keeper, sizeof keeper, "\"%s\"", hold ? t.large : t.small);
        cr_expect_str_eq(seen.id[0], removed, "%s: %s", t.format, seen.id[0]);
        cr_expect_str_eq(seen.id[1], "", "a null is not an id: %s", seen.id[1]);
        cr_expect_str_eq(seen.keeper[0], keeper, "%s: %s", t.format, seen.keeper[0]);
        cr_expect_str_eq(seen.keeper[1], keeper);
        cr_expect_eq(arrays, 0);
    }
}

/* ---- columns that cannot be used ---- */

struct odd_column {
    const char *format, *dictionary; /* of the column "v" */
    const char *name;                /* the column of the option */
    int what;                        /* 0: as the text, 1: the id, 2: to keep by */
    const char *message;
};

static int get_odd_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    const struct odd_column *c = stream->private_data;
    struct ArrowSchema *root = new_schema("+s", "", 2);
    root->children[0] = new_schema("u", "body", 0);
    root->children[1] = new_schema(c->format, "v", strcmp(c->format, "+s") == 0 ? 1 : 0);
    if (strcmp(c->format, "+s") == 0)
        root->children[1]->children[0] = new_schema("u", NULL, 0);
    if (c->dictionary != NULL)
        root->children[1]->dictionary = new_schema(c->dictionary, NULL, 0);
    *out = *root;
    free(root);
    return 0;
}

static int fail_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    (void)stream;
    (void)out;
    return EINVAL;
}

Test(job_arrow, columns_that_cannot_be_used)
{
    static const struct odd_column columns[] = {
        {"+l", NULL, "v", 0, "the column 'v' is of type list: expected strings"},
        {"+m", NULL, "v", 0, "the column 'v' is of type map: expected strings"},
        {"+s", NULL, "v", 0, "the column 'v' is of type struct: expected strings"},
        {"+s", NULL, "v.x", 0, "the table has no column 'v.x'; its columns: body (string), v (struct)"},
        {"u", NULL, "v.x", 1, "the table has no column 'v.x'; its columns: body (string), v (string)"},
        {"d:10,2", NULL, "v", 1, "the column 'v' is of type decimal: expected strings or numbers"},
        {"e", NULL, "v", 2, "the column 'v' is of type other: expected numbers, dates or timestamps"},
        {"tiM", NULL, "v", 2, "the column 'v' is of type duration: expected numbers, dates or timestamps"},
        {"tsu:", NULL, "v", 0, "the column 'v' is of type timestamp: expected strings"},
        {"tdD", NULL, "v", 0, "the column 'v' is of type date: expected strings"},
        {"ttm", NULL, "v", 0, "the column 'v' is of type time: expected strings"},
        {"z", NULL, "v", 2, "the column 'v' is of type binary: expected numbers, dates or timestamps"},
        {"U", NULL, "v", 2, "the column 'v' is of type large_string: expected numbers, dates or timestamps"},
        {"vu", NULL, "v", 2, "the column 'v' is of type string_view: expected numbers, dates or timestamps"},
        {"s", "l", "v", 1, "the column 'v' is of type dictionary: expected strings or numbers"},
        {"f", "u", "v", 0, "the column 'v' is of type dictionary: expected strings"},
        {"b", NULL, "nosuch", 2, "the table has no column 'nosuch'; its columns: body (string), v (bool)"},
    };
    neardup_error err;
    neardup_job *job;
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        struct odd_column c = columns[k];
        struct ArrowArrayStream stream = {get_odd_schema, get_kinds_batch, NULL, free_kinds, &c};
        neardup_job_options o = test_options(NULL);
        o.write_corpus = false;
        o.text_field = c.what == 0 ? c.name : "body";
        o.id_field = c.what == 1 ? c.name : NULL;
        o.keep = c.what == 2 ? NEARDUP_KEEP_MIN : NEARDUP_KEEP_FIRST;
        o.keep_field = c.what == 2 ? c.name : NULL;
        cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK, "%s", err.message);
        cr_expect_eq(neardup_job_add_arrow(job, "table", &stream, true, false, &err), NEARDUP_E_ARG);
        cr_expect_str_eq(err.message, c.message);
        neardup_job_destroy(job);
        cr_expect_eq(schemas, 0);
    }
    struct ArrowArrayStream stream = {fail_schema, get_kinds_batch, NULL, free_kinds, NULL};
    neardup_job_options o = test_options(NULL);
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK);
    cr_expect_eq(neardup_job_add_arrow(job, "table", &stream, true, false, &err), NEARDUP_E_IO);
    cr_expect_str_eq(err.message, "cannot read the table: Invalid argument");
    neardup_job_destroy(job);
}
