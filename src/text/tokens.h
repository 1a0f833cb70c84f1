/* SPDX-License-Identifier: MIT
 * Inside of the tokeniser: the token arrays and the word being put together. */
#ifndef NDUP_TEXT_TOKENS_H
#define NDUP_TEXT_TOKENS_H

#include "base/platform.h"
#include "text/ascii.h"
#include "text/fold.h"
#include "text/text.h"

/* The word that the slow path is in. 16 bytes behind `length` are always readable (token_hash.h). */
struct ndup_word {
    unsigned char *bytes;
    size_t length, capacity;
    size_t begin, end;       /* in the text */
    unsigned char last_ccc;  /* of the last point */
    bool solo;               /* began with a letter that is a token of its own */
    struct ndup_span *spans; /* one a point, only for characters with spans */
    size_t points, span_capacity;
};

struct ndup_text {
    neardup_profile profile;
    ndup_ascii_scan_fn *scan;
    uint64_t *hash;
    struct ndup_span *spans;
    size_t count, capacity, span_capacity;
    bool want_spans;
    bool failed; /* no memory; noticed at the end of a call */
    bool invalid_utf8;
    uint64_t *shingles;
    size_t shingle_capacity;
    struct ndup_word word;
    uint64_t char_hash[128]; /* of the ASCII characters */
    struct ndup_fold fold;
    struct ndup_chunk chunk;
};

/* Room for `more` tokens behind count; sets failed. */
bool ndup_tokens_reserve(struct ndup_text *text, size_t more);

/* Appends the first `words` words of the chunk, which stands at `base` in the text. */
void ndup_tokens_add_chunk(struct ndup_text *text, size_t words, size_t base);

/* Appends the tokens of text->word and empties it. */
void ndup_tokens_add_word(struct ndup_text *text);

/* The slow path: from `at`, where a word may begin, over at least one character, to a place between words that is
 * worth a scan again, or to the end. Returns that place. */
size_t ndup_tokens_run(struct ndup_text *text, const unsigned char *bytes, size_t length, size_t at);

#endif
