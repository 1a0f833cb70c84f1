/* SPDX-License-Identifier: MIT
 * A report about the result of a run: collected from the clusters of a job or of a replay, then written in any format.
 *
 *   ndup_report_create, ndup_report_add_cluster for each cluster, ndup_report_settle,
 *   ndup_report_read_texts (optional), then any of the writers.
 *
 * Memory is bounded: counts and histograms are about all clusters, and only the costliest ones are kept as a whole. */
#ifndef NDUP_REPORT_H
#define NDUP_REPORT_H

#include "base/platform.h"
#include "neardup.h"

#include <stdio.h>

enum ndup_report_format {
    NDUP_REPORT_AUTO, /* what the name of the file says, else HTML */
    NDUP_REPORT_HTML,
    NDUP_REPORT_MARKDOWN,
    NDUP_REPORT_JSON,
    NDUP_REPORT_CSV
};

struct ndup_report; /* one thread at a time */

struct ndup_report_options {
    bool by_group;     /* sources are the values of the run's group field, else its files */
    uint64_t clusters; /* kept of each level, the costliest; 0: NDUP_REPORT_CLUSTERS */
    uint64_t members;  /* kept of each of these, those with the lowest scores; 0: NDUP_REPORT_MEMBERS */
};

#define NDUP_REPORT_CLUSTERS   10000
#define NDUP_REPORT_MEMBERS    50
#define NDUP_REPORT_UNITS      60000                 /* members kept in all clusters of a level */
#define NDUP_REPORT_TEXT_BYTES ((size_t)6 << 20)     /* of texts and differences, in all */
#define NDUP_REPORT_READ_BYTES ((uint64_t)256 << 20) /* of texts that are held in memory to be compared */

/* What is known about the run besides its clusters. All is borrowed, and NULL where it is unknown. */
struct ndup_report_run {
    const char *title;
    const neardup_summary *summary;
    const neardup_job_options *options;
    const char *summary_json; /* summary.json as it stands */
    const char *command;      /* JSON array */
    const char *text_note;    /* why there is no text of the corpus; NULL: there is */
    bool redecided;           /* at a stricter threshold than that of the run: */
    double redecided_at;
    double redecided_from; /* with options */
    bool redecided_exact;
    uint64_t redecided_freed; /* with a summary: units that were removed and now stay */
    /* Tells all clusters again, for formats that hold them all. NULL: only the kept ones are written. */
    neardup_status (*replay)(void *context, const neardup_callbacks *callbacks, neardup_error *err);
    void *replay_context;
};

/* *out is owned by the caller (ndup_report_destroy), NULL on failure. */
neardup_status ndup_report_create(struct ndup_report **out, const struct ndup_report_options *options,
                                  neardup_error *err) NDUP_MUST_CHECK;
/* A neardup_callbacks.cluster whose context is the report. Copies what it needs; false: no memory. */
bool ndup_report_add_cluster(void *report, const neardup_cluster *cluster);
/* All clusters are there: the kept ones are put in order, and the rest of the budget for members is shared out. */
void ndup_report_settle(struct ndup_report *report);

/* Reads the texts of kept clusters through `read` (neardup_job_run_read or the like), the costliest first, as far as the
 * limits allow, and lays members and keepers side by side. run->options must be known. */
typedef neardup_status ndup_report_read_fn(void *context, const neardup_read_options *reading, neardup_error *err);
neardup_status ndup_report_read_texts(struct ndup_report *report, const struct ndup_report_run *run,
                                      ndup_report_read_fn *read, void *context, neardup_error *err) NDUP_MUST_CHECK;

/* What became of the texts, for those who tell it. */
struct ndup_report_told {
    uint64_t clusters, clusters_shown;
    uint64_t wanted, found; /* texts */
    uint64_t changed;       /* texts that are not those of the run any more */
};
struct ndup_report_told ndup_report_told(const struct ndup_report *report);

/* Writers. E_IO with errno if the stream fails (EPIPE: nobody reads it), and what replay fails with. */
neardup_status ndup_report_write_html(struct ndup_report *report, const struct ndup_report_run *run, FILE *out,
                                      neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_report_write_json(struct ndup_report *report, const struct ndup_report_run *run, FILE *out,
                                      neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_report_write_markdown(struct ndup_report *report, const struct ndup_report_run *run, FILE *out,
                                          neardup_error *err) NDUP_MUST_CHECK;
/* Needs run->replay only; *rows gets the number of lines behind the header. */
neardup_status ndup_report_write_csv(const struct ndup_report_run *run, FILE *out, uint64_t *rows,
                                     neardup_error *err) NDUP_MUST_CHECK;

/* NULL is fine. */
void ndup_report_destroy(struct ndup_report *report);

#endif
