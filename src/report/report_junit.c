/* SPDX-License-Identifier: MIT
 * JUnit XML: one test case per requested rule, because rules pass or fail, not documents. */
#include "base/platform.h"

#include "report/report_formats.h"
#include "report/write.h"

#include <inttypes.h>
#include <string.h>

#define MOST_FINDINGS 50 /* of a rule: test reports show the message of a failure as one block of text */

/* Characters that XML 1.0 forbids, even as character references, and those that reorder or hide text. */
static bool is_forbidden(uint32_t code)
{
    bool space = code == '\t' || code == '\n' || code == '\r';
    return (ndup_shown_character(code) == 0xfffd && !space) || code == 0xfffe || code == 0xffff;
}

static void escape(struct ndup_buf *buf, const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        uint32_t code;
        size_t n = ndup_next_character(text, length, &code);
        if (is_forbidden(code))
            ndup_append_character(buf, 0xfffd);
        else if (code < 0x20 || code == '"' || code == '&' || code == '\'' || code == '<' || code == '>')
            ndup_buf_printf(buf, "&#%u;", (unsigned)code);
        else
            ndup_append_character(buf, code);
        text += n;
        length -= n;
    }
}

/* A finding that counts for several violated rules is listed with each of them, so that every failure has its
 * reason. */
static void write_body(struct ndup_buf *buf, const struct ndup_check_result *result,
                       const struct ndup_rule_verdict *verdict)
{
    size_t written = 0;
    uint64_t left_out = 0;
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct ndup_finding *finding = &result->findings[i];
        if (!ndup_finding_counts(finding, verdict->rule) || ndup_finding_is_known(result, finding))
            continue;
        if (written == MOST_FINDINGS) {
            left_out++;
            continue;
        }
        written++;
        if (finding->location_count > 0) {
            escape(buf, ndup_location_path(&finding->locations[0]));
            ndup_buf_printf(buf, ":%" PRIu64 ": ", ndup_location_line(&finding->locations[0]));
        }
        escape(buf, finding->message);
        ndup_buf_append_str(buf, "\n");
    }
    if (left_out > 0)
        ndup_buf_printf(buf, "and %" PRIu64 " more\n", left_out);
    if (result->findings_total > result->finding_count)
        ndup_buf_printf(buf, "Only the %zu costliest of %" PRIu64 " findings of all rules are in this report.\n",
                        result->finding_count, result->findings_total);
    escape(buf, ndup_rule_info(verdict->rule)->help);
}

static void write_case(struct ndup_buf *buf, const struct ndup_check_result *result,
                       const struct ndup_rule_verdict *verdict)
{
    ndup_buf_printf(buf, "    <testcase classname=\"neardup.check\" name=\"%s\"", ndup_rule_info(verdict->rule)->id);
    if (!verdict->violated) {
        ndup_buf_append_str(buf, "/>\n");
        return;
    }
    ndup_buf_append_str(buf, ">\n      <failure type=\"violated\" message=\"");
    escape(buf, verdict->message);
    ndup_buf_append_str(buf, "\">");
    write_body(buf, result, verdict);
    ndup_buf_append_str(buf, "</failure>\n    </testcase>\n");
}

static bool write_check(FILE *out, const struct ndup_check_result *result)
{
    struct ndup_sink sink = {.out = out};
    struct ndup_buf *buf = &sink.buf;
    ndup_buf_append_str(buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    ndup_buf_printf(buf, "<testsuites name=\"neardup\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
                    result->verdict_count, result->violated);
    ndup_buf_printf(buf, "  <testsuite name=\"neardup check\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
                    result->verdict_count, result->violated);
    for (size_t i = 0; i < result->verdict_count; i++) {
        write_case(buf, result, &result->verdicts[i]);
        ndup_sink_pass(&sink);
    }
    struct ndup_buf unread = NDUP_BUF_INIT; /* the suite may have one system-out */
    ndup_check_unread(&unread, result, "", ".\n");
    if (unread.len > 0)
        ndup_buf_printf(buf, "    <system-out>%.*s    </system-out>\n", (int)unread.len, unread.data);
    buf->failed = buf->failed || unread.failed;
    ndup_buf_free(&unread);
    ndup_buf_append_str(buf, "  </testsuite>\n</testsuites>\n");
    return ndup_sink_close(&sink);
}

const struct ndup_report_format ndup_format_junit = {
    .name = "junit",
    .write_check = write_check,
    .check_marks = {{"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"neardup\" ", NULL}},
};
