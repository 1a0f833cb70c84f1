/* SPDX-License-Identifier: MIT
 * What the formats share: a buffer in front of the stream, text of any bytes made fit for a file, and the parts of a
 * check's result that every format shows. */
#ifndef NDUP_REPORT_WRITE_H
#define NDUP_REPORT_WRITE_H

#include "base/buf.h"
#include "base/platform.h"
#include "check/findings.h"
#include "report/report.h"

#include <stdio.h>

/* ---- the stream -------------------------------------------------------------------------------------------------- */

typedef bool ndup_sink_put(FILE *out, const char *bytes, size_t length);

/* Writers append to `buf` and call ndup_sink_pass between two items, so that memory does not grow with their number. */
struct ndup_sink {
    FILE *out;
    ndup_sink_put *put; /* how bytes reach the stream; NULL: unchanged */
    struct ndup_buf buf;
    bool failed;
    int sys_errno;
};

/* Writes the buffer if it has grown. False: that failed, now or before. */
bool ndup_sink_pass(struct ndup_sink *sink);
/* Writes the buffer and frees it. False if anything failed since the beginning; errno has the reason. */
bool ndup_sink_close(struct ndup_sink *sink);
/* The same with a message. */
neardup_status ndup_sink_end(struct ndup_sink *sink, neardup_error *err) NDUP_MUST_CHECK;

/* ---- text -------------------------------------------------------------------------------------------------------- */

/* These make text of a corpus safe in files that people read with other programs, in any locale: no control
 * character, and none that reorders or hides what surrounds it. */

/* Appends one line of at most `most` bytes as a Markdown code span: in it Markdown knows no markup, HTML, links or mentions. */
void ndup_markdown_code(struct ndup_buf *buf, const char *text, size_t length, size_t most);
/* Length of the longest beginning of the text that has only whole characters and at most `most` bytes. */
size_t ndup_plain_cut(const char *text, size_t length, size_t most);

/* Reads the next character of text[0..length), length > 0, and returns its bytes. *code is U+FFFD if they are
 * invalid. */
size_t ndup_next_character(const char *text, size_t length, uint32_t *code);
void ndup_append_character(struct ndup_buf *buf, uint32_t code);

/* What reports for people show of a character: U+FFFD for one that controls, reorders or hides text. */
uint32_t ndup_shown_character(uint32_t code);

/* Appends a message as people may see it, with its line breaks and tabs. */
void ndup_append_shown(struct ndup_buf *buf, const char *text);

/* "documents", "paragraphs" or "lines"; the singular if count is 1. */
const char *ndup_units_name(neardup_unit unit, uint64_t count);

/* ---- results of checks ------------------------------------------------------------------------------------------- */

/* The path of a location for annotations: "train.jsonl" for "./train.jsonl". */
const char *ndup_location_path(const struct ndup_location *location);
/* Its line. Annotations count lines from 1; a location without one gets the first. */
uint64_t ndup_location_line(const struct ndup_location *location);
/* Appends a path as URI: percent-encoded; relative, or file:// and absolute. */
void ndup_append_uri(struct ndup_buf *buf, const char *path);

const char *ndup_finding_level_name(enum ndup_finding_level level); /* "error", "warning", "note" */

/* The message of a finding. If it is empty, which CI services reject, the summary of its rule. */
const char *ndup_finding_message(const struct ndup_finding *finding);

/* Whether the measure of this rule counts the finding. */
bool ndup_finding_counts(const struct ndup_finding *finding, enum ndup_rule rule);

/* Whether a baseline tolerates it: formats that list everything list it, formats with little room leave it out. */
bool ndup_finding_is_known(const struct ndup_check_result *result, const struct ndup_finding *finding);

/* "FAILED: 2 of 3 rules violated". ASCII, without any character that a format has to escape. */
void ndup_check_headline(struct ndup_buf *buf, const struct ndup_check_result *result);

/* Says what no rule was applied to, since it could not be read: up to two sentences, each between `before` and `after`. Nothing if
 * all was read. */
void ndup_check_unread(struct ndup_buf *buf, const struct ndup_check_result *result, const char *before,
                       const char *after);

/* ---- JSON of a page (report_json.c) ------------------------------------------------------------------------------ */

/* Writes a run as one JSON object and closes the sink. all: all clusters, not only the stored ones. */
neardup_status ndup_run_json(struct ndup_sink *sink, struct ndup_report_model *report,
                             const struct ndup_report_run *run, bool all, neardup_error *err) NDUP_MUST_CHECK;
/* Writes the result of a check as one JSON object, with at most this many findings and locations of each. */
void ndup_check_json(struct ndup_sink *sink, const struct ndup_check_result *result, size_t findings, size_t locations);

#endif
