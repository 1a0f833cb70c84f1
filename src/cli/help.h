/* SPDX-License-Identifier: MIT
 * Help, man page and completions, all from the two tables. */
#ifndef NDUP_HELP_H
#define NDUP_HELP_H

#include "base/buf.h"
#include "base/platform.h"
#include "cli/command.h"

/* What the option looks like: "-o, --output OUT", "--tokens word|char". */
void ndup_help_form(struct ndup_buf *buf, const struct ndup_opt *opt);
/* The default as it is shown, or NULL if there is nothing to say. */
const char *ndup_help_default(const struct ndup_opt *opt);

void ndup_help_overview(struct ndup_buf *buf, bool colour);
void ndup_help_command(struct ndup_buf *buf, const struct ndup_command *command, bool full, bool colour,
                       size_t columns);

void ndup_man_page(struct ndup_buf *buf);

/* shell: "bash", "zsh" or "fish" */
void ndup_completion_script(struct ndup_buf *buf, const char *shell);

#endif
