/* SPDX-License-Identifier: MIT
 * What explain knows about one document of a finished run: what the run wrote about it (explain_find.c), what its text and
 * those of others say about it (explain_texts.c, explain_near.c); explain_print.c and explain_json.c show it. */
#ifndef NDUP_EXPLAIN_H
#define NDUP_EXPLAIN_H

#include "base/platform.h"
#include "cli/command.h"
#include "neardup.h"

/* A reference that outlives its callback: what it points to is its own. file NULL: none. */
struct ndup_kept_ref {
    neardup_ref ref;
};

bool ndup_kept_ref_copy(struct ndup_kept_ref *to, const neardup_ref *from);
void ndup_kept_ref_free(struct ndup_kept_ref *ref);
bool ndup_same_place(const neardup_ref *a, const neardup_ref *b);

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
    double jaccard, containment;
    int distance;
};

struct ndup_explained_cut {    /* a paragraph or line of the document that was cut */
    neardup_decision decision; /* document and keeper as below */
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
    bool seen; /* the document stands in the corpus, or in what the run wrote */
    enum ndup_explained_fate fate;
    char problem[256]; /* of a record that could not be read */
    bool decided;      /* the run wrote a decision about it: */
    neardup_reason reason;
    double jaccard;
    int distance;
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

/* Finds the document that `asked` names, and all that the run wrote about it. Says what is wrong and returns false if there
 * is none, or if there are several. */
bool ndup_explain_find(struct ndup_explained *x);

/* Fills in what the run wrote about it. Of a text document the text must have been read before, if it can be. */
bool ndup_explain_run(struct ndup_explained *x);

/* Reads the text of the document alone. */
bool ndup_explain_text(struct ndup_explained *x);
/* Reads the texts and compares them. False only if the program must end; what cannot be read is noted in no_texts. */
bool ndup_explain_texts(struct ndup_explained *x);
/* Looks for similar documents, and what became of them. */
bool ndup_explain_search(struct ndup_explained *x);
bool ndup_explain_near_fates(struct ndup_explained *x);

/* A job over the corpus of the run, or over --input. NULL: there is none (no_texts says why), or something is wrong. */
neardup_job *ndup_explain_job(struct ndup_explained *x);
/* Notes a file that could not be read, if it is the first. */
void ndup_explain_unread(const char *file, const char *message, char *out, size_t size);
/* Ends a run of that job: true if it went well, else says why, or notes it in no_texts. */
bool ndup_explain_ended(struct ndup_explained *x, neardup_status status, const neardup_error *err, int caught);

/* What a similar document that stands apart from this one has to do with it, in words. */
void ndup_explain_near_words(const struct ndup_explained *x, const struct ndup_explained_near *near,
                             struct ndup_buf *out);

/* False: no memory. */
bool ndup_explain_print(const struct ndup_explained *x);
bool ndup_explain_json(const struct ndup_explained *x);

#endif
