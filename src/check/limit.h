/* SPDX-License-Identifier: MIT
 * Limits of policies: "20" is an amount, "1%" a share. Nothing is negative, and zero is a limit like any other. */
#ifndef NDUP_CHECK_LIMIT_H
#define NDUP_CHECK_LIMIT_H

#include "base/platform.h"
#include "check/result.h"

/* False if the text is neither; *limit untouched. Amounts are whole numbers and may have a suffix (50K, 2M); shares have up to
 * any number of decimals, 0 to 100. */
bool ndup_limit_parse(const char *text, struct ndup_limit *limit);

/* Whether `part` of `whole` is above the limit; exactly at it is not. A share of nothing is nothing. */
bool ndup_limit_exceeded(const struct ndup_limit *limit, uint64_t part, uint64_t whole);

/* "1 %" or "20" by value, for printf. */
struct ndup_limit_text {
    char text[64];
};
struct ndup_limit_text ndup_limit_show(const struct ndup_limit *limit);

#endif
