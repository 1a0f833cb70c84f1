/* SPDX-License-Identifier: MIT
 * Where the check was started: paths in reports are relative to it. */
#ifndef NDUP_CHECK_RELATE_H
#define NDUP_CHECK_RELATE_H

#include "base/platform.h"
#include "check/findings.h"

/* Makes what reports show of all places relative to the working directory, where they lie below it. False: no memory. */
bool ndup_check_relate(struct ndup_check_result *result);

#endif
