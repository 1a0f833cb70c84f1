/* SPDX-License-Identifier: MIT
 * Quality of the token and shingle hashes: no collisions among millions, and avalanche. */
#include "base/platform.h"

#include "text/text.h"
#include "text/token_hash.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static int order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t collisions(uint64_t *hashes, size_t count)
{
    size_t same = 0;
    qsort(hashes, count, sizeof *hashes, order);
    for (size_t i = 1; i < count; i++)
        same += hashes[i] == hashes[i - 1];
    return same;
}

/* All strings of up to four characters of [a-z0-9]: 1.7 million. Expected number of collisions: 1e-7. */
Test(text_hash, short_strings_do_not_collide)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    enum { N = 36, ALL = N + N * N + N * N * N + N * N * N * N };
    uint64_t *hashes = malloc(ALL * sizeof *hashes);
    size_t count = 0, powers = N;
    for (size_t length = 1; length <= 4; length++, powers *= N)
        for (size_t i = 0; i < powers; i++) {
            unsigned char token[NDUP_TOKEN_SHORT] = {0};
            size_t rest = i;
            for (size_t k = 0; k < length; k++, rest /= N)
                token[k] = (unsigned char)letters[rest % N];
            hashes[count++] = ndup_token_hash(token, length);
        }
    cr_assert(count == ALL);
    cr_expect(collisions(hashes, count) == 0);
    free(hashes);
}

/* Words that differ in a counter at either end, of every length from 8 to 24. */
Test(text_hash, numbered_words_do_not_collide)
{
    enum { EACH = 60000, LENGTHS = 17 };
    uint64_t *hashes = malloc((size_t)2 * EACH * LENGTHS * sizeof *hashes);
    size_t count = 0;
    for (size_t length = 8; length <= 24; length++)
        for (unsigned i = 0; i < EACH; i++) {
            unsigned char token[32];
            memset(token, 'a', sizeof token);
            for (unsigned k = 0, rest = i; k < 5; k++, rest /= 10)
                token[k] = (unsigned char)('0' + rest % 10);
            hashes[count++] = ndup_token_hash(token, length);
            memset(token, 'b', sizeof token);
            for (unsigned k = 0, rest = i; k < 5; k++, rest /= 10)
                token[length - 1 - k] = (unsigned char)('0' + rest % 10);
            hashes[count++] = ndup_token_hash(token, length);
        }
    cr_expect(collisions(hashes, count) == 0);
    free(hashes);
}

/* The bytes after a token must not matter. */
Test(text_hash, padding_is_ignored)
{
    uint64_t state = 3;
    for (size_t length = 0; length <= 16; length++) {
        unsigned char zero[16] = {0}, noise[16];
        for (size_t i = 0; i < 16; i++)
            noise[i] = (unsigned char)next_random(&state);
        memcpy(noise, "abcdefghijklmnop", length);
        memcpy(zero, "abcdefghijklmnop", length);
        cr_expect(ndup_token_hash_short(zero, length) == ndup_token_hash_short(noise, length), "%zu", length);
    }
}

/* Over random tokens of each length (one byte is too few for a trial), flipping any input bit flips every output bit half of the time. With 4096 trials
 * the standard deviation is 0.0078; among the 8 * 136 * 64 cells five of them is a safe bound: 0.04. */
Test(text_hash, token_avalanche)
{
    enum { TRIALS = 4096 };
    uint64_t state = 4;
    double worst = 0;
    for (size_t length = 2; length <= 16; length++)
        for (size_t bit = 0; bit < 8 * length; bit++) {
            unsigned flips[64] = {0};
            for (int t = 0; t < TRIALS; t++) {
                unsigned char token[16];
                for (size_t i = 0; i < 16; i++)
                    token[i] = (unsigned char)next_random(&state);
                uint64_t before = ndup_token_hash_short(token, length);
                token[bit / 8] ^= (unsigned char)(1 << bit % 8);
                uint64_t changed = before ^ ndup_token_hash_short(token, length);
                for (int o = 0; o < 64; o++)
                    flips[o] += (unsigned)(changed >> o & 1);
            }
            for (int o = 0; o < 64; o++)
                worst = fmax(worst, fabs((double)flips[o] / TRIALS - 0.5));
        }
    cr_expect(worst < 0.04, "worst bias %.3f", worst);
}

static void shingle(struct ndup_text *text, const uint64_t *tokens, size_t count, uint64_t *out)
{
    const uint64_t *hashes = NULL;
    size_t found = 0;
    cr_assert(ndup_text_shingle(text, tokens, count, &hashes, &found, NULL) == NEARDUP_OK);
    memcpy(out, hashes, found * sizeof *out);
}

/* The same for the bits of every token in a shingle of five. */
Test(text_hash, shingle_avalanche)
{
    enum { TRIALS = 4096, N = 5 };
    const neardup_profile profile = {NEARDUP_TOKENS_WORD, N};
    struct ndup_text *text = NULL;
    uint64_t state = 5;
    double worst = 0;
    cr_assert(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
    for (size_t bit = 0; bit < 64 * N; bit++) {
        unsigned flips[64] = {0};
        for (int t = 0; t < TRIALS; t++) {
            uint64_t tokens[N], before, after;
            for (size_t i = 0; i < N; i++)
                tokens[i] = next_random(&state);
            shingle(text, tokens, N, &before);
            tokens[bit / 64] ^= (uint64_t)1 << bit % 64;
            shingle(text, tokens, N, &after);
            for (int o = 0; o < 64; o++)
                flips[o] += (unsigned)((before ^ after) >> o & 1);
        }
        for (int o = 0; o < 64; o++)
            worst = fmax(worst, fabs((double)flips[o] / TRIALS - 0.5));
    }
    cr_expect(worst < 0.04, "worst bias %.3f", worst);
    ndup_text_destroy(text);
}

/* All shingles of three of 120 tokens, order counting: 1.7 million different ones. */
Test(text_hash, shingles_do_not_collide)
{
    enum { N = 120, ALL = N * N * N };
    const neardup_profile profile = {NEARDUP_TOKENS_WORD, 3};
    struct ndup_text *text = NULL;
    uint64_t tokens[N], state = 6, *hashes = malloc(ALL * sizeof *hashes);
    cr_assert(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
    for (size_t i = 0; i < N; i++)
        tokens[i] = next_random(&state);
    size_t count = 0;
    for (size_t a = 0; a < N; a++)
        for (size_t b = 0; b < N; b++)
            for (size_t c = 0; c < N; c++) {
                uint64_t three[3] = {tokens[a], tokens[b], tokens[c]};
                shingle(text, three, 3, &hashes[count++]);
            }
    cr_expect(collisions(hashes, count) == 0);
    free(hashes);
    ndup_text_destroy(text);
}
