/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/reporters/reporter.h"

#include <string.h>

const struct ndup_reporter ndup_reporters[] = {
    {"text", "for people: verdicts, the costliest findings, what to do", ndup_reporter_text},
    {"json", "everything, in a versioned schema", ndup_reporter_json},
    {"markdown", "for the summary of a CI job", ndup_reporter_markdown},
    {"html", "a page to look at in a browser", ndup_reporter_html},
    {"sarif", "SARIF 2.1.0, for code scanning", ndup_reporter_sarif},
    {"junit", "JUnit XML, a test case for each rule", ndup_reporter_junit},
    {"github", "annotations of a GitHub workflow", ndup_reporter_github},
    {"gitlab", "GitLab Code Quality", ndup_reporter_gitlab},
    {NULL, NULL, NULL},
};

const struct ndup_reporter *ndup_reporter_find(const char *name)
{
    for (const struct ndup_reporter *reporter = ndup_reporters; reporter->name != NULL; reporter++) {
        if (strcmp(reporter->name, name) == 0)
            return reporter;
    }
    return NULL;
}
