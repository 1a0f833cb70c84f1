/* SPDX-License-Identifier: MIT
 * Options of paragraphs and lines: what they become, and what is refused. The tables and the summary of a run that looked
 * at them. */
#include "base/platform.h"

#include "cli/find_table.h"
#include "cli/runjob.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void use_utf8(void)
{
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

TestSuite(parts, .init = use_utf8);

/* ---- options ---- */

struct outcome {
    neardup_job_options options;
    bool good;
    char said[600];
};

static const struct ndup_command *command_of(unsigned bit)
{
    const struct ndup_command *command = ndup_command_table;
    while (command->bit != bit)
        command++;
    return command;
}

/* Arguments end with NULL. */
static struct outcome options_of(unsigned command, ...)
{
    struct outcome out = {.good = false};
    const char *argv[16];
    int argc = 0;
    va_list args;
    va_start(args, command);
    for (const char *arg = va_arg(args, const char *); arg != NULL; arg = va_arg(args, const char *))
        argv[argc++] = arg;
    va_end(args);
    FILE *stream = fmemopen(out.said, sizeof out.said, "w");
    struct ndup_cli cli = {.command = command_of(command), .msg = {.stream = stream}};
    struct ndup_opt_failure failure;
    ndup_options_init(&cli.settings);
    cr_assert(
        ndup_opt_parse(ndup_options_table, command, argc, argv, &cli.settings, &cli.operand_count, &cli.seen, &failure),
        "%s", failure.message);
    out.good = ndup_command_check_options(&cli);
    ndup_runjob_options(&out.options, &cli.settings);
    fclose(stream);
    return out;
}

#define DEDUP(...) options_of(NDUP_CMD_DEDUP, __VA_ARGS__, NULL)
#define FIND(...)  options_of(NDUP_CMD_FIND, __VA_ARGS__, NULL)
#define PARAGRAPH  "--unit", "paragraph"

static void expect_good(struct outcome out)
{
    cr_expect(out.good);
    cr_expect_str_eq(out.said, "");
}

static void expect_refusal(struct outcome out, const char *said)
{
    cr_expect_not(out.good);
    cr_expect_str_eq(out.said, said);
}

Test(parts, units)
{
    cr_expect_eq(FIND("x").options.units, NEARDUP_UNIT_DOCUMENT);
    cr_expect_eq(FIND("--unit", "document").options.units, NEARDUP_UNIT_DOCUMENT);
    cr_expect_eq(FIND("--unit", "paragraph").options.units, NEARDUP_UNIT_PARAGRAPH);
    cr_expect_eq(FIND("--unit=line").options.units, NEARDUP_UNIT_LINE);
    cr_expect_eq(FIND("--unit", "document,paragraph").options.units, NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH);
    cr_expect_eq(FIND("--unit", "line,document").options.units, NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_LINE);
    cr_expect_eq(FIND("--unit", "line,line").options.units, NEARDUP_UNIT_LINE);
    expect_good(FIND("--unit", "document,line"));
}

Test(parts, scope)
{
    struct outcome both = FIND(PARAGRAPH), within = FIND(PARAGRAPH, "--within"), across = FIND(PARAGRAPH, "--across");
    struct outcome named = FIND(PARAGRAPH, "--within", "--across");
    expect_good(both);
    expect_good(within);
    expect_good(across);
    cr_expect(both.options.inside_documents && both.options.between_documents && named.options.inside_documents &&
              named.options.between_documents);
    cr_expect(within.options.inside_documents && !within.options.between_documents);
    cr_expect(!across.options.inside_documents && across.options.between_documents);
    cr_expect_float_eq(within.options.containment, 0.9, 0);
    cr_expect_float_eq(across.options.containment, 0, 0, "it is looked for inside documents");
    cr_expect_eq(both.options.short_min_documents, 1000);
    cr_expect_eq(within.options.short_min_documents, 0, "it counts documents");
}

Test(parts, values)
{
    struct outcome out = DEDUP(PARAGRAPH, "--containment", "0.8", "--max-copies", "20", "--keep-one", "--min-tokens",
                               "5", "--often", "7", "--min-remaining", "30");
    expect_good(out);
    cr_expect_float_eq(out.options.containment, 0.8, 0);
    cr_expect_eq(out.options.max_copies, 20);
    cr_expect(out.options.keep_one);
    cr_expect_eq(out.options.min_tokens, 5);
    cr_expect_eq(out.options.short_min_documents, 7);
    cr_expect(out.options.drop_emptied, "--min-remaining implies it");
    cr_expect_eq(out.options.min_remaining, 30);
    cr_expect_not(out.options.annotate);
    cr_expect(DEDUP(PARAGRAPH, "--drop-emptied").options.drop_emptied);
    cr_expect_eq(DEDUP(PARAGRAPH, "--drop-emptied").options.min_remaining, 1);
    cr_expect(DEDUP(PARAGRAPH, "--annotate").options.annotate);
    cr_expect_str_eq(FIND(PARAGRAPH, "--group-field", "meta.site").options.group_field, "meta.site");
}

Test(parts, defaults_of_a_job)
{
    neardup_job_options job;
    neardup_job_options_init(&job, sizeof job);
    struct outcome out = DEDUP(PARAGRAPH);
    cr_expect_eq(out.options.max_copies, job.max_copies);
    cr_expect_eq(out.options.keep_one, job.keep_one);
    cr_expect_eq(out.options.drop_emptied, job.drop_emptied);
    cr_expect_eq(out.options.annotate, job.annotate);
    cr_expect_null(out.options.group_field);
}

#define NEEDS_PARTS(option)                                                                                            \
    "neardup: error: " option " requires --unit paragraph or line\n"                                                   \
    "hint: add --unit paragraph or --unit line, or --unit document,paragraph to compare both\n"

Test(parts, options_that_need_parts)
{
    expect_refusal(FIND("--within"), NEEDS_PARTS("--within"));
    expect_refusal(FIND("--across", "--unit", "document"), NEEDS_PARTS("--across"));
    expect_refusal(FIND("--containment", "0.9"), NEEDS_PARTS("--containment"));
    expect_refusal(FIND("--max-copies", "3"), NEEDS_PARTS("--max-copies"));
    expect_refusal(FIND("--keep-one"), NEEDS_PARTS("--keep-one"));
    expect_refusal(FIND("--min-tokens", "8"), NEEDS_PARTS("--min-tokens"));
    expect_refusal(FIND("--often", "9"), NEEDS_PARTS("--often"));
    expect_refusal(DEDUP("--drop-emptied"), NEEDS_PARTS("--drop-emptied"));
    expect_refusal(DEDUP("--min-remaining", "1"), NEEDS_PARTS("--min-remaining"));
    expect_refusal(DEDUP("--annotate"), NEEDS_PARTS("--annotate"));
}

#define NEEDS_ACROSS(option)                                                                                           \
    "neardup: error: " option " cannot be combined with --within unless --across is given\n"                           \
    "hint: add --across, or leave out --within\n"

Test(parts, contradictions)
{
    expect_refusal(FIND(PARAGRAPH, "--across", "--containment", "0.9"),
                   "neardup: error: --containment cannot be combined with --across unless --within is given\n"
                   "hint: add --within, or leave out --across\n");
    expect_good(FIND(PARAGRAPH, "--across", "--containment", "0"));
    expect_refusal(FIND(PARAGRAPH, "--within", "--max-copies", "3"), NEEDS_ACROSS("--max-copies"));
    expect_refusal(FIND(PARAGRAPH, "--within", "--often", "3"), NEEDS_ACROSS("--often"));
    expect_refusal(FIND(PARAGRAPH, "--within", "--group-field", "site"), NEEDS_ACROSS("--group-field"));
    expect_good(FIND(PARAGRAPH, "--within", "--across", "--max-copies", "3"));
    expect_refusal(FIND(PARAGRAPH, "--keep-one"),
                   "neardup: error: --keep-one requires --max-copies\nhint: add --max-copies N\n");
    expect_refusal(DEDUP(PARAGRAPH, "--annotate", "--drop-emptied"),
                   "neardup: error: --annotate cannot be combined with --drop-emptied\n"
                   "hint: leave out --annotate or --drop-emptied\n");
    expect_refusal(DEDUP(PARAGRAPH, "--annotate", "--min-remaining", "5"),
                   "neardup: error: --annotate cannot be combined with --min-remaining\n"
                   "hint: leave out --annotate or --min-remaining\n");
    expect_refusal(DEDUP(PARAGRAPH, "--annotate", "--input-format", "file"),
                   "neardup: error: --annotate cannot be combined with --input-format file\n"
                   "hint: only JSON records can be annotated; decisions.jsonl has the spans of all cuts\n");
    expect_good(DEDUP(PARAGRAPH, "--annotate", "--input-format", "jsonl"));
    expect_good(DEDUP(PARAGRAPH, "--annotate", "-o", "-"));
}

Test(parts, groups_that_are_refused)
{
    expect_refusal(FIND(PARAGRAPH, "--group-field", "site", "--pairs"),
                   "neardup: error: --group-field cannot be combined with --pairs unless --save is given\n"
                   "hint: add --save DIR, or leave out --pairs\n");
    expect_refusal(FIND(PARAGRAPH, "--group-field", "site", "--format", "csv"),
                   "neardup: error: --group-field cannot be combined with --format csv unless --save is given\n"
                   "hint: --format jsonl and --format table can show groups\n");
    /* A folder has room for both. */
    expect_good(FIND(PARAGRAPH, "--group-field", "site", "--pairs", "--save", "run"));
    expect_good(FIND(PARAGRAPH, "--group-field", "site", "--format", "csv", "--save", "run"));
    expect_good(DEDUP("--group-field", "site", "--pairs"));
    expect_good(FIND("--group-field", "site"));
}

/* ---- tables ---- */

#define PART(number, name, from, to)                                                                                   \
    {                                                                                                                  \
        .unit = NEARDUP_UNIT_PARAGRAPH, .index = (number), .file = (name), .line = 1, .bytes = {(from), (to)},         \
        .characters = {                                                                                                \
            (from),                                                                                                    \
            (to)                                                                                                       \
        }                                                                                                              \
    }

/* A table of parts and one of groups, as 90 columns show them. The job has not run: no excerpts. */
static void expect_table(bool (*rows)(struct ndup_find_table *), enum ndup_find_kind kind, const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    struct ndup_cli cli = {.settings = {.colour = NDUP_TERM_NEVER}};
    struct ndup_runjob run = {.cli = &cli};
    neardup_job_options options;
    struct ndup_find_table table;
    neardup_job_options_init(&options, sizeof options);
    cr_assert_eq(setenv("COLUMNS", "90", 1), 0);
    cr_assert_eq(neardup_job_create(&run.job, &options, NULL), NEARDUP_OK);
    ndup_find_table_init(&table, &run, stream);
    ndup_find_table_begin(&table, kind);
    cr_expect(rows(&table));
    cr_expect(ndup_find_table_end(&table));
    ndup_find_table_free(&table);
    neardup_job_destroy(run.job);
    fclose(stream);
    cr_expect_str_eq(text, expected);
    free(text);
}

static bool cluster_rows(struct ndup_find_table *table)
{
    const neardup_member members[] = {
        {.document = PART(4, "b.txt", 0, 90), .reason = NEARDUP_EXACT, .jaccard = 1},
        {.document = PART(5, "b.txt", 92, 180), .reason = NEARDUP_NEAR, .jaccard = 0.8},
        {.document = PART(6, "b.txt", 182, 260), .reason = NEARDUP_CONTAINED, .containment = 0.96},
    };
    const neardup_member copies[] = {
        {.document = PART(7, "a.txt", 300, 340), .reason = NEARDUP_BOILERPLATE, .jaccard = 1},
        {.document = PART(8, "b.txt", 300, 340), .reason = NEARDUP_BOILERPLATE, .jaccard = 1},
        {.document = PART(9, "c.txt", 300, 340), .reason = NEARDUP_BOILERPLATE, .jaccard = 0.75},
    };
    const neardup_cluster one = {.number = 1,
                                 .keeper = PART(0, "a.txt", 10, 100),
                                 .documents = 2,
                                 .tokens = 1234,
                                 .member_count = 3,
                                 .members = members,
                                 .component = 1};
    const neardup_cluster two = {.number = 2,
                                 .keeper = PART(7, "a.txt", 300, 340),
                                 .documents = 3,
                                 .tokens = 24,
                                 .boilerplate = true,
                                 .all_removed = true,
                                 .member_count = 3,
                                 .members = copies,
                                 .component = 2};
    return ndup_find_table_cluster(table, &one) && ndup_find_table_cluster(table, &two);
}

Test(parts, table_of_clusters)
{
    expect_table(cluster_rows, NDUP_FIND_PARTS,
                 "CLUSTER  COPIES  DOCUMENTS  WASTED          SIMILAR  DOCUMENT  CHARACTERS  TEXT\n"
                 "      1       4          2   1 234  {a→b}.txt\n"
                 "                                             keeper  a.txt         10-100\n"
                 "                                              exact  b.txt           0-90\n"
                 "                                              0.800  b.txt         92-180\n"
                 "                                    contained 0.960  b.txt        182-260\n"
                 "      2       3          3      24  {a,b,c}.txt\n"
                 "                                        boilerplate  a.txt        300-340\n"
                 "                                              exact  b.txt        300-340\n"
                 "                                              0.750  c.txt        300-340\n");
}

static bool group_rows(struct ndup_find_table *table)
{
    neardup_group_repeat repeat = {.group = "\"a.org\"",
                                   .group_length = 7,
                                   .group_documents = 1200,
                                   .documents = 1100,
                                   .cluster = 3,
                                   .first = PART(0, "x.jsonl", 5, 80)};
    bool good = ndup_find_table_group(table, &repeat);
    repeat.cluster = 17;
    repeat.documents = 900;
    good = good && ndup_find_table_group(table, &repeat);
    repeat.group = "12";
    repeat.group_length = 2;
    return good && ndup_find_table_group(table, &repeat);
}

Test(parts, table_of_groups)
{
    expect_table(group_rows, NDUP_FIND_GROUPS,
                 "GROUP       DOCUMENTS   SHARE  CLUSTER  FIRST      CHARACTERS  TEXT\n"
                 "a.org  1 100 of 1 200  91.7 %        3  x.jsonl:1        5-80\n"
                 "         900 of 1 200  75.0 %       17  x.jsonl:1        5-80\n"
                 "12       900 of 1 200  75.0 %       17  x.jsonl:1        5-80\n");
}

/* ---- summary ---- */

static neardup_summary some_summary(void)
{
    return (neardup_summary){
        .files = 3,
        .text_bytes = 10000000,
        .documents = 1204,
        .exact = 100,
        .near = 4,
        .removed_bytes = 900000,
        .kept = 1100,
        .clusters = 90,
        .largest_cluster = 5,
        .total_seconds = 2,
        .peak_memory_bytes = 1 << 20,
        .paragraphs = {.unit = NEARDUP_UNIT_PARAGRAPH,
                       .documents = 1100,
                       .blank_rule = 1000,
                       .newline_rule = 100,
                       .count = 48120,
                       .tokens = 500000,
                       .distinct = 40000,
                       .shorter = 9000,
                       .exact = 8000,
                       .near = 120,
                       .contained = 11,
                       .boilerplate = 30,
                       .cut_tokens = 50000,
                       .cut_bytes = 300000,
                       .changed = 700,
                       .emptied = 1,
                       .emptied_bytes = 100000,
                       .clusters = 1,
                       .groups = 12},
    };
}

static void expect_summary(const neardup_summary *summary, const neardup_job_options *options, bool would,
                           const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ndup_summary_print(stream, false, summary, options, would, false);
    fclose(stream);
    cr_expect_str_eq(text, expected);
    free(text);
}

Test(parts, summary_of_both)
{
    const neardup_summary summary = some_summary();
    struct outcome out = DEDUP("--unit", "document,paragraph", "--drop-emptied", "--max-copies", "9");
    expect_summary(
        &summary, &out.options, false,
        "documents           1 204  in 3 files, 10.0 MB\n"
        "duplicates            104  8.6 %: 100 exact, 4 near, in 90 clusters\n"
        "split               1 100  documents: 1 000 at blank lines, 100 at newlines, because they have no blank line\n"
        "paragraphs         48 120  40 000 distinct, 9 000 below 8 tokens\n"
        "cut                 8 161  17.0 %: 8 000 exact, 120 near, 11 contained, 30 boilerplate, in 1 cluster\n"
        "tokens             50 000  in these paragraphs, 10.0 % of all\n"
        "changed               700  documents\n"
        "emptied                 1  document with fewer than 1 token left\n"
        "kept                1 100  documents\n"
        "largest                 5  documents in one cluster\n"
        "saved             1.30 MB  13.0 %\n"
        "time               2.00 s  5.0 MB/s, peak memory 1.00 MiB\n");
}

/* Without documents as a unit there is nothing to say about duplicates of them. */
Test(parts, summary_of_parts_alone)
{
    neardup_summary summary = some_summary();
    summary.exact = summary.near = summary.clusters = summary.largest_cluster = summary.removed_bytes = 0;
    summary.kept = summary.documents;
    summary.paragraphs.unit = NEARDUP_UNIT_LINE;
    struct outcome out = FIND("--unit", "line", "--containment", "0", "--group-field", "site");
    expect_summary(&summary, &out.options, true,
                   "documents           1 204  in 3 files, 10.0 MB\n"
                   "split               1 100  documents at newlines\n"
                   "lines              48 120  40 000 distinct, 9 000 below 8 tokens\n"
                   "would cut           8 161  17.0 %: 8 000 exact, 120 near, in 1 cluster\n"
                   "tokens             50 000  in these lines, 10.0 % of all\n"
                   "would edit            700  documents\n"
                   "groups                 12  values of 'site'\n"
                   "would save         400 kB  4.0 %\n"
                   "time               2.00 s  5.0 MB/s, peak memory 1.00 MiB\n");
}

/* Marked, not cut: nothing is saved. */
Test(parts, summary_of_notes)
{
    neardup_summary summary = some_summary();
    summary.exact = summary.near = summary.clusters = summary.largest_cluster = summary.removed_bytes = 0;
    summary.kept = summary.documents;
    summary.paragraphs.newline_rule = 0;
    struct outcome out = DEDUP(PARAGRAPH, "--annotate");
    expect_summary(&summary, &out.options, false,
                   "documents           1 204  in 3 files, 10.0 MB\n"
                   "split               1 100  documents at blank lines\n"
                   "paragraphs         48 120  40 000 distinct, 9 000 below 8 tokens\n"
                   "marked              8 161  17.0 %: 8 000 exact, 120 near, 11 contained, in 1 cluster\n"
                   "tokens             50 000  in these paragraphs, 10.0 % of all\n"
                   "in                    700  documents\n"
                   "saved                 0 B  0.0 %\n"
                   "time               2.00 s  5.0 MB/s, peak memory 1.00 MiB\n");
}
