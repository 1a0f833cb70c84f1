/* SPDX-License-Identifier: MIT
 * Prints the signatures and band keys of tests/unit/sketch_vectors.h, from the scalar row: seed 1, hashes i * i *
 * 0x9e3779b97f4a7c15 + i for i = 1 to the count. */
#include "base/platform.h"

#include "sketch/sketch.h"

#include <stdio.h>

#define SLOTS 20u
#define BANDS 4u

static void print(const char *stem, const char *kind, size_t count, const uint32_t *values, uint32_t n)
{
    printf("static const uint32_t %s_%s_%zu[] = {", stem, kind, count);
    for (uint32_t i = 0; i < n; i++)
        printf("%s0x%08x", i > 0 ? ", " : "", (unsigned)values[i]);
    printf("};\n");
}

int main(void)
{
    static const size_t counts[] = {1, 7, 100};
    static const char *const names[] = {"default", "affine", "fss"};
    uint64_t hashes[100];
    for (uint64_t i = 1; i <= 100; i++)
        hashes[i - 1] = i * i * UINT64_C(0x9e3779b97f4a7c15) + i;
    printf("/* SPDX-License-Identifier: MIT\n * Made by bench/sketch_vectors.c. */\n");
    for (int kind = NEARDUP_SKETCH_AFFINE; kind <= NEARDUP_SKETCH_FSS; kind++) {
        struct ndup_sketch *sketch;
        if (ndup_sketch_create(&sketch, (neardup_sketch_kind)kind, SLOTS, 1, NEARDUP_CPU_SCALAR, NULL) != NEARDUP_OK)
            return 2;
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            uint32_t signature[2 * SLOTS], keys[BANDS];
            ndup_sketch_compute(sketch, hashes, counts[c], signature);
            ndup_sketch_band_keys(signature, BANDS, SLOTS / BANDS, keys);
            print("signature", names[kind], counts[c], signature, SLOTS);
            print("keys", names[kind], counts[c], keys, BANDS);
        }
        ndup_sketch_destroy(sketch);
    }
    return 0;
}
