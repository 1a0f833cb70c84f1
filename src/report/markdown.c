/* SPDX-License-Identifier: MIT
 * A short report for pull requests and job summaries. Whatever comes from outside stands in code spans, in which Markdown
 * knows no markup, HTML, links or mentions. */
#include "base/platform.h"

#include "report/report.h"

#include "base/mem.h"
#include "report/model.h"
#include "report/plain.h"
#include "report/sink.h"
#include "report/warnings.h"
#include "run/names.h"
#include "term/emit.h"
#include "term/number.h"

#include <stdlib.h>
#include <string.h>

#define CLUSTERS      10
#define MEMBERS       3
#define PLACE_BYTES   120
#define EXCERPT_BYTES 160

/* ---- code spans -------------------------------------------------------------------------------------------------- */

static size_t longest_fence(const struct ndup_buf *text)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < text->len; i++) {
        run = text->data[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void write_fence(struct ndup_buf *buf, size_t length)
{
    for (size_t i = 0; i < length; i++)
        ndup_buf_append_str(buf, "`");
}

void ndup_markdown_code(struct ndup_buf *buf, const char *text, size_t length, size_t most)
{
    struct ndup_buf line = NDUP_BUF_INIT;
    ndup_plain_line(&line, text, length, most);
    size_t fence = longest_fence(&line) + 1;
    /* Blanks keep a backtick at either end apart from the fence; renderers take them away again. */
    bool pad = line.len > 0 && (line.data[0] == '`' || line.data[line.len - 1] == '`');
    write_fence(buf, fence);
    ndup_buf_append_str(buf, pad || line.len == 0 ? " " : "");
    ndup_buf_append(buf, line.data, line.len);
    ndup_buf_append_str(buf, pad ? " " : "");
    write_fence(buf, fence);
    buf->failed = buf->failed || line.failed;
    ndup_buf_free(&line);
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static const char *units_name(neardup_unit unit, uint64_t count)
{
    static const char *const names[3][2] = {{"document", "documents"}, {"paragraph", "paragraphs"}, {"line", "lines"}};
    return names[unit == NEARDUP_UNIT_LINE ? 2 : unit == NEARDUP_UNIT_PARAGRAPH ? 1 : 0][count != 1];
}

/* whole: of what the share of tokens is one. */
static void write_verdict(struct ndup_buf *buf, const struct ndup_level_totals *t, neardup_unit unit, const char *whole)
{
    if (!t->known) {
        ndup_buf_printf(buf, "**%s %s** repeat%s others.\n", ndup_number_group(t->removed).text,
                        units_name(unit, t->removed), t->removed == 1 ? "s" : "");
        return;
    }
    ndup_buf_printf(buf, "**%s of %s %s** (%s) repeat%s others", ndup_number_group(t->removed).text,
                    ndup_number_group(t->units).text, units_name(unit, t->units),
                    ndup_number_percent(t->removed, t->units).text, t->removed == 1 ? "s" : "");
    ndup_buf_printf(buf, ": %s, %s token%s (%s of %s).\n", ndup_number_bytes(t->removed_bytes).text,
                    ndup_number_group(t->removed_tokens).text, t->removed_tokens == 1 ? "" : "s",
                    ndup_number_percent(t->removed_tokens, t->tokens).text, whole);
}

/* Told once, though both levels know it. */
static void write_emptied(struct ndup_buf *buf, const struct ndup_level_totals *t)
{
    if (t->emptied > 0)
        ndup_buf_printf(buf, "%s %s %s as a whole since cutting leaves too little: %s besides what is cut.\n",
                        ndup_number_group(t->emptied).text, units_name(NEARDUP_UNIT_DOCUMENT, t->emptied),
                        t->emptied == 1 ? "goes" : "go", ndup_number_bytes(t->emptied_bytes).text);
}

static void write_reference(struct ndup_buf *buf, const neardup_summary *summary)
{
    if (summary != NULL && summary->reference_documents > 0)
        ndup_buf_printf(buf, "All were compared with %s %s of a reference, too.\n",
                        ndup_number_group(summary->reference_documents).text,
                        units_name(NEARDUP_UNIT_DOCUMENT, summary->reference_documents));
}

static void row(struct ndup_buf *buf, const char *name, uint64_t count, const struct ndup_level_totals *t)
{
    ndup_buf_printf(buf, "| %s | %s |", name, ndup_number_group(count).text);
    if (t->known && t->units > 0)
        ndup_buf_printf(buf, " %s |\n", ndup_number_percent(count, t->units).text);
    else
        ndup_buf_append_str(buf, " |\n");
}

static void write_numbers(struct ndup_buf *buf, const struct ndup_level_totals *t, neardup_unit unit,
                          const struct ndup_report_level *level)
{
    ndup_buf_printf(buf, "\n| %s | number | share |\n|---|--:|--:|\n", units_name(unit, 2));
    if (t->known) {
        row(buf, "compared", t->units, t);
        row(buf, unit == NEARDUP_UNIT_DOCUMENT ? "kept" : "left", t->kept, t);
    }
    if (t->drops_emptied && unit == NEARDUP_UNIT_DOCUMENT)
        row(buf, "emptied by cutting", t->emptied, t);
    row(buf, "exact duplicates", t->exact, t);
    row(buf, "near-duplicates", t->near, t);
    if (t->contained > 0)
        row(buf, "contained in the rest of their document", t->contained, t);
    if (t->boilerplate > 0)
        row(buf, "boilerplate", t->boilerplate, t);
    ndup_buf_printf(buf, "| clusters | %s | |\n", ndup_number_group(level->clusters).text);
    if (level->largest_count > 0)
        ndup_buf_printf(buf, "| largest cluster | %s | |\n", ndup_number_group(level->largest[0].size).text);
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

static void write_place(struct ndup_buf *buf, const neardup_ref *ref)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_buf_printf(&text, "%s:%llu", ref->file, (unsigned long long)ref->line);
    ndup_markdown_code(buf, text.data, text.len, PLACE_BYTES);
    buf->failed = buf->failed || text.failed;
    ndup_buf_clear(&text);
    ndup_emit_plain(&text, ref->id, ref->id != NULL ? ref->id_length : 0);
    if (text.len > 0) {
        ndup_buf_append_str(buf, " ");
        ndup_markdown_code(buf, text.data, text.len, PLACE_BYTES);
    }
    buf->failed = buf->failed || text.failed;
    ndup_buf_free(&text);
}

static void write_members(struct ndup_buf *buf, const struct ndup_kept *kept)
{
    uint64_t count = kept->cluster.member_count < MEMBERS ? kept->cluster.member_count : MEMBERS;
    for (uint64_t i = 0; i < count; i++) {
        const neardup_member *member = &kept->cluster.members[i];
        ndup_buf_printf(buf, "    - %s %s ", ndup_reason_name(member->reason),
                        ndup_number_short_score(ndup_member_score(member)).text);
        write_place(buf, &member->document);
        ndup_buf_append_str(buf, "\n");
    }
    if (kept->total > count)
        ndup_buf_printf(buf, "    - and %s more\n", ndup_number_group(kept->total - count).text);
}

static void write_cluster(struct ndup_buf *buf, const struct ndup_kept *kept, size_t index)
{
    const neardup_cluster *cluster = &kept->cluster;
    const struct ndup_kept_text *text = kept->texts;
    ndup_buf_printf(buf, "%zu. **%s %s**, %s token%s repeated, %s ", index + 1, ndup_number_group(kept->size).text,
                    units_name(cluster->keeper.unit, kept->size), ndup_number_group(cluster->tokens).text,
                    cluster->tokens == 1 ? "" : "s", cluster->all_removed ? "none kept, first" : "kept");
    write_place(buf, &cluster->keeper);
    ndup_buf_append_str(buf, cluster->keeper.reference ? " (reference)\n" : "\n");
    if (text != NULL && text[0].text != NULL && text[0].text_length > 0) {
        ndup_buf_append_str(buf, "\n    ");
        ndup_markdown_code(buf, text[0].text, text[0].text_length, EXCERPT_BYTES);
        ndup_buf_append_str(buf, "\n\n");
    }
    write_members(buf, kept);
}

static void write_clusters(struct ndup_buf *buf, const struct ndup_report_level *level)
{
    size_t count = level->kept.count < CLUSTERS ? level->kept.count : CLUSTERS;
    if (count == 0)
        return;
    ndup_buf_printf(buf, "\n%s clusters%s\n\n", level->clusters > count ? "The costliest" : "The",
                    level->clusters > count ? "" : ", the costliest first");
    for (size_t i = 0; i < count; i++)
        write_cluster(buf, level->kept.items[i], i);
    if (level->clusters > count)
        ndup_buf_printf(buf, "\nand %s more.\n", ndup_number_group(level->clusters - count).text);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void write_warnings(struct ndup_buf *buf, struct ndup_report *report, const struct ndup_report_run *run)
{
    struct ndup_warnings *warnings = ndup_alloc(1, sizeof *warnings);
    if (warnings == NULL) {
        buf->failed = true;
        return;
    }
    ndup_warnings_collect(report, run, warnings);
    if (warnings->count > 0)
        ndup_buf_append_str(buf, "\n### Worth knowing\n\n");
    for (size_t i = 0; i < warnings->count; i++) {
        const struct ndup_warning *warning = &warnings->items[i];
        ndup_buf_printf(buf, "- %s", warning->message);
        for (size_t j = 0; j < warning->cluster_count && warning->cluster_count > 1; j++)
            ndup_buf_printf(buf, "%s%llu", j == 0 ? " Clusters " : ", ", (unsigned long long)warning->clusters[j]);
        ndup_buf_append_str(buf, warning->cluster_count > 1 ? ".\n" : "\n");
    }
    free(warnings);
}

static void write_how(struct ndup_buf *buf, const struct ndup_report_run *run)
{
    const neardup_job_options *o = run->options;
    bool scores = o != NULL ? o->method != NEARDUP_METHOD_SIMHASH || o->verify : run->redecided;
    ndup_buf_append_str(buf, "\n");
    if (scores)
        ndup_buf_printf(buf, "Jaccard similarity from %s",
                        ndup_number_score(o != NULL ? o->threshold : run->redecided_at).text);
    if (o != NULL && o->method == NEARDUP_METHOD_SIMHASH)
        ndup_buf_printf(buf, "%sSimHash within %u bits", o->verify ? ", " : "", o->distance);
    if (run->redecided)
        ndup_buf_append_str(buf, ", decided again");
    if (run->redecided && o != NULL)
        ndup_buf_printf(buf, " (the run had %s)", ndup_number_score(run->redecided_from).text);
    ndup_buf_printf(buf, "%sneardup %s\n", o != NULL || run->redecided ? "; " : "", neardup_version());
}

neardup_status ndup_report_write_markdown(struct ndup_report *report, const struct ndup_report_run *run, FILE *out,
                                          neardup_error *err)
{
    struct ndup_sink sink = {.out = out};
    struct ndup_buf *buf = &sink.buf;
    ndup_buf_append_str(buf, "## Near-duplicates in ");
    ndup_markdown_code(buf, run->title, strlen(run->title), PLACE_BYTES);
    ndup_buf_append_str(buf, "\n\n");
    for (size_t i = 0; i < 2; i++) {
        if (!ndup_level_exists(report, i, run))
            continue;
        struct ndup_level_totals totals = ndup_level_totals(report, i, run);
        neardup_unit unit = ndup_level_unit(report, i, run);
        if (i > 0)
            ndup_buf_printf(buf, "\n### %s\n\n", unit == NEARDUP_UNIT_LINE ? "Lines" : "Paragraphs");
        bool first = i == 0 || !ndup_level_exists(report, 0, run);
        /* Paragraphs are looked for in the documents that stay. */
        write_verdict(buf, &totals, unit, first ? "all" : "those in documents that stay");
        if (first) {
            write_emptied(buf, &totals);
            write_reference(buf, run->summary);
        }
        write_numbers(buf, &totals, unit, &report->levels[i]);
        write_clusters(buf, &report->levels[i]);
    }
    write_warnings(buf, report, run);
    write_how(buf, run);
    return ndup_sink_end(&sink, err);
}
