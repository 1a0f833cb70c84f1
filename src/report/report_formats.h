/* SPDX-License-Identifier: MIT
 * The formats of reports, in one table. `report` writes a run, `check` writes its verdict.
 *
 * To add a format, touch two files:
 *
 *   1. src/report/report_NAME.c: define `const struct ndup_report_format ndup_format_NAME`, with a function for each
 *      subject that the format can write. report_csv.c is a short one for runs, report_junit.c for checks;
 *      report_markdown.c has both. write.h has what they share.
 *   2. Here: add its row to NDUP_REPORT_FORMATS. The row says which subjects the format writes.
 *
 * Options, help, completion, file names (-o report.NAME) and the recognition of earlier reports follow from that.
 * Tests: tests/unit/test_check_reports.c (bytes, full disk, recognition) runs over the table by itself; add a case
 * to tests/cli. */
#ifndef NDUP_REPORT_FORMATS_H
#define NDUP_REPORT_FORMATS_H

#include "base/platform.h"
#include "check/findings.h"
#include "neardup.h"
#include "report/report.h"

#include <stdio.h>

/* Lists in help and messages have this order. */
/* clang-format off */
#define NDUP_REPORT_FORMATS(ROW) \
    /*  name      run  check */ \
    ROW(text,     0,   1) \
    ROW(json,     1,   1) \
    ROW(html,     1,   1) \
    ROW(markdown, 1,   1) \
    ROW(csv,      1,   0) \
    ROW(sarif,    0,   1) \
    ROW(junit,    0,   1) \
    ROW(github,   0,   1) \
    ROW(gitlab,   0,   1)
/* clang-format on */

/* How a report of a format begins. An existing file that begins so may be replaced, and is not read as an input. */
struct ndup_report_mark {
    const char *begins;
    const char *holds; /* further on in the first NDUP_REPORT_HEAD bytes; NULL: `begins` is enough */
};
#define NDUP_REPORT_MARKS 4
#define NDUP_REPORT_HEAD  ((size_t)1 << 16)

struct ndup_report_format {
    const char *name;
    const char *suffixes[3]; /* of file names by which -o understands the format; NULL: no more */

    /* Writes a run. E_IO with errno if the stream fails (EPIPE: its reader left), and what run->replay returns.
     * *rows gets the number of rows of a table. */
    neardup_status (*write_run)(struct ndup_report_model *report, const struct ndup_report_run *run, FILE *out,
                                uint64_t *rows, neardup_error *err);
    bool is_table; /* write_run needs no model (NULL) and has no texts: it writes all clusters as they come */
    bool is_page;  /* for a browser, not for a terminal */
    uint64_t clusters, members; /* stored for write_run, whatever the options say; 0: as they say */
    struct ndup_report_mark run_marks[NDUP_REPORT_MARKS];

    /* Writes the result of a check. False if the stream failed (errno has the reason) or memory (ENOMEM). */
    bool (*write_check)(FILE *out, const struct ndup_check_result *result);
    struct ndup_report_mark check_marks[NDUP_REPORT_MARKS];
};

#define NDUP_DECLARE_FORMAT(name, run, check) extern const struct ndup_report_format ndup_format_##name;
NDUP_REPORT_FORMATS(NDUP_DECLARE_FORMAT)
#undef NDUP_DECLARE_FORMAT

/* NULL at the end. */
extern const struct ndup_report_format *const ndup_run_formats[];
extern const struct ndup_report_format *const ndup_check_formats[];
/* The words of report --format, NULL at the end; the first is "auto", which follows the name of the file. */
extern const char *const ndup_run_format_words[];

/* The format of a run by the suffix of its file; html for no file (NULL) and for any other name. */
const struct ndup_report_format *ndup_run_format_of(const char *path);
/* NULL: none of the formats for checks has this name. */
const struct ndup_report_format *ndup_check_format_find(const char *name);

/* Whether head[0..length), the beginning of a file or all of it, is an earlier report of a check in this format. An
 * empty file is, too: replacing it loses nothing. */
bool ndup_check_format_wrote(const struct ndup_report_format *format, const char *head, size_t length);
/* Whether it is an earlier report of any kind and format. */
bool ndup_report_is_earlier(const char *head, size_t length);

#endif
