/* SPDX-License-Identifier: MIT
 * A run that looks for leaks, timed; the leaks as JSON lines on standard output.
 *   bench_leaks [-t THREADS] [-m MIB] [-c CONTAINMENT] [-n NGRAM] [-j JACCARD] [-s NGRAM] NAME=PATH... */
#define _GNU_SOURCE
#include "neardup_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *message)
{
    fprintf(stderr, "bench_leaks: %s\n", message);
    exit(2);
}

static bool print_leak(void *context, const neardup_leak *l)
{
    static const char *const reasons[] = {"exact", "near", "contained"};
    uint64_t *counts = context;
    counts[l->reason]++;
    printf("{\"file\":\"%s\",\"line\":%" PRIu64 ",\"split\":%" PRIu32 ",\"source_file\":\"%s\",\"source_line\":%" PRIu64
           ",\"source_split\":%" PRIu32 ",\"reason\":\"%s\",\"jaccard\":%.6f,\"containment\":%.6f}\n",
           l->document.file, l->document.line, l->document.split, l->source.file, l->source.line, l->source.split,
           reasons[l->reason], l->jaccard, l->containment);
    return true;
}

static bool print_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *text)
{
    (void)context;
    (void)severity;
    fprintf(stderr, "%s:%" PRIu64 ": %s\n", file != NULL ? file : "", line, text);
    return true;
}

int main(int argc, char **argv)
{
    uint64_t counts[3] = {0}, documents[16] = {0}, tokens[16] = {0};
    neardup_leak_options leaking = NEARDUP_LEAK_OPTIONS_INIT;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .message = print_message};
    neardup_job_options o;
    neardup_error err;
    neardup_job *job;
    int option;
    neardup_job_options_init(&o, sizeof o);
    while ((option = getopt(argc, argv, "t:m:c:n:j:s:")) != -1) {
        if (option == 't')
            o.threads = (unsigned)atoi(optarg);
        else if (option == 'm')
            o.memory = (uint64_t)atoi(optarg) << 20;
        else if (option == 'c')
            leaking.containment = atof(optarg);
        else if (option == 'n')
            leaking.profile.ngram = (unsigned)atoi(optarg);
        else if (option == 'j')
            o.threshold = atof(optarg);
        else if (option == 's')
            o.profile.ngram = (unsigned)atoi(optarg);
        else
            return 2;
    }
    leaking.context = counts;
    leaking.leak = print_leak;
    leaking.split_documents = documents;
    leaking.split_tokens = tokens;
    if (argc - optind > 16)
        fail("too many splits");
    if (neardup_job_create(&job, &o, &err) != NEARDUP_OK)
        fail(err.message);
    for (int i = optind; i < argc; i++) {
        char *path = strchr(argv[i], '=');
        if (path == NULL)
            fail("NAME=PATH is wanted");
        *path++ = '\0';
        if (neardup_job_begin_split(job, argv[i], &err) != NEARDUP_OK ||
            neardup_job_add_input(job, path, &err) != NEARDUP_OK)
            fail(err.message);
    }
    if (neardup_job_run_leaks(job, &leaking, &callbacks, &err) != NEARDUP_OK)
        fail(err.message);
    const neardup_summary *s = neardup_job_summary(job);
    fprintf(stderr, "%" PRIu64 " exact, %" PRIu64 " near, %" PRIu64 " contained; %" PRIu64 " documents, %.0f MB; ",
            counts[0], counts[1], counts[2], s->documents, (double)s->input_bytes / 1e6);
    fprintf(stderr, "collect %.2f s, find %.2f s, all %.2f s; peak %" PRIu64 " MiB\n", s->read_seconds,
            s->match_seconds, s->total_seconds, s->peak_memory_bytes >> 20);
    for (int i = 0; i < argc - optind; i++)
        fprintf(stderr, "  split %d: %" PRIu64 " documents, %" PRIu64 " tokens\n", i, documents[i], tokens[i]);
    neardup_job_destroy(job);
    return 0;
}
