/* SPDX-License-Identifier: MIT
 * What explain knows about one document of a finished run: cmd_explain.c collects it, explain_print.c shows it. */
#ifndef NDUP_EXPLAIN_H
#define NDUP_EXPLAIN_H

#include "base/platform.h"
#include "cli/command.h"
#include "neardup_run.h"

/* A reference that outlives its callback: what it points to is its own. file NULL: none. */
struct ndup_kept_ref {
    neardup_ref ref;
};

/* Releases what was kept before. False: no memory. */
bool ndup_kept_ref_copy(struct ndup_kept_ref *to, const neardup_ref *from);
void ndup_kept_ref_free(struct ndup_kept_ref *ref);
bool ndup_is_same_place(const neardup_ref *a, const neardup_ref *b);

#define NDUP_TYPED_NAMES 5

/* The names that the file at a path may have in the run. */
struct ndup_typed_names {
    char *names[NDUP_TYPED_NAMES]; /* the path as it was typed first: names in reports take precedence */
    size_t count;
    size_t output; /* from here on the path is one in the output folder, and not of an input */
};

/* path: relative to the working directory or to that of the run, absolute, or in the folder of the run; through links or
 * not. False: no memory. Free it in any case. */
bool ndup_typed_names_find(struct ndup_typed_names *names, const neardup_run *run, const char *folder,
                           const char *path);
void ndup_typed_names_free(struct ndup_typed_names *names);

struct ndup_explained_text {
    char *bytes; /* malloc-ed; NULL: not read */
    size_t length;
};

/* Two texts, and what they have in common. */
struct ndup_explained_pair {
    bool known;
    neardup_comparison comparison; /* a: the document, b: its keeper */
    neardup_passage *passages;
    size_t passage_count;
    neardup_segment *segments;
    size_t segment_count;
    uint32_t *bands; /* that met, from 1 */
    size_t band_count;
    int distance;
    bool changed; /* the texts do not have the score that the run wrote down */
};

struct ndup_explained_member { /* of the document's cluster */
    struct ndup_kept_ref document;
    neardup_reason reason;
    double jaccard, containment, keeper_containment;
    int distance;
    bool numbers_differ;
};

struct ndup_explained_cut {    /* a paragraph or line of the document that was cut */
    neardup_decision decision; /* document, keeper and kept as below */
    neardup_span *kept;
    struct ndup_kept_ref part, keeper;
    struct ndup_explained_text text, keeper_text; /* of the paragraphs */
};

struct ndup_explained_near {     /* a document that is similar */
    neardup_neighbour neighbour; /* document as below */
    struct ndup_kept_ref document;
    bool removed;
    struct ndup_kept_ref keeper; /* if it was removed */
};

enum ndup_explained_fate {
    NDUP_EXPLAINED_KEPT,
    NDUP_EXPLAINED_REMOVED,
    NDUP_EXPLAINED_EMPTIED,
    NDUP_EXPLAINED_EMPTY,  /* has no token */
    NDUP_EXPLAINED_INVALID /* is a record that could not be read */
};

struct ndup_explained {
    struct ndup_cli *cli;
    neardup_run *run;
    neardup_job_options options;    /* of the run; the defaults if it does not say */
    const neardup_summary *summary; /* NULL: unknown */
    const char *asked;
    size_t limit; /* of what is listed */

    struct ndup_kept_ref document;
    bool seen; /* the document is in the corpus, or in what the run wrote */
    enum ndup_explained_fate fate;
    char problem[256]; /* of a record that could not be read */
    bool decided;      /* the run wrote a decision about it: */
    neardup_reason reason;
    double jaccard, containment, keeper_containment;
    int distance;
    bool numbers_differ; /* from the keeper, and nothing else */
    struct ndup_kept_ref keeper;
    uint64_t cluster, cluster_size, component; /* cluster 0: none */
    bool is_keeper;                            /* of that cluster */
    struct ndup_explained_member *members;
    size_t member_count, member_capacity; /* held, up to the limit, in the order of the run */
    uint64_t member_total;

    struct ndup_explained_cut *cuts;
    size_t cut_count, cut_capacity; /* held, up to the limit */
    uint64_t cut_total;

    bool texts;         /* the corpus can be read */
    char no_texts[256]; /* why not */
    struct ndup_explained_text text, keeper_text;
    struct ndup_explained_pair pair;
    neardup_plan plan; /* of documents; bands 0: none */

    bool searched;
    uint64_t unread; /* files that the search could not read to their end */
    struct ndup_explained_near *near;
    size_t near_count, near_capacity;
};

/* Print what is known, as text or JSON; return the exit status. */
int ndup_explain_print(const struct ndup_explained *x);
int ndup_explain_json(const struct ndup_explained *x);

#endif
