/* SPDX-License-Identifier: MIT
 * Text that is not ASCII: normalised piece by piece into a small buffer, which the scan then cuts into words. */
#include "base/platform.h"

#include "text/tokens.h"

#include "base/mem.h"
#include "text/token_hash.h"
#include "text/utf8.h"

#include <string.h>

/* A word of more than half the flow moves to the long word, but for its end, where marks may still change places. */
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
        /* Later: at the next call the word stands at the beginning. */
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
    text->scan(chunk, flow->bytes, flow->length, true);
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
    flow->solo = false;
    bool pause = false;
    while (at < length && !pause && !text->failed) {
        at = ndup_flow_fill(text, bytes, length, at, &pause);
        drain(text, pause || at == length);
    }
    return at;
}
