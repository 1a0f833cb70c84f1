/* SPDX-License-Identifier: MIT
 * The pieces of a run: extracts and the matcher say what whole functions say, and depend on the secret as they promise. */
#include "neardup.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[] = {
    "The quick brown fox jumps over the lazy dog in the park.",
    "the quick  brown fox jumps over the lazy dog, in the park",
    "the quick brown fox jumps over the lazy dog in the garden.",
    "Caf\xc3\xa9 au lait, und sonst nichts.",
    "Cafe au lait, und sonst nichts.",
    "CAF\xc3\x89 au lait, und sonst nichts.",
    "two words",
    " -- ",
    "",
    "\xff\xfe broken \x80 bytes",
};
#define TEXTS (sizeof texts / sizeof *texts)

struct taken { /* an extract whose arrays are copied */
    neardup_extract extract;
    uint32_t keys[26];
    uint64_t set[64];
};

static neardup_extractor *extractor_of(unsigned char secret, uint64_t seed)
{
    neardup_scheme scheme = NEARDUP_SCHEME_MINHASH;
    neardup_extractor *x;
    neardup_error err;
    unsigned char bytes[NEARDUP_SECRET_BYTES] = {secret};
    scheme.slots = 130;
    scheme.seed = seed;
    cr_assert_eq(neardup_extractor_create(&x, &scheme, 26, 5, bytes, &err), NEARDUP_OK, "%s", err.message);
    return x;
}

static void take(neardup_extractor *x, const char *text, struct taken *out)
{
    neardup_error err;
    *out = (struct taken){.set = {0}};
    cr_assert_eq(neardup_extractor_extract(x, text, strlen(text), &out->extract, &err), NEARDUP_OK);
    cr_assert_leq(out->extract.set_count, 64);
    if (out->extract.keys != NULL)
        memcpy(out->keys, out->extract.keys, sizeof out->keys);
    if (out->extract.set_count > 0)
        memcpy(out->set, out->extract.set, out->extract.set_count * sizeof *out->set);
}

static void take_all(neardup_extractor *x, struct taken out[TEXTS])
{
    for (size_t i = 0; i < TEXTS; i++)
        take(x, texts[i], &out[i]);
}

static bool same_digest(const struct taken *a, const struct taken *b)
{
    return a->extract.digest.high == b->extract.digest.high && a->extract.digest.low == b->extract.digest.low;
}

Test(pieces, say_what_a_comparison_says)
{
    neardup_extractor *x = extractor_of(1, 7);
    const neardup_profile profile = NEARDUP_PROFILE_INIT;
    struct taken all[TEXTS];
    neardup_matcher *matcher;
    neardup_error err;
    take_all(x, all);
    cr_assert_eq(neardup_matcher_create(&matcher, &err), NEARDUP_OK);
    for (size_t i = 0; i < TEXTS; i++) {
        cr_assert_eq(neardup_matcher_take(matcher, all[i].set, all[i].extract.set_count, &err), NEARDUP_OK);
        for (size_t j = 0; j < TEXTS; j++) {
            neardup_comparison c;
            cr_assert_eq(
                neardup_compare(&profile, texts[i], strlen(texts[i]), texts[j], strlen(texts[j]), &c, NULL, NULL, &err),
                NEARDUP_OK);
            double jaccard = neardup_matcher_jaccard(matcher, all[j].set, all[j].extract.set_count, 0);
            cr_expect_float_eq(jaccard, c.jaccard, 0, "%zu and %zu: %g", i, j, jaccard);
            double half = neardup_matcher_jaccard(matcher, all[j].set, all[j].extract.set_count, 0.5);
            cr_expect_float_eq(half, c.jaccard >= 0.5 ? c.jaccard : 0, 0);
            bool tokens = all[i].extract.tokens > 0;
            cr_expect_eq(tokens && same_digest(&all[i], &all[j]), c.same_tokens, "%zu and %zu", i, j);
            if (c.same_tokens)
                cr_expect_eq(all[i].extract.form == all[j].extract.form, c.identical, "%zu and %zu", i, j);
            cr_expect_eq(all[j].extract.tokens, c.b_tokens);
            cr_expect_eq(all[j].extract.set_count, c.b_shingles);
        }
    }
    neardup_matcher_destroy(matcher);
    neardup_extractor_destroy(x);
}

Test(pieces, are_equal_where_the_secret_is)
{
    neardup_extractor *x = extractor_of(1, 7), *again = extractor_of(1, 7), *other = extractor_of(2, 7);
    struct taken a[TEXTS], b[TEXTS], c[TEXTS];
    take_all(x, a);
    take_all(again, b);
    take_all(other, c);
    for (size_t i = 0; i < TEXTS; i++) {
        cr_expect(same_digest(&a[i], &b[i]));
        cr_expect_arr_eq(a[i].set, b[i].set, sizeof a[i].set);
        cr_expect_arr_eq(a[i].keys, b[i].keys, sizeof a[i].keys);
        cr_expect_eq(a[i].extract.form, b[i].extract.form);
        cr_expect_arr_eq(a[i].keys, c[i].keys, sizeof a[i].keys, "keys do not depend on the secret");
        if (a[i].extract.tokens > 0) {
            cr_expect_not(same_digest(&a[i], &c[i]));
            cr_expect_neq(a[i].set[0], c[i].set[0]);
        }
    }
    neardup_extractor_destroy(x);
    neardup_extractor_destroy(again);
    neardup_extractor_destroy(other);
}

Test(pieces, have_no_keys_without_tokens)
{
    neardup_extractor *x = extractor_of(1, 0);
    struct taken empty, word;
    take(x, " -- ", &empty);
    take(x, "word", &word);
    cr_expect_null(empty.extract.keys);
    cr_expect_eq(empty.extract.set_count, 0);
    cr_expect_eq(empty.extract.digest.high, 0);
    cr_expect_eq(empty.extract.digest.low, 0);
    cr_expect_not_null(word.extract.keys);
    cr_expect_eq(word.extract.set_count, 1);
    for (size_t b = 0; b < 26; b++)
        cr_expect_neq(word.keys[b], 0);
    neardup_extractor_destroy(x);
}

Test(pieces, refuse_schemes_that_do_not_fit)
{
    const unsigned char secret[NEARDUP_SECRET_BYTES] = {0};
    neardup_scheme minhash = NEARDUP_SCHEME_MINHASH, simhash = NEARDUP_SCHEME_SIMHASH;
    neardup_extractor *x;
    neardup_error err;
    cr_expect_eq(neardup_extractor_create(&x, &simhash, 1, 1, secret, &err), NEARDUP_E_ARG);
    cr_expect_null(x);
    cr_expect_eq(neardup_extractor_create(&x, &minhash, 26, 5, secret, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_extractor_create(&x, &minhash, 0, 5, secret, &err), NEARDUP_E_ARG);
    cr_expect_eq(neardup_extractor_create(&x, &minhash, UINT32_MAX, 2, secret, &err), NEARDUP_E_ARG);
    minhash.profile.ngram = 0;
    cr_expect_eq(neardup_extractor_create(&x, &minhash, 2, 5, secret, &err), NEARDUP_E_ARG);
    cr_expect_null(x);
    minhash.slots = 5000;
    cr_expect_eq(neardup_extractor_create(&x, &minhash, 2, 5, secret, &err), NEARDUP_E_ARG);
    neardup_extractor_destroy(NULL);
    neardup_matcher_destroy(NULL);
}
