/* SPDX-License-Identifier: MIT
 * The costliest findings of a kind, in bounded memory: a heap with the least of them on top. */
#ifndef NDUP_CHECK_FINDINGS_H
#define NDUP_CHECK_FINDINGS_H

#include "base/platform.h"
#include "check/result.h"

struct ndup_ranked {
    struct ndup_finding finding;
    enum ndup_rule beside; /* to which it belongs if that of finding is kept; the same: to no other */
    uint64_t number;       /* in which it was found: decides between equals */
};

struct ndup_findings {
    struct ndup_ranked *heap;
    size_t count, capacity;
    size_t most;    /* kept */
    uint64_t total; /* found */
};

/* Whether a finding of this cost, fingerprint and number would be kept. Counts nothing. */
bool ndup_findings_want(const struct ndup_findings *findings, uint64_t cost, const char *fingerprint, uint64_t number);

/* Takes the finding over, also where it is not kept. Does not count it in `total`. False: no memory. */
bool ndup_findings_put(struct ndup_findings *findings, struct ndup_ranked *ranked);

/* Negative if a ranks before b: level, cost, fingerprint, number. For qsort. */
int ndup_ranked_compare(const void *a, const void *b);

void ndup_finding_free(struct ndup_finding *finding);
void ndup_findings_free(struct ndup_findings *findings);

#endif
