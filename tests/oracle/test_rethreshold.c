/* SPDX-License-Identifier: MIT
 * Deciding again at a stricter threshold gives the result of a run at that threshold. */
#define _GNU_SOURCE
#include "base/platform.h"

#include "run/names.h"
#include "support/call_log.h"
#include "support/jobs.h"
#include "support/rounds.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(rethreshold, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

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
    bool numbers = draw(state, 3) == 0; /* only numbers change */
    unsigned edits = draw(state, 4) == 0 ? 0 : draw(state, 7), edit[8][2];
    for (unsigned e = 0; e < edits; e++) {
        edit[e][0] = draw(state, count);
        edit[e][1] = draw(state, 900) & (numbers ? ~3u : ~0u);
    }
    for (unsigned w = 0; w < count; w++) {
        unsigned word = words[w];
        for (unsigned e = 0; e < edits; e++)
            word = edit[e][0] == w && (!numbers || word % 4 == 0) ? edit[e][1] : word;
        if (word % 4 == 0) /* a number */
            fprintf(file, "%sw%u", w > 0 ? " " : "", word);
        else
            fprintf(file, "%s%c%c", w > 0 ? " " : "", 'a' + (int)word / 26 % 26, 'a' + (int)word % 26);
    }
}

struct pool {
    unsigned words[POOL][WORDS], length[POOL];
};

static struct pool draw_pool(unsigned long long *state)
{
    struct pool pool;
    for (unsigned p = 0; p < POOL; p++) {
        pool.length[p] = p < 2 ? 3 + draw(state, 3) : 8 + draw(state, WORDS - 7);
        for (unsigned w = 0; w < WORDS; w++)
            pool.words[p][w] = draw(state, 900);
    }
    return pool;
}

static void write_file(unsigned long long *state, const struct pool *pool, const char *name, unsigned documents,
                       unsigned most_passages)
{
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
            write_passage(state, file, pool->words[which], pool->length[which]);
        }
        fprintf(file, "\"}\n");
    }
    test_close(file);
}

/* Both files from one pool: texts of b are similar to texts of a, as input and as reference. */
static void write_corpus(unsigned long long *state, unsigned a, unsigned b, unsigned most_passages)
{
    struct pool pool = draw_pool(state);
    write_file(state, &pool, "a.jsonl", a, most_passages);
    write_file(state, &pool, "b.jsonl", b, most_passages);
}

/* The corpus is b and a; or b, compared with a. */
static neardup_run *run_with(const neardup_job_options *options, bool reference, struct call_log *log)
{
    neardup_run *run;
    neardup_error err = {.message = ""};
    neardup_callbacks callbacks = call_log_callbacks(log);
    neardup_job *job = test_job(options, (const char *const[]){"b.jsonl", reference ? NULL : "a.jsonl", NULL});
    if (reference)
        cr_assert_eq(neardup_job_add_reference(job, test_path("a.jsonl"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    neardup_job_destroy(job);
    cr_assert_eq(neardup_run_open(&run, options->output_dir, &err), NEARDUP_OK, "%s", err.message);
    return run;
}

static neardup_run *run_and_open(const neardup_job_options *options, struct call_log *log)
{
    return run_with(options, false, log);
}

static void replay(neardup_run *run, struct call_log *log)
{
    neardup_error err = {.message = ""};
    neardup_callbacks callbacks = call_log_callbacks(log);
    cr_assert_eq(neardup_run_replay(run, &callbacks, &err), NEARDUP_OK, "%s", err.message);
}

/* ---- against a run ---- */

static neardup_job_options some_options(unsigned long long *state, neardup_unit unit, const char *output)
{
    neardup_job_options o = test_options(output);
    o.units = unit;
    o.cut_unique = true; /* decisions follow from similarity alone */
    o.keep = (neardup_keep)draw(state, 6);
    o.keep_field = o.keep >= NEARDUP_KEEP_MAX ? "score" : NULL;
    o.group_field = "site";
    o.all_candidates = true;
    o.write_corpus = false;
    o.pairs = true;
    o.profile.ngram = o.paragraph_profile.ngram = 1 + draw(state, 2);
    o.threshold = 0.25 + draw(state, 3) / 10.0;
    o.containment = 0;
    o.keep_numbers = unit == NEARDUP_UNIT_DOCUMENT && draw(state, 2) == 0;
    unsigned scope = draw(state, 3);
    o.inside_documents = scope != 1;
    o.between_documents = scope != 2;
    o.min_tokens = draw(state, 2) == 0 ? 6 : 0;
    o.short_min_documents = draw(state, 2) == 0 ? 0 : 3 + draw(state, 12);
    return o;
}

/* Of references, a run counts edges between the texts of two of them, too, where an input has a copy of one: pairs do not
 * contain these, and they decide nothing. */
static void same_counts(const neardup_summary *a, const neardup_summary *b, bool reference)
{
    cr_assert(a->exact == b->exact && a->near == b->near && a->kept == b->kept && a->clusters == b->clusters);
    cr_assert_eq(a->largest_cluster, b->largest_cluster);
    cr_assert_eq(a->pairs, b->pairs, "pairs %lu and %lu", (unsigned long)a->pairs, (unsigned long)b->pairs);
    cr_assert(reference ? a->edges >= b->edges && a->paragraphs.edges >= b->paragraphs.edges
                        : a->edges == b->edges && a->paragraphs.edges == b->paragraphs.edges);
    cr_assert(a->removed_bytes == b->removed_bytes && a->removed_tokens == b->removed_tokens);
    cr_assert(a->paragraphs.exact == b->paragraphs.exact && a->paragraphs.near == b->paragraphs.near &&
              a->paragraphs.clusters == b->paragraphs.clusters && a->paragraphs.cut_tokens == b->paragraphs.cut_tokens);
    cr_assert(a->paragraphs.cut_bytes == b->paragraphs.cut_bytes && a->paragraphs.changed == b->paragraphs.changed &&
              a->paragraphs.pairs == b->paragraphs.pairs);
}

/* Pairs have places in keeper order that leave room for texts that no pair has: reported as they are. Cuts of paragraphs
 * depend on blank lines, which no file has. */
static void check_exact(unsigned long long seed, neardup_unit unit, bool reference)
{
    unsigned long long state = seed;
    char what[80];
    struct call_log first = {0}, fresh = {0}, again = {0};
    unsigned passages = unit == NEARDUP_UNIT_DOCUMENT ? 1 + draw(&state, 2) : 5;
    write_corpus(&state, 70, 30, passages);
    neardup_job_options o = some_options(&state, unit, "low");
    if (unit == NEARDUP_UNIT_DOCUMENT && draw(&state, 4) == 0) {
        o.method = NEARDUP_METHOD_SIMHASH;
        o.all_candidates = false;
        o.verify = true;
        o.simhash_bits = 64;
        o.distance = 16;
    }
    o.between_documents = o.between_documents || reference;
    double threshold = o.threshold + 0.05 + draw(&state, 40) / 100.0;
    snprintf(what, sizeof what, "seed %llu, unit %d%s, threshold %g to %g", seed, (int)unit,
             reference ? ", reference" : "", o.threshold, threshold);
    neardup_run *run = run_with(&o, reference, &first);
    o.threshold = threshold;
    o.output_dir = test_path("high");
    neardup_run *other = run_with(&o, reference, &fresh);
    neardup_error err = {.message = ""};
    cr_assert_eq(neardup_run_rethreshold(run, threshold, &err), NEARDUP_OK, "%s", err.message);
    replay(run, &again);
    if (unit != NEARDUP_UNIT_DOCUMENT) {
        ndup_buf_clear(&fresh.decisions);
        ndup_buf_clear(&again.decisions);
    }
    call_log_same(&fresh, &again, what);
    same_counts(neardup_run_summary(other), neardup_run_summary(run), reference);
    cr_assert_eq(neardup_run_options(run)->threshold, threshold);
    neardup_run_close(run);
    neardup_run_close(other);
    call_log_free(&first);
    call_log_free(&fresh);
    call_log_free(&again);
    test_folder_remove();
    test_folder_make();
}

Test(rethreshold, documents_are_decided_as_by_a_run)
{
    for (unsigned long long seed = 1; seed <= test_rounds(60); seed++)
        check_exact(seed, NEARDUP_UNIT_DOCUMENT, false);
}

Test(rethreshold, paragraphs_are_decided_as_by_a_run)
{
    for (unsigned long long seed = 1; seed <= test_rounds(30); seed++)
        check_exact(seed, seed % 2 == 0 ? NEARDUP_UNIT_PARAGRAPH : NEARDUP_UNIT_LINE, false);
}

Test(rethreshold, references_are_left_alone)
{
    for (unsigned long long seed = 1; seed <= test_rounds(60); seed++)
        check_exact(seed, seed % 3 == 0 ? NEARDUP_UNIT_PARAGRAPH : NEARDUP_UNIT_DOCUMENT, true);
}

/* ---- what is refused ---- */

static void expect_refusal(neardup_run *run, double threshold, const char *message)
{
    neardup_error err = {.message = ""};
    cr_assert_eq(neardup_run_rethreshold(run, threshold, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, message);
}

Test(rethreshold, refuses_what_the_run_did_not_record)
{
    struct call_log unused = {0};
    unsigned long long state = 4;
    write_corpus(&state, 30, 10, 1);
    neardup_job_options o = test_options("out");
    o.write_corpus = false;
    neardup_run *run = run_and_open(&o, &unused);
    const double bad[] = {0.69, 0, -1, 1.01, 0.0 / 0.0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(neardup_run_rethreshold(run, bad[i], NULL), NEARDUP_E_ARG);
    expect_refusal(run, 0.69, "cannot lower the threshold to 0.69: the run recorded nothing below 0.7");
    expect_refusal(run, 0.9, "cannot change the threshold of this run: it recorded no pairs");
    cr_assert_eq(neardup_run_options(run)->threshold, 0.7, "a failure changes nothing");
    neardup_run_close(run);
    o.method = NEARDUP_METHOD_SIMHASH;
    o.force = o.pairs = true;
    run = run_and_open(&o, &unused);
    expect_refusal(run, 0.9, "the run has no threshold: it decided by the distance of fingerprints");
    neardup_run_close(run);
    call_log_free(&unused);
}

/* Pairs are recorded, but they do not decide everything. */
Test(rethreshold, refuses_runs_that_removed_paragraphs_for_more_than_a_pair)
{
    struct call_log unused = {0};
    test_write("a.jsonl", "{\"text\":\"one two three four five six\\ncredit\\ncredit\\n\\nsome other words\"}\n"
                          "{\"text\":\"one two three four five six\\n\\nlast of all things\"}\n");
    test_write("b.jsonl", "");
    neardup_job_options o = test_options("out");
    o.pairs = o.force = true;
    o.write_corpus = false;
    o.units = NEARDUP_UNIT_PARAGRAPH;
    o.cut_unique = true; /* decisions follow from similarity alone */
    o.all_candidates = true;
    o.threshold = 0.5;
    o.min_tokens = 2;
    neardup_run *run = run_and_open(&o, &unused);
    cr_assert_eq(neardup_run_summary(run)->paragraphs.pairs, 1);
    expect_refusal(run, 0.9, "cannot change the threshold of this run: it also looked for repeats inside a document");
    neardup_run_close(run);
    o.max_copies = 3;
    run = run_and_open(&o, &unused);
    expect_refusal(run, 0.9, "cannot change the threshold of this run: it removed boilerplate (`max_copies`)");
    neardup_run_close(run);
    o.max_copies = 0;
    o.drop_emptied = true;
    run = run_and_open(&o, &unused);
    expect_refusal(run, 0.9, "cannot change the threshold of this run: it dropped emptied documents");
    neardup_run_close(run);
    o.drop_emptied = false;
    o.units = NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH;
    run = run_and_open(&o, &unused);
    expect_refusal(run, 0.9, "cannot change the threshold of this run: it compared documents and paragraphs");
    neardup_run_close(run);
    call_log_free(&unused);
}
