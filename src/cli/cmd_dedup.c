/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/command.h"
#include "cli/runjob.h"

#include <string.h>

int ndup_cmd_dedup(struct ndup_cli *cli)
{
    const char *output = cli->settings.output;
    if (output == NULL || *output == '\0')
        return ndup_command_misuse(cli, "dedup requires --output",
                                   "add -o OUT, a folder for the cleaned corpus, or -o - for standard output");
    struct ndup_runjob run;
    if (!ndup_runjob_init(&run, cli)) {
        ndup_runjob_close(&run);
        return NDUP_EXIT_TROUBLE;
    }
    run.options.output_dir = output;
    run.options.pairs = cli->settings.pairs != 0;
    int status = NDUP_EXIT_TROUBLE;
    bool complete = false;
    if (ndup_runjob_open(&run))
        status = ndup_runjob_run(&run, &complete);
    if (complete) {
        ndup_runjob_summary(&run, false);
        ndup_runjob_advise(&run);
    }
    ndup_runjob_close(&run);
    return status;
}
