/* SPDX-License-Identifier: MIT
 * JSON on its way to a stream, as it is or as the data of a page. */
#ifndef NDUP_REPORT_SINK_H
#define NDUP_REPORT_SINK_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

#include <stdio.h>

struct ndup_sink {
    FILE *out;
    bool page;
    struct ndup_buf buf;
    bool failed;
    int sys_errno;
};

/* Writes what has gathered if it is much. False: it failed, now or before. */
bool ndup_sink_pass(struct ndup_sink *sink);
/* Writes all, frees the buffer, and says what went wrong. */
neardup_status ndup_sink_end(struct ndup_sink *sink, neardup_error *err) NDUP_MUST_CHECK;

#endif
