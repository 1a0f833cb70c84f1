/* SPDX-License-Identifier: MIT
 * JSON (doc/report.md has the schema of a run, doc/check_reports.md that of a check). A page has the same object as its data. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8_check.h"
#include "report/formats.h"
#include "report/model.h"
#include "report/write.h"
#include "run/json_member.h"
#include "run/json_write.h"
#include "run/names.h"
#include "term/emit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- runs: values out of records --------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Length of the escape that begins with the backslash at text[0], 0 if it is none. */
static size_t escape_length(const char *text, size_t length)
{
    if (length < 2 || text[1] == '\0' || strchr("\"\\/bfnrtu", text[1]) == NULL)
        return 0;
    if (text[1] != 'u')
        return 2;
    for (size_t i = 2; i < 6; i++) {
        if (i >= length || !is_hex(text[i]))
            return 0;
    }
    return 6;
}

static bool is_json_string(const char *raw, size_t length)
{
    if (length < 2 || raw[0] != '"' || raw[length - 1] != '"')
        return false;
    const char *text = raw + 1;
    size_t left = length - 2;
    while (left > 0) {
        bool valid = true;
        size_t n = text[0] == '\\' ? escape_length(text, left) : ndup_utf8_measure(text, left, &valid);
        if (n == 0 || n > left || (text[0] != '\\' && (!valid || text[0] == '"' || (unsigned char)text[0] < 0x20)))
            return false;
        text += n;
        left -= n;
    }
    return true;
}

static size_t digits(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

static bool is_json_number(const char *raw, size_t length)
{
    size_t at = length > 0 && raw[0] == '-' ? 1 : 0;
    size_t n = digits(raw + at, length - at);
    if (n == 0 || (n > 1 && raw[at] == '0'))
        return false;
    at += n;
    if (at < length && raw[at] == '.') {
        n = digits(raw + at + 1, length - at - 1);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < length && (raw[at] | 0x20) == 'e') {
        at++;
        if (at < length && (raw[at] == '+' || raw[at] == '-'))
            at++;
        n = digits(raw + at, length - at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == length;
}

static void write_raw(struct ndup_buf *buf, const char *raw, size_t length)
{
    if (is_json_string(raw, length) || is_json_number(raw, length)) {
        ndup_buf_append(buf, raw, length);
        return;
    }
    struct ndup_buf plain = NDUP_BUF_INIT;
    ndup_emit_plain(&plain, raw, length);
    ndup_json_write_string(buf, plain.data, plain.len);
    buf->failed = buf->failed || plain.failed;
    ndup_buf_free(&plain);
}

/* ---- runs: units ------------------------------------------------------------------------------------------------- */

static void write_number(struct ndup_buf *buf, const char *name, uint64_t number)
{
    ndup_buf_append_str(buf, name);
    ndup_json_write_u64(buf, number);
}

static void write_span(struct ndup_buf *buf, const char *name, neardup_span span)
{
    write_number(buf, name, span.begin);
    write_number(buf, ",", span.end);
    ndup_buf_append_str(buf, "]");
}

static void write_place(struct ndup_buf *buf, const neardup_ref *ref)
{
    ndup_buf_append_str(buf, "{");
    if (ref->id != NULL) {
        ndup_buf_append_str(buf, "\"id\":");
        write_raw(buf, ref->id, ref->id_length);
        ndup_buf_append_str(buf, ",");
    }
    ndup_buf_append_str(buf, "\"file\":");
    ndup_json_write_string(buf, ref->file, ref->file != NULL ? strlen(ref->file) : 0);
    write_number(buf, ",\"line\":", ref->line);
    if (ndup_is_part(ref)) {
        write_span(buf, ",\"bytes\":[", ref->bytes);
        write_span(buf, ",\"characters\":[", ref->characters);
    }
    if (ref->group != NULL) {
        ndup_buf_append_str(buf, ",\"group\":");
        write_raw(buf, ref->group, ref->group_length);
    }
    if (ref->reference)
        ndup_buf_append_str(buf, ",\"reference\":true");
    write_number(buf, ",\"tokens\":", ref->tokens);
}

static void write_text(struct ndup_buf *buf, const struct ndup_report_text *text)
{
    if (text == NULL)
        return;
    if (text->diff != NULL) {
        ndup_buf_append_str(buf, ",\"diff\":");
        ndup_buf_append(buf, text->diff, text->diff_length);
    } else if (text->text != NULL) {
        ndup_buf_append_str(buf, ",\"text\":");
        ndup_json_write_string(buf, text->text, text->text_length);
        if (text->more)
            ndup_buf_append_str(buf, ",\"more\":true");
    }
    if (text->changed)
        ndup_buf_append_str(buf, ",\"changed\":true");
}

static void write_member(struct ndup_buf *buf, const neardup_member *member, const struct ndup_report_text *text)
{
    write_place(buf, &member->document);
    ndup_buf_append_str(buf, ",\"reason\":\"");
    ndup_buf_append_str(buf, ndup_reason_name(member->reason));
    ndup_buf_append_str(buf, member->reason == NEARDUP_CONTAINED ? "\",\"containment\":" : "\",\"jaccard\":");
    ndup_json_write_score(buf, ndup_member_score(member));
    if (member->distance != NEARDUP_NO_DISTANCE)
        write_number(buf, ",\"distance\":", (uint64_t)member->distance);
    write_text(buf, text);
    ndup_buf_append_str(buf, "}");
}

/* ---- runs: clusters ---------------------------------------------------------------------------------------------- */

static void begin_cluster(struct ndup_buf *buf, const neardup_cluster *cluster, uint64_t size, double low,
                          const struct ndup_top_cluster *top)
{
    write_number(buf, "{\"n\":", cluster->number);
    write_number(buf, ",\"size\":", size);
    if (ndup_is_part(&cluster->keeper))
        write_number(buf, ",\"documents\":", cluster->documents);
    write_number(buf, ",\"tokens\":", ndup_cluster_tokens(cluster));
    if (cluster->component != cluster->number && cluster->component != 0)
        write_number(buf, ",\"component\":", cluster->component);
    if (cluster->boilerplate)
        ndup_buf_append_str(buf, ",\"boilerplate\":true");
    ndup_buf_append_str(buf, ",\"low\":");
    ndup_json_write_score(buf, low);
    ndup_buf_append_str(buf, cluster->all_removed ? ",\"keeper\":null,\"first\":" : ",\"keeper\":");
    write_place(buf, &cluster->keeper);
    write_text(buf, top != NULL && top->texts != NULL ? &top->texts[0] : NULL);
    ndup_buf_append_str(buf, "},\"members\":[");
}

static void write_omitted(struct ndup_buf *buf, const struct ndup_top_cluster *top)
{
    for (size_t i = 0; i < top->omitted_count; i++) {
        const struct ndup_omitted_members *o = &top->omitted[i];
        write_number(buf, i == 0 ? ",\"rest\":[[" : ",[", o->source);
        ndup_buf_append_str(buf, ",\"");
        ndup_buf_append_str(buf, ndup_reason_name(o->reason));
        ndup_buf_append_str(buf, "\",");
        ndup_json_write_score(buf, (double)o->bin / NDUP_SCORE_BINS);
        write_number(buf, ",", o->count);
        ndup_buf_append_str(buf, "]");
    }
    ndup_buf_append_str(buf, top->omitted_count > 0 ? "]" : "");
}

static bool write_top_cluster(struct ndup_sink *sink, const struct ndup_top_cluster *top)
{
    const neardup_cluster *cluster = &top->cluster;
    begin_cluster(&sink->buf, cluster, top->size, top->low, top);
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        if (i > 0)
            ndup_buf_append_str(&sink->buf, ",");
        write_member(&sink->buf, &cluster->members[i], top->texts != NULL ? &top->texts[i + 1] : NULL);
        if (!ndup_sink_pass(sink))
            return false;
    }
    ndup_buf_append_str(&sink->buf, "]");
    if (cluster->member_count < top->total)
        write_number(&sink->buf, ",\"members_total\":", top->total);
    write_omitted(&sink->buf, top);
    ndup_buf_append_str(&sink->buf, "}");
    return ndup_sink_pass(sink);
}

static bool write_cluster(struct ndup_sink *sink, const neardup_cluster *cluster, const struct ndup_top_cluster *top)
{
    struct ndup_member_order *order = ndup_member_order(cluster);
    bool good = order != NULL;
    if (!good) {
        sink->failed = true;
        sink->sys_errno = ENOMEM;
    } else {
        begin_cluster(&sink->buf, cluster, ndup_cluster_size(cluster), cluster->member_count > 0 ? order[0].score : 0,
                      top);
    }
    for (uint64_t i = 0; good && i < cluster->member_count; i++) {
        /* The members of the copy are the first ones in the same order. */
        bool texts = top != NULL && top->texts != NULL && i < top->cluster.member_count;
        if (i > 0)
            ndup_buf_append_str(&sink->buf, ",");
        write_member(&sink->buf, &cluster->members[order[i].index], texts ? &top->texts[i + 1] : NULL);
        good = ndup_sink_pass(sink);
    }
    free(order);
    ndup_buf_append_str(&sink->buf, "]}");
    return good && ndup_sink_pass(sink);
}

/* ---- runs: histograms -------------------------------------------------------------------------------------------- */

static void write_scores(struct ndup_buf *buf, const struct ndup_report_level *level)
{
    size_t first = 0, last = NDUP_SCORE_BINS;
    while (first < NDUP_SCORE_BINS && level->scores[first] == 0)
        first++;
    while (last > first && level->scores[last - 1] == 0)
        last--;
    ndup_json_member_name(buf, "scores");
    ndup_buf_append_str(buf, "[");
    for (size_t i = first; i < last; i++) {
        ndup_buf_append_str(buf, i == first ? "{\"from\":" : ",{\"from\":");
        ndup_json_write_score(buf, (double)i / NDUP_SCORE_BINS);
        ndup_json_member_score(buf, "to", (double)(i + 1) / NDUP_SCORE_BINS);
        ndup_json_member_u64(buf, "count", level->scores[i]);
        ndup_buf_append_str(buf, "}");
    }
    ndup_buf_append_str(buf, "]");
}

static void write_sizes(struct ndup_buf *buf, const struct ndup_report_level *level)
{
    bool first = true;
    ndup_json_member_name(buf, "sizes");
    ndup_buf_append_str(buf, "[");
    for (unsigned i = 1; i < NDUP_SIZE_BINS; i++) {
        if (level->size_clusters[i] == 0)
            continue;
        uint64_t from = (uint64_t)1 << (i - 1);
        ndup_buf_append_str(buf, first ? "{\"from\":" : ",{\"from\":");
        ndup_json_write_u64(buf, from);
        ndup_json_member_u64(buf, "to", from + (from - 1));
        ndup_json_member_u64(buf, "clusters", level->size_clusters[i]);
        ndup_json_member_u64(buf, "units", level->size_units[i]);
        ndup_buf_append_str(buf, "}");
        first = false;
    }
    ndup_buf_append_str(buf, "]");
}

/* ---- runs: sources ----------------------------------------------------------------------------------------------- */

static void write_cells(struct ndup_buf *buf, const struct ndup_source_matrix *matrix, size_t rows)
{
    bool first = true;
    ndup_json_member_name(buf, "cells");
    ndup_buf_append_str(buf, "[");
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < rows; j++) {
            if (matrix->cells[i][j] == 0)
                continue;
            ndup_buf_append_str(buf, first ? "[" : ",[");
            ndup_json_write_u64(buf, i);
            ndup_buf_append_str(buf, ",");
            ndup_json_write_u64(buf, j);
            ndup_buf_append_str(buf, ",");
            ndup_json_write_u64(buf, matrix->cells[i][j]);
            ndup_buf_append_str(buf, "]");
            first = false;
        }
    }
    ndup_buf_append_str(buf, "]");
}

static void write_matrix(struct ndup_buf *buf, const struct ndup_report_model *report,
                         const struct ndup_level_matrix *matrix)
{
    const struct ndup_source_matrix *cells = &matrix->cells;
    ndup_json_member_name(buf, "sources");
    ndup_buf_append_str(buf, "{\"by\":\"");
    ndup_buf_append_str(buf, report->by_group ? "group" : matrix->folders ? "folder" : "file");
    ndup_buf_append_str(buf, "\",\"names\":[");
    for (size_t i = 0; i < cells->count; i++) {
        const struct ndup_report_source *source = &matrix->sources->items[cells->shown[i]];
        ndup_buf_append_str(buf, i > 0 ? "," : "");
        ndup_json_write_string(buf, matrix->sources->names.data + source->name, source->length);
    }
    ndup_buf_append_str(buf, matrix->rows > cells->count ? ",null],\"removed\":[" : "],\"removed\":[");
    for (size_t i = 0; i < matrix->rows; i++) {
        ndup_buf_append_str(buf, i > 0 ? "," : "");
        ndup_json_write_u64(buf, cells->removed[i]);
    }
    ndup_buf_append_str(buf, "]");
    write_cells(buf, cells, matrix->rows);
    ndup_json_member_u64(buf, "others", cells->others);
    if (cells->more)
        ndup_json_member_bool(buf, "more", true);
    ndup_buf_append_str(buf, "}");
}

static void write_sources(struct ndup_buf *buf, const struct ndup_report_model *report,
                          const struct ndup_report_level *level)
{
    struct ndup_level_matrix *matrix = ndup_alloc(1, sizeof *matrix);
    if (matrix != NULL && ndup_level_matrix(report, level, matrix))
        write_matrix(buf, report, matrix);
    else
        buf->failed = true;
    free(matrix);
}

/* ---- runs: levels ------------------------------------------------------------------------------------------------ */

static void write_totals(struct ndup_buf *buf, const struct ndup_level_totals *totals, bool parts)
{
    if (totals->known) {
        ndup_json_member_u64(buf, "units", totals->units);
        ndup_json_member_u64(buf, "kept", totals->kept);
    }
    ndup_json_member_u64(buf, "removed", totals->removed);
    ndup_json_member_u64(buf, "exact", totals->exact);
    ndup_json_member_u64(buf, "near", totals->near);
    if (parts) {
        ndup_json_member_u64(buf, "contained", totals->contained);
        ndup_json_member_u64(buf, "boilerplate", totals->boilerplate);
    }
    if (totals->known)
        ndup_json_member_u64(buf, "tokens", totals->tokens);
    ndup_json_member_u64(buf, "removed_tokens", totals->removed_tokens);
    if (totals->known) {
        ndup_json_member_u64(buf, "bytes", totals->bytes);
        ndup_json_member_u64(buf, "removed_bytes", totals->removed_bytes);
    }
    if (totals->drops_emptied) {
        ndup_json_member_u64(buf, "emptied", totals->emptied);
        ndup_json_member_u64(buf, "emptied_bytes", totals->emptied_bytes);
    }
}

static void begin_level(struct ndup_buf *buf, const struct ndup_report_model *report, size_t which,
                        const struct ndup_report_run *run, bool all)
{
    const struct ndup_report_level *level = &report->levels[which];
    const neardup_job_options *options = run->options;
    struct ndup_level_totals totals = ndup_level_totals(report, which, run);
    ndup_buf_append_str(buf, "{\"unit\":\"");
    ndup_buf_append_str(buf, ndup_unit_name(ndup_level_unit(report, which, run)));
    ndup_buf_append_str(buf, "\"");
    if (options != NULL) {
        bool simhash = options->method == NEARDUP_METHOD_SIMHASH;
        ndup_json_member_string(buf, "method", simhash ? "simhash" : "minhash");
        if (!simhash || options->verify)
            ndup_json_member_score(buf, "threshold", options->threshold);
        if (simhash)
            ndup_json_member_u64(buf, "distance", options->distance);
    } else if (run->redecided) {
        ndup_json_member_score(buf, "threshold", run->redecided_at);
    }
    write_totals(buf, &totals, which > 0);
    write_scores(buf, level);
    write_sizes(buf, level);
    write_sources(buf, report, level);
    ndup_json_member_u64(buf, "clusters_total", level->clusters);
    ndup_json_member_u64(buf, "clusters_shown", all ? level->clusters : level->top.count);
    ndup_json_member_name(buf, "clusters");
    ndup_buf_append_str(buf, "[");
}

struct run_writer {
    struct ndup_report_model *report;
    const struct ndup_report_run *run;
    struct ndup_sink *sink;
    bool all; /* clusters, not only the stored ones */
};

struct listing {
    struct run_writer *writer;
    size_t which;
    bool any;
    struct ndup_top_cluster **by_number; /* the stored ones, which have texts */
};

static bool list_cluster(void *context, const neardup_cluster *cluster)
{
    struct listing *listing = context;
    struct ndup_sink *sink = listing->writer->sink;
    if (ndup_is_part(&cluster->keeper) != (listing->which > 0))
        return true;
    ndup_buf_append_str(&sink->buf, listing->any ? ",\n" : "\n");
    listing->any = true;
    size_t count = listing->writer->report->levels[listing->which].top.count;
    return write_cluster(sink, cluster, ndup_top_cluster_find(listing->by_number, count, cluster->number));
}

static neardup_status write_all_clusters(struct run_writer *w, size_t which, neardup_error *err)
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

static void write_top_clusters(struct run_writer *w, size_t which)
{
    const struct ndup_top_clusters *set = &w->report->levels[which].top;
    for (size_t i = 0; i < set->count; i++) {
        ndup_buf_append_str(&w->sink->buf, i == 0 ? "\n" : ",\n");
        if (!write_top_cluster(w->sink, set->items[i]))
            return;
    }
}

static neardup_status write_level(struct run_writer *w, size_t which, neardup_error *err)
{
    begin_level(&w->sink->buf, w->report, which, w->run, w->all);
    if (!w->all)
        write_top_clusters(w, which);
    else if (w->report->levels[which].clusters > 0)
        NDUP_TRY(write_all_clusters(w, which, err));
    ndup_buf_append_str(&w->sink->buf, "]}");
    return NEARDUP_OK;
}

/* ---- runs: the report -------------------------------------------------------------------------------------------- */

static void write_warnings(struct ndup_buf *buf, const struct run_writer *w)
{
    struct ndup_warnings *warnings = ndup_alloc(1, sizeof *warnings);
    if (warnings == NULL) {
        buf->failed = true;
        return;
    }
    ndup_warnings_collect(w->report, w->run, warnings);
    ndup_json_member_name(buf, "warnings");
    ndup_buf_append_str(buf, "[");
    for (size_t i = 0; i < warnings->count; i++) {
        const struct ndup_warning *warning = &warnings->items[i];
        ndup_buf_append_str(buf, i == 0 ? "\n{\"kind\":" : ",\n{\"kind\":");
        ndup_json_write_string(buf, warning->kind, strlen(warning->kind));
        ndup_json_member_string(buf, "message", warning->message);
        if (warning->level >= 0)
            ndup_json_member_u64(buf, "level", (uint64_t)warning->level);
        if (warning->cluster_count > 0)
            ndup_json_member_name(buf, "clusters");
        for (size_t j = 0; j < warning->cluster_count; j++) {
            ndup_buf_append_str(buf, j == 0 ? "[" : ",");
            ndup_json_write_u64(buf, warning->clusters[j]);
        }
        ndup_buf_append_str(buf, warning->cluster_count > 0 ? "]}" : "}");
    }
    ndup_buf_append_str(buf, "]");
    free(warnings);
}

static void write_redecided(struct ndup_buf *buf, const struct ndup_report_run *run)
{
    ndup_json_member_name(buf, "redecided");
    ndup_buf_append_str(buf, "{\"threshold\":");
    ndup_json_write_score(buf, run->redecided_at);
    if (run->options != NULL)
        ndup_json_member_score(buf, "from", run->redecided_from);
    ndup_json_member_bool(buf, "exact", run->redecided_exact);
    if (run->summary != NULL)
        ndup_json_member_u64(buf, "freed", run->redecided_freed);
    ndup_buf_append_str(buf, "}");
}

static void write_head(struct ndup_buf *buf, const struct run_writer *w)
{
    const struct ndup_report_run *run = w->run;
    ndup_buf_append_str(buf, "{\"report\":1");
    ndup_json_member_string(buf, "neardup", neardup_version());
    ndup_json_member_string(buf, "title", run->title);
    if (run->command != NULL) {
        ndup_json_member_name(buf, "command");
        ndup_buf_append_str(buf, run->command);
    }
    if (run->summary_json != NULL) {
        ndup_json_member_name(buf, "summary");
        ndup_buf_append_str(buf, run->summary_json);
    }
    if (run->redecided)
        write_redecided(buf, run);
    ndup_json_member_bool(buf, "text", run->text_note == NULL);
    if (run->text_note != NULL)
        ndup_json_member_string(buf, "text_note", run->text_note);
    write_warnings(buf, w);
}

static neardup_status write_report(struct run_writer *w, neardup_error *err)
{
    struct ndup_buf *buf = &w->sink->buf;
    bool any = false;
    write_head(buf, w);
    ndup_json_member_name(buf, "levels");
    ndup_buf_append_str(buf, "[");
    neardup_status status = NEARDUP_OK;
    for (size_t i = 0; i < 2 && status == NEARDUP_OK; i++) {
        if (!ndup_level_exists(w->report, i, w->run))
            continue;
        ndup_buf_append_str(buf, any ? ",\n" : "\n");
        any = true;
        status = write_level(w, i, err);
    }
    ndup_buf_append_str(buf, "]}\n");
    neardup_status end = ndup_sink_end(w->sink, status == NEARDUP_OK ? err : NULL);
    return status != NEARDUP_OK ? status : end;
}

neardup_status ndup_run_json(struct ndup_sink *sink, struct ndup_report_model *report,
                             const struct ndup_report_run *run, bool all, neardup_error *err)
{
    struct run_writer w = {.report = report, .run = run, .sink = sink, .all = all};
    return write_report(&w, err);
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* One finding per line, so that a report can be read and compared without tools. */

static void check_string(struct ndup_buf *buf, const char *name, const char *value)
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
        check_string(buf, "summary", info->summary);
        ndup_buf_append_str(buf, ", ");
        check_string(buf, "help", info->help);
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
        check_string(buf, "of", verdict->what);
    }
    ndup_buf_append_str(buf, ", ");
    check_string(buf, "message", verdict->message);
    ndup_buf_append_str(buf, "}");
}

static void write_location(struct ndup_buf *buf, const struct ndup_location *location)
{
    ndup_buf_append_str(buf, "{");
    check_string(buf, "file", location->file);
    if (location->line > 0)
        ndup_buf_printf(buf, ", \"line\": %" PRIu64, location->line);
    if (location->id != NULL) {
        ndup_buf_append_str(buf, ", ");
        check_string(buf, "id", location->id);
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

static void write_finding(struct ndup_sink *sink, const struct ndup_check_result *result,
                          const struct ndup_finding *finding, size_t locations)
{
    struct ndup_buf *buf = &sink->buf;
    ndup_buf_printf(buf, "{\"rule\": \"%s\", \"level\": \"%s\", \"new\": %s, ", ndup_rule_info(finding->rule)->id,
                    ndup_finding_level_name(finding->level), word(finding->is_new));
    write_also(buf, result, finding);
    check_string(buf, "message", finding->message);
    ndup_buf_append_str(buf, ", ");
    check_string(buf, "fingerprint", finding->fingerprint);
    ndup_buf_printf(buf, ", \"tokens\": %" PRIu64 ", \"locations_total\": %" PRIu64 ", \"locations\": [", finding->cost,
                    finding->locations_total);
    for (size_t i = 0; i < finding->location_count && i < locations; i++) {
        if (i > 0)
            ndup_buf_append_str(buf, ", ");
        write_location(buf, &finding->locations[i]);
        ndup_sink_pass(sink);
    }
    ndup_buf_append_str(buf, "]}");
}

static void write_leaks(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    size_t n = result->split_count;
    ndup_buf_append_str(buf, "  \"splits\": [");
    for (size_t i = 0; i < n; i++) {
        ndup_buf_append_str(buf, i == 0 ? "{" : ", {");
        check_string(buf, "name", result->split_names[i]);
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
        check_string(buf, "split", result->split_names[i % n]);
        ndup_buf_append_str(buf, ", ");
        check_string(buf, "stands_in", result->split_names[i / n]);
        ndup_buf_printf(buf,
                        ", \"documents\": %" PRIu64 ", \"exact\": %" PRIu64 ", \"near\": %" PRIu64
                        ", \"contained\": %" PRIu64 "}",
                        cell->documents, cell->exact, cell->near, cell->contained);
    }
    ndup_buf_append_str(buf, written > 0 ? "\n  ],\n" : "],\n");
}

/* Counts of the run; not its times and memory, so that equal runs have equal reports. */
static void write_parameters(struct ndup_buf *buf, const struct ndup_check_result *result)
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

void ndup_check_json(struct ndup_sink *sink, const struct ndup_check_result *result, size_t findings, size_t locations)
{
    struct ndup_buf *buf = &sink->buf;
    ndup_buf_append_str(buf, "{\n  \"check\": 1,\n  ");
    check_string(buf, "neardup", neardup_version());
    ndup_buf_printf(buf, ",\n  \"passed\": %s,\n  \"violated\": %zu,\n  \"verdicts\": [", word(result->passed),
                    result->violated);
    for (size_t i = 0; i < result->verdict_count; i++) {
        ndup_buf_append_str(buf, line_break(i));
        write_verdict(buf, &result->verdicts[i]);
    }
    ndup_buf_append_str(buf, result->verdict_count > 0 ? "\n  ],\n" : "],\n");
    write_parameters(buf, result);
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
        write_finding(sink, result, &result->findings[i], locations);
        ndup_sink_pass(sink);
    }
    ndup_buf_append_str(buf, shown > 0 ? "\n  ]\n}\n" : "]\n}\n");
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
