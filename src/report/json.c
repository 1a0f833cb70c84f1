/* SPDX-License-Identifier: MIT
 * A report as JSON (doc/report.md), also as the data of a page. */
#include "base/platform.h"

#include "report/report.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/json_cluster.h"
#include "report/json_level.h"
#include "report/model.h"
#include "report/page.h"
#include "report/omitted_members.h"
#include "report/sink.h"
#include "report/warnings.h"
#include "run/json_member.h"
#include "run/json_write.h"
#include "run/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    struct ndup_report *report;
    const struct ndup_report_run *run;
    struct ndup_sink sink;
    bool all; /* clusters, not only the kept ones */
};

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
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &telling, .cluster = tell_cluster};
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
    ndup_json_level(&w->sink.buf, w->report, which, w->run, w->all);
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

static void write_head(struct ndup_buf *buf, const struct writer *w)
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

static neardup_status write_report(struct writer *w, neardup_error *err)
{
    struct ndup_buf *buf = &w->sink.buf;
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
    NDUP_TRY(ndup_rest_collect(report, run, err));
    errno = 0;
    if (!ndup_page_begin(out, NDUP_PAGE_REPORT, run->title))
        return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the report");
    NDUP_TRY(write_report(&w, err));
    errno = 0;
    if (!ndup_page_end(out))
        return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the report");
    return NEARDUP_OK;
}
