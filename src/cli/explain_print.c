/* SPDX-License-Identifier: MIT
 * What explain shows to people. */
#include "base/platform.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cli/explain.h"
#include "cli/explain_flow.h"
#include "cli/parts.h"
#include "show/names.h"
#include "term/emit.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/table.h"
#include "term/term.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_PASSAGES 3u
#define SHOWN_LINES    20u /* of differences, unless -v */
#define LABEL          12

struct page {
    const struct ndup_explained *x;
    bool colour;
    size_t width;
};

/* ---- pieces ---- */

static void put_safe(const char *text, size_t length)
{
    struct ndup_buf safe = NDUP_BUF_INIT;
    ndup_safe_append(&safe, text, length);
    if (!safe.failed && safe.len > 0)
        fwrite(safe.data, 1, safe.len, stdout);
    ndup_buf_free(&safe);
}

/* "b17  part-2.jsonl:31", without the id if there is none. */
static void safe_place(struct ndup_buf *out, const neardup_ref *ref)
{
    struct ndup_buf plain = NDUP_BUF_INIT;
    if (ref->id != NULL) {
        ndup_emit_plain(&plain, ref->id, ref->id_length);
        ndup_safe_append(out, plain.data, plain.len);
        ndup_buf_append_str(out, "  ");
    }
    ndup_safe_append(out, ref->file, strlen(ref->file));
    ndup_buf_printf(out, ":%" PRIu64, ref->line);
    out->failed = out->failed || plain.failed;
    ndup_buf_free(&plain);
}

static void put_place(const neardup_ref *ref)
{
    struct ndup_buf out = NDUP_BUF_INIT;
    safe_place(&out, ref);
    if (!out.failed)
        printf("%.*s", (int)out.len, out.data);
    ndup_buf_free(&out);
}

static void label(const struct page *p, const char *name)
{
    printf("  %s%-*s%s", ndup_term_begin(p->colour, NDUP_TERM_DIM), LABEL, name,
           ndup_term_end(p->colour, NDUP_TERM_DIM));
}

static void heading(const struct page *p, const char *text)
{
    printf("\n%s%s%s\n", ndup_term_begin(p->colour, NDUP_TERM_BOLD), text, ndup_term_end(p->colour, NDUP_TERM_BOLD));
}

static void put_more(const struct page *p, uint64_t total, uint64_t shown)
{
    if (total > shown)
        printf("  %s... and %s more; --limit N shows more%s\n", ndup_term_begin(p->colour, NDUP_TERM_DIM),
               ndup_number_group(total - shown).text, ndup_term_end(p->colour, NDUP_TERM_DIM));
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- the answer in a line ---- */

static void print_verdict(const struct page *p)
{
    const struct ndup_explained *x = p->x;
    bool stays = x->fate == NDUP_EXPLAINED_KEPT || x->fate == NDUP_EXPLAINED_EMPTY || x->fate == NDUP_EXPLAINED_INVALID;
    bool dropped = (x->fate == NDUP_EXPLAINED_EMPTY && x->options.drop_empty) ||
                   (x->fate == NDUP_EXPLAINED_INVALID && x->options.drop_invalid);
    enum ndup_term_style style = stays && !dropped ? NDUP_TERM_GREEN : NDUP_TERM_RED;
    printf("%s%s%s: ", ndup_term_begin(p->colour, style),
           !stays    ? "removed"
           : dropped ? "dropped"
                     : "kept",
           ndup_term_end(p->colour, style));
    switch (x->fate) {
    case NDUP_EXPLAINED_REMOVED:
        fputs(x->reason == NEARDUP_EXACT ? "it has the same words as a document that stays\n"
                                         : "it is a near-duplicate of a document that stays\n",
              stdout);
        break;
    case NDUP_EXPLAINED_EMPTIED:
        fputs("too little was left of it when its repeated parts were cut\n", stdout);
        break;
    case NDUP_EXPLAINED_EMPTY:
        fputs("it has no token, so that it is compared with nothing\n", stdout);
        break;
    case NDUP_EXPLAINED_INVALID:
        fputs("a record that cannot be read: ", stdout);
        put_safe(x->problem, strlen(x->problem));
        putchar('\n');
        break;
    case NDUP_EXPLAINED_KEPT:
        if (x->is_keeper)
            printf("%s other document%s %s removed for it\n", ndup_number_group(x->member_total).text,
                   plural(x->member_total), x->member_total == 1 ? "is" : "are");
        else if (x->document.ref.reference)
            puts("a reference, with which the corpus was compared");
        else if ((x->options.units & NEARDUP_UNIT_DOCUMENT) == 0)
            puts("whole documents were not compared");
        else
            puts("no document that stays is similar enough to it");
        break;
    }
}

/* ---- what the run wrote ---- */

static void print_distance(const struct page *p, int distance)
{
    const neardup_job_options *o = &p->x->options;
    if (distance != NEARDUP_NO_DISTANCE)
        printf("%s%d of %u bits differ, at most %u may", o->verify ? ", " : "; ", distance, o->simhash_bits,
               o->distance);
}

static void print_score(const struct page *p)
{
    const struct ndup_explained *x = p->x;
    if (x->fate != NDUP_EXPLAINED_REMOVED)
        return;
    label(p, "score");
    printf("Jaccard %s", ndup_number_score(x->jaccard).text);
    if (x->options.method != NEARDUP_METHOD_SIMHASH || x->options.verify)
        printf(", threshold %s", ndup_number_score(x->options.threshold).text);
    print_distance(p, x->distance);
    if (x->reason == NEARDUP_EXACT)
        fputs(" (the same words)", stdout);
    putchar('\n');
}

static void print_facts(const struct page *p)
{
    const struct ndup_explained *x = p->x;
    const neardup_ref *d = &x->document.ref;
    label(p, "document");
    put_place(d);
    uint64_t tokens = x->pair.known ? x->pair.comparison.a_tokens : d->tokens;
    if (tokens > 0)
        printf("  (%s token%s)", ndup_number_group(tokens).text, plural(tokens));
    putchar('\n');
    if (x->keeper.ref.file != NULL) {
        label(p, "keeper");
        put_place(&x->keeper.ref);
        tokens = x->pair.known ? x->pair.comparison.b_tokens : x->keeper.ref.tokens;
        if (tokens > 0)
            printf("  (%s token%s)", ndup_number_group(tokens).text, plural(tokens));
        fputs(x->keeper.ref.reference ? "  (reference)\n" : "\n", stdout);
    }
    print_score(p);
    if (x->cluster > 0) {
        label(p, "cluster");
        printf("%s", ndup_number_group(x->cluster).text);
        if (x->cluster_size > 0)
            printf(", of %s documents", ndup_number_group(x->cluster_size).text);
        if (x->component > 0 && x->component != x->cluster)
            printf("; it hangs together with cluster %s", ndup_number_group(x->component).text);
        putchar('\n');
    }
}

/* ---- what the texts say ---- */

static void print_bands(const struct page *p)
{
    const struct ndup_explained *x = p->x;
    const struct ndup_explained_pair *pair = &x->pair;
    if (x->plan.bands == 0 || x->options.method == NEARDUP_METHOD_SIMHASH)
        return;
    label(p, "bands");
    printf("%zu of %" PRIu32 " met, of %" PRIu32 " row%s each", pair->band_count, x->plan.bands, x->plan.rows,
           plural(x->plan.rows));
    for (size_t i = 0; i < pair->band_count && i < 12; i++)
        printf("%s%" PRIu32, i == 0 ? ": " : ", ", pair->bands[i]);
    fputs(pair->band_count > 12 ? " ...\n" : "\n", stdout);
}

static void print_comparison(const struct page *p)
{
    const struct ndup_explained_pair *pair = &p->x->pair;
    const neardup_comparison *c = &pair->comparison;
    if (!pair->known)
        return;
    label(p, "shingles");
    printf("%s shared, of %s here and %s in the keeper\n", ndup_number_group(c->shared).text,
           ndup_number_group(c->a_shingles).text, ndup_number_group(c->b_shingles).text);
    label(p, "contained");
    printf("%s of it stands in the keeper, ", ndup_number_percent(c->shared, c->a_shingles).text);
    printf("%s of the keeper in it\n", ndup_number_percent(c->shared, c->b_shingles).text);
    print_bands(p);
    if (pair->distance != NEARDUP_NO_DISTANCE && pair->distance != p->x->distance) {
        label(p, "distance");
        printf("%d bits as the texts are now\n", pair->distance);
    }
    if (pair->changed) {
        label(p, "changed");
        printf("%sthe texts have a Jaccard similarity of %s now: a file is not what it was%s\n",
               ndup_term_begin(p->colour, NDUP_TERM_YELLOW), ndup_number_score(c->jaccard).text,
               ndup_term_end(p->colour, NDUP_TERM_YELLOW));
    }
}

static int longest_first(const void *left, const void *right)
{
    const neardup_passage *a = left, *b = right;
    if (a->tokens != b->tokens)
        return a->tokens > b->tokens ? -1 : 1;
    return a->a_begin < b->a_begin ? -1 : a->a_begin > b->a_begin;
}

static void print_passages(const struct page *p)
{
    const struct ndup_explained_pair *pair = &p->x->pair;
    const struct ndup_flow flow = {stdout, p->width, 4, p->colour, 1};
    neardup_passage *sorted = ndup_alloc(pair->passage_count, sizeof *sorted);
    if (sorted == NULL || pair->passage_count == 0 || p->x->reason == NEARDUP_EXACT) {
        free(sorted);
        return;
    }
    memcpy(sorted, pair->passages, pair->passage_count * sizeof *sorted);
    qsort(sorted, pair->passage_count, sizeof *sorted, longest_first);
    heading(p, "longest shared passages");
    for (size_t i = 0; i < pair->passage_count && i < SHOWN_PASSAGES; i++) {
        printf("  %s tokens\n", ndup_number_group(sorted[i].tokens).text);
        ndup_flow_excerpt(&flow, p->x->text.bytes + sorted[i].a_begin, sorted[i].a_end - sorted[i].a_begin);
    }
    free(sorted);
}

static void print_differences(const struct page *p)
{
    const struct ndup_explained *x = p->x;
    size_t lines = x->cli->settings.verbosity > 0 ? SIZE_MAX - 1 : SHOWN_LINES, left_out = 0;
    const struct ndup_flow flow = {stdout, p->width, 2, p->colour, lines};
    if (x->pair.comparison.identical)
        return;
    printf("\n%sdifferences%s  %s%s%s only here, %s%s%s only in the keeper\n",
           ndup_term_begin(p->colour, NDUP_TERM_BOLD), ndup_term_end(p->colour, NDUP_TERM_BOLD),
           ndup_term_begin(p->colour, NDUP_TERM_RED), p->colour ? "red" : "[-...-]",
           ndup_term_end(p->colour, NDUP_TERM_RED), ndup_term_begin(p->colour, NDUP_TERM_GREEN),
           p->colour ? "green" : "{+...+}", ndup_term_end(p->colour, NDUP_TERM_GREEN));
    if (ndup_flow_differences(&flow, x->text.bytes, x->keeper_text.bytes, x->pair.segments, x->pair.segment_count,
                              &left_out) &&
        left_out > 0)
        printf("  %s... and %s more difference%s; -v shows all%s\n", ndup_term_begin(p->colour, NDUP_TERM_DIM),
               ndup_number_group(left_out).text, plural(left_out), ndup_term_end(p->colour, NDUP_TERM_DIM));
}

/* ---- lists ---- */

static void cell(struct ndup_table *table, const struct ndup_buf *text)
{
    ndup_table_cell(table, text->len > 0 ? text->data : "", text->len);
}

static void text_cell(struct ndup_table *table, const char *text)
{
    ndup_table_cell(table, text, strlen(text));
}

static void place_cell(struct ndup_table *table, const neardup_ref *ref)
{
    struct ndup_buf place = NDUP_BUF_INIT;
    safe_place(&place, ref);
    cell(table, &place);
    ndup_buf_free(&place);
}

static void print_members(const struct page *p)
{
    static const struct ndup_table_column columns[] = {
        {.title = "jaccard", .right = true}, {.title = "reason"}, {.title = "document", .keep_end = true, .least = 20}};
    const struct ndup_explained *x = p->x;
    struct ndup_table table;
    if (!x->is_keeper || x->member_count == 0)
        return;
    heading(p, "removed for it");
    ndup_table_init(&table, stdout, p->width, p->colour, columns, sizeof columns / sizeof *columns);
    bool good = true;
    for (size_t i = 0; good && i < x->member_count; i++) {
        text_cell(&table, ndup_number_short_score(x->members[i].jaccard).text);
        text_cell(&table, ndup_reason_name(x->members[i].reason));
        place_cell(&table, &x->members[i].document.ref);
        good = ndup_table_row(&table, NDUP_TERM_PLAIN);
    }
    if (good)
        (void)ndup_table_flush(&table);
    ndup_table_free(&table);
    put_more(p, x->member_total, x->member_count);
}

static void print_near(const struct page *p)
{
    static const struct ndup_table_column bands[] = {{.title = "jaccard", .right = true},
                                                     {.title = "bands", .right = true},
                                                     {.title = "document", .keep_end = true, .least = 16},
                                                     {.title = "what of it", .least = 20}};
    static const struct ndup_table_column bits[] = {{.title = "jaccard", .right = true},
                                                    {.title = "bits", .right = true},
                                                    {.title = "document", .keep_end = true, .least = 16},
                                                    {.title = "what of it", .least = 20}};
    const struct ndup_explained *x = p->x;
    bool simhash = x->options.method == NEARDUP_METHOD_SIMHASH;
    struct ndup_table table;
    struct ndup_buf words = NDUP_BUF_INIT, safe = NDUP_BUF_INIT;
    if (!x->searched)
        return;
    heading(p, x->is_keeper ? "most similar other documents" : "most similar documents");
    if (x->near_count == 0)
        puts(x->is_keeper ? "  no other shares a shingle with it" : "  none shares a shingle with it");
    ndup_table_init(&table, stdout, p->width, p->colour, simhash ? bits : bands, 4);
    bool good = true;
    for (size_t i = 0; good && i < x->near_count; i++) {
        const struct ndup_explained_near *n = &x->near[i];
        text_cell(&table, ndup_number_short_score(n->neighbour.jaccard).text);
        ndup_buf_clear(&words);
        if (simhash)
            ndup_buf_printf(&words, "%d", n->neighbour.distance);
        else if (x->plan.bands > 0)
            ndup_buf_printf(&words, "%u of %" PRIu32, n->neighbour.bands, x->plan.bands);
        cell(&table, &words);
        place_cell(&table, &n->document.ref);
        ndup_buf_clear(&words);
        ndup_explain_near_words(x, n, &words);
        ndup_buf_clear(&safe);
        ndup_safe_append(&safe, words.data, words.len);
        cell(&table, &safe);
        good = !words.failed && !safe.failed && ndup_table_row(&table, NDUP_TERM_PLAIN);
    }
    if (good)
        (void)ndup_table_flush(&table);
    ndup_table_free(&table);
    ndup_buf_free(&words);
    ndup_buf_free(&safe);
}

static void print_cut(const struct page *p, const struct ndup_explained_cut *cut)
{
    const neardup_decision *d = &cut->decision;
    const struct ndup_flow flow = {stdout, p->width, 4, p->colour, 6};
    size_t left_out;
    printf("  %s%s%s, bytes %" PRIu64 " to %" PRIu64, ndup_term_begin(p->colour, NDUP_TERM_RED),
           ndup_reason_name(d->reason), ndup_term_end(p->colour, NDUP_TERM_RED), cut->part.ref.bytes.begin,
           cut->part.ref.bytes.end);
    if (d->reason == NEARDUP_CONTAINED)
        printf(": %s of its shingles stand in the rest of the document", ndup_number_score(d->containment).text);
    else
        printf(": Jaccard %s", ndup_number_score(d->jaccard).text);
    if (d->distance != NEARDUP_NO_DISTANCE)
        printf(", %d bits", d->distance);
    if (cut->keeper.ref.file == NULL) {
        fputs(", no copy stays", stdout);
    } else {
        fputs(d->reason == NEARDUP_CONTAINED ? ", most of it in " : " to ", stdout);
        put_place(&cut->keeper.ref);
    }
    putchar('\n');
    if (cut->text.bytes == NULL)
        return;
    if (d->reason != NEARDUP_NEAR || cut->keeper_text.bytes == NULL) {
        ndup_flow_excerpt(&flow, cut->text.bytes, cut->text.length);
        return;
    }
    neardup_segment *segments = NULL;
    size_t count = 0;
    if (neardup_diff(&p->x->options.part_profile, cut->text.bytes, cut->text.length, cut->keeper_text.bytes,
                     cut->keeper_text.length, &segments, &count, NULL) == NEARDUP_OK)
        (void)ndup_flow_differences(&flow, cut->text.bytes, cut->keeper_text.bytes, segments, count, &left_out);
    free(segments);
}

static void print_cuts(const struct page *p)
{
    const struct ndup_explained *x = p->x;
    neardup_unit unit = ndup_parts_unit(x->options.units);
    char text[96];
    if (unit == 0 && x->cut_total > 0)
        unit = x->cuts[0].part.ref.unit;
    if (unit == 0)
        return;
    if (x->cut_total == 0) {
        printf("\nnone of its %s was cut\n", ndup_parts_name(unit, 2));
        return;
    }
    snprintf(text, sizeof text, "%s %s cut%s", ndup_number_group(x->cut_total).text,
             ndup_parts_name(unit, x->cut_total), x->options.annotate ? ", as its annotation says" : "");
    heading(p, text);
    for (size_t i = 0; i < x->cut_count; i++)
        print_cut(p, &x->cuts[i]);
    put_more(p, x->cut_total, x->cut_count);
}

void ndup_explain_print(const struct ndup_explained *x)
{
    struct page p = {.x = x};
    p.colour = ndup_term_colour(stdout, (enum ndup_term_when)x->cli->settings.colour);
    p.width = ndup_term_width(stdout, 80);
    print_verdict(&p);
    putchar('\n');
    print_facts(&p);
    print_comparison(&p);
    if (x->no_texts[0] != '\0' && x->fate != NDUP_EXPLAINED_INVALID) {
        label(&p, "texts");
        fputs("not shown: ", stdout);
        put_safe(x->no_texts, strlen(x->no_texts));
        putchar('\n');
    }
    if (x->pair.known) {
        print_passages(&p);
        print_differences(&p);
    }
    print_members(&p);
    print_cuts(&p);
    print_near(&p);
}
