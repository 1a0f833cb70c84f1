/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "compare/passages.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define PLACES_MAX 64u

struct index { /* places of every hash of b, in order: heads by hash, next by place; 0 ends */
    size_t *head, *next;
    size_t mask;
};

static bool index_build(struct index *x, const uint64_t *b, size_t count)
{
    size_t size = 64;
    while (size < count)
        size *= 2;
    x->mask = size - 1;
    x->head = ndup_calloc(size, sizeof *x->head);
    x->next = ndup_calloc(count, sizeof *x->next);
    if (x->head == NULL || x->next == NULL)
        return false;
    for (size_t i = count; i-- > 0;) {
        x->next[i] = x->head[b[i] & x->mask];
        x->head[b[i] & x->mask] = i + 1;
    }
    return true;
}

static size_t run_length(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    size_t n = 0;
    while (n < a_count && n < b_count && a[n] == b[n])
        n++;
    return n;
}

static struct ndup_run longest_at(const struct index *x, const uint64_t *a, size_t a_count, size_t i, const uint64_t *b,
                                  size_t b_count)
{
    struct ndup_run best = {i, 0, 0};
    size_t tried = 0;
    for (size_t place = x->head[a[i] & x->mask]; place != 0 && tried < PLACES_MAX; place = x->next[place - 1]) {
        size_t j = place - 1;
        if (b[j] != a[i])
            continue;
        tried++;
        size_t n = run_length(a + i, a_count - i, b + j, b_count - j);
        if (n > best.count)
            best = (struct ndup_run){i, j, n};
    }
    return best;
}

neardup_status ndup_passages_find(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count,
                                  struct ndup_run **runs, size_t *run_count, neardup_error *err)
{
    struct index x = {0};
    struct ndup_run *found = NULL;
    size_t count = 0, capacity = 0;
    neardup_status st = index_build(&x, b, b_count) ? NEARDUP_OK : ndup_fail_nomem(err);
    for (size_t i = 0; st == NEARDUP_OK && i < a_count;) {
        struct ndup_run run = longest_at(&x, a, a_count, i, b, b_count);
        if (run.count == 0) {
            i++;
            continue;
        }
        if (!ndup_grow(&found, &capacity, count + 1, sizeof *found))
            st = ndup_fail_nomem(err);
        else
            found[count++] = run;
        i += run.count;
    }
    free(x.head);
    free(x.next);
    if (st != NEARDUP_OK) {
        free(found);
        found = NULL;
        count = 0;
    }
    *runs = found;
    *run_count = count;
    return st;
}
