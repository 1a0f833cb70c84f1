/* SPDX-License-Identifier: MIT
 * The page of a check is the JSON report with something to look at it. */
#include "base/platform.h"

#include "report/report_json.h"
#include "report/reporter.h"
#include "report/page.h"

#include <errno.h>

/* A browser has no trouble with so many; what is left out stands in the JSON report. */
#define MOST_FINDINGS 2000
#define MOST_PLACES   50 /* of each */

bool ndup_reporter_html(FILE *out, const struct ndup_check_result *result)
{
    if (!ndup_page_begin(out, NDUP_PAGE_CHECK, result->passed ? "neardup check: passed" : "neardup check: failed"))
        return false;
    struct ndup_report_writer writer;
    ndup_report_begin(&writer, out, ndup_page_data);
    ndup_report_json_object(&writer, result, MOST_FINDINGS, MOST_PLACES);
    return ndup_report_end(&writer) && ndup_page_end(out);
}
