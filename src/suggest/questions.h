/* SPDX-License-Identifier: MIT
 * The questions that can be asked about a corpus, and the pairs that each of them finds in a sample.
 *
 * Every score is exact. Candidates are found by signatures with a recall of .999 at a threshold that is .2 below that of the
 * question, so that a pair at the threshold of the question is missed with a probability below 1e-6. Why not by the exact join
 * (`--candidates all`): of 2 500 news articles it takes 217 s for sequences of five characters, which are in most texts, where
 * signatures take 7 s and find the same 20 pairs.
 *
 * Containment comes from the scores of word 5-grams: a pair with similarity J and sets of A and B shingles shares J (A + B) / (1 + J)
 * of them. Pairs down to a similarity of .1 are looked for with 200 bands of 2 rows, which find a document of which four fifths are
 * in one that is five times as long (J = .16) with a probability of .994. */
#ifndef NDUP_QUESTIONS_H
#define NDUP_QUESTIONS_H

#include "base/platform.h"
#include "neardup.h"

/* ---- the sample ---- */

struct ndup_sampled { /* a document; the texts of a sample are all different */
    char *text;
    size_t length;
    char *id; /* raw JSON, NUL-terminated; NULL: none */
    char *file;
    uint64_t line;
    uint64_t index;    /* in the input */
    uint64_t tokens;   /* words */
    uint64_t shingles; /* distinct word 5-grams; ndup_questions_ask fills it */
    uint64_t numbers;  /* a hash of them; ndup_questions_ask fills it */
    bool chosen;       /* by chance. false: it is in the sample because it is similar to one that was */
};

void ndup_sampled_free(struct ndup_sampled *documents, size_t count);

/* ---- questions ---- */

enum ndup_question {
    NDUP_ASK_DEFAULT,    /* words, n 5, threshold .7 */
    NDUP_ASK_LOOSER,     /* words, n 5, threshold .5 */
    NDUP_ASK_SHORT,      /* words, n 3, threshold .5 */
    NDUP_ASK_UNSPACED,   /* words, n 2, threshold .5: in scripts without spaces a word is a character */
    NDUP_ASK_CHARACTERS, /* characters, n 9, threshold .7 */
    NDUP_ASK_NOISY,      /* characters, n 5, threshold .6 */
    NDUP_ASK_NOISIEST,   /* characters, n 5, threshold .4 */
    NDUP_ASK_CONTAINED,  /* the default, or contained: n 5, at least .8 of the shorter one */
    NDUP_QUESTION_COUNT,
};

struct ndup_question_row {
    const char *key;     /* in files of verdicts */
    const char *name;    /* for people */
    const char *options; /* what to type; "": nothing */
    neardup_profile profile;
    double threshold;
    bool contained; /* the score is the containment */
};
extern const struct ndup_question_row ndup_questions[NDUP_QUESTION_COUNT];

/* The shortest document that is looked for in longer ones, in words: titles and pages that are little more than a template are
 * "contained" in half of a site. */
#define NDUP_LEAST_CONTAINED 50

struct ndup_scored { /* a pair of the sample, under one question */
    uint32_t a, b;   /* a < b */
    float score;     /* the Jaccard similarity */
    float contained; /* share of the shorter one in the other; only of word 5-grams, else 0 */
    bool brief;      /* the shorter one has fewer than NDUP_LEAST_CONTAINED words */
};

struct ndup_found {
    struct ndup_scored *pairs; /* by a, then b; with scores below the threshold of the question, too */
    size_t count;
    uint64_t found;   /* with one document that was chosen, and at or above the threshold */
    uint64_t alone;   /* of these, found by no other question that was asked */
    uint64_t missed;  /* that NDUP_ASK_CONTAINED finds, and this one does not */
    uint64_t numbers; /* of those found, pairs of texts that both have numbers, and not the same ones */
    bool asked;
};

struct ndup_answers {
    struct ndup_found of[NDUP_QUESTION_COUNT];
};

struct ndup_ask_options {
    unsigned threads;
    uint64_t memory;
    bool unspaced; /* ask NDUP_ASK_UNSPACED, too */
    bool noisy;    /* ask NDUP_ASK_NOISIEST, too */
    /* Called before each question; false: stop with E_CANCELED. */
    bool (*next)(void *context, size_t done, size_t total);
    void *context;
};

/* Asks all questions. E_LIMIT: a question finds more than NDUP_MOST_PAIRS pairs in the sample, which then has to be smaller. E_ARG is
 * not returned; E_NOMEM, E_IO, E_CANCELED. */
#define NDUP_MOST_PAIRS 4000000
neardup_status ndup_questions_ask(struct ndup_sampled *documents, size_t count, const struct ndup_ask_options *options,
                                  struct ndup_answers *answers, neardup_error *err) NDUP_MUST_CHECK;
void ndup_answers_free(struct ndup_answers *answers);

/* The score of the pair under its question, and whether that reaches the threshold. */
double ndup_question_score(enum ndup_question question, const struct ndup_scored *pair);
bool ndup_question_finds(enum ndup_question question, const struct ndup_scored *pair);

#endif
