/* SPDX-License-Identifier: MIT
 * A finished run, read back: it reports what the job reported, and knows its command line. */
#define _GNU_SOURCE
#include "base/platform.h"

#include "support/call_log.h"
#include "support/jobs.h"
#include "support/records.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(replay, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

static struct records records;

static unsigned draw(unsigned long long *state, unsigned limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % limit;
}

static void choose_parts(neardup_job_options *o, unsigned long long *state)
{
    unsigned scope = draw(state, 4);
    o->inside_documents = scope != 1;
    o->between_documents = scope != 2;
    o->containment = draw(state, 3) == 0 ? 0 : 0.6;
    o->max_copies = draw(state, 3) == 0 ? 1 + draw(state, 6) : 0;
    o->keep_one = o->max_copies > 0 && draw(state, 2) == 0;
    o->min_tokens = draw(state, 2) == 0 ? 8 : draw(state, 5);
    o->short_min_documents = draw(state, 2) == 0 ? 5 : draw(state, 3);
    o->drop_emptied = draw(state, 3) == 0;
    o->min_remaining = 1 + draw(state, 6);
    o->min_contained = draw(state, 3);
    o->paragraph_profile.tokens = draw(state, 4) == 0 ? NEARDUP_TOKENS_CHAR : NEARDUP_TOKENS_WORD;
    o->paragraph_profile.ngram = o->paragraph_profile.tokens == NEARDUP_TOKENS_CHAR ? 5 : 1 + draw(state, 4);
}

static neardup_job_options some_options(unsigned long long *state)
{
    static const unsigned units[] = {NEARDUP_UNIT_DOCUMENT, NEARDUP_UNIT_PARAGRAPH, NEARDUP_UNIT_LINE,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH,
                                     NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_LINE};
    neardup_job_options o = test_options("out");
    o.units = units[draw(state, 5)];
    o.text_field = "doc.text";
    o.id_field = "meta.id";
    o.keep = (neardup_keep)draw(state, 6);
    o.keep_field = o.keep >= NEARDUP_KEEP_MAX ? "meta.score" : NULL;
    o.group_field = draw(state, 2) == 0 ? "meta.site" : NULL;
    o.threshold = draw(state, 2) == 0 ? 0.45 : 0.8;
    o.pairs = draw(state, 2) == 0;
    o.write_corpus = draw(state, 2) != 0;
    o.seed = draw(state, 3);
    o.profile.ngram = 1 + draw(state, 5);
    if (draw(state, 3) == 0) {
        o.method = NEARDUP_METHOD_SIMHASH;
        o.simhash_bits = draw(state, 2) == 0 ? 64 : 128;
        o.distance = draw(state, 16);
        o.verify = draw(state, 2) == 0;
        o.weights = (neardup_weights)draw(state, 2);
    } else if (draw(state, 3) == 0) {
        o.all_candidates = true;
    } else {
        o.kind = (neardup_sketch_kind)draw(state, 3);
    }
    if (o.units != NEARDUP_UNIT_DOCUMENT)
        choose_parts(&o, state);
    o.annotate = !o.drop_emptied && draw(state, 8) == 0;
    return o;
}

static neardup_run *open_run(const char *path)
{
    neardup_run *run;
    neardup_error err = {.message = ""};
    cr_assert_eq(neardup_run_open(&run, path, &err), NEARDUP_OK, "%s", err.message);
    return run;
}

static void replay(neardup_run *run, struct call_log *log)
{
    neardup_error err = {.message = ""};
    neardup_callbacks callbacks = call_log_callbacks(log);
    cr_assert_eq(neardup_run_replay(run, &callbacks, &err), NEARDUP_OK, "%s", err.message);
}

/* ---- what it was called with ---- */

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void same_part_options(const neardup_job_options *a, const neardup_job_options *b)
{
    cr_assert_eq(a->paragraph_profile.tokens, b->paragraph_profile.tokens);
    cr_assert_eq(a->paragraph_profile.ngram, b->paragraph_profile.ngram);
    cr_assert(a->inside_documents == b->inside_documents && a->between_documents == b->between_documents);
    cr_assert_eq(a->containment, b->containment);
    cr_assert(a->max_copies == b->max_copies && a->keep_one == b->keep_one && a->min_tokens == b->min_tokens);
    cr_assert(a->short_min_documents == b->short_min_documents && a->drop_emptied == b->drop_emptied &&
              a->min_remaining == b->min_remaining);
    cr_assert(a->annotate == b->annotate && a->min_contained == b->min_contained);
}

static void same_options(const neardup_job_options *a, const neardup_job_options *b)
{
    cr_assert_eq(a->units, b->units);
    cr_assert_eq(a->method, b->method);
    cr_assert(same_text(a->text_field, b->text_field) && same_text(a->id_field, b->id_field));
    cr_assert(same_text(a->keep_field, b->keep_field) && same_text(a->group_field, b->group_field));
    cr_assert(a->keep == b->keep && a->seed == b->seed && a->format == b->format && a->pairs == b->pairs);
    cr_assert(a->drop_empty == b->drop_empty && a->drop_invalid == b->drop_invalid);
    if ((a->units & NEARDUP_UNIT_DOCUMENT) != 0)
        cr_assert(a->profile.ngram == b->profile.ngram && a->profile.tokens == b->profile.tokens);
    if (a->method == NEARDUP_METHOD_MINHASH)
        cr_assert(a->threshold == b->threshold && a->recall == b->recall);
    else
        cr_assert(a->simhash_bits == b->simhash_bits && a->distance == b->distance && a->verify == b->verify &&
                  a->weights == b->weights && (!a->verify || a->threshold == b->threshold));
    if (a->units != NEARDUP_UNIT_DOCUMENT)
        same_part_options(a, b);
}

static void same_plan(const neardup_plan *a, const neardup_plan *b)
{
    cr_assert(a->all == b->all && a->bands == b->bands && a->rows == b->rows && a->slots == b->slots,
              "%d %u %u %u, read as %d %u %u %u", a->all, a->bands, a->rows, a->slots, b->all, b->bands, b->rows,
              b->slots);
    cr_assert(a->all || (a->kind == b->kind && a->recall_at_threshold == b->recall_at_threshold));
    cr_assert(a->half_point == b->half_point || a->bands == 0);
}

/* Seconds are printed with three digits. */
static void same_summary(const neardup_summary *a, const neardup_summary *b, const neardup_job_options *o)
{
    neardup_summary x = *a, y = *b;
    if (o->method == NEARDUP_METHOD_MINHASH && (o->units & NEARDUP_UNIT_DOCUMENT) != 0)
        same_plan(&a->plan, &b->plan);
    if (o->method == NEARDUP_METHOD_MINHASH && o->units != NEARDUP_UNIT_DOCUMENT)
        same_plan(&a->paragraphs.plan, &b->paragraphs.plan);
    cr_assert_lt(a->total_seconds - b->total_seconds, 0.001);
    cr_assert((o->units & NEARDUP_UNIT_DOCUMENT) == 0 || a->profile_fingerprint == b->profile_fingerprint);
    neardup_summary *const both[] = {&x, &y};
    for (int i = 0; i < 2; i++) {
        neardup_summary *s = both[i];
        s->plan = s->paragraphs.plan = (neardup_plan){0};
        s->hamming.seconds = s->paragraphs.hamming.seconds = 0;
        s->read_seconds = s->match_seconds = s->verify_seconds = s->write_seconds = s->total_seconds = 0;
        s->split_seconds = 0;
        s->profile_fingerprint = 0;
        if (o->method == NEARDUP_METHOD_MINHASH)
            s->hamming = s->paragraphs.hamming = (neardup_hamming_plan){0};
        if ((o->units & NEARDUP_UNIT_DOCUMENT) == 0)
            s->candidates = s->edges = s->pairs = s->removed_tokens = 0, s->hamming = (neardup_hamming_plan){0};
        if (o->units == NEARDUP_UNIT_DOCUMENT)
            s->paragraphs = (neardup_paragraph_summary){0};
    }
    const uint64_t *m = (const uint64_t *)&x.files, *n = (const uint64_t *)&y.files;
    for (const uint64_t *end = &x.profile_fingerprint; m < end; m++, n++)
        cr_assert_eq(*m, *n, "count %zu: %lu, read as %lu", (size_t)(m - &x.files), (unsigned long)*m,
                     (unsigned long)*n);
    m = &x.paragraphs.documents;
    n = &y.paragraphs.documents;
    for (const uint64_t *end = &x.paragraphs.profile_fingerprint; m <= end; m++, n++)
        cr_assert_eq(*m, *n, "count of parts %zu: %lu, read as %lu", (size_t)(m - &x.paragraphs.documents),
                     (unsigned long)*m, (unsigned long)*n);
    cr_assert(a->reference_files == b->reference_files && a->reference_documents == b->reference_documents);
    cr_assert((o->units & NEARDUP_UNIT_DOCUMENT) == 0 || a->removed_tokens == b->removed_tokens);
    cr_assert(x.paragraphs.unit == y.paragraphs.unit && x.unreliable == y.unreliable &&
              x.paragraphs.unreliable == y.paragraphs.unreliable);
    cr_assert(x.hamming.tables == y.hamming.tables && x.hamming.bits == y.hamming.bits &&
              x.paragraphs.hamming.bytes == y.paragraphs.hamming.bytes);
}

/* ---- the same calls ---- */

static void check_round(unsigned long long seed)
{
    unsigned long long state = seed;
    char what[64];
    struct call_log told = {0}, again = {0}, twice = {0};
    snprintf(what, sizeof what, "seed %llu", seed);
    records_make(&records, seed, 6, true);
    records_write(&records, "in", false);
    neardup_job_options o = some_options(&state);
    o.command = "[\"neardup\", \"dedup\", \"in \\\"x\\\"\"]";
    if (o.annotate) /* text files cannot be annotated */
        o.format = NEARDUP_INPUT_JSONL;
    neardup_callbacks callbacks = call_log_callbacks(&told);
    neardup_error err = {.message = ""};
    bool with_reference = o.between_documents && draw(&state, 3) == 0;
    neardup_job *job = test_job(&o, (const char *const[]){o.annotate ? "in/a.jsonl" : "in", NULL});
    if (with_reference) {
        records_make(&records, seed % 7 + 1000, 0, true);
        records_write(&records, "published", true);
        cr_assert_eq(neardup_job_add_reference(job, test_path("published"), &err), NEARDUP_OK);
    }
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    neardup_run *run = open_run(test_path("out"));
    same_options(&o, neardup_run_options(run));
    same_summary(neardup_job_summary(job), neardup_run_summary(run), &o);
    cr_assert_str_eq(neardup_run_command(run), o.command);
    bool reference = true;
    cr_assert_str_eq(neardup_run_input(run, 0, &reference), test_path(o.annotate ? "in/a.jsonl" : "in"));
    cr_assert_not(reference);
    if (with_reference)
        cr_assert(strcmp(neardup_run_input(run, 1, &reference), test_path("published")) == 0 && reference);
    cr_assert_null(neardup_run_input(run, with_reference ? 2 : 1, NULL));
    char *here = getcwd(NULL, 0);
    cr_assert_str_eq(neardup_run_directory(run), here);
    free(here);
    replay(run, &again);
    replay(run, &twice);
    call_log_same(&told, &again, what);
    call_log_same(&told, &twice, what);
    cr_assert_eq(test_exists("out/a.jsonl"), o.write_corpus);
    cr_assert_eq(test_exists("out/pairs.jsonl"), o.pairs);
    neardup_run_close(run);
    neardup_job_destroy(job);
    call_log_free(&told);
    call_log_free(&again);
    call_log_free(&twice);
}

Test(replay, tells_what_the_run_told)
{
    for (unsigned long long seed = 1; seed <= 40; seed++) {
        check_round(seed);
        test_folder_remove();
        test_folder_make();
    }
}

Test(replay, only_a_command_that_is_one_is_taken)
{
    static const char *const bad[] = {"",         "neardup",         "\"a\"", "[1]",        "[\"a\"",
                                      "[\"a\"]]", "[\"a\"],\"b\":1", "{}",    "[\"a\",[]]", "[\"\xff\"]"};
    static const char *const good[] = {"[]", "[\"a\"]", " [ \"a\" ,\n\"b\\n\" ] "};
    neardup_job_options o = test_options(NULL);
    neardup_job *job;
    neardup_error err;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        o.command = bad[i];
        cr_expect_eq(neardup_job_create(&job, &o, &err), NEARDUP_E_ARG, "%s", bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        o.command = good[i];
        cr_expect_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK, "%s", good[i]);
        neardup_job_destroy(job);
    }
}

/* A run without callbacks writes the same files with all threads. */
Test(replay, files_are_the_same_with_and_without_callbacks)
{
    for (unsigned long long seed = 101; seed <= 112; seed++) {
        unsigned long long state = seed;
        struct call_log told = {0}, again = {0};
        records_make(&records, seed, 4, true);
        records_write(&records, "in", false);
        neardup_job_options o = some_options(&state);
        o.annotate = false;
        neardup_callbacks callbacks = call_log_callbacks(&told);
        neardup_job_destroy(test_run(&o, (const char *const[]){"in", NULL}, &callbacks));
        o.output_dir = test_path("second");
        neardup_job_destroy(test_run(&o, (const char *const[]){"in", NULL}, NULL));
        test_same_folders("out", "second");
        neardup_run *run = open_run(test_path("second"));
        replay(run, &again);
        call_log_same(&told, &again, "without callbacks");
        neardup_run_close(run);
        call_log_free(&told);
        call_log_free(&again);
        test_folder_remove();
        test_folder_make();
    }
}
