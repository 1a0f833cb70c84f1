/* SPDX-License-Identifier: MIT
 * What a paragraph says, piece by piece: its sentences, its list items, and blocks that have neither. Near-duplicate
 * paragraphs are taken apart into these, so that only what occurs elsewhere is cut (engine/unique.c).
 *
 * A boundary too many would cut a sentence in two, a boundary too few only keeps more text. So every rule here needs clear
 * signs: no sentence ends inside brackets, quotation marks or code spans, after an initial or a short abbreviation, or
 * before a lower-case letter; code, markup and tables are not taken apart at all. */
#ifndef NDUP_SENTENCES_H
#define NDUP_SENTENCES_H

#include "base/platform.h"
#include "text/text.h"

struct ndup_sentence {
    size_t begin,
        end;   /* bytes of the paragraph: sentences follow each other without a gap, white space after them included */
    bool lead; /* a heading, or what introduces a list: means nothing alone, and stays with what it introduces */
};

struct ndup_sentences {
    struct ndup_sentence *list;
    size_t count, capacity;
};

/* Takes bytes[0..length), a paragraph as ndup_split_next gives it, apart; time grows linearly. False: no memory. */
bool ndup_sentences_find(struct ndup_sentences *sentences, const char *bytes, size_t length) NDUP_MUST_CHECK;
void ndup_sentences_free(struct ndup_sentences *sentences);

/* ---- definitions: [label]: what it stands for ---- */

/* Whether a line is the definition of a link or footnote, as in Markdown: its label in brackets, at most three blanks before
 * it, and a colon and something after it. */
bool ndup_is_definition(const char *line, size_t length, struct ndup_span *label);

/* The next label in brackets at or after *at that uses a definition, or may: what is in brackets anywhere, but for the labels
 * of definitions. Moves *at after it; false at the end. */
bool ndup_next_label(const char *bytes, size_t length, size_t *at, struct ndup_span *label);

/* Labels that mean the same have the same hash: ASCII letters in lower case, white space as one blank. */
uint64_t ndup_label_hash(const char *label, size_t length);

#endif
