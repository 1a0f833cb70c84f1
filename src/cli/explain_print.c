/* SPDX-License-Identifier: MIT
 * What explain prints: text for people, JSON for programs. */
#include "base/platform.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli/difftext.h"
#include "cli/explain.h"
#include "cli/runjob.h"
#include "run/names.h"
#include "run/record.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/table.h"
#include "term/term.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct explain_page {
    const struct ndup_explained *x;
    bool colour;
    size_t width;
    bool failed; /* no memory: something was not printed */
};

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

#define SHOWN_PASSAGES 3u
#define SHOWN_LINES    20u /* of differences, unless -v */
#define LABEL          12

/* ---- pieces ---- */

static void put_safe(struct explain_page *p, const char *text, size_t length)
{
    struct ndup_buf safe = NDUP_BUF_INIT;
    ndup_safe_append(&safe, text, length);
    p->failed = p->failed || safe.failed;
    if (!safe.failed && safe.len > 0)
        fwrite(safe.data, 1, safe.len, stdout);
    ndup_buf_free(&safe);
}

/* "b17  part-2.jsonl:31", without the id if there is none. */
static void append_place(struct ndup_buf *out, const neardup_ref *ref)
{
    struct ndup_buf plain = NDUP_BUF_INIT;
    if (ref->id != NULL) {
        ndup_json_write_plain(&plain, ref->id, ref->id_length);
        ndup_safe_append(out, plain.data, plain.len);
        ndup_buf_append_str(out, "  ");
    }
    ndup_safe_append_path(out, ref->file);
    ndup_buf_printf(out, ":%" PRIu64, ref->line);
    out->failed = out->failed || plain.failed;
    ndup_buf_free(&plain);
}

static void put_place(struct explain_page *p, const neardup_ref *ref)
{
    struct ndup_buf out = NDUP_BUF_INIT;
    append_place(&out, ref);
    p->failed = p->failed || out.failed;
    if (!out.failed)
        printf("%.*s", (int)out.len, out.data);
    ndup_buf_free(&out);
}

static void label(struct explain_page *p, const char *name)
{
    printf("  %s%-*s%s", ndup_term_begin(p->colour, NDUP_TERM_DIM), LABEL, name,
           ndup_term_end(p->colour, NDUP_TERM_DIM));
}

static void heading(struct explain_page *p, const char *text)
{
    printf("\n%s%s%s\n", ndup_term_begin(p->colour, NDUP_TERM_BOLD), text, ndup_term_end(p->colour, NDUP_TERM_BOLD));
}

static void put_more(struct explain_page *p, uint64_t total, uint64_t shown)
{
    if (total > shown)
        printf("  %s... and %s more; --limit N shows more%s\n", ndup_term_begin(p->colour, NDUP_TERM_DIM),
               ndup_number_group(total - shown).text, ndup_term_end(p->colour, NDUP_TERM_DIM));
}

/* ---- the answer in a line ---- */

static void print_verdict(struct explain_page *p)
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
        if (x->reason == NEARDUP_CONTAINED)
            printf("%s of it is in a longer document that was kept\n",
                   ndup_number_percent((uint64_t)(x->containment * 1000000), 1000000).text);
        else
            puts(x->reason == NEARDUP_EXACT ? "it has the same words as a document that was kept"
                                            : "it is a near-duplicate of a document that was kept");
        break;
    case NDUP_EXPLAINED_EMPTIED:
        fputs("too little was left of it after its repeated parts were cut\n", stdout);
        break;
    case NDUP_EXPLAINED_EMPTY:
        fputs("it has no token, so it is not compared with anything\n", stdout);
        break;
    case NDUP_EXPLAINED_INVALID:
        fputs("it is an invalid record: ", stdout);
        put_safe(p, x->problem, strlen(x->problem));
        putchar('\n');
        break;
    case NDUP_EXPLAINED_KEPT:
        if (x->is_keeper)
            printf("%s other document%s %s removed as its duplicate%s\n", ndup_number_group(x->member_total).text,
                   plural(x->member_total), x->member_total == 1 ? "was" : "were", plural(x->member_total));
        else if (x->document.ref.reference)
            puts("it is a reference");
        else if ((x->options.units & NEARDUP_UNIT_DOCUMENT) == 0)
            puts("the run did not compare whole documents");
        else
            puts("no document that was kept is similar enough to it");
        break;
    }
}

/* ---- what the run wrote ---- */

static void print_distance(struct explain_page *p, int distance)
{
    const neardup_job_options *o = &p->x->options;
    if (distance != NEARDUP_NO_DISTANCE)
        printf("%s%d of %u bits differ, at most %u may", o->verify ? ", " : "; ", distance, o->simhash_bits,
               o->distance);
}

static void print_score(struct explain_page *p)
{
    const struct ndup_explained *x = p->x;
    if (x->fate != NDUP_EXPLAINED_REMOVED)
        return;
    label(p, "score");
    if (x->reason == NEARDUP_CONTAINED) {
        printf("containment %s, at least %s; the Jaccard similarity is %s\n", ndup_number_score(x->containment).text,
               ndup_number_score(x->options.contained).text, ndup_number_score(x->jaccard).text);
        return;
    }
    printf("Jaccard %s", ndup_number_score(x->jaccard).text);
    if (x->options.method != NEARDUP_METHOD_SIMHASH || x->options.verify)
        printf(", threshold %s", ndup_number_score(x->options.threshold).text);
    print_distance(p, x->distance);
    if (x->reason == NEARDUP_EXACT)
        fputs(" (the same words)", stdout);
    else if (x->pair.comparison.same_tokens)
        fputs(" (the same words with other signs or accents)", stdout);
    else if (x->numbers_differ)
        fputs(" (only numbers differ)", stdout);
    putchar('\n');
}

/* As the run counted them, as the JSON has it: the file may have changed since. */
static uint64_t tokens_of(const neardup_ref *ref, uint64_t now)
{
    return ref->tokens > 0 ? ref->tokens : now;
}

static void print_facts(struct explain_page *p)
{
    const struct ndup_explained *x = p->x;
    const neardup_ref *d = &x->document.ref;
    label(p, "document");
    put_place(p, d);
    uint64_t tokens = tokens_of(d, x->pair.known ? x->pair.comparison.a_tokens : 0);
    if (tokens > 0)
        printf("  (%s token%s)", ndup_number_group(tokens).text, plural(tokens));
    fputs(d->reference ? "  (reference)\n" : "\n", stdout);
    if (x->keeper.ref.file != NULL) {
        label(p, "keeper");
        put_place(p, &x->keeper.ref);
        tokens = tokens_of(&x->keeper.ref, x->pair.known ? x->pair.comparison.b_tokens : 0);
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
            printf("; connected with cluster %s", ndup_number_group(x->component).text);
        putchar('\n');
    }
}

/* ---- what the texts say ---- */

static void print_bands(struct explain_page *p)
{
    const struct ndup_explained *x = p->x;
    const struct ndup_explained_pair *pair = &x->pair;
    if (x->plan.bands == 0 || x->options.method == NEARDUP_METHOD_SIMHASH)
        return;
    label(p, "bands");
    char text[64];
    size_t shown = 0, column = LABEL + 2;
    column += (size_t)printf("%zu of %" PRIu32 " agree, with %" PRIu32 " row%s each", pair->band_count, x->plan.bands,
                             x->plan.rows, plural(x->plan.rows));
    for (; shown < pair->band_count && shown < 12; shown++) {
        size_t length = (size_t)snprintf(text, sizeof text, "%s%" PRIu32, shown == 0 ? ": " : ", ", pair->bands[shown]);
        if (column + length + strlen(" ...") > p->width)
            break;
        fputs(text, stdout);
        column += length;
    }
    fputs(shown < pair->band_count ? " ...\n" : "\n", stdout);
}

static void print_comparison(struct explain_page *p)
{
    const struct ndup_explained_pair *pair = &p->x->pair;
    const neardup_comparison *c = &pair->comparison;
    if (!pair->known)
        return;
    label(p, "shingles");
    printf("%s shared, of %s here and %s in the keeper\n", ndup_number_group(c->shared).text,
           ndup_number_group(c->a_shingles).text, ndup_number_group(c->b_shingles).text);
    label(p, "contained");
    printf("%s of it is in the keeper, ", ndup_number_percent(c->shared, c->a_shingles).text);
    printf("%s of the keeper is in it\n", ndup_number_percent(c->shared, c->b_shingles).text);
    print_bands(p);
    if (pair->distance != NEARDUP_NO_DISTANCE && pair->distance != p->x->distance) {
        label(p, "distance");
        printf("%d bits between the texts of today\n", pair->distance);
    }
    if (pair->changed) {
        label(p, "changed");
        printf("%sthe texts of today have a Jaccard similarity of %s: a file has changed since the run%s\n",
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

static void print_passages(struct explain_page *p)
{
    const struct ndup_explained_pair *pair = &p->x->pair;
    const struct ndup_difftext flow = {stdout, p->width, 4, p->colour, 1};
    neardup_passage *sorted = ndup_alloc(pair->passage_count, sizeof *sorted);
    p->failed = p->failed || sorted == NULL;
    if (sorted == NULL || pair->passage_count == 0 || p->x->reason == NEARDUP_EXACT) {
        free(sorted);
        return;
    }
    memcpy(sorted, pair->passages, pair->passage_count * sizeof *sorted);
    qsort(sorted, pair->passage_count, sizeof *sorted, longest_first);
    heading(p, "longest shared passages");
    for (size_t i = 0; i < pair->passage_count && i < SHOWN_PASSAGES; i++) {
        printf("  %s tokens\n", ndup_number_group(sorted[i].tokens).text);
        p->failed =
            !ndup_difftext_excerpt(&flow, p->x->text.bytes + sorted[i].a_begin, sorted[i].a_end - sorted[i].a_begin) ||
            p->failed;
    }
    free(sorted);
}

static void print_differences(struct explain_page *p)
{
    const struct ndup_explained *x = p->x;
    size_t lines = x->cli->settings.verbosity > 0 ? SIZE_MAX - 1 : SHOWN_LINES, left_out = 0;
    const struct ndup_difftext flow = {stdout, p->width, 2, p->colour, lines};
    if (x->pair.comparison.same_tokens)
        return;
    printf("\n%sdifferences%s  %s%s%s only here, %s%s%s only in the keeper\n",
           ndup_term_begin(p->colour, NDUP_TERM_BOLD), ndup_term_end(p->colour, NDUP_TERM_BOLD),
           ndup_term_begin(p->colour, NDUP_TERM_RED), p->colour ? "red" : "[-...-]",
           ndup_term_end(p->colour, NDUP_TERM_RED), ndup_term_begin(p->colour, NDUP_TERM_GREEN),
           p->colour ? "green" : "{+...+}", ndup_term_end(p->colour, NDUP_TERM_GREEN));
    if (!ndup_difftext_differences(&flow, x->text.bytes, x->keeper_text.bytes, x->pair.segments, x->pair.segment_count,
                                   &left_out))
        p->failed = true;
    if (left_out > 0)
        printf("  %s... and %s more difference%s; -v shows all%s\n", ndup_term_begin(p->colour, NDUP_TERM_DIM),
               ndup_number_group(left_out).text, plural(left_out), ndup_term_end(p->colour, NDUP_TERM_DIM));
}

/* ---- lists: what was removed for it, what is similar, what was cut ---------------------------------------------- */

/* Documents that have next to nothing in common are not worth a line, but for the first of them. */
#define FAR        0.05
#define SHOWN_NEAR 3u

static void append_name(struct ndup_buf *out, const neardup_ref *ref)
{
    if (ref->file == NULL)
        ndup_buf_append_str(out, "no other");
    else if (ref->id != NULL)
        ndup_json_write_plain(out, ref->id, ref->id_length);
    else
        ndup_buf_printf(out, "%s:%" PRIu64, ref->file, ref->line);
}

static bool is_similar(const struct ndup_explained *x, const neardup_neighbour *n)
{
    const neardup_job_options *o = &x->options;
    bool simhash = o->method == NEARDUP_METHOD_SIMHASH;
    bool within = !simhash || (n->distance >= 0 && (unsigned)n->distance <= o->distance);
    return within && ((simhash && !o->verify) || n->jaccard >= o->threshold);
}

/* Whether the run looks at such a pair, if both are there to be compared. */
static bool would_meet(const struct ndup_explained *x, const neardup_neighbour *n)
{
    if (x->options.method == NEARDUP_METHOD_SIMHASH)
        return n->distance >= 0 && (unsigned)n->distance <= x->options.distance;
    return x->plan.bands == 0 || n->bands > 0;
}

/* What a similar document that is not in its cluster has to do with it, in words. */
static void near_words(const struct ndup_explained *x, const struct ndup_explained_near *near, struct ndup_buf *out)
{
    const neardup_neighbour *n = &near->neighbour;
    bool simhash = x->options.method == NEARDUP_METHOD_SIMHASH;
    bool similar = is_similar(x, n), meets = would_meet(x, n);
    if (similar)
        ndup_buf_append_str(out, "similar enough");
    else if (simhash && !meets)
        ndup_buf_printf(out, "more than %u bits apart", x->options.distance);
    else
        ndup_buf_printf(out, "below %s", ndup_number_score(x->options.threshold).text);
    if (near->removed && !similar) {
        ndup_buf_append_str(out, "; removed");
    } else if (near->removed) {
        ndup_buf_append_str(out, ", but removed for ");
        append_name(out, &near->keeper.ref);
    } else if (simhash || x->plan.bands == 0) {
        ndup_buf_append_str(out, similar ? ", but not compared: see capped_buckets" : "");
    } else if (!meets) {
        ndup_buf_append_str(out, similar ? ", but never compared: no band agrees" : "; never compared");
    } else {
        ndup_buf_append_str(out, similar ? ", but not compared: see capped_buckets" : "; compared");
    }
}

static void cell(struct explain_page *p, struct ndup_table *table, const struct ndup_buf *text)
{
    p->failed = p->failed || text->failed;
    ndup_table_cell(table, text->len > 0 ? text->data : "", text->len);
}

static void text_cell(struct ndup_table *table, const char *text)
{
    ndup_table_cell(table, text, strlen(text));
}

static void place_cell(struct explain_page *p, struct ndup_table *table, const neardup_ref *ref)
{
    struct ndup_buf place = NDUP_BUF_INIT;
    append_place(&place, ref);
    cell(p, table, &place);
    ndup_buf_free(&place);
}

static void put_reason(struct ndup_table *table, const struct ndup_explained_member *member)
{
    char text[64];
    if (member->reason == NEARDUP_CONTAINED)
        snprintf(text, sizeof text, "contained %s", ndup_number_short_score(member->containment).text);
    text_cell(table, member->reason == NEARDUP_CONTAINED ? text : ndup_reason_name(member->reason));
}

static void print_members(struct explain_page *p)
{
    static const struct ndup_table_column columns[] = {
        {.title = "jaccard", .right = true}, {.title = "reason"}, {.title = "document", .keep_end = true, .least = 20}};
    const struct ndup_explained *x = p->x;
    struct ndup_table table;
    if (!x->is_keeper || x->member_count == 0)
        return;
    heading(p, "removed as its duplicates");
    ndup_table_init(&table, stdout, p->width, p->colour, columns, sizeof columns / sizeof *columns);
    bool good = true;
    for (size_t i = 0; good && i < x->member_count; i++) {
        text_cell(&table, ndup_number_short_score(x->members[i].jaccard).text);
        put_reason(&table, &x->members[i]);
        place_cell(p, &table, &x->members[i].document.ref);
        good = ndup_table_row(&table, NDUP_TERM_PLAIN);
    }
    p->failed = !(good && ndup_table_flush(&table)) || p->failed;
    ndup_table_free(&table);
    put_more(p, x->member_total, x->member_count);
}

static void print_near(struct explain_page *p)
{
    static const struct ndup_table_column bands[] = {{.title = "jaccard", .right = true},
                                                     {.title = "bands", .right = true},
                                                     {.title = "outcome", .least = 25},
                                                     {.title = "document", .keep_end = true, .least = 20}};
    static const struct ndup_table_column bits[] = {{.title = "jaccard", .right = true},
                                                    {.title = "bits", .right = true},
                                                    {.title = "outcome", .least = 25},
                                                    {.title = "document", .keep_end = true, .least = 20}};
    const struct ndup_explained *x = p->x;
    bool simhash = x->options.method == NEARDUP_METHOD_SIMHASH;
    struct ndup_table table;
    struct ndup_buf words = NDUP_BUF_INIT, safe = NDUP_BUF_INIT;
    if (!x->searched)
        return;
    heading(p, x->is_keeper ? "most similar other documents" : "most similar documents");
    if (x->near_count == 0)
        puts("  none: no other document shares a shingle with it");
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
        near_words(x, n, &words);
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
        printf("  %sincomplete: %s file%s could not be read%s\n", ndup_term_begin(p->colour, NDUP_TERM_YELLOW),
               ndup_number_group(x->unread).text, plural(x->unread), ndup_term_end(p->colour, NDUP_TERM_YELLOW));
    ndup_buf_free(&words);
    ndup_buf_free(&safe);
}

/* Where the kept copy is: often in the same document. */
static void put_copy(struct explain_page *p, const neardup_ref *part, const neardup_ref *copy)
{
    if (part->file != NULL && strcmp(part->file, copy->file) == 0 && part->line == copy->line)
        fputs("the same document", stdout);
    else
        put_place(p, copy);
    printf(", bytes %" PRIu64 " to %" PRIu64, copy->bytes.begin, copy->bytes.end);
}

static void print_cut(struct explain_page *p, const struct ndup_explained_cut *cut)
{
    const neardup_decision *d = &cut->decision;
    const struct ndup_difftext flow = {stdout, p->width, 4, p->colour, 6};
    size_t left_out;
    printf("  %s%s%s, bytes %" PRIu64 " to %" PRIu64, ndup_term_begin(p->colour, NDUP_TERM_RED),
           ndup_reason_name(d->reason), ndup_term_end(p->colour, NDUP_TERM_RED), cut->part.ref.bytes.begin,
           cut->part.ref.bytes.end);
    if (d->reason == NEARDUP_CONTAINED)
        printf(": containment %s in the rest of the document", ndup_number_score(d->containment).text);
    else
        printf(": Jaccard %s", ndup_number_score(d->jaccard).text);
    if (d->distance != NEARDUP_NO_DISTANCE)
        printf(", %d bits", d->distance);
    if (cut->keeper.ref.file == NULL) {
        fputs(", no copy is kept", stdout);
    } else {
        fputs(d->reason == NEARDUP_CONTAINED ? ", most of it in " : " to ", stdout);
        put_copy(p, &cut->part.ref, &cut->keeper.ref);
    }
    putchar('\n');
    if (d->kept_count > 0 || d->cut.begin > cut->part.ref.bytes.begin || d->cut.end < cut->part.ref.bytes.end)
        fputs("    cut in part: sentences and list items that occur nowhere else stay\n", stdout);
    if (cut->text.bytes == NULL)
        return;
    if (d->reason != NEARDUP_NEAR || cut->keeper_text.bytes == NULL) {
        p->failed = !ndup_difftext_excerpt(&flow, cut->text.bytes, cut->text.length) || p->failed;
        return;
    }
    neardup_segment *segments = NULL;
    size_t count = 0;
    if (neardup_diff(&p->x->options.paragraph_profile, cut->text.bytes, cut->text.length, cut->keeper_text.bytes,
                     cut->keeper_text.length, &segments, &count, NULL) != NEARDUP_OK ||
        !ndup_difftext_differences(&flow, cut->text.bytes, cut->keeper_text.bytes, segments, count, &left_out))
        p->failed = true;
    free(segments);
}

static void print_cuts(struct explain_page *p)
{
    const struct ndup_explained *x = p->x;
    neardup_unit unit = ndup_runjob_part_unit(x->options.units);
    char text[96];
    if (unit == 0 && x->cut_total > 0)
        unit = x->cuts[0].part.ref.unit;
    if (unit == 0)
        return;
    if (x->cut_total == 0) {
        printf("\nno %s of it was cut\n", ndup_runjob_part_name(unit, 1));
        return;
    }
    snprintf(text, sizeof text, "%s %s cut%s", ndup_number_group(x->cut_total).text,
             ndup_runjob_part_name(unit, x->cut_total), x->options.annotate ? ", as the annotation says" : "");
    heading(p, text);
    for (size_t i = 0; i < x->cut_count; i++)
        print_cut(p, &x->cuts[i]);
    put_more(p, x->cut_total, x->cut_count);
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

int ndup_explain_print(const struct ndup_explained *x)
{
    struct explain_page p = {.x = x};
    p.colour = ndup_term_colour(stdout, (enum ndup_term_when)x->cli->settings.colour);
    p.width = ndup_term_width(stdout, 80);
    print_verdict(&p);
    putchar('\n');
    print_facts(&p);
    print_comparison(&p);
    if (x->no_texts[0] != '\0' && x->fate != NDUP_EXPLAINED_INVALID) {
        label(&p, "texts");
        fputs("not shown: ", stdout);
        put_safe(&p, x->no_texts, strlen(x->no_texts));
        putchar('\n');
    }
    if (x->pair.known) {
        print_passages(&p);
        print_differences(&p);
    }
    print_members(&p);
    print_cuts(&p);
    print_near(&p);
    if (p.failed)
        ndup_msg_error(&x->cli->msg, "out of memory");
    return p.failed ? NDUP_EXIT_TROUBLE : NDUP_EXIT_DONE;
}

/* ---- JSON; doc/outputs.md describes the fields ------------------------------------------------------------------ */

#define PLACE (NDUP_PLACE_UNIT | NDUP_PLACE_TOKENS_IF_KNOWN)

static const char *fate_name(const struct ndup_explained *x)
{
    static const char *const names[] = {[NDUP_EXPLAINED_KEPT] = "kept",
                                        [NDUP_EXPLAINED_REMOVED] = "removed",
                                        [NDUP_EXPLAINED_EMPTIED] = "emptied",
                                        [NDUP_EXPLAINED_EMPTY] = "empty",
                                        [NDUP_EXPLAINED_INVALID] = "invalid"};
    return names[x->fate];
}

static void add_decision(struct ndup_json_writer *j, const struct ndup_explained *x)
{
    if (!x->decided)
        return;
    ndup_record_score(j, &(struct ndup_record_score){x->reason, x->jaccard, x->containment, x->keeper_containment,
                                                     x->distance, x->numbers_differ});
    ndup_record_place(j, "keeper", &x->keeper.ref, PLACE);
}

static void add_cluster(struct ndup_json_writer *j, const struct ndup_explained *x)
{
    if (x->cluster == 0)
        return;
    ndup_json_add_u64(j, "cluster", x->cluster);
    if (x->cluster_size > 0)
        ndup_json_add_u64(j, "cluster_size", x->cluster_size);
    if (!x->is_keeper)
        return;
    ndup_json_add_u64(j, "member_count", x->member_total);
    ndup_json_add_array(j, "members", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < x->member_count; i++) {
        const struct ndup_explained_member *m = &x->members[i];
        ndup_record_open_place(j, NULL, &m->document.ref, PLACE);
        ndup_record_score(j, &(struct ndup_record_score){m->reason, m->jaccard, m->containment, m->keeper_containment,
                                                         m->distance, m->numbers_differ});
        ndup_json_end(j);
    }
    ndup_json_end(j);
}

static void add_passages(struct ndup_json_writer *j, const struct ndup_explained_pair *pair)
{
    ndup_json_add_array(j, "passages", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < pair->passage_count; i++) {
        const neardup_passage *p = &pair->passages[i];
        ndup_json_add_object(j, NULL, NDUP_JSON_COMPACT);
        ndup_json_add_u64(j, "tokens", p->tokens);
        ndup_json_add_span(j, "document", p->a_begin, p->a_end);
        ndup_json_add_span(j, "keeper", p->b_begin, p->b_end);
        ndup_json_end(j);
    }
    ndup_json_end(j);
}

static void add_piece(struct ndup_json_writer *j, const char *key, const char *text, uint64_t begin, uint64_t end)
{
    ndup_json_add_object(j, key, NDUP_JSON_COMPACT);
    ndup_json_add_span(j, "bytes", begin, end);
    ndup_json_add_bytes(j, "text", text + begin, (size_t)(end - begin));
    ndup_json_end(j);
}

static void add_differences(struct ndup_json_writer *j, const struct ndup_explained *x)
{
    ndup_json_add_array(j, "differences", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < x->pair.segment_count; i++) {
        const neardup_segment *s = &x->pair.segments[i];
        if (s->shared)
            continue;
        ndup_json_add_object(j, NULL, NDUP_JSON_COMPACT);
        add_piece(j, "document", x->text.bytes, s->a_begin, s->a_end);
        add_piece(j, "keeper", x->keeper_text.bytes, s->b_begin, s->b_end);
        ndup_json_end(j);
    }
    ndup_json_end(j);
}

static void add_comparison(struct ndup_json_writer *j, const struct ndup_explained *x)
{
    const struct ndup_explained_pair *p = &x->pair;
    const neardup_comparison *c = &p->comparison;
    if (!p->known)
        return;
    ndup_json_add_object(j, "comparison", NDUP_JSON_COMPACT);
    ndup_json_add_score(j, "jaccard", c->jaccard);
    ndup_json_add_score(j, "document_in_keeper", c->a_in_b);
    ndup_json_add_score(j, "keeper_in_document", c->b_in_a);
    ndup_json_add_u64(j, "shared_shingles", c->shared);
    ndup_json_add_u64(j, "document_shingles", c->a_shingles);
    ndup_json_add_u64(j, "keeper_shingles", c->b_shingles);
    if (p->distance != NEARDUP_NO_DISTANCE)
        ndup_json_add_u64(j, "distance", (uint64_t)p->distance);
    if (x->plan.bands > 0 && x->options.method != NEARDUP_METHOD_SIMHASH) {
        ndup_json_add_u64(j, "bands", x->plan.bands);
        ndup_json_add_u64(j, "rows", x->plan.rows);
        ndup_json_add_array(j, "bands_met", NDUP_JSON_COMPACT);
        for (size_t i = 0; i < p->band_count; i++)
            ndup_json_add_u64(j, NULL, p->bands[i]);
        ndup_json_end(j);
    }
    ndup_json_add_bool(j, "changed", p->changed);
    add_passages(j, p);
    add_differences(j, x);
    ndup_json_end(j);
}

static void add_cuts(struct ndup_json_writer *j, const struct ndup_explained *x)
{
    if (x->cut_total == 0 && (x->options.units & ~(unsigned)NEARDUP_UNIT_DOCUMENT) == 0)
        return;
    ndup_json_add_u64(j, "cut_count", x->cut_total);
    ndup_json_add_array(j, "cuts", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < x->cut_count; i++) {
        const struct ndup_explained_cut *cut = &x->cuts[i];
        const neardup_decision *d = &cut->decision;
        ndup_record_open_place(j, NULL, &cut->part.ref, PLACE);
        ndup_record_score(j, &(struct ndup_record_score){d->reason, d->jaccard, d->containment, d->keeper_containment,
                                                         d->distance, d->numbers_differ});
        ndup_record_span(j, "cut", d->cut);
        ndup_record_spans(j, "kept", d->kept, d->kept_count);
        ndup_record_place(j, "keeper", &cut->keeper.ref, PLACE);
        ndup_json_add_u64(j, "cluster", d->cluster);
        if (cut->text.bytes != NULL)
            ndup_json_add_bytes(j, "text", cut->text.bytes, cut->text.length);
        if (cut->keeper_text.bytes != NULL)
            ndup_json_add_bytes(j, "keeper_text", cut->keeper_text.bytes, cut->keeper_text.length);
        ndup_json_end(j);
    }
    ndup_json_end(j);
}

static void add_near(struct ndup_json_writer *j, const struct ndup_explained *x)
{
    struct ndup_buf words = NDUP_BUF_INIT;
    if (!x->searched)
        return;
    ndup_json_add_array(j, "similar", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < x->near_count; i++) {
        const struct ndup_explained_near *n = &x->near[i];
        ndup_record_open_place(j, NULL, &n->document.ref, PLACE);
        ndup_json_add_score(j, "jaccard", n->neighbour.jaccard);
        ndup_json_add_score(j, "document_in_it", n->neighbour.query_in_document);
        ndup_json_add_u64(j, "shared_shingles", n->neighbour.shared);
        if (n->neighbour.distance != NEARDUP_NO_DISTANCE)
            ndup_json_add_u64(j, "distance", (uint64_t)n->neighbour.distance);
        else if (x->plan.bands > 0)
            ndup_json_add_u64(j, "bands_met", n->neighbour.bands);
        ndup_json_add_string(j, "fate", n->removed ? "removed" : "kept");
        if (n->removed)
            ndup_record_place(j, "keeper", &n->keeper.ref, PLACE);
        ndup_buf_clear(&words);
        near_words(x, n, &words);
        ndup_json_add_bytes(j, "why", words.data, words.len);
        ndup_json_end(j);
    }
    ndup_json_end(j);
    if (x->unread > 0)
        ndup_json_add_u64(j, "unread_files", x->unread);
    j->buf->failed = j->buf->failed || words.failed;
    ndup_buf_free(&words);
}

int ndup_explain_json(const struct ndup_explained *x)
{
    struct ndup_buf b = NDUP_BUF_INIT;
    struct ndup_json_writer j;
    ndup_json_begin(&j, &b);
    ndup_json_add_object(&j, NULL, NDUP_JSON_COMPACT);
    ndup_record_place(&j, "document", &x->document.ref, PLACE);
    ndup_json_add_string(&j, "fate", fate_name(x));
    if (x->problem[0] != '\0')
        ndup_json_add_string(&j, "problem", x->problem);
    add_decision(&j, x);
    add_cluster(&j, x);
    if (x->options.method != NEARDUP_METHOD_SIMHASH || x->options.verify)
        ndup_json_add_score(&j, "threshold", x->options.threshold);
    if (x->options.method == NEARDUP_METHOD_SIMHASH)
        ndup_json_add_u64(&j, "most_distance", x->options.distance);
    add_comparison(&j, x);
    add_cuts(&j, x);
    add_near(&j, x);
    if (x->no_texts[0] != '\0')
        ndup_json_add_string(&j, "no_texts", x->no_texts);
    ndup_json_end(&j);
    ndup_buf_append_str(&b, "\n");
    return ndup_command_print(x->cli, &b);
}
