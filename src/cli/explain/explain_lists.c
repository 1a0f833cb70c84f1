/* SPDX-License-Identifier: MIT
 * Lists in what explain shows: what was removed for a document, what is similar to it, what was cut of it. */
#include "base/platform.h"

#include "base/buf.h"
#include "cli/difftext.h"
#include "cli/explain/explain_page.h"
#include "cli/parts.h"
#include "run/names.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/table.h"
#include "term/term.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Documents that have next to nothing in common are not worth a line, but for the first of them. */
#define FAR        0.05
#define SHOWN_NEAR 3u

static void cell(struct ndup_explain_page *p, struct ndup_table *table, const struct ndup_buf *text)
{
    p->failed = p->failed || text->failed;
    ndup_table_cell(table, text->len > 0 ? text->data : "", text->len);
}

static void text_cell(struct ndup_table *table, const char *text)
{
    ndup_table_cell(table, text, strlen(text));
}

static void place_cell(struct ndup_explain_page *p, struct ndup_table *table, const neardup_ref *ref)
{
    struct ndup_buf place = NDUP_BUF_INIT;
    ndup_explain_safe_place(&place, ref);
    cell(p, table, &place);
    ndup_buf_free(&place);
}

void ndup_explain_print_members(struct ndup_explain_page *p)
{
    static const struct ndup_table_column columns[] = {
        {.title = "jaccard", .right = true}, {.title = "reason"}, {.title = "document", .keep_end = true, .least = 20}};
    const struct ndup_explained *x = p->x;
    struct ndup_table table;
    if (!x->is_keeper || x->member_count == 0)
        return;
    ndup_explain_heading(p, "removed for it");
    ndup_table_init(&table, stdout, p->width, p->colour, columns, sizeof columns / sizeof *columns);
    bool good = true;
    for (size_t i = 0; good && i < x->member_count; i++) {
        text_cell(&table, ndup_number_short_score(x->members[i].jaccard).text);
        text_cell(&table, ndup_reason_name(x->members[i].reason));
        place_cell(p, &table, &x->members[i].document.ref);
        good = ndup_table_row(&table, NDUP_TERM_PLAIN);
    }
    p->failed = !(good && ndup_table_flush(&table)) || p->failed;
    ndup_table_free(&table);
    ndup_explain_put_more(p, x->member_total, x->member_count);
}

void ndup_explain_print_near(struct ndup_explain_page *p)
{
    static const struct ndup_table_column bands[] = {{.title = "jaccard", .right = true},
                                                     {.title = "bands", .right = true},
                                                     {.title = "what of it", .least = 25},
                                                     {.title = "document", .keep_end = true, .least = 20}};
    static const struct ndup_table_column bits[] = {{.title = "jaccard", .right = true},
                                                    {.title = "bits", .right = true},
                                                    {.title = "what of it", .least = 25},
                                                    {.title = "document", .keep_end = true, .least = 20}};
    const struct ndup_explained *x = p->x;
    bool simhash = x->options.method == NEARDUP_METHOD_SIMHASH;
    struct ndup_table table;
    struct ndup_buf words = NDUP_BUF_INIT, safe = NDUP_BUF_INIT;
    if (!x->searched)
        return;
    ndup_explain_heading(p, x->is_keeper ? "most similar other documents" : "most similar documents");
    if (x->near_count == 0)
        puts(x->is_keeper ? "  no other shares a shingle with it" : "  none shares a shingle with it");
    ndup_table_init(&table, stdout, p->width, p->colour, simhash ? bits : bands, 4);
    bool good = true;
    size_t shown = 0;
    for (; good && shown < x->near_count; shown++) {
        const struct ndup_explained_near *n = &x->near[shown];
        if (shown >= SHOWN_NEAR && n->neighbour.jaccard < FAR)
            break;
        text_cell(&table, ndup_number_short_score(n->neighbour.jaccard).text);
        ndup_buf_clear(&words);
        if (simhash)
            ndup_buf_printf(&words, "%d", n->neighbour.distance);
        else if (x->plan.bands > 0)
            ndup_buf_printf(&words, "%u of %" PRIu32, n->neighbour.bands, x->plan.bands);
        cell(p, &table, &words);
        ndup_buf_clear(&words);
        ndup_explain_near_words(x, n, &words);
        ndup_buf_clear(&safe);
        ndup_safe_append(&safe, words.data, words.len);
        cell(p, &table, &safe);
        place_cell(p, &table, &n->document.ref);
        good = !words.failed && !safe.failed && ndup_table_row(&table, NDUP_TERM_PLAIN);
    }
    p->failed = !(good && ndup_table_flush(&table)) || p->failed;
    ndup_table_free(&table);
    if (shown < x->near_count)
        printf("  %s... and others below %s%s\n", ndup_term_begin(p->colour, NDUP_TERM_DIM),
               ndup_number_score(FAR).text, ndup_term_end(p->colour, NDUP_TERM_DIM));
    if (x->unread > 0)
        printf("  %snot all: %s file%s could not be read%s\n", ndup_term_begin(p->colour, NDUP_TERM_YELLOW),
               ndup_number_group(x->unread).text, ndup_explain_plural(x->unread),
               ndup_term_end(p->colour, NDUP_TERM_YELLOW));
    ndup_buf_free(&words);
    ndup_buf_free(&safe);
}

/* Where the copy that stays stands: often in the same document, elsewhere. */
static void put_copy(struct ndup_explain_page *p, const neardup_ref *part, const neardup_ref *copy)
{
    if (part->file != NULL && strcmp(part->file, copy->file) == 0 && part->line == copy->line)
        fputs("the same document", stdout);
    else
        ndup_explain_put_place(p, copy);
    printf(", bytes %" PRIu64 " to %" PRIu64, copy->bytes.begin, copy->bytes.end);
}

static void print_cut(struct ndup_explain_page *p, const struct ndup_explained_cut *cut)
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
        put_copy(p, &cut->part.ref, &cut->keeper.ref);
    }
    putchar('\n');
    if (cut->text.bytes == NULL)
        return;
    if (d->reason != NEARDUP_NEAR || cut->keeper_text.bytes == NULL) {
        p->failed = !ndup_flow_excerpt(&flow, cut->text.bytes, cut->text.length) || p->failed;
        return;
    }
    neardup_segment *segments = NULL;
    size_t count = 0;
    if (neardup_diff(&p->x->options.part_profile, cut->text.bytes, cut->text.length, cut->keeper_text.bytes,
                     cut->keeper_text.length, &segments, &count, NULL) != NEARDUP_OK ||
        !ndup_flow_differences(&flow, cut->text.bytes, cut->keeper_text.bytes, segments, count, &left_out))
        p->failed = true;
    free(segments);
}

void ndup_explain_print_cuts(struct ndup_explain_page *p)
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
    ndup_explain_heading(p, text);
    for (size_t i = 0; i < x->cut_count; i++)
        print_cut(p, &x->cuts[i]);
    ndup_explain_put_more(p, x->cut_total, x->cut_count);
}
