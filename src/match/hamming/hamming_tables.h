/* SPDX-License-Identifier: MIT
 * The search by tables, as a tree. A fingerprint is cut into blocks; a pair within the distance agrees in at least
 * `matching` of them. A node of the tree is a choice of some blocks and a group of fingerprints that agree in them;
 * its children choose one more block, behind the last one. Tables with the same first block so share its sorting, and
 * all but the first splits happen in the cache. Private to the hamming_*.c files.
 *
 * A pair may meet in many nodes. It counts where the chosen blocks are exactly its first ones that agree. */
#ifndef NDUP_HAMMING_TABLES_H
#define NDUP_HAMMING_TABLES_H

#include "base/platform.h"
#include "match/hamming/hamming_impl.h"

#define NDUP_HAMMING_BLOCKS_MAX 64u
/* 2^11 write streams still fit the second-level TLB. */
#define NDUP_HAMMING_DIGIT_MAX 11u

struct ndup_hamming_cut {
    unsigned blocks, matching;
    bool hashed; /* blocks are any bits; otherwise they are ranges, start[b] to start[b + 1] */
    uint8_t start[NDUP_HAMMING_BLOCKS_MAX + 1];
    struct ndup_fingerprint mask[NDUP_HAMMING_BLOCKS_MAX];
};

struct ndup_hamming_node {
    const struct ndup_hamming_node *outer; /* the node whose group was cut anew; NULL */
    const struct ndup_hamming_cut *cut;
    uint64_t chosen; /* blocks */
    unsigned count;  /* of them */
    unsigned last;   /* of them */
    unsigned used;   /* bits of the last one that the group was split by; equal in it if not hashed */
};

/* Some bits of a fingerprint as a small number. */
struct ndup_hamming_digit {
    enum { NDUP_DIGIT_LOW, NDUP_DIGIT_HIGH, NDUP_DIGIT_BOTH, NDUP_DIGIT_HASH } kind;
    unsigned shift, bits;
    struct ndup_fingerprint mask; /* HASH */
};

NDUP_INLINE uint32_t ndup_hamming_key(const struct ndup_hamming_digit *d, uint64_t low, uint64_t high)
{
    uint32_t mask = (1u << d->bits) - 1u;
    switch (d->kind) {
    case NDUP_DIGIT_LOW:
        return (uint32_t)(low >> d->shift) & mask;
    case NDUP_DIGIT_HIGH:
        return (uint32_t)(high >> d->shift) & mask;
    case NDUP_DIGIT_BOTH:
        return (uint32_t)(low >> d->shift | high << (64 - d->shift)) & mask;
    case NDUP_DIGIT_HASH:
        break;
    }
    uint64_t mixed = (low & d->mask.low) * UINT64_C(0x9E3779B97F4A7C15);
    mixed += (high & d->mask.high) * UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)(mixed >> d->shift) & mask;
}

/* Blocks of equal width, or wider by one at the front. */
void ndup_hamming_cut_even(struct ndup_hamming_cut *cut, unsigned bits, unsigned blocks, unsigned matching);
/* The bits of the mask, of which there are at least as many as blocks; one block has to agree. */
void ndup_hamming_cut_mask(struct ndup_hamming_cut *cut, struct ndup_fingerprint mask, unsigned blocks);

/* So many bits of the block, `used` bits into it (of a hashed one: a hash of all). */
struct ndup_hamming_digit ndup_hamming_digit_at(const struct ndup_hamming_cut *cut, unsigned block, unsigned used,
                                                unsigned bits);
/* The next digit of the block, `used` bits into it, for a group of n. */
struct ndup_hamming_digit ndup_hamming_next_digit(const struct ndup_hamming_cut *cut, unsigned block, unsigned used,
                                                  size_t n);
unsigned ndup_hamming_block_bits(const struct ndup_hamming_cut *cut, unsigned block);

/* The chosen blocks are the first ones that are 0 in this difference, here and in all outer nodes. */
bool ndup_hamming_first(const struct ndup_hamming_node *node, struct ndup_fingerprint difference);

/* Sorts elements [0, n) by the digit; ends[key] is where the group of a key ends. */
void ndup_hamming_split(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, size_t n,
                        const struct ndup_hamming_digit *digit, uint32_t *ends);

/* All fingerprints, or some of them, sorted by a digit into the working memory, by all threads. */
struct ndup_hamming_sort {
    struct ndup_hamming_search *search;
    struct ndup_hamming_digit digit;
    uint32_t first, last; /* takes these keys ... */
    struct ndup_hamming_range {
        uint32_t begin, end;
    } ranges[2]; /* ... of these fingerprints */
    struct ndup_hamming_elements elements;
    uint32_t ends[1u << NDUP_HAMMING_DIGIT_MAX];       /* of the groups of keys first, first + 1 ... */
    uint32_t (*offsets)[1u << NDUP_HAMMING_DIGIT_MAX]; /* [threads]: counts, then places to write */
};

/* With room for so many elements; false and NOMEM in the first worker if they cannot be had. */
bool ndup_hamming_sort_init(struct ndup_hamming_sort *sort, struct ndup_hamming_search *s, size_t room);
void ndup_hamming_sort_free(struct ndup_hamming_sort *sort);
/* All keys of all fingerprints */
void ndup_hamming_sort_all(struct ndup_hamming_sort *sort, const struct ndup_hamming_digit *digit);
/* Counts the keys in the ranges: offsets[member][key]. */
void ndup_hamming_sort_count(struct ndup_hamming_sort *sort);
void ndup_hamming_sort_run(struct ndup_hamming_sort *sort);

/* Finds the pairs of each group. `crew`: called by the thread that runs the pool, which is idle. */
void ndup_hamming_visit_groups(struct ndup_hamming_worker *w, struct ndup_hamming_elements e, const uint32_t *ends,
                               size_t groups, const struct ndup_hamming_node *node, bool crew);

#endif
