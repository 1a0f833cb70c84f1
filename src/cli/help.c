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
    "Reads the inputs, finds the documents that are near-duplicates of others, and writes the same files without them. "
    "For every removed document decisions.jsonl names the kept one that it duplicates and how similar they are. No "
    "document is removed unless it is itself similar enough to a kept one.",
    "Inputs are JSON Lines or plain text, plain or compressed with gzip or zstd; folders are read with everything "
    "below them, sorted by name, but for hidden files and *.tmp. Bytes of kept records are written back unchanged.",
    "With --unit paragraph or line, repeated passages are cut out of the documents instead: the first copy stays, and "
    "decisions.jsonl has the exact span of every cut. The rest of a record stays byte for byte.",
    NULL};
static const struct ndup_example dedup_examples[] = {
    {"neardup dedup crawl/*.jsonl.zst -o clean/", "clean a corpus"},
    {"neardup dedup crawl/ -o clean/ --keep max:score", "of near-duplicates keep the one with the highest score"},
    {"cat x.jsonl | neardup dedup - -o - > clean.jsonl", "in a pipeline"},
    {"neardup dedup crawl/ -o clean/ --unit document,paragraph", "whole documents, then paragraphs of those that stay"},
    {"neardup dedup crawl/ -o clean/ --unit paragraph --max-copies 20", "cut what stands in more than 20 documents"},
    {"neardup dedup notes.txt --input-format paragraph -o clean/", "every paragraph of a file is a document"},
    {NULL, NULL}};

static const char *const find_about[] = {
    "Reads the inputs as dedup does, and reports clusters of near-duplicates, largest first: the document that would "
    "be "
    "kept, and those that would be removed with their similarity to it. With --pairs every pair of documents at or "
    "above the threshold. Nothing is changed.",
    "With --unit paragraph or line it reports the passages that repeat, those that cost most tokens first; with "
    "--group-field also which of them stand on more than half of the documents of a group.",
    "On a terminal the report is a table; elsewhere it is one JSON object a line.", NULL};
static const struct ndup_example find_examples[] = {
    {"neardup find crawl/", "show the largest clusters"},
    {"neardup find crawl/ --pairs --format csv -o pairs.csv", "all similar pairs, for a spreadsheet"},
    {"neardup find crawl/ | jq -r '.members[].id'", "ids of what would be removed"},
    {"neardup find crawl/ --unit paragraph --group-field site", "which passages repeat, and which are a site's own"},
    {"neardup find article.txt --unit paragraph --within", "one document against itself"},
    {"neardup find crawl/ --method simhash --distance 3", "what differs in at most 3 bits of a SimHash fingerprint"},
    {"neardup find crawl/ --candidates all --threshold 0.3", "an exact similarity join, below what LSH can do"},
    {NULL, NULL}};

static const char *const compare_about[] = {
    "Computes the exact similarity of two plain text files (- is standard input): Jaccard, containment either way, the "
    "longest passages that they share, and what stands in only one of them.",
    NULL};
static const struct ndup_example compare_examples[] = {
    {"neardup compare a.txt b.txt", "how similar are two texts, what do they share"},
    {"neardup compare a.txt b.txt --format html -o ab.html", "side by side, what differs highlighted"},
    {"neardup compare a.txt b.txt --tokens char --ngram 9", "by runs of nine characters"},
    {"zcat a.txt.gz | neardup compare - b.txt --format json", "for programs; compressed text through a pipe"},
    {NULL, NULL}};

static const char *const plan_about[] = {
    "Says what dedup and find would do before they do it: slots, bands and rows of the signatures, the probability "
    "with "
    "which a pair of a given similarity is found, and the memory and disk that a number of documents takes.",
    NULL};
static const struct ndup_example plan_examples[] = {
    {"neardup plan --threshold 0.7 --documents 50M", "the plan for fifty million documents"},
    {"neardup plan --documents 1G --memory 16G", "what a memory budget does to it"},
    {"neardup plan --method simhash --distance 6 --documents 10M", "how fingerprints would be searched, and the cost"},
    {"neardup plan --bands 20 --rows 5 --threshold 0.5", "what these bands and rows would find"},
    {NULL, NULL}};

static const char *const sketch_about[] = {
    "Writes one JSON object a line for each document, in input order: its place, its number of shingles, and its "
    "MinHash "
    "signature or SimHash fingerprint, to be stored in a column and compared later. Nothing is compared here.",
    "The field \"scheme\" names all that decides the bits: method, size, weights or seed, and the profile (tokens, n, "
    "version). Sketches can be compared exactly where it is the same. A text without a token has the sketch null.",
    NULL};
static const struct ndup_example sketch_examples[] = {
    {"neardup sketch crawl/ --method simhash -o fingerprints.jsonl", "a fingerprint of 64 bits a document"},
    {"neardup sketch crawl/ --slots 256 | zstd > signatures.jsonl.zst", "MinHash signatures of 256 slots"},
    {"zcat x.jsonl.gz | neardup sketch - --method simhash | jq -r '[.id, .fingerprint] | @tsv'", "in a pipeline"},
    {NULL, NULL}};

static const char *const report_about[] = {
    "Shows what a finished run found to the people who must decide: a page with the numbers, the clusters, and every "
    "member side by side with the one that stays, differences highlighted; or a short text for a pull request, or all "
    "clusters as JSON or CSV.",
    "RUN is the folder of dedup -o or find --save, or a file of clusters as find prints them. Texts are read from the "
    "corpus again; the page is one file that loads nothing and opens from disk.",
    NULL};
static const struct ndup_example report_examples[] = {
    {"neardup report clean/ -o report.html", "a page about a run"},
    {"neardup report clean/ --format markdown >> \"$GITHUB_STEP_SUMMARY\"", "a short one, for a job summary"},
    {"neardup report clean/ -o report.html --threshold 0.8", "what a stricter threshold would remove"},
    {"neardup report clean/ -o members.csv", "every removed document and its keeper, for a spreadsheet"},
    {"neardup report clean/ -o report.html --no-text", "places and scores, but no text of the corpus"},
    {NULL, NULL}};

static const char *const explain_about[] = {
    "Says why a document of a finished run was removed, and for which one: how similar they are, which bands met, what "
    "both share and where they differ. Of a document that stays: what was removed for it, and the documents most "
    "similar to it, with what kept each of them from counting. Of paragraphs and lines: what was cut, and why.",
    "RUN is the folder of dedup -o or find --save, or a file of clusters as find prints them. ID is the document's id, "
    "or its place as reports have it: FILE:LINE. Texts are read from the corpus again; without it, what the run wrote "
    "is shown alone.",
    NULL};
static const struct ndup_example explain_examples[] = {
    {"neardup explain clean/ b17", "why is this document gone, or why is it still there"},
    {"neardup explain clean/ part-2.jsonl:31", "the same by its place, where ids are not unique"},
    {"neardup explain clean/ b17 --format json", "for programs"},
    {"neardup explain clean/ b17 -i /new/place/crawl", "the corpus has moved"},
    {NULL, NULL}};

static const char *const check_about[] = {
    "A verdict for CI: is there more duplication than is allowed, is any of it new, does test leak from train? Every "
    "rule has its own verdict, and all that are violated are reported. Exit status 0: all rules hold; 1: one is "
    "violated; 2: anything else went wrong.",
    "What is not said is zero: without a rule no near-duplicate is allowed, with --split no leak, with --reference no "
    "document that stands there, with --baseline none that is new.",
    "Options can stand in a file neardup.toml in the working directory; the command line wins. No other command reads "
    "it.",
    NULL};
static const struct ndup_example check_examples[] = {
    {"neardup check data/ --max-duplicate-rate 1% --max-cluster-size 20", "two rules"},
    {"neardup check --split 'train=train/*.jsonl' --split test=test.jsonl", "no text of test may stand in train"},
    {"neardup check data/ --baseline neardup-baseline.jsonl --update-baseline", "what repeats today is known ..."},
    {"neardup check data/ --baseline neardup-baseline.jsonl", "... and only what is new fails"},
    {"neardup check new.jsonl --reference corpus/", "new files must not repeat the corpus"},
    {"neardup check data/ --report sarif:neardup.sarif --report github:-", "reports for CI"},
    {NULL, NULL}};

static const char *const version_about[] = {"Prints the version of the program.", NULL};
static const char *const help_about[] = {"Without a command it lists them; with one it is its --help.", NULL};
static const struct ndup_example help_examples[] = {
    {"neardup help dedup", "all about a command"},
    {"neardup help --man > neardup.1", "the man page"},
    {"source <(neardup help --completion bash)", "completion in this shell"},
    {NULL, NULL}};
static const struct ndup_example no_examples[] = {{NULL, NULL}};

const struct ndup_command ndup_command_table[] = {
    {"dedup", NDUP_CMD_DEDUP, "INPUT... -o OUT", 0, -1, "remove near-duplicates from a corpus", dedup_about,
     dedup_examples},
    {"find", NDUP_CMD_FIND, "INPUT...", 0, -1, "report near-duplicates, change nothing", find_about, find_examples},
    {"compare", NDUP_CMD_COMPARE, "A B", 2, 2, "how similar two texts are, and what they share", compare_about,
     compare_examples},
    {"plan", NDUP_CMD_PLAN, "", 0, 0, "what a run would do: signatures, recall, memory, disk", plan_about,
     plan_examples},
    {"sketch", NDUP_CMD_SKETCH, "INPUT...", 0, -1, "a fingerprint or signature for each document", sketch_about,
     sketch_examples},
    {"report", NDUP_CMD_REPORT, "RUN", 1, 1, "show what a finished run found, as a page or a table", report_about,
     report_examples},
    {"explain", NDUP_CMD_EXPLAIN, "RUN ID", 2, 2, "why a document of a finished run was removed, or stays",
     explain_about, explain_examples},
    {"check", NDUP_CMD_CHECK, "INPUT...", 0, -1, "a verdict for CI: duplicates, leaks, what is new", check_about,
     check_examples},
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

/* Words of the text from column `indent` on, wrapped before `columns`; the cursor stands at `column`. */
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

static void form(struct ndup_buf *buf, const struct ndup_opt *opt)
{
    if (opt->letter != '\0')
        ndup_buf_printf(buf, "-%c, ", opt->letter);
    ndup_buf_printf(buf, "--%s", opt->name);
    if (opt->kind == NDUP_OPT_CHOICE) {
        for (size_t i = 0; opt->choices[i] != NULL; i++)
            ndup_buf_printf(buf, "%s%s", i == 0 ? " " : "|", opt->choices[i]);
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
    /* Long names stand below each other, letters before them. */
    ndup_buf_append_str(buf, opt->letter == '\0' ? "      " : "  ");
    form(buf, opt);
    size_t column = buf->len - start;
    ndup_buf_append_str(&text, opt->help);
    if (ndup_help_default(opt) != NULL)
        ndup_buf_printf(&text, " [%s]", ndup_help_default(opt));
    ndup_buf_append(&text, "", 1);
    if (column + 2 > HELP_COLUMN) {
        ndup_buf_append_str(buf, "\n");
        column = 0;
    }
    if (!text.failed)
        wrap(buf, text.data, column, HELP_COLUMN, columns);
    if (full && opt->more != NULL)
        wrap(buf, opt->more, 0, HELP_COLUMN, columns);
    ndup_buf_free(&text);
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
    options(buf, command, full, colour, columns);
    if (full && command->examples[0].line != NULL) {
        ndup_buf_append_str(buf, "\n");
        heading(buf, "Examples", colour);
        for (const struct ndup_example *example = command->examples; example->line != NULL; example++)
            ndup_buf_printf(buf, "  %s\n      %s\n", example->line, example->meaning);
    }
    if (!full)
        ndup_buf_printf(buf, "\n'neardup %s --help' says more and shows examples\n", command->name);
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
                             "  neardup find crawl/                 show what is duplicated, change nothing\n"
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
    form(&name, opt);
    ndup_buf_append(&name, "", 1);
    if (name.failed) {
        buf->failed = true;
        return;
    }
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
         "documents are near-duplicates when the Jaccard similarity of their sets of shingles (runs of five "
         "words, unless told otherwise) reaches the threshold. Signatures only propose pairs; every pair that "
         "is reported and every document that is removed was verified with the exact sets.");
    line(
        buf, ".PP\n",
        "The same for paragraphs and lines, inside a document and across the corpus: they are cut out, and the rest of "
        "a document stays as it is.");
    line(buf, ".PP\n",
         "Inputs are JSON Lines or plain text, plain or compressed (gzip, zstd), files, folders, lists "
         "of files, or - for standard input. They are never changed. Results go to standard output or "
         "to --output, everything else to standard error.");
    line(buf, ".PP\n",
         "Long options take their value behind a blank or an equals sign, short ones may be bundled, -- "
         "ends the options, and of an option given twice the last counts.");
    commands(buf);
    examples(buf);
    ndup_buf_append_str(buf, ".SH EXIT STATUS\n.TP\n.B 0\nDone; also when the reader of the output has gone away.\n"
                             ".TP\n.B 1\nA rule of check is violated.\n"
                             ".TP\n.B 2\nA mistake in the call, a file that could not be read or written or is "
                             "damaged, or not enough memory.\nThe rest of a corpus with a damaged file is still "
                             "done.\n.PP\nA signal ends the program as that signal, after its temporary files are "
                             "removed.\n");
    ndup_buf_append_str(buf, ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nNo colours, if set to anything.\n"
                             ".TP\n.B COLUMNS\nWidth of a table that is not printed on a terminal.\n"
                             ".TP\n.B NEARDUP_CPU\nInstruction set: auto, scalar, avx2, avx512 or neon. For tests and "
                             "measurements; every one gives the same results.\n");
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
    if (strcmp(shell, "zsh") == 0)
        ndup_buf_append_str(buf, "autoload -U +X bashcompinit && bashcompinit\n");
    bash(buf);
}
