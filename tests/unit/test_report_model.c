/* SPDX-License-Identifier: MIT
 * What a report collects: literally, from clusters made by hand. */
#include "base/platform.h"

#include "report/report_formats.h"
#include "report/model.h"
#include "report/write.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static neardup_ref place(const char *file, uint64_t line)
{
    return (neardup_ref){.unit = NEARDUP_UNIT_DOCUMENT, .file = file, .line = line, .tokens = 10};
}

static neardup_member member(const char *file, uint64_t line, double jaccard)
{
    return (neardup_member){.document = place(file, line),
                            .reason = jaccard < 1 ? NEARDUP_NEAR : NEARDUP_EXACT,
                            .jaccard = jaccard,
                            .distance = NEARDUP_NO_DISTANCE};
}

static struct ndup_report_model *make(uint64_t clusters, uint64_t members)
{
    struct ndup_report_model *report;
    struct ndup_report_options options = {.clusters = clusters, .members = members};
    cr_assert(ndup_report_create(&report, &options, NULL) == NEARDUP_OK);
    return report;
}

static void add(struct ndup_report_model *report, uint64_t number, uint64_t component, const char *file,
                const neardup_member *members, uint64_t count)
{
    neardup_cluster cluster = {.number = number,
                               .component = component,
                               .keeper = place(file, number),
                               .documents = count + 1,
                               .tokens = 10 * count,
                               .member_count = count,
                               .members = members};
    cr_assert(ndup_report_add_cluster(report, &cluster));
}

static char *json_of(struct ndup_report_model *report)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    struct ndup_report_run run = {.title = "x"};
    cr_assert(ndup_format_json.write_run(report, &run, out, NULL, NULL) == NEARDUP_OK);
    fclose(out);
    return text;
}

static void expect_in(const char *text, const char *part)
{
    cr_expect(strstr(text, part) != NULL, "'%s' in %s", part, text);
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

Test(report_model, scores_have_bins_of_two_hundredths)
{
    struct ndup_report_model *report = make(0, 0);
    neardup_member members[] = {member("a", 2, 0.7),  member("a", 3, 0.719999), member("a", 4, 0.72),
                                member("a", 5, 0.98), member("a", 6, 0.999999), member("a", 7, 1)};
    members[5].reason = NEARDUP_NEAR; /* the same shingles in another order */
    add(report, 1, 1, "a", members, 6);
    ndup_report_settle(report);
    char *json = json_of(report);
    expect_in(json, "\"scores\":[{\"from\":0.7,\"to\":0.72,\"count\":2},{\"from\":0.72,\"to\":0.74,\"count\":1},"
                    "{\"from\":0.74,\"to\":0.76,\"count\":0}");
    expect_in(json, "{\"from\":0.98,\"to\":1,\"count\":3}]");
    free(json);
    ndup_report_destroy(report);
}

Test(report_model, sizes_are_powers_of_two)
{
    struct ndup_report_model *report = make(0, 0);
    neardup_member members[8];
    for (uint64_t i = 0; i < 8; i++)
        members[i] = member("a", i + 20, 0.8);
    static const uint64_t counts[] = {7, 6, 3, 2, 1, 1}; /* sizes 8, 7, 4, 3, 2, 2 */
    for (uint64_t i = 0; i < 6; i++)
        add(report, i + 1, i + 1, "a", members, counts[i]);
    ndup_report_settle(report);
    char *json = json_of(report);
    expect_in(json, "\"sizes\":[{\"from\":2,\"to\":3,\"clusters\":3,\"units\":7},{\"from\":4,\"to\":7,\"clusters\":2,"
                    "\"units\":11},{\"from\":8,\"to\":15,\"clusters\":1,\"units\":8}]");
    expect_in(json, "\"removed\":20,\"exact\":0,\"near\":20");
    free(json);
    ndup_report_destroy(report);
}

/* ---- sources ----------------------------------------------------------------------------------------------------- */

Test(report_model, sources_are_those_of_removed_units_and_keepers)
{
    struct ndup_report_model *report = make(0, 0);
    neardup_member members[] = {member("b", 2, 0.8), member("b", 3, 0.8), member("c", 4, 0.9), member("a", 9, 0.9)};
    add(report, 1, 1, "a", members, 4);
    ndup_report_settle(report);
    char *json = json_of(report);
    expect_in(json, "\"sources\":{\"by\":\"file\",\"names\":[\"b\",\"a\",\"c\"],\"removed\":[2,1,1],"
                    "\"cells\":[[0,1,2],[1,1,1],[2,1,1]],\"others\":0}");
    free(json);
    ndup_report_destroy(report);
}

Test(report_model, sources_by_group)
{
    struct ndup_report_model *report = make(0, 0);
    neardup_member members[] = {member("b", 2, 0.8), member("b", 3, 0.8)};
    members[0].document.group = "\"x\\u0041\"";
    members[0].document.group_length = 9;
    neardup_cluster cluster = {.number = 1, .component = 1, .keeper = place("k", 1), .member_count = 2};
    cluster.keeper.group = "17";
    cluster.keeper.group_length = 2;
    cluster.members = members;
    cr_assert(ndup_report_add_cluster(report, &cluster));
    ndup_report_settle(report);
    char *json = json_of(report);
    expect_in(json, "\"by\":\"group\",\"names\":[\"xA\",\"\",\"17\"],\"removed\":[1,1,0],\"cells\":[[0,2,1],[1,2,1]]");
    free(json);
    ndup_report_destroy(report);
}

Test(report_model, many_sources_share_a_row)
{
    struct ndup_report_model *report = make(0, 0);
    char names[30][8];
    for (uint64_t i = 0; i < 30; i++) {
        snprintf(names[i], sizeof names[i], "f%02u", (unsigned)i);
        neardup_member members[40];
        for (uint64_t j = 0; j <= i; j++)
            members[j] = member(names[i], j + 2, 0.8);
        add(report, i + 1, i + 1, names[i], members, i + 1);
    }
    struct ndup_source_matrix matrix;
    cr_assert(ndup_report_sources_matrix(&report->levels[0].sources, &matrix));
    cr_expect_eq(matrix.count, 20);
    cr_expect_eq(matrix.others, 10);
    cr_expect_eq(matrix.shown[0], 29);
    cr_expect_eq(matrix.shown[19], 10);
    cr_expect_eq(matrix.removed[20], 55); /* 1 + ... + 10 */
    cr_expect_eq(matrix.cells[20][20], 55);
    cr_expect_eq(matrix.cells[0][0], 30);
    ndup_report_settle(report);
    char *json = json_of(report);
    expect_in(json, "\"f10\",null],\"removed\":[30,");
    expect_in(json, "\"others\":10}");
    free(json);
    ndup_report_destroy(report);
}

Test(report_model, more_sources_than_are_told_apart)
{
    struct ndup_report_sources sources = {.items = NULL};
    char name[16];
    uint32_t index;
    for (unsigned i = 0; i < NDUP_SOURCES_MOST + 10; i++) {
        int length = snprintf(name, sizeof name, "%u", i);
        cr_assert(ndup_report_sources_find(&sources, name, (size_t)length, &index));
        cr_assert(ndup_report_sources_add(&sources, index, index));
    }
    struct ndup_source_matrix matrix;
    cr_assert(ndup_report_sources_matrix(&sources, &matrix));
    cr_expect(matrix.more);
    cr_expect_eq(matrix.removed[20], NDUP_SOURCES_MOST + 10 - 20);
    ndup_report_sources_free(&sources);
}

/* ---- kept clusters ----------------------------------------------------------------------------------------------- */

Test(report_model, the_costliest_clusters_stay)
{
    struct ndup_report_model *report = make(2, 2);
    neardup_member members[] = {member("a", 2, 1), member("a", 3, 0.9), member("b", 4, 0.8), member("b", 5, 0.9)};
    static const uint64_t counts[] = {1, 3, 2, 4, 3};
    for (uint64_t i = 0; i < 5; i++)
        add(report, i + 1, i + 1, "k", members, counts[i]);
    ndup_report_settle(report);
    const struct ndup_top_clusters *set = &report->levels[0].top;
    cr_assert_eq(set->count, 2);
    cr_expect_eq(set->items[0]->cluster.number, 4);
    cr_expect_eq(set->items[1]->cluster.number, 2);
    /* The lowest scores first, of equals in input order; two of them. */
    cr_expect_eq(set->items[0]->cluster.member_count, 2);
    cr_expect_eq(set->items[0]->total, 4);
    cr_expect_eq(set->items[0]->cluster.members[0].document.line, 4);
    cr_expect_eq(set->items[0]->cluster.members[1].document.line, 3);
    cr_expect_float_eq(set->items[0]->low, 0.8, 1e-12);
    cr_expect_str_eq(set->items[0]->cluster.members[0].document.file, "b");
    char *json = json_of(report);
    expect_in(json, "\"clusters_total\":5,\"clusters_shown\":2");
    expect_in(json, "{\"n\":4,\"title\":{\"by\":\"place\",\"parts\":[\"k:4\",\"a:2\",\"a:3\"],\"more\":2},\"size\":5,"
                    "\"tokens\":40,\"low\":0.8,\"keeper\":{\"file\":\"k\",\"line\":4,\"tokens\":10},"
                    "\"members\":[{\"file\":\"b\",\"line\":4,\"tokens\":10,\"reason\":\"near\",\"jaccard\":0.8},");
    expect_in(json, "],\"members_total\":4}");
    free(json);
    ndup_report_destroy(report);
}

Test(report_model, ids_that_are_no_json_become_it)
{
    struct ndup_report_model *report = make(0, 0);
    neardup_member members[] = {member("a", 2, 0.8), member("a", 3, 0.8), member("a", 4, 0.8), member("a", 5, 0.8)};
    static const char *const ids[] = {"\"a\\qb\"", "01", "-1.5e3", "\"\xff\""};
    for (int i = 0; i < 4; i++) {
        members[i].document.id = ids[i];
        members[i].document.id_length = strlen(ids[i]);
    }
    add(report, 1, 1, "k", members, 4);
    ndup_report_settle(report);
    char *json = json_of(report);
    expect_in(json, "{\"id\":\"aqb\",");
    expect_in(json, "{\"id\":\"01\",");
    expect_in(json, "{\"id\":-1.5e3,");
    expect_in(json, "{\"id\":\"\xEF\xBF\xBD\",");
    free(json);
    ndup_report_destroy(report);
}

/* ---- what is left out -------------------------------------------------------------------------------------------- */

struct again { /* clusters that are reported again */
    const neardup_member *members;
    uint64_t count, clusters;
};

static neardup_status tell_again(void *context, const neardup_callbacks *callbacks, neardup_error *err)
{
    const struct again *again = context;
    (void)err;
    for (uint64_t i = 1; i <= again->clusters; i++) {
        neardup_cluster cluster = {.number = i,
                                   .component = i,
                                   .keeper = place("k", i),
                                   .documents = again->count + 1,
                                   .tokens = 10 * again->count,
                                   .member_count = again->count,
                                   .members = again->members};
        if (!callbacks->cluster(callbacks->context, &cluster))
            return NEARDUP_E_CANCELED;
    }
    return NEARDUP_OK;
}

static struct ndup_report_model *collect_again(struct again *again, uint64_t clusters, uint64_t members)
{
    struct ndup_report_model *report = make(clusters, members);
    neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .context = report, .cluster = ndup_report_add_cluster};
    struct ndup_report_run run = {.title = "x", .replay = tell_again, .replay_context = again};
    cr_assert(tell_again(again, &callbacks, NULL) == NEARDUP_OK);
    ndup_report_settle(report);
    cr_assert(ndup_omitted_collect(report, &run, NULL) == NEARDUP_OK);
    return report;
}

Test(report_rest, members_by_source_reason_and_score)
{
    neardup_member members[] = {member("a", 2, 1),    member("a", 3, 0.7), member("b", 4, 0.719999),
                                member("b", 5, 0.72), member("b", 6, 1),   member("a", 7, 1)};
    members[4].reason = NEARDUP_NEAR;
    struct again again = {members, 6, 1};
    struct ndup_report_model *report = collect_again(&again, 0, 2);
    const struct ndup_top_cluster *top = report->levels[0].top.items[0];
    cr_assert_eq(top->cluster.member_count, 2); /* 0.7 and 0.719999 */
    /* Rows of the matrix: of equally many removed units a comes first, then b, then the keepers' k. */
    static const struct ndup_omitted_members wanted[] = {
        {0, 50, NEARDUP_EXACT, 2}, {1, 36, NEARDUP_NEAR, 1}, {1, 50, NEARDUP_NEAR, 1}};
    cr_assert_eq(top->omitted_count, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(top->omitted[i].source, wanted[i].source, "%zu", i);
        cr_expect_eq(top->omitted[i].bin, wanted[i].bin, "%zu", i);
        cr_expect_eq(top->omitted[i].reason, wanted[i].reason, "%zu", i);
        cr_expect_eq(top->omitted[i].count, wanted[i].count, "%zu", i);
    }
    ndup_report_destroy(report);
}

Test(report_rest, as_much_of_it_as_there_is_room_for)
{
    neardup_member members[] = {member("a", 2, 0.7), member("a", 3, 0.9)};
    struct again again = {members, 2, NDUP_OMITTED_MOST + 10};
    struct ndup_report_model *report = collect_again(&again, again.clusters, 1);
    const struct ndup_top_clusters *set = &report->levels[0].top;
    cr_assert_eq(set->count, NDUP_OMITTED_MOST + 10);
    cr_expect_eq(set->items[0]->omitted_count, 1);
    cr_expect_eq(set->items[NDUP_OMITTED_MOST - 1]->omitted_count, 1);
    cr_expect_eq(set->items[NDUP_OMITTED_MOST]->omitted_count, 0);
    cr_expect_null(set->items[NDUP_OMITTED_MOST + 9]->omitted);
    ndup_report_destroy(report);
}

/* ---- warnings ---------------------------------------------------------------------------------------------------- */

Test(report_model, clusters_that_hang_together)
{
    struct ndup_report_model *report = make(0, 0);
    neardup_member members[] = {member("a", 2, 0.8), member("a", 3, 0.9), member("b", 4, 0.8)};
    add(report, 1, 1, "k", members, 3);
    add(report, 2, 1, "k", members, 2);
    add(report, 3, 3, "k", members, 1);
    add(report, 4, 1, "k", members, 1);
    static struct ndup_warnings warnings;
    neardup_summary summary = {.documents = 100};
    struct ndup_report_run run = {.title = "x", .summary = &summary};
    ndup_warnings_collect(report, &run, &warnings);
    cr_assert_eq(warnings.count, 1);
    cr_expect_str_eq(warnings.items[0].kind, "component");
    cr_assert_eq(warnings.items[0].cluster_count, 3);
    cr_expect_eq(warnings.items[0].clusters[0], 1);
    cr_expect_eq(warnings.items[0].clusters[2], 4);
    expect_in(warnings.items[0].message, "3 clusters are connected by similar pairs");
    expect_in(warnings.items[0].message, "they would have 9 documents");
    ndup_report_destroy(report);
}

Test(report_model, large_clusters)
{
    static neardup_member members[1200];
    for (uint64_t i = 0; i < 1200; i++)
        members[i] = member("a", i + 2, 0.8);
    struct ndup_report_model *report = make(0, 0);
    add(report, 1, 1, "k", members, 1000); /* 1001 units: more than a thousand */
    add(report, 2, 2, "k", members, 999);
    static struct ndup_warnings warnings;
    neardup_summary summary = {.documents = 1000000};
    struct ndup_report_run run = {.title = "x", .summary = &summary};
    ndup_warnings_collect(report, &run, &warnings);
    cr_assert_eq(warnings.count, 1);
    cr_expect_str_eq(warnings.items[0].kind, "large_cluster");
    cr_expect_eq(warnings.items[0].clusters[0], 1);
    expect_in(warnings.items[0].message, "a higher threshold separates them");
    summary.documents = 99999; /* 1000 are more than one in a hundred */
    ndup_warnings_collect(report, &run, &warnings);
    cr_expect_eq(warnings.count, 2);
    ndup_report_destroy(report);
}

Test(report_model, large_clusters_of_copies)
{
    static neardup_member members[1200];
    for (uint64_t i = 0; i < 1200; i++)
        members[i] = member("a", i + 2, 1);
    struct ndup_report_model *report = make(0, 0);
    add(report, 1, 1, "k", members, 1100);
    members[1199].jaccard = 0.99;
    add(report, 2, 2, "k", members, 1200);
    static struct ndup_warnings warnings;
    neardup_summary summary = {.documents = 1000000};
    struct ndup_report_run run = {.title = "x", .summary = &summary};
    ndup_warnings_collect(report, &run, &warnings);
    cr_assert_eq(warnings.count, 2);
    expect_in(warnings.items[0].message, "Cluster 2 has");
    expect_in(warnings.items[0].message, "a higher threshold separates them");
    expect_in(warnings.items[1].message, "at any threshold");
    ndup_report_destroy(report);
}

/* ---- text for other programs ------------------------------------------------------------------------------------- */

static void expect_code(const char *text, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_markdown_code(&buf, text, strlen(text), 40);
    ndup_buf_append(&buf, "", 1);
    cr_expect_str_eq(buf.data, expected);
    ndup_buf_free(&buf);
}

Test(report_model, markdown_code_spans)
{
    expect_code("plain", "`plain`");
    expect_code("@name <img> [x](y) *a* | b", "`@name <img> [x](y) *a* | b`");
    expect_code("a `b` c", "``a `b` c``");
    expect_code("`", "`` ` ``");
    expect_code("``x``", "``` ``x`` ```");
    expect_code("", "` `");
    expect_code("two\n\nlines\r\n\tof text ", "`two lines of text`");
    expect_code("bell\a bidi\xe2\x80\xae!", "`bell\\u{7} bidi\\u{202e}!`");
    expect_code("bad \xff byte", "`bad \xef\xbf\xbd byte`");
    expect_code("a long text that is cut where it is too long", "`a long text that is cut where it is too…`");
}
