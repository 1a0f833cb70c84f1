/* SPDX-License-Identifier: MIT
 * GitLab Code Quality: an array of findings with a place, a severity and a fingerprint, by which two pipelines are compared. */
#include "base/platform.h"

#include "report/formats.h"
#include "report/write.h"
#include "run/json_write.h"

#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FINDINGS 5000

/* Two findings may be about the same text, such as a text that stands in two splits, but GitLab keeps one of each fingerprint.
 * The second one gets a number. */
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

/* numbers[i]: how many findings before i are about the same rule and text. */
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

static void write_place(struct ndup_buf *buf, const char *path, uint64_t line)
{
    ndup_buf_append_str(buf, "\"location\": {\"path\": ");
    ndup_json_write_string(buf, path, strlen(path));
    ndup_buf_printf(buf, ", \"lines\": {\"begin\": %" PRIu64 "}}}", line);
}

static void write_finding(struct ndup_buf *buf, const struct ndup_finding *finding, size_t number)
{
    static const char *const severities[] = {
        [NDUP_LEVEL_ERROR] = "major", [NDUP_LEVEL_WARNING] = "minor", [NDUP_LEVEL_NOTE] = "info"};
    const char *rule = ndup_rule_info(finding->rule)->id;
    const char *message = ndup_finding_message(finding);
    ndup_buf_append_str(buf, "  {\"description\": ");
    ndup_json_write_string(buf, message, strlen(message));
    ndup_buf_printf(buf, ", \"check_name\": \"%s\", \"fingerprint\": \"%s-%s", rule, rule, finding->fingerprint);
    if (number > 0)
        ndup_buf_printf(buf, "-%zu", number + 1);
    ndup_buf_printf(buf, "\", \"severity\": \"%s\", ", severities[finding->level]);
    if (finding->location_count > 0)
        write_place(buf, ndup_location_path(&finding->locations[0]), ndup_location_line(&finding->locations[0]));
    else
        write_place(buf, "neardup", 1);
}

/* The format has no place for remarks but a finding. */
static void write_capped(struct ndup_buf *buf, const struct ndup_check_result *result, size_t shown)
{
    ndup_buf_printf(buf,
                    ",\n  {\"description\": \"Only the %zu costliest of %" PRIu64
                    " findings are in this report.\", \"check_name\": \"capped\", \"fingerprint\": \"capped\", "
                    "\"severity\": \"info\", ",
                    shown, result->findings_total);
    const struct ndup_finding *last = &result->findings[shown - 1];
    write_place(buf, last->location_count > 0 ? ndup_location_path(&last->locations[0]) : "neardup", 1);
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
    ndup_buf_append_str(&sink.buf, "[\n");
    for (size_t i = 0; i < shown; i++) {
        if (i > 0)
            ndup_buf_append_str(&sink.buf, ",\n");
        write_finding(&sink.buf, &result->findings[i], numbers[i]);
        ndup_sink_pass(&sink);
    }
    if (shown > 0 && shown < result->findings_total)
        write_capped(&sink.buf, result, shown);
    ndup_buf_append_str(&sink.buf, shown > 0 ? "\n]\n" : "]\n");
    free(numbers);
    return ndup_sink_close(&sink);
}

const struct ndup_report_format ndup_format_gitlab = {
    .name = "gitlab",
    .write_check = write_check,
    .check_marks = {{"[\n]\n", NULL}, {"[\n  {\"description\": ", NULL}},
};
