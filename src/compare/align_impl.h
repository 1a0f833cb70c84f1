/* SPDX-License-Identifier: MIT
 * Inside the alignment: what align.c (the whole), align_search.c (Myers) and align_anchors.c share. */
#ifndef NDUP_ALIGN_IMPL_H
#define NDUP_ALIGN_IMPL_H

#include "base/platform.h"
#include "neardup.h"

#define NDUP_UNMATCHED SIZE_MAX

struct ndup_align_side { /* the tokens of a text that stand in the other one, too: no other can be matched */
    uint32_t *token;     /* numbered; equal tokens have equal numbers */
    size_t *place;       /* in the text */
    size_t count;
};

struct ndup_align_box { /* what is still to be aligned: half-open ranges of both sides */
    size_t a0, a1, b0, b1;
};

struct ndup_align {
    struct ndup_align_side a, b;
    size_t *match;    /* [a.count]: place in b of the token's partner, or NDUP_UNMATCHED */
    ptrdiff_t *reach; /* both searches' diagonals */
    struct ndup_align_box *stack;
    size_t stack_count, stack_capacity;
};

struct ndup_align_limits {
    size_t edits;  /* of the search from either end */
    uint64_t work; /* steps of one search, those over equal tokens included */
};

/* Puts a box on the stack. */
neardup_status ndup_align_push(struct ndup_align *x, struct ndup_align_box box, neardup_error *err) NDUP_MUST_CHECK;

/* Aligns what is on the stack. A search that passes the limits is cut; but if `whole`, *given_up is set instead, and the
 * stack is left empty. */
neardup_status ndup_align_search(struct ndup_align *x, struct ndup_align_limits limits, bool whole, bool *given_up,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* Matches the tokens where something begins that stands once on either side, in an order that both sides have, and puts
 * the boxes between them on the stack. */
neardup_status ndup_align_anchors(struct ndup_align *x, neardup_error *err) NDUP_MUST_CHECK;

#endif
