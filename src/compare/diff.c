/* SPDX-License-Identifier: MIT
 * Public API: two texts laid side by side. The alignment knows tokens only; here its runs become ranges of bytes that a
 * person can read: the bytes between tokens are given to one of the neighbours. */
#include "base/platform.h"

#include "compare/comparer.h"

#include "base/error.h"
#include "base/mem.h"
#include "compare/align.h"

#include <stdlib.h>
#include <string.h>

/* How many tokens an insertion is moved at most in search of a better place, which is the beginning of a line or a
 * sentence: these are rarely longer. A limit, so that a text of one repeated word is not quadratic. */
#define SLIDE_MOST 200u

struct diff {
    const struct ndup_compared_text *a, *b;
    struct ndup_run *runs;
    size_t run_count;
    neardup_segment *segments;
    size_t count, capacity;
};

/* ---- separators: the bytes between two tokens ---- */

/* The blank that joins two words inside one character ends before it begins. */
static struct ndup_span span_of(const struct ndup_compared_text *s, size_t i)
{
    struct ndup_span t = s->tokens.spans[i];
    return t.begin <= t.end ? t : (struct ndup_span){t.end, t.begin};
}

/* After token i - 1 and before token i; of the text's begin and end, too. */
static struct ndup_span separator(const struct ndup_compared_text *s, size_t i)
{
    struct ndup_span gap = {0, s->length};
    if (i > 0)
        gap.begin = span_of(s, i - 1).end;
    if (i < s->tokens.count)
        gap.end = span_of(s, i).begin;
    if (gap.end < gap.begin) /* a character that is several tokens */
        gap.end = gap.begin;
    return gap;
}

static bool is_continuation(const struct ndup_compared_text *s, size_t at)
{
    return at < s->length && ((unsigned char)s->bytes[at] & 0xc0) == 0x80;
}

/* Bytes, whole characters, that both begin with. */
static size_t common_begin(const struct ndup_compared_text *a, struct ndup_span x, const struct ndup_compared_text *b,
                           struct ndup_span y)
{
    size_t n = 0, most = x.end - x.begin < y.end - y.begin ? x.end - x.begin : y.end - y.begin;
    while (n < most && a->bytes[x.begin + n] == b->bytes[y.begin + n])
        n++;
    while (n > 0 && (is_continuation(a, x.begin + n) || is_continuation(b, y.begin + n)))
        n--;
    return n;
}

static size_t common_end(const struct ndup_compared_text *a, struct ndup_span x, const struct ndup_compared_text *b,
                         struct ndup_span y)
{
    size_t n = 0, most = x.end - x.begin < y.end - y.begin ? x.end - x.begin : y.end - y.begin;
    while (n < most && a->bytes[x.end - 1 - n] == b->bytes[y.end - 1 - n])
        n++;
    while (n > 0 && is_continuation(a, x.end - n))
        n--;
    return n;
}

/* ---- where there is a choice, a piece that only one text has begins where a sentence or a line does ---- */

static int rank_of_place(const struct ndup_compared_text *s, size_t i)
{
    struct ndup_span gap = separator(s, i);
    int rank = i == 0 ? 3 : 0;
    for (size_t at = gap.begin; at < gap.end && rank < 3; at++) {
        char c = s->bytes[at];
        int r = c == '\n' ? 3 : c == '.' || c == '!' || c == '?' ? 2 : c == ' ' || c == '\t' ? 0 : 1;
        if (r > rank)
            rank = r;
    }
    return rank;
}

/* Only this side has the tokens begin..end, between two runs; moves them by whole tokens. */
static void slide(struct ndup_run *left, struct ndup_run *right, const struct ndup_compared_text *s, size_t begin,
                  size_t end)
{
    const uint64_t *t = s->tokens.keyed;
    size_t back = 0, best = 0, forth = 0;
    while (forth < SLIDE_MOST && forth + 1 < right->count && t[begin + forth] == t[end + forth])
        forth++;
    begin += forth;
    end += forth;
    while (back < SLIDE_MOST + forth && back + 1 < left->count + forth && t[begin - 1 - back] == t[end - 1 - back])
        back++;
    for (size_t i = 1; i <= back; i++) {
        if (rank_of_place(s, begin - i) > rank_of_place(s, begin - best))
            best = i;
    }
    /* By unsigned arithmetic: forth - best may be negative. */
    left->count += forth - best;
    right->a_first += forth - best;
    right->b_first += forth - best;
    right->count -= forth - best;
}

static void slide_all(struct diff *d)
{
    for (size_t i = 0; i + 1 < d->run_count; i++) {
        struct ndup_run *left = &d->runs[i], *right = &d->runs[i + 1];
        size_t a = left->a_first + left->count, b = left->b_first + left->count;
        if (a == right->a_first)
            slide(left, right, d->b, b, right->b_first);
        else if (b == right->b_first)
            slide(left, right, d->a, a, right->a_first);
    }
}

/* ---- runs become segments ---- */

/* Whether tokens i - 1 and i come out of one character, so that no segment can begin between them. */
static bool in_one_character(const struct ndup_compared_text *s, size_t i)
{
    return i > 0 && i < s->tokens.count && span_of(s, i).begin < span_of(s, i - 1).end;
}

static void trim(const struct diff *d, struct ndup_run *r)
{
    while (r->count > 0 && (in_one_character(d->a, r->a_first) || in_one_character(d->b, r->b_first))) {
        r->a_first++;
        r->b_first++;
        r->count--;
    }
    while (r->count > 0 &&
           (in_one_character(d->a, r->a_first + r->count) || in_one_character(d->b, r->b_first + r->count)))
        r->count--;
}

static neardup_status add(struct diff *d, neardup_segment segment, neardup_error *err)
{
    if (!ndup_grow(&d->segments, &d->capacity, d->count + 1, sizeof *d->segments))
        return ndup_fail_nomem(err);
    d->segments[d->count++] = segment;
    return NEARDUP_OK;
}

/* The bytes of a run: its tokens, what is between them, and beside them what both texts have. */
static neardup_segment bytes_of(const struct diff *d, const struct ndup_run *r, size_t a_from, size_t b_from)
{
    size_t a_end = r->a_first + r->count, b_end = r->b_first + r->count;
    struct ndup_span a = separator(d->a, r->a_first), b = separator(d->b, r->b_first);
    neardup_segment s = {.a_tokens = r->count, .b_tokens = r->count, .shared = true};
    a.begin = a.begin < a_from ? a_from : a.begin;
    b.begin = b.begin < b_from ? b_from : b.begin;
    size_t before = common_end(d->a, a, d->b, b);
    bool first = r->a_first == 0 && r->b_first == 0;
    s.a_begin = first ? 0 : a.end - before;
    s.b_begin = first ? 0 : b.end - before;
    a = separator(d->a, a_end);
    b = separator(d->b, b_end);
    size_t common = common_begin(d->a, a, d->b, b);
    bool last = a_end == d->a->tokens.count && b_end == d->b->tokens.count;
    s.a_end = last ? d->a->length : a.begin + common;
    s.b_end = last ? d->b->length : b.begin + common;
    return s;
}

static neardup_status make_segments(struct diff *d, neardup_error *err)
{
    size_t a = 0, b = 0, a_at = 0, b_at = 0; /* tokens and bytes that are laid out */
    for (size_t i = 0; i < d->run_count; i++) {
        struct ndup_run *r = &d->runs[i];
        trim(d, r);
        if (r->count == 0)
            continue;
        neardup_segment s = bytes_of(d, r, a_at, b_at);
        if (r->a_first > a || r->b_first > b)
            NDUP_TRY(add(d, (neardup_segment){a_at, s.a_begin, b_at, s.b_begin, r->a_first - a, r->b_first - b, false},
                         err));
        NDUP_TRY(add(d, s, err));
        a = r->a_first + r->count;
        b = r->b_first + r->count;
        a_at = s.a_end;
        b_at = s.b_end;
    }
    neardup_segment rest = {a_at, d->a->length, b_at, d->b->length, d->a->tokens.count - a, d->b->tokens.count - b,
                            false};
    /* Texts without a token are equal, as far as tokens go. */
    rest.shared = rest.a_tokens + rest.b_tokens == 0;
    return rest.a_begin < rest.a_end || rest.b_begin < rest.b_end ? add(d, rest, err) : NEARDUP_OK;
}

neardup_status neardup_comparer_diff(neardup_comparer *c, const char *a, size_t a_length, const char *b,
                                     size_t b_length, neardup_segment **segments, size_t *segment_count,
                                     neardup_error *err)
{
    struct diff d = {.a = &c->a, .b = &c->b};
    *segments = NULL;
    *segment_count = 0;
    NDUP_TRY(ndup_comparer_read_both(c, a, a_length, b, b_length, 0, err));
    NDUP_TRY(ndup_align(d.a->tokens.keyed, d.a->tokens.count, d.b->tokens.keyed, d.b->tokens.count, &d.runs,
                        &d.run_count, err));
    slide_all(&d);
    neardup_status st = make_segments(&d, err);
    free(d.runs);
    if (st != NEARDUP_OK) {
        free(d.segments);
        return st;
    }
    *segments = d.segments;
    *segment_count = d.count;
    return NEARDUP_OK;
}
