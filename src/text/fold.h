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

/* What the next character must know of those before it is the state: NDUP_FOLD_CARE, which is always set, and two more
 * bits. A character whose `care` has a bit of the state is not for the quick loop, which so needs a single test. */
enum {
    NDUP_FOLD_CARE = 1,      /* in `care`: LIST, NOTHING, and marks with a class */
    NDUP_FOLD_CARE_SOLO = 2, /* the word so far began with a SOLO letter. In `care`: WORD, which is cut off from it */
    NDUP_FOLD_CARE_THAI = 4, /* the last letter of Thai or Lao may make one with the next. In `care`: those that may */
};

struct ndup_fold_entry {
    union {
        unsigned char bytes[4]; /* UTF-8; a space for SEPARATOR; a space and the letter for SOLO */
        uint32_t list;          /* place in fold->points, for LIST */
    } u;
    unsigned char length;   /* bytes, or points of the list */
    unsigned char care : 4; /* of NDUP_FOLD_CARE */
    unsigned char kind : 4; /* enum ndup_fold_kind */
    unsigned char keep : 4; /* the next state is (state & keep) | set */
    unsigned char set : 4;
    unsigned char ccc; /* combining class, for MARK: ndup_fold_ccc */
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
    bool solo;  /* whether scripts without spaces give one token a character */
    bool cased; /* whether the case of letters is kept (--case keep) */
    bool marks; /* whether accents, punctuation and symbols are kept, each sign a token (--marks keep) */
};

/* *fold is all zero before, but for the last three. */
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

/* The canonical combining class; NDUP_FOLD_CCC_AM for SARA AM, so that it follows the tone marks of its letter. */
unsigned char ndup_fold_ccc(uint32_t code);

enum {
    NDUP_FOLD_CCC_AM = 200, /* above every tone mark of Thai (107) and Lao (122); any other such number would do */
    /* Lao has the same letters and marks as Thai, this much later. */
    NDUP_FOLD_LAO = 0x80,
    NDUP_FOLD_SARA_AA = 0x0E32,
    NDUP_FOLD_SARA_AM = 0x0E33,
    NDUP_FOLD_SARA_E = 0x0E40,
    NDUP_FOLD_SARA_AE = 0x0E41,
    NDUP_FOLD_FIRST_TONE = 0x0E48, /* four of them */
    NDUP_FOLD_NIKHAHIT = 0x0E4D,
};

/* The Thai twin of a Lao code point; any other is returned as it is. */
NDUP_INLINE uint32_t ndup_fold_thai(uint32_t code)
{
    return code >= 0x0E80 && code <= 0x0EFF ? code - NDUP_FOLD_LAO : code;
}

NDUP_INLINE bool ndup_fold_is_tone(uint32_t thai)
{
    return thai - NDUP_FOLD_FIRST_TONE < 4;
}

#endif
