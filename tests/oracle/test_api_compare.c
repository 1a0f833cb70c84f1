/* SPDX-License-Identifier: MIT
 * Comparing two texts: numbers and passages worked out by hand, and random texts against brute force. */
#include "neardup.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static neardup_comparison compare(unsigned ngram, neardup_tokens tokens, const char *a, const char *b)
{
    neardup_profile profile = {tokens, ngram};
    neardup_comparison c;
    neardup_error err;
    cr_assert_eq(neardup_compare(&profile, a, strlen(a), b, strlen(b), &c, NULL, NULL, &err), NEARDUP_OK, "%s",
                 err.message);
    return c;
}

Test(api_compare, numbers_of_small_texts)
{
    /* 5 and 6 words, shingles of 2: {ab bc cd de} and {ab bc cx xd de} */
    neardup_comparison c = compare(2, NEARDUP_TOKENS_WORD, "a b c d e", "A, b; c x d e.");
    cr_assert_eq(c.a_tokens, 5);
    cr_assert_eq(c.b_tokens, 6);
    cr_assert_eq(c.a_shingles, 4);
    cr_assert_eq(c.b_shingles, 5);
    cr_assert_eq(c.shared, 3);
    cr_assert_eq(c.jaccard, 0.5);
    cr_assert_eq(c.a_in_b, 0.75);
    cr_assert_eq(c.b_in_a, 0.6);
    cr_assert(!c.identical && !c.a_invalid_utf8 && !c.b_invalid_utf8);
}

Test(api_compare, repetitions_count_once)
{
    neardup_comparison c = compare(1, NEARDUP_TOKENS_WORD, "a a a b", "b a");
    cr_assert_eq(c.a_tokens, 4);
    cr_assert_eq(c.a_shingles, 2);
    cr_assert_eq(c.jaccard, 1.0);
    cr_assert(!c.identical && !c.same_tokens, "the same set, but another sequence");
}

Test(api_compare, same_tokens_are_not_yet_exact_copies)
{
    cr_assert(compare(5, NEARDUP_TOKENS_WORD, "a + b", "A - b").same_tokens, "shorter than a shingle");
    cr_assert(compare(2, NEARDUP_TOKENS_WORD, "má ma mà con", "ma má mà con").same_tokens);
    cr_assert(!compare(5, NEARDUP_TOKENS_WORD_MARKS, "a + b", "a - b").same_tokens);
    cr_assert(!compare(5, NEARDUP_TOKENS_WORD, "", "").same_tokens, "none");
    neardup_comparison c = compare(5, NEARDUP_TOKENS_CHAR, "abc", "a\xCC\x81 bc");
    cr_assert(!c.same_tokens, "a space is a token");
    c = compare(5, NEARDUP_TOKENS_CHAR, "abc",
                "a\xCC\x81"
                "bc");
    cr_assert(c.same_tokens && !c.identical);
}

Test(api_compare, identical_texts_empty_texts_and_bad_bytes)
{
    cr_assert(compare(5, NEARDUP_TOKENS_WORD, "One, “two”!", " one,\n\"TWO\" !").identical);
    cr_assert(!compare(5, NEARDUP_TOKENS_WORD, "One, two!", "one TWO").identical, "other signs");
    cr_assert(!compare(5, NEARDUP_TOKENS_WORD, "a + b", "a - b").identical);
    cr_assert(!compare(5, NEARDUP_TOKENS_WORD, "má mà", "mà má").identical);
    cr_assert(compare(5, NEARDUP_TOKENS_WORD_MARKS, "a + b", "A  + b").identical);
    cr_assert_eq(compare(5, NEARDUP_TOKENS_WORD, "One, two!", "one TWO").jaccard, 1.0);
    cr_assert_eq(compare(5, NEARDUP_TOKENS_WORD, "one two", "one two three").jaccard, 0.0, "each is one shingle");
    neardup_comparison c = compare(5, NEARDUP_TOKENS_WORD, " ... ", "");
    cr_assert(!c.identical && !c.same_tokens);
    cr_assert_eq(c.jaccard, 0.0);
    cr_assert_eq(c.a_in_b, 0.0);
    cr_assert_eq(c.a_tokens, 0);
    c = compare(5, NEARDUP_TOKENS_WORD, "x", "");
    cr_assert_eq(c.a_in_b, 0.0);
    cr_assert_eq(c.b_in_a, 0.0);
    c = compare(1, NEARDUP_TOKENS_WORD,
                "ab\xff"
                "cd",
                "ab cd");
    cr_assert(c.a_invalid_utf8 && !c.b_invalid_utf8);
    cr_assert(c.jaccard == 1 && c.same_tokens && !c.identical, "a bad byte separates, and is not a space");
}

Test(api_compare, null_with_length_zero_is_an_empty_text)
{
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    neardup_comparison c;
    neardup_passage *passages;
    size_t count;
    cr_assert_eq(neardup_compare(&profile, NULL, 0, NULL, 0, &c, &passages, &count, NULL), NEARDUP_OK);
    cr_assert_eq(count, 0);
    cr_assert_eq(c.jaccard, 0.0);
    neardup_free(passages);
}

Test(api_compare, what_the_results_held_before_does_not_matter)
{
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    neardup_comparer *c;
    neardup_content content = {1, 2};
    neardup_span wrong = {7, 9}, *spans = &wrong;
    size_t count = 3;
    cr_assert_eq(neardup_comparer_create(&c, &profile, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_comparer_content(c, false, "", 0, &content, NULL), NEARDUP_OK);
    cr_assert(content.high == 0 && content.low == 0, "an empty text has no content");
    cr_assert_eq(neardup_comparer_tokenise(c, "one two", 7, &spans, &count, NULL), NEARDUP_OK);
    cr_assert_neq(spans, &wrong);
    cr_assert_eq(count, 2);
    cr_assert(spans[0].begin == 0 && spans[0].end == 3 && spans[1].begin == 4 && spans[1].end == 7);
    neardup_free(spans);
    neardup_comparer_destroy(c);
}

/* It is stored in baselines, so that it may never change: the first 16 bytes of the SHA-256 of the words with a space
 * between them. */
Test(api_compare, a_content_is_what_it_always_was)
{
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    neardup_content content;
    cr_assert_eq(neardup_content_compute(&profile, false, "One, TWO!", 9, &content, NULL), NEARDUP_OK);
    cr_assert_eq(content.high, 0x8ab63e29a4ba14e4u, "%016llx", (unsigned long long)content.high);
    cr_assert_eq(content.low, 0xe1688f9c15e5af90u, "%016llx", (unsigned long long)content.low);
}

/* The memory of a large text is given back before the next one, which is tiny. */
Test(api_compare, a_tiny_text_after_a_large_one)
{
    enum { LENGTH = 3 << 20 };
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    neardup_comparer *c;
    neardup_content large, tiny, again;
    char *text = malloc(LENGTH);
    cr_assert_not_null(text);
    for (size_t i = 0; i < LENGTH; i++)
        text[i] = i % 5 == 4 ? ' ' : (char)('a' + i / 5 % 26);
    cr_assert_eq(neardup_comparer_create(&c, &profile, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_comparer_content(c, false, text, LENGTH, &large, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_comparer_content(c, false, "a", 1, &tiny, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_content_compute(&profile, false, "a", 1, &again, NULL), NEARDUP_OK);
    cr_assert(tiny.high == again.high && tiny.low == again.low);
    cr_assert(large.high != tiny.high);
    neardup_comparer_destroy(c);
    free(text);
}

Test(api_compare, profiles_out_of_range)
{
    neardup_comparison c;
    neardup_error err;
    static const neardup_profile bad[] = {{NEARDUP_TOKENS_WORD, 0}, {NEARDUP_TOKENS_WORD, 65}, {(neardup_tokens)8, 5}};
    for (size_t i = 0; i < 3; i++) {
        neardup_sketcher *sketcher;
        cr_assert_eq(neardup_compare(&bad[i], "a", 1, "b", 1, &c, NULL, NULL, &err), NEARDUP_E_ARG);
        cr_assert_eq(neardup_sketcher_create(&sketcher, &bad[i], NEARDUP_SKETCH_DEFAULT, 64, 0, NEARDUP_CPU_AUTO, &err),
                     NEARDUP_E_ARG);
        cr_assert_null(sketcher);
        cr_assert_eq(neardup_profile_fingerprint(&bad[i]), 0);
    }
}

/* Passages as "text of a=text of b|", tokens in brackets. */
static const char *passages(unsigned ngram, const char *a, const char *b)
{
    static char text[1024];
    neardup_profile profile = {NEARDUP_TOKENS_WORD, ngram};
    neardup_comparison c;
    neardup_passage *found;
    size_t count, n = 0;
    cr_assert_eq(neardup_compare(&profile, a, strlen(a), b, strlen(b), &c, &found, &count, NULL), NEARDUP_OK);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%.*s=%.*s[%lu]|", (int)(found[i].a_end - found[i].a_begin),
                              a + found[i].a_begin, (int)(found[i].b_end - found[i].b_begin), b + found[i].b_begin,
                              (unsigned long)found[i].tokens);
    neardup_free(found);
    return text;
}

Test(api_compare, passages_of_small_texts)
{
    cr_assert_str_eq(passages(2, "a b c d e", "A, b; c x d e."), "a b c=A, b; c[3]|d e=d e[2]|");
    cr_assert_str_eq(passages(3, "One two three four.", "... ONE: two? Three! four"),
                     "One two three four=ONE: two? Three! four[4]|");
    cr_assert_str_eq(passages(1, "b a", "a b"), "b=b[1]|a=a[1]|");
    cr_assert_str_eq(passages(5, "few words", "Few. Words."), "few words=Few. Words[2]|",
                     "a text of one short shingle");
    cr_assert_str_eq(passages(5, "few words", "few words here"), "");
    cr_assert_str_eq(passages(3, "x y z", "p q r"), "");
    cr_assert_str_eq(passages(2,
                              "gr\xc3\xbc\xc3\x9f"
                              "e an alle",
                              "GR\xc3\x9cSSE AN alle"),
                     "gr\xc3\xbc\xc3\x9f"
                     "e an alle=GR\xc3\x9cSSE AN alle[3]|");
}

/* a b c d and c d e f overlap in a: the second gives way, and disappears when too little is left of it. */
Test(api_compare, passages_do_not_overlap_in_a)
{
    cr_assert_str_eq(passages(3, "a b c d e f", "a b c d x c d e f"), "a b c d=a b c d[4]|");
    cr_assert_str_eq(passages(3, "a b c d e f g", "a b c d x c d e f g"), "a b c d=a b c d[4]|e f g=e f g[3]|");
}

static unsigned next_random(unsigned long long *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

#define WORDS 120

static int make_words(unsigned long long *state, int *words, const int *from, int from_count)
{
    int n = 0;
    for (int i = 0; i < from_count && n < WORDS; i++) {
        if (next_random(state) % 8 != 0)
            words[n++] = from[i];
        else if (next_random(state) % 2 == 0)
            words[n++] = (int)(next_random(state) % 40);
    }
    return n;
}

static size_t print_words(char *text, const int *words, int count)
{
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; i < count; i++)
        n += (size_t)sprintf(text + n, "w%d ", words[i]);
    return n;
}

static bool same(const int *a, const int *b, unsigned ngram)
{
    return memcmp(a, b, ngram * sizeof *a) == 0;
}

static bool seen(const int *words, int until, const int *shingle, unsigned ngram)
{
    for (int i = 0; i < until; i++) {
        if (same(words + i, shingle, ngram))
            return true;
    }
    return false;
}

static void check_numbers(const neardup_comparison *c, const int *a, int na, const int *b, int nb, unsigned ngram)
{
    int sa = na - (int)ngram + 1, sb = nb - (int)ngram + 1;
    uint64_t da = 0, db = 0, shared = 0;
    for (int i = 0; i < sa; i++) {
        bool first = !seen(a, i, a + i, ngram);
        da += first;
        shared += first && seen(b, sb, a + i, ngram);
    }
    for (int i = 0; i < sb; i++)
        db += !seen(b, i, b + i, ngram);
    cr_assert_eq(c->a_shingles, da);
    cr_assert_eq(c->b_shingles, db);
    cr_assert_eq(c->shared, shared);
    cr_assert_eq(c->jaccard, (double)shared / (double)(da + db - shared));
}

/* Every passage is what it says, they do not overlap in a, and every shared shingle is in one or overlaps one. */
static void check_passages(const neardup_passage *p, size_t count, const char *a, const char *b, unsigned ngram)
{
    size_t end = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = p[i].a_end - p[i].a_begin, words = 1;
        cr_assert_geq(p[i].a_begin, end);
        cr_assert_eq(length, p[i].b_end - p[i].b_begin);
        cr_assert_eq(memcmp(a + p[i].a_begin, b + p[i].b_begin, length), 0);
        cr_assert(a[p[i].a_begin] == 'w' && a[p[i].a_end] == ' ');
        for (size_t at = p[i].a_begin; at < p[i].a_end; at++)
            words += a[at] == ' ';
        cr_assert_eq(words, p[i].tokens);
        cr_assert_geq(words, ngram);
        end = p[i].a_end;
    }
}

Test(api_compare, random_texts_against_brute_force)
{
    unsigned long long state = 3;
    uint64_t shared = 0, found = 0;
    for (int round = 0; round < 300; round++) {
        int origin[WORDS], a[WORDS], b[WORDS];
        char ta[WORDS * 5], tb[WORDS * 5];
        for (int i = 0; i < WORDS; i++)
            origin[i] = (int)(next_random(&state) % 40);
        unsigned ngram = 1 + next_random(&state) % 6;
        int na = make_words(&state, a, origin, WORDS), nb = make_words(&state, b, origin, 20 + round % 100);
        size_t la = print_words(ta, a, na), lb = print_words(tb, b, nb);
        neardup_profile profile = {NEARDUP_TOKENS_WORD, ngram};
        neardup_comparison c;
        neardup_passage *p;
        size_t count;
        cr_assert_eq(neardup_compare(&profile, ta, la, tb, lb, &c, &p, &count, NULL), NEARDUP_OK);
        check_numbers(&c, a, na, b, nb, ngram);
        check_passages(p, count, ta, tb, ngram);
        cr_assert_eq(count > 0, c.shared > 0);
        shared += c.shared;
        found += count;
        neardup_free(p);
    }
    cr_assert_gt(shared, 3000);
    cr_assert_gt(found, 1000);
}
