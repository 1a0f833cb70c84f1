/* SPDX-License-Identifier: MIT
 * Inside of the tokeniser: the token arrays, and the flow of normalised text that words are cut from. */
#ifndef NDUP_TEXT_TOKENS_H
#define NDUP_TEXT_TOKENS_H

#include "base/platform.h"
#include "text/ascii.h"
#include "text/fold.h"
#include "text/shingle.h"
#include "text/text.h"

/* Normalised text on its way to the scan: words with anything that the scan takes for a separator between them. */
struct ndup_flow {
    unsigned char bytes[NDUP_CHUNK];
    size_t length;
    struct ndup_span *origin; /* [NDUP_CHUNK]: where a byte comes from; allocated when spans are first wanted */
    unsigned char last_ccc;   /* of the last point */
    unsigned char state;      /* of the last word (fold.h) */
};

/* The beginning of a word that does not fit the flow. 16 bytes after `length` are always readable (token_hash.h). */
struct ndup_long_word {
    unsigned char *bytes;
    struct ndup_span *origin; /* one a byte, only with spans */
    size_t length, capacity, origin_capacity;
};

struct ndup_text {
    neardup_profile profile;
    ndup_ascii_scan_fn *scan;
    ndup_shingle_fn *shingle;
    const struct ndup_key *key;
    uint64_t *hash, *keyed;
    struct ndup_span *spans;
    size_t count, capacity, keyed_capacity, span_capacity;
    bool want_public, want_keyed, want_digest, want_words, want_spans, want_form, want_numbers;
    size_t *numbers;
    size_t number_count, number_capacity;
    uint64_t *frame; /* of ndup_text_frame: what is digested */
    size_t frame_capacity;
    char *words;
    size_t words_length, words_capacity;
    struct ndup_digester digester;
    struct ndup_digester form; /* of signs and of bytes that are not ASCII */
    uint64_t sign;             /* one that waits for a second one; 0: none */
    size_t words_before;       /* the chunk, where it is ASCII */
    bool plain;                /* all was ASCII so far */
    bool failed;               /* no memory; noticed at the end of a call */
    bool invalid_utf8;
    uint64_t *shingles, *keyed_shingles;
    size_t shingle_capacity, keyed_shingle_capacity;
    struct ndup_long_word long_word;
    uint64_t char_hash[128], keyed_char[128]; /* of the ASCII characters */
    struct ndup_fold fold;
    struct ndup_chunk chunk;
    struct ndup_flow flow;
};

/* Bytes of normalised text and where they come from: `origin` one a byte, or NULL: byte i comes from base + i. */
struct ndup_piece {
    const unsigned char *bytes;
    const struct ndup_span *origin;
    size_t base;
};

/* Appends the words edges[0..1), edges[2..3) ... of the piece, after whose bytes 16 more can be read. */
void ndup_tokens_add(struct ndup_text *text, const struct ndup_piece *piece, const uint16_t *edges, size_t words);

/* Appends the long word and empties it. */
void ndup_tokens_add_long(struct ndup_text *text);

/* Normalises the text from `at`, where no word is open, and appends its tokens, up to a place between words where a
 * long run of ASCII begins, or to the end. Returns that place. */
size_t ndup_flow_run(struct ndup_text *text, const unsigned char *bytes, size_t length, size_t at);

#endif
