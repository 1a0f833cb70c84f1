/* SPDX-License-Identifier: MIT
 * A finished run, read from its folder: opening it and reading its lines (open.c), its summary (summary.c), reporting it
 * to callbacks (replay.c), and the same at a stricter threshold (rethreshold.c). */
#ifndef NDUP_RUN_OPEN_H
#define NDUP_RUN_OPEN_H

#include "base/buf.h"
#include "base/platform.h"
#include "input/json_value.h"
#include "neardup_run.h"

/* summary.json: one table of fields writes it and reads it. doc/outputs.md describes the fields. */
struct ndup_run_input {
    const char *path; /* as it was given */
    bool reference;
};

struct ndup_run_record { /* everything that summary.json holds */
    const neardup_summary *summary;
    const neardup_job_options *options;
    const char *directory; /* in which it ran; NULL: unknown */
    const char *root;      /* the folder that the names of the inputs begin in; NULL: none of them is a file */
    const struct ndup_run_input *inputs;
    size_t input_count;
    uint64_t repeated_lines; /* of paragraphs; written with pairs only */
};

/* A number that identifies the folders of the inputs on this machine: a hash of their inodes and of the times when they were made.
 * Only who could look at these folders knows it, so that a summary with the right number was written here, and one that names
 * files of a machine that its author has not seen cannot have it. Entries of the folders may change. directory: for relative
 * paths; NULL: the current one. Where the file system does not record when a folder was made, it holds until the machine is
 * started again. 0: not known. */
uint64_t ndup_inputs_origin(const struct ndup_run_input *inputs, size_t count, const char *directory);

/* Everything but the "run" section is the same for every thread count, instruction set and memory budget. */
void ndup_summary_write(struct ndup_buf *buf, const struct ndup_run_record *record);

struct neardup_run;

/* Fills summary, options, inputs, directory and command of the run from run->summary_json. */
neardup_status ndup_summary_read(struct neardup_run *run, neardup_error *err) NDUP_MUST_CHECK;

/* A run decided again at a stricter threshold, from the pairs that it recorded. */
struct ndup_redecided;

/* Reports pairs, decisions and clusters as they are at the new threshold. */
neardup_status ndup_redecided_report(struct neardup_run *run, const struct ndup_redecided *redecided,
                                     const neardup_callbacks *callbacks, neardup_error *err) NDUP_MUST_CHECK;
void ndup_redecided_free(struct ndup_redecided *redecided);

/* Names of files and the like, each kept once: NUL-terminated, until the table is freed. */
struct ndup_name_table {
    struct ndup_kept_name {
        char *raw; /* as in the file, followed by the name */
        size_t raw_length, name_at;
        uint64_t hash;
    } * slots; /* open addressing; raw NULL: free */
    size_t size, count;
};

/* *name becomes the text of a JSON string. NULL or what is wrong. A NUL in the text ends it. */
const char *ndup_name_table_add(struct ndup_name_table *table, const struct ndup_json_value *value,
                                const char **name) NDUP_MUST_CHECK;

struct neardup_run {
    char *path;                                                       /* as it was given */
    char *clusters_path, *decisions_path, *pairs_path, *summary_path; /* NULL: there is none */
    bool has_summary, has_pairs;
    uint64_t repeated_lines;
    uint64_t inputs_origin;               /* 0: unknown */
    neardup_summary summary, own_summary; /* as it is reported, and as it was read */
    neardup_job_options options;
    double own_threshold;
    struct ndup_buf summary_json; /* with its NUL */
    struct ndup_buf command;      /* the same; empty: unknown */
    const char *directory, *root; /* in names */
    const char *pre; /* the command that made texts, as the run says: only shown, and never run. NULL: none */
    struct ndup_run_input *inputs; /* their paths are in names */
    size_t input_count, input_capacity;
    struct ndup_name_table names;
    struct ndup_json_reader *json;
    neardup_member *members; /* of the current cluster */
    size_t member_capacity;
    neardup_span *kept; /* of the current decision */
    size_t kept_capacity;
    struct ndup_redecided *redecided; /* NULL: as the run was */
};

/* ---- lines ---- */

struct ndup_line_file; /* the file that is read */

struct ndup_replay_place {
    neardup_ref ref;
    bool leads;      /* in pairs: of the copies of its text it is the one that is kept, if any is */
    uint64_t stored; /* bytes that it takes in its file */
    unsigned seen;   /* members */
};

/* What is wrong with the current JSON: a phrase, "out of memory" for that. */
const char *ndup_replay_wrong(const struct neardup_run *run);
/* Every line, as it is in the file. */
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
/* Whether this is the number of lines that the run counted: a file that was cut off at the end of a line would give wrong
 * answers. */
neardup_status ndup_replay_check_pairs(const struct neardup_run *run, uint64_t found,
                                       neardup_error *err) NDUP_MUST_CHECK;

#endif
