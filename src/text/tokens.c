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
#include "text/keyed.h"
#include "text/text.h"
#include "text/token_hash.h"
#include "text/tokens.h"
#include "text/utf8.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include <xxhash.h>

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
    if (NDUP_LIKELY((!text->want_public || needed <= text->capacity) &&
                    (!text->want_keyed || needed <= text->keyed_capacity) &&
                    (!text->want_spans || needed <= text->span_capacity)))
        return true;
    if ((text->want_public && !ndup_grow(&text->hash, &text->capacity, needed, sizeof *text->hash)) ||
        (text->want_keyed && !ndup_grow(&text->keyed, &text->keyed_capacity, needed, sizeof *text->keyed)) ||
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

/* The loops below have no branch on what a word is but for long words, which are rare. */

static __attribute__((noinline)) uint64_t hash_long(const unsigned char *p, size_t length)
{
    return XXH3_64bits(p, length);
}

NDUP_INLINE struct ndup_token_words words_of(const struct ndup_key *key, const unsigned char *p, size_t length)
{
    return NDUP_LIKELY(length <= NDUP_TOKEN_SHORT) ? ndup_token_words_short(p, length)
                                                   : ndup_token_words_long(key, p, length);
}

static void hash_public(struct ndup_text *text, const unsigned char *bytes, const uint16_t *edges, size_t words)
{
    uint64_t *hash = text->hash + text->count;
    for (size_t k = 0; k < words; k++) {
        size_t begin = edges[2 * k], end = edges[2 * k + 1];
        hash[k] = ndup_token_hash(bytes + begin, end - begin);
    }
}

static void hash_keyed(struct ndup_text *text, const unsigned char *bytes, const uint16_t *edges, size_t words)
{
    const struct ndup_key *key = text->key;
    uint64_t *keyed = text->keyed + text->count;
    for (size_t k = 0; k < words; k++) {
        size_t begin = edges[2 * k], end = edges[2 * k + 1];
        keyed[k] = ndup_keyed_token(key, words_of(key, bytes + begin, end - begin));
    }
}

/* Public hashes and the digest, in one loop, since they share the loads of a word. */
static void hash_and_digest(struct ndup_text *text, const unsigned char *bytes, const uint16_t *edges, size_t words)
{
    const struct ndup_key *key = text->key;
    struct ndup_digester *digester = &text->digester;
    while (words > 0) {
        size_t left = NDUP_KEY_PAIRS - digester->at, n = words < left ? words : left;
        const uint64_t *block = key->block + 2 * digester->at;
        uint64_t *hash = text->hash + text->count;
        struct ndup_sum sum = digester->sum;
        for (size_t k = 0; k < n; k++) {
            size_t begin = edges[2 * k], length = edges[2 * k + 1] - begin;
            struct ndup_token_words own;
            if (NDUP_LIKELY(length <= NDUP_TOKEN_SHORT)) {
                own = ndup_token_words_short(bytes + begin, length);
                hash[k] = ndup_token_hash_words(own, length);
            } else {
                own = ndup_token_words_long(key, bytes + begin, length);
                hash[k] = hash_long(bytes + begin, length);
            }
            ndup_key_add(&sum, block + 2 * k, own.low, own.high);
        }
        digester->sum = sum;
        digester->at += n;
        if (digester->at == NDUP_KEY_PAIRS)
            ndup_digester_fold(digester, key);
        text->count += n;
        edges += 2 * n;
        words -= n;
    }
}

static void add_words(struct ndup_text *text, const struct ndup_piece *piece, const uint16_t *edges, size_t words)
{
    for (size_t k = 0; text->want_spans && k < words; k++)
        text->spans[text->count + k] = origin(piece, edges[2 * k], edges[2 * k + 1]);
    if (text->want_keyed)
        hash_keyed(text, piece->bytes, edges, words);
    if (text->want_digest) {
        hash_and_digest(text, piece->bytes, edges, words);
        return;
    }
    if (text->want_public)
        hash_public(text, piece->bytes, edges, words);
    text->count += words;
}

/* Appends a word to the words. */
static void put_word(struct ndup_text *text, const unsigned char *p, size_t length)
{
    if (!ndup_grow(&text->words, &text->words_capacity, text->words_length + 1 + length, 1)) {
        text->failed = true;
        return;
    }
    if (text->words_length > 0)
        text->words[text->words_length++] = ' ';
    memcpy(text->words + text->words_length, p, length);
    text->words_length += length;
}

static void put_digest(struct ndup_text *text, const unsigned char *p, size_t length)
{
    struct ndup_token_words words = words_of(text->key, p, length);
    ndup_digester_put(&text->digester, text->key, words.low, words.high);
}

/* Notes that the next token is a number. */
static void add_number(struct ndup_text *text, size_t token)
{
    if (ndup_grow(&text->numbers, &text->number_capacity, text->number_count + 1, sizeof *text->numbers))
        text->numbers[text->number_count++] = token;
    else
        text->failed = true;
}

/* The words with a digit, from digit to digit of the chunk that they were scanned in: 1 % of the instructions of a run that
 * verifies every document. Asking every word took 18 %, and looking for digits eight bytes at a time 4 %. */
static void add_numbers(struct ndup_text *text, const uint16_t *edges, size_t words)
{
    size_t end = edges[2 * words - 1], k = 0;
    for (size_t block = edges[0] / 64u; 64 * block < end; block++) {
        for (uint64_t bits = text->chunk.digits[block]; bits != 0; bits &= bits - 1) {
            size_t digit = 64 * block + (size_t)__builtin_ctzll(bits);
            while (k < words && edges[2 * k + 1] <= digit)
                k++;
            if (k == words)
                return;
            if (digit >= edges[2 * k]) /* else it is in the last number */
                add_number(text, text->count + k++);
        }
    }
}

static bool number_is_last(const struct ndup_text *text)
{
    return text->number_count > 0 && text->numbers[text->number_count - 1] + 1 == text->count;
}

static void add_char(struct ndup_text *text, const unsigned char *p, size_t n)
{
    bool ascii = *p < 0x80;
    if (text->want_public)
        text->hash[text->count] = ascii ? text->char_hash[*p] : ndup_token_hash_short(p, n);
    if (text->want_keyed)
        text->keyed[text->count] =
            ascii ? text->keyed_char[*p] : ndup_keyed_token(text->key, ndup_token_words_short(p, n));
    text->count++;
}

/* One token a character, and one space before every word but the first; its span reaches from word to word. Two words that
 * come from one character (1 and 4 from a quarter sign) have the same range, and so has the space between them. */
static void add_chars(struct ndup_text *text, const struct ndup_piece *piece, size_t begin, size_t end)
{
    static const unsigned char space[NDUP_TOKEN_SHORT] = " ";
    if (text->want_digest) /* of words: equal words are equal characters */
        put_digest(text, piece->bytes + begin, end - begin);
    if (text->count > 0) {
        if (text->want_spans) {
            size_t from = text->spans[text->count - 1].end, to = origin(piece, begin, end).begin;
            text->spans[text->count] = from <= to ? (struct ndup_span){from, to} : (struct ndup_span){to, from};
        }
        if (text->want_numbers && number_is_last(text) && ndup_is_number(piece->bytes + begin, 1))
            add_number(text, text->count);
        add_char(text, space, 1);
    }
    for (size_t i = begin; i < end;) {
        size_t n = ndup_utf8_length(piece->bytes[i]);
        if (text->want_spans)
            text->spans[text->count] = origin(piece, i, i + n);
        if (text->want_numbers && ndup_is_number(piece->bytes + i, 1))
            add_number(text, text->count);
        add_char(text, piece->bytes + i, n);
        i += n;
    }
}

void ndup_tokens_add(struct ndup_text *text, const struct ndup_piece *piece, const uint16_t *edges, size_t words)
{
    bool chars = ndup_tokens_are_chars(text->profile.tokens);
    for (size_t k = 0; text->want_words && k < words; k++)
        put_word(text, piece->bytes + edges[2 * k], (size_t)edges[2 * k + 1] - edges[2 * k]);
    if (words == 0 || !reserve(text, chars ? edges[2 * words - 1] + 1u : words))
        return;
    if (!chars && text->want_numbers)
        add_numbers(text, edges, words);
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
    if (text->want_words)
        put_word(text, word->bytes, word->length);
    if (reserve(text, chars ? word->length + 1 : 1)) {
        if (chars) {
            add_chars(text, &piece, 0, word->length);
        } else {
            if (text->want_public)
                text->hash[text->count] = ndup_token_hash(word->bytes, word->length);
            if (text->want_keyed)
                text->keyed[text->count] = ndup_keyed_token(text->key, words_of(text->key, word->bytes, word->length));
            if (text->want_digest)
                put_digest(text, word->bytes, word->length);
            if (text->want_spans)
                text->spans[text->count] = origin(&piece, 0, word->length);
            if (text->want_numbers && ndup_is_number(word->bytes, word->length))
                add_number(text, text->count);
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
    const struct ndup_key *key;
    *out = NULL;
    NDUP_TRY(ndup_key_get(&key, err));
    return ndup_text_create_keyed(out, profile, cpu, key, err);
}

neardup_status ndup_text_create_keyed(struct ndup_text **out, const neardup_profile *profile, neardup_cpu cpu,
                                      const struct ndup_key *key, neardup_error *err)
{
    *out = NULL;
    if (profile->ngram < 1 || profile->ngram > NDUP_NGRAM_MAX)
        return ndup_fail(err, NEARDUP_E_ARG, "ngram must be 1 to %u, not %u", NDUP_NGRAM_MAX, profile->ngram);
    if (!ndup_tokens_known(profile->tokens))
        return ndup_fail(err, NEARDUP_E_ARG, "unknown kind of tokens %d", (int)profile->tokens);
    struct ndup_text *text = ndup_calloc(1, sizeof *text);
    if (text == NULL)
        return ndup_fail_nomem(err);
    text->key = key;
    text->profile = *profile;
    cpu = ndup_cpu_resolve(cpu);
    text->scan = ndup_ascii_scan_for(cpu);
    text->shingle = ndup_shingle_for(cpu, profile->ngram);
    text->fold.solo = !ndup_tokens_are_chars(profile->tokens);
    text->fold.marks = ndup_tokens_keep_marks(profile->tokens);
    text->fold.cased = ndup_tokens_keep_case(profile->tokens);
    for (unsigned c = 0; c < 128; c++) {
        unsigned char bytes[NDUP_TOKEN_SHORT] = {(unsigned char)c};
        text->char_hash[c] = ndup_token_hash_short(bytes, 1);
        text->keyed_char[c] = ndup_keyed_token(text->key, ndup_token_words_short(bytes, 1));
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
    free(text->keyed);
    free(text->spans);
    free(text->shingles);
    free(text->keyed_shingles);
    free(text->words);
    free(text->numbers);
    free(text->frame);
    free(text->long_word.bytes);
    free(text->long_word.origin);
    free(text->flow.origin);
    free(text);
}

static void forget_large(struct ndup_text *text)
{
    free(text->hash);
    free(text->keyed);
    free(text->spans);
    free(text->shingles);
    free(text->keyed_shingles);
    free(text->numbers);
    free(text->frame);
    text->numbers = NULL;
    text->frame = NULL;
    text->number_capacity = text->frame_capacity = 0;
    text->hash = text->keyed = text->shingles = text->keyed_shingles = NULL;
    text->spans = NULL;
    text->capacity = text->keyed_capacity = text->span_capacity = 0;
    text->shingle_capacity = text->keyed_shingle_capacity = 0;
}

static void begin(struct ndup_text *text, size_t length, unsigned want)
{
    size_t largest = text->capacity > text->keyed_capacity ? text->capacity : text->keyed_capacity;
    if (largest > LARGE && length < largest / 8)
        forget_large(text);
    if (text->long_word.capacity > LARGE) {
        free(text->long_word.bytes);
        free(text->long_word.origin);
        text->long_word = (struct ndup_long_word){0};
    }
    if (text->words_capacity > LARGE && length < text->words_capacity / 8) {
        free(text->words);
        text->words = NULL;
        text->words_capacity = 0;
    }
    text->count = text->words_length = text->number_count = 0;
    text->digester = (struct ndup_digester){.at = 0};
    text->want_public = (want & NDUP_NO_PUBLIC) == 0;
    text->want_keyed = (want & NDUP_KEYED) != 0;
    text->want_digest = (want & NDUP_DIGEST) != 0;
    text->want_words = (want & NDUP_WORDS) != 0;
    text->want_spans = (want & NDUP_SPANS) != 0;
    text->want_numbers = (want & NDUP_NUMBERS) != 0;
    text->want_form = (want & NDUP_FORM) != 0 && !text->fold.marks; /* with marks, the tokens say all */
    text->form = (struct ndup_digester){.at = 0};
    text->sign = text->words_before = 0;
    text->plain = true;
    text->failed = false;
    text->invalid_utf8 = false;
    text->long_word.length = 0;
}

/* ---- forms ---- */

static uint64_t form_of(struct ndup_digest digest, bool plain)
{
    uint64_t form = (digest.low & ~(uint64_t)3) | (plain ? NDUP_FORM_PLAIN : 0u);
    return form != 0 ? form : 4;
}

static void put_sign(struct ndup_text *text, uint64_t sign)
{
    if (text->sign != 0)
        ndup_digester_put(&text->form, text->key, text->sign, sign);
    text->sign = text->sign == 0 ? sign : 0;
}

/* The signs of a chunk of ASCII. A sign is its place among the words, which is the same in all texts with these tokens, and
 * its byte; two of them are a pair of the digest. */
static void add_signs(struct ndup_text *text)
{
    const struct ndup_chunk *chunk = &text->chunk;
    uint64_t before = (uint64_t)text->words_before << 9;
    size_t i = 0;
    if (text->sign != 0 && chunk->sign_count > 0)
        put_sign(text, before + chunk->signs[i++]);
    while (i + 2 <= chunk->sign_count) {
        size_t left = NDUP_KEY_PAIRS - text->form.at, pairs = (chunk->sign_count - i) / 2;
        size_t n = pairs < left ? pairs : left;
        const uint64_t *block = text->key->block + 2 * text->form.at;
        struct ndup_sum sum = text->form.sum;
        for (size_t k = 0; k < n; k++, i += 2)
            ndup_key_add(&sum, block + 2 * k, before + chunk->signs[i], before + chunk->signs[i + 1]);
        text->form.sum = sum;
        text->form.at += n;
        if (text->form.at == NDUP_KEY_PAIRS)
            ndup_digester_fold(&text->form, text->key);
    }
    if (i < chunk->sign_count)
        text->sign = before + chunk->signs[i];
}

static void end_signs(struct ndup_text *text)
{
    if (text->sign != 0)
        ndup_digester_put(&text->form, text->key, text->sign, 0);
    text->sign = 0;
}

/* Bytes that the flow takes. */
static void add_bytes(struct ndup_text *text, const unsigned char *bytes, size_t length)
{
    struct ndup_digest digest = ndup_key_digest(text->key, bytes, length);
    end_signs(text);
    ndup_digester_put(&text->form, text->key, digest.low, digest.high);
    ndup_digester_put(&text->form, text->key, text->words_before, 0);
    text->plain = false;
}

/* The last step of a digest takes 100 instructions, and most paragraphs have few signs or none. */
static uint64_t end_form(struct ndup_text *text)
{
    struct ndup_digester *form = &text->form;
    end_signs(text);
    if (form->pairs > 0)
        return form_of(ndup_digester_end(form, text->key, form->pairs + form->at), text->plain);
    uint64_t low = ndup_key_two(text->key->fold, form->sum.low, form->sum.high);
    return form_of((struct ndup_digest){low, 0}, text->plain);
}

uint64_t ndup_text_form_of_bytes(const struct ndup_text *text, const char *bytes, size_t length, bool echoes)
{
    return form_of(ndup_key_digest(text->key, bytes, length), false) | (echoes ? NDUP_FORM_ECHOES : 0u);
}

neardup_status ndup_text_create_exact(struct ndup_text **out, const neardup_profile *profile, neardup_cpu cpu,
                                      neardup_error *err)
{
    neardup_profile marks = *profile;
    marks.tokens = (neardup_tokens)((unsigned)marks.tokens | NEARDUP_TOKENS_WORD_MARKS);
    return ndup_text_create(out, &marks, cpu, err);
}

/* A sign of ASCII, which is in full width among tokens with marks (fold.c). 0: another token. */
static unsigned char sign_of(const unsigned char *token, size_t left)
{
    if (left < 3 || token[0] != 0xEF || (left > 3 && token[3] != ' '))
        return 0;
    unsigned code = (token[0] & 0x0Fu) << 12 | (token[1] & 0x3Fu) << 6 | (token[2] & 0x3Fu);
    return code > 0xFF00 && code < 0xFF5F ? (unsigned char)(code - 0xFEE0) : 0;
}

neardup_status ndup_text_exact_form(struct ndup_text *exact, const char *bytes, size_t length, bool echoes,
                                    uint64_t *form, neardup_error *err)
{
    struct ndup_tokens tokens;
    NDUP_TRY(ndup_text_tokenise(exact, bytes, length, NDUP_NO_PUBLIC | NDUP_WORDS, &tokens, err));
    const unsigned char *p = (const unsigned char *)(tokens.words.bytes != NULL ? tokens.words.bytes : ""),
                        *end = p + tokens.words.length;
    exact->form = (struct ndup_digester){.at = 0};
    exact->plain = !echoes;
    uint64_t words = 0;
    while (p < end && exact->plain) {
        unsigned char sign = sign_of(p, (size_t)(end - p));
        if (sign != 0) {
            put_sign(exact, words << 9 | sign);
            p += 3;
        } else {
            while (p < end && *p != ' ')
                exact->plain &= *p++ < 0x80;
            words++;
        }
        p += p < end;
    }
    *form = exact->plain ? end_form(exact)
                         : ndup_text_form_of_bytes(exact, tokens.words.bytes, tokens.words.length, echoes);
    return NEARDUP_OK;
}

/* ---- steps ---- */

/* One chunk from `at`: its whole words, and the characters after them if they are not ASCII. Returns where the next
 * word may begin. */
static size_t step(struct ndup_text *text, const unsigned char *bytes, size_t length, size_t at)
{
    struct ndup_chunk *chunk = &text->chunk;
    size_t n = length - at < NDUP_CHUNK ? length - at : NDUP_CHUNK;
    text->scan(chunk, bytes + at, n, text->want_form ? NDUP_SCAN_SIGNS : NDUP_SCAN_WORDS);
    bool open = chunk->edge_count % 2 != 0;
    bool ascii = chunk->stop == n;
    if (text->fold.cased)
        memcpy(chunk->lower, bytes + at, n);
    if (open && ascii && n == length - at) {
        chunk->edges[chunk->edge_count++] = (uint16_t)n;
        open = false;
    }
    const struct ndup_piece piece = {chunk->lower, NULL, at};
    ndup_tokens_add(text, &piece, chunk->edges, chunk->edge_count / 2);
    if (text->want_form)
        add_signs(text);
    text->words_before += chunk->edge_count / 2;
    size_t rest = open ? chunk->edges[chunk->edge_count - 1] : chunk->stop;
    bool longer_than_chunk = ascii && open && rest == 0;
    if (ascii && !longer_than_chunk)
        return at + rest;
    size_t end = ndup_flow_run(text, bytes, length, at + rest);
    if (text->want_form)
        add_bytes(text, bytes + at + rest, end - at - rest);
    return end;
}

neardup_status ndup_text_tokenise(struct ndup_text *text, const char *bytes, size_t length, unsigned want,
                                  struct ndup_tokens *out, neardup_error *err)
{
    begin(text, length, want);
    bool marks = text->fold.marks; /* then no byte is quick: a sign is a token (fold.c) */
    for (size_t at = 0; at < length && !text->failed;)
        at = marks ? ndup_flow_run(text, (const unsigned char *)bytes, length, at)
                   : step(text, (const unsigned char *)bytes, length, at);
    if (text->failed)
        return ndup_fail_nomem(err);
    *out = (struct ndup_tokens){.hash = text->want_public ? text->hash : NULL,
                                .keyed = text->want_keyed ? text->keyed : NULL,
                                .spans = text->want_spans ? text->spans : NULL,
                                .count = text->count,
                                .numbers = text->want_numbers ? text->numbers : NULL,
                                .number_count = text->number_count,
                                .words = {text->want_words ? text->words : NULL, text->words_length},
                                .invalid_utf8 = text->invalid_utf8};
    if (text->want_form) {
        out->form = end_form(text);
    }
    if (text->want_digest)
        out->digest = ndup_digester_end(&text->digester, text->key, text->digester.pairs + text->digester.at);
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

neardup_status ndup_text_shingle_keyed(struct ndup_text *text, const uint64_t *tokens, size_t count,
                                       const uint64_t **hashes, size_t *hash_count, neardup_error *err)
{
    size_t n = text->profile.ngram;
    size_t shingles = count >= n ? count - n + 1 : count > 0;
    if (!ndup_grow(&text->keyed_shingles, &text->keyed_shingle_capacity, shingles, sizeof *text->keyed_shingles))
        return ndup_fail_nomem(err);
    if (count > 0)
        ndup_keyed_shingles(text->key, tokens, count, n, text->keyed_shingles);
    *hashes = text->keyed_shingles;
    *hash_count = shingles;
    return NEARDUP_OK;
}

neardup_status ndup_text_frame(struct ndup_text *text, const uint64_t *keyed, size_t count, const size_t *numbers,
                               size_t number_count, uint64_t *frame, neardup_error *err)
{
    static const uint64_t sign = 0; /* any number that is not the hash of a token, but with probability 2^-64 */
    size_t n = 0, at = 0;
    *frame = 0;
    if (number_count == 0)
        return NEARDUP_OK;
    if (!ndup_grow(&text->frame, &text->frame_capacity, count, sizeof *text->frame))
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < number_count; i++) {
        size_t words = numbers[i] - at;
        if (words > 0)
            memcpy(text->frame + n, keyed + at, words * sizeof *keyed);
        n += words;
        if (words > 0 || i == 0)
            text->frame[n++] = sign;
        at = numbers[i] + 1;
    }
    if (at < count)
        memcpy(text->frame + n, keyed + at, (count - at) * sizeof *keyed);
    n += count - at;
    struct ndup_digest digest = ndup_key_digest(text->key, text->frame, n * sizeof *text->frame);
    *frame = digest.low | 1;
    return NEARDUP_OK;
}

struct ndup_digest ndup_text_digest(const struct ndup_text *text, const uint64_t *keyed, size_t count)
{
    return ndup_key_digest(text->key, keyed, count * sizeof *keyed);
}

neardup_content ndup_text_content(struct ndup_words words)
{
    struct sha256_ctx sha;
    uint8_t digest[16];
    neardup_content content = {0, 0};
    if (words.length == 0)
        return content;
    sha256_init(&sha);
    sha256_update(&sha, words.length, (const uint8_t *)words.bytes);
    sha256_digest(&sha, sizeof digest, digest);
    for (size_t i = 0; i < 8; i++) {
        content.high = content.high << 8 | digest[i];
        content.low = content.low << 8 | digest[8 + i];
    }
    return content;
}

/* ---- profile ---- */

uint64_t ndup_text_profile_fingerprint(const neardup_profile *profile)
{
    if (!ndup_tokens_known(profile->tokens) || profile->ngram < 1 || profile->ngram > NDUP_NGRAM_MAX)
        return 0;
    char line[128];
    int n = snprintf(line, sizeof line, "neardup profile=%u unicode=%s tokens=%s%s%s ngram=%u", NEARDUP_PROFILE_VERSION,
                     utf8proc_unicode_version(), ndup_tokens_are_chars(profile->tokens) ? "char" : "word",
                     ndup_tokens_keep_marks(profile->tokens) ? " marks=keep" : "",
                     ndup_tokens_keep_case(profile->tokens) ? " case=keep" : "", profile->ngram);
    uint64_t hash = XXH3_64bits(line, (size_t)n);
    return hash != 0 ? hash : 1;
}

uint64_t neardup_profile_fingerprint(const neardup_profile *profile)
{
    return profile->ngram < 1 || profile->ngram > 64 ? 0 : ndup_text_profile_fingerprint(profile);
}
