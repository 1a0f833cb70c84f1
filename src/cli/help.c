/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/help.h"
#include "term/safe.h"
#include "term/term.h"

#include <string.h>

#define HELP_COLUMN 28

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

void ndup_help_form(struct ndup_buf *buf, const struct ndup_opt *opt)
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
    ndup_help_form(buf, opt);
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

/* The options of one kind: those in a table of their own, which say what the command is for, or those that others have. */
static void some_options(struct ndup_buf *buf, const struct ndup_command *command, bool own, bool full, bool colour,
                         size_t columns, const char **heading_before)
{
    const char *group = *heading_before;
    const struct ndup_opt *before = NULL;
    bool first_table = true;
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; before = opt, opt = ndup_opt_next(opt)) {
        first_table = first_table && (before == NULL || opt == before + 1);
        if ((opt->commands & command->bit) == 0 || opt->group == NULL || own == first_table)
            continue;
        if (group == NULL || strcmp(group, opt->group) != 0) {
            ndup_buf_append_str(buf, "\n");
            heading(buf, opt->group, colour);
            group = opt->group;
        }
        option(buf, opt, full, columns);
    }
    *heading_before = group;
}

static void options(struct ndup_buf *buf, const struct ndup_command *command, bool full, bool colour, size_t columns)
{
    const char *group = NULL;
    some_options(buf, command, true, full, colour, columns, &group);
    some_options(buf, command, false, full, colour, columns, &group);
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
