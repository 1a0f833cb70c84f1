/* SPDX-License-Identifier: MIT
 * What a check found: a verdict for each rule, and findings. Made by check.c, written by the reporters (report_*.c). Plain data,
 * owned by whoever made it; all strings are UTF-8 and NUL-terminated. */
#ifndef NDUP_CHECK_RESULT_H
#define NDUP_CHECK_RESULT_H

#include "base/platform.h"
#include "neardup.h"
#include "term/term.h"

/* The rules. Their ids ("duplicate-rate") are stable: reports, baselines and config files name them. */
enum ndup_rule {
    NDUP_RULE_DUPLICATE_RATE, /* duplicate-rate: removed share, of documents, bytes or tokens */
    NDUP_RULE_EXACT,          /* exact-duplicates: number or share of documents */
    NDUP_RULE_CLUSTER_SIZE,   /* cluster-size: documents in the largest cluster */
    NDUP_RULE_LEAK,           /* split-leak: documents of a split that stand in another one */
    NDUP_RULE_REPETITION,     /* paragraph-repetition: share of tokens in repeated paragraphs */
    NDUP_RULE_NEW,            /* new-duplicates: since the baseline */
    NDUP_RULE_REFERENCE,      /* reference-duplicates: documents that stand in the reference */
    NDUP_RULE_INVALID,        /* invalid-records */
    NDUP_RULE_EMPTY,          /* empty-records */
    NDUP_RULE_COUNT
};

struct ndup_rule_info {
    const char *id;      /* "duplicate-rate" */
    const char *name;    /* "DuplicateRate", for SARIF */
    const char *summary; /* "The share of near-duplicates is within its limit." */
    const char *help;    /* what to do about it, a few sentences, with commands in backticks */
};
const struct ndup_rule_info *ndup_rule_info(enum ndup_rule rule);

/* A limit: an amount, or a share of the whole. */
struct ndup_limit {
    bool given;
    bool percent;
    double value; /* of percent: 0 to 100 */
};

struct ndup_verdict { /* one a rule that was asked for, in the order of enum ndup_rule */
    enum ndup_rule rule;
    bool violated;
    struct ndup_limit limit;
    uint64_t part, whole; /* what was measured; whole 0: an amount only */
    const char *what;     /* of what: "documents", "bytes", "tokens", "records" */
    char *message;        /* "duplicate rate 2.31 % of documents (23 of 996), limit 1 %" */
};

struct ndup_location {
    char *file;  /* path as it was given or found */
    char *shown; /* for annotations, where it is another one: relative to the working directory; NULL: file */
    uint64_t line;
    char *id;     /* as a person writes it; NULL: none */
    double score; /* to the one that is kept, or that a leak stands in; 0: it is that one */
    neardup_reason reason;
};

enum ndup_level_of { NDUP_LEVEL_ERROR, NDUP_LEVEL_WARNING, NDUP_LEVEL_NOTE };

struct ndup_finding { /* a cluster, a leaking text, a bad record */
    enum ndup_rule rule;
    unsigned rules;           /* a bit (1 << rule) for each that it counts for, its own or not */
    enum ndup_level_of level; /* ERROR: it belongs to a rule that is violated */
    bool is_new;              /* not in the baseline; true without one */
    char *message;            /* "4 near-duplicates of train.jsonl:17 (0.83 to 1)" */
    char fingerprint[33];     /* 32 hexadecimal digits of its content; the same in every run and place */
    struct ndup_location
        *locations;        /* the first is where it is annotated: of a cluster the first that is new, of a leak the
                                        text that leaks */
    size_t location_count; /* in `locations`; there may have been more */
    uint64_t locations_total;
    uint64_t cost; /* tokens that repeat; by this they are ranked */
};

struct ndup_leak_cell {
    uint64_t documents;              /* of split `to` that stand in split `from` */
    uint64_t exact, near, contained; /* of these */
};

struct ndup_check_result {
    struct ndup_verdict *verdicts;
    size_t verdict_count;
    size_t violated;                /* of them */
    struct ndup_finding *findings;  /* errors first, then by cost, then by fingerprint */
    size_t finding_count;           /* kept */
    uint64_t findings_total;        /* found; above finding_count: the rest was capped */
    const neardup_summary *summary; /* of the main run; NULL: only splits were compared */
    uint64_t
        duplicates; /* documents of the main run that repeat another one and are neither allowed nor in the reference */
    const neardup_job_options *options;
    char **split_names;
    uint64_t *split_documents;
    uint64_t *split_short; /* of these, shorter than leak_ngram tokens: looked for as whole documents only */
    unsigned leak_ngram;
    size_t split_count;
    struct ndup_leak_cell *leaks; /* [from * split_count + to]; NULL: no splits */
    bool has_baseline;
    uint64_t baseline_known; /* duplicates that are in the baseline */
    uint64_t baseline_new;   /* that are not */
    uint64_t baseline_gone;  /* entries of the baseline that nothing matches any more */
    uint64_t allowed;        /* duplicates let pass by the allow list */
    bool passed;
    enum ndup_term_when colour; /* of the text report */
};

/* Frees what hangs on it, but for summary and options, and makes it zeros. */
void ndup_check_result_free(struct ndup_check_result *result);

#endif
