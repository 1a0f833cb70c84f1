/* SPDX-License-Identifier: MIT
 * The fast half of the tokeniser: ASCII bytes to lower case and to the places where words begin and end.
 *
 * One row per instruction set; every row computes the same. A row is called for a chunk of some kilobytes, writes into
 * fixed arrays and has no branch that depends on where the words are. Signs, where they are wanted, cost a branch each. */
#ifndef NDUP_TEXT_ASCII_H
#define NDUP_TEXT_ASCII_H

#include "base/platform.h"
#include "neardup.h"

enum {
    /* Positions in a chunk must fit 16 bits, and its arrays (12 KiB) the first-level cache beside the text. 2048 to
     * 8192 meet both; not swept. */
    NDUP_CHUNK = 4096,
    NDUP_CHUNK_SLACK = 128, /* elements after the arrays that a row may overwrite */
};

struct ndup_chunk {
    unsigned char lower[NDUP_CHUNK + NDUP_CHUNK_SLACK];
    uint16_t edges[NDUP_CHUNK + NDUP_CHUNK_SLACK]; /* begin, end, begin, end ... */
    size_t edge_count;                             /* odd: the last word is still open at `stop` */
    size_t stop;                                   /* first byte that is not ASCII, or the length */
    uint64_t digits[NDUP_CHUNK / 64];              /* a bit per byte below `stop`: it is a digit */
    uint32_t signs[NDUP_CHUNK];                    /* the edges before it << 8 | the sign */
    size_t sign_count;
};

enum ndup_scan {
    NDUP_SCAN_WORDS, /* bytes from 0x80 on end the scan */
    NDUP_SCAN_SIGNS, /* and the signs are listed: what is visible in ASCII and no word byte */
    NDUP_SCAN_HIGH,  /* bytes from 0x80 on are word bytes */
};

/* Scans bytes[0..n), n <= NDUP_CHUNK, no alignment needed, reading nothing after them. Word bytes are [0-9A-Za-z].
 * Fills lower[0..stop), and the edges, signs and digits below stop. */
typedef void ndup_ascii_scan_fn(struct ndup_chunk *chunk, const unsigned char *bytes, size_t n, enum ndup_scan scan);

struct ndup_byte_masks { /* of 64 bytes, besides that of the word bytes */
    uint64_t high;       /* >= 0x80 */
    uint64_t visible;    /* 0x21 to 0x7E */
    uint64_t digits;
};

struct ndup_ascii_row {
    neardup_cpu cpu;
    ndup_ascii_scan_fn *scan; /* NULL: not on this architecture */
};

ndup_ascii_scan_fn ndup_ascii_scan_scalar;
#if NDUP_X86
ndup_ascii_scan_fn ndup_ascii_scan_avx2;
ndup_ascii_scan_fn ndup_ascii_scan_avx512;
#endif
#if NDUP_NEON
ndup_ascii_scan_fn ndup_ascii_scan_neon;
#endif

/* The row of a resolved cpu (base/cpu.h); scalar if there is none. */
ndup_ascii_scan_fn *ndup_ascii_scan_for(neardup_cpu cpu);

/* [bits]: the positions of the set bits of a byte, one a byte from the lowest on */
extern const uint64_t ndup_ascii_bit_positions[256];

#endif
