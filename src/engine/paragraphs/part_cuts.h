/* SPDX-License-Identifier: MIT
 * What is cut out of the documents that stay, in bytes of their files. */
#ifndef NDUP_PART_CUTS_H
#define NDUP_PART_CUTS_H

#include "engine/context.h"
#include "output/rewrite.h"

struct ndup_cut_list { /* of a file, ascending */
    struct ndup_cut *cuts;
    size_t count, capacity;
    bool whole; /* the last record goes altogether */
};

/* Adds a range; one that begins where the last one ends makes that longer. */
neardup_status ndup_cut_list_add(struct ndup_cut_list *list, uint64_t begin, uint64_t end,
                                 neardup_error *err) NDUP_MUST_CHECK;
neardup_status ndup_cut_list_add_record(struct ndup_cut_list *list, const struct ndup_row *row,
                                        neardup_error *err) NDUP_MUST_CHECK;
/* Empties it; frees what is to be inserted. */
void ndup_cut_list_clear(struct ndup_cut_list *list);

struct ndup_cutter {                  /* walks the documents in order */
    struct ndup_column_cursor cursor; /* over the parts */
    uint64_t next;                    /* part */
    uint64_t first;                   /* part of the document at hand */
    struct ndup_paragraph_row *rows;  /* its parts */
    size_t count, capacity;
    struct ndup_span *spans, *ranges; /* of those that are no lines of others: where they stand, what is cut */
    bool *gone;
    size_t span_capacity, range_capacity, gone_capacity;
    struct ndup_span *cut; /* [count]: bytes of the text, of each part that goes */
    size_t cut_capacity;
    neardup_decision *decisions; /* for --annotate */
    size_t decision_count, decision_capacity;
    struct ndup_buf ids;
    struct ndup_buf ref_ids[2]; /* of the decision at hand */
    struct ndup_buf lines;      /* decisions told, as lines of the report */
};

/* Tells the decisions on the parts of a document, whose first one the cutter stands at, and adds what is cut
 * to the list (NULL: nothing is written). */
neardup_status ndup_cut_document(neardup_job *job, struct ndup_worker *worker, struct ndup_cutter *cutter,
                                 uint64_t index, const struct ndup_row *row, struct ndup_cut_list *list,
                                 neardup_error *err) NDUP_MUST_CHECK;
void ndup_cutter_free(struct ndup_cutter *cutter);

#endif
