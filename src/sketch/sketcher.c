/* SPDX-License-Identifier: MIT
 * Public API: MinHash signatures. */
#include "base/platform.h"

#include "neardup.h"

#include "base/error.h"
#include "base/mem.h"
#include "sketch/sketch.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

struct neardup_sketcher {
    struct ndup_text *text;
    struct ndup_sketch *sketch;
    uint32_t *padded;
    uint32_t slots;
};

neardup_status neardup_sketcher_create(neardup_sketcher **out, const neardup_profile *profile, neardup_sketch_kind kind,
                                       uint32_t slots, uint64_t seed, neardup_cpu cpu, neardup_error *err)
{
    *out = NULL;
    if (slots < 1 || slots > NDUP_MAX_SLOTS)
        return ndup_fail(err, NEARDUP_E_ARG, "slots must be 1 to %u, not %u", NDUP_MAX_SLOTS, slots);
    neardup_sketcher *s = ndup_calloc(1, sizeof *s);
    if (s == NULL)
        return ndup_fail_nomem(err);
    s->slots = slots;
    s->padded = ndup_alloc_aligned(ndup_sketch_padded_slots(slots), sizeof *s->padded);
    neardup_status st = s->padded == NULL ? ndup_fail_nomem(err) : ndup_text_create(&s->text, profile, cpu, err);
    if (st == NEARDUP_OK)
        st = ndup_sketch_create(&s->sketch, kind, slots, seed, cpu, err);
    if (st != NEARDUP_OK) {
        neardup_sketcher_destroy(s);
        return st;
    }
    *out = s;
    return NEARDUP_OK;
}

neardup_status neardup_sketcher_sketch(neardup_sketcher *s, const char *text, size_t length, uint32_t *signature,
                                       uint64_t *shingles, neardup_error *err)
{
    struct ndup_tokens tokens;
    const uint64_t *hashes;
    size_t count;
    NDUP_TRY(ndup_text_tokenise(s->text, text, length, false, &tokens, err));
    NDUP_TRY(ndup_text_shingle(s->text, tokens.hash, tokens.count, &hashes, &count, err));
    ndup_sketch_compute(s->sketch, hashes, count, s->padded);
    memcpy(signature, s->padded, s->slots * sizeof *signature);
    if (shingles != NULL)
        *shingles = count;
    return NEARDUP_OK;
}

void neardup_sketcher_destroy(neardup_sketcher *s)
{
    if (s == NULL)
        return;
    ndup_text_destroy(s->text);
    ndup_sketch_destroy(s->sketch);
    free(s->padded);
    free(s);
}

double neardup_signature_jaccard(const uint32_t *a, const uint32_t *b, uint32_t slots)
{
    return slots == 0 ? 0.0 : (double)ndup_sketch_equal_slots(a, b, slots) / slots;
}
