/* SPDX-License-Identifier: MIT
 * What a job or a finished run reports, as text: one log for each kind of call, without what a file does not hold. */
#ifndef TEST_CALL_LOG_H
#define TEST_CALL_LOG_H

#include "base/buf.h"
#include "neardup_run.h"

struct call_log {
    struct ndup_buf decisions, clusters, pairs;
    uint64_t calls;
    uint64_t stop; /* at this number of calls; 0: never */
};

/* All three; the context is the log. */
neardup_callbacks call_log_callbacks(struct call_log *log);
/* Fails the test where they differ. */
void call_log_same(const struct call_log *a, const struct call_log *b, const char *what);
void call_log_free(struct call_log *log);

#endif
