/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/record.h"

#include "run/names.h"

#include <string.h>

/* ---- pieces of JSON ---- */

void ndup_record_span(struct ndup_json_writer *json, const char *key, neardup_span span)
{
    ndup_json_add_span(json, key, span.begin, span.end);
}

void ndup_record_spans(struct ndup_json_writer *json, const char *key, const neardup_span *spans, size_t count)
{
    if (count == 0)
        return;
    ndup_json_add_array(json, key, NDUP_JSON_COMPACT);
    for (size_t i = 0; i < count; i++)
        ndup_record_span(json, NULL, spans[i]);
    ndup_json_end(json);
}

static void add_value(struct ndup_json_writer *json, const char *key, const char *raw, size_t length, bool strict)
{
    if (strict)
        ndup_json_add_value(json, key, raw, length);
    else
        ndup_json_add_raw(json, key, raw, length);
}

/* Where a part is in its document. */
static void add_part(struct ndup_json_writer *json, const neardup_ref *ref, bool unit)
{
    if (unit)
        ndup_json_add_string(json, "unit", ndup_unit_name(ref->unit));
    ndup_record_span(json, "bytes", ref->bytes);
    ndup_record_span(json, "characters", ref->characters);
}

/* {"id":...,"file":...,"line":..., and `members`, added to what is open. */
static void place_members(struct ndup_json_writer *json, const neardup_ref *ref, unsigned members)
{
    bool strict = (members & NDUP_PLACE_STRICT) != 0;
    if (ref->id != NULL)
        add_value(json, "id", ref->id, ref->id_length, strict);
    ndup_json_add_bytes(json, "file", ref->file, ref->file != NULL ? strlen(ref->file) : 0);
    ndup_json_add_u64(json, "line", ref->line);
    if (ndup_is_part(ref))
        add_part(json, ref, (members & NDUP_PLACE_UNIT) != 0);
    if ((members & NDUP_PLACE_TOKENS) != 0 || ((members & NDUP_PLACE_TOKENS_IF_KNOWN) != 0 && ref->tokens > 0))
        ndup_json_add_u64(json, "tokens", ref->tokens);
    if ((members & NDUP_PLACE_GROUP) != 0 && ref->group != NULL)
        add_value(json, "group", ref->group, ref->group_length, strict);
    if (ref->reference)
        ndup_json_add_bool(json, "reference", true);
}

void ndup_record_open_place(struct ndup_json_writer *json, const char *key, const neardup_ref *ref, unsigned members)
{
    ndup_json_add_object(json, key, NDUP_JSON_COMPACT);
    place_members(json, ref, members);
}

void ndup_record_place(struct ndup_json_writer *json, const char *key, const neardup_ref *ref, unsigned members)
{
    if (ref == NULL || ref->file == NULL) {
        ndup_json_add_null(json, key);
        return;
    }
    ndup_record_open_place(json, key, ref, members);
    ndup_json_end(json);
}

void ndup_record_score(struct ndup_json_writer *json, const struct ndup_record_score *s)
{
    bool contained = s->reason == NEARDUP_CONTAINED;
    ndup_json_add_string(json, "reason", ndup_reason_name(s->reason));
    if (contained)
        ndup_json_add_score(json, "containment", s->containment);
    if (contained && s->keeper_containment > 0)
        ndup_json_add_score(json, "keeper_containment", s->keeper_containment);
    if (contained ? s->keeper_containment > 0 : s->reason != NEARDUP_EMPTIED)
        ndup_json_add_score(json, "jaccard", s->jaccard);
    if (s->distance != NEARDUP_NO_DISTANCE)
        ndup_json_add_u64(json, "distance", (uint64_t)s->distance);
    if (s->numbers_differ)
        ndup_json_add_bool(json, "numbers_differ", true);
}

/* After the place: why it is removed, what is cut, which copy is kept instead. */
static void add_outcome(struct ndup_json_writer *json, const neardup_decision *d, unsigned members)
{
    ndup_record_score(json, &(struct ndup_record_score){d->reason, d->jaccard, d->containment, d->keeper_containment,
                                                        d->distance, d->numbers_differ});
    if (ndup_is_part(&d->document)) {
        ndup_record_span(json, "cut", d->cut);
        ndup_record_spans(json, "kept", d->kept, d->kept_count);
    }
    ndup_record_place(json, "keeper", &d->keeper, members);
}

void ndup_record_annotation(struct ndup_json_writer *json, const char *key, const neardup_decision *decisions,
                            size_t count)
{
    ndup_json_add_array(json, key, NDUP_JSON_COMPACT);
    for (size_t i = 0; i < count; i++) {
        ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
        add_part(json, &decisions[i].document, true);
        add_outcome(json, &decisions[i], NDUP_PLACE_UNIT);
        ndup_json_end(json);
    }
    ndup_json_end(json);
}

/* ---- lines of JSON ---- */

#define WHOLE_PLACE (NDUP_PLACE_UNIT | NDUP_PLACE_TOKENS | NDUP_PLACE_GROUP)

static void begin_line(struct ndup_json_writer *json, struct ndup_buf *buf)
{
    ndup_json_begin(json, buf);
    ndup_json_add_object(json, NULL, NDUP_JSON_COMPACT);
}

static void end_line(struct ndup_json_writer *json)
{
    ndup_json_end(json);
    ndup_buf_append(json->buf, "\n", 1);
}

void ndup_record_decision(struct ndup_buf *buf, const neardup_decision *d, uint64_t stored)
{
    struct ndup_json_writer json;
    begin_line(&json, buf);
    place_members(&json, &d->document, WHOLE_PLACE);
    add_outcome(&json, d, WHOLE_PLACE);
    if (d->reason != NEARDUP_EMPTIED) {
        ndup_json_add_u64(&json, "cluster", d->cluster);
        ndup_json_add_u64(&json, "stored_bytes", stored);
    }
    if (d->revisits > 0)
        ndup_json_add_u64(&json, "revisits", d->revisits);
    end_line(&json);
}

static void add_pair_score(struct ndup_json_writer *json, const neardup_pair *pair)
{
    ndup_json_add_string(json, "reason", ndup_reason_name(pair->reason));
    ndup_json_add_score(json, "jaccard", pair->jaccard);
    if (pair->reason == NEARDUP_CONTAINED) {
        ndup_json_add_score(json, "a_in_b", pair->a_in_b);
        ndup_json_add_score(json, "b_in_a", pair->b_in_a);
    }
    if (pair->distance != NEARDUP_NO_DISTANCE)
        ndup_json_add_u64(json, "distance", (uint64_t)pair->distance);
    if (pair->numbers_differ)
        ndup_json_add_bool(json, "numbers_differ", true);
}

void ndup_record_pair(struct ndup_buf *buf, const neardup_pair *pair)
{
    struct ndup_json_writer json;
    begin_line(&json, buf);
    ndup_record_place(&json, "a", &pair->a, NDUP_PLACE_UNIT);
    ndup_record_place(&json, "b", &pair->b, NDUP_PLACE_UNIT);
    add_pair_score(&json, pair);
    end_line(&json);
}

static void add_side(struct ndup_json_writer *json, const char *key, const neardup_ref *ref,
                     struct ndup_record_side side)
{
    ndup_record_open_place(json, key, ref, WHOLE_PLACE);
    ndup_json_add_u64(json, "index", ref->index);
    if (ndup_is_part(ref))
        ndup_json_add_u64(json, "document", ref->document);
    ndup_json_add_u64(json, "order", ref->order);
    if (side.leads)
        ndup_json_add_bool(json, "leads", true);
    ndup_json_add_u64(json, "stored_bytes", side.stored);
    ndup_json_end(json);
}

/* The similarity has all its digits, unlike in other lines: a pair at the threshold must be at it when it is read back. */
void ndup_record_full_pair(struct ndup_buf *buf, const neardup_pair *pair, struct ndup_record_side a,
                           struct ndup_record_side b)
{
    struct ndup_json_writer json;
    begin_line(&json, buf);
    add_side(&json, "a", &pair->a, a);
    add_side(&json, "b", &pair->b, b);
    ndup_json_add_string(&json, "reason", ndup_reason_name(pair->reason));
    ndup_json_add_double(&json, "jaccard", pair->jaccard);
    if (pair->reason == NEARDUP_CONTAINED) {
        ndup_json_add_double(&json, "a_in_b", pair->a_in_b);
        ndup_json_add_double(&json, "b_in_a", pair->b_in_a);
    }
    if (pair->distance != NEARDUP_NO_DISTANCE)
        ndup_json_add_u64(&json, "distance", (uint64_t)pair->distance);
    if (pair->numbers_differ)
        ndup_json_add_bool(&json, "numbers_differ", true);
    end_line(&json);
}

void ndup_record_group_repeat(struct ndup_buf *buf, const neardup_group_repeat *repeat)
{
    struct ndup_json_writer json;
    begin_line(&json, buf);
    ndup_json_add_raw(&json, "group", repeat->group, repeat->group_length);
    ndup_json_add_u64(&json, "group_documents", repeat->group_documents);
    ndup_json_add_u64(&json, "documents", repeat->documents);
    ndup_json_add_u64(&json, "cluster", repeat->cluster);
    ndup_record_place(&json, "first", &repeat->first, NDUP_PLACE_UNIT);
    end_line(&json);
}

void ndup_record_begin_cluster(struct ndup_json_writer *json, struct ndup_buf *buf, const neardup_cluster *cluster)
{
    begin_line(json, buf);
    ndup_json_add_u64(json, "cluster", cluster->number);
    ndup_json_add_u64(json, "size", ndup_cluster_size(cluster));
    if (ndup_is_part(&cluster->keeper)) {
        ndup_json_add_string(json, "unit", ndup_unit_name(cluster->keeper.unit));
        ndup_json_add_u64(json, "documents", cluster->documents);
    }
    ndup_json_add_u64(json, "tokens", cluster->tokens);
    if (cluster->boilerplate)
        ndup_json_add_bool(json, "boilerplate", true);
    if (cluster->component != cluster->number)
        ndup_json_add_u64(json, "component", cluster->component);
    ndup_record_place(json, "keeper", cluster->all_removed ? NULL : &cluster->keeper, WHOLE_PLACE);
    if (cluster->all_removed)
        ndup_record_place(json, "first", &cluster->keeper, WHOLE_PLACE);
    ndup_json_add_array(json, "members", NDUP_JSON_COMPACT);
}

void ndup_record_member(struct ndup_json_writer *json, const neardup_member *member)
{
    ndup_record_open_place(json, NULL, &member->document, WHOLE_PLACE);
    ndup_record_score(json, &(struct ndup_record_score){member->reason, member->jaccard, member->containment,
                                                        member->keeper_containment, member->distance,
                                                        member->numbers_differ});
    ndup_json_end(json);
}

void ndup_record_end_cluster(struct ndup_json_writer *json)
{
    ndup_json_end(json);
    end_line(json);
}

/* ---- CSV ---- */

void ndup_csv_add_place(struct ndup_csv_writer *csv, const neardup_ref *ref)
{
    ndup_csv_add_value(csv, ref->id, ref->id_length);
    ndup_csv_add_text(csv, ref->file, strlen(ref->file));
    ndup_csv_add_u64(csv, ref->line);
}

void ndup_csv_add_spans(struct ndup_csv_writer *csv, const neardup_ref *ref)
{
    if (!ndup_is_part(ref)) {
        ndup_csv_add_empty(csv, 4);
        return;
    }
    ndup_csv_add_u64(csv, ref->bytes.begin);
    ndup_csv_add_u64(csv, ref->bytes.end);
    ndup_csv_add_u64(csv, ref->characters.begin);
    ndup_csv_add_u64(csv, ref->characters.end);
}

void ndup_csv_add_distance(struct ndup_csv_writer *csv, int distance)
{
    if (distance == NEARDUP_NO_DISTANCE)
        ndup_csv_add_empty(csv, 1);
    else
        ndup_csv_add_u64(csv, (uint64_t)distance);
}

void ndup_record_csv_header(struct ndup_buf *buf, bool pairs, struct ndup_csv_columns columns)
{
    static const char *const headers[2][2] = {
        {"cluster,size,component,role,reason,jaccard,id,file,line",
         "cluster,size,component,role,reason,jaccard,id,file,line,unit,documents,tokens,boilerplate,containment,"
         "byte_begin,byte_end,character_begin,character_end"},
        {"a_id,a_file,a_line,b_id,b_file,b_line,reason,jaccard",
         "a_id,a_file,a_line,b_id,b_file,b_line,reason,jaccard,unit,a_byte_begin,a_byte_end,a_character_begin,"
         "a_character_end,b_byte_begin,b_byte_end,b_character_begin,b_character_end"}};
    ndup_buf_append_str(buf, columns.bom ? NDUP_CSV_BOM : "");
    if (columns.removed) {
        ndup_buf_append_str(buf, ndup_csv_removed_header);
        return;
    }
    ndup_buf_append_str(buf, headers[pairs][columns.parts]);
    ndup_buf_append_str(buf, columns.distance ? ",distance,numbers_differ" : ",numbers_differ");
    if (columns.contained && pairs)
        ndup_buf_append_str(buf, ",a_in_b,b_in_a");
    else if (columns.contained)
        ndup_buf_append_str(buf, columns.parts ? ",keeper_containment" : ",containment,keeper_containment");
    ndup_buf_append_str(buf, "\r\n");
}

/* What the columns for parts say of a cluster's keeper (member NULL) or member. */
static void add_part_columns(struct ndup_csv_writer *csv, const neardup_cluster *cluster, const neardup_member *member)
{
    ndup_csv_add_word(csv, ndup_unit_name(cluster->keeper.unit));
    if (ndup_is_part(&cluster->keeper)) {
        ndup_csv_add_u64(csv, cluster->documents);
        ndup_csv_add_u64(csv, cluster->tokens);
        ndup_csv_add_bool(csv, cluster->boilerplate);
    } else {
        ndup_csv_add_empty(csv, 3);
    }
    if (member != NULL && member->reason == NEARDUP_CONTAINED)
        ndup_csv_add_score(csv, member->containment);
    else
        ndup_csv_add_empty(csv, 1);
    ndup_csv_add_spans(csv, member == NULL ? &cluster->keeper : &member->document);
}

/* Empty where it is 0: nothing is contained. */
static void add_share(struct ndup_csv_writer *csv, double share)
{
    if (share > 0)
        ndup_csv_add_score(csv, share);
    else
        ndup_csv_add_empty(csv, 1);
}

void ndup_record_csv_member(struct ndup_buf *buf, const neardup_cluster *cluster, const neardup_member *member,
                            struct ndup_csv_columns columns)
{
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, buf);
    ndup_csv_add_u64(&csv, cluster->number);
    ndup_csv_add_u64(&csv, ndup_cluster_size(cluster));
    ndup_csv_add_u64(&csv, cluster->component);
    ndup_csv_add_word(&csv, member == NULL ? "keeper" : "member");
    ndup_csv_add_word(&csv, member == NULL ? "" : ndup_reason_name(member->reason));
    bool contained = member != NULL && member->reason == NEARDUP_CONTAINED;
    if (member == NULL || (contained && member->keeper_containment == 0))
        ndup_csv_add_empty(&csv, 1);
    else
        ndup_csv_add_score(&csv, member->jaccard);
    ndup_csv_add_place(&csv, member == NULL ? &cluster->keeper : &member->document);
    if (columns.parts)
        add_part_columns(&csv, cluster, member);
    if (columns.distance)
        ndup_csv_add_distance(&csv, member != NULL ? member->distance : NEARDUP_NO_DISTANCE);
    if (member == NULL)
        ndup_csv_add_empty(&csv, 1);
    else
        ndup_csv_add_bool(&csv, member->numbers_differ);
    if (columns.contained && !columns.parts)
        add_share(&csv, contained ? member->containment : 0);
    if (columns.contained)
        add_share(&csv, contained ? member->keeper_containment : 0);
    ndup_csv_end_row(&csv);
}

void ndup_record_csv_pair(struct ndup_buf *buf, const neardup_pair *pair, struct ndup_csv_columns columns)
{
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, buf);
    ndup_csv_add_place(&csv, &pair->a);
    ndup_csv_add_place(&csv, &pair->b);
    ndup_csv_add_word(&csv, ndup_reason_name(pair->reason));
    ndup_csv_add_score(&csv, pair->jaccard);
    if (columns.parts) {
        ndup_csv_add_word(&csv, ndup_unit_name(pair->a.unit));
        ndup_csv_add_spans(&csv, &pair->a);
        ndup_csv_add_spans(&csv, &pair->b);
    }
    if (columns.distance)
        ndup_csv_add_distance(&csv, pair->distance);
    ndup_csv_add_bool(&csv, pair->numbers_differ);
    if (columns.contained) {
        add_share(&csv, pair->a_in_b);
        add_share(&csv, pair->b_in_a);
    }
    ndup_csv_end_row(&csv);
}

/* ---- CSV: removed documents with their keepers ---- */

const char ndup_csv_removed_header[] =
    "removed_id,removed_file,removed_line,kept_id,kept_file,kept_line,"
    "reason,jaccard,containment,distance,numbers_differ,"
    "unit,cluster,removed_tokens,kept_tokens,kept_reference,"
    "removed_byte_begin,removed_byte_end,removed_character_begin,removed_character_end,"
    "kept_byte_begin,kept_byte_end,kept_character_begin,kept_character_end\r\n";

void ndup_record_csv_removed(struct ndup_buf *buf, const neardup_cluster *cluster, const neardup_member *member)
{
    const neardup_ref *keeper = cluster->all_removed ? NULL : &cluster->keeper; /* of boilerplate nothing may be kept */
    bool contained = member->reason == NEARDUP_CONTAINED;
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, buf);
    ndup_csv_add_place(&csv, &member->document);
    if (keeper != NULL)
        ndup_csv_add_place(&csv, keeper);
    else
        ndup_csv_add_empty(&csv, 3);
    ndup_csv_add_word(&csv, ndup_reason_name(member->reason));
    if (contained && member->keeper_containment == 0) /* a paragraph */
        ndup_csv_add_empty(&csv, 1);
    else
        ndup_csv_add_score(&csv, member->jaccard);
    add_share(&csv, contained ? member->containment : 0);
    ndup_csv_add_distance(&csv, member->distance);
    ndup_csv_add_bool(&csv, member->numbers_differ);
    ndup_csv_add_word(&csv, ndup_unit_name(cluster->keeper.unit));
    ndup_csv_add_u64(&csv, cluster->number);
    ndup_csv_add_u64(&csv, member->document.tokens);
    if (keeper != NULL) {
        ndup_csv_add_u64(&csv, keeper->tokens);
        ndup_csv_add_bool(&csv, keeper->reference);
    } else {
        ndup_csv_add_empty(&csv, 2);
    }
    ndup_csv_add_spans(&csv, &member->document);
    if (keeper != NULL)
        ndup_csv_add_spans(&csv, keeper);
    else
        ndup_csv_add_empty(&csv, 4);
    ndup_csv_end_row(&csv);
}
