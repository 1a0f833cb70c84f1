/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/diff_json.h"

#include "base/error.h"
#include "run/json_write.h"

#include <stdlib.h>
#include <string.h>

#define SLACK 6 /* fewer left out tokens than that are not worth a gap */

struct side {
    const char *text;
    neardup_span *spans;
    size_t count; /* tokens */
    size_t token; /* the first of the segment at hand */
};

struct writer {
    struct ndup_buf *buf;
    const struct ndup_diff_limits *limits;
    struct side side[2];
    size_t bytes; /* of text so far */
    bool any;
    bool full;                /* the limit is reached: all the rest is only counted */
    uint64_t shared, only[2]; /* tokens left out at the end */
};

struct piece { /* of a segment, on both sides */
    size_t begin[2], end[2];
};

/* ---- elements ---------------------------------------------------------------------------------------------------- */

static void begin_element(struct writer *w, const char *kind)
{
    ndup_buf_append_str(w->buf, w->any ? ",[\"" : "[\"");
    ndup_buf_append_str(w->buf, kind);
    ndup_buf_append_str(w->buf, "\"");
    w->any = true;
}

static void write_side(struct writer *w, int which, const struct piece *p)
{
    ndup_buf_append_str(w->buf, ",");
    ndup_json_write_string(w->buf, w->side[which].text + p->begin[which], p->end[which] - p->begin[which]);
    w->bytes += p->end[which] - p->begin[which];
}

static bool is_empty(const struct piece *p)
{
    return p->begin[0] == p->end[0] && p->begin[1] == p->end[1];
}

static bool same_bytes(const struct writer *w, const struct piece *p)
{
    size_t length = p->end[0] - p->begin[0];
    return length == p->end[1] - p->begin[1] &&
           (length == 0 || memcmp(w->side[0].text + p->begin[0], w->side[1].text + p->begin[1], length) == 0);
}

static void write_piece(struct writer *w, const struct piece *p, bool shared)
{
    if (is_empty(p))
        return;
    begin_element(w, shared ? "=" : "~");
    write_side(w, 0, p);
    if (!shared || !same_bytes(w, p))
        write_side(w, 1, p);
    ndup_buf_append_str(w->buf, "]");
}

static void write_left_out(struct writer *w, uint64_t tokens)
{
    if (tokens == 0)
        return;
    begin_element(w, "\xe2\x80\xa6");
    ndup_buf_append_str(w->buf, ",");
    ndup_json_write_u64(w->buf, tokens);
    ndup_buf_append_str(w->buf, "]");
}

static void write_differing_left_out(struct writer *w, uint64_t left, uint64_t right)
{
    begin_element(w, "~\xe2\x80\xa6");
    ndup_buf_append_str(w->buf, ",");
    ndup_json_write_u64(w->buf, left);
    ndup_buf_append_str(w->buf, ",");
    ndup_json_write_u64(w->buf, right);
    ndup_buf_append_str(w->buf, "]");
}

/* ---- shared ------------------------------------------------------------------------------------------------------ */

/* Whether a cut before this token of the segment goes through no character, on both sides. */
static bool can_cut(const struct writer *w, size_t token)
{
    for (int i = 0; i < 2; i++) {
        const struct side *s = &w->side[i];
        size_t at = s->token + token;
        if (at > 0 && at < s->count && s->spans[at].begin < s->spans[at - 1].end)
            return false;
    }
    return true;
}

/* Shared tokens [0..count) of the segment: `head` of them and the last `tail` ones stay. */
static void write_shared(struct writer *w, const neardup_segment *s, size_t head, size_t tail)
{
    struct piece all = {{s->a_begin, s->b_begin}, {s->a_end, s->b_end}};
    size_t count = s->a_tokens;
    while (head < count && head > 0 && !can_cut(w, head))
        head--;
    while (tail < count && tail > 0 && !can_cut(w, count - tail))
        tail--;
    if (head >= count || tail >= count || count - head <= tail || count - head - tail < SLACK) {
        write_piece(w, &all, true);
        return;
    }
    struct piece first = all, last = all;
    for (int i = 0; i < 2; i++) {
        const neardup_span *spans = w->side[i].spans + w->side[i].token;
        first.end[i] = head > 0 ? spans[head].begin : all.begin[i];
        last.begin[i] = tail > 0 ? spans[count - tail].begin : all.end[i];
    }
    write_piece(w, &first, true);
    write_left_out(w, count - head - tail);
    write_piece(w, &last, true);
}

/* ---- differing --------------------------------------------------------------------------------------------------- */

/* So many tokens from the begin of a range of `count` tokens fit `bytes`. */
static size_t tokens_within(const struct side *s, size_t count, size_t begin, size_t end, size_t bytes)
{
    if (end - begin <= bytes)
        return count;
    size_t n = 0;
    const neardup_span *spans = s->spans + s->token;
    while (n < count && spans[n].end - begin <= bytes)
        n++;
    while (n > 0 && n < count && spans[n].begin < spans[n - 1].end)
        n--;
    return n;
}

static void write_differing(struct writer *w, const neardup_segment *s)
{
    struct piece all = {{s->a_begin, s->b_begin}, {s->a_end, s->b_end}};
    uint64_t counts[2] = {s->a_tokens, s->b_tokens};
    uint64_t rest[2] = {0, 0};
    bool cut = false;
    for (int i = 0; i < 2; i++) {
        size_t count = (size_t)counts[i];
        if (all.end[i] - all.begin[i] <= w->limits->differing)
            continue;
        size_t n = tokens_within(&w->side[i], count, all.begin[i], all.end[i], w->limits->differing);
        size_t end = n > 0 ? w->side[i].spans[w->side[i].token + n - 1].end : 0;
        all.end[i] = end > all.begin[i] ? end : all.begin[i];
        rest[i] = count - n;
        cut = true;
    }
    write_piece(w, &all, false);
    if (cut)
        write_differing_left_out(w, rest[0], rest[1]);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void write_segment(struct writer *w, const neardup_segment *s, bool first, bool last)
{
    size_t context = w->limits->context;
    if (w->full) {
        w->shared += s->shared ? s->a_tokens : 0;
        w->only[0] += s->shared ? 0 : s->a_tokens;
        w->only[1] += s->shared ? 0 : s->b_tokens;
    } else if (!s->shared) {
        write_differing(w, s);
    } else if (context == SIZE_MAX) {
        write_shared(w, s, SIZE_MAX, 0);
    } else {
        /* Texts without a difference show how they begin. */
        size_t head = first && last ? context * 4 : first ? 0 : context;
        write_shared(w, s, head, last ? 0 : context);
    }
    w->side[0].token += s->a_tokens;
    w->side[1].token += s->b_tokens;
    w->full = w->bytes >= w->limits->total;
}

static neardup_status write_array(struct writer *w, const neardup_segment *segments, size_t count,
                                  struct ndup_diff_counts *counts, neardup_error *err)
{
    uint64_t shared = 0;
    ndup_buf_append_str(w->buf, "[");
    for (size_t i = 0; i < count; i++) {
        shared += segments[i].shared ? segments[i].a_tokens : 0;
        write_segment(w, &segments[i], i == 0, i + 1 == count);
    }
    write_left_out(w, w->shared);
    if (w->only[0] + w->only[1] > 0)
        write_differing_left_out(w, w->only[0], w->only[1]);
    ndup_buf_append_str(w->buf, "]");
    if (counts != NULL)
        *counts = (struct ndup_diff_counts){w->side[0].count, w->side[1].count, shared};
    return w->buf->failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

neardup_status ndup_diff_json(struct ndup_buf *buf, const neardup_profile *profile, const char *left,
                              size_t left_length, const char *right, size_t right_length,
                              const struct ndup_diff_limits *limits, struct ndup_diff_counts *counts,
                              neardup_error *err)
{
    struct writer w = {.buf = buf, .limits = limits, .side = {{.text = left}, {.text = right}}};
    neardup_segment *segments = NULL;
    size_t count = 0;
    neardup_status status = neardup_diff(profile, left, left_length, right, right_length, &segments, &count, err);
    if (status == NEARDUP_OK)
        status = neardup_tokenise(profile, left, left_length, &w.side[0].spans, &w.side[0].count, err);
    if (status == NEARDUP_OK)
        status = neardup_tokenise(profile, right, right_length, &w.side[1].spans, &w.side[1].count, err);
    if (status == NEARDUP_OK)
        status = write_array(&w, segments, count, counts, err);
    neardup_free(w.side[0].spans);
    neardup_free(w.side[1].spans);
    neardup_free(segments);
    return status;
}
