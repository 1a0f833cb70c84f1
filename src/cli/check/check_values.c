/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_values.h"

#include "cli/check/check_reports.h"
#include "cli/check/check_splits.h"
#include "cli/parts.h"
#include "cli/runjob.h"

#include <string.h>

static bool knows_keep(const char *value, const struct ndup_cli *cli)
{
    neardup_job_options options;
    return ndup_runjob_keep(&options, value, &cli->msg);
}

static bool knows_unit(const char *value, const struct ndup_cli *cli)
{
    unsigned units;
    return ndup_parts_units(value, &units, cli);
}

static bool knows_report(const char *value, const struct ndup_cli *cli)
{
    const char *path;
    return ndup_check_report_format(value, &path, cli) != NULL;
}

bool ndup_check_value_is_known(const struct ndup_opt *opt, const char *value, const char *place,
                               const struct ndup_cli *cli)
{
    static const struct {
        const char *name;
        bool (*knows)(const char *value, const struct ndup_cli *cli);
    } checks[] = {
        {"keep", knows_keep}, {"unit", knows_unit}, {"report", knows_report}, {"split", ndup_check_split_is_named}};
    struct ndup_cli there = *cli;
    there.msg.place = place;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (strcmp(opt->name, checks[i].name) == 0)
            return checks[i].knows(value, &there);
    }
    return true;
}
