/* SPDX-License-Identifier: MIT
 * Comparing: a block of rows with columns, and all fingerprints with each other. */
#include "base/platform.h"

#include "match/hamming/hamming_tables.h"

#include "base/mem.h"

#include <stdlib.h>

struct hits {
    struct ndup_hamming_worker *worker;
    const struct ndup_hamming_block *block;
};

/* Added to the sum of all so many pairs: threads then do not fight for it. */
#define FOUND_STEP 1024u

static bool note_pair(struct ndup_hamming_worker *w, uint32_t a, uint32_t b)
{
    struct ndup_hamming_search *s = w->search;
    if (w->count % FOUND_STEP == 0 && w->count > 0 &&
        atomic_fetch_add(&s->found, FOUND_STEP) + FOUND_STEP > s->max_pairs) {
        ndup_hamming_fail(w, NEARDUP_E_LIMIT);
        return false;
    }
    if (!ndup_grow(&w->pairs, &w->capacity, w->count + 1, sizeof *w->pairs)) {
        ndup_hamming_fail(w, NEARDUP_E_NOMEM);
        return false;
    }
    w->pairs[w->count++] = a < b ? (struct ndup_hamming_pair){a, b} : (struct ndup_hamming_pair){b, a};
    return true;
}

/* A pair of references. Meeting very many of them is work in vain, which has another way. */
static bool pass_over(struct ndup_hamming_worker *w)
{
    struct ndup_hamming_search *s = w->search;
    if (++w->passed % FOUND_STEP != 0 || atomic_fetch_add(&s->passed, FOUND_STEP) + FOUND_STEP <= s->max_passed)
        return true;
    ndup_hamming_fail(w, NEARDUP_E_LIMIT);
    return false;
}

static bool hit(void *context, size_t row, size_t column)
{
    const struct hits *h = context;
    const struct ndup_hamming_elements *r = &h->block->rows, *c = &h->block->columns;
    const struct ndup_hamming_search *s = h->worker->search;
    bool side = r->id[row] >= s->boundary;
    if (side == (c->id[column] >= s->boundary) && !s->report[side])
        return true;
    struct ndup_fingerprint difference = {r->low[row] ^ c->low[column], 0};
    if (r->high != NULL)
        difference.high = r->high[row] ^ c->high[column];
    if (!ndup_hamming_first(h->block->node, difference))
        return true;
    if (r->id[row] < s->references && c->id[column] < s->references)
        return pass_over(h->worker);
    return note_pair(h->worker, r->id[row], c->id[column]);
}

bool ndup_hamming_compare_block(struct ndup_hamming_worker *w, const struct ndup_hamming_block *block, size_t rows,
                                size_t columns, bool triangle)
{
    struct hits hits = {w, block};
    struct ndup_hamming_compare c = {
        .rows = {block->rows.low, block->rows.high},
        .columns = {block->columns.low, block->columns.high},
        .row_end = rows,
        .column_end = columns,
        .triangle = triangle,
        .distance = w->search->distance,
        .hit = hit,
        .context = &hits,
    };
    if (rows * columns > NDUP_HAMMING_TILE && ndup_hamming_stopped(w))
        return false;
    return w->search->bits > 64 ? w->search->kernels->compare128(&c) : w->search->kernels->compare64(&c);
}

/* ---- scan ---- */

struct scan {
    struct ndup_hamming_search *search;
    atomic_size_t next;
};

/* A tile of fingerprints as columns; how many there are. */
static size_t load_tile(const struct ndup_hamming_search *s, size_t tile, struct ndup_hamming_elements *to)
{
    size_t begin = tile * NDUP_HAMMING_TILE, n = s->count - begin;
    n = n < NDUP_HAMMING_TILE ? n : NDUP_HAMMING_TILE;
    for (size_t i = 0; i < n; i++) {
        to->low[i] = s->fingerprints[begin + i].low;
        if (to->high != NULL)
            to->high[i] = s->fingerprints[begin + i].high;
        to->id[i] = (uint32_t)(begin + i);
    }
    return n;
}

/* Row by row of tiles; both tiles lie in the worker's room. */
static void scan_rows(void *context, unsigned member)
{
    struct scan *scan = context;
    struct ndup_hamming_search *s = scan->search;
    struct ndup_hamming_worker *w = &s->workers[member];
    struct ndup_hamming_elements second = {w->room.low + NDUP_HAMMING_TILE,
                                           w->room.high != NULL ? w->room.high + NDUP_HAMMING_TILE : NULL,
                                           w->room.id + NDUP_HAMMING_TILE};
    struct ndup_hamming_block same = {.rows = w->room, .columns = w->room};
    struct ndup_hamming_block other = {.rows = w->room, .columns = second};
    size_t row;
    while ((row = atomic_fetch_add(&scan->next, 1)) * NDUP_HAMMING_TILE < s->count && !ndup_hamming_stopped(w)) {
        size_t rows = load_tile(s, row, &w->room);
        bool going = ndup_hamming_compare_block(w, &same, rows, rows, true);
        for (size_t column = row + 1; going && column * NDUP_HAMMING_TILE < s->count; column++)
            going = ndup_hamming_compare_block(w, &other, rows, load_tile(s, column, &second), false);
    }
}

void ndup_hamming_run_scan(struct ndup_hamming_search *s)
{
    struct scan scan = {.search = s};
    atomic_init(&scan.next, 0);
    ndup_pool_run(s->pool, scan_rows, &scan);
}
