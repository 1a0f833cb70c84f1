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

bool ndup_tokens_reserve(struct ndup_text *text, size_t more)
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

static void add(struct ndup_text *text, uint64_t hash, size_t begin, size_t end)
{
    if (NDUP_UNLIKELY(!ndup_tokens_reserve(text, 1)))
        return;
    text->hash[text->count] = hash;
    if (text->want_spans)
        text->spans[text->count] = (struct ndup_span){begin, end};
    text->count++;
}

/* In the character profile words are joined by one space. Its span reaches from word to word. */
static void add_space(struct ndup_text *text, size_t begin)
{
    if (text->count > 0)
        add(text, text->char_hash[' '], text->want_spans ? text->spans[text->count - 1].end : 0, begin);
}

static void add_chunk_chars(struct ndup_text *text, size_t words, size_t base)
{
    const struct ndup_chunk *chunk = &text->chunk;
    if (!ndup_tokens_reserve(text, chunk->stop + 1))
        return;
    for (size_t k = 0; k < words; k++) {
        size_t begin = chunk->edges[2 * k], end = chunk->edges[2 * k + 1];
        add_space(text, base + begin);
        for (size_t i = begin; i < end; i++) {
            text->hash[text->count] = text->char_hash[chunk->lower[i]];
            if (text->want_spans)
                text->spans[text->count] = (struct ndup_span){base + i, base + i + 1};
            text->count++;
        }
    }
}

void ndup_tokens_add_chunk(struct ndup_text *text, size_t words, size_t base)
{
    const struct ndup_chunk *chunk = &text->chunk;
    if (text->profile.tokens == NEARDUP_TOKENS_CHAR) {
        add_chunk_chars(text, words, base);
        return;
    }
    if (!ndup_tokens_reserve(text, words))
        return;
    uint64_t *hash = text->hash + text->count;
    for (size_t k = 0; k < words; k++) {
        size_t begin = chunk->edges[2 * k], end = chunk->edges[2 * k + 1];
        hash[k] = ndup_token_hash(chunk->lower + begin, end - begin);
    }
    if (text->want_spans)
        for (size_t k = 0; k < words; k++)
            text->spans[text->count + k] =
                (struct ndup_span){base + chunk->edges[2 * k], base + chunk->edges[2 * k + 1]};
    text->count += words;
}

static void add_word_chars(struct ndup_text *text)
{
    const struct ndup_word *word = &text->word;
    add_space(text, word->begin);
    size_t point = 0;
    for (size_t i = 0; i < word->length; point++) {
        size_t n = ndup_utf8_length(word->bytes[i]);
        struct ndup_span span = text->want_spans ? word->spans[point] : (struct ndup_span){0, 0};
        add(text, ndup_token_hash_short(word->bytes + i, n), span.begin, span.end);
        i += n;
    }
}

void ndup_tokens_add_word(struct ndup_text *text)
{
    struct ndup_word *word = &text->word;
    if (text->profile.tokens == NEARDUP_TOKENS_CHAR)
        add_word_chars(text);
    else
        add(text, ndup_token_hash(word->bytes, word->length), word->begin, word->end);
    word->length = 0;
    word->points = 0;
    word->last_ccc = 0;
    word->solo = false;
}
