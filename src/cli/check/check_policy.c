/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_policy.h"

#include "cli/runjob.h"

#include <string.h>

static bool refuse(const struct ndup_cli *cli, const char *message, const char *hint)
{
    ndup_command_misuse(cli, message, hint);
    return false;
}

static void default_to_zero(struct ndup_limit *limit)
{
    if (!limit->given)
        *limit = (struct ndup_limit){.given = true};
}

static bool was_given(const struct ndup_cli *cli, const char *name)
{
    return ndup_opt_was_seen(&cli->seen, ndup_opt_find(ndup_options_table, NDUP_CMD_CHECK, name));
}

/* What is compared has its limit: nothing is allowed unless a limit says so. */
static void follow(struct ndup_settings *s)
{
    if (s->splits.count > 0)
        default_to_zero(&s->limits[NDUP_RULE_LEAK]);
    if (s->baseline != NULL)
        default_to_zero(&s->limits[NDUP_RULE_NEW]);
    if (s->reference.count > 0)
        default_to_zero(&s->limits[NDUP_RULE_REFERENCE]);
}

static bool any_limit(const struct ndup_settings *s)
{
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        if (s->limits[i].given)
            return true;
    }
    return false;
}

bool ndup_check_policy(struct ndup_cli *cli, struct ndup_check_plan *plan)
{
    struct ndup_settings *s = &cli->settings;
    *plan = (struct ndup_check_plan){.leaks = s->splits.count > 0,
                                     .own_inputs = cli->operand_count > 0 || s->files_from.count > 0};
    if (s->limits[NDUP_RULE_REPETITION].given && !was_given(cli, "unit"))
        s->job.units = NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH;
    if (!plan->own_inputs && !plan->leaks)
        return refuse(cli, "no input given",
                      "name files or folders, or splits with --split NAME=PATH, here or in neardup.toml");
    if (!ndup_command_check_options(cli))
        return false;
    follow(s);
    plan->by_default = !any_limit(s);
    if (!any_limit(s) && (s->job.units & NEARDUP_UNIT_DOCUMENT) != 0)
        default_to_zero(&s->limits[NDUP_RULE_DUPLICATE_RATE]);
    else if (!any_limit(s))
        default_to_zero(&s->limits[NDUP_RULE_REPETITION]);
    for (int i = 0; i < NDUP_RULE_COUNT; i++) {
        /* The run that looks for leaks sees the records of the splits, too. */
        bool seen = (i == NDUP_RULE_INVALID || i == NDUP_RULE_EMPTY) && plan->leaks && !plan->own_inputs;
        plan->main = plan->main || (s->limits[i].given && i != NDUP_RULE_LEAK && !seen);
    }
    if (!plan->main && plan->own_inputs)
        return refuse(cli, "no rule applies to the inputs outside the splits",
                      "add one, for instance --max-duplicate-rate 1%, or leave out these inputs");
    return true;
}
