/* SPDX-License-Identifier: MIT
 * SARIF 2.1.0 (OASIS): one result per finding; its places after the first are related locations. GitHub code
 * scanning shows 5 000 results and 100 places of each, so no more are written, and a notification says so. */
#include "base/platform.h"

#include "report/report_formats.h"
#include "report/write.h"
#include "run/json_write.h"
#include "run/names.h"
#include "term/number.h"

#include <inttypes.h>
#include <string.h>

#define MOST_RESULTS       5000
#define MOST_RELATED       100
#define MOST_RELATED_TOTAL 100000 /* GitHub accepts at most 10 MB, compressed */

/* Writes a message. Braces would be placeholders in it, and brackets links (sections 3.11.5 and 3.11.6). */
static void write_message(struct ndup_buf *buf, const char *text)
{
    struct ndup_buf escaped = NDUP_BUF_INIT;
    for (; *text != '\0'; text++) {
        if (*text == '[' || *text == ']' || *text == '\\')
            ndup_buf_append_str(&escaped, "\\");
        if (*text == '{' || *text == '}')
            ndup_buf_append(&escaped, text, 1);
        ndup_buf_append(&escaped, text, 1);
    }
    ndup_buf_append_str(buf, "\"message\": {\"text\": ");
    ndup_json_write_string(buf, escaped.data, escaped.len);
    ndup_buf_append_str(buf, "}");
    buf->failed = buf->failed || escaped.failed;
    ndup_buf_free(&escaped);
}

static void write_text(struct ndup_buf *buf, const char *name, const char *text)
{
    ndup_buf_printf(buf, "\"%s\": {\"text\": ", name);
    ndup_json_write_string(buf, text, strlen(text));
    ndup_buf_append_str(buf, "}");
}

static void write_rules(struct ndup_buf *buf)
{
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        const struct ndup_rule_info *info = ndup_rule_info((enum ndup_rule)i);
        ndup_buf_printf(buf, "%s\n          {\"id\": \"%s\", \"name\": \"%s\", ", i == 0 ? "" : ",", info->id,
                        info->name);
        write_text(buf, "shortDescription", info->summary);
        ndup_buf_append_str(buf, ", ");
        write_text(buf, "fullDescription", info->summary);
        ndup_buf_append_str(buf, ", \"help\": {\"text\": ");
        ndup_json_write_string(buf, info->help, strlen(info->help));
        ndup_buf_append_str(buf, ", \"markdown\": ");
        ndup_json_write_string(buf, info->help, strlen(info->help));
        ndup_buf_append_str(buf, "}, \"defaultConfiguration\": {\"level\": \"error\"}}");
    }
}

static void write_physical(struct ndup_buf *buf, const struct ndup_location *location)
{
    const char *path = ndup_location_path(location);
    ndup_buf_append_str(buf, "\"physicalLocation\": {\"artifactLocation\": {\"uri\": \"");
    ndup_append_uri(buf, path);
    ndup_buf_printf(buf, "\"%s}, \"region\": {\"startLine\": %" PRIu64 "}}",
                    path[0] == '/' ? "" : ", \"uriBaseId\": \"%SRCROOT%\"", ndup_location_line(location));
}

static void write_related(struct ndup_sink *sink, const struct ndup_finding *finding, size_t count)
{
    struct ndup_buf *buf = &sink->buf;
    ndup_buf_append_str(buf, ",\n       \"relatedLocations\": [");
    for (size_t i = 1; i <= count; i++) {
        const struct ndup_location *location = &finding->locations[i];
        ndup_buf_printf(buf, "%s\n         {\"id\": %zu, ", i == 1 ? "" : ",", i);
        write_physical(buf, location);
        ndup_buf_append_str(buf, ", ");
        struct ndup_buf text = NDUP_BUF_INIT;
        if (location->id != NULL)
            ndup_buf_printf(&text, "%s: ", location->id);
        if (location->score > 0)
            ndup_buf_printf(&text, "%s, %s", ndup_reason_name(location->reason),
                            ndup_number_score(location->score).text);
        else
            ndup_buf_append_str(&text, "the one it is compared with");
        ndup_buf_append(&text, "", 1);
        if (text.failed)
            buf->failed = true;
        else
            write_message(buf, text.data);
        ndup_buf_free(&text);
        ndup_buf_append_str(buf, "}");
        ndup_sink_pass(sink);
    }
    ndup_buf_append_str(buf, "]");
}

static void write_result(struct ndup_sink *sink, const struct ndup_check_result *result,
                         const struct ndup_finding *finding, size_t related)
{
    struct ndup_buf *buf = &sink->buf;
    ndup_buf_printf(buf, "{\"ruleId\": \"%s\", \"ruleIndex\": %u, \"level\": \"%s\", ",
                    ndup_rule_info(finding->rule)->id, (unsigned)finding->rule,
                    ndup_finding_level_name(finding->level));
    if (result->has_baseline)
        ndup_buf_printf(buf, "\"baselineState\": \"%s\", ", finding->is_new ? "new" : "unchanged");
    write_message(buf, ndup_finding_message(finding));
    ndup_buf_append_str(buf, ",\n       \"locations\": [");
    if (finding->location_count > 0) {
        ndup_buf_append_str(buf, "{");
        write_physical(buf, &finding->locations[0]);
        ndup_buf_append_str(buf, "}");
    }
    ndup_buf_append_str(buf, "]");
    if (related > 0)
        write_related(sink, finding, related);
    ndup_buf_printf(buf,
                    ",\n       \"partialFingerprints\": {\"neardupContent/v1\": \"%s\"}, \"properties\": "
                    "{\"tokens\": %" PRIu64 ", \"places\": %" PRIu64 "}}",
                    finding->fingerprint, finding->cost, finding->locations_total);
}

static void write_notification(struct ndup_buf *buf, const char *level, const char *text)
{
    ndup_buf_printf(buf, "{\"level\": \"%s\", ", level);
    write_message(buf, text);
    ndup_buf_append_str(buf, "}");
}

/* The format has no place for verdicts. They are notifications, as are remarks on what was left out. */
static void write_invocation(struct ndup_buf *buf, const struct ndup_check_result *result, size_t shown, bool cut)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    bool first = true;
    ndup_buf_append_str(buf, "      {\"executionSuccessful\": true, \"toolExecutionNotifications\": [");
    for (size_t i = 0; i < result->verdict_count; i++) {
        ndup_buf_append_str(buf, first ? "\n         " : ",\n         ");
        write_notification(buf, result->verdicts[i].violated ? "error" : "note", result->verdicts[i].message);
        first = false;
    }
    if (shown < result->findings_total)
        ndup_buf_printf(&text, "Only the %zu costliest of %" PRIu64 " findings are in this report. ", shown,
                        result->findings_total);
    if (cut)
        ndup_buf_printf(&text, "Of each finding at most %d places after the first are in this report. ", MOST_RELATED);
    if (text.len > 0 && !text.failed) {
        text.data[text.len - 1] = '\0';
        ndup_buf_append_str(buf, first ? "\n         " : ",\n         ");
        write_notification(buf, "warning", text.data);
    }
    ndup_buf_append_str(buf, "]}");
    buf->failed = buf->failed || text.failed;
    ndup_buf_free(&text);
}

static void write_results(struct ndup_sink *sink, const struct ndup_check_result *result, size_t shown, bool *cut)
{
    size_t left = MOST_RELATED_TOTAL;
    for (size_t i = 0; i < shown; i++) {
        const struct ndup_finding *finding = &result->findings[i];
        size_t others = finding->location_count > 0 ? finding->location_count - 1 : 0;
        size_t related = others < MOST_RELATED ? others : MOST_RELATED;
        related = related < left ? related : left;
        left -= related;
        *cut = *cut || finding->locations_total > related + 1;
        ndup_buf_append_str(&sink->buf, i == 0 ? "\n      " : ",\n      ");
        write_result(sink, result, finding, related);
        ndup_sink_pass(sink);
    }
}

static bool write_check(FILE *out, const struct ndup_check_result *result)
{
    struct ndup_sink sink = {.out = out};
    size_t shown = result->finding_count < MOST_RESULTS ? result->finding_count : MOST_RESULTS;
    bool cut = false;
    ndup_buf_append_str(&sink.buf, "{\n"
                                   "  \"$schema\": \"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/"
                                   "schemas/sarif-schema-2.1.0.json\",\n"
                                   "  \"version\": \"2.1.0\",\n"
                                   "  \"runs\": [\n"
                                   "    {\"tool\": {\"driver\": {\"name\": \"neardup\", \"version\": ");
    ndup_json_write_string(&sink.buf, neardup_version(), strlen(neardup_version()));
    ndup_buf_append_str(&sink.buf, ",\n        \"rules\": [");
    write_rules(&sink.buf);
    ndup_buf_append_str(&sink.buf, "]}},\n"
                                   "     \"originalUriBaseIds\": {\"%SRCROOT%\": {\"description\": {\"text\": \"The "
                                   "folder in which neardup was started.\"}}},\n"
                                   "     \"columnKind\": \"unicodeCodePoints\",\n"
                                   "     \"results\": [");
    write_results(&sink, result, shown, &cut);
    ndup_buf_append_str(&sink.buf, "],\n     \"invocations\": [\n");
    write_invocation(&sink.buf, result, shown, cut);
    ndup_buf_append_str(&sink.buf, "]}\n  ]\n}\n");
    return ndup_sink_close(&sink);
}

const struct ndup_report_format ndup_format_sarif = {
    .name = "sarif",
    .write_check = write_check,
    .check_marks = {{"{\n  \"$schema\": ", "{\"tool\": {\"driver\": {\"name\": \"neardup\", "}},
};
