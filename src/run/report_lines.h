/* SPDX-License-Identifier: MIT
 * Earlier names of run/record.h; use that. */
#ifndef NDUP_REPORT_LINES_H
#define NDUP_REPORT_LINES_H

#include "base/platform.h"
#include "run/record.h"

#define ndup_show_decision      ndup_record_decision
#define ndup_show_pair          ndup_record_pair
#define ndup_show_side          ndup_record_side
#define ndup_show_recorded_pair ndup_record_full_pair
#define ndup_show_group         ndup_record_group_repeat

NDUP_INLINE void ndup_show_note(struct ndup_buf *buf, const neardup_decision *decisions, size_t count)
{
    struct ndup_json_writer json;
    ndup_json_begin(&json, buf);
    ndup_record_annotation(&json, NULL, decisions, count);
}

NDUP_INLINE void ndup_show_cluster_begin(struct ndup_buf *buf, const neardup_cluster *cluster)
{
    struct ndup_json_writer json;
    ndup_record_begin_cluster(&json, buf, cluster);
}

NDUP_INLINE void ndup_show_cluster_member(struct ndup_buf *buf, const neardup_member *member, bool first)
{
    struct ndup_json_writer json = {buf, 2, {{NDUP_JSON_COMPACT, '}', true}, {NDUP_JSON_COMPACT, ']', !first}}};
    ndup_record_member(&json, member);
}

NDUP_INLINE void ndup_show_cluster_end(struct ndup_buf *buf)
{
    ndup_buf_append_str(buf, "]}\n");
}

#endif
