/* SPDX-License-Identifier: MIT
 * The arithmetic of shingle hashes; doc/format.md, "shingle hash".
 *
 * A shingle is a polynomial of its token hashes, mixed at the end. So the next shingle follows from the last one with
 * two multiplications, whatever n is; hashing the n tokens of each shingle anew costs n of them. Measured with AVX-512:
 * 6 GB/s of text, against 2.4 GB/s for the tokeniser before it. */
#ifndef NDUP_TEXT_SHINGLE_H
#define NDUP_TEXT_SHINGLE_H

#include "base/platform.h"
#include "neardup.h"

/* Fractional parts of the square roots of 11 (made 5 modulo 8), 13, 17 and 19. With BASE = 5 modulo 8 the difference
 * BASE^i - BASE^j has few factors of two, so that swapped and repeated tokens lose few bits. */
#define NDUP_SHINGLE_BASE  0x510E527FADE682D5u
#define NDUP_SHINGLE_MIX_1 0x9B05688C2B3E6C1Fu
#define NDUP_SHINGLE_MIX_2 0x1F83D9ABFB41BD6Bu
#define NDUP_SHINGLE_FEW   0x5BE0CD19137E2179u

/* out[0..count-n] = the shingles of n of the tokens; count >= n >= 1. */
typedef void ndup_shingle_fn(const uint64_t *tokens, size_t count, size_t n, uint64_t *out);

ndup_shingle_fn ndup_shingle_scalar;
#if NDUP_X86
/* Every shingle anew, eight at a time, which pays for n up to NDUP_SHINGLE_DIRECT only. */
ndup_shingle_fn ndup_shingle_avx512;
#endif
/* The rolling sum is a chain: a multiplication and an addition per shingle, 4 to 5 cycles that wait for each other. The
 * direct one takes n vector multiplications of about 3 cycles for eight shingles: equal near n = 10. By this count, not
 * by a sweep; both give the same hashes. */
enum { NDUP_SHINGLE_DIRECT = 10 };

/* The fastest row of a resolved cpu for shingles of n tokens. */
ndup_shingle_fn *ndup_shingle_for(neardup_cpu cpu, size_t n);

/* The only shingle of a text of fewer tokens than n: all of them; count > 0. */
uint64_t ndup_shingle_few(const uint64_t *tokens, size_t count);

#endif
