/* SPDX-License-Identifier: MIT
 * What the commands are, in words, and what is printed of them: help, man page, completions. All of it comes from the table
 * of commands here and from the table of options (options.c). */
#ifndef NDUP_HELP_H
#define NDUP_HELP_H

#include "base/buf.h"
#include "base/platform.h"
#include "cli/options.h"

struct ndup_example {
    const char *line;
    const char *meaning;
};

struct ndup_command {
    const char *name;
    unsigned bit;                   /* enum ndup_command_bit */
    const char *operands;           /* for the synopsis */
    int min_operands, max_operands; /* -1: any number */
    const char *summary;
    const char *const *about;            /* paragraphs, NULL at the end */
    const struct ndup_example *examples; /* .line NULL at the end */
};

extern const struct ndup_command ndup_command_table[]; /* .name NULL at the end */

const struct ndup_command *ndup_command_find(const char *name);

/* The default as it is shown, or NULL if the option has none. */
const char *ndup_help_default(const struct ndup_opt *opt);

void ndup_help_overview(struct ndup_buf *buf, bool colour);
void ndup_help_command(struct ndup_buf *buf, const struct ndup_command *command, bool full, bool colour,
                       size_t columns);

void ndup_help_man_page(struct ndup_buf *buf);

/* shell: "bash", "zsh" or "fish" */
void ndup_help_completion(struct ndup_buf *buf, const char *shell);

#endif
