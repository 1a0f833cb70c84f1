/* SPDX-License-Identifier: MIT
 * Pairs of a sample for people to judge, and what their verdicts say about a threshold.
 *
 * Pairs are drawn from strata of a tenth of the score, as many from each, because a plain sample of pairs has hardly any near the
 * threshold: of the 4 352 pairs that the default finds in 2 438 pages of documentation, 3 861 are above .9. The strata begin .2 below
 * the threshold of the question, so that a lower threshold can be judged, too. Each row says how many pairs its stratum has in the
 * sample, so that a file of verdicts is complete without the corpus. */
#ifndef NDUP_REVIEW_H
#define NDUP_REVIEW_H

#include "base/buf.h"
#include "suggest/questions.h"
#include "suggest/statistics.h"

#include <stdio.h>

#define NDUP_REVIEW_PAIRS  30
#define NDUP_REVIEW_STRATA 10 /* of a tenth each: stratum i begins at i / 10 */

struct ndup_review {
    enum ndup_question question;
    const struct ndup_sampled *documents; /* borrowed, as the answers are */
    uint64_t stratum_pairs[NDUP_REVIEW_STRATA];
    struct ndup_reviewed {
        struct ndup_scored pair;
        double score;
        unsigned stratum;
    } pairs[NDUP_REVIEW_PAIRS];
    size_t count;
};

/* Draws the pairs. They come in an order that says nothing about their scores: people judge what they see and not a number. */
neardup_status ndup_review_draw(struct ndup_review *review, enum ndup_question question,
                                const struct ndup_sampled *documents, const struct ndup_answers *answers,
                                neardup_error *err) NDUP_MUST_CHECK;

/* Writes them as a page (report/page.h, kind review), or as CSV with an empty column for the verdict. */
neardup_status ndup_review_page(const struct ndup_review *review, const char *title, FILE *out,
                                neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_review_csv(const struct ndup_review *review, FILE *out, neardup_error *err) NDUP_MUST_CHECK;

/* ---- verdicts ---- */

struct ndup_verdicts {
    enum ndup_question question;
    struct ndup_stratum strata[NDUP_REVIEW_STRATA]; /* those that the file has, by score */
    size_t count;
    uint64_t same, different, unsure, unjudged;
};

/* Reads a file of verdicts: bytes[0..length), CSV with a comma, semicolon or tab between the fields, as the page saves it or a
 * spreadsheet. Columns are found by their names. E_FORMAT with a line in err->line: an unknown verdict, a score that is not a number,
 * rows of different questions, a column that is missing. */
neardup_status ndup_verdicts_parse(struct ndup_verdicts *verdicts, const char *bytes, size_t length,
                                   neardup_error *err) NDUP_MUST_CHECK;

/* The lowest stratum from which on all pairs above reach the precision, by their estimate, or (sure) by the lower end of its interval;
 * count: none does. Only thresholds whose own stratum was judged. */
size_t ndup_verdicts_threshold(const struct ndup_verdicts *verdicts, double precision, bool sure);

#endif
