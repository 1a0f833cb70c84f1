/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/report_lines.h"

#include "run/json_write.h"
#include "run/names.h"

#include <inttypes.h>
#include <string.h>

/* ---- places and scores ---- */

/* ,"name":[begin,end] */
static void write_span(struct ndup_buf *buf, const char *name, neardup_span span)
{
    ndup_buf_append_str(buf, ",\"");
    ndup_buf_append_str(buf, name);
    ndup_buf_append_str(buf, "\":[");
    ndup_json_write_u64(buf, span.begin);
    ndup_buf_append_str(buf, ",");
    ndup_json_write_u64(buf, span.end);
    ndup_buf_append_str(buf, "]");
}

/* Where a part stands in its document; it begins without a comma. */
static void write_part(struct ndup_buf *buf, const neardup_ref *ref)
{
    ndup_buf_append_str(buf, ref->unit == NEARDUP_UNIT_LINE ? "\"unit\":\"line\"" : "\"unit\":\"paragraph\"");
    write_span(buf, "bytes", ref->bytes);
    write_span(buf, "characters", ref->characters);
}

/* What stands behind a place. */
enum more { TOKENS = 1, GROUP = 2 };

static void write_more(struct ndup_buf *buf, const neardup_ref *ref, unsigned more)
{
    if ((more & TOKENS) != 0) {
        ndup_buf_append_str(buf, ",\"tokens\":");
        ndup_json_write_u64(buf, ref->tokens);
    }
    if ((more & GROUP) != 0 && ref->group != NULL) {
        ndup_buf_append_str(buf, ",\"group\":");
        ndup_buf_append(buf, ref->group, ref->group_length);
    }
    if (ref->reference)
        ndup_buf_append_str(buf, ",\"reference\":true");
}

static void write_place(struct ndup_buf *buf, const neardup_ref *ref, unsigned more)
{
    if (ref->id != NULL) {
        ndup_buf_append_str(buf, "\"id\":");
        ndup_buf_append(buf, ref->id, ref->id_length);
        ndup_buf_append_str(buf, ",");
    }
    ndup_buf_append_str(buf, "\"file\":");
    ndup_json_write_string(buf, ref->file, strlen(ref->file));
    ndup_buf_append_str(buf, ",\"line\":");
    ndup_json_write_u64(buf, ref->line);
    if (ndup_is_part(ref)) {
        ndup_buf_append_str(buf, ",");
        write_part(buf, ref);
    }
    write_more(buf, ref, more);
}

/* ,"name":{place} or ,"name":null */
static void write_other(struct ndup_buf *buf, const char *name, const neardup_ref *ref, unsigned more)
{
    ndup_buf_append_str(buf, ",\"");
    ndup_buf_append_str(buf, name);
    ndup_buf_append_str(buf, "\":");
    if (ref == NULL || ref->file == NULL) {
        ndup_buf_append_str(buf, "null");
        return;
    }
    ndup_buf_append_str(buf, "{");
    write_place(buf, ref, more);
    ndup_buf_append_str(buf, "}");
}

static void write_score(struct ndup_buf *buf, neardup_reason reason, double jaccard, double containment, int distance)
{
    ndup_buf_append_str(buf, ",\"reason\":\"");
    ndup_buf_append_str(buf, ndup_reason_name(reason));
    ndup_buf_append_str(buf, reason == NEARDUP_EMPTIED     ? "\""
                             : reason == NEARDUP_CONTAINED ? "\",\"containment\":"
                                                           : "\",\"jaccard\":");
    if (reason != NEARDUP_EMPTIED)
        ndup_json_write_score(buf, reason == NEARDUP_CONTAINED ? containment : jaccard);
    if (distance == NEARDUP_NO_DISTANCE)
        return;
    ndup_buf_append_str(buf, ",\"distance\":");
    ndup_json_write_u64(buf, (uint64_t)distance);
}

/* ---- lines ---- */

/* Behind the place: why it goes, what is cut, what stays instead. */
static void write_verdict(struct ndup_buf *buf, const neardup_decision *d, unsigned more)
{
    write_score(buf, d->reason, d->jaccard, d->containment, d->distance);
    if (ndup_is_part(&d->document))
        write_span(buf, "cut", d->cut);
    write_other(buf, "keeper", &d->keeper, more);
}

void ndup_show_decision(struct ndup_buf *buf, const neardup_decision *d, uint64_t stored)
{
    ndup_buf_append_str(buf, "{");
    write_place(buf, &d->document, TOKENS | GROUP);
    write_verdict(buf, d, TOKENS | GROUP);
    if (d->reason != NEARDUP_EMPTIED) {
        ndup_buf_append_str(buf, ",\"cluster\":");
        ndup_json_write_u64(buf, d->cluster);
        ndup_buf_append_str(buf, ",\"stored_bytes\":");
        ndup_json_write_u64(buf, stored);
    }
    ndup_buf_append_str(buf, "}\n");
}

void ndup_show_note(struct ndup_buf *buf, const neardup_decision *decisions, size_t count)
{
    ndup_buf_append_str(buf, "[");
    for (size_t i = 0; i < count; i++) {
        ndup_buf_append_str(buf, i == 0 ? "{" : ",{");
        write_part(buf, &decisions[i].document);
        write_verdict(buf, &decisions[i], 0);
        ndup_buf_append_str(buf, "}");
    }
    ndup_buf_append_str(buf, "]");
}

void ndup_show_pair(struct ndup_buf *buf, const neardup_pair *pair)
{
    ndup_buf_append_str(buf, "{\"a\":{");
    write_place(buf, &pair->a, 0);
    ndup_buf_append_str(buf, "}");
    write_other(buf, "b", &pair->b, 0);
    write_score(buf, pair->reason, pair->jaccard, 0, pair->distance);
    ndup_buf_append_str(buf, "}\n");
}

/* ,"name":{side of a pair} or, as the first member of an object, without the comma */
static void write_side(struct ndup_buf *buf, const char *before, const neardup_ref *ref, struct ndup_show_side side)
{
    ndup_buf_append_str(buf, before);
    write_place(buf, ref, TOKENS | GROUP);
    ndup_buf_printf(buf, ",\"index\":%" PRIu64, ref->index);
    if (ndup_is_part(ref))
        ndup_buf_printf(buf, ",\"document\":%" PRIu64, ref->document);
    ndup_buf_printf(buf, ",\"order\":%" PRIu64 "%s,\"stored_bytes\":%" PRIu64 "}", ref->order,
                    side.leads ? ",\"leads\":true" : "", side.stored);
}

void ndup_show_recorded_pair(struct ndup_buf *buf, const neardup_pair *pair, struct ndup_show_side a,
                             struct ndup_show_side b)
{
    write_side(buf, "{\"a\":{", &pair->a, a);
    write_side(buf, ",\"b\":{", &pair->b, b);
    ndup_buf_printf(buf, ",\"reason\":\"%s\",\"jaccard\":", ndup_reason_name(pair->reason));
    ndup_json_write_double(buf, pair->jaccard);
    if (pair->distance != NEARDUP_NO_DISTANCE)
        ndup_buf_printf(buf, ",\"distance\":%d", pair->distance);
    ndup_buf_append_str(buf, "}\n");
}

void ndup_show_cluster_begin(struct ndup_buf *buf, const neardup_cluster *cluster)
{
    ndup_buf_printf(buf, "{\"cluster\":%" PRIu64 ",\"size\":%" PRIu64, cluster->number, ndup_cluster_size(cluster));
    if (ndup_is_part(&cluster->keeper))
        ndup_buf_printf(buf, ",\"unit\":\"%s\",\"documents\":%" PRIu64, ndup_unit_name(cluster->keeper.unit),
                        cluster->documents);
    ndup_buf_printf(buf, ",\"tokens\":%" PRIu64 "%s", cluster->tokens,
                    cluster->boilerplate ? ",\"boilerplate\":true" : "");
    if (cluster->component != cluster->number)
        ndup_buf_printf(buf, ",\"component\":%" PRIu64, cluster->component);
    write_other(buf, "keeper", cluster->all_go ? NULL : &cluster->keeper, TOKENS | GROUP);
    if (cluster->all_go)
        write_other(buf, "first", &cluster->keeper, TOKENS | GROUP);
    ndup_buf_append_str(buf, ",\"members\":[");
}

void ndup_show_cluster_member(struct ndup_buf *buf, const neardup_member *member, bool first)
{
    ndup_buf_append_str(buf, first ? "{" : ",{");
    write_place(buf, &member->document, TOKENS | GROUP);
    write_score(buf, member->reason, member->jaccard, member->containment, member->distance);
    ndup_buf_append_str(buf, "}");
}

void ndup_show_cluster_end(struct ndup_buf *buf)
{
    ndup_buf_append_str(buf, "]}\n");
}

void ndup_show_group(struct ndup_buf *buf, const neardup_group_repeat *repeat)
{
    ndup_buf_append_str(buf, "{\"group\":");
    ndup_buf_append(buf, repeat->group, repeat->group_length);
    ndup_buf_printf(buf, ",\"group_documents\":%" PRIu64 ",\"documents\":%" PRIu64 ",\"cluster\":%" PRIu64,
                    repeat->group_documents, repeat->documents, repeat->cluster);
    write_other(buf, "first", &repeat->first, 0);
    ndup_buf_append_str(buf, "}\n");
}
