/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "suggest/rules.h"
#include "term/number.h"

#include <stdio.h>
#include <string.h>

struct facts {
    const struct ndup_corpus_look *look;
    const struct ndup_answers *answers;
};

/* ---- conditions -------------------------------------------------------------------------------------------------- */

static uint64_t found(const struct facts *f, enum ndup_question question)
{
    return f->answers->of[question].found;
}

/* A question finds clearly more than another one: 1.4 times the pairs, and ten more. Between a threshold of .7 and one of .5, the
 * factor is 2.0 for judged web pages (F1 .787, then .893), 1.7 for Japanese works (.583, .828), 1.18 for pages of two kinds of
 * English (.959, .936) and 1.14 for documentation (.974, .949): where a lower threshold adds little, it adds what is different. It
 * is 1.13 for versions of laws (.896, .948) and 1.23 for terms of service, where the rule is wrong. Ten pairs: a factor of fewer is
 * chance. */
#define MORE        1.4
#define LEAST_PAIRS 10
static bool finds_more(const struct facts *f, enum ndup_question more, enum ndup_question less)
{
    return found(f, more) >= found(f, less) + LEAST_PAIRS && (double)found(f, more) >= MORE * (double)found(f, less);
}

static bool is_most(uint64_t part, uint64_t whole)
{
    return ndup_share_reaches(part, whole, NDUP_MOST_PERCENT);
}

static bool is_han(const struct facts *f)
{
    return is_most(f->look->han, f->look->chosen);
}

/* A small sample has few frequent words, and so sees fewer doubles: 1 % of wrong characters give .031 in a thousand texts of 300
 * words, and .011 in a hundred, where the clean texts have .008 and .003. There it counts if characters find more. */
static bool is_noisy(const struct facts *f)
{
    return ndup_is_noisy(f->look) ||
           (f->look->noise >= NDUP_NOISY / 2 && finds_more(f, NDUP_ASK_NOISY, NDUP_ASK_DEFAULT));
}

static bool is_noisiest(const struct facts *f)
{
    return f->look->noise >= 0.05;
}

static bool is_short(const struct facts *f)
{
    return is_most(f->look->shorter, f->look->documents);
}

/* Characters find more than words with n 3, and most of what they add does not differ in its numbers. Messages from a template ("your
 * parcel 17 waits in shop 4") are made of the same characters but for their numbers, and are different messages: of the pairs that
 * characters add in 5 574 short messages 92 % have other numbers, in bibliographic records 16 %. */
static bool is_short_and_close(const struct facts *f)
{
    const struct ndup_found *characters = &f->answers->of[NDUP_ASK_NOISY], *words = &f->answers->of[NDUP_ASK_SHORT];
    if (!is_short(f) || !finds_more(f, NDUP_ASK_NOISY, NDUP_ASK_SHORT))
        return false;
    uint64_t numbers = characters->numbers > words->numbers ? characters->numbers - words->numbers : 0;
    return 2 * numbers < characters->found - words->found;
}

static bool is_short_and_closed(const struct facts *f)
{
    return is_short(f) && is_most(f->look->closed, f->look->chosen);
}

static bool is_loose(const struct facts *f)
{
    return finds_more(f, NDUP_ASK_LOOSER, NDUP_ASK_DEFAULT);
}

static bool is_anything(const struct facts *f)
{
    (void)f;
    return true;
}

/* ---- sentences --------------------------------------------------------------------------------------------------- */

static void why_han(char *why, size_t size, const struct facts *f)
{
    snprintf(
        why, size,
        "%s of the texts are Chinese or Japanese, where a word is one character: two of them say as much as a word.",
        ndup_number_percent(f->look->han, f->look->chosen).text);
}

static void why_noisy(char *why, size_t size, const struct facts *f)
{
    snprintf(
        why, size,
        "%s of the long words look like another word with a wrong letter: a wrong letter hides 5 sequences of words.",
        ndup_number_percent((uint64_t)(f->look->noise * 1e6 + 0.5), 1000000).text);
}

static void why_short(char *why, size_t size, const struct facts *f)
{
    snprintf(why, size, "%s of the texts have fewer than %d words: one changed word hides a copy.",
             ndup_number_percent(f->look->shorter, f->look->documents).text, NDUP_SHORT_WORDS);
}

static void why_close(char *why, size_t size, const struct facts *f)
{
    snprintf(why, size,
             "%s of the texts have fewer than %d words, and their copies differ inside words: characters find %s "
             "pairs, words %s.",
             ndup_number_percent(f->look->shorter, f->look->documents).text, NDUP_SHORT_WORDS,
             ndup_number_group(found(f, NDUP_ASK_NOISY)).text, ndup_number_group(found(f, NDUP_ASK_SHORT)).text);
}

static void why_closed(char *why, size_t size, const struct facts *f)
{
    snprintf(
        why, size,
        "%s of the texts are in a script without spaces and have fewer than %d characters: one change hides a copy.",
        ndup_number_percent(f->look->closed, f->look->chosen).text, NDUP_SHORT_WORDS);
}

static void why_loose(char *why, size_t size, const struct facts *f)
{
    snprintf(why, size,
             "%s pairs are between 0.5 and 0.7, beside %s from 0.7 on: most similar texts differ more than the default "
             "allows.",
             ndup_number_group(found(f, NDUP_ASK_LOOSER) - found(f, NDUP_ASK_DEFAULT)).text,
             ndup_number_group(found(f, NDUP_ASK_DEFAULT)).text);
}

static void why_default(char *why, size_t size, const struct facts *f)
{
    uint64_t most = found(f, NDUP_ASK_LOOSER), now = found(f, NDUP_ASK_DEFAULT);
    if (most == now)
        snprintf(why, size, "half of the texts have %s words or more, and no pair is between 0.5 and 0.7.",
                 ndup_number_group(f->look->median).text);
    else
        snprintf(
            why, size,
            "half of the texts have %s words or more, and only %s pair%s between 0.5 and 0.7, beside %s from 0.7 on.",
            ndup_number_group(f->look->median).text, ndup_number_group(most - now).text,
            most - now == 1 ? " is" : "s are", ndup_number_group(now).text);
}

/* ---- the rules --------------------------------------------------------------------------------------------------- */

/* The first that applies decides. */
static const struct {
    bool (*applies)(const struct facts *facts);
    enum ndup_question question;
    void (*why)(char *why, size_t size, const struct facts *facts);
} rules[] = {
    /* Poems: F1 .656 with the default, .943 with n 2. Japanese works: .583, .929. */
    {is_han, NDUP_ASK_UNSPACED, why_han},
    /* Both copies of a text with 5 % of wrong characters share .59 of their sequences of five: a similarity of .42. */
    {is_noisiest, NDUP_ASK_NOISIEST, why_noisy},
    /* 3 % of the characters of pages wrong: of the copies the default finds none, words with n 3 .11, characters with n 5 all. */
    {is_noisy, NDUP_ASK_NOISY, why_noisy},
    /* One Thai character says less than a Chinese one: with n 2 most posts of some words are similar. */
    {is_short_and_closed, NDUP_ASK_NOISY, why_closed},
    /* Bibliographic records: F1 .005 with the default, .320 with words and n 3, .728 with characters and n 5. */
    {is_short_and_close, NDUP_ASK_NOISY, why_close},
    /* Methods before and after a fix: .808, then .922. Of 29 ways to ask about 5 574 short messages, read by eye. */
    {is_short, NDUP_ASK_SHORT, why_short},
    /* Judged web pages .787, then .893; Japanese works .583, then .828. */
    {is_loose, NDUP_ASK_LOOSER, why_loose},
    /* Documentation .974, pages in two kinds of English .959: every looser question has a lower F1. */
    {is_anything, NDUP_ASK_DEFAULT, why_default},
};

void ndup_advice_make(struct ndup_advice *advice, const struct ndup_corpus_look *look,
                      const struct ndup_answers *answers)
{
    const struct facts facts = {look, answers};
    size_t rule = 0;
    *advice = (struct ndup_advice){0};
    while (!rules[rule].applies(&facts))
        rule++;
    advice->question = rules[rule].question;
    rules[rule].why(advice->why, sizeof advice->why, &facts);
    /* Short answers of which some were copied in part: F1 .146, then .408; copies that were cut to 30 %: none, then all. Where it adds
     * less, it adds pages that are little more than their template: of pages in two kinds of English .959, then .930. */
    uint64_t missed = answers->of[advice->question].missed;
    advice->contained = missed >= LEAST_PAIRS && (double)missed >= (MORE - 1) * (double)found(&facts, advice->question);
    if (advice->contained)
        snprintf(advice->and_why, sizeof advice->and_why,
                 "in %s more pairs one text has four fifths of the other, and more besides.",
                 ndup_number_group(missed).text);
    /* Short texts from one template, such as bills, are what remains when a question is loose enough for short texts. Of the pairs of
     * 5 574 short messages 59 % have other numbers: those are campaigns, which people want to find. */
    const struct ndup_found *chosen = &answers->of[advice->question];
    advice->numbers = is_short(&facts) && chosen->numbers >= LEAST_PAIRS && 10 * chosen->numbers >= 9 * chosen->found;
    advice->review =
        found(&facts, NDUP_ASK_LOOSER) + found(&facts, NDUP_ASK_CONTAINED) > 2 * found(&facts, NDUP_ASK_DEFAULT) + 10;
}
