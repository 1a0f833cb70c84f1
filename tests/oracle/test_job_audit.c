/* SPDX-License-Identifier: MIT
 * The audit of a run against brute force: kept documents that are near to an earlier kept one, and the interval of their share. */
#include "base/platform.h"

#include "engine/phases.h"
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(job_audit, .init = test_folder_make, .fini = test_folder_remove);

#define DOCUMENTS 240u
#define WORDS     60u

static char texts[DOCUMENTS][WORDS * 8];
static bool removed[DOCUMENTS];

static unsigned next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

/* Families of 8 with a word changed here and there; some documents are exact copies. */
static void write_documents(void)
{
    uint64_t state = 5;
    FILE *f = test_create("in.jsonl");
    for (unsigned d = 0; d < DOCUMENTS; d++) {
        unsigned at = 0, family = d / 8, changes = d % 8 == 5 ? 0 : d % 8;
        bool changed[WORDS] = {false};
        for (unsigned c = 0; c < changes; c++)
            changed[next_random(&state) % WORDS] = true;
        for (unsigned w = 0; w < WORDS; w++)
            at += (unsigned)sprintf(texts[d] + at, "%sw%u", w > 0 ? " " : "",
                                    changed[w] ? 10000 + next_random(&state) % 50000 : family * 100 + w);
        fprintf(f, "{\"text\":\"%s\"}\n", texts[d]);
    }
    test_close(f);
}

static bool on_decision(void *context, const neardup_decision *d)
{
    (void)context;
    removed[d->document.index] = true;
    return true;
}

static neardup_audit run(const neardup_job_options *o)
{
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .decision = on_decision};
    memset(removed, 0, sizeof removed);
    neardup_job *job = test_run(o, (const char *const[]){"in.jsonl", NULL}, &callbacks);
    neardup_audit audit = neardup_job_summary(job)->audit;
    neardup_job_destroy(job);
    return audit;
}

static unsigned count_missed(const neardup_job_options *o)
{
    unsigned missed = 0;
    for (unsigned b = 0; b < DOCUMENTS; b++) {
        bool found = false;
        for (unsigned a = 0; a < b && !found && !removed[b]; a++) {
            neardup_comparison c;
            if (removed[a])
                continue;
            cr_assert_eq(neardup_compare(&o->profile, texts[a], strlen(texts[a]), texts[b], strlen(texts[b]), &c, NULL,
                                         NULL, NULL),
                         NEARDUP_OK);
            found = c.jaccard >= o->threshold;
        }
        missed += found;
    }
    return missed;
}

Test(job_audit, of_all_kept_documents_is_what_brute_force_says)
{
    write_documents();
    unsigned most = 0;
    for (unsigned rows = 2; rows <= 14; rows += 4) {
        neardup_job_options o = test_options(NULL);
        o.slots = o.rows = rows; /* one band: the more rows, the more it misses */
        o.bands = 1;
        o.audit = 1000;
        neardup_audit audit = run(&o);
        unsigned missed = count_missed(&o), kept = 0;
        for (unsigned d = 0; d < DOCUMENTS; d++)
            kept += !removed[d];
        cr_assert_eq(audit.sampled, kept);
        cr_assert_eq(audit.kept, kept);
        cr_assert_eq(audit.missed, missed, "%u rows: %u, not %u", rows, (unsigned)audit.missed, missed);
        double recall = (double)audit.removed / (double)(audit.removed + missed);
        cr_assert(fabs(audit.recall - recall) < 1e-12 && audit.recall_low == audit.recall);
        cr_assert(audit.recall_high == audit.recall);
        most = missed > most ? missed : most;
    }
    cr_assert_gt(most, 20);
}

Test(job_audit, the_exact_join_misses_nothing)
{
    write_documents();
    neardup_job_options o = test_options(NULL);
    o.all_candidates = true;
    o.audit = 1000;
    neardup_audit audit = run(&o);
    cr_assert(audit.missed == 0 && audit.sampled == audit.kept && audit.removed > 25);
    cr_assert(audit.recall == 1 && audit.recall_low == 1);
}

Test(job_audit, a_sample_is_the_same_for_any_number_of_threads)
{
    write_documents();
    neardup_audit first = {0};
    for (unsigned threads = 1; threads <= 4; threads++) {
        neardup_job_options o = test_options(NULL);
        o.slots = o.rows = 12;
        o.bands = 1;
        o.audit = 40;
        o.threads = threads;
        neardup_audit audit = run(&o);
        cr_assert_eq(audit.sampled, 40);
        cr_assert(audit.missed > 0 && audit.recall_low < audit.recall && audit.recall < audit.recall_high);
        if (threads == 1)
            first = audit;
        cr_assert(audit.missed == first.missed && audit.recall_low == first.recall_low);
    }
}

Test(job_audit, options)
{
    neardup_job *job;
    for (unsigned kind = 0; kind < 3; kind++) {
        neardup_job_options o = test_options(NULL);
        o.audit = 10;
        if (kind == 0)
            o.method = NEARDUP_METHOD_SIMHASH;
        else if (kind == 1)
            o.units = NEARDUP_UNIT_PARAGRAPH;
        else
            o.keep_numbers = true;
        cr_assert_eq(neardup_job_create(&job, &o, NULL), NEARDUP_E_ARG);
    }
}

/* By hand: Wilson's formula with z = 1.959964. */
Test(audit_interval, known_values)
{
    double low, high;
    ndup_audit_interval(0, 2000, &low, &high);
    cr_assert(low == 0 && fabs(high - 0.0019170) < 1e-6, "%f", high);
    ndup_audit_interval(10, 100, &low, &high);
    cr_assert(fabs(low - 0.0552291) < 1e-6 && fabs(high - 0.1743657) < 1e-6, "%f %f", low, high);
    ndup_audit_interval(5, 5, &low, &high);
    cr_assert(high == 1 && fabs(low - 0.5655176) < 1e-6, "%f", low);
}
