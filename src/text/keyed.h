/* SPDX-License-Identifier: MIT
 * Tokens and shingles under the key of the process (base/key.h): what verification compares.
 *
 * They are computed where a text is read again to be compared, in place of the public hashes, which cost the same; only
 * the digest that finds exact copies is made of every text, in the loop that makes the public hashes. */
#ifndef NDUP_TEXT_KEYED_H
#define NDUP_TEXT_KEYED_H

#include "base/key.h"
#include "text/token_hash.h"

/* Of a token longer than 16 bytes: the digest of its bytes. The first byte is zero, so that no short token has these
 * words. */
NDUP_INLINE struct ndup_token_words ndup_token_words_long(const struct ndup_key *key, const unsigned char *p,
                                                          size_t length)
{
    struct ndup_digest digest = ndup_key_digest(key, p, length);
    return (struct ndup_token_words){digest.low << 8, digest.high};
}

/* The keyed hash of a token: 2^-64 for two tokens, and every value equally likely. */
NDUP_INLINE uint64_t ndup_keyed_token(const struct ndup_key *key, struct ndup_token_words words)
{
    return ndup_key_two(key->token, words.low, words.high);
}

/* out[0..count-n] = the keyed shingles of n of the tokens, count >= n >= 1; of all of them if 0 < count < n. */
void ndup_keyed_shingles(const struct ndup_key *key, const uint64_t *tokens, size_t count, size_t n, uint64_t *out);

#endif
