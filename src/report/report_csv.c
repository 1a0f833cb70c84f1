/* SPDX-License-Identifier: MIT
 * The units of all clusters as CSV. The columns are always the same, whatever the run compared. */
#include "base/platform.h"

#include "report/formats.h"
#include "report/write.h"
#include "run/names.h"
#include "term/emit.h"
#include "term/number.h"

#include <string.h>

static const char header[] =
    "unit,cluster,size,component,boilerplate,role,reason,jaccard,containment,distance,id,file,line,"
    "byte_begin,byte_end,character_begin,character_end,tokens,group,reference\r\n";

struct table {
    struct ndup_sink sink;
    uint64_t rows;
};

static void write_place(struct ndup_buf *buf, const neardup_ref *ref)
{
    ndup_buf_append_str(buf, ",");
    ndup_emit_csv_value(buf, ref->id, ref->id_length);
    ndup_buf_append_str(buf, ",");
    ndup_emit_csv_text(buf, ref->file, strlen(ref->file));
    ndup_buf_printf(buf, ",%llu", (unsigned long long)ref->line);
    if (ndup_is_part(ref))
        ndup_buf_printf(buf, ",%llu,%llu,%llu,%llu", (unsigned long long)ref->bytes.begin,
                        (unsigned long long)ref->bytes.end, (unsigned long long)ref->characters.begin,
                        (unsigned long long)ref->characters.end);
    else
        ndup_buf_append_str(buf, ",,,,");
    ndup_buf_printf(buf, ",%llu,", (unsigned long long)ref->tokens);
    ndup_emit_csv_value(buf, ref->group, ref->group_length);
    ndup_buf_append_str(buf, ref->reference ? ",true\r\n" : ",false\r\n");
}

/* member NULL: the keeper */
static bool write_row(struct table *table, const neardup_cluster *cluster, const neardup_member *member)
{
    struct ndup_buf *buf = &table->sink.buf;
    ndup_buf_printf(buf, "%s,%llu,%llu,%llu,%s,", ndup_unit_name(cluster->keeper.unit),
                    (unsigned long long)cluster->number, (unsigned long long)ndup_cluster_size(cluster),
                    (unsigned long long)cluster->component, cluster->boilerplate ? "true" : "false");
    if (member == NULL) {
        ndup_buf_append_str(buf, "keeper,,,,");
    } else {
        bool contained = member->reason == NEARDUP_CONTAINED;
        const char *score = contained ? "" : ndup_number_score(member->jaccard).text;
        ndup_buf_printf(buf, "member,%s,%s,", ndup_reason_name(member->reason), score);
        if (contained)
            ndup_buf_append_str(buf, ndup_number_score(member->containment).text);
        ndup_buf_append_str(buf, ",");
        if (member->distance != NEARDUP_NO_DISTANCE)
            ndup_buf_printf(buf, "%d", member->distance);
    }
    write_place(buf, member != NULL ? &member->document : &cluster->keeper);
    table->rows++;
    return ndup_sink_pass(&table->sink);
}

static bool write_cluster(void *context, const neardup_cluster *cluster)
{
    struct table *table = context;
    bool good = cluster->all_removed || write_row(table, cluster, NULL);
    for (uint64_t i = 0; good && i < cluster->member_count; i++)
        good = write_row(table, cluster, &cluster->members[i]);
    return good;
}

static neardup_status write_run(struct ndup_report_model *report, const struct ndup_report_run *run, FILE *out,
                                uint64_t *rows, neardup_error *err)
{
    struct table table = {.sink = {.out = out}};
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = &table, .cluster = write_cluster};
    (void)report;
    ndup_buf_append_str(&table.sink.buf, header);
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
    .run_marks = {{"unit,cluster,size,component,", NULL}},
};
