/* SPDX-License-Identifier: MIT
 * The lines of decisions.jsonl and clusters.jsonl, of pairs and of groups. doc/outputs.md describes the fields. */
#ifndef NDUP_REPORT_LINES_H
#define NDUP_REPORT_LINES_H

#include "base/buf.h"
#include "neardup.h"

/* Each appends one object and a newline. stored: bytes that the unit takes in its file. */
void ndup_show_decision(struct ndup_buf *buf, const neardup_decision *decision, uint64_t stored);
void ndup_show_pair(struct ndup_buf *buf, const neardup_pair *pair);
/* A line of pairs.jsonl: all that deciding again needs. */
struct ndup_show_side {
    bool leads;      /* of the copies of its text it is the one that is kept, if any is */
    uint64_t stored; /* as above */
};
void ndup_show_recorded_pair(struct ndup_buf *buf, const neardup_pair *pair, struct ndup_show_side a,
                             struct ndup_show_side b);

/* What --annotate puts into a record: an array of objects, one for each of its parts that would be cut, without the place
 * of the record itself. */
void ndup_show_note(struct ndup_buf *buf, const neardup_decision *decisions, size_t count);

/* A cluster in pieces, since it can have millions of members. */
void ndup_show_cluster_begin(struct ndup_buf *buf, const neardup_cluster *cluster);
void ndup_show_cluster_member(struct ndup_buf *buf, const neardup_member *member, bool first);
void ndup_show_cluster_end(struct ndup_buf *buf);

/* What stands on most pages of a group. */
void ndup_show_group(struct ndup_buf *buf, const neardup_group_repeat *repeat);

#endif
