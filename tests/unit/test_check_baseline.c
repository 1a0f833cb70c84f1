/* SPDX-License-Identifier: MIT
 * The baseline as a file, and what counts as new. */
#include "base/platform.h"

#include "run/baseline.h"
#include "check/check.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char head[] = "{\"neardup_baseline\":1,\"unit\":\"document\",\"threshold\":0.7}";
#define A "0000000000000000000000000000000a"
#define B "0000000000000000000000000000000b"
#define C "000000000000000000000000000000cc"

/* ---- reading and writing ---- */

static neardup_status parse(struct ndup_contents *contents, const char *text, neardup_error *err)
{
    *contents = (struct ndup_contents){NULL, 0, 0};
    return ndup_baseline_parse(contents, text, strlen(text), "b.jsonl", head, err);
}

static void refuse(const char *text, neardup_status status, const char *message)
{
    struct ndup_contents contents;
    neardup_error err = {.message = ""};
    cr_assert_eq(parse(&contents, text, &err), status, "%s", text);
    cr_assert_str_eq(err.message, message);
    ndup_contents_free(&contents);
}

Test(baseline, entries)
{
    struct ndup_contents contents;
    neardup_error err;
    char text[500];
    snprintf(text, sizeof text,
             "%s\r\n{\"content\":\"" B "\",\"copies\":12}\n\n{\"content\":\"" A "\",\"copies\":1}\n"
             "{\"content\":\"" A "\",\"copies\":3,\"unit\":\"paragraph\"}",
             head);
    cr_assert_eq(parse(&contents, text, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(contents.count, 3);
    cr_assert_eq(ndup_contents_find(&contents, (neardup_content){0, 11}, NEARDUP_UNIT_DOCUMENT)->before, 12);
    cr_assert_eq(ndup_contents_find(&contents, (neardup_content){0, 10}, NEARDUP_UNIT_DOCUMENT)->before, 1);
    cr_assert_eq(ndup_contents_find(&contents, (neardup_content){0, 10}, NEARDUP_UNIT_PARAGRAPH)->before, 3);
    cr_assert_null(ndup_contents_find(&contents, (neardup_content){0, 10}, NEARDUP_UNIT_LINE));
    ndup_contents_free(&contents);
}

Test(baseline, what_it_refuses)
{
    static const char line2[] =
        "baseline 'b.jsonl', line 2: expected {\"content\":\"32 hexadecimal digits\",\"copies\":N}, "
        "as neardup writes it";
    static const char *const bad[] = {"x",
                                      "{}",
                                      "{\"content\":\"" A "\"}",
                                      "{\"content\":\"" A "\",\"copies\":0}",
                                      "{\"content\":\"" A "\",\"copies\":-1}",
                                      "{\"content\":\"" A "\",\"copies\":}",
                                      "{\"content\":\"" A "\",\"copies\":99999999999999999999}",
                                      "{\"content\":\"" A "\",\"copies\":2} ",
                                      "{\"content\":\"" A "\",\"copies\":2",
                                      "{\"content\":\"" A "\",\"copies\":2,\"unit\":\"word\"}",
                                      "{\"content\":\"" A "\",\"copies\":2,\"unit\":\"line}",
                                      "{\"content\":\"0000000000000000000000000000000\",\"copies\":2}",
                                      "{\"content\":\"" A "0\",\"copies\":2}",
                                      "{\"content\":\"0000000000000000000000000000000g\",\"copies\":2}"};
    char text[400];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "%s\n%s\n", head, bad[i]);
        refuse(text, NEARDUP_E_FORMAT, line2);
    }
    snprintf(text, sizeof text, "%s\n{\"content\":\"" A "\",\"copies\":2}\n{\"content\":\"" A "\",\"copies\":1}\n",
             head);
    refuse(text, NEARDUP_E_FORMAT, "baseline 'b.jsonl', line 3: this content appears twice");
    snprintf(text, sizeof text, "%s\n<<<<<<< HEAD\n", head);
    refuse(text, NEARDUP_E_FORMAT, "baseline 'b.jsonl', line 2: unresolved merge conflict");
    refuse("", NEARDUP_E_FORMAT,
           "baseline 'b.jsonl', line 1: not a baseline: it does not begin with {\"neardup_baseline\":1,");
    refuse("{\"neardup_baseline\":2,\"unit\":\"document\"}", NEARDUP_E_FORMAT,
           "baseline 'b.jsonl', line 1: this version of neardup reads baselines of version 1");
    refuse("{\"neardup_baseline\":1,\"unit\":\"document\",\"threshold\":0.75}", NEARDUP_E_ARG,
           "baseline 'b.jsonl' was made with \"threshold\":0.75, but this check uses \"threshold\":0.7");
    refuse("{\"neardup_baseline\":1,\"unit\":\"document\"}", NEARDUP_E_ARG,
           "baseline 'b.jsonl' was made with other options");
}

Test(baseline, nul_bytes)
{
    struct ndup_contents contents = {NULL, 0, 0};
    neardup_error err;
    static const char text[] =
        "{\"neardup_baseline\":1,\"unit\":\"document\"}\n{\"content\":\"" A "\",\"copies\":1}\0x\n";
    cr_assert_eq(ndup_baseline_parse(&contents, text, sizeof text - 1, "b", NULL, &err), NEARDUP_E_FORMAT);
    cr_assert_str_eq(err.message, "baseline 'b', line 2: NUL byte");
    cr_assert_eq(err.line, 2);
    ndup_contents_free(&contents);
}

Test(baseline, is_written_sorted)
{
    struct ndup_contents contents = {NULL, 0, 0};
    ndup_contents_add(&contents, (neardup_content){0, 0xcc}, NEARDUP_UNIT_DOCUMENT)->now = 1;
    ndup_contents_add(&contents, (neardup_content){0, 10}, NEARDUP_UNIT_PARAGRAPH)->now = 4;
    ndup_contents_add(&contents, (neardup_content){0, 11}, NEARDUP_UNIT_DOCUMENT)->before = 9; /* gone */
    ndup_contents_add(&contents, (neardup_content){0, 10}, NEARDUP_UNIT_DOCUMENT)->now = 2;
    struct ndup_buf text = NDUP_BUF_INIT;
    cr_assert(ndup_baseline_write(&text, &contents, head));
    ndup_buf_append(&text, "", 1);
    char expected[400];
    snprintf(expected, sizeof expected,
             "%s\n{\"content\":\"" A "\",\"copies\":2}\n{\"content\":\"" C "\",\"copies\":1}\n"
             "{\"content\":\"" A "\",\"copies\":4,\"unit\":\"paragraph\"}\n",
             head);
    cr_assert_str_eq(text.data, expected);
    ndup_buf_free(&text);
    ndup_contents_free(&contents);
}

/* ---- what is new ---- */

struct state {
    struct ndup_check check;
    neardup_summary summary;
};

static void begin(struct state *s)
{
    ndup_check_init(&s->check, 10);
    s->check.baseline = true;
    s->check.limits[NDUP_RULE_NEW].given = true;
    s->summary = (neardup_summary){.documents = 100};
}

static void known(struct state *s, uint64_t content, uint64_t copies)
{
    ndup_contents_add(&s->check.contents, (neardup_content){0, content}, NEARDUP_UNIT_DOCUMENT)->before = copies;
}

/* A cluster of documents with these contents, the keeper first; 0 at the end. Returns how many are new. */
static uint64_t cluster(struct state *s, const uint64_t *contents, bool reference)
{
    neardup_member members[16];
    neardup_cluster k = {
        .keeper = {.unit = NEARDUP_UNIT_DOCUMENT, .file = "k", .content = {0, contents[0]}, .reference = reference},
        .members = members};
    uint64_t before = s->check.counts.fresh;
    for (; contents[k.member_count + 1] != 0; k.member_count++)
        members[k.member_count] = (neardup_member){
            .document = {.unit = NEARDUP_UNIT_DOCUMENT, .file = "m", .content = {0, contents[k.member_count + 1]}},
            .reason = NEARDUP_NEAR,
            .jaccard = 0.8};
    k.documents = k.member_count + 1;
    cr_assert(ndup_check_cluster(&s->check, &k, &s->summary));
    return s->check.counts.fresh - before;
}

#define CLUSTER(s, ...) cluster(s, (const uint64_t[]){__VA_ARGS__, 0}, false)

Test(fresh, without_entries_all_but_one_are_new)
{
    struct state s;
    begin(&s);
    cr_assert_eq(CLUSTER(&s, 1, 2), 1);
    cr_assert_eq(CLUSTER(&s, 5, 5, 5), 2);
    cr_assert_eq(s.check.counts.known, 0);
    ndup_check_free(&s.check);
}

Test(fresh, a_known_pair_is_known_whoever_is_kept)
{
    struct state s;
    begin(&s);
    known(&s, 1, 1);
    known(&s, 2, 1);
    known(&s, 3, 2);
    cr_assert_eq(CLUSTER(&s, 2, 1), 0);
    cr_assert_eq(CLUSTER(&s, 3, 3), 0);
    cr_assert_eq(s.check.counts.known, 2);
    ndup_check_free(&s.check);
}

Test(fresh, a_third_copy_is_new_wherever_it_stands)
{
    struct state s;
    begin(&s);
    known(&s, 1, 1);
    known(&s, 2, 1);
    known(&s, 3, 2);
    known(&s, 4, 1);
    known(&s, 5, 1);
    cr_assert_eq(CLUSTER(&s, 1, 2, 1), 1, "the same again");
    cr_assert_eq(CLUSTER(&s, 3, 3, 3), 1, "of an exact pair");
    cr_assert_eq(CLUSTER(&s, 9, 4, 5), 1, "a new keeper");
    ndup_check_free(&s.check);
}

Test(fresh, one_new_document_makes_one_new_duplicate)
{
    struct state s;
    begin(&s);
    for (uint64_t i = 1; i <= 4; i++)
        known(&s, i, 1);
    cr_assert_eq(CLUSTER(&s, 1, 2, 3, 4, 9), 1, "that joins two clusters");
    ndup_check_free(&s.check);
    begin(&s);
    known(&s, 1, 1);
    known(&s, 2, 1);
    cr_assert_eq(CLUSTER(&s, 1, 9), 1, "in place of one that was removed");
    ndup_check_free(&s.check);
}

Test(fresh, what_is_gone_makes_nothing_new)
{
    struct state s;
    begin(&s);
    known(&s, 1, 3);
    known(&s, 2, 1);
    cr_assert_eq(CLUSTER(&s, 1, 1), 0);
    ndup_check_free(&s.check);
}

Test(fresh, references_are_not_counted)
{
    struct state s;
    begin(&s);
    cr_assert_eq(cluster(&s, (const uint64_t[]){1, 2, 3, 0}, true), 2);
    cr_assert_null(ndup_contents_find(&s.check.contents, (neardup_content){0, 1}, NEARDUP_UNIT_DOCUMENT));
    ndup_check_free(&s.check);
}

Test(fresh, the_finding_points_at_the_new_one)
{
    struct state s;
    begin(&s);
    known(&s, 1, 1);
    known(&s, 2, 1);
    cr_assert_eq(CLUSTER(&s, 1, 2, 7), 1);
    const struct ndup_findings *found = &s.check.findings[NDUP_RULE_NEW];
    cr_assert_eq(found->count, 1);
    cr_assert_str_eq(found->heap[0].finding.message, "2 near-duplicates of k:0 (0.8), 1 of them new");
    cr_assert_str_eq(found->heap[0].finding.fingerprint, "00000000000000000000000000000001");
    cr_assert_eq(s.check.known.count, 0);
    ndup_check_free(&s.check);
}

Test(fresh, a_new_keeper_is_pointed_at)
{
    struct state s;
    begin(&s);
    known(&s, 1, 1);
    known(&s, 2, 1);
    cr_assert_eq(CLUSTER(&s, 7, 1, 2), 1);
    const struct ndup_finding *finding = &s.check.findings[NDUP_RULE_NEW].heap[0].finding;
    cr_assert_eq(finding->location_count, 3);
    cr_assert_str_eq(finding->locations[0].file, "k");
    cr_assert_eq(finding->locations[0].score, 0);
    cr_assert_str_eq(finding->locations[1].file, "m");
    ndup_check_free(&s.check);
}

Test(allowed, by_any_of_its_contents)
{
    struct state s;
    begin(&s);
    ndup_contents_add(&s.check.allowed, (neardup_content){0, 2}, NDUP_ANY_UNIT);
    cr_assert_eq(CLUSTER(&s, 1, 2, 7), 0);
    cr_assert_eq(s.check.counts.allowed, 2);
    cr_assert_eq(s.check.contents.count, 0, "and it does not get into the baseline");
    cr_assert_eq(CLUSTER(&s, 4, 5), 1);
    ndup_check_free(&s.check);
}

/* ---- the map ---- */

Test(contents, many)
{
    struct ndup_contents contents = {NULL, 0, 0};
    for (uint64_t i = 0; i < 10000; i++)
        ndup_contents_add(&contents, (neardup_content){i % 7, i}, i % 2 == 0 ? 1 : 2)->now = i;
    cr_assert_eq(contents.count, 10000);
    for (uint64_t i = 0; i < 10000; i++) {
        cr_assert_eq(ndup_contents_find(&contents, (neardup_content){i % 7, i}, i % 2 == 0 ? 1 : 2)->now, i);
        cr_assert_null(ndup_contents_find(&contents, (neardup_content){i % 7, i}, i % 2 == 0 ? 2 : 1));
    }
    struct ndup_content_count *all = ndup_contents_sorted(&contents);
    for (size_t i = 1; i < 10000; i++)
        cr_assert(all[i - 1].unit < all[i].unit ||
                  (all[i - 1].unit == all[i].unit && ndup_content_compare(all[i - 1].content, all[i].content) < 0));
    free(all);
    ndup_contents_free(&contents);
}
