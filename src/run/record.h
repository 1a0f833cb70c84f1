/* SPDX-License-Identifier: MIT
 * The records of a result: places, members, clusters, decisions and pairs, each as JSON and as CSV. This is the one writer
 * of each: decisions.jsonl, clusters.jsonl, pairs.jsonl, what `find` and `explain` print, and the data of reports.
 * doc/outputs.md describes the fields.
 *
 * Pieces take a JSON or CSV writer and add to it, so that an output can put members of its own next to them; lines append one
 * object and a newline to a buffer. */
#ifndef NDUP_RECORD_H
#define NDUP_RECORD_H

#include "neardup_run.h"
#include "run/csv_write.h"
#include "run/json_write.h"

/* ---- pieces of JSON ---- */

/* What a place has besides id, file, line, of a paragraph or line its ranges, and "reference" if it is one. */
enum ndup_place_members {
    NDUP_PLACE_UNIT = 1,            /* "unit" of a paragraph or line */
    NDUP_PLACE_TOKENS = 2,          /* "tokens" */
    NDUP_PLACE_TOKENS_IF_KNOWN = 4, /* "tokens" unless 0 */
    NDUP_PLACE_GROUP = 8,           /* "group", if it has one */
    NDUP_PLACE_STRICT = 16,         /* id and group are strict JSON (ndup_json_add_value) */
};

/* key: {"id":...,"file":...,"line":..., and `members`, left open for more members. */
void ndup_record_open_place(struct ndup_json_writer *json, const char *key, const neardup_ref *ref, unsigned members);
/* key: the same, closed; null if ref is NULL or has no file. */
void ndup_record_place(struct ndup_json_writer *json, const char *key, const neardup_ref *ref, unsigned members);
struct ndup_record_score { /* of a decision, member or pair */
    neardup_reason reason;
    double jaccard, containment, keeper_containment;
    int distance;
    bool numbers_differ;
};

/* "reason", then "jaccard" or "containment" if the reason has one, then "distance" if there is one, and "numbers_differ" if it
 * is true. A contained document has both shares, and "keeper_containment". */
void ndup_record_score(struct ndup_json_writer *json, const struct ndup_record_score *score);
void ndup_record_span(struct ndup_json_writer *json, const char *key, neardup_span span);
/* An array of ranges; nothing if there are none. */
void ndup_record_spans(struct ndup_json_writer *json, const char *key, const neardup_span *spans, size_t count);
/* An array of objects, one for each part of a document that would be removed, without the place of the document: what
 * `annotate` puts into a record. */
void ndup_record_annotation(struct ndup_json_writer *json, const char *key, const neardup_decision *decisions,
                            size_t count);

/* ---- lines of JSON ---- */

/* stored: bytes that the unit takes in its file */
void ndup_record_decision(struct ndup_buf *buf, const neardup_decision *decision, uint64_t stored);
void ndup_record_pair(struct ndup_buf *buf, const neardup_pair *pair);
void ndup_record_group_repeat(struct ndup_buf *buf, const neardup_group_repeat *repeat);

/* A line of pairs.jsonl: everything that deciding again needs. */
struct ndup_record_side {
    bool leads;      /* of the copies of its text it is the one that is kept, if any is */
    uint64_t stored; /* as above */
};
void ndup_record_full_pair(struct ndup_buf *buf, const neardup_pair *pair, struct ndup_record_side a,
                           struct ndup_record_side b);

/* A cluster in pieces, since it can have millions of members: begin, every member, end. The buffer may be emptied between
 * them. */
void ndup_record_begin_cluster(struct ndup_json_writer *json, struct ndup_buf *buf, const neardup_cluster *cluster);
void ndup_record_member(struct ndup_json_writer *json, const neardup_member *member);
void ndup_record_end_cluster(struct ndup_json_writer *json);

/* ---- CSV ---- */

struct ndup_csv_columns { /* besides the usual ones */
    bool parts;           /* the run looks at paragraphs or lines */
    bool distance;        /* it uses SimHash */
    bool contained;       /* it looks for documents that longer ones contain */
    bool removed;         /* instead of all these, one row per removed document */
    bool bom;             /* the file begins with a byte order mark */
};

/* Pieces of a row. */
void ndup_csv_add_place(struct ndup_csv_writer *csv, const neardup_ref *ref); /* id, file, line */
void ndup_csv_add_spans(struct ndup_csv_writer *csv, const neardup_ref *ref); /* 4 fields, empty for documents */
void ndup_csv_add_distance(struct ndup_csv_writer *csv, int distance);        /* empty if there is none */

/* Before a header, so that spreadsheets read the file as UTF-8 and not in the encoding of the machine. */
#define NDUP_CSV_BOM "\xef\xbb\xbf"

/* Whole rows. */
void ndup_record_csv_header(struct ndup_buf *buf, bool pairs, struct ndup_csv_columns columns);
/* member NULL: the keeper */
void ndup_record_csv_member(struct ndup_buf *buf, const neardup_cluster *cluster, const neardup_member *member,
                            struct ndup_csv_columns columns);
void ndup_record_csv_pair(struct ndup_buf *buf, const neardup_pair *pair, struct ndup_csv_columns columns);
/* One row per member, with its keeper beside it. The columns are always the same. */
extern const char ndup_csv_removed_header[];
void ndup_record_csv_removed(struct ndup_buf *buf, const neardup_cluster *cluster, const neardup_member *member);

#endif
