/* SPDX-License-Identifier: MIT
 * CSV: one row per keeper and member of each cluster, or one per member with its keeper beside it. The columns are always the same,
 * whatever the run compared. */
#include "base/platform.h"

#include "report/report_formats.h"
#include "report/write.h"
#include "run/names.h"
#include "run/record.h"

static const char header[] =
    "unit,cluster,size,component,boilerplate,role,reason,jaccard,containment,distance,id,file,line,"
    "byte_begin,byte_end,character_begin,character_end,tokens,group,reference,numbers_differ\r\n";

struct table {
    struct ndup_sink sink;
    uint64_t rows;
    bool removed; /* one row per member */
};

/* member NULL: the keeper */
static bool write_row(struct table *table, const neardup_cluster *cluster, const neardup_member *member)
{
    const neardup_ref *ref = member != NULL ? &member->document : &cluster->keeper;
    struct ndup_csv_writer csv;
    ndup_csv_begin(&csv, &table->sink.buf);
    ndup_csv_add_word(&csv, ndup_unit_name(cluster->keeper.unit));
    ndup_csv_add_u64(&csv, cluster->number);
    ndup_csv_add_u64(&csv, ndup_cluster_size(cluster));
    ndup_csv_add_u64(&csv, cluster->component);
    ndup_csv_add_bool(&csv, cluster->boilerplate);
    ndup_csv_add_word(&csv, member != NULL ? "member" : "keeper");
    if (member == NULL) {
        ndup_csv_add_empty(&csv, 4);
    } else {
        ndup_csv_add_word(&csv, ndup_reason_name(member->reason));
        bool contained = member->reason == NEARDUP_CONTAINED;
        if (contained && member->keeper_containment == 0) /* a paragraph */
            ndup_csv_add_empty(&csv, 1);
        else
            ndup_csv_add_score(&csv, member->jaccard);
        if (contained)
            ndup_csv_add_score(&csv, member->containment);
        else
            ndup_csv_add_empty(&csv, 1);
        ndup_csv_add_distance(&csv, member->distance);
    }
    ndup_csv_add_place(&csv, ref);
    ndup_csv_add_spans(&csv, ref);
    ndup_csv_add_u64(&csv, ref->tokens);
    ndup_csv_add_value(&csv, ref->group, ref->group_length);
    ndup_csv_add_bool(&csv, ref->reference);
    if (member == NULL)
        ndup_csv_add_empty(&csv, 1);
    else
        ndup_csv_add_bool(&csv, member->numbers_differ);
    ndup_csv_end_row(&csv);
    table->rows++;
    return ndup_sink_pass(&table->sink);
}

static bool write_removed(struct table *table, const neardup_cluster *cluster, const neardup_member *member)
{
    ndup_record_csv_removed(&table->sink.buf, cluster, member);
    table->rows++;
    return ndup_sink_pass(&table->sink);
}

static bool write_cluster(void *context, const neardup_cluster *cluster)
{
    struct table *table = context;
    bool good = cluster->all_removed || table->removed || write_row(table, cluster, NULL);
    for (uint64_t i = 0; good && i < cluster->member_count; i++)
        good = table->removed ? write_removed(table, cluster, &cluster->members[i])
                              : write_row(table, cluster, &cluster->members[i]);
    return good;
}

static neardup_status write_run(struct ndup_report_model *report, const struct ndup_report_run *run, FILE *out,
                                uint64_t *rows, neardup_error *err)
{
    struct table table = {.sink = {.out = out}, .removed = run->csv_removed};
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &table, .cluster = write_cluster};
    (void)report;
    ndup_buf_append_str(&table.sink.buf, run->csv_bom ? NDUP_CSV_BOM : "");
    ndup_buf_append_str(&table.sink.buf, table.removed ? ndup_csv_removed_header : header);
    neardup_status status = run->replay(run->replay_context, &callbacks, err);
    bool stopped = status == NEARDUP_E_CANCELED && table.sink.failed;
    neardup_status end = ndup_sink_end(&table.sink, status == NEARDUP_OK || stopped ? err : NULL);
    *rows = table.rows;
    return status == NEARDUP_OK || stopped ? end : status;
}

const struct ndup_report_format ndup_format_csv = {
    .name = "csv",
    .suffixes = {".csv"},
    .write_run = write_run,
    .is_table = true,
    .run_marks = {{"unit,cluster,size,component,", NULL},
                  {NDUP_CSV_BOM "unit,cluster,size,component,", NULL},
                  {"removed_id,removed_file,", NULL},
                  {NDUP_CSV_BOM "removed_id,removed_file,", NULL}},
};
