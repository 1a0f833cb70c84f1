/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/json_level.h"

#include "base/mem.h"
#include "report/level_sources.h"
#include "report/model.h"
#include "run/json_member.h"
#include "run/json_write.h"
#include "run/names.h"

#include <stdlib.h>
#include <string.h>

/* ---- histograms -------------------------------------------------------------------------------------------------- */

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

/* ---- sources ----------------------------------------------------------------------------------------------------- */

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

static void write_matrix(struct ndup_buf *buf, const struct ndup_report *report, const struct ndup_level_matrix *matrix)
{
    const struct ndup_source_matrix *cells = &matrix->cells;
    ndup_json_member_name(buf, "sources");
    ndup_buf_append_str(buf, "{\"by\":\"");
    ndup_buf_append_str(buf, report->by_group ? "group" : matrix->folders ? "folder" : "file");
    ndup_buf_append_str(buf, "\",\"names\":[");
    for (size_t i = 0; i < cells->count; i++) {
        const struct ndup_source *source = &matrix->sources->items[cells->shown[i]];
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

static void write_sources(struct ndup_buf *buf, const struct ndup_report *report, const struct ndup_report_level *level)
{
    struct ndup_level_matrix *matrix = ndup_alloc(1, sizeof *matrix);
    if (matrix != NULL && ndup_level_matrix(report, level, matrix))
        write_matrix(buf, report, matrix);
    else
        buf->failed = true;
    free(matrix);
}

/* ---- a level ----------------------------------------------------------------------------------------------------- */

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

void ndup_json_level(struct ndup_buf *buf, const struct ndup_report *report, size_t which,
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
    ndup_json_member_u64(buf, "clusters_shown", all ? level->clusters : level->kept.count);
    ndup_json_member_name(buf, "clusters");
    ndup_buf_append_str(buf, "[");
}
