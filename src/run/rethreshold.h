/* SPDX-License-Identifier: MIT
 * A run decided again at a stricter threshold, from the pairs that it recorded. */
#ifndef NDUP_RETHRESHOLD_H
#define NDUP_RETHRESHOLD_H

#include "base/platform.h"
#include "run/open.h"

struct ndup_redecided;

/* Reports pairs, decisions and clusters as they are at the new threshold. */
neardup_status ndup_redecided_report(struct neardup_run *run, const struct ndup_redecided *redecided,
                                     const neardup_callbacks *callbacks, neardup_error *err) NDUP_MUST_CHECK;
void ndup_redecided_free(struct ndup_redecided *redecided);

#endif
