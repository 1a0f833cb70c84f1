/* SPDX-License-Identifier: MIT
 * Time of a signature by kind, row, slots and shingles; and of band keys. Each call takes another of 64 sets, so that
 * no branch predictor learns one. Prints tab-separated lines. */
#include "base/platform.h"

#include "base/cpu.h"
#include "bench.h"
#include "sketch/sketch.h"

#include <stdio.h>
#include <string.h>

#define SETS 64u

struct work {
    struct ndup_sketch *sketch;
    const uint64_t *hashes;
    size_t count;
    size_t turn;
    uint32_t signature[NDUP_MAX_SLOTS];
    uint32_t keys[NDUP_MAX_SLOTS];
    uint32_t bands, rows;
};

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void one_signature(void *context)
{
    struct work *work = context;
    ndup_sketch_compute(work->sketch, work->hashes + (work->turn++ % SETS) * work->count, work->count, work->signature);
}

static void all_keys(void *context)
{
    struct work *work = context;
    work->signature[work->turn++ % 100]++;
    ndup_sketch_band_keys(work->signature, work->bands, work->rows, work->keys);
}

int main(void)
{
    static const uint32_t slots[] = {100, 128, 256};
    static const size_t counts[] = {4, 16, 36, 100, 200, 396, 2000, 20000};
    static const neardup_cpu rows[] = {NEARDUP_CPU_SCALAR, NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512, NEARDUP_CPU_NEON};
    static const char *const kinds[] = {"default", "affine", "fss"};
    static struct work work;
    uint64_t *hashes = malloc(SETS * 20000 * sizeof *hashes);
    uint64_t state = 1;
    if (hashes == NULL)
        return 2;
    for (size_t i = 0; i < SETS * 20000; i++)
        hashes[i] = next(&state);
    work.hashes = hashes;
    printf("kind\trow\tslots\tshingles\tns\tns/shingle\n");
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        if (ndup_cpu_resolve(rows[r]) != rows[r])
            continue;
        for (int kind = NEARDUP_SKETCH_AFFINE; kind <= NEARDUP_SKETCH_FSS; kind++) {
            for (size_t k = 0; k < sizeof slots / sizeof *slots; k++) {
                if (ndup_sketch_create(&work.sketch, (neardup_sketch_kind)kind, slots[k], 1, rows[r], NULL))
                    return 2;
                for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
                    work.count = counts[c];
                    double ns = bench_median_ns(one_signature, &work);
                    printf("%s\t%s\t%u\t%zu\t%.0f\t%.2f\n", kinds[kind], ndup_cpu_name(rows[r]), slots[k], counts[c],
                           ns, ns / (double)counts[c]);
                    fflush(stdout);
                }
                ndup_sketch_destroy(work.sketch);
            }
        }
    }
    static const uint32_t shapes[][2] = {{26, 5}, {17, 4}, {72, 4}, {20, 7}, {11, 12}};
    printf("band keys\tbands\trows\t\tns\n");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        work.bands = shapes[s][0];
        work.rows = shapes[s][1];
        printf("band keys\t%u\t%u\t\t%.1f\n", work.bands, work.rows, bench_median_ns(all_keys, &work));
    }
    free(hashes);
    return 0;
}
