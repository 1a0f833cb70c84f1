/* SPDX-License-Identifier: MIT
 * Lines of a report, made by all threads: ranges of things are shared out, and what is made of one is put behind what is
 * made of the ranges before it. */
#ifndef NDUP_LINES_H
#define NDUP_LINES_H

#include "base/buf.h"
#include "base/platform.h"
#include "base/pool.h"
#include "engine/reports.h"
#include "neardup.h"

#include <stdatomic.h>

struct ndup_lines {
    struct ndup_pool *pool;
    struct ndup_report_file *report;
    const atomic_bool *cancel;
    uint64_t begin, end; /* of the things */
    uint64_t step;       /* of them in a range */
    void *context;
    /* Appends the lines of begin..end; members call at the same time. */
    neardup_status (*make)(void *context, unsigned member, uint64_t begin, uint64_t end, struct ndup_buf *lines,
                           neardup_error *err);
};

neardup_status ndup_lines_write(const struct ndup_lines *lines, neardup_error *err) NDUP_MUST_CHECK;

#endif
