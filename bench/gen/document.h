/* SPDX-License-Identifier: MIT
 * The plan of a corpus (which document repeats which) and its documents as sequences of word numbers. */
#ifndef GEN_DOCUMENT_H
#define GEN_DOCUMENT_H

#include "gen/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>

struct corpus_options {
    uint64_t seed;
    double mean_words, sigma, duplicates, exact, hub, boilerplate, non_ascii;
    uint64_t sentences; /* of a paragraph, on average; a power of two up to 128 */
    double reformat; /* 1: a duplicate has case and punctuation of its own; 0: those that its words have everywhere */
};

struct corpus {
    struct corpus_options o;
    struct vocabulary words;
    uint32_t documents, sites;
    uint32_t *source; /* own number: an original. Sources are originals and come before their duplicates */
};

enum script { PLAIN, ACCENTED, RUSSIAN };
enum edit { ORIGINAL, EXACT, EDIT_TOKENS, EDIT_APPEND, EDIT_CUT, EDIT_MOVE };
extern const char *const edit_names[];

struct document {
    uint32_t *word;
    size_t count, room;
    uint32_t site;
    enum script script;
    enum edit edit;
    uint64_t look; /* number of the stream that decides case and punctuation */
};

/* Needs c->o and c->documents; fills the rest. */
void corpus_make(struct corpus *c);
void corpus_free(struct corpus *c);

/* Builds document `number`; `source` gets its source if it is a duplicate. Both keep their memory between calls. */
void document_build(const struct corpus *c, uint32_t number, struct document *d, struct document *source);

/* The same tokens in the same order. */
bool document_same(const struct document *a, const struct document *b);

#endif
