/* SPDX-License-Identifier: MIT
 * Text that is not ASCII: normalised piece by piece into a small buffer, which the scan then cuts into words. */
#include "base/platform.h"

#include "base/mem.h"
#include "text/token_hash.h"
#include "text/tokens.h"
#include "text/utf8.h"

#include <string.h>

/* ---- filling the flow: characters are folded, and marks put in order ---- */

/* From the bytes of a text to the flow: decode, fold, put marks in order, compose. ASCII passes as it is. */

enum {
    /* A mark is put in canonical order after at most 32 others (the Stream-Safe Text Format of UAX 15 allows 30), so
     * that the time for a text of nothing but marks is not quadratic. The value decides the hashes of such texts: it
     * belongs to the profile version. */
    MOST_MARKS = 32,
    ROOM = 160, /* what one character can become: 18 points with separators between them, and the overhang of copies */
    /* Bytes of ASCII in a row after which the scan reads the text itself: it skips the copy into the flow, but each
     * change of hands ends a chunk early. Three blocks of the scan; not measured. The result is the same for any
     * value. */
    LONG_RUN = 192,
};

#define HIGH_BITS       0x8080808080808080u
#define FIRST_HIGH_BITS 0x0000000000808080u /* fewer bytes of ASCII are quicker one by one */

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

static bool is_solo(const struct ndup_flow *flow)
{
    return (flow->state & NDUP_FOLD_CARE_SOLO) != 0;
}

static void append_point(struct ndup_flow *flow, const struct ndup_fold_point *point, size_t begin, size_t end,
                         bool traced)
{
    if (point->joins && join(flow, point->code, end, traced))
        return;
    bool separator = point->kind == NDUP_FOLD_SEPARATOR;
    flow->bytes[flow->length] = ' ';
    flow->length += point->kind == NDUP_FOLD_SOLO || (point->kind == NDUP_FOLD_WORD && is_solo(flow));
    size_t from = flow->length;
    flow->length += ndup_utf8_encode(separator ? ' ' : point->code, flow->bytes + from);
    bool solo = point->kind == NDUP_FOLD_SOLO || (point->kind == NDUP_FOLD_MARK && is_solo(flow));
    flow->state = solo ? NDUP_FOLD_CARE | NDUP_FOLD_CARE_SOLO : NDUP_FOLD_CARE;
    if (traced)
        trace(flow, from, begin, end);
    if (point->ccc != 0 && point->ccc < flow->last_ccc)
        reorder(flow, point->ccc, traced);
    else
        flow->last_ccc = separator ? 0 : point->ccc;
}

static void append_bytes(struct ndup_flow *flow, const struct ndup_fold_entry *entry, size_t begin, size_t end,
                         bool traced)
{
    size_t from = flow->length;
    memcpy(flow->bytes + from, entry->u.bytes, 4);
    flow->length += entry->length;
    if (traced)
        trace(flow, from, begin, end);
}

/* SARA AA after NIKHAHIT, which tone marks may separate: the three are the tone marks and SARA AM, a mark (fold.c). */
static bool join_sara_am(struct ndup_flow *flow, uint32_t code, size_t end, bool traced)
{
    size_t at = flow->length, tones = 0;
    uint32_t point = 0;
    do {
        at = point_before(flow, at);
        point = ndup_fold_thai(point_at(flow, at));
    } while (ndup_fold_is_tone(point) && at > 0 && tones++ < MOST_MARKS);
    if (point != NDUP_FOLD_NIKHAHIT)
        return false;
    size_t n = ndup_utf8_length(flow->bytes[at]);
    memmove(flow->bytes + at, flow->bytes + at + n, flow->length - at - n);
    flow->length -= n;
    flow->length += ndup_utf8_encode(code - NDUP_FOLD_SARA_AA + NDUP_FOLD_SARA_AM, flow->bytes + flow->length);
    flow->last_ccc = NDUP_FOLD_CCC_AM;
    if (traced)
        trace(flow, at, flow->origin[at].begin, end);
    return true;
}

/* The second of two points that Thai or Lao makes one of (fold.c). The state says that the point before may be the first,
 * so the flow is not empty. */
static bool join_thai(struct ndup_flow *flow, uint32_t code, size_t end, bool traced)
{
    uint32_t thai = ndup_fold_thai(code);
    if (thai == NDUP_FOLD_SARA_AA) {
        if (!join_sara_am(flow, code, end, traced))
            return false;
    } else {
        size_t at = point_before(flow, flow->length);
        if (point_at(flow, at) != code)
            return false;
        flow->length = at + ndup_utf8_encode(code - NDUP_FOLD_SARA_E + NDUP_FOLD_SARA_AE, flow->bytes + at);
        if (traced)
            trace(flow, at, flow->origin[at].begin, end);
    }
    flow->state &= (unsigned char)~NDUP_FOLD_CARE_THAI;
    return true;
}

/* A letter or digit that is cut off from the word before it, or a SOLO letter; or the second half of a letter. */
static void append_letter(struct ndup_flow *flow, const struct ndup_fold_entry *entry, size_t begin, size_t end,
                          bool traced)
{
    bool solo = entry->kind == NDUP_FOLD_SOLO; /* the entry has the space that cuts it off */
    if ((entry->care & flow->state & NDUP_FOLD_CARE_THAI) != 0) {
        const unsigned char *letter = entry->u.bytes + solo;
        unsigned n;
        if (join_thai(flow, ndup_utf8_decode(letter, letter + 3, &n), end, traced))
            return;
    }
    flow->bytes[flow->length] = ' ';
    flow->length += !solo && is_solo(flow);
    flow->state = entry->set;
    flow->last_ccc = 0;
    append_bytes(flow, entry, begin, end, traced);
}

/* Whatever the quick loop does not do. */
static __attribute__((noinline)) void append(struct ndup_text *text, const struct ndup_fold_entry *entry, size_t begin,
                                             size_t end, bool traced)
{
    struct ndup_flow *flow = &text->flow;
    switch ((enum ndup_fold_kind)entry->kind) {
    case NDUP_FOLD_NOTHING:
        if (traced && flow->length > 0)
            flow->origin[flow->length - 1].end = end;
        break;
    case NDUP_FOLD_WORD:
    case NDUP_FOLD_SOLO:
        append_letter(flow, entry, begin, end, traced);
        break;
    case NDUP_FOLD_MARK:
        append_bytes(flow, entry, begin, end, traced);
        flow->state = (flow->state & entry->keep) | entry->set;
        if (entry->ccc != 0 && entry->ccc < flow->last_ccc)
            reorder(flow, entry->ccc, traced);
        else
            flow->last_ccc = entry->ccc;
        break;
    case NDUP_FOLD_LIST:
        for (unsigned i = 0; i < entry->length; i++)
            append_point(flow, &text->fold.points[entry->u.list + i], begin, end, traced);
        break;
    case NDUP_FOLD_SEPARATOR: /* never needs care */
        break;
    }
}

/* What the quick loop keeps in registers. */
struct pen {
    size_t out;
    unsigned state; /* fold.h */
    unsigned char last_ccc;
};

NDUP_INLINE void put(struct ndup_text *text, struct pen *pen, const struct ndup_fold_entry *entry, size_t begin,
                     size_t end, bool traced)
{
    struct ndup_flow *flow = &text->flow;
    unsigned char ccc = 0;
    if (NDUP_UNLIKELY((entry->care & pen->state) != 0)) {
        ccc = entry->ccc;
        if (entry->kind != NDUP_FOLD_MARK || ccc < pen->last_ccc) {
            flow->length = pen->out;
            flow->state = (unsigned char)pen->state;
            flow->last_ccc = pen->last_ccc;
            append(text, entry, begin, end, traced);
            *pen = (struct pen){flow->length, flow->state, flow->last_ccc};
            return;
        }
    }
    memcpy(flow->bytes + pen->out, entry->u.bytes, 4);
    for (unsigned i = 0; traced && i < entry->length; i++)
        flow->origin[pen->out + i] = (struct ndup_span){begin, end};
    pen->out += entry->length;
    pen->state = (pen->state & entry->keep) | entry->set;
    pen->last_ccc = ccc;
}

NDUP_INLINE bool is_word_byte(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

/* Copies the ASCII bytes at the beginning of in[0..n) to out; returns their number. Stops after `most` or somewhat more,
 * and may write 7 bytes after the end. */
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

NDUP_INLINE void put_ascii(struct ndup_flow *flow, struct pen *pen, const unsigned char *bytes, size_t *at,
                           size_t length, size_t most, bool traced)
{
    flow->bytes[pen->out] = ' ';
    pen->out += pen->state >> 1 & 1; /* after a SOLO letter */
    size_t n = copy_ascii(bytes + *at, length - *at, flow->bytes + pen->out, most);
    for (size_t i = 0; traced && i < n; i++)
        flow->origin[pen->out + i] = (struct ndup_span){*at + i, *at + i + 1};
    *pen = (struct pen){pen->out + n, NDUP_FOLD_CARE, 0};
    *at += n;
}

/* The character in the low bytes of `eight`, which has 8 bytes of the text; 0 in *n if the full decoder must see it.
 * One and two bytes without a branch between them: spaces in Cyrillic or Greek text cannot be foreseen. */
NDUP_INLINE uint32_t quick_decode(uint64_t eight, unsigned *n)
{
    uint32_t w = (uint32_t)eight;
    if (NDUP_LIKELY((w & 0xC0C0F0) == 0x8080E0)) {
        uint32_t code = (w & 15) << 12 | (w >> 2 & 0xFC0) | (w >> 16 & 63);
        *n = code >= 0x800 && (code & 0xF800) != 0xD800 ? 3 : 0;
        return code;
    }
    uint32_t two = w >> 7 & 1, mask = 0 - two;
    uint32_t code = (w & 127 & ~mask) | (((w & 31) << 6 | (w >> 8 & 63)) & mask);
    uint32_t wrong = ((w & 0xC0E0) ^ 0x80C0) & mask;
    *n = NDUP_UNLIKELY((wrong | (two & (code < 0x80))) != 0) ? 0 : 1 + two;
    return code;
}

NDUP_INLINE uint32_t full_decode(struct ndup_text *text, const unsigned char *p, const unsigned char *end, unsigned *n)
{
    uint32_t code = ndup_utf8_decode(p, end, n);
    if (NDUP_LIKELY(code != NDUP_UTF8_INVALID))
        return code;
    text->invalid_utf8 = true;
    return 0xFFFD;
}

/* `ascii`: ASCII is copied as it is. Where marks are kept, it is folded like any other character. */
NDUP_INLINE size_t fill(struct ndup_text *text, const unsigned char *bytes, size_t length, size_t at, bool traced,
                        bool ascii, bool *pause)
{
    struct ndup_flow *flow = &text->flow;
    struct pen pen = {flow->length, flow->state, flow->last_ccc};
    size_t run = 0;
    while (at < length && pen.out < NDUP_CHUNK - ROOM) {
        unsigned n = 0;
        uint32_t code = 0;
        if (NDUP_LIKELY(length - at >= 8)) {
            uint64_t eight = ndup_load64(bytes + at);
            if (ascii && (eight & FIRST_HIGH_BITS) == 0) {
                size_t before = at;
                put_ascii(flow, &pen, bytes, &at, length, run < LONG_RUN ? 64 : 1, traced);
                run += at - before;
                *pause = run >= LONG_RUN && !is_word_byte(bytes[at - 1]);
                if (*pause)
                    break;
                continue;
            }
            code = quick_decode(eight, &n);
        }
        run = 0;
        if (NDUP_UNLIKELY(n == 0))
            code = full_decode(text, bytes + at, bytes + length, &n);
        const struct ndup_fold_entry *entry = ndup_fold_lookup(&text->fold, code);
        if (NDUP_UNLIKELY(entry == NULL)) {
            text->failed = true;
            break;
        }
        put(text, &pen, entry, at, at + n, traced);
        at += n;
    }
    flow->length = pen.out;
    flow->state = (unsigned char)pen.state;
    flow->last_ccc = pen.last_ccc;
    return at;
}

/* Fills the flow from `at` on. *pause is set if a long run of ASCII goes on at a place between words. Returns where it
 * stopped. Inlined, its loop has too few registers: 5 % more instructions for Thai. */
static __attribute__((noinline)) size_t fill_flow(struct ndup_text *text, const unsigned char *bytes, size_t length,
                                                  size_t at, bool *pause)
{
    *pause = false;
    if (text->want_spans)
        return fill(text, bytes, length, at, true, true, pause);
    return fill(text, bytes, length, at, false, true, pause);
}

/* The same where marks are kept. Apart, so that the loop above does not change. */
static __attribute__((noinline)) size_t fill_flow_marks(struct ndup_text *text, const unsigned char *bytes,
                                                        size_t length, size_t at)
{
    bool pause;
    return fill(text, bytes, length, at, text->want_spans, false, &pause);
}

/* ---- emptying it: words are cut off ---- */

/* A word of more than half the flow moves to the long word, except its last 256 bytes, where marks may still change
 * places: 32 marks and the letter before them are 132 bytes at most. Tokens do not depend on either value. */
enum { LONGEST_KEPT = NDUP_CHUNK / 2, KEPT_END = 256 };

/* Moves the first n bytes of the flow to the end of the long word. */
static void lengthen(struct ndup_text *text, size_t n)
{
    struct ndup_long_word *word = &text->long_word;
    size_t needed = word->length + n;
    if (!ndup_grow(&word->bytes, &word->capacity, needed + NDUP_TOKEN_SHORT, 1) ||
        (text->want_spans && !ndup_grow(&word->origin, &word->origin_capacity, needed, sizeof *word->origin))) {
        text->failed = true;
        return;
    }
    memcpy(word->bytes + word->length, text->chunk.lower, n);
    if (text->want_spans)
        memcpy(word->origin + word->length, text->flow.origin, n * sizeof *word->origin);
    word->length += n;
}

/* Drops the first n bytes of the flow. */
static void shift(struct ndup_text *text, size_t n)
{
    struct ndup_flow *flow = &text->flow;
    flow->length -= n;
    memmove(flow->bytes, flow->bytes + n, flow->length);
    if (text->want_spans)
        memmove(flow->origin, flow->origin + n, flow->length * sizeof *flow->origin);
}

/* The word at the end of the flow, which may go on: kept in the flow, its beginning in the long word if it is long. */
static void carry(struct ndup_text *text, size_t begin)
{
    struct ndup_flow *flow = &text->flow;
    size_t n = flow->length - begin;
    if (n <= LONGEST_KEPT) {
        shift(text, begin);
        return;
    }
    n -= KEPT_END;
    while (n > 0 && ndup_utf8_is_tail(flow->bytes[begin + n]))
        n--;
    if (begin > 0) {
        /* Later: at the next call the word is at the beginning. */
        shift(text, begin);
        memmove(text->chunk.lower, text->chunk.lower + begin, flow->length);
    }
    lengthen(text, n);
    shift(text, n);
}

/* Appends the words of the flow. The last one stays if it may go on. */
static void drain(struct ndup_text *text, bool last)
{
    struct ndup_flow *flow = &text->flow;
    struct ndup_chunk *chunk = &text->chunk;
    const uint16_t *edges = chunk->edges;
    text->scan(chunk, flow->bytes, flow->length, NDUP_SCAN_HIGH);
    if (text->fold.cased) /* the scan made capitals small */
        memcpy(chunk->lower, flow->bytes, flow->length);
    if (last && chunk->edge_count % 2 != 0)
        chunk->edges[chunk->edge_count++] = (uint16_t)flow->length;
    size_t words = chunk->edge_count / 2;
    bool open = chunk->edge_count % 2 != 0;
    if (text->long_word.length > 0 && !(open && words == 0 && edges[0] == 0)) {
        if (words > 0 && edges[0] == 0) {
            lengthen(text, edges[1]);
            edges += 2;
            words--;
        }
        ndup_tokens_add_long(text);
    }
    const struct ndup_piece piece = {chunk->lower, text->want_spans ? flow->origin : NULL, 0};
    ndup_tokens_add(text, &piece, edges, words);
    if (open)
        carry(text, edges[2 * words]);
    else
        flow->length = 0;
}

size_t ndup_flow_run(struct ndup_text *text, const unsigned char *bytes, size_t length, size_t at)
{
    struct ndup_flow *flow = &text->flow;
    if (text->want_spans && flow->origin == NULL) {
        flow->origin = ndup_alloc(NDUP_CHUNK, sizeof *flow->origin);
        if (flow->origin == NULL) {
            text->failed = true;
            return length;
        }
    }
    flow->length = 0;
    flow->last_ccc = 0;
    flow->state = NDUP_FOLD_CARE;
    bool pause = false;
    while (at < length && !pause && !text->failed) {
        at = text->fold.marks ? fill_flow_marks(text, bytes, length, at) : fill_flow(text, bytes, length, at, &pause);
        drain(text, pause || at == length);
    }
    return at;
}
