/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_tables.h"

#include "cli/options.h"

#include <string.h>

const char *const ndup_check_tables[NDUP_CHECK_TABLES] = {"check",  "input",   "similarity", "paragraphs",
                                                          "search", "running", "splits"};

/* What is about the call itself; a file that updates the baseline would let everything pass. */
static bool only_on_the_command_line(const char *name)
{
    static const char *const names[] = {"config", "no-config", "print-config", "update-baseline", "add-report", "help"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

const char *ndup_check_table_of(const struct ndup_opt *opt)
{
    static const char *const groups[][2] = {
        {"Input", "input"},
        {"What counts as similar", "similarity"},
        {"Paragraphs and lines", "paragraphs"},
        {"How candidates are found", "search"},
        {"Running", "running"},
        {"General", "running"},
    };
    if ((opt->commands & NDUP_CMD_CHECK) == 0 || opt->group == NULL || only_on_the_command_line(opt->name))
        return NULL;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (strcmp(opt->group, groups[i][0]) == 0)
            return groups[i][1];
    }
    return "check";
}
