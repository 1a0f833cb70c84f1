/* SPDX-License-Identifier: MIT
 * Filling neardup_error. err may be NULL everywhere. */
#ifndef NDUP_ERROR_H
#define NDUP_ERROR_H

#include "base/platform.h"
#include "neardup.h"

/* Fills *err and returns code, so that `return ndup_fail(err, NEARDUP_E_ARG, "...")` is one line. */
neardup_status ndup_fail(neardup_error *err, neardup_status code, const char *format, ...) NDUP_PRINTF(3, 4);

#ifdef __clang_analyzer__
/* The analyser does not see into the function: it returns the code that it was given, never OK by chance. */
#    define ndup_fail(err, code, ...) ((void)ndup_fail((err), (code), __VA_ARGS__), (neardup_status)(code))
#endif

/* The same for a failed system call: appends ": " and the text of `sys_errno`; code IO, or NOMEM for ENOMEM. */
neardup_status ndup_fail_errno(neardup_error *err, int sys_errno, const char *format, ...) NDUP_PRINTF(3, 4);

/* Adds a second line to the message of a failure, which says what to do: "`scratch_dir` puts temporary files elsewhere". It
 * begins with a field, so that nobody takes the line end of a file name for it. A name in backticks is a field of
 * neardup_job_options; programs may have other names for it. */
void ndup_advise(neardup_error *err, const char *advice);

/* Out of memory, said without allocating. Inline, so that compilers and analysers see that it never returns OK. */
void ndup_set_nomem(neardup_error *err);
NDUP_INLINE neardup_status ndup_fail_nomem(neardup_error *err)
{
    ndup_set_nomem(err);
    return NEARDUP_E_NOMEM;
}

/* Forwards a failure. */
#define NDUP_TRY(call)                                                                                                 \
    do {                                                                                                               \
        neardup_status try_status_ = (call);                                                                           \
        if (NDUP_UNLIKELY(try_status_ != NEARDUP_OK))                                                                  \
            return try_status_;                                                                                        \
    } while (0)

#endif
