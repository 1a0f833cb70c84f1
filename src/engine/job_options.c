/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/globs.h"
#include "base/process.h"
#include "base/sys.h"
#include "engine/limits.h"
#include "input/encoding.h"
#include "input/field_path.h"
#include "match/banding.h"
#include "text/text.h"

#include <string.h>

/* Fields that older headers end with. A structure may not be shorter than that of 0.2, the first with sizes. */
#define OPTIONS_0_2      NDUP_SIZE_THROUGH(neardup_job_options, delimiter)
#define PLAN_OPTIONS_0_2 NDUP_SIZE_THROUGH(neardup_plan_options, memory_budget)

void neardup_job_options_init(neardup_job_options *options, size_t size)
{
    const neardup_job_options defaults = (neardup_job_options){
        .struct_size = sizeof defaults,
        .profile = NEARDUP_PROFILE_INIT,
        .threshold = 0.7,
        .recall = 0.99,
        .text_field = "text",
        .id_field = "id",
        .simhash_bits = 64,
        .weights = NEARDUP_WEIGHTS_ONE, /* better or equal on seven of nine labelled sets: doc/quality_simhash.md */
        .distance = 6,
        .units = NEARDUP_UNIT_DOCUMENT,
        .paragraph_profile = {NEARDUP_TOKENS_WORD, 3},
        .inside_documents = true,
        .between_documents = true,
        .containment = 0.9,
        .min_tokens = 8,
        .min_contained = 20,
        .short_min_documents = 1000,
        .min_remaining = 1,
        .write_corpus = true,
        .max_unreadable = 0.5,
        .max_expansion = 1000,
        .contained_min_tokens = 50,
    };
    size_t known = size < sizeof defaults ? size : sizeof defaults;
    memcpy(options, &defaults, known);
    memset((char *)options + known, 0, size - known);
    if (size >= sizeof size)
        memcpy(options, &size, sizeof size);
}

static neardup_status check_usual_options(const neardup_job_options *o, neardup_error *err)
{
    if (o->profile.ngram < 1 || o->profile.ngram > 64)
        return ndup_fail(err, NEARDUP_E_ARG, "ngram must be 1 to 64, not %u", o->profile.ngram);
    if ((unsigned)o->keep > NEARDUP_KEEP_CONTENT)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown keep rule %d", (int)o->keep);
    if (!ndup_tokens_known(o->profile.tokens))
        return ndup_fail(err, NEARDUP_E_ARG, "unknown kind of tokens %d", (int)o->profile.tokens);
    if ((o->keep == NEARDUP_KEEP_MAX || o->keep == NEARDUP_KEEP_MIN) &&
        (o->keep_field == NULL || o->keep_field[0] == '\0'))
        return ndup_fail(err, NEARDUP_E_ARG, "the keep rules max and min require a field");
    if (o->threads > 1024)
        return ndup_fail(err, NEARDUP_E_ARG, "threads must be 0 to 1024, not %u", o->threads);
    if (o->memory > 0 && o->memory < (uint64_t)64 << 20)
        return ndup_fail(err, NEARDUP_E_ARG, "the memory budget must be at least 64 MiB");
    return NEARDUP_OK;
}

/* What the options name, as a byte; 0: it is not a delimiter. */
char ndup_job_delimiter(const char *delimiter)
{
    if (strcmp(delimiter, "\\t") == 0)
        return '\t';
    unsigned char c = (unsigned char)delimiter[0];
    return c == '\0' || delimiter[1] != '\0' || c >= 0x80 || strchr("\"\r\n", c) != NULL ? '\0' : (char)c;
}

static neardup_status check_input_options(const neardup_job_options *o, neardup_error *err)
{
    if (o->format != NEARDUP_INPUT_AUTO && ndup_format_of(o->format) == NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown input format %d", (int)o->format);
    if (!(o->max_unreadable >= 0 && o->max_unreadable <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "max_unreadable must be from 0 to 1, not %g", o->max_unreadable);
    if (o->encoding != NULL)
        NDUP_TRY(ndup_encoding_check(o->encoding, err));
    if ((unsigned)o->html > NEARDUP_HTML_RAW)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown rule for web pages %d", (int)o->html);
    if ((unsigned)o->binary > NEARDUP_BINARY_ERROR_DATA)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown rule for binary files %d", (int)o->binary);
    const struct ndup_fields fields = {o->text_field != NULL ? o->text_field : "text",
                                       o->id_field != NULL ? o->id_field : "id",
                                       o->keep_field,
                                       o->group_field,
                                       '\0',
                                       false,
                                       o->html};
    NDUP_TRY(ndup_fields_check(&fields, err));
    if (o->delimiter != NULL && ndup_job_delimiter(o->delimiter) == '\0')
        return ndup_fail(err, NEARDUP_E_ARG,
                         "invalid delimiter '%.20s': expected one character of ASCII, not a quote or a line end; write "
                         "\\t for a tab",
                         o->delimiter);
    if (o->delimiter != NULL && o->format != NEARDUP_INPUT_AUTO && ndup_format_of(o->format)->delimiter == 0)
        return ndup_fail(err, NEARDUP_E_ARG, "a delimiter requires the format csv or tsv");
    return NEARDUP_OK;
}

/* The text is not in the file: what is cut from the one cannot be cut from the other. */
static neardup_status check_command(const neardup_job_options *o, neardup_error *err)
{
    struct ndup_program command;
    struct ndup_patterns globs = {0};
    bool writes = ndup_writes_corpus(o);
    if (o->pre == NULL)
        return NEARDUP_OK;
    neardup_status st = ndup_program_parse(&command, o->pre, err);
    ndup_program_free(&command);
    NDUP_TRY(st);
    st = ndup_patterns_add_globs(&globs, "pre_globs", o->pre_globs, o->pre_glob_count, err);
    ndup_patterns_free(&globs);
    NDUP_TRY(st);
    if (writes && o->format != NEARDUP_INPUT_AUTO && o->format != NEARDUP_INPUT_FILE)
        return ndup_fail(
            err, NEARDUP_E_ARG,
            "a file whose text `pre` makes is kept or removed as a whole: its records can be found, but not "
            "removed from it");
    return NEARDUP_OK;
}

static neardup_status check_output_options(const neardup_job_options *o, neardup_error *err)
{
    if (!o->write_corpus && o->output_dir != NULL && strcmp(o->output_dir, "-") == 0)
        return ndup_fail(err, NEARDUP_E_ARG, "reports alone need an output folder");
    return o->command == NULL ? NEARDUP_OK : ndup_job_check_command(o->command, err);
}

static neardup_status check_simhash_options(const neardup_job_options *o, neardup_error *err)
{
    if ((unsigned)o->method > NEARDUP_METHOD_SIMHASH)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown method %d", (int)o->method);
    if (o->method == NEARDUP_METHOD_MINHASH)
        return NEARDUP_OK;
    if (o->simhash_bits != 64 && o->simhash_bits != 128)
        return ndup_fail(err, NEARDUP_E_ARG, "a fingerprint has 64 or 128 bits, not %u", o->simhash_bits);
    if ((unsigned)o->weights > NEARDUP_WEIGHTS_ONE)
        return ndup_fail(err, NEARDUP_E_ARG, "unknown weights %d", (int)o->weights);
    if (o->distance > o->simhash_bits / 4)
        return ndup_fail(err, NEARDUP_E_ARG, "distance must be 0 to %u, a quarter of the bits, not %u",
                         o->simhash_bits / 4, o->distance);
    if (!(o->threshold > 0 && o->threshold <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "threshold must be above 0 and at most 1, not %g", o->threshold);
    if (o->all_candidates || o->slots > 0 || o->bands > 0 || o->rows > 0)
        return ndup_fail(err, NEARDUP_E_ARG, "slots, bands, rows and all candidates require the method minhash");
    return NEARDUP_OK;
}

static neardup_status check_part_options(const neardup_job_options *o, neardup_error *err)
{
    unsigned parts = o->units & (NEARDUP_UNIT_PARAGRAPH | NEARDUP_UNIT_LINE);
    if (o->units == 0 || o->units > 7 || parts == (NEARDUP_UNIT_PARAGRAPH | NEARDUP_UNIT_LINE))
        return ndup_fail(err, NEARDUP_E_ARG, "units cannot contain both paragraphs and lines");
    if (parts == 0)
        return NEARDUP_OK;
    if (o->text_field != NULL && ndup_field_is_joined(o->text_field))
        return ndup_fail(
            err, NEARDUP_E_ARG,
            "paragraphs and lines cannot be cut in a text of several fields or elements ('%.80s'): name one "
            "field; a backslash before a comma or bracket makes it part of a name",
            o->text_field);
    if (o->paragraph_profile.ngram < 1 || o->paragraph_profile.ngram > 64 ||
        !ndup_tokens_known(o->paragraph_profile.tokens))
        return ndup_fail(err, NEARDUP_E_ARG,
                         "invalid profile of paragraphs: unknown tokens, or an ngram that is not 1 to 64");
    if (!o->inside_documents && !o->between_documents)
        return ndup_fail(err, NEARDUP_E_ARG, "nothing to compare: neither inside documents nor between them");
    if (!(o->containment >= 0 && o->containment <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "containment must be 0 to 1");
    if (o->keep_one && o->max_copies == 0)
        return ndup_fail(err, NEARDUP_E_ARG, "keep_one requires max_copies");
    if (o->annotate && o->drop_emptied)
        return ndup_fail(err, NEARDUP_E_ARG, "annotate cannot be combined with drop_emptied: it cuts nothing");
    return NEARDUP_OK;
}

static neardup_status check_numbers(const neardup_job_options *o, neardup_error *err)
{
    if (o->audit > 0 &&
        (o->method == NEARDUP_METHOD_SIMHASH || (o->units & NEARDUP_UNIT_DOCUMENT) == 0 || o->keep_numbers))
        return ndup_fail(err, NEARDUP_E_ARG,
                         "`audit` requires MinHash and documents, and cannot be combined with `keep_numbers`");
    if (o->keep_numbers && (o->units & NEARDUP_UNIT_DOCUMENT) == 0)
        return ndup_fail(err, NEARDUP_E_ARG,
                         "`keep_numbers` requires documents: paragraphs and lines have a rule of their own");
    return NEARDUP_OK;
}

/* Below half of a text, "contained" would not be true of it. */
static neardup_status check_contained(const neardup_job_options *o, neardup_error *err)
{
    if (o->contained == 0)
        return NEARDUP_OK;
    if (!(o->contained >= 0.5 && o->contained <= 1))
        return ndup_fail(err, NEARDUP_E_ARG, "contained must be 0.5 to 1, or 0 for off, not %g", o->contained);
    if (!(o->units & NEARDUP_UNIT_DOCUMENT))
        return ndup_fail(err, NEARDUP_E_ARG,
                         "contained requires documents as a unit: only documents are looked for in longer ones");
    return NEARDUP_OK;
}

static neardup_status check_options(const neardup_job_options *options, neardup_error *err)
{
    NDUP_TRY(check_contained(options, err));
    NDUP_TRY(check_usual_options(options, err));
    NDUP_TRY(check_input_options(options, err));
    NDUP_TRY(check_command(options, err));
    NDUP_TRY(check_output_options(options, err));
    NDUP_TRY(check_simhash_options(options, err));
    NDUP_TRY(check_numbers(options, err));
    return check_part_options(options, err);
}

neardup_status ndup_job_take_options(neardup_job_options *own, const neardup_job_options *given, neardup_error *err)
{
    neardup_job_options_init(own, sizeof *own);
    NDUP_TRY(ndup_abi_take(own, sizeof *own, OPTIONS_0_2, given, "neardup_job_options", err));
    return check_options(own, err);
}

neardup_status ndup_job_begin(neardup_job *job, const neardup_callbacks *callbacks, neardup_error *err)
{
    NDUP_TRY(ndup_abi_take_callbacks(&job->callbacks, callbacks, err));
    if (job->collector != NULL)
        ndup_collector_begin(job);
    job->ran = true;
    return NEARDUP_OK;
}

neardup_status neardup_plan_solve(const neardup_plan_options *options, neardup_plan *plan, neardup_error *err)
{
    neardup_plan_options own = NEARDUP_PLAN_OPTIONS_INIT;
    NDUP_TRY(ndup_abi_take(&own, sizeof own, PLAN_OPTIONS_0_2, options, "neardup_plan_options", err));
    NDUP_TRY(ndup_banding_solve(&own, plan, err));
    plan->memory_bytes = 0;
    plan->memory_min_bytes = 0;
    plan->scratch_bytes = 0;
    if (own.documents > 0)
        ndup_limits_estimate(plan, own.documents, own.mean_bytes > 0 ? own.mean_bytes : 2400, own.memory_budget,
                             ndup_sys_cores());
    return NEARDUP_OK;
}

double neardup_plan_candidate_probability(const neardup_plan *plan, double jaccard)
{
    return ndup_banding_probability(plan, jaccard);
}
