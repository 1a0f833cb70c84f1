/* SPDX-License-Identifier: MIT
 * The commands: one row and one file (cmd_*.c) each. */
#ifndef NDUP_COMMAND_H
#define NDUP_COMMAND_H

#include "base/platform.h"
#include "cli/msg.h"
#include "cli/options.h"
#include "cli/progress.h"

enum { NDUP_EXIT_DONE = 0, NDUP_EXIT_VIOLATED = 1 /* a rule of check */, NDUP_EXIT_TROUBLE = 2 };

struct ndup_cli {
    const struct ndup_command *command;
    struct ndup_settings settings;
    struct ndup_opt_seen seen; /* options on the command line */
    struct ndup_msg msg;
    struct ndup_progress progress;
    const char **operands;
    int operand_count;
    char **argv;      /* as the program was called; NULL at the end */
    int raise_signal; /* set when a signal ended the work: the program ends by it when all is cleaned up */
    bool broken_pipe; /* nobody reads the output any more: end quietly */
};

struct ndup_example {
    const char *line;
    const char *meaning;
};

struct ndup_command {
    const char *name;
    unsigned bit;
    const char *operands;           /* for the synopsis */
    int min_operands, max_operands; /* -1: any number; checked here unless the command has something better to say */
    const char *summary;
    const char *const *about;            /* paragraphs, NULL at the end */
    const struct ndup_example *examples; /* .line NULL at the end */
    int (*run)(struct ndup_cli *cli);
};

extern const struct ndup_command ndup_command_table[]; /* .name NULL at the end */

const struct ndup_command *ndup_command_find(const char *name);

/* The whole program behind main. */
int ndup_command_main(int argc, char **argv);

/* Says what is wrong with the call, and where help is; returns NDUP_EXIT_TROUBLE. */
int ndup_command_misuse(const struct ndup_cli *cli, const char *message, const char *hint);

int ndup_cmd_dedup(struct ndup_cli *cli);
int ndup_cmd_find(struct ndup_cli *cli);
int ndup_cmd_compare(struct ndup_cli *cli);
int ndup_cmd_plan(struct ndup_cli *cli);
int ndup_cmd_sketch(struct ndup_cli *cli);
int ndup_cmd_report(struct ndup_cli *cli);
int ndup_cmd_explain(struct ndup_cli *cli);
int ndup_cmd_check(struct ndup_cli *cli);
int ndup_cmd_version(struct ndup_cli *cli);
int ndup_cmd_help(struct ndup_cli *cli);

#endif
