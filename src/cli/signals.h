/* SPDX-License-Identifier: MIT
 * Ctrl-C and friends. While a job runs, the first asks it to stop, and the second kills at once; else the first kills. Files
 * that are not complete are removed before. */
#ifndef NDUP_SIGNALS_H
#define NDUP_SIGNALS_H

#include "base/platform.h"
#include "neardup.h"

#include <signal.h>

/* Nobody reads: writing fails with EPIPE instead of killing the program. */
void ndup_signals_ignore_pipe(void);

/* From here on SIGINT, SIGTERM and SIGHUP cancel the job; a signal that was ignored before stays so. */
void ndup_signals_watch(neardup_job *job);
/* The job is done: a signal kills. Returns the signal that came, or 0. */
int ndup_signals_unwatch(void);

/* Signals wait until they are released, except for those that waited before. */
void ndup_signals_hold(sigset_t *before);
void ndup_signals_release(const sigset_t *before);

/* The file is removed if a signal kills the program, from now on until it is kept. Copied. */
void ndup_signals_remove(const char *path);
void ndup_signals_keep(const char *path);

/* Ends the program by the signal, so that the caller sees what happened. */
void ndup_signals_raise(int signal_number);

#endif
