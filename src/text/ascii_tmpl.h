/* SPDX-License-Identifier: MIT
 * The scan of 64 bytes at a time. Before including define
 *   SUFFIX, TARGET       name and target attribute
 *   BLOCK(in, out, &masks)  64 bytes at `in` to lower case at `out`; mask of word bytes, and three more
 *   TAIL(in, m, out, &masks) the same for m < 64 bytes, reading nothing after them; mask bits from m on are 0
 *   POSITIONS(out, mask, base)  stores base + positions of the mask's bits, 64 at most, up to 64 slots overwritten
 * They are undefined at the end. */

#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)

TARGET void PASTE(ndup_ascii_scan_, SUFFIX)(struct ndup_chunk *chunk, const unsigned char *bytes, size_t n,
                                            enum ndup_scan scan)
{
    uint16_t *edges = chunk->edges;
    uint64_t word_too = scan == NDUP_SCAN_HIGH ? ~(uint64_t)0 : 0;
    uint64_t sign_too = scan == NDUP_SCAN_SIGNS ? ~(uint64_t)0 : 0;
    uint32_t *signs = chunk->signs;
    uint64_t inside = 0;
    size_t i = 0;
    while (i < n) {
        size_t m = n - i;
        struct ndup_byte_masks masks;
        uint64_t valid = ~(uint64_t)0;
        uint64_t word;
        if (NDUP_LIKELY(m >= 64)) {
            word = BLOCK(bytes + i, chunk->lower + i, &masks);
            m = 64;
        } else {
            word = TAIL(bytes + i, m, chunk->lower + i, &masks);
            valid = ((uint64_t)1 << m) - 1;
        }
        word |= masks.high & word_too;
        uint64_t high = masks.high & ~word_too;
        if (NDUP_UNLIKELY(high != 0)) {
            m = (size_t)__builtin_ctzll(high);
            valid = ((uint64_t)1 << m) - 1;
        }
        uint64_t changes = (word ^ (word << 1 | inside)) & valid;
        inside = word >> 63;
        chunk->digits[i / 64] = masks.digits & valid;
        uint64_t sign = masks.visible & ~word & valid & sign_too;
        while (sign != 0) {
            uint64_t before = changes & (sign ^ (sign - 1)); /* up to the lowest sign: a word may end there */
            size_t count = (size_t)(edges - chunk->edges) + (size_t)__builtin_popcountll(before);
            *signs++ = (uint32_t)count << 8 | bytes[i + (size_t)__builtin_ctzll(sign)];
            sign &= sign - 1;
        }
        POSITIONS(edges, changes, i);
        edges += __builtin_popcountll(changes);
        i += m;
        if (NDUP_UNLIKELY(high != 0))
            break;
    }
    chunk->edge_count = (size_t)(edges - chunk->edges);
    chunk->sign_count = (size_t)(signs - chunk->signs);
    chunk->stop = i;
}

#undef PASTE
#undef PASTE_
#undef SUFFIX
#undef TARGET
#undef BLOCK
#undef TAIL
#undef POSITIONS
