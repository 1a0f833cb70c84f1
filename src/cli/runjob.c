/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/buf.h"
#include "cli/messages.h"
#include "cli/opt.h"
#include "cli/runjob.h"

#include "base/error.h"
#include "run/json_write.h"
#include "term/number.h"
#include "term/term.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOWN_MESSAGES   10 /* about single records: a screen still shows the summary below them */
#define UNRELIABLE_SHARE 20 /* warn if at least one in 20 documents is too short for SimHash */

/* ---- options ----------------------------------------------------------------------------------------------------- */

static bool set_cpu(struct ndup_runjob *run)
{
    static const char *const names[] = {[NEARDUP_CPU_AUTO] = "auto",
                                        [NEARDUP_CPU_SCALAR] = "scalar",
                                        [NEARDUP_CPU_AVX2] = "avx2",
                                        [NEARDUP_CPU_AVX512] = "avx512",
                                        [NEARDUP_CPU_NEON] = "neon"};
    const char *wanted = getenv("NEARDUP_CPU");
    if (wanted == NULL || *wanted == '\0')
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(wanted, names[i]) == 0) {
            run->options.cpu = (neardup_cpu)i;
            return true;
        }
    }
    ndup_msg_error(&run->cli->msg, "invalid value '%.60s' for NEARDUP_CPU: expected auto, scalar, avx2, avx512 or neon",
                   wanted);
    return false;
}

unsigned ndup_runjob_bits(const struct ndup_settings *settings)
{
    return settings->bits == 0 ? 64 : 128;
}

neardup_unit ndup_runjob_part_unit(unsigned units)
{
    return (neardup_unit)(units & ((unsigned)NEARDUP_UNIT_PARAGRAPH | (unsigned)NEARDUP_UNIT_LINE));
}

const char *ndup_runjob_part_name(neardup_unit unit, uint64_t count)
{
    bool line = unit == NEARDUP_UNIT_LINE;
    return count == 1 ? (line ? "line" : "paragraph") : (line ? "lines" : "paragraphs");
}

/* The parser has let only these words pass. */
static void set_keep(neardup_job_options *options, const char *which)
{
    static const char *const words[] = {
        [NEARDUP_KEEP_FIRST] = "first",       [NEARDUP_KEEP_LAST] = "last", [NEARDUP_KEEP_LONGEST] = "longest",
        [NEARDUP_KEEP_SHORTEST] = "shortest", [NEARDUP_KEEP_MAX] = "max:",  [NEARDUP_KEEP_MIN] = "min:",
        [NEARDUP_KEEP_CONTENT] = "content"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        bool field = i == NEARDUP_KEEP_MAX || i == NEARDUP_KEEP_MIN;
        if (field ? strncmp(which, words[i], 4) == 0 : strcmp(which, words[i]) == 0) {
            options->keep = (neardup_keep)i;
            options->keep_field = field ? which + 4 : NULL;
        }
    }
}

neardup_tokens ndup_runjob_tokens(const struct ndup_settings *s)
{
    unsigned tokens = s->job.profile.tokens == NEARDUP_TOKENS_CHAR ? NEARDUP_TOKENS_CHAR : NEARDUP_TOKENS_WORD;
    tokens |= s->keep_marks != 0 ? (unsigned)NEARDUP_TOKENS_WORD_MARKS : 0;
    return (neardup_tokens)(tokens | (s->keep_case != 0 ? (unsigned)NEARDUP_TOKENS_WORD_CASE : 0));
}

/* The Python of the installation that this program is part of: it has the package, whatever PATH says. Installed from a wheel,
 * the program is PREFIX/lib/pythonX.Y/site-packages/neardup.scripts/neardup, or beside Python. */
static bool find_python(char *path, size_t size)
{
    static const char *const names[] = {"python3", "../../../../bin/python3"};
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0 || (size_t)length == size - 1)
        return false;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return false;
    bool in_wheel = strstr(path, "/neardup.scripts/") != NULL;
    size_t room = size - (size_t)(slash + 1 - path);
    for (size_t i = 0; i < (in_wheel ? 2 : 1); i++) {
        int n = snprintf(slash + 1, room, "%s", names[i]);
        if (n > 0 && (size_t)n < room && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

const char *ndup_python(void)
{
    static char found[4096];
    const char *named = getenv("NEARDUP_PYTHON");
    if (named != NULL && named[0] != '\0')
        return named;
    return find_python(found, sizeof found) ? found : "python3";
}

/* Most fields were parsed into the job itself; these depend on several options. */
void ndup_runjob_options(neardup_job_options *options, const struct ndup_settings *s)
{
    bool both = s->job.inside_documents == s->job.between_documents;
    *options = s->job;
    options->profile.tokens = options->paragraph_profile.tokens = ndup_runjob_tokens(s);
    if (s->ngram > 0)
        options->profile.ngram = options->paragraph_profile.ngram = (unsigned)s->ngram;
    set_keep(options, s->keep);
    options->pre_globs = s->pre_globs.items;
    options->pre_glob_count = s->pre_globs.count;
    options->python = ndup_python();
    options->force = s->force != 0;
    options->simhash_bits = ndup_runjob_bits(s);
    options->verify = s->job.method == NEARDUP_METHOD_SIMHASH && s->threshold_given != 0;
    options->inside_documents = both || s->job.inside_documents;
    options->between_documents = both || s->job.between_documents;
    if (!options->inside_documents)
        options->containment = 0; /* it looks inside documents */
    if (!options->between_documents)
        options->short_min_documents = 0; /* it counts documents */
    options->audit = s->audit ? (uint32_t)s->audit_sample : 0;
    options->drop_emptied = s->job.drop_emptied || s->min_remaining_given != 0;
}

/* How the program was called, for whoever looks at what it left. */
static bool set_command(struct ndup_runjob *run)
{
    struct ndup_buf *buf = &run->command;
    for (char **argument = run->cli->argv; *argument != NULL; argument++) {
        ndup_buf_append_str(buf, argument == run->cli->argv ? "[" : ", ");
        ndup_json_write_string(buf, *argument, strlen(*argument));
    }
    ndup_buf_append(buf, "]", sizeof "]");
    if (buf->failed)
        ndup_msg_error(&run->cli->msg, "out of memory");
    run->options.command = buf->data;
    return !buf->failed;
}

bool ndup_runjob_init(struct ndup_runjob *run, struct ndup_cli *cli)
{
    const struct ndup_settings *settings = &cli->settings;
    *run = (struct ndup_runjob){.cli = cli};
    ndup_runjob_options(&run->options, settings);
    if (cli->operand_count == 0 && settings->files_from.count == 0 && settings->splits.count == 0) {
        ndup_command_misuse(cli, "no input given", "name files or folders, or - for standard input");
        return false;
    }
    return set_cpu(run) && set_command(run);
}

static bool report(const struct ndup_runjob *run, neardup_status status, const neardup_error *err)
{
    if (status == NEARDUP_OK)
        return true;
    ndup_msg_error(&run->cli->msg, "%s", err->message);
    return false;
}

static neardup_status add_reads(struct ndup_reads *reads, const struct ndup_cli *cli, neardup_error *err)
{
    const struct ndup_settings *s = &cli->settings;
    for (int i = 0; i < cli->operand_count; i++)
        NDUP_TRY(ndup_reads_add(reads, cli->operands[i], "an input", err));
    for (size_t i = 0; i < s->files_from.count; i++)
        NDUP_TRY(ndup_reads_add(reads, s->files_from.items[i], "a list of inputs", err));
    for (size_t i = 0; i < s->reference.count; i++)
        NDUP_TRY(ndup_reads_add(reads, s->reference.items[i], "a reference", err));
    return NEARDUP_OK;
}

bool ndup_runjob_open_output(const struct ndup_cli *cli, struct ndup_outfile *file, const char *path)
{
    const struct ndup_replace_rule rule = {.replace = cli->settings.force != 0, .has_force = true};
    struct ndup_reads reads = {0};
    neardup_error err = {.message = ""};
    bool good = false;
    if (add_reads(&reads, cli, &err) != NEARDUP_OK)
        ndup_msg_error(&cli->msg, "%s", err.message);
    else
        good = ndup_outfile_open(file, path, &reads, &rule, &cli->msg);
    ndup_reads_free(&reads);
    return good;
}

/* Messages go to standard error: a file that the shell appends them to is not read, and data is not spoiled by them. */
static bool may_write_messages(const struct ndup_cli *cli)
{
    const struct ndup_replace_rule rule = {.replace = true};
    struct ndup_reads reads = {0};
    struct stat info;
    neardup_error err = {.message = ""};
    if (fstat(STDERR_FILENO, &info) != 0 || !S_ISREG(info.st_mode))
        return true;
    neardup_status status = add_reads(&reads, cli, &err);
    if (status == NEARDUP_OK)
        status = ndup_may_write_file(&reads, "/dev/stderr", &rule, &err);
    ndup_reads_free(&reads);
    if (status == NEARDUP_OK)
        return true;
    /* This message, too, would spoil it. */
    struct ndup_msg msg = {.stream = fopen("/dev/tty", "we")};
    if (msg.stream == NULL)
        return false;
    ndup_msg_error(&msg, "%s", err.message);
    if (ndup_may_write_hint(&err, true) != NULL)
        ndup_msg_hint(&msg, "%s", ndup_may_write_hint(&err, true));
    fclose(msg.stream);
    return false;
}

/* The files that the shell has made for our output, in a folder that is read: they would be read while they grow. */
static neardup_status leave_out_streams(neardup_job *job, neardup_error *err)
{
    static const char *const paths[] = {"/dev/stdout", "/dev/stderr"};
    struct stat info;
    for (int i = 0; i < 2; i++) {
        if (fstat(STDOUT_FILENO + i, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0)
            NDUP_TRY(neardup_job_exclude(job, paths[i], err));
    }
    return NEARDUP_OK;
}

/* The patterns of an option, one per line. *patterns stays NULL if there are none. */
static neardup_status join_patterns(struct ndup_buf *lines, const struct ndup_opt_list *list, const char **patterns,
                                    neardup_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        ndup_buf_append_str(lines, i > 0 ? "\n" : "");
        ndup_buf_append_str(lines, list->items[i]);
    }
    if (list->count == 0)
        return NEARDUP_OK;
    ndup_buf_append(lines, "", 1);
    *patterns = lines->data;
    return lines->failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

bool ndup_runjob_open(struct ndup_runjob *run)
{
    neardup_error err = {.message = ""};
    const struct ndup_settings *s = &run->cli->settings;
    if (!report(run, join_patterns(&run->include, &s->include, &run->options.include, &err), &err) ||
        !report(run, join_patterns(&run->exclude, &s->exclude, &run->options.exclude, &err), &err))
        return false;
    const struct ndup_opt_list *lists = &run->cli->settings.files_from;
    const struct ndup_opt_list *references = &run->cli->settings.reference;
    if (!may_write_messages(run->cli) || !report(run, neardup_job_create(&run->job, &run->options, &err), &err) ||
        !report(run, leave_out_streams(run->job, &err), &err))
        return false;
    if (run->add_inputs != NULL)
        return run->add_inputs(run);
    for (int i = 0; i < run->cli->operand_count; i++) {
        if (!report(run, neardup_job_add_input(run->job, run->cli->operands[i], &err), &err))
            return false;
    }
    for (size_t i = 0; i < lists->count; i++) {
        if (!report(run, neardup_job_add_list(run->job, lists->items[i], &err), &err))
            return false;
    }
    for (size_t i = 0; i < references->count; i++) {
        if (!report(run, neardup_job_add_reference(run->job, references->items[i], &err), &err))
            return false;
    }
    return true;
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static bool on_progress(void *context, const neardup_progress *progress)
{
    struct ndup_runjob *run = context;
    ndup_progress_update(&run->cli->progress, progress);
    return true;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct ndup_runjob *run = context;
    const struct ndup_msg *msg = &run->cli->msg;
    bool record = severity == NEARDUP_WARNING && file != NULL && line > 0;
    if (run->again && (severity != NEARDUP_ERROR || run->named))
        return true;
    if (record && run->bad_record != NULL && !run->bad_record(run, file, line, message))
        return false;
    /* Errors are files as a whole: few, and each is named. Invalid records are summed up by on_invalid. */
    if (severity == NEARDUP_ERROR || msg->verbosity > 0 || (!record && run->shown < SHOWN_MESSAGES)) {
        ndup_msg_at(msg, severity, file, line, message);
        run->shown += severity != NEARDUP_ERROR;
        run->shown_records += record;
    } else if (!record) {
        run->hidden++;
    }
    return true;
}

static bool on_invalid(void *context, const char *file, uint64_t line, const char *reason, uint64_t count)
{
    struct ndup_runjob *run = context;
    const struct ndup_msg *msg = &run->cli->msg;
    char text[512];
    if (run->again || msg->verbosity > 0)
        return true;
    if (run->shown >= SHOWN_MESSAGES) {
        run->hidden_records += count;
        return true;
    }
    snprintf(text, sizeof text, count > 1 ? "%s (%s records, this is the first)" : "%s", reason,
             ndup_number_group(count).text);
    ndup_msg_at(msg, NEARDUP_WARNING, file, line, text);
    run->shown++;
    return true;
}

/* Names of skipped files in the note about them; -v names all. */
#define SKIPPED_EXAMPLES 3

static bool on_skipped(void *context, const char *file, const char *kind)
{
    struct ndup_runjob *run = context;
    if (run->again)
        return true;
    if (run->cli->msg.verbosity > 0)
        ndup_msg_at(&run->cli->msg, NEARDUP_NOTE, file, 0, kind);
    if (run->skipped++ < SKIPPED_EXAMPLES)
        ndup_buf_printf(&run->examples, "%s%s (%s)", run->skipped > 1 ? ", " : ": ", file, kind);
    return true;
}

static void say_skipped(const struct ndup_runjob *run)
{
    const struct ndup_msg *msg = &run->cli->msg;
    bool copied = run->options.output_dir != NULL && run->options.write_corpus;
    bool streamed = copied && strcmp(run->options.output_dir, "-") == 0;
    if (run->skipped == 0 || run->examples.failed)
        return;
    ndup_msg_warning(msg, "skipped %s binary file%s%s%.*s%s", ndup_number_group(run->skipped).text,
                     run->skipped == 1 ? "" : "s",
                     streamed ? ", not written to standard output"
                     : copied ? ", copied unchanged"
                              : "",
                     (int)run->examples.len, run->examples.data,
                     run->skipped > SKIPPED_EXAMPLES ? (msg->verbosity > 0 ? ", ..." : ", ... (-v names all)") : "");
}

/* The library reports a limited number of invalid records and counts all of them. */
static void say_hidden(const struct ndup_runjob *run, const neardup_summary *summary)
{
    const struct ndup_msg *msg = &run->cli->msg;
    uint64_t hidden = run->hidden + run->hidden_records;
    if (msg->verbosity > 0 && !run->options.strict && summary->invalid > run->shown_records)
        hidden += summary->invalid - run->shown_records;
    if (hidden > 0)
        ndup_msg_note(msg, "... and %s more%s", ndup_number_group(hidden).text,
                      msg->verbosity > 0 ? "" : "; -v shows more");
}

/* Where SimHash is the wrong tool for part of the corpus. Paragraphs and lines are short, so one is enough for a warning. */
static void say_unreliable(const struct ndup_runjob *run, const neardup_summary *s)
{
    const struct ndup_msg *msg = &run->cli->msg;
    neardup_unit part = ndup_runjob_part_unit(run->options.units);
    if (msg->verbosity < 0 || run->options.method != NEARDUP_METHOD_SIMHASH)
        return;
    bool documents = s->unreliable > 0 && s->unreliable >= s->documents / UNRELIABLE_SHARE;
    if (documents)
        ndup_msg_warning(msg,
                         "%s of the documents have fewer than %u different shingles: SimHash is unreliable for them",
                         ndup_number_percent(s->unreliable, s->documents).text, NEARDUP_SIMHASH_RELIABLE);
    if (s->paragraphs.unreliable > 0)
        ndup_msg_warning(msg, "%s %s fewer than %u different shingles: SimHash is unreliable for them",
                         ndup_number_group(s->paragraphs.unreliable).text,
                         part == NEARDUP_UNIT_LINE ? "lines have" : "paragraphs have", NEARDUP_SIMHASH_RELIABLE);
    if (documents || s->paragraphs.unreliable > 0)
        ndup_msg_hint(msg, "--method minhash is reliable for texts of any length");
}

static void hint_for(const struct ndup_runjob *run, neardup_status status, const neardup_error *err)
{
    const struct ndup_msg *msg = &run->cli->msg;
    if (status == NEARDUP_E_EXISTS)
        ndup_msg_hint(msg, "choose another folder, or add --force to write into this one");
    else if (ndup_may_write_hint(err, true) != NULL)
        ndup_msg_hint(msg, "%s", ndup_may_write_hint(err, true));
}

static neardup_status start(struct ndup_runjob *run, neardup_error *err)
{
    if (run->sketching != NULL)
        return neardup_job_run_sketch(run->job, run->sketching, &run->callbacks, err);
    if (run->reading != NULL)
        return neardup_job_run_read(run->job, run->reading, &run->callbacks, err);
    if (run->leaking != NULL)
        return neardup_job_run_leaks(run->job, run->leaking, &run->callbacks, err);
    return neardup_job_run(run->job, &run->callbacks, err);
}

int ndup_runjob_run(struct ndup_runjob *run, bool *complete)
{
    struct ndup_cli *cli = run->cli;
    neardup_error err = {.message = ""};
    run->callbacks.struct_size = sizeof run->callbacks;
    run->callbacks.context = run;
    run->callbacks.progress = cli->progress.enabled ? on_progress : NULL;
    run->callbacks.message = on_message;
    run->callbacks.invalid = on_invalid;
    run->callbacks.skipped = on_skipped;
    *complete = false;
    if (cli->raise_signal != 0)
        return NDUP_EXIT_TROUBLE;
    ndup_signals_watch(run->job, &cli->msg);
    neardup_status status = start(run, &err);
    int caught = ndup_signals_unwatch();
    ndup_progress_clear(&cli->progress);
    if (!run->again) {
        say_hidden(run, neardup_job_summary(run->job));
        say_skipped(run);
    }
    *complete = status == NEARDUP_OK;
    if (status == NEARDUP_E_CANCELED) {
        cli->raise_signal = caught;
        if (caught != 0)
            ndup_msg_note(&cli->msg, "interrupted; temporary files were removed");
        return NDUP_EXIT_TROUBLE;
    }
    if (caught != 0)
        cli->raise_signal = caught; /* too late for this job, but not for another one */
    if (status == NEARDUP_E_IO && err.sys_errno == EPIPE) {
        cli->broken_pipe = true;
        return NDUP_EXIT_DONE;
    }
    if (status != NEARDUP_OK) {
        ndup_msg_error(&cli->msg, "%s", err.message);
        hint_for(run, status, &err);
        return NDUP_EXIT_TROUBLE;
    }
    if (!run->again) {
        say_unreliable(run, neardup_job_summary(run->job));
    }
    const neardup_summary *summary = neardup_job_summary(run->job);
    uint64_t failed = summary->failed_files, copied = summary->copied_files;
    if (failed > 0 && run->named)
        return NDUP_EXIT_TROUBLE;
    if (failed > 0) {
        bool written = run->options.output_dir != NULL && run->options.write_corpus;
        const char *output = copied == failed ? ", and what was not is in the output as it was"
                             : copied > 0     ? ", and of what was not, only archives are in the output"
                                              : ", and only the rest is in the output";
        ndup_msg_error(&cli->msg, "%s input file%s could not be read to the end; the rest was processed%s",
                       ndup_number_group(failed).text, failed == 1 ? "" : "s", written ? output : "");
        return NDUP_EXIT_TROUBLE;
    }
    return NDUP_EXIT_DONE;
}

void ndup_runjob_close(struct ndup_runjob *run)
{
    neardup_job_destroy(run->job);
    run->job = NULL;
    ndup_buf_free(&run->command);
    ndup_buf_free(&run->include);
    ndup_buf_free(&run->exclude);
    ndup_buf_free(&run->examples);
}

/* ---- the closing summary ---------------------------------------------------------------------------------------- */

void ndup_runjob_describe_search(struct ndup_buf *buf, const neardup_hamming_plan *plan)
{
    if (plan->tables == 0)
        ndup_buf_append_str(buf, "every pair is compared");
    else
        ndup_buf_printf(buf, "%u sorted table%s, %u of %u blocks agree", plan->tables, plan->tables == 1 ? "" : "s",
                        plan->matching, plan->blocks);
    ndup_buf_append(buf, "", 1);
}

#define LABEL 11
#define VALUE 13
#define TEXT  (LABEL + 1 + VALUE + 2) /* the column where it begins */

struct lines {
    FILE *out;
    bool colour;
    size_t room; /* for the text of a row */
};

/* A log has lines as long as they are. */
static struct lines lines_to(FILE *out, bool colour)
{
    size_t width = ndup_term_is_tty(out) ? ndup_term_width(out, 0) : SIZE_MAX;
    return (struct lines){out, colour, width > (size_t)2 * TEXT ? width - TEXT : SIZE_MAX};
}

/* Of what stays on one line: a word, and with a number the rest of it and what it counts. */
static size_t chunk(const char *text)
{
    size_t length = strcspn(text, " ");
    while (text[length] != '\0' && length > 0 && text[length - 1] >= '0' && text[length - 1] <= '9')
        length += 1 + strcspn(text + length + 1, " ");
    return length;
}

static void put_wrapped(const struct lines *lines, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t length = chunk(text);
        if (column > 0 && column + 1 + length > lines->room) {
            fprintf(lines->out, "\n%*s", TEXT, "");
            column = 0;
        } else if (column > 0) {
            fputc(' ', lines->out);
            column++;
        }
        fwrite(text, 1, length, lines->out);
        column += length;
        text += length + (text[length] != '\0');
    }
}

static void row(const struct lines *lines, const char *name, struct ndup_number value, const char *format, ...)
    NDUP_PRINTF(4, 5);

static void row(const struct lines *lines, const char *name, struct ndup_number value, const char *format, ...)
{
    va_list args;
    char text[400];
    fprintf(lines->out, "%s%-*s%s %*s", ndup_term_begin(lines->colour, NDUP_TERM_BOLD), LABEL, name,
            ndup_term_end(lines->colour, NDUP_TERM_BOLD), VALUE, value.text);
    if (format != NULL) {
        fputs("  ", lines->out);
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        put_wrapped(lines, text);
    }
    fputc('\n', lines->out);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- documents ---- */

static void documents(const struct lines *lines, const neardup_summary *s)
{
    row(lines, "documents", ndup_number_group(s->documents), "in %s file%s, %s", ndup_number_group(s->files).text,
        plural(s->files), ndup_number_bytes(s->text_bytes).text);
}

static void references(const struct lines *lines, const neardup_summary *s)
{
    if (s->reference_files > 0)
        row(lines, "reference", ndup_number_group(s->reference_documents), "document%s in %s file%s, compared with",
            plural(s->reference_documents), ndup_number_group(s->reference_files).text, plural(s->reference_files));
}

static void duplicates(const struct lines *lines, const neardup_summary *s, const neardup_job_options *o)
{
    uint64_t removed = s->exact + s->near + s->contained;
    char contained[64] = "";
    if (o->contained > 0)
        snprintf(contained, sizeof contained, ", %s contained", ndup_number_group(s->contained).text);
    row(lines, "duplicates", ndup_number_group(removed), "%s: %s exact, %s near%s, in %s cluster%s",
        ndup_number_percent(removed, s->documents).text, ndup_number_group(s->exact).text,
        ndup_number_group(s->near).text, contained, ndup_number_group(s->clusters).text, plural(s->clusters));
}

static void oddities(const struct lines *lines, const neardup_summary *s)
{
    uint64_t capped = s->capped_buckets + s->paragraphs.capped_buckets;
    if (s->largest_cluster > 1)
        row(lines, "largest", ndup_number_group(s->largest_cluster), "documents in one cluster");
    if (s->binary_files > 0)
        row(lines, "binary", ndup_number_group(s->binary_files), "file%s that %s not text, skipped",
            plural(s->binary_files), s->binary_files == 1 ? "is" : "are");
    if (s->other_records > 0)
        row(lines, "other", ndup_number_group(s->other_records), "record%s without text (requests, images...), kept%s",
            plural(s->other_records), s->revisits > 0 ? " but for these:" : "");
    if (s->revisits > 0)
        row(lines, "revisits", ndup_number_group(s->revisits),
            "record%s that refer%s to removed ones, removed with them", plural(s->revisits),
            s->revisits == 1 ? "s" : "");
    if (s->unread_data_files > 0)
        row(lines, "unread", ndup_number_group(s->unread_data_files),
            "file%s with records in a format that is not read", plural(s->unread_data_files));
    if (s->invalid > 0)
        row(lines, "invalid", ndup_number_group(s->invalid), "record%s that could not be read", plural(s->invalid));
    if (s->invalid_utf8 > 0)
        row(lines, "stray bytes", ndup_number_group(s->invalid_utf8), "document%s with some bytes that are not text",
            plural(s->invalid_utf8));
    if (s->empty > 0)
        row(lines, "empty", ndup_number_group(s->empty), "document%s without a token", plural(s->empty));
    if (s->left_out > 0)
        row(lines, "left out", ndup_number_group(s->left_out), "%s",
            s->left_out == 1 ? "file, folder or link that is not read" : "files, folders or links that are not read");
    if (s->unchosen_files + s->unchosen_folders > 0)
        row(lines, "not chosen", ndup_number_group(s->unchosen_files + s->unchosen_folders),
            "file%s or folder%s, by --include, --exclude or .gitignore",
            plural(s->unchosen_files + s->unchosen_folders), plural(s->unchosen_files + s->unchosen_folders));
    if (s->duplicate_ids > 0)
        row(lines, "same id", ndup_number_group(s->duplicate_ids), "document%s with the id of an earlier one",
            plural(s->duplicate_ids));
    if (s->unreliable > 0)
        row(lines, "short", ndup_number_group(s->unreliable),
            "document%s with fewer than %u different shingles, for which SimHash is unreliable", plural(s->unreliable),
            NEARDUP_SIMHASH_RELIABLE);
    if (capped > 0)
        row(lines, "capped", ndup_number_group(capped),
            "large bucket%s compared only with %s first kept documents: the recall may be lower", plural(capped),
            capped == 1 ? "its" : "their");
    if (s->contained_capped > 0)
        row(lines, "capped", ndup_number_group(s->contained_capped),
            "document%s with too many longer candidates: only the most likely ones were compared",
            plural(s->contained_capped));
}

/* ---- paragraphs and lines ---- */

/* Which rule was applied to how many documents. */
static void split(const struct lines *lines, const neardup_paragraph_summary *p)
{
    struct ndup_number count = ndup_number_group(p->documents);
    if (p->unit == NEARDUP_UNIT_LINE)
        row(lines, "split", count, "document%s at newlines", plural(p->documents));
    else if (p->newline_rule == 0)
        row(lines, "split", count, "document%s at blank lines", plural(p->documents));
    else if (p->blank_rule == 0)
        row(lines, "split", count, "document%s at newlines, because they have no blank line", plural(p->documents));
    else
        row(lines, "split", count, "documents: %s at blank lines, %s at newlines, because they have no blank line",
            ndup_number_group(p->blank_rule).text, ndup_number_group(p->newline_rule).text);
}

/* "8 000 exact, 1 200 near": those kinds that can be. */
static struct ndup_buf kinds(const neardup_paragraph_summary *p, const neardup_job_options *o)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_buf_printf(&text, "%s exact, %s near", ndup_number_group(p->exact).text, ndup_number_group(p->near).text);
    if (o->containment > 0)
        ndup_buf_printf(&text, ", %s contained", ndup_number_group(p->contained).text);
    if (o->max_copies > 0)
        ndup_buf_printf(&text, ", %s boilerplate", ndup_number_group(p->boilerplate).text);
    ndup_buf_append(&text, "", 1);
    return text;
}

static void parts(const struct lines *lines, const neardup_paragraph_summary *p, const neardup_job_options *o,
                  bool would)
{
    uint64_t cut = p->exact + p->near + p->contained + p->boilerplate;
    struct ndup_buf text = kinds(p, o);
    split(lines, p);
    row(lines, ndup_runjob_part_name(p->unit, 2), ndup_number_group(p->count), "%s distinct, %s below %s token%s",
        ndup_number_group(p->distinct).text, ndup_number_group(p->shorter).text, ndup_number_group(o->min_tokens).text,
        plural(o->min_tokens));
    row(lines,
        o->annotate ? "marked"
        : would     ? "would cut"
                    : "cut",
        ndup_number_group(cut), "%s: %s, in %s cluster%s", ndup_number_percent(cut, p->count).text,
        text.failed ? "" : text.data, ndup_number_group(p->clusters).text, plural(p->clusters));
    row(lines, "tokens", ndup_number_group(p->cut_tokens), "in these %s, %s of all", ndup_runjob_part_name(p->unit, 2),
        ndup_number_percent(p->cut_tokens, p->tokens).text);
    if (p->unique > 0)
        row(lines, "stay", ndup_number_group(p->unique),
            "near cop%s with sentences or list items that occur nowhere else: %s token%s stay",
            p->unique == 1 ? "y" : "ies", ndup_number_group(p->unique_tokens).text, plural(p->unique_tokens));
    if (p->definitions > 0)
        row(lines, "links", ndup_number_group(p->definitions), "%s of definitions %s",
            ndup_runjob_part_name(p->unit, p->definitions),
            p->definitions == 1 ? "stays, because the document uses it" : "stay, because the document uses them");
    if (p->uncut > 0)
        row(lines, "uncut", ndup_number_group(p->uncut),
            "%s that repeat%s, in files out of which nothing can be cut: neardup find lists them",
            ndup_runjob_part_name(p->unit, p->uncut), p->uncut == 1 ? "s" : "");
    row(lines,
        o->annotate ? "in"
        : would     ? "would edit"
                    : "changed",
        ndup_number_group(p->changed), "document%s", plural(p->changed));
    if (o->drop_emptied)
        row(lines, "emptied", ndup_number_group(p->emptied), "document%s with fewer than %s token%s left",
            plural(p->emptied), ndup_number_group(o->min_remaining).text, plural(o->min_remaining));
    if (o->group_field != NULL)
        row(lines, "groups", ndup_number_group(p->groups), "value%s of '%.60s'", plural(p->groups), o->group_field);
    ndup_buf_free(&text);
}

/* ---- all of it ---- */

static void audit(const struct lines *lines, const neardup_audit *a)
{
    struct ndup_buf interval = NDUP_BUF_INIT;
    if (a->sampled == 0)
        return;
    if (a->sampled < a->kept)
        ndup_buf_printf(&interval, "%s to %s with 95 %% confidence: ", ndup_number_score(a->recall_low).text,
                        ndup_number_score(a->recall_high).text);
    ndup_buf_append(&interval, "", 1);
    row(lines, "recall", ndup_number_score(a->recall), "%smissed %s in %s kept document%s compared with all",
        interval.failed ? "" : interval.data, a->missed == 0 ? "none" : ndup_number_group(a->missed).text,
        ndup_number_group(a->sampled).text, plural(a->sampled));
    ndup_buf_free(&interval);
}

static void speed(const struct lines *lines, const neardup_summary *s)
{
    row(lines, "time", ndup_number_seconds(s->total_seconds), "%s, peak memory %s",
        ndup_number_rate(s->text_bytes, s->total_seconds).text, ndup_number_memory(s->peak_memory_bytes).text);
}

static void results(const struct lines *lines, const neardup_summary *s, const neardup_job_options *o, bool would)
{
    bool whole = (o->units & NEARDUP_UNIT_DOCUMENT) != 0;
    bool split_too = ndup_runjob_part_unit(o->units) != 0;
    uint64_t saved = s->removed_bytes + s->dropped_bytes + s->revisit_bytes;
    if (split_too && !o->annotate)
        saved += s->paragraphs.cut_bytes + s->paragraphs.emptied_bytes;
    documents(lines, s);
    references(lines, s);
    if (whole)
        duplicates(lines, s, o);
    if (split_too)
        parts(lines, &s->paragraphs, o, would);
    if (whole || s->kept < s->documents)
        row(lines, would ? "would keep" : "kept", ndup_number_group(s->kept), split_too ? "document%s" : NULL,
            plural(s->kept));
    oddities(lines, s);
    audit(lines, &s->audit);
    row(lines, would ? "would save" : "saved", ndup_number_bytes(saved), "%s",
        ndup_number_percent(saved, s->text_bytes).text);
    speed(lines, s);
}

static void fingerprints(const struct lines *lines, const neardup_hamming_plan *plan, bool verify, uint64_t candidates,
                         uint64_t edges)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_runjob_describe_search(&text, plan);
    row(lines, "plan", ndup_number_group(plan->distance), "of %u bits may differ: %s", plan->bits,
        text.failed ? "" : text.data);
    ndup_buf_free(&text);
    if (verify)
        row(lines, "candidates", ndup_number_group(candidates),
            "pairs within the distance verified, %s of them at or above the threshold", ndup_number_group(edges).text);
    else
        row(lines, "candidates", ndup_number_group(candidates), "pairs within the distance");
}

static void method(const struct lines *lines, const neardup_plan *plan, uint64_t candidates, uint64_t edges)
{
    if (plan->all)
        row(lines, "plan", ndup_number_score(plan->threshold), "exact join of all pairs");
    else
        row(lines, "plan", ndup_number_score(plan->threshold), "%u slots = %u bands of %u rows (%s), recall %s",
            plan->slots, plan->bands, plan->rows, plan->kind == NEARDUP_SKETCH_FSS ? "fss" : "affine",
            ndup_number_score(plan->recall_at_threshold).text);
    row(lines, "candidates", ndup_number_group(candidates), "pairs verified, %s of them at or above the threshold",
        ndup_number_group(edges).text);
}

static void details(const struct lines *lines, const neardup_summary *s, const neardup_job_options *o)
{
    bool split_too = ndup_runjob_part_unit(o->units) != 0, simhash = o->method == NEARDUP_METHOD_SIMHASH;
    if ((o->units & NEARDUP_UNIT_DOCUMENT) != 0 && simhash)
        fingerprints(lines, &s->hamming, o->verify, s->candidates, s->edges);
    else if ((o->units & NEARDUP_UNIT_DOCUMENT) != 0)
        method(lines, &s->plan, s->candidates, s->edges);
    if (split_too && simhash)
        fingerprints(lines, &s->paragraphs.hamming, o->verify, s->paragraphs.candidates, s->paragraphs.edges);
    else if (split_too)
        method(lines, &s->paragraphs.plan, s->paragraphs.candidates, s->paragraphs.edges);
    row(lines, "read", ndup_number_seconds(s->read_seconds), "%s",
        ndup_number_rate(s->text_bytes, s->read_seconds).text);
    if (split_too)
        row(lines, "splitting", ndup_number_seconds(s->split_seconds), NULL);
    row(lines, "match", ndup_number_seconds(s->match_seconds), NULL);
    row(lines, "verify", ndup_number_seconds(s->verify_seconds), NULL);
    row(lines, "write", ndup_number_seconds(s->write_seconds), NULL);
    row(lines, "threads", ndup_number_group(s->threads), "%s tokens, %s in scratch files",
        ndup_number_group(s->tokens).text, ndup_number_bytes(s->scratch_bytes).text);
}

void ndup_summary_print(FILE *out, bool colour, const neardup_summary *summary, const neardup_job_options *options,
                        bool would, bool verbose)
{
    struct lines lines = lines_to(out, colour);
    results(&lines, summary, options, would);
    if (verbose)
        details(&lines, summary, options);
}

void ndup_runjob_summary(const struct ndup_runjob *run, bool would)
{
    const struct ndup_msg *msg = &run->cli->msg;
    if (msg->verbosity < 0)
        return;
    fflush(stdout);
    ndup_summary_print(msg->stream, msg->colour, neardup_job_summary(run->job), &run->options, would,
                       msg->verbosity > 0);
    fflush(msg->stream);
}

void ndup_runjob_sketch_summary(const struct ndup_runjob *run)
{
    const struct ndup_msg *msg = &run->cli->msg;
    const neardup_summary *s = neardup_job_summary(run->job);
    struct lines lines = lines_to(msg->stream, msg->colour);
    if (msg->verbosity < 0)
        return;
    fflush(stdout);
    documents(&lines, s);
    oddities(&lines, s);
    speed(&lines, s);
    fflush(msg->stream);
}
