/* SPDX-License-Identifier: MIT
 * Bit-sliced vote counters for any width; simhash_kernel.h has the idea. Parameters, undefined at the end:
 *   SUFFIX, TARGET   name ending and target attribute of the row
 *   LANES            hashes in a vector: a power of two
 *   V                the vector type; V_LOAD(p) V_STORE(p, a) V_ZERO() V_FIRST(a), the first lane
 *   V_SUM(a, b, c)   a ^ b ^ c; V_CARRY(a, b, c) their majority: together a full adder
 *   V_SWAP(a, step)  a with the lanes of index i and i ^ step exchanged, step a constant power of two below LANES
 *   V_SECOND(a)      second voting words; V_KEY(a) keys of hashes; V_MIN(a, b) of unsigned 64-bit lanes */
#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define NAME(stem)  JOIN(stem, SUFFIX)
/* Hashes in a block: four levels of full adders take in sixteen vectors before a carry leaves the registers, so a block
 * costs about one adder per vector. Other depths were not tried. */
#define BLOCK (16 * LANES)
/* Counters of 64 bits cannot overflow; the rest is room for the folds of the lanes, one plane each. */
#define PLANES 72

/* The lowest planes, in registers */
struct NAME(slices_) {
    V ones, twos, fours, eights;
};

/* *plane += a + b; returns what goes to the next plane */
TARGET NDUP_INLINE V NAME(add_)(V *plane, V a, V b)
{
    V old = *plane;
    *plane = V_SUM(old, a, b);
    return V_CARRY(old, a, b);
}

TARGET NDUP_INLINE V NAME(word_)(const uint64_t *hashes, bool second)
{
    V v = V_LOAD(hashes);
    return second ? V_SECOND(v) : v;
}

TARGET NDUP_INLINE V NAME(add2_)(struct NAME(slices_) * s, const uint64_t *hashes, bool second)
{
    V a = NAME(word_)(hashes, second), b = NAME(word_)(hashes + LANES, second);
    return NAME(add_)(&s->ones, a, b);
}

TARGET NDUP_INLINE V NAME(add4_)(struct NAME(slices_) * s, const uint64_t *hashes, bool second)
{
    V a = NAME(add2_)(s, hashes, second), b = NAME(add2_)(s, hashes + 2 * LANES, second);
    return NAME(add_)(&s->twos, a, b);
}

TARGET NDUP_INLINE V NAME(add8_)(struct NAME(slices_) * s, const uint64_t *hashes, bool second)
{
    V a = NAME(add4_)(s, hashes, second), b = NAME(add4_)(s, hashes + 4 * LANES, second);
    return NAME(add_)(&s->fours, a, b);
}

TARGET NDUP_INLINE V NAME(add16_)(struct NAME(slices_) * s, const uint64_t *hashes, bool second)
{
    V a = NAME(add8_)(s, hashes, second), b = NAME(add8_)(s, hashes + 8 * LANES, second);
    return NAME(add_)(&s->eights, a, b);
}

/* A plane above the lowest four waits until it has two carries to take in: one full adder for every two carries. How
 * many blocks came before says which planes have one waiting, as in a binary counter. */
TARGET NDUP_INLINE void NAME(push_)(V *planes, V *waiting, size_t blocks, V carry)
{
    unsigned p = 4;
    for (size_t b = blocks; b & 1; b >>= 1, p++)
        carry = NAME(add_)(&planes[p], waiting[p], carry);
    if ((blocks & (blocks + 1)) == 0)
        planes[p] = V_ZERO();
    waiting[p] = carry;
}

/* Takes in the carries that still wait; returns how many planes there are. */
TARGET NDUP_INLINE unsigned NAME(settle_)(V *planes, const V *waiting, size_t blocks)
{
    V carry = V_ZERO();
    unsigned p = 4;
    for (size_t b = blocks; b != 0; b >>= 1, p++)
        carry = NAME(add_)(&planes[p], b & 1 ? waiting[p] : V_ZERO(), carry);
    return p; /* no carry is left: as many planes as `blocks` has bits hold what the blocks brought */
}

/* Adds up the counters of lanes `step` apart. */
TARGET NDUP_INLINE unsigned NAME(fold_)(V *planes, unsigned count, const int step)
{
    V carry = V_ZERO();
    (void)step; /* of no use to one lane */
    for (unsigned p = 0; p < count; p++)
        carry = NAME(add_)(&planes[p], V_SWAP(planes[p], step), carry);
    planes[count] = carry;
    return count + 1;
}

/* Compares all 64 counters of the first lane with half the votes, from the highest plane down. */
TARGET NDUP_INLINE struct ndup_simhash_majority NAME(compare_)(const V *planes, unsigned count, size_t votes)
{
    uint64_t half = votes / 2, more = 0, equal = UINT64_MAX;
    for (unsigned p = count; p-- > 0;) {
        uint64_t plane = V_FIRST(planes[p]);
        uint64_t wanted = p < 64 && (half >> p & 1) != 0 ? UINT64_MAX : 0;
        more |= equal & plane & ~wanted;
        equal &= ~(plane ^ wanted);
    }
    return (struct ndup_simhash_majority){.more = more, .tied = votes % 2 == 0 ? equal : 0};
}

TARGET NDUP_INLINE struct ndup_simhash_majority NAME(majority_)(const uint64_t *hashes, size_t count, const bool second)
{
    struct NAME(slices_) s = {V_ZERO(), V_ZERO(), V_ZERO(), V_ZERO()};
    V planes[PLANES], waiting[PLANES];
    size_t blocks = 0, at = 0;
    for (; count - at >= BLOCK; at += BLOCK, blocks++)
        NAME(push_)(planes, waiting, blocks, NAME(add16_)(&s, hashes + at, second));
    if (at < count) {
        /* The rest, filled up with hashes that vote for nothing */
        uint64_t rest[BLOCK];
        for (size_t i = 0; i < BLOCK; i++)
            rest[i] = second ? NDUP_SIMHASH_SECOND : 0;
        memcpy(rest, hashes + at, (count - at) * sizeof *hashes);
        NAME(push_)(planes, waiting, blocks, NAME(add16_)(&s, rest, second));
        blocks++;
    }
    planes[0] = s.ones;
    planes[1] = s.twos;
    planes[2] = s.fours;
    planes[3] = s.eights;
    unsigned used = NAME(settle_)(planes, waiting, blocks);
#if LANES >= 8
    used = NAME(fold_)(planes, used, 4);
#endif
#if LANES >= 4
    used = NAME(fold_)(planes, used, 2);
#endif
#if LANES >= 2
    used = NAME(fold_)(planes, used, 1);
#endif
    return NAME(compare_)(planes, used, count);
}

TARGET static struct ndup_simhash_majority NAME(first_)(const uint64_t *hashes, size_t count)
{
    return NAME(majority_)(hashes, count, false);
}

TARGET static struct ndup_simhash_majority NAME(second_)(const uint64_t *hashes, size_t count)
{
    return NAME(majority_)(hashes, count, true);
}

TARGET static uint64_t NAME(least_key_)(const uint64_t *hashes, size_t count)
{
    uint64_t least = UINT64_MAX;
    size_t at = 0;
    if (count >= LANES) {
        uint64_t lanes[LANES];
        V least_of_lane = V_KEY(V_LOAD(hashes));
        for (at = LANES; count - at >= LANES; at += LANES)
            least_of_lane = V_MIN(least_of_lane, V_KEY(V_LOAD(hashes + at)));
        V_STORE(lanes, least_of_lane);
        for (size_t i = 0; i < LANES; i++)
            least = lanes[i] < least ? lanes[i] : least;
    }
    for (; at < count; at++) {
        uint64_t key = ndup_simhash_key(hashes[at]);
        least = key < least ? key : least;
    }
    return least;
}

#undef JOIN_
#undef JOIN
#undef NAME
#undef BLOCK
#undef PLANES
#undef SUFFIX
#undef TARGET
#undef LANES
#undef V
#undef V_LOAD
#undef V_STORE
#undef V_ZERO
#undef V_FIRST
#undef V_SUM
#undef V_CARRY
#undef V_SWAP
#undef V_SECOND
#undef V_KEY
#undef V_MIN
