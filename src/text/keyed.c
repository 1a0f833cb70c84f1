/* SPDX-License-Identifier: MIT
 * Keyed shingles: NH over the keyed tokens, then two words become one. Together 2^-62 for two different shingles: two
 * tokens at the same place collide (2^-64), or the sums do (2^-63), or what becomes of them (2^-64).
 *
 * Not a rolling sum like the public shingle: over integers mod 2^64 a secret base is not enough. Polynomials like
 * (x - 1)^4 are 0 for one base in 2^14, and tokens whose hashes differ by 1, -4, 6, -4 and 1 times the same number are
 * easy to write, since the token hash is linear. A prime modulus has the bound, but its steps wait for each other: 9
 * cycles per shingle, where this takes 8 for n = 5, without a chain. It takes n / 2 multiplications: for n = 64 a
 * shingle costs 40 cycles. Whole runs are 0.9 % slower by it than by a public rolling sum. */
#include "base/platform.h"

#include "text/keyed.h"

/* An odd last token is multiplied by a key alone. */
NDUP_INLINE void shingles(const struct ndup_key *key, const uint64_t *tokens, size_t count, size_t n, uint64_t *out)
{
    const uint64_t *k = key->shingle;
    for (size_t j = 0; j + n <= count; j++) {
        struct ndup_sum sum = {0, 0};
        for (size_t i = 0; i + 1 < n; i += 2)
            ndup_key_add(&sum, k + i, tokens[j + i], tokens[j + i + 1]);
        if (n % 2 != 0) {
            ndup_wide product = (ndup_wide)tokens[j + n - 1] * k[n - 1];
            sum.low += (uint64_t)product;
            sum.high += (uint64_t)(product >> 64);
        }
        out[j] = ndup_key_two(key->fold, sum.low, sum.high);
    }
}

void ndup_keyed_shingles(const struct ndup_key *key, const uint64_t *tokens, size_t count, size_t n, uint64_t *out)
{
    if (count < n)
        n = count;
    switch (n) { /* with n known, the keys are in registers */
    case 3:
        shingles(key, tokens, count, 3, out);
        break;
    case 5:
        shingles(key, tokens, count, 5, out);
        break;
    case 8:
        shingles(key, tokens, count, 8, out);
        break;
    default:
        shingles(key, tokens, count, n, out);
    }
}
