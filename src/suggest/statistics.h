/* SPDX-License-Identifier: MIT
 * What the texts of a sample are made of, and how sure a share of judged pairs is. Nothing in here compares texts.
 *
 * Noise. A scanner or a typist replaces single letters, so that a common word ("because") gets a rare double ("becanse"). The
 * noise of a sample is the share of its words of five letters or more that are seen once or twice and differ from a word that is
 * at least ten times as frequent by one replaced letter. Why this measure: it requires no dictionary and no model of a language.
 * Odd characters inside words, the obvious alternative, see only errors that produce digits or symbols: of random replacements of
 * letters they see nothing. doc/suggest.md has the figures of clean and noisy corpora. */
#ifndef NDUP_STATISTICS_H
#define NDUP_STATISTICS_H

#include "base/platform.h"
#include "neardup.h"

/* ---- one text ---- */

/* Whether it has a digit, of any script that has its own. */
bool ndup_text_has_digit(const char *text, size_t length);

/* A hash of the numbers of a text (runs of ASCII digits) in any order; 0: it has none. */
uint64_t ndup_text_numbers(const char *text, size_t length);

/* ---- the words of a sample ---- */

struct ndup_word_table;

neardup_status ndup_word_table_create(struct ndup_word_table **out, neardup_error *err) NDUP_MUST_CHECK;
void ndup_word_table_destroy(struct ndup_word_table *table); /* NULL is fine */
/* Counts the words of five to thirty letters. Words beyond the first 2^20 different ones are ignored: about 100 MB of text. */
neardup_status ndup_word_table_add(struct ndup_word_table *table, const char *text, size_t length,
                                   neardup_error *err) NDUP_MUST_CHECK;
/* The share of noise, 0 to 1; of fewer than 1 000 words 0, as frequencies say nothing there. */
neardup_status ndup_word_table_noise(struct ndup_word_table *table, double *noise, neardup_error *err) NDUP_MUST_CHECK;

/* ---- shares of judged pairs ---- */

struct ndup_interval {
    double low, high;
};

/* The 95 % interval of a share of which `yes` of `count` were seen (Wilson 1927). count 0: 0 to 1. Why Wilson: with five pairs in a
 * stratum, all of them right, Clopper-Pearson says .478 to 1 and Wilson .566 to 1; the first covers more than 95 %, at the price
 * of pairs to judge (Brown, Cai, DasGupta, Statistical Science 16, 2001). The plain normal interval says 1 to 1. */
struct ndup_interval ndup_wilson(uint64_t yes, uint64_t count);

struct ndup_stratum { /* pairs of similar scores */
    double from, to;  /* scores, half-open; to 1: closed */
    uint64_t pairs;   /* in the sample */
    uint64_t same, different;
};

/* The precision of all pairs in strata[0..count), each stratum weighted by its pairs, and its 95 % interval: the limits of the
 * strata combined as in Zou and Donner (Statistics in Medicine 27, 2008), which keeps the asymmetry of Wilson's. Strata without
 * a verdict count with the share of their nearest judged neighbour below, and an interval of 0 to 1. False: there is no verdict. */
bool ndup_stratified_precision(const struct ndup_stratum *strata, size_t count, double *precision,
                               struct ndup_interval *interval);

#endif
