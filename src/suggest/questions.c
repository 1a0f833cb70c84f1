/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "neardup_run.h"
#include "suggest/questions.h"
#include "suggest/statistics.h"

#include <stdlib.h>
#include <string.h>

const struct ndup_question_row ndup_questions[NDUP_QUESTION_COUNT] = {
    [NDUP_ASK_DEFAULT] = {"words-5", "words, n 5, threshold 0.7", "", {NEARDUP_TOKENS_WORD, 5}, 0.7, false},
    [NDUP_ASK_LOOSER] =
        {"words-5-looser", "words, n 5, threshold 0.5", "--threshold 0.5", {NEARDUP_TOKENS_WORD, 5}, 0.5, false},
    [NDUP_ASK_SHORT] =
        {"words-3", "words, n 3, threshold 0.5", "--ngram 3 --threshold 0.5", {NEARDUP_TOKENS_WORD, 3}, 0.5, false},
    [NDUP_ASK_UNSPACED] =
        {"words-2", "words, n 2, threshold 0.5", "--ngram 2 --threshold 0.5", {NEARDUP_TOKENS_WORD, 2}, 0.5, false},
    [NDUP_ASK_CHARACTERS] = {"characters-9",
                             "characters, n 9, threshold 0.7",
                             "--tokens char --ngram 9",
                             {NEARDUP_TOKENS_CHAR, 9},
                             0.7,
                             false},
    [NDUP_ASK_NOISY] = {"characters-5",
                        "characters, n 5, threshold 0.6",
                        "--tokens char --ngram 5 --threshold 0.6",
                        {NEARDUP_TOKENS_CHAR, 5},
                        0.6,
                        false},
    [NDUP_ASK_NOISIEST] = {"characters-5-looser",
                           "characters, n 5, threshold 0.4",
                           "--tokens char --ngram 5 --threshold 0.4",
                           {NEARDUP_TOKENS_CHAR, 5},
                           0.4,
                           false},
    [NDUP_ASK_CONTAINED] =
        {"contained", "default, or 0.8 contained in another", "--contained 0.8", {NEARDUP_TOKENS_WORD, 5}, 0.8, true},
};

#define BELOW      0.2   /* how far below the threshold of a question pairs are looked for */
#define RECALL     0.999 /* at that threshold */
#define WORD_BANDS 200   /* of word 5-grams, for containment: see the header */
#define WORD_ROWS  2
#define WORD_LEAST 0.1

void ndup_sampled_free(struct ndup_sampled *documents, size_t count)
{
    for (size_t i = 0; documents != NULL && i < count; i++) {
        free(documents[i].text);
        free(documents[i].id);
        free(documents[i].file);
    }
    free(documents);
}

void ndup_answers_free(struct ndup_answers *answers)
{
    /* Questions that differ in their threshold share the pairs of the first. */
    for (size_t q = 0; q < NDUP_QUESTION_COUNT; q++) {
        if (q != NDUP_ASK_LOOSER && q != NDUP_ASK_CONTAINED && q != NDUP_ASK_NOISIEST)
            free(answers->of[q].pairs);
    }
    *answers = (struct ndup_answers){0};
}

/* ---- scores ------------------------------------------------------------------------------------------------------ */

double ndup_question_score(enum ndup_question question, const struct ndup_scored *pair)
{
    if (!ndup_questions[question].contained)
        return (double)pair->score;
    return pair->brief ? 0 : (double)pair->contained;
}

/* A float holds a score to seven digits: one that equals the threshold may be rounded below it. */
#define ROUNDED 1e-6

bool ndup_question_finds(enum ndup_question question, const struct ndup_scored *pair)
{
    const struct ndup_question_row *row = &ndup_questions[question];
    if (row->contained && (double)pair->score >= ndup_questions[NDUP_ASK_DEFAULT].threshold - ROUNDED)
        return true;
    return ndup_question_score(question, pair) >= row->threshold - ROUNDED;
}

/* Share of the shorter document's shingles that are in the other one, from the similarity and the sizes of the sets. */
static void add_containment(struct ndup_scored *pair, const struct ndup_sampled *a, const struct ndup_sampled *b,
                            double jaccard)
{
    const struct ndup_sampled *less = a->shingles <= b->shingles ? a : b;
    double shared = jaccard * (double)(a->shingles + b->shingles) / (1 + jaccard);
    double share = less->shingles > 0 ? shared / (double)less->shingles : 0;
    pair->contained = (float)(share < 1 ? share : 1);
    pair->brief = less->tokens < NDUP_LEAST_CONTAINED;
}

/* ---- a job over the sample --------------------------------------------------------------------------------------- */

struct asking {
    struct ndup_sampled *documents;
    size_t count;
    bool words; /* pairs have a containment */
    struct ndup_found *found;
    size_t capacity;
    bool too_many, no_memory;
};

static neardup_status read_documents(void *context, uint64_t first, neardup_document *documents, size_t most,
                                     size_t *count, neardup_error *err)
{
    const struct asking *asking = context;
    size_t n = 0;
    (void)err;
    for (; n < most && first + n < asking->count; n++) {
        documents[n].text = asking->documents[first + n].text;
        documents[n].text_length = asking->documents[first + n].length;
    }
    *count = n;
    return NEARDUP_OK;
}

static bool on_pair(void *context, const neardup_pair *pair)
{
    struct asking *asking = context;
    struct ndup_found *found = asking->found;
    asking->too_many = found->count == NDUP_MOST_PAIRS;
    asking->no_memory =
        !asking->too_many && !ndup_grow(&found->pairs, &asking->capacity, found->count + 1, sizeof *found->pairs);
    if (asking->too_many || asking->no_memory)
        return false;
    double jaccard = pair->reason == NEARDUP_EXACT ? 1 : pair->jaccard;
    struct ndup_scored *scored = &found->pairs[found->count++];
    *scored = (struct ndup_scored){.a = (uint32_t)pair->a.index, .b = (uint32_t)pair->b.index, .score = (float)jaccard};
    if (asking->words)
        add_containment(scored, &asking->documents[scored->a], &asking->documents[scored->b], jaccard);
    return true;
}

static neardup_status run_job(struct asking *asking, const neardup_job_options *options, neardup_error *err)
{
    const neardup_source_vtable vtable = {.struct_size = sizeof vtable,
                                          .flags =
                                              NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL | NEARDUP_SOURCE_IN_PLACE,
                                          .read = read_documents};
    const neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = asking, .pair = on_pair};
    neardup_job *job;
    NDUP_TRY(neardup_job_create(&job, options, err));
    neardup_status status = neardup_job_add_source(job, "sample.jsonl", &vtable, asking, false, err);
    if (status == NEARDUP_OK)
        status = neardup_job_run(job, &callbacks, err);
    neardup_job_destroy(job);
    if (asking->too_many)
        return ndup_fail(err, NEARDUP_E_LIMIT, "the sample has more than %d similar pairs", NDUP_MOST_PAIRS);
    return asking->no_memory ? ndup_fail_nomem(err) : status;
}

static neardup_status ask(struct ndup_sampled *documents, size_t count, enum ndup_question question,
                          const struct ndup_ask_options *o, struct ndup_found *found, neardup_error *err)
{
    const struct ndup_question_row *row = &ndup_questions[question];
    struct asking asking = {
        .documents = documents, .count = count, .words = question == NDUP_ASK_DEFAULT, .found = found};
    neardup_job_options options;
    neardup_job_options_init(&options, sizeof options);
    options.profile = row->profile;
    options.pairs = true;
    options.threads = o->threads;
    options.memory = o->memory;
    options.threshold = row->threshold - BELOW >= 0.4 ? row->threshold - BELOW : 0.4;
    options.recall = RECALL;
    if (question == NDUP_ASK_DEFAULT) {
        options.threshold = WORD_LEAST;
        options.bands = WORD_BANDS;
        options.rows = WORD_ROWS;
    }
    found->asked = true;
    return run_job(&asking, &options, err);
}

/* ---- which question finds what ----------------------------------------------------------------------------------- */

static bool counts(const struct ndup_sampled *documents, const struct ndup_scored *pair)
{
    return documents[pair->a].chosen || documents[pair->b].chosen;
}

static bool have_other_numbers(const struct ndup_sampled *documents, const struct ndup_scored *pair)
{
    uint64_t a = documents[pair->a].numbers, b = documents[pair->b].numbers;
    return a != 0 && b != 0 && a != b;
}

static int compare(const struct ndup_scored *left, const struct ndup_scored *right)
{
    if (left->a != right->a)
        return left->a < right->a ? -1 : 1;
    return left->b < right->b ? -1 : left->b > right->b;
}

/* Goes through the lists of all questions at once: they have the same order. */
static void count_found(const struct ndup_sampled *documents, struct ndup_answers *answers)
{
    size_t at[NDUP_QUESTION_COUNT] = {0};
    for (;;) {
        const struct ndup_scored *next = NULL;
        unsigned finders = 0, finders_set = 0;
        size_t finder = 0;
        for (size_t q = 0; q < NDUP_QUESTION_COUNT; q++) {
            const struct ndup_found *found = &answers->of[q];
            if (at[q] < found->count && (next == NULL || compare(&found->pairs[at[q]], next) < 0))
                next = &found->pairs[at[q]];
        }
        if (next == NULL)
            return;
        for (size_t q = 0; q < NDUP_QUESTION_COUNT; q++) {
            struct ndup_found *found = &answers->of[q];
            if (at[q] == found->count || compare(&found->pairs[at[q]], next) != 0)
                continue;
            const struct ndup_scored *pair = &found->pairs[at[q]++];
            if (!counts(documents, pair) || !ndup_question_finds((enum ndup_question)q, pair))
                continue;
            found->found++;
            found->numbers += have_other_numbers(documents, pair);
            finders++;
            finders_set |= 1u << q;
            finder = q;
        }
        if (finders == 1)
            answers->of[finder].alone++;
        for (size_t q = 0; (finders_set & 1u << NDUP_ASK_CONTAINED) != 0 && q < NDUP_QUESTION_COUNT; q++)
            answers->of[q].missed += (finders_set & 1u << q) == 0;
    }
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static neardup_status look_at_texts(struct ndup_sampled *documents, size_t count, neardup_error *err)
{
    const neardup_profile profile = ndup_questions[NDUP_ASK_DEFAULT].profile;
    neardup_comparer *comparer;
    neardup_comparison result;
    NDUP_TRY(neardup_comparer_create(&comparer, &profile, err));
    neardup_status status = NEARDUP_OK;
    for (size_t i = 0; status == NEARDUP_OK && i < count; i++) {
        status =
            neardup_comparer_compare(comparer, documents[i].text, documents[i].length, "", 0, &result, NULL, NULL, err);
        documents[i].shingles = result.a_shingles;
        documents[i].numbers = ndup_text_numbers(documents[i].text, documents[i].length);
    }
    neardup_comparer_destroy(comparer);
    return status;
}

neardup_status ndup_questions_ask(struct ndup_sampled *documents, size_t count, const struct ndup_ask_options *options,
                                  struct ndup_answers *answers, neardup_error *err)
{
    static const enum ndup_question asked[] = {NDUP_ASK_DEFAULT, NDUP_ASK_SHORT, NDUP_ASK_CHARACTERS, NDUP_ASK_NOISY,
                                               NDUP_ASK_UNSPACED};
    size_t total = sizeof asked / sizeof *asked - (options->unspaced ? 0 : 1);
    *answers = (struct ndup_answers){0};
    NDUP_TRY(look_at_texts(documents, count, err));
    for (size_t i = 0; i < total; i++) {
        if (options->next != NULL && !options->next(options->context, i, total))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
        NDUP_TRY(ask(documents, count, asked[i], options, &answers->of[asked[i]], err));
    }
    const struct ndup_found *words = &answers->of[NDUP_ASK_DEFAULT];
    answers->of[NDUP_ASK_LOOSER] = answers->of[NDUP_ASK_CONTAINED] =
        (struct ndup_found){.pairs = words->pairs, .count = words->count, .asked = true};
    if (options->noisy)
        answers->of[NDUP_ASK_NOISIEST] = (struct ndup_found){
            .pairs = answers->of[NDUP_ASK_NOISY].pairs, .count = answers->of[NDUP_ASK_NOISY].count, .asked = true};
    count_found(documents, answers);
    return NEARDUP_OK;
}
