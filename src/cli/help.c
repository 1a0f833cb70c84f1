/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/help.h"
#include "neardup.h"
#include "term/safe.h"
#include "term/term.h"

#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 28

/* ---- the commands ------------------------------------------------------------------------------------------------ */

static const char *const dedup_about[] = {
    "Reads the inputs, finds documents that are near-duplicates of others, and writes the same files without them. For "
    "every removed document, decisions.jsonl names the kept document that it duplicates and how similar the two are. A "
    "document is removed only if it is itself similar enough to a kept one.",
    "Inputs are JSON Lines, CSV, TSV, web pages, web archives (WARC, ARC) or plain text, also compressed with gzip, "
    "zstd, "
    "bzip2, xz, lz4 or brotli; with the Python package also Parquet. Folders are read recursively, sorted by name, "
    "without hidden files and *.tmp; zip and tar archives are read as folders. Kept records are written back byte for "
    "byte.",
    "With --unit paragraph or line, repeated passages are cut out of the documents instead. The first copy is kept, "
    "and decisions.jsonl has the exact span of every cut. The rest of a record is kept byte for byte.",
    NULL};
static const struct ndup_example dedup_examples[] = {
    {"neardup dedup crawl/*.jsonl.zst -o clean/", "clean a corpus"},
    {"neardup dedup crawl/ -o clean/ --keep max:score", "keep the near-duplicate with the highest score"},
    {"cat x.jsonl | neardup dedup - -o - > clean.jsonl", "in a pipeline"},
    {"neardup dedup crawl/ -o clean/ --unit document,paragraph",
     "whole documents, then paragraphs of those that are kept"},
    {"neardup dedup crawl/ -o clean/ --unit paragraph --max-copies 20",
     "cut paragraphs that are in more than 20 documents"},
    {"neardup dedup notes.txt --input-format paragraph -o clean/", "each paragraph of a file is a document"},
    {NULL, NULL}};

static const char *const find_about[] = {
    "Reads the inputs as dedup does, and reports clusters of near-duplicates, largest first: the document that dedup "
    "would keep, and those that it would remove with their similarity to it. With --pairs, reports every pair of "
    "documents at or above the threshold. Changes nothing.",
    "With --unit paragraph or line, reports passages that repeat, those with the most repeated tokens first. With "
    "--group-field, also reports which of them are in more than half of the documents of a group.",
    "The report is a table on a terminal, and JSON Lines elsewhere.", NULL};
static const struct ndup_example find_examples[] = {
    {"neardup find crawl/", "show the largest clusters"},
    {"neardup find crawl/ --pairs --format csv -o pairs.csv", "all similar pairs, for a spreadsheet"},
    {"neardup find crawl/ | jq -r '.members[].id'", "ids of the documents that dedup would remove"},
    {"neardup find crawl/ --unit paragraph --group-field site", "passages that repeat, and those that a site repeats"},
    {"neardup find article.txt --unit paragraph --within", "one document compared with itself"},
    {"neardup find crawl/ --method simhash --distance 3", "texts whose SimHash fingerprints differ in at most 3 bits"},
    {"neardup find crawl/ --candidates all --threshold 0.3",
     "an exact similarity join, for a threshold too low for LSH"},
    {NULL, NULL}};

static const char *const compare_about[] = {"Computes the exact similarity of two texts: Jaccard similarity, "
                                            "containment in both directions, the longest passages that they "
                                            "share, and the text that only one of them has. A text is a plain text "
                                            "file (- is standard input), or a record of a corpus in "
                                            "any format that neardup reads: FILE:LINE, as reports show it.",
                                            NULL};
static const struct ndup_example compare_examples[] = {
    {"neardup compare a.txt b.txt", "how similar two texts are, and what they share"},
    {"neardup compare train.jsonl:17 train.jsonl:912", "two records of a corpus, by the lines that reports show"},
    {"neardup compare a.txt b.txt --format html -o ab.html", "side by side, with the differences highlighted"},
    {"neardup compare a.txt b.txt --tokens char --ngram 9", "compare sequences of nine characters"},
    {"zcat a.txt.gz | neardup compare - b.txt --format json", "for programs; compressed text through a pipe"},
    {NULL, NULL}};

static const char *const plan_about[] = {
    "Predicts what dedup and find would do: slots, bands and rows of the signatures, the probability of finding a pair "
    "of "
    "a given similarity, and the memory and disk that a given number of documents needs.",
    NULL};
static const struct ndup_example plan_examples[] = {
    {"neardup plan --threshold 0.7 --documents 50M", "the plan for fifty million documents"},
    {"neardup plan --documents 1G --memory 16G", "a plan for a memory budget"},
    {"neardup plan --method simhash --distance 6 --documents 10M",
     "how fingerprints would be searched, and what it costs"},
    {"neardup plan --bands 20 --rows 5 --threshold 0.5", "what these bands and rows would find"},
    {NULL, NULL}};

static const char *const sketch_about[] = {
    "Writes one line of JSON per document, in input order: its place, its number of shingles, and its MinHash "
    "signature or SimHash fingerprint. Store them in a column and compare them later; sketch itself compares nothing.",
    "The field \"scheme\" names everything that determines the bits: method, size, weights or seed, and the profile "
    "(tokens, n, version). Sketches can be compared if their schemes are equal. The sketch of a text without a token "
    "is null.",
    NULL};
static const struct ndup_example sketch_examples[] = {
    {"neardup sketch crawl/ --method simhash -o fingerprints.jsonl", "a fingerprint of 64 bits per document"},
    {"neardup sketch crawl/ --slots 256 | zstd > signatures.jsonl.zst", "MinHash signatures of 256 slots"},
    {"zcat x.jsonl.gz | neardup sketch - --method simhash | jq -r '[.id, .fingerprint] | @tsv'", "in a pipeline"},
    {NULL, NULL}};

static const char *const report_about[] = {
    "Shows what a finished run found: a page with the numbers, the clusters, and every member side by side with its "
    "keeper; or a short text for a pull request; or all clusters as JSON or CSV.",
    "RUN is the folder of dedup -o or find --save, or a file of clusters as find prints them. The texts are read from "
    "the corpus again. The page is one file that opens from disk and loads nothing.",
    NULL};
static const struct ndup_example report_examples[] = {
    {"neardup report clean/ -o report.html", "a page about a run"},
    {"neardup report clean/ --format markdown >> \"$GITHUB_STEP_SUMMARY\"", "a short text for the summary of a CI job"},
    {"neardup report clean/ -o report.html --threshold 0.8", "what a stricter threshold would remove"},
    {"neardup report clean/ -o members.csv", "every removed document and its keeper, for a spreadsheet"},
    {"neardup report clean/ -o report.html --no-text", "places and scores, but no text of the corpus"},
    {NULL, NULL}};

static const char *const explain_about[] = {
    "Explains why a document of a finished run was removed, and which document it duplicates: how similar the two are, "
    "which bands agree, which passages they share and where they differ. For a kept document, shows the documents that "
    "were removed for it, and those most similar to it with the reason why they did not count. For paragraphs and "
    "lines, shows what was cut and why.",
    "RUN is the folder of dedup -o or find --save, or a file of clusters as find prints them. ID is the id of the "
    "document, or its place as reports show it: FILE:LINE. The texts are read from the corpus again; without it, only "
    "what the run wrote is shown.",
    NULL};
static const struct ndup_example explain_examples[] = {
    {"neardup explain clean/ b17", "why this document was removed or kept"},
    {"neardup explain clean/ part-2.jsonl:31", "by its place, if ids are not unique"},
    {"neardup explain clean/ b17 --format json", "for programs"},
    {"neardup explain clean/ b17 -i /new/place/crawl", "if the corpus has moved"},
    {NULL, NULL}};

static const char *const check_about[] = {
    "Passes or fails a dataset in CI: is there more duplication than you allow, is any of it new, does the test set "
    "leak from the training set? Every rule has its own verdict, and all violated rules are reported. The exit status "
    "is 0 if no rule is violated, 1 if one is violated, and 2 if something else went wrong.",
    "Limits that you do not set default to 0: without a rule no near-duplicate is allowed, with --split no leak, with "
    "--reference no document of the reference, with --baseline no new duplicate.",
    "Options can also be set in a file neardup.toml in the working directory; options on the command line take "
    "precedence. "
    "No other command reads this file.",
    NULL};
static const struct ndup_example check_examples[] = {
    {"neardup check data/ --max-duplicate-rate 1% --max-cluster-size 20", "two rules"},
    {"neardup check --split 'train=train/*.jsonl' --split test=test.jsonl", "no text of test may be in train"},
    {"neardup check data/ --baseline neardup-baseline.jsonl --update-baseline", "accept the duplicates of today ..."},
    {"neardup check data/ --baseline neardup-baseline.jsonl", "... so that only new ones fail"},
    {"neardup check new.jsonl --reference corpus/", "new files must not repeat the corpus"},
    {"neardup check data/ --report sarif:neardup.sarif --report github:-", "reports for CI"},
    {NULL, NULL}};

static const char *const suggest_about[] = {
    "Looks at a sample of the inputs and says on one screen which options to use, why, what each question would find, "
    "and "
    "what a run would cost. Changes nothing.",
    "The sample is a part of the documents that is chosen by chance, the same in every run, with those documents of "
    "all "
    "inputs that are most similar to them. The inputs are read up to four times, so they cannot come from a pipe.",
    "With --review, writes about 30 pairs of all degrees of similarity for you to judge. With --judged, reads your "
    "verdicts and says how many of the pairs at each threshold are really the same.",
    NULL};
static const struct ndup_example suggest_examples[] = {
    {"neardup suggest crawl/", "which options to use"},
    {"neardup suggest crawl/ --review pairs.html", "30 pairs to judge in a browser"},
    {"neardup suggest --judged verdicts.csv --precision 0.99", "the threshold at which 99 % of the pairs are the same"},
    {NULL, NULL}};

static const char *const version_about[] = {"Prints the version of the program.", NULL};
static const char *const help_about[] = {"Lists the commands. With COMMAND, prints the same as COMMAND --help.", NULL};
static const struct ndup_example help_examples[] = {
    {"neardup help dedup", "options and examples of a command"},
    {"neardup help --man > neardup.1", "the man page"},
    {"source <(neardup help --completion bash)", "completion in this shell"},
    {NULL, NULL}};
static const struct ndup_example no_examples[] = {{NULL, NULL}};

const struct ndup_command ndup_command_table[] = {
    {"dedup", NDUP_CMD_DEDUP, "INPUT... -o OUT", 0, -1, "remove near-duplicates from a corpus", dedup_about,
     dedup_examples},
    {"find", NDUP_CMD_FIND, "INPUT...", 0, -1, "report near-duplicates and change nothing", find_about, find_examples},
    {"suggest", NDUP_CMD_SUGGEST, "INPUT...", 0, -1, "look at a sample and say which options to use", suggest_about,
     suggest_examples},
    {"compare", NDUP_CMD_COMPARE, "A B", 2, 2, "show how similar two texts are and what they share", compare_about,
     compare_examples},
    {"plan", NDUP_CMD_PLAN, "", 0, 0, "predict recall, memory and disk of a run", plan_about, plan_examples},
    {"sketch", NDUP_CMD_SKETCH, "INPUT...", 0, -1, "print a signature or fingerprint for each document", sketch_about,
     sketch_examples},
    {"report", NDUP_CMD_REPORT, "RUN", 1, 1, "show what a finished run found, as a page or a table", report_about,
     report_examples},
    {"explain", NDUP_CMD_EXPLAIN, "RUN ID", 2, 2, "explain why a run removed or kept a document", explain_about,
     explain_examples},
    {"check", NDUP_CMD_CHECK, "INPUT...", 0, -1, "check a dataset in CI: duplicates, leaks, new duplicates",
     check_about, check_examples},
    {"version", NDUP_CMD_VERSION, "", 0, 0, "print the version", version_about, no_examples},
    {"help", NDUP_CMD_HELP, "[COMMAND]", 0, 1, "explain a command", help_about, help_examples},
    {NULL, 0, NULL, 0, 0, NULL, NULL, NULL},
};

const struct ndup_command *ndup_command_find(const char *name)
{
    for (const struct ndup_command *command = ndup_command_table; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0)
            return command;
    }
    return NULL;
}

/* ---- help -------------------------------------------------------------------------------------------------------- */

static void heading(struct ndup_buf *buf, const char *text, bool colour)
{
    ndup_buf_printf(buf, "%s%s:%s\n", ndup_term_begin(colour, NDUP_TERM_BOLD), text,
                    ndup_term_end(colour, NDUP_TERM_BOLD));
}

/* Words of the text from column `indent` on, wrapped before `columns`; the cursor is at `column`. */
static void wrap(struct ndup_buf *buf, const char *text, size_t column, size_t indent, size_t columns)
{
    bool first = true;
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (!first && column + 1 + length > columns) {
            ndup_buf_append_str(buf, "\n");
            column = 0;
        } else if (!first) {
            ndup_buf_append_str(buf, " ");
            column++;
        }
        for (; column < indent; column++)
            ndup_buf_append_str(buf, " ");
        ndup_buf_append(buf, text, length);
        column += length;
        text += length + strspn(text + length, " ");
        first = false;
    }
    ndup_buf_append_str(buf, "\n");
}

/* Long lists of choices go on in the next line. */
static void form(struct ndup_buf *buf, const struct ndup_opt *opt, size_t columns)
{
    size_t start = buf->len - 6; /* of the line: the form is indented */
    if (opt->letter != '\0')
        ndup_buf_printf(buf, "-%c, ", opt->letter);
    ndup_buf_printf(buf, "--%s", opt->name);
    if (opt->kind == NDUP_OPT_CHOICE) {
        for (size_t i = 0; opt->choices[i] != NULL; i++) {
            ndup_buf_append_str(buf, i == 0 ? " " : "|");
            if (buf->len - start + strlen(opt->choices[i]) + 1 > columns) {
                ndup_buf_append_str(buf, "\n");
                start = buf->len;
                ndup_buf_printf(buf, "%*s", HELP_COLUMN, "");
            }
            ndup_buf_append_str(buf, opt->choices[i]);
        }
    } else if (opt->argument != NULL) {
        ndup_buf_printf(buf, " %s", opt->argument);
    }
}

const char *ndup_help_default(const struct ndup_opt *opt)
{
    return opt->shown != NULL ? opt->shown : opt->initial;
}

static void option(struct ndup_buf *buf, const struct ndup_opt *opt, bool full, size_t columns)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    size_t start = buf->len;
    /* Long names are aligned, with letters before them. */
    ndup_buf_append_str(buf, opt->letter == '\0' ? "      " : "  ");
    form(buf, opt, columns);
    size_t column = buf->len - start;
    ndup_buf_append_str(&text, opt->help);
    if (ndup_help_default(opt) != NULL)
        ndup_buf_printf(&text, " [%s]", ndup_help_default(opt));
    ndup_buf_append(&text, "", 1);
    if (column + 2 > HELP_COLUMN) {
        ndup_buf_append_str(buf, "\n");
        column = 0;
    }
    if (text.failed)
        buf->failed = true;
    else
        wrap(buf, text.data, column, HELP_COLUMN, columns);
    if (full && opt->more != NULL)
        wrap(buf, opt->more, 0, HELP_COLUMN, columns);
    ndup_buf_free(&text);
}

/* How many options the command has, and how many of them are common. */
static unsigned count_options(const struct ndup_command *command, unsigned *common)
{
    unsigned all = 0;
    *common = 0;
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        all += (opt->commands & command->bit) != 0 && opt->group != NULL;
        *common += (opt->common & command->bit) != 0;
    }
    return all;
}

/* One screen: people who look for an option seldom want the twentieth way to tune the search. */
static void common_options(struct ndup_buf *buf, const struct ndup_command *command, bool colour, size_t columns)
{
    ndup_buf_append_str(buf, "\n");
    heading(buf, "Common options", colour);
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        if ((opt->common & command->bit) != 0)
            option(buf, opt, false, columns);
    }
}

/* What a newcomer needs of the commands with many options; the rest follows by heading. */
static void first_options(struct ndup_buf *buf, const struct ndup_command *command, bool colour, size_t columns)
{
    static const struct {
        unsigned command;
        const char *names[7];
    } firsts[] = {
        {NDUP_CMD_DEDUP, {"output", "unit", "preset", "threshold", "keep", "text-field", NULL}},
        {NDUP_CMD_FIND, {"format", "unit", "preset", "threshold", "pairs", "text-field", NULL}},
    };
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        if (firsts[i].command != command->bit)
            continue;
        ndup_buf_append_str(buf, "\n");
        heading(buf, "Start with", colour);
        for (const char *const *name = firsts[i].names; *name != NULL; name++) {
            const struct ndup_opt *opt = ndup_opt_find(ndup_options_table, command->bit, *name);
            if (opt != NULL)
                option(buf, opt, false, columns);
        }
    }
}

static void options(struct ndup_buf *buf, const struct ndup_command *command, bool full, bool colour, size_t columns)
{
    const char *group = NULL;
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        if ((opt->commands & command->bit) == 0 || opt->group == NULL)
            continue;
        if (group == NULL || strcmp(group, opt->group->heading) != 0) {
            ndup_buf_append_str(buf, "\n");
            heading(buf, opt->group->heading, colour);
            group = opt->group->heading;
        }
        option(buf, opt, full, columns);
    }
}

void ndup_help_command(struct ndup_buf *buf, const struct ndup_command *command, bool full, bool colour, size_t columns)
{
    columns = columns > 100 ? 100 : columns < 60 ? 60 : columns;
    ndup_buf_printf(buf, "neardup %s: %s\n\n", command->name, command->summary);
    ndup_buf_printf(buf, "%susage:%s neardup %s [options]%s%s\n", ndup_term_begin(colour, NDUP_TERM_BOLD),
                    ndup_term_end(colour, NDUP_TERM_BOLD), command->name, command->operands[0] != '\0' ? " " : "",
                    command->operands);
    for (size_t i = 0; full && command->about[i] != NULL; i++) {
        ndup_buf_append_str(buf, "\n");
        wrap(buf, command->about[i], 0, 0, columns);
    }
    unsigned common, all = count_options(command, &common);
    if (full)
        first_options(buf, command, colour, columns);
    if (full || common == 0)
        options(buf, command, full, colour, columns);
    else
        common_options(buf, command, colour, columns);
    if (full && command->examples[0].line != NULL) {
        ndup_buf_append_str(buf, "\n");
        heading(buf, "Examples", colour);
        for (const struct ndup_example *example = command->examples; example->line != NULL; example++)
            ndup_buf_printf(buf, "  %s\n      %s\n", example->line, example->meaning);
    }
    if (!full && common > 0)
        ndup_buf_printf(buf, "\n'neardup %s --help' shows all %u options, with examples\n", command->name, all);
    else if (!full)
        ndup_buf_printf(buf, "\n'neardup %s --help' shows more, with examples\n", command->name);
}

void ndup_help_overview(struct ndup_buf *buf, bool colour)
{
    ndup_buf_append_str(buf, "neardup: find and remove near-duplicate text, every removal verified\n\n");
    ndup_buf_printf(buf, "%susage:%s neardup <command> [options] [inputs]\n\n", ndup_term_begin(colour, NDUP_TERM_BOLD),
                    ndup_term_end(colour, NDUP_TERM_BOLD));
    heading(buf, "Commands", colour);
    for (const struct ndup_command *command = ndup_command_table; command->name != NULL; command++)
        ndup_buf_printf(buf, "  %-10s%s\n", command->name, command->summary);
    ndup_buf_append_str(buf, "\n");
    heading(buf, "Start here", colour);
    ndup_buf_append_str(buf, "  neardup dedup crawl/ -o clean/      the same files without their near-duplicates\n"
                             "  neardup find crawl/                 show what repeats and change nothing\n"
                             "\n'neardup <command> --help' shows the options and examples of a command\n");
}

/* ---- the man page ------------------------------------------------------------------------------------------------ */

/* Text in which nothing is markup: backslashes and hyphens as themselves, no control line. */
static void text(struct ndup_buf *buf, const char *from)
{
    if (*from == '.' || *from == '\'')
        ndup_buf_append_str(buf, "\\&");
    for (; *from != '\0'; from++) {
        if (*from == '\\')
            ndup_buf_append_str(buf, "\\e");
        else if (*from == '-')
            ndup_buf_append_str(buf, "\\-");
        else
            ndup_buf_append(buf, from, 1);
    }
}

static void line(struct ndup_buf *buf, const char *macro, const char *from)
{
    ndup_buf_append_str(buf, macro);
    text(buf, from);
    ndup_buf_append_str(buf, "\n");
}

/* The phrases of the tables begin small; here they are sentences. */
static void capitalised(struct ndup_buf *buf, const char *from)
{
    char first[2] = {*from, '\0'};
    if (*from >= 'a' && *from <= 'z')
        first[0] = (char)(*from - 'a' + 'A');
    text(buf, first);
    if (*from != '\0')
        text(buf, from + 1);
}

static void sentence(struct ndup_buf *buf, const char *from)
{
    capitalised(buf, from);
    ndup_buf_append_str(buf, ".\n");
}

static void option_man(struct ndup_buf *buf, const struct ndup_opt *opt)
{
    struct ndup_buf name = NDUP_BUF_INIT;
    form(&name, opt, SIZE_MAX);
    ndup_buf_append(&name, "", 1);
    if (name.failed)
        buf->failed = true;
    else
        line(buf, ".TP\n.B ", name.data);
    ndup_buf_free(&name);
    capitalised(buf, opt->help);
    if (ndup_help_default(opt) != NULL) {
        ndup_buf_append_str(buf, " [");
        text(buf, ndup_help_default(opt));
        ndup_buf_append_str(buf, "]");
    }
    ndup_buf_append_str(buf, ".\n");
    if (opt->more != NULL)
        line(buf, "", opt->more);
}

/* Options that several commands share are described once, under the first of them. */
static void options_of(struct ndup_buf *buf, const struct ndup_command *command)
{
    unsigned earlier = 0;
    for (const struct ndup_command *c = ndup_command_table; c != command; c++)
        earlier |= c->bit;
    const char *group = NULL;
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        if ((opt->commands & command->bit) == 0 || (opt->commands & earlier) != 0 || opt->group == NULL)
            continue;
        if (group != opt->group->heading)
            line(buf, ".PP\n.I ", opt->group->heading);
        group = opt->group->heading;
        option_man(buf, opt);
    }
    bool shared = false;
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        if ((opt->commands & command->bit) == 0 || (opt->commands & earlier) == 0 || opt->group == NULL)
            continue;
        ndup_buf_append_str(buf, shared ? ",\n" : ".PP\nAlso, as above:\n");
        ndup_buf_append_str(buf, ".B ");
        ndup_buf_append_str(buf, "\\-\\-");
        text(buf, opt->name);
        shared = true;
    }
    if (shared)
        ndup_buf_append_str(buf, "\n");
}

static void commands(struct ndup_buf *buf)
{
    ndup_buf_append_str(buf, ".SH COMMANDS\n");
    for (const struct ndup_command *command = ndup_command_table; command->name != NULL; command++) {
        line(buf, ".SS ", command->name);
        ndup_buf_printf(buf, ".B neardup %s\n[options]", command->name);
        if (command->operands[0] != '\0')
            line(buf, "\n.I ", command->operands);
        else
            ndup_buf_append_str(buf, "\n");
        ndup_buf_append_str(buf, ".PP\n");
        sentence(buf, command->summary);
        for (size_t i = 0; command->about[i] != NULL; i++)
            line(buf, ".PP\n", command->about[i]);
        options_of(buf, command);
    }
}

static void examples(struct ndup_buf *buf)
{
    ndup_buf_append_str(buf, ".SH EXAMPLES\n");
    for (const struct ndup_command *command = ndup_command_table; command->name != NULL; command++) {
        for (const struct ndup_example *example = command->examples; example->line != NULL; example++) {
            line(buf, ".TP\n.B ", example->line);
            sentence(buf, example->meaning);
        }
    }
}

void ndup_help_man_page(struct ndup_buf *buf)
{
    ndup_buf_append_str(buf, ".\\\" Generated from the option table by 'neardup help --man'; change src/cli instead.\n"
                             ".TH NEARDUP 1 \"\" \"neardup " NEARDUP_VERSION "\" \"User Commands\"\n"
                             ".nh\n.ad l\n"
                             ".SH NAME\nneardup \\- find and remove near\\-duplicate text, every removal verified\n"
                             ".SH SYNOPSIS\n.B neardup\n.I command\n[options] [inputs]\n"
                             ".SH DESCRIPTION\n");
    line(buf, "",
         "Finds documents that are almost the same in corpora of any size, and removes all but one of each. Two "
         "documents are near-duplicates if the Jaccard similarity of their sets of shingles (sequences of five words "
         "by default) reaches the threshold. Signatures only propose candidates; every reported pair and every "
         "removal is verified with the exact sets.");
    line(buf, ".PP\n",
         "Also finds repeated paragraphs and lines, inside a document and across the corpus, and cuts them out. The "
         "rest "
         "of a document is kept as it is.");
    line(buf, ".PP\n",
         "Inputs are JSON Lines, CSV, TSV, web pages, web archives (WARC, ARC) or plain text, also compressed (gzip, "
         "zstd, "
         "bzip2, xz, lz4, brotli), and with the Python package Parquet and Arrow: files, folders, zip and tar "
         "archives, lists of files, or - "
         "for "
         "standard input. They are never changed. Results are written to standard output or to --output, everything "
         "else to standard error.");
    line(buf, ".PP\n",
         "The value of a long option follows a space or an equals sign. Short options may be bundled. -- ends the "
         "options. If an option is given twice, the last one counts, unless its description says that it may be given "
         "again.");
    commands(buf);
    examples(buf);
    ndup_buf_append_str(buf, ".SH EXIT STATUS\n.TP\n.B 0\nSuccess, even if the reader of the output has closed it.\n"
                             ".TP\n.B 1\nA rule of check is violated.\n"
                             ".TP\n.B 2\nA usage error, a file that cannot be read or written or is "
                             "damaged, or not enough memory.\nThe rest of a corpus with a damaged file is still "
                             "processed.\n.PP\nA signal ends the program as that signal, after it has removed its "
                             "temporary files.\n");
    ndup_buf_append_str(buf, ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nNo colours if this is set to any value.\n"
                             ".TP\n.B COLUMNS\nWidth of a table that is not printed on a terminal.\n"
                             ".TP\n.B NEARDUP_CPU\nInstruction set: auto, scalar, avx2, avx512 or neon. For tests and "
                             "measurements; the results are the same.\n");
}

/* ---- completions ------------------------------------------------------------------------------------------------- */

static void words_of(struct ndup_buf *buf, const struct ndup_command *command)
{
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        if ((opt->commands & command->bit) != 0 && opt->group != NULL)
            ndup_buf_printf(buf, " --%s", opt->name);
    }
}

static void command_names(struct ndup_buf *buf)
{
    for (const struct ndup_command *command = ndup_command_table; command->name != NULL; command++)
        ndup_buf_printf(buf, "%s%s", command == ndup_command_table ? "" : " ", command->name);
}

/* "dedup,--keep)" and the like: what may follow an option of a command. */
static void bash_values(struct ndup_buf *buf)
{
    for (const struct ndup_command *command = ndup_command_table; command->name != NULL; command++) {
        for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
            if ((opt->commands & command->bit) == 0 || opt->kind != NDUP_OPT_CHOICE)
                continue;
            ndup_buf_printf(buf, "    %s,--%s) words='", command->name, opt->name);
            for (size_t i = 0; opt->choices[i] != NULL; i++)
                ndup_buf_printf(buf, "%s%s", i == 0 ? "" : " ", opt->choices[i]);
            ndup_buf_append_str(buf, "' ;;\n");
        }
    }
}

static void bash(struct ndup_buf *buf)
{
    ndup_buf_append_str(buf, "_neardup() {\n"
                             "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
                             "    COMPREPLY=()\n"
                             "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                             "        COMPREPLY=($(compgen -W '");
    command_names(buf);
    ndup_buf_append_str(buf, "' -- \"$word\"))\n"
                             "        return\n"
                             "    fi\n"
                             "    case ${COMP_WORDS[1]},$before in\n");
    bash_values(buf);
    ndup_buf_append_str(buf, "    esac\n"
                             "    if [ -z \"$words\" ] && [ \"${word#-}\" != \"$word\" ]; then\n"
                             "        case ${COMP_WORDS[1]} in\n");
    for (const struct ndup_command *command = ndup_command_table; command->name != NULL; command++) {
        ndup_buf_printf(buf, "        %s) words='", command->name);
        words_of(buf, command);
        ndup_buf_append_str(buf, "' ;;\n");
    }
    ndup_buf_append_str(buf, "        esac\n"
                             "    fi\n"
                             "    if [ -n \"$words\" ]; then\n"
                             "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                             "    else\n"
                             "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                             "    fi\n"
                             "}\n"
                             "complete -o filenames -F _neardup neardup\n");
}

static void quoted(struct ndup_buf *buf, const char *text)
{
    ndup_buf_append_str(buf, "'");
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            ndup_buf_append_str(buf, "\\");
        ndup_buf_append(buf, text, 1);
    }
    ndup_buf_append_str(buf, "'");
}

static void fish(struct ndup_buf *buf)
{
    for (const struct ndup_command *command = ndup_command_table; command->name != NULL; command++) {
        ndup_buf_printf(buf, "complete -c neardup -n __fish_use_subcommand -f -a %s -d ", command->name);
        quoted(buf, command->summary);
        ndup_buf_append_str(buf, "\n");
        for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
            if ((opt->commands & command->bit) == 0 || opt->group == NULL)
                continue;
            ndup_buf_printf(buf, "complete -c neardup -n '__fish_seen_subcommand_from %s' -l %s", command->name,
                            opt->name);
            if (opt->letter != '\0')
                ndup_buf_printf(buf, " -s %c", opt->letter);
            if (opt->kind != NDUP_OPT_FLAG)
                ndup_buf_append_str(buf, " -r");
            for (size_t i = 0; opt->kind == NDUP_OPT_CHOICE && opt->choices[i] != NULL; i++)
                ndup_buf_printf(buf, "%s%s%s", i == 0 ? " -f -a '" : " ", opt->choices[i],
                                opt->choices[i + 1] == NULL ? "'" : "");
            ndup_buf_append_str(buf, " -d ");
            quoted(buf, opt->help);
            ndup_buf_append_str(buf, "\n");
        }
    }
}

void ndup_help_completion(struct ndup_buf *buf, const char *shell)
{
    if (strcmp(shell, "fish") == 0) {
        fish(buf);
        return;
    }
    bool zsh = strcmp(shell, "zsh") == 0;
    if (zsh)
        ndup_buf_append_str(buf, "#compdef neardup\nautoload -U +X bashcompinit && bashcompinit\n");
    bash(buf);
    /* A file in fpath is read when neardup is completed for the first time, and answers then, too. */
    if (zsh)
        ndup_buf_append_str(buf, "if (( ${+compstate} )); then _bash_complete -o filenames -F _neardup; fi\n");
}
