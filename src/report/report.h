/* SPDX-License-Identifier: MIT
 * A report about the result of a run: collected from the callbacks of a job or of a replay, then written in any format. */
#ifndef NDUP_REPORT_H
#define NDUP_REPORT_H

#include "base/platform.h"
#include "neardup.h"

#include <stdio.h>

struct ndup_report_maker;

struct ndup_report_options {
    const char *title;
    const char *program_version;
    bool text;                /* texts of the corpus stand in it */
    uint64_t page_clusters;   /* at most so many in a page; 0: the default */
    uint64_t page_members;    /* of a cluster */
    uint64_t page_text_bytes; /* texts and differences in a page */
};

/* Reads texts by place; NULL where there are none. Returned texts are malloc-ed by the reader and freed by the maker. */
struct ndup_report_texts {
    void *context;
    /* Calls back with each text that was found, in any order. */
    neardup_status (*read)(void *context, const neardup_reading *reading, neardup_error *err);
};

enum ndup_report_format { NDUP_REPORT_HTML, NDUP_REPORT_MARKDOWN, NDUP_REPORT_JSON, NDUP_REPORT_CSV };

neardup_status ndup_report_create(struct ndup_report_maker **out, const struct ndup_report_options *options,
                                  neardup_error *err) NDUP_MUST_CHECK;
/* A neardup_callbacks.cluster: context is the maker. Copies what it needs. */
bool ndup_report_add_cluster(void *maker, const neardup_cluster *cluster);
/* What the maker could not do in a callback. */
neardup_status ndup_report_failure(const struct ndup_report_maker *maker, neardup_error *err) NDUP_MUST_CHECK;
/* Writes it, once for each format that is wanted. summary and options are those of the run; summary_json and command may be
 * NULL; redecided: threshold the run had, 0 if it was not decided again. */
struct ndup_report_run {
    const neardup_summary *summary;
    const neardup_job_options *options;
    const char *summary_json;
    const char *command;
    const char *text_note;
    double redecided_from;
    bool redecided_exact;
};
neardup_status ndup_report_write(struct ndup_report_maker *maker, const struct ndup_report_run *run,
                                 const struct ndup_report_texts *texts, enum ndup_report_format format, FILE *out,
                                 neardup_error *err) NDUP_MUST_CHECK;
void ndup_report_destroy(struct ndup_report_maker *maker);

#endif
