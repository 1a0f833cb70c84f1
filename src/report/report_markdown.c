/* SPDX-License-Identifier: MIT
 * For the summary of a CI job or a comment on a pull request: short, the verdict first. It stays below 60 kB, since a comment
 * may have 65 536 characters. */
#include "base/platform.h"

#include "report/report_write.h"
#include "report/reporter.h"
#include "run/names.h"
#include "term/number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES    60000
#define KEPT_FREE     4000 /* for what stands behind the findings */
#define MOST_FINDINGS 100
#define OPEN_FINDINGS 10 /* the others are folded up */
#define MOST_PLACES   3
#define MOST_TEXT     160 /* characters of a name, id or message */
#define MOST_SPLITS   12  /* rows of the matrix */

/* What Markdown, tables and HTML take for more than a character. A colon is one in front of what could be an address. */
static bool is_markup(uint32_t code, char next)
{
    bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    return code < 0x80 && (strchr("\\`*_[]<>&~#@$", (int)code) != NULL || (code == ':' && (next == '/' || letter)));
}

static bool is_invisible(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* Text of any bytes on one line. GitHub looks for mentions and references to issues in what Markdown has become, so "@" and
 * "#" are cut off from the name behind them; in a code span it does not look. */
static void escape(struct ndup_buf *buf, const char *text, bool code_span)
{
    size_t length = strlen(text);
    for (size_t count = 0; length > 0; count++) {
        uint32_t code;
        size_t n = ndup_report_next(text, length, &code);
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
            ndup_report_utf8(buf, is_invisible(code) ? 0xfffd : code);
        if (!code_span && (code == '@' || code == '#'))
            ndup_buf_append_str(buf, "<!-- -->");
        text += n;
        length -= n;
    }
}

static void write_place(struct ndup_buf *buf, const struct ndup_location *location)
{
    ndup_buf_append_str(buf, "<code>");
    escape(buf, ndup_report_path(location), true);
    if (location->line > 0)
        ndup_buf_printf(buf, ":%" PRIu64, location->line);
    ndup_buf_append_str(buf, "</code>");
    if (location->id != NULL) {
        ndup_buf_append_str(buf, " ");
        escape(buf, location->id, false);
    }
    if (location->score > 0)
        ndup_buf_printf(buf, " (%s %s)", ndup_reason_name(location->reason), ndup_number_score(location->score).text);
}

static void write_verdicts(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    ndup_buf_printf(buf, "## neardup check: %s\n\n", result->passed ? "passed" : "failed");
    if (result->verdict_count == 0) {
        ndup_buf_append_str(buf, "No rule was asked for.\n\n");
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

/* The first split (train) is not looked for in the others: a row of zeros would claim that it was. */
static bool is_row(const struct ndup_check_result *result, size_t to)
{
    uint64_t documents = 0;
    for (size_t from = 0; from < result->split_count; from++)
        documents += result->leaks[from * result->split_count + to].documents;
    return to > 0 || documents > 0;
}

static void write_leaks(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    size_t n = result->split_count;
    size_t shown = n < MOST_SPLITS ? n : MOST_SPLITS;
    ndup_buf_append_str(buf, "### Leaks between splits\n\nDocuments of the split on the left that stand in the split "
                             "above.\n\n| |");
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
    ndup_buf_printf(buf, "| %s | ", ndup_level_name(finding->level));
    escape(buf, finding->message, false);
    ndup_buf_append_str(buf, " | ");
    size_t shown = finding->location_count < MOST_PLACES + 1 ? finding->location_count : MOST_PLACES + 1;
    for (size_t i = 0; i < shown; i++) {
        if (i > 0)
            ndup_buf_append_str(buf, "<br>");
        write_place(buf, &finding->locations[i]);
    }
    if (finding->locations_total > shown)
        ndup_buf_printf(buf, "<br>and %s more", ndup_number_group(finding->locations_total - shown).text);
    ndup_buf_printf(buf, " | %s |\n", ndup_number_group(finding->cost).text);
}

/* Appends the finding if the report stays small enough with it. */
static bool fits(struct ndup_buf *buf, const struct ndup_finding *finding)
{
    size_t before = buf->len;
    write_finding(buf, finding);
    if (buf->len <= MOST_BYTES - KEPT_FREE)
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
        ndup_buf_printf(buf, "\nThe report was capped: %s more findings are not shown here.\n",
                        ndup_number_group(rest).text);
    if (written + rest > 0)
        ndup_buf_append_str(buf, "\n");
}

static void write_counts(struct ndup_buf *buf, const struct ndup_check_result *result)
{
    if (result->has_baseline)
        ndup_buf_printf(buf, "Baseline: %s known, %s new, %s gone.\n", ndup_number_group(result->baseline_known).text,
                        ndup_number_group(result->baseline_new).text, ndup_number_group(result->baseline_missing).text);
    if (result->allowed > 0)
        ndup_buf_printf(buf, "Let pass by the allow list: %s.\n", ndup_number_group(result->allowed).text);
    if (result->summary != NULL)
        ndup_buf_printf(buf, "Checked: %s documents, %s of text.\n", ndup_number_group(result->summary->documents).text,
                        ndup_number_bytes(result->summary->text_bytes).text);
}

bool ndup_reporter_markdown(FILE *out, const struct ndup_check_result *result)
{
    struct ndup_report_writer writer;
    ndup_report_begin(&writer, out, NULL);
    write_verdicts(&writer.buf, result);
    if (result->leaks != NULL)
        write_leaks(&writer.buf, result);
    write_findings(&writer.buf, result);
    write_counts(&writer.buf, result);
    return ndup_report_end(&writer);
}
