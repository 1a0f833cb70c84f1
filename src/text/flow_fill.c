/* SPDX-License-Identifier: MIT
 * From the bytes of a text to the flow: decode, fold, put marks in order, compose. ASCII passes as it is. */
#include "base/platform.h"

#include "text/tokens.h"

#include "text/token_hash.h"
#include "text/utf8.h"

#include <string.h>

enum {
    /* A mark is put in canonical order behind at most so many others (the Stream-Safe Text Format of UAX 15 allows
     * 30), so that a text of nothing but marks costs no square time. */
    MOST_MARKS = 32,
    ROOM = 160, /* what one character can become: 18 points with separators between them, and the overhang of copies */
    LONG_RUN = 192, /* bytes of ASCII in a row after which the scan had better read the text itself */
};

#define HIGH_BITS 0x8080808080808080u

/* Start of the point before `at`. */
static size_t point_before(const struct ndup_flow *flow, size_t at)
{
    do
        at--;
    while (at > 0 && ndup_utf8_is_tail(flow->bytes[at]));
    return at;
}

static uint32_t point_at(const struct ndup_flow *flow, size_t at)
{
    unsigned n;
    return ndup_utf8_decode(flow->bytes + at, flow->bytes + flow->length, &n);
}

static void trace(struct ndup_flow *flow, size_t from, size_t begin, size_t end)
{
    for (size_t i = from; i < flow->length; i++)
        flow->origin[i] = (struct ndup_span){begin, end};
}

/* Moves the last point, a mark of class ccc, before the marks of higher classes that it follows. */
static void reorder(struct ndup_flow *flow, unsigned char ccc, bool traced)
{
    size_t from = point_before(flow, flow->length), to = from;
    for (size_t steps = 0; to > 0 && steps < MOST_MARKS; steps++) {
        size_t before = point_before(flow, to);
        if (ndup_fold_ccc(point_at(flow, before)) <= ccc)
            break;
        to = before;
    }
    unsigned char mark[4];
    size_t n = flow->length - from;
    memcpy(mark, flow->bytes + from, n);
    memmove(flow->bytes + to + n, flow->bytes + to, from - to);
    memcpy(flow->bytes + to, mark, n);
    if (traced) /* the marks that changed places now come from the same bytes */
        trace(flow, to, flow->origin[to].begin, flow->origin[from].end);
}

/* Composes the point with the one before it, if they do. */
static bool join(struct ndup_flow *flow, uint32_t code, size_t end, bool traced)
{
    if (flow->length == 0)
        return false;
    size_t at = point_before(flow, flow->length);
    uint32_t composed = ndup_fold_compose(point_at(flow, at), code);
    if (composed == 0)
        return false;
    flow->length = at + ndup_utf8_encode(composed, flow->bytes + at);
    if (traced)
        trace(flow, at, flow->origin[at].begin, end);
    return true;
}

static void append_point(struct ndup_flow *flow, const struct ndup_fold_point *point, size_t begin, size_t end,
                         bool traced)
{
    if (point->joins && join(flow, point->code, end, traced))
        return;
    bool separator = point->kind == NDUP_FOLD_SEPARATOR;
    flow->bytes[flow->length] = ' ';
    flow->length += NDUP_FOLD_BEFORE(point->kind) >> flow->solo & 1;
    size_t from = flow->length;
    flow->length += ndup_utf8_encode(separator ? ' ' : point->code, flow->bytes + from);
    flow->solo = NDUP_FOLD_AFTER(point->kind) >> flow->solo & 1;
    if (traced)
        trace(flow, from, begin, end);
    if (point->ccc != 0 && point->ccc < flow->last_ccc)
        reorder(flow, point->ccc, traced);
    else
        flow->last_ccc = separator ? 0 : point->ccc;
}

/* Whatever the quick loop does not do: lists, and marks out of order. */
static __attribute__((noinline)) void append_entry(struct ndup_text *text, const struct ndup_fold_entry *entry,
                                                   size_t begin, size_t end, bool traced)
{
    if (entry->kind != NDUP_FOLD_LIST) {
        unsigned n;
        uint32_t code = ndup_utf8_decode(entry->u.bytes, entry->u.bytes + entry->length, &n);
        const struct ndup_fold_point point = {code, entry->kind, entry->ccc, false};
        append_point(&text->flow, &point, begin, end, traced);
        return;
    }
    const struct ndup_fold_point *point = text->fold.points + entry->u.list;
    for (unsigned i = 0; i < entry->length; i++)
        append_point(&text->flow, &point[i], begin, end, traced);
}

NDUP_INLINE bool is_word_byte(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

/* Copies ASCII bytes in[0..n) to out, at least 8 at most `most` and 7 more; returns their number. */
NDUP_INLINE size_t copy_ascii(const unsigned char *in, size_t n, unsigned char *out, size_t most)
{
    size_t i = 0;
    while (i + 8 <= n && i < most) {
        uint64_t eight = ndup_load64(in + i);
        memcpy(out + i, &eight, 8);
        if ((eight & HIGH_BITS) != 0)
            return i + (size_t)__builtin_ctzll(eight & HIGH_BITS) / 8;
        i += 8;
    }
    for (; i < n && i < most && in[i] < 0x80; i++)
        out[i] = in[i];
    return i;
}

NDUP_INLINE size_t fill(struct ndup_text *text, const unsigned char *bytes, size_t length, size_t at, bool traced,
                        bool *pause)
{
    struct ndup_flow *flow = &text->flow;
    size_t out = flow->length, run = 0;
    unsigned solo = flow->solo;
    unsigned char last_ccc = flow->last_ccc;
    while (at < length && out < NDUP_CHUNK - ROOM) {
        if (bytes[at] < 0x80) {
            flow->bytes[out] = ' ';
            out += solo;
            size_t n = copy_ascii(bytes + at, length - at, flow->bytes + out, run < LONG_RUN ? 64 : 1);
            for (size_t i = 0; traced && i < n; i++)
                flow->origin[out + i] = (struct ndup_span){at + i, at + i + 1};
            out += n;
            at += n;
            solo = 0;
            last_ccc = 0;
            run += n;
            if (run >= LONG_RUN && !is_word_byte(bytes[at - 1])) {
                *pause = true;
                break;
            }
            continue;
        }
        run = 0;
        unsigned n;
        uint32_t code = ndup_utf8_decode(bytes + at, bytes + length, &n);
        size_t next = at + n;
        if (NDUP_UNLIKELY(code == NDUP_UTF8_INVALID)) {
            text->invalid_utf8 = true;
            code = 0xFFFD;
        }
        const struct ndup_fold_entry *entry = ndup_fold_lookup(&text->fold, code);
        if (NDUP_UNLIKELY(entry == NULL)) {
            text->failed = true;
            break;
        }
        if (NDUP_UNLIKELY(entry->kind == NDUP_FOLD_LIST || (entry->ccc != 0 && entry->ccc < last_ccc))) {
            flow->length = out;
            flow->solo = solo != 0;
            flow->last_ccc = last_ccc;
            append_entry(text, entry, at, next, traced);
            out = flow->length;
            solo = flow->solo;
            last_ccc = flow->last_ccc;
        } else {
            flow->bytes[out] = ' ';
            out += (unsigned)entry->before >> solo & 1;
            memcpy(flow->bytes + out, entry->u.bytes, 4);
            for (unsigned i = 0; traced && i < entry->length; i++)
                flow->origin[out + i] = (struct ndup_span){at, next};
            out += entry->length;
            if (traced && entry->length == 0 && out > 0)
                flow->origin[out - 1].end = next;
            solo = (unsigned)entry->after >> solo & 1;
            last_ccc = entry->length != 0 ? entry->ccc : last_ccc;
        }
        at = next;
    }
    flow->length = out;
    flow->solo = solo != 0;
    flow->last_ccc = last_ccc;
    return at;
}

size_t ndup_flow_fill(struct ndup_text *text, const unsigned char *bytes, size_t length, size_t at, bool *pause)
{
    *pause = false;
    if (text->want_spans)
        return fill(text, bytes, length, at, true, pause);
    return fill(text, bytes, length, at, false, pause);
}
