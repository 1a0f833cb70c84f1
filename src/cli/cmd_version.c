/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/command.h"
#include "neardup.h"

#include <stdio.h>

int ndup_cmd_version(struct ndup_cli *cli)
{
    (void)cli;
    printf("neardup %s\n", neardup_version());
    return NDUP_EXIT_DONE;
}
