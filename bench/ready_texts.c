/* SPDX-License-Identifier: MIT
 * The library on texts that are in memory: no files, no JSON, nothing written. The Python package is compared with it.
 *
 *   ready_texts FILE [RUNS]     FILE holds texts, each followed by a NUL; prints the seconds of each run and what was removed */
#include "base/platform.h"

#include "neardup_run.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

struct texts {
    const char **text;
    size_t *length, count, bytes;
};

static void die(const char *what)
{
    fprintf(stderr, "ready_texts: %s\n", what);
    exit(1);
}

static void load(struct texts *texts, const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size == 0)
        die("cannot read the file of texts");
    texts->bytes = (size_t)status.st_size;
    const char *all = mmap(NULL, texts->bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (all == MAP_FAILED || all[texts->bytes - 1] != '\0')
        die("the file of texts does not end with a NUL");
    for (const char *at = all, *end = all + texts->bytes; at < end; at += strlen(at) + 1)
        texts->count++;
    texts->text = malloc(texts->count * sizeof *texts->text);
    texts->length = malloc(texts->count * sizeof *texts->length);
    if (texts->text == NULL || texts->length == NULL)
        die("out of memory");
    const char *at = all;
    for (size_t i = 0; i < texts->count; i++) {
        texts->text[i] = at;
        texts->length[i] = strlen(at);
        at += texts->length[i] + 1;
    }
}

static neardup_status read_texts(void *context, uint64_t first, neardup_document *documents, size_t most, size_t *count,
                                 neardup_error *err)
{
    (void)err;
    const struct texts *texts = context;
    size_t left = texts->count - first;
    *count = most < left ? most : left;
    for (size_t i = 0; i < *count; i++) {
        documents[i].text = texts->text[first + i];
        documents[i].text_length = texts->length[first + i];
    }
    return NEARDUP_OK;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    struct texts texts = {0};
    if (argc < 2)
        die("usage: ready_texts FILE [RUNS]");
    load(&texts, argv[1]);
    int runs = argc > 2 ? atoi(argv[2]) : 1;
    for (int run = 0; run < runs; run++) {
        neardup_job_options options;
        neardup_job_options_init(&options, sizeof options);
        neardup_source_vtable vtable = {.struct_size = sizeof vtable,
                                        .flags =
                                            NEARDUP_SOURCE_REREAD | NEARDUP_SOURCE_PARALLEL | NEARDUP_SOURCE_IN_PLACE,
                                        .bytes = texts.bytes,
                                        .read = read_texts};
        neardup_error err = {.message = ""};
        neardup_job *job = NULL;
        double start = now();
        if (neardup_job_create(&job, &options, &err) != NEARDUP_OK ||
            neardup_job_add_source(job, "texts.jsonl", &vtable, &texts, false, &err) != NEARDUP_OK ||
            neardup_job_run(job, NULL, &err) != NEARDUP_OK)
            die(err.message);
        double seconds = now() - start;
        const neardup_summary *summary = neardup_job_summary(job);
        printf("%.4f %" PRIu64 "\n", seconds, summary->exact + summary->near);
        neardup_job_destroy(job);
    }
    free(texts.text);
    free(texts.length);
    return 0;
}
