/* SPDX-License-Identifier: MIT
 * The nearest documents, against every document compared one by one. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS 6000u /* some batches */
#define TEXT      1600u

TestSuite(job_search, .init = test_folder_make, .fini = test_folder_remove);

static char texts[DOCUMENTS][TEXT];

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* Stretches of a few long sequences of words: all similarities there are, and many equal ones. */
static void make_texts(void)
{
    uint64_t state = 5;
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        unsigned family = (unsigned)(next_random(&state) % 40), from = (unsigned)(next_random(&state) % 60);
        unsigned count = (unsigned)(next_random(&state) % 120);
        size_t n = 0;
        texts[i][0] = '\0';
        for (unsigned w = from; w < from + count; w++)
            n += (size_t)sprintf(texts[i] + n, "f%uw%u ", family, next_random(&state) % 50 == 0 ? w + 500 : w % 90);
        cr_assert(n < TEXT);
    }
}

/* Even ones in JSON, odd ones in a file of lines; a bad record in front of the first. */
static void write_texts(void)
{
    FILE *json = test_create("in/a.jsonl");
    fprintf(json, "{\"id\":1}\n");
    for (unsigned i = 0; i < DOCUMENTS / 2; i++)
        fprintf(json, "{\"id\":\"d%u\",\"text\":\"%s\"}\n\n", i, texts[i]);
    test_close(json);
    json = test_create("in/b.jsonl");
    for (unsigned i = DOCUMENTS / 2; i < DOCUMENTS; i++)
        fprintf(json, "{\"text\":\"%s\"}\n", texts[i]);
    test_close(json);
}

struct seen {
    neardup_neighbour list[64];
    size_t count, stop_at;
    unsigned messages;
};

static bool on_neighbour(void *context, const neardup_neighbour *neighbour)
{
    struct seen *seen = context;
    cr_assert(seen->count < 64);
    seen->list[seen->count++] = *neighbour;
    uint64_t i = neighbour->document.index - 1;
    bool first = i < DOCUMENTS / 2;
    char id[16];
    snprintf(id, sizeof id, "\"d%u\"", (unsigned)i);
    cr_assert_str_eq(neighbour->document.file, first ? "a.jsonl" : "b.jsonl");
    cr_assert_eq(neighbour->document.line, first ? 2 * i + 2 : i - DOCUMENTS / 2 + 1);
    cr_assert_eq(neighbour->document.id_length, first ? strlen(id) : 0);
    cr_assert(!first || memcmp(neighbour->document.id, id, strlen(id)) == 0);
    return seen->count != seen->stop_at;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct seen *seen = context;
    (void)severity, (void)message;
    seen->messages++;
    cr_assert(line == 1 && strcmp(file, "a.jsonl") == 0);
    return true;
}

static void search(const neardup_job_options *options, const neardup_search_options *wanted, struct seen *seen)
{
    static const char *inputs[] = {"in", NULL};
    neardup_search_options s = *wanted;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = seen, .message = on_message};
    neardup_error err;
    neardup_job *job = test_job(options, inputs);
    *seen = (struct seen){.count = 0};
    s.context = seen;
    s.neighbour = on_neighbour;
    cr_assert_eq(neardup_job_run_search(job, &s, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(seen->messages, 1);
    cr_assert_eq(neardup_job_summary(job)->records, DOCUMENTS + 1);
    neardup_job_destroy(job);
}

struct score {
    unsigned document;
    double jaccard, contained;
    uint64_t shared;
};

static int nearest_first(const void *left, const void *right)
{
    const struct score *a = left, *b = right;
    if (a->jaccard != b->jaccard)
        return a->jaccard > b->jaccard ? -1 : 1;
    return a->document < b->document ? -1 : 1;
}

static void expect_nearest(const neardup_job_options *o, const char *query, unsigned skipped, const struct seen *seen,
                           size_t wanted)
{
    static struct score truth[DOCUMENTS];
    size_t count = 0;
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        neardup_comparison c;
        cr_assert_eq(
            neardup_compare(&o->profile, query, strlen(query), texts[i], strlen(texts[i]), &c, NULL, NULL, NULL),
            NEARDUP_OK);
        if (c.shared > 0 && i != skipped)
            truth[count++] = (struct score){i, c.jaccard, c.a_in_b, c.shared};
    }
    qsort(truth, count, sizeof *truth, nearest_first);
    cr_assert_eq(seen->count, count < wanted ? count : wanted, "%zu of %zu", seen->count, count);
    for (size_t i = 0; i < seen->count; i++) {
        const neardup_neighbour *n = &seen->list[i];
        cr_assert_eq(n->document.index, truth[i].document + 1, "place %zu", i);
        cr_assert(n->jaccard == truth[i].jaccard && n->shared == truth[i].shared &&
                  n->query_in_document == truth[i].contained);
    }
}

Test(job_search, every_document_is_compared)
{
    make_texts();
    write_texts();
    for (unsigned round = 0; round < 6; round++) {
        neardup_job_options o = test_options(NULL);
        struct seen seen;
        unsigned document = round * 900 + 7;
        size_t wanted = round == 0 ? 1 : round == 1 ? 60 : 10;
        const char *query = round == 5 ? "" : texts[document];
        neardup_search_options s = {.struct_size = sizeof s, .text = query, .length = strlen(query), .count = wanted};
        char file[16];
        o.threads = 1 + round % 4;
        o.profile.ngram = 3;
        if (round % 2 == 0) { /* the query itself is passed over */
            snprintf(file, sizeof file, "%c.jsonl", document < DOCUMENTS / 2 ? 'a' : 'b');
            s.skip.file = file;
            s.skip.line = document < DOCUMENTS / 2 ? 2 * document + 2 : document - DOCUMENTS / 2 + 1;
        }
        search(&o, &s, &seen);
        expect_nearest(&o, query, round % 2 == 0 ? document : DOCUMENTS, &seen, wanted);
    }
}

Test(job_search, bands_are_those_of_the_plan)
{
    make_texts();
    write_texts();
    neardup_job_options o = test_options(NULL);
    neardup_plan_options p = NEARDUP_PLAN_OPTIONS_INIT;
    neardup_plan plan;
    neardup_sketcher *sketcher;
    struct seen seen;
    static uint32_t query[4096], other[4096];
    unsigned some = 0;
    o.profile.ngram = 3;
    o.seed = 77;
    cr_assert_eq(neardup_plan_solve(&p, &plan, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_sketcher_create(&sketcher, &o.profile, plan.kind, plan.slots, o.seed, NEARDUP_CPU_AUTO, NULL),
                 NEARDUP_OK);
    neardup_search_options s = {.struct_size = sizeof s, .text = texts[3], .length = strlen(texts[3]), .count = 50};
    search(&o, &s, &seen);
    cr_assert_eq(neardup_sketcher_sketch(sketcher, texts[3], strlen(texts[3]), query, NULL, NULL), NEARDUP_OK);
    for (size_t i = 0; i < seen.count; i++) {
        const char *text = texts[seen.list[i].document.index - 1];
        unsigned met = 0;
        cr_assert_eq(neardup_sketcher_sketch(sketcher, text, strlen(text), other, NULL, NULL), NEARDUP_OK);
        for (uint32_t b = 0; b < plan.bands; b++) {
            bool same = true;
            for (uint32_t r = 0; r < plan.rows; r++)
                same = same && query[b * plan.rows + r] == other[b * plan.rows + r];
            met += same;
        }
        cr_assert_eq(seen.list[i].bands, met);
        cr_assert_eq(seen.list[i].distance, NEARDUP_NO_DISTANCE);
        some += met > 0 && met < plan.bands;
    }
    cr_expect(some > 0);
    neardup_sketcher_destroy(sketcher);
}

Test(job_search, distances_with_simhash_and_no_bands_with_all_candidates)
{
    make_texts();
    write_texts();
    neardup_job_options o = test_options(NULL);
    struct seen seen;
    neardup_simhasher *simhasher;
    neardup_fingerprint query, other;
    neardup_search_options s = {.struct_size = sizeof s, .text = texts[3], .length = strlen(texts[3]), .count = 20};
    o.method = NEARDUP_METHOD_SIMHASH;
    cr_assert_eq(neardup_simhasher_create(&simhasher, &o.profile, o.simhash_bits, o.weights, NEARDUP_CPU_AUTO, NULL),
                 NEARDUP_OK);
    search(&o, &s, &seen);
    cr_assert_eq(neardup_simhasher_compute(simhasher, texts[3], strlen(texts[3]), &query, NULL, NULL), NEARDUP_OK);
    cr_assert(seen.count > 3);
    for (size_t i = 0; i < seen.count; i++) {
        const char *text = texts[seen.list[i].document.index - 1];
        cr_assert_eq(neardup_simhasher_compute(simhasher, text, strlen(text), &other, NULL, NULL), NEARDUP_OK);
        cr_assert_eq(seen.list[i].distance, (int)neardup_fingerprint_distance(query, other));
        cr_assert_eq(seen.list[i].bands, 0);
    }
    neardup_simhasher_destroy(simhasher);
    o.method = NEARDUP_METHOD_MINHASH;
    o.all_candidates = true;
    search(&o, &s, &seen);
    cr_assert(seen.count > 3 && seen.list[0].bands == 0 && seen.list[0].distance == NEARDUP_NO_DISTANCE);
}

Test(job_search, what_it_refuses)
{
    static const char *inputs[] = {"x.txt", NULL};
    neardup_job_options o = test_options(NULL);
    neardup_error err;
    test_write("x.txt", "a b c d e f");
    neardup_search_options s = {.struct_size = sizeof s, .text = "a", .length = 1};
    neardup_job *job = test_job(&o, inputs);
    cr_expect_eq(neardup_job_run_search(job, &s, NULL, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "the number of neighbours must be at least 1");
    neardup_job_destroy(job);
}
