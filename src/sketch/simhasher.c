/* SPDX-License-Identifier: MIT
 * Public API: SimHash fingerprints. */
#include "base/platform.h"

#include "neardup.h"

#include "base/error.h"
#include "base/mem.h"
#include "sketch/simhash.h"
#include "text/text.h"

#include <stdlib.h>

_Static_assert(NEARDUP_SIMHASH_RELIABLE == NDUP_SIMHASH_RELIABLE_SHINGLES,
               "the public constant is that of the library");

struct neardup_simhasher {
    struct ndup_text *text;
    struct ndup_simhash *simhash;
};

neardup_status neardup_simhasher_create(neardup_simhasher **out, const neardup_profile *profile, unsigned bits,
                                        neardup_weights weights, neardup_cpu cpu, neardup_error *err)
{
    *out = NULL;
    neardup_simhasher *s = ndup_calloc(1, sizeof *s);
    if (s == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = ndup_simhash_create(&s->simhash, bits, weights, cpu, err);
    if (st == NEARDUP_OK)
        st = ndup_text_create(&s->text, profile, cpu, err);
    if (st != NEARDUP_OK) {
        neardup_simhasher_destroy(s);
        return st;
    }
    *out = s;
    return NEARDUP_OK;
}

neardup_status neardup_simhasher_compute(neardup_simhasher *s, const char *text, size_t length,
                                         neardup_fingerprint *fingerprint, uint64_t *shingles, neardup_error *err)
{
    struct ndup_tokens tokens;
    struct ndup_fingerprint own;
    const uint64_t *hashes;
    size_t count;
    NDUP_TRY(ndup_text_tokenise(s->text, text, length, false, &tokens, err));
    NDUP_TRY(ndup_text_shingle(s->text, tokens.hash, tokens.count, &hashes, &count, err));
    NDUP_TRY(ndup_simhash_compute(s->simhash, hashes, count, &own, err));
    *fingerprint = (neardup_fingerprint){own.low, own.high};
    if (shingles != NULL)
        *shingles = count;
    return NEARDUP_OK;
}

void neardup_simhasher_destroy(neardup_simhasher *s)
{
    if (s == NULL)
        return;
    ndup_text_destroy(s->text);
    ndup_simhash_destroy(s->simhash);
    free(s);
}

unsigned neardup_fingerprint_distance(neardup_fingerprint a, neardup_fingerprint b)
{
    return ndup_simhash_distance((struct ndup_fingerprint){a.low, a.high}, (struct ndup_fingerprint){b.low, b.high});
}
