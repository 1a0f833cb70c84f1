/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/method.h"
#include "cli/parts.h"
#include "cli/runjob.h"
#include "cli/signals.h"
#include "cli/suggest.h"
#include "run/json_write.h"
#include "term/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MESSAGES   10
#define UNRELIABLE_SHARE 20 /* one in so many documents is worth a warning */

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
    ndup_msg_error(&run->cli->msg, "environment variable NEARDUP_CPU does not know '%.60s'", wanted);
    ndup_msg_hint(&run->cli->msg, "it takes auto, scalar, avx2, avx512 or neon");
    return false;
}

bool ndup_runjob_keep(neardup_job_options *options, const char *which, const struct ndup_msg *msg)
{
    static const char *const words[] = {
        [NEARDUP_KEEP_FIRST] = "first",       [NEARDUP_KEEP_LAST] = "last", [NEARDUP_KEEP_LONGEST] = "longest",
        [NEARDUP_KEEP_SHORTEST] = "shortest", [NEARDUP_KEEP_MAX] = "max:",  [NEARDUP_KEEP_MIN] = "min:",
        [NEARDUP_KEEP_CONTENT] = "content"};
    size_t count = sizeof words / sizeof *words;
    for (size_t i = 0; i < count; i++) {
        bool field = i == NEARDUP_KEEP_MAX || i == NEARDUP_KEEP_MIN;
        if (field ? strncmp(which, words[i], 4) != 0 || which[4] == '\0' : strcmp(which, words[i]) != 0)
            continue;
        options->keep = (neardup_keep)i;
        options->keep_field = field ? which + 4 : NULL;
        return true;
    }
    /* "max:" alone has no field: it needs no suggestion. */
    const char *nearest = strchr(which, ':') == NULL ? ndup_suggest_nearest(which, words, count) : NULL;
    ndup_msg_error(msg, "option '--keep' does not know '%.60s'", which);
    ndup_msg_hint(msg, "%s%s%sit takes first, last, longest, shortest, content, max:FIELD or min:FIELD",
                  nearest != NULL ? "did you mean '" : "", nearest != NULL ? nearest : "",
                  nearest != NULL ? "'? " : "");
    return false;
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
    neardup_job_options *options = &run->options;
    neardup_job_options_init(options);
    options->profile.tokens = (neardup_tokens)settings->tokens;
    options->part_profile.tokens = options->profile.tokens;
    if (settings->ngram > 0)
        options->profile.ngram = options->part_profile.ngram = (unsigned)settings->ngram;
    options->threshold = settings->threshold;
    options->recall = settings->recall;
    options->kind = (neardup_sketch_kind)settings->sketch;
    options->slots = (uint32_t)settings->slots;
    options->bands = (uint32_t)settings->bands;
    options->rows = (uint32_t)settings->rows;
    options->all_candidates = settings->candidates == NDUP_CANDIDATES_ALL;
    options->seed = settings->seed;
    options->format = (neardup_input_format)settings->input_format;
    options->text_field = settings->text_field;
    options->id_field = settings->id_field;
    options->threads = (unsigned)settings->threads;
    options->memory = settings->memory;
    options->scratch_dir = settings->scratch;
    options->strict = settings->strict != 0;
    options->drop_invalid = settings->drop_invalid != 0;
    options->drop_empty = settings->drop_empty != 0;
    options->force = settings->force != 0;
    if (cli->operand_count == 0 && settings->files_from.count == 0 && settings->splits.count == 0) {
        ndup_command_misuse(cli, "no input given", "name files or folders, or - for standard input");
        return false;
    }
    return ndup_runjob_keep(options, settings->keep, &cli->msg) && ndup_method_options(options, cli) &&
           ndup_parts_options(options, cli) && set_cpu(run) && set_command(run);
}

static bool report(const struct ndup_runjob *run, neardup_status status, const neardup_error *err)
{
    if (status == NEARDUP_OK)
        return true;
    ndup_msg_error(&run->cli->msg, "%s", err->message);
    return false;
}

bool ndup_runjob_open(struct ndup_runjob *run)
{
    neardup_error err = {.message = ""};
    const struct ndup_opt_list *lists = &run->cli->settings.files_from;
    const struct ndup_opt_list *references = &run->cli->settings.reference;
    if (!report(run, neardup_job_create(&run->job, &run->options, &err), &err))
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
    if (run->again && severity != NEARDUP_ERROR)
        return true;
    if (run->bad_record != NULL && severity == NEARDUP_WARNING && file != NULL && line > 0 &&
        !run->bad_record(run, file, line, message))
        return false;
    /* Errors are files as a whole: few, and each is named. */
    if (severity == NEARDUP_ERROR || msg->verbosity > 0 || run->shown < SHOWN_MESSAGES) {
        ndup_msg_at(msg, severity, file, line, message);
        run->shown += severity != NEARDUP_ERROR;
        run->shown_records += severity != NEARDUP_ERROR && line > 0;
    } else if (line > 0) {
        run->hidden_records++;
    } else {
        run->hidden++;
    }
    return true;
}

/* The library tells a bounded number of bad records and counts them all. */
static void say_hidden(const struct ndup_runjob *run, const neardup_summary *summary)
{
    uint64_t hidden = run->hidden_records;
    if (!run->options.strict && summary->invalid > run->shown_records + hidden)
        hidden = summary->invalid - run->shown_records;
    hidden += run->hidden;
    if (hidden > 0)
        ndup_msg_note(&run->cli->msg, "... and %s more%s", ndup_number_group(hidden).text,
                      run->cli->msg.verbosity > 0 ? "" : "; -v shows more");
}

/* The usual mistake of a first run: the text stands in another field. */
static void say_nothing_read(const struct ndup_runjob *run, const neardup_summary *summary)
{
    const struct ndup_msg *msg = &run->cli->msg;
    if (summary->invalid == 0 || summary->invalid < summary->records || msg->verbosity < 0)
        return;
    ndup_msg_warning(msg, "not one record has a text that could be read from its field '%.60s'",
                     run->options.text_field);
    ndup_msg_hint(msg, "--text-field PATH names the field, --input-format says what a document is");
}

/* Where SimHash is the wrong tool for part of the corpus. Paragraphs and lines are short, so that they are always told. */
static void say_unreliable(const struct ndup_runjob *run, const neardup_summary *s)
{
    const struct ndup_msg *msg = &run->cli->msg;
    neardup_unit part = ndup_parts_unit(run->options.units);
    if (msg->verbosity < 0 || run->options.method != NEARDUP_METHOD_SIMHASH)
        return;
    bool documents = s->unreliable > 0 && s->unreliable >= s->documents / UNRELIABLE_SHARE;
    if (documents)
        ndup_msg_warning(msg, "%s of the documents have fewer than %u shingles: SimHash is unreliable for them",
                         ndup_number_percent(s->unreliable, s->documents).text, NEARDUP_SIMHASH_RELIABLE);
    if (s->parts.unreliable > 0)
        ndup_msg_warning(msg, "%s %s fewer than %u shingles: SimHash is unreliable for them",
                         ndup_number_group(s->parts.unreliable).text,
                         part == NEARDUP_UNIT_LINE ? "lines have" : "paragraphs have", NEARDUP_SIMHASH_RELIABLE);
    if (documents || s->parts.unreliable > 0)
        ndup_msg_hint(msg, "--method minhash is reliable for texts of any length");
}

static void hint_for(const struct ndup_runjob *run, neardup_status status, const neardup_error *err)
{
    const struct ndup_msg *msg = &run->cli->msg;
    if (status == NEARDUP_E_EXISTS)
        ndup_msg_hint(msg, "choose another folder, or add --force to write into this one");
    else if (status == NEARDUP_E_ARG && strstr(err->message, "lies in the output folder, where") != NULL)
        ndup_msg_hint(msg, "choose another folder, or move the input");
    else if (err->sys_errno != 0 && strstr(err->message, "scratch folder") != NULL)
        ndup_msg_hint(msg, "--scratch DIR puts temporary files elsewhere");
}

static neardup_status start(struct ndup_runjob *run, neardup_error *err)
{
    if (run->sketching != NULL)
        return neardup_job_run_sketch(run->job, run->sketching, &run->callbacks, err);
    if (run->leaking != NULL)
        return neardup_job_run_leaks(run->job, run->leaking, &run->callbacks, err);
    return neardup_job_run(run->job, &run->callbacks, err);
}

int ndup_runjob_run(struct ndup_runjob *run, bool *complete)
{
    struct ndup_cli *cli = run->cli;
    neardup_error err = {.message = ""};
    run->callbacks.context = run;
    run->callbacks.progress = cli->progress.enabled ? on_progress : NULL;
    run->callbacks.message = on_message;
    *complete = false;
    if (cli->raise_signal != 0)
        return NDUP_EXIT_TROUBLE;
    ndup_signals_watch(run->job);
    neardup_status status = start(run, &err);
    int caught = ndup_signals_unwatch();
    ndup_progress_clear(&cli->progress);
    if (!run->again)
        say_hidden(run, neardup_job_summary(run->job));
    *complete = status == NEARDUP_OK;
    if (status == NEARDUP_E_CANCELED) {
        cli->raise_signal = caught;
        if (caught != 0)
            ndup_msg_note(&cli->msg, "interrupted; temporary files are removed");
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
        say_nothing_read(run, neardup_job_summary(run->job));
        say_unreliable(run, neardup_job_summary(run->job));
    }
    uint64_t failed = neardup_job_summary(run->job)->failed_files;
    if (failed > 0) {
        ndup_msg_error(&cli->msg, "%s input file%s could not be read to the end; the rest is done",
                       ndup_number_group(failed).text, failed == 1 ? "" : "s");
        return NDUP_EXIT_TROUBLE;
    }
    return NDUP_EXIT_DONE;
}

void ndup_runjob_close(struct ndup_runjob *run)
{
    neardup_job_destroy(run->job);
    run->job = NULL;
    ndup_buf_free(&run->command);
}
