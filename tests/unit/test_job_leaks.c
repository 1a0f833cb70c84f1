/* SPDX-License-Identifier: MIT
 * Leaks between splits: what is a leak and what is not, at the limits; places, counts, errors. */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(job_leaks_unit, .init = test_folder_make, .fini = test_folder_remove);

/* Lines "DOCUMENT in SOURCE REASON JACCARD CONTAINMENT", of the reported leaks. */
struct told {
    char *text;
    size_t length;
    FILE *stream;
    unsigned leaks, stop_at, messages;
    uint64_t documents[3], tokens[3], few[3];
    neardup_summary summary;
    neardup_content content[2];
    char message[256];
};

static bool on_leak(void *context, const neardup_leak *l)
{
    static const char *const reasons[] = {"exact", "near", "contained"};
    struct told *told = context;
    fprintf(told->stream, "%s:%d#%d in %s:%d#%d %s %.4f %.4f\n", l->document.file, (int)l->document.line,
            (int)l->document.index, l->source.file, (int)l->source.line, (int)l->source.index, reasons[l->reason],
            l->jaccard, l->containment);
    told->content[0] = l->document.content;
    told->content[1] = l->source.content;
    return ++told->leaks != told->stop_at;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct told *told = context;
    (void)severity;
    snprintf(told->message, sizeof told->message, "%s:%d: %s", file, (int)line, message);
    told->messages++;
    return true;
}

static neardup_status run(struct told *told, const neardup_job_options *options, const neardup_leak_options *leaking,
                          const char *const *inputs, neardup_error *err)
{
    neardup_job *job;
    neardup_leak_options w = *leaking;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = told, .message = on_message};
    told->stream = open_memstream(&told->text, &told->length);
    w.context = told;
    w.leak = on_leak;
    w.split_documents = told->documents;
    w.split_tokens = told->tokens;
    w.split_short = told->few;
    cr_assert_eq(neardup_job_create(&job, options, err), NEARDUP_OK);
    for (size_t i = 0; inputs[i] != NULL; i += 2) {
        cr_assert_eq(neardup_job_begin_split(job, inputs[i], err), NEARDUP_OK);
        if (inputs[i + 1][0] != '\0')
            cr_assert_eq(neardup_job_add_input(job, test_path(inputs[i + 1]), err), NEARDUP_OK);
    }
    neardup_status st = neardup_job_run_leaks(job, &w, &callbacks, err);
    told->summary = *neardup_job_summary(job);
    fclose(told->stream);
    neardup_job_destroy(job);
    return st;
}

static void expect(const char *const *inputs, const neardup_job_options *options, const neardup_leak_options *leaking,
                   const char *told_text)
{
    struct told told = {.leaks = 0};
    neardup_error err;
    cr_assert_eq(run(&told, options, leaking, inputs, &err), NEARDUP_OK, "%s", err.message);
    cr_expect_str_eq(told.text, told_text);
    free(told.text);
}

static const char *const two[] = {"train", "train.jsonl", "test", "test.jsonl", NULL};

/* ---- what leaks ---- */

static const neardup_leak_options defaults = NEARDUP_LEAK_OPTIONS_INIT;

Test(job_leaks_unit, a_text_inside_a_longer_one_whatever_its_lines)
{
    neardup_job_options o = test_options(NULL);
    test_write("train.jsonl",
               "{\"text\":\"Before it stands a long passage that has nothing to do with the rest. What is "
               "the\\nname of\\nthe river that flows through the old town, and where does it end? Behind "
               "it stands another passage.\"}\n");
    test_write("test.jsonl",
               "{\"text\":\"WHAT is the name of the river -- that flows through the old town and where does it end\"}\n"
               "{\"text\":\"What is the name of the river that runs through the new town, and where may it end?\"}\n");
    /* 18 words in 37: eleven 8-grams and all of them there; 14 5-grams of 33 */
    expect(two, &o, &defaults, "test.jsonl:1#1 in train.jsonl:1#0 contained 0.4242 1.0000\n");
}

Test(job_leaks_unit, equal_before_near_before_contained)
{
    neardup_job_options o = test_options(NULL);
    test_write("train.jsonl",
               "{\"text\":\"x a b c d e f g h i j k l m n o p q r s t u v w y z a2 b2 c2 d2 e2 f2 g2 h2\"}\n"
               "{\"text\":\"x a b c d e f g h i j k l m n o p q r\"}\n"
               "{\"text\":\"a b c d e f g h i j k l m n o p q r!\"}\n"
               "{\"text\":\"A B C D E F G H I J K L M N O P Q R\"}\n");
    test_write("test.jsonl", "{\"text\":\"a b c d e f g h i j k l m n o p q r\"}\n");
    /* Of those with the same words the first; it has a sign more. */
    expect(two, &o, &defaults, "test.jsonl:1#4 in train.jsonl:3#2 near 1.0000 1.0000\n");
    test_write("test.jsonl", "{\"text\":\"a b c d e f g h i j k l m n o p q r !\"}\n");
    expect(two, &o, &defaults, "test.jsonl:1#4 in train.jsonl:3#2 exact 1.0000 1.0000\n");
    test_write("test.jsonl", "{\"text\":\"y a b c d e f g h i j k l m n o p q r\"}\n");
    /* 14 of 15 5-grams are in the third, which has no other; 11 of 12 8-grams */
    expect(two, &o, &defaults, "test.jsonl:1#4 in train.jsonl:3#2 near 0.9333 0.9167\n");
    test_write("test.jsonl", "{\"text\":\"r s t u v w y z a2 b2 c2 d2 e2\"}\n");
    expect(two, &o, &defaults, "test.jsonl:1#4 in train.jsonl:1#0 contained 0.3000 1.0000\n");
}

static void expect_short(double containment, unsigned ngram, neardup_tokens tokens, uint64_t few)
{
    struct told told = {.leaks = 0};
    neardup_error err;
    neardup_leak_options w = defaults;
    neardup_job_options o = test_options(NULL);
    w.containment = containment;
    w.profile = (neardup_profile){tokens, ngram};
    cr_assert_eq(run(&told, &o, &w, two, &err), NEARDUP_OK, "%s", err.message);
    cr_expect_eq(told.few[0], 0);
    cr_expect_eq(told.few[1], few, "%d instead of %d", (int)told.few[1], (int)few);
    free(told.text);
}

/* Every document counts, also a second one of the same text; not those without a token, nor those of the first split. */
Test(job_leaks_unit, short_texts_are_counted)
{
    test_write("train.jsonl", "{\"text\":\"a b\"}\n");
    test_write("test.jsonl", "{\"text\":\"a b c\"}\n{\"text\":\"A, b, c!\"}\n{\"text\":\"a b c d\"}\n"
                             "{\"text\":\"a b c d e\"}\n{\"text\":\"...\"}\n");
    expect_short(0.8, 5, NEARDUP_TOKENS_WORD, 3);
    expect_short(0.8, 4, NEARDUP_TOKENS_WORD, 2);
    expect_short(0.8, 3, NEARDUP_TOKENS_WORD, 0);
    expect_short(0.8, 8, NEARDUP_TOKENS_CHAR, 3);
    expect_short(0, 5, NEARDUP_TOKENS_WORD, 0);
}

Test(job_leaks_unit, short_texts_leak_as_whole_documents_only)
{
    neardup_job_options o = test_options(NULL);
    test_write("train.jsonl", "{\"text\":\"who wrote the odyssey and when was it written\"}\n{\"text\":\"Yes\"}\n"
                              "{\"text\":\"\"}\n");
    test_write("test.jsonl", "{\"text\":\"the odyssey and when was it written\"}\n{\"text\":\"yes\"}\n"
                             "{\"text\":\"\"}\n");
    expect(two, &o, &defaults, "test.jsonl:2#4 in train.jsonl:2#1 exact 1.0000 1.0000\n");
    /* As a whole document it can be near: three 5-grams of five. */
    o.threshold = 0.6;
    expect(two, &o, &defaults,
           "test.jsonl:1#3 in train.jsonl:1#0 near 0.6000 0.0000\n"
           "test.jsonl:2#4 in train.jsonl:2#1 exact 1.0000 1.0000\n");
}

/* `count` texts of a template of 47 words and ten words of their own: 40 of 50 8-grams, 43 of 53 5-grams. */
static void write_template(const char *name, unsigned count, const char *before, const char *behind)
{
    FILE *f = test_create(name);
    for (unsigned i = 0; i < count; i++) {
        fprintf(f, "{\"text\":\"%s", before);
        for (unsigned w = 0; w < 47; w++)
            fprintf(f, " t%u", w);
        for (unsigned w = 0; behind == NULL && w < 10; w++)
            fprintf(f, " own%u-%u", i, w * 977);
        fprintf(f, " %s\"}\n", behind != NULL ? behind : "");
    }
    test_close(f);
}

static void expect_template(double threshold, double containment, unsigned leaks, const char *first)
{
    struct told told = {.leaks = 0};
    neardup_error err;
    neardup_leak_options w = defaults;
    neardup_job_options o = test_options(NULL);
    o.threshold = threshold;
    w.containment = containment;
    cr_assert_eq(run(&told, &o, &w, two, &err), NEARDUP_OK, "%s", err.message);
    cr_expect_eq(told.leaks, leaks);
    cr_expect_eq(strncmp(told.text, first, strlen(first)), 0, "%.80s", told.text);
    free(told.text);
}

/* More than a shingle may have in its list: the template alone decides, for all of them at once. */
Test(job_leaks_unit, texts_of_a_template_at_the_limit)
{
    /* Each "ownI-W" is two words. */
    write_template("test.jsonl", 200, "", NULL);
    write_template("train.jsonl", 3, "", "");
    static const double jaccard = 43.0 / 63.0, containment = 40.0 / 60.0;
    char near[128], contained[128];
    snprintf(near, sizeof near, "test.jsonl:1#3 in train.jsonl:1#0 near %.4f %.4f\n", jaccard, containment);
    snprintf(contained, sizeof contained, "test.jsonl:1#3 in train.jsonl:1#0 contained %.4f %.4f\n", jaccard,
             containment);
    expect_template(jaccard, 1, 200, near);
    expect_template(jaccard + 1e-9, 1, 0, "");
    expect_template(0.9, containment, 200, contained);
    expect_template(0.9, containment + 1e-9, 0, "");
}

Test(job_leaks_unit, the_best_of_many_that_hold_a_template)
{
    write_template("test.jsonl", 200, "", NULL);
    FILE *f = test_create("train.jsonl");
    char *worse, *best;
    size_t length;
    write_template("worse.jsonl", 60, "some words before it", "and behind it");
    write_template("best.jsonl", 30, "", "");
    worse = test_read("worse.jsonl", &length);
    fwrite(worse, 1, length, f);
    best = test_read("best.jsonl", &length);
    fwrite(best, 1, length, f);
    fwrite(worse, 1, strlen(worse), f);
    test_close(f);
    expect_template(0.5, 0.5, 200, "test.jsonl:1#150 in train.jsonl:61#60 near 0.6825 0.6667\n");
    free(worse);
    free(best);
}

/* ---- places and counts ---- */

Test(job_leaks_unit, places_in_files_of_many_blocks)
{
    char *text = malloc(1 << 20), expected[512];
    FILE *f = test_create("train.jsonl");
    /* 3.3 MB: records of a kilobyte, some empty, some bad, some lines blank; two that leak */
    for (unsigned i = 0; i < 3300; i++) {
        size_t at = 0;
        for (unsigned w = 0; w < 100; w++)
            at += (size_t)sprintf(text + at, "w%u ", (i * 1009u + w * w * 31u) % 90000u);
        if (i == 1499 || i == 3099)
            fprintf(f, "{\"id\":%u,\"text\":\"the text that leaks has these ten words in it\"}\n", i);
        else if (i % 500 == 7)
            fprintf(f, i % 1000 == 7 ? "{\"text\":7}\n\n" : "{\"text\":\"...\"}\n");
        else
            fprintf(f, "{\"id\":%u,\"text\":\"%s%s\"}\n", i, text, text);
    }
    test_close(f);
    test_write("test.jsonl", "{\"text\":\"that leaks has these ten words in it\"}\n{\"text\":\"nothing of the kind is "
                             "anywhere in the other split\"}\n");
    test_write("valid.jsonl", "[]\n{\"text\":\"The text that LEAKS has these ten words in it\"}\n");
    free(text);
    /* 7, 1007, 2007, 3007 are bad, each followed by a blank line; those are not records */
    snprintf(expected, sizeof expected, "%s",
             "test.jsonl:1#3300 in train.jsonl:1502#1499 contained 0.6667 1.0000\n"
             "test.jsonl:1#3300 in valid.jsonl:2#3303 contained 0.6667 1.0000\n"
             "valid.jsonl:2#3303 in train.jsonl:1502#1499 exact 1.0000 1.0000\n");
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct told told = {.leaks = 0};
        neardup_error err;
        neardup_job_options o = test_options(NULL);
        static const char *const three[] = {"train", "train.jsonl", "test", "test.jsonl", "valid", "valid.jsonl", NULL};
        o.threads = threads;
        cr_assert_eq(run(&told, &o, &defaults, three, &err), NEARDUP_OK, "%s", err.message);
        cr_expect_str_eq(told.text, expected);
        free(told.text);
        cr_expect_eq(told.documents[0], 3300 - 7);
        cr_expect_eq(told.documents[1], 2);
        cr_expect_eq(told.documents[2], 1);
        cr_expect_eq(told.tokens[0], (3300 - 9) * 200 + 2 * 10);
        cr_expect_eq(told.tokens[2], 10);
        cr_expect_eq(told.messages, 5);
        cr_expect_eq(told.summary.invalid, 5);
        cr_expect_eq(told.summary.empty, 3);
        cr_expect_eq(told.summary.documents, 3300 - 7 + 3);
        cr_expect_eq(told.summary.records, 3300 + 2 + 2);
        cr_expect_eq(told.summary.files, 3);
        cr_expect_eq(told.summary.tokens, told.tokens[0] + told.tokens[1] + told.tokens[2]);
    }
}

Test(job_leaks_unit, contents_if_asked_for)
{
    struct told told = {.leaks = 0};
    neardup_error err;
    neardup_job_options o = test_options(NULL);
    test_write("train.jsonl", "{\"text\":\"a b c d e f g h i j\"}\n");
    test_write("test.jsonl", "{\"text\":\"b c d e f g h i j\"}\n");
    cr_assert_eq(run(&told, &o, &defaults, two, &err), NEARDUP_OK);
    cr_expect(told.content[0].high == 0 && told.content[1].low == 0);
    free(told.text);
    o.contents = true;
    cr_assert_eq(run(&told, &o, &defaults, two, &err), NEARDUP_OK);
    cr_expect(told.content[0].high != 0 && told.content[0].high != told.content[1].high);
    free(told.text);
}

Test(job_leaks_unit, splits_without_documents)
{
    neardup_job_options o = test_options(NULL);
    test_write("train.jsonl", "{\"text\":\"a b c d e f g h i j\"}\n");
    test_write("test.jsonl", "");
    expect(two, &o, &defaults, "");
    expect((const char *const[]){"train", "", "test", "train.jsonl", NULL}, &o, &defaults, "");
}

/* ---- errors ---- */

static void expect_failure(neardup_status status, const char *message, const neardup_job_options *o,
                           const neardup_leak_options *w, const char *const *inputs)
{
    struct told told = {.leaks = 0};
    neardup_error err = {.message = ""};
    cr_expect_eq(run(&told, o, w, inputs, &err), status);
    cr_expect_not_null(strstr(err.message, message), "%s", err.message);
    free(told.text);
}

Test(job_leaks_unit, what_cannot_run)
{
    neardup_job_options o = test_options(NULL);
    neardup_leak_options w = defaults;
    test_write("train.jsonl", "{\"text\":\"a b c d e f g h i j\"}\n{\n");
    test_write("test.jsonl", "{\"text\":\"a b c d e f g h i j\"}\n");
    expect_failure(NEARDUP_E_ARG, "requires at least two splits", &o, &w,
                   (const char *const[]){"a", "train.jsonl", NULL});
    w.containment = 1.5;
    expect_failure(NEARDUP_E_ARG, "from 0 to 1, not 1.5", &o, &w, two);
    w.containment = 0.8;
    w.profile.ngram = 0;
    expect_failure(NEARDUP_E_ARG, "ngram 0", &o, &w, two);
    w = defaults;
    o.strict = true;
    expect_failure(NEARDUP_E_FORMAT, "train.jsonl:2: ", &o, &w, two);
    o.strict = false;
    o.units = NEARDUP_UNIT_PARAGRAPH;
    expect_failure(NEARDUP_E_ARG, "documents as the only unit", &o, &w, two);
}

Test(job_leaks_unit, a_file_belongs_to_one_split)
{
    neardup_job_options o = test_options(NULL);
    neardup_leak_options w = defaults;
    test_write("data/a.jsonl", "{\"text\":\"a b c d e f g h i j\"}\n");
    test_write("b.jsonl", "{\"text\":\"b\"}\n");
    /* Left out of the test split, all of it would seem not to leak. */
    expect_failure(NEARDUP_E_ARG, "a.jsonl' is in two splits", &o, &w,
                   (const char *const[]){"train", "data/a.jsonl", "test", "data/a.jsonl", NULL});
    expect_failure(NEARDUP_E_ARG, "a.jsonl' is in two splits", &o, &w,
                   (const char *const[]){"train", "data", "test", "data/a.jsonl", NULL});
    expect_failure(NEARDUP_E_ARG, "/data' is in two splits", &o, &w,
                   (const char *const[]){"train", "data", "test", "data", NULL});
    struct told told = {.leaks = 0};
    neardup_error err;
    cr_expect_eq(
        run(&told, &o, &w, (const char *const[]){"a", "data", "b", "b.jsonl", "a", "data/a.jsonl", NULL}, &err),
        NEARDUP_OK, "%s", err.message);
    cr_expect_eq(told.messages, 1, "twice in one split is a warning");
    free(told.text);
}

Test(job_leaks_unit, a_budget_that_is_too_small)
{
    struct told told = {.leaks = 0};
    neardup_error err;
    neardup_job_options o = test_options(NULL);
    o.memory = (uint64_t)64 << 20;
    o.threads = 1;
    test_write("train.jsonl", "{\"text\":\"a b c d e f g h i j\"}\n");
    FILE *f = test_create("test.jsonl");
    for (unsigned i = 0; i < 40000; i++) {
        fprintf(f, "{\"text\":\"");
        for (unsigned w = 0; w < 100; w++)
            fprintf(f, "w%u ", (i * 7919u + w * (i + 13u) * 31u) % 100003u);
        fprintf(f, "\"}\n");
    }
    test_close(f);
    neardup_status st = run(&told, &o, &defaults, two, &err);
    free(told.text);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    cr_expect_eq(st, NEARDUP_OK, "memory is not counted under a sanitizer");
#else
    cr_assert_eq(st, NEARDUP_E_LIMIT);
    cr_expect_not_null(strstr(err.message, "the budget is 64 MiB: raise `memory`"), "%s", err.message);
    o.memory = (uint64_t)400 << 20;
    cr_expect_eq(run(&told, &o, &defaults, two, &err), NEARDUP_OK, "%s", err.message);
    free(told.text);
#endif
}

Test(job_leaks_unit, a_callback_stops_it)
{
    struct told told = {.stop_at = 1};
    neardup_error err;
    neardup_job_options o = test_options(NULL);
    test_write("train.jsonl", "{\"text\":\"a b c d e f g h i j\"}\n");
    test_write("test.jsonl", "{\"text\":\"a b c d e f g h i j\"}\n{\"text\":\"a b c d e f g h i j\"}\n");
    cr_expect_eq(run(&told, &o, &defaults, two, &err), NEARDUP_E_CANCELED);
    cr_expect_eq(told.leaks, 1);
    free(told.text);
}
