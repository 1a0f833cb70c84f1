/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/command.h"
#include "cli/method.h"
#include "cli/plan/plan_chart.h"
#include "cli/plan/plan_simhash.h"
#include "neardup.h"
#include "term/number.h"

#include <stdio.h>

static const char *kind_name(neardup_sketch_kind kind)
{
    return kind == NEARDUP_SKETCH_FSS ? "fss" : kind == NEARDUP_SKETCH_AFFINE ? "affine" : "auto";
}

static double share_found(const void *plan, double jaccard)
{
    return neardup_plan_candidate_probability(plan, jaccard);
}

static void print_curve(const neardup_plan *plan)
{
    printf("\nJaccard  found\n");
    ndup_plan_chart(share_found, plan, plan->threshold);
    printf("                 > from the threshold on\n");
}

static void print_needs(const struct ndup_cli *cli, const neardup_plan_options *options, const neardup_plan *plan)
{
    if (options->documents == 0) {
        if (cli->msg.verbosity >= 0)
            ndup_msg_hint(&cli->msg, "--documents N adds the expected memory and disk");
        return;
    }
    printf("documents  %s of %s\n", ndup_number_group(options->documents).text,
           ndup_number_bytes(options->mean_bytes > 0 ? options->mean_bytes : 2400).text);
    printf("memory     %s expected, %s at least", ndup_number_memory(plan->memory_bytes).text,
           ndup_number_memory(plan->memory_min_bytes).text);
    if (options->memory_budget > 0)
        printf(", %s allowed", ndup_number_memory(options->memory_budget).text);
    printf("\nscratch    %s, and the text of compressed files and of pipes\n",
           ndup_number_bytes(plan->scratch_bytes).text);
    if (options->memory_budget > 0 && options->memory_budget < plan->memory_min_bytes)
        ndup_msg_warning(&cli->msg, "%s will not do for so many documents",
                         ndup_number_memory(options->memory_budget).text);
}

static void print_text(const struct ndup_cli *cli, const neardup_plan_options *options, const neardup_plan *plan)
{
    printf("threshold  %s\n", ndup_number_score(plan->threshold).text);
    if (plan->all) {
        printf("candidates all pairs that can reach the threshold (exact join), recall 1\n");
        print_needs(cli, options, plan);
        return;
    }
    printf("signature  %u slots = %u bands of %u rows (%s)\n", plan->slots, plan->bands, plan->rows,
           kind_name(plan->kind));
    printf("recall     %s at the threshold; one half at Jaccard %s\n",
           ndup_number_score(plan->recall_at_threshold).text, ndup_number_score(plan->half_point).text);
    printf("false      %s of the pairs below the threshold are verified in vain (Jaccard uniform)\n",
           ndup_number_percent((uint64_t)(plan->false_share * 1e6 + 0.5), 1000000).text);
    print_needs(cli, options, plan);
    print_curve(plan);
}

static void print_json(const neardup_plan_options *options, const neardup_plan *plan)
{
    printf("{\"threshold\":%s,", ndup_number_score(plan->threshold).text);
    printf("\"recall\":%s,", ndup_number_score(options->recall).text);
    printf("\"candidates\":\"%s\",\"sketch\":\"%s\",\"slots\":%u,\"bands\":%u,\"rows\":%u,", plan->all ? "all" : "lsh",
           kind_name(plan->kind), plan->slots, plan->bands, plan->rows);
    printf("\"recall_at_threshold\":%s,", ndup_number_score(plan->recall_at_threshold).text);
    printf("\"half_point\":%s,", ndup_number_score(plan->half_point).text);
    printf("\"false_share\":%s,", ndup_number_score(plan->false_share).text);
    printf("\"documents\":%llu,\"mean_bytes\":%llu,\"memory_bytes\":%llu,\"memory_min_bytes\":%llu,"
           "\"scratch_bytes\":%llu,\"curve\":[",
           (unsigned long long)options->documents,
           (unsigned long long)(options->mean_bytes > 0 ? options->mean_bytes : 2400),
           (unsigned long long)plan->memory_bytes, (unsigned long long)plan->memory_min_bytes,
           (unsigned long long)plan->scratch_bytes);
    for (int i = 0; i <= NDUP_PLAN_STEPS; i++) {
        double jaccard = (double)i / NDUP_PLAN_STEPS;
        printf("%s{\"jaccard\":%s,", i == 0 ? "" : ",", ndup_number_score(jaccard).text);
        printf("\"probability\":%s}", ndup_number_score(neardup_plan_candidate_probability(plan, jaccard)).text);
    }
    printf("]}\n");
}

int ndup_cmd_plan(struct ndup_cli *cli)
{
    const struct ndup_settings *settings = &cli->settings;
    if (!ndup_method_check(cli))
        return NDUP_EXIT_TROUBLE;
    if (settings->method == NEARDUP_METHOD_SIMHASH)
        return ndup_plan_simhash(cli);
    neardup_plan_options options = NEARDUP_PLAN_OPTIONS_INIT;
    options.threshold = settings->threshold;
    options.recall = settings->recall;
    options.kind = (neardup_sketch_kind)settings->sketch;
    options.slots = (uint32_t)settings->slots;
    options.bands = (uint32_t)settings->bands;
    options.rows = (uint32_t)settings->rows;
    options.all = settings->candidates == NDUP_CANDIDATES_ALL;
    options.documents = settings->documents;
    options.mean_bytes = settings->mean_bytes;
    options.memory_budget = settings->memory;
    neardup_plan plan;
    neardup_error err = {.message = ""};
    if (neardup_plan_solve(&options, &plan, &err) != NEARDUP_OK) {
        ndup_msg_error(&cli->msg, "%s", err.message);
        return NDUP_EXIT_TROUBLE;
    }
    if (settings->text_format == NDUP_FORMAT_JSON)
        print_json(&options, &plan);
    else
        print_text(cli, &options, &plan);
    return NDUP_EXIT_DONE;
}
