/* SPDX-License-Identifier: MIT
 * For people, on a terminal or in a log: the verdict of each rule, the costliest findings with their places, and
 * what to do. */
#include "base/platform.h"

#include "codec/codec.h"
#include "report/report_formats.h"
#include "report/write.h"
#include "run/names.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/term.h"

#include <inttypes.h>
#include <string.h>

/* A result should fit a screen or two: the other formats have the rest. */
#define MOST_FINDINGS 10
#define MOST_PLACES   4 /* of a finding, besides the first one */
#define MOST_LEAKS    20
#define LOG_COLUMNS   100 /* logs of CI services are this wide or wider */

struct text {
    struct ndup_sink sink;
    const struct ndup_check_result *result;
    bool colour;
    size_t width;
};

static void styled(struct text *text, enum ndup_term_style style, const char *words)
{
    ndup_buf_append_str(&text->sink.buf, ndup_term_begin(text->colour, style));
    ndup_buf_append_str(&text->sink.buf, words);
    ndup_buf_append_str(&text->sink.buf, ndup_term_end(text->colour, style));
}

static void safe(struct text *text, const char *bytes)
{
    ndup_safe_append(&text->sink.buf, bytes, strlen(bytes));
}

static void write_headline(struct text *text)
{
    struct ndup_buf *buf = &text->sink.buf;
    ndup_buf_append_str(buf, ndup_term_begin(text->colour, text->result->passed ? NDUP_TERM_GREEN : NDUP_TERM_RED));
    ndup_check_headline(buf, text->result);
    ndup_buf_append_str(buf, ndup_term_end(text->colour, NDUP_TERM_RED));
    ndup_buf_append_str(buf, "\n");
}

static void write_verdicts(struct text *text)
{
    const struct ndup_check_result *result = text->result;
    struct ndup_buf *buf = &text->sink.buf;
    size_t width = 0;
    for (size_t i = 0; i < result->verdict_count; i++) {
        size_t length = strlen(ndup_rule_info(result->verdicts[i].rule)->id);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < result->verdict_count; i++) {
        const struct ndup_rule_verdict *verdict = &result->verdicts[i];
        ndup_buf_append_str(buf, "  ");
        styled(text, verdict->violated ? NDUP_TERM_RED : NDUP_TERM_GREEN, verdict->violated ? "FAIL" : "PASS");
        ndup_buf_printf(buf, "  %-*s  ", (int)width, ndup_rule_info(verdict->rule)->id);
        safe(text, verdict->message);
        ndup_buf_append_str(buf, "\n");
    }
}

static void write_leaks(struct text *text)
{
    const struct ndup_check_result *result = text->result;
    struct ndup_buf *buf = &text->sink.buf;
    size_t n = result->split_count;
    size_t found = 0;
    ndup_buf_append_str(buf, "\n");
    styled(text, NDUP_TERM_BOLD, "Leaks between splits");
    ndup_buf_append_str(buf, "\n");
    for (size_t i = 0; i < n * n; i++) {
        const struct ndup_leak_cell *cell = &result->leaks[i];
        if (cell->documents == 0 || ++found > MOST_LEAKS)
            continue;
        ndup_buf_append_str(buf, "  ");
        safe(text, result->split_names[i % n]);
        ndup_buf_append_str(buf, " in ");
        safe(text, result->split_names[i / n]);
        ndup_buf_printf(buf, ": %s", ndup_number_group(cell->documents).text);
        if (result->split_documents != NULL)
            ndup_buf_printf(buf, " of %s", ndup_number_group(result->split_documents[i % n]).text);
        ndup_buf_printf(buf, " documents (%s exact, %s near, %s contained)\n", ndup_number_group(cell->exact).text,
                        ndup_number_group(cell->near).text, ndup_number_group(cell->contained).text);
    }
    if (found == 0)
        ndup_buf_append_str(buf, "  none\n");
    if (found > MOST_LEAKS)
        ndup_buf_printf(buf, "  and %zu more pairs of splits\n", found - MOST_LEAKS);
}

static void write_place(struct text *text, const struct ndup_location *location)
{
    struct ndup_buf *buf = &text->sink.buf;
    ndup_buf_append_str(buf, ndup_term_begin(text->colour, NDUP_TERM_CYAN));
    ndup_safe_append_path(buf, location->name != NULL ? location->name : location->file);
    if (location->line > 0)
        ndup_buf_printf(buf, ":%" PRIu64, location->line);
    ndup_buf_append_str(buf, ndup_term_end(text->colour, NDUP_TERM_CYAN));
    if (location->id != NULL) {
        ndup_buf_append_str(buf, "  ");
        safe(text, location->id);
    }
    if (location->score > 0)
        ndup_buf_printf(buf, "  %s %s%s", ndup_reason_name(location->reason), ndup_number_score(location->score).text,
                        location->numbers_differ ? ", only numbers differ" : "");
    ndup_buf_append_str(buf, "\n");
}

static void write_finding(struct text *text, const struct ndup_finding *finding)
{
    static const enum ndup_term_style styles[] = {
        [NDUP_LEVEL_ERROR] = NDUP_TERM_RED, [NDUP_LEVEL_WARNING] = NDUP_TERM_YELLOW, [NDUP_LEVEL_NOTE] = NDUP_TERM_DIM};
    struct ndup_buf *buf = &text->sink.buf;
    ndup_buf_append_str(buf, "  ");
    styled(text, styles[finding->level], ndup_finding_level_name(finding->level));
    ndup_buf_printf(buf, "%*s", finding->level == NDUP_LEVEL_ERROR ? 4 : finding->level == NDUP_LEVEL_NOTE ? 5 : 2, "");
    safe(text, finding->message);
    ndup_buf_append_str(buf, "\n");
    size_t shown = finding->location_count < MOST_PLACES + 1 ? finding->location_count : MOST_PLACES + 1;
    for (size_t i = 0; i < shown; i++) {
        ndup_buf_append_str(buf, "           ");
        write_place(text, &finding->locations[i]);
    }
    if (finding->locations_total > shown)
        ndup_buf_printf(buf, "           and %s more\n", ndup_number_group(finding->locations_total - shown).text);
}

static void write_findings(struct text *text)
{
    const struct ndup_check_result *result = text->result;
    struct ndup_buf *buf = &text->sink.buf;
    size_t written = 0;
    uint64_t known = 0;
    for (size_t i = 0; i < result->finding_count; i++) {
        if (ndup_finding_is_known(result, &result->findings[i])) {
            known++;
            continue;
        }
        if (written == MOST_FINDINGS)
            continue;
        if (written++ == 0) {
            ndup_buf_append_str(buf, "\n");
            styled(text, NDUP_TERM_BOLD, "Findings, the costliest first");
            ndup_buf_append_str(buf, "\n");
        }
        write_finding(text, &result->findings[i]);
    }
    uint64_t rest = result->findings_total - written - known;
    if (written > 0 && rest > 0)
        ndup_buf_printf(buf, "  and %s more; --report json:FILE has %s\n", ndup_number_group(rest).text,
                        result->findings_total > result->finding_count ? "the costliest" : "all");
}

static bool is_violated(const struct ndup_check_result *result, enum ndup_rule rule)
{
    for (size_t i = 0; i < result->verdict_count; i++) {
        if (result->verdicts[i].rule == rule && result->verdicts[i].violated)
            return true;
    }
    return false;
}

static void write_counts(struct text *text)
{
    const struct ndup_check_result *result = text->result;
    struct ndup_buf *buf = &text->sink.buf;
    if (result->has_baseline) {
        ndup_buf_printf(buf, "\nBaseline: %s known, %s new, %s no longer found\n",
                        ndup_number_group(result->baseline_known).text, ndup_number_group(result->baseline_new).text,
                        ndup_number_group(result->baseline_missing).text);
        if (result->baseline_missing > 0)
            ndup_buf_append_str(buf, "  --update-baseline removes those from the baseline\n");
    }
    const neardup_summary *summary = result->summary;
    const char *gap = result->has_baseline ? "" : "\n"; /* before the first line */
    if (summary != NULL && summary->binary_files > 0) {
        ndup_buf_printf(buf, "%sSkipped (not text): %s file%s\n", gap, ndup_number_group(summary->binary_files).text,
                        summary->binary_files == 1 ? "" : "s");
        gap = "";
    }
    size_t before = buf->len;
    ndup_check_unread(buf, result, gap, "\n");
    if (buf->len > before)
        gap = "";
    if (result->allowed > 0)
        ndup_buf_printf(buf, "%sIgnored (allow list): %s\n", gap, ndup_number_group(result->allowed).text);
}

/* A command in backticks is not broken, so that it can be copied. */
static size_t word_length(const char *words)
{
    const char *end = *words == '`' ? strchr(words + 1, '`') : NULL;
    size_t command = end != NULL ? (size_t)(end - words) : 0;
    return command + strcspn(words + command, " ");
}

/* Our own text (ASCII) in lines as wide as the terminal. */
static void write_wrapped(struct text *text, const char *words)
{
    struct ndup_buf *buf = &text->sink.buf;
    size_t column = text->width;
    while (*words != '\0') {
        size_t length = word_length(words);
        bool fits = column + 1 + length <= text->width;
        ndup_buf_append_str(buf, fits ? " " : "\n    ");
        ndup_buf_append(buf, words, length);
        column = (fits ? column + 1 : 4) + length;
        words += length + strspn(words + length, " ");
    }
    ndup_buf_append_str(buf, "\n");
}

/* ---- the command that shows what a leak shares with its source ---- */

static bool is_plain_name(const char *name, size_t length)
{
    if (length == 0 || (name[0] >= '0' && name[0] <= '9'))
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return true;
}

/* The path of a text field for jq. False: one that needs more than this. */
static bool put_jq_path(struct ndup_buf *to, const char *path, size_t length)
{
    const char *end = path + length;
    while (path < end) {
        size_t n = 0;
        while (path + n < end && path[n] != '.' && path[n] != '[')
            n++;
        size_t digits = strspn(path, "0123456789");
        if (n > 0 && digits >= n)
            ndup_buf_printf(to, "[%.*s]", (int)n, path);
        else if (is_plain_name(path, n))
            ndup_buf_printf(to, ".%.*s", (int)n, path);
        else if (n > 0 || *path != '[')
            return false;
        path += n;
        if (path < end && *path == '[') {
            n = 1 + strspn(path + 1, "0123456789");
            if (path + n >= end || path[n] != ']')
                return false;
            ndup_buf_append(to, path, n + 1);
            path += n + 1;
        }
        path += path < end && *path == '.';
    }
    return true;
}

/* An expression of jq that gives the text of a record as the run read it. */
static bool put_expression(struct ndup_buf *to, const char *field)
{
    bool joined = strpbrk(field, ",[") != NULL;
    ndup_buf_append_str(to, joined ? "[" : "");
    for (const char *at = field; *at != '\0';) {
        size_t length = strcspn(at, ",");
        if (!put_jq_path(to, at, length))
            return false;
        at += length;
        ndup_buf_append_str(to, *at == ',' ? ", " : "");
        at += *at == ',';
    }
    ndup_buf_append_str(to, joined ? "] | map(strings) | join(\"\\n\\n\")" : "");
    ndup_buf_append(to, "", 1);
    return true;
}

static bool put_jq(struct ndup_buf *to, const char *field)
{
    struct ndup_buf expression = NDUP_BUF_INIT;
    bool good = put_expression(&expression, field);
    ndup_buf_append_str(to, "jq -r ");
    if (good && !expression.failed)
        ndup_safe_append_word(to, expression.data);
    to->failed = to->failed || expression.failed;
    ndup_buf_free(&expression);
    return good;
}

static bool has_end(const char *path, const char *end)
{
    size_t length = strlen(path), n = strlen(end);
    return length > n && strcmp(path + length - n, end) == 0;
}

/* The text at a place as an argument of neardup compare. False: no simple command prints it. */
static bool put_text_of(struct ndup_buf *to, const neardup_job_options *o, const struct ndup_location *place)
{
    bool lines =
        o->format == NEARDUP_INPUT_JSONL ||
        (o->format == NEARDUP_INPUT_AUTO && (has_end(place->file, ".jsonl") || has_end(place->file, ".ndjson")));
    bool packed = ndup_codec_of_name(place->file, NULL) != NULL;
    for (const char *c = place->file; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == '`' || (unsigned char)*c >= 0x7f)
            return false; /* not fit to be printed as it is */
    }
    if (packed || o->encoding != NULL || place->file[0] == '-' || strcmp(place->file, "stdin") == 0)
        return false;
    if (ndup_file_is_document(o->format, place->file)) {
        ndup_buf_append_str(to, " ");
        ndup_safe_append_word(to, place->file);
        return true;
    }
    if (!lines || place->line == 0)
        return false;
    ndup_buf_printf(to, " <(sed -n %" PRIu64 "p ", place->line);
    ndup_safe_append_word(to, place->file);
    ndup_buf_append_str(to, " | ");
    if (!put_jq(to, o->text_field))
        return false;
    ndup_buf_append_str(to, ")");
    return true;
}

/* Of the costliest leak. */
static void write_leak_command(struct text *text)
{
    const struct ndup_check_result *result = text->result;
    struct ndup_buf command = NDUP_BUF_INIT;
    const struct ndup_finding *leak = NULL;
    for (size_t i = 0; i < result->finding_count && leak == NULL; i++) {
        if (result->findings[i].rule == NDUP_RULE_LEAK && result->findings[i].location_count >= 2)
            leak = &result->findings[i];
    }
    ndup_buf_append_str(&command, "neardup compare");
    if (leak != NULL && result->options != NULL && put_text_of(&command, result->options, &leak->locations[0]) &&
        put_text_of(&command, result->options, &leak->locations[1]) && !command.failed) {
        ndup_buf_append_str(&text->sink.buf, "    For the first one:\n      ");
        ndup_buf_append(&text->sink.buf, command.data, command.len);
        ndup_buf_append_str(&text->sink.buf, "\n");
    }
    ndup_buf_free(&command);
}

/* Advice on each violated rule, once. */
static void write_help(struct text *text)
{
    const struct ndup_check_result *result = text->result;
    struct ndup_buf *buf = &text->sink.buf;
    if (result->violated == 0)
        return;
    ndup_buf_append_str(buf, "\n");
    styled(text, NDUP_TERM_BOLD, "What to do");
    ndup_buf_append_str(buf, "\n");
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        const struct ndup_rule_info *info = ndup_rule_info((enum ndup_rule)i);
        if (!is_violated(result, (enum ndup_rule)i))
            continue;
        ndup_buf_printf(buf, "  %s", info->id);
        write_wrapped(text, info->help);
        if (i == NDUP_RULE_LEAK)
            write_leak_command(text);
    }
}

static bool write_check(FILE *out, const struct ndup_check_result *result)
{
    struct text text = {.sink = {.out = out}, .result = result, .colour = ndup_term_colour(out, result->colour)};
    /* A log has a fixed width, so that equal results have equal logs. */
    bool terminal = ndup_term_is_tty(out);
    text.width = terminal ? ndup_term_width(out, LOG_COLUMNS) : LOG_COLUMNS;
    write_headline(&text);
    write_verdicts(&text);
    if (result->leaks != NULL)
        write_leaks(&text);
    write_findings(&text);
    write_counts(&text);
    write_help(&text);
    /* The first headline may have scrolled away. */
    if (terminal && result->finding_count > 0) {
        ndup_buf_append_str(&text.sink.buf, "\n");
        write_headline(&text);
    }
    return ndup_sink_close(&text.sink);
}

const struct ndup_report_format ndup_format_text = {
    .name = "text",
    .write_check = write_check,
    .check_marks = {{"PASSED: ", " rule"},
                    {"FAILED: ", " rule"},
                    {"\x1b[32mPASSED: ", " rule"},
                    {"\x1b[1;31mFAILED: ", " rule"}},
};
