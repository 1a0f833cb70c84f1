/* SPDX-License-Identifier: MIT
 * The row of machines without vectors: 64 counters in each plane of one word. tests/diff holds all rows, this one too,
 * against counters of the plain sort. */
#include "base/platform.h"

#include "sketch/simhash_kernel.h"

#include <string.h>

static inline uint64_t carry3(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t differ = a ^ b;
    return (a & b) | (differ & c);
}

#define SUFFIX scalar
#define TARGET
#define LANES            1
#define V                uint64_t
#define V_LOAD(p)        (*(p))
#define V_STORE(p, a)    (*(p) = (a))
#define V_ZERO()         UINT64_C(0)
#define V_FIRST(a)       (a)
#define V_SUM(a, b, c)   ((a) ^ (b) ^ (c))
#define V_CARRY(a, b, c) carry3(a, b, c)
#define V_SWAP(a, step)  (a)
#define V_SECOND(a)      ndup_simhash_second(a)
#define V_KEY(a)         ndup_simhash_key(a)
#define V_MIN(a, b)      ((a) < (b) ? (a) : (b))
#include "sketch/simhash_tmpl.h"

const struct ndup_simhash_kernels ndup_simhash_scalar = {
    .cpu = NEARDUP_CPU_SCALAR,
    .first = first_scalar,
    .second = second_scalar,
    .least_key = least_key_scalar,
};
