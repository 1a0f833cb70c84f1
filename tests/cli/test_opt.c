/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/opt.h"
#include "cli/options.h"
#include "neardup_run.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

struct parsed {
    struct ndup_settings settings;
    struct ndup_opt_seen seen;
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
    ndup_options_init(&p.settings);
    p.good = ndup_opt_parse(ndup_options_table, command, argc, p.argv, &p.settings, &p.operands, &p.seen, &p.failure);
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

/* The words are written out in the table of options. */
Test(options, presets_are_those_of_the_library)
{
    const struct ndup_opt *opt = ndup_opt_find(ndup_options_table, NDUP_CMD_DEDUP, "preset");
    size_t i = 0;
    cr_assert_not_null(opt);
    for (; neardup_preset_at(i) != NULL; i++)
        cr_assert_str_eq(opt->choices[i + 1], neardup_preset_at(i)->name);
    cr_assert_null(opt->choices[i + 1]);
}

Test(opt, defaults_are_those_of_the_library)
{
    struct parsed p = DEDUP("x");
    const neardup_plan_options plan = NEARDUP_PLAN_OPTIONS_INIT;
    cr_expect(p.good);
    cr_expect_float_eq(p.settings.job.threshold, plan.threshold, 0);
    cr_expect_float_eq(p.settings.job.recall, plan.recall, 0);
    cr_expect_eq(p.settings.ngram, 0, "each unit has its own default");
    cr_expect_eq(p.settings.job.kind, plan.kind);
    cr_expect_str_eq(p.settings.job.text_field, "text");
    cr_expect_str_eq(p.settings.job.id_field, "id");
    cr_expect_str_eq(p.settings.keep, "first");
    cr_expect_null(p.settings.output);
    cr_expect_eq(p.settings.job.seed + p.settings.job.threads + p.settings.job.memory + p.settings.job.slots, 0);
    cr_expect_eq(p.settings.verbosity, 0);
}

Test(opt, defaults_of_a_job)
{
    struct parsed p = DEDUP("x");
    neardup_job_options job;
    neardup_job_options_init(&job, sizeof job);
    cr_expect_float_eq(p.settings.job.threshold, job.threshold, 0);
    cr_expect_float_eq(p.settings.job.recall, job.recall, 0);
    cr_expect_eq(p.settings.job.profile.tokens, job.profile.tokens);
    cr_expect_eq(p.settings.job.kind, job.kind);
    cr_expect_eq(p.settings.job.seed, job.seed);
    cr_expect_eq(p.settings.job.slots, job.slots);
    cr_expect_eq(p.settings.job.threads, job.threads);
    cr_expect_eq(p.settings.job.memory, job.memory);
    cr_expect_eq(p.settings.job.format, job.format);
    cr_expect_eq((int)NEARDUP_KEEP_FIRST, (int)job.keep);
    cr_expect_eq(p.settings.job.method, job.method);
    cr_expect_eq(p.settings.bits == 0 ? 64 : 128, job.simhash_bits);
    cr_expect_eq(p.settings.job.weights, job.weights);
    cr_expect_eq(p.settings.job.distance, job.distance);
    cr_expect_eq(p.settings.threshold_given, 0);
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
    cr_expect_eq(DEDUP("-qj4").settings.job.threads, 4);
    cr_expect_eq(DEDUP("-m", "4G").settings.job.memory, UINT64_C(4294967296));
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
    cr_expect_eq(p.settings.job.strict, 1);
    cr_expect_eq(p.settings.verbosity, 0);
}

Test(opt, the_last_one_counts)
{
    cr_expect_float_eq(DEDUP("-t", "0.5", "--threshold=0.8").settings.job.threshold, 0.8, 0);
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
    cr_expect_eq(DEDUP("--tokens", "char").settings.job.profile.tokens, NEARDUP_TOKENS_CHAR);
    cr_expect_eq(DEDUP("--sketch", "affine").settings.job.kind, NEARDUP_SKETCH_AFFINE);
    cr_expect_eq(DEDUP("--sketch", "fss").settings.job.kind, NEARDUP_SKETCH_FSS);
    cr_expect_eq(DEDUP("--input-format", "jsonl").settings.job.format, NEARDUP_INPUT_JSONL);
    cr_expect_eq(DEDUP("--input-format", "file").settings.job.format, NEARDUP_INPUT_FILE);
    cr_expect_eq(DEDUP("--input-format", "paragraph").settings.job.format, NEARDUP_INPUT_PARAGRAPH);
    cr_expect_eq(DEDUP("--input-format", "line").settings.job.format, NEARDUP_INPUT_LINE);
    cr_expect_eq(DEDUP("--candidates", "all").settings.job.all_candidates, true);
    cr_expect_eq(FIND("--format", "csv").settings.find_format, NDUP_FIND_CSV);
    cr_expect_eq(parse(NDUP_CMD_PLAN, "--format", "json", NULL).settings.text_format, NDUP_FORMAT_JSON);
}

Test(opt, unknown_options)
{
    expect_failure(DEDUP("--treshold", "0.5"), "unknown option '--treshold'", "did you mean --threshold?");
    expect_failure(DEDUP("--thresh=0.5"), "unknown option '--thresh'", "did you mean --threshold?");
    expect_failure(DEDUP("--zebra"), "unknown option '--zebra'", "");
    expect_failure(DEDUP("--h"), "unknown option '--h'", "");
    expect_failure(DEDUP("-z"), "unknown option '-z'", "");
    expect_failure(DEDUP("-qz"), "unknown option '-z'", "");
    expect_failure(DEDUP("-strict"), "unknown option '-s'", "did you mean --strict?");
    expect_failure(DEDUP("-threshold", "0.5"),
                   "invalid value 'hreshold' for -t: expected a number above 0 and at most 1, or a percentage",
                   "did you mean --threshold?");
    expect_failure(FIND("--annotate"), "--annotate is not an option of this command", "");
}

Test(opt, prefixes_are_not_options)
{
    cr_expect_not(DEDUP("--thresh", "0.5").good);
    cr_expect_not(DEDUP("--out", "x").good);
}

Test(opt, missing_and_needless_values)
{
    expect_failure(DEDUP("--output"), "--output requires a value", "");
    expect_failure(DEDUP("-o"), "-o requires a value", "");
    expect_failure(DEDUP("-o", "--force"), "-o requires a value, and '--force' looks like an option",
                   "write '-o--force' if it is the value");
    expect_failure(DEDUP("--strict=yes"), "--strict takes no value", "");
}

Test(opt, values_out_of_range)
{
    expect_failure(DEDUP("-t0"), "invalid value '0' for -t: expected a number above 0 and at most 1, or a percentage",
                   "");
    expect_failure(DEDUP("-t", "1.01"),
                   "invalid value '1.01' for -t: expected a number above 0 and at most 1, or a percentage", "");
    expect_failure(DEDUP("-n", "65"), "invalid value '65' for -n: expected an integer from 1 to 64", "");
    expect_failure(DEDUP("-n", "0"), "invalid value '0' for -n: expected an integer from 1 to 64", "");
    expect_failure(DEDUP("--seed", "-1"), "invalid value '-1' for --seed: expected a non-negative integer below 2^64",
                   "");
    expect_failure(DEDUP("-m", "lots"), "invalid value 'lots' for -m: expected a size in bytes",
                   "write 512M, 4G (powers of 1024) or 4GB (powers of 1000)");
    expect_failure(DEDUP("--tokens", "wrod"), "invalid value 'wrod' for --tokens; did you mean 'word'?",
                   "--tokens takes word or char");
    expect_failure(FIND("--format", "xml"), "invalid value 'xml' for --format: expected auto, table, jsonl or csv", "");
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

static bool given(const struct parsed *p, const char *name)
{
    return ndup_opt_was_seen(&p->seen, ndup_opt_find(ndup_options_table, NDUP_CMD_DEDUP, name));
}

Test(opt, what_was_given_is_known)
{
    struct parsed p = DEDUP("x");
    cr_expect_eq(p.seen.count, 0);
    cr_expect_eq(p.settings.min_remaining_given, 0);
    cr_expect_float_eq(p.settings.job.containment, 0.9, 0);
    p = DEDUP("--containment", "0", "--min-tokens=8", "--often", "0", "--min-remaining", "1");
    cr_assert(p.good);
    cr_expect(given(&p, "containment") && given(&p, "min-tokens") && given(&p, "often"));
    cr_expect_not(given(&p, "within"));
    cr_expect_eq(p.settings.min_remaining_given, 1);
    cr_expect_float_eq(p.settings.job.containment, 0, 0);
    cr_expect_eq(p.settings.job.short_min_documents, 0);
}

Test(opt, shares)
{
    cr_expect_float_eq(DEDUP("--containment", "1").settings.job.containment, 1, 0);
    expect_failure(DEDUP("--containment", "1.1"),
                   "invalid value '1.1' for --containment: expected a number from 0 to 1, or a percentage", "");
    expect_failure(DEDUP("--containment=-0.1"),
                   "invalid value '-0.1' for --containment: expected a number from 0 to 1, or a percentage", "");
}

/* Values that are words, and several of them. */
Test(opt, words)
{
    cr_expect_str_eq(DEDUP("--keep", "max:score").settings.keep, "max:score");
    expect_failure(DEDUP("--keep", "max:"),
                   "invalid value 'max:' for --keep: expected first, last, longest, shortest, content, max:FIELD or "
                   "min:FIELD",
                   "");
    expect_failure(DEDUP("-k", "longst"), "invalid value 'longst' for -k; did you mean 'longest'?",
                   "-k takes first, last, longest, shortest, content, max:FIELD or min:FIELD");
    cr_expect_eq(DEDUP("--unit", "line,document").settings.job.units, NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_LINE);
    expect_failure(DEDUP("--unit", "paragrph"), "invalid value 'paragrph' for --unit; did you mean 'paragraph'?",
                   "--unit takes document, paragraph or line");
    expect_failure(DEDUP("--unit", "document,"), "invalid value 'document,' for --unit; did you mean 'document'?",
                   "--unit takes document, paragraph or line");
    expect_failure(DEDUP("--unit", "line,paragraph"),
                   "invalid value 'line,paragraph' for --unit: expected only one of paragraph or line", "");
}

/* ---- rules between options ---- */

static void expect_check(struct parsed p, unsigned command, const char *message, const char *hint)
{
    struct ndup_opt_failure failure;
    cr_assert(p.good, "%s", p.failure.message);
    bool good = ndup_opt_check(ndup_options_table, command, &p.settings, &p.seen, &failure);
    cr_expect_eq(good, message[0] == '\0', "%s", message);
    cr_expect_str_eq(failure.message, message);
    cr_expect_str_eq(failure.hint, hint);
}
#define EXPECT_DEDUP(message, hint, ...) expect_check(DEDUP(__VA_ARGS__), NDUP_CMD_DEDUP, message, hint)

Test(opt, rules)
{
    EXPECT_DEDUP("", "", "x");
    EXPECT_DEDUP("--distance requires --method simhash", "add --method simhash", "--distance", "3");
    EXPECT_DEDUP("", "", "--distance", "3", "--method", "simhash");
    EXPECT_DEDUP("--keep-one requires --max-copies", "add --max-copies N", "--keep-one", "--unit", "line");
    EXPECT_DEDUP("--keep-one requires --max-copies", "add --max-copies N", "--keep-one", "--unit", "line",
                 "--max-copies", "0");
    EXPECT_DEDUP("--annotate cannot be combined with --drop-emptied", "leave out --annotate or --drop-emptied",
                 "--annotate", "--drop-emptied", "--unit", "line");
    EXPECT_DEDUP("--often cannot be combined with --within unless --across is given",
                 "add --across, or leave out --within", "--often", "3", "--within", "--unit", "line");
    EXPECT_DEDUP("", "", "--often", "3", "--within", "--across", "--unit", "line");
    EXPECT_DEDUP("invalid value '17' for --distance: expected at most 16 with --bits 64",
                 "--bits 128 allows up to 32; texts so far apart have little in common", "--distance", "17", "--method",
                 "simhash");
    EXPECT_DEDUP("", "", "--distance", "17", "--method", "simhash", "--bits", "128");
}

/* Where an option comes from a file, the message names the line. */
Test(opt, rules_name_the_line)
{
    struct parsed p = parse(NDUP_CMD_CHECK, "--split", "a=b", "--unit", "paragraph", NULL);
    ndup_opt_see(&p.seen, ndup_opt_find(ndup_options_table, NDUP_CMD_CHECK, "unit"), 3);
    p.seen.file = "neardup.toml";
    expect_check(p, NDUP_CMD_CHECK, "--split cannot be combined with --unit paragraph (set in neardup.toml line 3)",
                 "leave out --unit: leaks are documents");
    ndup_opt_free(ndup_options_table, &p.settings);
}

/* A rule with a name that no option has would be silent. */
Test(opt, rules_name_options_and_their_words)
{
    for (const struct ndup_opt *opt = ndup_options_table; opt->name != NULL; opt++) {
        for (const struct ndup_opt_rule *rule = opt->rules; rule != NULL && rule->kind != NDUP_OPT_NO_RULE; rule++) {
            const struct ndup_opt *other = ndup_opt_find(ndup_options_table, opt->commands, rule->other);
            cr_assert_not_null(other, "%s: %s", opt->name, rule->other);
            if (rule->unless != NULL)
                cr_expect_not_null(ndup_opt_find(ndup_options_table, opt->commands, rule->unless), "%s", opt->name);
            for (const char *at = rule->values; at != NULL && other->choices != NULL;) {
                size_t length = strcspn(at, "|"), i = 0;
                while (other->choices[i] != NULL &&
                       (strlen(other->choices[i]) != length || strncmp(other->choices[i], at, length) != 0))
                    i++;
                cr_expect_not_null(other->choices[i], "%s: %s", opt->name, at);
                at = at[length] == '|' ? at + length + 1 : NULL;
            }
        }
    }
}

static void names(const char *message, const char *expected)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_options_name_fields(&buf, message, strlen(message));
    ndup_buf_append(&buf, "", 1);
    cr_expect_str_eq(buf.data, expected);
    ndup_buf_free(&buf);
}

Test(opt, fields_of_the_library_are_options)
{
    names("raise `memory`, or lower `threshold`", "raise --memory, or lower --threshold");
    names("`text_field` `keep` max:x `format` json", "--text-field --keep max:x --input-format json");
    names("use `all_candidates`; `scratch_dir`", "use --candidates all; --scratch");
    names("`force`", "--force");
    /* What people wrote stays. */
    names("'a`b' `nothing` `", "'a`b' `nothing` `");
    names("`a `memory`", "`a --memory");
    names("", "");
    names("job.`memory", "job.`memory");
}

/* What no single parse shows: within a command every name and letter is there once, and each default parses. */
Test(opt, the_table_is_consistent)
{
    for (const struct ndup_opt *a = ndup_options_table; a->name != NULL; a++) {
        cr_expect_not_null(a->help, "%s", a->name);
        cr_expect_neq(a->commands, 0, "%s", a->name);
        bool words = a->kind == NDUP_OPT_CHOICE || a->kind == NDUP_OPT_SET;
        cr_expect(!words || a->choices != NULL, "%s", a->name);
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
