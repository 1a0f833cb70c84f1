/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/cpu.h"
#include "base/error.h"
#include "base/mem.h"
#include "text/text.h"
#include "text/token_hash.h"
#include "text/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

/* Arrays above this size are given back when a (much smaller) text follows. */
enum { LARGE = 1 << 20 };

neardup_status ndup_text_create(struct ndup_text **out, const neardup_profile *profile, neardup_cpu cpu,
                                neardup_error *err)
{
    *out = NULL;
    if (profile->ngram < 1 || profile->ngram > NDUP_NGRAM_MAX)
        return ndup_fail(err, NEARDUP_E_ARG, "ngram must be 1 to %u, not %u", NDUP_NGRAM_MAX, profile->ngram);
    if (profile->tokens != NEARDUP_TOKENS_WORD && profile->tokens != NEARDUP_TOKENS_CHAR)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown kind of tokens %d", (int)profile->tokens);
    struct ndup_text *text = ndup_calloc(1, sizeof *text);
    if (text == NULL)
        return ndup_fail_nomem(err);
    text->profile = *profile;
    cpu = ndup_cpu_resolve(cpu);
    text->scan = ndup_ascii_scan_for(cpu);
    text->shingle = ndup_shingle_for(cpu, profile->ngram);
    text->fold.solo = profile->tokens == NEARDUP_TOKENS_WORD;
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

/* One chunk from `at`: its whole words, and the characters behind them if they are not ASCII. Returns where the next
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
    for (size_t at = 0; at < length && !text->failed;)
        at = step(text, (const unsigned char *)bytes, length, at);
    if (text->failed)
        return ndup_fail_nomem(err);
    *out = (struct ndup_tokens){text->hash, text->count, want_spans ? text->spans : NULL, text->invalid_utf8};
    return NEARDUP_OK;
}

/* ---- profile ---- */

uint64_t ndup_text_profile_fingerprint(const neardup_profile *profile)
{
    bool chars = profile->tokens == NEARDUP_TOKENS_CHAR;
    if ((profile->tokens != NEARDUP_TOKENS_WORD && !chars) || profile->ngram < 1 || profile->ngram > NDUP_NGRAM_MAX)
        return 0;
    char line[128];
    int n = snprintf(line, sizeof line, "neardup profile=%u unicode=%s tokens=%s ngram=%u", NEARDUP_PROFILE_VERSION,
                     utf8proc_unicode_version(), chars ? "char" : "word", profile->ngram);
    uint64_t hash = XXH3_64bits(line, (size_t)n);
    return hash != 0 ? hash : 1;
}

uint64_t neardup_profile_fingerprint(const neardup_profile *profile)
{
    return profile->ngram < 1 || profile->ngram > 64 ? 0 : ndup_text_profile_fingerprint(profile);
}
