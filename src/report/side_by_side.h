/* SPDX-License-Identifier: MIT
 * Two texts side by side, as a JSON array of segments (doc/report.md). Long runs are abbreviated around the
 * differences. */
#ifndef NDUP_SIDE_BY_SIDE_H
#define NDUP_SIDE_BY_SIDE_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

struct ndup_diff_limits {
    size_t context;   /* tokens of a shared run that are written next to a difference; SIZE_MAX: all */
    size_t differing; /* bytes of a differing run that are written, on each side */
    size_t total;     /* bytes of text in the whole array; what follows is counted, not written */
};

struct ndup_diff_counts { /* tokens on each side, including those that are not written */
    uint64_t left, right, shared;
};

/* Appends the array. Left is the keeper, or A. counts may be NULL. */
neardup_status ndup_diff_json(struct ndup_buf *buf, const neardup_profile *profile, const char *left,
                              size_t left_length, const char *right, size_t right_length,
                              const struct ndup_diff_limits *limits, struct ndup_diff_counts *counts,
                              neardup_error *err) NDUP_MUST_CHECK;

#endif
