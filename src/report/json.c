/* SPDX-License-Identifier: MIT
 * A report as JSON (doc/report.md), also as the data of a page. */
#include "base/platform.h"

#include "report/report.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/json_cluster.h"
#include "report/model.h"
#include "report/page.h"
#include "report/sink.h"
#include "report/warnings.h"
#include "show/json_write.h"
#include "show/names.h"
#include "term/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    struct ndup_report *report;
    const struct ndup_report_run *run;
    struct ndup_sink sink;
    bool all; /* clusters, not only the kept ones */
};

static void member_name(struct ndup_buf *buf, const char *name)
{
    ndup_buf_append_str(buf, ",\"");
    ndup_buf_append_str(buf, name);
    ndup_buf_append_str(buf, "\":");
}

static void member_u64(struct ndup_buf *buf, const char *name, uint64_t number)
{
    member_name(buf, name);
    ndup_json_write_u64(buf, number);
}

static void member_score(struct ndup_buf *buf, const char *name, double score)
{
    member_name(buf, name);
    ndup_json_write_score(buf, score);
}

static void member_string(struct ndup_buf *buf, const char *name, const char *text)
{
    member_name(buf, name);
    ndup_json_write_string(buf, text, strlen(text));
}

static void member_bool(struct ndup_buf *buf, const char *name, bool value)
{
    member_name(buf, name);
    ndup_buf_append_str(buf, value ? "true" : "false");
}

/* ---- histograms -------------------------------------------------------------------------------------------------- */

static void write_scores(struct ndup_buf *buf, const struct ndup_report_level *level)
{
    size_t first = 0, last = NDUP_SCORE_BINS;
    while (first < NDUP_SCORE_BINS && level->scores[first] == 0)
        first++;
    while (last > first && level->scores[last - 1] == 0)
        last--;
    member_name(buf, "scores");
    ndup_buf_append_str(buf, "[");
    for (size_t i = first; i < last; i++) {
        ndup_buf_append_str(buf, i == first ? "{\"from\":" : ",{\"from\":");
        ndup_json_write_score(buf, (double)i / NDUP_SCORE_BINS);
        member_score(buf, "to", (double)(i + 1) / NDUP_SCORE_BINS);
        member_u64(buf, "count", level->scores[i]);
        ndup_buf_append_str(buf, "}");
    }
    ndup_buf_append_str(buf, "]");
}

static void write_sizes(struct ndup_buf *buf, const struct ndup_report_level *level)
{
    bool first = true;
    member_name(buf, "sizes");
    ndup_buf_append_str(buf, "[");
    for (unsigned i = 1; i < NDUP_SIZE_BINS; i++) {
        if (level->size_clusters[i] == 0)
            continue;
        uint64_t from = (uint64_t)1 << (i - 1);
        ndup_buf_append_str(buf, first ? "{\"from\":" : ",{\"from\":");
        ndup_json_write_u64(buf, from);
        member_u64(buf, "to", from + (from - 1));
        member_u64(buf, "clusters", level->size_clusters[i]);
        member_u64(buf, "units", level->size_units[i]);
        ndup_buf_append_str(buf, "}");
        first = false;
    }
    ndup_buf_append_str(buf, "]");
}

/* ---- sources ----------------------------------------------------------------------------------------------------- */

static void write_source_name(struct ndup_buf *buf, const struct ndup_sources *sources, uint32_t index, bool by_group)
{
    const struct ndup_source *source = &sources->items[index];
    const char *name = sources->names.data + source->name;
    if (!by_group || source->length == 0) {
        ndup_json_write_string(buf, name, source->length);
        return;
    }
    struct ndup_buf plain = NDUP_BUF_INIT;
    ndup_emit_plain(&plain, name, source->length);
    ndup_json_write_string(buf, plain.data, plain.len);
    buf->failed = buf->failed || plain.failed;
    ndup_buf_free(&plain);
}

static void write_cells(struct ndup_buf *buf, const struct ndup_source_matrix *matrix, size_t rows)
{
    bool first = true;
    member_name(buf, "cells");
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

static void write_sources(struct ndup_buf *buf, const struct ndup_report *report, const struct ndup_report_level *level)
{
    struct ndup_source_matrix *matrix = ndup_alloc(1, sizeof *matrix);
    if (matrix == NULL || !ndup_sources_matrix(&level->sources, matrix)) {
        free(matrix);
        buf->failed = true;
        return;
    }
    size_t rows = matrix->count + (matrix->others > 0);
    member_name(buf, "sources");
    ndup_buf_append_str(buf, report->by_group ? "{\"by\":\"group\",\"names\":[" : "{\"by\":\"file\",\"names\":[");
    for (size_t i = 0; i < matrix->count; i++) {
        if (i > 0)
            ndup_buf_append_str(buf, ",");
        write_source_name(buf, &level->sources, matrix->shown[i], report->by_group);
    }
    ndup_buf_append_str(buf, rows > matrix->count ? ",null],\"removed\":[" : "],\"removed\":[");
    for (size_t i = 0; i < rows; i++) {
        if (i > 0)
            ndup_buf_append_str(buf, ",");
        ndup_json_write_u64(buf, matrix->removed[i]);
    }
    ndup_buf_append_str(buf, "]");
    write_cells(buf, matrix, rows);
    member_u64(buf, "others", matrix->others);
    if (matrix->more)
        member_bool(buf, "more", true);
    ndup_buf_append_str(buf, "}");
    free(matrix);
}

/* ---- a level ----------------------------------------------------------------------------------------------------- */

static void write_totals(struct ndup_buf *buf, const struct ndup_level_totals *totals)
{
    if (totals->known) {
        member_u64(buf, "units", totals->units);
        member_u64(buf, "kept", totals->kept);
    }
    member_u64(buf, "removed", totals->removed);
    member_u64(buf, "exact", totals->exact);
    member_u64(buf, "near", totals->near);
    member_u64(buf, "contained", totals->contained);
    member_u64(buf, "boilerplate", totals->boilerplate);
    if (totals->known)
        member_u64(buf, "tokens", totals->tokens);
    member_u64(buf, "removed_tokens", totals->removed_tokens);
    if (totals->known) {
        member_u64(buf, "bytes", totals->bytes);
        member_u64(buf, "removed_bytes", totals->removed_bytes);
    }
}

static void write_level_head(struct ndup_buf *buf, const struct writer *w, size_t which)
{
    const struct ndup_report_level *level = &w->report->levels[which];
    const neardup_job_options *options = w->run->options;
    struct ndup_level_totals totals = ndup_level_totals(w->report, which, w->run);
    ndup_buf_append_str(buf, "{\"unit\":\"");
    ndup_buf_append_str(buf, ndup_unit_name(ndup_level_unit(w->report, which, w->run)));
    ndup_buf_append_str(buf, "\"");
    if (options != NULL) {
        bool simhash = options->method == NEARDUP_METHOD_SIMHASH;
        member_string(buf, "method", simhash ? "simhash" : "minhash");
        if (!simhash || options->verify)
            member_score(buf, "threshold", options->threshold);
        if (simhash)
            member_u64(buf, "distance", options->distance);
    }
    write_totals(buf, &totals);
    write_scores(buf, level);
    write_sizes(buf, level);
    write_sources(buf, w->report, level);
    member_u64(buf, "clusters_total", level->clusters);
    member_u64(buf, "clusters_shown", w->all ? level->clusters : level->kept.count);
    member_name(buf, "clusters");
    ndup_buf_append_str(buf, "[");
}

/* ---- all clusters ------------------------------------------------------------------------------------------------ */

struct telling {
    struct writer *writer;
    size_t which;
    bool any;
    struct ndup_kept **by_number; /* the kept ones */
};

static int by_number(const void *left, const void *right)
{
    uint64_t a = (*(struct ndup_kept *const *)left)->cluster.number;
    uint64_t b = (*(struct ndup_kept *const *)right)->cluster.number;
    return a < b ? -1 : a > b;
}

static const struct ndup_kept *find_kept(const struct telling *telling, uint64_t number)
{
    const struct ndup_kept_set *set = &telling->writer->report->levels[telling->which].kept;
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (telling->by_number[middle]->cluster.number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && telling->by_number[low]->cluster.number == number ? telling->by_number[low] : NULL;
}

static bool tell_cluster(void *context, const neardup_cluster *cluster)
{
    struct telling *telling = context;
    struct ndup_sink *sink = &telling->writer->sink;
    if (ndup_is_part(&cluster->keeper) != (telling->which > 0))
        return true;
    ndup_buf_append_str(&sink->buf, telling->any ? ",\n" : "\n");
    telling->any = true;
    return ndup_json_cluster(sink, cluster, find_kept(telling, cluster->number));
}

static neardup_status write_all_clusters(struct writer *w, size_t which, neardup_error *err)
{
    const struct ndup_kept_set *set = &w->report->levels[which].kept;
    struct telling telling = {.writer = w, .which = which};
    telling.by_number = ndup_alloc(set->count + 1, sizeof(struct ndup_kept *));
    if (telling.by_number == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < set->count; i++)
        telling.by_number[i] = set->items[i];
    qsort(telling.by_number, set->count, sizeof(struct ndup_kept *), by_number);
    neardup_callbacks callbacks = {.context = &telling, .cluster = tell_cluster};
    neardup_status status = w->run->replay(w->run->replay_context, &callbacks, err);
    free(telling.by_number);
    /* What stopped it is told at the end. */
    return status == NEARDUP_E_CANCELED && w->sink.failed ? NEARDUP_OK : status;
}

static void write_kept_clusters(struct writer *w, size_t which)
{
    const struct ndup_kept_set *set = &w->report->levels[which].kept;
    for (size_t i = 0; i < set->count; i++) {
        ndup_buf_append_str(&w->sink.buf, i == 0 ? "\n" : ",\n");
        if (!ndup_json_kept(&w->sink, set->items[i]))
            return;
    }
}

static neardup_status write_level(struct writer *w, size_t which, neardup_error *err)
{
    write_level_head(&w->sink.buf, w, which);
    if (!w->all)
        write_kept_clusters(w, which);
    else if (w->report->levels[which].clusters > 0)
        NDUP_TRY(write_all_clusters(w, which, err));
    ndup_buf_append_str(&w->sink.buf, "]}");
    return NEARDUP_OK;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void write_warnings(struct ndup_buf *buf, const struct writer *w)
{
    struct ndup_warnings *warnings = ndup_alloc(1, sizeof *warnings);
    if (warnings == NULL) {
        buf->failed = true;
        return;
    }
    ndup_warnings_collect(w->report, w->run, warnings);
    member_name(buf, "warnings");
    ndup_buf_append_str(buf, "[");
    for (size_t i = 0; i < warnings->count; i++) {
        const struct ndup_warning *warning = &warnings->items[i];
        ndup_buf_append_str(buf, i == 0 ? "\n{\"kind\":" : ",\n{\"kind\":");
        ndup_json_write_string(buf, warning->kind, strlen(warning->kind));
        member_string(buf, "message", warning->message);
        if (warning->level >= 0)
            member_u64(buf, "level", (uint64_t)warning->level);
        if (warning->cluster_count > 0)
            member_name(buf, "clusters");
        for (size_t j = 0; j < warning->cluster_count; j++) {
            ndup_buf_append_str(buf, j == 0 ? "[" : ",");
            ndup_json_write_u64(buf, warning->clusters[j]);
        }
        ndup_buf_append_str(buf, warning->cluster_count > 0 ? "]}" : "}");
    }
    ndup_buf_append_str(buf, "]");
    free(warnings);
}

static void write_head(struct ndup_buf *buf, const struct writer *w)
{
    const struct ndup_report_run *run = w->run;
    ndup_buf_append_str(buf, "{\"report\":1");
    member_string(buf, "neardup", neardup_version());
    member_string(buf, "title", run->title);
    if (run->command != NULL) {
        member_name(buf, "command");
        ndup_buf_append_str(buf, run->command);
    }
    if (run->summary_json != NULL) {
        member_name(buf, "summary");
        ndup_buf_append_str(buf, run->summary_json);
    }
    if (run->redecided && run->options != NULL) {
        member_name(buf, "redecided");
        ndup_buf_append_str(buf, "{\"threshold\":");
        ndup_json_write_score(buf, run->options->threshold);
        member_score(buf, "from", run->redecided_from);
        member_bool(buf, "exact", run->redecided_exact);
        member_u64(buf, "freed", run->redecided_freed);
        ndup_buf_append_str(buf, "}");
    }
    member_bool(buf, "text", run->text_note == NULL);
    if (run->text_note != NULL)
        member_string(buf, "text_note", run->text_note);
    write_warnings(buf, w);
}

static neardup_status write_report(struct writer *w, neardup_error *err)
{
    struct ndup_buf *buf = &w->sink.buf;
    bool any = false;
    write_head(buf, w);
    member_name(buf, "levels");
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
    neardup_status end = ndup_sink_end(&w->sink, status == NEARDUP_OK ? err : NULL);
    return status != NEARDUP_OK ? status : end;
}

neardup_status ndup_report_write_json(struct ndup_report *report, const struct ndup_report_run *run, FILE *out,
                                      neardup_error *err)
{
    struct writer w = {.report = report, .run = run, .sink = {.out = out}, .all = run->replay != NULL};
    return write_report(&w, err);
}

neardup_status ndup_report_write_html(struct ndup_report *report, const struct ndup_report_run *run, FILE *out,
                                      neardup_error *err)
{
    struct writer w = {.report = report, .run = run, .sink = {.out = out, .page = true}};
    errno = 0;
    if (!ndup_page_begin(out, NDUP_PAGE_REPORT, run->title))
        return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the report");
    NDUP_TRY(write_report(&w, err));
    errno = 0;
    if (!ndup_page_end(out))
        return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the report");
    return NEARDUP_OK;
}
