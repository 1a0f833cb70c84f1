/* SPDX-License-Identifier: MIT
 * Options that a job cannot have are refused before any work, with a message that says what is expected. */
#define _GNU_SOURCE
#include "neardup_run.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static neardup_job_options options_of_test(void)
{
    neardup_job_options o;
    neardup_job_options_init(&o, sizeof o);
    return o;
}

/* The options are changed by a statement; the message begins with the text. */
#define REFUSED(text, ...)                                                                                             \
    do {                                                                                                               \
        neardup_job_options o = options_of_test();                                                                     \
        neardup_error err = {.message = ""};                                                                           \
        neardup_job *job = NULL;                                                                                       \
        __VA_ARGS__;                                                                                                   \
        cr_expect_eq(neardup_job_create(&job, &o, &err), NEARDUP_E_ARG, "%s", text);                                   \
        cr_expect(strncmp(err.message, text, strlen(text)) == 0, "%s", err.message);                                   \
        cr_expect_null(job);                                                                                           \
        cr_expect_eq(neardup_job_create(&job, &o, NULL), NEARDUP_E_ARG, "nobody wants the message");                   \
    } while (0)

#define ACCEPTED(...)                                                                                                  \
    do {                                                                                                               \
        neardup_job_options o = options_of_test();                                                                     \
        neardup_error err = {.message = ""};                                                                           \
        neardup_job *job = NULL;                                                                                       \
        __VA_ARGS__;                                                                                                   \
        cr_expect_eq(neardup_job_create(&job, &o, &err), NEARDUP_OK, "%s", err.message);                               \
        neardup_job_destroy(job);                                                                                      \
    } while (0)

Test(job_options, usual)
{
    REFUSED("ngram must be 1 to 64, not 0", o.profile.ngram = 0);
    REFUSED("ngram must be 1 to 64, not 65", o.profile.ngram = 65);
    ACCEPTED(o.profile.ngram = 1);
    ACCEPTED(o.profile.ngram = 64);
    REFUSED("unknown keep rule 99", o.keep = (neardup_keep)99);
    REFUSED("unknown kind of tokens 77", o.profile.tokens = (neardup_tokens)77);
    REFUSED("the keep rules max and min require a field", o.keep = NEARDUP_KEEP_MAX);
    REFUSED("the keep rules max and min require a field", o.keep = NEARDUP_KEEP_MIN; o.keep_field = "");
    ACCEPTED(o.keep = NEARDUP_KEEP_MIN; o.keep_field = "score");
    REFUSED("threads must be 0 to 1024, not 1025", o.threads = 1025);
    REFUSED("the memory budget must be at least 64 MiB", o.memory = ((uint64_t)64 << 20) - 1);
    ACCEPTED(o.memory = (uint64_t)64 << 20);
}

Test(job_options, inputs)
{
    REFUSED("unknown input format 55", o.format = (neardup_input_format)55);
    REFUSED("max_unreadable must be from 0 to 1, not -0.1", o.max_unreadable = -0.1);
    REFUSED("max_unreadable must be from 0 to 1, not 1.1", o.max_unreadable = 1.1);
    REFUSED("max_unreadable must be from 0 to 1, not nan", o.max_unreadable = fabs((double)NAN));
    ACCEPTED(o.max_unreadable = 1);
    REFUSED("unknown rule for binary files 9", o.binary = (neardup_binary)9);
    REFUSED("invalid delimiter '': expected one character", o.delimiter = "");
    REFUSED("invalid delimiter ';;': expected one character", o.delimiter = ";;");
    REFUSED("invalid delimiter '\"': expected one character", o.delimiter = "\"");
    REFUSED("invalid delimiter '\n': expected one character", o.delimiter = "\n");
    REFUSED("invalid delimiter '\xc3\xa9': expected one character", o.delimiter = "\xc3\xa9");
    REFUSED("invalid delimiter '\x80': expected one character", o.delimiter = "\x80");
    REFUSED("a delimiter requires the format csv or tsv", o.delimiter = ";"; o.format = NEARDUP_INPUT_JSONL);
    ACCEPTED(o.delimiter = "\\t");
    ACCEPTED(o.delimiter = ";"; o.format = NEARDUP_INPUT_CSV);
    REFUSED("a field name must have 1 to", o.text_field = "");
    REFUSED("a field name must have 1 to", o.id_field = "");
    REFUSED("the field 'ids[]' is many values: only `text_field` can have []", o.id_field = "ids[]");
    REFUSED("invalid encoding 'nosuch': the C library does not know it", o.encoding = "nosuch");
    REFUSED("invalid encoding '': ", o.encoding = "");
    REFUSED("invalid encoding 'a/b': ", o.encoding = "a/b");
    ACCEPTED(o.encoding = "UTF-8");
    ACCEPTED(o.encoding = "latin1");
}

Test(job_options, methods)
{
    REFUSED("unknown method 3", o.method = (neardup_method)3);
    REFUSED("a fingerprint has 64 or 128 bits, not 96", o.method = NEARDUP_METHOD_SIMHASH; o.simhash_bits = 96);
    REFUSED("unknown weights 4", o.method = NEARDUP_METHOD_SIMHASH; o.weights = (neardup_weights)4);
    REFUSED("distance must be 0 to 16, a quarter of the bits, not 17", o.method = NEARDUP_METHOD_SIMHASH;
            o.simhash_bits = 64; o.distance = 17);
    ACCEPTED(o.method = NEARDUP_METHOD_SIMHASH; o.simhash_bits = 128; o.distance = 32);
    REFUSED("threshold must be above 0 and at most 1, not 0", o.method = NEARDUP_METHOD_SIMHASH; o.threshold = 0);
    REFUSED("threshold must be above 0 and at most 1, not 1.5", o.method = NEARDUP_METHOD_SIMHASH; o.threshold = 1.5);
    REFUSED("slots, bands, rows and all candidates require", o.method = NEARDUP_METHOD_SIMHASH; o.slots = 1);
    REFUSED("slots, bands, rows and all candidates require", o.method = NEARDUP_METHOD_SIMHASH; o.bands = 1);
    REFUSED("slots, bands, rows and all candidates require", o.method = NEARDUP_METHOD_SIMHASH; o.rows = 1);
    REFUSED("slots, bands, rows and all candidates require", o.method = NEARDUP_METHOD_SIMHASH;
            o.all_candidates = true);
    REFUSED("threshold must be above 0 and at most 1, not 0", o.threshold = 0; o.all_candidates = true);
    REFUSED("recall must be above 0 and below 1, not 1", o.recall = 1);
    REFUSED("recall must be above 0 and below 1, not 0", o.recall = 0);
}

Test(job_options, parts)
{
    const unsigned part = NEARDUP_UNIT_PARAGRAPH;
    REFUSED("units cannot contain both paragraphs and lines", o.units = NEARDUP_UNIT_PARAGRAPH | NEARDUP_UNIT_LINE);
    REFUSED("units cannot contain both paragraphs and lines", o.units = 0);
    REFUSED("units cannot contain both paragraphs and lines", o.units = 8);
    REFUSED("paragraphs and lines cannot be cut in a text of several fields", o.units = part;
            o.text_field = "title,body");
    ACCEPTED(o.units = part; o.text_field = "title\\,body");
    REFUSED("invalid profile of paragraphs", o.units = part; o.paragraph_profile.ngram = 0);
    REFUSED("invalid profile of paragraphs", o.units = part; o.paragraph_profile.ngram = 65);
    REFUSED("invalid profile of paragraphs", o.units = part; o.paragraph_profile.tokens = (neardup_tokens)77);
    ACCEPTED(o.paragraph_profile.ngram = 0); /* only documents are compared */
    REFUSED("nothing to compare: neither inside documents nor between them", o.units = part;
            o.inside_documents = o.between_documents = false);
    REFUSED("containment must be 0 to 1", o.units = part; o.containment = -1);
    REFUSED("containment must be 0 to 1", o.units = part; o.containment = 2);
    REFUSED("keep_one requires max_copies", o.units = part; o.keep_one = true);
    REFUSED("annotate cannot be combined with drop_emptied", o.units = part; o.annotate = o.drop_emptied = true);
}

Test(job_options, outputs)
{
    REFUSED("reports alone need an output folder", o.write_corpus = false; o.output_dir = "-");
}

/* What a plan needs is estimated for a number of documents, and else zero. */
Test(job_options, needs_of_a_plan)
{
    neardup_plan_options o = NEARDUP_PLAN_OPTIONS_INIT;
    neardup_plan plan;
    neardup_error err;
    memset(&plan, 0x5a, sizeof plan);
    cr_assert_eq(neardup_plan_solve(&o, &plan, &err), NEARDUP_OK, "%s", err.message);
    cr_expect(plan.memory_bytes == 0 && plan.memory_min_bytes == 0 && plan.scratch_bytes == 0);
    o.documents = 1000000;
    cr_assert_eq(neardup_plan_solve(&o, &plan, &err), NEARDUP_OK, "%s", err.message);
    cr_expect(plan.memory_bytes >= plan.memory_min_bytes && plan.memory_min_bytes > o.documents);
    uint64_t memory = plan.memory_bytes;
    o.documents = 2000000;
    cr_assert_eq(neardup_plan_solve(&o, &plan, &err), NEARDUP_OK, "%s", err.message);
    cr_expect_gt(plan.memory_bytes, memory);
}

/* A program that was built against an older header, whose struct ends earlier. */
Test(job_options, short_structs)
{
    char bytes[sizeof(neardup_job_options)];
    memset(bytes, 0x5a, sizeof bytes);
    neardup_job_options_init((neardup_job_options *)(void *)bytes, sizeof(size_t));
    size_t size;
    memcpy(&size, bytes, sizeof size);
    cr_expect_eq(size, sizeof(size_t));
    for (size_t i = sizeof size; i < sizeof bytes; i++)
        cr_assert_eq(bytes[i], 0x5a, "nothing after the struct is written");
}
