/* SPDX-License-Identifier: MIT
 * How matching gets the shingles of a text again: from memory, or by reading and tokenising the text once more. */
#ifndef NDUP_LOADER_H
#define NDUP_LOADER_H

#include "base/platform.h"
#include "match/text_numbers.h"
#include "neardup.h"

struct ndup_loaded {
    const uint64_t *hashes;        /* keyed shingle hashes, repetitions allowed; valid until the member's next load */
    const uint64_t *public_hashes; /* the public hashes of the same shingles, only for the exact join */
    size_t count;
    uint64_t frame; /* text.h: equal for texts that differ in numbers only; 0: it has no number, or is not known */
};

struct ndup_loader {
    void *context;
    /* Reads the text of this rank for a member of the pool; members load at the same time. */
    neardup_status (*load)(void *context, unsigned member, struct ndup_rank rank, struct ndup_loaded *out,
                           neardup_error *err);
};

#endif
