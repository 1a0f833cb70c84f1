/* SPDX-License-Identifier: MIT
 * Workflow commands, which GitHub shows as annotations. It shows ten of each level per step, so no more are written:
 * the verdict first, then the costliest findings. */
#include "base/platform.h"

#include "report/report_formats.h"
#include "report/write.h"
#include "term/number.h"

#include <inttypes.h>
#include <string.h>

#define MOST_ANNOTATIONS 10
#define MOST_PLACES      3

/* Control characters are replaced: they would reach the log unchanged, and a terminal could execute them. So are those
 * that reorder or hide text. */
static void escape(struct ndup_buf *buf, const char *text, bool property)
{
    size_t length = strlen(text);
    while (length > 0) {
        uint32_t code;
        size_t n = ndup_next_character(text, length, &code);
        if (code == '%' || code == '\r' || code == '\n' || (property && (code == ':' || code == ',')))
            ndup_buf_printf(buf, "%%%02X", (unsigned)code);
        else
            ndup_append_character(buf, code == '\t' ? code : ndup_shown_character(code));
        text += n;
        length -= n;
    }
}

static void write_places(struct ndup_buf *buf, const struct ndup_finding *finding)
{
    if (finding->location_count < 2)
        return;
    size_t shown = finding->location_count - 1 < MOST_PLACES ? finding->location_count - 1 : MOST_PLACES;
    for (size_t i = 1; i <= shown; i++) {
        const struct ndup_location *location = &finding->locations[i];
        ndup_buf_append_str(buf, i == 1 ? "%0AAlso: " : ", ");
        escape(buf, ndup_location_path(location), false);
        ndup_buf_printf(buf, ":%" PRIu64, ndup_location_line(location));
    }
    if (finding->locations_total > shown + 1)
        ndup_buf_printf(buf, " and %s more", ndup_number_group(finding->locations_total - shown - 1).text);
}

static void write_finding(struct ndup_buf *buf, const char *command, const struct ndup_finding *finding)
{
    ndup_buf_printf(buf, "::%s ", command);
    if (finding->location_count > 0) {
        ndup_buf_append_str(buf, "file=");
        escape(buf, ndup_location_path(&finding->locations[0]), true);
        ndup_buf_printf(buf, ",line=%" PRIu64 ",", ndup_location_line(&finding->locations[0]));
    }
    ndup_buf_printf(buf, "title=neardup %s::", ndup_rule_info(finding->rule)->id);
    escape(buf, finding->message, false);
    write_places(buf, finding);
    ndup_buf_append_str(buf, "\n");
}

/* The annotation that the page of the workflow run shows first. */
static void write_summary(struct ndup_buf *buf, const struct ndup_check_result *result, uint64_t left_out)
{
    ndup_buf_printf(buf, "::%s title=neardup check::", result->passed ? "notice" : "error");
    ndup_check_headline(buf, result);
    for (size_t i = 0; i < result->verdict_count; i++) {
        if (result->verdicts[i].violated || result->passed) {
            ndup_buf_append_str(buf, "%0A");
            escape(buf, result->verdicts[i].message, false);
        }
    }
    ndup_check_unread(buf, result, "%0A", ".");
    if (left_out > 0)
        ndup_buf_printf(buf, "%%0A%s more findings have no annotation.", ndup_number_group(left_out).text);
    ndup_buf_append_str(buf, "\n");
}

static bool write_check(FILE *out, const struct ndup_check_result *result)
{
    static const char *const commands[] = {
        [NDUP_LEVEL_ERROR] = "error", [NDUP_LEVEL_WARNING] = "warning", [NDUP_LEVEL_NOTE] = "notice"};
    unsigned used[3] = {0};
    struct ndup_sink sink = {.out = out};
    struct ndup_buf annotations = NDUP_BUF_INIT;
    uint64_t written = 0;
    uint64_t known = 0;
    used[result->passed ? NDUP_LEVEL_NOTE : NDUP_LEVEL_ERROR]++;
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct ndup_finding *finding = &result->findings[i];
        if (ndup_finding_is_known(result, finding)) {
            known++;
        } else if (used[finding->level] < MOST_ANNOTATIONS) {
            used[finding->level]++;
            written++;
            write_finding(&annotations, commands[finding->level], finding);
        }
    }
    write_summary(&sink.buf, result, result->findings_total - written - known);
    ndup_buf_append(&sink.buf, annotations.data, annotations.len);
    sink.buf.failed = sink.buf.failed || annotations.failed;
    ndup_buf_free(&annotations);
    return ndup_sink_close(&sink);
}

const struct ndup_report_format ndup_format_github = {
    .name = "github",
    .write_check = write_check,
    .check_marks = {{"::error title=neardup check::", NULL}, {"::notice title=neardup check::", NULL}},
};
