/* SPDX-License-Identifier: MIT
 * Inside of a report: all that has been collected about each level of a run. The formats read it.
 *
 * A level is what was compared with each other: level 0 is the documents, level 1 the paragraphs or lines. "Unit" is
 * the word for a document, paragraph or line where the code does not know which. */
#ifndef NDUP_REPORT_MODEL_H
#define NDUP_REPORT_MODEL_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup_run.h"
#include "report/report.h"

/* ---- sources: who duplicates whom -------------------------------------------------------------------------------- */

/* Rows of the matrix of sources: 20 columns still fit on a laptop screen. */
#define NDUP_SOURCES_SHOWN 20
/* Number of sources, and of pairs of sources, that are told apart; later ones are counted as "others". A corpus with
 * a file per document has millions of them, and only 20 are shown. At these limits the tables take about 70 MB. */
#define NDUP_SOURCES_MOST      65536
#define NDUP_SOURCE_CELLS_MOST 1048576
#define NDUP_SOURCE_OTHERS     UINT32_MAX /* index of all sources beyond the limit */

struct ndup_report_source { /* a file, folder or group; its name is names.data[name..name + length) */
    size_t name, length;
    uint64_t removed, keeps; /* units removed from it, units removed elsewhere for a keeper in it */
};

struct ndup_source_cell {
    uint32_t removed, keeper; /* indexes, or NDUP_SOURCE_OTHERS */
    uint64_t count;           /* 0: free */
};

struct ndup_report_sources {
    struct ndup_report_source *items;
    size_t count, capacity;
    struct ndup_buf names;
    uint32_t *table; /* open addressing: index + 1 */
    size_t table_size;
    struct ndup_source_cell *cells; /* open addressing */
    size_t cell_count, cells_size;
    bool overflow; /* there are more sources than can be told apart */
};

struct ndup_source_matrix {
    size_t count;                             /* sources that have a row */
    uint32_t shown[NDUP_SOURCES_SHOWN];       /* the most important ones, ordered by removed units, most first */
    uint64_t others;                          /* sources that share the last row */
    bool more;                                /* `others` is a lower bound: not all could be told apart */
    uint64_t removed[NDUP_SOURCES_SHOWN + 1]; /* units; the last is `others` */
    uint64_t cells[NDUP_SOURCES_SHOWN + 1][NDUP_SOURCES_SHOWN + 1]; /* [removed][keeper] */
};

/* Finds the source, and adds it the first time; NDUP_SOURCE_OTHERS if there are too many. False: no memory. */
bool ndup_report_sources_find(struct ndup_report_sources *sources, const char *name, size_t length, uint32_t *index);
/* Counts one removed unit. */
bool ndup_report_sources_add(struct ndup_report_sources *sources, uint32_t removed, uint32_t keeper);
/* False: no memory. */
bool ndup_report_sources_matrix(const struct ndup_report_sources *sources, struct ndup_source_matrix *matrix);
void ndup_report_sources_free(struct ndup_report_sources *sources);

/* ---- top clusters: the costliest ones, copied -------------------------------------------------------------------- */

struct ndup_report_text { /* of a keeper or member; text NULL: unknown */
    char *text;           /* its beginning */
    size_t text_length;
    bool more;  /* the text is longer */
    char *diff; /* against the keeper or first copy, JSON */
    size_t diff_length;
    bool changed; /* it is no longer the text that the run read */
    bool same;    /* byte for byte the text of the keeper or first copy */
};

/* Members of one kind that the copy of their cluster omits. */
struct ndup_omitted_members {
    uint32_t source; /* row of the matrix */
    uint8_t bin;     /* of the histogram; NDUP_SCORE_BINS for a score of 1 */
    neardup_reason reason;
    uint64_t count;
};

struct ndup_top_cluster {    /* one allocation, except for texts */
    neardup_cluster cluster; /* member_count and members are those of the copy, the lowest scores first */
    uint64_t total;          /* members of the cluster itself */
    uint64_t size;
    double low;                           /* lowest score of all members */
    struct ndup_buf title;                /* JSON (term/title.h), of all members */
    struct ndup_report_text *texts;       /* [0] of the keeper, [1 + i] of member i; NULL: none was read */
    struct ndup_omitted_members *omitted; /* NULL: unknown */
    size_t omitted_count;
    size_t keeper_text; /* while texts are read: number of the keeper's, from 1; 0: it is not read */
    size_t bytes;
};

struct ndup_top_clusters {
    struct ndup_top_cluster **items; /* a heap, the cheapest first; once sorted, the costliest first */
    size_t count, capacity;
    size_t bytes;
};

/* Copies the cluster if it is among the `clusters` costliest, with its `members` lowest members. False: no memory. */
bool ndup_top_clusters_offer(struct ndup_top_clusters *set, const neardup_cluster *cluster, uint64_t clusters,
                             uint64_t members);
/* Sorts, costliest first, then by number. Then cuts members so that there are at most `members` in all, with the
 * same limit for every cluster. */
void ndup_top_clusters_sort(struct ndup_top_clusters *set, uint64_t members);
void ndup_top_clusters_free(struct ndup_top_clusters *set);
/* The clusters by number in a malloc-ed array; NULL: no memory. */
struct ndup_top_cluster **ndup_top_clusters_by_number(const struct ndup_top_clusters *set);
/* Binary search in such an array of `count` clusters. NULL: not among them. */
struct ndup_top_cluster *ndup_top_cluster_find(struct ndup_top_cluster **by_number, size_t count, uint64_t number);

struct ndup_member_order {
    double score;
    uint64_t index;
};
/* The members' indexes, the lowest score first, then in input order. malloc-ed; NULL: no memory. */
struct ndup_member_order *ndup_member_order(const neardup_cluster *cluster);
/* Whether the member is the first copy, which a report shows in place of the keeper if a cluster keeps nothing. */
bool ndup_is_first_copy(const neardup_cluster *cluster, const neardup_member *member);
/* Appends the title of the cluster as JSON. False: no memory. */
bool ndup_cluster_title_json(struct ndup_buf *buf, const neardup_cluster *cluster);
/* Cost of the cluster: tokens of its members. */
uint64_t ndup_cluster_tokens(const neardup_cluster *cluster);

/* ---- the report -------------------------------------------------------------------------------------------------- */

#define NDUP_SCORE_BINS   50 /* of 0.02 each: a bar per 0.02 shows the threshold, and 50 bars fit a screen */
#define NDUP_SIZE_BINS    65 /* by bit length */
#define NDUP_LARGEST      20 /* the largest clusters, for warnings */
#define NDUP_REASON_COUNT 5

struct ndup_large_cluster {
    uint64_t number, size;
    bool copies; /* no member has a score below 1 */
};

/* A cluster in the same connected component as an earlier one. */
struct ndup_component_link {
    uint64_t component, number, size;
};

struct ndup_report_level {
    neardup_unit unit; /* 0: no cluster yet */
    uint64_t clusters;
    uint64_t reasons[NDUP_REASON_COUNT]; /* members */
    uint64_t tokens;                     /* of all members */
    uint64_t scores[NDUP_SCORE_BINS];
    uint64_t size_clusters[NDUP_SIZE_BINS], size_units[NDUP_SIZE_BINS];
    struct ndup_report_sources sources; /* files, or groups */
    struct ndup_report_sources folders; /* of the files; shown instead if there are too many files */
    struct ndup_top_clusters top;
    struct ndup_large_cluster largest[NDUP_LARGEST]; /* by size, then number */
    size_t largest_count;
    uint64_t *first_size; /* of cluster i + 1, as long as numbers come without gaps */
    size_t first_count, first_capacity;
    struct ndup_component_link *links;
    size_t link_count, link_capacity;
};

struct ndup_report_model {
    struct ndup_report_options options;
    struct ndup_report_level levels[2]; /* documents; paragraphs or lines */
    bool by_group;
    bool any;                   /* a cluster came */
    struct ndup_buf group_name; /* while a source is looked up */
    uint64_t texts_wanted, texts_found, texts_changed;
};

/* The score that orders members: how sure it is that the member is a duplicate. */
NDUP_INLINE double ndup_member_score(const neardup_member *member)
{
    return member->reason == NEARDUP_CONTAINED ? member->containment : member->jaccard;
}

/* The bar of the histogram that counts a score; the last one includes 1. */
unsigned ndup_score_bin(double score);

/* Units of a level, and how many of them were kept or removed: from the summary, or counted if there is none. */
struct ndup_level_totals {
    bool known; /* there is a summary; without one units, kept, tokens and bytes are 0 */
    uint64_t units, kept, removed;
    uint64_t exact, near, contained, boilerplate;
    uint64_t tokens, removed_tokens, bytes, removed_bytes;
    bool drops_emptied; /* the run dropped documents of which cutting left too little: */
    uint64_t emptied,
        emptied_bytes; /* those documents, and their bytes beyond what was cut; neither kept nor removed */
};
struct ndup_level_totals ndup_level_totals(const struct ndup_report_model *report, size_t which,
                                           const struct ndup_report_run *run);
/* Whether the run compared units of this level at all. */
bool ndup_level_exists(const struct ndup_report_model *report, size_t which, const struct ndup_report_run *run);
neardup_unit ndup_level_unit(const struct ndup_report_model *report, size_t which, const struct ndup_report_run *run);

/* ---- sources of a level ------------------------------------------------------------------------------------------ */

struct ndup_unit_source { /* indexes of a unit's source, and of the folder of its file */
    uint32_t source, folder;
};

/* Finds the source, and adds it the first time. By group, `folder` is unchanged. False: no memory. */
bool ndup_level_find_source(struct ndup_report_model *report, struct ndup_report_level *level, const neardup_ref *ref,
                            struct ndup_unit_source *place);

struct ndup_level_matrix {
    const struct ndup_report_sources *sources; /* of the level: files or groups, or folders */
    bool folders;
    size_t rows; /* including that of the others */
    struct ndup_source_matrix cells;
};
/* False: no memory. */
bool ndup_level_matrix(const struct ndup_report_model *report, const struct ndup_report_level *level,
                       struct ndup_level_matrix *matrix);

/* ---- omitted members --------------------------------------------------------------------------------------------- */

/* Kinds of omitted members that a page lists for a level, the costliest clusters first. About a dozen bytes each:
 * less than a megabyte of the page. */
#define NDUP_OMITTED_MOST 60000

/* Counts, for every top cluster that was cut, its omitted members by source, reason and score, so that the filters
 * of the page find a cluster also by members that the page does not list. Reads the run a second time if any cluster
 * was cut. */
neardup_status ndup_omitted_collect(struct ndup_report_model *report, const struct ndup_report_run *run,
                                    neardup_error *err) NDUP_MUST_CHECK;

/* ---- warnings ---------------------------------------------------------------------------------------------------- */

/* What a reader should know before trusting the report, and what to do about it. */
#define NDUP_WARNINGS_MOST    32
#define NDUP_WARNING_CLUSTERS 20

struct ndup_warning {
    const char *kind;
    char message[512];
    int level;                                /* index as in the report, or -1 */
    uint64_t clusters[NDUP_WARNING_CLUSTERS]; /* numbers */
    size_t cluster_count;
};

struct ndup_warnings {
    struct ndup_warning items[NDUP_WARNINGS_MOST];
    size_t count;
};

void ndup_warnings_collect(struct ndup_report_model *report, const struct ndup_report_run *run,
                           struct ndup_warnings *warnings);

#endif
