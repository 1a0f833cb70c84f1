/* SPDX-License-Identifier: MIT
 * The man page, from the command and option tables (man macros of roff). */
#include "base/platform.h"

#include "cli/help.h"
#include "neardup.h"

#include <string.h>

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

static void option(struct ndup_buf *buf, const struct ndup_opt *opt)
{
    struct ndup_buf form = NDUP_BUF_INIT;
    ndup_help_form(&form, opt);
    ndup_buf_append(&form, "", 1);
    if (form.failed) {
        buf->failed = true;
        return;
    }
    line(buf, ".TP\n.B ", form.data);
    ndup_buf_free(&form);
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
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt = ndup_opt_next(opt)) {
        if ((opt->commands & command->bit) == 0 || (opt->commands & earlier) != 0 || opt->group == NULL)
            continue;
        if (group != opt->group)
            line(buf, ".PP\n.I ", opt->group);
        group = opt->group;
        option(buf, opt);
    }
    bool shared = false;
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt = ndup_opt_next(opt)) {
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

void ndup_man_page(struct ndup_buf *buf)
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
