/* SPDX-License-Identifier: MIT
 * Tokens of a paragraph: those of its lines, one after the other. A line with the same tokens as the line before it in
 * the paragraph (an image credit printed twice) is an echo, and counts once. */
#ifndef NDUP_PART_H
#define NDUP_PART_H

#include "base/platform.h"
#include "neardup.h"
#include "text/text.h"

struct ndup_echo {
    struct ndup_span first; /* line that stays, bytes of the part, without its newline */
    struct ndup_span line;  /* line that repeats it. Lines in between repeat it, too, or have no token */
    size_t tokens;          /* of the line */
};

struct ndup_part_tokens {
    const uint64_t *hash; /* of the part without its echoes; lives in `part` until the next call */
    size_t count;
    const struct ndup_echo *echoes; /* in order */
    size_t echo_count;
    bool invalid_utf8;
};

struct ndup_part; /* scratch memory of one thread */

neardup_status ndup_part_create(struct ndup_part **out, neardup_error *err) NDUP_MUST_CHECK;
void ndup_part_destroy(struct ndup_part *part);

/* Tokenises bytes[0..length), a part as ndup_split_next gives it, with `text`, whose profile says what a token is. With
 * echoes false none are looked for. The result depends on the bytes, the profile and `echoes` only. Tokens are those
 * that ndup_text_tokenise gives for the part with the lines of its echoes taken out. NOMEM is the only failure. */
neardup_status ndup_part_tokenise(struct ndup_part *part, struct ndup_text *text, const char *bytes, size_t length,
                                  bool echoes, struct ndup_part_tokens *out, neardup_error *err) NDUP_MUST_CHECK;

#endif
