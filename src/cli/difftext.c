/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cli/difftext.h"
#include "term/safe.h"
#include "term/term.h"

#include <stdlib.h>
#include <string.h>

#define CONTEXT_BYTES 60u  /* of shared text around a difference: most of a line of 80 columns */
#define DIFFER_BYTES  240u /* of a difference: three such lines, two from its beginning and one from its end */
/* Few shared words between long differences are chance, and make it hard to read. */
#define CHANCE_TOKENS 2u
#define CHANCE_AROUND 8u
#define MARK_COLUMNS  2u

struct text_line { /* being filled */
    const struct ndup_difftext *flow;
    size_t column, lines;
    bool blank;         /* the next word needs one before it */
    const char *opened; /* a mark before the next word */
    struct ndup_safe_line log;
    struct ndup_buf safe, part;
    bool failed; /* no memory */
};

static bool is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_full(const struct text_line *l)
{
    return l->lines > l->flow->lines;
}

static void put(struct text_line *l, const char *safe, size_t length)
{
    ndup_buf_clear(&l->part);
    ndup_safe_append_part(&l->part, &l->log, safe, length);
    l->failed = l->failed || l->part.failed;
    if (l->part.len > 0)
        fwrite(l->part.data, 1, l->part.len, l->flow->out);
}

/* A word, or a mark, that is safe. glued: not on a new line. */
static void put_word(struct text_line *l, const char *word, size_t length, bool glued)
{
    const char *mark = l->opened != NULL ? l->opened : "";
    size_t columns = ndup_safe_width(word, length) + strlen(mark);
    l->opened = NULL;
    /* A closing mark stays with its word. */
    size_t room = l->flow->colour ? l->flow->width : l->flow->width - MARK_COLUMNS;
    if (l->column > l->flow->indent && l->column + l->blank + columns > room && !glued) {
        putc('\n', l->flow->out);
        l->lines++;
        l->column = 0;
        l->log = (struct ndup_safe_line){.begun = false};
    }
    if (l->column == 0) {
        fprintf(l->flow->out, "%*s", (int)l->flow->indent, "");
        l->column = l->flow->indent;
    } else if (l->blank) {
        put(l, " ", 1);
        l->column++;
    }
    l->blank = false;
    put(l, mark, strlen(mark));
    put(l, word, length);
    l->column += columns;
}

static void put_text(struct text_line *l, const char *text, size_t length)
{
    if (length == 0)
        return;
    l->blank = l->blank || is_white(text[0]);
    ndup_buf_clear(&l->safe);
    ndup_safe_append_line(&l->safe, text, length);
    l->failed = l->failed || l->safe.failed;
    for (size_t at = 0; at < l->safe.len && !is_full(l);) {
        const char *blank = memchr(l->safe.data + at, ' ', l->safe.len - at);
        size_t n = blank != NULL ? (size_t)(blank - l->safe.data) - at : l->safe.len - at;
        put_word(l, l->safe.data + at, n, false);
        l->blank = blank != NULL;
        at += n + (blank != NULL);
    }
    l->blank = l->blank || is_white(text[length - 1]);
}

/* This number of bytes from the beginning or before the end, moved to the border of a word if there is one near. */
static size_t begin_of(const char *text, size_t length, size_t most)
{
    size_t n = most;
    if (length <= most)
        return length;
    while (n > most / 2 && !is_white(text[n]))
        n--;
    n = n > most / 2 ? n : most;
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return n;
}

static size_t end_of(const char *text, size_t length, size_t most)
{
    size_t from = length - (length < most ? length : most), n = from;
    if (from == 0)
        return 0;
    while (n < from + most / 2 && !is_white(text[n - 1]))
        n++;
    n = n < from + most / 2 ? n : from;
    while (n < length && ((unsigned char)text[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static void put_ellipsis(struct text_line *l)
{
    const char *mark = ndup_term_utf8() ? "\xe2\x80\xa6" : "...";
    l->blank = true;
    put_word(l, mark, strlen(mark), false);
    l->blank = true;
}

/* head and tail bytes of it, and an ellipsis for the rest. */
static void put_short(struct text_line *l, const char *text, size_t length, size_t head, size_t tail)
{
    if (length <= head + tail) {
        put_text(l, text, length);
        return;
    }
    size_t n = head > 0 ? begin_of(text, length, head) : 0, from = tail > 0 ? end_of(text, length, tail) : length;
    put_text(l, text, n);
    put_ellipsis(l);
    put_text(l, text + from, length - from);
}

/* One side of a difference. */
static void put_side(struct text_line *l, const char *text, size_t length, const char *open, const char *close,
                     enum ndup_term_style style)
{
    if (length == 0)
        return;
    bool after = is_white(text[length - 1]);
    l->blank = l->blank || is_white(text[0]);
    while (length > 0 && is_white(text[0])) {
        text++;
        length--;
    }
    while (length > 0 && is_white(text[length - 1]))
        length--;
    if (length > 0) {
        bool colour = l->flow->colour;
        /* Before the colour, so that no blank is coloured. */
        if (l->column > l->flow->indent && l->blank && l->column + 12 < l->flow->width) {
            put(l, " ", 1);
            l->column++;
            l->blank = false;
        }
        fputs(ndup_term_begin(colour, style), l->flow->out);
        if (!colour)
            l->opened = open;
        put_short(l, text, length, DIFFER_BYTES * 2 / 3, DIFFER_BYTES / 3);
        l->blank = false;
        if (!colour)
            put_word(l, close, strlen(close), true);
        fputs(ndup_term_end(colour, style), l->flow->out);
    }
    l->blank = after;
}

/* Shared pieces that say nothing are taken into the differences around them. */
static size_t join(const neardup_segment *segments, size_t count, neardup_segment *joined)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        neardup_segment s = segments[i];
        if (s.shared && n > 0 && i + 1 < count && s.a_tokens <= CHANCE_TOKENS) {
            const neardup_segment *before = &joined[n - 1], *after = &segments[i + 1];
            s.shared = before->a_tokens + before->b_tokens < CHANCE_AROUND ||
                       after->a_tokens + after->b_tokens < CHANCE_AROUND;
        }
        if (n > 0 && !s.shared && !joined[n - 1].shared) {
            neardup_segment *last = &joined[n - 1];
            last->a_end = s.a_end;
            last->b_end = s.b_end;
            last->a_tokens += s.a_tokens;
            last->b_tokens += s.b_tokens;
            continue;
        }
        joined[n++] = s;
    }
    return n;
}

bool ndup_difftext_differences(const struct ndup_difftext *flow, const char *a, const char *b,
                               const neardup_segment *segments, size_t count, size_t *left_out)
{
    neardup_segment *joined = ndup_alloc(count, sizeof *joined);
    struct text_line line = {.flow = flow};
    *left_out = 0;
    if (joined == NULL)
        return false;
    size_t n = join(segments, count, joined);
    for (size_t i = 0; i < n; i++) {
        const neardup_segment *s = &joined[i];
        if (is_full(&line)) {
            *left_out += !s->shared;
            continue;
        }
        if (s->shared) {
            put_short(&line, a + s->a_begin, s->a_end - s->a_begin, i > 0 ? CONTEXT_BYTES : 0,
                      i + 1 < n ? CONTEXT_BYTES : 0);
            continue;
        }
        put_side(&line, a + s->a_begin, s->a_end - s->a_begin, "[-", "-]", NDUP_TERM_RED);
        line.blank = line.blank || s->a_end > s->a_begin;
        put_side(&line, b + s->b_begin, s->b_end - s->b_begin, "{+", "+}", NDUP_TERM_GREEN);
    }
    if (line.column > 0)
        putc('\n', flow->out);
    bool good = !line.failed;
    ndup_buf_free(&line.safe);
    ndup_buf_free(&line.part);
    free(joined);
    return good;
}

bool ndup_difftext_excerpt(const struct ndup_difftext *flow, const char *text, size_t length)
{
    struct ndup_buf line = NDUP_BUF_INIT, out = NDUP_BUF_INIT;
    bool failed = false;
    size_t room = flow->width > flow->indent + 8 ? flow->width - flow->indent : 8;
    /* Characters take at most four bytes; what is too long anyway need not be made safe as a whole. */
    size_t most = room * 8;
    bool whole = length <= 2 * most;
    ndup_safe_append_line(&line, text, whole ? length : begin_of(text, length, most));
    if (whole && ndup_safe_width(line.data, line.len) <= room) {
        ndup_buf_append(&out, line.data, line.len);
    } else {
        /* The begin ends in an ellipsis; that of the end is cut off again. */
        size_t used = ndup_safe_fit(&out, line.data, line.len, room * 2 / 3, NDUP_SAFE_KEEP_START);
        struct ndup_buf tail = NDUP_BUF_INIT;
        if (!whole) {
            size_t from = end_of(text, length, most);
            failed = line.failed;
            ndup_buf_clear(&line);
            ndup_safe_append_line(&line, text + from, length - from);
        }
        const char *mark = ndup_term_utf8() ? "\xe2\x80\xa6" : "...";
        ndup_safe_fit(&tail, line.data, line.len, room - used + ndup_safe_width(mark, 3), NDUP_SAFE_KEEP_END);
        size_t skip = tail.len >= 3 && memcmp(tail.data, mark, 3) == 0 ? 3 : 0;
        ndup_buf_append(&out, tail.data + skip, tail.len - skip);
        failed = failed || tail.failed;
        ndup_buf_free(&tail);
    }
    /* Where begin and end meet they may have become what neither was. */
    struct ndup_buf shown = NDUP_BUF_INIT;
    struct ndup_safe_line log = {.begun = false};
    ndup_safe_append_part(&shown, &log, out.data, out.len);
    bool good = !failed && !line.failed && !out.failed && !shown.failed;
    if (good)
        fprintf(flow->out, "%*s%.*s\n", (int)flow->indent, "", (int)shown.len, shown.data);
    ndup_buf_free(&shown);
    ndup_buf_free(&line);
    ndup_buf_free(&out);
    return good;
}
