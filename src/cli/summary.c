/* SPDX-License-Identifier: MIT
 * The closing summary on standard error. */
#include "base/platform.h"

#include "cli/number.h"
#include "cli/runjob.h"
#include "cli/term.h"

#include <stdarg.h>
#include <stdio.h>

struct lines {
    FILE *out;
    bool colour;
};

static void row(const struct lines *lines, const char *name, struct ndup_number value, const char *format, ...)
    NDUP_PRINTF(4, 5);

static void row(const struct lines *lines, const char *name, struct ndup_number value, const char *format, ...)
{
    va_list args;
    fprintf(lines->out, "%s%-11s%s %13s", ndup_term_begin(lines->colour, NDUP_TERM_BOLD), name,
            ndup_term_end(lines->colour, NDUP_TERM_BOLD), value.text);
    if (format != NULL) {
        fputs("  ", lines->out);
        va_start(args, format);
        vfprintf(lines->out, format, args);
        va_end(args);
    }
    fputc('\n', lines->out);
}

static void results(const struct lines *lines, const neardup_summary *s, bool would)
{
    uint64_t removed = s->exact + s->near;
    row(lines, "documents", ndup_number_group(s->documents), "in %s file%s, %s", ndup_number_group(s->files).text,
        s->files == 1 ? "" : "s", ndup_number_bytes(s->text_bytes).text);
    row(lines, "duplicates", ndup_number_group(removed), "%s: %s exact, %s near, in %s cluster%s",
        ndup_number_percent(removed, s->documents).text, ndup_number_group(s->exact).text,
        ndup_number_group(s->near).text, ndup_number_group(s->clusters).text, s->clusters == 1 ? "" : "s");
    row(lines, would ? "would keep" : "kept", ndup_number_group(s->kept), NULL);
    if (s->largest_cluster > 1)
        row(lines, "largest", ndup_number_group(s->largest_cluster), "documents in one cluster");
    if (s->invalid > 0)
        row(lines, "invalid", ndup_number_group(s->invalid), "records that could not be read");
    if (s->invalid_utf8 > 0)
        row(lines, "bad UTF-8", ndup_number_group(s->invalid_utf8), "documents");
    if (s->empty > 0)
        row(lines, "empty", ndup_number_group(s->empty), "documents without a token");
    if (s->duplicate_ids > 0)
        row(lines, "same id", ndup_number_group(s->duplicate_ids), "documents whose id an earlier one has");
    if (s->capped_buckets > 0)
        row(lines, "capped", ndup_number_group(s->capped_buckets),
            "buckets compared with their earliest kept documents only: the recall may be lower");
    row(lines, would ? "would save" : "saved", ndup_number_bytes(s->removed_bytes + s->dropped_bytes), "%s",
        ndup_number_percent(s->removed_bytes + s->dropped_bytes, s->text_bytes).text);
    row(lines, "time", ndup_number_seconds(s->total_seconds), "%s, peak memory %s",
        ndup_number_rate(s->text_bytes, s->total_seconds).text, ndup_number_memory(s->peak_memory_bytes).text);
}

static void details(const struct lines *lines, const neardup_summary *s)
{
    const neardup_plan *plan = &s->plan;
    if (plan->all)
        row(lines, "plan", ndup_number_score(plan->threshold), "exact join of all pairs");
    else
        row(lines, "plan", ndup_number_score(plan->threshold), "%u slots = %u bands of %u rows (%s), recall %s",
            plan->slots, plan->bands, plan->rows, plan->kind == NEARDUP_SKETCH_FSS ? "fss" : "affine",
            ndup_number_score(plan->recall_at_threshold).text);
    row(lines, "candidates", ndup_number_group(s->candidates), "pairs verified, %s of them at or above the threshold",
        ndup_number_group(s->edges).text);
    row(lines, "read", ndup_number_seconds(s->read_seconds), "%s",
        ndup_number_rate(s->text_bytes, s->read_seconds).text);
    row(lines, "match", ndup_number_seconds(s->match_seconds), NULL);
    row(lines, "verify", ndup_number_seconds(s->verify_seconds), NULL);
    row(lines, "write", ndup_number_seconds(s->write_seconds), NULL);
    row(lines, "threads", ndup_number_group(s->threads), "%s tokens, scratch %s", ndup_number_group(s->tokens).text,
        ndup_number_bytes(s->scratch_bytes).text);
}

void ndup_runjob_summary(const struct ndup_runjob *run, bool would)
{
    const struct ndup_msg *msg = &run->cli->msg;
    const neardup_summary *summary = neardup_job_summary(run->job);
    struct lines lines = {msg->stream, msg->colour};
    if (msg->verbosity < 0)
        return;
    fflush(stdout);
    results(&lines, summary, would);
    if (msg->verbosity > 0)
        details(&lines, summary);
    fflush(msg->stream);
}
