/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/nearest.h"

#include "base/mem.h"

#include <stdlib.h>

static int nearest_first(const void *left, const void *right)
{
    const struct ndup_near *a = left, *b = right;
    if (a->jaccard != b->jaccard)
        return a->jaccard > b->jaccard ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

void ndup_nearest_settle(struct ndup_nearest *nearest)
{
    if (nearest->count > 1)
        qsort(nearest->list, nearest->count, sizeof *nearest->list, nearest_first);
    while (nearest->count > nearest->wanted)
        free(nearest->list[--nearest->count].id_copy);
    if (nearest->count == nearest->wanted)
        nearest->floor = nearest->list[nearest->count - 1].jaccard;
}

/* Twice as many as are wanted are held, so that they are not sorted for each. */
bool ndup_nearest_add(struct ndup_nearest *nearest, struct ndup_near near)
{
    if (!ndup_grow(&nearest->list, &nearest->capacity, nearest->count + 1, sizeof *nearest->list)) {
        free(near.id_copy);
        return false;
    }
    nearest->list[nearest->count++] = near;
    if (nearest->count / 2 >= nearest->wanted)
        ndup_nearest_settle(nearest);
    return true;
}

void ndup_nearest_clear(struct ndup_nearest *nearest)
{
    while (nearest->count > 0)
        free(nearest->list[--nearest->count].id_copy);
    nearest->floor = -1;
}

void ndup_nearest_free(struct ndup_nearest *nearest)
{
    ndup_nearest_clear(nearest);
    free(nearest->list);
    nearest->list = NULL;
    nearest->capacity = 0;
}
