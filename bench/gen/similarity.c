/* SPDX-License-Identifier: MIT */
#include "gen/similarity.h"

#include "gen/fail.h"

#include <stdlib.h>

#define CYRILLIC (1u << 20) /* a word number in another script is another token */

static inline uint64_t token_of(const struct corpus *c, const struct document *d, size_t i)
{
    uint32_t word = d->word[i];
    bool number = c->words.text[word][0] <= '9';
    return d->script == RUSSIAN && !number ? word | CYRILLIC : word;
}

/* Five numbers of 21 bits each, mixed to 64: equal keys for different shingles are as likely as 2^-64. */
static inline uint64_t shingle_key(const struct corpus *c, const struct document *d, size_t at, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ token_of(c, d, at + i)) * 0xd6e8feb86659fd93u;
        h ^= h >> 32;
    }
    return h;
}

static struct entry *lookup(struct shingle_set *set, uint64_t key)
{
    size_t at = (key * 0x9e3779b97f4a7c15u) >> 20 & (set->room - 1);
    while (set->entry[at].stamp / 2 == set->round && set->entry[at].key != key)
        at = (at + 1) & (set->room - 1);
    return &set->entry[at];
}

struct similarity similarity_of(const struct corpus *c, struct shingle_set *set, const struct document *a,
                                const struct document *b)
{
    size_t most = a->count + b->count;
    if (set->room < 2 * most || set->room == 0) {
        set->room = 1024;
        while (set->room < 2 * most)
            set->room *= 2;
        free(set->entry);
        set->entry = must(calloc(set->room, sizeof *set->entry));
        set->round = 0;
    }
    set->round++;
    struct similarity s = {0, 0};
    const struct document *both[2] = {a, b};
    for (int which = 0; which < 2; which++) {
        const struct document *d = both[which];
        size_t n = d->count < 5 ? d->count : 5;
        for (size_t i = 0; i + n <= d->count && n > 0; i++) {
            uint64_t key = shingle_key(c, d, i, n);
            struct entry *e = lookup(set, key);
            if (e->stamp / 2 != set->round) {
                /* What only b holds is marked as seen in both at once, so that it is never counted as shared. */
                *e = (struct entry){key, 2 * set->round + (uint64_t)which};
                s.in_either++;
            } else if (which == 1 && e->stamp == 2 * set->round) {
                e->stamp++;
                s.shared++;
            }
        }
    }
    return s;
}
