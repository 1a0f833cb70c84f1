/* SPDX-License-Identifier: MIT
 * Inside the comparer: the two texts that are compared, read. */
#ifndef NDUP_COMPARER_H
#define NDUP_COMPARER_H

#include "base/platform.h"
#include "match/verify.h"
#include "neardup.h"
#include "text/paragraphs.h"
#include "text/text.h"

struct ndup_compared_text {
    struct ndup_text *text; /* scratch memory */
    const char *bytes;
    size_t length;
    struct ndup_tokens tokens; /* with spans */
    const uint64_t *shingles;
    size_t shingle_count;
    struct ndup_probe set; /* of the shingles */
};

struct neardup_comparer {
    neardup_profile profile;
    struct ndup_compared_text a, b;
    struct ndup_part *part;  /* for contents of paragraphs; NULL until it is needed */
    struct ndup_text *exact; /* for exact forms; NULL until it is needed */
};

/* Tokenises both texts, with spans. want: what else is wanted of them (text.h). The bytes are borrowed for as long as the
 * caller uses the result. */
neardup_status ndup_comparer_read_both(neardup_comparer *comparer, const char *a, size_t a_length, const char *b,
                                       size_t b_length, unsigned want, neardup_error *err) NDUP_MUST_CHECK;

#endif
