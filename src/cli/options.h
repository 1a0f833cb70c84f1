/* SPDX-License-Identifier: MIT
 * The options of neardup: the table, and what it is parsed into. */
#ifndef NDUP_OPTIONS_H
#define NDUP_OPTIONS_H

#include "base/buf.h"
#include "base/platform.h"
#include "check/findings.h"
#include "cli/opt.h"
#include "neardup_run.h"

enum ndup_command_bit {
    NDUP_CMD_DEDUP = 1,
    NDUP_CMD_FIND = 2,
    NDUP_CMD_COMPARE = 4,
    NDUP_CMD_PLAN = 8,
    NDUP_CMD_VERSION = 16,
    NDUP_CMD_HELP = 32,
    NDUP_CMD_SKETCH = 64,
    NDUP_CMD_REPORT = 128,
    NDUP_CMD_EXPLAIN = 256,
    NDUP_CMD_CHECK = 512,
    NDUP_CMD_SUGGEST = 1024,
};

enum ndup_help { NDUP_HELP_NONE, NDUP_HELP_SHORT, NDUP_HELP_LONG };
enum ndup_csv_rows { NDUP_CSV_MEMBERS, NDUP_CSV_REMOVED };
enum ndup_find_format { NDUP_FIND_AUTO, NDUP_FIND_TABLE, NDUP_FIND_JSONL, NDUP_FIND_CSV };
enum ndup_text_format { NDUP_FORMAT_TEXT, NDUP_FORMAT_JSON, NDUP_FORMAT_HTML };

struct ndup_settings {
    /* Most options are fields of a job, and are parsed into it. inside_documents and between_documents are false unless they are given. */
    neardup_job_options job;
    int threshold_given, keep_given, min_remaining_given;
    uint64_t ngram;   /* 0: not given, each unit has its own default */
    const char *keep; /* becomes job.keep and job.keep_field */
    int bits;         /* 0: 64, 1: 128 */
    int keep_marks, keep_case;
    int preset; /* 0: none, else 1 + the number of neardup_preset_at */

    int help;       /* enum ndup_help */
    int verbosity;  /* -1, 0, 1 */
    int colour;     /* enum ndup_term_when */
    int man;        /* help: print the man page */
    int completion; /* help: 0, or 1 + shell */

    int find_format; /* enum ndup_find_format */
    int csv_rows;    /* enum ndup_csv_rows */
    int csv_bom;
    int text_format; /* enum ndup_text_format, of compare, plan and explain */
    int pairs, force, audit;
    uint64_t audit_sample;
    const char *output, *save;
    uint64_t documents, mean_bytes, limit;
    struct ndup_opt_list files_from, reference, include, exclude, pre_globs;
    /* report and explain */
    int report_format; /* index in ndup_run_format_words: 0 is auto, 1 + i is ndup_run_formats[i] */
    int no_text;
    uint64_t clusters;
    struct ndup_opt_list inputs;
    /* check */
    struct ndup_limit limits[NDUP_RULE_COUNT];
    int rate_of; /* enum ndup_rate_of */
    int update_baseline, no_config, print_config, exit_zero;
    const char *baseline, *config;
    double leak_containment;
    uint64_t leak_ngram, max_findings;
    struct ndup_opt_list splits, allow, allow_texts, reports, more_reports;
    /* suggest */
    uint64_t sample;
    const char *review, *judged;
    double precision;
};

extern const struct ndup_opt ndup_options_table[];

/* The defaults: of the library for what is a field of a job, of the table for the rest. Release with ndup_opt_free. */
void ndup_options_init(struct ndup_settings *settings);

/* Appends a message of the library, which names fields of neardup_job_options in backticks: `text_field` becomes
 * --text-field. */
void ndup_options_name_fields(struct ndup_buf *to, const char *message, size_t length);

#endif
