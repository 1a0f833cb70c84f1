/* SPDX-License-Identifier: MIT
 * Step 5, a job over files: every removed document is reported, and a cleaned corpus is written if a folder is named.
 *
 *   cc job.c $(pkg-config --cflags --libs neardup) -o job && ./job corpus.jsonl [OUTPUT] */
#include <neardup_run.h>

#include <stdio.h>

static bool on_decision(void *context, const neardup_decision *d)
{
    (void)context;
    printf("%.*s duplicates %.*s (Jaccard %.3f)\n", (int)d->document.id_length, d->document.id,
           (int)d->keeper.id_length, d->keeper.id, d->jaccard);
    return true; /* false would stop the job */
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    (void)context;
    fprintf(stderr, "%s: %s:%llu: %s\n", severity == NEARDUP_ERROR ? "error" : "note", file != NULL ? file : "job",
            (unsigned long long)line, message);
    return true;
}

int main(int argc, char **argv)
{
    neardup_job_options options;
    neardup_error err;
    neardup_job *job;
    if (argc < 2) {
        fprintf(stderr, "usage: job CORPUS [OUTPUT]\n");
        return 2;
    }
    neardup_job_options_init(&options, sizeof options);
    options.threshold = 0.8;
    options.output_dir = argc > 2 ? argv[2] : NULL;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .decision = on_decision, .message = on_message};
    if (neardup_job_create(&job, &options, &err) != NEARDUP_OK) {
        fprintf(stderr, "job: error: %s\n", err.message);
        return 2;
    }
    neardup_status status = neardup_job_add_input(job, argv[1], &err);
    if (status == NEARDUP_OK)
        status = neardup_job_run(job, &callbacks, &err);
    if (status == NEARDUP_OK)
        printf("%llu documents kept\n", (unsigned long long)neardup_job_summary(job)->kept);
    else
        fprintf(stderr, "job: error: %s\n", err.message);
    neardup_job_destroy(job);
    return status == NEARDUP_OK ? 0 : 2;
}
