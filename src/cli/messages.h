/* SPDX-License-Identifier: MIT
 * Standard error: messages (errors, warnings, notes and hints, worded as git words them), the line that shows progress, and
 * the signals that end a run. They are one module because they share the terminal: a message removes the progress line
 * first, and a signal must leave neither half a line nor half a file. */
#ifndef NDUP_MESSAGES_H
#define NDUP_MESSAGES_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup_run.h"

#include <signal.h>
#include <stdio.h>

/* ---- progress: one line on a terminal, rewritten in place, removed at the end ---- */

struct ndup_progress {
    FILE *stream;
    bool enabled;
    bool drawn;           /* the line is on the terminal */
    char phase[16];       /* the last one seen */
    double phase_started; /* seconds of the monotonic clock */
    double last_drawn;
};

/* Enabled if the stream is a terminal and `wanted`. */
void ndup_progress_init(struct ndup_progress *progress, FILE *stream, bool wanted);
/* Draws at most five times per second. */
void ndup_progress_update(struct ndup_progress *progress, const neardup_progress *state);
/* Removes the line so that something else can be printed. */
void ndup_progress_clear(struct ndup_progress *progress);
/* The line: phase, bar, done and total, rate, time left; fitted to the columns. `seconds`: since the phase began. */
void ndup_progress_format(struct ndup_buf *buf, const neardup_progress *state, double seconds, size_t columns);

/* ---- messages ---- */

struct ndup_msg {
    FILE *stream;
    int verbosity; /* -1 quiet: errors only; 0; 1 verbose */
    bool colour;
    const char *place;              /* "neardup.toml:3:9", where a configuration file is wrong; NULL: none */
    struct ndup_progress *progress; /* removed before anything is printed; may be NULL */
};

/* "neardup: error: ..." */
void ndup_msg_error(const struct ndup_msg *msg, const char *format, ...) NDUP_PRINTF(2, 3);
void ndup_msg_warning(const struct ndup_msg *msg, const char *format, ...) NDUP_PRINTF(2, 3);
void ndup_msg_note(const struct ndup_msg *msg, const char *format, ...) NDUP_PRINTF(2, 3);
/* "hint: ...", on the line after the error that it mends. */
void ndup_msg_hint(const struct ndup_msg *msg, const char *format, ...) NDUP_PRINTF(2, 3);
/* "part-3.jsonl:1042: warning: ..."; without the line if it is 0, "neardup: " if file is NULL. */
void ndup_msg_at(const struct ndup_msg *msg, neardup_severity severity, const char *file, uint64_t line,
                 const char *text);

/* ---- signals ----
 * While a job runs, the first Ctrl-C asks it to stop and the second kills the program; without a job the first kills. Output
 * files that are not complete are removed in both cases. */

/* A pipe that nobody reads, and a file beyond the limit for files (ulimit -f): writing fails with EPIPE and EFBIG instead of
 * killing the program. */
void ndup_signals_ignore(void);

/* From now on SIGINT, SIGTERM, SIGHUP and SIGXCPU cancel the job. If it does not end soon, what it has written is removed, msg gets
 * a note, and the program ends. A signal that was ignored before stays ignored. */
void ndup_signals_watch(neardup_job *job, const struct ndup_msg *msg);
/* The job is done: a signal kills again. Returns the signal that came, or 0. */
int ndup_signals_unwatch(void);

/* Signals wait until they are released, except for those that waited before. */
void ndup_signals_hold(sigset_t *before);
void ndup_signals_release(const sigset_t *before);

/* The file is removed if a signal kills the program, from now on until it is kept. The path is copied. */
void ndup_signals_remove(const char *path);
void ndup_signals_keep(const char *path);

/* Ends the program by the signal, so that its caller sees the reason. */
void ndup_signals_raise(int signal_number);

#endif
