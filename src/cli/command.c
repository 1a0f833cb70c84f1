/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/suggest.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/messages.h"
#include "cli/opt.h"
#include "neardup.h"
#include "term/number.h"
#include "term/term.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_COMMANDS 16

int ndup_command_misuse(const struct ndup_cli *cli, const char *message, const char *hint)
{
    ndup_msg_error(&cli->msg, "%s", message);
    if (hint != NULL && hint[0] != '\0')
        ndup_msg_hint(&cli->msg, "%s", hint);
    else if (cli->command != NULL)
        ndup_msg_hint(&cli->msg, "'neardup %s --help' lists the options", cli->command->name);
    else
        ndup_msg_hint(&cli->msg, "'neardup help' lists the commands");
    return NDUP_EXIT_TROUBLE;
}

int ndup_command_print(struct ndup_cli *cli, struct ndup_buf *buf)
{
    int status = NDUP_EXIT_DONE;
    errno = 0;
    if (buf->failed) {
        ndup_msg_error(&cli->msg, "out of memory");
        status = NDUP_EXIT_TROUBLE;
    } else if (buf->len > 0 && (fwrite(buf->data, 1, buf->len, stdout) < buf->len || fflush(stdout) != 0)) {
        /* Now, while the reason is known. */
        cli->broken_pipe = errno == EPIPE;
        if (!cli->broken_pipe) {
            ndup_msg_error(&cli->msg, "cannot write standard output: %s", strerror(errno != 0 ? errno : EIO));
            cli->output_failed = true;
            status = NDUP_EXIT_TROUBLE;
        }
    }
    ndup_buf_free(buf);
    return status;
}

/* Unless the person gave the option or the command does not have it. */
static void set_by_preset(struct ndup_cli *cli, const char *name, const char *value)
{
    struct ndup_opt_failure failure;
    const struct ndup_opt *opt = ndup_opt_find(ndup_options_table, cli->command->bit, name);
    if (opt != NULL && !ndup_opt_was_seen(&cli->seen, opt) &&
        ndup_opt_apply(opt, &cli->settings, opt->name, value, &failure))
        ndup_opt_see(&cli->seen, opt, 0);
}

void ndup_command_apply_preset(struct ndup_cli *cli)
{
    struct ndup_settings *s = &cli->settings;
    const neardup_preset *preset = s->preset > 0 ? neardup_preset_at((size_t)s->preset - 1) : NULL;
    char text[64];
    if (preset == NULL || s->job.method != NEARDUP_METHOD_MINHASH)
        return;
    unsigned tokens = (unsigned)preset->profile.tokens;
    s->job.preset = preset->name;
    snprintf(text, sizeof text, "%s", ndup_number_score(preset->threshold).text);
    set_by_preset(cli, "threshold", text);
    snprintf(text, sizeof text, "%u", preset->profile.ngram);
    set_by_preset(cli, "ngram", text);
    set_by_preset(cli, "tokens", (tokens & NEARDUP_TOKENS_CHAR) != 0 ? "char" : "word");
    set_by_preset(cli, "marks", (tokens & NEARDUP_TOKENS_WORD_MARKS) != 0 ? "keep" : "fold");
    set_by_preset(cli, "case", (tokens & NEARDUP_TOKENS_WORD_CASE) != 0 ? "keep" : "fold");
}

bool ndup_command_check_options(struct ndup_cli *cli)
{
    struct ndup_opt_failure failure;
    ndup_command_apply_preset(cli);
    if (ndup_opt_check(ndup_options_table, cli->command->bit, &cli->settings, &cli->seen, &failure))
        return true;
    ndup_command_misuse(cli, failure.message, failure.hint);
    return false;
}

static int unknown_command(const struct ndup_cli *cli, const char *name)
{
    char message[160];
    char hint[160] = "";
    if (name[0] == '-') {
        snprintf(message, sizeof message, "expected a command before '%.60s'", name);
        return ndup_command_misuse(cli, message,
                                   "usage: neardup COMMAND [options] [inputs]; 'neardup help' lists the commands");
    }
    const char *names[MAX_COMMANDS];
    size_t count = 0;
    while (count < MAX_COMMANDS && ndup_command_table[count].name != NULL) {
        names[count] = ndup_command_table[count].name;
        count++;
    }
    snprintf(message, sizeof message, "unknown command '%.60s'", name);
    const char *nearest = ndup_suggest_nearest(name, names, count);
    if (nearest != NULL)
        snprintf(hint, sizeof hint, "did you mean '%s'?", nearest);
    return ndup_command_misuse(cli, message, hint);
}

/* A closed descriptor would be given to the next file that is opened, which messages would then be written into.
 * Standard input gets one that cannot be read, standard output one that cannot be written to: the loss is noticed. */
static void occupy_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", fd == 1 ? O_RDONLY : O_WRONLY) == -1)
            _exit(NDUP_EXIT_TROUBLE);
    }
}

static int show_own_help(struct ndup_cli *cli)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    bool colour = ndup_term_colour(stdout, (enum ndup_term_when)cli->settings.colour);
    ndup_help_command(&buf, cli->command, cli->settings.help == NDUP_HELP_LONG, colour, ndup_term_width(stdout, 80));
    return ndup_command_print(cli, &buf);
}

static int check_operands(const struct ndup_cli *cli)
{
    const struct ndup_command *command = cli->command;
    char message[200];
    if (cli->operand_count < command->min_operands) {
        char usage[100];
        snprintf(message, sizeof message, "%s requires %d argument%s, not %d", command->name, command->min_operands,
                 command->min_operands == 1 ? "" : "s", cli->operand_count);
        snprintf(usage, sizeof usage, "usage: neardup %s [options] %s", command->name, command->operands);
        return ndup_command_misuse(cli, message, usage);
    }
    if (command->max_operands >= 0 && cli->operand_count > command->max_operands) {
        snprintf(message, sizeof message, "unexpected argument '%.60s' for %s", cli->operands[command->max_operands],
                 command->name);
        return ndup_command_misuse(cli, message, NULL);
    }
    return NDUP_EXIT_DONE;
}

/* ---- help and version, which are commands too -------------------------------------------------------------------- */

static int show_version(struct ndup_cli *cli)
{
    (void)cli;
    printf("neardup %s\n", neardup_version());
    return NDUP_EXIT_DONE;
}

static int describe(const struct ndup_cli *cli, struct ndup_buf *buf, bool colour)
{
    const struct ndup_command *command = ndup_command_find(cli->operands[0]);
    if (command != NULL) {
        ndup_help_command(buf, command, true, colour, ndup_term_width(stdout, 80));
        return NDUP_EXIT_DONE;
    }
    char message[160];
    snprintf(message, sizeof message, "unknown command '%.60s'", cli->operands[0]);
    return ndup_command_misuse(cli, message, "'neardup help' lists the commands");
}

static int show_help(struct ndup_cli *cli)
{
    static const char *const shells[] = {NULL, "bash", "zsh", "fish"};
    struct ndup_buf buf = NDUP_BUF_INIT;
    bool colour = ndup_term_colour(stdout, (enum ndup_term_when)cli->settings.colour);
    int status = NDUP_EXIT_DONE;
    if (cli->settings.man != 0)
        ndup_help_man_page(&buf);
    else if (cli->settings.completion != 0)
        ndup_help_completion(&buf, shells[cli->settings.completion]);
    else if (cli->operand_count == 1)
        status = describe(cli, &buf, colour);
    else
        ndup_help_overview(&buf, colour);
    int printed = ndup_command_print(cli, &buf);
    return status != NDUP_EXIT_DONE ? status : printed;
}

/* ---- running a command ------------------------------------------------------------------------------------------- */

/* What the rows of ndup_command_table do. They are apart from it so that the help can be below the commands. */
static const struct {
    unsigned bit;
    int (*run)(struct ndup_cli *cli);
} runs[] = {
    {NDUP_CMD_DEDUP, ndup_cmd_dedup},     {NDUP_CMD_FIND, ndup_cmd_find},     {NDUP_CMD_COMPARE, ndup_cmd_compare},
    {NDUP_CMD_PLAN, ndup_cmd_plan},       {NDUP_CMD_SKETCH, ndup_cmd_sketch}, {NDUP_CMD_REPORT, ndup_cmd_report},
    {NDUP_CMD_EXPLAIN, ndup_cmd_explain}, {NDUP_CMD_CHECK, ndup_cmd_check},   {NDUP_CMD_SUGGEST, ndup_cmd_suggest},
    {NDUP_CMD_VERSION, show_version},     {NDUP_CMD_HELP, show_help},
};

static int run_command(struct ndup_cli *cli)
{
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        if (runs[i].bit == cli->command->bit)
            return runs[i].run(cli);
    }
    return NDUP_EXIT_TROUBLE;
}

static int run(struct ndup_cli *cli, int argc, const char **argv)
{
    struct ndup_opt_failure failure;
    ndup_options_init(&cli->settings);
    bool good = ndup_opt_parse(ndup_options_table, cli->command->bit, argc, argv, &cli->settings, &cli->operand_count,
                               &cli->seen, &failure);
    cli->operands = argv;
    cli->msg.verbosity = cli->settings.verbosity;
    cli->msg.colour = ndup_term_colour(stderr, (enum ndup_term_when)cli->settings.colour);
    int status = NDUP_EXIT_TROUBLE;
    if (cli->settings.help != NDUP_HELP_NONE) {
        status = show_own_help(cli);
    } else if (!good) {
        ndup_command_misuse(cli, failure.message, failure.hint);
    } else if (check_operands(cli) == NDUP_EXIT_DONE &&
               /* check reads a file with more options first */
               (cli->command->bit == NDUP_CMD_CHECK || ndup_command_check_options(cli)) &&
               ndup_command_check_paths(cli)) {
        ndup_progress_init(&cli->progress, stderr, cli->settings.verbosity >= 0);
        cli->msg.progress = &cli->progress;
        status = run_command(cli);
        ndup_progress_clear(&cli->progress);
    }
    ndup_opt_free(ndup_options_table, &cli->settings);
    return status;
}

/* To the screen of whoever typed the name alone. */
static void show_overview(const struct ndup_cli *cli)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_help_overview(&buf, cli->msg.colour);
    if (!buf.failed)
        fwrite(buf.data, 1, buf.len, stderr);
    ndup_buf_free(&buf);
}

/* What was printed counts only when it has arrived. */
static int close_output(const struct ndup_cli *cli, int status)
{
    bool earlier = ferror(stdout) != 0;
    errno = 0;
    bool failed = fclose(stdout) != 0 || earlier;
    if (!failed || cli->broken_pipe || cli->output_failed)
        return status;
    if (errno == EPIPE)
        return status;
    if (errno != 0)
        ndup_msg_error(&cli->msg, "cannot write standard output: %s", strerror(errno));
    else if (status == NDUP_EXIT_DONE)
        ndup_msg_error(&cli->msg, "cannot write standard output");
    return NDUP_EXIT_TROUBLE;
}

int ndup_command_main(int argc, char **argv)
{
    occupy_standard_streams();
    ndup_signals_ignore();
    ndup_term_set_locale();
    struct ndup_cli cli = {.msg = {.stream = stderr, .colour = ndup_term_colour(stderr, NDUP_TERM_AUTO)}};
    cli.argv = argv;
    static const char *const spellings[][2] = {
        {"--help", "help"}, {"-h", "help"}, {"--version", "version"}, {"-V", "version"}};
    const char **arguments = calloc((size_t)argc + 1, sizeof *arguments);
    if (arguments == NULL) {
        ndup_msg_error(&cli.msg, "out of memory");
        return NDUP_EXIT_TROUBLE;
    }
    for (int i = 1; i < argc; i++)
        arguments[i - 1] = argv[i];
    const char *name = argc > 1 ? argv[1] : NULL;
    for (size_t i = 0; name != NULL && i < sizeof spellings / sizeof *spellings; i++) {
        if (strcmp(name, spellings[i][0]) == 0)
            name = spellings[i][1];
    }
    int status = NDUP_EXIT_TROUBLE;
    if (name == NULL)
        show_overview(&cli); /* and the status of misuse: a script that forgot the command must not go on */
    else if ((cli.command = ndup_command_find(name)) == NULL)
        unknown_command(&cli, name);
    else
        status = run(&cli, argc - 2, arguments + 1);
    free(arguments);
    status = close_output(&cli, status);
    if (cli.raise_signal != 0)
        ndup_signals_raise(cli.raise_signal);
    return status;
}
