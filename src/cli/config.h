/* SPDX-License-Identifier: MIT
 * The configuration file of check. Options on the command line take precedence. */
#ifndef NDUP_CONFIG_H
#define NDUP_CONFIG_H

#include "base/platform.h"
#include "cli/command.h"

#include <stdio.h>

struct ndup_config {
    const char *path; /* of the file; NULL: there is none */
    char **texts;     /* which the settings borrow */
    size_t count, capacity;
    const char **inputs; /* those of the file, where the command line has none */
    size_t input_count, input_capacity;
};

/* Reads the file that the settings name, or neardup.toml if there is one, into the settings and cli->operands. Says what is
 * wrong, with file, line and column, and returns false. config must be freed in any case, after the last use of cli. */
bool ndup_config_read(struct ndup_config *config, struct ndup_cli *cli);

/* Prints settings and inputs as such a file. False if it could not be written. */
bool ndup_config_print(FILE *out, const struct ndup_cli *cli);

void ndup_config_free(struct ndup_config *config);

#endif
