/* SPDX-License-Identifier: MIT
 * One line on a terminal's standard error that says how far the work is; rewritten in place, cleared at the end. */
#ifndef NDUP_PROGRESS_H
#define NDUP_PROGRESS_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

#include <stdio.h>

struct ndup_progress {
    FILE *stream;
    bool enabled;
    bool drawn;           /* the line stands on the terminal */
    char phase[16];       /* the last one seen */
    double phase_started; /* seconds of the monotonic clock */
    double last_drawn;
};

/* Enabled if the stream is a terminal and `wanted`. */
void ndup_progress_init(struct ndup_progress *progress, FILE *stream, bool wanted);

/* Draws at most five times a second. */
void ndup_progress_update(struct ndup_progress *progress, const neardup_progress *state);

/* Takes the line away so that something else can be printed. */
void ndup_progress_clear(struct ndup_progress *progress);

/* The line: phase, bar, done and total, rate, time left; fitted to the columns. `seconds` is how long the phase runs. */
void ndup_progress_format(struct ndup_buf *buf, const neardup_progress *state, double seconds, size_t columns);

#endif
