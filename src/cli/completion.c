/* SPDX-License-Identifier: MIT
 * Completion scripts for bash, zsh and fish, from the command and option tables. */
#include "base/platform.h"

#include "cli/help.h"

#include <string.h>

static void words_of(struct ndup_buf *buf, const struct ndup_command *command)
{
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt = ndup_opt_next(opt)) {
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
        for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt = ndup_opt_next(opt)) {
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
        for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt = ndup_opt_next(opt)) {
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

void ndup_completion_script(struct ndup_buf *buf, const char *shell)
{
    if (strcmp(shell, "fish") == 0) {
        fish(buf);
        return;
    }
    if (strcmp(shell, "zsh") == 0)
        ndup_buf_append_str(buf, "autoload -U +X bashcompinit && bashcompinit\n");
    bash(buf);
}
