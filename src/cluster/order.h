/* SPDX-License-Identifier: MIT
 * Keeper order: which text is visited first, and so which is kept. */
#ifndef NDUP_ORDER_H
#define NDUP_ORDER_H

#include "base/platform.h"
#include "match/text_numbers.h"
#include "neardup_run.h"

/* A text to be ordered; `place` is the input order of its first item and breaks all ties. */
struct ndup_ordered_text {
    struct ndup_text_id text;
    uint32_t place;
    uint32_t tokens;
    char key[24]; /* of KEEP_MAX, KEEP_MIN and KEEP_CONTENT: compares like the value; first byte 0: none, comes last */
};

/* Whether a comes before b in keeper order. */
bool ndup_order_before(const struct ndup_ordered_text *a, const struct ndup_ordered_text *b, neardup_keep keep);

void ndup_order_sort(struct ndup_ordered_text *texts, size_t count, neardup_keep keep);

#endif
