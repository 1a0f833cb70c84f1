/* SPDX-License-Identifier: MIT
 * A page: the JSON report with scripts that show it (page.h). */
#include "base/platform.h"

#include "base/error.h"
#include "report/report_formats.h"
#include "report/model.h"
#include "report/page.h"
#include "report/write.h"

#include <errno.h>

/* ---- runs -------------------------------------------------------------------------------------------------------- */

static neardup_status cannot_write(neardup_error *err)
{
    return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the report");
}

static neardup_status write_run(struct ndup_report_model *report, const struct ndup_report_run *run, FILE *out,
                                uint64_t *rows, neardup_error *err)
{
    struct ndup_sink sink = {.out = out, .put = ndup_page_data};
    (void)rows;
    NDUP_TRY(ndup_omitted_collect(report, run, err));
    errno = 0;
    if (!ndup_page_begin(out, NDUP_PAGE_REPORT, run->title))
        return cannot_write(err);
    NDUP_TRY(ndup_run_json(&sink, report, run, false, err));
    errno = 0;
    return ndup_page_end(out) ? NEARDUP_OK : cannot_write(err);
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* A browser scrolls through 2 000 findings without delay; the JSON report has the others. */
#define MOST_FINDINGS  2000
#define MOST_LOCATIONS 50 /* of each finding */

static bool write_check(FILE *out, const struct ndup_check_result *result)
{
    struct ndup_sink sink = {.out = out, .put = ndup_page_data};
    if (!ndup_page_begin(out, NDUP_PAGE_CHECK, result->passed ? "neardup check: passed" : "neardup check: failed"))
        return false;
    ndup_check_json(&sink, result, MOST_FINDINGS, MOST_LOCATIONS);
    return ndup_sink_close(&sink) && ndup_page_end(out);
}

const struct ndup_report_format ndup_format_html = {
    .name = "html",
    .suffixes = {".html", ".htm"},
    .write_run = write_run,
    .is_page = true,
    .run_marks = {{"<!DOCTYPE html>", "<title>neardup"}},
    .write_check = write_check,
    .check_marks = {{"<!DOCTYPE html>\n", "<title>neardup: neardup check: "}},
};
