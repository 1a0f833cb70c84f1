/* SPDX-License-Identifier: MIT
 * Error of the Jaccard estimate against the truth, by kind, size of the union and similarity: root mean square error,
 * bias, and the mean square error over that of independent slots, J (1 - J) / slots. Arguments: slots, trials. */
#include "base/platform.h"

#include "sketch/sketch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LARGEST 4000u

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static struct ndup_sketch *make(neardup_sketch_kind kind, uint32_t slots, uint64_t seed)
{
    struct ndup_sketch *sketch;
    neardup_error err;
    if (ndup_sketch_create(&sketch, kind, slots, seed, NEARDUP_CPU_AUTO, &err) != NEARDUP_OK) {
        fprintf(stderr, "sketch_error: %s\n", err.message);
        exit(2);
    }
    return sketch;
}

/* The union is only-a, shared, only-b, so that both sets are ranges of it. */
static double estimate(const struct ndup_sketch *sketch, uint32_t slots, size_t all, size_t shared, uint64_t *state)
{
    static uint64_t hashes[LARGEST];
    static uint32_t a[NDUP_MAX_SLOTS], b[NDUP_MAX_SLOTS];
    for (size_t i = 0; i < all; i++)
        hashes[i] = next(state);
    size_t only_a = (all - shared) / 2;
    ndup_sketch_compute(sketch, hashes, only_a + shared, a);
    ndup_sketch_compute(sketch, hashes + only_a, all - only_a, b);
    return (double)ndup_sketch_equal_slots(a, b, slots) / slots;
}

int main(int argc, char **argv)
{
    static const size_t unions[] = {20, 50, 100, 200, 400, 1000, 4000};
    static const double similarities[] = {0.5, 0.7, 0.8, 0.9};
    static const char *const names[] = {"default", "affine", "fss"};
    long wanted = argc > 1 ? atol(argv[1]) : 128;
    long trials = argc > 2 ? atol(argv[2]) : 2000;
    if (wanted < 1 || wanted > (long)NDUP_MAX_SLOTS || trials < 1) {
        fprintf(stderr, "usage: sketch_error [slots [trials]]\n");
        return 2;
    }
    uint32_t slots = (uint32_t)wanted;
    uint64_t state = 7;
    printf("kind\tslots\tunion\tjaccard\trmse\tbias\tmse/independent\n");
    for (int kind = NEARDUP_SKETCH_AFFINE; kind <= NEARDUP_SKETCH_FSS; kind++) {
        for (size_t u = 0; u < sizeof unions / sizeof *unions; u++) {
            for (size_t j = 0; j < sizeof similarities / sizeof *similarities; j++) {
                size_t shared = (size_t)lround(similarities[j] * (double)unions[u]);
                double truth = (double)shared / (double)unions[u];
                double sum = 0, squares = 0;
                struct ndup_sketch *sketch = NULL;
                for (long t = 0; t < trials; t++) {
                    if (t % 20 == 0) {
                        ndup_sketch_destroy(sketch);
                        sketch = make((neardup_sketch_kind)kind, slots, next(&state));
                    }
                    double error = estimate(sketch, slots, unions[u], shared, &state) - truth;
                    sum += error;
                    squares += error * error;
                }
                ndup_sketch_destroy(sketch);
                double mse = squares / (double)trials;
                printf("%s\t%u\t%zu\t%.2f\t%.4f\t%+.4f\t%.2f\n", names[kind], slots, unions[u], truth, sqrt(mse),
                       sum / (double)trials, mse / (truth * (1 - truth) / slots));
            }
        }
    }
    return 0;
}
