/* SPDX-License-Identifier: MIT
 * Messages are formatted into the caller's structure, so that failing needs no memory. A message is cut at its 512
 * bytes. */
#include "base/platform.h"

#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void NDUP_PRINTF(4, 0)
    fill(neardup_error *err, neardup_status code, int sys_errno, const char *format, va_list args)
{
    err->code = code;
    err->sys_errno = sys_errno;
    err->line = 0;
    int n = vsnprintf(err->message, sizeof err->message, format, args);
    if (n < 0)
        err->message[0] = '\0';
    if (sys_errno != 0) {
        size_t used = strlen(err->message);
        char text[128];
        /* GNU strerror_r returns the text, which need not be in the buffer. */
        const char *reason = strerror_r(sys_errno, text, sizeof text);
        snprintf(err->message + used, sizeof err->message - used, ": %s", reason);
    }
}

#undef ndup_fail
neardup_status ndup_fail(neardup_error *err, neardup_status code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err, code, 0, format, args);
        va_end(args);
    }
    return code;
}

neardup_status ndup_fail_errno(neardup_error *err, int sys_errno, const char *format, ...)
{
    neardup_status code = sys_errno == ENOMEM ? NEARDUP_E_NOMEM : NEARDUP_E_IO;
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err, code, sys_errno, format, args);
        va_end(args);
    }
    return code;
}

void ndup_advise(neardup_error *err, const char *advice)
{
    if (err == NULL)
        return;
    size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used, "\n%s", advice);
}

void ndup_set_nomem(neardup_error *err)
{
    (void)ndup_fail(err, NEARDUP_E_NOMEM, "out of memory");
}
