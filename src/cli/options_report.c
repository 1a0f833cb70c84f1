/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/options.h"

#define TO(field) offsetof(struct ndup_settings, field)

static const char *const report_words[] = {"auto", "html", "markdown", "json", "csv", NULL}; /* ndup_report_format */

static const char *const compare_words[] = {"text", "json", "html", NULL}; /* ndup_text_format */

static const char output[] = "Output";
static const char similarity[] = "What counts as similar";
static const char input[] = "Input";

const struct ndup_opt ndup_options_report[] = {
    {.name = "output",
     .letter = 'o',
     .kind = NDUP_OPT_TEXT,
     .offset = TO(output),
     .commands = NDUP_CMD_REPORT,
     .group = output,
     .argument = "FILE",
     .shown = "standard output",
     .help = "write to a new file",
     .more = "The file is complete or absent; one that exists is refused unless --force is given, and what is read is "
             "never "
             "replaced."},
    {.name = "force",
     .kind = NDUP_OPT_FLAG,
     .value = 1,
     .offset = TO(force),
     .commands = NDUP_CMD_REPORT,
     .group = output,
     .help = "replace a file that exists"},
    {.name = "format",
     .kind = NDUP_OPT_CHOICE,
     .offset = TO(report_format),
     .commands = NDUP_CMD_REPORT,
     .group = output,
     .choices = report_words,
     .initial = "auto",
     .help = "a page, a short text for a pull request, all clusters as JSON, or as a table",
     .more = "auto goes by the name of the file (.html, .md, .json, .csv), and is html otherwise."},
    {.name = "output",
     .letter = 'o',
     .kind = NDUP_OPT_TEXT,
     .offset = TO(output),
     .commands = NDUP_CMD_COMPARE,
     .group = output,
     .argument = "FILE",
     .shown = "standard output",
     .help = "html: write the page to a new file",
     .more = "The file is complete or absent; one that exists is refused unless --force is given, and what is read is "
             "never "
             "replaced."},
    {.name = "force",
     .kind = NDUP_OPT_FLAG,
     .value = 1,
     .offset = TO(force),
     .commands = NDUP_CMD_COMPARE,
     .group = output,
     .help = "replace a page that exists"},
    {.name = "format",
     .kind = NDUP_OPT_CHOICE,
     .offset = TO(text_format),
     .commands = NDUP_CMD_COMPARE,
     .group = output,
     .choices = compare_words,
     .initial = "text",
     .help = "text for people, JSON for programs, or a page with the two texts side by side"},
    {.name = "clusters",
     .kind = NDUP_OPT_COUNT,
     .offset = TO(clusters),
     .commands = NDUP_CMD_REPORT,
     .group = output,
     .argument = "N",
     .shown = "10000",
     .min = 1,
     .max = 1000000,
     .help = "put the N costliest clusters into the page, of documents and of paragraphs each",
     .more =
         "Costliest are those whose members have the most tokens. JSON and CSV always have all clusters; in JSON the "
         "N costliest have texts."},
    {.name = "no-text",
     .kind = NDUP_OPT_FLAG,
     .value = 1,
     .offset = TO(no_text),
     .commands = NDUP_CMD_REPORT,
     .group = output,
     .help = "leave out all text of the corpus: places, scores and numbers only"},
    {.name = "threshold",
     .letter = 't',
     .kind = NDUP_OPT_REAL,
     .offset = TO(threshold),
     .given = TO(threshold_given),
     .commands = NDUP_CMD_REPORT,
     .group = similarity,
     .argument = "J",
     .shown = "that of the run",
     .min = 0,
     .max = 1,
     .help = "decide again at a stricter threshold, without reading the corpus again",
     .more = "Exact if the run left its pairs (--pairs), of documents alone or of paragraphs alone; otherwise what is "
             "below "
             "the threshold stays, and the report says what was not compared."},
    {.name = "input",
     .letter = 'i',
     .kind = NDUP_OPT_LIST,
     .offset = TO(inputs),
     .commands = NDUP_CMD_REPORT | NDUP_CMD_EXPLAIN,
     .group = input,
     .argument = "PATH",
     .shown = "where the run read it",
     .help = "where the corpus is now; may be given several times",
     .more = "All inputs of the run, in the same order: a file may have another name now, or hold what was standard "
             "input; a "
             "folder stands for a folder. Needed only if they have moved: their texts are read from here."},
    {.name = "limit",
     .kind = NDUP_OPT_COUNT,
     .offset = TO(limit),
     .commands = NDUP_CMD_EXPLAIN,
     .group = output,
     .argument = "N",
     .shown = "10",
     .min = 1,
     .max = 1000000,
     .help = "list at most N similar documents, removed ones, and cut paragraphs or lines"},
    {.name = NULL, .next = ndup_options_check},
};
