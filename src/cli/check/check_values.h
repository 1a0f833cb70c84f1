/* SPDX-License-Identifier: MIT
 * Values of a configuration that the parser of options takes as they are, and a run would refuse later, without their place. */
#ifndef NDUP_CLI_CHECK_VALUES_H
#define NDUP_CLI_CHECK_VALUES_H

#include "base/platform.h"
#include "cli/command.h"

/* Whether the option can have this value. Says what is wrong with it, at this place ("neardup.toml:3:9"). */
bool ndup_check_value_is_known(const struct ndup_opt *opt, const char *value, const char *place,
                               const struct ndup_cli *cli);

#endif
