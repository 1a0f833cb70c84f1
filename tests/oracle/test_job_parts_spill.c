/* SPDX-License-Identifier: MIT
 * Paragraphs with a budget that makes rows, digests and keys spill, and the table of exact duplicates overflow: the same
 * as with everything in memory. Texts that come when the table is full get a unit for each copy. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS  40000u
#define PARAGRAPHS 10u
#define LATE       3000u

static unsigned next_random(unsigned long long *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

static void write_paragraph(FILE *file, unsigned number, const char *last)
{
    unsigned long long state = number;
    for (int w = 0; w < 9; w++)
        fprintf(file, "v%u ", next_random(&state) % 3000);
    fprintf(file, "%s\\n\\n", last);
}

/* Distinct paragraphs that fill the table; then documents with a text twice, a near-duplicate of it, and one that is
 * contained in another. */
static void setup(void)
{
    test_folder_make();
    FILE *file = test_create("in.jsonl");
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        fprintf(file, "{\"id\":\"%u\",\"score\":%u,\"text\":\"", i, i * 37 % 1009);
        for (unsigned p = 0; p < PARAGRAPHS; p++)
            write_paragraph(file, PARAGRAPHS * i + p, "end");
        fprintf(file, "\"}\n");
    }
    for (unsigned i = 0; i < LATE; i++) {
        unsigned text = 5000000 + i % 1000;
        fprintf(file, "{\"id\":\"late%u\",\"score\":%u,\"text\":\"", i, i * 37 % 1009);
        write_paragraph(file, text, "end");
        write_paragraph(file, text, i % 4 == 1 ? "other" : "end");
        write_paragraph(file, text, "end");
        write_paragraph(file, 6000000 + i % 7, "often");
        if (i % 5 == 0) {
            fputs("longer than it by a few words that stand here only ", file);
            write_paragraph(file, text, "and behind it");
        }
        fprintf(file, "\"}\n");
    }
    test_close(file);
}

TestSuite(job_parts_spill, .init = setup, .fini = test_folder_remove, .timeout = 1800);

static void run(const neardup_job_options *options, bool little, const char *output, neardup_summary *summary)
{
    neardup_job_options o = *options;
    o.output_dir = test_path(output);
    o.memory = (uint64_t)(little ? 64 : 8192) << 20;
    neardup_job *job = test_run(&o, (const char *const[]){"in.jsonl", NULL}, NULL);
    *summary = *neardup_job_summary(job);
    neardup_job_destroy(job);
}

static void compare(const neardup_job_options *o)
{
    neardup_summary resident, spilled;
    run(o, true, "spilled", &spilled);
    run(o, false, "resident", &resident);
    cr_assert_eq(resident.scratch_bytes, 0);
    cr_assert_gt(spilled.scratch_bytes, (uint64_t)DOCUMENTS * PARAGRAPHS * 32);
    cr_assert_geq(resident.paragraphs.count, (uint64_t)DOCUMENTS * PARAGRAPHS + LATE * 4);
    cr_assert_eq(resident.paragraphs.distinct, spilled.paragraphs.distinct);
    cr_assert_eq(resident.paragraphs.contained, spilled.paragraphs.contained);
    cr_assert_gt(resident.paragraphs.exact + resident.paragraphs.near + resident.paragraphs.boilerplate, LATE);
    test_same_folders("resident", "spilled");
}

static neardup_job_options part_options(void)
{
    neardup_job_options o = test_options(NULL);
    o.units = NEARDUP_UNIT_PARAGRAPH;
    o.keep_field = "score";
    return o;
}

Test(job_parts_spill, first_copy_stays)
{
    neardup_job_options o = part_options();
    compare(&o);
}

Test(job_parts_spill, one_in_each_document)
{
    neardup_job_options o = part_options();
    o.max_copies = 20;
    o.keep = NEARDUP_KEEP_LAST;
    o.threads = 3;
    compare(&o);
}

Test(job_parts_spill, inside_documents)
{
    neardup_job_options o = part_options();
    o.between_documents = false;
    o.containment = 0.6;
    o.keep = NEARDUP_KEEP_MAX;
    o.threads = 1;
    compare(&o);
}

Test(job_parts_spill, pairs_and_emptied_documents)
{
    neardup_job_options o = part_options();
    o.pairs = true;
    o.drop_emptied = true;
    o.min_remaining = 20;
    compare(&o);
}
