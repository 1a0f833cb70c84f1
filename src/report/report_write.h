/* SPDX-License-Identifier: MIT
 * What the writers of a check's result have in common: a buffer in front of the stream, and texts of any bytes made fit for
 * the format. */
#ifndef NDUP_REPORT_WRITE_H
#define NDUP_REPORT_WRITE_H

#include "base/buf.h"
#include "base/platform.h"
#include "check/findings.h"

#include <stdio.h>

typedef bool (*ndup_report_put)(FILE *out, const char *bytes, size_t length);

struct ndup_report_writer {
    FILE *out;
    ndup_report_put put;
    struct ndup_buf buf;
    bool failed;
    int failed_errno;
};

/* put: how bytes reach the stream; NULL: as they are. */
void ndup_report_begin(struct ndup_report_writer *writer, FILE *out, ndup_report_put put);
/* Between two findings: passes on what has gathered, so that memory does not grow with their number. */
void ndup_report_pass(struct ndup_report_writer *writer);
/* Passes on the rest and frees the buffer; false if anything failed since the beginning, errno says why. */
bool ndup_report_end(struct ndup_report_writer *writer);

/* The next character of text[0..length), length > 0: its bytes. *code is U+FFFD where they are no character. */
size_t ndup_report_next(const char *text, size_t length, uint32_t *code);
void ndup_report_utf8(struct ndup_buf *buf, uint32_t code);

/* The path of a place as those who annotate files name it: "train.jsonl" of "./train.jsonl". */
const char *ndup_report_path(const struct ndup_location *location);
/* Lines are counted from 1 everywhere; a place without one is the first. */
uint64_t ndup_report_line(const struct ndup_location *location);
/* A path as URI: percent-encoded; relative, or file:// and absolute. */
void ndup_report_uri(struct ndup_buf *buf, const char *path);

const char *ndup_level_name(enum ndup_finding_level level); /* "error", "warning", "note" */

/* Its message, or if it is empty, which those who read reports refuse, what its rule is about. */
const char *ndup_finding_message(const struct ndup_finding *finding);

/* Whether it is one of those by which the rule is measured. */
bool ndup_finding_counts(const struct ndup_finding *finding, enum ndup_rule rule);

/* Whether it is tolerated by a baseline: told where all is told, left out where only some fit. */
bool ndup_finding_is_known(const struct ndup_check_result *result, const struct ndup_finding *finding);

/* "FAILED: 2 of 3 rules are violated". Ours: ASCII and without anything that a format escapes. */
void ndup_report_headline(struct ndup_buf *buf, const struct ndup_check_result *result);

#endif
