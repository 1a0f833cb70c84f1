/* SPDX-License-Identifier: MIT
 * What a code point becomes: folded, decomposed, without diacritics, and what part it plays in a word.
 *
 * Folding a character through utf8proc costs about 50 ns; a lookup here costs one or two. Pages of 256 code points are
 * filled when a text first needs them, so an object that only sees German holds three. */
#ifndef NDUP_TEXT_FOLD_H
#define NDUP_TEXT_FOLD_H

#include "base/platform.h"
#include "neardup.h"

enum ndup_fold_kind {
    NDUP_FOLD_SEPARATOR = 0,
    NDUP_FOLD_NOTHING, /* vanishes: default-ignorable, or a diacritic */
    NDUP_FOLD_WORD,    /* `length` bytes of letters and digits */
    NDUP_FOLD_SOLO,    /* a letter that is a token of its own, with the marks after it */
    NDUP_FOLD_MARK,    /* a mark that stays */
    NDUP_FOLD_LIST,    /* anything else: several points, or one that may join the point before it */
};

/* The state between characters is one bit, `solo`: the word so far began with a SOLO letter, so that a WORD character
 * must be cut off from it. The quick loop holds it as NDUP_FOLD_CARE, with NDUP_FOLD_CARE_SOLO if solo is set. */
enum {
    NDUP_FOLD_CARE = 1,      /* in `care`: not for the quick loop: LIST, NOTHING, and marks with a class */
    NDUP_FOLD_CARE_SOLO = 2, /* in `care`: not for the quick loop after a SOLO letter: WORD */
};

struct ndup_fold_entry {
    union {
        unsigned char bytes[4]; /* UTF-8; a space for SEPARATOR; a space and the letter for SOLO */
        uint32_t list;          /* place in fold->points, for LIST */
    } u;
    unsigned char length;   /* bytes, or points of the list */
    unsigned char care : 2; /* of NDUP_FOLD_CARE */
    unsigned char kind : 6; /* enum ndup_fold_kind */
    unsigned char keep : 4; /* the next state is (state & keep) | set */
    unsigned char set : 4;
    unsigned char ccc; /* canonical combining class, for MARK */
};

/* A point of a list: never a LIST itself. */
struct ndup_fold_point {
    uint32_t code;
    unsigned char kind;
    unsigned char ccc;
    bool joins; /* voicing mark or Hangul vowel or final: composes with the point before it where that is possible */
};

enum { NDUP_FOLD_PAGES = 0x110000 / 256 };

struct ndup_fold {
    struct ndup_fold_entry *pages[NDUP_FOLD_PAGES]; /* NULL: not needed yet */
    struct ndup_fold_point *points;
    size_t point_count, point_capacity;
    bool solo; /* whether scripts without spaces give one token a character */
};

/* *fold is all zero before, but for `solo`. */
void ndup_fold_free(struct ndup_fold *fold);

/* Fills the page of a code point; NULL if there is no memory. */
const struct ndup_fold_entry *ndup_fold_fill(struct ndup_fold *fold, uint32_t code) NDUP_MUST_CHECK;

/* The entry of a scalar value; NULL if there is no memory. */
NDUP_INLINE const struct ndup_fold_entry *ndup_fold_lookup(struct ndup_fold *fold, uint32_t code)
{
    const struct ndup_fold_entry *page = fold->pages[code >> 8];
    if (NDUP_UNLIKELY(page == NULL))
        return ndup_fold_fill(fold, code);
    return &page[code & 255];
}

/* The canonical composition of two points, 0 if there is none. */
uint32_t ndup_fold_compose(uint32_t first, uint32_t second);

unsigned char ndup_fold_ccc(uint32_t code);

#endif
