/* SPDX-License-Identifier: MIT
 * What the reporters of a check write, literally; tests/reports reads all of it as CI systems do. */
#include "base/platform.h"

#include "report/report_formats.h"
#include "report/write.h"
#include "support/check_results.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One finding with two places, about exact duplicates. */
static struct ndup_check_result one_finding(char *message, struct ndup_location *places, struct ndup_finding *finding)
{
    *finding = (struct ndup_finding){.rule = NDUP_RULE_EXACT,
                                     .level = NDUP_LEVEL_WARNING,
                                     .is_new = true,
                                     .message = message,
                                     .fingerprint = "0123456789abcdef0123456789abcdef",
                                     .locations = places,
                                     .location_count = 2,
                                     .locations_total = 5,
                                     .cost = 1234};
    return (struct ndup_check_result){.findings = finding, .finding_count = 1, .findings_total = 1, .passed = true};
}

static void expect_report(const char *format, const struct ndup_check_result *result, const char *expected)
{
    char *written = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&written, &length);
    cr_assert_not_null(out);
    cr_assert(ndup_check_format_find(format)->write_check(out, result));
    fclose(out);
    cr_expect_str_eq(written, expected);
    free(written);
}

static char message[] = "50%: a, b\nc";
static char first_file[] = "./a, b:c.jsonl";
static char second_file[] = "d.jsonl";
static char id[] = "x";

static struct ndup_location places[] = {{.file = first_file, .line = 0, .id = id},
                                        {.file = second_file, .line = 7, .score = 0.9999999, .reason = NEARDUP_NEAR}};

Test(reports, github)
{
    struct ndup_finding finding;
    struct ndup_check_result result = one_finding(message, places, &finding);
    expect_report("github", &result,
                  "::notice title=neardup check::PASSED: no rule has a limit\n"
                  "::warning file=a%2C b%3Ac.jsonl,line=1,title=neardup exact-duplicates::50%25: a, b%0Ac%0AAlso: "
                  "d.jsonl:7 and 3 more\n");
}

Test(reports, gitlab)
{
    struct ndup_finding finding;
    struct ndup_check_result result = one_finding(message, places, &finding);
    expect_report("gitlab", &result,
                  "[\n"
                  "  {\"description\": \"50%: a, b\\nc\", \"check_name\": \"exact-duplicates\", \"fingerprint\": "
                  "\"exact-duplicates-0123456789abcdef0123456789abcdef\", \"severity\": \"minor\", \"location\": "
                  "{\"path\": \"a, b:c.jsonl\", \"lines\": {\"begin\": 1}}}\n"
                  "]\n");
}

Test(reports, junit)
{
    struct ndup_finding finding;
    struct ndup_check_result result = one_finding(message, places, &finding);
    char broken[] = "3 < 4 & \"5\"";
    struct ndup_rule_verdict verdicts[] = {{.rule = NDUP_RULE_EXACT, .violated = true, .message = broken},
                                           {.rule = NDUP_RULE_EMPTY, .message = broken}};
    result.verdicts = verdicts;
    result.verdict_count = 2;
    result.violated = 1;
    result.passed = false;
    expect_report("junit", &result,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<testsuites name=\"neardup\" tests=\"2\" failures=\"1\" errors=\"0\">\n"
                  "  <testsuite name=\"neardup check\" tests=\"2\" failures=\"1\" errors=\"0\">\n"
                  "    <testcase classname=\"neardup.check\" name=\"exact-duplicates\">\n"
                  "      <failure type=\"violated\" message=\"3 &#60; 4 &#38; &#34;5&#34;\">a, b:c.jsonl:1: 50%: a, "
                  "b&#10;c\n"
                  "The texts differ only in case, spacing and typographic punctuation. Keep one of each, for "
                  "instance with `neardup dedup`, or raise `--max-exact`.</failure>\n"
                  "    </testcase>\n"
                  "    <testcase classname=\"neardup.check\" name=\"empty-records\"/>\n"
                  "  </testsuite>\n"
                  "</testsuites>\n");
}

Test(reports, text)
{
    struct ndup_finding finding;
    struct ndup_check_result result = one_finding(message, places, &finding);
    result.colour = NDUP_TERM_NEVER;
    result.findings_total = 1200;
    expect_report("text", &result,
                  "PASSED: no rule has a limit\n"
                  "\n"
                  "Findings, the costliest first\n"
                  "  warning  50%: a, b\\nc\n"
                  "           ./a, b:c.jsonl  x\n"
                  "           d.jsonl:7  near 0.999999\n"
                  "           and 3 more\n"
                  "  and 1 199 more; --report json:FILE has the costliest\n");
}

Test(reports, markdown)
{
    struct ndup_finding finding;
    struct ndup_check_result result = one_finding(message, places, &finding);
    expect_report("markdown", &result,
                  "## neardup check: passed\n"
                  "\n"
                  "No rule has a limit.\n"
                  "\n"
                  "### Findings, the costliest first\n"
                  "\n"
                  "| | finding | places | tokens |\n"
                  "|---|---|---|---:|\n"
                  "| warning | 50%: a, b c | <code>a, b\\:c.jsonl</code> x<br><code>d.jsonl:7</code> (near "
                  "0.999999)<br>and 3 more | 1 234 |\n"
                  "\n");
}

Test(reports, known_findings_are_not_annotated)
{
    struct ndup_finding finding;
    struct ndup_check_result result = one_finding(message, places, &finding);
    finding.is_new = false;
    result.has_baseline = true;
    expect_report("github", &result, "::notice title=neardup check::PASSED: no rule has a limit\n");
    finding.level = NDUP_LEVEL_ERROR;
    cr_expect_not(ndup_finding_is_known(&result, &finding));
}

static void expect_uri(const char *path, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_append_uri(&buf, path);
    ndup_buf_append(&buf, "", 1);
    cr_expect_str_eq(buf.data, expected);
    ndup_buf_free(&buf);
}

Test(reports, uri)
{
    expect_uri("a/b.jsonl", "a/b.jsonl");
    expect_uri(".//a", "a");
    expect_uri("a:b?c#d%", "a%3Ab%3Fc%23d%25");
    expect_uri("/tmp/ü \xff", "file:///tmp/%C3%BC%20%FF");
}

Test(reports, names)
{
    cr_expect_null(ndup_check_format_find("xml"));
    cr_expect_null(ndup_check_format_find(""));
    for (size_t i = 0; i < NDUP_RULE_COUNT; i++) {
        const struct ndup_rule_info *info = ndup_rule_info((enum ndup_rule)i);
        cr_expect(info->id != NULL && info->name != NULL && info->summary != NULL && info->help != NULL);
    }
}

/* Whether a file is an earlier report is seen by its beginning: of every result, in its own format and in no other. */
Test(reports, know_their_own)
{
    for (const char *const *name = check_results_names; *name != NULL; name++) {
        struct ndup_check_result result;
        cr_assert(check_results_make(*name, &result));
        for (const struct ndup_report_format *const *by = ndup_check_formats; *by != NULL; by++) {
            for (int colour = 0; colour < 2; colour++) {
                char *written = NULL;
                size_t length = 0;
                FILE *out = open_memstream(&written, &length);
                result.colour = colour ? NDUP_TERM_ALWAYS : NDUP_TERM_NEVER;
                cr_assert((*by)->write_check(out, &result));
                fclose(out);
                length = length < NDUP_REPORT_HEAD ? length : NDUP_REPORT_HEAD;
                for (const struct ndup_report_format *const *other = ndup_check_formats; *other != NULL; other++)
                    cr_expect_eq(ndup_check_format_wrote(*other, written, length), *other == *by, "%s, %s, %s", *name,
                                 (*by)->name, (*other)->name);
                free(written);
            }
        }
        ndup_check_result_free(&result);
    }
}

Test(reports, know_what_is_not_theirs)
{
    static const char *const texts[] = {
        "{\"text\": \"x\"}\n",
        "[\n  {\n",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pytest\">",
        "[",
        "FAILED",
        "PASSED: all tests\n",
        "## neardup",
        "<!DOCTYPE html>\n<title>x</title>",
        "{\n  \"$schema\": \"x\", \"runs\": []}",
    };
    for (const struct ndup_report_format *const *f = ndup_check_formats; *f != NULL; f++) {
        cr_expect(ndup_check_format_wrote(*f, "", 0));
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            cr_expect_not(ndup_check_format_wrote(*f, texts[i], strlen(texts[i])), "%s: %s", (*f)->name, texts[i]);
    }
}

/* A full disk is reported, whatever the size of the report. */
Test(reports, full)
{
    const char *const results[] = {"typical", "many"};
    for (size_t i = 0; i < 2; i++) {
        struct ndup_check_result result;
        cr_assert(check_results_make(results[i], &result));
        for (const struct ndup_report_format *const *f = ndup_check_formats; *f != NULL; f++) {
            FILE *out = fopen("/dev/full", "w");
            cr_assert_not_null(out);
            setvbuf(out, NULL, _IONBF, 0);
            errno = 0;
            cr_expect_not((*f)->write_check(out, &result), "%s", (*f)->name);
            cr_expect_eq(errno, ENOSPC, "%s", (*f)->name);
            fclose(out);
        }
        ndup_check_result_free(&result);
        cr_expect_null(result.findings);
    }
}
