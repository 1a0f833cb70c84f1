/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "text/tokens.h"

#include "base/error.h"
#include "base/mem.h"

/* Fractional parts of the square roots of 11 (made 5 modulo 8), 13, 17 and 19 (made odd). With BASE = 5 modulo 8 the
 * difference BASE^i - BASE^j has few factors of two, so that swapped and repeated tokens lose few bits. */
#define BASE  0x510E527FADE682D5u
#define MIX_1 0x9B05688C2B3E6C1Fu
#define MIX_2 0x1F83D9ABFB41BD6Bu
#define SHORT 0x5BE0CD19137E2179u

/* A bijection, every input bit reaching every output bit. */
NDUP_INLINE uint64_t finalise(uint64_t x)
{
    x ^= x >> 32;
    x *= MIX_1;
    x ^= x >> 29;
    x *= MIX_2;
    return x ^ x >> 32;
}

static uint64_t combine(const uint64_t *tokens, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum = sum * BASE + tokens[i];
    return sum;
}

static void roll(const uint64_t *tokens, size_t count, size_t n, uint64_t *out)
{
    uint64_t power = 1;
    for (size_t i = 0; i < n; i++)
        power *= BASE;
    uint64_t sum = combine(tokens, n - 1);
    out[0] = finalise(sum * BASE + tokens[n - 1]);
    sum = sum * BASE + tokens[n - 1];
    for (size_t i = n; i < count; i++) {
        sum = sum * BASE + (tokens[i] - tokens[i - n] * power);
        out[i - n + 1] = finalise(sum);
    }
}

neardup_status ndup_text_shingle(struct ndup_text *text, const uint64_t *tokens, size_t count, const uint64_t **hashes,
                                 size_t *hash_count, neardup_error *err)
{
    size_t n = text->profile.ngram;
    size_t shingles = count >= n ? count - n + 1 : count > 0;
    if (!ndup_grow(&text->shingles, &text->shingle_capacity, shingles, sizeof *text->shingles))
        return ndup_fail_nomem(err);
    if (count >= n)
        roll(tokens, count, n, text->shingles);
    else if (count > 0)
        text->shingles[0] = finalise(combine(tokens, count) ^ count * SHORT);
    *hashes = text->shingles;
    *hash_count = shingles;
    return NEARDUP_OK;
}

XXH128_hash_t ndup_text_digest(const uint64_t *tokens, size_t count)
{
    return XXH3_128bits(tokens, count * sizeof *tokens);
}
