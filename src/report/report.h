/* SPDX-License-Identifier: MIT
 * A report about a run: collected from the clusters of a job or of a finished run, then written in a format
 * (formats.h).
 *
 *   ndup_report_create, ndup_report_add_cluster for each cluster, ndup_report_settle,
 *   ndup_report_read_texts (optional), then the format's write_run.
 *
 * Memory is bounded: counts and histograms cover all clusters, but only the costliest clusters are stored. */
#ifndef NDUP_REPORT_H
#define NDUP_REPORT_H

#include "base/platform.h"
#include "neardup_run.h"

struct ndup_report_model; /* one thread at a time */

struct ndup_report_options {
    bool by_group;     /* sources are the values of the run's group field, else its files */
    uint64_t clusters; /* stored of each level, the costliest; 0: NDUP_REPORT_CLUSTERS */
    uint64_t members;  /* stored of each of these, the lowest scores; 0: NDUP_REPORT_MEMBERS */
};

/* A page with these limits is about 15 MB; tests/page/measure.py prints how long a browser takes to open it. */
#define NDUP_REPORT_CLUSTERS 10000
/* A person looks at the members with the lowest scores; 50 of them decide whether a cluster is right. */
#define NDUP_REPORT_MEMBERS 50
/* In all clusters of a level together: about 150 bytes each in the page, so about 9 MB. */
#define NDUP_REPORT_ALL_MEMBERS 60000
/* Of texts and differences in all: 6 MB keep the page small enough to attach to a mail or a CI job. */
#define NDUP_REPORT_TEXT_BYTES ((size_t)6 << 20)
/* Of texts that are in memory at the same time, to be compared. */
#define NDUP_REPORT_READ_BYTES ((uint64_t)256 << 20)

/* What is known about the run besides its clusters. All is borrowed, and NULL if unknown. */
struct ndup_report_run {
    const char *title;
    const neardup_summary *summary;
    const neardup_job_options *options;
    const char *summary_json; /* summary.json, verbatim */
    const char *command;      /* JSON array */
    bool csv_removed;      /* CSV has one row per removed unit, with its keeper, instead of one per unit of a cluster */
    bool csv_bom;          /* CSV begins with a byte order mark */
    const char *text_note; /* why the report has no texts; NULL: it has */
    bool redecided;        /* at a stricter threshold than that of the run: */
    double redecided_at;
    double redecided_from;    /* with options */
    uint64_t redecided_freed; /* with a summary: units that the run removed and that are now kept */
    /* Calls back with all clusters again, for formats that list all. NULL: they list the stored ones only. */
    neardup_status (*replay)(void *context, const neardup_callbacks *callbacks, neardup_error *err);
    void *replay_context;
};

/* *out is owned by the caller (ndup_report_destroy), NULL on failure. */
neardup_status ndup_report_create(struct ndup_report_model **out, const struct ndup_report_options *options,
                                  neardup_error *err) NDUP_MUST_CHECK;
/* A neardup_callbacks.cluster whose context is the report. Copies what it needs; false: no memory. */
bool ndup_report_add_cluster(void *report, const neardup_cluster *cluster);
/* Call after the last cluster: sorts the stored clusters and shares the budget for members among them. */
void ndup_report_settle(struct ndup_report_model *report);

/* Reads the texts of stored clusters through `read` (neardup_job_run_read or the like), the costliest clusters
 * first, within the limits, and compares members with keepers. Requires run->options. */
typedef neardup_status ndup_report_read_fn(void *context, const neardup_read_options *reading, neardup_error *err);
neardup_status ndup_report_read_texts(struct ndup_report_model *report, const struct ndup_report_run *run,
                                      ndup_report_read_fn *read, void *context, neardup_error *err) NDUP_MUST_CHECK;

struct ndup_report_counts {
    uint64_t clusters, clusters_shown;
    uint64_t wanted, found; /* texts */
    uint64_t changed;       /* texts that are no longer those of the run */
};
struct ndup_report_counts ndup_report_counts(const struct ndup_report_model *report);

/* NULL is fine. */
void ndup_report_destroy(struct ndup_report_model *report);

#endif
