/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/opt.h"
#include "cli/options.h"
#include "neardup.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

struct parsed {
    struct ndup_settings settings;
    struct ndup_opt_failure failure;
    const char *argv[16];
    int operands;
    bool good;
};

/* Arguments end with NULL. */
static struct parsed parse(unsigned command, ...)
{
    struct parsed p = {.good = false};
    va_list args;
    int argc = 0;
    va_start(args, command);
    for (const char *arg = va_arg(args, const char *); arg != NULL; arg = va_arg(args, const char *))
        p.argv[argc++] = arg;
    va_end(args);
    ndup_opt_init(ndup_options_table, &p.settings, sizeof p.settings);
    p.good = ndup_opt_parse(ndup_options_table, command, argc, p.argv, &p.settings, &p.operands, &p.failure);
    return p;
}

#define DEDUP(...) parse(NDUP_CMD_DEDUP, __VA_ARGS__, NULL)
#define FIND(...)  parse(NDUP_CMD_FIND, __VA_ARGS__, NULL)

static void expect_failure(struct parsed p, const char *message, const char *hint)
{
    cr_expect_not(p.good);
    cr_expect_str_eq(p.failure.message, message);
    cr_expect_str_eq(p.failure.hint, hint);
}

Test(opt, defaults_are_those_of_the_library)
{
    struct parsed p = DEDUP("x");
    const neardup_plan_options plan = NEARDUP_PLAN_OPTIONS_INIT;
    cr_expect(p.good);
    cr_expect_float_eq(p.settings.threshold, plan.threshold, 0);
    cr_expect_float_eq(p.settings.recall, plan.recall, 0);
    cr_expect_eq(p.settings.ngram, 0, "each unit has its own default");
    cr_expect_eq(p.settings.sketch, (int)plan.kind);
    cr_expect_str_eq(p.settings.text_field, "text");
    cr_expect_str_eq(p.settings.id_field, "id");
    cr_expect_str_eq(p.settings.keep, "first");
    cr_expect_null(p.settings.output);
    cr_expect_eq(p.settings.seed + p.settings.threads + p.settings.memory + p.settings.slots, 0);
    cr_expect_eq(p.settings.verbosity, 0);
}

Test(opt, defaults_of_a_job)
{
    struct parsed p = DEDUP("x");
    neardup_job_options job;
    neardup_job_options_init(&job, sizeof job);
    cr_expect_float_eq(p.settings.threshold, job.threshold, 0);
    cr_expect_float_eq(p.settings.recall, job.recall, 0);
    cr_expect_eq(p.settings.tokens, (int)job.profile.tokens);
    cr_expect_eq(p.settings.sketch, (int)job.kind);
    cr_expect_eq(p.settings.seed, job.seed);
    cr_expect_eq(p.settings.slots, job.slots);
    cr_expect_eq(p.settings.threads, job.threads);
    cr_expect_eq(p.settings.memory, job.memory);
    cr_expect_eq(p.settings.input_format, (int)job.format);
    cr_expect_eq((int)NEARDUP_KEEP_FIRST, (int)job.keep);
    cr_expect_eq(p.settings.method, (int)job.method);
    cr_expect_eq(p.settings.bits == 0 ? 64 : 128, job.simhash_bits);
    cr_expect_eq(p.settings.weights, (int)job.weights);
    cr_expect_eq(p.settings.distance, job.distance);
    cr_expect_eq(p.settings.hamming, (int)job.hamming);
    cr_expect_eq(p.settings.threshold_given + p.settings.distance_given + p.settings.bits_given, 0);
    cr_expect_not(job.verify);
    cr_expect_not(job.all_candidates || job.strict || job.drop_invalid || job.drop_empty || job.force);
}

Test(opt, every_form_of_a_value)
{
    cr_expect_str_eq(DEDUP("--output", "out").settings.output, "out");
    cr_expect_str_eq(DEDUP("--output=out").settings.output, "out");
    cr_expect_str_eq(DEDUP("--output=").settings.output, "");
    cr_expect_str_eq(DEDUP("--output==").settings.output, "=");
    cr_expect_str_eq(DEDUP("-o", "out").settings.output, "out");
    cr_expect_str_eq(DEDUP("-oout").settings.output, "out");
    cr_expect_str_eq(DEDUP("-o", "-").settings.output, "-");
    cr_expect_eq(DEDUP("-qj4").settings.threads, 4);
    cr_expect_eq(DEDUP("-m", "4G").settings.memory, UINT64_C(4294967296));
    cr_expect_eq(parse(NDUP_CMD_PLAN, "-d", "50M", NULL).settings.documents, 50000000);
}

Test(opt, operands_keep_their_order)
{
    struct parsed p = DEDUP("a", "--strict", "-", "-o", "out", "b", "--", "-q", "--");
    cr_assert(p.good);
    cr_assert_eq(p.operands, 5);
    cr_expect_str_eq(p.argv[0], "a");
    cr_expect_str_eq(p.argv[1], "-");
    cr_expect_str_eq(p.argv[2], "b");
    cr_expect_str_eq(p.argv[3], "-q");
    cr_expect_str_eq(p.argv[4], "--");
    cr_expect_eq(p.settings.strict, 1);
    cr_expect_eq(p.settings.verbosity, 0);
}

Test(opt, the_last_one_counts)
{
    cr_expect_float_eq(DEDUP("-t", "0.5", "--threshold=0.8").settings.threshold, 0.8, 0);
    cr_expect_eq(DEDUP("-vq").settings.verbosity, -1);
    cr_expect_eq(DEDUP("-q", "-v").settings.verbosity, 1);
}

Test(opt, lists_grow)
{
    struct parsed p = DEDUP("--files-from", "one", "--files-from=two");
    cr_assert_eq(p.settings.files_from.count, 2);
    cr_expect_str_eq(p.settings.files_from.items[0], "one");
    cr_expect_str_eq(p.settings.files_from.items[1], "two");
    ndup_opt_free(ndup_options_table, &p.settings);
    cr_expect_eq(p.settings.files_from.count, 0);
}

Test(opt, choices_are_the_enums_of_the_library)
{
    cr_expect_eq(DEDUP("--tokens", "char").settings.tokens, (int)NEARDUP_TOKENS_CHAR);
    cr_expect_eq(DEDUP("--sketch", "affine").settings.sketch, (int)NEARDUP_SKETCH_AFFINE);
    cr_expect_eq(DEDUP("--sketch", "fss").settings.sketch, (int)NEARDUP_SKETCH_FSS);
    cr_expect_eq(DEDUP("--input-format", "jsonl").settings.input_format, (int)NEARDUP_INPUT_JSONL);
    cr_expect_eq(DEDUP("--input-format", "file").settings.input_format, (int)NEARDUP_INPUT_FILE);
    cr_expect_eq(DEDUP("--input-format", "paragraph").settings.input_format, (int)NEARDUP_INPUT_PARAGRAPH);
    cr_expect_eq(DEDUP("--input-format", "line").settings.input_format, (int)NEARDUP_INPUT_LINE);
    cr_expect_eq(DEDUP("--candidates", "all").settings.candidates, NDUP_CANDIDATES_ALL);
    cr_expect_eq(FIND("--format", "csv").settings.find_format, NDUP_FIND_CSV);
    cr_expect_eq(parse(NDUP_CMD_PLAN, "--format", "json", NULL).settings.text_format, NDUP_FORMAT_JSON);
}

Test(opt, unknown_options)
{
    expect_failure(DEDUP("--treshold", "0.5"), "unknown option '--treshold'", "did you mean '--threshold'?");
    expect_failure(DEDUP("--thresh=0.5"), "unknown option '--thresh'", "did you mean '--threshold'?");
    expect_failure(DEDUP("--zebra"), "unknown option '--zebra'", "");
    expect_failure(DEDUP("--h"), "unknown option '--h'", "");
    expect_failure(DEDUP("-z"), "unknown option '-z'", "");
    expect_failure(DEDUP("-qz"), "unknown option '-z'", "");
    expect_failure(DEDUP("-strict"), "unknown option '-s'", "did you mean '--strict'?");
    expect_failure(DEDUP("-threshold", "0.5"), "option '-t' needs a number above 0 and at most 1, not 'hreshold'",
                   "did you mean '--threshold'?");
    expect_failure(FIND("--annotate"), "option '--annotate' does not belong to this command", "");
}

Test(opt, prefixes_are_not_options)
{
    cr_expect_not(DEDUP("--thresh", "0.5").good);
    cr_expect_not(DEDUP("--out", "x").good);
}

Test(opt, missing_and_needless_values)
{
    expect_failure(DEDUP("--output"), "option '--output' needs a value", "");
    expect_failure(DEDUP("-o"), "option '-o' needs a value", "");
    expect_failure(DEDUP("-o", "--force"), "option '-o' needs a value, and '--force' looks like an option",
                   "write '-o--force' if that is meant");
    expect_failure(DEDUP("--strict=yes"), "option '--strict' takes no value", "");
}

Test(opt, values_out_of_range)
{
    expect_failure(DEDUP("-t0"), "option '-t' needs a number above 0 and at most 1, not '0'", "");
    expect_failure(DEDUP("-t", "1.01"), "option '-t' needs a number above 0 and at most 1, not '1.01'", "");
    expect_failure(DEDUP("-n", "65"), "option '-n' needs a whole number from 1 to 64, not '65'", "");
    expect_failure(DEDUP("-n", "0"), "option '-n' needs a whole number from 1 to 64, not '0'", "");
    expect_failure(DEDUP("--seed", "-1"), "option '--seed' needs a whole number of up to 64 bits, not '-1'", "");
    expect_failure(DEDUP("-m", "lots"), "option '-m' needs a size in bytes, not 'lots'",
                   "write 512M, 4G (powers of 1024) or 4GB (powers of 1000)");
    expect_failure(DEDUP("--tokens", "wrod"), "option '--tokens' does not know 'wrod'",
                   "did you mean 'word'? it takes word or char");
    expect_failure(FIND("--format", "xml"), "option '--format' does not know 'xml'",
                   "it takes auto, table, jsonl or csv");
    cr_expect(DEDUP("-t1").good);
    cr_expect(DEDUP("-n64").good);
}

Test(opt, help_is_seen_even_before_a_mistake)
{
    struct parsed p = DEDUP("--help", "--zebra");
    cr_expect_not(p.good);
    cr_expect_eq(p.settings.help, NDUP_HELP_LONG);
    cr_expect_eq(DEDUP("-h").settings.help, NDUP_HELP_SHORT);
}

Test(opt, what_was_given_is_known)
{
    struct parsed p = DEDUP("x");
    cr_expect_eq(p.settings.containment_given + p.settings.min_tokens_given + p.settings.often_given, 0);
    cr_expect_eq(p.settings.min_remaining_given, 0);
    cr_expect_float_eq(p.settings.containment, 0.9, 0);
    p = DEDUP("--containment", "0", "--min-tokens=8", "--often", "0", "--min-remaining", "1");
    cr_assert(p.good);
    cr_expect_eq(p.settings.containment_given + p.settings.min_tokens_given + p.settings.often_given, 3);
    cr_expect_eq(p.settings.min_remaining_given, 1);
    cr_expect_float_eq(p.settings.containment, 0, 0);
    cr_expect_eq(p.settings.short_min_documents, 0);
}

Test(opt, shares)
{
    cr_expect_float_eq(DEDUP("--containment", "1").settings.containment, 1, 0);
    expect_failure(DEDUP("--containment", "1.1"), "option '--containment' needs a number from 0 to 1, not '1.1'", "");
    expect_failure(DEDUP("--containment=-0.1"), "option '--containment' needs a number from 0 to 1, not '-0.1'", "");
}

/* What no single parse shows: within a command every name and letter is there once, and each default parses. */
Test(opt, the_table_is_consistent)
{
    for (const struct ndup_opt *a = ndup_options_table; a->name != NULL; a++) {
        cr_expect_not_null(a->help, "%s", a->name);
        cr_expect_neq(a->commands, 0, "%s", a->name);
        cr_expect_eq(a->kind == NDUP_OPT_CHOICE, a->choices != NULL, "%s", a->name);
        bool silent = a->kind == NDUP_OPT_FLAG || a->kind == NDUP_OPT_CHOICE;
        cr_expect_eq(silent, a->argument == NULL, "%s", a->name);
        cr_expect_lt(a->offset, sizeof(struct ndup_settings), "%s", a->name);
        for (const struct ndup_opt *b = a + 1; b->name != NULL; b++) {
            if ((a->commands & b->commands) == 0)
                continue;
            cr_expect_str_neq(a->name, b->name, "%s", a->name);
            cr_expect(a->letter == '\0' || a->letter != b->letter, "-%c", a->letter);
        }
    }
}
