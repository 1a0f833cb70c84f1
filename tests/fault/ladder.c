/* SPDX-License-Identifier: MIT
 * Uses the library as a program would, for tests/fault/run.sh, which makes its calls fail one by one. Prints a result
 * when it is complete, or a message.
 *
 *   ladder source|reread FILE   a job over documents from memory (copied to the scratch folder, or asked for again); columns
 *   ladder sketches FILE        sketches, saved in FILE and loaded again */
#include <neardup_run.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS 40

static char texts[DOCUMENTS][2000];

/* Two paragraphs each; every third document is the one before it with a word more. */
static void make_texts(void)
{
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        unsigned story = i % 3 == 2 ? i - 1 : i;
        size_t length = 0;
        for (unsigned w = 0; w < 80; w++)
            length += (size_t)snprintf(texts[i] + length, sizeof texts[i] - length, "w%u%s",
                                       w < 40 ? (story * 37 + w * w) % 500 : w, w == 39 ? "\n\n" : " ");
        if (story != i)
            snprintf(texts[i] + length, sizeof texts[i] - length, "more");
    }
}

static int fail(const neardup_error *err)
{
    if (err->message[0] == '\0' || err->code == NEARDUP_OK)
        abort();
    fprintf(stderr, "ladder: error: %s\n", err->message);
    return 2;
}

/* ---- documents from memory ---- */

static neardup_status read_texts(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                 neardup_error *err)
{
    static const char id[] = "a\"b";
    (void)context;
    (void)err;
    for (*count = 0; *count < most && *count < 7 && first + *count < DOCUMENTS; ++*count) {
        documents[*count].id = id;
        documents[*count].id_length = sizeof id - 1;
        documents[*count].text = texts[first + *count];
        documents[*count].text_length = strlen(texts[first + *count]);
    }
    return NEARDUP_OK;
}

static neardup_status run_job(neardup_job *job, unsigned flags, neardup_error *err)
{
    const neardup_source_vtable source = {.struct_size = sizeof source, .flags = flags, .read = read_texts};
    neardup_status status = neardup_job_collect(job, NEARDUP_COLUMNS_DECISIONS | NEARDUP_COLUMNS_PAIRS, err);
    if (status == NEARDUP_OK)
        status = neardup_job_collect(job, NEARDUP_COLUMNS_CLUSTERS, err);
    if (status == NEARDUP_OK)
        status = neardup_job_add_source(job, "a.jsonl", &source, NULL, false, err);
    if (status == NEARDUP_OK)
        status = neardup_job_add_source(job, "b.jsonl", &source, NULL, true, err);
    return status == NEARDUP_OK ? neardup_job_run(job, NULL, err) : status;
}

static int use_source(unsigned flags)
{
    neardup_job_options options;
    neardup_error err = {.code = NEARDUP_OK};
    neardup_job *job;
    neardup_job_options_init(&options, sizeof options);
    options.units = NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH;
    options.pairs = true;
    options.threads = 2;
    if (neardup_job_create(&job, &options, &err) != NEARDUP_OK)
        return fail(&err);
    if (run_job(job, flags, &err) != NEARDUP_OK) {
        neardup_job_destroy(job);
        return fail(&err);
    }
    const neardup_decision_columns *d = neardup_job_decisions(job);
    const neardup_pair_columns *p = neardup_job_pairs(job);
    const neardup_cluster_columns *k = neardup_job_clusters(job);
    for (uint64_t i = 0; i < d->count; i++)
        printf("%u %llu %llu %.3f\n", d->unit[i], (unsigned long long)d->index[i], (unsigned long long)d->keeper[i],
               d->jaccard[i]);
    for (uint64_t i = 0; i < p->count; i++)
        printf("%llu %llu\n", (unsigned long long)p->a[i], (unsigned long long)p->b[i]);
    for (uint64_t i = 0; i < k->count; i++)
        printf("%llu %llu\n", (unsigned long long)k->keeper[i], (unsigned long long)(k->first[i + 1] - k->first[i]));
    neardup_job_destroy(job);
    return 0;
}

/* ---- sketches ---- */

static int use_sketches(const char *path)
{
    static neardup_text given[DOCUMENTS];
    static uint32_t signatures[DOCUMENTS][16];
    neardup_scheme scheme = NEARDUP_SCHEME_MINHASH;
    neardup_error err = {.code = NEARDUP_OK};
    void *stored = &scheme;
    size_t count = 1;
    scheme.slots = 16;
    for (size_t i = 0; i < DOCUMENTS; i++)
        given[i] = (neardup_text){texts[i], strlen(texts[i])};
    if (neardup_sketch_texts(&scheme, given, DOCUMENTS, 2, signatures, NULL, &err) != NEARDUP_OK ||
        neardup_sketches_save(path, &scheme, signatures, DOCUMENTS, &err) != NEARDUP_OK)
        return fail(&err);
    if (neardup_sketches_load(path, &scheme, NULL, &stored, &count, &err) != NEARDUP_OK) {
        if (stored != NULL || count != 0)
            abort();
        return fail(&err);
    }
    if (count != DOCUMENTS || memcmp(stored, signatures, sizeof signatures) != 0)
        abort();
    printf("%zu sketches\n", count);
    neardup_free(stored);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    make_texts();
    if (strcmp(argv[1], "sketches") == 0)
        return use_sketches(argv[2]);
    return use_source(strcmp(argv[1], "reread") == 0 ? NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL : 0);
}
