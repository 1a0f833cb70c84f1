/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/command.h"

int main(int argc, char **argv)
{
    return ndup_command_main(argc, argv);
}
