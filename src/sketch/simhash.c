/* SPDX-License-Identifier: MIT
 * Fingerprints over a row of kernels. The bits: doc/simhash.md. */
#include "base/platform.h"

#include "sketch/simhash.h"

#include "base/cpu.h"
#include "base/error.h"
#include "base/key.h"
#include "base/mem.h"
#include "sketch/simhash_kernel.h"

#include <stdlib.h>
#include <string.h>

struct ndup_simhash {
    unsigned bits;
    neardup_weights weights;
    const struct ndup_simhash_kernels *kernels;
    const struct ndup_key *key;
    /* for weights ONE */
    uint64_t *distinct;
    size_t capacity;
    uint64_t *table; /* open addressing; 0 is an empty slot */
    size_t table_capacity;
};

static const struct ndup_simhash_kernels *choose_kernels(neardup_cpu cpu)
{
    switch (ndup_cpu_resolve(cpu)) {
#if NDUP_X86
    case NEARDUP_CPU_AVX512:
        return &ndup_simhash_avx512;
    case NEARDUP_CPU_AVX2:
        return &ndup_simhash_avx2;
    case NEARDUP_CPU_NEON:
#elif NDUP_NEON
    case NEARDUP_CPU_NEON:
        return &ndup_simhash_neon;
    case NEARDUP_CPU_AVX512:
    case NEARDUP_CPU_AVX2:
#else
    case NEARDUP_CPU_AVX512:
    case NEARDUP_CPU_AVX2:
    case NEARDUP_CPU_NEON:
#endif
    case NEARDUP_CPU_SCALAR:
    case NEARDUP_CPU_AUTO:
        break;
    }
    return &ndup_simhash_scalar;
}

neardup_status ndup_simhash_create(struct ndup_simhash **out, unsigned bits, neardup_weights weights, neardup_cpu cpu,
                                   neardup_error *err)
{
    *out = NULL;
    if (bits != 64 && bits != 128)
        return ndup_fail(err, NEARDUP_E_ARG, "a fingerprint has 64 or 128 bits, not %u", bits);
    if (weights != NEARDUP_WEIGHTS_COUNT && weights != NEARDUP_WEIGHTS_ONE)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown weights %d", (int)weights);
    struct ndup_simhash *simhash = ndup_calloc(1, sizeof *simhash);
    if (simhash == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = ndup_key_get(&simhash->key, err);
    if (st != NEARDUP_OK) {
        free(simhash);
        return st;
    }
    simhash->bits = bits;
    simhash->weights = weights;
    simhash->kernels = choose_kernels(cpu);
    *out = simhash;
    return NEARDUP_OK;
}

void ndup_simhash_destroy(struct ndup_simhash *simhash)
{
    if (simhash == NULL)
        return;
    free(simhash->distinct);
    free(simhash->table);
    free(simhash);
}

/* Memory for the distinct ones of count hashes, and an empty table of `size` slots for them */
static bool prepare_table(struct ndup_simhash *simhash, size_t count, size_t size)
{
    if (!ndup_grow(&simhash->distinct, &simhash->capacity, count, sizeof(uint64_t)) ||
        !ndup_grow(&simhash->table, &simhash->table_capacity, size, sizeof(uint64_t)))
        return false;
    memset(simhash->table, 0, size * sizeof(uint64_t));
    return true;
}

/* The hashes are public, so that a text could be written whose hashes all want one slot: a secret key decides which they
 * want. 0 cannot be in the table. */
static bool insert(const struct ndup_key *key, uint64_t *table, size_t mask, uint64_t hash)
{
    size_t slot = ndup_key_place(key, hash) & mask;
    while (table[slot] != 0) {
        if (table[slot] == hash)
            return false;
        slot = (slot + 1) & mask;
    }
    table[slot] = hash;
    return true;
}

/* simhash->distinct[0..*distinct): each hash once. Whether a slot is taken is a coin toss that no branch predictor
 * wins: all hashes first try the slot of their own without a branch, and the few that find another hash there wait at
 * the end of the array. Equal hashes find the same one there, so that they all wait, and meet when they are inserted. */
static neardup_status keep_distinct(struct ndup_simhash *simhash, const uint64_t *hashes, size_t count,
                                    size_t *distinct, neardup_error *err)
{
    size_t size = 64, kept = 0, waiting = 0;
    bool has_zero = false;
    while (size / 2 < count && size <= SIZE_MAX / 16)
        size *= 2;
    if (size / 2 < count || !prepare_table(simhash, count, size))
        return ndup_fail_nomem(err);
    uint64_t *table = simhash->table, *out = simhash->distinct;
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = hashes[i];
        if (NDUP_UNLIKELY(hash == 0)) {
            out[kept] = 0;
            kept += !has_zero;
            has_zero = true;
            continue;
        }
        uint64_t *slot = &table[ndup_key_place(simhash->key, hash) & (size - 1)];
        uint64_t there = *slot;
        *slot = there == 0 ? hash : there;
        out[kept] = out[count - 1 - waiting] = hash;
        kept += there == 0;
        waiting += (size_t)(there != 0) & (size_t)(there != hash);
    }
    for (size_t i = count - waiting; i < count; i++)
        if (insert(simhash->key, table, size - 1, out[i]))
            out[kept++] = out[i];
    *distinct = kept;
    return NEARDUP_OK;
}

bool ndup_simhash_is_short(const struct ndup_simhash *simhash, const uint64_t *hashes, size_t count)
{
    enum { SLOTS = 256 }; /* more than twice the hashes that are kept, so that they are found in a step or two */
    uint64_t table[SLOTS] = {0};
    unsigned different = 0;
    bool has_zero = false;
    for (size_t i = 0; i < count && different < NDUP_SIMHASH_RELIABLE_SHINGLES; i++) {
        bool is_new = hashes[i] != 0 ? insert(simhash->key, table, SLOTS - 1, hashes[i]) : !has_zero;
        has_zero |= hashes[i] == 0;
        different += is_new;
    }
    return different < NDUP_SIMHASH_RELIABLE_SHINGLES;
}

neardup_status ndup_simhash_compute(struct ndup_simhash *simhash, const uint64_t *hashes, size_t count,
                                    struct ndup_fingerprint *out, neardup_error *err)
{
    const struct ndup_simhash_kernels *kernels = simhash->kernels;
    struct ndup_simhash_majority low, high = {0, 0};
    *out = (struct ndup_fingerprint){0, 0};
    if (count == 0)
        return NEARDUP_OK;
    if (simhash->weights == NEARDUP_WEIGHTS_ONE) {
        NDUP_TRY(keep_distinct(simhash, hashes, count, &count, err));
        hashes = simhash->distinct;
    }
    low = kernels->first(hashes, count);
    if (simhash->bits == 128)
        high = kernels->second(hashes, count);
    out->low = low.more;
    out->high = high.more;
    if ((low.tied | high.tied) != 0) {
        uint64_t least = ndup_simhash_key(kernels->least_key(hashes, count));
        out->low |= low.tied & least;
        out->high |= high.tied & ndup_simhash_second(least);
    }
    return NEARDUP_OK;
}
