/* SPDX-License-Identifier: MIT
 * Signatures and band keys: vectors, the empty set, padding, arguments. */
#include "base/platform.h"

#include "sketch_tools.h"
#include "unit/sketch_vectors.h"

#include <string.h>

#define SLOTS  20u
#define PADDED 32u

struct vector {
    neardup_sketch_kind kind;
    size_t count;
    const uint32_t *signature, *keys;
};

static const struct vector vectors[] = {
    {NEARDUP_SKETCH_AFFINE, 1, signature_affine_1, keys_affine_1},
    {NEARDUP_SKETCH_AFFINE, 7, signature_affine_7, keys_affine_7},
    {NEARDUP_SKETCH_AFFINE, 100, signature_affine_100, keys_affine_100},
    {NEARDUP_SKETCH_FSS, 1, signature_fss_1, keys_fss_1},
    {NEARDUP_SKETCH_FSS, 7, signature_fss_7, keys_fss_7},
    {NEARDUP_SKETCH_FSS, 100, signature_fss_100, keys_fss_100},
};

Test(sketch_signature, vectors)
{
    uint64_t hashes[100];
    for (uint64_t i = 1; i <= 100; i++)
        hashes[i - 1] = i * i * UINT64_C(0x9e3779b97f4a7c15) + i;
    for (size_t v = 0; v < sizeof vectors / sizeof *vectors; v++) {
        uint32_t signature[PADDED], keys[4];
        struct ndup_sketch *sketch = tool_sketch(vectors[v].kind, SLOTS, 1, NEARDUP_CPU_AUTO);
        ndup_sketch_compute(sketch, hashes, vectors[v].count, signature);
        ndup_sketch_destroy(sketch);
        ndup_sketch_band_keys(signature, 4, 5, keys);
        cr_expect_arr_eq(signature, vectors[v].signature, SLOTS * sizeof *signature, "vector %zu", v);
        cr_expect_arr_eq(keys, vectors[v].keys, sizeof keys, "vector %zu", v);
    }
}

Test(sketch_signature, empty_set_and_padding)
{
    uint64_t hashes[50];
    uint32_t signature[PADDED];
    tool_fill(hashes, 50, 1);
    for (size_t k = 0; k < TOOL_KINDS; k++) {
        struct ndup_sketch *sketch = tool_sketch(tool_kinds[k], SLOTS, 1, NEARDUP_CPU_AUTO);
        memset(signature, 0, sizeof signature);
        ndup_sketch_compute(sketch, NULL, 0, signature);
        for (size_t s = 0; s < PADDED; s++)
            cr_assert_eq(signature[s], UINT32_MAX);
        memset(signature, 0, sizeof signature);
        ndup_sketch_compute(sketch, hashes, 50, signature);
        for (size_t s = 0; s < PADDED; s++)
            cr_assert_eq(signature[s] == UINT32_MAX, s >= SLOTS, "slot %zu", s);
        ndup_sketch_destroy(sketch);
    }
}

/* hi = lo makes every product with lo ^ hi that of the additive constant alone; one of the slots could come out as
 * the largest number, but none may: it means empty. Here: the hash for which it would in slot 0. */
Test(sketch_signature, no_slot_of_a_set_looks_empty)
{
    uint32_t signature[16];
    struct ndup_sketch *sketch = tool_sketch(NEARDUP_SKETCH_AFFINE, 1, 1, NEARDUP_CPU_AUTO);
    uint64_t zero = 0, one = 1;
    ndup_sketch_compute(sketch, &zero, 1, signature);
    uint32_t at_zero = signature[0];
    ndup_sketch_compute(sketch, &one, 1, signature);
    uint32_t mul = signature[0] - at_zero; /* mul * (x + add) at 1 less that at 0 */
    uint32_t inverse = mul;                /* modulo 2^32, by Newton's method */
    for (int i = 0; i < 5; i++)
        inverse *= 2 - mul * inverse;
    uint64_t worst = (UINT32_MAX - at_zero) * inverse;
    ndup_sketch_compute(sketch, &worst, 1, signature);
    cr_expect_eq(signature[0], UINT32_MAX - 1);
    ndup_sketch_destroy(sketch);
}

Test(sketch_signature, parameters)
{
    cr_expect_eq(ndup_sketch_padded_slots(1), 16);
    cr_expect_eq(ndup_sketch_padded_slots(16), 16);
    cr_expect_eq(ndup_sketch_padded_slots(130), 144);
    cr_expect_eq(ndup_sketch_padded_slots(4096), 4096);
    cr_expect_eq(ndup_sketch_resolve(NEARDUP_SKETCH_DEFAULT), NEARDUP_SKETCH_FSS);
    cr_expect_eq(ndup_sketch_resolve(NEARDUP_SKETCH_AFFINE), NEARDUP_SKETCH_AFFINE);
    ndup_sketch_destroy(NULL);
}

Test(sketch_signature, bad_arguments)
{
    neardup_error err;
    struct ndup_sketch *sketch = (struct ndup_sketch *)&err;
    cr_expect_eq(ndup_sketch_create(&sketch, NEARDUP_SKETCH_FSS, 0, 1, NEARDUP_CPU_AUTO, &err), NEARDUP_E_ARG);
    cr_expect_null(sketch);
    cr_expect_str_eq(err.message, "0 slots are not between 1 and 4096");
    cr_expect_eq(ndup_sketch_create(&sketch, NEARDUP_SKETCH_FSS, 4097, 1, NEARDUP_CPU_AUTO, NULL), NEARDUP_E_ARG);
    cr_expect_eq(ndup_sketch_create(&sketch, (neardup_sketch_kind)9, 128, 1, NEARDUP_CPU_AUTO, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "unknown kind of sketch 9");
}

Test(sketch_signature, seeds_differ)
{
    uint64_t hashes[50];
    uint32_t a[PADDED], b[PADDED];
    tool_fill(hashes, 50, 1);
    for (size_t k = 0; k < TOOL_KINDS; k++) {
        struct ndup_sketch *one = tool_sketch(tool_kinds[k], SLOTS, 1, NEARDUP_CPU_AUTO);
        struct ndup_sketch *two = tool_sketch(tool_kinds[k], SLOTS, 2, NEARDUP_CPU_AUTO);
        ndup_sketch_compute(one, hashes, 50, a);
        ndup_sketch_compute(two, hashes, 50, b);
        cr_expect_eq(ndup_sketch_equal_slots(a, b, SLOTS), 0);
        ndup_sketch_destroy(one);
        ndup_sketch_destroy(two);
    }
}

Test(sketch_signature, equal_slots)
{
    const uint32_t a[] = {1, 2, UINT32_MAX, 4, UINT32_MAX}, b[] = {1, 3, UINT32_MAX, 4, 5};
    cr_expect_eq(ndup_sketch_equal_slots(a, b, 5), 2);
    cr_expect_eq(ndup_sketch_equal_slots(a, b, 3), 1);
    cr_expect_eq(ndup_sketch_equal_slots(a, a, 5), 3);
    cr_expect_eq(ndup_sketch_equal_slots(a, b, 0), 0);
}

/* Each key depends on its band's slots, their order and the band's number, and on nothing else. */
Test(sketch_signature, band_keys_depend_on_the_band_alone)
{
    for (uint32_t rows = 1; rows <= 9; rows++) {
        uint32_t signature[36], before[4], after[4];
        uint32_t bands = 4;
        for (uint32_t i = 0; i < bands * rows; i++)
            signature[i] = i % rows; /* all bands alike */
        ndup_sketch_band_keys(signature, bands, rows, before);
        for (uint32_t b = 1; b < bands; b++)
            cr_expect_neq(before[b], before[0], "%u rows, band %u", rows, b);
        for (uint32_t i = 0; i < bands * rows; i++) {
            signature[i] ^= 0x80000000u;
            ndup_sketch_band_keys(signature, bands, rows, after);
            signature[i] ^= 0x80000000u;
            for (uint32_t b = 0; b < bands; b++)
                cr_expect_eq(after[b] != before[b], b == i / rows, "%u rows, slot %u, band %u", rows, i, b);
        }
        if (rows > 1) {
            signature[0] = 1;
            signature[1] = 0;
            ndup_sketch_band_keys(signature, bands, rows, after);
            cr_expect_neq(after[0], before[0], "%u rows swapped", rows);
        }
    }
}

/* Keys of 2^16 bands of small numbers: as many collisions as 32 random bits have, 1/2 on average. */
Test(sketch_signature, band_keys_spread)
{
    static uint32_t seen[1u << 16];
    uint32_t collisions = 0;
    uint64_t high_bits = 0;
    for (uint32_t i = 0; i < 1u << 16; i++) {
        uint32_t signature[3] = {i & 63, i >> 6 & 31, i >> 11};
        ndup_sketch_band_keys(signature, 1, 3, &seen[i]);
        high_bits += seen[i] >> 31;
    }
    cr_expect(high_bits > 32768 - 640 && high_bits < 32768 + 640); /* 5 standard deviations of 128 */
    for (uint32_t i = 0; i < 1u << 16; i += 64)                    /* a sample against all */
        for (uint32_t j = i + 1; j < 1u << 16; j++)
            collisions += seen[i] == seen[j];
    cr_expect_leq(collisions, 1);
}
