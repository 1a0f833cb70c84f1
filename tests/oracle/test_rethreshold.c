/* SPDX-License-Identifier: MIT
 * Deciding again at a stricter threshold: with pairs it is what a run at that threshold says, without them nothing goes
 * that had not gone, and everything that goes has a keeper that stays. */
#define _GNU_SOURCE
#include "base/platform.h"

#include "show/names.h"
#include "support/call_log.h"
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(rethreshold, .init = test_folder_make, .fini = test_folder_remove, .timeout = 300);

/* ---- corpora: passages of a pool, with some words exchanged ---- */

#define POOL  9
#define WORDS 24

static unsigned draw(unsigned long long *state, unsigned limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % limit;
}

static void write_passage(unsigned long long *state, FILE *file, const unsigned *words, unsigned count)
{
    unsigned edits = draw(state, 4) == 0 ? 0 : draw(state, 7), edit[8][2];
    for (unsigned e = 0; e < edits; e++) {
        edit[e][0] = draw(state, count);
        edit[e][1] = draw(state, 900);
    }
    for (unsigned w = 0; w < count; w++) {
        unsigned word = words[w];
        for (unsigned e = 0; e < edits; e++)
            word = edit[e][0] == w ? edit[e][1] : word;
        fprintf(file, "%sw%u", w > 0 ? " " : "", word);
    }
}

static void write_corpus(unsigned long long *state, const char *name, unsigned documents, unsigned most_passages)
{
    unsigned pool[POOL][WORDS], length[POOL];
    for (unsigned p = 0; p < POOL; p++) {
        length[p] = p < 2 ? 3 + draw(state, 3) : 8 + draw(state, WORDS - 7);
        for (unsigned w = 0; w < WORDS; w++)
            pool[p][w] = draw(state, 900);
    }
    FILE *file = test_create(name);
    for (unsigned d = 0; d < documents; d++) {
        unsigned passages = 1 + draw(state, most_passages);
        if (draw(state, 3) > 0)
            fprintf(file, "{\"id\":\"d%u\",\"site\":%u,", d, draw(state, 3));
        else
            fprintf(file, "{");
        if (draw(state, 4) > 0)
            fprintf(file, "\"score\":%u,", draw(state, 5));
        fprintf(file, "\"text\":\"");
        for (unsigned p = 0; p < passages; p++) {
            unsigned which = draw(state, POOL);
            fprintf(file, "%s", p > 0 ? "\\n\\n" : "");
            write_passage(state, file, pool[which], length[which]);
        }
        fprintf(file, "\"}\n");
    }
    test_close(file);
}

static neardup_run *run_and_open(const neardup_job_options *options, struct call_log *log)
{
    neardup_run *run;
    neardup_error err = {.message = ""};
    neardup_callbacks callbacks = call_log_callbacks(log);
    neardup_job_destroy(test_run(options, (const char *const[]){"b.jsonl", "a.jsonl", NULL}, &callbacks));
    cr_assert_eq(neardup_run_open(&run, options->output_dir, &err), NEARDUP_OK, "%s", err.message);
    return run;
}

static void replay(neardup_run *run, struct call_log *log)
{
    neardup_error err = {.message = ""};
    neardup_callbacks callbacks = call_log_callbacks(log);
    cr_assert_eq(neardup_run_replay(run, &callbacks, &err), NEARDUP_OK, "%s", err.message);
}

/* ---- with pairs ---- */

static neardup_job_options some_options(unsigned long long *state, neardup_unit unit, const char *output)
{
    neardup_job_options o = test_options(output);
    o.units = unit;
    o.keep = (neardup_keep)draw(state, 6);
    o.keep_field = o.keep >= NEARDUP_KEEP_MAX ? "score" : NULL;
    o.group_field = "site";
    o.all_candidates = true;
    o.reports_only = true;
    o.pairs = true;
    o.profile.ngram = o.part_profile.ngram = 1 + draw(state, 2);
    o.threshold = 0.25 + draw(state, 3) / 10.0;
    o.containment = 0;
    unsigned scope = draw(state, 3);
    o.within = scope != 1;
    o.across = scope != 2;
    o.min_tokens = draw(state, 2) == 0 ? 6 : 0;
    o.often = draw(state, 2) == 0 ? 0 : 3 + draw(state, 12);
    return o;
}

static void same_counts(const neardup_summary *a, const neardup_summary *b)
{
    cr_assert(a->exact == b->exact && a->near == b->near && a->kept == b->kept && a->clusters == b->clusters);
    cr_assert(a->largest_cluster == b->largest_cluster && a->pairs == b->pairs && a->edges == b->edges);
    cr_assert_eq(a->removed_bytes, b->removed_bytes);
    cr_assert(a->parts.exact == b->parts.exact && a->parts.near == b->parts.near &&
              a->parts.clusters == b->parts.clusters && a->parts.cut_tokens == b->parts.cut_tokens);
    cr_assert(a->parts.cut_bytes == b->parts.cut_bytes && a->parts.changed == b->parts.changed &&
              a->parts.pairs == b->parts.pairs && a->parts.edges == b->parts.edges);
}

/* Pairs have places in keeper order that leave room for texts that no pair has: told as they are. Cuts of paragraphs
 * depend on blank lines, which no file has. */
static void check_exact(unsigned long long seed, neardup_unit unit)
{
    unsigned long long state = seed;
    char what[80];
    struct call_log first = {0}, fresh = {0}, again = {0};
    unsigned passages = unit == NEARDUP_UNIT_DOCUMENT ? 1 + draw(&state, 2) : 5;
    write_corpus(&state, "a.jsonl", 70, passages);
    write_corpus(&state, "b.jsonl", 30, passages);
    neardup_job_options o = some_options(&state, unit, "low");
    if (unit == NEARDUP_UNIT_DOCUMENT && draw(&state, 4) == 0) {
        o.method = NEARDUP_METHOD_SIMHASH;
        o.all_candidates = false;
        o.verify = true;
        o.simhash_bits = 64;
        o.distance = 16;
    }
    double threshold = o.threshold + 0.05 + draw(&state, 40) / 100.0;
    snprintf(what, sizeof what, "seed %llu, unit %d, threshold %g to %g", seed, (int)unit, o.threshold, threshold);
    neardup_run *run = run_and_open(&o, &first);
    o.threshold = threshold;
    o.output_dir = test_path("high");
    neardup_run *other = run_and_open(&o, &fresh);
    bool exact = false;
    neardup_error err = {.message = ""};
    cr_assert_eq(neardup_run_rethreshold(run, threshold, &exact, &err), NEARDUP_OK, "%s", err.message);
    cr_assert(exact, "%s", what);
    replay(run, &again);
    if (unit != NEARDUP_UNIT_DOCUMENT) {
        ndup_buf_clear(&fresh.decisions);
        ndup_buf_clear(&again.decisions);
    }
    call_log_same(&fresh, &again, what);
    same_counts(neardup_run_summary(other), neardup_run_summary(run));
    cr_assert_eq(neardup_run_options(run)->threshold, threshold);
    neardup_run_close(run);
    neardup_run_close(other);
    call_log_free(&first);
    call_log_free(&fresh);
    call_log_free(&again);
    test_folder_remove();
    test_folder_make();
}

Test(rethreshold, with_pairs_documents_are_decided_as_by_a_run)
{
    for (unsigned long long seed = 1; seed <= 60; seed++)
        check_exact(seed, NEARDUP_UNIT_DOCUMENT);
}

Test(rethreshold, with_pairs_paragraphs_are_decided_as_by_a_run)
{
    for (unsigned long long seed = 1; seed <= 30; seed++)
        check_exact(seed, seed % 2 == 0 ? NEARDUP_UNIT_PARAGRAPH : NEARDUP_UNIT_LINE);
}
