/* SPDX-License-Identifier: MIT
 * A finished run, read from its folder:
 *
 *   replay_open.c      the folder or file, what it was called with
 *   summary.c          summary.json becomes a summary and options
 *   replay_entry.c     places and verdicts out of JSON
 *   replay_lines.c     lines of decisions, pairs and clusters, one after the other
 *   replay_tell.c      the same told to callbacks
 *   redecide*.c        the same at a stricter threshold (redecide.h)
 */
#ifndef NDUP_REPLAY_H
#define NDUP_REPLAY_H

#include "base/buf.h"
#include "base/platform.h"
#include "input/json_value.h"
#include "neardup.h"
#include "run/line_file.h"
#include "run/name_table.h"
#include "run/summary.h"

struct ndup_redecided;

struct neardup_run {
    char *path;                                                       /* as it was given */
    char *clusters_path, *decisions_path, *pairs_path, *summary_path; /* NULL: there is none */
    bool has_summary, has_pairs;
    uint64_t repeated_lines;
    neardup_summary summary, own_summary; /* as it is told, and as it was read */
    neardup_job_options options;
    double own_threshold;
    struct ndup_buf summary_json;  /* with its NUL */
    struct ndup_buf command;       /* the same; empty: unknown */
    const char *directory;         /* in names */
    struct ndup_run_input *inputs; /* their paths are in names */
    size_t input_count, input_capacity;
    struct ndup_name_table names;
    struct ndup_json_reader *json;
    neardup_member *members; /* of the cluster at hand */
    size_t member_capacity;
    struct ndup_redecided *redecided; /* NULL: as the run was */
};

/* ---- replay_entry.c: out of the reader's innermost object; each returns NULL or what is wrong ---- */

struct ndup_replay_place {
    neardup_ref ref;
    bool leads;      /* in pairs: it stands for the copies of its text */
    uint64_t stored; /* bytes that it takes in its file */
    unsigned seen;   /* members */
};

struct ndup_replay_entry { /* a decision or a member of a cluster */
    struct ndup_replay_place own, keeper;
    bool no_keeper; /* it says null */
    neardup_reason reason;
    double jaccard, containment;
    int distance;
    neardup_span cut;
    uint64_t cluster;
    unsigned seen;
};

const char *ndup_replay_wrong(const struct neardup_run *run);
/* The place that the value is, an object. */
const char *ndup_replay_read_place(struct neardup_run *run, const struct ndup_json_value *value,
                                   struct ndup_replay_place *place) NDUP_MUST_CHECK;
/* All members of the object that was entered. */
const char *ndup_replay_read_entry(struct neardup_run *run, struct ndup_replay_entry *entry) NDUP_MUST_CHECK;
const char *ndup_replay_read_score(const struct ndup_json_value *value, double *score) NDUP_MUST_CHECK;
const char *ndup_replay_read_reason(const struct ndup_json_value *value, neardup_reason *reason) NDUP_MUST_CHECK;
const char *ndup_replay_read_distance(const struct ndup_json_value *value, int *distance) NDUP_MUST_CHECK;

/* ---- replay_lines.c: every line as it stands in the file ---- */

/* What they are given is valid during the call. */
typedef neardup_status ndup_replay_visit_decision(void *context, neardup_decision *decision, uint64_t stored,
                                                  neardup_error *err);
typedef neardup_status ndup_replay_visit_cluster(void *context, neardup_cluster *cluster,
                                                 const struct ndup_line_file *file, size_t length, neardup_error *err);
typedef neardup_status ndup_replay_visit_pair(void *context, const neardup_pair *pair,
                                              const struct ndup_replay_place *a, const struct ndup_replay_place *b,
                                              neardup_error *err);

neardup_status ndup_replay_decisions(struct neardup_run *run, ndup_replay_visit_decision *visit, void *context,
                                     neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_replay_clusters(struct neardup_run *run, ndup_replay_visit_cluster *visit, void *context,
                                    neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_replay_pairs(struct neardup_run *run, ndup_replay_visit_pair *visit, void *context,
                                 neardup_error *err) NDUP_MUST_CHECK;
/* A line of clusters. *skipped: it is about a group of documents, as find prints them behind clusters. */
const char *ndup_replay_read_cluster(struct neardup_run *run, const char *text, size_t length, neardup_cluster *cluster,
                                     bool *skipped) NDUP_MUST_CHECK;

/* ---- replay_tell.c ---- */

/* Whether so many lines are what the run counted: a file that was cut off at the end of a line would give wrong answers. */
neardup_status ndup_replay_check_pairs(const struct neardup_run *run, uint64_t found,
                                       neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_replay_check_decisions(const struct neardup_run *run, uint64_t found,
                                           neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_replay_check_clusters(const struct neardup_run *run, uint64_t found,
                                          neardup_error *err) NDUP_MUST_CHECK;

/* ---- at another threshold; see redecide.h ---- */

void ndup_redecided_free(struct ndup_redecided *redecided);

#endif
