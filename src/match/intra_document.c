/* SPDX-License-Identifier: MIT */
#include "base/platform.h"
#include "base/error.h"
#include "base/mem.h"
#include "match/intra_document.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* First which parts can share anything, then what they share. */
struct ndup_intra_part {
    size_t begin; /* of its hashes */
    size_t item_begin;
    uint32_t count, items;
    uint32_t single;   /* shingles that occur once in the document: these are not items */
    uint32_t distinct; /* shingles, items and single ones */
    uint32_t tokens;
    bool candidate, near, maybe, standing; /* near: may be near another part. maybe: may be contained */
};

struct ndup_intra_item { /* a shingle of a part that may also occur elsewhere */
    uint32_t shingle;    /* numbered by first appearance */
    bool listed;         /* the part is one of the first NDUP_WITHIN_COMMON with this shingle */
};

struct ndup_intra_list { /* the parts with a shingle, ascending: lists[begin..begin + count) */
    uint32_t begin, count;
    uint32_t last;      /* part + 1 that was seen last with the shingle */
    uint32_t frequency; /* how many parts have it */
    bool stale;         /* lists a part that was removed */
};

struct ndup_intra_ranked {
    uint32_t frequency, shingle;
};

struct ndup_intra_document {
    uint64_t *hashes;
    struct ndup_intra_part *parts;
    size_t hash_count, hash_capacity, part_count, part_capacity;

    unsigned char *seen; /* [slots]: bit 0: seen, bit 1: seen again */
    size_t seen_mask, seen_capacity;
    size_t again_count, near_count, maybe_count; /* hashes seen again; parts */

    uint64_t *keys;    /* hash of a shingle */
    uint32_t *numbers; /* and its number + 1; 0: a free slot */
    struct ndup_intra_item *items;
    struct ndup_intra_list *shingles;
    uint32_t *lists;
    size_t key_capacity, number_capacity, item_count, item_capacity, shingle_count, shingle_capacity, list_capacity;

    uint32_t *overlap, *touched; /* [parts]; overlap is zero between uses */
    uint64_t *order;
    struct ndup_intra_ranked *ranked;
    size_t overlap_capacity, touched_capacity, order_count, order_capacity, ranked_capacity;

    struct ndup_intra_bucket *buckets;
    struct ndup_intra_contained *contained;
    size_t bucket_count, bucket_capacity, contained_count, contained_capacity;
};

NDUP_INLINE size_t ndup_intra_slot(uint64_t hash, size_t mask)
{
    return (size_t)(hash >> 16) & mask;
}

/* Seen more than once in the document; sometimes true of what was not, never false of what was. */
NDUP_INLINE bool ndup_intra_again(const struct ndup_intra_document *w, uint64_t hash)
{
    return w->seen[ndup_intra_slot(hash, w->seen_mask)] > 1;
}

/* The following give false if there is no memory. Numbers the shingles that were seen again, lists their parts. */
static bool intra_list(struct ndup_intra_document *w);

/* What was judged from bits is judged again from the lists, which are exact: which shingles share a bit depends on the key
 * of the process, and what is found must not. */
static void judge_again(struct ndup_intra_document *w, double threshold, double containment);

/* Fills `contained`; contained parts are removed. */
static bool intra_contain(struct ndup_intra_document *w, double threshold, double containment);

/* Fills `buckets`; *count gets their number. */
static bool intra_bucket(struct ndup_intra_document *w, double threshold, uint32_t *count);

/* Documents of more shingles have their memory given back when a (much smaller) one follows. */
enum { LARGE = 1 << 20 };

/* Keeps rounding on the safe side: a part too many goes on to the exact steps. */
#define SLACK 1e-6

neardup_status ndup_intra_create(struct ndup_intra_document **out, neardup_error *err)
{
    *out = ndup_calloc(1, sizeof **out);
    return *out != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

static void release(struct ndup_intra_document *w)
{
    free(w->hashes);
    free(w->parts);
    free(w->seen);
    free(w->keys);
    free(w->numbers);
    free(w->items);
    free(w->shingles);
    free(w->lists);
    free(w->overlap);
    free(w->touched);
    free(w->order);
    free(w->ranked);
    free(w->buckets);
    free(w->contained);
    *w = (struct ndup_intra_document){0};
}

void ndup_intra_destroy(struct ndup_intra_document *intra)
{
    if (intra == NULL)
        return;
    release(intra);
    free(intra);
}

void ndup_intra_begin(struct ndup_intra_document *intra)
{
    if (intra->hash_capacity > LARGE && intra->hash_count < intra->hash_capacity / 8)
        release(intra);
    intra->hash_count = intra->part_count = 0;
}

neardup_status ndup_intra_add(struct ndup_intra_document *intra, const uint64_t *hashes, size_t count, uint32_t tokens,
                              bool candidate, neardup_error *err)
{
    size_t begin = intra->hash_count;
    /* Shingles are numbered with 32 bits. */
    if (count >= UINT32_MAX - begin ||
        !ndup_grow(&intra->hashes, &intra->hash_capacity, begin + count, sizeof *intra->hashes) ||
        !ndup_grow(&intra->parts, &intra->part_capacity, intra->part_count + 1, sizeof *intra->parts))
        return ndup_fail_nomem(err);
    if (count > 0)
        memcpy(intra->hashes + begin, hashes, count * sizeof *hashes);
    intra->hash_count += count;
    intra->parts[intra->part_count++] = (struct ndup_intra_part){
        .begin = begin, .count = (uint32_t)count, .tokens = tokens, .candidate = candidate, .standing = true};
    return NEARDUP_OK;
}

/* ---- which shingles may occur twice ---- */

/* Eight slots per shingle or more: about a tenth of those that occur once look as if they occurred twice. A slot has a byte,
 * which costs memory, but no shifts. */
static bool see_all(struct ndup_intra_document *w)
{
    size_t slots = 256;
    while (slots < 8 * w->hash_count)
        slots *= 2;
    if (!ndup_grow(&w->seen, &w->seen_capacity, slots, 1))
        return false;
    memset(w->seen, 0, slots);
    w->seen_mask = slots - 1;
    unsigned char *seen = w->seen;
    const uint64_t *hashes = w->hashes;
    for (size_t i = 0, n = w->hash_count, mask = slots - 1; i < n; i++) {
        unsigned char *slot = &seen[ndup_intra_slot(hashes[i], mask)];
        *slot = (unsigned char)(2 * *slot + 1);
    }
    return true;
}

static uint32_t count_again(const struct ndup_intra_document *w, const struct ndup_intra_part *part)
{
    const unsigned char *seen = w->seen;
    const uint64_t *hashes = w->hashes + part->begin;
    uint32_t again = 0;
    for (size_t i = 0, n = part->count, mask = w->seen_mask; i < n; i++)
        again += seen[ndup_intra_slot(hashes[i], mask)] >> 1 & 1;
    return again;
}

/* Of two parts with Jaccard t, a share t of the distinct shingles of each was seen again; of their occurrences it is as
 * much or more, since those that were not seen again occur once. The same holds for containment. */
static void judge_parts(struct ndup_intra_document *w, double threshold, double containment, uint32_t least)
{
    w->again_count = w->near_count = w->maybe_count = 0;
    for (size_t p = 0; p < w->part_count; p++) {
        struct ndup_intra_part *part = &w->parts[p];
        uint32_t again = count_again(w, part);
        double share = (double)again + SLACK, count = (double)part->count;
        part->single = part->count - again;
        part->near = again > 0 && share >= threshold * count;
        part->maybe =
            again > 0 && containment > 0 && part->candidate && part->tokens >= least && share >= containment * count;
        w->again_count += again;
        w->near_count += part->near && part->candidate;
        w->maybe_count += part->maybe;
    }
}

neardup_status ndup_intra_find(struct ndup_intra_document *intra, double threshold, double containment, uint32_t least,
                               struct ndup_intra_found *found, neardup_error *err)
{
    *found = (struct ndup_intra_found){0};
    intra->bucket_count = intra->contained_count = 0;
    if (intra->part_count < 2)
        return NEARDUP_OK;
    if (!see_all(intra))
        return ndup_fail_nomem(err);
    judge_parts(intra, threshold, containment, least);
    if (intra->near_count < 2 && intra->maybe_count == 0)
        return NEARDUP_OK;
    if (!intra_list(intra))
        return ndup_fail_nomem(err);
    judge_again(intra, threshold, containment);
    if ((intra->maybe_count > 0 && !intra_contain(intra, threshold, containment)) ||
        !intra_bucket(intra, threshold, &found->bucket_count))
        return ndup_fail_nomem(err);
    found->buckets = intra->buckets;
    found->bucket_entries = intra->bucket_count;
    found->contained = intra->contained;
    found->contained_count = intra->contained_count;
    return NEARDUP_OK;
}

/* ---- lists ---- */

/* The number of a shingle, a new one if need be. The table has room. */
static uint32_t number_of(struct ndup_intra_document *w, size_t mask, uint64_t hash)
{
    size_t slot = hash & mask;
    while (w->numbers[slot] != 0 && w->keys[slot] != hash)
        slot = (slot + 1) & mask;
    if (w->numbers[slot] == 0) {
        w->keys[slot] = hash;
        w->shingles[w->shingle_count] = (struct ndup_intra_list){0};
        w->numbers[slot] = (uint32_t)++w->shingle_count;
    }
    return w->numbers[slot] - 1;
}

static void number_part(struct ndup_intra_document *w, uint32_t p, size_t mask)
{
    struct ndup_intra_part *part = &w->parts[p];
    part->item_begin = w->item_count;
    for (size_t i = 0; i < part->count; i++) {
        uint64_t hash = w->hashes[part->begin + i];
        if (!ndup_intra_again(w, hash))
            continue;
        uint32_t s = number_of(w, mask, hash);
        struct ndup_intra_list *list = &w->shingles[s];
        if (list->last == p + 1)
            continue;
        list->last = p + 1;
        bool listed = list->frequency++ < NDUP_INTRA_COMMON;
        list->count += listed;
        w->items[w->item_count++] = (struct ndup_intra_item){s, listed};
    }
    part->items = (uint32_t)(w->item_count - part->item_begin);
    part->distinct = part->single + part->items;
}

static void fill_lists(struct ndup_intra_document *w)
{
    uint32_t at = 0;
    for (size_t s = 0; s < w->shingle_count; s++) {
        w->shingles[s].begin = at;
        at += w->shingles[s].count;
        w->shingles[s].count = 0;
    }
    for (uint32_t p = 0; p < w->part_count; p++) {
        const struct ndup_intra_item *items = w->items + w->parts[p].item_begin;
        for (uint32_t i = 0; i < w->parts[p].items; i++) {
            struct ndup_intra_list *list = &w->shingles[items[i].shingle];
            if (items[i].listed)
                w->lists[list->begin + list->count++] = p;
        }
    }
}

static bool intra_list(struct ndup_intra_document *w)
{
    size_t size = 64;
    while (size < 2 * w->again_count)
        size *= 2;
    if (!ndup_grow(&w->keys, &w->key_capacity, size, sizeof *w->keys) ||
        !ndup_grow(&w->numbers, &w->number_capacity, size, sizeof *w->numbers) ||
        !ndup_grow(&w->shingles, &w->shingle_capacity, w->again_count, sizeof *w->shingles) ||
        !ndup_grow(&w->items, &w->item_capacity, w->again_count, sizeof *w->items) ||
        !ndup_grow(&w->lists, &w->list_capacity, w->again_count, sizeof *w->lists) ||
        !ndup_grow(&w->overlap, &w->overlap_capacity, w->part_count, sizeof *w->overlap) ||
        !ndup_grow(&w->touched, &w->touched_capacity, w->part_count, sizeof *w->touched))
        return false;
    memset(w->numbers, 0, size * sizeof *w->numbers);
    memset(w->overlap, 0, w->part_count * sizeof *w->overlap);
    w->shingle_count = w->item_count = 0;
    for (uint32_t p = 0; p < w->part_count; p++)
        number_part(w, p, size - 1);
    fill_lists(w);
    return true;
}

/* ---- containment ---- */

static int by_number(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* Longest first, of equals the later first. */
static bool order_parts(struct ndup_intra_document *w)
{
    if (!ndup_grow(&w->order, &w->order_capacity, w->maybe_count, sizeof *w->order))
        return false;
    w->order_count = 0;
    for (uint32_t p = 0; p < w->part_count; p++)
        if (w->parts[p].maybe)
            w->order[w->order_count++] = (uint64_t)(UINT32_MAX - w->parts[p].tokens) << 32 | (UINT32_MAX - p);
    qsort(w->order, w->order_count, sizeof *w->order, by_number);
    return true;
}

/* Takes the removed parts out of a list. */
static void shorten(struct ndup_intra_document *w, struct ndup_intra_list *list)
{
    uint32_t *parts = w->lists + list->begin, n = 0;
    if (!list->stale)
        return;
    list->stale = false;
    for (uint32_t i = 0; i < list->count; i++) {
        parts[n] = parts[i];
        n += w->parts[parts[i]].standing;
    }
    list->count = n;
}

/* Counts what other standing parts share with p in `overlap`. Returns how many parts share something. */
static size_t count_overlaps(struct ndup_intra_document *w, uint32_t p)
{
    const struct ndup_intra_part *part = &w->parts[p];
    size_t touched = 0;
    for (uint32_t i = 0; i < part->items; i++) {
        struct ndup_intra_list *list = &w->shingles[w->items[part->item_begin + i].shingle];
        shorten(w, list);
        for (uint32_t k = 0; k < list->count; k++) {
            uint32_t q = w->lists[list->begin + k];
            w->touched[touched] = q;
            touched += w->overlap[q]++ == 0 && q != p;
        }
    }
    w->overlap[p] = 0;
    return touched;
}

/* Near-duplicates of p do not count: their overlap becomes 0. The best of the rest, or p if nothing is left. */
static uint32_t drop_near(struct ndup_intra_document *w, uint32_t p, size_t touched, double threshold)
{
    uint32_t best = p;
    for (size_t i = 0; i < touched; i++) {
        uint32_t q = w->touched[i], shared = w->overlap[q];
        double all = (double)w->parts[p].distinct + (double)w->parts[q].distinct - (double)shared;
        if ((double)shared / all >= threshold) {
            w->overlap[q] = 0;
            continue;
        }
        if (shared > w->overlap[best] || (shared == w->overlap[best] && q < best))
            best = q;
    }
    return best;
}

static uint32_t count_covered(const struct ndup_intra_document *w, uint32_t p)
{
    const struct ndup_intra_part *part = &w->parts[p];
    uint32_t covered = 0;
    for (uint32_t i = 0; i < part->items; i++) {
        const struct ndup_intra_list *list = &w->shingles[w->items[part->item_begin + i].shingle];
        uint32_t k = 0;
        while (k < list->count && w->overlap[w->lists[list->begin + k]] == 0)
            k++;
        covered += k < list->count;
    }
    return covered;
}

/* How many shingles of p another part has, or had. */
static uint32_t count_common(const struct ndup_intra_document *w, const struct ndup_intra_part *part)
{
    uint32_t common = 0;
    for (uint32_t i = 0; i < part->items; i++)
        common += w->shingles[w->items[part->item_begin + i].shingle].frequency > 1;
    return common;
}

static void judge_again(struct ndup_intra_document *w, double threshold, double containment)
{
    w->maybe_count = 0;
    for (size_t p = 0; p < w->part_count; p++) {
        struct ndup_intra_part *part = &w->parts[p];
        double share = (double)count_common(w, part) + SLACK, distinct = (double)part->distinct;
        part->near = part->near && share >= threshold * distinct;
        part->maybe = part->maybe && share >= containment * distinct;
        w->maybe_count += part->maybe;
    }
}

static bool contain_part(struct ndup_intra_document *w, uint32_t p, double threshold, double containment)
{
    struct ndup_intra_part *part = &w->parts[p];
    if ((double)count_common(w, part) / (double)part->distinct < containment)
        return true;
    size_t touched = count_overlaps(w, p);
    uint32_t best = drop_near(w, p, touched, threshold), covered = best != p ? count_covered(w, p) : 0;
    for (size_t i = 0; i < touched; i++)
        w->overlap[w->touched[i]] = 0;
    if (covered == 0 || (double)covered / (double)part->distinct < containment)
        return true;
    if (!ndup_grow(&w->contained, &w->contained_capacity, w->contained_count + 1, sizeof *w->contained))
        return false;
    w->contained[w->contained_count++] = (struct ndup_intra_contained){p, best, covered, part->distinct};
    part->standing = false;
    for (uint32_t i = 0; i < part->items; i++)
        w->shingles[w->items[part->item_begin + i].shingle].stale |= w->items[part->item_begin + i].listed;
    return true;
}

static int by_part(const void *left, const void *right)
{
    const struct ndup_intra_contained *a = left, *b = right;
    return a->part < b->part ? -1 : a->part > b->part;
}

static bool intra_contain(struct ndup_intra_document *w, double threshold, double containment)
{
    if (!order_parts(w))
        return false;
    for (size_t i = 0; i < w->order_count; i++)
        if (!contain_part(w, UINT32_MAX - (uint32_t)w->order[i], threshold, containment))
            return false;
    if (w->contained_count > 1)
        qsort(w->contained, w->contained_count, sizeof *w->contained, by_part);
    return true;
}

/* ---- buckets ---- */

static bool in_buckets(const struct ndup_intra_part *part)
{
    return part->candidate && part->near && part->standing;
}

/* The smallest overlap with a set at least as similar; the slack keeps rounding on the safe side. */
static uint32_t prefix_length(double threshold, uint32_t distinct)
{
    double overlap = ceil(threshold * (double)distinct - 1e-6);
    return distinct - (overlap < 1 ? 1 : (uint32_t)overlap) + 1;
}

static int by_rank(const void *left, const void *right)
{
    const struct ndup_intra_ranked *a = left, *b = right;
    if (a->frequency != b->frequency)
        return a->frequency < b->frequency ? -1 : 1;
    return a->shingle < b->shingle ? -1 : a->shingle > b->shingle;
}

/* Appends the prefix of p to `order`, as (shingle, part). Shingles that no other part in buckets has come first in it,
 * and need no bucket. */
static bool add_prefix(struct ndup_intra_document *w, uint32_t p, double threshold)
{
    const struct ndup_intra_part *part = &w->parts[p];
    const struct ndup_intra_item *items = w->items + part->item_begin;
    uint32_t alone = part->single, n = 0, length = prefix_length(threshold, part->distinct);
    if (!ndup_grow(&w->ranked, &w->ranked_capacity, part->items, sizeof *w->ranked) ||
        !ndup_grow(&w->order, &w->order_capacity, w->order_count + part->items, sizeof *w->order))
        return false;
    for (uint32_t i = 0; i < part->items; i++) {
        uint32_t frequency = w->shingles[items[i].shingle].frequency;
        alone += frequency == 1;
        if (frequency > 1 && items[i].listed)
            w->ranked[n++] = (struct ndup_intra_ranked){frequency, items[i].shingle};
    }
    if (length <= alone)
        return true;
    qsort(w->ranked, n, sizeof *w->ranked, by_rank);
    for (uint32_t i = 0; i < n && i < length - alone; i++) {
        w->shingles[w->ranked[i].shingle].count++;
        w->order[w->order_count++] = (uint64_t)w->ranked[i].shingle << 32 | p;
    }
    return true;
}

static bool add_prefixes(struct ndup_intra_document *w, double threshold)
{
    w->order_count = 0;
    for (size_t s = 0; s < w->shingle_count; s++)
        w->shingles[s].frequency = w->shingles[s].count = 0;
    for (uint32_t p = 0; p < w->part_count; p++)
        for (uint32_t i = 0; in_buckets(&w->parts[p]) && i < w->parts[p].items; i++)
            w->shingles[w->items[w->parts[p].item_begin + i].shingle].frequency++;
    for (uint32_t p = 0; p < w->part_count; p++)
        if (in_buckets(&w->parts[p]) && !add_prefix(w, p, threshold))
            return false;
    return true;
}

/* Lists of parts by shingle, of those with two parts or more. */
static void list_prefixes(struct ndup_intra_document *w)
{
    uint32_t at = 0;
    for (size_t s = 0; s < w->shingle_count; s++) {
        w->shingles[s].begin = at;
        at += w->shingles[s].count;
        w->shingles[s].count = 0;
    }
    for (size_t i = 0; i < w->order_count; i++) {
        struct ndup_intra_list *list = &w->shingles[w->order[i] >> 32];
        w->lists[list->begin + list->count++] = (uint32_t)w->order[i];
    }
}

/* Near-duplicates share many shingles of their prefixes. Of the buckets of the same parts one is enough; `overlap` has
 * the last list (its place + 1) that began with a part. */
static bool is_repeated(struct ndup_intra_document *w, uint32_t s)
{
    const struct ndup_intra_list *list = &w->shingles[s];
    const uint32_t *parts = w->lists + list->begin;
    uint32_t *last = &w->overlap[parts[0]];
    bool same = *last != 0 && w->shingles[*last - 1].count == list->count &&
                memcmp(w->lists + w->shingles[*last - 1].begin, parts, list->count * sizeof *parts) == 0;
    *last = s + 1;
    return same;
}

static bool intra_bucket(struct ndup_intra_document *w, double threshold, uint32_t *count)
{
    *count = 0;
    if (!add_prefixes(w, threshold))
        return false;
    list_prefixes(w);
    for (uint32_t s = 0; s < w->shingle_count; s++) {
        const struct ndup_intra_list *list = &w->shingles[s];
        if (list->count < 2 || is_repeated(w, s))
            continue;
        if (!ndup_grow(&w->buckets, &w->bucket_capacity, w->bucket_count + list->count, sizeof *w->buckets))
            return false;
        for (uint32_t i = 0; i < list->count; i++)
            w->buckets[w->bucket_count++] = (struct ndup_intra_bucket){w->lists[list->begin + i], *count};
        ++*count;
    }
    return true;
}
