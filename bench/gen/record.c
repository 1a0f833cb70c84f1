/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "gen/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static char *put_accented(char *to, const char *word, unsigned length, struct rng *r)
{
    static const char vowels[5][3][3] = {
        {"á", "ä", "à"}, {"é", "è", "ê"}, {"í", "ï", "î"}, {"ó", "ö", "ô"}, {"ú", "ü", "û"}};
    for (unsigned i = 0; i < length; i++) {
        const char *vowel = strchr("aeiou", word[i]);
        static const char order[] = "aeiou";
        if (vowel != NULL && *vowel != '\0' && rng_below(r, 5) == 0) {
            const char *accented = vowels[strchr(order, word[i]) - order][rng_below(r, 3)];
            *to++ = accented[0];
            *to++ = accented[1];
        } else {
            *to++ = word[i];
        }
    }
    return to;
}

/* Letter by letter; no letter that decomposes (й, ё). */
static char *put_russian(char *to, const char *word, unsigned length)
{
    static const char letters[26][3] = {"а", "б", "ц", "д", "е", "ф", "г", "х", "и", "ж", "к", "л", "м",
                                        "н", "о", "п", "щ", "р", "с", "т", "у", "в", "ш", "ь", "ы", "з"};
    for (unsigned i = 0; i < length; i++) {
        if (word[i] < 'a') {
            *to++ = word[i];
            continue;
        }
        *to++ = letters[word[i] - 'a'][0];
        *to++ = letters[word[i] - 'a'][1];
    }
    return to;
}

static inline char *put_word(const struct corpus *c, const struct document *d, size_t i, char *to, struct rng *r)
{
    const char *word = c->words.text[d->word[i]];
    unsigned length = (unsigned char)word[WORD_ROOM - 1];
    if (d->script == PLAIN) {
        memcpy(to, word, WORD_ROOM);
        return to + length;
    }
    return d->script == ACCENTED ? put_accented(to, word, length, r) : put_russian(to, word, length);
}

/* Sentences of 5 to 25 words, now and then a comma, quotation marks, a new paragraph; separators always hold a space
 * or a line end. */
static char *put_text(const struct corpus *c, const struct document *d, char *to)
{
    struct rng r = rng_make(c->o.seed, STREAM_LOOK, d->look);
    uint64_t paragraph = c->o.sentences - 1;
    for (size_t i = 0; i < d->count;) {
        uint64_t u = rng_next(&r);
        size_t end = i + 5 + (u & 15) + (u >> 4 & 7);
        size_t comma = i + 2 + (u >> 8 & 15);
        bool quoted = (u >> 16 & 15) == 0;
        if (end > d->count)
            end = d->count;
        if (quoted)
            to = stpcpy(to, d->script == PLAIN ? "\\\"" : "“");
        char *first = to;
        for (; i < end; i++) {
            to = put_word(c, d, i, to, &r);
            if (i == comma)
                *to++ = ',';
            *to++ = ' ';
        }
        if (*first >= 'a' && *first <= 'z')
            *first = (char)(*first - 32);
        to[-1] = (u >> 20 & 31) == 0 ? '?' : '.';
        if (quoted)
            to = stpcpy(to, d->script == PLAIN ? "\\\"" : "”");
        if (i < d->count)
            to = stpcpy(to, (u >> 25 & paragraph) == 0 ? "\\n\\n" : " ");
    }
    return to;
}

/* Case, punctuation and accents are those of the words: what is copied is copied with them. A sentence has 13 words on average. */
static char *put_copied_text(const struct corpus *c, const struct document *d, char *to)
{
    bool first = true;
    for (size_t i = 0; i < d->count; i++) {
        struct rng r = rng_make(c->o.seed, STREAM_LOOK, d->word[i]);
        uint64_t u = rng_next(&r);
        char *word = to;
        to = put_word(c, d, i, to, &r);
        if (first && *word >= 'a' && *word <= 'z')
            *word = (char)(*word - 32);
        first = u % 13 == 0;
        if (first)
            *to++ = '.';
        else if (u % 13 == 1)
            *to++ = ',';
        if (i + 1 < d->count)
            to = stpcpy(to, first && (u >> 25 & (c->o.sentences - 1)) == 0 ? "\\n\\n" : " ");
    }
    return to;
}

void record_write(const struct corpus *c, uint32_t number, const struct document *d, struct writer *w)
{
    /* A Cyrillic word takes two bytes a letter. */
    char *to = writer_room(w, 256 + d->count * (2 * WORD_ROOM + 8)), *start = to;
    struct rng r = rng_make(c->o.seed, STREAM_META, number);
    uint64_t u = rng_next(&r);
    to += sprintf(to,
                  "{\"id\":\"d%" PRIu32 "\",\"url\":\"https://site%" PRIu32
                  ".example/%08x\",\"timestamp\":\"20%02u-%02u-%02uT%02u:%02u:%02uZ\",\"text\":\"",
                  number, d->edit == ORIGINAL ? d->site : (uint32_t)(u >> 40) % c->sites, (unsigned)u,
                  (unsigned)(10 + u % 15), (unsigned)(1 + u / 15 % 12), (unsigned)(1 + u / 180 % 28),
                  (unsigned)(u / 5040 % 24), (unsigned)(u / 120960 % 60), (unsigned)(u / 7257600 % 60));
    to = c->o.reformat > 0 ? put_text(c, d, to) : put_copied_text(c, d, to);
    to = stpcpy(to, "\"}\n");
    w->len += (size_t)(to - start);
}
