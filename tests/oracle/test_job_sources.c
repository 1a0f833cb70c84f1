/* SPDX-License-Identifier: MIT
 * Documents from memory give what the same documents give as a JSON Lines file, byte for byte, whatever a source can do; and
 * columns hold what the callbacks were called with. */
#define _GNU_SOURCE
#include "support/jobs.h"
#include "support/rounds.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(job_sources, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

#define DOCUMENTS 700u
#define LONGEST   4000u

static unsigned draw(unsigned long long *state, unsigned limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % limit;
}

struct corpus {
    char text[DOCUMENTS][LONGEST], id[DOCUMENTS][24], group[DOCUMENTS][8];
    double score[DOCUMENTS];
    size_t count;
    bool scores, groups;
    /* of the source */
    size_t most;         /* documents in one answer */
    uint64_t fails_at;   /* document; UINT64_MAX: none */
    uint64_t fails_call; /* this call of the function and all later ones, from 1; 0: none */
    uint64_t calls;
    bool changes;        /* document 3 is another one when it is read again */
    atomic_uint reading; /* threads that are in `read` */
    atomic_uint overlaps;
};

/* Documents of a few paragraphs; many are copies, some with changes. */
static void fill(struct corpus *c, size_t count, unsigned long long *state)
{
    static const char *const breaks[] = {" ",  " ",    " ",   " ",  "\n",        "\n\n",
                                         ". ", ", \"", "\\ ", "\t", " \xc3\xa9", "\xff "};
    memset(c, 0, sizeof *c);
    c->count = count;
    c->most = 7;
    c->fails_at = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        snprintf(c->id[i], sizeof c->id[i], "d\"%zu", i);
        snprintf(c->group[i], sizeof c->group[i], "g%u", draw(state, 5));
        c->score[i] = draw(state, 9) == 0 ? NAN : draw(state, 1000) / 8.0 - 20;
        if (i > 0 && draw(state, 3) > 0) {
            strcpy(c->text[i], c->text[draw(state, (unsigned)i)]);
            size_t length = strlen(c->text[i]);
            for (unsigned n = draw(state, 3); n > 0 && length > 0; n--) {
                char *at = &c->text[i][draw(state, (unsigned)length)];
                *at = (unsigned char)*at < 0x80 ? 'x' : *at; /* what is not UTF-8 is rare, else nobody reads the text */
            }
            continue;
        }
        size_t used = 0, broken = 0;
        for (unsigned words = draw(state, 300); words > 0 && used + 32 < LONGEST; words--) {
            const char *after = breaks[draw(state, sizeof breaks / sizeof *breaks)];
            if (after[0] == '\xff' && 200 * ++broken > used)
                after = " ";
            used += (size_t)sprintf(c->text[i] + used, "w%u%s", draw(state, 400), after);
        }
    }
}

static void write_string(FILE *f, const char *name, const char *text)
{
    fprintf(f, "%s\": \"", name);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(f, "\\%c", *text);
        else if (*text == '\n')
            fputs("\\n", f);
        else if ((unsigned char)*text < 0x20)
            fprintf(f, "\\u%04x", *text);
        else
            fputc(*text, f);
    }
    fputc('"', f);
}

static void write_file(const char *name, const struct corpus *c)
{
    FILE *f = test_create(name);
    for (size_t i = 0; i < c->count; i++) {
        write_string(f, "{\"id", c->id[i]);
        if (c->groups)
            write_string(f, ", \"site", c->group[i]);
        if (c->scores && !isnan(c->score[i]))
            fprintf(f, ", \"score\": %.17g", c->score[i]);
        write_string(f, ", \"text", c->text[i]);
        fputs("}\n", f);
    }
    test_close(f);
}

static neardup_status read_corpus(void *context, uint64_t first, neardup_document *documents, size_t most,
                                  size_t *count, neardup_error *err)
{
    struct corpus *c = context;
    if (atomic_fetch_add(&c->reading, 1) > 0)
        atomic_fetch_add(&c->overlaps, 1);
    if (c->fails_call > 0 && ++c->calls >= c->fails_call) {
        atomic_fetch_sub(&c->reading, 1);
        strcpy(err->message, "the queue is closed");
        return NEARDUP_E_LIMIT;
    }
    most = most < c->most ? most : c->most;
    for (*count = 0; *count < most && first + *count < c->count; ++*count) {
        size_t i = (size_t)first + *count;
        neardup_document *d = &documents[*count];
        if (i == c->fails_at) {
            strcpy(err->message, "the table is gone");
            atomic_fetch_sub(&c->reading, 1);
            return NEARDUP_E_IO;
        }
        d->id = c->id[i];
        d->id_length = strlen(c->id[i]);
        d->text = c->text[i];
        d->text_length = strlen(c->text[i]);
        d->group = c->group[i];
        d->group_length = strlen(c->group[i]);
        d->keep_by = c->score[i];
    }
    atomic_fetch_sub(&c->reading, 1);
    return NEARDUP_OK;
}

static neardup_job *run_sources(const neardup_job_options *o, uint32_t flags, struct corpus *own,
                                struct corpus *reference, const neardup_callbacks *callbacks)
{
    neardup_error err;
    neardup_job *job;
    neardup_source_vtable vtable = {.struct_size = sizeof vtable, .flags = flags, .read = read_corpus};
    cr_assert_eq(neardup_job_create(&job, o, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_collect(job, 7, &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_source(job, "in.jsonl", &vtable, own, false, &err), NEARDUP_OK, "%s", err.message);
    if (reference != NULL)
        cr_assert_eq(neardup_job_add_source(job, "old.jsonl", &vtable, reference, true, &err), NEARDUP_OK, "%s",
                     err.message);
    cr_assert_eq(neardup_job_run(job, callbacks, &err), NEARDUP_OK, "%s", err.message);
    return job;
}

static void run_files(const neardup_job_options *o, bool reference)
{
    neardup_error err;
    neardup_job *job;
    cr_assert_eq(neardup_job_create(&job, o, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_add_input(job, test_path("in.jsonl"), &err), NEARDUP_OK);
    if (reference)
        cr_assert_eq(neardup_job_add_reference(job, test_path("old.jsonl"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK, "%s", err.message);
    neardup_job_destroy(job);
}

static struct corpus own, old;

static void make_valid(struct corpus *c)
{
    for (size_t i = 0; i < c->count; i++) {
        for (char *at = c->text[i]; (at = strchr(at, '\xff')) != NULL;)
            *at = 'y';
    }
}

/* Decisions of a file have the bytes of its records; texts in place have no records. */
static void drop_stored_bytes(const char *name)
{
    static const char member[] = ",\"stored_bytes\":";
    size_t length;
    char *bytes = test_read(name, &length), *from = bytes, *to = bytes, *end = bytes + length;
    /* AddressSanitizer's strstr measures all that is left each time: minutes instead of milliseconds. */
    for (char *at; (at = memmem(from, (size_t)(end - from), member, sizeof member - 1)) != NULL;) {
        memmove(to, from, (size_t)(at - from));
        to += at - from;
        from = at + sizeof member - 1;
        from += strspn(from, "0123456789");
    }
    memmove(to, from, (size_t)(end - from) + 1);
    test_write(name, bytes);
    free(bytes);
}

/* Texts in place, which no corpus is written of. In bytes that are not UTF-8 places differ: JSON has U+FFFD there. */
static void equal_in_place(const neardup_job_options *options, bool reference)
{
    neardup_job_options o = *options;
    make_valid(&own);
    make_valid(&old);
    write_file("in.jsonl", &own);
    write_file("old.jsonl", &old);
    o.write_corpus = false;
    o.drop_emptied = false;
    char *files = strdup(test_path("places")), *source = strdup(test_path("in_place"));
    o.output_dir = files;
    run_files(&o, reference);
    o.output_dir = source;
    neardup_job *job = run_sources(&o, NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL | NEARDUP_SOURCE_IN_PLACE, &own,
                                   reference ? &old : NULL, NULL);
    neardup_job_destroy(job);
    /* It has the bytes that were read: of the file, or of the texts. */
    cr_assert_eq(unlink(test_path("places/summary.json")), 0);
    cr_assert_eq(unlink(test_path("in_place/summary.json")), 0);
    static const char *const files_with_records[] = {"decisions.jsonl", "clusters.jsonl", "pairs.jsonl"};
    for (size_t i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "places/%s", files_with_records[i]);
        if (!test_exists(name))
            continue;
        drop_stored_bytes(name);
        snprintf(name, sizeof name, "in_place/%s", files_with_records[i]);
        drop_stored_bytes(name);
    }
    test_same_folders("places", "in_place");
    free(files);
    free(source);
}

Test(job_sources, equal_files)
{
    static const uint32_t flags[] = {0, NEARDUP_SOURCE_REREAD, NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL};
    static const unsigned units[] = {NEARDUP_UNIT_DOCUMENT, NEARDUP_UNIT_PARAGRAPH,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH, NEARDUP_UNIT_LINE};
    unsigned long long state = 20261130;
    for (unsigned round = 0; round < (test_full() ? 24 : 12); round++) {
        neardup_job_options o = test_options("files");
        fill(&own, 1 + draw(&state, DOCUMENTS - 1), &state);
        fill(&old, 1 + draw(&state, 100), &state);
        own.most = 1 + draw(&state, 300);
        o.units = units[round % 4];
        o.threads = round % 3 == 0 ? 1 : round % 3 == 1 ? 2 : 5;
        o.keep = (neardup_keep)draw(&state, 7);
        o.keep_field = "score";
        o.pairs = draw(&state, 2) == 0;
        o.group_field = draw(&state, 2) == 0 ? "site" : NULL;
        o.drop_emptied = draw(&state, 2) == 0;
        o.profile.ngram = 1 + draw(&state, 4);
        o.threshold = draw(&state, 2) == 0 ? 0.5 : 0.8;
        if (draw(&state, 4) == 0) {
            o.method = NEARDUP_METHOD_SIMHASH;
            o.verify = true;
        }
        own.groups = old.groups = o.group_field != NULL;
        own.scores = old.scores = o.keep == NEARDUP_KEEP_MAX || o.keep == NEARDUP_KEEP_MIN;
        bool reference = draw(&state, 2) == 0 && o.units != NEARDUP_UNIT_LINE;
        write_file("in.jsonl", &own);
        write_file("old.jsonl", &old);
        run_files(&o, reference);
        for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
            char output[64];
            snprintf(output, sizeof output, "source%zu", f);
            neardup_job_options s = o;
            char *path = strdup(test_path(output));
            s.output_dir = path;
            neardup_job *job = run_sources(&s, flags[f], &own, reference ? &old : NULL, NULL);
            neardup_job_destroy(job);
            test_same_folders("files", output);
            free(path);
            cr_assert(f == 2 || atomic_load(&own.overlaps) == 0, "calls of a source that is not parallel overlap");
        }
        equal_in_place(&o, reference);
        test_folder_remove();
        test_folder_make();
    }
}

/* ---- columns ---- */

struct seen {
    const neardup_job *job;
    uint64_t decisions, pairs, clusters, members;
    neardup_decision decision[DOCUMENTS * 4];
    neardup_pair pair[DOCUMENTS * 20];
};

static bool see_decision(void *context, const neardup_decision *d)
{
    struct seen *s = context;
    cr_assert_lt(s->decisions, DOCUMENTS * 4);
    cr_expect(d->document.path == NULL && d->keeper.path == NULL, "a source has no path");
    s->decision[s->decisions++] = *d;
    return true;
}

static bool see_pair(void *context, const neardup_pair *p)
{
    struct seen *s = context;
    cr_assert_lt(s->pairs, DOCUMENTS * 20);
    s->pair[s->pairs++] = *p;
    return true;
}

static bool see_cluster(void *context, const neardup_cluster *k)
{
    struct seen *s = context;
    s->clusters++;
    s->members += k->member_count;
    return true;
}

Test(job_sources, columns_hold_what_callbacks_get)
{
    static struct seen seen;
    unsigned long long state = 7;
    neardup_job_options o = test_options(NULL);
    fill(&own, 60, &state);
    o.units = NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH;
    o.pairs = true;
    o.profile.ngram = 2;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = &seen,
                                   .decision = see_decision,
                                   .pair = see_pair,
                                   .cluster = see_cluster};
    neardup_job *job = run_sources(&o, 0, &own, NULL, &callbacks);
    const neardup_decision_columns *d = neardup_job_decisions(job);
    const neardup_pair_columns *p = neardup_job_pairs(job);
    const neardup_cluster_columns *k = neardup_job_clusters(job);
    cr_assert(d != NULL && p != NULL && k != NULL);
    cr_assert_gt(d->count, 20);
    cr_assert_eq(d->count, seen.decisions);
    cr_assert_eq(p->count, seen.pairs);
    cr_assert_eq(k->count, seen.clusters);
    cr_assert_eq(k->first[k->count], seen.members);
    cr_expect(neardup_job_path(job, "in.jsonl") == NULL, "a source has no path");
    for (uint64_t i = 0; i < d->count; i++) {
        const neardup_decision *e = &seen.decision[i];
        bool kept = e->keeper.file != NULL;
        cr_assert_eq(d->unit[i], (uint8_t)e->document.unit);
        cr_assert_eq(d->index[i], e->document.index);
        cr_assert_eq(d->document[i], e->document.document);
        cr_assert_eq(d->reason[i], (uint8_t)e->reason);
        cr_assert_eq(d->jaccard[i], e->jaccard);
        cr_assert_eq(d->containment[i], e->containment);
        cr_assert_eq(d->distance[i], e->distance);
        cr_assert_eq(d->keeper[i], kept ? e->keeper.index : NEARDUP_NONE);
        cr_assert_eq(d->keeper_document[i], kept ? e->keeper.document : NEARDUP_NONE);
        cr_assert_eq(d->cluster[i], e->cluster);
        cr_assert_eq(d->cut_begin[i], e->cut.begin);
        cr_assert_eq(d->cut_end[i], e->cut.end);
    }
    for (uint64_t i = 0; i < p->count; i++) {
        cr_assert_eq(p->unit[i], (uint8_t)seen.pair[i].a.unit);
        cr_assert_eq(p->reason[i], (uint8_t)seen.pair[i].reason);
        cr_assert_eq(p->distance[i], seen.pair[i].distance);
        cr_assert_eq(p->a[i], seen.pair[i].a.index);
        cr_assert_eq(p->b[i], seen.pair[i].b.index);
        cr_assert_eq(p->jaccard[i], seen.pair[i].jaccard);
    }
    neardup_job_destroy(job);
}

static bool see_invalid(void *context, const char *file, uint64_t line, const char *reason, uint64_t count)
{
    uint64_t *seen = context;
    cr_expect_str_eq(file, "in.jsonl");
    cr_expect_eq(line, 2);
    cr_expect_neq(reason[0], '\0');
    *seen += count;
    return true;
}

static neardup_status read_nulls(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                 neardup_error *err)
{
    static const char text[] = "one two three four five six";
    (void)context;
    (void)err;
    *count = first < 4 && most > 0 ? 1 : 0;
    if (*count > 0 && first != 1 && first != 2)
        documents[0] = (neardup_document){.text = text, .text_length = sizeof text - 1};
    return NEARDUP_OK;
}

/* Also with columns, each callback gets the caller's context. */
Test(job_sources, columns_and_invalid_records)
{
    uint64_t seen = 0;
    neardup_error err;
    neardup_job *job;
    neardup_job_options o = test_options(NULL);
    const neardup_source_vtable vtable = {.struct_size = sizeof vtable, .read = read_nulls};
    const neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &seen, .invalid = see_invalid};
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_collect(job, NEARDUP_COLUMNS_DECISIONS, &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_source(job, "in.jsonl", &vtable, NULL, false, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    cr_expect_eq(seen, 2);
    neardup_job_destroy(job);
}

/* ---- trouble ---- */

Test(job_sources, failure_of_the_caller_ends_the_job)
{
    unsigned long long state = 3;
    neardup_job_options o = test_options("out");
    neardup_error err;
    neardup_job *job;
    neardup_source_vtable vtable = {.struct_size = sizeof vtable, .read = read_corpus};
    fill(&own, 500, &state);
    own.fails_at = 321;
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_source(job, "in.jsonl", &vtable, &own, false, &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_E_IO);
    cr_expect(strstr(err.message, "the table is gone") != NULL, "%s", err.message);
    cr_expect_not(test_exists("out/summary.json"), "outputs are complete or absent");
    neardup_job_destroy(job);
}

/* The function fails at its N-th call, in the first pass or where texts are read again: the status and the message arrive,
 * and nothing is left. */
Test(job_sources, failure_at_each_call)
{
    static const uint32_t flags[] = {0, NEARDUP_SOURCE_REREAD};
    unsigned long long state = 11;
    neardup_job_options o = test_options("out");
    neardup_error err;
    o.threads = 1;
    o.units = NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH;
    for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
        neardup_source_vtable vtable = {.struct_size = sizeof vtable, .flags = flags[f], .read = read_corpus};
        uint64_t failed = 0;
        for (uint64_t n = 1;; n++) {
            neardup_job *job;
            fill(&own, 60, &state);
            own.fails_call = n;
            cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK);
            cr_assert_eq(neardup_job_collect(job, 7, &err), NEARDUP_OK);
            cr_assert_eq(neardup_job_add_source(job, "in.jsonl", &vtable, &own, false, &err), NEARDUP_OK);
            neardup_status status = neardup_job_run(job, NULL, &err);
            neardup_job_destroy(job);
            if (status == NEARDUP_OK && own.calls < n)
                break;
            failed++;
            cr_assert_eq(status, NEARDUP_E_LIMIT, "call %u: %d", (unsigned)n, (int)status);
            cr_expect(strstr(err.message, "the queue is closed") != NULL, "%s", err.message);
            cr_expect_not(test_exists("out/summary.json"), "outputs are complete or absent");
        }
        /* 60 documents in answers of 7, and the empty answer: 10 calls; more where texts are read again. */
        cr_expect(f == 0 ? failed == 10 : failed > 10, "%u calls", (unsigned)failed);
        test_folder_remove();
        test_folder_make();
    }
}

/* ---- sources that break their promises ---- */

struct liar {
    unsigned rows, calls;
    unsigned after; /* from this call on it breaks them */
    enum { TOO_MANY, LONGER, GONE } how;
};

static neardup_status read_liar(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                neardup_error *err)
{
    struct liar *l = context;
    static const char same[] = "one two three four five six seven eight nine ten",
                      other[] = "one two three four five six seven eight nine ten, and eleven";
    bool lies = ++l->calls >= l->after;
    (void)err;
    if (first >= l->rows || (lies && l->how == GONE))
        return NEARDUP_OK;
    documents->text = lies && l->how == LONGER ? other : same;
    documents->text_length = strlen(documents->text);
    *count = lies && l->how == TOO_MANY ? most + 1 : 1;
    return NEARDUP_OK;
}

Test(job_sources, that_break_their_promises)
{
    static const uint32_t flags[] = {NEARDUP_SOURCE_REREAD, NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL,
                                     NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_IN_PLACE};
    static const struct {
        unsigned after, how;
        neardup_status status;
        const char *message;
    } lies[] = {
        {1, TOO_MANY, NEARDUP_E_ARG, "the source gave "},
        {5, LONGER, NEARDUP_E_IO, "the source has changed while it was being read"},
        {5, GONE, NEARDUP_E_IO, "of the source is not there any more"},
    };
    for (size_t i = 0; i < 9; i++) {
        neardup_job_options o = test_options("out");
        neardup_error err;
        neardup_job *job;
        size_t f = i / 3, k = i % 3;
        struct liar liar = {.rows = 3, .after = lies[k].after, .how = lies[k].how};
        neardup_source_vtable vtable = {.struct_size = sizeof vtable, .flags = flags[f], .read = read_liar};
        if (f == 2 && k == 1)
            continue; /* what is in place cannot be checked: it is used where it is */
        o.threads = 1;
        cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK);
        cr_assert_eq(neardup_job_add_source(job, "in.jsonl", &vtable, &liar, false, &err), NEARDUP_OK);
        cr_expect_eq(neardup_job_run(job, NULL, &err), lies[k].status, "flags %u, lie %zu", flags[f], k);
        cr_expect_not_null(strstr(err.message, lies[k].message), "flags %u, lie %zu: %s", flags[f], k, err.message);
        cr_expect_not(test_exists("out/summary.json"));
        neardup_job_destroy(job);
    }
}

/* A length of more than 4 GiB: the record is not read. */
static neardup_status read_giant(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                 neardup_error *err)
{
    static const char text[] = "one two three";
    (void)context;
    (void)most;
    (void)err;
    if (first > 1)
        return NEARDUP_OK;
    documents->text = text;
    documents->text_length = first == 0 ? (size_t)UINT32_MAX + 1 : sizeof text - 1;
    *count = 1;
    return NEARDUP_OK;
}

static bool see_giant(void *context, const char *file, uint64_t line, const char *reason, uint64_t count)
{
    *(unsigned *)context += 1;
    cr_expect_str_eq(file, "in.jsonl");
    cr_expect_str_eq(reason, "the text is longer than 4 GiB");
    cr_expect(line == 1 && count == 1);
    return true;
}

Test(job_sources, a_text_of_more_than_4_gib)
{
    neardup_job_options o = test_options(NULL);
    neardup_error err;
    neardup_job *job;
    unsigned seen = 0;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &seen, .invalid = see_giant};
    neardup_source_vtable vtable = {
        .struct_size = sizeof vtable, .flags = NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_IN_PLACE, .read = read_giant};
    o.write_corpus = false;
    o.max_unreadable = 1;
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_source(job, "in.jsonl", &vtable, NULL, false, &err), NEARDUP_OK);
    cr_expect_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    cr_expect_eq(seen, 1);
    cr_expect_eq(neardup_job_summary(job)->invalid, 1);
    neardup_job_destroy(job);
}

Test(job_sources, arguments)
{
    neardup_job_options o = test_options(NULL);
    neardup_error err;
    neardup_job *job;
    neardup_source_vtable good = {.struct_size = sizeof good, .read = read_corpus}, none = good, flags = good,
                          size = good;
    none.read = NULL;
    flags.flags = 8;
    size.struct_size = 0;
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK);
    cr_expect_eq(neardup_job_add_source(job, "a", &none, &own, false, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_add_source(job, "a", &flags, &own, false, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_add_source(job, "a", &size, &own, false, &err), NEARDUP_E_ARG);
    flags.flags = NEARDUP_SOURCE_IN_PLACE;
    cr_expect_eq(neardup_job_add_source(job, "a", &flags, &own, false, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_add_source(job, "-", &good, &own, false, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_add_source(job, "/a", &good, &own, false, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_add_source(job, "a/../b", &good, &own, false, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_add_source(job, "a", &good, &own, false, &err), NEARDUP_OK);
    cr_expect_eq(neardup_job_add_source(job, "a", &good, &own, false, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_collect(job, 8, &err), NEARDUP_E_ARG);
    cr_expect(neardup_job_decisions(job) == NULL, "not asked for");
    neardup_job_destroy(job);
    o.text_field = "doc.text";
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK);
    cr_expect_eq(neardup_job_add_source(job, "a", &good, &own, false, &err), NEARDUP_OK);
    own.count = 1;
    own.most = 1;
    own.fails_at = own.count;
    cr_expect_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK, "documents have no names: %s", err.message);
    neardup_job_destroy(job);
}
