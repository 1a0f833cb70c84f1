/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "replay/replay.h"

#include "base/error.h"

#include <stdlib.h>

neardup_status ndup_redecided_tell(struct neardup_run *run, const neardup_callbacks *callbacks, neardup_error *err)
{
    (void)run;
    (void)callbacks;
    return ndup_fail(err, NEARDUP_E_ARG, "not yet");
}

void ndup_redecided_free(struct ndup_redecided *redecided)
{
    free(redecided);
}

neardup_status neardup_run_rethreshold(neardup_run *run, double threshold, bool *exact, neardup_error *err)
{
    (void)run;
    (void)threshold;
    *exact = false;
    return ndup_fail(err, NEARDUP_E_ARG, "not yet");
}
