/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/verify.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Hashes are well mixed (text/text.h): their low bits are the slot. */
static bool table_insert(uint64_t *table, size_t mask, uint64_t hash)
{
    size_t slot = hash & mask;
    while (table[slot] != 0) {
        if (table[slot] == hash)
            return false;
        slot = (slot + 1) & mask;
    }
    table[slot] = hash;
    return true;
}

neardup_status ndup_probe_fill(struct ndup_probe *probe, const uint64_t *hashes, size_t count, neardup_error *err)
{
    size_t size = 64;
    while (size < 2 * count)
        size *= 2;
    if (!ndup_grow(&probe->distinct, &probe->capacity, count, sizeof *probe->distinct) ||
        !ndup_grow(&probe->table, &probe->table_capacity, size, sizeof *probe->table))
        return ndup_fail_nomem(err);
    memset(probe->table, 0, size * sizeof *probe->table);
    probe->table_size = size;
    probe->has_zero = false;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (NDUP_UNLIKELY(hashes[i] == 0)) {
            if (!probe->has_zero)
                probe->distinct[n++] = 0;
            probe->has_zero = true;
        } else if (table_insert(probe->table, size - 1, hashes[i])) {
            probe->distinct[n++] = hashes[i];
        }
    }
    probe->count = n;
    return NEARDUP_OK;
}

size_t ndup_probe_shared(const struct ndup_probe *probe, const uint64_t *hashes, size_t count)
{
    size_t shared = 0;
    for (size_t i = 0; i < count; i++)
        shared += ndup_probe_holds(probe, hashes[i]);
    return shared;
}

#define SURELY_BITS 32768u

/* Bits that are set are no more than the different hashes. */
bool ndup_surely_more(const uint64_t *hashes, size_t count, size_t limit)
{
    uint64_t seen[SURELY_BITS / 64];
    size_t bits = 1024, set = 0;
    if (count <= limit || limit > SURELY_BITS / 8)
        return false;
    while (bits < 8 * limit)
        bits *= 2;
    memset(seen, 0, bits / 8);
    for (size_t i = 0; i < count && set <= limit; i++) {
        uint64_t *word = &seen[hashes[i] >> 6 & (bits / 64 - 1)], bit = (uint64_t)1 << (hashes[i] & 63);
        set += (*word & bit) == 0;
        *word |= bit;
    }
    return set > limit;
}

void ndup_probe_free(struct ndup_probe *probe)
{
    free(probe->distinct);
    free(probe->table);
    *probe = (struct ndup_probe){0};
}

double ndup_jaccard(size_t shared, size_t a, size_t b)
{
    size_t both = a + b - shared;
    return both == 0 ? 0.0 : (double)shared / (double)both;
}

double ndup_jaccard_bound(size_t a, size_t b)
{
    size_t small = a < b ? a : b, large = a < b ? b : a;
    return large == 0 ? 0.0 : (double)small / (double)large;
}
