/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "text/tokens.h"

#include "base/mem.h"
#include "text/token_hash.h"
#include "text/utf8.h"

#define ALL (~(uint64_t)0)

const uint64_t ndup_token_mask[NDUP_TOKEN_SHORT + 1][2] = {
    {0, 0},           {ALL >> 56, 0},   {ALL >> 48, 0},   {ALL >> 40, 0},   {ALL >> 32, 0},   {ALL >> 24, 0},
    {ALL >> 16, 0},   {ALL >> 8, 0},    {ALL, 0},         {ALL, ALL >> 56}, {ALL, ALL >> 48}, {ALL, ALL >> 40},
    {ALL, ALL >> 32}, {ALL, ALL >> 24}, {ALL, ALL >> 16}, {ALL, ALL >> 8},  {ALL, ALL},
};

/* Room for `more` tokens. */
static bool reserve(struct ndup_text *text, size_t more)
{
    size_t needed = text->count + more;
    if (NDUP_LIKELY(needed <= text->capacity && (!text->want_spans || needed <= text->span_capacity)))
        return true;
    if (!ndup_grow(&text->hash, &text->capacity, needed, sizeof *text->hash) ||
        (text->want_spans && !ndup_grow(&text->spans, &text->span_capacity, needed, sizeof *text->spans))) {
        text->failed = true;
        return false;
    }
    return true;
}

/* Where bytes[begin..end) of a piece come from. */
static struct ndup_span origin(const struct ndup_piece *piece, size_t begin, size_t end)
{
    if (piece->origin == NULL)
        return (struct ndup_span){piece->base + begin, piece->base + end};
    return (struct ndup_span){piece->origin[begin].begin, piece->origin[end - 1].end};
}

static void add_words(struct ndup_text *text, const struct ndup_piece *piece, const uint16_t *edges, size_t words)
{
    uint64_t *hash = text->hash + text->count;
    for (size_t k = 0; k < words; k++) {
        size_t begin = edges[2 * k], end = edges[2 * k + 1];
        hash[k] = ndup_token_hash(piece->bytes + begin, end - begin);
    }
    for (size_t k = 0; text->want_spans && k < words; k++)
        text->spans[text->count + k] = origin(piece, edges[2 * k], edges[2 * k + 1]);
    text->count += words;
}

/* One token a character, and one space before every word but the first; its span reaches from word to word. */
static void add_chars(struct ndup_text *text, const struct ndup_piece *piece, size_t begin, size_t end)
{
    uint64_t *hash = text->hash + text->count;
    if (text->count > 0) {
        *hash++ = text->char_hash[' '];
        if (text->want_spans)
            text->spans[text->count] =
                (struct ndup_span){text->spans[text->count - 1].end, origin(piece, begin, end).begin};
    }
    struct ndup_span *span = text->want_spans ? text->spans + (hash - text->hash) : NULL;
    for (size_t i = begin; i < end;) {
        unsigned char c = piece->bytes[i];
        size_t n = ndup_utf8_length(c);
        *hash++ = c < 0x80 ? text->char_hash[c] : ndup_token_hash_short(piece->bytes + i, n);
        if (text->want_spans)
            *span++ = origin(piece, i, i + n);
        i += n;
    }
    text->count = (size_t)(hash - text->hash);
}

void ndup_tokens_add(struct ndup_text *text, const struct ndup_piece *piece, const uint16_t *edges, size_t words)
{
    bool chars = text->profile.tokens == NEARDUP_TOKENS_CHAR;
    if (words == 0 || !reserve(text, chars ? edges[2 * words - 1] + 1u : words))
        return;
    if (!chars)
        add_words(text, piece, edges, words);
    for (size_t k = 0; chars && k < words; k++)
        add_chars(text, piece, edges[2 * k], edges[2 * k + 1]);
}

void ndup_tokens_add_long(struct ndup_text *text)
{
    struct ndup_long_word *word = &text->long_word;
    const struct ndup_piece piece = {word->bytes, text->want_spans ? word->origin : NULL, 0};
    bool chars = text->profile.tokens == NEARDUP_TOKENS_CHAR;
    if (reserve(text, chars ? word->length + 1 : 1)) {
        if (chars) {
            add_chars(text, &piece, 0, word->length);
        } else {
            text->hash[text->count] = ndup_token_hash(word->bytes, word->length);
            if (text->want_spans)
                text->spans[text->count] = origin(&piece, 0, word->length);
            text->count++;
        }
    }
    word->length = 0;
}
