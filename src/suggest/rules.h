/* SPDX-License-Identifier: MIT
 * Which question to ask about a corpus, and why: rules over what its texts are, and over what each question finds in a sample.
 *
 * The rules are one table in rules.c, each with the figures that support it. They are measured on the labelled sets of doc/suggest.md;
 * no rule looks at a label, and none knows whether two texts of a sample are the same for the person who asks. So the screen shows the
 * pairs of every question beside the advice, and --review asks the person. */
#ifndef NDUP_SUGGEST_RULES_H
#define NDUP_SUGGEST_RULES_H

#include "suggest/questions.h"
#include "text/kinds.h"

struct ndup_corpus_look {
    uint64_t documents; /* with at least one word, in the input */
    uint64_t median;    /* of their words */
    uint64_t shorter;   /* documents with fewer than NDUP_SHORT_WORDS words */
    /* of the documents of the sample that were chosen by chance: */
    uint64_t chosen;
    uint64_t copies; /* of these, exact copies of others in the sample, which are not compared */
    uint64_t han;    /* text/kinds.h: of NDUP_SCRIPT_HAN */
    uint64_t closed; /* of NDUP_SCRIPT_CLOSED */
    uint64_t html;
    uint64_t digits; /* with a digit */
    double noise;    /* suggest/statistics.h */
};

/* The noise of a sample from which on single wrong letters decide which question is right. The clean labelled sets have .0000 to .0082
 * (pieces of books), the same with .3 % of wrong characters .015 to .017, for which the default still finds 9 copies of 10, with 1 %
 * .031 to .048, and with 3 % .070 to .106 (bench/suggest.py). */
#define NDUP_NOISY 0.02
static inline bool ndup_is_noisy(const struct ndup_corpus_look *look)
{
    return look->noise >= NDUP_NOISY;
}

struct ndup_advice {
    enum ndup_question question;
    bool contained;    /* and --contained 0.8 */
    bool numbers;      /* and --numbers keep */
    bool html;         /* and --html text */
    bool review;       /* the sample does not decide: judge some pairs */
    char why[200];     /* of the question */
    char and_why[200]; /* of --contained; "" without it */
};

void ndup_advice_make(struct ndup_advice *advice, const struct ndup_corpus_look *look,
                      const struct ndup_answers *answers);

#endif
