/* SPDX-License-Identifier: MIT
 * One text from bytes to tokens: ASCII goes through the scan (ascii.h), everything else through the flow (flow.c), and
 * both append to one array of token hashes.
 *
 * Words whose edges are known become token hashes, with the spans of their bytes where these are wanted. The words of a
 * whole chunk are hashed in one loop without a branch on what they are. With NEARDUP_TOKENS_CHAR each character of them
 * is a token; the 128 hashes of ASCII characters come from a table. */
#include "base/platform.h"

#include "base/cpu.h"
#include "base/error.h"
#include "base/mem.h"
#include "text/text.h"
#include "text/token_hash.h"
#include "text/tokens.h"
#include "text/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

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

/* One token a character, and one space before every word but the first; its span reaches from word to word. Two words that
 * come from one character (1 and 4 from a quarter sign) have the same range, and so has the space between them. */
static void add_chars(struct ndup_text *text, const struct ndup_piece *piece, size_t begin, size_t end)
{
    uint64_t *hash = text->hash + text->count;
    if (text->count > 0) {
        *hash++ = text->char_hash[' '];
        if (text->want_spans) {
            size_t from = text->spans[text->count - 1].end, to = origin(piece, begin, end).begin;
            text->spans[text->count] = from <= to ? (struct ndup_span){from, to} : (struct ndup_span){to, from};
        }
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
    bool chars = ndup_tokens_are_chars(text->profile.tokens);
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
    bool chars = ndup_tokens_are_chars(text->profile.tokens);
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

/* ---- a text ---- */

/* Elements. Longer arrays are given back when a much smaller text follows, so that one book among web pages does not
 * hold its memory to the end, in every thread. 2^20 tokens are a text of about 6 MB. Not measured: pages never come near
 * it. */
enum { LARGE = 1 << 20 };

neardup_status ndup_text_create(struct ndup_text **out, const neardup_profile *profile, neardup_cpu cpu,
                                neardup_error *err)
{
    *out = NULL;
    if (profile->ngram < 1 || profile->ngram > NDUP_NGRAM_MAX)
        return ndup_fail(err, NEARDUP_E_ARG, "ngram must be 1 to %u, not %u", NDUP_NGRAM_MAX, profile->ngram);
    if (!ndup_tokens_known(profile->tokens))
        return ndup_fail(err, NEARDUP_E_ARG, "unknown kind of tokens %d", (int)profile->tokens);
    struct ndup_text *text = ndup_calloc(1, sizeof *text);
    if (text == NULL)
        return ndup_fail_nomem(err);
    text->profile = *profile;
    cpu = ndup_cpu_resolve(cpu);
    text->scan = ndup_ascii_scan_for(cpu);
    text->shingle = ndup_shingle_for(cpu, profile->ngram);
    text->fold.solo = !ndup_tokens_are_chars(profile->tokens);
    text->fold.marks = ndup_tokens_keep_marks(profile->tokens);
    for (unsigned c = 0; c < 128; c++) {
        unsigned char bytes[NDUP_TOKEN_SHORT] = {(unsigned char)c};
        text->char_hash[c] = ndup_token_hash_short(bytes, 1);
    }
    *out = text;
    return NEARDUP_OK;
}

void ndup_text_destroy(struct ndup_text *text)
{
    if (text == NULL)
        return;
    ndup_fold_free(&text->fold);
    free(text->hash);
    free(text->spans);
    free(text->shingles);
    free(text->long_word.bytes);
    free(text->long_word.origin);
    free(text->flow.origin);
    free(text);
}

static void begin(struct ndup_text *text, size_t length, bool want_spans)
{
    if (text->capacity > LARGE && length < text->capacity / 8) {
        free(text->hash);
        free(text->spans);
        free(text->shingles);
        text->hash = text->shingles = NULL;
        text->spans = NULL;
        text->capacity = text->span_capacity = text->shingle_capacity = 0;
    }
    if (text->long_word.capacity > LARGE) {
        free(text->long_word.bytes);
        free(text->long_word.origin);
        text->long_word = (struct ndup_long_word){0};
    }
    text->count = 0;
    text->want_spans = want_spans;
    text->failed = false;
    text->invalid_utf8 = false;
    text->long_word.length = 0;
}

/* One chunk from `at`: its whole words, and the characters after them if they are not ASCII. Returns where the next
 * word may begin. */
static size_t step(struct ndup_text *text, const unsigned char *bytes, size_t length, size_t at)
{
    struct ndup_chunk *chunk = &text->chunk;
    size_t n = length - at < NDUP_CHUNK ? length - at : NDUP_CHUNK;
    text->scan(chunk, bytes + at, n, false);
    bool open = chunk->edge_count % 2 != 0;
    bool ascii = chunk->stop == n;
    if (open && ascii && n == length - at) {
        chunk->edges[chunk->edge_count++] = (uint16_t)n;
        open = false;
    }
    const struct ndup_piece piece = {chunk->lower, NULL, at};
    ndup_tokens_add(text, &piece, chunk->edges, chunk->edge_count / 2);
    size_t rest = open ? chunk->edges[chunk->edge_count - 1] : chunk->stop;
    bool longer_than_chunk = ascii && open && rest == 0;
    if (ascii && !longer_than_chunk)
        return at + rest;
    return ndup_flow_run(text, bytes, length, at + rest);
}

neardup_status ndup_text_tokenise(struct ndup_text *text, const char *bytes, size_t length, bool want_spans,
                                  struct ndup_tokens *out, neardup_error *err)
{
    begin(text, length, want_spans);
    bool marks = text->fold.marks; /* then no byte is quick: a sign is a token (fold.c) */
    for (size_t at = 0; at < length && !text->failed;)
        at = marks ? ndup_flow_run(text, (const unsigned char *)bytes, length, at)
                   : step(text, (const unsigned char *)bytes, length, at);
    if (text->failed)
        return ndup_fail_nomem(err);
    *out = (struct ndup_tokens){text->hash, text->count, want_spans ? text->spans : NULL, text->invalid_utf8};
    return NEARDUP_OK;
}

/* ---- shingles ---- */

neardup_status ndup_text_shingle(struct ndup_text *text, const uint64_t *tokens, size_t count, const uint64_t **hashes,
                                 size_t *hash_count, neardup_error *err)
{
    size_t n = text->profile.ngram;
    size_t shingles = count >= n ? count - n + 1 : count > 0;
    if (!ndup_grow(&text->shingles, &text->shingle_capacity, shingles, sizeof *text->shingles))
        return ndup_fail_nomem(err);
    if (count >= n)
        text->shingle(tokens, count, n, text->shingles);
    else if (count > 0)
        text->shingles[0] = ndup_shingle_few(tokens, count);
    *hashes = text->shingles;
    *hash_count = shingles;
    return NEARDUP_OK;
}

XXH128_hash_t ndup_text_digest(const uint64_t *tokens, size_t count)
{
    return XXH3_128bits(tokens, count * sizeof *tokens);
}

/* ---- profile ---- */

uint64_t ndup_text_profile_fingerprint(const neardup_profile *profile)
{
    if (!ndup_tokens_known(profile->tokens) || profile->ngram < 1 || profile->ngram > NDUP_NGRAM_MAX)
        return 0;
    char line[128];
    int n = snprintf(line, sizeof line, "neardup profile=%u unicode=%s tokens=%s%s ngram=%u", NEARDUP_PROFILE_VERSION,
                     utf8proc_unicode_version(), ndup_tokens_are_chars(profile->tokens) ? "char" : "word",
                     ndup_tokens_keep_marks(profile->tokens) ? " marks=keep" : "", profile->ngram);
    uint64_t hash = XXH3_64bits(line, (size_t)n);
    return hash != 0 ? hash : 1;
}

uint64_t neardup_profile_fingerprint(const neardup_profile *profile)
{
    return profile->ngram < 1 || profile->ngram > 64 ? 0 : ndup_text_profile_fingerprint(profile);
}
