/* SPDX-License-Identifier: MIT
 * The slow half of the tokeniser: whatever is not ASCII, character by character. */
#include "base/platform.h"

#include "text/tokens.h"

#include "base/mem.h"
#include "text/token_hash.h"
#include "text/utf8.h"

#include <string.h>

/* A mark is put in canonical order behind at most so many others (the Stream-Safe Text Format of UAX 15 allows 30),
 * so that a text of nothing but marks costs no square time. */
enum { MOST_MARKS = 32 };

static void flush(struct ndup_text *text)
{
    if (text->word.length != 0)
        ndup_tokens_add_word(text);
}

/* Room for one more point and the 16 bytes behind it. */
NDUP_INLINE bool reserve(struct ndup_text *text)
{
    struct ndup_word *word = &text->word;
    if (NDUP_LIKELY(word->length + 4 + NDUP_TOKEN_SHORT <= word->capacity))
        return true;
    if (ndup_grow(&word->bytes, &word->capacity, word->length + 4 + NDUP_TOKEN_SHORT, 1))
        return true;
    text->failed = true;
    return false;
}

static bool track(struct ndup_text *text, size_t points, size_t begin, size_t end)
{
    struct ndup_word *word = &text->word;
    if (!ndup_grow(&word->spans, &word->span_capacity, word->points + points, sizeof *word->spans)) {
        text->failed = true;
        return false;
    }
    for (size_t i = 0; i < points; i++)
        word->spans[word->points++] = (struct ndup_span){begin, end};
    return true;
}

NDUP_INLINE bool tracks(const struct ndup_text *text)
{
    return text->want_spans && text->profile.tokens == NEARDUP_TOKENS_CHAR;
}

/* Start of the point before `at` in the word. */
static size_t point_before(const struct ndup_word *word, size_t at)
{
    do
        at--;
    while (ndup_utf8_is_tail(word->bytes[at]));
    return at;
}

static uint32_t point_at(const struct ndup_word *word, size_t at)
{
    unsigned n;
    return ndup_utf8_decode(word->bytes + at, word->bytes + word->length, &n);
}

/* Puts the last point, a mark of class ccc, before the marks of higher classes that it follows. */
static void reorder(struct ndup_text *text, unsigned char ccc)
{
    struct ndup_word *word = &text->word;
    size_t from = point_before(word, word->length), to = from;
    size_t steps = 0;
    while (to > 0 && steps < MOST_MARKS) {
        size_t before = point_before(word, to);
        if (ndup_fold_ccc(point_at(word, before)) <= ccc)
            break;
        to = before;
        steps++;
    }
    unsigned char mark[4];
    size_t n = word->length - from;
    memcpy(mark, word->bytes + from, n);
    memmove(word->bytes + to + n, word->bytes + to, from - to);
    memcpy(word->bytes + to, mark, n);
    if (tracks(text)) {
        struct ndup_span *last = &word->spans[word->points - 1], span = *last;
        memmove(last - steps + 1, last - steps, steps * sizeof *last);
        last[-(ptrdiff_t)steps] = span;
    }
}

/* Composes the point with the one before it, if they do. */
static bool join(struct ndup_text *text, uint32_t code, size_t end)
{
    struct ndup_word *word = &text->word;
    if (word->length == 0)
        return false;
    size_t at = point_before(word, word->length);
    uint32_t composed = ndup_fold_compose(point_at(word, at), code);
    if (composed == 0)
        return false;
    word->length = at + ndup_utf8_encode(composed, word->bytes + at);
    word->end = end;
    if (tracks(text))
        word->spans[word->points - 1].end = end;
    return true;
}

/* What the four kinds that leave something do; `bytes` has 4 readable bytes. */
NDUP_INLINE void append(struct ndup_text *text, const unsigned char *bytes, unsigned length, unsigned kind,
                        unsigned char ccc, size_t begin, size_t end)
{
    struct ndup_word *word = &text->word;
    if (kind == NDUP_FOLD_SOLO || (kind == NDUP_FOLD_WORD && word->solo))
        flush(text);
    if (NDUP_UNLIKELY(!reserve(text)))
        return;
    if (NDUP_UNLIKELY(tracks(text))) {
        size_t points = 0;
        for (unsigned i = 0; i < length; points++)
            i += ndup_utf8_length(bytes[i]);
        if (!track(text, points, begin, end))
            return;
    }
    if (word->length == 0) {
        word->begin = begin;
        word->solo = kind == NDUP_FOLD_SOLO;
    }
    memcpy(word->bytes + word->length, bytes, 4);
    word->length += length;
    word->end = end;
    unsigned char last_ccc = word->last_ccc;
    word->last_ccc = ccc;
    if (NDUP_UNLIKELY(ccc != 0 && ccc < last_ccc)) {
        reorder(text, ccc);
        word->last_ccc = last_ccc;
    }
}

static void append_list(struct ndup_text *text, const struct ndup_fold_entry *entry, size_t begin, size_t end)
{
    const struct ndup_fold_point *point = text->fold.points + entry->u.list;
    for (unsigned i = 0; i < entry->length; i++, point++) {
        unsigned char bytes[4] = {0};
        if (point->kind == NDUP_FOLD_SEPARATOR) {
            flush(text);
        } else if (!point->joins || !join(text, point->code, end)) {
            unsigned n = ndup_utf8_encode(point->code, bytes);
            append(text, bytes, n, point->kind, point->ccc, begin, end);
        }
    }
}

/* Whether the next 16 bytes are ASCII. */
NDUP_INLINE bool worth_a_scan(const unsigned char *p, size_t left)
{
    return left >= 16 && ((ndup_load64(p) | ndup_load64(p + 8)) & 0x8080808080808080u) == 0;
}

size_t ndup_tokens_run(struct ndup_text *text, const unsigned char *bytes, size_t length, size_t at)
{
    const unsigned char *end = bytes + length;
    while (at < length) {
        unsigned n;
        uint32_t code = ndup_utf8_decode(bytes + at, end, &n);
        size_t next = at + n;
        if (NDUP_UNLIKELY(code == NDUP_UTF8_INVALID)) {
            text->invalid_utf8 = true;
            code = 0xFFFD;
        }
        const struct ndup_fold_entry *entry = ndup_fold_lookup(&text->fold, code);
        if (NDUP_UNLIKELY(entry == NULL)) {
            text->failed = true;
            return length;
        }
        switch ((enum ndup_fold_kind)entry->kind) {
        case NDUP_FOLD_WORD:
            append(text, entry->u.bytes, entry->length, NDUP_FOLD_WORD, 0, at, next);
            break;
        case NDUP_FOLD_SOLO:
            append(text, entry->u.bytes, entry->length, NDUP_FOLD_SOLO, 0, at, next);
            break;
        case NDUP_FOLD_MARK:
            append(text, entry->u.bytes, entry->length, NDUP_FOLD_MARK, entry->ccc, at, next);
            break;
        case NDUP_FOLD_SEPARATOR:
            flush(text);
            if (worth_a_scan(bytes + next, length - next))
                return next;
            break;
        case NDUP_FOLD_NOTHING:
            if (text->word.length != 0)
                text->word.end = next;
            break;
        case NDUP_FOLD_LIST:
            append_list(text, entry, at, next);
            break;
        }
        at = next;
    }
    flush(text);
    return length;
}
