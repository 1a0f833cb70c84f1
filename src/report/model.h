/* SPDX-License-Identifier: MIT
 * Inside of a report: what has been collected about each level. */
#ifndef NDUP_REPORT_MODEL_H
#define NDUP_REPORT_MODEL_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"
#include "report/top_clusters.h"
#include "report/report.h"
#include "report/sources.h"

#define NDUP_SCORE_BINS   50 /* of 0.02 each */
#define NDUP_SIZE_BINS    65 /* by bit length */
#define NDUP_LARGEST      20 /* clusters that are named for their size */
#define NDUP_REASON_COUNT 5

struct ndup_big { /* a cluster that may be named for its size */
    uint64_t number, size;
    bool copies; /* no member has a score below 1 */
};

/* A cluster that hangs together with an earlier one. */
struct ndup_link {
    uint64_t component, number, size;
};

struct ndup_report_level { /* documents, or paragraphs or lines */
    neardup_unit unit;     /* 0: no cluster yet */
    uint64_t clusters;
    uint64_t reasons[NDUP_REASON_COUNT]; /* members */
    uint64_t tokens;                     /* of all members */
    uint64_t scores[NDUP_SCORE_BINS];
    uint64_t size_clusters[NDUP_SIZE_BINS], size_units[NDUP_SIZE_BINS];
    struct ndup_sources sources; /* files, or groups */
    struct ndup_sources folders; /* of the files; shown where the files are too many */
    struct ndup_kept_set kept;
    struct ndup_big largest[NDUP_LARGEST]; /* by size, then number */
    size_t largest_count;
    uint64_t *first_size; /* of cluster i + 1; as long as numbers come without gaps */
    size_t first_count, first_capacity;
    struct ndup_link *links;
    size_t link_count, link_capacity;
};

struct ndup_report {
    struct ndup_report_options options;
    struct ndup_report_level levels[2]; /* [1]: paragraphs or lines */
    bool by_group;
    bool any;                   /* a cluster came */
    struct ndup_buf group_name; /* while a source is looked for */
    uint64_t texts_wanted, texts_found, texts_changed;
};

/* Score by which members are put in order: how sure it is that the member is a duplicate. */
NDUP_INLINE double ndup_member_score(const neardup_member *member)
{
    return member->reason == NEARDUP_CONTAINED ? member->containment : member->jaccard;
}

/* Of a score, which bar of the histogram counts it: the last one has 1, too. */
unsigned ndup_score_bin(double score);

/* Units of the level, and how many of them stay or go: as the summary says, or counted if there is none (then units and
 * kept are 0). */
struct ndup_level_totals {
    bool known; /* units, kept, tokens and bytes */
    uint64_t units, kept, removed;
    uint64_t exact, near, contained, boilerplate;
    uint64_t tokens, removed_tokens, bytes, removed_bytes;
    bool drops_emptied;              /* the run was to drop documents of which cutting leaves too little: */
    uint64_t emptied, emptied_bytes; /* those, neither kept nor removed, and bytes beyond what was cut of them */
};
struct ndup_level_totals ndup_level_totals(const struct ndup_report *report, size_t which,
                                           const struct ndup_report_run *run);
/* Whether the run looked at this level at all. */
bool ndup_level_exists(const struct ndup_report *report, size_t which, const struct ndup_report_run *run);
neardup_unit ndup_level_unit(const struct ndup_report *report, size_t which, const struct ndup_report_run *run);

#endif
