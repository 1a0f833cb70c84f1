/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/reporter.h"

#include <string.h>

const struct ndup_reporter ndup_reporters[] = {
    {"text",
     "for people: verdicts, the costliest findings, what to do",
     ndup_reporter_text,
     {"PASSED: ", "FAILED: ", "\x1b[32mPASSED: ", "\x1b[1;31mFAILED: "},
     " rule"},
    {"json", "everything, in a versioned schema", ndup_reporter_json, {"{\n  \"check\": 1,\n  \"neardup\": "}, NULL},
    {"markdown", "for the summary of a CI job", ndup_reporter_markdown, {"## neardup check: "}, NULL},
    {"html",
     "a page to look at in a browser",
     ndup_reporter_html,
     {"<!DOCTYPE html>\n"},
     "<title>neardup: neardup check: "},
    {"sarif",
     "SARIF 2.1.0, for code scanning",
     ndup_reporter_sarif,
     {"{\n  \"$schema\": "},
     "{\"tool\": {\"driver\": {\"name\": \"neardup\", "},
    {"junit",
     "JUnit XML, a test case for each rule",
     ndup_reporter_junit,
     {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"neardup\" "},
     NULL},
    {"github",
     "annotations of a GitHub workflow",
     ndup_reporter_github,
     {"::error title=neardup check::", "::notice title=neardup check::"},
     NULL},
    {"gitlab", "GitLab Code Quality", ndup_reporter_gitlab, {"[\n]\n", "[\n  {\"description\": "}, NULL},
    {NULL, NULL, NULL, {NULL}, NULL},
};

const struct ndup_reporter *ndup_reporter_find(const char *name)
{
    for (const struct ndup_reporter *reporter = ndup_reporters; reporter->name != NULL; reporter++) {
        if (strcmp(reporter->name, name) == 0)
            return reporter;
    }
    return NULL;
}

static bool holds(const char *head, size_t length, const char *words)
{
    return words == NULL || memmem(head, length, words, strlen(words)) != NULL;
}

bool ndup_reporter_wrote(const struct ndup_reporter *reporter, const char *head, size_t length)
{
    static const size_t most = sizeof reporter->begins / sizeof reporter->begins[0];
    if (length == 0)
        return true;
    for (size_t i = 0; i < most && reporter->begins[i] != NULL; i++) {
        size_t n = strlen(reporter->begins[i]);
        if (length >= n && memcmp(head, reporter->begins[i], n) == 0)
            return holds(head, length, reporter->holds);
    }
    return false;
}
