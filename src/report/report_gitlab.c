/* SPDX-License-Identifier: MIT
 * GitLab Code Quality: an array of findings with a place, a severity, and a fingerprint by which GitLab compares two
 * pipelines. */
#include "base/platform.h"

#include "base/mem.h"
#include "report/report_formats.h"
#include "report/write.h"
#include "run/json_write.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* About 300 bytes each, so that the report stays near 1.5 MB. */
#define MOST_FINDINGS 5000

/* Two findings may be about the same text, such as a text in two splits, but GitLab keeps only one per fingerprint.
 * So the second one gets a number. */
struct twin {
    const struct ndup_finding *finding;
    size_t index;
};

static int compare_twins(const void *left, const void *right)
{
    const struct twin *a = left;
    const struct twin *b = right;
    int order = strcmp(a->finding->fingerprint, b->finding->fingerprint);
    if (order == 0)
        order = (a->finding->rule > b->finding->rule) - (a->finding->rule < b->finding->rule);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* numbers[i]: how many findings before i have the same rule and text. */
static bool number_twins(const struct ndup_check_result *result, size_t count, size_t *numbers)
{
    struct twin *twins = ndup_alloc(count + 1, sizeof *twins);
    if (twins == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        twins[i] = (struct twin){&result->findings[i], i};
    qsort(twins, count, sizeof *twins, compare_twins);
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && twins[i].finding->rule == twins[i - 1].finding->rule &&
                    strcmp(twins[i].finding->fingerprint, twins[i - 1].finding->fingerprint) == 0;
        numbers[twins[i].index] = same ? numbers[twins[i - 1].index] + 1 : 0;
    }
    free(twins);
    return true;
}

static void add_location(struct ndup_json_writer *json, const char *path, uint64_t line)
{
    ndup_json_add_object(json, "location", NDUP_JSON_SPACED);
    ndup_json_add_string(json, "path", path);
    ndup_json_add_object(json, "lines", NDUP_JSON_SPACED);
    ndup_json_add_u64(json, "begin", line);
    ndup_json_end(json);
    ndup_json_end(json);
}

static void add_finding(struct ndup_json_writer *json, const struct ndup_finding *finding, size_t number)
{
    static const char *const severities[] = {
        [NDUP_LEVEL_ERROR] = "major", [NDUP_LEVEL_WARNING] = "minor", [NDUP_LEVEL_NOTE] = "info"};
    const char *rule = ndup_rule_info(finding->rule)->id;
    char fingerprint[128];
    int length = snprintf(fingerprint, sizeof fingerprint, "%s-%s", rule, finding->fingerprint);
    if (number > 0)
        snprintf(fingerprint + length, sizeof fingerprint - (size_t)length, "-%zu", number + 1);
    ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
    struct ndup_buf shown = NDUP_BUF_INIT;
    ndup_append_shown(&shown, ndup_finding_message(finding));
    ndup_json_add_bytes(json, "description", shown.data, shown.len);
    json->buf->failed = json->buf->failed || shown.failed;
    ndup_buf_free(&shown);
    ndup_json_add_string(json, "check_name", rule);
    ndup_json_add_string(json, "fingerprint", fingerprint);
    ndup_json_add_string(json, "severity", severities[finding->level]);
    if (finding->location_count > 0)
        add_location(json, ndup_location_path(&finding->locations[0]), ndup_location_line(&finding->locations[0]));
    else
        add_location(json, "neardup", 1);
    ndup_json_end(json);
}

/* The format has no place for remarks, so this is a finding, too. */
static void add_capped(struct ndup_json_writer *json, const struct ndup_check_result *result, size_t shown)
{
    const struct ndup_finding *last = &result->findings[shown - 1];
    char text[128];
    snprintf(text, sizeof text, "Only the %zu costliest of %" PRIu64 " findings are in this report.", shown,
             result->findings_total);
    ndup_json_add_object(json, NULL, NDUP_JSON_SPACED);
    ndup_json_add_string(json, "description", text);
    ndup_json_add_string(json, "check_name", "capped");
    ndup_json_add_string(json, "fingerprint", "capped");
    ndup_json_add_string(json, "severity", "info");
    add_location(json, last->location_count > 0 ? ndup_location_path(&last->locations[0]) : "neardup", 1);
    ndup_json_end(json);
}

static bool write_check(FILE *out, const struct ndup_check_result *result)
{
    size_t shown = result->finding_count < MOST_FINDINGS ? result->finding_count : MOST_FINDINGS;
    size_t *numbers = ndup_alloc(shown + 1, sizeof *numbers);
    if (numbers == NULL || !number_twins(result, shown, numbers)) {
        free(numbers);
        errno = ENOMEM;
        return false;
    }
    struct ndup_sink sink = {.out = out};
    struct ndup_json_writer json;
    ndup_json_begin(&json, &sink.buf);
    if (shown > 0) {
        ndup_json_add_array(&json, NULL, NDUP_JSON_LINES);
        for (size_t i = 0; i < shown; i++) {
            add_finding(&json, &result->findings[i], numbers[i]);
            ndup_sink_pass(&sink);
        }
        if (shown < result->findings_total)
            add_capped(&json, result, shown);
        ndup_json_end(&json);
    } else {
        ndup_buf_append_str(&sink.buf, "[\n]"); /* unlike "[]", it is recognised as an earlier report */
    }
    ndup_buf_append_str(&sink.buf, "\n");
    free(numbers);
    return ndup_sink_close(&sink);
}

const struct ndup_report_format ndup_format_gitlab = {
    .name = "gitlab",
    .write_check = write_check,
    .check_marks = {{"[\n]\n", NULL}, {"[\n  {\"description\": ", NULL}},
};
