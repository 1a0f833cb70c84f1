/* SPDX-License-Identifier: MIT
 * Writers of a check's result. Each writes the whole report; false if the stream failed (errno says why) or memory (ENOMEM). */
#ifndef NDUP_CHECK_REPORTER_H
#define NDUP_CHECK_REPORTER_H

#include "base/platform.h"
#include "check/findings.h"

#include <stdio.h>

struct ndup_reporter {
    const char *name;  /* text, json, markdown, html, sarif, junit, github, gitlab */
    const char *about; /* for --help */
    bool (*write)(FILE *out, const struct ndup_check_result *result);
    const char *begins[4]; /* how a report of this format begins, in one of these ways; NULL: there are no more */
    const char *holds; /* what stands further on in its first NDUP_REPORTER_HEAD bytes; NULL: nothing that is sure */
};

#define NDUP_REPORTER_HEAD ((size_t)1 << 16)

extern const struct ndup_reporter ndup_reporters[]; /* .name NULL at the end */
const struct ndup_reporter *ndup_reporter_find(const char *name);

/* Whether head[0..length), of the beginning of a file or all of it, is what the reporter writes; so is an empty file, with
 * which nothing is lost. */
bool ndup_reporter_wrote(const struct ndup_reporter *reporter, const char *head, size_t length);

/* Of one reporter and file each; see the file of that name. */
bool ndup_reporter_text(FILE *out, const struct ndup_check_result *result);
bool ndup_reporter_json(FILE *out, const struct ndup_check_result *result);
bool ndup_reporter_markdown(FILE *out, const struct ndup_check_result *result);
bool ndup_reporter_html(FILE *out, const struct ndup_check_result *result);
bool ndup_reporter_sarif(FILE *out, const struct ndup_check_result *result);
bool ndup_reporter_junit(FILE *out, const struct ndup_check_result *result);
bool ndup_reporter_github(FILE *out, const struct ndup_check_result *result);
bool ndup_reporter_gitlab(FILE *out, const struct ndup_check_result *result);

#endif
