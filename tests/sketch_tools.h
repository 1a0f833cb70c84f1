/* SPDX-License-Identifier: MIT
 * What the tests of signatures share. */
#ifndef NDUP_SKETCH_TOOLS_H
#define NDUP_SKETCH_TOOLS_H

#include "base/cpu.h"
#include "sketch/sketch.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const neardup_sketch_kind tool_kinds[] = {NEARDUP_SKETCH_AFFINE, NEARDUP_SKETCH_FSS};
#define TOOL_KINDS 2u

static inline uint64_t tool_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline void tool_fill(uint64_t *hashes, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        hashes[i] = tool_random(&seed);
}

static inline struct ndup_sketch *tool_sketch(neardup_sketch_kind kind, uint32_t slots, uint64_t seed, neardup_cpu cpu)
{
    struct ndup_sketch *sketch;
    neardup_error err;
    cr_assert_eq(ndup_sketch_create(&sketch, kind, slots, seed, cpu, &err), NEARDUP_OK, "%s", err.message);
    return sketch;
}

#endif
