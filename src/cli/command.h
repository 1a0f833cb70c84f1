/* SPDX-License-Identifier: MIT
 * The program around its commands: what each of them is given, and how it ends. A command is one file, cmd_*.c. */
#ifndef NDUP_COMMAND_H
#define NDUP_COMMAND_H

#include "base/platform.h"
#include "cli/help.h"
#include "cli/messages.h"
#include "cli/options.h"

enum { NDUP_EXIT_DONE = 0, NDUP_EXIT_VIOLATED = 1 /* a rule of check */, NDUP_EXIT_TROUBLE = 2 };

struct ndup_cli {
    const struct ndup_command *command;
    struct ndup_settings settings;
    struct ndup_opt_seen seen; /* options that were given, and where */
    struct ndup_msg msg;
    struct ndup_progress progress;
    const char **operands;
    int operand_count;
    char **argv;        /* as the program was called; NULL at the end */
    int raise_signal;   /* set when a signal ended the work: the program ends by it after it has cleaned up */
    bool output_failed; /* standard output could not be written, and that was said */
    bool broken_pipe;   /* nobody reads the output any more: end quietly */
};

/* The whole program after main. */
int ndup_command_main(int argc, char **argv);

/* Says what is wrong with the call, and where help is; returns NDUP_EXIT_TROUBLE. */
int ndup_command_misuse(const struct ndup_cli *cli, const char *message, const char *hint);

/* Whether the options go together, by the rules of their rows. Says what is wrong and returns false. */
/* As if the options of the preset had been given, too, where they were not. Again is fine. */
void ndup_command_apply_preset(struct ndup_cli *cli);
bool ndup_command_check_options(struct ndup_cli *cli);

/* Whether the paths can be read and written as they were typed: no URLs, and no folder named like a file (typed_paths.c). Says
 * what is wrong and what to type, and returns false. */
bool ndup_command_check_paths(const struct ndup_cli *cli);

/* Prints all of the buffer and frees it; returns the exit status. */
int ndup_command_print(struct ndup_cli *cli, struct ndup_buf *buf);

int ndup_cmd_dedup(struct ndup_cli *cli);
int ndup_cmd_find(struct ndup_cli *cli);
int ndup_cmd_compare(struct ndup_cli *cli);
int ndup_cmd_plan(struct ndup_cli *cli);
int ndup_cmd_sketch(struct ndup_cli *cli);
int ndup_cmd_report(struct ndup_cli *cli);
int ndup_cmd_explain(struct ndup_cli *cli);
int ndup_cmd_check(struct ndup_cli *cli);
int ndup_cmd_suggest(struct ndup_cli *cli);

#endif
