/* SPDX-License-Identifier: MIT
 * Fingerprints: literal ones, and the vectors that tests/data/simhash_vectors.py writes. */
#include "base/platform.h"

#include "simhash_tools.h"

#include <stdio.h>

#define COUNT NEARDUP_WEIGHTS_COUNT
#define ONE   NEARDUP_WEIGHTS_ONE

static const neardup_cpu rows[] = {NEARDUP_CPU_SCALAR, NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512, NEARDUP_CPU_NEON};

static void expect(unsigned bits, neardup_weights weights, const uint64_t *hashes, size_t count, uint64_t high,
                   uint64_t low)
{
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct ndup_fingerprint got = tool_fingerprint(bits, weights, rows[r], hashes, count);
        cr_expect(got.high == high && got.low == low, "%u bits, weights %d, %zu hashes: %016lx %016lx", bits,
                  (int)weights, count, got.high, got.low);
    }
}

Test(simhash, arguments)
{
    char other;
    struct ndup_simhash *simhash = (struct ndup_simhash *)(void *)&other; /* a failure must overwrite it */
    neardup_error err;
    cr_expect_eq(ndup_simhash_create(&simhash, 65, COUNT, NEARDUP_CPU_AUTO, &err), NEARDUP_E_ARG);
    cr_expect_null(simhash);
    cr_expect_str_eq(err.message, "a fingerprint has 64 or 128 bits, not 65");
    cr_expect_eq(ndup_simhash_create(&simhash, 0, COUNT, NEARDUP_CPU_AUTO, NULL), NEARDUP_E_ARG);
    cr_expect_eq(ndup_simhash_create(&simhash, 64, (neardup_weights)2, NEARDUP_CPU_AUTO, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "unknown weights 2");
    ndup_simhash_destroy(NULL);
}

Test(simhash, empty)
{
    expect(64, COUNT, NULL, 0, 0, 0);
    expect(128, COUNT, NULL, 0, 0, 0);
    expect(128, ONE, NULL, 0, 0, 0);
}

/* One shingle: the fingerprint is its voting words, however often it occurs. */
Test(simhash, one_shingle)
{
    static const uint64_t same[] = {0x0123456789abcdef, 0x0123456789abcdef, 0x0123456789abcdef, 0x0123456789abcdef};
    static const uint64_t no_second[] = {0xcbbb9d5dc1059ed8};
    for (size_t count = 1; count <= 4; count++) {
        expect(64, COUNT, same, count, 0, 0x0123456789abcdef);
        expect(64, ONE, same, count, 0, 0x0123456789abcdef);
    }
    expect(128, COUNT, no_second, 1, 0, 0xcbbb9d5dc1059ed8);
}

Test(simhash, majority)
{
    static const uint64_t hashes[] = {0xf, 0x3c, 0xff00000000000030, 0, 0};
    expect(64, COUNT, hashes, 3, 0, 0x3c);
    expect(64, COUNT, hashes, 5, 0, 0);
    /* once each: 0xf, 0x3c, 0xff..30 and 0; ties (bits 2 to 5) fall to 0, whose key is the smallest */
    expect(64, ONE, hashes, 5, 0, 0);
}

/* Keys: 1 ^ 3 = 2, 0 ^ 7 = 7, 5 ^ 5 = 0 */
Test(simhash, ties_follow_the_smallest_key)
{
    static const uint64_t hashes[] = {0x0000000100000003, 0x7, 0x0000000500000005};
    expect(64, COUNT, hashes, 2, 0, 0x0000000100000003);
    expect(64, COUNT, hashes + 1, 2, 0, 0x0000000500000005);
    static const uint64_t equal_upper_half[] = {0x0000000200000001, 0x0000000100000002};
    expect(64, COUNT, equal_upper_half, 2, 0, 0x0000000200000001);
}

Test(simhash, counts_that_no_memory_holds)
{
    struct ndup_simhash *simhash = tool_simhash(64, ONE, NEARDUP_CPU_AUTO);
    struct ndup_fingerprint out;
    uint64_t hash = 5;
    cr_expect_eq(ndup_simhash_compute(simhash, &hash, SIZE_MAX / 8, &out, NULL), NEARDUP_E_NOMEM);
    out = tool_compute(simhash, &hash, 1);
    cr_expect_eq(out.low, 5);
    ndup_simhash_destroy(simhash);
}

Test(simhash, distance)
{
    struct ndup_fingerprint a = {0, 0}, b = {UINT64_MAX, 0}, c = {1, UINT64_MAX};
    cr_expect_eq(ndup_simhash_distance(a, a), 0);
    cr_expect_eq(ndup_simhash_distance(a, b), 64);
    cr_expect_eq(ndup_simhash_distance(b, c), 127);
    cr_expect_eq(ndup_simhash_distance(a, c), 65);
}

Test(simhash, vectors)
{
    enum { MOST = 10000 };
    static uint64_t hashes[MOST];
    FILE *file = fopen("tests/data/simhash_vectors.txt", "r");
    cr_assert(file != NULL, "run from the root of the source tree");
    char line[256], word[16];
    size_t count = 0, fingerprints = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        uint64_t a, b;
        size_t many, times;
        unsigned bits;
        if (sscanf(line, "hash %16lx %zu", &a, &times) == 2) {
            cr_assert(times <= MOST - count);
            while (times-- > 0)
                hashes[count++] = a;
        } else if (sscanf(line, "mix %lu %zu %zu", &a, &many, &times) == 3) {
            cr_assert(many * times <= MOST - count);
            for (; times-- > 0; count += many)
                tool_fill(hashes + count, many, a);
        } else if (sscanf(line, "fingerprint %u %15s %16lx %16lx", &bits, word, &a, &b) == 4) {
            expect(bits, strcmp(word, "one") == 0 ? ONE : COUNT, hashes, count, a, b);
            fingerprints++;
        } else if (strncmp(line, "end", 3) == 0) {
            count = 0;
        }
    }
    fclose(file);
    cr_expect(fingerprints >= 100, "%zu fingerprints", fingerprints);
}

/* Different hashes count, wherever they are, 0 included. */
Test(simhash, short_texts_have_few_different_shingles)
{
    enum { RELIABLE = NDUP_SIMHASH_RELIABLE_SHINGLES, MOST = 5000 };
    static uint64_t hashes[MOST];
    struct ndup_simhash *simhash = NULL;
    cr_assert(ndup_simhash_create(&simhash, 64, ONE, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
    cr_expect(ndup_simhash_is_short(simhash, NULL, 0));
    for (size_t i = 0; i < MOST; i++)
        hashes[i] = i % (RELIABLE - 1) << 32; /* all in one slot of any small table */
    cr_expect(ndup_simhash_is_short(simhash, hashes, MOST));
    hashes[MOST - 1] = 7;
    cr_expect(!ndup_simhash_is_short(simhash, hashes, MOST));
    cr_expect(ndup_simhash_is_short(simhash, hashes, MOST - 1));
    for (size_t i = 0; i < RELIABLE; i++)
        hashes[i] = i;
    cr_expect(!ndup_simhash_is_short(simhash, hashes, RELIABLE));
    cr_expect(ndup_simhash_is_short(simhash, hashes, RELIABLE - 1));
    ndup_simhash_destroy(simhash);
}
