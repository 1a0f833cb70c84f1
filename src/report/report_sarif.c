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

/* ---- parts ---- */

static void add_text(struct ndup_json_writer *json, const char *key, const char *text)
{
    ndup_json_add_object(json, key, NDUP_JSON_SPACED);
    ndup_json_add_string(json, "text", text);
    ndup_json_end(json);
}

/* Braces would be placeholders in a message, and brackets links (sections 3.11.5 and 3.11.6). */
static void add_message(struct ndup_json_writer *json, const char *text)
{
    struct ndup_buf escaped = NDUP_BUF_INIT, shown = NDUP_BUF_INIT;
    ndup_append_shown(&shown, text);
    ndup_buf_append(&shown, "", 1);
    for (text = shown.data; text != NULL && *text != '\0'; text++) {
        if (*text == '[' || *text == ']' || *text == '\\')
            ndup_buf_append_str(&escaped, "\\");
        if (*text == '{' || *text == '}')
            ndup_buf_append(&escaped, text, 1);
        ndup_buf_append(&escaped, text, 1);
    }
    ndup_json_add_object(json, "message", NDUP_JSON_SPACED);
    ndup_json_add_bytes(json, "text", escaped.data, escaped.len);
    ndup_json_end(json);
    json->buf->failed = json->buf->failed || escaped.failed || shown.failed;
    ndup_buf_free(&escaped);
    ndup_buf_free(&shown);
}

static void add_rules(struct ndup_json_writer *json)
{
    ndup_json_add_array(json, "rules", NDUP_JSON_LINES);
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        const struct ndup_rule_info *info = ndup_rule_info((enum ndup_rule)i);
        ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
        ndup_json_add_string(json, "id", info->id);
        ndup_json_add_string(json, "name", info->name);
        add_text(json, "shortDescription", info->summary);
        add_text(json, "fullDescription", info->summary);
        ndup_json_add_object(json, "help", NDUP_JSON_SPACED);
        ndup_json_add_string(json, "text", info->help);
        ndup_json_add_string(json, "markdown", info->help);
        ndup_json_end(json);
        ndup_json_add_object(json, "defaultConfiguration", NDUP_JSON_SPACED);
        ndup_json_add_string(json, "level", "error");
        ndup_json_end(json);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

static void add_tool(struct ndup_json_writer *json)
{
    ndup_json_add_object(json, "tool", NDUP_JSON_SPACED);
    ndup_json_add_object(json, "driver", NDUP_JSON_SPACED);
    ndup_json_add_string(json, "name", "neardup");
    ndup_json_add_string(json, "version", neardup_version());
    add_rules(json);
    ndup_json_end(json);
    ndup_json_end(json);
}

/* ---- findings ---- */

static void add_physical(struct ndup_json_writer *json, const struct ndup_location *location)
{
    const char *path = ndup_location_path(location);
    struct ndup_buf uri = NDUP_BUF_INIT;
    ndup_append_uri(&uri, path);
    ndup_json_add_object(json, "physicalLocation", NDUP_JSON_SPACED);
    ndup_json_add_object(json, "artifactLocation", NDUP_JSON_SPACED);
    ndup_json_add_bytes(json, "uri", uri.data, uri.len);
    if (path[0] != '/')
        ndup_json_add_string(json, "uriBaseId", "%SRCROOT%");
    ndup_json_end(json);
    ndup_json_add_object(json, "region", NDUP_JSON_SPACED);
    ndup_json_add_u64(json, "startLine", ndup_location_line(location));
    ndup_json_end(json);
    ndup_json_end(json);
    json->buf->failed = json->buf->failed || uri.failed;
    ndup_buf_free(&uri);
}

static void add_location_message(struct ndup_json_writer *json, const struct ndup_location *location)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    if (location->id != NULL)
        ndup_buf_printf(&text, "%s: ", location->id);
    if (location->score > 0)
        ndup_buf_printf(&text, "%s, %s%s", ndup_reason_name(location->reason), ndup_number_score(location->score).text,
                        location->numbers_differ ? ", only numbers differ" : "");
    else
        ndup_buf_append_str(&text, "the one it is compared with");
    ndup_buf_append(&text, "", 1);
    if (text.failed)
        json->buf->failed = true;
    else
        add_message(json, text.data);
    ndup_buf_free(&text);
}

static void add_related(struct ndup_sink *sink, struct ndup_json_writer *json, const struct ndup_finding *finding,
                        size_t count)
{
    ndup_json_add_array(json, "relatedLocations", NDUP_JSON_LINES);
    for (size_t i = 1; i <= count; i++) {
        ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
        ndup_json_add_u64(json, "id", i);
        add_physical(json, &finding->locations[i]);
        add_location_message(json, &finding->locations[i]);
        ndup_json_end(json);
        ndup_sink_pass(sink);
    }
    ndup_json_end(json);
}

static void add_result(struct ndup_sink *sink, struct ndup_json_writer *json, const struct ndup_check_result *result,
                       const struct ndup_finding *finding, size_t related)
{
    ndup_json_add_object(json, NULL, NDUP_JSON_LINES);
    ndup_json_add_string(json, "ruleId", ndup_rule_info(finding->rule)->id);
    ndup_json_add_u64(json, "ruleIndex", (uint64_t)finding->rule);
    ndup_json_add_string(json, "level", ndup_finding_level_name(finding->level));
    if (result->has_baseline)
        ndup_json_add_string(json, "baselineState", finding->is_new ? "new" : "unchanged");
    add_message(json, ndup_finding_message(finding));
    ndup_json_add_array(json, "locations", NDUP_JSON_SPACED);
    if (finding->location_count > 0) {
        ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
        add_physical(json, &finding->locations[0]);
        ndup_json_end(json);
    }
    ndup_json_end(json);
    if (related > 0)
        add_related(sink, json, finding, related);
    ndup_json_add_object(json, "partialFingerprints", NDUP_JSON_SPACED);
    ndup_json_add_string(json, "neardupContent/v1", finding->fingerprint);
    ndup_json_end(json);
    ndup_json_add_object(json, "properties", NDUP_JSON_SPACED);
    ndup_json_add_u64(json, "tokens", finding->cost);
    ndup_json_add_u64(json, "places", finding->locations_total);
    ndup_json_end(json);
    ndup_json_end(json);
}

static void add_results(struct ndup_sink *sink, struct ndup_json_writer *json, const struct ndup_check_result *result,
                        size_t shown, bool *cut)
{
    size_t left = MOST_RELATED_TOTAL;
    ndup_json_add_array(json, "results", NDUP_JSON_LINES);
    for (size_t i = 0; i < shown; i++) {
        const struct ndup_finding *finding = &result->findings[i];
        size_t others = finding->location_count > 0 ? finding->location_count - 1 : 0;
        size_t related = others < MOST_RELATED ? others : MOST_RELATED;
        related = related < left ? related : left;
        left -= related;
        *cut = *cut || finding->locations_total > related + 1;
        add_result(sink, json, result, finding, related);
        ndup_sink_pass(sink);
    }
    ndup_json_end(json);
}

/* ---- verdicts ---- */

static void add_notification(struct ndup_json_writer *json, const char *level, const char *text)
{
    ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
    ndup_json_add_string(json, "level", level);
    add_message(json, text);
    ndup_json_end(json);
}

/* The format has no place for verdicts. They are notifications, as are remarks on what was left out. */
static void add_invocation(struct ndup_json_writer *json, const struct ndup_check_result *result, size_t shown,
                           bool cut)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
    ndup_json_add_bool(json, "executionSuccessful", true);
    ndup_json_add_array(json, "toolExecutionNotifications", NDUP_JSON_LINES);
    for (size_t i = 0; i < result->verdict_count; i++)
        add_notification(json, result->verdicts[i].violated ? "error" : "note", result->verdicts[i].message);
    ndup_check_unread(&text, result, "", ". ");
    if (shown < result->findings_total)
        ndup_buf_printf(&text, "Only the %zu costliest of %" PRIu64 " findings are in this report. ", shown,
                        result->findings_total);
    if (cut)
        ndup_buf_printf(&text, "Of each finding at most %d places after the first are in this report. ", MOST_RELATED);
    if (text.len > 0 && !text.failed) {
        text.data[text.len - 1] = '\0';
        add_notification(json, "warning", text.data);
    }
    ndup_json_end(json);
    ndup_json_end(json);
    json->buf->failed = json->buf->failed || text.failed;
    ndup_buf_free(&text);
}

/* ---- the report ---- */

static bool write_check(FILE *out, const struct ndup_check_result *result)
{
    struct ndup_sink sink = {.out = out};
    struct ndup_json_writer json;
    size_t shown = result->finding_count < MOST_RESULTS ? result->finding_count : MOST_RESULTS;
    bool cut = false;
    ndup_json_begin(&json, &sink.buf);
    ndup_json_add_object(&json, NULL, NDUP_JSON_LINES);
    ndup_json_add_string(&json, "$schema",
                         "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
    ndup_json_add_string(&json, "version", "2.1.0");
    ndup_json_add_array(&json, "runs", NDUP_JSON_LINES);
    ndup_json_add_object(&json, NULL, NDUP_JSON_LINES);
    add_tool(&json);
    ndup_json_add_object(&json, "originalUriBaseIds", NDUP_JSON_SPACED);
    ndup_json_add_object(&json, "%SRCROOT%", NDUP_JSON_SPACED);
    add_text(&json, "description", "The folder in which neardup was started.");
    ndup_json_end(&json);
    ndup_json_end(&json);
    ndup_json_add_string(&json, "columnKind", "unicodeCodePoints");
    add_results(&sink, &json, result, shown, &cut);
    ndup_json_add_array(&json, "invocations", NDUP_JSON_LINES);
    add_invocation(&json, result, shown, cut);
    while (json.depth > 0)
        ndup_json_end(&json);
    ndup_buf_append_str(&sink.buf, "\n");
    return ndup_sink_close(&sink);
}

const struct ndup_report_format ndup_format_sarif = {
    .name = "sarif",
    .write_check = write_check,
    .check_marks = {{"{\n  \"$schema\": ", "\"tool\": {\"driver\": {\"name\": \"neardup\", "}},
};
