/* SPDX-License-Identifier: MIT
 * Public API: the pieces of a run, for many machines. An extract holds what a job computes of a text in its two passes: what the
 * first one keeps (scan.c), and the set that the second one makes to verify (reread.c). Here both are made at once: the machine that
 * verifies does not have the text.
 *
 * A set is 8 bytes for each distinct shingle: about 1.3 bytes for each byte of an English text. Coding sorted hashes would save a
 * tenth for a text of 500 words (57 bits instead of 64) and cost the sort. Shorter hashes would save more and be wrong now and
 * then: with 40 bits, two of 10^7 verified pairs would have another score. Only sets of candidates travel, so neither was done. */
#include "base/platform.h"

#include "neardup.h"

#include "base/error.h"
#include "base/key.h"
#include "base/mem.h"
#include "match/verify.h"
#include "sketch/sketch.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- extracts ---- */

struct neardup_extractor {
    struct ndup_key key;
    struct ndup_text *text;
    struct ndup_text *exact; /* for exact forms; NULL: all texts with equal tokens are exact copies */
    struct ndup_sketch *sketch;
    uint32_t bands, rows;
    uint32_t *signature, *keys;
    struct ndup_probe set;
};

static neardup_status check_scheme(const neardup_scheme *scheme, uint32_t bands, uint32_t rows, neardup_error *err)
{
    if (scheme->method != NEARDUP_METHOD_MINHASH)
        return ndup_fail(err, NEARDUP_E_ARG, "extracts have signatures: `method` must be minhash");
    if (scheme->slots < 1 || scheme->slots > NDUP_MAX_SLOTS)
        return ndup_fail(err, NEARDUP_E_ARG, "slots must be 1 to %u, not %u", NDUP_MAX_SLOTS, scheme->slots);
    if (bands < 1 || rows < 1 || (uint64_t)bands * rows > scheme->slots)
        return ndup_fail(err, NEARDUP_E_ARG, "%u bands of %u rows do not fit in %u slots", bands, rows, scheme->slots);
    return NEARDUP_OK;
}

static neardup_status fill_extractor(neardup_extractor *x, const neardup_scheme *scheme, neardup_error *err)
{
    neardup_profile marks = scheme->profile;
    x->signature = ndup_alloc_aligned(ndup_sketch_padded_slots(scheme->slots), sizeof *x->signature);
    x->keys = ndup_alloc(x->bands, sizeof *x->keys);
    if (x->signature == NULL || x->keys == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_text_create_keyed(&x->text, &scheme->profile, NEARDUP_CPU_AUTO, &x->key, err));
    NDUP_TRY(ndup_sketch_create(&x->sketch, scheme->kind, scheme->slots, scheme->seed, NEARDUP_CPU_AUTO, err));
    if (ndup_tokens_keep_marks(scheme->profile.tokens))
        return NEARDUP_OK;
    marks.tokens = (neardup_tokens)((unsigned)marks.tokens | NEARDUP_TOKENS_WORD_MARKS);
    return ndup_text_create_keyed(&x->exact, &marks, NEARDUP_CPU_AUTO, &x->key, err);
}

neardup_status neardup_extractor_create(neardup_extractor **out, const neardup_scheme *scheme, uint32_t bands,
                                        uint32_t rows, const unsigned char secret[NEARDUP_SECRET_BYTES],
                                        neardup_error *err)
{
    *out = NULL;
    NDUP_TRY(check_scheme(scheme, bands, rows, err));
    neardup_extractor *x = ndup_calloc(1, sizeof *x);
    if (x == NULL)
        return ndup_fail_nomem(err);
    ndup_key_make(&x->key, secret);
    x->bands = bands;
    x->rows = rows;
    neardup_status st = fill_extractor(x, scheme, err);
    if (st != NEARDUP_OK) {
        neardup_extractor_destroy(x);
        return st;
    }
    *out = x;
    return NEARDUP_OK;
}

void neardup_extractor_destroy(neardup_extractor *x)
{
    if (x == NULL)
        return;
    ndup_text_destroy(x->text);
    ndup_text_destroy(x->exact);
    ndup_sketch_destroy(x->sketch);
    free(x->signature);
    free(x->keys);
    ndup_probe_free(&x->set);
    free(x);
}

/* The form of a plain text says all; other texts are tokenised again. A job does this only for texts that have copies with
 * other forms, which one machine of many does not know. */
static neardup_status form_of(neardup_extractor *x, const char *text, size_t length, uint64_t form, uint64_t *out,
                              neardup_error *err)
{
    *out = x->exact == NULL ? 0 : form;
    return x->exact == NULL || ndup_form_is_plain(form) ? NEARDUP_OK
                                                        : ndup_text_exact_form(x->exact, text, length, false, out, err);
}

neardup_status neardup_extractor_extract(neardup_extractor *x, const char *text, size_t length, neardup_extract *out,
                                         neardup_error *err)
{
    struct ndup_tokens tokens;
    const uint64_t *hashes;
    size_t count;
    *out = (neardup_extract){.tokens = 0};
    NDUP_TRY(ndup_text_tokenise(x->text, text, length, NDUP_DIGEST | NDUP_KEYED | NDUP_FORM, &tokens, err));
    if (tokens.count == 0)
        return NEARDUP_OK;
    out->tokens = tokens.count;
    out->digest = (neardup_content){tokens.digest.high, tokens.digest.low};
    if (out->digest.high == 0 && out->digest.low == 0)
        out->digest.low = 1; /* zeros are for texts without a token */
    uint64_t form = tokens.form;
    NDUP_TRY(ndup_text_shingle(x->text, tokens.hash, tokens.count, &hashes, &count, err));
    ndup_sketch_compute(x->sketch, hashes, count, x->signature);
    ndup_sketch_band_keys(x->signature, x->bands, x->rows, x->keys);
    for (uint32_t b = 0; b < x->bands; b++)
        x->keys[b] += x->keys[b] == 0; /* as bands.c does */
    out->keys = x->keys;
    NDUP_TRY(ndup_text_shingle_keyed(x->text, tokens.keyed, tokens.count, &hashes, &count, err));
    NDUP_TRY(ndup_probe_fill(&x->set, hashes, count, err));
    out->set = x->set.distinct;
    out->set_count = x->set.count;
    return form_of(x, text, length, form, &out->form, err);
}

/* ---- one set against many ---- */

struct neardup_matcher {
    struct ndup_probe probe;
};

neardup_status neardup_matcher_create(neardup_matcher **out, neardup_error *err)
{
    *out = ndup_calloc(1, sizeof **out);
    if (*out == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = neardup_matcher_take(*out, NULL, 0, err);
    if (st != NEARDUP_OK) {
        neardup_matcher_destroy(*out);
        *out = NULL;
    }
    return st;
}

neardup_status neardup_matcher_take(neardup_matcher *matcher, const uint64_t *set, size_t count, neardup_error *err)
{
    return ndup_probe_fill(&matcher->probe, set, count, err);
}

double neardup_matcher_jaccard(const neardup_matcher *matcher, const uint64_t *set, size_t count, double least)
{
    size_t own = matcher->probe.count;
    if (count == 0 || ndup_jaccard_bound(own, count) < least)
        return 0;
    double jaccard = ndup_jaccard(ndup_probe_shared(&matcher->probe, set, count), own, count);
    return jaccard >= least ? jaccard : 0;
}

void neardup_matcher_destroy(neardup_matcher *matcher)
{
    if (matcher == NULL)
        return;
    ndup_probe_free(&matcher->probe);
    free(matcher);
}
