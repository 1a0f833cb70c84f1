/* SPDX-License-Identifier: MIT
 * One finding a line, so that a report can be read and compared without tools. */
#include "base/platform.h"

#include "report/report_json.h"

#include "report/reporter.h"
#include "run/json_write.h"
#include "run/names.h"

#include <inttypes.h>
#include <string.h>

static void write_string(struct ndup_buf *buf, const char *name, const char *value)
{
    ndup_buf_printf(buf, "\"%s\": ", name);
    ndup_json_write_string(buf, value, strlen(value));
}

static const char *word(bool value)
{
    return value ? "true" : "false";
}

/* What stands between two elements of an array that has each on a line of its own. */
static const char *line_break(size_t i)
{
    return i == 0 ? "\n    " : ",\n    ";
}

static void write_rules(struct ndup_buf *buf)
{
    ndup_buf_append_str(buf, "  \"rules\": {");
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        const struct ndup_rule_info *info = ndup_rule_info((enum ndup_rule)i);
        ndup_buf_printf(buf, "%s\"%s\": {", line_break(i), info->id);
        write_string(buf, "summary", info->summary);
        ndup_buf_append_str(buf, ", ");
        write_string(buf, "help", info->help);
        ndup_buf_append_str(buf, "}");
    }
    ndup_buf_append_str(buf, "\n  },\n");
}

static void write_verdict(struct ndup_buf *buf, const struct ndup_rule_verdict *verdict)
{
    ndup_buf_printf(buf, "{\"rule\": \"%s\", \"violated\": %s", ndup_rule_info(verdict->rule)->id,
                    word(verdict->violated));
    if (verdict->limit.given)
        ndup_buf_printf(buf, ", \"limit\": %.10g, \"percent\": %s", verdict->limit.value, word(verdict->limit.percent));
    ndup_buf_printf(buf, ", \"part\": %" PRIu64, verdict->part);
    if (verdict->whole > 0)
        ndup_buf_printf(buf, ", \"whole\": %" PRIu64, verdict->whole);
    if (verdict->what != NULL) {
        ndup_buf_append_str(buf, ", ");
        write_string(buf, "of", verdict->what);
    }
    ndup_buf_append_str(buf, ", ");
    write_string(buf, "message", verdict->message);
    ndup_buf_append_str(buf, "}");
}

static void write_location(struct ndup_buf *buf, const struct ndup_location *location)
{
    ndup_buf_append_str(buf, "{");
    write_string(buf, "file", location->file);
    if (location->line > 0)
        ndup_buf_printf(buf, ", \"line\": %" PRIu64, location->line);
    if (location->id != NULL) {
        ndup_buf_append_str(buf, ", ");
        write_string(buf, "id", location->id);
    }
    if (location->score > 0) {
        ndup_buf_printf(buf, ", \"reason\": \"%s\", \"score\": ", ndup_reason_name(location->reason));
        ndup_json_write_score(buf, location->score);
    }
    ndup_buf_append_str(buf, "}");
}

/* Other rules that were asked for and that it counts for. */
static void write_also(struct ndup_buf *buf, const struct ndup_check_result *result, const struct ndup_finding *finding)
{
    size_t written = 0;
    for (size_t i = 0; i < result->verdict_count; i++) {
        enum ndup_rule rule = result->verdicts[i].rule;
        if (rule == finding->rule || !ndup_finding_counts(finding, rule))
            continue;
        ndup_buf_printf(buf, "%s\"%s\"", written++ == 0 ? "\"also\": [" : ", ", ndup_rule_info(rule)->id);
    }
    if (written > 0)
        ndup_buf_append_str(buf, "], ");
}

static void write_finding(struct ndup_report_writer *writer, const struct ndup_check_result *result,
                          const struct ndup_finding *finding, size_t places)
{
    struct ndup_buf *buf = &writer->buf;
    ndup_buf_printf(buf, "{\"rule\": \"%s\", \"level\": \"%s\", \"new\": %s, ", ndup_rule_info(finding->rule)->id,
                    ndup_level_name(finding->level), word(finding->is_new));
    write_also(buf, result, finding);
    write_string(buf, "message", finding->message);
    ndup_buf_append_str(buf, ", ");
    write_string(buf, "fingerprint", finding->fingerprint);
    ndup_buf_printf(buf, ", \"tokens\": %" PRIu64 ", \"locations_total\": %" PRIu64 ", \"locations\": [", finding->cost,
                    finding->locations_total);
    for (size_t i = 0; i < finding->location_count && i < places; i++) {
        if (i > 0)
            ndup_buf_append_str(buf, ", ");
        write_location(buf, &finding->locations[i]);
        ndup_report_pass(writer);
    }
    ndup_buf_append_str(buf, "]}");
}

static void write_leaks(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    size_t n = result->split_count;
    ndup_buf_append_str(buf, "  \"splits\": [");
    for (size_t i = 0; i < n; i++) {
        ndup_buf_append_str(buf, i == 0 ? "{" : ", {");
        write_string(buf, "name", result->split_names[i]);
        if (result->split_documents != NULL)
            ndup_buf_printf(buf, ", \"documents\": %" PRIu64, result->split_documents[i]);
        if (result->split_short != NULL && i > 0)
            ndup_buf_printf(buf, ", \"short\": %" PRIu64, result->split_short[i]);
        ndup_buf_append_str(buf, "}");
    }
    ndup_buf_append_str(buf, "],\n  \"leaks\": [");
    size_t written = 0;
    for (size_t i = 0; i < n * n; i++) {
        const struct ndup_leak_cell *cell = &result->leaks[i];
        if (cell->documents == 0)
            continue;
        ndup_buf_append_str(buf, line_break(written++));
        ndup_buf_append_str(buf, "{");
        write_string(buf, "split", result->split_names[i % n]);
        ndup_buf_append_str(buf, ", ");
        write_string(buf, "stands_in", result->split_names[i / n]);
        ndup_buf_printf(buf,
                        ", \"documents\": %" PRIu64 ", \"exact\": %" PRIu64 ", \"near\": %" PRIu64
                        ", \"contained\": %" PRIu64 "}",
                        cell->documents, cell->exact, cell->near, cell->contained);
    }
    ndup_buf_append_str(buf, written > 0 ? "\n  ],\n" : "],\n");
}

/* Counts of the run; not its times and memory, so that equal runs have equal reports. */
static void write_run(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    const neardup_summary *s = result->summary;
    const neardup_job_options *o = result->options;
    if (s != NULL)
        ndup_buf_printf(
            buf,
            "  \"summary\": {\"files\": %" PRIu64 ", \"failed_files\": %" PRIu64 ", \"records\": %" PRIu64
            ", \"documents\": %" PRIu64 ", \"empty\": %" PRIu64 ", \"invalid\": %" PRIu64 ", \"text_bytes\": %" PRIu64
            ", \"tokens\": %" PRIu64 ", \"exact\": %" PRIu64 ", \"near\": %" PRIu64 ", \"removed_bytes\": %" PRIu64
            ", \"removed_tokens\": %" PRIu64 ", \"clusters\": %" PRIu64 ", \"largest_cluster\": %" PRIu64 "},\n",
            s->files, s->failed_files, s->records, s->documents, s->empty, s->invalid, s->text_bytes, s->tokens,
            s->exact, s->near, s->removed_bytes, s->removed_tokens, s->clusters, s->largest_cluster);
    if (o != NULL) {
        bool simhash = o->method == NEARDUP_METHOD_SIMHASH;
        ndup_buf_printf(buf, "  \"parameters\": {\"method\": \"%s\", ", simhash ? "simhash" : "minhash");
        if (simhash)
            ndup_buf_printf(buf, "\"bits\": %u, \"distance\": %u, ", o->simhash_bits, o->distance);
        if (!simhash || o->verify)
            ndup_buf_printf(buf, "\"threshold\": %.10g, ", o->threshold);
        ndup_buf_printf(buf, "\"tokens\": \"%s\", \"ngram\": %u",
                        o->profile.tokens == NEARDUP_TOKENS_CHAR ? "char" : "word", o->profile.ngram);
        if (result->leaks != NULL)
            ndup_buf_printf(buf, ", \"leak_ngram\": %u", result->leak_ngram);
        ndup_buf_append_str(buf, "},\n");
    }
}

void ndup_report_json_object(struct ndup_report_writer *writer, const struct ndup_check_result *result, size_t findings,
                             size_t places)
{
    struct ndup_buf *buf = &writer->buf;
    ndup_buf_append_str(buf, "{\n  \"check\": 1,\n  ");
    write_string(buf, "neardup", neardup_version());
    ndup_buf_printf(buf, ",\n  \"passed\": %s,\n  \"violated\": %zu,\n  \"verdicts\": [", word(result->passed),
                    result->violated);
    for (size_t i = 0; i < result->verdict_count; i++) {
        ndup_buf_append_str(buf, line_break(i));
        write_verdict(buf, &result->verdicts[i]);
    }
    ndup_buf_append_str(buf, result->verdict_count > 0 ? "\n  ],\n" : "],\n");
    write_run(buf, result);
    if (result->leaks != NULL)
        write_leaks(buf, result);
    if (result->has_baseline)
        ndup_buf_printf(buf, "  \"baseline\": {\"known\": %" PRIu64 ", \"new\": %" PRIu64 ", \"gone\": %" PRIu64 "},\n",
                        result->baseline_known, result->baseline_new, result->baseline_missing);
    if (result->summary != NULL)
        ndup_buf_printf(buf, "  \"duplicates\": %" PRIu64 ",\n", result->duplicates);
    ndup_buf_printf(buf, "  \"allowed\": %" PRIu64 ",\n", result->allowed);
    write_rules(buf);
    size_t shown = result->finding_count < findings ? result->finding_count : findings;
    ndup_buf_printf(buf, "  \"findings_total\": %" PRIu64 ",\n  \"findings_shown\": %zu,\n  \"findings\": [",
                    result->findings_total, shown);
    for (size_t i = 0; i < shown; i++) {
        ndup_buf_append_str(buf, line_break(i));
        write_finding(writer, result, &result->findings[i], places);
        ndup_report_pass(writer);
    }
    ndup_buf_append_str(buf, shown > 0 ? "\n  ]\n}\n" : "]\n}\n");
}

bool ndup_reporter_json(FILE *out, const struct ndup_check_result *result)
{
    struct ndup_report_writer writer;
    ndup_report_begin(&writer, out, NULL);
    ndup_report_json_object(&writer, result, SIZE_MAX, SIZE_MAX);
    return ndup_report_end(&writer);
}
