/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/command.h"
#include "cli/help.h"
#include "term/term.h"

#include <stdio.h>

static int explain(const struct ndup_cli *cli, struct ndup_buf *buf, bool colour)
{
    const struct ndup_command *command = ndup_command_find(cli->operands[0]);
    if (command != NULL) {
        ndup_help_command(buf, command, true, colour, ndup_term_width(stdout, 80));
        return NDUP_EXIT_DONE;
    }
    char message[160];
    snprintf(message, sizeof message, "unknown command '%.60s'", cli->operands[0]);
    return ndup_command_misuse(cli, message, "'neardup help' lists the commands");
}

int ndup_cmd_help(struct ndup_cli *cli)
{
    static const char *const shells[] = {NULL, "bash", "zsh", "fish"};
    struct ndup_buf buf = NDUP_BUF_INIT;
    bool colour = ndup_term_colour(stdout, (enum ndup_term_when)cli->settings.colour);
    int status = NDUP_EXIT_DONE;
    if (cli->settings.man != 0)
        ndup_man_page(&buf);
    else if (cli->settings.completion != 0)
        ndup_completion_script(&buf, shells[cli->settings.completion]);
    else if (cli->operand_count == 1)
        status = explain(cli, &buf, colour);
    else
        ndup_help_overview(&buf, colour);
    if (buf.failed) {
        ndup_msg_error(&cli->msg, "out of memory");
        status = NDUP_EXIT_TROUBLE;
    } else if (buf.len > 0) {
        fwrite(buf.data, 1, buf.len, stdout);
    }
    ndup_buf_free(&buf);
    return status;
}
