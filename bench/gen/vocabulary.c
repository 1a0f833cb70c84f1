/* SPDX-License-Identifier: MIT */
#include "gen/vocabulary.h"

#include "gen/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t make_word(struct rng *r, uint32_t rank, char *out)
{
    static const char onsets[][3] = {"b", "d", "f",  "g",  "h",  "k",  "l",  "m",  "n",  "p",  "r",
                                     "s", "t", "v",  "z",  "w",  "st", "tr", "pl", "br", "",   "ch",
                                     "j", "c", "gr", "sl", "kn", "sp", "y",  "th", "sh", "cr", "d"};
    static const char codas[][3] = {"", "", "", "", "n", "r", "s", "l", "t", "m", "nd", "st"};
    if (rank % 41 == 40) /* numbers */
        return (size_t)snprintf(out, WORD_ROOM, "%u", rank < 2000 ? rank / 41 : rng_below(r, 100000));
    unsigned syllables = rank < 120 ? 1 : rank < 9000 ? 2 : rank < 60000 ? 3 : 3 + rng_below(r, 2);
    size_t n = 0;
    for (unsigned i = 0; i < syllables; i++) {
        const char *onset = onsets[rng_below(r, sizeof onsets / sizeof onsets[0])];
        const char *coda = codas[rng_below(r, i + 1 == syllables ? sizeof codas / sizeof codas[0] : 6)];
        for (const char *p = onset; *p != '\0' && n < WORD_ROOM - 4; p++)
            out[n++] = *p;
        out[n++] = "aeiou"[rng_below(r, 5)];
        for (const char *p = coda; *p != '\0' && n < WORD_ROOM - 4; p++)
            out[n++] = *p;
    }
    return n;
}

static uint64_t string_hash(const char *p, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
    return h;
}

static void fill_words(struct vocabulary *v, uint64_t seed)
{
    enum { ROOM = 1 << 19 };
    uint32_t *seen = must(calloc(ROOM, sizeof *seen)); /* number + 1 */
    struct rng r = rng_make(seed, STREAM_VOCABULARY, 0);
    for (uint32_t i = 0; i < WORDS;) {
        char *slot = v->text[i];
        memset(slot, 0, WORD_ROOM);
        size_t n = make_word(&r, i, slot);
        slot[WORD_ROOM - 1] = (char)n;
        size_t at = string_hash(slot, n) % ROOM;
        while (seen[at] != 0 && memcmp(v->text[seen[at] - 1], slot, WORD_ROOM) != 0)
            at = (at + 1) % ROOM;
        if (seen[at] == 0)
            seen[at] = ++i;
    }
    free(seen);
}

static void fill_alias(struct vocabulary *v)
{
    double *p = must(malloc(WORDS * sizeof *p)), sum = 0;
    uint32_t *small = must(malloc(WORDS * sizeof *small)), *large = must(malloc(WORDS * sizeof *large));
    uint32_t smalls = 0, larges = 0;
    for (uint32_t i = 0; i < WORDS; i++)
        sum += p[i] = 1 / (i + 2.7); /* Mandelbrot's form: the top is a little flatter */
    for (uint32_t i = 0; i < WORDS; i++) {
        v->mean_length += p[i] / sum * v->text[i][WORD_ROOM - 1];
        p[i] *= WORDS / sum;
        if (p[i] < 1)
            small[smalls++] = i;
        else
            large[larges++] = i;
    }
    while (smalls > 0) {
        uint32_t s = small[--smalls];
        v->keep[s] = UINT32_MAX;
        v->alias[s] = s;
        if (larges == 0)
            continue;
        uint32_t l = large[larges - 1];
        v->keep[s] = (uint32_t)(p[s] * 0x1p32);
        v->alias[s] = l;
        p[l] -= 1 - p[s];
        if (p[l] < 1)
            small[smalls++] = large[--larges];
    }
    while (larges > 0) {
        uint32_t l = large[--larges];
        v->keep[l] = UINT32_MAX;
        v->alias[l] = l;
    }
    free(p);
    free(small);
    free(large);
}

void vocabulary_make(struct vocabulary *v, uint64_t seed)
{
    v->text = must(malloc(WORDS * sizeof *v->text));
    v->keep = must(malloc(WORDS * sizeof *v->keep));
    v->alias = must(malloc(WORDS * sizeof *v->alias));
    v->mean_length = 0;
    fill_words(v, seed);
    fill_alias(v);
}

void vocabulary_free(struct vocabulary *v)
{
    free(v->text);
    free(v->keep);
    free(v->alias);
}
