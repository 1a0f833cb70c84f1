/* SPDX-License-Identifier: MIT
 * Public functions on texts: exact comparison, tokens, content. The side-by-side view is in diff.c. */
#include "base/platform.h"

#include "compare/comparer.h"

#include "base/error.h"
#include "base/mem.h"
#include "compare/align.h"

#include <stdlib.h>
#include <string.h>

/* ---- the comparer ---- */

/* Why it exists: a tokeniser has 60 KB of tables and chunks, which are cleared when it is made, and caches of folded
 * characters, which fill as texts need them. Made for every call, that is most of the cost of comparing short texts. */
neardup_status neardup_comparer_create(neardup_comparer **out, const neardup_profile *profile, neardup_error *err)
{
    *out = NULL;
    neardup_comparer *c = ndup_calloc(1, sizeof *c);
    if (c == NULL)
        return ndup_fail_nomem(err);
    c->profile = *profile;
    neardup_status st = ndup_text_create(&c->a.text, profile, NEARDUP_CPU_AUTO, err);
    if (st != NEARDUP_OK) {
        neardup_comparer_destroy(c);
        return st;
    }
    *out = c;
    return NEARDUP_OK;
}

void neardup_comparer_destroy(neardup_comparer *c)
{
    if (c == NULL)
        return;
    ndup_text_destroy(c->a.text);
    ndup_text_destroy(c->b.text);
    ndup_probe_free(&c->a.set);
    ndup_probe_free(&c->b.set);
    ndup_part_destroy(c->part);
    ndup_text_destroy(c->exact);
    free(c);
}

static neardup_status read_text(struct ndup_compared_text *s, const char *bytes, size_t length, unsigned want,
                                neardup_error *err)
{
    s->bytes = bytes;
    s->length = length;
    return ndup_text_tokenise(s->text, bytes, length, NDUP_DECIDE | NDUP_SPANS | want, &s->tokens, err);
}

/* The second text needs scratch memory of its own; functions on one text do not need it. */
neardup_status ndup_comparer_read_both(neardup_comparer *c, const char *a, size_t a_length, const char *b,
                                       size_t b_length, unsigned want, neardup_error *err)
{
    if (c->b.text == NULL)
        NDUP_TRY(ndup_text_create(&c->b.text, &c->profile, NEARDUP_CPU_AUTO, err));
    NDUP_TRY(read_text(&c->a, a, a_length, want, err));
    return read_text(&c->b, b, b_length, want, err);
}

/* ---- similarity and passages ---- */

static neardup_status fill_set(struct ndup_compared_text *s, neardup_error *err)
{
    NDUP_TRY(ndup_text_shingle_keyed(s->text, s->tokens.keyed, s->tokens.count, &s->shingles, &s->shingle_count, err));
    return ndup_probe_fill(&s->set, s->shingles, s->shingle_count, err);
}

static void fill_result(const struct ndup_compared_text *a, const struct ndup_compared_text *b, neardup_comparison *r)
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
}

static bool has_same_tokens(const struct ndup_tokens *a, const struct ndup_tokens *b)
{
    return a->count > 0 && a->count == b->count && memcmp(a->keyed, b->keyed, a->count * sizeof *a->keyed) == 0;
}

/* Whether texts with different tokens differ in numbers only. */
static neardup_status find_numbers(const struct ndup_compared_text *a, const struct ndup_compared_text *b, bool *differ,
                                   neardup_error *err)
{
    const struct ndup_tokens *x = &a->tokens, *y = &b->tokens;
    uint64_t a_frame, b_frame;
    NDUP_TRY(ndup_text_frame(a->text, x->keyed, x->count, x->numbers, x->number_count, &a_frame, err));
    NDUP_TRY(ndup_text_frame(b->text, y->keyed, y->count, y->numbers, y->number_count, &b_frame, err));
    *differ = a_frame != 0 && a_frame == b_frame;
    return NEARDUP_OK;
}

/* Whether texts with the same tokens are exact copies. Their forms (text.h) answer for the same bytes and for plain texts;
 * only others are tokenised again. To compare a sentence of 58 bytes with itself takes 2 500 instructions, and 17 000 if
 * both are always tokenised again. */
static neardup_status find_identical(neardup_comparer *c, const struct ndup_compared_text *b, bool *identical,
                                     neardup_error *err)
{
    const struct ndup_compared_text *a = &c->a;
    uint64_t a_form = a->tokens.form, b_form = b->tokens.form;
    if (a_form != b_form && !(ndup_form_is_plain(a_form) && ndup_form_is_plain(b_form))) {
        if (c->exact == NULL)
            NDUP_TRY(ndup_text_create_exact(&c->exact, &c->profile, NEARDUP_CPU_AUTO, err));
        NDUP_TRY(ndup_text_exact_form(c->exact, a->bytes, a->length, false, &a_form, err));
        NDUP_TRY(ndup_text_exact_form(c->exact, b->bytes, b->length, false, &b_form, err));
    }
    *identical = a_form == b_form;
    return NEARDUP_OK;
}

/* From shingles to bytes: a run of c shingles covers c + n - 1 tokens, and a text shorter than n is one shingle. */
static neardup_passage to_bytes(const struct ndup_run *run, const struct ndup_compared_text *a,
                                const struct ndup_compared_text *b, unsigned ngram)
{
    size_t tokens = run->count + ngram - 1;
    if (tokens > a->tokens.count)
        tokens = a->tokens.count;
    const struct ndup_span *sa = a->tokens.spans + run->a_first, *sb = b->tokens.spans + run->b_first;
    return (neardup_passage){sa[0].begin, sa[tokens - 1].end, sb[0].begin, sb[tokens - 1].end, tokens};
}

/* The runs of shingles that both have. Most pairs of short texts have none, or the same tokens, and need no index. */
static neardup_status find_runs(const struct ndup_compared_text *a, const struct ndup_compared_text *b,
                                const neardup_comparison *r, struct ndup_run **runs, size_t *count, neardup_error *err)
{
    *runs = NULL;
    *count = r->same_tokens;
    if (r->shared == 0)
        return NEARDUP_OK;
    if (!r->same_tokens)
        return ndup_passages_find(a->shingles, a->shingle_count, b->shingles, b->shingle_count, runs, count, err);
    *runs = ndup_alloc(1, sizeof **runs);
    if (*runs == NULL)
        return ndup_fail_nomem(err);
    **runs = (struct ndup_run){0, 0, a->shingle_count};
    return NEARDUP_OK;
}

static neardup_status find_passages(const struct ndup_compared_text *a, const struct ndup_compared_text *b,
                                    unsigned ngram, const neardup_comparison *r, neardup_passage **passages,
                                    size_t *count, neardup_error *err)
{
    struct ndup_run *runs;
    size_t n;
    NDUP_TRY(find_runs(a, b, r, &runs, &n, err));
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

neardup_status neardup_comparer_compare(neardup_comparer *c, const char *a, size_t a_length, const char *b,
                                        size_t b_length, neardup_comparison *result, neardup_passage **passages,
                                        size_t *passage_count, neardup_error *err)
{
    if (passages != NULL) {
        *passages = NULL;
        *passage_count = 0;
    }
    /* The same bytes are read once. */
    bool same_bytes = a_length == b_length && (a_length == 0 || memcmp(a, b, a_length) == 0);
    const struct ndup_compared_text *other = same_bytes ? &c->a : &c->b;
    if (same_bytes)
        NDUP_TRY(read_text(&c->a, a, a_length, NDUP_FORM, err));
    else
        NDUP_TRY(ndup_comparer_read_both(c, a, a_length, b, b_length, NDUP_FORM | NDUP_NUMBERS, err));
    NDUP_TRY(fill_set(&c->a, err));
    if (!same_bytes)
        NDUP_TRY(fill_set(&c->b, err));
    fill_result(&c->a, other, result);
    result->same_tokens = has_same_tokens(&c->a.tokens, &other->tokens);
    if (result->same_tokens)
        NDUP_TRY(find_identical(c, other, &result->identical, err));
    else
        NDUP_TRY(find_numbers(&c->a, other, &result->numbers_differ, err));
    return passages == NULL ? NEARDUP_OK
                            : find_passages(&c->a, other, c->profile.ngram, result, passages, passage_count, err);
}

/* ---- tokens ---- */

neardup_status neardup_comparer_tokenise(neardup_comparer *c, const char *text, size_t length, neardup_span **spans,
                                         size_t *count, neardup_error *err)
{
    struct ndup_tokens tokens;
    *spans = NULL;
    *count = 0;
    NDUP_TRY(ndup_text_tokenise(c->a.text, text, length, NDUP_SPANS, &tokens, err));
    *spans = ndup_alloc(tokens.count + 1, sizeof **spans);
    if (*spans == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < tokens.count; i++) {
        struct ndup_span t = tokens.spans[i];
        /* The blank that joins two words inside one character ends before it begins. */
        bool forward = t.begin <= t.end;
        (*spans)[i] = (neardup_span){forward ? t.begin : t.end, forward ? t.end : t.begin};
    }
    *count = tokens.count;
    return NEARDUP_OK;
}

/* ---- content ---- */

neardup_status neardup_comparer_content(neardup_comparer *c, bool paragraph, const char *text, size_t length,
                                        neardup_content *content, neardup_error *err)
{
    struct ndup_part_tokens tokens;
    *content = (neardup_content){0, 0};
    if (c->part == NULL)
        NDUP_TRY(ndup_part_create(&c->part, err));
    NDUP_TRY(ndup_part_tokenise(c->part, c->a.text, text, length, paragraph, NDUP_DECIDE | NDUP_WORDS, &tokens, err));
    *content = ndup_text_content(tokens.words);
    return NEARDUP_OK;
}

/* ---- the same, once ---- */

neardup_status neardup_compare(const neardup_profile *profile, const char *a, size_t a_length, const char *b,
                               size_t b_length, neardup_comparison *result, neardup_passage **passages,
                               size_t *passage_count, neardup_error *err)
{
    neardup_comparer *c;
    NDUP_TRY(neardup_comparer_create(&c, profile, err));
    neardup_status st = neardup_comparer_compare(c, a, a_length, b, b_length, result, passages, passage_count, err);
    neardup_comparer_destroy(c);
    return st;
}

neardup_status neardup_diff(const neardup_profile *profile, const char *a, size_t a_length, const char *b,
                            size_t b_length, neardup_segment **segments, size_t *segment_count, neardup_error *err)
{
    neardup_comparer *c;
    *segments = NULL;
    *segment_count = 0;
    NDUP_TRY(neardup_comparer_create(&c, profile, err));
    neardup_status st = neardup_comparer_diff(c, a, a_length, b, b_length, segments, segment_count, err);
    neardup_comparer_destroy(c);
    return st;
}

neardup_status neardup_tokenise(const neardup_profile *profile, const char *text, size_t length, neardup_span **spans,
                                size_t *count, neardup_error *err)
{
    neardup_comparer *c;
    *spans = NULL;
    *count = 0;
    NDUP_TRY(neardup_comparer_create(&c, profile, err));
    neardup_status st = neardup_comparer_tokenise(c, text, length, spans, count, err);
    neardup_comparer_destroy(c);
    return st;
}

neardup_status neardup_content_compute(const neardup_profile *profile, bool paragraph, const char *text, size_t length,
                                       neardup_content *content, neardup_error *err)
{
    neardup_comparer *c;
    *content = (neardup_content){0, 0};
    NDUP_TRY(neardup_comparer_create(&c, profile, err));
    neardup_status st = neardup_comparer_content(c, paragraph, text, length, content, err);
    neardup_comparer_destroy(c);
    return st;
}
