/* SPDX-License-Identifier: MIT
 * Profiles, shingles of few tokens, digests. */
#include "base/platform.h"

#include "text/text.h"

#include <criterion/criterion.h>
#include <string.h>

static size_t shingle(unsigned n, const uint64_t *tokens, size_t count, uint64_t *out)
{
    const neardup_profile profile = {NEARDUP_TOKENS_WORD, n};
    struct ndup_text *text = NULL;
    const uint64_t *hashes = NULL;
    size_t found = 0;
    cr_assert(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
    cr_assert(ndup_text_shingle(text, tokens, count, &hashes, &found, NULL) == NEARDUP_OK);
    if (found > 0)
        memcpy(out, hashes, found * sizeof *out);
    ndup_text_destroy(text);
    return found;
}

Test(text_profile, out_of_range_is_refused)
{
    static const neardup_profile bad[] = {{NEARDUP_TOKENS_WORD, 0},
                                          {NEARDUP_TOKENS_WORD, 65},
                                          {(neardup_tokens)8, 5},
                                          {(neardup_tokens)-1, 5},
                                          {NEARDUP_TOKENS_CHAR, 1000}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ndup_text *text = NULL;
        neardup_error error;
        cr_expect(ndup_text_profile_fingerprint(&bad[i]) == 0);
        cr_expect(ndup_text_create(&text, &bad[i], NEARDUP_CPU_AUTO, &error) == NEARDUP_E_ARG);
        cr_expect(text == NULL && error.code == NEARDUP_E_ARG);
    }
}

Test(text_profile, fingerprints_differ)
{
    uint64_t seen[512];
    size_t count = 0;
    for (int kind = 0; kind <= NEARDUP_TOKENS_CHAR_MARKS_CASE; kind++)
        for (unsigned n = 1; n <= 64; n++) {
            const neardup_profile profile = {(neardup_tokens)kind, n};
            uint64_t fingerprint = ndup_text_profile_fingerprint(&profile);
            cr_expect(fingerprint != 0);
            for (size_t i = 0; i < count; i++)
                cr_expect(seen[i] != fingerprint);
            seen[count++] = fingerprint;
        }
}

Test(text_profile, shingle_counts)
{
    uint64_t tokens[70], out[70];
    for (size_t i = 0; i < 70; i++)
        tokens[i] = i * 0x9E3779B97F4A7C15u;
    cr_expect(shingle(5, tokens, 0, out) == 0);
    cr_expect(shingle(5, NULL, 0, out) == 0);
    cr_expect(shingle(5, tokens, 1, out) == 1);
    cr_expect(shingle(5, tokens, 5, out) == 1);
    cr_expect(shingle(5, tokens, 6, out) == 2);
    cr_expect(shingle(1, tokens, 70, out) == 70);
    cr_expect(shingle(64, tokens, 70, out) == 7);
    cr_expect(shingle(64, tokens, 63, out) == 1);
}

/* Repeated, swapped and all-zero tokens, and fewer tokens than n: every sequence has its own hash. */
Test(text_profile, few_and_equal_tokens_differ)
{
    uint64_t zeros[8] = {0}, ones[8] = {1, 1, 1, 1, 1, 1, 1, 1}, out[8], seen[64];
    size_t count = 0;
    for (size_t n = 1; n <= 8; n++) {
        cr_assert(shingle(8, zeros, n, out) == 1);
        seen[count++] = out[0];
        cr_assert(shingle(8, ones, n, out) == 1);
        seen[count++] = out[0];
    }
    static const uint64_t orders[][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
    for (size_t i = 0; i < 6; i++) {
        cr_assert(shingle(3, orders[i], 3, out) == 1);
        seen[count++] = out[0];
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect(seen[i] != seen[j], "%zu and %zu", i, j);
}
