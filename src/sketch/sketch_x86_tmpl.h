/* SPDX-License-Identifier: MIT
 * The vector kernels, for any width. Parameters, undefined at the end:
 *   SUFFIX, TARGET     name ending and target attribute of the row
 *   LANES              32-bit numbers in a vector; divides NDUP_SKETCH_GROUP
 *   BLOCK              groups whose minima and multipliers stay in registers together: a power of two up to 8
 *   V                  the vector type
 *   V_LOAD(p) V_STORE(p, a) V_SET(x) V_MUL(a, b) V_ADD(a, b) V_MIN(a, b) V_OR(a, b) V_XOR(a, b) V_SHR(a, bits)
 *   V_MUL16HI(a, b)    high halves of the products of 16-bit lanes
 *   V_LOW(a, b)        the low 32 bits of the 64-bit lanes of a, then b, in order; V_HIGH the high ones */
#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define NAME(stem)  JOIN(stem, SUFFIX)
#define VECTORS     (NDUP_SKETCH_GROUP / LANES) /* a group */

/* LANES hashes from hashes[at..count), the last ones zero; their place in the result is that of the input. */
TARGET static inline void NAME(load_)(const uint64_t *hashes, size_t at, size_t count, V *low, V *high)
{
    uint64_t tail[LANES] = {0};
    const uint64_t *from = hashes + at;
    if (NDUP_UNLIKELY(count - at < LANES)) {
        memcpy(tail, from, (count - at) * sizeof *tail);
        from = tail;
    }
    V a = V_LOAD(from), b = V_LOAD(from + LANES / 2);
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

TARGET static void NAME(affine_chunk_)(const uint32_t *mul, const uint32_t *add, size_t groups,
                                       const uint64_t *hashes, size_t count, uint32_t *minima)
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
TARGET static inline void NAME(throw_)(const struct ndup_fss_round *round, uint32_t slots, V low, V high, V *bin,
                                       V *value)
{
    V spread = V_MUL(low, V_SET(round->bin_mul));
    *bin = V_SHR(V_MUL16HI(spread, V_SET(slots << 16)), 16);
    V rank = V_SHR(V_MUL(high, V_SET(round->rank_mul)), 32 - NDUP_FSS_RANK_BITS);
    *value = V_OR(rank, V_SET(round->number << NDUP_FSS_RANK_BITS));
}

/* Bins and values come from vectors, the minima are kept one by one: scattering vectors needs conflict detection,
 * which costs more than the stores do (doc/sketches.md). */
TARGET static void NAME(fss_round_)(const struct ndup_fss_round *round, const uint64_t *hashes, size_t count,
                                    uint32_t slots, uint32_t *signature)
{
    uint32_t bins[NDUP_SKETCH_CHUNK], values[NDUP_SKETCH_CHUNK];
    for (size_t at = 0; at < count; at += NDUP_SKETCH_CHUNK) {
        size_t now = count - at < NDUP_SKETCH_CHUNK ? count - at : NDUP_SKETCH_CHUNK;
        for (size_t i = 0; i < now; i += LANES) {
            V low, high, bin, value;
            NAME(load_)(hashes + at, i, now, &low, &high);
            NAME(throw_)(round, slots, low, high, &bin, &value);
            V_STORE(bins + i, bin);
            V_STORE(values + i, value);
        }
        for (size_t i = 0; i < now; i++) {
            uint32_t old = signature[bins[i]];
            signature[bins[i]] = values[i] < old ? values[i] : old;
        }
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
#undef V_STORE
#undef V_SET
#undef V_MUL
#undef V_ADD
#undef V_MIN
#undef V_OR
#undef V_XOR
#undef V_SHR
#undef V_MUL16HI
#undef V_LOW
#undef V_HIGH
