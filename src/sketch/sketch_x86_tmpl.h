/* SPDX-License-Identifier: MIT
 * The vector kernels, for any width. Parameters, undefined at the end:
 *   SUFFIX, TARGET     name ending and target attribute of the row
 *   LANES              32-bit numbers in a vector; divides NDUP_SKETCH_GROUP
 *   BLOCK              groups whose minima and multipliers stay in registers together: a power of two up to 8
 *   V                  the vector type
 *   V_LOAD_SOME(p, n)  the first n of its 64-bit lanes, n > 0, the others zero; reads nothing after them
 *   V_LOAD(p) V_STORE(p, a) V_SET(x) V_MUL(a, b) V_ADD(a, b) V_MIN(a, b) V_OR(a, b) V_XOR(a, b) V_SHR(a, bits)
 *   V_MUL16HI(a, b)    high halves of the products of 16-bit lanes
 *   V_TEST_BITS(map, n) for each lane of n whether bit n of the map is set, as a mask
 *   V_PACK2(p, a, q, b, mask)  the lanes of a in the mask to p, those of b to q; writes whole vectors
 *   V_LOW(a, b)        the low 32 bits of the 64-bit lanes of a, then b, in order; V_HIGH the high ones */
#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define NAME(stem)  JOIN(stem, SUFFIX)
#define VECTORS     (NDUP_SKETCH_GROUP / LANES) /* a group */

/* LANES hashes from hashes[at..count), the last ones zero; their place in the result is that of the input. */
TARGET NDUP_INLINE void NAME(load_)(const uint64_t *hashes, size_t at, size_t count, V *low, V *high)
{
    V a, b;
    if (NDUP_LIKELY(count - at >= LANES)) {
        a = V_LOAD(hashes + at);
        b = V_LOAD(hashes + at + LANES / 2);
    } else {
        a = V_LOAD_SOME(hashes + at, count - at);
        b = count - at > LANES / 2 ? V_LOAD_SOME(hashes + at + LANES / 2, count - at - LANES / 2) : V_SET(0);
    }
    *low = V_LOW(a, b);
    *high = V_HIGH(a, b);
}

/* x[g][i], already shifted by the constants of each group, so that a slot costs one product and one minimum. */
TARGET NDUP_INLINE void NAME(affine_block_)(const uint32_t *mul, const uint32_t (*x)[NDUP_SKETCH_CHUNK], size_t count,
                                            uint32_t *minima, const unsigned vectors)
{
    V m[BLOCK * VECTORS], least[BLOCK * VECTORS];
    UNROLL for (unsigned v = 0; v < vectors; v++)
    {
        m[v] = V_LOAD(mul + v * LANES);
        least[v] = V_LOAD(minima + v * LANES);
    }
    for (size_t i = 0; i < count; i++) {
        UNROLL for (unsigned v = 0; v < vectors; v++)
        {
            least[v] = V_MIN(least[v], V_MUL(m[v], V_SET(x[v / VECTORS][i])));
        }
    }
    UNROLL for (unsigned v = 0; v < vectors; v++)
    {
        V_STORE(minima + v * LANES, least[v]);
    }
}

TARGET static void NAME(affine_chunk_)(const uint32_t *mul, const uint32_t *add, size_t groups, const uint64_t *hashes,
                                       size_t count, uint32_t *minima)
{
    uint32_t x[BLOCK][NDUP_SKETCH_CHUNK];
    for (size_t done = 0; done < groups;) {
        unsigned now = BLOCK;
        while (now > groups - done)
            now /= 2;
        for (size_t i = 0; i < count; i += LANES) {
            V low, high;
            NAME(load_)(hashes, i, count, &low, &high);
            V folded = V_XOR(low, high);
            for (unsigned g = 0; g < now; g++)
                V_STORE(&x[g][i], V_ADD(folded, V_SET(add[done + g])));
        }
        const uint32_t *m = mul + done * NDUP_SKETCH_GROUP;
        uint32_t *out = minima + done * NDUP_SKETCH_GROUP;
        const uint32_t(*shifted)[NDUP_SKETCH_CHUNK] = (const uint32_t(*)[NDUP_SKETCH_CHUNK])x;
        switch (now) {
#if BLOCK >= 8
        case 8:
            NAME(affine_block_)(m, shifted, count, out, 8 * VECTORS);
            break;
        case 4:
            NAME(affine_block_)(m, shifted, count, out, 4 * VECTORS);
            break;
#endif
        case 2:
            NAME(affine_block_)(m, shifted, count, out, 2 * VECTORS);
            break;
        default:
            NAME(affine_block_)(m, shifted, count, out, VECTORS);
            break;
        }
        done += now;
    }
}

TARGET static void NAME(affine_)(const uint32_t *mul, const uint32_t *add, size_t groups, const uint64_t *hashes,
                                 size_t count, uint32_t *minima)
{
    for (size_t at = 0; at < count; at += NDUP_SKETCH_CHUNK) {
        size_t now = count - at < NDUP_SKETCH_CHUNK ? count - at : NDUP_SKETCH_CHUNK;
        NAME(affine_chunk_)(mul, add, groups, hashes + at, now, minima);
    }
}

/* Where LANES hashes fall in a round, and with which value. */
TARGET NDUP_INLINE void NAME(throw_)(const struct ndup_fss_round *round, uint32_t slots, V low, V high, V *bin,
                                     V *value)
{
    V spread = V_MUL(low, V_SET(round->bin_mul));
    *bin = V_SHR(V_MUL16HI(spread, V_SET(slots << 16)), 16);
    V rank = V_SHR(V_MUL(high, V_SET(round->rank_mul)), 32 - NDUP_FSS_RANK_BITS);
    *value = V_OR(rank, V_SET(round->number << NDUP_FSS_RANK_BITS));
}

/* Bins and values come from vectors, the minima are kept one by one: scattering vectors needs conflict detection,
 * which costs more than the stores do (doc/sketches.md). A short document has its rounds in one go, so that one
 * round's products do not wait for the stores of the one before. */
TARGET static void NAME(fss_throw_)(const struct ndup_fss_round *rounds, size_t round_count, const uint64_t *hashes,
                                    size_t count, uint32_t slots, uint32_t *signature)
{
    uint32_t bins[NDUP_FSS_ROUNDS * NDUP_SKETCH_CHUNK + LANES], values[NDUP_FSS_ROUNDS * NDUP_SKETCH_CHUNK + LANES];
    for (size_t at = 0; at < count; at += NDUP_SKETCH_CHUNK) {
        size_t now = count - at < NDUP_SKETCH_CHUNK ? count - at : NDUP_SKETCH_CHUNK;
        for (size_t i = 0; i < now; i += LANES) {
            V low, high;
            NAME(load_)(hashes + at, i, now, &low, &high);
            for (size_t r = 0; r < round_count; r++) {
                V bin, value;
                NAME(throw_)(&rounds[r], slots, low, high, &bin, &value);
                V_STORE(bins + r * NDUP_SKETCH_CHUNK + i, bin);
                V_STORE(values + r * NDUP_SKETCH_CHUNK + i, value);
            }
        }
        for (size_t r = 0; r < round_count; r++)
            lower_slots(bins + r * NDUP_SKETCH_CHUNK, values + r * NDUP_SKETCH_CHUNK, now, signature);
    }
}

/* Late rounds: the bit map of empty slots fits a register, so that a permutation and a shift show which hashes
 * matter; those few are packed and kept as in any round. */
TARGET static void NAME(fss_fill_)(const struct ndup_fss_round *round, const uint64_t *hashes, size_t count,
                                   uint32_t slots, const uint32_t *wanted, uint32_t *signature)
{
    uint32_t bins[NDUP_SKETCH_CHUNK + LANES], values[NDUP_SKETCH_CHUNK + LANES];
    const V map = V_LOAD(wanted);
    for (size_t at = 0; at < count; at += NDUP_SKETCH_CHUNK) {
        size_t now = count - at < NDUP_SKETCH_CHUNK ? count - at : NDUP_SKETCH_CHUNK;
        size_t hits = 0;
        for (size_t i = 0; i < now; i += LANES) {
            V low, high, bin, value;
            NAME(load_)(hashes + at, i, now, &low, &high);
            NAME(throw_)(round, slots, low, high, &bin, &value);
            uint32_t hit = V_TEST_BITS(map, bin);
            if (NDUP_UNLIKELY(now - i < LANES))
                hit &= (1u << (now - i)) - 1u;
            V_PACK2(bins + hits, bin, values + hits, value, hit);
            hits += (size_t)__builtin_popcount(hit);
        }
        lower_slots(bins, values, hits, signature);
    }
}

#undef JOIN_
#undef JOIN
#undef NAME
#undef VECTORS
#undef SUFFIX
#undef TARGET
#undef LANES
#undef BLOCK
#undef V
#undef V_LOAD
#undef V_LOAD_SOME
#undef V_STORE
#undef V_SET
#undef V_MUL
#undef V_ADD
#undef V_MIN
#undef V_OR
#undef V_XOR
#undef V_SHR
#undef V_MUL16HI
#undef V_TEST_BITS
#undef V_PACK2
#undef V_LOW
#undef V_HIGH
