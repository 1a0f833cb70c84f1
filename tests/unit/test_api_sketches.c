/* SPDX-License-Identifier: MIT
 * Batches of sketches equal sketches one by one, on any number of threads; stored ones are what they were, or are refused. */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(api_sketches, .init = test_folder_make, .fini = test_folder_remove);

#define COUNT 500u

static char text[COUNT][200];
static neardup_text views[COUNT];

static void make_texts(void)
{
    unsigned long long state = 5;
    for (size_t i = 0; i < COUNT; i++) {
        size_t used = 0;
        for (unsigned words = (unsigned)i % 23; words > 0; words--) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            used += (size_t)sprintf(text[i] + used, "w%u ", (unsigned)(state >> 33) % 300);
        }
        views[i] = (neardup_text){text[i], used};
    }
}

Test(api_sketches, batches_equal_single_ones)
{
    static uint32_t batch[COUNT][96], one[96];
    static neardup_fingerprint prints[COUNT], print;
    uint64_t shingles[COUNT], count;
    neardup_scheme m = NEARDUP_SCHEME_MINHASH, s = NEARDUP_SCHEME_SIMHASH;
    neardup_sketcher *sketcher;
    neardup_simhasher *simhasher;
    m.slots = 96;
    m.seed = 9;
    s.bits = 128;
    make_texts();
    cr_assert_eq(neardup_scheme_bytes(&m), sizeof batch[0]);
    cr_assert_eq(neardup_scheme_bytes(&s), sizeof prints[0]);
    cr_assert_eq(neardup_sketcher_create(&sketcher, &m.profile, m.kind, 96, 9, NEARDUP_CPU_AUTO, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_simhasher_create(&simhasher, &s.profile, 128, s.weights, NEARDUP_CPU_AUTO, NULL), NEARDUP_OK);
    for (unsigned threads = 0; threads < 6; threads++) {
        memset(batch, 1, sizeof batch);
        cr_assert_eq(neardup_sketch_texts(&m, views, COUNT, threads, batch, shingles, NULL), NEARDUP_OK);
        cr_assert_eq(neardup_sketch_texts(&s, views, COUNT, threads, prints, NULL, NULL), NEARDUP_OK);
        for (size_t i = 0; i < COUNT; i++) {
            cr_assert_eq(neardup_sketcher_sketch(sketcher, text[i], views[i].length, one, &count, NULL), NEARDUP_OK);
            cr_assert_eq(memcmp(one, batch[i], sizeof one), 0);
            cr_assert_eq(count, shingles[i]);
            cr_assert_eq(neardup_simhasher_compute(simhasher, text[i], views[i].length, &print, NULL, NULL),
                         NEARDUP_OK);
            cr_assert(print.low == prints[i].low && print.high == prints[i].high);
        }
    }
    cr_assert_eq(neardup_sketch_texts(&m, NULL, 0, 4, NULL, NULL, NULL), NEARDUP_OK);
    neardup_sketcher_destroy(sketcher);
    neardup_simhasher_destroy(simhasher);
}

Test(api_sketches, stored_and_loaded)
{
    static uint32_t batch[COUNT][128];
    neardup_scheme m = NEARDUP_SCHEME_MINHASH, found;
    neardup_error err;
    void *loaded;
    size_t count, length;
    make_texts();
    cr_assert_eq(neardup_sketch_texts(&m, views, COUNT, 2, batch, NULL, &err), NEARDUP_OK);
    cr_assert_eq(neardup_sketches_save(test_path("s"), &m, batch, COUNT, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_sketches_save(test_path("s"), &m, batch, COUNT, &err), NEARDUP_OK, "replaces");
    cr_assert_eq(neardup_sketches_load(test_path("s"), &m, &found, &loaded, &count, &err), NEARDUP_OK, "%s",
                 err.message);
    cr_assert_eq(count, COUNT);
    cr_assert_eq(memcmp(loaded, batch, sizeof batch), 0);
    cr_assert(found.slots == 128 && found.profile.ngram == 5 && found.kind != NEARDUP_SKETCH_DEFAULT);
    neardup_free(loaded);

    neardup_scheme other[6] = {m, m, m, m, m, NEARDUP_SCHEME_SIMHASH};
    other[0].slots = 64;
    other[1].seed = 1;
    other[2].profile.ngram = 4;
    other[3].profile.tokens = NEARDUP_TOKENS_CHAR;
    other[4].kind = found.kind == NEARDUP_SKETCH_FSS ? NEARDUP_SKETCH_AFFINE : NEARDUP_SKETCH_FSS;
    static const char *const words[] = {
        "slots 128, expected 64",   "seed 0, expected 1", "ngram 5, expected 4", "tokens word, expected char", "kind",
        "minhash, expected simhash"};
    for (size_t i = 0; i < 6; i++) {
        cr_expect_eq(neardup_sketches_load(test_path("s"), &other[i], NULL, &loaded, &count, &err), NEARDUP_E_FORMAT);
        cr_expect(strstr(err.message, words[i]) != NULL, "%s", err.message);
        cr_expect(loaded == NULL && count == 0);
    }

    char *bytes = test_read("s", &length);
    for (size_t cut = 0; cut < length; cut += cut < 70 ? 1 : 9973) {
        test_write_bytes("cut", bytes, cut, false);
        cr_expect_eq(neardup_sketches_load(test_path("cut"), NULL, NULL, &loaded, &count, &err), NEARDUP_E_FORMAT);
    }
    for (size_t i = 0; i < NEARDUP_SKETCH_HEADER_BYTES; i++) {
        unsigned char header[NEARDUP_SKETCH_HEADER_BYTES];
        uint64_t n;
        memcpy(header, bytes, sizeof header);
        header[i] ^= 0x81;
        neardup_status st = neardup_sketch_header_read(header, &m, NULL, &n, &err);
        cr_expect(st == NEARDUP_E_FORMAT || (i >= 56 && n != COUNT), "byte %zu", i);
    }
    free(bytes);
    cr_expect_eq(neardup_sketches_load(test_path("none"), NULL, NULL, &loaded, &count, &err), NEARDUP_E_IO);
    cr_expect_eq(neardup_sketches_save(test_path("no/folder"), &m, batch, COUNT, &err), NEARDUP_E_IO);
}

Test(api_sketches, fingerprints_stored_and_loaded)
{
    static neardup_fingerprint batch[COUNT];
    neardup_scheme s = NEARDUP_SCHEME_SIMHASH, other;
    neardup_error err;
    void *loaded;
    size_t count;
    s.bits = 64;
    make_texts();
    cr_assert_eq(neardup_sketch_texts(&s, views, COUNT, 2, batch, NULL, &err), NEARDUP_OK);
    cr_assert_eq(neardup_sketches_save(test_path("s"), &s, batch, COUNT, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_sketches_load(test_path("s"), &s, NULL, &loaded, &count, &err), NEARDUP_OK, "%s", err.message);
    cr_expect(count == COUNT && memcmp(loaded, batch, COUNT * sizeof(uint64_t)) == 0);
    neardup_free(loaded);
    other = s;
    other.bits = 128;
    cr_expect_eq(neardup_sketches_load(test_path("s"), &other, NULL, &loaded, &count, &err), NEARDUP_E_FORMAT);
    cr_expect_not_null(strstr(err.message, "bits 64, expected 128"), "%s", err.message);
    other = s;
    other.weights = s.weights == NEARDUP_WEIGHTS_ONE ? NEARDUP_WEIGHTS_COUNT : NEARDUP_WEIGHTS_ONE;
    cr_expect_eq(neardup_sketches_load(test_path("s"), &other, NULL, &loaded, &count, &err), NEARDUP_E_FORMAT);
    cr_expect_not_null(strstr(err.message, "weights"), "%s", err.message);
}

Test(api_sketches, arguments)
{
    neardup_scheme m = NEARDUP_SCHEME_MINHASH, s = NEARDUP_SCHEME_SIMHASH;
    m.slots = 0;
    s.bits = 65;
    cr_expect_eq(neardup_scheme_bytes(&m), 0);
    cr_expect_eq(neardup_scheme_bytes(&s), 0);
    cr_expect_eq(neardup_sketch_texts(&m, NULL, 0, 1, NULL, NULL, NULL), NEARDUP_E_ARG);
    m.slots = 1;
    m.reserved[3] = 1;
    cr_expect_eq(neardup_scheme_bytes(&m), 0, "a field of a later version");
}
