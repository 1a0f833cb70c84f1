/* SPDX-License-Identifier: MIT
 * Markdown for pull requests and the summary of a CI job: short, the verdict first. Everything from outside is
 * escaped or in a code span, so that it cannot become markup, a link or a mention. */
#include "base/platform.h"

#include "base/mem.h"
#include "report/report_formats.h"
#include "report/model.h"
#include "report/write.h"
#include "run/names.h"
#include "run/json_write.h"
#include "term/number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- runs: numbers ----------------------------------------------------------------------------------------------- */

/* A reviewer reads a screen, not a list: the 10 costliest clusters, and of each the 3 members that are most
 * doubtful. */
#define CLUSTERS      10
#define MEMBERS       3
#define PLACE_BYTES   120 /* of a path or id */
#define EXCERPT_BYTES 160 /* of a text */

/* whole: the tokens that the share refers to. */
static void write_verdict(struct ndup_buf *buf, const struct ndup_level_totals *t, neardup_unit unit, const char *whole)
{
    if (!t->known) {
        ndup_buf_printf(buf, "**%s %s** repeat%s others.\n", ndup_number_group(t->removed).text,
                        ndup_units_name(unit, t->removed), t->removed == 1 ? "s" : "");
        return;
    }
    ndup_buf_printf(buf, "**%s of %s %s** (%s) repeat%s others", ndup_number_group(t->removed).text,
                    ndup_number_group(t->units).text, ndup_units_name(unit, t->units),
                    ndup_number_percent(t->removed, t->units).text, t->removed == 1 ? "s" : "");
    ndup_buf_printf(buf, ": %s, %s token%s (%s of %s).\n", ndup_number_bytes(t->removed_bytes).text,
                    ndup_number_group(t->removed_tokens).text, t->removed_tokens == 1 ? "" : "s",
                    ndup_number_percent(t->removed_tokens, t->tokens).text, whole);
}

/* Written once, though the totals of both levels have it. */
static void write_emptied(struct ndup_buf *buf, const struct ndup_level_totals *t)
{
    if (t->emptied > 0)
        ndup_buf_printf(buf, "%s %s %s removed as a whole because cutting left too little: %s besides what was cut.\n",
                        ndup_number_group(t->emptied).text, ndup_units_name(NEARDUP_UNIT_DOCUMENT, t->emptied),
                        t->emptied == 1 ? "was" : "were", ndup_number_bytes(t->emptied_bytes).text);
}

static void write_reference(struct ndup_buf *buf, const neardup_summary *summary)
{
    if (summary != NULL && summary->reference_documents > 0)
        ndup_buf_printf(buf, "All were also compared with %s %s of a reference.\n",
                        ndup_number_group(summary->reference_documents).text,
                        ndup_units_name(NEARDUP_UNIT_DOCUMENT, summary->reference_documents));
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
    ndup_buf_printf(buf, "\n| %s | number | share |\n|---|--:|--:|\n", ndup_units_name(unit, 2));
    if (t->known) {
        row(buf, "compared", t->units, t);
        row(buf, "kept", t->kept, t);
    }
    if (t->drops_emptied && unit == NEARDUP_UNIT_DOCUMENT)
        row(buf, "emptied by cutting", t->emptied, t);
    row(buf, "exact duplicates", t->exact, t);
    row(buf, "near-duplicates", t->near, t);
    if (t->contained > 0)
        row(buf,
            unit == NEARDUP_UNIT_DOCUMENT ? "contained in a longer document"
                                          : "contained in the rest of their document",
            t->contained, t);
    if (t->boilerplate > 0)
        row(buf, "boilerplate", t->boilerplate, t);
    ndup_buf_printf(buf, "| clusters | %s | |\n", ndup_number_group(level->clusters).text);
    if (level->largest_count > 0)
        ndup_buf_printf(buf, "| largest cluster | %s | |\n", ndup_number_group(level->largest[0].size).text);
}

/* ---- runs: clusters ---------------------------------------------------------------------------------------------- */

static void write_ref(struct ndup_buf *buf, const neardup_ref *ref)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_buf_printf(&text, "%s:%llu", ref->file, (unsigned long long)ref->line);
    ndup_markdown_code(buf, text.data, text.len, PLACE_BYTES);
    buf->failed = buf->failed || text.failed;
    ndup_buf_clear(&text);
    ndup_json_write_plain(&text, ref->id, ref->id != NULL ? ref->id_length : 0);
    if (text.len > 0) {
        ndup_buf_append_str(buf, " ");
        ndup_markdown_code(buf, text.data, text.len, PLACE_BYTES);
    }
    buf->failed = buf->failed || text.failed;
    ndup_buf_free(&text);
}

static void write_top_members(struct ndup_buf *buf, const struct ndup_top_cluster *top)
{
    uint64_t count = top->cluster.member_count < MEMBERS ? top->cluster.member_count : MEMBERS;
    for (uint64_t i = 0; i < count; i++) {
        const neardup_member *member = &top->cluster.members[i];
        ndup_buf_printf(buf, "    - %s %s%s ", ndup_reason_name(member->reason),
                        ndup_number_short_score(ndup_member_score(member)).text,
                        member->numbers_differ ? " (only numbers differ)" : "");
        write_ref(buf, &member->document);
        ndup_buf_append_str(buf, "\n");
    }
    if (top->total > count)
        ndup_buf_printf(buf, "    - and %s more\n", ndup_number_group(top->total - count).text);
}

static void write_cluster(struct ndup_buf *buf, const struct ndup_top_cluster *top, size_t index)
{
    const neardup_cluster *cluster = &top->cluster;
    const struct ndup_report_text *text = top->texts;
    ndup_buf_printf(buf, "%zu. **%s %s**, %s token%s repeated, %s ", index + 1, ndup_number_group(top->size).text,
                    ndup_units_name(cluster->keeper.unit, top->size), ndup_number_group(cluster->tokens).text,
                    cluster->tokens == 1 ? "" : "s", cluster->all_removed ? "none kept, first" : "kept");
    write_ref(buf, &cluster->keeper);
    ndup_buf_append_str(buf, cluster->keeper.reference ? " (reference)\n" : "\n");
    if (text != NULL && text[0].text != NULL && text[0].text_length > 0) {
        ndup_buf_append_str(buf, "\n    ");
        ndup_markdown_code(buf, text[0].text, text[0].text_length, EXCERPT_BYTES);
        ndup_buf_append_str(buf, "\n\n");
    }
    write_top_members(buf, top);
}

static void write_clusters(struct ndup_buf *buf, const struct ndup_report_level *level)
{
    size_t count = level->top.count < CLUSTERS ? level->top.count : CLUSTERS;
    if (count == 0)
        return;
    ndup_buf_printf(buf, "\n%s clusters%s\n\n", level->clusters > count ? "The costliest" : "The",
                    level->clusters > count ? "" : ", the costliest first");
    for (size_t i = 0; i < count; i++)
        write_cluster(buf, level->top.items[i], i);
    if (level->clusters > count)
        ndup_buf_printf(buf, "\nand %s more.\n", ndup_number_group(level->clusters - count).text);
}

/* ---- runs: the report -------------------------------------------------------------------------------------------- */

static void write_run_warnings(struct ndup_buf *buf, struct ndup_report_model *report,
                               const struct ndup_report_run *run)
{
    struct ndup_warnings *warnings = ndup_alloc(1, sizeof *warnings);
    if (warnings == NULL) {
        buf->failed = true;
        return;
    }
    ndup_warnings_collect(report, run, warnings);
    bool first = true;
    for (size_t i = 0; i < warnings->count; i++) { /* a result, not a warning: most runs miss nothing */
        if (strcmp(warnings->items[i].kind, "audit") == 0)
            ndup_buf_printf(buf, "\n### Audit\n\n%s\n", warnings->items[i].message);
    }
    for (size_t i = 0; i < warnings->count; i++) {
        const struct ndup_warning *warning = &warnings->items[i];
        if (strcmp(warning->kind, "audit") == 0)
            continue;
        if (first)
            ndup_buf_append_str(buf, "\n### Warnings\n\n");
        first = false;
        ndup_buf_printf(buf, "- %s", warning->message);
        for (size_t j = 0; j < warning->cluster_count && warning->cluster_count > 1; j++)
            ndup_buf_printf(buf, "%s%llu", j == 0 ? " Clusters " : ", ", (unsigned long long)warning->clusters[j]);
        ndup_buf_append_str(buf, warning->cluster_count > 1 ? ".\n" : "\n");
    }
    free(warnings);
}

static void write_method(struct ndup_buf *buf, const struct ndup_report_run *run)
{
    const neardup_job_options *o = run->options;
    bool scores = o != NULL ? o->method != NEARDUP_METHOD_SIMHASH || o->verify : run->redecided;
    ndup_buf_append_str(buf, "\n");
    if (scores)
        ndup_buf_printf(buf, "Jaccard similarity of at least %s",
                        ndup_number_score(o != NULL ? o->threshold : run->redecided_at).text);
    if (o != NULL && o->method == NEARDUP_METHOD_SIMHASH)
        ndup_buf_printf(buf, "%sSimHash distance of at most %u bits", o->verify ? ", " : "", o->distance);
    if (run->redecided)
        ndup_buf_append_str(buf, ", decided again");
    if (run->redecided && o != NULL)
        ndup_buf_printf(buf, " (the run used %s)", ndup_number_score(run->redecided_from).text);
    ndup_buf_printf(buf, "%sneardup %s\n", o != NULL || run->redecided ? "; " : "", neardup_version());
}

static neardup_status write_run(struct ndup_report_model *report, const struct ndup_report_run *run, FILE *out,
                                uint64_t *rows, neardup_error *err)
{
    struct ndup_sink sink = {.out = out};
    struct ndup_buf *buf = &sink.buf;
    (void)rows;
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
        /* Paragraphs are compared in the documents that were kept. */
        write_verdict(buf, &totals, unit, first ? "all" : "those in kept documents");
        if (first) {
            write_emptied(buf, &totals);
            write_reference(buf, run->summary);
        }
        write_numbers(buf, &totals, unit, &report->levels[i]);
        write_clusters(buf, &report->levels[i]);
    }
    write_run_warnings(buf, report, run);
    write_method(buf, run);
    return ndup_sink_end(&sink, err);
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* GitHub accepts comments of at most 65 536 characters. */
#define MOST_BYTES     60000
#define RESERVED       4000 /* for what follows the findings */
#define MOST_FINDINGS  100
#define OPEN_FINDINGS  10 /* the others are folded */
#define MOST_LOCATIONS 3
#define MOST_TEXT      160 /* characters of a name, id or message */
#define MOST_SPLITS    12  /* rows of the matrix; more columns do not fit a comment */

/* Characters that have a meaning in Markdown, its tables or HTML. So has a colon before what could be an address. */
static bool is_markup(uint32_t code, char next)
{
    bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    return code < 0x80 && (strchr("\\`*_[]<>&~#@$", (int)code) != NULL || (code == ':' && (next == '/' || letter)));
}

/* Text of any bytes on one line. GitHub looks for mentions ("@name") and issues ("#1") after it has rendered the
 * Markdown, so a comment separates these characters from what follows. It does not look inside code spans. */
static void escape(struct ndup_buf *buf, const char *text, bool code_span)
{
    size_t length = strlen(text);
    for (size_t count = 0; length > 0; count++) {
        uint32_t code;
        size_t n = ndup_next_character(text, length, &code);
        if (count == MOST_TEXT) {
            ndup_buf_append_str(buf, "…");
            return;
        }
        if (code == '\n' || code == '\r' || code == '\t')
            ndup_buf_append_str(buf, " ");
        else if (code == '|')
            ndup_buf_append_str(buf, "&#124;");
        else if (is_markup(code, text[n]))
            ndup_buf_printf(buf, "\\%c", (int)code);
        else
            ndup_append_character(buf, ndup_shown_character(code));
        if (!code_span && (code == '@' || code == '#'))
            ndup_buf_append_str(buf, "<!-- -->");
        text += n;
        length -= n;
    }
}

static void write_location(struct ndup_buf *buf, const struct ndup_location *location)
{
    ndup_buf_append_str(buf, "<code>");
    escape(buf, ndup_location_path(location), true);
    if (location->line > 0)
        ndup_buf_printf(buf, ":%" PRIu64, location->line);
    ndup_buf_append_str(buf, "</code>");
    if (location->id != NULL) {
        ndup_buf_append_str(buf, " ");
        escape(buf, location->id, false);
    }
    if (location->score > 0)
        ndup_buf_printf(buf, " (%s %s%s)", ndup_reason_name(location->reason), ndup_number_score(location->score).text,
                        location->numbers_differ ? ", only numbers differ" : "");
}

static void write_verdicts(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    ndup_buf_printf(buf, "## neardup check: %s\n\n", result->passed ? "passed" : "failed");
    if (result->verdict_count == 0) {
        ndup_buf_append_str(buf, "No rule has a limit.\n\n");
        return;
    }
    ndup_buf_append_str(buf, "| | rule | |\n|---|---|---|\n");
    for (int violated = 1; violated >= 0; violated--) {
        for (size_t i = 0; i < result->verdict_count; i++) {
            const struct ndup_rule_verdict *verdict = &result->verdicts[i];
            if (verdict->violated != (violated == 1))
                continue;
            ndup_buf_printf(buf, "| %s | %s | ", violated ? "❌ failed" : "✅ passed", ndup_rule_info(verdict->rule)->id);
            escape(buf, verdict->message, false);
            ndup_buf_append_str(buf, " |\n");
        }
    }
    ndup_buf_append_str(buf, "\n");
}

static void write_leak_cell(struct ndup_buf *buf, const struct ndup_leak_cell *cell)
{
    if (cell->documents == 0) {
        ndup_buf_append_str(buf, "0 |");
        return;
    }
    ndup_buf_printf(buf, "**%s** (%" PRIu64 " exact, %" PRIu64 " near, %" PRIu64 " contained) |",
                    ndup_number_group(cell->documents).text, cell->exact, cell->near, cell->contained);
}

/* The first split (train) is not searched for in the others: a row of zeros would claim that it was. */
static bool is_row(const struct ndup_check_result *result, size_t to)
{
    uint64_t documents = 0;
    for (size_t from = 0; from < result->split_count; from++)
        documents += result->leaks[from * result->split_count + to].documents;
    return to > 0 || documents > 0;
}

static void write_check_leaks(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    size_t n = result->split_count;
    size_t shown = n < MOST_SPLITS ? n : MOST_SPLITS;
    ndup_buf_append_str(buf, "### Leaks between splits\n\nDocuments of the split on the left that the split above "
                             "contains.\n\n| |");
    for (size_t from = 0; from < shown; from++) {
        ndup_buf_append_str(buf, " ");
        escape(buf, result->split_names[from], false);
        ndup_buf_append_str(buf, " |");
    }
    ndup_buf_append_str(buf, "\n|---|");
    for (size_t from = 0; from < shown; from++)
        ndup_buf_append_str(buf, "---:|");
    for (size_t to = 0; to < shown; to++) {
        if (!is_row(result, to))
            continue;
        ndup_buf_append_str(buf, "\n| ");
        escape(buf, result->split_names[to], false);
        if (result->split_documents != NULL)
            ndup_buf_printf(buf, " (%s)", ndup_number_group(result->split_documents[to]).text);
        ndup_buf_append_str(buf, " |");
        for (size_t from = 0; from < shown; from++) {
            ndup_buf_append_str(buf, " ");
            if (from == to)
                ndup_buf_append_str(buf, "|");
            else
                write_leak_cell(buf, &result->leaks[from * n + to]);
        }
    }
    if (shown < n)
        ndup_buf_printf(buf, "\n\nOnly the first %zu of %zu splits are shown.", shown, n);
    ndup_buf_append_str(buf, "\n\n");
}

static void write_finding(struct ndup_buf *buf, const struct ndup_finding *finding)
{
    ndup_buf_printf(buf, "| %s | ", ndup_finding_level_name(finding->level));
    escape(buf, finding->message, false);
    ndup_buf_append_str(buf, " | ");
    size_t shown = finding->location_count < MOST_LOCATIONS + 1 ? finding->location_count : MOST_LOCATIONS + 1;
    for (size_t i = 0; i < shown; i++) {
        if (i > 0)
            ndup_buf_append_str(buf, "<br>");
        write_location(buf, &finding->locations[i]);
    }
    if (finding->locations_total > shown)
        ndup_buf_printf(buf, "<br>and %s more", ndup_number_group(finding->locations_total - shown).text);
    ndup_buf_printf(buf, " | %s |\n", ndup_number_group(finding->cost).text);
}

/* Appends the finding if the report is still small enough with it. */
static bool fits(struct ndup_buf *buf, const struct ndup_finding *finding)
{
    size_t before = buf->len;
    write_finding(buf, finding);
    if (buf->len <= MOST_BYTES - RESERVED)
        return true;
    buf->len = before;
    return false;
}

static void write_findings(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    static const char head[] = "| | finding | places | tokens |\n|---|---|---|---:|\n";
    size_t written = 0;
    uint64_t known = 0;
    bool full = false;
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct ndup_finding *finding = &result->findings[i];
        if (ndup_finding_is_known(result, finding)) {
            known++;
            continue;
        }
        if (full || written == MOST_FINDINGS)
            continue;
        if (written == 0)
            ndup_buf_printf(buf, "### Findings, the costliest first\n\n%s", head);
        if (written == OPEN_FINDINGS)
            ndup_buf_printf(buf, "\n<details><summary>more findings</summary>\n\n%s", head);
        full = !fits(buf, finding);
        written += full ? 0 : 1;
    }
    if (written > OPEN_FINDINGS || (full && written == OPEN_FINDINGS))
        ndup_buf_append_str(buf, "\n</details>\n");
    uint64_t rest = result->findings_total - written - known;
    if (rest > 0)
        ndup_buf_printf(buf, "\n%s more findings are not shown: the report is limited in size.\n",
                        ndup_number_group(rest).text);
    if (written + rest > 0)
        ndup_buf_append_str(buf, "\n");
}

static void write_counts(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    if (result->has_baseline)
        ndup_buf_printf(buf, "Baseline: %s known, %s new, %s no longer found.\n",
                        ndup_number_group(result->baseline_known).text, ndup_number_group(result->baseline_new).text,
                        ndup_number_group(result->baseline_missing).text);
    if (result->allowed > 0)
        ndup_buf_printf(buf, "Ignored (allow list): %s.\n", ndup_number_group(result->allowed).text);
    if (result->summary != NULL)
        ndup_buf_printf(buf, "Checked: %s documents, %s of text.\n", ndup_number_group(result->summary->documents).text,
                        ndup_number_bytes(result->summary->text_bytes).text);
    ndup_check_unread(buf, result, "", ".\n");
}

static bool write_check(FILE *out, const struct ndup_check_result *result)
{
    struct ndup_sink sink = {.out = out};
    write_verdicts(&sink.buf, result);
    if (result->leaks != NULL)
        write_check_leaks(&sink.buf, result);
    write_findings(&sink.buf, result);
    write_counts(&sink.buf, result);
    return ndup_sink_close(&sink);
}

const struct ndup_report_format ndup_format_markdown = {
    .name = "markdown",
    .suffixes = {".md", ".markdown"},
    .write_run = write_run,
    .clusters = CLUSTERS,
    .members = MEMBERS,
    .run_marks = {{"## Near-duplicates in ", NULL}},
    .write_check = write_check,
    .check_marks = {{"## neardup check: ", NULL}},
};
