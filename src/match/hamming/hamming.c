/* SPDX-License-Identifier: MIT
 * The dispatch of a search, and its pairs in order. */
#include "base/platform.h"

#include "match/hamming/hamming.h"

#include "base/cpu.h"
#include "base/error.h"
#include "base/mem.h"
#include "match/hamming/hamming_tables.h"

#include <stdlib.h>
#include <string.h>

void ndup_hamming_fail(struct ndup_hamming_worker *w, neardup_status status)
{
    if (w->status == NEARDUP_OK)
        w->status = status;
    atomic_store(&w->search->stop, true);
}

bool ndup_hamming_stopped(struct ndup_hamming_worker *w)
{
    if (w->search->cancel != NULL && atomic_load_explicit(w->search->cancel, memory_order_relaxed))
        ndup_hamming_fail(w, NEARDUP_E_CANCELED);
    return atomic_load_explicit(&w->search->stop, memory_order_relaxed);
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
static neardup_status gather(struct ndup_hamming_search *s, struct ndup_hamming_pairs *out, neardup_error *err)
{
    size_t total = 0;
    for (unsigned m = 0; m < s->threads; m++) {
        if (s->workers[m].status != NEARDUP_OK)
            return fail_search(s->workers[m].status, s->max_pairs, err);
        total += s->workers[m].count;
    }
    if (total > s->max_pairs)
        return fail_search(NEARDUP_E_LIMIT, s->max_pairs, err);
    struct ndup_hamming_worker *first = &s->workers[0];
    if (total > 0 && !ndup_resize(&first->pairs, total, sizeof *first->pairs))
        return ndup_fail_nomem(err);
    *out = (struct ndup_hamming_pairs){first->pairs, first->count, total};
    first->pairs = NULL;
    for (unsigned m = 1; m < s->threads; m++) {
        struct ndup_hamming_worker *w = &s->workers[m];
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

static bool prepare(struct ndup_hamming_search *s, bool scan)
{
    size_t room = scan ? 2 * NDUP_HAMMING_TILE : s->count < NDUP_HAMMING_ROOM ? s->count : NDUP_HAMMING_ROOM;
    s->workers = ndup_calloc(s->threads, sizeof *s->workers);
    if (s->workers == NULL)
        return false;
    for (unsigned m = 0; m < s->threads; m++) {
        struct ndup_hamming_worker *w = &s->workers[m];
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

static void release(struct ndup_hamming_search *s)
{
    for (unsigned m = 0; s->workers != NULL && m < s->threads; m++) {
        struct ndup_hamming_worker *w = &s->workers[m];
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
    struct ndup_hamming_search s = {
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
        ndup_hamming_run_scan(&s);
    else if (st == NEARDUP_OK)
        ndup_hamming_run_tables(&s);
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
