/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/summary_json.h"

#include "run/json_write.h"
#include "run/names.h"

#include <inttypes.h>
#include <string.h>

static bool has_parts(const neardup_job_options *o)
{
    return (o->units & (NEARDUP_UNIT_PARAGRAPH | NEARDUP_UNIT_LINE)) != 0;
}

static bool has_documents(const neardup_job_options *o)
{
    return (o->units & NEARDUP_UNIT_DOCUMENT) != 0 || !has_parts(o);
}

static bool is_simhash(const neardup_job_options *o)
{
    return o->method == NEARDUP_METHOD_SIMHASH;
}

/* A member of an object in the second level. */
static void write_inner(struct ndup_buf *buf, const char *name, uint64_t value)
{
    ndup_buf_printf(buf, "    \"%s\": %" PRIu64 ",\n", name, value);
}

static void write_flag(struct ndup_buf *buf, const char *name, bool value)
{
    ndup_buf_printf(buf, "    \"%s\": %s,\n", name, value ? "true" : "false");
}

static void write_number(struct ndup_buf *buf, const char *name, uint64_t value)
{
    ndup_buf_printf(buf, "  \"%s\": %" PRIu64 ",\n", name, value);
}

static void write_counts(struct ndup_buf *buf, const neardup_summary *s, const neardup_job_options *o)
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
    write_number(buf, "removed_tokens", s->removed_tokens);
    write_number(buf, "dropped_bytes", s->dropped_bytes);
    write_number(buf, "clusters", s->clusters);
    write_number(buf, "largest_cluster", s->largest_cluster);
    write_number(buf, "capped_buckets", s->capped_buckets);
    if (is_simhash(o) && has_documents(o))
        write_number(buf, "unreliable", s->unreliable);
    if (o->pairs && has_documents(o))
        write_number(buf, "pairs", s->pairs);
    if (s->reference_files > 0) {
        write_number(buf, "reference_files", s->reference_files);
        write_number(buf, "reference_documents", s->reference_documents);
    }
}

static const char *format_name(neardup_input_format format)
{
    static const char *const names[] = {"auto", "jsonl", "file", "paragraph", "line"};
    return names[format];
}

static const char *tokens_name(neardup_tokens tokens)
{
    return tokens == NEARDUP_TOKENS_CHAR ? "char" : "word";
}

static void write_field(struct ndup_buf *buf, const char *name, const char *value)
{
    ndup_buf_printf(buf, "    \"%s\": ", name);
    ndup_json_write_string(buf, value, strlen(value));
    ndup_buf_append_str(buf, ",\n");
}

static void write_ratio(struct ndup_buf *buf, const char *name, double ratio)
{
    ndup_buf_printf(buf, "    \"%s\": ", name);
    ndup_json_write_double(buf, ratio);
    ndup_buf_append_str(buf, ",\n");
}

static void write_part_parameters(struct ndup_buf *buf, const neardup_job_options *o)
{
    ndup_buf_printf(buf, "    \"units\": [%s\"%s\"],\n", has_documents(o) ? "\"document\", " : "",
                    ndup_unit_name(o->units & NEARDUP_UNIT_LINE ? NEARDUP_UNIT_LINE : NEARDUP_UNIT_PARAGRAPH));
    if (o->part_profile.tokens != o->profile.tokens)
        write_field(buf, "part_tokens", tokens_name(o->part_profile.tokens));
    write_inner(buf, "part_ngram", o->part_profile.ngram);
    write_flag(buf, "within", o->within);
    write_flag(buf, "across", o->across);
    write_ratio(buf, "containment", o->containment);
    write_inner(buf, "min_contained", o->min_contained);
    write_inner(buf, "max_copies", o->max_copies);
    write_flag(buf, "keep_one", o->keep_one);
    write_inner(buf, "min_tokens", o->min_tokens);
    write_inner(buf, "often", o->often);
    write_flag(buf, "drop_emptied", o->drop_emptied);
    write_inner(buf, "min_remaining", o->min_remaining);
    write_flag(buf, "annotate", o->annotate);
}

/* The threshold plays no part where the distance decides, but for paragraphs contained in others. */
static void write_method_parameters(struct ndup_buf *buf, const neardup_job_options *o)
{
    if (!is_simhash(o)) {
        write_ratio(buf, "threshold", o->threshold);
        write_ratio(buf, "recall", o->recall);
        return;
    }
    write_field(buf, "method", "simhash");
    write_inner(buf, "bits", o->simhash_bits);
    write_field(buf, "weights", o->weights == NEARDUP_WEIGHTS_ONE ? "one" : "count");
    write_inner(buf, "distance", o->distance);
    write_flag(buf, "verify", o->verify);
    if (o->verify || has_parts(o))
        write_ratio(buf, "threshold", o->threshold);
}

static void write_parameters(struct ndup_buf *buf, const neardup_job_options *o)
{
    ndup_buf_append_str(buf, "  \"parameters\": {\n");
    write_method_parameters(buf, o);
    write_field(buf, "tokens", tokens_name(o->profile.tokens));
    if (has_documents(o))
        write_inner(buf, "ngram", o->profile.ngram);
    write_field(buf, "input_format", format_name(o->format));
    write_field(buf, "text_field", o->text_field);
    write_field(buf, "id_field", o->id_field);
    if (o->group_field != NULL)
        write_field(buf, "group_field", o->group_field);
    write_field(buf, "keep", ndup_keep_name(o->keep));
    if (o->keep_field != NULL)
        write_field(buf, "keep_field", o->keep_field);
    if (has_parts(o))
        write_part_parameters(buf, o);
    write_inner(buf, "seed", o->seed);
    write_flag(buf, "drop_invalid", o->drop_invalid);
    ndup_buf_printf(buf, "    \"drop_empty\": %s\n  },\n", o->drop_empty ? "true" : "false");
}

static void write_lsh(struct ndup_buf *buf, const neardup_plan *p)
{
    ndup_buf_printf(buf, "{\"candidates\": \"lsh\", \"sketch\": \"%s\", \"slots\": %u, \"bands\": %u, \"rows\": %u, ",
                    p->kind == NEARDUP_SKETCH_FSS ? "fss" : "affine", p->slots, p->bands, p->rows);
    ndup_buf_append_str(buf, "\"recall_at_threshold\": ");
    ndup_json_write_fixed(buf, p->recall_at_threshold, 6);
    ndup_buf_append_str(buf, "}");
}

/* What counts as the same text, and how candidates were found: of documents at the top, of parts in their section.
 * Ends without a comma. */
static void write_method(struct ndup_buf *buf, const char *indent, uint64_t fingerprint, const neardup_plan *p,
                         const neardup_job_options *o)
{
    ndup_buf_printf(buf, "%s\"profile\": {\"version\": %u, \"fingerprint\": \"%016" PRIx64 "\"},\n%s\"plan\": ", indent,
                    NEARDUP_PROFILE_VERSION, fingerprint, indent);
    if (is_simhash(o))
        ndup_buf_append_str(buf, "{\"candidates\": \"hamming\", \"recall_at_distance\": 1}");
    else if (p->all)
        ndup_buf_append_str(buf, "{\"candidates\": \"all\", \"recall_at_threshold\": 1}");
    else
        write_lsh(buf, p);
}

static void write_parts(struct ndup_buf *buf, const neardup_parts *p, const neardup_job_options *o,
                        const struct ndup_show_run *run)
{
    ndup_buf_append_str(buf, "  \"parts\": {\n");
    write_field(buf, "unit", ndup_unit_name(p->unit));
    write_inner(buf, "documents", p->documents);
    write_inner(buf, "blank_rule", p->blank_rule);
    write_inner(buf, "newline_rule", p->newline_rule);
    write_inner(buf, "parts", p->parts);
    write_inner(buf, "tokens", p->tokens);
    write_inner(buf, "distinct", p->distinct);
    write_inner(buf, "shorter", p->shorter);
    write_inner(buf, "exact", p->exact);
    write_inner(buf, "near", p->near);
    write_inner(buf, "contained", p->contained);
    write_inner(buf, "boilerplate", p->boilerplate);
    write_inner(buf, "cut_tokens", p->cut_tokens);
    write_inner(buf, "cut_bytes", p->cut_bytes);
    write_inner(buf, "changed", p->changed);
    write_inner(buf, "emptied", p->emptied);
    write_inner(buf, "emptied_bytes", p->emptied_bytes);
    write_inner(buf, "clusters", p->clusters);
    write_inner(buf, "capped_buckets", p->capped_buckets);
    if (is_simhash(o))
        write_inner(buf, "unreliable", p->unreliable);
    if (o->group_field != NULL)
        write_inner(buf, "groups", p->groups);
    if (o->pairs) {
        write_inner(buf, "pairs", p->pairs);
        write_inner(buf, "repeated_lines", run->repeated_lines);
    }
    write_method(buf, "    ", p->profile_fingerprint, &p->plan, o);
    ndup_buf_append_str(buf, "\n  },\n");
}

/* How the fingerprints were searched depends on the memory given: it is of the run, not of the result. */
static void write_search(struct ndup_buf *buf, const char *name, const neardup_hamming_plan *p)
{
    static const char *const methods[] = {"auto", "scan", "tables", "multi"};
    ndup_buf_printf(buf,
                    "    \"%s\": {\"method\": \"%s\", \"blocks\": %u, \"matching\": %u, \"tables\": %u, "
                    "\"expected_seconds\": ",
                    name, methods[p->method], p->blocks, p->matching, p->tables);
    ndup_json_write_fixed(buf, p->seconds, 3);
    ndup_buf_printf(buf, ", \"bytes\": %" PRIu64 "},\n", p->bytes);
}

/* How the same could be run again. */
static void write_call(struct ndup_buf *buf, const neardup_job_options *o, const struct ndup_show_run *run)
{
    if (o->command != NULL)
        ndup_buf_printf(buf, "    \"command\": %s,\n", o->command);
    if (run->directory != NULL)
        write_field(buf, "directory", run->directory);
    ndup_buf_append_str(buf, "    \"inputs\": [");
    for (size_t i = 0; i < run->input_count; i++) {
        ndup_buf_append_str(buf, i == 0 ? "{\"path\": " : ", {\"path\": ");
        ndup_json_write_string(buf, run->inputs[i].path, strlen(run->inputs[i].path));
        ndup_buf_append_str(buf, run->inputs[i].reference ? ", \"reference\": true}" : "}");
    }
    ndup_buf_append_str(buf, "],\n");
}

static void write_step(struct ndup_buf *buf, const char *before, const char *name, double seconds)
{
    ndup_buf_printf(buf, "%s\"%s\": ", before, name);
    ndup_json_write_fixed(buf, seconds, 3);
}

static void write_seconds(struct ndup_buf *buf, const neardup_summary *s, const neardup_job_options *o)
{
    write_step(buf, "    \"seconds\": {", "read", s->read_seconds);
    if (has_parts(o))
        write_step(buf, ", ", "split", s->split_seconds);
    write_step(buf, ", ", "match", s->match_seconds);
    write_step(buf, ", ", "verify", s->verify_seconds);
    write_step(buf, ", ", "write", s->write_seconds);
    write_step(buf, ", ", "total", s->total_seconds);
    ndup_buf_append_str(buf, "},\n");
}

static void write_run(struct ndup_buf *buf, const neardup_summary *s, const neardup_job_options *o,
                      const struct ndup_show_run *run)
{
    ndup_buf_append_str(buf, "  \"run\": {\n");
    write_call(buf, o, run);
    write_inner(buf, "threads", s->threads);
    if (has_documents(o)) {
        write_inner(buf, "candidates", s->candidates);
        write_inner(buf, "edges", s->edges);
    }
    if (has_parts(o)) {
        write_inner(buf, "part_candidates", s->parts.candidates);
        write_inner(buf, "part_edges", s->parts.edges);
    }
    if (is_simhash(o) && has_documents(o))
        write_search(buf, "search", &s->hamming);
    if (is_simhash(o) && has_parts(o))
        write_search(buf, "part_search", &s->parts.hamming);
    write_seconds(buf, s, o);
    write_inner(buf, "peak_memory_bytes", s->peak_memory_bytes);
    ndup_buf_printf(buf, "    \"scratch_bytes\": %" PRIu64 "\n  }\n", s->scratch_bytes);
}

void ndup_show_summary(struct ndup_buf *buf, const neardup_summary *s, const neardup_job_options *o,
                       const struct ndup_show_run *run)
{
    ndup_buf_printf(buf, "{\n  \"neardup\": \"%s\",\n", NEARDUP_VERSION);
    write_counts(buf, s, o);
    write_parameters(buf, o);
    if (has_documents(o)) {
        write_method(buf, "  ", s->profile_fingerprint, &s->plan, o);
        ndup_buf_append_str(buf, ",\n");
    }
    if (has_parts(o))
        write_parts(buf, &s->parts, o, run);
    write_run(buf, s, o, run);
    ndup_buf_append_str(buf, "}\n");
}
