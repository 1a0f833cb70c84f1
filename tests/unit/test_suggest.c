/* SPDX-License-Identifier: MIT
 * What suggest computes: digits, noise, intervals, strata, verdicts, and the pairs that it draws. */
#include "base/platform.h"

#include "suggest/rules.h"
#include "suggest/review.h"
#include "suggest/statistics.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts ------------------------------------------------------------------------------------------------------- */

Test(suggest, digits)
{
    static const char page[] = "Page 7", arabic[] = "\xd9\xa3", wide[] = "\xef\xbc\x97", none[] = "caf\xc3\xa9";
    cr_assert(ndup_text_has_digit(page, strlen(page)) && ndup_text_has_digit(arabic, strlen(arabic)));
    cr_assert(ndup_text_has_digit(wide, strlen(wide)) && !ndup_text_has_digit(none, strlen(none)));
    cr_assert(!ndup_text_has_digit("\xd9", 1) && !ndup_text_has_digit(NULL, 0));
}

static double noise_of(const char *common, unsigned times, const char *rare)
{
    struct ndup_word_table *table;
    double noise = -1;
    cr_assert_eq(ndup_word_table_create(&table, NULL), NEARDUP_OK);
    for (unsigned i = 0; i < times; i++)
        cr_assert_eq(ndup_word_table_add(table, common, strlen(common), NULL), NEARDUP_OK);
    cr_assert_eq(ndup_word_table_add(table, rare, strlen(rare), NULL), NEARDUP_OK);
    cr_assert_eq(ndup_word_table_noise(table, &noise, NULL), NEARDUP_OK);
    ndup_word_table_destroy(table);
    return noise;
}

Test(suggest, noise)
{
    /* Two of 2 002 words are doubles of a frequent one: a wrong letter at the front, and one in the middle. */
    cr_assert_float_eq(noise_of("because there", 1000, "Decause tnere"), 2.0 / 2002, 1e-12);
    /* A letter too many, another word, and a short word are not doubles. */
    cr_assert_eq(noise_of("because there", 1000, "becausee their the"), 0);
    cr_assert_eq(noise_of("because there", 400, "Decause"), 0, "too few words");
    /* Twice is rare, three times is not. */
    cr_assert_gt(noise_of("because there", 1000, "Decause decause"), 0);
    cr_assert_eq(noise_of("because there", 1000, "Decause decause decause"), 0);
}

/* ---- intervals --------------------------------------------------------------------------------------------------- */

/* From the formula, by hand, and as other programs print them. */
Test(suggest, wilson)
{
    static const struct {
        unsigned yes, count;
        double low, high;
    } known[] = {{5, 5, 0.5655, 1},        {0, 5, 0, 0.4345},         {8, 10, 0.4902, 0.9433},
                 {18, 20, 0.6990, 0.9721}, {50, 100, 0.4038, 0.5962}, {0, 0, 0, 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct ndup_interval interval = ndup_wilson(known[i].yes, known[i].count);
        cr_assert_float_eq(interval.low, known[i].low, 5e-5, "%u of %u", known[i].yes, known[i].count);
        cr_assert_float_eq(interval.high, known[i].high, 5e-5, "%u of %u", known[i].yes, known[i].count);
    }
}

Test(suggest, strata_are_weighted)
{
    const struct ndup_stratum strata[] = {
        {.from = 0.5, .to = 0.6, .pairs = 300, .same = 1, .different = 4},
        {.from = 0.6, .to = 0.7, .pairs = 100, .same = 5, .different = 0},
    };
    double precision;
    struct ndup_interval interval;
    cr_assert(ndup_stratified_precision(strata, 2, &precision, &interval));
    cr_assert_float_eq(precision, 0.75 * 0.2 + 0.25 * 1, 1e-12);
    cr_assert(interval.low < precision && precision < interval.high);
    /* One stratum alone: its own interval. */
    struct ndup_interval own = ndup_wilson(1, 5);
    cr_assert(ndup_stratified_precision(strata, 1, &precision, &interval));
    cr_assert_float_eq(interval.low, own.low, 1e-12);
    cr_assert_float_eq(interval.high, own.high, 1e-12);
}

Test(suggest, a_stratum_without_a_verdict)
{
    const struct ndup_stratum strata[] = {
        {.from = 0.5, .to = 0.6, .pairs = 100, .same = 3, .different = 1},
        {.from = 0.6, .to = 0.7, .pairs = 100},
        {.from = 0.7, .to = 0.8, .pairs = 0, .same = 0},
    };
    double precision;
    struct ndup_interval interval;
    cr_assert(ndup_stratified_precision(strata, 3, &precision, &interval));
    cr_assert_float_eq(precision, 0.75, 1e-12, "the share of the stratum below");
    cr_assert_leq(interval.low, 0.75 - 0.5 * 0.75 + 1e-9, "and nothing is known of it");
    cr_assert(!ndup_stratified_precision(strata + 1, 2, &precision, &interval));
    cr_assert(!ndup_stratified_precision(strata, 0, &precision, &interval));
}

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

#define HEAD "pair,verdict,score,stratum_from,stratum_to,stratum_pairs,question\n"

static neardup_status parse(struct ndup_verdicts *out, const char *text, neardup_error *err)
{
    *err = (neardup_error){.message = ""};
    return ndup_verdicts_parse(out, text, strlen(text), err);
}

Test(suggest, verdicts_of_every_form)
{
    static const char *const forms[] = {
        HEAD "1,same,0.75,0.7,0.8,12,words-3\n2,different,0.55,0.5,0.6,40,words-3\n3,unsure,0.71,0.7,0.8,12,words-3\n4,"
             ",0.79,0.7,0.8,12,words-3\n",
        /* A spreadsheet: byte order mark, semicolons, decimal commas, line ends of DOS, an empty last line, another order. */
        "\xef\xbb\xbf"
        "question;verdict;pair;score;stratum_from;stratum_to;stratum_pairs;text_a\r\n"
        "words-3;Same;1;0,75;0,7;0,8;12;\"one; \"\"two\"\"\r\nthree\"\r\nwords-3;D;2;0,55;0,5;0,6;40;x\r\n"
        "words-3;?;3;0,71;0,7;0,8;12;x\r\nwords-3; ;4;0,79;0,7;0,8;12;x\r\n\r\n",
        "verdict\tquestion\tscore\tstratum_from\tstratum_to\tstratum_pairs\n1\twords-3\t.75\t.7\t.8\t12\nno\twords-3\t."
        "55\t.5\t.6\t40\n"
        "U\twords-3\t.71\t.7\t.8\t12\n\twords-3\t.79\t.7\t.8\t12",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct ndup_verdicts v;
        neardup_error err;
        cr_assert_eq(parse(&v, forms[i], &err), NEARDUP_OK, "form %zu: %s", i, err.message);
        cr_assert_eq(v.question, NDUP_ASK_SHORT);
        cr_assert_eq(v.same, 1);
        cr_assert_eq(v.different, 1);
        cr_assert_eq(v.unsure, 1);
        cr_assert_eq(v.unjudged, 1);
        cr_assert_eq(v.count, 2);
        cr_assert_float_eq(v.strata[0].from, 0.5, 1e-12, "strata are sorted");
        cr_assert_eq(v.strata[0].pairs, 40);
        cr_assert_eq(v.strata[1].same, 1);
        cr_assert_eq(v.strata[1].different, 0);
    }
}

Test(suggest, verdicts_that_are_none)
{
    static const struct {
        const char *text, *message;
        unsigned line;
    } bad[] = {
        {"", "there is no column 'verdict'", 0},
        {"a,b\n1,2\n", "there is no column 'verdict'", 0},
        {"verdict,score\n", "there is no column 'stratum_from'", 0},
        {HEAD, "there is no pair in it", 0},
        {HEAD "1,perhaps,0.75,0.7,0.8,12,words-3\n", "invalid verdict 'perhaps'", 2},
        {HEAD "1,same,0.75,0.7,0.8,12,words-3\n1,same,x,0.7,0.8,12,words-3\n", "'x' is not a number", 3},
        {HEAD "1,same,0.75,0.7,0.8,-2,words-3\n", "'-2' is not a number", 2},
        {HEAD "1,same,0.75,0.7,0.8,12,poems\n", "'poems' is not a question", 2},
        {HEAD "1,same,0.75,0.7,0.8,12,words-3\n\n2,same,0.75,0.7,0.8,12,words-2\n", "different questions: 'words-2'",
         4},
        {HEAD "1,same,0.75,0.7,0.8,12,words-3\n2,same,0.75,0.7,0.8,13,words-3\n", "rows are of different samples", 3},
        {HEAD "1,same\n", "no field for the column 'score'", 2},
        {HEAD "1,\"same,0.75", "no field for the column", 2},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ndup_verdicts v;
        neardup_error err;
        cr_assert_eq(parse(&v, bad[i].text, &err), NEARDUP_E_FORMAT, "%zu", i);
        cr_assert_not_null(strstr(err.message, bad[i].message), "%zu: %s", i, err.message);
        cr_assert_eq(err.line, bad[i].line, "%zu: line %u", i, (unsigned)err.line);
    }
}

Test(suggest, the_threshold_for_a_precision)
{
    struct ndup_verdicts v = {.count = 3,
                              .strata = {{.from = 0.5, .to = 0.6, .pairs = 100, .same = 1, .different = 4},
                                         {.from = 0.6, .to = 0.7, .pairs = 100, .same = 20, .different = 0},
                                         {.from = 0.7, .to = 0.8, .pairs = 100, .same = 100, .different = 0}}};
    cr_assert_eq(ndup_verdicts_threshold(&v, 0.99, false), 1);
    cr_assert_eq(ndup_verdicts_threshold(&v, 0.96, true), 2, "the interval of the stratum below begins at .84");
    cr_assert_eq(ndup_verdicts_threshold(&v, 0.99, true), 3);
    cr_assert_eq(ndup_verdicts_threshold(&v, 0.5, false), 0);
}

/* ---- a sample ---------------------------------------------------------------------------------------------------- */

#define TEXTS 60

/* Texts of 60 words, text i with i words of its own at its end; the last one is the first ten times, with other words besides. */
static struct ndup_sampled *make_sample(size_t *count)
{
    struct ndup_sampled *documents = calloc(TEXTS, sizeof *documents);
    for (size_t i = 0; i < TEXTS; i++) {
        char text[4096];
        size_t length = 0;
        for (size_t w = 0; w < 60; w++)
            length += (size_t)snprintf(text + length, sizeof text - length, "word%zu%s ", w,
                                       w + i >= 60 ? documents[i].text : "");
        if (i > 0) {
            length = 0;
            for (size_t w = 0; w < 60; w++)
                length += (size_t)snprintf(text + length, sizeof text - length,
                                           w + i >= 60 ? "own%zuof%zu " : "word%zu ", w, i);
        }
        documents[i] = (struct ndup_sampled){.text = strdup(text),
                                             .length = length,
                                             .file = strdup("a.txt"),
                                             .line = i + 1,
                                             .index = i,
                                             .tokens = 60,
                                             .chosen = i % 2 == 0};
    }
    *count = TEXTS;
    return documents;
}

static bool never(void *context, size_t done, size_t total)
{
    (void)context;
    return done < total && done == 0;
}

Test(suggest, questions_find_what_they_say)
{
    size_t count;
    struct ndup_sampled *documents = make_sample(&count);
    struct ndup_answers answers;
    struct ndup_ask_options options = {.threads = 1};
    neardup_error err = {.message = ""};
    cr_assert_eq(ndup_questions_ask(documents, count, &options, &answers, &err), NEARDUP_OK, "%s", err.message);
    cr_assert(!answers.of[NDUP_ASK_UNSPACED].asked);
    for (size_t q = 0; q < NDUP_QUESTION_COUNT; q++) {
        uint64_t found = 0;
        const struct ndup_found *f = &answers.of[q];
        for (size_t i = 0; i < f->count; i++) {
            const struct ndup_scored *pair = &f->pairs[i];
            neardup_comparison exact;
            cr_assert(pair->a < pair->b);
            cr_assert_eq(neardup_compare(&ndup_questions[q].profile, documents[pair->a].text, documents[pair->a].length,
                                         documents[pair->b].text, documents[pair->b].length, &exact, NULL, NULL, NULL),
                         NEARDUP_OK);
            cr_assert_float_eq((double)pair->score, exact.jaccard, 1e-6);
            if (q == NDUP_ASK_CONTAINED)
                cr_assert_float_eq((double)pair->contained, fmax(exact.a_in_b, exact.b_in_a), 1e-5);
            found += (documents[pair->a].chosen || documents[pair->b].chosen) &&
                     ndup_question_finds((enum ndup_question)q, pair);
        }
        cr_assert_eq(f->found, found);
    }
    cr_assert_gt(answers.of[NDUP_ASK_LOOSER].found, answers.of[NDUP_ASK_DEFAULT].found);
    cr_assert_eq(answers.of[NDUP_ASK_DEFAULT].alone, 0, "a looser one finds what it finds");
    ndup_answers_free(&answers);
    options.next = never;
    cr_assert_eq(ndup_questions_ask(documents, count, &options, &answers, &err), NEARDUP_E_CANCELED);
    ndup_answers_free(&answers);
    ndup_sampled_free(documents, count);
}

Test(suggest, pairs_are_drawn_from_every_stratum)
{
    size_t count;
    struct ndup_sampled *documents = make_sample(&count);
    struct ndup_answers answers;
    struct ndup_review review, again;
    const struct ndup_ask_options options = {.threads = 1};
    cr_assert_eq(ndup_questions_ask(documents, count, &options, &answers, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_review_draw(&review, NDUP_ASK_SHORT, documents, &answers, NULL), NEARDUP_OK);
    cr_assert_eq(review.count, NDUP_REVIEW_PAIRS);
    unsigned drawn[NDUP_REVIEW_STRATA] = {0};
    for (size_t i = 0; i < review.count; i++) {
        const struct ndup_reviewed *pair = &review.pairs[i];
        drawn[pair->stratum]++;
        cr_assert_geq(pair->score, pair->stratum / 10.0 - 1e-6);
        cr_assert(documents[pair->pair.a].chosen || documents[pair->pair.b].chosen);
    }
    for (unsigned s = 0; s < NDUP_REVIEW_STRATA; s++) {
        cr_assert_leq(drawn[s], review.stratum_pairs[s]);
        if (s < 3)
            cr_assert_eq(review.stratum_pairs[s], 0, "nothing .2 below the threshold");
        else if (review.stratum_pairs[s] >= 5)
            cr_assert_geq(drawn[s], 4, "stratum %u", s);
    }
    cr_assert_eq(ndup_review_draw(&again, NDUP_ASK_SHORT, documents, &answers, NULL), NEARDUP_OK);
    cr_assert_eq(memcmp(review.stratum_pairs, again.stratum_pairs, sizeof again.stratum_pairs), 0);
    for (size_t i = 0; i < review.count; i++)
        cr_assert(review.pairs[i].pair.a == again.pairs[i].pair.a && review.pairs[i].pair.b == again.pairs[i].pair.b);
    ndup_answers_free(&answers);
    ndup_sampled_free(documents, count);
}

/* ---- what the CSV says comes back -------------------------------------------------------------------------------- */

Test(suggest, written_and_read)
{
    size_t count, length = 0;
    struct ndup_sampled *documents = make_sample(&count);
    struct ndup_answers answers;
    struct ndup_review review;
    struct ndup_verdicts v;
    char *bytes = NULL;
    neardup_error err = {.message = ""};
    const struct ndup_ask_options options = {.threads = 1};
    cr_assert_eq(ndup_questions_ask(documents, count, &options, &answers, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_review_draw(&review, NDUP_ASK_DEFAULT, documents, &answers, NULL), NEARDUP_OK);
    FILE *out = open_memstream(&bytes, &length);
    cr_assert_eq(ndup_review_csv(&review, out, &err), NEARDUP_OK, "%s", err.message);
    fclose(out);
    cr_assert_eq(ndup_verdicts_parse(&v, bytes, length, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(v.unjudged, review.count);
    cr_assert_eq(v.question, NDUP_ASK_DEFAULT);
    for (size_t i = 0; i < v.count; i++)
        cr_assert_eq(v.strata[i].pairs, review.stratum_pairs[(size_t)(v.strata[i].from * 10 + 0.5)]);
    cr_assert_eq(ndup_verdicts_threshold(&v, 0.5, false), v.count, "nothing was judged");
    free(bytes);
    ndup_answers_free(&answers);
    ndup_sampled_free(documents, count);
}

/* ---- advice ------------------------------------------------------------------------------------------------------ */

static struct ndup_advice advise(struct ndup_corpus_look look, uint64_t plain, uint64_t looser, uint64_t words3,
                                 uint64_t characters, uint64_t missed)
{
    struct ndup_answers answers = {0};
    struct ndup_advice advice;
    answers.of[NDUP_ASK_DEFAULT].found = plain;
    answers.of[NDUP_ASK_LOOSER].found = looser;
    answers.of[NDUP_ASK_SHORT].found = words3;
    answers.of[NDUP_ASK_NOISY].found = characters;
    for (size_t q = 0; q < NDUP_QUESTION_COUNT; q++)
        answers.of[q].missed = missed;
    ndup_advice_make(&advice, &look, &answers);
    return advice;
}

Test(suggest, the_rules)
{
    const struct ndup_corpus_look pages = {.documents = 100, .median = 300, .chosen = 100};
    struct ndup_corpus_look messages = pages, noisy = pages, poems = pages, posts = pages;
    messages.shorter = 94;
    noisy.noise = 0.03;
    poems.han = 90;
    posts.shorter = posts.closed = 80;
    cr_assert_eq(advise(pages, 100, 110, 120, 200, 5).question, NDUP_ASK_DEFAULT);
    cr_assert_eq(advise(pages, 100, 140, 150, 200, 0).question, NDUP_ASK_LOOSER);
    cr_assert_eq(advise(pages, 5, 9, 9, 9, 0).question, NDUP_ASK_DEFAULT, "a factor of few pairs is chance");
    cr_assert_eq(advise(messages, 100, 110, 120, 130, 0).question, NDUP_ASK_SHORT);
    cr_assert_eq(advise(messages, 100, 110, 120, 170, 0).question, NDUP_ASK_NOISY);
    cr_assert_eq(advise(noisy, 100, 110, 120, 130, 0).question, NDUP_ASK_NOISY);
    noisy.noise = 0.01;
    cr_assert_eq(advise(noisy, 100, 110, 120, 130, 0).question, NDUP_ASK_DEFAULT);
    cr_assert_eq(advise(noisy, 10, 11, 12, 20, 0).question, NDUP_ASK_NOISY, "few words, and characters find more");
    noisy.noise = 0.1;
    cr_assert_eq(advise(noisy, 100, 110, 120, 130, 0).question, NDUP_ASK_NOISIEST);
    cr_assert_eq(advise(poems, 100, 110, 120, 130, 0).question, NDUP_ASK_UNSPACED);
    cr_assert_eq(advise(posts, 100, 110, 120, 130, 0).question, NDUP_ASK_NOISY);
    cr_assert(advise(pages, 100, 110, 120, 130, 40).contained);
    cr_assert(!advise(pages, 100, 110, 120, 130, 39).contained);
    cr_assert(!advise(messages, 100, 110, 120, 130, 0).numbers);
    struct ndup_answers bills = {0};
    struct ndup_advice keep;
    bills.of[NDUP_ASK_SHORT] = (struct ndup_found){.found = 100, .numbers = 90};
    ndup_advice_make(&keep, &messages, &bills);
    cr_assert(keep.question == NDUP_ASK_SHORT && keep.numbers);
    bills.of[NDUP_ASK_SHORT].numbers = 89;
    ndup_advice_make(&keep, &messages, &bills);
    cr_assert(!keep.numbers);
    cr_assert_str_eq(advise(messages, 100, 110, 120, 130, 0).why,
                     "94.0 % of the texts have fewer than 33 words: one changed word hides a copy.");
}
