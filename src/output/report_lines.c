/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "output/report_lines.h"

#include "output/json_write.h"

#include <inttypes.h>
#include <string.h>

static void write_place(struct ndup_buf *buf, const neardup_ref *ref)
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
}

static void write_score(struct ndup_buf *buf, neardup_reason reason, double jaccard)
{
    ndup_buf_append_str(buf, reason == NEARDUP_EXACT ? ",\"reason\":\"exact\",\"jaccard\":"
                                                     : ",\"reason\":\"near\",\"jaccard\":");
    ndup_json_write_score(buf, jaccard);
}

void ndup_report_decision(struct ndup_buf *buf, const neardup_decision *d)
{
    ndup_buf_append_str(buf, "{");
    write_place(buf, &d->document);
    write_score(buf, d->reason, d->jaccard);
    ndup_buf_append_str(buf, ",\"keeper\":{");
    write_place(buf, &d->keeper);
    ndup_buf_append_str(buf, "},\"cluster\":");
    ndup_json_write_u64(buf, d->cluster);
    ndup_buf_append_str(buf, "}\n");
}

void ndup_report_pair(struct ndup_buf *buf, const neardup_pair *pair)
{
    ndup_buf_append_str(buf, "{\"a\":{");
    write_place(buf, &pair->a);
    ndup_buf_append_str(buf, "},\"b\":{");
    write_place(buf, &pair->b);
    ndup_buf_append_str(buf, "}");
    write_score(buf, pair->reason, pair->jaccard);
    ndup_buf_append_str(buf, "}\n");
}

void ndup_report_cluster_begin(struct ndup_buf *buf, const neardup_cluster *cluster)
{
    ndup_buf_printf(buf, "{\"cluster\":%" PRIu64 ",\"size\":%" PRIu64, cluster->number, cluster->member_count + 1);
    if (cluster->component != cluster->number)
        ndup_buf_printf(buf, ",\"component\":%" PRIu64, cluster->component);
    ndup_buf_append_str(buf, ",\"keeper\":{");
    write_place(buf, &cluster->keeper);
    ndup_buf_append_str(buf, "},\"members\":[");
}

void ndup_report_cluster_member(struct ndup_buf *buf, const neardup_member *member, bool first)
{
    ndup_buf_append_str(buf, first ? "{" : ",{");
    write_place(buf, &member->document);
    write_score(buf, member->reason, member->jaccard);
    ndup_buf_append_str(buf, "}");
}

void ndup_report_cluster_end(struct ndup_buf *buf)
{
    ndup_buf_append_str(buf, "]}\n");
}

static void write_number(struct ndup_buf *buf, const char *name, uint64_t value)
{
    ndup_buf_printf(buf, "  \"%s\": %" PRIu64 ",\n", name, value);
}

static void write_counts(struct ndup_buf *buf, const neardup_summary *s)
{
    write_number(buf, "files", s->files);
    write_number(buf, "failed_files", s->failed_files);
    write_number(buf, "input_bytes", s->input_bytes);
    write_number(buf, "text_bytes", s->text_bytes);
    write_number(buf, "records", s->records);
    write_number(buf, "documents", s->documents);
    write_number(buf, "empty", s->empty);
    write_number(buf, "invalid", s->invalid);
    write_number(buf, "invalid_utf8", s->invalid_utf8);
    write_number(buf, "duplicate_ids", s->duplicate_ids);
    write_number(buf, "tokens", s->tokens);
    write_number(buf, "exact", s->exact);
    write_number(buf, "near", s->near);
    write_number(buf, "kept", s->kept);
    write_number(buf, "removed_bytes", s->removed_bytes);
    write_number(buf, "dropped_bytes", s->dropped_bytes);
    write_number(buf, "clusters", s->clusters);
    write_number(buf, "largest_cluster", s->largest_cluster);
    write_number(buf, "capped_buckets", s->capped_buckets);
}

static const char *keep_name(neardup_keep keep)
{
    static const char *const names[] = {"first", "last", "longest", "shortest", "max", "min"};
    return names[keep];
}

static void write_field(struct ndup_buf *buf, const char *name, const char *value)
{
    ndup_buf_printf(buf, "    \"%s\": ", name);
    ndup_json_write_string(buf, value, strlen(value));
    ndup_buf_append_str(buf, ",\n");
}

static void write_parameters(struct ndup_buf *buf, const neardup_summary *s, const neardup_job_options *o)
{
    ndup_buf_append_str(buf, "  \"parameters\": {\n");
    ndup_buf_printf(buf, "    \"threshold\": %.10g,\n    \"recall\": %.10g,\n", o->threshold, o->recall);
    write_field(buf, "tokens", o->profile.tokens == NEARDUP_TOKENS_CHAR ? "char" : "word");
    ndup_buf_printf(buf, "    \"ngram\": %u,\n", o->profile.ngram);
    write_field(buf, "text_field", o->text_field);
    write_field(buf, "id_field", o->id_field);
    write_field(buf, "keep", keep_name(o->keep));
    if (o->keep_field != NULL)
        write_field(buf, "keep_field", o->keep_field);
    ndup_buf_printf(buf, "    \"seed\": %" PRIu64 ",\n    \"drop_invalid\": %s,\n    \"drop_empty\": %s\n  },\n",
                    o->seed, o->drop_invalid ? "true" : "false", o->drop_empty ? "true" : "false");
    ndup_buf_printf(buf, "  \"profile\": {\"version\": %u, \"fingerprint\": \"%016" PRIx64 "\"},\n",
                    NEARDUP_PROFILE_VERSION, s->profile_fingerprint);
}

static void write_plan(struct ndup_buf *buf, const neardup_plan *p)
{
    if (p->all) {
        ndup_buf_append_str(buf, "  \"plan\": {\"candidates\": \"all\", \"recall_at_threshold\": 1},\n");
        return;
    }
    ndup_buf_printf(
        buf,
        "  \"plan\": {\"candidates\": \"lsh\", \"sketch\": \"%s\", \"slots\": %u, \"bands\": %u, \"rows\": %u, "
        "\"recall_at_threshold\": %.6f},\n",
        p->kind == NEARDUP_SKETCH_FSS ? "fss" : "affine", p->slots, p->bands, p->rows, p->recall_at_threshold);
}

static void write_run(struct ndup_buf *buf, const neardup_summary *s)
{
    ndup_buf_append_str(buf, "  \"run\": {\n");
    ndup_buf_printf(buf, "    \"threads\": %u,\n    \"candidates\": %" PRIu64 ",\n    \"edges\": %" PRIu64 ",\n",
                    s->threads, s->candidates, s->edges);
    ndup_buf_printf(
        buf,
        "    \"seconds\": {\"read\": %.3f, \"match\": %.3f, \"verify\": %.3f, \"write\": %.3f, \"total\": %.3f},\n",
        s->read_seconds, s->match_seconds, s->verify_seconds, s->write_seconds, s->total_seconds);
    ndup_buf_printf(buf, "    \"peak_memory_bytes\": %" PRIu64 ",\n    \"scratch_bytes\": %" PRIu64 "\n  }\n",
                    s->peak_memory_bytes, s->scratch_bytes);
}

void ndup_report_summary(struct ndup_buf *buf, const neardup_summary *s, const neardup_job_options *o)
{
    ndup_buf_printf(buf, "{\n  \"neardup\": \"%s\",\n", NEARDUP_VERSION);
    write_counts(buf, s);
    write_parameters(buf, s, o);
    write_plan(buf, &s->plan);
    write_run(buf, s);
    ndup_buf_append_str(buf, "}\n");
}
