/* SPDX-License-Identifier: MIT
 * What two texts do not share, from the passages that they do. */
#include "base/platform.h"

#include "base/mem.h"
#include "cli/compare/compare.h"

#include <stdlib.h>
#include <string.h>

const char *ndup_compare_verdict(const struct ndup_compared *compared)
{
    if (compared->result.identical)
        return "exact";
    return compared->result.jaccard >= compared->threshold ? "near" : "different";
}

uint64_t ndup_compare_line(const struct ndup_side *side, size_t offset)
{
    uint64_t line = 1;
    const char *at = side->text;
    const char *end = side->text + (offset < side->length ? offset : side->length);
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        line++;
    }
    return line;
}

/* Part of a letter or a digit, as far as ASCII goes; the rest of Unicode counts as letters. */
static bool says_something(char byte)
{
    unsigned char c = (unsigned char)byte;
    unsigned char lower = c | 0x20;
    return c >= 0x80 || (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

static int by_begin(const void *left, const void *right)
{
    const struct ndup_gap *a = left;
    const struct ndup_gap *b = right;
    return a->begin < b->begin ? -1 : a->begin > b->begin;
}

static void add_gap(struct ndup_compared *compared, int which, size_t begin, size_t end)
{
    const char *text = compared->side[which].text;
    while (begin < end && !says_something(text[begin]))
        begin++;
    while (begin < end && !says_something(text[end - 1]))
        end--;
    if (begin < end)
        compared->gaps[which][compared->gap_count[which]++] = (struct ndup_gap){begin, end};
}

static bool find_gaps(struct ndup_compared *compared, int which)
{
    size_t count = compared->passage_count;
    struct ndup_gap *covered = ndup_alloc(count + 1, sizeof *covered);
    compared->gaps[which] = ndup_alloc(count + 1, sizeof *compared->gaps[which]);
    if (covered == NULL || compared->gaps[which] == NULL) {
        free(covered);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const neardup_passage *p = &compared->passages[i];
        covered[i] = which == 0 ? (struct ndup_gap){p->a_begin, p->a_end} : (struct ndup_gap){p->b_begin, p->b_end};
    }
    /* Passages come in the order of a and may overlap in b. */
    qsort(covered, count, sizeof *covered, by_begin);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        add_gap(compared, which, at, covered[i].begin);
        if (covered[i].end > at)
            at = covered[i].end;
    }
    add_gap(compared, which, at, compared->side[which].length);
    free(covered);
    return true;
}

bool ndup_compare_find_gaps(struct ndup_compared *compared)
{
    return find_gaps(compared, 0) && find_gaps(compared, 1);
}
