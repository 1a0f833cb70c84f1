/* SPDX-License-Identifier: MIT
 * Programs that are run for their output: a command (--pre), and the readers and writers of formats that the library leaves to
 * others. No shell is involved: the words of a command are the arguments of a program, so that no file name is ever taken
 * for syntax.
 *
 * A program has its own process group, no standard input unless it is given one, and default signals. Its standard
 * error is kept for the message of its failure, and is otherwise dropped. */
#ifndef NDUP_PROCESS_H
#define NDUP_PROCESS_H

#include "base/platform.h"
#include "neardup.h"

#include <stdatomic.h>

/* ---- the words of a command ---- */

struct ndup_program {
    char **words; /* each malloc-ed */
    size_t count;
    bool has_place; /* a word is {}: the path takes its place. Else it comes last */
};

/* Splits a command at spaces, tabs and line ends. '...' and "..." keep what is between them in one word; nothing else is
 * syntax. ARG if it has no word, or a quote has no end. Free the command in any case. */
neardup_status ndup_program_parse(struct ndup_program *command, const char *text, neardup_error *err) NDUP_MUST_CHECK;
/* Adds a word, copied. False: no memory. */
bool ndup_program_add(struct ndup_program *command, const char *word) NDUP_MUST_CHECK;
void ndup_program_free(struct ndup_program *command);

/* ---- running it ---- */

struct ndup_process;

struct ndup_process_files {
    int in;    /* its standard input, borrowed; -1: there is nothing to read */
    int out;   /* its standard output, borrowed; -1: to ndup_process_read */
    bool asks; /* its standard input is what ndup_process_write gives it; `in` is not used */
};

/* Runs the command on a path (with "./" before one that begins with a dash; NULL: there is none). While it has nothing to give,
 * *cancel is looked at several times a second, and reading ends with CANCELED; cancel may be NULL. IO if it cannot be run:
 * "cannot run 'pandoc': No such file or directory". */
neardup_status ndup_process_start(struct ndup_process **out, const struct ndup_program *command, const char *path,
                                  struct ndup_process_files files, const atomic_bool *cancel,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* Reads some bytes of its output. *got == 0 with OK: the program has ended, with status 0. IO if it failed, with the first line
 * that it wrote to standard error. If its output is a file, this waits for its end. */
neardup_status ndup_process_read(struct ndup_process *process, void *buffer, size_t capacity, size_t *got,
                                 neardup_error *err) NDUP_MUST_CHECK;

/* Gives it bytes, with `asks`. It must read them all before it waits for somebody who reads its output. IO if it does not read
 * any more. */
neardup_status ndup_process_write(struct ndup_process *process, const void *bytes, size_t length,
                                  neardup_error *err) NDUP_MUST_CHECK;

/* The status that it exited with, after a read that failed; -1: it was killed, or runs. */
int ndup_process_exit_status(const struct ndup_process *process);

/* Ends it, if it has not ended by itself. */
void ndup_process_destroy(struct ndup_process *process);

/* Ends all that are running. Safe in a signal handler, after which the caller ends, too. */
void ndup_process_kill_all(void);

#endif
