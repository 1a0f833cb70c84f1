/* SPDX-License-Identifier: MIT
 * JSON: doc/report.md has the schema of a run, doc/check_reports.md that of a check. A page has the same object as
 * its data. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/report_formats.h"
#include "report/model.h"
#include "report/write.h"
#include "run/json_write.h"
#include "run/names.h"
#include "run/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- runs: clusters ---------------------------------------------------------------------------------------------- */

static void open_place(struct ndup_json_writer *json, const char *key, const neardup_ref *ref)
{
    ndup_record_open_place(json, key, ref, NDUP_PLACE_GROUP | NDUP_PLACE_STRICT);
    ndup_json_add_u64(json, "tokens", ref->tokens);
}

static void add_text(struct ndup_json_writer *json, const struct ndup_report_text *text)
{
    if (text == NULL)
        return;
    if (text->diff != NULL) {
        ndup_json_add_raw(json, "diff", text->diff, text->diff_length);
    } else if (text->text != NULL) {
        ndup_json_add_bytes(json, "text", text->text, text->text_length);
        if (text->more)
            ndup_json_add_bool(json, "more", true);
    }
    if (text->same)
        ndup_json_add_bool(json, "same", true);
    if (text->changed)
        ndup_json_add_bool(json, "changed", true);
}

static void add_member(struct ndup_json_writer *json, const neardup_member *member, const struct ndup_report_text *text)
{
    open_place(json, NULL, &member->document);
    ndup_record_score(json, &(struct ndup_record_score){member->reason, member->jaccard, member->containment,
                                                        member->keeper_containment, member->distance,
                                                        member->numbers_differ});
    add_text(json, text);
    ndup_json_end(json);
}

/* Up to the array of members, which is left open. title: JSON. top: the copy of the cluster that may have texts, or NULL. */
static void begin_cluster(struct ndup_json_writer *json, const neardup_cluster *cluster, uint64_t size, double low,
                          const struct ndup_buf *title, const struct ndup_top_cluster *top)
{
    ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_u64(json, "n", cluster->number);
    ndup_json_add_raw(json, "title", title->data, title->len);
    ndup_json_add_u64(json, "size", size);
    if (ndup_is_part(&cluster->keeper))
        ndup_json_add_u64(json, "documents", cluster->documents);
    ndup_json_add_u64(json, "tokens", ndup_cluster_tokens(cluster));
    if (cluster->component != cluster->number && cluster->component != 0)
        ndup_json_add_u64(json, "component", cluster->component);
    if (cluster->boilerplate)
        ndup_json_add_bool(json, "boilerplate", true);
    ndup_json_add_score(json, "low", low);
    if (cluster->all_removed)
        ndup_json_add_null(json, "keeper");
    open_place(json, cluster->all_removed ? "first" : "keeper", &cluster->keeper);
    add_text(json, top != NULL && top->texts != NULL ? &top->texts[0] : NULL);
    ndup_json_end(json);
    ndup_json_add_array(json, "members", NDUP_JSON_COMPACT);
}

static void add_omitted(struct ndup_json_writer *json, const struct ndup_top_cluster *top)
{
    if (top->omitted_count == 0)
        return;
    ndup_json_add_array(json, "rest", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < top->omitted_count; i++) {
        const struct ndup_omitted_members *omitted = &top->omitted[i];
        ndup_json_add_array(json, NULL, NDUP_JSON_COMPACT);
        ndup_json_add_u64(json, NULL, omitted->source);
        ndup_json_add_string(json, NULL, ndup_reason_name(omitted->reason));
        ndup_json_add_score(json, NULL, (double)omitted->bin / NDUP_SCORE_BINS);
        ndup_json_add_u64(json, NULL, omitted->count);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

struct run_writer {
    struct ndup_report_model *report;
    const struct ndup_report_run *run;
    struct ndup_sink *sink;
    struct ndup_json_writer json;
    bool all; /* clusters, not only the stored ones */
};

/* A stored cluster, with its texts. */
static bool add_top_cluster(struct run_writer *w, const struct ndup_top_cluster *top)
{
    struct ndup_json_writer *json = &w->json;
    const neardup_cluster *cluster = &top->cluster;
    begin_cluster(json, cluster, top->size, top->low, &top->title, top);
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        add_member(json, &cluster->members[i], top->texts != NULL ? &top->texts[i + 1] : NULL);
        if (!ndup_sink_pass(w->sink))
            return false;
    }
    ndup_json_end(json);
    if (cluster->member_count < top->total)
        ndup_json_add_u64(json, "members_total", top->total);
    add_omitted(json, top);
    ndup_json_end(json);
    return ndup_sink_pass(w->sink);
}

/* A cluster with all its members. */
static bool add_cluster(struct run_writer *w, const neardup_cluster *cluster, const struct ndup_top_cluster *top)
{
    struct ndup_member_order *order = ndup_member_order(cluster);
    struct ndup_buf title = NDUP_BUF_INIT;
    if (order == NULL || !ndup_cluster_title_json(&title, cluster)) {
        free(order);
        ndup_buf_free(&title);
        w->sink->failed = true;
        w->sink->sys_errno = ENOMEM;
        return false;
    }
    bool good = true;
    begin_cluster(&w->json, cluster, ndup_cluster_size(cluster), cluster->member_count > 0 ? order[0].score : 0, &title,
                  top);
    for (uint64_t i = 0; good && i < cluster->member_count; i++) {
        /* The copy has the first members in the same order. */
        bool texts = top != NULL && top->texts != NULL && i < top->cluster.member_count;
        add_member(&w->json, &cluster->members[order[i].index], texts ? &top->texts[i + 1] : NULL);
        good = ndup_sink_pass(w->sink);
    }
    free(order);
    ndup_buf_free(&title);
    ndup_json_end(&w->json);
    ndup_json_end(&w->json);
    return good && ndup_sink_pass(w->sink);
}

/* ---- runs: histograms -------------------------------------------------------------------------------------------- */

static void add_scores(struct ndup_json_writer *json, const struct ndup_report_level *level)
{
    size_t first = 0, last = NDUP_SCORE_BINS;
    while (first < NDUP_SCORE_BINS && level->scores[first] == 0)
        first++;
    while (last > first && level->scores[last - 1] == 0)
        last--;
    ndup_json_add_array(json, "scores", NDUP_JSON_COMPACT);
    for (size_t i = first; i < last; i++) {
        ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
        ndup_json_add_score(json, "from", (double)i / NDUP_SCORE_BINS);
        ndup_json_add_score(json, "to", (double)(i + 1) / NDUP_SCORE_BINS);
        ndup_json_add_u64(json, "count", level->scores[i]);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

static void add_sizes(struct ndup_json_writer *json, const struct ndup_report_level *level)
{
    ndup_json_add_array(json, "sizes", NDUP_JSON_COMPACT);
    for (unsigned i = 1; i < NDUP_SIZE_BINS; i++) {
        if (level->size_clusters[i] == 0)
            continue;
        uint64_t from = (uint64_t)1 << (i - 1);
        ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
        ndup_json_add_u64(json, "from", from);
        ndup_json_add_u64(json, "to", from + (from - 1));
        ndup_json_add_u64(json, "clusters", level->size_clusters[i]);
        ndup_json_add_u64(json, "units", level->size_units[i]);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

/* ---- runs: sources ----------------------------------------------------------------------------------------------- */

static void add_cells(struct ndup_json_writer *json, const struct ndup_source_matrix *matrix, size_t rows)
{
    ndup_json_add_array(json, "cells", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < rows; j++) {
            if (matrix->cells[i][j] == 0)
                continue;
            ndup_json_add_array(json, NULL, NDUP_JSON_COMPACT);
            ndup_json_add_u64(json, NULL, i);
            ndup_json_add_u64(json, NULL, j);
            ndup_json_add_u64(json, NULL, matrix->cells[i][j]);
            ndup_json_end(json);
        }
    }
    ndup_json_end(json);
}

static void add_matrix(struct ndup_json_writer *json, const struct ndup_report_model *report,
                       const struct ndup_level_matrix *matrix)
{
    const struct ndup_source_matrix *cells = &matrix->cells;
    ndup_json_add_object(json, "sources", NDUP_JSON_COMPACT);
    ndup_json_add_string(json, "by", report->by_group ? "group" : matrix->folders ? "folder" : "file");
    ndup_json_add_array(json, "names", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < cells->count; i++) {
        const struct ndup_report_source *source = &matrix->sources->items[cells->shown[i]];
        ndup_json_add_bytes(json, NULL, matrix->sources->names.data + source->name, source->length);
    }
    if (matrix->rows > cells->count)
        ndup_json_add_null(json, NULL);
    ndup_json_end(json);
    ndup_json_add_array(json, "removed", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < matrix->rows; i++)
        ndup_json_add_u64(json, NULL, cells->removed[i]);
    ndup_json_end(json);
    add_cells(json, cells, matrix->rows);
    ndup_json_add_u64(json, "others", cells->others);
    if (cells->more)
        ndup_json_add_bool(json, "more", true);
    ndup_json_end(json);
}

static void add_sources(struct ndup_json_writer *json, const struct ndup_report_model *report,
                        const struct ndup_report_level *level)
{
    struct ndup_level_matrix *matrix = ndup_alloc(1, sizeof *matrix);
    if (matrix != NULL && ndup_level_matrix(report, level, matrix))
        add_matrix(json, report, matrix);
    else
        json->buf->failed = true;
    free(matrix);
}

/* ---- runs: levels ------------------------------------------------------------------------------------------------ */

static void add_totals(struct ndup_json_writer *json, const struct ndup_level_totals *totals, bool parts)
{
    if (totals->known) {
        ndup_json_add_u64(json, "units", totals->units);
        ndup_json_add_u64(json, "kept", totals->kept);
    }
    ndup_json_add_u64(json, "removed", totals->removed);
    ndup_json_add_u64(json, "exact", totals->exact);
    ndup_json_add_u64(json, "near", totals->near);
    if (parts || totals->contained > 0)
        ndup_json_add_u64(json, "contained", totals->contained);
    if (parts)
        ndup_json_add_u64(json, "boilerplate", totals->boilerplate);
    if (totals->known)
        ndup_json_add_u64(json, "tokens", totals->tokens);
    ndup_json_add_u64(json, "removed_tokens", totals->removed_tokens);
    if (totals->known) {
        ndup_json_add_u64(json, "bytes", totals->bytes);
        ndup_json_add_u64(json, "removed_bytes", totals->removed_bytes);
    }
    if (totals->drops_emptied) {
        ndup_json_add_u64(json, "emptied", totals->emptied);
        ndup_json_add_u64(json, "emptied_bytes", totals->emptied_bytes);
    }
}

/* Numbers, histograms and sources; the array of clusters is left open. */
static void begin_level(struct run_writer *w, size_t which)
{
    struct ndup_json_writer *json = &w->json;
    const struct ndup_report_level *level = &w->report->levels[which];
    const neardup_job_options *options = w->run->options;
    struct ndup_level_totals totals = ndup_level_totals(w->report, which, w->run);
    ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_string(json, "unit", ndup_unit_name(ndup_level_unit(w->report, which, w->run)));
    if (options != NULL) {
        bool simhash = options->method == NEARDUP_METHOD_SIMHASH;
        ndup_json_add_string(json, "method", ndup_method_names[options->method]);
        if (!simhash || options->verify)
            ndup_json_add_score(json, "threshold", options->threshold);
        if (simhash)
            ndup_json_add_u64(json, "distance", options->distance);
    } else if (w->run->redecided) {
        ndup_json_add_score(json, "threshold", w->run->redecided_at);
    }
    add_totals(json, &totals, which > 0);
    add_scores(json, level);
    add_sizes(json, level);
    add_sources(json, w->report, level);
    ndup_json_add_u64(json, "clusters_total", level->clusters);
    ndup_json_add_u64(json, "clusters_shown", w->all ? level->clusters : level->top.count);
    ndup_json_add_array(json, "clusters", NDUP_JSON_ROWS);
}

struct listing { /* of all clusters of a level */
    struct run_writer *writer;
    size_t which;
    struct ndup_top_cluster **by_number; /* the stored ones, which have texts */
};

static bool list_cluster(void *context, const neardup_cluster *cluster)
{
    struct listing *listing = context;
    if (ndup_is_part(&cluster->keeper) != (listing->which > 0))
        return true;
    size_t count = listing->writer->report->levels[listing->which].top.count;
    return add_cluster(listing->writer, cluster, ndup_top_cluster_find(listing->by_number, count, cluster->number));
}

static neardup_status add_all_clusters(struct run_writer *w, size_t which, neardup_error *err)
{
    struct listing listing = {.writer = w, .which = which};
    listing.by_number = ndup_top_clusters_by_number(&w->report->levels[which].top);
    if (listing.by_number == NULL)
        return ndup_fail_nomem(err);
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &listing, .cluster = list_cluster};
    neardup_status status = w->run->replay(w->run->replay_context, &callbacks, err);
    free(listing.by_number);
    /* If the sink stopped it, ndup_sink_end says why. */
    return status == NEARDUP_E_CANCELED && w->sink->failed ? NEARDUP_OK : status;
}

static neardup_status add_level(struct run_writer *w, size_t which, neardup_error *err)
{
    const struct ndup_top_clusters *set = &w->report->levels[which].top;
    begin_level(w, which);
    for (size_t i = 0; !w->all && i < set->count; i++) {
        if (!add_top_cluster(w, set->items[i]))
            break;
    }
    if (w->all && w->report->levels[which].clusters > 0)
        NDUP_TRY(add_all_clusters(w, which, err));
    ndup_json_end(&w->json);
    ndup_json_end(&w->json);
    return NEARDUP_OK;
}

/* ---- runs: the report -------------------------------------------------------------------------------------------- */

static void add_warnings(struct run_writer *w)
{
    struct ndup_json_writer *json = &w->json;
    struct ndup_warnings *warnings = ndup_alloc(1, sizeof *warnings);
    if (warnings == NULL) {
        json->buf->failed = true;
        return;
    }
    ndup_warnings_collect(w->report, w->run, warnings);
    ndup_json_add_array(json, "warnings", NDUP_JSON_ROWS);
    for (size_t i = 0; i < warnings->count; i++) {
        const struct ndup_warning *warning = &warnings->items[i];
        ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
        ndup_json_add_string(json, "kind", warning->kind);
        ndup_json_add_string(json, "message", warning->message);
        if (warning->level >= 0)
            ndup_json_add_u64(json, "level", (uint64_t)warning->level);
        if (warning->cluster_count > 0) {
            ndup_json_add_array(json, "clusters", NDUP_JSON_COMPACT);
            for (size_t j = 0; j < warning->cluster_count; j++)
                ndup_json_add_u64(json, NULL, warning->clusters[j]);
            ndup_json_end(json);
        }
        ndup_json_end(json);
    }
    ndup_json_end(json);
    free(warnings);
}

static void add_redecided(struct ndup_json_writer *json, const struct ndup_report_run *run)
{
    ndup_json_add_object(json, "redecided", NDUP_JSON_COMPACT);
    ndup_json_add_score(json, "threshold", run->redecided_at);
    if (run->options != NULL)
        ndup_json_add_score(json, "from", run->redecided_from);
    if (run->summary != NULL)
        ndup_json_add_u64(json, "freed", run->redecided_freed);
    ndup_json_end(json);
}

static void begin_report(struct run_writer *w)
{
    struct ndup_json_writer *json = &w->json;
    const struct ndup_report_run *run = w->run;
    ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_u64(json, "report", 1);
    ndup_json_add_string(json, "neardup", neardup_version());
    ndup_json_add_string(json, "title", run->title);
    if (run->command != NULL)
        ndup_json_add_raw(json, "command", run->command, strlen(run->command));
    if (run->summary_json != NULL)
        ndup_json_add_raw(json, "summary", run->summary_json, strlen(run->summary_json));
    if (run->redecided)
        add_redecided(json, run);
    ndup_json_add_bool(json, "text", run->text_note == NULL);
    if (run->text_note != NULL)
        ndup_json_add_string(json, "text_note", run->text_note);
    add_warnings(w);
    ndup_json_add_array(json, "levels", NDUP_JSON_ROWS);
}

neardup_status ndup_run_json(struct ndup_sink *sink, struct ndup_report_model *report,
                             const struct ndup_report_run *run, bool all, neardup_error *err)
{
    struct run_writer w = {.report = report, .run = run, .sink = sink, .all = all};
    neardup_status status = NEARDUP_OK;
    ndup_json_begin(&w.json, &sink->buf);
    begin_report(&w);
    for (size_t i = 0; i < 2 && status == NEARDUP_OK; i++) {
        if (ndup_level_exists(report, i, run))
            status = add_level(&w, i, err);
    }
    ndup_json_end(&w.json);
    ndup_json_end(&w.json);
    ndup_buf_append_str(&sink->buf, "\n");
    neardup_status end = ndup_sink_end(sink, status == NEARDUP_OK ? err : NULL);
    return status != NEARDUP_OK ? status : end;
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* One line per verdict, rule and finding, so that a person can read a report and compare two of them without tools. */

static void add_rules(struct ndup_json_writer *json)
{
    ndup_json_add_object(json, "rules", NDUP_JSON_LINES);
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        const struct ndup_rule_info *info = ndup_rule_info((enum ndup_rule)i);
        ndup_json_add_object(json, info->id, NDUP_JSON_SPACED);
        ndup_json_add_string(json, "summary", info->summary);
        ndup_json_add_string(json, "help", info->help);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

/* Thresholds and limits as they were given, without the noise of a double. */
static void add_decimal(struct ndup_json_writer *json, const char *key, double number)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%.10g", number);
    ndup_json_add_raw(json, key, text, (size_t)length);
}

static void add_verdict(struct ndup_json_writer *json, const struct ndup_rule_verdict *verdict)
{
    ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
    ndup_json_add_string(json, "rule", ndup_rule_info(verdict->rule)->id);
    ndup_json_add_bool(json, "violated", verdict->violated);
    if (verdict->limit.given) {
        add_decimal(json, "limit", verdict->limit.value);
        ndup_json_add_bool(json, "percent", verdict->limit.percent);
    }
    ndup_json_add_u64(json, "part", verdict->part);
    if (verdict->whole > 0)
        ndup_json_add_u64(json, "whole", verdict->whole);
    if (verdict->what != NULL)
        ndup_json_add_string(json, "of", verdict->what);
    ndup_json_add_string(json, "message", verdict->message);
    ndup_json_end(json);
}

static void add_location(struct ndup_json_writer *json, const struct ndup_location *location)
{
    ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
    ndup_json_add_string(json, "file", location->file);
    if (location->name != NULL && strcmp(location->name, location->file) != 0)
        ndup_json_add_string(json, "name", location->name);
    if (location->line > 0)
        ndup_json_add_u64(json, "line", location->line);
    if (location->id != NULL)
        ndup_json_add_string(json, "id", location->id);
    if (location->score > 0) {
        ndup_json_add_string(json, "reason", ndup_reason_name(location->reason));
        ndup_json_add_score(json, "score", location->score);
        if (location->numbers_differ)
            ndup_json_add_bool(json, "numbers_differ", true);
    }
    ndup_json_end(json);
}

/* Other requested rules that count the finding. */
static void add_other_rules(struct ndup_json_writer *json, const struct ndup_check_result *result,
                            const struct ndup_finding *finding)
{
    bool any = false;
    for (size_t i = 0; i < result->verdict_count; i++) {
        enum ndup_rule rule = result->verdicts[i].rule;
        if (rule == finding->rule || !ndup_finding_counts(finding, rule))
            continue;
        if (!any)
            ndup_json_add_array(json, "also", NDUP_JSON_SPACED);
        any = true;
        ndup_json_add_string(json, NULL, ndup_rule_info(rule)->id);
    }
    if (any)
        ndup_json_end(json);
}

static void add_finding(struct ndup_json_writer *json, struct ndup_sink *sink, const struct ndup_check_result *result,
                        const struct ndup_finding *finding, size_t locations)
{
    ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
    ndup_json_add_string(json, "rule", ndup_rule_info(finding->rule)->id);
    ndup_json_add_string(json, "level", ndup_finding_level_name(finding->level));
    ndup_json_add_bool(json, "new", finding->is_new);
    add_other_rules(json, result, finding);
    ndup_json_add_string(json, "message", finding->message);
    ndup_json_add_string(json, "fingerprint", finding->fingerprint);
    ndup_json_add_u64(json, "tokens", finding->cost);
    ndup_json_add_u64(json, "locations_total", finding->locations_total);
    ndup_json_add_array(json, "locations", NDUP_JSON_SPACED);
    for (size_t i = 0; i < finding->location_count && i < locations; i++) {
        add_location(json, &finding->locations[i]);
        ndup_sink_pass(sink);
    }
    ndup_json_end(json);
    ndup_json_end(json);
}

static void add_splits(struct ndup_json_writer *json, const struct ndup_check_result *result)
{
    ndup_json_add_array(json, "splits", NDUP_JSON_SPACED);
    for (size_t i = 0; i < result->split_count; i++) {
        ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
        ndup_json_add_string(json, "name", result->split_names[i]);
        if (result->split_documents != NULL)
            ndup_json_add_u64(json, "documents", result->split_documents[i]);
        if (result->split_short != NULL && i > 0)
            ndup_json_add_u64(json, "short", result->split_short[i]);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

static void add_leaks(struct ndup_json_writer *json, const struct ndup_check_result *result)
{
    size_t n = result->split_count;
    ndup_json_add_array(json, "leaks", NDUP_JSON_LINES);
    for (size_t i = 0; i < n * n; i++) {
        const struct ndup_leak_cell *cell = &result->leaks[i];
        if (cell->documents == 0)
            continue;
        ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
        ndup_json_add_string(json, "split", result->split_names[i % n]);
        ndup_json_add_string(json, "stands_in", result->split_names[i / n]);
        ndup_json_add_u64(json, "documents", cell->documents);
        ndup_json_add_u64(json, "exact", cell->exact);
        ndup_json_add_u64(json, "near", cell->near);
        ndup_json_add_u64(json, "contained", cell->contained);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

/* Counts of the run. No times and no memory, so that equal runs have equal reports. */
static void add_summary(struct ndup_json_writer *json, const neardup_summary *s)
{
    ndup_json_add_object(json, "summary", NDUP_JSON_SPACED);
    ndup_json_add_u64(json, "files", s->files);
    ndup_json_add_u64(json, "failed_files", s->failed_files);
    if (s->binary_files > 0)
        ndup_json_add_u64(json, "binary_files", s->binary_files);
    if (s->unread_data_files > 0)
        ndup_json_add_u64(json, "unread_data_files", s->unread_data_files);
    ndup_json_add_u64(json, "records", s->records);
    ndup_json_add_u64(json, "documents", s->documents);
    ndup_json_add_u64(json, "empty", s->empty);
    ndup_json_add_u64(json, "invalid", s->invalid);
    ndup_json_add_u64(json, "text_bytes", s->text_bytes);
    ndup_json_add_u64(json, "tokens", s->tokens);
    ndup_json_add_u64(json, "exact", s->exact);
    ndup_json_add_u64(json, "near", s->near);
    ndup_json_add_u64(json, "removed_bytes", s->removed_bytes);
    ndup_json_add_u64(json, "removed_tokens", s->removed_tokens);
    ndup_json_add_u64(json, "clusters", s->clusters);
    ndup_json_add_u64(json, "largest_cluster", s->largest_cluster);
    ndup_json_end(json);
}

static void add_parameters(struct ndup_json_writer *json, const struct ndup_check_result *result)
{
    const neardup_job_options *o = result->options;
    bool simhash = o->method == NEARDUP_METHOD_SIMHASH;
    ndup_json_add_object(json, "parameters", NDUP_JSON_SPACED);
    ndup_json_add_string(json, "method", ndup_method_names[o->method]);
    if (simhash) {
        ndup_json_add_u64(json, "bits", o->simhash_bits);
        ndup_json_add_u64(json, "distance", o->distance);
    }
    if (!simhash || o->verify)
        add_decimal(json, "threshold", o->threshold);
    ndup_json_add_string(json, "tokens", ndup_tokens_names[o->profile.tokens]);
    ndup_json_add_u64(json, "ngram", o->profile.ngram);
    if (result->leaks != NULL)
        ndup_json_add_u64(json, "leak_ngram", result->leak_ngram);
    ndup_json_end(json);
}

static void add_baseline(struct ndup_json_writer *json, const struct ndup_check_result *result)
{
    ndup_json_add_object(json, "baseline", NDUP_JSON_SPACED);
    ndup_json_add_u64(json, "known", result->baseline_known);
    ndup_json_add_u64(json, "new", result->baseline_new);
    ndup_json_add_u64(json, "gone", result->baseline_missing);
    ndup_json_end(json);
}

void ndup_check_json(struct ndup_sink *sink, const struct ndup_check_result *result, size_t findings, size_t locations)
{
    struct ndup_json_writer json;
    size_t shown = result->finding_count < findings ? result->finding_count : findings;
    ndup_json_begin(&json, &sink->buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_LINES);
    ndup_json_add_u64(&json, "check", 1);
    ndup_json_add_string(&json, "neardup", neardup_version());
    ndup_json_add_bool(&json, "passed", result->passed);
    ndup_json_add_u64(&json, "violated", result->violated);
    ndup_json_add_array(&json, "verdicts", NDUP_JSON_LINES);
    for (size_t i = 0; i < result->verdict_count; i++)
        add_verdict(&json, &result->verdicts[i]);
    ndup_json_end(&json);
    if (result->summary != NULL)
        add_summary(&json, result->summary);
    if (result->options != NULL)
        add_parameters(&json, result);
    if (result->leaks != NULL) {
        add_splits(&json, result);
        add_leaks(&json, result);
    }
    if (result->has_baseline)
        add_baseline(&json, result);
    if (result->summary != NULL)
        ndup_json_add_u64(&json, "duplicates", result->duplicates);
    ndup_json_add_u64(&json, "allowed", result->allowed);
    add_rules(&json);
    ndup_json_add_u64(&json, "findings_total", result->findings_total);
    ndup_json_add_u64(&json, "findings_shown", shown);
    ndup_json_add_array(&json, "findings", NDUP_JSON_LINES);
    for (size_t i = 0; i < shown; i++) {
        add_finding(&json, sink, result, &result->findings[i], locations);
        ndup_sink_pass(sink);
    }
    ndup_json_end(&json);
    ndup_json_end(&json);
    ndup_buf_append_str(&sink->buf, "\n");
}

/* ---- the format -------------------------------------------------------------------------------------------------- */

static neardup_status write_run(struct ndup_report_model *report, const struct ndup_report_run *run, FILE *out,
                                uint64_t *rows, neardup_error *err)
{
    struct ndup_sink sink = {.out = out};
    (void)rows;
    return ndup_run_json(&sink, report, run, run->replay != NULL, err);
}

static bool write_check(FILE *out, const struct ndup_check_result *result)
{
    struct ndup_sink sink = {.out = out};
    ndup_check_json(&sink, result, SIZE_MAX, SIZE_MAX);
    return ndup_sink_close(&sink);
}

const struct ndup_report_format ndup_format_json = {
    .name = "json",
    .suffixes = {".json"},
    .write_run = write_run,
    .run_marks = {{"{\"report\":1,\"neardup\":", NULL}},
    .write_check = write_check,
    .check_marks = {{"{\n  \"check\": 1,\n  \"neardup\": ", NULL}},
};
