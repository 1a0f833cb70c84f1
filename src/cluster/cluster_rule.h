/* SPDX-License-Identifier: MIT
 * What is removed of a cluster of paragraphs or lines. Of documents the keeper is kept and all others are removed; short or
 * frequent paragraphs are judged as a cluster. */
#ifndef NDUP_CLUSTER_RULE_H
#define NDUP_CLUSTER_RULE_H

#include "base/platform.h"
#include "neardup_run.h"

enum ndup_cluster_rule {
    NDUP_RULE_FIRST_COPY,       /* the first copy is kept */
    NDUP_RULE_ONE_PER_DOCUMENT, /* in at most max_copies documents: every document keeps one copy */
    NDUP_RULE_KEEP_ALL,         /* short, and in few documents */
    NDUP_RULE_BOILERPLATE,      /* from here on: in more than max_copies documents */
    NDUP_RULE_KEEP_ONE = NDUP_RULE_BOILERPLATE,
    NDUP_RULE_REMOVE_ALL,
};

/* tokens: of the keeper, which is in a reference or not; documents: those with a copy. */
NDUP_INLINE enum ndup_cluster_rule ndup_choose_cluster_rule(const neardup_job_options *o, bool reference,
                                                            uint64_t tokens, uint64_t documents)
{
    if (o->max_copies > 0 && documents > o->max_copies)
        return o->keep_one || reference ? NDUP_RULE_KEEP_ONE : NDUP_RULE_REMOVE_ALL;
    if (tokens < o->min_tokens &&
        (o->max_copies > 0 || o->short_min_documents == 0 || documents < o->short_min_documents))
        return NDUP_RULE_KEEP_ALL;
    return o->max_copies > 0 ? NDUP_RULE_ONE_PER_DOCUMENT : NDUP_RULE_FIRST_COPY;
}

#endif
