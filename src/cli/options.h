/* SPDX-License-Identifier: MIT
 * The options of neardup: the table, and what it is parsed into. */
#ifndef NDUP_OPTIONS_H
#define NDUP_OPTIONS_H

#include "base/platform.h"
#include "check/findings.h"
#include "cli/opt.h"

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
};

enum ndup_help { NDUP_HELP_NONE, NDUP_HELP_SHORT, NDUP_HELP_LONG };
enum ndup_candidates { NDUP_CANDIDATES_LSH, NDUP_CANDIDATES_ALL };
enum ndup_find_format { NDUP_FIND_AUTO, NDUP_FIND_TABLE, NDUP_FIND_JSONL, NDUP_FIND_CSV };
/* In the order of ndup_comparison_format_words (report/formats.h). */
enum ndup_text_format { NDUP_FORMAT_TEXT, NDUP_FORMAT_JSON, NDUP_FORMAT_HTML };

struct ndup_settings {
    int help;         /* enum ndup_help */
    int verbosity;    /* -1, 0, 1 */
    int colour;       /* enum ndup_term_when */
    int tokens;       /* neardup_tokens */
    int candidates;   /* enum ndup_candidates */
    int sketch;       /* neardup_sketch_kind */
    int input_format; /* neardup_input_format */
    int find_format;  /* enum ndup_find_format */
    int text_format;  /* enum ndup_text_format, of compare and plan */
    int method;       /* neardup_method */
    int bits;         /* 0: 64, 1: 128 */
    int weights;      /* neardup_weights */
    int hamming;      /* neardup_hamming */
    int pairs, strict, drop_invalid, drop_empty, force, man;
    /* paragraphs and lines */
    int inside_documents, between_documents, keep_one, drop_emptied, annotate;
    int containment_given, min_tokens_given, often_given, min_remaining_given;
    double containment;
    uint64_t max_copies, min_tokens, short_min_documents, min_remaining;
    const char *unit, *group_field;
    int completion; /* 0, or 1 + shell */
    /* options that belong to one method only, and the threshold, which says more when it is given */
    int keep_given, threshold_given, recall_given, candidates_given, sketch_given, slots_given, bands_given, rows_given,
        seed_given;
    int distance_given, bits_given, weights_given, hamming_given;
    double threshold, recall;
    uint64_t distance;
    uint64_t ngram; /* 0: not given, each unit has its own default */
    uint64_t slots, bands, rows, seed, threads, memory, documents, mean_bytes, limit;
    const char *output, *save, *keep, *text_field, *id_field, *scratch;
    struct ndup_opt_list files_from, reference;
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
};

/* The first leads to the others. */
extern const struct ndup_opt ndup_options_table[];
extern const struct ndup_opt ndup_options_report[]; /* of report and explain */
extern const struct ndup_opt ndup_options_check[];

#endif
