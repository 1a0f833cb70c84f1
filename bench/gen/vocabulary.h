/* SPDX-License-Identifier: MIT
 * Made-up words, frequent ones short, drawn by Zipf's law. */
#ifndef GEN_VOCABULARY_H
#define GEN_VOCABULARY_H

#include "gen/rng.h"

#define WORDS     200000u
#define WORD_ROOM 16 /* bytes of a slot; the last one holds the length */

struct vocabulary {
    char (*text)[WORD_ROOM];
    uint32_t *keep; /* alias method (Walker 1977): below this the word itself, else its alias */
    uint32_t *alias;
    double mean_length; /* of a drawn word */
};

void vocabulary_make(struct vocabulary *v, uint64_t seed);
void vocabulary_free(struct vocabulary *v);

static inline uint32_t draw_word(const struct vocabulary *v, struct rng *r)
{
    uint64_t u = rng_next(r);
    uint32_t i = (uint32_t)(((u >> 32) * WORDS) >> 32);
    return (uint32_t)u < v->keep[i] ? i : v->alias[i];
}

#endif
