/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "support/check_results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const check_results_names[] = {"empty", "passed", "typical", "hostile", "random", "capped", "many", NULL};

const char *const check_results_hostile[] = {
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a|b||c\\|d",
    "new\nline\r\n::error::injected",
    "##[error]old style",
    "100%0A::set-output name=passed::true",
    "@octocat and @org/team, fixes #1, org/repo#2",
    "[click](javascript:alert(1)) ![x](http://example.org/x.png) {0} {{1}}",
    "`code` *bold* _it_ ~~gone~~ $x$ https://example.org www.example.org",
    "\"double\" 'single' & &amp; &#0; ]]>",
    "\x01\x02\x1b[31mred\x1b[0m\x7f\xc2\x85",
    "bad \xff\xfe utf-8 \xc3(\xe2\x82",
    "\xe2\x80\xaeright-to-left\xe2\x80\xa8line\xe2\x80\xa9paragraph",
    "\xef\xbf\xbe\xef\xbf\xbf\xef\xbb\xbf",
    "C:\\data\\x,y;z=1 [1] (2)",
    "日本語 ελληνικά 🙂",
    "",
    "-- > <!-- --> ?> <?xml",
    NULL,
};

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

static void *need(void *pointer)
{
    if (pointer == NULL)
        exit(3);
    return pointer;
}

static char *text(const char *value)
{
    return need(strdup(value));
}

static struct ndup_rule_verdict verdict(enum ndup_rule rule, bool violated, double limit, bool percent, uint64_t part,
                                        uint64_t whole, const char *what, const char *message)
{
    return (struct ndup_rule_verdict){.rule = rule,
                                      .violated = violated,
                                      .limit = {true, percent, limit},
                                      .part = part,
                                      .whole = whole,
                                      .what = what,
                                      .message = text(message)};
}

static struct ndup_finding finding(enum ndup_rule rule, enum ndup_finding_level level, bool is_new, uint64_t cost,
                                   const char *message, uint64_t print, size_t room)
{
    struct ndup_finding made = {.rule = rule,
                                .level = level,
                                .is_new = is_new,
                                .message = text(message),
                                .locations = need(calloc(room + 1, sizeof(struct ndup_location))),
                                .cost = cost};
    snprintf(made.fingerprint, sizeof made.fingerprint, "%032llx", (unsigned long long)print);
    return made;
}

static void place(struct ndup_finding *to, const char *file, uint64_t line, const char *id, double score,
                  neardup_reason reason)
{
    to->locations[to->location_count++] = (struct ndup_location){
        .file = text(file), .line = line, .id = id != NULL ? text(id) : NULL, .score = score, .reason = reason};
    to->locations_total++;
}

static void room(struct ndup_check_result *result, size_t verdicts, size_t findings)
{
    result->verdicts = need(calloc(verdicts + 1, sizeof *result->verdicts));
    result->findings = need(calloc(findings + 1, sizeof *result->findings));
}

static void add_verdict(struct ndup_check_result *result, struct ndup_rule_verdict made)
{
    result->verdicts[result->verdict_count++] = made;
    result->violated += made.violated ? 1 : 0;
    result->passed = result->violated == 0;
}

static void add(struct ndup_check_result *result, struct ndup_finding made)
{
    result->findings[result->finding_count++] = made;
    result->findings_total++;
}

static void splits(struct ndup_check_result *result, const char *const *names, size_t count)
{
    result->split_names = need(calloc(count, sizeof *result->split_names));
    result->split_documents = need(calloc(count, sizeof *result->split_documents));
    result->leaks = need(calloc(count * count, sizeof *result->leaks));
    result->split_count = count;
    for (size_t i = 0; i < count; i++) {
        result->split_names[i] = text(names[i]);
        result->split_documents[i] = 1000 / (i + 1);
    }
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static const neardup_summary summary = {.files = 2,
                                        .records = 1000,
                                        .documents = 996,
                                        .empty = 3,
                                        .invalid = 1,
                                        .text_bytes = 1234567,
                                        .tokens = 200000,
                                        .exact = 11,
                                        .near = 12,
                                        .clusters = 9,
                                        .largest_cluster = 6,
                                        .removed_bytes = 23456,
                                        .removed_tokens = 4600};

static void make_passed(struct ndup_check_result *result)
{
    room(result, 2, 0);
    result->summary = &summary;
    add_verdict(result, verdict(NDUP_RULE_DUPLICATE_RATE, false, 5, true, 23, 996, "documents",
                                "duplicate rate 2.31 % of documents (23 of 996), limit 5 %"));
    add_verdict(result, verdict(NDUP_RULE_LEAK, false, 0, false, 0, 0, "documents", "no leaks, limit 0"));
}

static void make_typical(struct ndup_check_result *result)
{
    static const char *const names[] = {"train", "test"};
    room(result, 4, 4);
    result->summary = &summary;
    result->has_baseline = true;
    result->baseline_known = 7;
    result->baseline_new = 2;
    result->baseline_missing = 1;
    result->allowed = 3;
    splits(result, names, 2);
    result->leaks[1] = (struct ndup_leak_cell){2, 1, 0, 1};
    add_verdict(result, verdict(NDUP_RULE_DUPLICATE_RATE, true, 1, true, 23, 996, "documents",
                                "duplicate rate 2.31 % of documents (23 of 996), limit 1 %"));
    add_verdict(result, verdict(NDUP_RULE_CLUSTER_SIZE, false, 20, false, 6, 0, "documents",
                                "largest cluster has 6 documents, limit 20"));
    add_verdict(result, verdict(NDUP_RULE_LEAK, true, 0, false, 2, 500, "documents", "2 leaks, limit 0"));
    add_verdict(result, verdict(NDUP_RULE_NEW, true, 0, false, 2, 0, "documents", "2 new duplicates, limit 0"));
    struct ndup_finding made = finding(NDUP_RULE_LEAK, NDUP_LEVEL_ERROR, true, 310,
                                       "test.jsonl:7 is in train.jsonl:17 (contained 0.93)", 0xabc, 2);
    place(&made, "./data/test.jsonl", 7, "t7", 0, NEARDUP_EXACT);
    place(&made, "./data/train.jsonl", 17, "doc-17", 0.93, NEARDUP_CONTAINED);
    add(result, made);
    made = finding(NDUP_RULE_NEW, NDUP_LEVEL_ERROR, true, 120, "2 new copies of data/train.jsonl:3", 0xdef, 3);
    place(&made, "data/train.jsonl", 90, "doc-90", 0.83, NEARDUP_NEAR);
    place(&made, "data/train.jsonl", 3, "doc-3", 0, NEARDUP_EXACT);
    place(&made, "data/train.jsonl", 91, NULL, 1, NEARDUP_EXACT);
    made.locations_total = 6;
    add(result, made);
    made = finding(NDUP_RULE_INVALID, NDUP_LEVEL_WARNING, true, 0, "the line is not JSON", 0, 1);
    place(&made, "data/train.jsonl", 0, NULL, 0, NEARDUP_EXACT);
    add(result, made);
    made = finding(NDUP_RULE_DUPLICATE_RATE, NDUP_LEVEL_NOTE, false, 50, "an old duplicate", 0x123, 2);
    place(&made, "/srv/data/old.jsonl", 5, NULL, 0, NEARDUP_EXACT);
    place(&made, "data/old 2.jsonl", 6, NULL, 1, NEARDUP_EXACT);
    add(result, made);
}

static void make_hostile(struct ndup_check_result *result)
{
    static const char *const names[] = {"<b>train</b>", "te|st\n@x", "\xff", ""};
    size_t count = 0;
    while (check_results_hostile[count] != NULL)
        count++;
    room(result, 2, count);
    splits(result, names, 4);
    for (size_t i = 0; i < 16; i++)
        result->leaks[i].documents = result->leaks[i].near = i % 5;
    add_verdict(result,
                verdict(NDUP_RULE_EXACT, true, 0, false, 1, 0, "documents", "</failure>\x01 %0A ]]> \xff | @x"));
    add_verdict(result, verdict(NDUP_RULE_INVALID, false, 0, false, 0, 0, "records", "\n::error::no"));
    for (size_t i = 0; i < count; i++) {
        const char *value = check_results_hostile[i];
        struct ndup_finding made =
            finding(NDUP_RULE_EXACT, (enum ndup_finding_level)(i % 3), i % 2 == 0, 100 - i, value, i + 1, 2);
        place(&made, *value != '\0' ? value : "x", i, value, 0, NEARDUP_EXACT);
        place(&made, *value != '\0' ? value : "x", i + 1, value, 0.5, NEARDUP_NEAR);
        add(result, made);
    }
}

/* Bytes by a generator that tests/reports/validate.py has, too. */
static void make_random(struct ndup_check_result *result)
{
    uint32_t state = 20261123;
    room(result, 1, 400);
    add_verdict(result, verdict(NDUP_RULE_EXACT, true, 0, false, 400, 0, "documents", "random bytes"));
    for (size_t i = 0; i < 400; i++) {
        char bytes[41];
        size_t length = 1 + i % 40;
        for (size_t j = 0; j < length; j++) {
            state = state * 1664525u + 1013904223u;
            unsigned char byte = (unsigned char)(state >> 24);
            /* More of what means something somewhere. */
            if (byte < 96)
                byte = (unsigned char)"<>&\"'|%@#:,`*_[](){}\\$~!\n\r\t:.\x1b\xc3\xe2"[byte % 32];
            bytes[j] = byte == '\0' ? 'x' : (char)byte;
        }
        bytes[length] = '\0';
        struct ndup_finding made = finding(NDUP_RULE_EXACT, NDUP_LEVEL_ERROR, true, 400 - i, bytes, i + 1, 1);
        place(&made, bytes, i, bytes, 0, NEARDUP_EXACT);
        add(result, made);
    }
}

/* The first 60 findings have this number of places, the others 3. Every two have the same text. */
static void make_large(struct ndup_check_result *result, size_t findings, size_t places, bool hostile)
{
    char file[512];
    room(result, 1, findings);
    result->summary = &summary;
    add_verdict(result,
                verdict(NDUP_RULE_NEW, true, 0, false, findings, 0, "documents", "many new duplicates, limit 0"));
    for (size_t i = 0; i < findings; i++) {
        struct ndup_finding made = finding(NDUP_RULE_NEW, i < findings / 2 ? NDUP_LEVEL_ERROR : NDUP_LEVEL_WARNING,
                                           true, findings - i, "some near-duplicates of one text", i / 2 + 1, places);
        for (size_t j = 0; j < (i < 60 ? places : 3); j++) {
            if (hostile)
                snprintf(file, sizeof file, "%0300d@|*_<>/%zu.jsonl", 0, j);
            else
                snprintf(file, sizeof file, "data/part-%zu.jsonl", j);
            place(&made, file, i * 100 + j + 1, "an-id", j == 0 ? 0 : 0.75, NEARDUP_NEAR);
        }
        add(result, made);
    }
}

bool check_results_make(const char *name, struct ndup_check_result *result)
{
    *result = (struct ndup_check_result){.passed = true};
    if (strcmp(name, "empty") == 0) {
        room(result, 0, 0);
    } else if (strcmp(name, "passed") == 0) {
        make_passed(result);
    } else if (strcmp(name, "typical") == 0) {
        make_typical(result);
    } else if (strcmp(name, "hostile") == 0) {
        make_hostile(result);
    } else if (strcmp(name, "random") == 0) {
        make_random(result);
    } else if (strcmp(name, "capped") == 0) {
        make_large(result, 5200, 130, true);
        result->findings_total = 123456;
        for (size_t i = 0; i < result->finding_count; i++)
            result->findings[i].locations_total = 1000;
    } else if (strcmp(name, "many") == 0) {
        make_large(result, 30000, 3, false);
    } else {
        return false;
    }
    return true;
}
