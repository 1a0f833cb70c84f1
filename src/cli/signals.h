/* SPDX-License-Identifier: MIT
 * Ctrl-C and friends while a job runs: the first asks the job to stop, the second kills at once. */
#ifndef NDUP_SIGNALS_H
#define NDUP_SIGNALS_H

#include "base/platform.h"
#include "neardup.h"

/* Nobody reads: writing fails with EPIPE instead of killing the program. */
void ndup_signals_ignore_pipe(void);

/* From here on SIGINT, SIGTERM and SIGHUP cancel the job; a signal that was ignored before stays so. */
void ndup_signals_watch(neardup_job *job);
/* Back to the defaults. Returns the signal that came, or 0. */
int ndup_signals_unwatch(void);

/* Ends the program by the signal, so that the caller sees what happened. */
void ndup_signals_raise(int signal_number);

#endif
