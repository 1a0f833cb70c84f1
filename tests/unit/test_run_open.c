/* SPDX-License-Identifier: MIT
 * Run folders that somebody else has had a hand in. */
#define _GNU_SOURCE
#include "base/platform.h"

#include "support/call_log.h"
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(replay_open, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

#define SUMMARY(near, clusters)                                                                                        \
    "{\"tokens\":9,\"documents\":3,\"exact\":0,\"near\":" near ",\"clusters\":" clusters                               \
    ",\"new in a later version\":[{}],\"parameters\":{\"threshold\":0.7,\"recall\":0.99,\"tokens\":\"word\","          \
    "\"ngram\":5},\"plan\":{\"candidates\":\"all\"},\"run\":{\"inputs\":[{\"path\":\"x\"}]}}"
#define PLACE_A "\"file\":\"a\\u00e9\\\"b\",\"line\":1,\"tokens\":3"
#define PLACE_B "\"id\":\"\\n\",\"file\":\"b\",\"line\":2,\"tokens\":4"
#define CLUSTER                                                                                                        \
    "{\"cluster\":1,\"size\":2,\"tokens\":4,\"later\":{\"x\":[1]},\"keeper\":{" PLACE_A "},\"members\":[{" PLACE_B     \
    ",\"reason\":\"near\",\"jaccard\":0.75}]}\n"
#define DECISION "{" PLACE_B ",\"reason\":\"near\",\"jaccard\":0.75,\"keeper\":{" PLACE_A "},\"cluster\":1}\n"
#define LOGGED_A "(document a\xc3\xa9\"b:1 id  group  [0 0] [0 0] 3)"
#define LOGGED_B "(document b:2 id \"\\n\" group  [0 0] [0 0] 4)"

static void write_run(const char *summary, const char *decisions, const char *clusters)
{
    test_write("run/summary.json", summary);
    test_write("run/decisions.jsonl", decisions);
    test_write("run/clusters.jsonl", clusters);
}

static void expect_text(const struct ndup_buf *buf, const char *expected)
{
    cr_expect(buf->len == strlen(expected) && (buf->len == 0 || memcmp(buf->data, expected, buf->len) == 0), "%.*s",
              (int)buf->len, buf->data);
}

/* Opens and reports it; what is wrong, without the path of the folder before it. */
static const char *trouble(const char *name, neardup_status expected, struct call_log *log)
{
    static neardup_error err;
    neardup_run *run = NULL;
    struct call_log own = {0};
    neardup_callbacks callbacks = call_log_callbacks(log != NULL ? log : &own);
    err = (neardup_error){.message = ""};
    neardup_status st = neardup_run_open(&run, test_path(name), &err);
    cr_expect((run != NULL) == (st == NEARDUP_OK));
    if (st == NEARDUP_OK)
        st = neardup_run_replay(run, &callbacks, &err);
    neardup_run_close(run);
    call_log_free(&own);
    cr_expect_eq(st, expected, "%d: %s", (int)st, err.message);
    if (st == NEARDUP_OK)
        return "";
    cr_expect_eq(err.code, st);
    const char *at = strstr(err.message, test_folder);
    return at != NULL ? at + strlen(test_folder) + 1 : err.message;
}

Test(replay_open, a_run_as_it_should_be)
{
    struct call_log log = {0};
    neardup_run *run;
    write_run(SUMMARY("1", "1"), DECISION, CLUSTER);
    cr_assert_str_eq(trouble("run", NEARDUP_OK, &log), "");
    expect_text(&log.decisions, LOGGED_B " near 0.75 0 -1 " LOGGED_A " cut 0 0 cluster 1\n");
    expect_text(&log.clusters, "1 component 1 documents 2 tokens 4 " LOGGED_A "\n  " LOGGED_B " near 0.75 0 -1 \n");
    call_log_free(&log);
    cr_assert_eq(neardup_run_open(&run, test_path("run/"), NULL), NEARDUP_OK);
    cr_assert_null(neardup_run_command(run));
    cr_assert_null(neardup_run_directory(run));
    cr_assert_str_eq(neardup_run_input(run, 0, NULL), "x");
    cr_assert_str_eq(neardup_run_summary_json(run), SUMMARY("1", "1"));
    cr_assert_eq(neardup_run_replay(run, &(neardup_callbacks){.struct_size = sizeof(neardup_callbacks)}, NULL),
                 NEARDUP_OK, "no callback is fine");
    neardup_run_close(run);
    neardup_run_close(NULL);
}

Test(replay_open, what_is_no_run)
{
    neardup_error err;
    neardup_run *run;
    cr_assert_eq(neardup_run_open(&run, test_path("nothing"), &err), NEARDUP_E_IO);
    cr_assert_eq(neardup_run_open(&run, test_folder, &err), NEARDUP_E_IO);
    cr_assert_not_null(strstr(err.message, "is not the folder of a finished run: it has no summary.json"));
    cr_assert_null(run);
    test_write("run/summary.json", SUMMARY("1", "1"));
    cr_assert_str_eq(trouble("run", NEARDUP_E_IO, NULL), "run/clusters.jsonl': No such file or directory");
    test_write("run/clusters.jsonl", CLUSTER);
    cr_assert_str_eq(trouble("run", NEARDUP_E_IO, NULL), "run/decisions.jsonl': No such file or directory");
    cr_assert_eq(mkfifo(test_path("pipe"), 0600), 0);
    cr_assert_str_eq(trouble("pipe", NEARDUP_E_ARG, NULL), "pipe': not a regular file");
}

Test(replay_open, summaries_that_are_none)
{
    static const struct {
        const char *summary, *expected;
    } bad[] = {
        {"", "run/summary.json: not JSON: nothing but white space"},
        {"{}", "run/summary.json: not the summary of a run: \"parameters\" or \"tokens\" is missing"},
        {"[]", "run/summary.json: not a JSON object"},
        {"{\"tokens\":1,\"parameters\":{}",
         "run/summary.json: not JSON: a comma, colon, bracket or quote is missing or out of place"},
        {"{\"tokens\":-1,\"parameters\":{}}", "run/summary.json: \"tokens\" must be a non-negative integer"},
        {"{\"tokens\":1,\"parameters\":[]}", "run/summary.json: \"parameters\" must be an object"},
        {"{\"tokens\":1,\"parameters\":{\"keep\":\"best\"}}",
         "run/summary.json: \"keep\" must be a word that this version knows"},
        {"{\"tokens\":1,\"parameters\":{\"units\":[\"\"]}}", "run/summary.json: \"units\" must be an array of units"},
        {"{\"tokens\":1,\"parameters\":{\"ngram\":5000000000}}",
         "run/summary.json: \"ngram\" must be a non-negative integer below 2^32"},
        {"{\"tokens\":1,\"parameters\":{\"text_field\":\"\\q\"}}",
         "run/summary.json: not JSON: bad escape in a string"},
        {"{\"tokens\":1,\"parameters\":{},\"profile\":{\"fingerprint\":\"0123456789abcdeF\"}}",
         "run/summary.json: \"fingerprint\" must be 16 hexadecimal digits"},
        {"{\"tokens\":1,\"parameters\":{},\"run\":{\"command\":[1]}}",
         "run/summary.json: \"command\" must be an array of strings"},
        {"{\"tokens\":1,\"parameters\":{},\"run\":{\"inputs\":[{}]}}",
         "run/summary.json: \"inputs\" must be an array of objects with a path"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_run(bad[i].summary, DECISION, CLUSTER);
        cr_expect_str_eq(trouble("run", NEARDUP_E_FORMAT, NULL), bad[i].expected);
    }
    write_run(
        "{\"tokens\":1,\"parameters\":{\"threshold\":7},\"plan\":{\"candidates\":\"lsh\",\"bands\":9,\"rows\":9}}",
        DECISION, CLUSTER);
    cr_expect_not_null(strstr(trouble("run", NEARDUP_E_FORMAT, NULL), "run/summary.json: threshold"));
}

Test(replay_open, lines_that_are_not_ours)
{
    static const struct {
        const char *clusters, *expected;
    } bad[] = {
        {CLUSTER "{\"cluster\":2", "run/clusters.jsonl:2: not JSON: the object does not end, or something follows it"},
        {CLUSTER "\n", "run/clusters.jsonl:2: not JSON: nothing but white space"},
        {CLUSTER CLUSTER "{}\n", "run/clusters.jsonl:3: not a cluster: cluster, size, keeper or members is missing"},
        {"{\"cluster\":1,\"size\":3,\"keeper\":{" PLACE_A "},\"members\":[{" PLACE_B
         ",\"reason\":\"exact\",\"jaccard\":1}]}\n",
         "run/clusters.jsonl:1: size does not match the number of members"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{\"file\":\"a\"},\"members\":[]}\n",
         "run/clusters.jsonl:1: a place has no file or no line"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A "},\"members\":[{" PLACE_B "}]}\n",
         "run/clusters.jsonl:1: reason is missing"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A "},\"members\":[{" PLACE_B ",\"reason\":\"near\"}]}\n",
         "run/clusters.jsonl:1: jaccard or containment is missing"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A "},\"members\":[{" PLACE_B
         ",\"reason\":\"near\",\"jaccard\":1.5}]}\n",
         "run/clusters.jsonl:1: expected a score from 0 to 1"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A ",\"bytes\":[2,1]}}\n",
         "run/clusters.jsonl:1: expected a range: [begin, end]"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A ",\"id\":[]}}\n",
         "run/clusters.jsonl:1: expected a string or number as id or group"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":7}\n", "run/clusters.jsonl:1: expected an object with file and line"},
        {"{\"cluster\":1,\"size\":2,\"members\":7}\n", "run/clusters.jsonl:1: members must be an array"},
        {"{\"cluster\":1,\"size\":2,\"members\":[7]}\n", "run/clusters.jsonl:1: members must be objects"},
        {"{\"cluster\":1,\"size\":2,\"members\":[],\"members\":[]}\n", "run/clusters.jsonl:1: members is given twice"},
        {"{\"cluster\":-1}\n", "run/clusters.jsonl:1: expected a non-negative integer"},
        {"{\"cluster\":1,\"component\":true}\n", "run/clusters.jsonl:1: expected a non-negative integer"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A ",\"bytes\":7}}\n",
         "run/clusters.jsonl:1: expected a range: [begin, end]"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A ",\"bytes\":[1]}}\n",
         "run/clusters.jsonl:1: expected a range: [begin, end]"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A ",\"bytes\":[1,2,3]}}\n",
         "run/clusters.jsonl:1: expected a range: [begin, end]"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A "},\"members\":[{" PLACE_B
         ",\"reason\":\"near\",\"distance\":129}]}\n",
         "run/clusters.jsonl:1: expected a distance from 0 to 128"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A "},\"members\":[{" PLACE_B ",\"reason\":\"nearly\"}]}\n",
         "run/clusters.jsonl:1: unknown reason"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{" PLACE_A "},\"members\":[{" PLACE_B ",\"unit\":\"page\"}]}\n",
         "run/clusters.jsonl:1: unknown unit"},
        {"{\"cluster\":1,\"size\":2,\"keeper\":{\"file\":3}}\n", "run/clusters.jsonl:1: expected a string"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_run(SUMMARY("1", "1"), DECISION, bad[i].clusters);
        cr_expect_str_eq(trouble("run", NEARDUP_E_FORMAT, NULL), bad[i].expected);
    }
    write_run(SUMMARY("1", "1"), DECISION "{\"file\":\"x\",\"line\":1}\n", CLUSTER);
    cr_expect_str_eq(trouble("run", NEARDUP_E_FORMAT, NULL), "run/decisions.jsonl:2: reason is missing");
    write_run(SUMMARY("1", "1"), "{" PLACE_B ",\"reason\":\"near\",\"kept\":[[1,2],[4,3]]}\n", CLUSTER);
    cr_expect_str_eq(trouble("run", NEARDUP_E_FORMAT, NULL), "run/decisions.jsonl:1: expected a range: [begin, end]");
    write_run(SUMMARY("1", "1"), "{" PLACE_B ",\"reason\":\"near\",\"kept\":[[1,2]\n", CLUSTER);
    cr_expect_not_null(strstr(trouble("run", NEARDUP_E_FORMAT, NULL), "run/decisions.jsonl:1: not JSON"));
    write_run(SUMMARY("1", "1"), "{" PLACE_B ",\"reason\":\"near\",\"jaccard\":0.75,\"cluster\":1}\n", CLUSTER);
    cr_expect_str_eq(trouble("run", NEARDUP_E_FORMAT, NULL), "run/decisions.jsonl:1: keeper is missing");
}

Test(replay_open, files_that_do_not_hold_what_the_summary_counts)
{
    write_run(SUMMARY("2", "1"), DECISION, CLUSTER);
    cr_expect_str_eq(trouble("run", NEARDUP_E_FORMAT, NULL),
                     "run/decisions.jsonl: 1 decisions, but summary.json counts 2");
    write_run(SUMMARY("1", "1"), DECISION, "");
    cr_expect_str_eq(trouble("run", NEARDUP_E_FORMAT, NULL),
                     "run/clusters.jsonl: 0 clusters, but summary.json counts 1");
}

/* As `find` prints it; the last line may lack its newline, and lines about groups are none of ours. */
Test(replay_open, clusters_alone)
{
    struct call_log log = {0};
    neardup_run *run;
    neardup_error err;
    static const char group[] =
        "{\"group\":3,\"group_documents\":2,\"documents\":2,\"cluster\":1,\"first\":{" PLACE_A "}}";
    char text[2000];
    snprintf(text, sizeof text, "%s%s", CLUSTER, group);
    test_write("found.jsonl", text);
    cr_assert_eq(neardup_run_open(&run, test_path("found.jsonl"), &err), NEARDUP_OK);
    cr_assert_null(neardup_run_summary(run));
    cr_assert_null(neardup_run_options(run));
    cr_assert_null(neardup_run_summary_json(run));
    cr_assert_null(neardup_run_input(run, 0, NULL));
    neardup_callbacks callbacks = call_log_callbacks(&log);
    cr_assert_eq(neardup_run_replay(run, &callbacks, &err), NEARDUP_OK);
    expect_text(&log.clusters, "1 component 1 documents 2 tokens 4 " LOGGED_A "\n  " LOGGED_B " near 0.75 0 -1 \n");
    expect_text(&log.decisions, "");
    cr_assert_eq(neardup_run_rethreshold(run, 0.8, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "cannot change the threshold of this run: it recorded no pairs");
    neardup_run_close(run);
    call_log_free(&log);
    test_write("empty.jsonl", "");
    cr_assert_str_eq(trouble("empty.jsonl", NEARDUP_OK, NULL), "");
    test_write("pairs.jsonl", "{\"a\":{" PLACE_A "},\"b\":{" PLACE_B "},\"reason\":\"near\",\"jaccard\":0.75}\n");
    cr_assert_str_eq(trouble("pairs.jsonl", NEARDUP_E_FORMAT, NULL),
                     "pairs.jsonl:1: not a cluster: cluster, size, keeper or members is missing");
    test_write("text", "no JSON at all\n");
    cr_assert_eq(strncmp(trouble("text", NEARDUP_E_FORMAT, NULL), "text:1: not", 11), 0);
}

Test(replay_open, a_callback_can_stop_it)
{
    for (uint64_t stop = 1; stop <= 2; stop++) {
        struct call_log log = {.stop = stop};
        write_run(SUMMARY("1", "1"), DECISION, CLUSTER);
        cr_expect_str_eq(trouble("run", NEARDUP_E_CANCELED, &log), "canceled");
        cr_expect_eq(log.calls, stop);
        call_log_free(&log);
    }
}

/* A line that is longer than the buffer, between short ones. */
Test(replay_open, a_long_line)
{
    const unsigned members = 40000;
    struct call_log log = {0};
    FILE *file = test_create("long.jsonl");
    fputs(CLUSTER, file);
    fprintf(file, "{\"cluster\":2,\"size\":%u,\"keeper\":{" PLACE_A "},\"members\":[", members + 1);
    for (unsigned i = 0; i < members; i++)
        fprintf(file, "%s{\"id\":\"document %u\",\"file\":\"b\",\"line\":%u,\"reason\":\"%s\",\"jaccard\":%s}",
                i > 0 ? "," : "", i, i + 1, i % 2 == 0 ? "exact" : "near", i % 2 == 0 ? "1" : "0.8");
    fputs("]}\n", file);
    fputs(CLUSTER, file);
    test_close(file);
    cr_assert_str_eq(trouble("long.jsonl", NEARDUP_OK, &log), "");
    size_t lines = 0;
    for (size_t i = 0; i < log.clusters.len; i++)
        lines += log.clusters.data[i] == '\n';
    cr_assert_eq(lines, members + 1 + 4);
    call_log_free(&log);
}
