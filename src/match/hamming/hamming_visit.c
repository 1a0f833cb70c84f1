/* SPDX-License-Identifier: MIT
 * The walk through the tree: each node compares its group, or splits it by one more block. A large group that agrees in
 * all blocks it needs (texts made from a template share many bits) is cut anew in the bits that still vary. */
#include "base/platform.h"

#include "match/hamming/hamming_tables.h"

#include <string.h>

/* Groups from here on are looked at for bits that do not vary. */
#define LARGE      4096u
#define GROUPS_MAX (1u << NDUP_HAMMING_DIGIT_MAX)

static void visit(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, size_t n,
                  const struct ndup_hamming_node *node, bool crew);

/* ---- comparing a group ---- */

struct tiling {
    struct ndup_hamming_search *search;
    struct ndup_hamming_elements e;
    size_t n;
    const struct ndup_hamming_node *node;
    atomic_size_t next;
};

static size_t tile_size(size_t n, size_t tile)
{
    size_t begin = tile * NDUP_HAMMING_TILE;
    return n - begin < NDUP_HAMMING_TILE ? n - begin : NDUP_HAMMING_TILE;
}

static void compare_row(const struct tiling *t, struct ndup_hamming_worker *w, size_t row)
{
    struct ndup_hamming_block block = {.rows = ndup_hamming_at(t->e, row * NDUP_HAMMING_TILE), .node = t->node};
    for (size_t column = row; column * NDUP_HAMMING_TILE < t->n; column++) {
        block.columns = ndup_hamming_at(t->e, column * NDUP_HAMMING_TILE);
        if (!ndup_hamming_compare_block(w, &block, tile_size(t->n, row), tile_size(t->n, column), row == column))
            return;
    }
}

static void take_rows(void *context, unsigned member)
{
    struct tiling *t = context;
    struct ndup_hamming_worker *w = &t->search->workers[member];
    size_t row;
    while ((row = atomic_fetch_add(&t->next, 1)) * NDUP_HAMMING_TILE < t->n && !ndup_hamming_stopped(w))
        compare_row(t, w, row);
}

static void compare_all(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, size_t n,
                        const struct ndup_hamming_node *node, bool crew)
{
    if (n <= NDUP_HAMMING_TILE) {
        struct ndup_hamming_block block = {.rows = e, .columns = e, .node = node};
        (void)ndup_hamming_compare_block(w, &block, n, n, true); /* whoever called looks for a stop */
        return;
    }
    struct tiling t = {.search = w->search, .e = e, .n = n, .node = node};
    atomic_init(&t.next, 0);
    if (crew)
        ndup_pool_run(w->search->pool, take_rows, &t);
    else
        take_rows(&t, (unsigned)(w - w->search->workers));
}

/* ---- groups ---- */

struct sharing {
    struct ndup_hamming_search *search;
    struct ndup_hamming_elements e;
    const uint32_t *ends;
    size_t groups;
    size_t large; /* for the whole crew */
    const struct ndup_hamming_node *node;
    atomic_size_t next;
};

static void take_groups(void *context, unsigned member)
{
    struct sharing *s = context;
    struct ndup_hamming_worker *w = &s->search->workers[member];
    size_t g;
    while ((g = atomic_fetch_add(&s->next, 1)) < s->groups && !ndup_hamming_stopped(w)) {
        uint32_t begin = g > 0 ? s->ends[g - 1] : 0;
        if (s->ends[g] - begin < s->large)
            visit(w, ndup_hamming_at(s->e, begin), s->ends[g] - begin, s->node, false);
    }
}

void ndup_hamming_visit_groups(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, const uint32_t *ends,
                               size_t groups, const struct ndup_hamming_node *node, bool crew)
{
    struct sharing s = {.search = w->search, .e = e, .ends = ends, .groups = groups, .large = SIZE_MAX, .node = node};
    atomic_init(&s.next, 0);
    if (!crew || s.search->threads == 1) {
        take_groups(&s, (unsigned)(w - s.search->workers));
        return;
    }
    s.large = w->search->count / (4 * (size_t)s.search->threads);
    if (s.large < NDUP_HAMMING_ROOM)
        s.large = NDUP_HAMMING_ROOM;
    ndup_pool_run(s.search->pool, take_groups, &s);
    for (size_t g = 0; g < groups && !ndup_hamming_stopped(w); g++) {
        uint32_t begin = g > 0 ? ends[g - 1] : 0;
        if (ends[g] - begin >= s.large)
            visit(w, ndup_hamming_at(e, begin), ends[g] - begin, node, true);
    }
}

static void split_and_visit(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, size_t n,
                            const struct ndup_hamming_node *node, bool crew)
{
    uint32_t ends[GROUPS_MAX];
    struct ndup_hamming_node child = *node;
    struct ndup_hamming_digit digit = ndup_hamming_next_digit(node->cut, node->last, node->used, n);
    child.used += node->cut->hashed ? ndup_hamming_block_bits(node->cut, node->last) : digit.bits;
    ndup_hamming_split(w, e, n, &digit, ends);
    ndup_hamming_visit_groups(w, e, ends, (size_t)1 << digit.bits, &child, crew);
}

/* ---- large groups ---- */

static struct ndup_fingerprint varying(struct ndup_hamming_elements e, size_t n)
{
    struct ndup_fingerprint v = {0, 0};
    for (size_t i = 1; i < n; i++)
        v.low |= e.low[i] ^ e.low[0];
    for (size_t i = 1; e.high != NULL && i < n; i++)
        v.high |= e.high[i] ^ e.high[0];
    return v;
}

static bool meets(struct ndup_fingerprint a, struct ndup_fingerprint b)
{
    return ((a.low & b.low) | (a.high & b.high)) != 0;
}

/* Every pair of the group agrees in a block that was passed over, and so counts elsewhere. */
static bool counts_elsewhere(const struct ndup_hamming_node *node, struct ndup_fingerprint vary)
{
    for (; node != NULL; node = node->outer) {
        for (unsigned b = 0; b < node->last; b++) {
            if ((node->chosen >> b & 1) == 0 && !meets(node->cut->mask[b], vary))
                return true;
        }
    }
    return false;
}

/* Pairs that share a digit of the block */
static double pairs_sharing(struct ndup_hamming_elements e, size_t n, const struct ndup_hamming_digit *digit)
{
    uint32_t counts[GROUPS_MAX] = {0};
    double pairs = 0;
    for (size_t i = 0; i < n; i++)
        pairs += counts[ndup_hamming_key(digit, e.low[i], e.high != NULL ? e.high[i] : 0)]++;
    return pairs;
}

/* A cut only if it halves the work at least, measured: so all of them together cost no more than comparing does. */
static bool cut_anew(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, size_t n,
                     const struct ndup_hamming_node *node, struct ndup_fingerprint vary, bool crew)
{
    struct ndup_hamming_cut cut;
    unsigned blocks = w->search->distance + 1;
    if (ndup_simhash_distance(vary, (struct ndup_fingerprint){0, 0}) < 2 * blocks)
        return false;
    ndup_hamming_cut_mask(&cut, vary, blocks);
    double all = (double)n * (double)n / 2, pairs = (double)n * blocks * w->search->kernels->worth_splitting / 2;
    for (unsigned b = 0; b < blocks && pairs < all / 2; b++) {
        struct ndup_hamming_digit digit = ndup_hamming_next_digit(&cut, b, 0, n);
        pairs += pairs_sharing(e, n, &digit);
    }
    if (pairs >= all / 2)
        return false;
    for (unsigned b = 0; b < blocks && !ndup_hamming_stopped(w); b++) {
        struct ndup_hamming_node child = {
            .outer = node, .cut = &cut, .chosen = UINT64_C(1) << b, .count = 1, .last = b};
        split_and_visit(w, e, n, &child, crew);
    }
    return true;
}

/* ---- nodes ---- */

static void visit_children(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, size_t n,
                           const struct ndup_hamming_node *node, const struct ndup_fingerprint *vary, bool crew)
{
    unsigned end = node->cut->blocks - (node->cut->matching - node->count) + 1;
    for (unsigned b = node->last + 1; b < end && !ndup_hamming_stopped(w); b++) {
        struct ndup_hamming_node child = {node->outer,     node->cut, node->chosen | UINT64_C(1) << b,
                                          node->count + 1, b,         0};
        if (vary != NULL && !meets(node->cut->mask[b], *vary)) {
            child.used = ndup_hamming_block_bits(node->cut, b);
            visit(w, e, n, &child, crew);
            return; /* all agree in it: nothing may pass it over */
        }
        split_and_visit(w, e, n, &child, crew);
    }
}

static void visit(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, size_t n,
                  const struct ndup_hamming_node *node, bool crew)
{
    const struct ndup_hamming_cut *cut = node->cut;
    bool open = node->used < ndup_hamming_block_bits(cut, node->last);
    /* Splits that this node needs at least */
    size_t splits = open ? 1 : node->count < cut->matching ? cut->blocks - cut->matching + node->count - node->last : 0;
    size_t few = splits * w->search->kernels->worth_splitting;
    if (n < 2 || (splits > 0 ? n <= few : n <= LARGE)) {
        if (n >= 2)
            compare_all(w, e, n, node, crew);
        return;
    }
    if (n < LARGE) {
        if (open)
            split_and_visit(w, e, n, node, crew);
        else
            visit_children(w, e, n, node, NULL, crew);
        return;
    }
    struct ndup_fingerprint vary = varying(e, n);
    if (ndup_hamming_stopped(w) || counts_elsewhere(node, vary))
        return;
    if (open)
        split_and_visit(w, e, n, node, crew);
    else if (splits > 0)
        visit_children(w, e, n, node, &vary, crew);
    else if (!cut_anew(w, e, n, node, vary, crew))
        compare_all(w, e, n, node, crew);
}
