/* SPDX-License-Identifier: MIT
 * Keeper order: who is visited first, and so who stays. */
#ifndef NDUP_ORDER_H
#define NDUP_ORDER_H

#include "base/platform.h"
#include "neardup.h"

/* A unit to be ordered; `place` is the input order of its document and breaks all ties. */
struct ndup_ordered_text {
    uint32_t unit;
    uint32_t place;
    uint32_t tokens;
    char key[24]; /* of KEEP_MAX, KEEP_MIN and KEEP_CONTENT: compares like the value; first byte 0: none, comes last */
};

/* Whether a comes before b in keeper order. */
bool ndup_order_before(const struct ndup_ordered_text *a, const struct ndup_ordered_text *b, neardup_keep keep);

void ndup_order_sort(struct ndup_ordered_text *units, size_t count, neardup_keep keep);

#endif
