/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/intra_document.h"

#include "base/error.h"
#include "base/mem.h"
#include "match/intra_document_impl.h"

#include <stdlib.h>
#include <string.h>

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

void ndup_intra_destroy(struct ndup_intra_document *within)
{
    if (within == NULL)
        return;
    release(within);
    free(within);
}

void ndup_intra_begin(struct ndup_intra_document *within)
{
    if (within->hash_capacity > LARGE && within->hash_count < within->hash_capacity / 8)
        release(within);
    within->hash_count = within->part_count = 0;
}

neardup_status ndup_intra_add(struct ndup_intra_document *within, const uint64_t *hashes, size_t count, uint32_t tokens,
                              bool candidate, neardup_error *err)
{
    size_t begin = within->hash_count;
    /* Shingles are numbered with 32 bits. */
    if (count >= UINT32_MAX - begin ||
        !ndup_grow(&within->hashes, &within->hash_capacity, begin + count, sizeof *within->hashes) ||
        !ndup_grow(&within->parts, &within->part_capacity, within->part_count + 1, sizeof *within->parts))
        return ndup_fail_nomem(err);
    if (count > 0)
        memcpy(within->hashes + begin, hashes, count * sizeof *hashes);
    within->hash_count += count;
    within->parts[within->part_count++] = (struct ndup_intra_part){
        .begin = begin, .count = (uint32_t)count, .tokens = tokens, .candidate = candidate, .standing = true};
    return NEARDUP_OK;
}

/* ---- which shingles may stand twice ---- */

/* Eight slots a shingle or more: about a tenth of those that stand once look as if they stood twice. A slot has a byte,
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
 * much or more, since those that were not seen again stand once. The same goes for containment. */
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

neardup_status ndup_intra_find(struct ndup_intra_document *within, double threshold, double containment, uint32_t least,
                               struct ndup_intra_found *found, neardup_error *err)
{
    *found = (struct ndup_intra_found){0};
    within->bucket_count = within->contained_count = 0;
    if (within->part_count < 2)
        return NEARDUP_OK;
    if (!see_all(within))
        return ndup_fail_nomem(err);
    judge_parts(within, threshold, containment, least);
    if (within->near_count < 2 && within->maybe_count == 0)
        return NEARDUP_OK;
    if (!ndup_intra_list(within) || (within->maybe_count > 0 && !ndup_intra_contain(within, threshold, containment)) ||
        !ndup_intra_bucket(within, threshold, &found->bucket_count))
        return ndup_fail_nomem(err);
    found->buckets = within->buckets;
    found->bucket_entries = within->bucket_count;
    found->contained = within->contained;
    found->contained_count = within->contained_count;
    return NEARDUP_OK;
}
