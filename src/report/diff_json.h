/* SPDX-License-Identifier: MIT
 * Two texts side by side as a JSON array of segments (doc/report.md), long runs abbreviated around what differs. */
#ifndef NDUP_DIFF_JSON_H
#define NDUP_DIFF_JSON_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

struct ndup_diff_limits {
    size_t context;   /* tokens of a shared run that stay next to what differs; SIZE_MAX: all */
    size_t differing; /* bytes of a differing run that stay, on each side */
    size_t total;     /* bytes of text in the whole array; what comes after is left out, but counted */
};

struct ndup_diff_counts { /* tokens on each side, those left out included */
    uint64_t left, right, shared;
};

/* Appends the array. Left is the keeper, or A. counts may be NULL. */
neardup_status ndup_diff_json(struct ndup_buf *buf, const neardup_profile *profile, const char *left,
                              size_t left_length, const char *right, size_t right_length,
                              const struct ndup_diff_limits *limits, struct ndup_diff_counts *counts,
                              neardup_error *err) NDUP_MUST_CHECK;

#endif
