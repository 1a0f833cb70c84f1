/* SPDX-License-Identifier: MIT
 * Step 5, a job over documents in memory: the job asks a function for them, and its decisions come back as columns.
 *
 *   cc memory.c $(pkg-config --cflags --libs neardup) -o memory && ./memory */
#include <neardup_run.h>

#include <stdio.h>
#include <string.h>

struct row { /* of the caller's own table */
    const char *key, *body;
};

static const struct row table[] = {
    {"a", "the quick brown fox jumps over the lazy dog in the park"},
    {"b", "something else entirely, with words of its own and no more"},
    {"c", "The quick brown fox jumps over the lazy dog, in the park!"},
    {"d", "the quick brown fox jumps over the lazy dog in the park today"},
};
#define ROWS (sizeof table / sizeof *table)

/* Answers with rows first .. first + most - 1, as far as there are any. They may be asked for again. */
static neardup_status read_rows(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                neardup_error *err)
{
    (void)context;
    (void)err;
    for (*count = 0; *count < most && first + *count < ROWS; ++*count) {
        const struct row *row = &table[first + *count];
        documents[*count].id = row->key;
        documents[*count].id_length = strlen(row->key);
        documents[*count].text = row->body;
        documents[*count].text_length = strlen(row->body);
    }
    return NEARDUP_OK;
}

static neardup_status run(neardup_job *job, neardup_error *err)
{
    const neardup_source_vtable source = {
        .struct_size = sizeof source, .flags = NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL, .read = read_rows};
    neardup_status status = neardup_job_collect(job, NEARDUP_COLUMNS_DECISIONS, err);
    if (status == NEARDUP_OK)
        status = neardup_job_add_source(job, "table.jsonl", &source, NULL, false, err);
    return status == NEARDUP_OK ? neardup_job_run(job, NULL, err) : status;
}

int main(void)
{
    neardup_job_options options;
    neardup_error err;
    neardup_job *job;
    neardup_job_options_init(&options, sizeof options);
    options.profile.ngram = 2;
    options.threshold = 0.8;
    if (neardup_job_create(&job, &options, &err) != NEARDUP_OK) {
        fprintf(stderr, "memory: error: %s\n", err.message);
        return 2;
    }
    int failed = run(job, &err) != NEARDUP_OK;
    if (failed)
        fprintf(stderr, "memory: error: %s\n", err.message);
    const neardup_decision_columns *d = failed ? NULL : neardup_job_decisions(job);
    for (uint64_t i = 0; d != NULL && i < d->count; i++)
        printf("%s duplicates %s (Jaccard %.3f)\n", table[d->index[i]].key, table[d->keeper[i]].key, d->jaccard[i]);
    neardup_job_destroy(job);
    return failed ? 2 : 0;
}
