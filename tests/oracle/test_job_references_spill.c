/* SPDX-License-Identifier: MIT
 * References and contents with a budget that makes everything spill, and the table of exact duplicates overflow: the same
 * as with everything in memory. */
#include "base/platform.h"

#include "support/jobs.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* 64 MiB leave 4 MiB for the digest table: at most 157 000 digests. */
#define DISTINCT 150000u
#define NEW      12000u

static unsigned next_random(unsigned long long *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

static void write_text(FILE *file, unsigned number, const char *last)
{
    unsigned long long state = number;
    fprintf(file, "{\"id\":\"%u\",\"score\":%u,\"text\":\"", number, number * 37 % 1009);
    for (int w = 0; w < 11; w++)
        fprintf(file, "v%u ", next_random(&state) % 3000);
    fprintf(file, "%s\"}\n", last);
}

/* References fill the table, and repeat themselves; what is new is new, or a copy of a reference or of something new, every
 * fifth time a little changed. */
static void setup(void)
{
    test_folder_make();
    unsigned long long state = 5;
    FILE *file = test_create("old.jsonl");
    for (unsigned i = 0; i < DISTINCT; i++)
        write_text(file, i, "end");
    for (unsigned i = 0; i < NEW; i++)
        write_text(file, DISTINCT - 1 - next_random(&state) % 9000, i % 5 == 0 ? "other" : "end");
    test_close(file);
    file = test_create("new.jsonl");
    for (unsigned i = 0; i < NEW; i++) {
        unsigned kind = next_random(&state) % 4, from = kind < 2 ? DISTINCT - 9000 : kind == 2 ? 1000000 : 2000000 + i;
        write_text(file, from + (kind < 3 ? next_random(&state) % 9000 : 0), i % 5 == 1 ? "strange" : "end");
    }
    test_close(file);
}

TestSuite(job_references_spill, .init = setup, .fini = test_folder_remove, .timeout = 1800);

static uint64_t mixed(uint64_t state, uint64_t value)
{
    return (state ^ value) * UINT64_C(0x9E3779B97F4A7C15) + (state >> 29);
}

static uint64_t with_ref(uint64_t state, const neardup_ref *r)
{
    cr_assert(r->content.low != 0);
    state = mixed(mixed(state, r->index), r->reference);
    return mixed(mixed(state, r->content.low), r->content.high);
}

static bool on_decision(void *context, const neardup_decision *d)
{
    uint64_t *told = context;
    *told = with_ref(with_ref(mixed(*told, (uint64_t)d->reason), &d->document), &d->keeper);
    return true;
}

static uint64_t run(neardup_job_options o, bool little, const char *output, neardup_summary *summary)
{
    neardup_error err;
    uint64_t told = 1;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &told, .decision = on_decision};
    o.contents = true;
    o.output_dir = test_path(output);
    o.memory = (uint64_t)(little ? 64 : 4096) << 20;
    o.threads = little ? 1 : 3;
    neardup_job *job = test_job(&o, (const char *const[]){"new.jsonl", NULL});
    cr_assert_eq(neardup_job_add_reference(job, test_path("old.jsonl"), &err), NEARDUP_OK);
    cr_assert_eq(neardup_job_run(job, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    *summary = *neardup_job_summary(job);
    neardup_job_destroy(job);
    return told;
}

static void compare(neardup_job_options o)
{
    neardup_summary plenty, little;
    uint64_t told = run(o, false, "plenty", &plenty), told_little = run(o, true, "little", &little);
    cr_assert_gt(little.scratch_bytes, plenty.scratch_bytes);
    cr_assert_eq(told, told_little);
    test_same_folders("plenty", "little");
    cr_assert_gt(plenty.exact + plenty.near + plenty.paragraphs.exact + plenty.paragraphs.near, NEW / 4);
    cr_assert_eq(plenty.reference_documents, DISTINCT + NEW);
    cr_assert_eq(plenty.documents, NEW);
}

Test(job_references_spill, documents)
{
    neardup_job_options o = test_options(NULL);
    o.keep = NEARDUP_KEEP_MAX;
    o.keep_field = "score";
    compare(o);
}

Test(job_references_spill, fingerprints)
{
    neardup_job_options o = test_options(NULL);
    o.method = NEARDUP_METHOD_SIMHASH;
    o.verify = false;
    o.distance = 4;
    o.keep = NEARDUP_KEEP_LAST;
    compare(o);
}

Test(job_references_spill, paragraphs)
{
    neardup_job_options o = test_options(NULL);
    o.units = NEARDUP_UNIT_PARAGRAPH;
    o.min_tokens = 4;
    compare(o);
}
