/* SPDX-License-Identifier: MIT
 * Which rules hold: those that were asked for, and those that follow from what is compared. */
#ifndef NDUP_CHECK_POLICY_H
#define NDUP_CHECK_POLICY_H

#include "base/platform.h"
#include "cli/command.h"

struct ndup_check_plan {
    bool main;       /* duplicates are looked for */
    bool leaks;      /* texts of one split are looked for in others */
    bool own_inputs; /* files are named beside those of the splits */
    bool by_default; /* no rule was asked for */
};

/* Completes the limits in the settings. Says which options contradict each other and returns false. */
bool ndup_check_policy(struct ndup_cli *cli, struct ndup_check_plan *plan);

#endif
