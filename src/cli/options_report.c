/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/options.h"

const struct ndup_opt ndup_options_report[] = {
    {.name = NULL, .next = ndup_options_check},
};
