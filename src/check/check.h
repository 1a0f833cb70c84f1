/* SPDX-License-Identifier: MIT
 * From the clusters of a run to verdicts and findings. The command makes the runs and passes their callbacks on;
 * nothing here reads the corpus. Memory is bounded by the stored findings, and with a baseline by the contents that
 * repeat. */
#ifndef NDUP_CHECK_H
#define NDUP_CHECK_H

#include "base/platform.h"
#include "run/baseline.h"
#include "check/findings.h"

enum ndup_rate_of { NDUP_RATE_OF_DOCUMENTS, NDUP_RATE_OF_BYTES, NDUP_RATE_OF_TOKENS };

/* Duplicates that are not on the allow list. */
struct ndup_check_counts {
    uint64_t documents, bytes, tokens; /* removed, without those in the reference */
    uint64_t exact;
    uint64_t largest;   /* documents in a cluster */
    uint64_t reference; /* documents that the reference contains */
    uint64_t part_tokens;
    uint64_t known, fresh; /* duplicates that are in the baseline, and that are not */
    uint64_t leaking;      /* documents */
    uint64_t allowed;      /* duplicates and leaks on the allow list */
};

struct ndup_check {
    /* Set by the owner before the first call. */
    struct ndup_limit limits[NDUP_RULE_COUNT];
    enum ndup_rate_of rate_of;
    bool baseline;                  /* there is one: it separates new duplicates from known ones */
    const char *const *split_names; /* with leaks; borrowed */
    size_t split_count;
    uint32_t allow_split; /* references of this split are texts that may repeat; UINT32_MAX: none are */

    struct ndup_contents contents; /* of the baseline, and those found */
    struct ndup_contents allowed;
    struct ndup_contents allowed_clusters; /* with a baseline: members of allowed clusters */
    struct ndup_check_counts counts;
    struct ndup_findings findings[NDUP_RULE_COUNT];
    struct ndup_findings known; /* in the baseline */
    struct ndup_leak_cell *cells;
    uint64_t last_leaking; /* index of the document that leaked last; UINT64_MAX: none */
    uint64_t number;
    bool failed; /* no memory */
};

/* Zeroes it; most: findings to store of each rule. */
void ndup_check_init(struct ndup_check *check, size_t most);

/* Callbacks of a run. summary: of this run, as far as it is known by then. False: no memory (check->failed). */
bool ndup_check_cluster(struct ndup_check *check, const neardup_cluster *cluster, const neardup_summary *summary);
/* Only with a baseline: a near miss is kept, but in another order of the records it might be removed. So it is known
 * or new, too. */
bool ndup_check_near_miss(struct ndup_check *check, const neardup_pair *pair);
bool ndup_check_leak(struct ndup_check *check, const neardup_leak *leak);
/* rule: INVALID or EMPTY. */
bool ndup_check_bad_record(struct ndup_check *check, enum ndup_rule rule, const char *name, const char *path,
                           uint64_t line, const char *message);

struct ndup_check_runs {
    const neardup_summary *main;     /* NULL: no such run */
    const neardup_summary *leaks;    /* NULL: no such run */
    bool apart;                      /* the two read different files */
    const uint64_t *split_documents; /* of the run of leaks */
    const uint64_t *split_short;     /* of these, documents that are compared only as a whole */
    unsigned leak_ngram;
    const neardup_job_options *options;
};

/* Makes the verdicts, and sorts the findings. Moves what it needs out of the check. E_NOMEM; *result is then empty. */
neardup_status ndup_check_finish(struct ndup_check *check, const struct ndup_check_runs *runs,
                                 struct ndup_check_result *result, neardup_error *err) NDUP_MUST_CHECK;

void ndup_check_free(struct ndup_check *check);

#endif
