/* SPDX-License-Identifier: MIT
 * The closing summary on standard error. */
#include "base/platform.h"

#include "base/buf.h"
#include "cli/parts.h"
#include "cli/plan/plan_simhash.h"
#include "cli/runjob.h"
#include "term/number.h"
#include "term/term.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LABEL 11
#define VALUE 13
#define TEXT  (LABEL + 1 + VALUE + 2) /* the column where it begins */

struct lines {
    FILE *out;
    bool colour;
    size_t room; /* for the text of a row */
};

/* A log has lines as long as they are. */
static struct lines lines_to(FILE *out, bool colour)
{
    size_t width = ndup_term_is_tty(out) ? ndup_term_width(out, 0) : SIZE_MAX;
    return (struct lines){out, colour, width > (size_t)2 * TEXT ? width - TEXT : SIZE_MAX};
}

/* Of what stays on one line: a word, and with a number the rest of it and what it counts. */
static size_t chunk(const char *text)
{
    size_t length = strcspn(text, " ");
    while (text[length] != '\0' && length > 0 && text[length - 1] >= '0' && text[length - 1] <= '9')
        length += 1 + strcspn(text + length + 1, " ");
    return length;
}

static void put_wrapped(const struct lines *lines, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t length = chunk(text);
        if (column > 0 && column + 1 + length > lines->room) {
            fprintf(lines->out, "\n%*s", TEXT, "");
            column = 0;
        } else if (column > 0) {
            fputc(' ', lines->out);
            column++;
        }
        fwrite(text, 1, length, lines->out);
        column += length;
        text += length + (text[length] != '\0');
    }
}

static void row(const struct lines *lines, const char *name, struct ndup_number value, const char *format, ...)
    NDUP_PRINTF(4, 5);

static void row(const struct lines *lines, const char *name, struct ndup_number value, const char *format, ...)
{
    va_list args;
    char text[400];
    fprintf(lines->out, "%s%-*s%s %*s", ndup_term_begin(lines->colour, NDUP_TERM_BOLD), LABEL, name,
            ndup_term_end(lines->colour, NDUP_TERM_BOLD), VALUE, value.text);
    if (format != NULL) {
        fputs("  ", lines->out);
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        put_wrapped(lines, text);
    }
    fputc('\n', lines->out);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- documents ---- */

static void documents(const struct lines *lines, const neardup_summary *s)
{
    row(lines, "documents", ndup_number_group(s->documents), "in %s file%s, %s", ndup_number_group(s->files).text,
        plural(s->files), ndup_number_bytes(s->text_bytes).text);
}

static void references(const struct lines *lines, const neardup_summary *s)
{
    if (s->reference_files > 0)
        row(lines, "reference", ndup_number_group(s->reference_documents), "document%s in %s file%s, compared with",
            plural(s->reference_documents), ndup_number_group(s->reference_files).text, plural(s->reference_files));
}

static void duplicates(const struct lines *lines, const neardup_summary *s)
{
    uint64_t removed = s->exact + s->near;
    row(lines, "duplicates", ndup_number_group(removed), "%s: %s exact, %s near, in %s cluster%s",
        ndup_number_percent(removed, s->documents).text, ndup_number_group(s->exact).text,
        ndup_number_group(s->near).text, ndup_number_group(s->clusters).text, plural(s->clusters));
}

static void oddities(const struct lines *lines, const neardup_summary *s)
{
    uint64_t capped = s->capped_buckets + s->parts.capped_buckets;
    if (s->largest_cluster > 1)
        row(lines, "largest", ndup_number_group(s->largest_cluster), "documents in one cluster");
    if (s->invalid > 0)
        row(lines, "invalid", ndup_number_group(s->invalid), "record%s that could not be read", plural(s->invalid));
    if (s->invalid_utf8 > 0)
        row(lines, "bad UTF-8", ndup_number_group(s->invalid_utf8), "document%s", plural(s->invalid_utf8));
    if (s->empty > 0)
        row(lines, "empty", ndup_number_group(s->empty), "document%s without a token", plural(s->empty));
    if (s->duplicate_ids > 0)
        row(lines, "same id", ndup_number_group(s->duplicate_ids), "document%s whose id an earlier one has",
            plural(s->duplicate_ids));
    if (s->unreliable > 0)
        row(lines, "short", ndup_number_group(s->unreliable),
            "document%s of fewer than %u shingles, for which SimHash is unreliable", plural(s->unreliable),
            NEARDUP_SIMHASH_RELIABLE);
    if (capped > 0)
        row(lines, "capped", ndup_number_group(capped),
            "bucket%s compared with %s earliest kept documents only: the recall may be lower", plural(capped),
            capped == 1 ? "its" : "their");
}

/* ---- paragraphs and lines ---- */

/* Which rule was applied to how many documents. */
static void split(const struct lines *lines, const neardup_parts *p)
{
    struct ndup_number count = ndup_number_group(p->documents);
    if (p->unit == NEARDUP_UNIT_LINE)
        row(lines, "split", count, "document%s at newlines", plural(p->documents));
    else if (p->newline_rule == 0)
        row(lines, "split", count, "document%s at blank lines", plural(p->documents));
    else if (p->blank_rule == 0)
        row(lines, "split", count, "document%s at newlines, for want of blank lines", plural(p->documents));
    else
        row(lines, "split", count, "documents: %s at blank lines, %s at newlines, for want of blank lines",
            ndup_number_group(p->blank_rule).text, ndup_number_group(p->newline_rule).text);
}

/* "8 000 exact, 1 200 near": those kinds that can be. */
static struct ndup_buf kinds(const neardup_parts *p, const neardup_job_options *o)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_buf_printf(&text, "%s exact, %s near", ndup_number_group(p->exact).text, ndup_number_group(p->near).text);
    if (o->containment > 0)
        ndup_buf_printf(&text, ", %s contained", ndup_number_group(p->contained).text);
    if (o->max_copies > 0)
        ndup_buf_printf(&text, ", %s boilerplate", ndup_number_group(p->boilerplate).text);
    ndup_buf_append(&text, "", 1);
    return text;
}

static void parts(const struct lines *lines, const neardup_parts *p, const neardup_job_options *o, bool would)
{
    uint64_t cut = p->exact + p->near + p->contained + p->boilerplate;
    struct ndup_buf text = kinds(p, o);
    split(lines, p);
    row(lines, ndup_parts_name(p->unit, 2), ndup_number_group(p->parts), "%s distinct, %s below %s token%s",
        ndup_number_group(p->distinct).text, ndup_number_group(p->shorter).text, ndup_number_group(o->min_tokens).text,
        plural(o->min_tokens));
    row(lines,
        o->annotate ? "marked"
        : would     ? "would cut"
                    : "cut",
        ndup_number_group(cut), "%s: %s, in %s cluster%s", ndup_number_percent(cut, p->parts).text,
        text.failed ? "" : text.data, ndup_number_group(p->clusters).text, plural(p->clusters));
    row(lines, "tokens", ndup_number_group(p->cut_tokens), "of these, %s of all",
        ndup_number_percent(p->cut_tokens, p->tokens).text);
    row(lines,
        o->annotate ? "in"
        : would     ? "would touch"
                    : "changed",
        ndup_number_group(p->changed), "document%s", plural(p->changed));
    if (o->drop_emptied)
        row(lines, "emptied", ndup_number_group(p->emptied), "document%s with fewer than %s token%s left",
            plural(p->emptied), ndup_number_group(o->min_remaining).text, plural(o->min_remaining));
    if (o->group_field != NULL)
        row(lines, "groups", ndup_number_group(p->groups), "value%s of '%.60s'", plural(p->groups), o->group_field);
    ndup_buf_free(&text);
}

/* ---- all of it ---- */

static void speed(const struct lines *lines, const neardup_summary *s)
{
    row(lines, "time", ndup_number_seconds(s->total_seconds), "%s, peak memory %s",
        ndup_number_rate(s->text_bytes, s->total_seconds).text, ndup_number_memory(s->peak_memory_bytes).text);
}

static void results(const struct lines *lines, const neardup_summary *s, const neardup_job_options *o, bool would)
{
    bool whole = (o->units & NEARDUP_UNIT_DOCUMENT) != 0;
    bool split_too = ndup_parts_unit(o->units) != 0;
    uint64_t saved = s->removed_bytes + s->dropped_bytes;
    if (split_too && !o->annotate)
        saved += s->parts.cut_bytes + s->parts.emptied_bytes;
    documents(lines, s);
    references(lines, s);
    if (whole)
        duplicates(lines, s);
    if (split_too)
        parts(lines, &s->parts, o, would);
    if (whole || s->kept < s->documents)
        row(lines, would ? "would keep" : "kept", ndup_number_group(s->kept), split_too ? "document%s" : NULL,
            plural(s->kept));
    oddities(lines, s);
    row(lines, would ? "would save" : "saved", ndup_number_bytes(saved), "%s",
        ndup_number_percent(saved, s->text_bytes).text);
    speed(lines, s);
}

static void fingerprints(const struct lines *lines, const neardup_hamming_plan *plan, bool verify, uint64_t candidates,
                         uint64_t edges)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    ndup_plan_describe(&text, plan);
    row(lines, "plan", ndup_number_group(plan->distance), "of %u bits may differ: %s", plan->bits,
        text.failed ? "" : text.data);
    ndup_buf_free(&text);
    if (verify)
        row(lines, "candidates", ndup_number_group(candidates),
            "pairs within the distance verified, %s of them at or above the threshold", ndup_number_group(edges).text);
    else
        row(lines, "candidates", ndup_number_group(candidates), "pairs within the distance");
}

static void method(const struct lines *lines, const neardup_plan *plan, uint64_t candidates, uint64_t edges)
{
    if (plan->all)
        row(lines, "plan", ndup_number_score(plan->threshold), "exact join of all pairs");
    else
        row(lines, "plan", ndup_number_score(plan->threshold), "%u slots = %u bands of %u rows (%s), recall %s",
            plan->slots, plan->bands, plan->rows, plan->kind == NEARDUP_SKETCH_FSS ? "fss" : "affine",
            ndup_number_score(plan->recall_at_threshold).text);
    row(lines, "candidates", ndup_number_group(candidates), "pairs verified, %s of them at or above the threshold",
        ndup_number_group(edges).text);
}

static void details(const struct lines *lines, const neardup_summary *s, const neardup_job_options *o)
{
    bool split_too = ndup_parts_unit(o->units) != 0, simhash = o->method == NEARDUP_METHOD_SIMHASH;
    if ((o->units & NEARDUP_UNIT_DOCUMENT) != 0 && simhash)
        fingerprints(lines, &s->hamming, o->verify, s->candidates, s->edges);
    else if ((o->units & NEARDUP_UNIT_DOCUMENT) != 0)
        method(lines, &s->plan, s->candidates, s->edges);
    if (split_too && simhash)
        fingerprints(lines, &s->parts.hamming, o->verify, s->parts.candidates, s->parts.edges);
    else if (split_too)
        method(lines, &s->parts.plan, s->parts.candidates, s->parts.edges);
    row(lines, "read", ndup_number_seconds(s->read_seconds), "%s",
        ndup_number_rate(s->text_bytes, s->read_seconds).text);
    if (split_too)
        row(lines, "splitting", ndup_number_seconds(s->split_seconds), NULL);
    row(lines, "match", ndup_number_seconds(s->match_seconds), NULL);
    row(lines, "verify", ndup_number_seconds(s->verify_seconds), NULL);
    row(lines, "write", ndup_number_seconds(s->write_seconds), NULL);
    row(lines, "threads", ndup_number_group(s->threads), "%s tokens, scratch %s", ndup_number_group(s->tokens).text,
        ndup_number_bytes(s->scratch_bytes).text);
}

void ndup_summary_print(FILE *out, bool colour, const neardup_summary *summary, const neardup_job_options *options,
                        bool would, bool verbose)
{
    struct lines lines = lines_to(out, colour);
    results(&lines, summary, options, would);
    if (verbose)
        details(&lines, summary, options);
}

void ndup_runjob_summary(const struct ndup_runjob *run, bool would)
{
    const struct ndup_msg *msg = &run->cli->msg;
    if (msg->verbosity < 0)
        return;
    fflush(stdout);
    ndup_summary_print(msg->stream, msg->colour, neardup_job_summary(run->job), &run->options, would,
                       msg->verbosity > 0);
    fflush(msg->stream);
}

void ndup_runjob_sketch_summary(const struct ndup_runjob *run)
{
    const struct ndup_msg *msg = &run->cli->msg;
    const neardup_summary *s = neardup_job_summary(run->job);
    struct lines lines = lines_to(msg->stream, msg->colour);
    if (msg->verbosity < 0)
        return;
    fflush(stdout);
    documents(&lines, s);
    oddities(&lines, s);
    speed(&lines, s);
    fflush(msg->stream);
}
