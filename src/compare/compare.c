/* SPDX-License-Identifier: MIT
 * Public API: exact comparison of two texts. */
#include "base/platform.h"

#include "neardup.h"

#include "base/error.h"
#include "base/mem.h"
#include "compare/passages.h"
#include "match/verify.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

struct side { /* one of the two texts, read */
    struct ndup_text *text;
    struct ndup_tokens tokens;
    const uint64_t *shingles;
    size_t shingle_count;
    struct ndup_probe set;
};

static neardup_status read_side(struct side *s, const neardup_profile *profile, const char *bytes, size_t length,
                                neardup_error *err)
{
    NDUP_TRY(ndup_text_create(&s->text, profile, NEARDUP_CPU_AUTO, err));
    NDUP_TRY(ndup_text_tokenise(s->text, bytes, length, true, &s->tokens, err));
    NDUP_TRY(ndup_text_shingle(s->text, s->tokens.hash, s->tokens.count, &s->shingles, &s->shingle_count, err));
    return ndup_probe_fill(&s->set, s->shingles, s->shingle_count, err);
}

static void free_side(struct side *s)
{
    ndup_text_destroy(s->text);
    ndup_probe_free(&s->set);
}

static void fill_result(const struct side *a, const struct side *b, neardup_comparison *r)
{
    size_t shared = ndup_probe_shared(&a->set, b->set.distinct, b->set.count);
    *r = (neardup_comparison){
        .jaccard = ndup_jaccard(shared, a->set.count, b->set.count),
        .a_in_b = a->set.count > 0 ? (double)shared / (double)a->set.count : 0,
        .b_in_a = b->set.count > 0 ? (double)shared / (double)b->set.count : 0,
        .a_tokens = a->tokens.count,
        .b_tokens = b->tokens.count,
        .a_shingles = a->set.count,
        .b_shingles = b->set.count,
        .shared = shared,
        .a_invalid_utf8 = a->tokens.invalid_utf8,
        .b_invalid_utf8 = b->tokens.invalid_utf8,
    };
    r->identical = a->tokens.count > 0 && XXH128_isEqual(ndup_text_digest(a->tokens.hash, a->tokens.count),
                                                         ndup_text_digest(b->tokens.hash, b->tokens.count));
}

/* From shingles to bytes: a run of c shingles covers c + n - 1 tokens, and a text shorter than n is one shingle. */
static neardup_passage to_bytes(const struct ndup_run *run, const struct side *a, const struct side *b, unsigned ngram)
{
    size_t tokens = run->count + ngram - 1;
    if (tokens > a->tokens.count)
        tokens = a->tokens.count;
    const struct ndup_span *sa = a->tokens.spans + run->a_first, *sb = b->tokens.spans + run->b_first;
    return (neardup_passage){sa[0].begin, sa[tokens - 1].end, sb[0].begin, sb[tokens - 1].end, tokens};
}

static neardup_status find_passages(const struct side *a, const struct side *b, unsigned ngram,
                                    neardup_passage **passages, size_t *count, neardup_error *err)
{
    struct ndup_run *runs;
    size_t n;
    NDUP_TRY(ndup_passages_find(a->shingles, a->shingle_count, b->shingles, b->shingle_count, &runs, &n, err));
    *passages = ndup_alloc(n, sizeof **passages);
    size_t used = 0, covered = 0;
    for (size_t i = 0; *passages != NULL && i < n; i++) {
        neardup_passage p = to_bytes(&runs[i], a, b, ngram);
        /* Runs do not share shingles, but the tokens of neighbouring runs overlap by up to n - 1: the later one gives
         * way, and is left out if fewer than n tokens of its own remain. */
        size_t first = runs[i].a_first < covered ? covered : runs[i].a_first;
        size_t skipped = first - runs[i].a_first;
        if (skipped > 0 && p.tokens - skipped < ngram)
            continue;
        p.tokens -= skipped;
        p.a_begin = a->tokens.spans[first].begin;
        p.b_begin = b->tokens.spans[runs[i].b_first + skipped].begin;
        covered = first + p.tokens;
        (*passages)[used++] = p;
    }
    free(runs);
    *count = used;
    return *passages == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

neardup_status neardup_compare(const neardup_profile *profile, const char *a, size_t a_length, const char *b,
                               size_t b_length, neardup_comparison *result, neardup_passage **passages,
                               size_t *passage_count, neardup_error *err)
{
    if (profile->ngram < 1 || profile->ngram > 64)
        return ndup_fail(err, NEARDUP_E_ARG, "ngram must be 1 to 64, not %u", profile->ngram);
    if (passages != NULL) {
        *passages = NULL;
        *passage_count = 0;
    }
    struct side left = {0}, right = {0};
    neardup_status st = read_side(&left, profile, a, a_length, err);
    if (st == NEARDUP_OK)
        st = read_side(&right, profile, b, b_length, err);
    if (st == NEARDUP_OK)
        fill_result(&left, &right, result);
    if (st == NEARDUP_OK && passages != NULL)
        st = find_passages(&left, &right, profile->ngram, passages, passage_count, err);
    free_side(&left);
    free_side(&right);
    return st;
}
