/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/buf.h"
#include "cli/command.h"
#include "cli/outfile.h"
#include "cli/runjob.h"
#include "run/json_write.h"
#include "term/emit.h"
#include "term/term.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_SLOTS 128u
#define FLUSH_BYTES   ((size_t)1 << 16)

struct sketch_command {
    struct ndup_outfile out;
    struct ndup_buf lines;
    struct ndup_buf scheme; /* all that decides the bits: sketches are comparable exactly if it is the same */
    struct ndup_buf file;   /* the name of the current file, as JSON */
    const char *file_name;  /* that it was made of; the library keeps one for each file */
    bool simhash;
    unsigned digits; /* of a fingerprint */
    uint32_t slots;
    int write_errno;
    bool write_failed;
};

/* ---- a line ---------------------------------------------------------------------------------------------------- */

static void add_fingerprint(const struct sketch_command *s, struct ndup_json_writer *json,
                            const neardup_sketched *sketched)
{
    char digits[33];
    if (sketched->shingles == 0) {
        ndup_json_add_null(json, "fingerprint");
        return;
    }
    snprintf(digits, sizeof digits, "%016" PRIx64 "%016" PRIx64, sketched->fingerprint.high, sketched->fingerprint.low);
    ndup_json_add_string(json, "fingerprint", digits + 32 - s->digits);
}

static void add_signature(const struct sketch_command *s, struct ndup_json_writer *json,
                          const neardup_sketched *sketched)
{
    if (sketched->shingles == 0) {
        ndup_json_add_null(json, "signature");
        return;
    }
    ndup_json_add_array(json, "signature", NDUP_JSON_COMPACT);
    for (uint32_t i = 0; i < s->slots; i++)
        ndup_json_add_u64(json, NULL, sketched->signature[i]);
    ndup_json_end(json);
}

static void append_line(struct sketch_command *s, const neardup_sketched *sketched)
{
    const neardup_ref *ref = &sketched->document;
    struct ndup_json_writer json;
    ndup_json_begin(&json, &s->lines);
    ndup_json_add_object(&json, NULL, NDUP_JSON_COMPACT);
    if (ref->id != NULL)
        ndup_json_add_raw(&json, "id", ref->id, ref->id_length);
    ndup_json_add_raw(&json, "file", s->file.data, s->file.len);
    ndup_json_add_u64(&json, "line", ref->line);
    ndup_json_add_u64(&json, "shingles", sketched->shingles);
    if (s->simhash)
        add_fingerprint(s, &json, sketched);
    else
        add_signature(s, &json, sketched);
    ndup_json_add_bytes(&json, "scheme", s->scheme.data, s->scheme.len);
    ndup_json_end(&json);
    ndup_buf_append_str(&s->lines, "\n");
}

/* ---- callbacks --------------------------------------------------------------------------------------------------- */

static bool flush_lines(struct sketch_command *s)
{
    errno = 0;
    bool good = !s->lines.failed && !s->file.failed && !s->scheme.failed &&
                (s->lines.len == 0 || fwrite(s->lines.data, 1, s->lines.len, s->out.stream) == s->lines.len);
    if (!good) {
        s->write_failed = true;
        s->write_errno = errno != 0 ? errno : ENOMEM;
    }
    ndup_buf_clear(&s->lines);
    return good;
}

static bool on_sketched(void *context, const neardup_sketched *sketched)
{
    struct sketch_command *s = context;
    const char *name = sketched->document.file;
    if (name != s->file_name) {
        s->file_name = name;
        ndup_buf_clear(&s->file);
        ndup_json_write_string(&s->file, name, strlen(name));
    }
    append_line(s, sketched);
    /* A name that failed is forgotten at the next file. */
    return (s->lines.len < FLUSH_BYTES && !s->lines.failed && !s->file.failed) || flush_lines(s);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static void make_scheme(struct sketch_command *s, const neardup_job_options *o)
{
    uint64_t profile = neardup_profile_fingerprint(&o->profile);
    if (s->simhash)
        ndup_buf_printf(&s->scheme, "simhash-%u-%s", o->simhash_bits,
                        o->weights == NEARDUP_WEIGHTS_ONE ? "one" : "count");
    else
        ndup_buf_printf(&s->scheme, "minhash-%s-%" PRIu32 "-%" PRIu64,
                        o->kind == NEARDUP_SKETCH_AFFINE ? "affine" : "fss", s->slots, o->seed);
    ndup_buf_printf(&s->scheme, "-%016" PRIx64, profile);
}

static int conclude(struct sketch_command *s, struct ndup_cli *cli, int status, bool complete)
{
    if (complete && !s->write_failed && flush_lines(s) && s->out.path == NULL) {
        errno = 0;
        if (fflush(s->out.stream) != 0) {
            s->write_failed = true;
            s->write_errno = errno;
        }
    }
    if (s->write_failed) {
        if (s->write_errno == EPIPE) {
            cli->broken_pipe = true;
            return NDUP_EXIT_DONE;
        }
        const char *quote = s->out.path != NULL ? "'" : "";
        ndup_msg_error(&cli->msg, "cannot write %s%s%s: %s", quote,
                       s->out.path != NULL ? s->out.path : "standard output", quote, strerror(s->write_errno));
        return NDUP_EXIT_TROUBLE;
    }
    if (complete && !ndup_outfile_commit(&s->out, &cli->msg))
        return NDUP_EXIT_TROUBLE;
    return status;
}

int ndup_cmd_sketch(struct ndup_cli *cli)
{
    const struct ndup_settings *settings = &cli->settings;
    struct ndup_runjob run;
    struct sketch_command s = {.slots = settings->job.slots > 0 ? settings->job.slots : DEFAULT_SLOTS};
    if (!ndup_runjob_init(&run, cli) || !ndup_runjob_open_output(cli, &s.out, settings->output)) {
        ndup_runjob_close(&run);
        return NDUP_EXIT_TROUBLE;
    }
    s.simhash = run.options.method == NEARDUP_METHOD_SIMHASH;
    s.digits = run.options.simhash_bits / 4;
    run.options.slots = 0; /* those of a job that compares */
    make_scheme(&s, &run.options);
    if (ndup_term_is_tty(s.out.stream))
        cli->progress.enabled = false; /* lines come all the time */
    neardup_sketch_options sketching = {
        .struct_size = sizeof sketching, .slots = s.slots, .context = &s, .sketched = on_sketched};
    run.sketching = &sketching;
    int status = NDUP_EXIT_TROUBLE;
    bool complete = false;
    if (ndup_runjob_open(&run)) {
        status = ndup_runjob_run(&run, &complete);
        status = conclude(&s, cli, status, complete);
    }
    if (complete && !s.write_failed)
        ndup_runjob_sketch_summary(&run);
    ndup_outfile_discard(&s.out);
    ndup_buf_free(&s.lines);
    ndup_buf_free(&s.scheme);
    ndup_buf_free(&s.file);
    ndup_runjob_close(&run);
    return status;
}
