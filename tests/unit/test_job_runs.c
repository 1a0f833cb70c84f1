/* SPDX-License-Identifier: MIT
 * What each of the five runs of a job refuses, that a callback can end each, and excerpts of every length. */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

TestSuite(job_runs, .init = test_folder_make, .fini = test_folder_remove, .timeout = 600);

enum { RUN, SKETCH, READ, SEARCH, LEAKS, RUNS };

static bool go_on; /* what the callbacks return */

static bool on_sketched(void *context, const neardup_sketched *sketched)
{
    (void)context;
    (void)sketched;
    return go_on;
}

static bool on_text(void *context, size_t index, const char *id, size_t id_length, const char *text, size_t length)
{
    (void)context;
    (void)index;
    (void)id;
    (void)id_length;
    (void)text;
    (void)length;
    return go_on;
}

static bool on_neighbour(void *context, const neardup_neighbour *neighbour)
{
    (void)context;
    (void)neighbour;
    return go_on;
}

static bool on_leak(void *context, const neardup_leak *leak)
{
    (void)context;
    (void)leak;
    return go_on;
}

static bool on_decision(void *context, const neardup_decision *decision)
{
    (void)context;
    (void)decision;
    return go_on;
}

static const neardup_place place = {"a.jsonl", 1};

static neardup_status start(int which, neardup_job *job, neardup_error *err)
{
    neardup_sketch_options sketch = {.struct_size = sizeof sketch, .slots = 16, .sketched = on_sketched};
    neardup_read_options read = {.struct_size = sizeof read, .places = &place, .count = 1, .text = on_text};
    neardup_search_options search = {.struct_size = sizeof search,
                                     .text = "one two three four five six",
                                     .length = 27,
                                     .count = 1,
                                     .neighbour = on_neighbour};
    neardup_leak_options leaks = NEARDUP_LEAK_OPTIONS_INIT;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .decision = on_decision};
    leaks.leak = on_leak;
    switch (which) {
    case RUN:
        return neardup_job_run(job, &callbacks, err);
    case SKETCH:
        return neardup_job_run_sketch(job, &sketch, NULL, err);
    case READ:
        return neardup_job_run_read(job, &read, NULL, err);
    case SEARCH:
        return neardup_job_run_search(job, &search, NULL, err);
    default:
        return neardup_job_run_leaks(job, &leaks, NULL, err);
    }
}

static neardup_job *make_job(int which, const char *output)
{
    neardup_error err;
    neardup_job_options o = test_options(output);
    neardup_job *job;
    cr_assert_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK, "%s", err.message);
    if (which == LEAKS)
        cr_assert_eq(neardup_job_begin_split(job, "train", &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_input(job, test_path("a.jsonl"), &err), NEARDUP_OK);
    if (which == LEAKS)
        cr_assert_eq(neardup_job_begin_split(job, "test", &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_input(job, test_path("b.jsonl"), &err), NEARDUP_OK);
    return job;
}

static void write_inputs(void)
{
    test_write("a.jsonl", "{\"text\":\"one two three four five six\"}\n");
    test_write("b.jsonl", "{\"text\":\"one two three four five six\"}\n");
}

Test(job_runs, only_once)
{
    neardup_error err;
    write_inputs();
    for (int first = 0; first < RUNS; first++) {
        for (int second = 0; second < RUNS; second++) {
            neardup_job *job = make_job(first, NULL);
            go_on = true;
            cr_expect_eq(start(first, job, &err), NEARDUP_OK, "run %d: %s", first, err.message);
            cr_expect_eq(start(second, job, &err), NEARDUP_E_ARG);
            cr_expect_str_eq(err.message, "a job can run only once: create another one");
            neardup_job_destroy(job);
        }
    }
}

Test(job_runs, callbacks_end_them)
{
    neardup_error err;
    write_inputs();
    for (int which = 0; which < RUNS; which++) {
        neardup_job *job = make_job(which, NULL);
        go_on = false;
        cr_expect_eq(start(which, job, &err), NEARDUP_E_CANCELED, "run %d", which);
        neardup_job_destroy(job);
    }
}

static void expect_refused(int which, neardup_job *job, const char *message)
{
    neardup_error err = {.message = ""};
    cr_expect_eq(start(which, job, &err), NEARDUP_E_ARG, "%s", message);
    cr_expect_str_eq(err.message, message);
    neardup_job_destroy(job);
}

Test(job_runs, options_that_do_not_fit)
{
    neardup_error err;
    neardup_job *job;
    write_inputs();
    expect_refused(READ, make_job(READ, "out"), "reading texts cannot have an output folder");
    expect_refused(SEARCH, make_job(SEARCH, "out"), "a search for neighbours cannot have an output folder");
    expect_refused(SKETCH, make_job(SKETCH, "out"),
                   "sketching requires documents as the only unit, and no output folder");
    expect_refused(LEAKS, make_job(LEAKS, "out"),
                   "a search for leaks requires documents as the only unit, and no output folder");
    expect_refused(LEAKS, make_job(RUN, NULL), "a search for leaks requires at least two splits");
    job = make_job(LEAKS, NULL);
    cr_assert_eq(neardup_job_add_reference(job, test_path("b.jsonl"), &err), NEARDUP_OK);
    expect_refused(LEAKS, job, "a search for leaks cannot have references");

    neardup_leak_options leaks = NEARDUP_LEAK_OPTIONS_INIT;
    static const double shares[] = {-0.1, 1.1, NAN};
    for (size_t i = 0; i < 3; i++) {
        job = make_job(LEAKS, NULL);
        leaks.containment = shares[i];
        cr_expect_eq(neardup_job_run_leaks(job, &leaks, NULL, &err), NEARDUP_E_ARG);
        cr_expect_not_null(strstr(err.message, "containment of leaks must be from 0 to 1"), "%s", err.message);
        neardup_job_destroy(job);
    }
    leaks.containment = 1;
    leaks.profile.ngram = 0;
    job = make_job(LEAKS, NULL);
    cr_expect_eq(neardup_job_run_leaks(job, &leaks, NULL, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "invalid profile of leaks (ngram 0)");
    neardup_job_destroy(job);

    neardup_search_options search = {.struct_size = sizeof search, .text = "a", .length = 1, .neighbour = on_neighbour};
    job = make_job(SEARCH, NULL);
    cr_expect_eq(neardup_job_run_search(job, &search, NULL, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "the number of neighbours must be at least 1");
    neardup_job_destroy(job);

    for (uint32_t slots = 0; slots <= 4097; slots += 4097) {
        neardup_sketch_options sketch = {.struct_size = sizeof sketch, .slots = slots, .sketched = on_sketched};
        job = make_job(SKETCH, NULL);
        cr_expect_eq(neardup_job_run_sketch(job, &sketch, NULL, &err), NEARDUP_E_ARG);
        cr_expect_not_null(strstr(err.message, "slots must be 1 to 4096, not"), "%s", err.message);
        neardup_job_destroy(job);
    }
    job = make_job(RUN, NULL);
    cr_expect_eq(neardup_job_exclude(job, NULL, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_exclude(job, test_path("nosuch"), &err), NEARDUP_OK, "excludes nothing");
    neardup_job_destroy(job);
}

/* Whole characters only, whatever the size of the buffer. */
Test(job_runs, excerpts)
{
    static const char text[] = "a\xc3\xa9"
                               "b\xe2\x82\xac"
                               "c\xf0\x9f\x98\x80"
                               "d\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    char record[100], buffer[64];
    neardup_error err;
    neardup_job_options o = test_options(NULL);
    o.max_unreadable = 1;
    o.units = NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH;
    snprintf(record, sizeof record, "{\"text\":\"%s\"}\nnot JSON\n", text);
    test_write("a.jsonl", record);
    neardup_job *job = test_job(&o, (const char *const[]){"a.jsonl", NULL});
    cr_expect_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, 0, buffer, 64, &err), NEARDUP_E_ARG, "before the run");
    cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK, "%s", err.message);
    for (size_t size = 1; size <= sizeof buffer; size++) {
        size_t fits = 0, n;
        for (size_t at = 0; at < sizeof text - 1; at += n) {
            unsigned char c = (unsigned char)text[at];
            n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
            if (at + n > size - 1)
                break;
            fits = at + n;
        }
        for (int unit = 0; unit < 2; unit++) {
            cr_assert_eq(neardup_job_excerpt(job, unit == 0 ? NEARDUP_UNIT_DOCUMENT : NEARDUP_UNIT_PARAGRAPH, 0, buffer,
                                             size, &err),
                         NEARDUP_OK, "%s", err.message);
            cr_expect(strlen(buffer) == fits && memcmp(buffer, text, fits) == 0, "size %zu: '%s'", size, buffer);
        }
    }
    cr_expect_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, 0, buffer, 0, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, 1, buffer, 64, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "cannot take an excerpt: record 1 could not be read");
    cr_expect_eq(neardup_job_excerpt(job, NEARDUP_UNIT_DOCUMENT, 2, buffer, 64, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_excerpt(job, NEARDUP_UNIT_PARAGRAPH, 1, buffer, 64, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_excerpt(job, NEARDUP_UNIT_LINE, 0, buffer, 64, &err), NEARDUP_E_ARG);
    neardup_job_destroy(job);
}
