/* SPDX-License-Identifier: MIT
 * Sketches through the public interface: estimates against exact comparison, and what a signature promises. */
#include "neardup.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 256u

static const neardup_sketch_kind kinds[] = {NEARDUP_SKETCH_DEFAULT, NEARDUP_SKETCH_AFFINE, NEARDUP_SKETCH_FSS};

static unsigned next_random(unsigned long long *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

static neardup_sketcher *make(neardup_sketch_kind kind, uint32_t slots, uint64_t seed, neardup_cpu cpu)
{
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    neardup_sketcher *sketcher;
    neardup_error err;
    cr_assert_eq(neardup_sketcher_create(&sketcher, &profile, kind, slots, seed, cpu, &err), NEARDUP_OK, "%s",
                 err.message);
    return sketcher;
}

/* A text of `words` words, every changed-th of them another than in the text of the same seed without changes. */
static char *make_text(unsigned long long seed, int words, int changed)
{
    char *text = malloc((size_t)words * 10 + 1), *at = text;
    for (int i = 0; i < words; i++) {
        unsigned word = next_random(&seed) % 100000;
        at += sprintf(at, "%c%u ", changed > 0 && i % changed == changed - 1 ? 'y' : 'x', word);
    }
    return text;
}

static uint64_t sketch(neardup_sketcher *sketcher, const char *text, uint32_t *signature)
{
    uint64_t shingles;
    cr_assert_eq(neardup_sketcher_sketch(sketcher, text, strlen(text), signature, &shingles, NULL), NEARDUP_OK);
    return shingles;
}

/* The error of one estimate is below five standard errors, and the mean error of many shows no bias. */
static void check_estimates(neardup_sketch_kind kind)
{
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    double bias = 0, variance = 0;
    int pairs = 0;
    for (unsigned seed = 0; seed < 60; seed++) {
        uint32_t sa[SLOTS], sb[SLOTS];
        neardup_comparison c;
        neardup_sketcher *sketcher = make(kind, SLOTS, seed * 77, NEARDUP_CPU_AUTO);
        int words = seed % 3 == 0 ? 40 : seed % 3 == 1 ? 400 : 4000;
        char *a = make_text(seed, words, 0), *b = make_text(seed, words, 8 + (int)seed % 30);
        cr_assert_eq(neardup_compare(&profile, a, strlen(a), b, strlen(b), &c, NULL, NULL, NULL), NEARDUP_OK);
        cr_assert_eq(sketch(sketcher, a, sa), (uint64_t)words - 4);
        sketch(sketcher, b, sb);
        double estimate = neardup_signature_jaccard(sa, sb, SLOTS);
        double expected = sqrt(c.jaccard * (1 - c.jaccard) / SLOTS);
        cr_assert_lt(fabs(estimate - c.jaccard), 5 * expected + 1e-9, "seed %u: %f, not %f", seed, estimate, c.jaccard);
        bias += estimate - c.jaccard;
        variance += expected * expected;
        pairs++;
        neardup_sketcher_destroy(sketcher);
        free(a);
        free(b);
    }
    cr_assert_lt(fabs(bias), 4 * sqrt(variance), "%d pairs are off by %f", pairs, bias);
}

Test(api_sketcher, estimates_are_near_the_exact_similarity)
{
    for (size_t k = 0; k < 3; k++)
        check_estimates(kinds[k]);
}

Test(api_sketcher, empty_texts_are_similar_to_nothing)
{
    for (size_t k = 0; k < 3; k++) {
        uint32_t a[SLOTS], b[SLOTS];
        neardup_sketcher *sketcher = make(kinds[k], SLOTS, 1, NEARDUP_CPU_AUTO);
        cr_assert_eq(sketch(sketcher, "", a), 0);
        cr_assert_eq(sketch(sketcher, " ?!", b), 0);
        for (uint32_t i = 0; i < SLOTS; i++)
            cr_assert(a[i] == UINT32_MAX && b[i] == UINT32_MAX);
        cr_assert_eq(neardup_signature_jaccard(a, b, SLOTS), 0.0);
        sketch(sketcher, "a word", b);
        cr_assert_eq(neardup_signature_jaccard(a, b, SLOTS), 0.0);
        cr_assert_eq(neardup_signature_jaccard(b, b, SLOTS), 1.0);
        cr_assert_eq(neardup_signature_jaccard(b, b, 0), 0.0);
        cr_assert_eq(neardup_sketcher_sketch(sketcher, NULL, 0, a, NULL, NULL), NEARDUP_OK);
        neardup_sketcher_destroy(sketcher);
    }
    neardup_sketcher_destroy(NULL);
}

Test(api_sketcher, every_number_of_slots_seed_and_instruction_set)
{
    static const uint32_t slots[] = {1, 2, 15, 16, 17, 63, 144, 1000, 4096};
    static const neardup_cpu cpus[] = {NEARDUP_CPU_SCALAR, NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512, NEARDUP_CPU_NEON};
    char *text = make_text(5, 300, 0);
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        for (size_t k = 0; k < 3; k++) {
            /* a guard after the signature */
            uint32_t expected[4097], other[4097];
            neardup_sketcher *sketcher = make(kinds[k], slots[i], 9, NEARDUP_CPU_AUTO);
            expected[slots[i]] = other[slots[i]] = 0xABCD;
            sketch(sketcher, text, expected);
            sketch(sketcher, "something else in between", other);
            sketch(sketcher, text, other);
            cr_assert_eq(memcmp(expected, other, slots[i] * sizeof *other), 0, "a sketcher forgets");
            cr_assert_eq(expected[slots[i]], 0xABCD);
            neardup_sketcher_destroy(sketcher);
            for (size_t c = 0; c < 4; c++) {
                sketcher = make(kinds[k], slots[i], 9, cpus[c]);
                sketch(sketcher, text, other);
                cr_assert_eq(memcmp(expected, other, slots[i] * sizeof *other), 0);
                neardup_sketcher_destroy(sketcher);
            }
            sketcher = make(kinds[k], slots[i], 10, NEARDUP_CPU_AUTO);
            sketch(sketcher, text, other);
            cr_assert_neq(memcmp(expected, other, slots[i] * sizeof *other), 0, "another seed, the same signature");
            neardup_sketcher_destroy(sketcher);
        }
    }
    free(text);
}

Test(api_sketcher, arguments_out_of_range)
{
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    neardup_sketcher *sketcher;
    cr_assert_eq(neardup_sketcher_create(&sketcher, &profile, NEARDUP_SKETCH_FSS, 0, 0, NEARDUP_CPU_AUTO, NULL),
                 NEARDUP_E_ARG);
    cr_assert_eq(neardup_sketcher_create(&sketcher, &profile, NEARDUP_SKETCH_FSS, 4097, 0, NEARDUP_CPU_AUTO, NULL),
                 NEARDUP_E_ARG);
    cr_assert_eq(neardup_sketcher_create(&sketcher, &profile, (neardup_sketch_kind)9, 64, 0, NEARDUP_CPU_AUTO, NULL),
                 NEARDUP_E_ARG);
    cr_assert_null(sketcher);
}

/* The public promise: the slot-wise minimum of two signatures is the signature of the union. Texts of one word each are
 * sets of one shingle; a text of both words with ngram 1 is their union. */
Test(api_sketcher, the_minimum_is_the_signature_of_the_union)
{
    neardup_profile profile = {NEARDUP_TOKENS_WORD, 1};
    neardup_error err;
    for (size_t k = 0; k < 3; k++) {
        for (unsigned seed = 0; seed < 20; seed++) {
            uint32_t a[64], b[64], both[64];
            neardup_sketcher *sketcher;
            unsigned long long state = seed;
            char ta[2000] = "", tb[2000] = "", text[4000];
            for (unsigned i = 0; i < 1 + seed * 5; i++)
                sprintf(ta + strlen(ta), "p%u ", next_random(&state) % 500);
            for (unsigned i = 0; i < 1 + seed * 3; i++)
                sprintf(tb + strlen(tb), "p%u ", next_random(&state) % 500);
            snprintf(text, sizeof text, "%s%s", ta, tb);
            cr_assert_eq(neardup_sketcher_create(&sketcher, &profile, kinds[k], 64, seed, NEARDUP_CPU_AUTO, &err),
                         NEARDUP_OK);
            sketch(sketcher, ta, a);
            sketch(sketcher, tb, b);
            sketch(sketcher, text, both);
            for (int i = 0; i < 64; i++)
                cr_assert_eq(both[i], a[i] < b[i] ? a[i] : b[i], "kind %d, seed %u, slot %d", (int)kinds[k], seed, i);
            neardup_sketcher_destroy(sketcher);
        }
    }
}
