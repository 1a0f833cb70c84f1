/* SPDX-License-Identifier: MIT
 * The lines that programs read, literally. */
#include "base/platform.h"

#include "run/record.h"
#include "run/open.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_text(struct ndup_buf *buf, const char *expected)
{
    cr_expect_not(buf->failed);
    ndup_buf_append(buf, "", 1);
    cr_expect_str_eq(buf->data, expected);
    ndup_buf_free(buf);
}

static void expect_decision(const neardup_decision *decision, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_record_decision(&buf, decision, 99);
    expect_text(&buf, expected);
}

#define ID(raw) .id = (raw), .id_length = sizeof(raw) - 1

static const neardup_ref document_a = {
    .unit = NEARDUP_UNIT_DOCUMENT, ID("\"a1\""), .file = "x.jsonl", .line = 1, .tokens = 40};
static const neardup_ref document_b = {
    .unit = NEARDUP_UNIT_DOCUMENT, .index = 3, .file = "y\".txt", .line = 4, .tokens = 41};
static const neardup_ref first = {.unit = NEARDUP_UNIT_PARAGRAPH,
                                  .index = 2,
                                  ID("\"a1\""),
                                  .file = "x.jsonl",
                                  .line = 1,
                                  .bytes = {0, 91},
                                  .characters = {0, 90},
                                  .tokens = 16};
static const neardup_ref second = {.unit = NEARDUP_UNIT_PARAGRAPH,
                                   .index = 7,
                                   ID("17.0"),
                                   .file = "x.jsonl",
                                   .line = 5,
                                   .bytes = {93, 186},
                                   .characters = {92, 184},
                                   .tokens = 17,
                                   .group = "\"g\"",
                                   .group_length = 3};
static const neardup_ref third = {.unit = NEARDUP_UNIT_LINE,
                                  .index = 9,
                                  .file = "z.txt",
                                  .line = 1,
                                  .bytes = {UINT64_C(5000000000), UINT64_C(5000000009)},
                                  .characters = {UINT64_C(4000000000), UINT64_C(4000000009)},
                                  .tokens = 2};

#define FIRST                                                                                                          \
    "\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1,\"unit\":\"paragraph\",\"bytes\":[0,91],\"characters\":[0,90]"
#define SECOND                                                                                                         \
    "\"id\":17.0,\"file\":\"x.jsonl\",\"line\":5,\"unit\":\"paragraph\",\"bytes\":[93,186],\"characters\":[92,184]"
#define THIRD                                                                                                          \
    "\"file\":\"z.txt\",\"line\":1,\"unit\":\"line\",\"bytes\":[5000000000,5000000009],\"characters\":[4000000000,"    \
    "4000000009]"

/* In decisions, clusters and recorded pairs. */
#define FIRST_MORE  FIRST ",\"tokens\":16"
#define SECOND_MORE SECOND ",\"tokens\":17,\"group\":\"g\""
#define THIRD_MORE  THIRD ",\"tokens\":2"

Test(run_record, documents)
{
    expect_decision(&(neardup_decision){.document = document_b,
                                        .reason = NEARDUP_NEAR,
                                        .distance = NEARDUP_NO_DISTANCE,
                                        .jaccard = 0.913,
                                        .keeper = document_a,
                                        .cluster = 12},
                    "{\"file\":\"y\\\".txt\",\"line\":4,\"tokens\":41,\"reason\":\"near\",\"jaccard\":0.913,\"keeper\":"
                    "{\"id\":\"a1\","
                    "\"file\":\"x.jsonl\",\"line\":1,\"tokens\":40},\"cluster\":12,\"stored_bytes\":99}\n");
    /* A unit that nobody has set is a document. */
    neardup_ref plain = document_a;
    plain.unit = 0;
    expect_decision(
        &(neardup_decision){
            .document = plain, .jaccard = 1, .distance = NEARDUP_NO_DISTANCE, .keeper = plain, .cluster = 1},
        "{\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1,\"tokens\":40,\"reason\":\"exact\",\"jaccard\":1,\"keeper\":{"
        "\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1,\"tokens\":40},\"cluster\":1,\"stored_bytes\":99}\n");
    expect_decision(
        &(neardup_decision){.document = document_a, .reason = NEARDUP_EMPTIED, .distance = NEARDUP_NO_DISTANCE},
        "{\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1,\"tokens\":40,\"reason\":\"emptied\",\"keeper\":null}\n");
}

static const neardup_decision near_cut = {.document = second,
                                          .reason = NEARDUP_NEAR,
                                          .distance = NEARDUP_NO_DISTANCE,
                                          .jaccard = 0.75,
                                          .keeper = first,
                                          .cut = {93, 188},
                                          .cluster = 3};
static const neardup_decision contained_cut = {.document = second,
                                               .reason = NEARDUP_CONTAINED,
                                               .distance = NEARDUP_NO_DISTANCE,
                                               .containment = 0.96,
                                               .keeper = first,
                                               .cut = {93, 188},
                                               .cluster = 3};
static const neardup_decision boilerplate_cut = {.document = third,
                                                 .reason = NEARDUP_BOILERPLATE,
                                                 .distance = NEARDUP_NO_DISTANCE,
                                                 .jaccard = 1,
                                                 .cut = {UINT64_C(4999999998), UINT64_C(5000000009)},
                                                 .cluster = 4};

Test(run_record, cut_parts)
{
    expect_decision(&near_cut,
                    "{" SECOND_MORE ",\"reason\":\"near\",\"jaccard\":0.75,\"cut\":[93,188],\"keeper\":{" FIRST_MORE
                    "},\"cluster\":3,\"stored_bytes\":99}\n");
    expect_decision(&contained_cut,
                    "{" SECOND_MORE
                    ",\"reason\":\"contained\",\"containment\":0.96,\"cut\":[93,188],\"keeper\":{" FIRST_MORE
                    "},\"cluster\":3,\"stored_bytes\":99}\n");
    expect_decision(&boilerplate_cut,
                    "{" THIRD_MORE
                    ",\"reason\":\"boilerplate\",\"jaccard\":1,\"cut\":[4999999998,5000000009],\"keeper\":"
                    "null,\"cluster\":4,\"stored_bytes\":99}\n");
}

Test(run_record, notes)
{
    const neardup_decision cuts[] = {near_cut, contained_cut, boilerplate_cut};
    struct ndup_buf buf = NDUP_BUF_INIT;
    struct ndup_json_writer json;
    ndup_json_begin(&json, &buf);
    ndup_record_annotation(&json, NULL, cuts, 3);
    expect_text(&buf, "[{\"unit\":\"paragraph\",\"bytes\":[93,186],\"characters\":[92,184],\"reason\":\"near\","
                      "\"jaccard\":0.75,\"cut\":[93,188],\"keeper\":{" FIRST "}},"
                      "{\"unit\":\"paragraph\",\"bytes\":[93,186],\"characters\":[92,184],\"reason\":\"contained\","
                      "\"containment\":0.96,\"cut\":[93,188],\"keeper\":{" FIRST "}},"
                      "{\"unit\":\"line\",\"bytes\":[5000000000,5000000009],\"characters\":[4000000000,4000000009],"
                      "\"reason\":\"boilerplate\",\"jaccard\":1,\"cut\":[4999999998,5000000009],\"keeper\":null}]");
    struct ndup_buf none = NDUP_BUF_INIT;
    ndup_json_begin(&json, &none);
    ndup_record_annotation(&json, NULL, NULL, 0);
    expect_text(&none, "[]");
}

Test(run_record, pairs)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_record_pair(&buf, &(neardup_pair){document_a, document_b, NEARDUP_EXACT, 1, NEARDUP_NO_DISTANCE, false, 0, 0});
    ndup_record_pair(&buf, &(neardup_pair){first, second, NEARDUP_NEAR, 0.75, NEARDUP_NO_DISTANCE, false, 0, 0});
    expect_text(&buf,
                "{\"a\":{\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1},\"b\":{\"file\":\"y\\\".txt\",\"line\":4},"
                "\"reason\":\"exact\",\"jaccard\":1}\n"
                "{\"a\":{" FIRST "},\"b\":{" SECOND "},\"reason\":\"near\",\"jaccard\":0.75}\n");
}

Test(run_record, contained_documents)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_record_pair(&buf, &(neardup_pair){document_a, document_b, NEARDUP_CONTAINED, 0.25, NEARDUP_NO_DISTANCE, false,
                                           0.9, 0.2578125});
    const neardup_decision d = {.document = document_a,
                                .keeper = document_b,
                                .reason = NEARDUP_CONTAINED,
                                .jaccard = 0.25,
                                .containment = 0.9,
                                .keeper_containment = 0.2578125,
                                .distance = NEARDUP_NO_DISTANCE,
                                .cluster = 3};
    ndup_record_decision(&buf, &d, 300);
    expect_text(&buf,
                "{\"a\":{\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1},\"b\":{\"file\":\"y\\\".txt\",\"line\":4},"
                "\"reason\":\"contained\",\"jaccard\":0.25,\"a_in_b\":0.9,\"b_in_a\":0.257812}\n"
                "{\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1,\"tokens\":40,\"reason\":\"contained\","
                "\"containment\":0.9,\"keeper_containment\":0.257812,\"jaccard\":0.25,"
                "\"keeper\":{\"file\":\"y\\\".txt\",\"line\":4,\"tokens\":41},\"cluster\":3,\"stored_bytes\":300}\n");
}

Test(run_record, recorded_pairs)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    neardup_ref a = first, b = second;
    a.order = 5;
    b.order = 3;
    b.document = 4;
    ndup_record_full_pair(&buf, &(neardup_pair){a, b, NEARDUP_NEAR, 2.0 / 3, 7, false, 0, 0},
                          (struct ndup_record_side){true, 91}, (struct ndup_record_side){false, 94});
    ndup_record_full_pair(&buf,
                          &(neardup_pair){document_a, document_b, NEARDUP_EXACT, 1, NEARDUP_NO_DISTANCE, false, 0, 0},
                          (struct ndup_record_side){false, 300}, (struct ndup_record_side){true, 301});
    expect_text(&buf, "{\"a\":{" FIRST_MORE
                      ",\"index\":2,\"document\":0,\"order\":5,\"leads\":true,\"stored_bytes\":91},\"b\":{" SECOND_MORE
                      ",\"index\":7,\"document\":4,\"order\":3,\"stored_bytes\":94},\"reason\":\"near\",\"jaccard\":0."
                      "6666666666666666,"
                      "\"distance\":7}\n"
                      "{\"a\":{\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1,\"tokens\":40,\"index\":0,\"order\":0,"
                      "\"stored_bytes\":300},"
                      "\"b\":{\"file\":\"y\\\".txt\",\"line\":4,\"tokens\":41,\"index\":3,\"order\":0,\"leads\":true,"
                      "\"stored_bytes\":301},"
                      "\"reason\":\"exact\",\"jaccard\":1}\n");
}

static void expect_cluster(const neardup_cluster *cluster, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    struct ndup_json_writer json;
    ndup_record_begin_cluster(&json, &buf, cluster);
    for (uint64_t i = 0; i < cluster->member_count; i++)
        ndup_record_member(&json, &cluster->members[i]);
    ndup_record_end_cluster(&json);
    expect_text(&buf, expected);
}

Test(run_record, clusters)
{
    const neardup_member whole[] = {
        {.document = document_b, .reason = NEARDUP_EXACT, .distance = NEARDUP_NO_DISTANCE, .jaccard = 1}};
    expect_cluster(&(neardup_cluster){.number = 2,
                                      .keeper = document_a,
                                      .documents = 2,
                                      .tokens = 80,
                                      .member_count = 1,
                                      .members = whole,
                                      .component = 1},
                   "{\"cluster\":2,\"size\":2,\"tokens\":80,\"component\":1,\"keeper\":{\"id\":\"a1\",\"file\":"
                   "\"x.jsonl\",\"line\":1,\"tokens\":40},\"members\":[{\"file\":\"y\\\".txt\",\"line\":4,\"tokens\":"
                   "41,\"reason\":\"exact\",\"jaccard\":1}]}\n");
    const neardup_member parts[] = {
        {.document = second, .reason = NEARDUP_NEAR, .distance = NEARDUP_NO_DISTANCE, .jaccard = 0.75},
        {.document = second, .reason = NEARDUP_CONTAINED, .distance = NEARDUP_NO_DISTANCE, .containment = 0.9}};
    expect_cluster(
        &(neardup_cluster){.number = 1,
                           .keeper = first,
                           .documents = 2,
                           .tokens = 32,
                           .member_count = 2,
                           .members = parts,
                           .component = 1},
        "{\"cluster\":1,\"size\":3,\"unit\":\"paragraph\",\"documents\":2,\"tokens\":32,\"keeper\":{" FIRST_MORE
        "},\"members\":[{" SECOND_MORE ",\"reason\":\"near\",\"jaccard\":0.75},{" SECOND_MORE
        ",\"reason\":\"contained\",\"containment\":0.9}]}\n");
}

Test(run_record, boilerplate)
{
    const neardup_member all[] = {
        {.document = first, .reason = NEARDUP_BOILERPLATE, .distance = NEARDUP_NO_DISTANCE, .jaccard = 1},
        {.document = second, .reason = NEARDUP_BOILERPLATE, .distance = NEARDUP_NO_DISTANCE, .jaccard = 0.75}};
    neardup_cluster cluster = {.number = 1,
                               .keeper = first,
                               .documents = 2,
                               .tokens = 32,
                               .boilerplate = true,
                               .member_count = 1,
                               .members = all + 1,
                               .component = 1};
    expect_cluster(
        &cluster,
        "{\"cluster\":1,\"size\":2,\"unit\":\"paragraph\",\"documents\":2,\"tokens\":32,\"boilerplate\":true,"
        "\"keeper\":{" FIRST_MORE "},\"members\":[{" SECOND_MORE ",\"reason\":\"boilerplate\",\"jaccard\":0.75}]}\n");
    cluster.all_removed = true;
    cluster.member_count = 2;
    cluster.members = all;
    expect_cluster(
        &cluster,
        "{\"cluster\":1,\"size\":2,\"unit\":\"paragraph\",\"documents\":2,\"tokens\":32,\"boilerplate\":true,"
        "\"keeper\":null,\"first\":{" FIRST_MORE "},\"members\":[{" FIRST_MORE
        ",\"reason\":\"boilerplate\",\"jaccard\":1},{" SECOND_MORE ",\"reason\":\"boilerplate\",\"jaccard\":0.75}]}\n");
}

/* ---- SimHash ---- */

Test(run_record, distances_stand_behind_jaccard)
{
    expect_decision(
        &(neardup_decision){.document = document_b,
                            .reason = NEARDUP_NEAR,
                            .jaccard = 0.913,
                            .distance = 3,
                            .keeper = document_a,
                            .cluster = 12},
        "{\"file\":\"y\\\".txt\",\"line\":4,\"tokens\":41,\"reason\":\"near\",\"jaccard\":0.913,"
        "\"distance\":3,\"keeper\":{"
        "\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1,\"tokens\":40},\"cluster\":12,\"stored_bytes\":99}\n");
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_record_pair(&buf, &(neardup_pair){document_a, document_b, NEARDUP_EXACT, 1, 0, false, 0, 0});
    expect_text(&buf, "{\"a\":{\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1},\"b\":{\"file\":\"y\\\"."
                      "txt\",\"line\":4},"
                      "\"reason\":\"exact\",\"jaccard\":1,\"distance\":0}\n");
    const neardup_member member[] = {{.document = document_b, .reason = NEARDUP_NEAR, .jaccard = 0, .distance = 16}};
    expect_cluster(
        &(neardup_cluster){
            .number = 1, .keeper = document_a, .documents = 2, .member_count = 1, .members = member, .component = 1},
        "{\"cluster\":1,\"size\":2,\"tokens\":0,\"keeper\":{\"id\":\"a1\",\"file\":\"x.jsonl\",\"line\":1,\"tokens\":"
        "40},"
        "\"members\":[{"
        "\"file\":\"y\\\".txt\",\"line\":4,\"tokens\":41,\"reason\":\"near\",\"jaccard\":0,\"distance\":16}]}\n");
}

/* ---- summary.json ---- */

static neardup_job_options some_options(unsigned units)
{
    neardup_job_options o;
    neardup_job_options_init(&o, sizeof o);
    o.units = units;
    o.paragraph_profile = (neardup_profile){NEARDUP_TOKENS_WORD, 3};
    o.inside_documents = o.between_documents = true;
    o.containment = 0.9;
    o.min_tokens = 8;
    o.short_min_documents = 100;
    o.min_remaining = 1;
    return o;
}

static neardup_summary some_summary(void)
{
    return (neardup_summary){
        .files = 1,
        .binary_files = 2,
        .unread_data_files = 1,
        .input_bytes = 2,
        .text_bytes = 3,
        .records = 9,
        .documents = 9,
        .tokens = 10,
        .exact = 1,
        .near = 2,
        .removed_bytes = 11,
        .removed_tokens = 12,
        .kept = 6,
        .clusters = 3,
        .largest_cluster = 2,
        .candidates = 20,
        .edges = 21,
        .profile_fingerprint = UINT64_C(0x0123456789abcdef),
        .plan = {.kind = NEARDUP_SKETCH_AFFINE, .slots = 128, .bands = 32, .rows = 4, .recall_at_threshold = 0.99},
        .threads = 2,
        .read_seconds = 0.5,
        .total_seconds = 1.25,
        .peak_memory_bytes = 1000,
        .scratch_bytes = 7,
        .split_seconds = 0.125,
        .paragraphs = {.unit = NEARDUP_UNIT_PARAGRAPH,
                       .documents = 6,
                       .blank_rule = 5,
                       .newline_rule = 1,
                       .count = 40,
                       .tokens = 400,
                       .distinct = 30,
                       .shorter = 4,
                       .exact = 6,
                       .near = 3,
                       .contained = 2,
                       .boilerplate = 1,
                       .unique = 8,
                       .unique_tokens = 40,
                       .definitions = 1,
                       .cut_tokens = 99,
                       .cut_bytes = 500,
                       .changed = 5,
                       .emptied = 1,
                       .emptied_bytes = 20,
                       .clusters = 8,
                       .groups = 2,
                       .candidates = 50,
                       .edges = 41,
                       .capped_buckets = 1,
                       .pairs = 12,
                       .profile_fingerprint = UINT64_C(0xfedcba9876543210),
                       .plan = {.all = true, .recall_at_threshold = 1}},
    };
}

#define COUNTS                                                                                                         \
    "{\n  \"neardup\": \"" NEARDUP_VERSION "\",\n  \"files\": 1,\n  \"failed_files\": 0,\n  \"binary_files\": 2,\n"    \
    "  \"unread_data_files\": 1,\n"                                                                                    \
    "  \"input_bytes\": 2,\n"                                                                                          \
    "  \"text_bytes\": 3,\n  \"records\": 9,\n  \"documents\": 9,\n  \"empty\": 0,\n  \"invalid\": 0,\n"               \
    "  \"invalid_utf8\": 0,\n  \"duplicate_ids\": 0,\n  \"tokens\": 10,\n  \"exact\": 1,\n  \"near\": 2,\n"            \
    "  \"kept\": 6,\n  \"removed_bytes\": 11,\n  \"removed_tokens\": 12,\n  \"dropped_bytes\": 0,\n  \"clusters\": "   \
    "3,\n"                                                                                                             \
    "  \"largest_cluster\": 2,\n  \"capped_buckets\": 0,\n  \"parameters\": {\n    \"threshold\": 0.7,\n"              \
    "    \"recall\": 0.99,\n    \"tokens\": \"word\",\n"
#define READ_FIELDS        "    \"input_format\": \"auto\",\n    \"text_field\": \"text\",\n    \"id_field\": \"id\",\n"
#define FIELDS             READ_FIELDS "    \"keep\": \"first\",\n"
#define REST_OF_PARAMETERS "    \"seed\": 0,\n    \"drop_invalid\": false,\n    \"drop_empty\": false\n  },\n"
#define METHOD                                                                                                         \
    "  \"profile\": {\"version\": 2, \"fingerprint\": \"0123456789abcdef\"},\n"                                        \
    "  \"plan\": {\"candidates\": \"lsh\", \"sketch\": \"affine\", \"slots\": 128, \"bands\": 32, \"rows\": 4, "       \
    "\"recall_at_threshold\": 0.990000},\n"
#define REST "    \"peak_memory_bytes\": 1000,\n    \"scratch_bytes\": 7\n  }\n}\n"
#define PARTS_BEGIN                                                                                                    \
    "  \"parts\": {\n    \"unit\": \"paragraph\",\n    \"documents\": 6,\n    \"blank_rule\": 5,\n"                    \
    "    \"newline_rule\": 1,\n    \"parts\": 40,\n    \"tokens\": 400,\n    \"distinct\": 30,\n    \"shorter\": 4,\n" \
    "    \"exact\": 6,\n    \"near\": 3,\n    \"contained\": 2,\n    \"boilerplate\": 1,\n    \"unique\": 8,\n    "    \
    "\"unique_tokens\": 40,\n    \"definitions\": 1,\n    \"cut_tokens\": 99,\n"                                       \
    "    \"cut_bytes\": 500,\n    \"changed\": 5,\n    \"emptied\": 1,\n    \"emptied_bytes\": 20,\n"                  \
    "    \"clusters\": 8,\n    \"capped_buckets\": 1,\n"
#define PARTS_END                                                                                                      \
    "    \"profile\": {\"version\": 2, \"fingerprint\": \"fedcba9876543210\"},\n"                                      \
    "    \"plan\": {\"candidates\": \"all\", \"recall_at_threshold\": 1}\n  },\n"

static void expect_summary(const neardup_job_options *options, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    const neardup_summary summary = some_summary();
    ndup_summary_write(&buf, &(struct ndup_run_record){.summary = &summary, .options = options});
    expect_text(&buf, expected);
}

Test(run_record, summary_of_documents)
{
    neardup_job_options options = some_options(NEARDUP_UNIT_DOCUMENT);
    expect_summary(
        &options,
        COUNTS "    \"ngram\": 5,\n" FIELDS REST_OF_PARAMETERS METHOD
               "  \"run\": {\n    \"inputs\": [],\n    \"threads\": 2,\n    \"candidates\": 20,\n    \"edges\": 21,\n"
               "    \"seconds\": {\"read\": 0.500, \"match\": 0.000, \"verify\": 0.000, \"write\": 0.000, "
               "\"total\": 1.250},\n" REST);
}

Test(run_record, summary_of_both)
{
    neardup_job_options options = some_options(NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH);
    options.max_copies = 20;
    options.keep_one = true;
    options.drop_emptied = true;
    expect_summary(
        &options, COUNTS
        "    \"ngram\": 5,\n" FIELDS
        "    \"units\": [\"document\", \"paragraph\"],\n    \"part_ngram\": 3,\n    \"within\": true,\n"
        "    \"across\": true,\n    \"containment\": 0.9,\n    \"min_contained\": 20,\n    \"max_copies\": 20,\n    "
        "\"keep_one\": true,\n"
        "    \"min_tokens\": 8,\n    \"often\": 100,\n    \"drop_emptied\": true,\n    \"min_remaining\": 1,\n"
        "    \"annotate\": false,\n    \"cut_unique\": false,\n" REST_OF_PARAMETERS METHOD PARTS_BEGIN PARTS_END
        "  \"run\": {\n    \"inputs\": [],\n    \"threads\": 2,\n    \"candidates\": 20,\n    \"edges\": 21,\n"
        "    \"part_candidates\": 50,\n    \"part_edges\": 41,\n    \"seconds\": {\"read\": 0.500, \"split\": 0.125, "
        "\"match\": 0.000, \"verify\": 0.000, \"write\": 0.000, \"total\": 1.250},\n" REST);
}

/* What belongs to comparing documents is not there if none were compared. */
Test(run_record, summary_of_lines)
{
    neardup_job_options options = some_options(NEARDUP_UNIT_LINE);
    options.between_documents = false;
    options.containment = 0;
    options.pairs = true; /* of documents there are none */
    options.group_field = "a \"site\"";
    expect_summary(
        &options, COUNTS READ_FIELDS
        "    \"group_field\": \"a \\\"site\\\"\",\n    \"keep\": \"first\",\n"
        "    \"units\": [\"line\"],\n    \"part_ngram\": 3,\n    \"within\": true,\n"
        "    \"across\": false,\n    \"containment\": 0,\n    \"min_contained\": 20,\n    \"max_copies\": 0,\n"
        "    \"keep_one\": false,\n    \"min_tokens\": 8,\n    \"often\": 100,\n"
        "    \"drop_emptied\": false,\n    \"min_remaining\": 1,\n    \"annotate\": false,\n    \"cut_unique\": "
        "false,\n" REST_OF_PARAMETERS PARTS_BEGIN
        "    \"groups\": 2,\n    \"pairs\": 12,\n    \"repeated_lines\": 0,\n" PARTS_END
        "  \"run\": {\n    \"inputs\": [],\n    \"threads\": 2,\n    \"part_candidates\": 50,\n    \"part_edges\": "
        "41,\n"
        "    \"seconds\": {\"read\": 0.500, \"split\": 0.125, \"match\": 0.000, \"verify\": 0.000, "
        "\"write\": 0.000, \"total\": 1.250},\n" REST);
}

Test(run_record, summary_of_simhash)
{
    neardup_job_options o = some_options(NEARDUP_UNIT_DOCUMENT);
    neardup_summary s = {.unreliable = 5, .hamming = {64, 6, 8, 2, 28, 1.5, 1000}};
    struct ndup_buf buf = NDUP_BUF_INIT;
    o.method = NEARDUP_METHOD_SIMHASH;
    ndup_summary_write(&buf, &(struct ndup_run_record){.summary = &s, .options = &o});
    ndup_buf_append(&buf, "", 1);
    cr_expect_not_null(strstr(buf.data, "  \"capped_buckets\": 0,\n  \"unreliable\": 5,\n"));
    cr_expect_not_null(strstr(buf.data, "  \"parameters\": {\n    \"method\": \"simhash\",\n    \"bits\": 64,\n"
                                        "    \"weights\": \"one\",\n    \"distance\": 6,\n    \"verify\": "
                                        "false,\n    \"tokens\": \"word\",\n"));
    cr_expect_not_null(strstr(buf.data, "  \"plan\": {\"candidates\": \"hamming\", \"recall_at_distance\": 1},\n"));
    cr_expect_not_null(strstr(buf.data, "    \"search\": {\"blocks\": 8, \"matching\": 2, "
                                        "\"tables\": 28, \"expected_seconds\": 1.500, \"bytes\": 1000},\n"));
    ndup_buf_free(&buf);
    struct ndup_buf verified = NDUP_BUF_INIT;
    o.verify = true;
    o.weights = NEARDUP_WEIGHTS_COUNT;
    ndup_summary_write(&verified, &(struct ndup_run_record){.summary = &s, .options = &o});
    ndup_buf_append(&verified, "", 1);
    cr_expect_not_null(strstr(verified.data,
                              "    \"weights\": \"count\",\n    \"distance\": 6,\n    \"verify\": true,\n"
                              "    \"threshold\": 0.7,\n"));
    ndup_buf_free(&verified);
}
