/* SPDX-License-Identifier: MIT
 * A job that sketches, against the objects that sketch one text: every document, in input order, for any threads. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS 9000u /* some batches */
#define SLOTS   24u

TestSuite(job_sketch, .init = test_folder_make, .fini = test_folder_remove);

struct seen {
    neardup_simhasher *simhasher; /* one of these two */
    neardup_sketcher *sketcher;
    uint64_t count, stop_at;
    unsigned messages;
    uint64_t message_line;
};

static void text_of(uint64_t i, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (uint64_t w = 0; w < i * 7 % 90; w++)
        at += (size_t)snprintf(text + at, size - at, "w%llu ", (unsigned long long)((i + w) * (i + 3) % 700));
}

static void write_corpus(const char *name, const char *bad)
{
    char path[512], text[1024];
    snprintf(path, sizeof path, "%s", test_path(name));
    FILE *f = fopen(path, "w");
    for (uint64_t i = 0; i < RECORDS; i++) {
        text_of(i, text, sizeof text);
        fprintf(f, "{\"id\":%llu,\"text\":\"%s\"}\n", (unsigned long long)i, text);
        if (i == RECORDS / 2 && bad != NULL)
            fprintf(f, "%s\n", bad);
    }
    cr_assert_eq(fclose(f), 0);
}

static bool on_sketched(void *context, const neardup_sketched *s)
{
    struct seen *seen = context;
    char text[1024], id[24];
    uint32_t signature[SLOTS];
    neardup_fingerprint fingerprint;
    uint64_t shingles = 0;
    text_of(seen->count, text, sizeof text);
    snprintf(id, sizeof id, "%llu", (unsigned long long)seen->count);
    cr_assert_eq(s->document.id_length, strlen(id));
    cr_assert_eq(memcmp(s->document.id, id, strlen(id)), 0);
    uint64_t bad_before = seen->message_line > 0 && seen->count > RECORDS / 2;
    cr_assert_eq(s->document.index, seen->count + bad_before);
    cr_assert_eq(s->document.line, seen->count + 1 + bad_before);
    cr_assert_str_eq(s->document.file, "x.jsonl");
    if (seen->simhasher != NULL) {
        cr_assert_eq(neardup_simhasher_compute(seen->simhasher, text, strlen(text), &fingerprint, &shingles, NULL),
                     NEARDUP_OK);
        cr_assert(s->fingerprint.low == fingerprint.low && s->fingerprint.high == fingerprint.high);
        cr_assert_null(s->signature);
    } else {
        cr_assert_eq(neardup_sketcher_sketch(seen->sketcher, text, strlen(text), signature, &shingles, NULL),
                     NEARDUP_OK);
        cr_assert_eq(memcmp(s->signature, signature, sizeof signature), 0);
    }
    cr_assert_eq(s->shingles, shingles);
    return ++seen->count != seen->stop_at;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct seen *seen = context;
    (void)message;
    cr_assert_eq(severity, NEARDUP_WARNING);
    cr_assert_str_eq(file, "x.jsonl");
    seen->messages++;
    seen->message_line = line;
    return true;
}

static neardup_status run(const neardup_job_options *options, struct seen *seen, neardup_summary *summary,
                          neardup_error *err)
{
    neardup_job *job;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = seen, .message = on_message};
    neardup_sketch_options sketching = {
        .struct_size = sizeof sketching, .slots = SLOTS, .context = seen, .sketched = on_sketched};
    const neardup_job_options *o = options;
    if (o->method == NEARDUP_METHOD_SIMHASH)
        cr_assert_eq(neardup_simhasher_create(&seen->simhasher, &o->profile, o->simhash_bits, o->weights,
                                              NEARDUP_CPU_SCALAR, NULL),
                     NEARDUP_OK);
    else
        cr_assert_eq(
            neardup_sketcher_create(&seen->sketcher, &o->profile, o->kind, SLOTS, o->seed, NEARDUP_CPU_SCALAR, NULL),
            NEARDUP_OK);
    cr_assert_eq(neardup_job_create(&job, o, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_job_add_input(job, test_path("x.jsonl"), NULL), NEARDUP_OK);
    neardup_status st = neardup_job_run_sketch(job, &sketching, &callbacks, err);
    *summary = *neardup_job_summary(job);
    neardup_job_destroy(job);
    neardup_simhasher_destroy(seen->simhasher);
    neardup_sketcher_destroy(seen->sketcher);
    return st;
}

static neardup_job_options options_of(neardup_method method, unsigned threads)
{
    neardup_job_options o;
    neardup_job_options_init(&o, sizeof o);
    o.method = method;
    o.threads = threads;
    o.seed = 5;
    o.scratch_dir = test_path("");
    return o;
}

Test(job_sketch, what_the_objects_give_in_input_order)
{
    write_corpus("x.jsonl", NULL);
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        for (int variant = 0; variant < 4; variant++) {
            neardup_job_options o = options_of(variant < 3 ? NEARDUP_METHOD_SIMHASH : NEARDUP_METHOD_MINHASH, threads);
            struct seen seen = {.count = 0};
            neardup_summary s;
            o.simhash_bits = variant == 1 ? 128 : 64;
            o.weights = variant == 2 ? NEARDUP_WEIGHTS_ONE : NEARDUP_WEIGHTS_COUNT;
            cr_assert_eq(run(&o, &seen, &s, NULL), NEARDUP_OK);
            cr_expect_eq(seen.count, RECORDS);
            cr_expect_eq(s.documents + s.empty, RECORDS);
            cr_expect_eq(s.empty, RECORDS / 90, "every 90th text is empty");
            /* i * 7 % 90 words: all of 0 to 89 equally often; below 104 words all texts are short */
            cr_expect_eq(s.unreliable, variant < 3 ? s.documents : 0);
            cr_expect_eq(seen.messages, 0);
        }
    }
}

Test(job_sketch, bad_records_are_told_and_have_no_sketch)
{
    neardup_job_options o = options_of(NEARDUP_METHOD_SIMHASH, 3);
    struct seen seen = {.count = 0};
    neardup_summary s;
    /* The message comes before the records after it, so that the callback knows of it. */
    write_corpus("x.jsonl", "{\"id\":1}");
    cr_assert_eq(run(&o, &seen, &s, NULL), NEARDUP_OK);
    cr_expect_eq(seen.count, RECORDS);
    cr_expect_eq(seen.messages, 1);
    cr_expect_eq(seen.message_line, RECORDS / 2 + 2);
    cr_expect_eq(s.invalid, 1);
}

Test(job_sketch, strict_stops_at_the_first_bad_record)
{
    neardup_job_options o = options_of(NEARDUP_METHOD_MINHASH, 4);
    struct seen seen = {.count = 0};
    neardup_summary s;
    neardup_error err;
    o.strict = true;
    write_corpus("x.jsonl", "[]");
    cr_assert_eq(run(&o, &seen, &s, &err), NEARDUP_E_FORMAT);
    cr_expect_eq(err.line, RECORDS / 2 + 2);
    cr_expect_eq(seen.count, RECORDS / 2 + 1, "all before it are reported");
}

Test(job_sketch, a_callback_stops_it)
{
    neardup_job_options o = options_of(NEARDUP_METHOD_SIMHASH, 4);
    struct seen seen = {.stop_at = 4000};
    neardup_summary s;
    write_corpus("x.jsonl", NULL);
    cr_expect_eq(run(&o, &seen, &s, NULL), NEARDUP_E_CANCELED);
    cr_expect_eq(seen.count, 4000);
}

Test(job_sketch, options_that_make_no_sense)
{
    neardup_sketch_options none = {.struct_size = sizeof none, .slots = 0, .sketched = on_sketched},
                           many = {.struct_size = sizeof many, .slots = 4097, .sketched = on_sketched};
    neardup_job_options o = options_of(NEARDUP_METHOD_MINHASH, 1);
    neardup_job *job;
    cr_assert_eq(neardup_job_create(&job, &o, NULL), NEARDUP_OK);
    cr_expect_eq(neardup_job_run_sketch(job, &none, NULL, NULL), NEARDUP_E_ARG);
    cr_expect_eq(neardup_job_run_sketch(job, &many, NULL, NULL), NEARDUP_E_ARG);
    neardup_job_destroy(job);
    o.units = NEARDUP_UNIT_PARAGRAPH;
    none.slots = 16;
    cr_assert_eq(neardup_job_create(&job, &o, NULL), NEARDUP_OK);
    cr_expect_eq(neardup_job_run_sketch(job, &none, NULL, NULL), NEARDUP_E_ARG);
    neardup_job_destroy(job);
}
