/* SPDX-License-Identifier: MIT
 * plan: what a run would do, and what it would cost. */
#include "base/platform.h"

#include "cli/command.h"
#include "cli/runjob.h"
#include "neardup.h"
#include "run/json_write.h"
#include "term/number.h"
#include "term/term.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the chart -------------------------------------------------------------------------------------------------- */

#define COLUMNS 40 /* of a bar */
#define STEPS   20 /* from Jaccard 0 to 1 */

static void put_bar(double share)
{
    static const char *const eighths[] = {"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};
    bool utf8 = ndup_term_utf8();
    unsigned units = (unsigned)(share * COLUMNS * 8 + 0.5);
    for (unsigned i = 0; i < units / 8; i++)
        fputs(utf8 ? "\u2588" : "#", stdout);
    if (utf8)
        fputs(eighths[units % 8], stdout);
}

/* Bars on standard output, with eighths of a column where the terminal has them. share(context, jaccard): 0 to 1. mark: the
 * similarity whose line begins with '>'; 0 or less: none. */
static void print_chart(double (*share)(const void *context, double jaccard), const void *context, double mark)
{
    bool marked = mark <= 0;
    for (int i = 0; i <= STEPS; i++) {
        double jaccard = (double)i / STEPS, found = share(context, jaccard);
        bool here = !marked && jaccard >= mark - 1e-9;
        marked = marked || here;
        printf("   %.2f  %-8s %s", jaccard, ndup_number_score(found).text, here ? ">" : "|");
        put_bar(found);
        putchar('\n');
    }
}

/* ---- MinHash ---------------------------------------------------------------------------------------------------- */

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
    print_chart(share_found, plan, plan->threshold);
    printf("                 > at or above the threshold\n");
}

static void print_needs(const struct ndup_cli *cli, const neardup_plan_options *options, const neardup_plan *plan)
{
    if (options->documents == 0) {
        if (cli->msg.verbosity >= 0)
            ndup_msg_hint(&cli->msg, "add --documents N to see the expected memory and disk");
        return;
    }
    printf("documents  %s of %s\n", ndup_number_group(options->documents).text,
           ndup_number_bytes(options->mean_bytes > 0 ? options->mean_bytes : 2400).text);
    printf("memory     %s expected, %s at least", ndup_number_memory(plan->memory_bytes).text,
           ndup_number_memory(plan->memory_min_bytes).text);
    if (options->memory_budget > 0)
        printf(", budget %s", ndup_number_memory(options->memory_budget).text);
    printf("\nscratch    %s, plus the text of compressed files and of pipes\n",
           ndup_number_bytes(plan->scratch_bytes).text);
    if (options->memory_budget > 0 && options->memory_budget < plan->memory_min_bytes)
        ndup_msg_warning(&cli->msg, "%s of memory is not enough for this many documents",
                         ndup_number_memory(options->memory_budget).text);
}

static void print_text(const struct ndup_cli *cli, const neardup_plan_options *options, const neardup_plan *plan)
{
    printf("threshold  %s\n", ndup_number_score(plan->threshold).text);
    if (plan->all) {
        printf("candidates every pair that can reach the threshold (exact join), recall 1\n");
        print_needs(cli, options, plan);
        return;
    }
    printf("signature  %u slots = %u bands of %u rows (%s)\n", plan->slots, plan->bands, plan->rows,
           kind_name(plan->kind));
    printf("recall     %s at the threshold, 0.5 at Jaccard %s\n", ndup_number_score(plan->recall_at_threshold).text,
           ndup_number_score(plan->half_point).text);
    printf("false      %s of pairs below the threshold become candidates\n",
           ndup_number_percent((uint64_t)(plan->false_share * 1e6 + 0.5), 1000000).text);
    print_needs(cli, options, plan);
    print_curve(plan);
}

typedef double ndup_plan_share(const void *context, double jaccard);

/* The last member of the object: the curve. Then it is printed; an exit status. */
static int finish_json(const struct ndup_cli *cli, struct ndup_json_writer *json, ndup_plan_share *share,
                       const void *context)
{
    ndup_json_add_array(json, "curve", NDUP_JSON_COMPACT);
    for (int i = 0; i <= STEPS; i++) {
        double jaccard = (double)i / STEPS;
        ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
        ndup_json_add_score(json, "jaccard", jaccard);
        ndup_json_add_score(json, "probability", share(context, jaccard));
        ndup_json_end(json);
    }
    ndup_json_end(json);
    ndup_json_end(json);
    ndup_buf_append_str(json->buf, "\n");
    bool good = !json->buf->failed;
    if (good)
        fwrite(json->buf->data, 1, json->buf->len, stdout); /* the end of the program looks for errors */
    else
        ndup_msg_error(&cli->msg, "out of memory");
    ndup_buf_free(json->buf);
    return good ? NDUP_EXIT_DONE : NDUP_EXIT_TROUBLE;
}

static double candidate_share(const void *context, double jaccard)
{
    return neardup_plan_candidate_probability(context, jaccard);
}

static int print_json(const struct ndup_cli *cli, const neardup_plan_options *options, const neardup_plan *plan)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    struct ndup_json_writer json;
    ndup_json_begin(&json, &buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_score(&json, "threshold", plan->threshold);
    ndup_json_add_score(&json, "recall", options->recall);
    ndup_json_add_string(&json, "candidates", plan->all ? "all" : "lsh");
    ndup_json_add_string(&json, "sketch", kind_name(plan->kind));
    ndup_json_add_u64(&json, "slots", plan->slots);
    ndup_json_add_u64(&json, "bands", plan->bands);
    ndup_json_add_u64(&json, "rows", plan->rows);
    ndup_json_add_score(&json, "recall_at_threshold", plan->recall_at_threshold);
    ndup_json_add_score(&json, "half_point", plan->half_point);
    ndup_json_add_score(&json, "false_share", plan->false_share);
    ndup_json_add_u64(&json, "documents", options->documents);
    ndup_json_add_u64(&json, "mean_bytes", options->mean_bytes > 0 ? options->mean_bytes : 2400);
    ndup_json_add_u64(&json, "memory_bytes", plan->memory_bytes);
    ndup_json_add_u64(&json, "memory_min_bytes", plan->memory_min_bytes);
    ndup_json_add_u64(&json, "scratch_bytes", plan->scratch_bytes);
    return finish_json(cli, &json, candidate_share, plan);
}

/* ---- SimHash ---------------------------------------------------------------------------------------------------- */

struct simhash_plan {
    unsigned bits, distance;
    uint64_t documents, memory;
    neardup_hamming_plan search;
};

/* Probability that the fingerprints of two long texts of this similarity are within the distance: a bit differs with the
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

static bool solve(const struct ndup_cli *cli, struct simhash_plan *s)
{
    neardup_error err = {.message = ""};
    if (neardup_hamming_plan_solve(s->bits, s->distance, s->documents, s->memory, &s->search, &err) == NEARDUP_OK)
        return true;
    ndup_msg_error(&cli->msg, "%s", err.message);
    return false;
}

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

static void print_search(const neardup_hamming_plan *plan)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_runjob_describe_search(&text, plan);
    printf("search     %s\ncore time  %s\nmemory     %s\n", text.failed ? "" : text.data, duration(plan->seconds).text,
           ndup_number_memory(plan->bytes).text);
    ndup_buf_free(&text);
}

static double share_within(const void *context, double jaccard)
{
    const struct simhash_plan *s = context;
    return found(s->bits, s->distance, jaccard);
}

static void print_curve_simhash(const struct simhash_plan *s, double mark)
{
    printf("\nJaccard  within\n");
    print_chart(share_within, s, mark);
    printf("         share of the pairs of long texts with this similarity that are within the distance\n");
    if (mark > 0)
        printf("                 > at or above the threshold, which is verified\n");
}

static void print_text_simhash(const struct ndup_cli *cli, const struct simhash_plan *s)
{
    const struct ndup_settings *settings = &cli->settings;
    printf("method     simhash: fingerprints of %u bits that differ in at most %u bits\n", s->bits, s->distance);
    if (settings->threshold_given)
        printf("threshold  %s, verified with exact sets\n", ndup_number_score(settings->job.threshold).text);
    if (s->documents > 0) {
        printf("documents  %s, fingerprints %s\n", ndup_number_group(s->documents).text,
               ndup_number_memory(s->documents * s->bits / 8).text);
        print_search(&s->search);
    } else if (cli->msg.verbosity >= 0) {
        ndup_msg_hint(&cli->msg, "add --documents N to see how fingerprints are searched, and the cost");
    }
    print_curve_simhash(s, settings->threshold_given ? settings->job.threshold : 0);
}

static int print_json_simhash(const struct ndup_cli *cli, const struct simhash_plan *s)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    struct ndup_json_writer json;
    ndup_json_begin(&json, &buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_string(&json, "method", "simhash");
    ndup_json_add_u64(&json, "bits", s->bits);
    ndup_json_add_u64(&json, "distance", s->distance);
    ndup_json_add_u64(&json, "documents", s->documents);
    if (s->documents > 0) {
        char seconds[32]; /* an estimate: three digits are all it is worth */
        int length = snprintf(seconds, sizeof seconds, "%.3g", s->search.seconds);
        ndup_json_add_object(&json, "search", NDUP_JSON_COMPACT);
        ndup_json_add_u64(&json, "blocks", s->search.blocks);
        ndup_json_add_u64(&json, "matching", s->search.matching);
        ndup_json_add_u64(&json, "tables", s->search.tables);
        ndup_json_add_raw(&json, "seconds", seconds, (size_t)length);
        ndup_json_add_u64(&json, "memory_bytes", s->search.bytes);
        ndup_json_end(&json);
    }
    return finish_json(cli, &json, share_within, s);
}

static int plan_simhash(const struct ndup_cli *cli)
{
    const struct ndup_settings *settings = &cli->settings;
    struct simhash_plan s = {.bits = ndup_runjob_bits(settings),
                             .distance = settings->job.distance,
                             .documents = settings->documents,
                             .memory = settings->job.memory};
    if (s.documents > 0 && !solve(cli, &s))
        return NDUP_EXIT_TROUBLE;
    if (settings->text_format == NDUP_FORMAT_JSON)
        return print_json_simhash(cli, &s);
    print_text_simhash(cli, &s);
    return NDUP_EXIT_DONE;
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

int ndup_cmd_plan(struct ndup_cli *cli)
{
    const struct ndup_settings *settings = &cli->settings;
    if (settings->job.method == NEARDUP_METHOD_SIMHASH)
        return plan_simhash(cli);
    neardup_plan_options options = NEARDUP_PLAN_OPTIONS_INIT;
    options.threshold = settings->job.threshold;
    options.recall = settings->job.recall;
    options.kind = settings->job.kind;
    options.slots = settings->job.slots;
    options.bands = settings->job.bands;
    options.rows = settings->job.rows;
    options.all = settings->job.all_candidates;
    options.documents = settings->documents;
    options.mean_bytes = settings->mean_bytes;
    options.memory_budget = settings->job.memory;
    neardup_plan plan;
    neardup_error err = {.message = ""};
    if (neardup_plan_solve(&options, &plan, &err) != NEARDUP_OK) {
        ndup_msg_error(&cli->msg, "%s", err.message);
        return NDUP_EXIT_TROUBLE;
    }
    if (settings->text_format == NDUP_FORMAT_JSON)
        return print_json(cli, &options, &plan);
    print_text(cli, &options, &plan);
    return NDUP_EXIT_DONE;
}
