/* SPDX-License-Identifier: MIT
 * What explain shows to people. */
#include "base/platform.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cli/difftext.h"
#include "cli/explain/explain_page.h"
#include "term/emit.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/term.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_PASSAGES 3u
#define SHOWN_LINES    20u /* of differences, unless -v */
#define LABEL          12

/* ---- pieces ---- */

void ndup_explain_put_safe(struct ndup_explain_page *p, const char *text, size_t length)
{
    struct ndup_buf safe = NDUP_BUF_INIT;
    ndup_safe_append(&safe, text, length);
    p->failed = p->failed || safe.failed;
    if (!safe.failed && safe.len > 0)
        fwrite(safe.data, 1, safe.len, stdout);
    ndup_buf_free(&safe);
}

/* "b17  part-2.jsonl:31", without the id if there is none. */
void ndup_explain_safe_place(struct ndup_buf *out, const neardup_ref *ref)
{
    struct ndup_buf plain = NDUP_BUF_INIT;
    if (ref->id != NULL) {
        ndup_emit_plain(&plain, ref->id, ref->id_length);
        ndup_safe_append(out, plain.data, plain.len);
        ndup_buf_append_str(out, "  ");
    }
    ndup_safe_append_path(out, ref->file);
    ndup_buf_printf(out, ":%" PRIu64, ref->line);
    out->failed = out->failed || plain.failed;
    ndup_buf_free(&plain);
}

void ndup_explain_put_place(struct ndup_explain_page *p, const neardup_ref *ref)
{
    struct ndup_buf out = NDUP_BUF_INIT;
    ndup_explain_safe_place(&out, ref);
    p->failed = p->failed || out.failed;
    if (!out.failed)
        printf("%.*s", (int)out.len, out.data);
    ndup_buf_free(&out);
}

static void label(struct ndup_explain_page *p, const char *name)
{
    printf("  %s%-*s%s", ndup_term_begin(p->colour, NDUP_TERM_DIM), LABEL, name,
           ndup_term_end(p->colour, NDUP_TERM_DIM));
}

void ndup_explain_heading(struct ndup_explain_page *p, const char *text)
{
    printf("\n%s%s%s\n", ndup_term_begin(p->colour, NDUP_TERM_BOLD), text, ndup_term_end(p->colour, NDUP_TERM_BOLD));
}

void ndup_explain_put_more(struct ndup_explain_page *p, uint64_t total, uint64_t shown)
{
    if (total > shown)
        printf("  %s... and %s more; --limit N shows more%s\n", ndup_term_begin(p->colour, NDUP_TERM_DIM),
               ndup_number_group(total - shown).text, ndup_term_end(p->colour, NDUP_TERM_DIM));
}

/* ---- the answer in a line ---- */

static void print_verdict(struct ndup_explain_page *p)
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
        ndup_explain_put_safe(p, x->problem, strlen(x->problem));
        putchar('\n');
        break;
    case NDUP_EXPLAINED_KEPT:
        if (x->is_keeper)
            printf("%s other document%s %s removed for it\n", ndup_number_group(x->member_total).text,
                   ndup_explain_plural(x->member_total), x->member_total == 1 ? "is" : "are");
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

static void print_distance(struct ndup_explain_page *p, int distance)
{
    const neardup_job_options *o = &p->x->options;
    if (distance != NEARDUP_NO_DISTANCE)
        printf("%s%d of %u bits differ, at most %u may", o->verify ? ", " : "; ", distance, o->simhash_bits,
               o->distance);
}

static void print_score(struct ndup_explain_page *p)
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

/* As the run counted them, as the JSON has it: the file may have changed since. */
static uint64_t tokens_of(const neardup_ref *ref, uint64_t now)
{
    return ref->tokens > 0 ? ref->tokens : now;
}

static void print_facts(struct ndup_explain_page *p)
{
    const struct ndup_explained *x = p->x;
    const neardup_ref *d = &x->document.ref;
    label(p, "document");
    ndup_explain_put_place(p, d);
    uint64_t tokens = tokens_of(d, x->pair.known ? x->pair.comparison.a_tokens : 0);
    if (tokens > 0)
        printf("  (%s token%s)", ndup_number_group(tokens).text, ndup_explain_plural(tokens));
    fputs(d->reference ? "  (reference)\n" : "\n", stdout);
    if (x->keeper.ref.file != NULL) {
        label(p, "keeper");
        ndup_explain_put_place(p, &x->keeper.ref);
        tokens = tokens_of(&x->keeper.ref, x->pair.known ? x->pair.comparison.b_tokens : 0);
        if (tokens > 0)
            printf("  (%s token%s)", ndup_number_group(tokens).text, ndup_explain_plural(tokens));
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

static void print_bands(struct ndup_explain_page *p)
{
    const struct ndup_explained *x = p->x;
    const struct ndup_explained_pair *pair = &x->pair;
    if (x->plan.bands == 0 || x->options.method == NEARDUP_METHOD_SIMHASH)
        return;
    label(p, "bands");
    char text[64];
    size_t shown = 0, column = LABEL + 2;
    column += (size_t)printf("%zu of %" PRIu32 " met, of %" PRIu32 " row%s each", pair->band_count, x->plan.bands,
                             x->plan.rows, ndup_explain_plural(x->plan.rows));
    for (; shown < pair->band_count && shown < 12; shown++) {
        size_t length = (size_t)snprintf(text, sizeof text, "%s%" PRIu32, shown == 0 ? ": " : ", ", pair->bands[shown]);
        if (column + length + strlen(" ...") > p->width)
            break;
        fputs(text, stdout);
        column += length;
    }
    fputs(shown < pair->band_count ? " ...\n" : "\n", stdout);
}

static void print_comparison(struct ndup_explain_page *p)
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

static void print_passages(struct ndup_explain_page *p)
{
    const struct ndup_explained_pair *pair = &p->x->pair;
    const struct ndup_flow flow = {stdout, p->width, 4, p->colour, 1};
    neardup_passage *sorted = ndup_alloc(pair->passage_count, sizeof *sorted);
    p->failed = p->failed || sorted == NULL;
    if (sorted == NULL || pair->passage_count == 0 || p->x->reason == NEARDUP_EXACT) {
        free(sorted);
        return;
    }
    memcpy(sorted, pair->passages, pair->passage_count * sizeof *sorted);
    qsort(sorted, pair->passage_count, sizeof *sorted, longest_first);
    ndup_explain_heading(p, "longest shared passages");
    for (size_t i = 0; i < pair->passage_count && i < SHOWN_PASSAGES; i++) {
        printf("  %s tokens\n", ndup_number_group(sorted[i].tokens).text);
        p->failed =
            !ndup_flow_excerpt(&flow, p->x->text.bytes + sorted[i].a_begin, sorted[i].a_end - sorted[i].a_begin) ||
            p->failed;
    }
    free(sorted);
}

static void print_differences(struct ndup_explain_page *p)
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
    if (!ndup_flow_differences(&flow, x->text.bytes, x->keeper_text.bytes, x->pair.segments, x->pair.segment_count,
                               &left_out))
        p->failed = true;
    if (left_out > 0)
        printf("  %s... and %s more difference%s; -v shows all%s\n", ndup_term_begin(p->colour, NDUP_TERM_DIM),
               ndup_number_group(left_out).text, ndup_explain_plural(left_out),
               ndup_term_end(p->colour, NDUP_TERM_DIM));
}

bool ndup_explain_print(const struct ndup_explained *x)
{
    struct ndup_explain_page p = {.x = x};
    p.colour = ndup_term_colour(stdout, (enum ndup_term_when)x->cli->settings.colour);
    p.width = ndup_term_width(stdout, 80);
    print_verdict(&p);
    putchar('\n');
    print_facts(&p);
    print_comparison(&p);
    if (x->no_texts[0] != '\0' && x->fate != NDUP_EXPLAINED_INVALID) {
        label(&p, "texts");
        fputs("not shown: ", stdout);
        ndup_explain_put_safe(&p, x->no_texts, strlen(x->no_texts));
        putchar('\n');
    }
    if (x->pair.known) {
        print_passages(&p);
        print_differences(&p);
    }
    ndup_explain_print_members(&p);
    ndup_explain_print_cuts(&p);
    ndup_explain_print_near(&p);
    return !p.failed;
}
