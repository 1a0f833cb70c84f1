/* SPDX-License-Identifier: MIT
 * A job that keeps everything in the scratch folder gives what a job in memory gives, also when the table of exact
 * duplicates was too small to see all of them while reading. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* 64 MiB leave 4 MiB for the digest table: at most 157 000 digests. */
#define DISTINCT 200000u
#define COPIES   10000u
#define MASS     6000u

static unsigned next_random(unsigned long long *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

static void write_text(FILE *file, unsigned number, unsigned score, const char *last)
{
    unsigned long long state = number;
    fprintf(file, "{\"id\":\"%u\",\"score\":%u,\"text\":\"", number, score % 1009);
    for (int w = 0; w < 11; w++)
        fprintf(file, "v%u ", next_random(&state) % 3000);
    fprintf(file, "%s\"}\n", last);
}

/* Distinct texts; copies of some of them; and a text that comes when the table is full, a few thousand times, every
 * fourth time a little changed. */
static void write_corpus(void)
{
    unsigned long long state = 5;
    unsigned score = 0;
    FILE *file = test_create("in.jsonl");
    for (unsigned i = 0; i < DISTINCT; i++)
        write_text(file, i, score += 37, "end");
    for (unsigned i = 0; i < COPIES; i++)
        write_text(file, next_random(&state) % DISTINCT, score += 37, "end");
    for (unsigned i = 0; i < MASS; i++) {
        char last[32];
        snprintf(last, sizeof last, "z%u", i);
        write_text(file, 7777777, score += 37, i % 4 == 1 ? last : "end");
    }
    test_close(file);
}

static void setup(void)
{
    test_folder_make();
    write_corpus();
}

TestSuite(job_spill, .init = setup, .fini = test_folder_remove);

static void run(neardup_keep keep, unsigned threads, bool little, const char *output, neardup_summary *summary)
{
    neardup_job_options o = test_options(output);
    o.keep = keep;
    o.keep_field = "score";
    o.threads = threads;
    o.memory = (uint64_t)(little ? 64 : 8192) << 20;
    neardup_job *job = test_run(&o, (const char *const[]){"in.jsonl", NULL}, NULL);
    *summary = *neardup_job_summary(job);
    neardup_job_destroy(job);
}

static void compare(neardup_keep keep, unsigned threads)
{
    neardup_summary resident, spilled;
    run(keep, threads, true, "spilled", &spilled);
    run(keep, threads, false, "resident", &resident);
    cr_assert_eq(resident.scratch_bytes, 0);
    /* rows are written twice, digests once */
    cr_assert_gt(spilled.scratch_bytes, (uint64_t)(DISTINCT + COPIES + MASS) * 32);
    cr_assert_geq(resident.exact + resident.near, COPIES + MASS - 1 - 100);
    cr_assert_eq(spilled.capped_buckets, 0);
    test_same_folders("resident", "spilled");
    /* Copies that were seen late take no part in matching: that would be a walk through all of them for each. */
    cr_assert_eq(spilled.candidates, resident.candidates);
}

Test(job_spill, first_is_kept)
{
    compare(NEARDUP_KEEP_FIRST, 2);
}

Test(job_spill, last_is_kept)
{
    compare(NEARDUP_KEEP_LAST, 1);
}

Test(job_spill, largest_field_is_kept)
{
    compare(NEARDUP_KEEP_MAX, 3);
}

/* A row takes 40 bytes, and an empty line one: what the input's size lets expect is wrong by far. */
Test(job_spill, a_file_of_empty_lines_keeps_the_budget)
{
    enum { LINES = 4000000 };
    char *text = malloc(LINES);
    memset(text, '\n', LINES);
    test_write_bytes("lines/a.txt", text, LINES, false);
    test_write_bytes("lines/b.txt.gz", text, LINES, true);
    free(text);
    for (int keep = 0; keep < 2; keep++) {
        neardup_job_options o = test_options(keep == 0 ? "little" : "much");
        o.format = NEARDUP_INPUT_LINE;
        o.drop_empty = true;
        o.keep = NEARDUP_KEEP_MAX;
        o.keep_field = "score";
        o.memory = (uint64_t)(keep == 0 ? 200 : 8192) << 20;
        neardup_job *job = test_run(&o, (const char *const[]){"lines", NULL}, NULL);
        const neardup_summary *s = neardup_job_summary(job);
        cr_assert_eq(s->empty, 2 * LINES);
        cr_assert_eq(s->dropped_bytes, 2 * LINES);
        cr_assert_eq(s->scratch_bytes > (uint64_t)LINES * 32, keep == 0);
        if (keep == 0 && !NDUP_SANITIZED)
            cr_assert_lt(s->peak_memory_bytes, o.memory);
        neardup_job_destroy(job);
    }
    test_same_folders("little", "much");
}
