/* SPDX-License-Identifier: MIT
 * Random numbers of the corpus generator: xoshiro256++ seeded by splitmix64 (Blackman, Vigna 2019), one independent
 * stream for each purpose and number, so that any part can be made again alone. */
#ifndef GEN_RNG_H
#define GEN_RNG_H

#include <math.h>
#include <stdint.h>

struct rng {
    uint64_t s[4];
};

static inline uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

enum stream { STREAM_VOCABULARY, STREAM_PLAN, STREAM_BODY, STREAM_SITE, STREAM_EDIT, STREAM_LOOK, STREAM_META };

static inline struct rng rng_make(uint64_t seed, enum stream stream, uint64_t number)
{
    uint64_t state = seed;
    state = splitmix(&state) ^ ((uint64_t)stream << 56) ^ number;
    struct rng r;
    for (int i = 0; i < 4; i++)
        r.s[i] = splitmix(&state);
    return r;
}

static inline uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t result = rotl(r->s[0] + r->s[3], 23) + r->s[0];
    uint64_t t = r->s[1] << 17;
    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = rotl(r->s[3], 45);
    return result;
}

static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

static inline double rng_real(struct rng *r) /* in (0, 1) */
{
    return ((double)(rng_next(r) >> 12) + 0.5) * 0x1p-52;
}

static inline double rng_normal(struct rng *r)
{
    double radius = sqrt(-2 * log(rng_real(r)));
    return radius * cos(6.283185307179586 * rng_real(r));
}

#endif
