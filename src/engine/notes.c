/* SPDX-License-Identifier: MIT
 * What a job says while it runs. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/sys.h"

neardup_status ndup_job_check_cancel(const neardup_job *job, neardup_error *err)
{
    return atomic_load_explicit(&job->cancel, memory_order_relaxed) ? ndup_fail(err, NEARDUP_E_CANCELED, "canceled")
                                                                    : NEARDUP_OK;
}

neardup_status ndup_job_note(neardup_job *job, neardup_severity severity, const char *file, uint64_t line,
                             const char *message, neardup_error *err)
{
    if (job->callbacks.message != NULL &&
        !job->callbacks.message(job->callbacks.context, severity, file, line, message))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    return NEARDUP_OK;
}

bool ndup_job_progress(neardup_job *job, const char *phase, uint64_t done, uint64_t total, bool in_bytes)
{
    if (job->callbacks.progress == NULL)
        return true;
    double now = ndup_sys_seconds();
    if (now < job->next_progress)
        return true;
    job->next_progress = now + 0.2;
    neardup_progress p = {phase, done, total, in_bytes};
    return job->callbacks.progress(job->callbacks.context, &p);
}
