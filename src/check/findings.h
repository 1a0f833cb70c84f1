/* SPDX-License-Identifier: MIT
 * The result of a check: a verdict for each rule, and findings. verdict.c makes it, the formats in report/ write it.
 * It is plain data that its maker owns; all strings are UTF-8 and NUL-terminated. */
#ifndef NDUP_CHECK_FINDINGS_H
#define NDUP_CHECK_FINDINGS_H

#include "base/platform.h"
#include "neardup_run.h"
#include "term/term.h"

/* ---- rules ------------------------------------------------------------------------------------------------------- */

/* The rules. Their ids ("duplicate-rate") are stable: reports, baselines and config files name them. */
enum ndup_rule {
    NDUP_RULE_DUPLICATE_RATE, /* duplicate-rate: removed share, of documents, bytes or tokens */
    NDUP_RULE_EXACT,          /* exact-duplicates: number or share of documents */
    NDUP_RULE_CLUSTER_SIZE,   /* cluster-size: documents in the largest cluster */
    NDUP_RULE_LEAK,           /* split-leak: documents of a split that another split contains */
    NDUP_RULE_REPETITION,     /* paragraph-repetition: share of tokens in repeated paragraphs */
    NDUP_RULE_NEW,            /* new-duplicates: since the baseline */
    NDUP_RULE_REFERENCE,      /* reference-duplicates: documents that the reference contains */
    NDUP_RULE_INVALID,        /* invalid-records */
    NDUP_RULE_EMPTY,          /* empty-records */
    NDUP_RULE_COUNT
};

struct ndup_rule_info {
    const char *id;      /* "duplicate-rate" */
    const char *name;    /* "DuplicateRate", for SARIF */
    const char *summary; /* "The share of near-duplicates is within its limit." */
    const char *help;    /* what to do about a violation: a few sentences, with commands in backticks */
};
const struct ndup_rule_info *ndup_rule_info(enum ndup_rule rule);

/* ---- limits ------------------------------------------------------------------------------------------------------ */

/* A limit is an amount ("20") or a share of the whole ("1%"). It is never negative, and zero is a limit like any
 * other. */
struct ndup_limit {
    bool given;
    bool percent;
    double value; /* of percent: 0 to 100 */
};

/* False if the text is neither; *limit is then unchanged. Amounts are whole numbers and may have a suffix (50K, 2M).
 * Shares are from 0 to 100 and may have decimals. */
bool ndup_limit_parse(const char *text, struct ndup_limit *limit);

/* Whether `part` of `whole` is above the limit; exactly at the limit is not. A share of nothing is nothing. */
bool ndup_limit_exceeded(const struct ndup_limit *limit, uint64_t part, uint64_t whole);

/* "1 %" or "20" by value, for printf. */
struct ndup_limit_text {
    char text[64];
};
struct ndup_limit_text ndup_limit_show(const struct ndup_limit *limit);

/* ---- the result -------------------------------------------------------------------------------------------------- */

struct ndup_rule_verdict { /* one per rule that was requested, in the order of enum ndup_rule */
    enum ndup_rule rule;
    bool violated;
    struct ndup_limit limit;
    uint64_t part, whole; /* the measure; whole 0: an amount only */
    const char *what;     /* unit of the measure: "documents", "bytes", "tokens", "records" */
    char *message;        /* "duplicates 2.31 % of documents (23 of 996), limit 1 %" */
};

struct ndup_location {
    char *file;  /* path as it was given or found */
    char *name;  /* as find, dedup and explain print it; NULL: file */
    char *shown; /* the path that annotations use if it differs: relative to the working directory; NULL: file */
    uint64_t line;
    char *id;     /* as a person writes it; NULL: none */
    double score; /* similarity to the keeper, or to the source of a leak; 0: this is the keeper or source */
    neardup_reason reason;
    bool numbers_differ; /* from the keeper, and nothing else */
};

enum ndup_finding_level { NDUP_LEVEL_ERROR, NDUP_LEVEL_WARNING, NDUP_LEVEL_NOTE };

struct ndup_finding { /* a cluster, a leaking document, a bad record */
    enum ndup_rule rule;
    unsigned rules;                /* a bit (1 << rule) for each rule that counts it */
    enum ndup_finding_level level; /* ERROR: its rule is violated */
    bool is_new;                   /* not in the baseline; true without a baseline */
    char *message;                 /* "4 near-duplicates of train.jsonl:17 (0.83 to 1)" */
    char fingerprint[33];          /* 32 hexadecimal digits of its content; the same in every run and place */
    /* The first location is the one to annotate: the first new document of a cluster, the document that leaks. */
    struct ndup_location *locations;
    size_t location_count; /* in `locations`; there may have been more */
    uint64_t locations_total;
    uint64_t cost; /* tokens that repeat; findings are ranked by it */
};

struct ndup_leak_cell {
    uint64_t documents;              /* of split `to` that split `from` contains */
    uint64_t exact, near, contained; /* of these */
};

struct ndup_check_result {
    struct ndup_rule_verdict *verdicts;
    size_t verdict_count;
    size_t violated;                /* verdicts */
    struct ndup_finding *findings;  /* errors first, then by cost, then by fingerprint */
    size_t finding_count;           /* in `findings` */
    uint64_t findings_total;        /* found; more than finding_count if the list was capped */
    const neardup_summary *summary; /* of the main run; NULL: only splits were compared */
    uint64_t duplicates;            /* removed documents of the main run, without those allowed or in the reference */
    const neardup_job_options *options;
    char **split_names;
    uint64_t *split_documents;
    uint64_t *split_short; /* of these, documents of fewer than leak_ngram tokens: compared only as a whole */
    unsigned leak_ngram;
    size_t split_count;
    struct ndup_leak_cell *leaks; /* [from * split_count + to]; NULL: no splits */
    bool has_baseline;
    uint64_t baseline_known;   /* duplicates that are in the baseline */
    uint64_t baseline_new;     /* duplicates that are not */
    uint64_t baseline_missing; /* entries of the baseline that match nothing any more */
    uint64_t allowed;          /* duplicates and leaks that the allow list covers */
    bool passed;
    enum ndup_term_when colour; /* of the text report */
};

/* Frees what the result owns, which is all but summary and options, and zeroes it. */
void ndup_check_result_free(struct ndup_check_result *result);

/* ---- paths ------------------------------------------------------------------------------------------------------- */

/* CI services find a file only by its path in the repository, so annotations need that path. Returns the path
 * without ".", "a/.." and doubled slashes, and relative if it is below one of the directories. These are absolute,
 * and relative paths start from the first. Works on names alone and looks nothing up. malloc-ed; NULL: no memory. */
char *ndup_relative_path(const char *path, const char *const *directories, size_t count);

/* Fills in `shown` of all locations. False: no memory. */
bool ndup_relative_places(struct ndup_check_result *result, const char *const *directories, size_t count);

/* ---- the costliest findings -------------------------------------------------------------------------------------- */

struct ndup_ranked_finding {
    struct ndup_finding finding;
    /* While it is not known whether a baseline rule fails: the rule that takes the finding instead. Equal to
     * finding.rule if there is no choice. */
    enum ndup_rule other_rule;
    uint64_t number; /* in the order of discovery; breaks ties */
};

/* The costliest findings of one kind in bounded memory: a heap whose top is the least of them. A heap, because
 * nearly all findings of a large corpus lose against its top in one comparison. */
struct ndup_findings {
    struct ndup_ranked_finding *heap;
    size_t count, capacity;
    size_t most;    /* the bound */
    uint64_t total; /* found */
};

/* Whether a finding of this cost, fingerprint and number would be stored. Ask first: making a finding costs more. */
bool ndup_findings_want(const struct ndup_findings *findings, uint64_t cost, const char *fingerprint, uint64_t number);

/* Takes the finding over, even if it is not stored. Does not change `total`. False: no memory. */
bool ndup_findings_put(struct ndup_findings *findings, struct ndup_ranked_finding *ranked);

/* Negative if a ranks before b: by level, cost, fingerprint, number. For qsort. */
int ndup_ranked_finding_compare(const void *a, const void *b);

void ndup_finding_free(struct ndup_finding *finding);
void ndup_findings_free(struct ndup_findings *findings);

#endif
