/* SPDX-License-Identifier: MIT
 * The library on one page: estimate with sketches, compare exactly, run the whole job with callbacks.
 *
 *   cc sketch.c $(pkg-config --cflags --libs neardup) -o sketch
 *   ./sketch corpus.jsonl */
#include <neardup_run.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 128

static const char monday[] = "The committee met on Monday to discuss the new bridge over the river near the old mill.";
static const char friday[] = "The committee met on Friday to discuss the new bridge over the river near the old mill!";

/* (a) Signatures: small, computed once a text, compared in nanoseconds; they estimate. */
static neardup_status sketch_both(neardup_error *err)
{
    neardup_profile profile = {NEARDUP_TOKENS_WORD, 3};
    neardup_sketcher *sketcher;
    neardup_status status =
        neardup_sketcher_create(&sketcher, &profile, NEARDUP_SKETCH_DEFAULT, SLOTS, 1, NEARDUP_CPU_AUTO, err);
    if (status != NEARDUP_OK)
        return status;
    uint32_t a[SLOTS], b[SLOTS];
    status = neardup_sketcher_sketch(sketcher, monday, strlen(monday), a, NULL, err);
    if (status == NEARDUP_OK)
        status = neardup_sketcher_sketch(sketcher, friday, strlen(friday), b, NULL, err);
    if (status == NEARDUP_OK)
        printf("estimated Jaccard %.2f\n", neardup_signature_jaccard(a, b, SLOTS));
    neardup_sketcher_destroy(sketcher);
    return status;
}

/* (b) Exactly: the similarity of the two sets and the passages that both texts share. */
static neardup_status compare_both(neardup_error *err)
{
    neardup_profile profile = {NEARDUP_TOKENS_WORD, 3};
    neardup_comparison result;
    neardup_passage *passages;
    size_t count;
    neardup_status status =
        neardup_compare(&profile, monday, strlen(monday), friday, strlen(friday), &result, &passages, &count, err);
    if (status != NEARDUP_OK)
        return status;
    printf("exact Jaccard     %.2f\n", result.jaccard);
    for (size_t i = 0; i < count; i++)
        printf("shared: %.*s\n", (int)(passages[i].a_end - passages[i].a_begin), monday + passages[i].a_begin);
    neardup_free(passages);
    return NEARDUP_OK;
}

/* (c) The job over files. Every decision was verified with exact sets. */
static bool on_decision(void *context, const neardup_decision *d)
{
    (void)context;
    printf("%.*s duplicates %.*s (Jaccard %.3f)\n", (int)d->document.id_length, d->document.id,
           (int)d->keeper.id_length, d->keeper.id, d->jaccard);
    return true; /* false would stop the job */
}

static neardup_status run_job(const char *path, neardup_error *err)
{
    neardup_job_options options;
    neardup_job_options_init(&options, sizeof options);
    options.threshold = 0.8;
    neardup_job *job;
    neardup_status status = neardup_job_create(&job, &options, err);
    if (status != NEARDUP_OK)
        return status;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .decision = on_decision};
    status = neardup_job_add_input(job, path, err);
    if (status == NEARDUP_OK)
        status = neardup_job_run(job, &callbacks, err);
    if (status == NEARDUP_OK)
        printf("%llu documents kept\n", (unsigned long long)neardup_job_summary(job)->kept);
    neardup_job_destroy(job);
    return status;
}

int main(int argc, char **argv)
{
    neardup_error err;
    if (sketch_both(&err) != NEARDUP_OK || compare_both(&err) != NEARDUP_OK ||
        (argc > 1 && run_job(argv[1], &err) != NEARDUP_OK)) {
        fprintf(stderr, "sketch: error: %s\n", err.message);
        return 2;
    }
    return 0;
}
