/* SPDX-License-Identifier: MIT
 * The search is a tree. A fingerprint is cut into blocks; a pair within the distance agrees in at least `matching` of them. A
 * node of the tree is a choice of some blocks and a group of fingerprints that agree in them; its children choose one more
 * block, after the last one. So tables with the same first block share its sorting (C(blocks, matching) tables need only
 * distance + 1 sorts of everything), and all but the first splits happen in the cache.
 *
 * A pair may meet in many nodes. It counts where the chosen blocks are exactly its first ones that agree. */
#include "base/platform.h"

#include "match/hamming.h"

#include "base/cpu.h"
#include "base/error.h"
#include "base/mem.h"
#include "match/hamming_kernels.h"

#include <stdlib.h>
#include <string.h>

/* Rows and columns of a tile. Comparisons go by tiles: these stay in the second-level cache, and between two of them is time
 * to look whether the search was canceled. */
#define TILE 4096u
/* Elements that a worker can move at a time. */
#define ROOM 65536u

struct hamming_elements {
    uint64_t *low, *high; /* high NULL for 64 bits */
    uint32_t *id;
};

NDUP_INLINE struct hamming_elements elements_at(struct hamming_elements e, size_t begin)
{
    return (struct hamming_elements){e.low + begin, e.high != NULL ? e.high + begin : NULL, e.id + begin};
}

struct hamming_worker {
    struct hamming_search *search;
    struct hamming_elements room; /* ROOM elements, or as many as there are */
    uint16_t *keys;               /* one for each of them */
    struct ndup_hamming_pair *pairs;
    size_t count, capacity;
    uint64_t passed; /* pairs of references met and not listed */
    neardup_status status;
};

struct hamming_search {
    unsigned bits, distance, blocks, matching;
    const struct ndup_fingerprint *fingerprints;
    uint32_t count;
    uint64_t max_pairs;
    const struct ndup_hamming_kernels *kernels;
    struct ndup_pool *pool;
    unsigned threads;
    const atomic_bool *cancel;
    atomic_bool stop; /* somebody failed */
    _Atomic uint64_t found;
    struct hamming_worker *workers;
    size_t capacity;     /* elements that fit the working memory */
    uint32_t references; /* the first ones, which have no pairs with each other ... */
    uint64_t max_passed; /* ... of which more than this many show that there are masses */
    _Atomic uint64_t passed;
    /* Of pairs on one side of `boundary`, those below it count if report[0], the others if report[1]. */
    uint32_t boundary;
    bool report[2];
};

/* What is compared, and which of the pairs found count. */
struct hamming_block {
    struct hamming_elements rows, columns;
    const struct hamming_node *node; /* hamming_tables.h; tables */
};

struct hamming_cut {
    unsigned blocks, matching;
    bool hashed; /* blocks are any bits; otherwise they are ranges, start[b] to start[b + 1] */
    uint8_t start[NDUP_HAMMING_BLOCKS_MAX + 1];
    struct ndup_fingerprint mask[NDUP_HAMMING_BLOCKS_MAX];
};

struct hamming_node {
    const struct hamming_node *outer; /* the node whose group was cut anew; NULL */
    const struct hamming_cut *cut;
    uint64_t chosen; /* blocks */
    unsigned count;  /* of them */
    unsigned last;   /* of them */
    unsigned used;   /* bits of the last one that the group was split by; equal in it if not hashed */
};

/* Some bits of a fingerprint as a small number. */
struct hamming_digit {
    enum { DIGIT_LOW, DIGIT_HIGH, DIGIT_BOTH, DIGIT_HASH } kind;
    unsigned shift, bits;
    struct ndup_fingerprint mask; /* HASH */
};

NDUP_INLINE uint32_t key_of(const struct hamming_digit *d, uint64_t low, uint64_t high)
{
    uint32_t mask = (1u << d->bits) - 1u;
    switch (d->kind) {
    case DIGIT_LOW:
        return (uint32_t)(low >> d->shift) & mask;
    case DIGIT_HIGH:
        return (uint32_t)(high >> d->shift) & mask;
    case DIGIT_BOTH:
        return (uint32_t)(low >> d->shift | high << (64 - d->shift)) & mask;
    case DIGIT_HASH:
        break;
    }
    uint64_t mixed = (low & d->mask.low) * UINT64_C(0x9E3779B97F4A7C15);
    mixed += (high & d->mask.high) * UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)(mixed >> d->shift) & mask;
}

static void fail_worker(struct hamming_worker *w, neardup_status status)
{
    if (w->status == NEARDUP_OK)
        w->status = status;
    atomic_store(&w->search->stop, true);
}

/* True when there is no point in going on; notes a cancellation. */
static bool is_stopped(struct hamming_worker *w)
{
    if (w->search->cancel != NULL && atomic_load_explicit(w->search->cancel, memory_order_relaxed))
        fail_worker(w, NEARDUP_E_CANCELED);
    return atomic_load_explicit(&w->search->stop, memory_order_relaxed);
}

/* ---- blocks and digits ---- */

static struct ndup_fingerprint range_mask(unsigned begin, unsigned end)
{
    struct ndup_fingerprint mask = {0, 0};
    for (unsigned i = begin; i < end; i++) {
        if (i < 64)
            mask.low |= UINT64_C(1) << i;
        else
            mask.high |= UINT64_C(1) << (i - 64);
    }
    return mask;
}

/* Blocks of equal width, or wider by one bit at the front. */
static void cut_evenly(struct hamming_cut *cut, unsigned bits, unsigned blocks, unsigned matching)
{
    *cut = (struct hamming_cut){.blocks = blocks, .matching = matching};
    for (unsigned b = 0; b <= blocks; b++)
        cut->start[b] = (uint8_t)(b * (bits / blocks) + (b < bits % blocks ? b : bits % blocks));
    for (unsigned b = 0; b < blocks; b++)
        cut->mask[b] = range_mask(cut->start[b], cut->start[b + 1]);
}

static unsigned bits_of(struct ndup_fingerprint mask)
{
    return ndup_simhash_distance(mask, (struct ndup_fingerprint){0, 0});
}

/* The bits of the mask, at least as many as blocks; one block has to agree. Neighbouring bits go to different blocks, so that
 * bits of one passage of a template are spread. */
static void cut_mask(struct hamming_cut *cut, struct ndup_fingerprint mask, unsigned blocks)
{
    *cut = (struct hamming_cut){.blocks = blocks, .matching = 1, .hashed = true};
    unsigned block = 0;
    for (; mask.low != 0; mask.low &= mask.low - 1, block = (block + 1) % blocks)
        cut->mask[block].low |= mask.low & -mask.low;
    for (; mask.high != 0; mask.high &= mask.high - 1, block = (block + 1) % blocks)
        cut->mask[block].high |= mask.high & -mask.high;
}

static unsigned block_bits(const struct hamming_cut *cut, unsigned block)
{
    return bits_of(cut->mask[block]);
}

/* Enough that groups of one or two dozen would remain */
static unsigned wanted_bits(size_t n)
{
    unsigned bits = 1;
    while (bits < NDUP_HAMMING_DIGIT_MAX && n >> bits > 24)
        bits++;
    return bits;
}

/* `bits` bits of the block, `used` bits into it (of a hashed one: a hash of all). */
static struct hamming_digit digit_at(const struct hamming_cut *cut, unsigned block, unsigned used, unsigned bits)
{
    struct hamming_digit digit = {.kind = DIGIT_HASH, .mask = cut->mask[block], .bits = bits};
    if (cut->hashed) {
        digit.shift = 64 - bits;
        return digit;
    }
    unsigned begin = cut->start[block] + used;
    digit.kind = begin >= 64 ? DIGIT_HIGH : begin + bits <= 64 ? DIGIT_LOW : DIGIT_BOTH;
    digit.shift = begin % 64;
    return digit;
}

/* The next digit of the block, `used` bits into it, for a group of n. */
static struct hamming_digit next_digit(const struct hamming_cut *cut, unsigned block, unsigned used, size_t n)
{
    unsigned left = bits_of(cut->mask[block]) - used, wanted = wanted_bits(n);
    return digit_at(cut, block, used, wanted < left ? wanted : left);
}

/* Whether the chosen blocks are the first ones that are 0 in this difference, here and in all outer nodes. */
static bool meets_first(const struct hamming_node *node, struct ndup_fingerprint difference)
{
    for (; node != NULL; node = node->outer) {
        for (unsigned b = 0; b <= node->last; b++) {
            struct ndup_fingerprint mask = node->cut->mask[b];
            bool agrees = ((difference.low & mask.low) | (difference.high & mask.high)) == 0;
            if (agrees != (node->chosen >> b & 1))
                return false;
        }
    }
    return true;
}

/* ---- comparing ---- */

struct hits {
    struct hamming_worker *worker;
    const struct hamming_block *block;
};

/* Pairs that a thread counts before it adds them to the sum of all threads, so that they do not fight for it. */
#define FOUND_STEP 1024u

static bool note_pair(struct hamming_worker *w, uint32_t a, uint32_t b)
{
    struct hamming_search *s = w->search;
    if (w->count % FOUND_STEP == 0 && w->count > 0 &&
        atomic_fetch_add(&s->found, FOUND_STEP) + FOUND_STEP > s->max_pairs) {
        fail_worker(w, NEARDUP_E_LIMIT);
        return false;
    }
    if (!ndup_grow(&w->pairs, &w->capacity, w->count + 1, sizeof *w->pairs)) {
        fail_worker(w, NEARDUP_E_NOMEM);
        return false;
    }
    w->pairs[w->count++] = a < b ? (struct ndup_hamming_pair){a, b} : (struct ndup_hamming_pair){b, a};
    return true;
}

/* A pair of references. Meeting very many of them is wasted work, which has another way. */
static bool pass_over(struct hamming_worker *w)
{
    struct hamming_search *s = w->search;
    if (++w->passed % FOUND_STEP != 0 || atomic_fetch_add(&s->passed, FOUND_STEP) + FOUND_STEP <= s->max_passed)
        return true;
    fail_worker(w, NEARDUP_E_LIMIT);
    return false;
}

static bool hit(void *context, size_t row, size_t column)
{
    const struct hits *h = context;
    const struct hamming_elements *r = &h->block->rows, *c = &h->block->columns;
    const struct hamming_search *s = h->worker->search;
    bool side = r->id[row] >= s->boundary;
    if (side == (c->id[column] >= s->boundary) && !s->report[side])
        return true;
    struct ndup_fingerprint difference = {r->low[row] ^ c->low[column], 0};
    if (r->high != NULL)
        difference.high = r->high[row] ^ c->high[column];
    if (!meets_first(h->block->node, difference))
        return true;
    if (r->id[row] < s->references && c->id[column] < s->references)
        return pass_over(h->worker);
    return note_pair(h->worker, r->id[row], c->id[column]);
}

/* Compares and collects; false when stopped. Up to a tile of rows and of columns. */
static bool compare_block(struct hamming_worker *w, const struct hamming_block *block, size_t rows, size_t columns,
                          bool triangle)
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
    if (rows * columns > TILE && is_stopped(w))
        return false;
    return w->search->bits > 64 ? w->search->kernels->compare128(&c) : w->search->kernels->compare64(&c);
}

/* ---- splitting a group ---- */

NDUP_INLINE uint64_t high_of(const struct hamming_elements *e, size_t i)
{
    return e->high != NULL ? e->high[i] : 0;
}

/* ends[key]: how many, then where the group begins; the number of the largest group */
static size_t begin_groups(uint32_t *ends, size_t groups)
{
    uint32_t at = 0, largest = 0;
    for (size_t g = 0; g < groups; g++) {
        uint32_t count = ends[g];
        largest = count > largest ? count : largest;
        ends[g] = at;
        at += count;
    }
    return largest;
}

/* Through the worker's room, and back. */
static void split_by_copy(struct hamming_worker *w, struct hamming_elements e, size_t n, uint32_t *ends)
{
    struct hamming_elements to = w->room;
    const uint16_t *keys = w->keys;
    if (e.high == NULL) {
        for (size_t i = 0; i < n; i++) {
            uint32_t at = ends[keys[i]]++;
            to.low[at] = e.low[i];
            to.id[at] = e.id[i];
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            uint32_t at = ends[keys[i]]++;
            to.low[at] = e.low[i];
            to.high[at] = e.high[i];
            to.id[at] = e.id[i];
        }
        memcpy(e.high, to.high, n * sizeof *e.high);
    }
    memcpy(e.low, to.low, n * sizeof *e.low);
    memcpy(e.id, to.id, n * sizeof *e.id);
}

struct element {
    uint64_t low, high;
    uint32_t id;
};

NDUP_INLINE struct element take(const struct hamming_elements *e, size_t i)
{
    return (struct element){e->low[i], high_of(e, i), e->id[i]};
}

NDUP_INLINE void put(const struct hamming_elements *e, size_t i, struct element x)
{
    e->low[i] = x.low;
    if (e->high != NULL)
        e->high[i] = x.high;
    e->id[i] = x.id;
}

/* What is too much for the room is moved in place, along its cycles. */
static void split_in_place(struct hamming_elements e, size_t n, const struct hamming_digit *digit, uint32_t *ends)
{
    uint32_t stop[1u << NDUP_HAMMING_DIGIT_MAX];
    size_t groups = (size_t)1 << digit->bits;
    for (size_t g = 0; g < groups; g++)
        stop[g] = g + 1 < groups ? ends[g + 1] : (uint32_t)n;
    for (size_t g = 0; g < groups; g++) {
        while (ends[g] < stop[g]) {
            struct element x = take(&e, ends[g]);
            uint32_t key = key_of(digit, x.low, x.high);
            while (key != g) {
                uint32_t at = ends[key]++;
                struct element next = take(&e, at);
                put(&e, at, x);
                x = next;
                key = key_of(digit, x.low, x.high);
            }
            put(&e, ends[g]++, x);
        }
    }
}

/* Sorts elements [0, n) by the digit; ends[key] is where the group of a key ends. */
static void split_group(struct hamming_worker *w, struct hamming_elements e, size_t n,
                        const struct hamming_digit *digit, uint32_t *ends)
{
    size_t groups = (size_t)1 << digit->bits;
    struct hamming_digit d = *digit;
    bool copied = n <= ROOM;
    memset(ends, 0, groups * sizeof *ends);
    for (size_t i = 0; i < n; i++) {
        uint32_t key = key_of(&d, e.low[i], high_of(&e, i));
        if (copied)
            w->keys[i] = (uint16_t)key;
        ends[key]++;
    }
    if (begin_groups(ends, groups) == n) {
        for (size_t g = 0; g < groups; g++)
            ends[g] = g + 1 < groups ? ends[g + 1] : (uint32_t)n;
    } else if (copied) {
        split_by_copy(w, e, n, ends);
    } else {
        split_in_place(e, n, &d, ends);
    }
}

/* ---- walking the tree ---- */

/* Each node compares its group, or splits it by one more block. A large group that agrees in all blocks it needs (texts made
 * from a template share many bits) is cut anew in the bits that still vary. */

/* Groups from here on are looked at for bits that do not vary. */
#define LARGE      4096u
#define GROUPS_MAX (1u << NDUP_HAMMING_DIGIT_MAX)

static void visit(struct hamming_worker *w, struct hamming_elements e, size_t n, const struct hamming_node *node,
                  bool crew);

/* A group against itself. */

struct tiling {
    struct hamming_search *search;
    struct hamming_elements e;
    size_t n;
    const struct hamming_node *node;
    atomic_size_t next;
};

static size_t tile_size(size_t n, size_t tile)
{
    size_t begin = tile * TILE;
    return n - begin < TILE ? n - begin : TILE;
}

static void compare_row(const struct tiling *t, struct hamming_worker *w, size_t row)
{
    struct hamming_block block = {.rows = elements_at(t->e, row * TILE), .node = t->node};
    for (size_t column = row; column * TILE < t->n; column++) {
        block.columns = elements_at(t->e, column * TILE);
        if (!compare_block(w, &block, tile_size(t->n, row), tile_size(t->n, column), row == column))
            return;
    }
}

static void take_rows(void *context, unsigned member)
{
    struct tiling *t = context;
    struct hamming_worker *w = &t->search->workers[member];
    size_t row;
    while ((row = atomic_fetch_add(&t->next, 1)) * TILE < t->n && !is_stopped(w))
        compare_row(t, w, row);
}

static void compare_all(struct hamming_worker *w, struct hamming_elements e, size_t n, const struct hamming_node *node,
                        bool crew)
{
    if (n <= TILE) {
        struct hamming_block block = {.rows = e, .columns = e, .node = node};
        (void)compare_block(w, &block, n, n, true); /* whoever called looks for a stop */
        return;
    }
    struct tiling t = {.search = w->search, .e = e, .n = n, .node = node};
    atomic_init(&t.next, 0);
    if (crew)
        ndup_pool_run(w->search->pool, take_rows, &t);
    else
        take_rows(&t, (unsigned)(w - w->search->workers));
}

struct sharing {
    struct hamming_search *search;
    struct hamming_elements e;
    const uint32_t *ends;
    size_t groups;
    size_t large; /* for the whole crew */
    const struct hamming_node *node;
    atomic_size_t next;
};

static void take_groups(void *context, unsigned member)
{
    struct sharing *s = context;
    struct hamming_worker *w = &s->search->workers[member];
    size_t g;
    while ((g = atomic_fetch_add(&s->next, 1)) < s->groups && !is_stopped(w)) {
        uint32_t begin = g > 0 ? s->ends[g - 1] : 0;
        if (s->ends[g] - begin < s->large)
            visit(w, elements_at(s->e, begin), s->ends[g] - begin, s->node, false);
    }
}

/* Finds the pairs of each group. `crew`: called by the thread that runs the pool, which is idle. */
static void visit_groups(struct hamming_worker *w, struct hamming_elements e, const uint32_t *ends, size_t groups,
                         const struct hamming_node *node, bool crew)
{
    struct sharing s = {.search = w->search, .e = e, .ends = ends, .groups = groups, .large = SIZE_MAX, .node = node};
    atomic_init(&s.next, 0);
    if (!crew || s.search->threads == 1) {
        take_groups(&s, (unsigned)(w - s.search->workers));
        return;
    }
    s.large = w->search->count / (4 * (size_t)s.search->threads);
    if (s.large < ROOM)
        s.large = ROOM;
    ndup_pool_run(s.search->pool, take_groups, &s);
    for (size_t g = 0; g < groups && !is_stopped(w); g++) {
        uint32_t begin = g > 0 ? ends[g - 1] : 0;
        if (ends[g] - begin >= s.large)
            visit(w, elements_at(e, begin), ends[g] - begin, node, true);
    }
}

static void split_and_visit(struct hamming_worker *w, struct hamming_elements e, size_t n,
                            const struct hamming_node *node, bool crew)
{
    uint32_t ends[GROUPS_MAX];
    struct hamming_node child = *node;
    struct hamming_digit digit = next_digit(node->cut, node->last, node->used, n);
    child.used += node->cut->hashed ? block_bits(node->cut, node->last) : digit.bits;
    split_group(w, e, n, &digit, ends);
    visit_groups(w, e, ends, (size_t)1 << digit.bits, &child, crew);
}

static struct ndup_fingerprint varying(struct hamming_elements e, size_t n)
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
static bool counts_elsewhere(const struct hamming_node *node, struct ndup_fingerprint vary)
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
static double pairs_sharing(struct hamming_elements e, size_t n, const struct hamming_digit *digit)
{
    uint32_t counts[GROUPS_MAX] = {0};
    double pairs = 0;
    for (size_t i = 0; i < n; i++)
        pairs += counts[key_of(digit, e.low[i], e.high != NULL ? e.high[i] : 0)]++;
    return pairs;
}

/* A cut only if it halves the work at least, measured: so all of them together cost no more than comparing does. */
static bool cut_anew(struct hamming_worker *w, struct hamming_elements e, size_t n, const struct hamming_node *node,
                     struct ndup_fingerprint vary, bool crew)
{
    struct hamming_cut cut;
    unsigned blocks = w->search->distance + 1;
    if (ndup_simhash_distance(vary, (struct ndup_fingerprint){0, 0}) < 2 * blocks)
        return false;
    cut_mask(&cut, vary, blocks);
    double all = (double)n * (double)n / 2, pairs = (double)n * blocks * w->search->kernels->worth_splitting / 2;
    for (unsigned b = 0; b < blocks && pairs < all / 2; b++) {
        struct hamming_digit digit = next_digit(&cut, b, 0, n);
        pairs += pairs_sharing(e, n, &digit);
    }
    if (pairs >= all / 2)
        return false;
    for (unsigned b = 0; b < blocks && !is_stopped(w); b++) {
        struct hamming_node child = {.outer = node, .cut = &cut, .chosen = UINT64_C(1) << b, .count = 1, .last = b};
        split_and_visit(w, e, n, &child, crew);
    }
    return true;
}

static void visit_children(struct hamming_worker *w, struct hamming_elements e, size_t n,
                           const struct hamming_node *node, const struct ndup_fingerprint *vary, bool crew)
{
    unsigned end = node->cut->blocks - (node->cut->matching - node->count) + 1;
    for (unsigned b = node->last + 1; b < end && !is_stopped(w); b++) {
        struct hamming_node child = {node->outer, node->cut, node->chosen | UINT64_C(1) << b, node->count + 1, b, 0};
        if (vary != NULL && !meets(node->cut->mask[b], *vary)) {
            child.used = block_bits(node->cut, b);
            visit(w, e, n, &child, crew);
            return; /* all agree in it: nothing may pass it over */
        }
        split_and_visit(w, e, n, &child, crew);
    }
}

static void visit(struct hamming_worker *w, struct hamming_elements e, size_t n, const struct hamming_node *node,
                  bool crew)
{
    const struct hamming_cut *cut = node->cut;
    bool open = node->used < block_bits(cut, node->last);
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
    if (is_stopped(w) || counts_elsewhere(node, vary))
        return;
    if (open)
        split_and_visit(w, e, n, node, crew);
    else if (splits > 0)
        visit_children(w, e, n, node, &vary, crew);
    else if (!cut_anew(w, e, n, node, vary, crew))
        compare_all(w, e, n, node, crew);
}

/* ---- sorting by a digit, with all threads ---- */

/* All fingerprints, or some of them, sorted by a digit into the working memory, by all threads. */
struct hamming_sort {
    struct hamming_search *search;
    struct hamming_digit digit;
    uint32_t first, last; /* takes these keys ... */
    struct hamming_range {
        uint32_t begin, end;
    } ranges[2]; /* ... of these fingerprints */
    struct hamming_elements elements;
    uint32_t ends[1u << NDUP_HAMMING_DIGIT_MAX];       /* of the groups of keys first, first + 1 ... */
    uint32_t (*offsets)[1u << NDUP_HAMMING_DIGIT_MAX]; /* [threads]: counts, then places to write */
};

/* With room for this many elements; false and NOMEM in the first worker if they cannot be had. */
static bool sort_init(struct hamming_sort *sort, struct hamming_search *s, size_t room)
{
    struct hamming_elements *e = &sort->elements;
    sort->search = s;
    sort->offsets = ndup_alloc(s->threads, sizeof *sort->offsets);
    e->low = ndup_alloc(room, sizeof *e->low);
    e->high = s->bits > 64 ? ndup_alloc(room, sizeof *e->high) : NULL;
    e->id = ndup_alloc(room, sizeof *e->id);
    if (sort->offsets != NULL && e->low != NULL && e->id != NULL && (s->bits == 64 || e->high != NULL))
        return true;
    fail_worker(&s->workers[0], NEARDUP_E_NOMEM);
    return false;
}

static void sort_free(struct hamming_sort *sort)
{
    free(sort->offsets);
    free(sort->elements.low);
    free(sort->elements.high);
    free(sort->elements.id);
}

/* All keys of all fingerprints. */
static void sort_all(struct hamming_sort *sort, const struct hamming_digit *digit)
{
    sort->digit = *digit;
    sort->first = 0;
    sort->last = (1u << digit->bits) - 1;
    sort->ranges[0] = (struct hamming_range){0, sort->search->count};
    sort->ranges[1] = (struct hamming_range){0, 0};
}

/* Of a range, the member's share of all fingerprints */
static struct hamming_range share_of(const struct hamming_sort *t, unsigned member, struct hamming_range range)
{
    uint32_t begin = (uint32_t)((uint64_t)t->search->count * member / t->search->threads);
    uint32_t end = (uint32_t)((uint64_t)t->search->count * (member + 1) / t->search->threads);
    range.begin = range.begin > begin ? range.begin : begin;
    range.end = range.end < end ? range.end : end;
    return range;
}

static void count_keys(void *context, unsigned member)
{
    struct hamming_sort *t = context;
    const struct ndup_fingerprint *f = t->search->fingerprints;
    struct hamming_digit digit = t->digit;
    uint32_t *counts = t->offsets[member];
    memset(counts, 0, sizeof t->offsets[0]);
    for (unsigned r = 0; r < 2; r++) {
        struct hamming_range share = share_of(t, member, t->ranges[r]);
        for (uint32_t i = share.begin; i < share.end; i++)
            counts[key_of(&digit, f[i].low, f[i].high)]++;
    }
}

static void scatter(void *context, unsigned member)
{
    struct hamming_sort *t = context;
    const struct ndup_fingerprint *f = t->search->fingerprints;
    struct hamming_digit digit = t->digit;
    struct hamming_elements to = t->elements;
    uint32_t *places = t->offsets[member], first = t->first, width = t->last - t->first;
    for (unsigned r = 0; r < 2; r++) {
        struct hamming_range share = share_of(t, member, t->ranges[r]);
        for (uint32_t i = share.begin; i < share.end; i++) {
            uint32_t key = key_of(&digit, f[i].low, f[i].high);
            if (key - first > width)
                continue;
            uint32_t at = places[key]++;
            to.low[at] = f[i].low;
            if (to.high != NULL)
                to.high[at] = f[i].high;
            to.id[at] = i;
        }
    }
}

/* Counts the keys in the ranges: offsets[member][key]. */
static void sort_count(struct hamming_sort *sort)
{
    ndup_pool_run(sort->search->pool, count_keys, sort);
}

static void sort_run(struct hamming_sort *sort)
{
    uint32_t at = 0;
    sort_count(sort);
    for (uint32_t key = sort->first; key <= sort->last; key++) {
        for (unsigned m = 0; m < sort->search->threads; m++) {
            uint32_t count = sort->offsets[m][key];
            sort->offsets[m][key] = at;
            at += count;
        }
        sort->ends[key - sort->first] = at;
    }
    ndup_pool_run(sort->search->pool, scatter, sort);
}

/* ---- the top of the tree ---- */

/* For each first block, the fingerprints are sorted into the working memory by a digit of it. Data that does not fit at once is
 * taken in several passes over ranges of the digit. */

#define PARTITIONS_MAX (1u << NDUP_HAMMING_DIGIT_MAX)

struct top {
    struct hamming_search *search;
    struct hamming_cut cut;
    struct hamming_node node;
    struct hamming_sort sort;
    uint32_t totals[PARTITIONS_MAX];
    uint32_t *chunks; /* where the parts of a partition begin that is too large */
    size_t chunk_capacity;
};

/* Sorts what the pass takes and finds its pairs. */
static void one_pass(struct top *t)
{
    struct hamming_sort *sort = &t->sort;
    sort_run(sort);
    visit_groups(&t->search->workers[0], sort->elements, sort->ends, sort->last - sort->first + 1, &t->node, true);
}

static bool add_chunk(struct top *t, size_t *chunks, uint32_t begin)
{
    if (!ndup_grow(&t->chunks, &t->chunk_capacity, *chunks + 1, sizeof *t->chunks)) {
        fail_worker(&t->search->workers[0], NEARDUP_E_NOMEM);
        return false;
    }
    t->chunks[(*chunks)++] = begin;
    return true;
}

/* One partition larger than the working memory: cut into chunks of half of it, by position, and every two of them
 * together. A pair inside a chunk counts with the next chunk; in the last one, with the one before. */
static void pass_by_chunks(struct top *t)
{
    struct hamming_search *s = t->search;
    size_t chunks = 0, inside = 0;
    if (!add_chunk(t, &chunks, 0))
        return;
    for (uint32_t i = 0; i < s->count; i++) {
        if (key_of(&t->sort.digit, s->fingerprints[i].low, s->fingerprints[i].high) != t->sort.first)
            continue;
        if (inside++ == s->capacity / 2) {
            if (!add_chunk(t, &chunks, i))
                return;
            inside = 1;
        }
    }
    if (!add_chunk(t, &chunks, s->count))
        return;
    for (size_t a = 0; a + 2 < chunks; a++) {
        for (size_t b = a + 1; b + 1 < chunks && !is_stopped(&s->workers[0]); b++) {
            t->sort.ranges[0] = (struct hamming_range){t->chunks[a], t->chunks[a + 1]};
            t->sort.ranges[1] = (struct hamming_range){t->chunks[b], t->chunks[b + 1]};
            s->boundary = t->chunks[b];
            s->report[0] = b == a + 1;
            s->report[1] = b == a + 1 && b + 2 == chunks;
            one_pass(t);
        }
    }
    s->boundary = 0;
    s->report[0] = s->report[1] = true;
    sort_all(&t->sort, &t->sort.digit);
}

/* Ranges of keys as large as the working memory, one after the other */
static void pass_by_keys(struct top *t)
{
    struct hamming_search *s = t->search;
    struct hamming_sort *sort = &t->sort;
    uint32_t partitions = sort->last + 1;
    sort_count(sort);
    memset(t->totals, 0, sizeof t->totals);
    for (unsigned m = 0; m < s->threads; m++) {
        for (uint32_t key = 0; key < partitions; key++)
            t->totals[key] += sort->offsets[m][key];
    }
    for (uint32_t key = 0, next; key < partitions && !is_stopped(&s->workers[0]); key = next) {
        size_t taken = t->totals[key];
        for (next = key + 1; next < partitions && taken + t->totals[next] <= s->capacity; next++)
            taken += t->totals[next];
        sort->first = key;
        sort->last = next - 1;
        if (taken > s->capacity)
            pass_by_chunks(t);
        else
            one_pass(t);
    }
}

/* All pairs whose first chosen block is this one */
static void first_block(struct top *t, unsigned block)
{
    struct hamming_digit digit = next_digit(&t->cut, block, 0, t->search->count);
    t->node = (struct hamming_node){
        .cut = &t->cut, .chosen = UINT64_C(1) << block, .count = 1, .last = block, .used = digit.bits};
    sort_all(&t->sort, &digit);
    if (t->search->count <= t->search->capacity)
        one_pass(t);
    else
        pass_by_keys(t);
}

static void run_tables(struct hamming_search *s)
{
    struct top *t = ndup_calloc(1, sizeof *t);
    if (t == NULL) {
        fail_worker(&s->workers[0], NEARDUP_E_NOMEM);
        return;
    }
    t->search = s;
    cut_evenly(&t->cut, s->bits, s->blocks, s->matching);
    if (sort_init(&t->sort, s, s->count < s->capacity ? s->count : s->capacity)) {
        for (unsigned b = 0; b + s->matching <= s->blocks && !is_stopped(&s->workers[0]); b++)
            first_block(t, b);
    }
    sort_free(&t->sort);
    free(t->chunks);
    free(t);
}

/* ---- comparing all with all ---- */

struct fingerprint_scan {
    struct hamming_search *search;
    atomic_size_t next;
};

/* A tile of fingerprints as columns; how many there are. */
static size_t load_tile(const struct hamming_search *s, size_t tile, struct hamming_elements *to)
{
    size_t begin = tile * TILE, n = s->count - begin;
    n = n < TILE ? n : TILE;
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
    struct fingerprint_scan *scan = context;
    struct hamming_search *s = scan->search;
    struct hamming_worker *w = &s->workers[member];
    struct hamming_elements second = {w->room.low + TILE, w->room.high != NULL ? w->room.high + TILE : NULL,
                                      w->room.id + TILE};
    struct hamming_block same = {.rows = w->room, .columns = w->room};
    struct hamming_block other = {.rows = w->room, .columns = second};
    size_t row;
    while ((row = atomic_fetch_add(&scan->next, 1)) * TILE < s->count && !is_stopped(w)) {
        size_t rows = load_tile(s, row, &w->room);
        bool going = compare_block(w, &same, rows, rows, true);
        for (size_t column = row + 1; going && column * TILE < s->count; column++)
            going = compare_block(w, &other, rows, load_tile(s, column, &second), false);
    }
}

static void run_scan(struct hamming_search *s)
{
    struct fingerprint_scan scan = {.search = s};
    atomic_init(&scan.next, 0);
    ndup_pool_run(s->pool, scan_rows, &scan);
}

/* ---- pairs in order ---- */

NDUP_INLINE uint64_t rank_of(struct ndup_hamming_pair p)
{
    return (uint64_t)p.a << 32 | p.b;
}

static void sort_few(struct ndup_hamming_pair *pairs, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct ndup_hamming_pair p = pairs[i];
        size_t j = i;
        for (; j > 0 && rank_of(pairs[j - 1]) > rank_of(p); j--)
            pairs[j] = pairs[j - 1];
        pairs[j] = p;
    }
}

/* In place, by bytes from the highest: a second array of pairs might not fit. */
static void sort_pairs(struct ndup_hamming_pair *pairs, size_t n, unsigned shift)
{
    if (n <= 24) {
        sort_few(pairs, n);
        return;
    }
    size_t begin[257] = {0}, at[256];
    for (size_t i = 0; i < n; i++)
        begin[(rank_of(pairs[i]) >> shift & 255) + 1]++;
    for (size_t k = 0; k < 256; k++) {
        begin[k + 1] += begin[k];
        at[k] = begin[k];
    }
    for (size_t k = 0; k < 256; k++) {
        while (at[k] < begin[k + 1]) {
            struct ndup_hamming_pair p = pairs[at[k]];
            size_t key;
            while ((key = rank_of(p) >> shift & 255) != k) {
                struct ndup_hamming_pair other = pairs[at[key]];
                pairs[at[key]++] = p;
                p = other;
            }
            pairs[at[k]++] = p;
        }
    }
    for (size_t k = 0; k < 256 && shift > 0; k++)
        sort_pairs(pairs + begin[k], begin[k + 1] - begin[k], shift - 8);
}

static neardup_status fail_search(neardup_status status, uint64_t max_pairs, neardup_error *err)
{
    if (status == NEARDUP_E_NOMEM)
        return ndup_fail_nomem(err);
    if (status == NEARDUP_E_CANCELED)
        return ndup_fail(err, status, "canceled");
    return ndup_fail(
        err, status,
        "more than %llu pairs of fingerprints are within the distance, and the memory budget has no room for them: "
        "choose a smaller distance or a larger budget",
        (unsigned long long)max_pairs);
}

/* The lists of all workers, in order; they are freed as they are taken over. */
static neardup_status gather(struct hamming_search *s, struct ndup_hamming_pairs *out, neardup_error *err)
{
    size_t total = 0;
    for (unsigned m = 0; m < s->threads; m++) {
        if (s->workers[m].status != NEARDUP_OK)
            return fail_search(s->workers[m].status, s->max_pairs, err);
        total += s->workers[m].count;
    }
    if (total > s->max_pairs)
        return fail_search(NEARDUP_E_LIMIT, s->max_pairs, err);
    struct hamming_worker *first = &s->workers[0];
    if (total > 0 && !ndup_resize(&first->pairs, total, sizeof *first->pairs))
        return ndup_fail_nomem(err);
    *out = (struct ndup_hamming_pairs){first->pairs, first->count, total};
    first->pairs = NULL;
    for (unsigned m = 1; m < s->threads; m++) {
        struct hamming_worker *w = &s->workers[m];
        if (w->count > 0)
            memcpy(out->pairs + out->count, w->pairs, w->count * sizeof *w->pairs);
        out->count += w->count;
        free(w->pairs);
        w->pairs = NULL;
    }
    sort_pairs(out->pairs, out->count, 56);
    return NEARDUP_OK;
}

/* ---- search ---- */

static const struct ndup_hamming_kernels *kernels_of(neardup_cpu cpu)
{
    switch (ndup_cpu_resolve(cpu)) {
#if NDUP_X86
    case NEARDUP_CPU_AVX512:
        return &ndup_hamming_avx512;
    case NEARDUP_CPU_AVX2:
        return &ndup_hamming_avx2;
#else
    case NEARDUP_CPU_AVX512:
    case NEARDUP_CPU_AVX2:
#endif
    case NEARDUP_CPU_NEON: /* compilers make vectors of the scalar row there */
    case NEARDUP_CPU_SCALAR:
    case NEARDUP_CPU_AUTO:
        break;
    }
    return &ndup_hamming_scalar;
}

static bool prepare(struct hamming_search *s, bool scan)
{
    size_t room = scan ? 2 * TILE : s->count < ROOM ? s->count : ROOM;
    s->workers = ndup_calloc(s->threads, sizeof *s->workers);
    if (s->workers == NULL)
        return false;
    for (unsigned m = 0; m < s->threads; m++) {
        struct hamming_worker *w = &s->workers[m];
        w->search = s;
        w->room.low = ndup_alloc(room, sizeof *w->room.low);
        w->room.high = s->bits > 64 ? ndup_alloc(room, sizeof *w->room.high) : NULL;
        w->room.id = ndup_alloc(room, sizeof *w->room.id);
        w->keys = ndup_alloc(room, sizeof *w->keys);
        if (w->room.low == NULL || (s->bits > 64 && w->room.high == NULL) || w->room.id == NULL || w->keys == NULL)
            return false;
    }
    return true;
}

static void release(struct hamming_search *s)
{
    for (unsigned m = 0; s->workers != NULL && m < s->threads; m++) {
        struct hamming_worker *w = &s->workers[m];
        free(w->room.low);
        free(w->room.high);
        free(w->room.id);
        free(w->keys);
        free(w->pairs);
    }
    free(s->workers);
}

static size_t capacity_of(const struct ndup_hamming_plan *plan)
{
    uint64_t fixed = NDUP_HAMMING_THREAD_BYTES;
    return plan->bytes < fixed ? 0 : (size_t)((plan->bytes - fixed) / NDUP_HAMMING_ELEMENT_BYTES(plan->bits));
}

neardup_status ndup_hamming_pairs(const struct ndup_hamming_plan *plan, const struct ndup_fingerprint *fingerprints,
                                  uint32_t count, uint64_t max_bytes, neardup_cpu cpu, struct ndup_pool *pool,
                                  const atomic_bool *cancel, struct ndup_hamming_pairs *pairs, neardup_error *err)
{
    return ndup_hamming_pairs_apart(plan, fingerprints, count, 0, max_bytes, cpu, pool, cancel, pairs, err);
}

neardup_status ndup_hamming_pairs_apart(const struct ndup_hamming_plan *plan,
                                        const struct ndup_fingerprint *fingerprints, uint32_t count,
                                        uint32_t references, uint64_t max_bytes, neardup_cpu cpu,
                                        struct ndup_pool *pool, const atomic_bool *cancel,
                                        struct ndup_hamming_pairs *pairs, neardup_error *err)
{
    struct hamming_search s = {
        .bits = plan->bits,
        .distance = plan->distance,
        .blocks = plan->blocks,
        .matching = plan->matching,
        .fingerprints = fingerprints,
        .count = count,
        .references = references,
        .max_passed = ((uint64_t)count + 1024) * NDUP_HAMMING_MASS,
        .max_pairs = max_bytes > 0 ? max_bytes / sizeof(struct ndup_hamming_pair) : UINT64_MAX,
        .kernels = kernels_of(cpu),
        .pool = pool,
        .threads = ndup_pool_threads(pool),
        .cancel = cancel,
        .capacity = capacity_of(plan),
        .report = {true, true},
    };
    bool scan = plan->tables == 0;
    *pairs = (struct ndup_hamming_pairs){0};
    if (count < 2)
        return NEARDUP_OK;
    if (s.capacity < NDUP_HAMMING_CAPACITY_MIN)
        s.capacity = NDUP_HAMMING_CAPACITY_MIN;
    neardup_status st = prepare(&s, scan) ? NEARDUP_OK : ndup_fail_nomem(err);
    if (st == NEARDUP_OK && scan)
        run_scan(&s);
    else if (st == NEARDUP_OK)
        run_tables(&s);
    if (st == NEARDUP_OK)
        st = gather(&s, pairs, err);
    release(&s);
    return st;
}

neardup_status ndup_hamming_pairs_add(struct ndup_hamming_pairs *pairs, uint64_t max_bytes, uint32_t a, uint32_t b,
                                      neardup_error *err)
{
    if (max_bytes > 0 && (pairs->count + 1) * sizeof *pairs->pairs > max_bytes)
        return ndup_fail(
            err, NEARDUP_E_LIMIT,
            "more than %zu pairs of fingerprints are within the distance, and the memory budget has no room for them: "
            "choose a smaller distance or a larger budget",
            pairs->count);
    if (!ndup_grow(&pairs->pairs, &pairs->capacity, pairs->count + 1, sizeof *pairs->pairs))
        return ndup_fail_nomem(err);
    pairs->pairs[pairs->count++] = (struct ndup_hamming_pair){a, b};
    return NEARDUP_OK;
}

void ndup_hamming_pairs_free(struct ndup_hamming_pairs *pairs)
{
    free(pairs->pairs);
    *pairs = (struct ndup_hamming_pairs){0};
}
