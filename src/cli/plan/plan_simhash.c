/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/plan/plan_simhash.h"

#include "cli/method.h"
#include "cli/plan/plan_chart.h"
#include "term/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WAYS 3 /* to search: scan, tables, multi */

struct search {
    unsigned bits, distance;
    uint64_t documents, memory;
    neardup_hamming_plan chosen;
    neardup_hamming_plan ways[WAYS]; /* by cost, without those that cannot be had */
    size_t count;
};

/* Probability that the fingerprints of two long texts of this similarity lie within the distance: a bit differs with the
 * probability angle / pi (Charikar, STOC 2002), the angle being that of two sets of the same size. */
static double found(unsigned bits, unsigned distance, double jaccard)
{
    static const double pi = 3.14159265358979323846;
    double p = acos(fmin(1, 2 * jaccard / (1 + jaccard))) / pi;
    if (p <= 0)
        return 1;
    double sum = 0;
    for (unsigned k = 0; k <= distance; k++)
        sum += exp(lgamma(bits + 1.0) - lgamma(k + 1.0) - lgamma(bits - k + 1.0) + k * log(p) + (bits - k) * log1p(-p));
    return fmin(1, sum);
}

/* ---- the choice -------------------------------------------------------------------------------------------------- */

static bool solve(const struct ndup_cli *cli, struct search *s)
{
    const struct ndup_settings *settings = &cli->settings;
    neardup_error err = {.message = ""};
    if (neardup_hamming_plan_solve(s->bits, s->distance, s->documents, s->memory, (neardup_hamming)settings->hamming,
                                   &s->chosen, &err) != NEARDUP_OK) {
        ndup_msg_error(&cli->msg, "%s", err.message);
        return false;
    }
    for (neardup_hamming way = NEARDUP_HAMMING_SCAN; way <= NEARDUP_HAMMING_MULTI; way++) {
        neardup_hamming_plan plan;
        /* Where a way has no other form than that of another, it comes back as that one. */
        if (neardup_hamming_plan_solve(s->bits, s->distance, s->documents, s->memory, way, &plan, NULL) != NEARDUP_OK ||
            plan.method != way)
            continue;
        size_t at = s->count++;
        for (; at > 0 && s->ways[at - 1].seconds > plan.seconds; at--)
            s->ways[at] = s->ways[at - 1];
        s->ways[at] = plan;
    }
    return true;
}

void ndup_plan_describe(struct ndup_buf *buf, const neardup_hamming_plan *plan)
{
    if (plan->method == NEARDUP_HAMMING_SCAN)
        ndup_buf_append_str(buf, "every pair is compared");
    else if (plan->method == NEARDUP_HAMMING_MULTI)
        ndup_buf_printf(buf, "multi-index hashing, %u blocks", plan->blocks);
    else
        ndup_buf_printf(buf, "%u sorted table%s, %u of %u blocks agree", plan->tables, plan->tables == 1 ? "" : "s",
                        plan->matching, plan->blocks);
    ndup_buf_append(buf, "", 1);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

static struct ndup_number duration(double seconds)
{
    struct ndup_number text;
    if (seconds >= 3 * 86400.0)
        snprintf(text.text, sizeof text.text, "%.0f days", fmin(seconds / 86400, 1e15));
    else if (seconds < 0.01)
        snprintf(text.text, sizeof text.text, "less than 0.01 s");
    else
        text = ndup_number_seconds(seconds);
    return text;
}

static void print_ways(const struct search *s)
{
    printf("\n  search   core time    memory\n");
    for (size_t i = 0; i < s->count; i++) {
        const neardup_hamming_plan *plan = &s->ways[i];
        struct ndup_buf text = NDUP_BUF_INIT;
        ndup_plan_describe(&text, plan);
        printf("%c %-8s %-12s %-11s %s\n", plan->method == s->chosen.method ? '>' : ' ',
               ndup_method_search(plan->method), duration(plan->seconds).text, ndup_number_memory(plan->bytes).text,
               text.failed ? "" : text.data);
        ndup_buf_free(&text);
    }
    printf("> is taken; all of them find the same\n");
}

static double share_within(const void *context, double jaccard)
{
    const struct search *s = context;
    return found(s->bits, s->distance, jaccard);
}

static void print_curve(const struct search *s, double mark)
{
    printf("\nJaccard  within\n");
    ndup_plan_chart(share_within, s, mark);
    printf("         of the pairs of long texts with this similarity lie within the distance\n");
    if (mark > 0)
        printf("                 > from the threshold on, which is verified\n");
}

static void print_text(const struct ndup_cli *cli, const struct search *s)
{
    const struct ndup_settings *settings = &cli->settings;
    printf("method     simhash: fingerprints of %u bits that differ in at most %u\n", s->bits, s->distance);
    if (settings->threshold_given)
        printf("threshold  %s, verified with exact sets\n", ndup_number_score(settings->threshold).text);
    if (s->documents > 0) {
        printf("documents  %s, their fingerprints %s\n", ndup_number_group(s->documents).text,
               ndup_number_memory(s->documents * s->bits / 8).text);
        print_ways(s);
    } else if (cli->msg.verbosity >= 0) {
        ndup_msg_hint(&cli->msg, "--documents N adds how they are searched, and what it costs");
    }
    print_curve(s, settings->threshold_given ? settings->threshold : 0);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void way_json(const neardup_hamming_plan *plan)
{
    printf("{\"search\":\"%s\",\"blocks\":%u,\"matching\":%u,\"tables\":%u,\"seconds\":%.3g,\"memory_bytes\":%llu}",
           ndup_method_search(plan->method), plan->blocks, plan->matching, plan->tables, plan->seconds,
           (unsigned long long)plan->bytes);
}

static void print_json(const struct search *s)
{
    printf("{\"method\":\"simhash\",\"bits\":%u,\"distance\":%u,\"documents\":%llu,", s->bits, s->distance,
           (unsigned long long)s->documents);
    if (s->documents > 0) {
        printf("\"chosen\":");
        way_json(&s->chosen);
        printf(",\"searches\":[");
        for (size_t i = 0; i < s->count; i++) {
            fputs(i == 0 ? "" : ",", stdout);
            way_json(&s->ways[i]);
        }
        printf("],");
    }
    printf("\"curve\":[");
    for (int i = 0; i <= NDUP_PLAN_STEPS; i++) {
        double jaccard = (double)i / NDUP_PLAN_STEPS;
        printf("%s{\"jaccard\":%s,", i == 0 ? "" : ",", ndup_number_score(jaccard).text);
        printf("\"probability\":%s}", ndup_number_score(found(s->bits, s->distance, jaccard)).text);
    }
    printf("]}\n");
}

int ndup_plan_simhash(const struct ndup_cli *cli)
{
    const struct ndup_settings *settings = &cli->settings;
    struct search s = {.bits = ndup_method_bits(settings),
                       .distance = (unsigned)settings->distance,
                       .documents = settings->documents,
                       .memory = settings->memory};
    if (s.documents > 0 && !solve(cli, &s))
        return NDUP_EXIT_TROUBLE;
    if (settings->text_format == NDUP_FORMAT_JSON)
        print_json(&s);
    else
        print_text(cli, &s);
    return NDUP_EXIT_DONE;
}
