/* SPDX-License-Identifier: MIT
 * The table of options.
 *
 * How to add an option, for example --min-chars N, "shorter documents are left out":
 *   1. include/neardup_run.h: a field `min_chars` of neardup_job_options; its comment is its documentation.
 *   2. The file in src/engine that acts on it, which reads `job->options.min_chars`.
 *   3. Here: a row. Its destination is the field itself, so that nothing has to be copied:
 *          {.name = "min-chars", COUNT(job.min_chars, "N", 0, 0), .initial = "0", FOR(LOOK, &input),
 *           .help = "leave out documents that have fewer than N characters"},
 *      The parser, the help, the man page, the completions, the suggestions and neardup.toml need only this row. If the
 *      option requires or excludes others, the row says so with RULES(...); if most users need it, COMMON(...) puts it on
 *      the one screen of the short help.
 *   4. tests/cli/dedup/min_chars.case: a case.
 * A default other than zero is also in neardup_job_options_init; tests/cli/test_opt.c holds the two together. An option of
 * the program alone, unknown to the library, has its field in struct ndup_settings (options.h) instead of 1. Run
 * `make man` at the end: doc/neardup.1 is made from this table. */
#include "base/platform.h"

#include "cli/options.h"
#include "run/names.h"
#include "report/report_formats.h"
#include "term/number.h"

#include <stdio.h>
#include <string.h>

#define DEDUP   NDUP_CMD_DEDUP
#define FIND    NDUP_CMD_FIND
#define COMPARE NDUP_CMD_COMPARE
#define PLAN    NDUP_CMD_PLAN
#define SKETCH  NDUP_CMD_SKETCH
#define REPORT  NDUP_CMD_REPORT
#define EXPLAIN NDUP_CMD_EXPLAIN
#define CHECK   NDUP_CMD_CHECK
#define SUGGEST NDUP_CMD_SUGGEST
#define HELP    NDUP_CMD_HELP
#define JOB     (DEDUP | FIND)
#define LOOK    (JOB | CHECK)
#define READ    (LOOK | SKETCH)
#define TAKE    (READ | SUGGEST)
#define WORK    (TAKE | COMPARE | PLAN | REPORT | EXPLAIN)
#define EVERY   (WORK | NDUP_CMD_VERSION | HELP)

/* ---- words of a row ---------------------------------------------------------------------------------------------- */

#define TO(name)                                                                                                       \
    .field = #name, .offset = offsetof(struct ndup_settings, name),                                                    \
    .size = sizeof(((const struct ndup_settings *)NULL)->name)
#define GIVEN(field)          .given = offsetof(struct ndup_settings, field)
#define SWITCH(field, number) .kind = NDUP_OPT_FLAG, .value = (number), TO(field)
#define FLAG(field)           SWITCH(field, 1)
#define TEXT(field, name)     .kind = NDUP_OPT_TEXT, TO(field), .argument = (name)
#define LIST(field, name)     .kind = NDUP_OPT_LIST, TO(field), .argument = (name)
#define REAL(field, name)     .kind = NDUP_OPT_REAL, TO(field), .argument = (name), .min = 0, .max = 1
#define SHARE(field, name)    .kind = NDUP_OPT_SHARE, TO(field), .argument = (name)
#define SIZE(field)           .kind = NDUP_OPT_SIZE, TO(field), .argument = "SIZE"
#define CHOICE(field, words)  .kind = NDUP_OPT_CHOICE, TO(field), .choices = (words)
#define LIMIT(rule)           .kind = NDUP_OPT_LIMIT, TO(limits[rule]), .argument = "N|P%"
#define FOR(which, under)     .commands = (which), .group = (under)
#define COMMON(which)         .common = (which) /* commands whose short help has the option */
#define COUNT(field, name, least, most)                                                                                \
    .kind = NDUP_OPT_COUNT, TO(field), .argument = (name), .min = (least), .max = (most)

#define RULES(...)                                                                                                     \
    .rules = (const struct ndup_opt_rule[])                                                                            \
    {                                                                                                                  \
        __VA_ARGS__,                                                                                                   \
        {                                                                                                              \
            .kind = NDUP_OPT_NO_RULE                                                                                   \
        }                                                                                                              \
    }
#define REQUIRES(name)                                                                                                 \
    {                                                                                                                  \
        .kind = NDUP_OPT_REQUIRES, .other = (name)                                                                     \
    }
#define REQUIRES_EITHER(name, third)                                                                                   \
    {                                                                                                                  \
        .kind = NDUP_OPT_REQUIRES, .other = (name), .unless = (third)                                                  \
    }
#define REQUIRES_BUT(name, advice)                                                                                     \
    {                                                                                                                  \
        .kind = NDUP_OPT_REQUIRES, .other = (name), .hint = (advice)                                                   \
    }
#define REQUIRES_VALUE(name, words, advice)                                                                            \
    {                                                                                                                  \
        .kind = NDUP_OPT_REQUIRES, .other = (name), .values = (words), .hint = (advice)                                \
    }
#define EXCLUDES(name)                                                                                                 \
    {                                                                                                                  \
        .kind = NDUP_OPT_EXCLUDES, .other = (name)                                                                     \
    }
#define EXCLUDES_UNLESS(name, third)                                                                                   \
    {                                                                                                                  \
        .kind = NDUP_OPT_EXCLUDES, .other = (name), .unless = (third)                                                  \
    }
#define EXCLUDES_VALUE(name, words, third, advice)                                                                     \
    {                                                                                                                  \
        .kind = NDUP_OPT_EXCLUDES, .other = (name), .values = (words), .unless = (third), .hint = (advice)             \
    }

#define NEEDS_MINHASH(advice) REQUIRES_VALUE("method", "minhash", advice)
#define NEEDS_SIMHASH         REQUIRES_VALUE("method", "simhash", NULL)
#define NEEDS_PARTS                                                                                                    \
    REQUIRES_VALUE("unit", "paragraph|line",                                                                           \
                   "add --unit paragraph or --unit line, or --unit document,paragraph to compare both")
#define NEEDS_DOCUMENTS                                                                                                \
    REQUIRES_VALUE("unit", "document", "write --unit document,paragraph, or use --max-repetition instead")

#define NEEDS_AUDITED REQUIRES_VALUE("unit", "document", "only documents are audited: leave out --audit")
#define NEEDS_UNIT_DOCUMENT                                                                                            \
    REQUIRES_VALUE("unit", "document",                                                                                 \
                   "near-duplicate paragraphs and lines keep sentences that are nowhere else: leave out --numbers")

#define NEEDS_FOLDER(advice) EXCLUDES_VALUE("output", "-", NULL, advice)
#define NEEDS_SIGNATURES     EXCLUDES_VALUE("candidates", "all", NULL, exact_join)

static const char csv_rows_more[] =
    "removed: each row has the id, file and line of a document that is removed, those of the document that is kept for "
    "it, "
    "their similarity and the reason. With --unit paragraph or line also of paragraphs or lines.";
static const char exact_join[] = "--candidates all finds every pair without signatures: leave the option out";
static const char finds_every[] =
    "SimHash finds every pair within --distance: leave the option out, or use --method minhash";
static const char no_sync[] =
    "By default, output files get their names only once they are on the disk, so that a power cut leaves the older run "
    "or the new one. With --no-sync they may be empty afterwards.";
static const char fixed_size[] = "--bits sets the size of a fingerprint: leave the option out, or use --method minhash";

/* ---- words of values --------------------------------------------------------------------------------------------- */

/* In the order of the enums of options.h, result.h, term.h and report.h. Those of the enums of neardup.h are in run/names.h. */
static const char *const candidate_words[] = {"lsh", "all", NULL};
static const char *const csv_row_words[] = {"members", "removed", NULL};
static const char *const find_words[] = {"auto", "table", "jsonl", "csv", NULL};
static const char *const text_words[] = {"text", "json", NULL};
static const char *const compare_words[] = {"text", "json", "html", NULL};
static const char *const colour_words[] = {"auto", "always", "never", NULL};
static const char *const bits_words[] = {"64", "128", NULL};
static const char *const shell_words[] = {"none", "bash", "zsh", "fish", NULL};
static const char *const token_words[] = {"word", "char", NULL};
static const char *const mark_words[] = {"fold", "keep", NULL};
static const char *const case_words[] = {"fold", "keep", NULL};
/* As neardup_preset_at has them. */
static const char *const preset_words[] = {"none",  "titles",  "messages", "pages", "books",
                                           "noisy", "chinese", "code",     NULL};
static const char *const number_words[] = {"words", "keep", NULL};
static const char *const rate_words[] = {"documents", "bytes", "tokens", NULL};
static const char *const keep_words[] = {"first",   "last",      "longest",   "shortest",
                                         "content", "max:FIELD", "min:FIELD", NULL};

/* --report FORMAT:PATH */
static bool is_report(const char *value, const char *shown, struct ndup_opt_failure *failure)
{
    const char *names[16];
    char name[64];
    size_t count = 0, length = strcspn(value, ":");
    snprintf(name, sizeof name, "%.*s", (int)(length < 60 ? length : 60), value);
    if (ndup_check_format_find(name) == NULL) {
        for (; ndup_check_formats[count] != NULL && count < 16; count++)
            names[count] = ndup_check_formats[count]->name;
        ndup_opt_fail_word(failure, shown, name, names, count);
        return false;
    }
    if (value[length] == ':' && value[length + 1] != '\0')
        return true;
    snprintf(failure->message, sizeof failure->message, "invalid value '%.60s' for %s: expected FORMAT:PATH", value,
             shown);
    snprintf(failure->hint, sizeof failure->hint, "%s:- prints the report", name);
    return false;
}

/* Whether the library accepts the value for a text of its options, at this offset in them. */
static bool library_accepts(size_t offset, const char *value, const char *shown, struct ndup_opt_failure *failure)
{
    neardup_job *job = NULL;
    neardup_error err = {.message = ""};
    neardup_job_options options;
    neardup_job_options_init(&options, sizeof options);
    memcpy((char *)&options + offset, &value, sizeof value);
    if (neardup_job_create(&job, &options, &err) == NEARDUP_OK) {
        neardup_job_destroy(job);
        return true;
    }
    const char *expected = strstr(err.message, "expected ");
    snprintf(failure->message, sizeof failure->message, "invalid value '%.60s' for %s: %.200s", value, shown,
             expected != NULL ? expected : err.message);
    return false;
}

static bool is_delimiter(const char *value, const char *shown, struct ndup_opt_failure *failure)
{
    return library_accepts(offsetof(neardup_job_options, delimiter), value, shown, failure);
}

static bool is_command(const char *value, const char *shown, struct ndup_opt_failure *failure)
{
    return library_accepts(offsetof(neardup_job_options, pre), value, shown, failure);
}

static bool is_text_field(const char *value, const char *shown, struct ndup_opt_failure *failure)
{
    return library_accepts(offsetof(neardup_job_options, text_field), value, shown, failure);
}

/* Of the id or the group: the same form. */
static bool is_field(const char *value, const char *shown, struct ndup_opt_failure *failure)
{
    return library_accepts(offsetof(neardup_job_options, id_field), value, shown, failure);
}

static bool is_recall(const char *value, const char *shown, struct ndup_opt_failure *failure)
{
    neardup_plan_options options = NEARDUP_PLAN_OPTIONS_INIT;
    neardup_plan plan;
    neardup_error err;
    double recall;
    if (!ndup_number_parse_real(value, &recall) || recall < 1)
        return true; /* the kind of the option has refused all else */
    options.recall = recall;
    if (neardup_plan_solve(&options, &plan, &err) == NEARDUP_OK)
        return true;
    snprintf(failure->message, sizeof failure->message,
             "invalid value '%.60s' for %s: expected a number above 0 and below 1", value, shown);
    snprintf(failure->hint, sizeof failure->hint, "--candidates all finds every pair");
    return false;
}

/* --split NAME=PATH */
static bool is_split(const char *value, const char *shown, struct ndup_opt_failure *failure)
{
    size_t length = strcspn(value, "=");
    if (length > 0 && value[length] != '\0' && value[length + 1] != '\0')
        return true;
    snprintf(failure->message, sizeof failure->message, "invalid value '%.60s' for %s: expected NAME=PATH", value,
             shown);
    snprintf(failure->hint, sizeof failure->hint, "for instance --split train=train.jsonl --split test=test.jsonl");
    return false;
}

/* ---- headings, and the tables of neardup.toml -------------------------------------------------------------------- */

static const struct ndup_opt_group policy = {"Rules", "check"};
static const struct ndup_opt_group splits = {"Splits", "check"};
static const struct ndup_opt_group known = {"Known and allowed duplicates", "check"};
static const struct ndup_opt_group reports = {"Reports", "check"};
static const struct ndup_opt_group configuration = {"Configuration", NULL};
static const struct ndup_opt_group output = {"Output", "check"};
static const struct ndup_opt_group similarity = {"What counts as similar", "similarity"};
static const struct ndup_opt_group parts = {"Paragraphs and lines", "paragraphs"};
static const struct ndup_opt_group input = {"Input", "input"};
static const struct ndup_opt_group search = {"How candidates are found", "search"};
static const struct ndup_opt_group running = {"Running", "running"};
static const struct ndup_opt_group general = {"General", "running"};
static const struct ndup_opt_group help = {"General", NULL};

/* ---- the table --------------------------------------------------------------------------------------------------- */

/* In the order of the help: first what a command alone has. Two rows may have one name if no command has both. */
const struct ndup_opt ndup_options_table[] = {
    /* ---- check ---- */
    {.name = "max-duplicate-rate",
     LIMIT(NDUP_RULE_DUPLICATE_RATE),
     FOR(CHECK, &policy),
     COMMON(CHECK),
     RULES(NEEDS_DOCUMENTS),
     .help = "number or share of near-duplicates that is allowed",
     .more =
         "Every limit is a number (20) or a share (1%). A value exactly at the limit passes, and 0 is a valid limit. "
         "Without any rule no near-duplicate is allowed."},
    {.name = "rate-of",
     CHOICE(rate_of, rate_words),
     .initial = "documents",
     FOR(CHECK, &policy),
     RULES(REQUIRES("max-duplicate-rate")),
     .help = "what --max-duplicate-rate counts"},
    {.name = "max-exact",
     LIMIT(NDUP_RULE_EXACT),
     FOR(CHECK, &policy),
     COMMON(CHECK),
     RULES(NEEDS_DOCUMENTS),
     .help = "exact duplicates that are allowed",
     .more = "Two texts are exact duplicates if they differ only in case, width, spacing and typographic punctuation. "
             "Texts "
             "with the same words and other signs or accents are near-duplicates."},
    {.name = "max-cluster-size",
     LIMIT(NDUP_RULE_CLUSTER_SIZE),
     FOR(CHECK, &policy),
     COMMON(CHECK),
     RULES(NEEDS_DOCUMENTS),
     .help = "documents that the largest cluster may contain"},
    {.name = "max-repetition",
     LIMIT(NDUP_RULE_REPETITION),
     FOR(CHECK, &policy),
     COMMON(CHECK),
     RULES(REQUIRES_VALUE("unit", "paragraph|line", "write --unit document,paragraph, or leave out --unit"),
           EXCLUDES("split")),
     .help = "tokens that may be in repeated paragraphs",
     .more =
         "Counted in the documents that are not duplicates as a whole. Implies --unit document,paragraph unless --unit "
         "is given; the options for paragraphs decide what counts as one."},
    {.name = "max-invalid",
     LIMIT(NDUP_RULE_INVALID),
     FOR(CHECK, &policy),
     COMMON(CHECK),
     .help = "records that may be invalid"},
    {.name = "max-empty", LIMIT(NDUP_RULE_EMPTY), FOR(CHECK, &policy), .help = "records whose text may have no token"},

    {.name = "split",
     LIST(splits, "NAME=PATH"),
     FOR(CHECK, &splits),
     COMMON(CHECK),
     .valid = is_split,
     RULES(EXCLUDES_VALUE("unit", "paragraph|line", NULL, "leave out --unit: leaks are documents")),
     .help = "a split of the dataset; texts of later splits must not be in other splits",
     .more =
         "Name at least two; the first one is the training split. Give the option again for each split, or with the "
         "same name to add a path to a split. The path may have the patterns *, ? and [], quoted for the shell."},
    {.name = "max-leak",
     LIMIT(NDUP_RULE_LEAK),
     FOR(CHECK, &splits),
     COMMON(CHECK),
     .shown = "0 with --split",
     RULES(REQUIRES_BUT("split", "add --split train=PATH --split test=PATH")),
     .help = "documents of later splits that may be in another split",
     .more = "As an exact duplicate, as a near-duplicate, or contained in a longer document."},
    {.name = "leak-containment",
     SHARE(leak_containment, "C"),
     FOR(CHECK, &splits),
     .initial = "0.8",
     .shown = "0.8, or that of --contained",
     RULES(REQUIRES_BUT("split", "add --split train=PATH --split test=PATH")),
     .help = "share of a text that must be in a document of another split for the text to leak; 0: only whole texts"},
    {.name = "leak-ngram",
     COUNT(leak_ngram, "N", 1, 64),
     FOR(CHECK, &splits),
     .initial = "8",
     RULES(REQUIRES_BUT("split", "add --split train=PATH --split test=PATH")),
     .help = "tokens per shingle for --leak-containment"},

    {.name = "baseline",
     TEXT(baseline, "FILE"),
     FOR(CHECK, &known),
     COMMON(CHECK),
     .help = "file of known duplicates: only new ones count",
     .more = "It holds hashes of texts and the number of copies of each, but no paths: another copy is new, a file "
             "that was "
             "moved is not. Commit it to your repository."},
    {.name = "update-baseline",
     FLAG(update_baseline),
     FOR(CHECK, &known),
     COMMON(CHECK),
     .not_in_file = true,
     RULES(REQUIRES("baseline")),
     .help = "write the baseline instead of giving a verdict"},
    {.name = "max-new",
     LIMIT(NDUP_RULE_NEW),
     FOR(CHECK, &known),
     .shown = "0 with --baseline",
     RULES(REQUIRES("baseline")),
     .help = "duplicates that may be added to those in the baseline"},
    {.name = "reference",
     LIST(reference, "PATH"),
     FOR(CHECK, &known),
     COMMON(CHECK),
     RULES(NEEDS_DOCUMENTS),
     .help = "file or folder with documents that the inputs must not repeat",
     .more =
         "The inputs are compared with it; the reference itself is not checked. A file that is also an input counts "
         "only as an input. May be given again."},
    {.name = "max-reference",
     LIMIT(NDUP_RULE_REFERENCE),
     FOR(CHECK, &known),
     .shown = "0 with --reference",
     RULES(REQUIRES("reference"), NEEDS_DOCUMENTS),
     .help = "documents that may also be in the reference"},
    {.name = "allow",
     LIST(allow, "FILE"),
     FOR(CHECK, &known),
     COMMON(CHECK),
     .help = "file with fingerprints of texts that may repeat, one per line; # begins a comment",
     .more = "Take fingerprints from the findings of a json, sarif or gitlab report. A cluster that has such a text is "
             "ignored. The lines of a baseline work too. May be given again."},
    {.name = "allow-texts",
     LIST(allow_texts, "PATH"),
     FOR(CHECK, &known),
     .help = "file or folder with texts that may repeat, such as licences; near-duplicates of them are ignored",
     .more = "It is read as the inputs are. May be given again."},

    {.name = "report",
     LIST(reports, "FORMAT:PATH"),
     FOR(CHECK, &reports),
     COMMON(CHECK),
     .valid = is_report,
     .help = "write a report; the path - is standard output, where it replaces the text",
     .more =
         "Formats: text, json, markdown, html, sarif, junit, github (workflow annotations), gitlab (code quality). May "
         "be "
         "given again. Overwrites an existing file, except a file in a checked folder that is not an earlier report."},
    {.name = "add-report",
     LIST(more_reports, "FORMAT:PATH"),
     FOR(CHECK, &reports),
     .valid = is_report,
     .not_in_file = true,
     .help = "write another report in addition to those in neardup.toml, which --report would replace"},
    {.name = "max-findings",
     COUNT(max_findings, "N", 0, 1000000),
     FOR(CHECK, &reports),
     .initial = "1000",
     .help = "show at most N findings in a report, those with the most tokens first; all are counted"},
    {.name = "exit-zero",
     FLAG(exit_zero),
     FOR(CHECK, &reports),
     COMMON(CHECK),
     .help = "exit with status 0 even if a rule is violated"},

    {.name = "config",
     TEXT(config, "FILE"),
     FOR(CHECK, &configuration),
     .shown = "./neardup.toml if it exists",
     RULES(EXCLUDES("no-config")),
     .help = "read options from this file; options on the command line take precedence"},
    {.name = "no-config", FLAG(no_config), FOR(CHECK, &configuration), .help = "do not read neardup.toml"},
    {.name = "print-config",
     FLAG(print_config),
     FOR(CHECK, &configuration),
     .help = "print all options in effect as a configuration file, and exit"},

    /* ---- suggest ---- */
    {.name = "sample",
     COUNT(sample, "N", 10, 20000),
     .initial = "2000",
     FOR(SUGGEST, &output),
     COMMON(SUGGEST),
     RULES(EXCLUDES("judged")),
     .help = "documents in the sample",
     .more =
         "If the inputs have more, half of the sample are documents that are chosen by chance, and half those of all "
         "inputs that are most similar to them: documents that are chosen by chance alone hardly ever include two "
         "copies of one text. The sample has at most 4 million words."},
    {.name = "review",
     TEXT(review, "FILE"),
     FOR(SUGGEST, &output),
     COMMON(SUGGEST),
     RULES(EXCLUDES("judged")),
     .help = "write about 30 pairs to judge: a page, or CSV if the name ends in .csv",
     .more =
         "The pairs have all degrees of similarity, from 0.2 below the threshold of the advice. The page shows both "
         "texts with their differences, has buttons for the verdicts, and saves them as CSV. It opens from disk and "
         "loads nothing. In the CSV write same, different or unsure into the column verdict."},
    {.name = "judged",
     TEXT(judged, "FILE"),
     FOR(SUGGEST, &output),
     COMMON(SUGGEST),
     .help = "read verdicts, and say how many pairs are the same at each threshold",
     .more = "FILE is the CSV that the page of --review saves, or that of --review with the column verdict filled. The "
             "inputs are not read."},
    {.name = "precision",
     REAL(precision, "P"),
     .initial = "0.95",
     FOR(SUGGEST, &output),
     COMMON(SUGGEST),
     RULES(REQUIRES("judged")),
     .help = "share of the found pairs that are to be the same: the threshold for it is printed"},

    /* ---- output ---- */
    {.name = "output",
     .letter = 'o',
     TEXT(output, "OUT"),
     FOR(DEDUP, &output),
     COMMON(DEDUP),
     .help = "folder for the cleaned corpus, or - for its records on standard output",
     .more = "The folder has the cleaned files under the same names and in the same compression, decisions.jsonl, "
             "clusters.jsonl and summary.json. It appears complete or not at all."},
    {.name = "output",
     .letter = 'o',
     TEXT(output, "FILE"),
     FOR(FIND | SKETCH, &output),
     COMMON(FIND | SKETCH),
     .shown = "standard output",
     .help = "write to a new file",
     .more = "The file is complete or absent. An existing file is an error."},
    {.name = "output",
     .letter = 'o',
     TEXT(output, "FILE"),
     FOR(REPORT, &output),
     .shown = "standard output",
     .help = "write to a new file",
     .more =
         "The file is complete or absent. An existing file is an error unless --force is given. A file that the report "
         "reads is never overwritten."},
    {.name = "output",
     .letter = 'o',
     TEXT(output, "FILE"),
     FOR(COMPARE, &output),
     COMMON(COMPARE),
     .shown = "standard output",
     RULES(REQUIRES_VALUE("format", "html", "add --format html; text and JSON go to standard output: > FILE")),
     .help = "write the page (--format html) to a new file",
     .more = "The file is complete or absent. An existing file is an error unless --force is given. A file that is "
             "compared "
             "is never overwritten."},
    {.name = "save",
     TEXT(save, "DIR"),
     FOR(FIND, &output),
     COMMON(FIND),
     .help = "also write a folder for report and explain",
     .more =
         "The folder has decisions.jsonl, clusters.jsonl and summary.json as dedup writes them, and with --pairs also "
         "pairs.jsonl, but no corpus. The output of find does not change."},
    {.name = "force",
     FLAG(force),
     FOR(DEDUP, &output),
     COMMON(DEDUP),
     RULES(NEEDS_FOLDER("nothing is overwritten on standard output: leave out --force")),
     .help = "write into an output folder that is not empty",
     .more = "Overwrites files of the same name and leaves others. Refuses if an input is inside the output folder. An "
             "output folder inside an input folder is not read."},
    {.name = "force",
     FLAG(force),
     FOR(FIND, &output),
     COMMON(FIND),
     RULES(REQUIRES_EITHER("output", "save")),
     .help = "overwrite an existing file, or write into a --save folder that is not empty",
     .more = "In the folder, overwrites files of the same name and leaves others."},
    {.name = "force",
     FLAG(force),
     FOR(SKETCH | REPORT | COMPARE, &output),
     COMMON(SKETCH),
     RULES(REQUIRES("output")),
     .help = "overwrite an existing file"},
    {.name = "force",
     FLAG(force),
     FOR(SUGGEST, &output),
     RULES(REQUIRES("review")),
     .help = "overwrite an existing file"},
    {.name = "pairs",
     FLAG(pairs),
     FOR(FIND, &output),
     COMMON(FIND),
     .help = "report all verified pairs instead of clusters"},
    {.name = "pairs",
     FLAG(pairs),
     FOR(DEDUP, &output),
     RULES(EXCLUDES_VALUE("output", "-", NULL, "write to a folder: -o OUT; 'neardup find --pairs' prints pairs")),
     .help = "also write all verified pairs, to pairs.jsonl",
     .more = "Then 'neardup report --threshold' can show what a stricter threshold would remove."},
    {.name = "format",
     CHOICE(find_format, find_words),
     .initial = "auto",
     FOR(FIND, &output),
     COMMON(FIND),
     .help = "how clusters and pairs are printed",
     .more = "auto: a table on a terminal, JSON Lines elsewhere. The table is for people, and its form may change."},
    {.name = "format",
     CHOICE(report_format, ndup_run_format_words),
     .initial = "auto",
     FOR(REPORT, &output),
     .help = "form of the report",
     .more =
         "html: a page. markdown: a short text for a pull request. json: all clusters. csv: a table of all members. "
         "auto: by the name of the output file (.html, .md, .json, .csv), otherwise html."},
    {.name = "format",
     CHOICE(text_format, compare_words),
     .initial = "text",
     FOR(COMPARE, &output),
     COMMON(COMPARE),
     .help = "text for people, JSON for programs, or a page with the two texts side by side"},
    {.name = "format",
     CHOICE(text_format, text_words),
     .initial = "text",
     FOR(PLAN | EXPLAIN | SUGGEST, &output),
     .help = "text for people, or JSON for programs"},
    {.name = "csv-rows",
     CHOICE(csv_rows, csv_row_words),
     .initial = "members",
     FOR(FIND, &output),
     RULES(REQUIRES_VALUE("format", "csv", "add --format csv"), EXCLUDES("pairs")),
     .help = "rows of CSV: one per document of a cluster, or one per removed document with its kept document",
     .more = csv_rows_more},
    {.name = "csv-rows",
     CHOICE(csv_rows, csv_row_words),
     .initial = "members",
     FOR(REPORT, &output),
     .help = "rows of CSV: one per document of a cluster, or one per removed document with its kept document",
     .more = csv_rows_more},
    {.name = "csv-bom",
     FLAG(csv_bom),
     FOR(FIND, &output),
     RULES(REQUIRES_VALUE("format", "csv", "add --format csv")),
     .help = "begin CSV with a byte order mark, by which spreadsheets know that it is UTF-8"},
    {.name = "csv-bom",
     FLAG(csv_bom),
     FOR(REPORT, &output),
     .help = "begin CSV with a byte order mark, by which spreadsheets know that it is UTF-8"},
    {.name = "limit",
     COUNT(limit, "N", 0, 0),
     FOR(FIND, &output),
     COMMON(FIND),
     .shown = "all; 20 in a table on a terminal",
     .help = "print the N largest clusters, or the first N pairs",
     .more = "For paragraphs and lines: the N clusters with the most repeated tokens, and N passages per group."},
    {.name = "limit",
     COUNT(limit, "N", 1, 1000000),
     FOR(EXPLAIN, &output),
     .shown = "10",
     .help = "list at most N similar documents, removed documents, and cut paragraphs or lines"},
    {.name = "clusters",
     COUNT(clusters, "N", 1, 1000000),
     FOR(REPORT, &output),
     .shown = "10000",
     .help = "show the N costliest clusters of documents, and of paragraphs",
     .more =
         "The costliest are those whose members have the most tokens. JSON and CSV always have all clusters; in JSON "
         "the N costliest have "
         "their texts."},
    {.name = "no-text",
     FLAG(no_text),
     FOR(REPORT, &output),
     .help = "leave out the texts: show places, scores and numbers only"},
    {.name = "group-field",
     TEXT(job.group_field, "PATH"),
     .valid = is_field,
     FOR(DEDUP, &output),
     .help = "JSON field or CSV column with the group of a document, for instance its site",
     .more = "Every place in clusters.jsonl and decisions.jsonl gets the group."},
    {.name = "group-field",
     TEXT(job.group_field, "PATH"),
     .valid = is_field,
     FOR(FIND, &output),
     RULES(EXCLUDES_UNLESS("pairs", "save"),
           EXCLUDES_VALUE("format", "csv", "save", "--format jsonl and --format table can show groups"),
           EXCLUDES_UNLESS("within", "across")),
     .help = "JSON field or CSV column with the group of a document, for instance its site",
     .more =
         "Every place in JSON Lines, clusters.jsonl and decisions.jsonl gets the group. With --unit paragraph or line, "
         "find also lists after the clusters, as a table or JSON Lines, the passages that are in more than half of "
         "the documents of a group."},

    /* ---- what counts as similar ---- */
    {.name = "method",
     CHOICE(job.method, ndup_method_names),
     .initial = "minhash",
     FOR(READ | PLAN, &similarity),
     COMMON(PLAN | SKETCH),
     .help = "how texts are compared: by MinHash signatures, or by one SimHash fingerprint per text",
     .more =
         "minhash: finds near-duplicates by their exact Jaccard similarity; for texts of any length. simhash: by the "
         "number of bits in which two fingerprints differ; for texts of at least 100 words that are almost the same."},
    {.name = "preset",
     CHOICE(preset, preset_words),
     .initial = "none",
     FOR(LOOK | COMPARE, &similarity),
     COMMON(JOB),
     RULES(NEEDS_MINHASH("presets set a Jaccard similarity: leave out --preset, or use --method minhash")),
     .help = "options for a kind of text",
     .more =
         "titles (records of a few words): --ngram 1 --threshold 0.5. messages: --ngram 3 --threshold 0.5. pages: "
         "--threshold "
         "0.6. books (editions of long texts): --threshold 0.4. noisy (scanned, mistyped; not Japanese): --tokens "
         "char --ngram 5 "
         "--threshold 0.6. chinese (and Japanese): --ngram 2 --threshold 0.5. code: --marks keep --case keep, so that "
         "operators and case count. An "
         "option that you give wins over the preset's. Each comes from measurements: doc/quality.md."},
    {.name = "threshold",
     .letter = 't',
     REAL(job.threshold, "J"),
     GIVEN(threshold_given),
     .initial = "0.7",
     FOR(LOOK | PLAN, &similarity),
     COMMON(LOOK | PLAN | COMPARE),
     .help = "smallest Jaccard similarity of two near-duplicates",
     .more = "0.4 to 0.95 with --candidates lsh, any with --candidates all. With --method simhash the distance alone "
             "decides "
             "unless --threshold is given: then both must hold."},
    {.name = "threshold",
     .letter = 't',
     REAL(job.threshold, "J"),
     GIVEN(threshold_given),
     .initial = "0.7",
     FOR(COMPARE, &similarity),
     .help = "smallest Jaccard similarity of two near-duplicates"},
    {.name = "threshold",
     .letter = 't',
     REAL(job.threshold, "J"),
     GIVEN(threshold_given),
     .shown = "that of the run",
     FOR(REPORT, &similarity),
     .help = "show what a stricter threshold would remove, without reading the corpus again",
     .more = "Requires a run with --pairs that compared only documents, or only paragraphs or lines."},
    {.name = "contained",
     SHARE(job.contained, "S"),
     .min = 0.5,
     .initial = "0",
     .shown = "off",
     .zero_is_off = true,
     FOR(LOOK, &similarity),
     RULES(REQUIRES_VALUE("unit", "document",
                          "leave one of them out; --unit document,paragraph looks for contained documents, and cuts "
                          "paragraphs of those that are kept")),
     .help = "also remove a document if this share of it is in one longer document, such as 0.8",
     .more =
         "For copies that are cut short, or wrapped in other text: their Jaccard similarity is small. The share is of "
         "the distinct shingles, 0.5 to 1, and every removal is verified with all of them."},
    {.name = "contained-min-tokens",
     COUNT(job.contained_min_tokens, "N", 0, 0),
     .initial = "50",
     FOR(LOOK, &similarity),
     RULES(REQUIRES("contained")),
     .help = "shortest document that can be contained in another",
     .more = "Titles and short template pages are in other documents by chance."},
    {.name = "distance",
     COUNT(job.distance, "D", 0, 32),
     .initial = "6",
     FOR(LOOK | PLAN, &similarity),
     COMMON(PLAN),
     RULES(NEEDS_SIMHASH, {.kind = NDUP_OPT_AT_MOST,
                           .other = "bits",
                           .values = "64",
                           .most = 16,
                           .hint = "--bits 128 allows up to 32; texts so far apart have little in common"}),
     .help = "simhash: largest number of bits in which the fingerprints of near-duplicates differ",
     .more = "0 to 16 with --bits 64, 0 to 32 with --bits 128. Every pair within the distance is found."},
    {.name = "bits",
     CHOICE(bits, bits_words),
     .initial = "64",
     FOR(READ | PLAN, &similarity),
     RULES(NEEDS_SIMHASH),
     .help = "simhash: bits of a fingerprint",
     .more = "128 bits, with twice the distance, separate similar texts from others more sharply."},
    {.name = "weights",
     CHOICE(job.weights, ndup_weights_names),
     .initial = "one",
     FOR(READ, &similarity),
     RULES(NEEDS_SIMHASH),
     .help = "simhash: a repeated shingle counts each time, or once",
     .more = "one is closer to the Jaccard similarity, which compares sets. count is faster, but pages that repeat one "
             "line often enough look equal, whatever else they say."},
    {.name = "ngram",
     .letter = 'n',
     COUNT(ngram, "N", 1, 64),
     FOR(LOOK, &similarity),
     .shown = "5; paragraphs and lines 3",
     .help = "tokens per shingle",
     .more = "If given, it is used for documents, paragraphs and lines alike."},
    {.name = "ngram",
     .letter = 'n',
     COUNT(ngram, "N", 1, 64),
     FOR(COMPARE | SKETCH, &similarity),
     COMMON(SKETCH | COMPARE),
     .shown = "5",
     .help = "tokens per shingle"},
    {.name = "tokens",
     CHOICE(job.profile.tokens, token_words),
     .initial = "word",
     FOR(READ | COMPARE, &similarity),
     COMMON(COMPARE),
     .help = "what a token is",
     .more = "word: a run of letters, marks and digits; in scripts written without spaces every character. char: every "
             "character; use a larger --ngram with it."},
    {.name = "marks",
     CHOICE(keep_marks, mark_words),
     .initial = "fold",
     FOR(READ | COMPARE, &similarity),
     COMMON(COMPARE),
     .help = "whether accents, punctuation and symbols count",
     .more = "fold: they are ignored, so that \"a + b\" duplicates \"a - b\" (near, with score 1). keep: an accent "
             "stays on its letter, and every "
             "operator, punctuation mark, symbol and emoji is a token: for program code, and for languages in which "
             "accents distinguish words. Curly quotes and long dashes still equal plain ones."},
    {.name = "case",
     CHOICE(keep_case, case_words),
     .initial = "fold",
     FOR(READ | COMPARE, &similarity),
     .help = "whether capital and small letters differ",
     .more =
         "fold: they are the same. keep: they differ, as in program code, where Map and map are two names. Copies that "
         "differ in case are then not exact."},
    {.name = "numbers",
     CHOICE(job.keep_numbers, number_words),
     .initial = "words",
     FOR(LOOK, &similarity),
     RULES(NEEDS_UNIT_DOCUMENT),
     .help = "whether documents that differ in numbers only are duplicates, or are all kept",
     .more = "words: a number counts as a word does, so that two invoices with other amounts are near-duplicates. "
             "keep: such "
             "documents do not remove each other. A number is a token with a digit of any script: 2024, 3rd, v2. "
             "Reports mark "
             "such pairs either way: numbers_differ."},
    {.name = "keep",
     .letter = 'k',
     TEXT(keep, "WHICH"),
     .choices = keep_words,
     GIVEN(keep_given),
     .initial = "first",
     FOR(LOOK, &similarity),
     COMMON(JOB),
     .help = "which of several near-duplicates is kept",
     .more = "first or last in input order; longest or shortest in tokens; max:FIELD or min:FIELD for the largest or "
             "smallest value of a JSON field (a dotted path) or CSV column. Numbers come before strings, of which the "
             "first 23 bytes "
             "count; documents without the field come last. content uses a hash of the text, so that the order of the "
             "files does not matter; check uses it for paragraphs and lines with a baseline."},

    /* ---- paragraphs and lines ---- */
    {.name = "unit",
     .kind = NDUP_OPT_SET,
     TO(job.units),
     .argument = "LIST",
     .choices = ndup_unit_names,
     .exclusive = 6,
     .initial = "document",
     FOR(LOOK, &parts),
     COMMON(LOOK),
     .help = "what is compared: document, paragraph or line",
     .more = "document,paragraph (or document,line) first removes whole documents, and then cuts the repeated "
             "paragraphs of "
             "those that are kept. Blank lines separate paragraphs; in a text without a blank line every line is one."},
    {.name = "within",
     FLAG(job.inside_documents),
     FOR(LOOK, &parts),
     RULES(NEEDS_PARTS),
     .help = "look for repeats only inside a document",
     .more = "Without --within and --across, or with both, it looks inside documents and between them."},
    {.name = "across",
     FLAG(job.between_documents),
     FOR(LOOK, &parts),
     RULES(NEEDS_PARTS),
     .help = "look for repeats only between documents"},
    {.name = "containment",
     SHARE(job.containment, "C"),
     .initial = "0.9",
     .zero_is_off = true,
     FOR(LOOK, &parts),
     RULES(NEEDS_PARTS, EXCLUDES_UNLESS("across", "within")),
     .help = "cut a paragraph if this share of it is in the rest of its document",
     .more = "For instance a summary that repeats the opening. The share is of the distinct shingles of the paragraph. "
             "Paragraphs of fewer than 20 tokens are left alone, because they can be contained by chance. 0 turns this "
             "off."},
    {.name = "cut-unique",
     FLAG(job.cut_unique),
     FOR(LOOK, &parts),
     RULES(NEEDS_PARTS),
     .help = "also cut sentences and list items that occur nowhere else",
     .more =
         "By default, neardup cuts only those sentences and list items of a near-duplicate or contained paragraph that "
         "occur, word for word, in text that stays. It keeps definitions of links that the document uses."},
    {.name = "max-copies",
     COUNT(job.max_copies, "N", 0, 0),
     .initial = "0",
     .shown = "off",
     .zero_is_off = true,
     FOR(LOOK, &parts),
     RULES(NEEDS_PARTS, EXCLUDES_UNLESS("within", "across")),
     .help = "cut all copies of boilerplate: paragraphs in more than N documents",
     .more = "Paragraphs in at most N documents are kept in each of them; repeats inside a document are still cut."},
    {.name = "keep-one",
     FLAG(job.keep_one),
     FOR(LOOK, &parts),
     RULES(NEEDS_PARTS, REQUIRES("max-copies")),
     .help = "keep the first copy of boilerplate"},
    {.name = "min-tokens",
     COUNT(job.min_tokens, "N", 0, 0),
     .initial = "8",
     FOR(LOOK, &parts),
     RULES(NEEDS_PARTS),
     .help = "keep paragraphs and lines of fewer than N tokens, such as headings, unless they repeat often",
     .more = "Of these, only equal ones are repeats, and they are cut only if at least --often documents have them."},
    {.name = "often",
     COUNT(job.short_min_documents, "N", 0, 0),
     .initial = "1000",
     FOR(LOOK, &parts),
     RULES(NEEDS_PARTS, EXCLUDES_UNLESS("within", "across")),
     .help = "cut a paragraph shorter than --min-tokens only if it is in at least N documents; 0: never"},
    {.name = "drop-emptied",
     FLAG(job.drop_emptied),
     FOR(JOB, &parts),
     RULES(NEEDS_PARTS),
     .help = "remove documents that have fewer than --min-remaining tokens left after cutting",
     .more = "Documents that have the kept copy of a paragraph are not removed."},
    {.name = "min-remaining",
     COUNT(job.min_remaining, "N", 0, 0),
     GIVEN(min_remaining_given),
     .initial = "1",
     FOR(JOB, &parts),
     RULES(NEEDS_PARTS),
     .help = "tokens that must be left of a document after cutting",
     .more = "Implies --drop-emptied."},
    {.name = "annotate",
     FLAG(job.annotate),
     FOR(DEDUP, &parts),
     RULES(NEEDS_PARTS, EXCLUDES("drop-emptied"), EXCLUDES("min-remaining"),
           EXCLUDES_VALUE("input-format", "file|paragraph|line|csv|tsv|warc|arc|html", NULL,
                          "only JSON records can be annotated; decisions.jsonl has the spans of all cuts")),
     .help = "cut nothing; add a member \"neardup\" to each JSON record with what would be cut",
     .more = "It is an array of the paragraphs or lines with their byte and character ranges. Whole documents that are "
             "duplicates (--unit document,paragraph) are still removed."},

    /* ---- input ---- */
    {.name = "input",
     .letter = 'i',
     LIST(inputs, "PATH"),
     FOR(REPORT | EXPLAIN, &input),
     RULES(EXCLUDES("no-text")),
     .shown = "where the run read it",
     .help = "where the corpus is now, if it has moved; may be given again",
     .more = "Name all inputs of the run, in the same order. A file may have another name now, or replace standard "
             "input; a folder replaces a folder. The texts are read from here."},
    {.name = "text-field",
     TEXT(job.text_field, "PATH"),
     .valid = is_text_field,
     .initial = "text",
     FOR(TAKE | COMPARE, &input),
     COMMON(READ | COMPARE),
     RULES(EXCLUDES_VALUE("input-format", "file|paragraph|line|html", NULL,
                          "plain text has no fields: leave out one of them")),
     .help = "JSON field or CSV column with the text; dots lead into JSON objects: data.body",
     .more = "messages[].content takes all elements of an array, messages.1.content one of them; an array of strings "
             "needs neither. Several fields are separated by commas: title,body. They are joined by a blank line. If a "
             "record has a field with exactly this name, that field is taken; a backslash makes a dot, comma or "
             "bracket part of a name: a\\,b."},
    {.name = "id-field",
     TEXT(job.id_field, "PATH"),
     .valid = is_field,
     .initial = "id",
     FOR(TAKE | COMPARE, &input),
     COMMON(READ),
     .help = "JSON field or CSV column with the id",
     .more =
         "A record without an id is named by its file and line. In web archives the id is the URI, unless this names "
         "another field."},
    {.name = "input-format",
     CHOICE(job.format, ndup_format_names),
     .initial = "auto",
     FOR(TAKE | COMPARE, &input),
     COMMON(READ | COMPARE),
     .help = "what a document is",
     .more =
         "jsonl: a line of JSON. json: an object of an array, or objects one after another over any number of lines. "
         "file: a whole file. paragraph: lines up to a blank one. line: a line. csv, tsv: a row "
         "below a header row, separated by commas or tabs. warc, arc: a record with text of a web archive (WARC, WET, "
         "WAT, "
         "ARC). html: a file that is a web page. auto: by name (.jsonl, .csv, .tsv, .warc, .html, .txt and others), "
         "JSON "
         "Lines, web archives and HTML also by content, otherwise a whole file. Compression (gzip, zstd, bzip2, xz, "
         "lzma, "
         "lz4) is always detected by content, brotli by the suffix .br."},
    {.name = "delimiter",
     TEXT(job.delimiter, "C"),
     .valid = is_delimiter,
     FOR(TAKE | COMPARE, &input),
     .shown = "as the header shows",
     .help = "character between the columns of CSV: ';' or '|', \\t for a tab",
     .more =
         "Without the option: the comma (in TSV files the tab), or the semicolon, tab or bar with which the header has "
         "the text column. It cannot be a quote or a line end. Files of other formats are read without it.",
     RULES(EXCLUDES_VALUE("input-format", "jsonl|json|file|paragraph|line|warc|arc|html", NULL,
                          "leave --delimiter out, or write --input-format csv"))},
    {.name = "binary",
     CHOICE(job.binary, ndup_binary_names),
     .initial = "skip",
     .shown = "skip; check: error-data",
     FOR(TAKE, &input),
     .help = "what to do with files that are not text: images, PDF, archives, data",
     .more =
         "skip: they are counted and named, copied as they are, and never compared or cut. error: the run stops at the "
         "first one. text: they are read as if they were text. error-data: like skip, but a file that holds records in "
         "a format that is not read (Parquet, Arrow, xz, zip and others) is an error. A file is binary if its first 64 "
         "KiB have the magic number of a known format, a NUL byte or many control characters. A file that is named "
         "itself and has text that neardup cannot read (Parquet, zip, xz, docx and others) is always an error that "
         "says "
         "what to type instead."},
    {.name = "html",
     CHOICE(job.html, ndup_html_names),
     .initial = "auto",
     FOR(TAKE | COMPARE, &input),
     COMMON(COMPARE),
     .help = "compare web pages by the text that a reader sees, or raw, with their markup",
     .more = "auto: the text of HTML files (.html, .htm, .xhtml, and files of unknown names that begin as HTML) and of "
             "pages in web "
             "archives; fields of JSON and columns of CSV are compared as they are. text: these are web pages, too. "
             "raw: all is "
             "compared as it is. Scripts, styles, <head>, <nav> and hidden elements are not part of the text. Kept "
             "pages are "
             "written as they were. Paragraphs of pages can be reported, but not cut."},
    {.name = "encoding",
     TEXT(job.encoding, "NAME"),
     FOR(TAKE | COMPARE, &input),
     COMMON(JOB | SKETCH),
     .shown = "UTF-8",
     .help = "encoding of the files: CP1252, KOI8-R, SHIFT_JIS, GB18030, UTF-16LE and others",
     .more =
         "As 'iconv -l' names it. The texts are decoded to be compared; what is kept is written byte for byte as it "
         "is in the file. UTF-16 and UTF-32 with a byte order mark are recognised without the option. It does not "
         "apply to files that have a byte order mark, or whose first 64 KiB are UTF-8 with characters beyond ASCII."},
    {.name = "pre",
     TEXT(job.pre, "CMD"),
     .valid = is_command,
     .named_file = true,
     FOR(TAKE | COMPARE | REPORT | EXPLAIN, &input),
     COMMON(LOOK),
     .help = "compare what this command prints about a file, and keep or remove the file as it is",
     .more =
         "For example --pre 'pandoc -t plain' --pre-glob '*.docx', or --pre 'pdftotext {} -' --pre-glob '*.pdf'. The "
         "words are a program and its arguments, without a shell; {} is the path of the file, which otherwise comes "
         "last. "
         "A word may be in quotes. Each file is one document. If the command fails, the document is an invalid record "
         "and the file is kept. The command runs once per file, several at a time. neardup.toml may have it only if "
         "--config names the file, because it runs a program."},
    {.name = "pre-glob",
     LIST(pre_globs, "GLOB"),
     FOR(TAKE | COMPARE | REPORT | EXPLAIN, &input),
     .shown = "every file",
     RULES(REQUIRES("pre")),
     .help = "run the command of --pre only on files like this: '*.pdf', '*.{docx,odt}', '!*.txt'",
     .more =
         "Patterns are those of --include. A file that is named itself is compared with the path that you wrote. Give "
         "the option again for more patterns: the last one that matches decides, and one that begins with ! "
         "excludes."},
    {.name = "max-expansion",
     COUNT(job.max_expansion, "RATIO", 0, 0),
     .initial = "1000",
     .shown = "1000",
     FOR(TAKE | COMPARE | REPORT | EXPLAIN, &input),
     .help = "read no compressed file or archive that expands to more than RATIO times its stored bytes",
     .more = "A file of kilobytes can hold terabytes. Such a file counts as one that could not be read to its end. The "
             "first "
             "64 MiB of a file are always read, and 0 switches the limit off. Text expands 3 to 30 times; only files "
             "of lines that "
             "repeat for megabytes expand more than 1000 times."},
    {.name = "files-from",
     LIST(files_from, "LIST"),
     FOR(TAKE, &input),
     COMMON(JOB | SKETCH),
     .help = "read more input paths from a file, or from - for standard input",
     .more = "One path per line, or separated by NUL if the list has one. May be given again."},
    {.name = "include",
     LIST(include, "GLOB"),
     FOR(TAKE, &input),
     .help = "of the files in folders read only those that match, such as '*.txt'",
     .more =
         "A pattern without a slash is compared with the name of each file, one with a slash with its path below the "
         "input folder. * and ? stop at a slash, ** does not; {a,b} means either. A pattern that matches a folder "
         "includes everything in it. Files that are named themselves are always read, and archives are folders. May be "
         "given again."},
    {.name = "exclude",
     LIST(exclude, "GLOB"),
     FOR(TAKE, &input),
     .help = "leave out files and folders that match, such as 'drafts/' or '*.bak'",
     .more = "Patterns are those of --include; a slash at the end means folders only. A note says how many were left "
             "out. May be "
             "given again."},
    {.name = "gitignore",
     FLAG(job.gitignore),
     FOR(TAKE, &input),
     .help = "leave out what .gitignore files leave out",
     .more =
         "Those in the input folders, and, if these are in a repository, in the folders around them; as git does it. "
         "Hidden files are left out in any case."},
    {.name = "reference",
     LIST(reference, "PATH"),
     FOR(JOB, &input),
     COMMON(JOB),
     .help = "also compare with the documents of this file or folder, which are not changed",
     .more =
         "A document is removed if it is a duplicate of a document in the reference or of another one in the input. "
         "References come first whatever --keep is, are not compared with each other, and are not written. With "
         "--unit paragraph or line their paragraphs are the first copies. May be given again. A file that is also an "
         "input counts only as an input."},
    {.name = "strict",
     FLAG(job.strict),
     FOR(TAKE, &input),
     .help = "stop at the first invalid record",
     .more =
         "Without --strict, invalid records are counted, the first ones are shown, and dedup keeps them in the cleaned "
         "corpus."},
    {.name = "max-unreadable",
     SHARE(job.max_unreadable, "SHARE"),
     .initial = "0.5",
     FOR(TAKE, &input),
     RULES(EXCLUDES("strict")),
     .help = "share of the records that may be unreadable: 0.5, or 50%",
     .more =
         "If more records are invalid, or all records of one of the inputs, the command ends with status 2 and writes "
         "nothing. So it does if more of the bytes could not be understood, where a missing bracket or quote hides "
         "records. 100% accepts any number of invalid records."},
    {.name = "drop-invalid",
     FLAG(job.drop_invalid),
     FOR(DEDUP, &input),
     RULES(EXCLUDES("strict")),
     .help = "leave invalid records out of the cleaned corpus"},
    {.name = "drop-empty",
     FLAG(job.drop_empty),
     FOR(DEDUP, &input),
     .help = "leave documents without a token out of the cleaned corpus"},

    /* ---- how candidates are found ---- */
    {.name = "recall",
     REAL(job.recall, "P"),
     .valid = is_recall,
     .initial = "0.99",
     FOR(LOOK | PLAN, &search),
     COMMON(PLAN),
     RULES(NEEDS_MINHASH(finds_every), NEEDS_SIGNATURES),
     .help = "probability of finding a pair whose similarity is exactly the threshold"},
    {.name = "candidates",
     CHOICE(job.all_candidates, candidate_words),
     .initial = "lsh",
     FOR(LOOK | PLAN, &search),
     COMMON(PLAN),
     RULES(NEEDS_MINHASH(finds_every)),
     .help = "how the pairs to verify are found",
     .more = "lsh: by bands of MinHash signatures, which find a pair with the probability --recall. all: by an exact "
             "similarity join, which "
             "finds every pair; slower, for audits and small corpora."},
    {.name = "sketch",
     CHOICE(job.kind, ndup_sketch_names),
     .initial = "auto",
     FOR(READ | PLAN, &search),
     RULES(NEEDS_MINHASH(fixed_size), NEEDS_SIGNATURES),
     .help = "kind of MinHash signature",
     .more = "affine: classic MinHash. fss: Fast Similarity Sketching. auto: fss."},
    {.name = "slots",
     COUNT(job.slots, "N", 0, 4096),
     .initial = "0",
     .shown = "calculated",
     FOR(LOOK | PLAN, &search),
     RULES(NEEDS_MINHASH(fixed_size), NEEDS_SIGNATURES),
     .help = "largest number of slots of a signature"},
    {.name = "slots",
     COUNT(job.slots, "N", 1, 4096),
     .initial = "0",
     .shown = "128",
     FOR(SKETCH, &search),
     COMMON(SKETCH),
     RULES(NEEDS_MINHASH(fixed_size)),
     .help = "number of slots of a signature"},
    {.name = "bands",
     COUNT(job.bands, "N", 0, 4096),
     .initial = "0",
     .shown = "calculated",
     FOR(LOOK | PLAN, &search),
     RULES(NEEDS_MINHASH(fixed_size), NEEDS_SIGNATURES),
     .help = "bands of a signature; two texts are candidates if they share a band"},
    {.name = "rows",
     COUNT(job.rows, "N", 0, 4096),
     .initial = "0",
     .shown = "calculated",
     FOR(LOOK | PLAN, &search),
     RULES(NEEDS_MINHASH(fixed_size), NEEDS_SIGNATURES),
     .help = "slots per band"},
    {.name = "seed",
     .kind = NDUP_OPT_SEED,
     TO(job.seed),
     .argument = "N",
     .initial = "0",
     FOR(READ, &search),
     RULES(NEEDS_MINHASH("fingerprints have no seed: leave out --seed, or use --method minhash"), NEEDS_SIGNATURES),
     .help = "seed of MinHash signatures",
     .more = "The same seed gives the same output for any number of threads, memory budget and machine."},
    {.name = "audit",
     FLAG(audit),
     FOR(LOOK, &search),
     RULES(NEEDS_MINHASH(finds_every), NEEDS_AUDITED,
           EXCLUDES_VALUE("numbers", "keep", NULL,
                          "documents that differ in numbers stay on purpose: leave out --audit")),
     .help = "measure the recall of this run: compare a sample of the kept documents with all others",
     .more = "The kept documents are read once more. The closing lines and summary.json say how many of the sample are "
             "near-duplicates of an earlier kept document, which the run missed, and the recall that follows, with the "
             "interval that holds in 95 % of cases."},
    {.name = "audit-sample",
     COUNT(audit_sample, "N", 1, UINT32_MAX),
     .initial = "2000",
     .shown = "2000",
     FOR(LOOK, &search),
     RULES(REQUIRES("audit")),
     .help = "compare this number of kept documents"},
    {.name = "documents",
     .letter = 'd',
     COUNT(documents, "N", 0, 0),
     FOR(PLAN, &search),
     COMMON(PLAN),
     .shown = "unknown",
     .help = "expected number of documents, for instance 50M"},
    {.name = "mean-bytes",
     SIZE(mean_bytes),
     .initial = "0",
     .shown = "2400",
     FOR(PLAN, &search),
     COMMON(PLAN),
     RULES(REQUIRES("documents")),
     .help = "expected mean length of a document"},

    /* ---- running ---- */
    {.name = "threads",
     .letter = 'j',
     COUNT(job.threads, "N", 0, 1024),
     .initial = "0",
     .shown = "all cores",
     FOR(TAKE | EXPLAIN, &running),
     COMMON(READ),
     .help = "number of threads"},
    {.name = "memory",
     .letter = 'm',
     SIZE(job.memory),
     .initial = "0",
     .shown = "half of physical memory",
     FOR(TAKE | EXPLAIN, &running),
     COMMON(JOB | SKETCH),
     .help = "memory budget of the process",
     .more =
         "Data that does not fit is moved to the scratch folder. K, M, G and T are powers of 1024 (4G and 4GiB are the "
         "same), kB, "
         "MB, GB and TB are powers of 1000."},
    {.name = "memory",
     .letter = 'm',
     SIZE(job.memory),
     .initial = "0",
     .shown = "unlimited",
     FOR(PLAN, &running),
     COMMON(PLAN),
     RULES(REQUIRES("documents")),
     .help = "memory budget to plan for"},
    {.name = "scratch",
     TEXT(job.scratch_dir, "DIR"),
     FOR(LOOK, &running),
     .shown = "the output folder, else /var/tmp or /tmp",
     .help = "folder for temporary files",
     .more =
         "They hold data that does not fit into the memory budget, and an uncompressed copy of compressed files and of "
         "pipes, because their text is read twice."},
    {.name = "scratch-limit",
     SIZE(job.scratch_limit),
     .initial = "0",
     .shown = "no limit",
     FOR(LOOK, &running),
     .help = "most bytes of temporary files",
     .more = "A run that needs more ends with an error instead of filling the disk."},
    {.name = "no-sync",
     FLAG(job.no_sync),
     FOR(DEDUP, &running),
     RULES(NEEDS_FOLDER("standard output is not waited for: leave out --no-sync")),
     .help = "do not wait until the output is on the disk",
     .more = no_sync},
    {.name = "no-sync",
     FLAG(job.no_sync),
     FOR(FIND, &running),
     RULES(REQUIRES("save")),
     .help = "do not wait until the --save folder is on the disk",
     .more = no_sync},

    /* ---- general ---- */
    {.name = "quiet",
     .letter = 'q',
     SWITCH(verbosity, -1),
     FOR(WORK, &general),
     COMMON(READ | PLAN),
     .help = "print errors only: no warnings, progress or summary"},
    {.name = "verbose",
     .letter = 'v',
     SWITCH(verbosity, 1),
     FOR(WORK, &general),
     COMMON(JOB | SKETCH),
     .help = "print more: all invalid records, the plan, the time of each phase"},
    {.name = "color",
     CHOICE(colour, colour_words),
     .initial = "auto",
     FOR(EVERY, &general),
     .help = "when to use colours",
     .more = "auto: on a terminal, unless NO_COLOR is set."},
    {.name = "man", FLAG(man), FOR(HELP, &general), .help = "print the man page (roff)"},
    {.name = "completion",
     CHOICE(completion, shell_words),
     .initial = "none",
     FOR(HELP, &general),
     .help = "print a completion script for a shell"},
    {.name = "help",
     SWITCH(help, NDUP_HELP_LONG),
     FOR(EVERY, &help),
     .help = "print all options with examples; -h prints the common ones"},
    {.name = "h", .letter = 'h', SWITCH(help, NDUP_HELP_SHORT), FOR(EVERY, NULL), .help = "the short help"},
    {.name = NULL},
};

void ndup_options_init(struct ndup_settings *settings)
{
    memset(settings, 0, sizeof *settings);
    neardup_job_options_init(&settings->job, sizeof settings->job);
    settings->job.inside_documents = settings->job.between_documents = false;
    ndup_opt_init(ndup_options_table, settings);
}

/* ---- messages of the library ---- */

/* The option for a field of neardup_job_options; NULL: there is none. */
static const struct ndup_opt *find_field(const char *name, size_t length)
{
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        const char *field = strncmp(opt->field, "job.", 4) == 0 ? opt->field + 4 : opt->field;
        if (strlen(field) == length && memcmp(field, name, length) == 0)
            return opt;
    }
    return NULL;
}

void ndup_options_name_fields(struct ndup_buf *to, const char *message, size_t length)
{
    for (const char *at = message, *stop = message + length; at < stop;) {
        const char *begin = memchr(at, '`', (size_t)(stop - at)), *name = begin != NULL ? begin + 1 : stop;
        const char *end = memchr(name, '`', (size_t)(stop - name));
        const struct ndup_opt *opt = end != NULL ? find_field(name, (size_t)(end - name)) : NULL;
        if (opt == NULL) { /* all up to the backtick, and with it */
            ndup_buf_append(to, at, (size_t)(name - at));
            at = name;
            continue;
        }
        ndup_buf_append(to, at, (size_t)(begin - at));
        ndup_buf_printf(to, "--%s", opt->name);
        if (opt->kind == NDUP_OPT_CHOICE && opt->size == sizeof(bool)) /* true is the second word */
            ndup_buf_printf(to, " %s", opt->choices[1]);
        at = end + 1;
    }
}
