/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/mem.h"
#include "cli/compare/compare.h"
#include "cli/difftext.h"
#include "run/json_write.h"
#include "term/emit.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_PIECES 5 /* of each kind, unless -v */
#define INDENT       4

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void json_string(const char *bytes, size_t length)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    ndup_json_write_string(&buf, bytes, length);
    if (!buf.failed)
        fwrite(buf.data, 1, buf.len, stdout);
    ndup_buf_free(&buf);
}

static void json_side(const struct ndup_compared *c, int which)
{
    const neardup_comparison *r = &c->result;
    printf("\"%c\":{\"file\":", 'a' + which);
    json_string(c->side[which].name, strlen(c->side[which].name));
    printf(",\"bytes\":%zu,\"tokens\":%llu,\"shingles\":%llu,\"invalid_utf8\":%s}", c->side[which].length,
           (unsigned long long)(which == 0 ? r->a_tokens : r->b_tokens),
           (unsigned long long)(which == 0 ? r->a_shingles : r->b_shingles),
           (which == 0 ? r->a_invalid_utf8 : r->b_invalid_utf8) ? "true" : "false");
}

static void json_range(const struct ndup_side *side, size_t begin, size_t end)
{
    printf("\"line\":%llu,\"begin\":%zu,\"end\":%zu", (unsigned long long)ndup_compare_line(side, begin), begin, end);
}

static void json_gaps(const struct ndup_compared *c, int which)
{
    printf("\"only_in_%c\":[", 'a' + which);
    for (size_t i = 0; i < c->gap_count[which]; i++) {
        const struct ndup_gap *gap = &c->gaps[which][i];
        fputs(i == 0 ? "{" : ",{", stdout);
        json_range(&c->side[which], gap->begin, gap->end);
        fputs(",\"text\":", stdout);
        json_string(c->side[which].text + gap->begin, gap->end - gap->begin);
        putchar('}');
    }
    putchar(']');
}

void ndup_compare_print_json(const struct ndup_compared *c)
{
    const neardup_comparison *r = &c->result;
    putchar('{');
    json_side(c, 0);
    putchar(',');
    json_side(c, 1);
    printf(",\"verdict\":\"%s\",\"threshold\":%s", ndup_compare_verdict(c), ndup_number_score(c->threshold).text);
    printf(",\"jaccard\":%s", ndup_number_score(r->jaccard).text);
    printf(",\"a_in_b\":%s", ndup_number_score(r->a_in_b).text);
    printf(",\"b_in_a\":%s", ndup_number_score(r->b_in_a).text);
    printf(",\"shared_shingles\":%llu,\"passages\":[", (unsigned long long)r->shared);
    for (size_t i = 0; i < c->passage_count; i++) {
        const neardup_passage *p = &c->passages[i];
        printf("%s{\"tokens\":%llu,\"a\":{", i == 0 ? "" : ",", (unsigned long long)p->tokens);
        json_range(&c->side[0], p->a_begin, p->a_end);
        fputs("},\"b\":{", stdout);
        json_range(&c->side[1], p->b_begin, p->b_end);
        fputs("},\"text\":", stdout);
        json_string(c->side[0].text + p->a_begin, p->a_end - p->a_begin);
        putchar('}');
    }
    fputs("],", stdout);
    json_gaps(c, 0);
    putchar(',');
    json_gaps(c, 1);
    fputs("}\n", stdout);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

struct page {
    bool colour;
    size_t width;
    size_t pieces; /* shown of each kind */
};

static void heading(const struct page *page, enum ndup_term_style style, const char *text, size_t count)
{
    printf("\n%s%s%s", ndup_term_begin(page->colour, style), text, ndup_term_end(page->colour, style));
    if (count > page->pieces)
        printf(" (the longest %zu of %s)", page->pieces, ndup_number_group(count).text);
    putchar('\n');
}

/* The start and the end of a piece of text on one line. */
static void excerpt(const struct page *page, const char *text, size_t length)
{
    const struct ndup_flow flow = {stdout, page->width, INDENT, page->colour, 1};
    if (!ndup_flow_excerpt(&flow, text, length))
        printf("%*s(out of memory)\n", INDENT, "");
}

static int longest_first(const void *left, const void *right)
{
    const neardup_passage *a = left;
    const neardup_passage *b = right;
    if (a->tokens != b->tokens)
        return a->tokens > b->tokens ? -1 : 1;
    return a->a_begin < b->a_begin ? -1 : a->a_begin > b->a_begin;
}

static int largest_first(const void *left, const void *right)
{
    const struct ndup_gap *a = left;
    const struct ndup_gap *b = right;
    size_t a_length = a->end - a->begin;
    size_t b_length = b->end - b->begin;
    if (a_length != b_length)
        return a_length > b_length ? -1 : 1;
    return a->begin < b->begin ? -1 : a->begin > b->begin;
}

static int in_order(const void *left, const void *right)
{
    const struct ndup_gap *a = left;
    const struct ndup_gap *b = right;
    return a->begin < b->begin ? -1 : a->begin > b->begin;
}

static void print_passages(const struct page *page, const struct ndup_compared *c)
{
    if (c->passage_count == 0)
        return;
    neardup_passage *sorted = ndup_alloc(c->passage_count, sizeof *sorted);
    if (sorted == NULL)
        return;
    memcpy(sorted, c->passages, c->passage_count * sizeof *sorted);
    qsort(sorted, c->passage_count, sizeof *sorted, longest_first);
    heading(page, NDUP_TERM_GREEN, "shared passages", c->passage_count);
    for (size_t i = 0; i < c->passage_count && i < page->pieces; i++) {
        printf("  %s tokens, a line %llu, b line %llu\n", ndup_number_group(sorted[i].tokens).text,
               (unsigned long long)ndup_compare_line(&c->side[0], sorted[i].a_begin),
               (unsigned long long)ndup_compare_line(&c->side[1], sorted[i].b_begin));
        excerpt(page, c->side[0].text + sorted[i].a_begin, sorted[i].a_end - sorted[i].a_begin);
    }
    free(sorted);
}

static void print_gaps(const struct page *page, const struct ndup_compared *c, int which)
{
    size_t count = c->gap_count[which], shown = count < page->pieces ? count : page->pieces;
    if (count == 0)
        return;
    /* The largest, as they follow each other in the text. */
    qsort(c->gaps[which], count, sizeof *c->gaps[which], largest_first);
    qsort(c->gaps[which], shown, sizeof *c->gaps[which], in_order);
    heading(page, which == 0 ? NDUP_TERM_RED : NDUP_TERM_CYAN, which == 0 ? "only in a" : "only in b", count);
    for (size_t i = 0; i < shown; i++) {
        const struct ndup_gap *gap = &c->gaps[which][i];
        printf("  line %llu, %s\n", (unsigned long long)ndup_compare_line(&c->side[which], gap->begin),
               ndup_number_bytes(gap->end - gap->begin).text);
        excerpt(page, c->side[which].text + gap->begin, gap->end - gap->begin);
    }
}

static void print_name(const char *letter, const char *name)
{
    struct ndup_buf safe = NDUP_BUF_INIT;
    ndup_safe_append(&safe, name, strlen(name));
    printf("%s  %.*s\n", letter, (int)safe.len, safe.failed ? "" : safe.data);
    ndup_buf_free(&safe);
}

static void print_head(const struct page *page, const struct ndup_compared *c)
{
    const neardup_comparison *r = &c->result;
    const char *verdict = r->identical                           ? "exact duplicates"
                          : r->jaccard >= c->threshold           ? "near-duplicates"
                          : r->a_tokens == 0 || r->b_tokens == 0 ? "nothing to compare"
                                                                 : "not duplicates";
    bool duplicates = r->identical || r->jaccard >= c->threshold;
    printf("%s%s%s: Jaccard %s, ", ndup_term_begin(page->colour, duplicates ? NDUP_TERM_GREEN : NDUP_TERM_BOLD),
           verdict, ndup_term_end(page->colour, NDUP_TERM_BOLD), ndup_number_score(r->jaccard).text);
    printf("threshold %s\n\n", ndup_number_score(c->threshold).text);
    print_name("a", c->side[0].name);
    print_name("b", c->side[1].name);
    printf("\n%-18s %13s %13s\n", "", "a", "b");
    printf("%-18s %13s %13s\n", "tokens", ndup_number_group(r->a_tokens).text, ndup_number_group(r->b_tokens).text);
    printf("%-18s %13s %13s\n", "distinct shingles", ndup_number_group(r->a_shingles).text,
           ndup_number_group(r->b_shingles).text);
    printf("%-18s %13s %13s\n", "of them shared", ndup_number_group(r->shared).text, ndup_number_group(r->shared).text);
    printf("%-18s %13s %13s\n", "in the other", ndup_number_score(r->a_in_b).text, ndup_number_score(r->b_in_a).text);
    if (r->a_invalid_utf8 || r->b_invalid_utf8)
        printf("%-18s %13s %13s\n", "bad UTF-8", r->a_invalid_utf8 ? "yes" : "no", r->b_invalid_utf8 ? "yes" : "no");
}

void ndup_compare_print_text(const struct ndup_cli *cli, const struct ndup_compared *c)
{
    struct page page = {ndup_term_colour(stdout, (enum ndup_term_when)cli->settings.colour),
                        ndup_term_width(stdout, 100), cli->settings.verbosity > 0 ? SIZE_MAX : SHOWN_PIECES};
    print_head(&page, c);
    if (cli->settings.verbosity < 0)
        return;
    print_passages(&page, c);
    print_gaps(&page, c, 0);
    print_gaps(&page, c, 1);
}
