/* SPDX-License-Identifier: MIT
 * Parameters from the seed, and the two sketches over a row of kernels. Broder 1997; Dahlgaard, Knudsen and Thorup,
 * FOCS 2017. Why these variants and which is the default: doc/sketches.md. */
#include "base/platform.h"

#include "sketch/sketch.h"

#include "base/cpu.h"
#include "base/error.h"
#include "base/mem.h"
#include "sketch/kernel.h"

#include <stdlib.h>
#include <string.h>

#define MAX_GROUPS (NDUP_MAX_SLOTS / NDUP_SKETCH_GROUP)

static const struct ndup_sketch_kernels *choose_kernels(neardup_cpu cpu)
{
    switch (ndup_cpu_resolve(cpu)) {
#if NDUP_X86
    case NEARDUP_CPU_AVX512:
        return &ndup_sketch_avx512;
    case NEARDUP_CPU_AVX2:
        return &ndup_sketch_avx2;
    case NEARDUP_CPU_NEON:
#elif NDUP_NEON
    case NEARDUP_CPU_NEON:
        return &ndup_sketch_neon;
    case NEARDUP_CPU_AVX512:
    case NEARDUP_CPU_AVX2:
#else
    case NEARDUP_CPU_AVX512:
    case NEARDUP_CPU_AVX2:
    case NEARDUP_CPU_NEON:
#endif
    case NEARDUP_CPU_SCALAR:
    case NEARDUP_CPU_AUTO:
        break;
    }
    return &ndup_sketch_scalar;
}

/* SplitMix64 (Steele, Lea, Flood 2014): an equidistributed stream, any seed is as good as any other. */
static uint32_t next_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ (x >> 31)) >> 32);
}

static void fill_parameters(struct ndup_sketch *sketch, uint64_t seed)
{
    uint64_t state = seed;
    for (uint32_t r = 0; r < NDUP_FSS_ROUNDS; r++) {
        sketch->rounds[r].bin_mul = next_random(&state) | 1u;
        sketch->rounds[r].rank_mul = next_random(&state) | 1u;
        sketch->rounds[r].number = r;
    }
    /* Group by group, so that a slot's permutation does not depend on the number of slots. */
    for (uint32_t g = 0; g < sketch->groups; g++) {
        sketch->add[g] = next_random(&state);
        for (uint32_t s = 0; s < NDUP_SKETCH_GROUP; s++)
            sketch->mul[g * NDUP_SKETCH_GROUP + s] = next_random(&state) | 1u;
    }
}

neardup_sketch_kind ndup_sketch_resolve(neardup_sketch_kind kind)
{
    return kind == NEARDUP_SKETCH_DEFAULT ? NEARDUP_SKETCH_FSS : kind;
}

uint32_t ndup_sketch_padded_slots(uint32_t slots)
{
    return (slots + NDUP_SKETCH_GROUP - 1) / NDUP_SKETCH_GROUP * NDUP_SKETCH_GROUP;
}

neardup_status ndup_sketch_create(struct ndup_sketch **out, neardup_sketch_kind kind, uint32_t slots, uint64_t seed,
                                  neardup_cpu cpu, neardup_error *err)
{
    *out = NULL;
    kind = ndup_sketch_resolve(kind);
    if (kind != NEARDUP_SKETCH_AFFINE && kind != NEARDUP_SKETCH_FSS)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown kind of sketch %d", (int)kind);
    if (slots == 0 || slots > NDUP_MAX_SLOTS)
        return ndup_fail(err, NEARDUP_E_ARG, "%u slots are not between 1 and %u", slots, NDUP_MAX_SLOTS);

    uint32_t padded = ndup_sketch_padded_slots(slots);
    struct ndup_sketch *sketch = ndup_calloc(1, sizeof *sketch);
    if (sketch == NULL)
        return ndup_fail_nomem(err);
    sketch->mul = ndup_alloc_aligned(padded + padded / NDUP_SKETCH_GROUP, sizeof *sketch->mul);
    if (sketch->mul == NULL) {
        free(sketch);
        return ndup_fail_nomem(err);
    }
    sketch->add = sketch->mul + padded;
    sketch->kind = kind;
    sketch->slots = slots;
    sketch->groups = padded / NDUP_SKETCH_GROUP;
    sketch->kernels = choose_kernels(cpu);
    fill_parameters(sketch, seed);
    *out = sketch;
    return NEARDUP_OK;
}

void ndup_sketch_destroy(struct ndup_sketch *sketch)
{
    if (sketch != NULL)
        free(sketch->mul);
    free(sketch);
}

static void fill(uint32_t *slots, size_t groups, uint32_t value)
{
    for (size_t g = 0; g < groups; g++)
        for (size_t s = 0; s < NDUP_SKETCH_GROUP; s++)
            slots[g * NDUP_SKETCH_GROUP + s] = value;
}

/* AFFINE over the empty slots only: their multipliers are packed, so that few empty slots cost little. The additive
 * constant of the first group serves all: it cannot follow its slot into another group. */
static void fill_empty(const struct ndup_sketch *sketch, const uint64_t *hashes, size_t count, const uint16_t *masks,
                       size_t empty, uint32_t *signature)
{
    uint32_t mul[NDUP_MAX_SLOTS + NDUP_SKETCH_GROUP], minima[NDUP_MAX_SLOTS + NDUP_SKETCH_GROUP], add[MAX_GROUPS];
    size_t groups = (empty + NDUP_SKETCH_GROUP - 1) / NDUP_SKETCH_GROUP;
    memset(mul + (groups - 1) * NDUP_SKETCH_GROUP, 0, NDUP_SKETCH_GROUP * sizeof *mul);
    fill(minima, groups + 1, NDUP_SKETCH_EMPTY - (1u << (32 - NDUP_FSS_RANK_BITS)));
    for (size_t g = 0; g < groups; g++)
        add[g] = sketch->add[0];
    sketch->kernels->pack(sketch->mul, sketch->groups, masks, mul);
    sketch->kernels->affine(mul, add, groups, hashes, count, minima);
    sketch->kernels->unpack(minima, sketch->groups, masks, signature);
}

/* Rounds after which slots are certainly or almost certainly still empty need no look at the slots in between. */
static size_t blind_rounds(uint32_t slots, size_t count)
{
    size_t rounds = 2 * (size_t)slots / count;
    return rounds < 1 ? 1 : rounds > NDUP_FSS_ROUNDS ? NDUP_FSS_ROUNDS : rounds;
}

static void compute_fss(const struct ndup_sketch *sketch, const uint64_t *hashes, size_t count, uint32_t *signature)
{
    const struct ndup_sketch_kernels *kernels = sketch->kernels;
    uint32_t slots = sketch->slots;
    uint16_t masks[MAX_GROUPS];
    /* Padding slots must not count as empty. */
    for (size_t s = slots; s < sketch->groups * (size_t)NDUP_SKETCH_GROUP; s++)
        signature[s] = 0;
    size_t r = blind_rounds(slots, count);
    kernels->fss_throw(sketch->rounds, r, hashes, count, slots, signature);
    size_t empty = kernels->find_empty(signature, sketch->groups, masks);
    for (; r < NDUP_FSS_ROUNDS && empty > 0; r++) {
        if (slots <= kernels->fill_slots && empty < slots / 2) {
            uint32_t wanted[NDUP_SKETCH_GROUP] = {0};
            memcpy(wanted, masks, sketch->groups * sizeof *masks);
            kernels->fss_fill(&sketch->rounds[r], hashes, count, slots, wanted, signature);
        } else {
            kernels->fss_throw(&sketch->rounds[r], 1, hashes, count, slots, signature);
        }
        empty = kernels->find_empty(signature, sketch->groups, masks);
    }
    if (empty > 0)
        fill_empty(sketch, hashes, count, masks, empty, signature);
}

/* A set that is not empty starts just below the value that means empty, so that no slot of it can look empty. */
void ndup_sketch_compute(const struct ndup_sketch *sketch, const uint64_t *hashes, size_t count, uint32_t *signature)
{
    if (count == 0) {
        fill(signature, sketch->groups, NDUP_SKETCH_EMPTY);
        return;
    }
    if (sketch->kind == NEARDUP_SKETCH_FSS) {
        fill(signature, sketch->groups, NDUP_SKETCH_EMPTY);
        compute_fss(sketch, hashes, count, signature);
    } else {
        fill(signature, sketch->groups, NDUP_SKETCH_EMPTY - 1);
        sketch->kernels->affine(sketch->mul, sketch->add, sketch->groups, hashes, count, signature);
    }
    for (size_t s = sketch->slots; s < sketch->groups * (size_t)NDUP_SKETCH_GROUP; s++)
        signature[s] = NDUP_SKETCH_EMPTY;
}
