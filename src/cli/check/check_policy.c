/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_policy.h"

#include "cli/parts.h"

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

/* What would be taken and not used. */
static bool has_use(const struct ndup_settings *s, const struct ndup_cli *cli)
{
    if (s->splits.count == 0 && was_given(cli, "leak-containment"))
        return refuse(cli, "option '--leak-containment' needs splits",
                      "name them: --split train=PATH --split test=PATH");
    if (s->splits.count == 0 && was_given(cli, "leak-ngram"))
        return refuse(cli, "option '--leak-ngram' needs splits", "name them: --split train=PATH --split test=PATH");
    if (!s->limits[NDUP_RULE_DUPLICATE_RATE].given && was_given(cli, "rate-of"))
        return refuse(cli, "option '--rate-of' is about --max-duplicate-rate, which is not asked for", "add it");
    return true;
}

/* What is compared has its limit: nothing is allowed unless it is said. */
static bool follow(struct ndup_settings *s, const struct ndup_cli *cli)
{
    if (s->splits.count > 0)
        default_to_zero(&s->limits[NDUP_RULE_LEAK]);
    else if (s->limits[NDUP_RULE_LEAK].given)
        return refuse(cli, "option '--max-leak' needs splits", "name them: --split train=PATH --split test=PATH");
    if (s->baseline != NULL)
        default_to_zero(&s->limits[NDUP_RULE_NEW]);
    else if (s->limits[NDUP_RULE_NEW].given)
        return refuse(cli, "option '--max-new' needs --baseline", "--baseline FILE says what is known");
    else if (s->update_baseline != 0)
        return refuse(cli, "option '--update-baseline' needs --baseline", "--baseline FILE names the file");
    if (s->reference.count > 0)
        default_to_zero(&s->limits[NDUP_RULE_REFERENCE]);
    else if (s->limits[NDUP_RULE_REFERENCE].given)
        return refuse(cli, "option '--max-reference' needs --reference", "--reference PATH says what to compare with");
    return true;
}

static bool any_limit(const struct ndup_settings *s)
{
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        if (s->limits[i].given)
            return true;
    }
    return false;
}

/* Rules about documents, but for those about single records. */
static bool is_about_documents(enum ndup_rule rule)
{
    return rule == NDUP_RULE_DUPLICATE_RATE || rule == NDUP_RULE_EXACT || rule == NDUP_RULE_CLUSTER_SIZE ||
           rule == NDUP_RULE_REFERENCE;
}

/* --unit and the rules must be about the same. */
static bool agree_on_units(struct ndup_settings *s, const struct ndup_cli *cli)
{
    bool parts = strstr(s->unit, "paragraph") != NULL || strstr(s->unit, "line") != NULL;
    bool documents = strstr(s->unit, "document") != NULL;
    if (s->limits[NDUP_RULE_REPETITION].given && !parts) {
        if (was_given(cli, "unit"))
            return refuse(cli, "option '--max-repetition' is about paragraphs, and --unit leaves them out",
                          "write --unit document,paragraph, or leave it out");
        s->unit = "document,paragraph";
    }
    for (int i = 0; i < NDUP_RULE_COUNT && !documents; i++) {
        if (s->limits[i].given && is_about_documents((enum ndup_rule)i))
            return refuse(cli, "there is a limit for documents, and --unit leaves them out",
                          "write --unit document,paragraph, or --max-repetition in place of that limit");
    }
    return true;
}

bool ndup_check_policy(struct ndup_cli *cli, struct ndup_check_plan *plan)
{
    struct ndup_settings *s = &cli->settings;
    *plan = (struct ndup_check_plan){.leaks = s->splits.count > 0,
                                     .own_inputs = cli->operand_count > 0 || s->files_from.count > 0};
    unsigned units;
    if (!plan->own_inputs && !plan->leaks)
        return refuse(cli, "no input given",
                      "name files or folders, splits with --split NAME=PATH, or write them into neardup.toml");
    if (!ndup_parts_units(s->unit, &units, cli) || !follow(s, cli))
        return false;
    plan->by_default = !any_limit(s);
    if (!any_limit(s) && strstr(s->unit, "document") != NULL)
        default_to_zero(&s->limits[NDUP_RULE_DUPLICATE_RATE]);
    else if (!any_limit(s))
        default_to_zero(&s->limits[NDUP_RULE_REPETITION]);
    if (!has_use(s, cli) || !agree_on_units(s, cli))
        return false;
    for (int i = 0; i < NDUP_RULE_COUNT; i++) {
        /* The run that looks for leaks sees the records of the splits, too. */
        bool seen = (i == NDUP_RULE_INVALID || i == NDUP_RULE_EMPTY) && plan->leaks && !plan->own_inputs;
        plan->main = plan->main || (s->limits[i].given && i != NDUP_RULE_LEAK && !seen);
    }
    if (!plan->main && plan->own_inputs)
        return refuse(cli, "no rule looks at the inputs that are in no split",
                      "--max-duplicate-rate, for instance, or leave them out");
    return true;
}
