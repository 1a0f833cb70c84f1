/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/groups.h"

#include "base/error.h"
#include "base/key.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

neardup_status ndup_groups_init(struct ndup_groups *g, uint64_t rows, neardup_error *err)
{
    g->of = ndup_alloc((size_t)rows, sizeof *g->of);
    if (g->of == NULL)
        return ndup_fail_nomem(err);
    memset(g->of, 0xFF, (size_t)rows * sizeof *g->of);
    return NEARDUP_OK;
}

static size_t place(const struct ndup_groups *g, const char *name, size_t length, uint64_t hash)
{
    size_t i = (size_t)hash & (g->table_size - 1);
    for (; g->table[i] != 0; i = (i + 1) & (g->table_size - 1)) {
        const struct ndup_group_name *n = &g->group[g->table[i] - 1];
        if (n->hash == hash && n->length == length && memcmp(g->names.data + n->begin, name, length) == 0)
            break;
    }
    return i;
}

static bool grow_table(struct ndup_groups *g)
{
    if (2 * ((size_t)g->count + 1) <= g->table_size)
        return true;
    size_t size = g->table_size > 0 ? 2 * g->table_size : 64;
    uint32_t *table = ndup_calloc(size, sizeof *table);
    if (table == NULL)
        return false;
    free(g->table);
    g->table = table;
    g->table_size = size;
    for (uint32_t i = 0; i < g->count; i++) {
        size_t at = (size_t)g->group[i].hash & (size - 1);
        while (table[at] != 0)
            at = (at + 1) & (size - 1);
        table[at] = i + 1;
    }
    return true;
}

neardup_status ndup_groups_number(struct ndup_groups *g, const char *name, size_t length, uint32_t *number,
                                  neardup_error *err)
{
    const struct ndup_key *key;
    NDUP_TRY(ndup_key_get(&key, err));
    uint64_t hash = ndup_key_name(key, name, length);
    if (!grow_table(g))
        return ndup_fail_nomem(err);
    size_t at = place(g, name, length, hash);
    if (g->table[at] == 0) {
        struct ndup_group_name added = {g->names.len, length, hash, 0};
        ndup_buf_append(&g->names, name, length);
        if (g->names.failed || !ndup_grow(&g->group, &g->capacity, (size_t)g->count + 1, sizeof *g->group))
            return ndup_fail_nomem(err);
        g->group[g->count] = added;
        g->table[at] = ++g->count;
    }
    *number = g->table[at] - 1;
    return NEARDUP_OK;
}

neardup_status ndup_groups_renumber(struct ndup_groups *g, uint64_t rows, neardup_error *err)
{
    uint32_t *new = ndup_alloc(g->count, sizeof *new);
    struct ndup_group_name *group = ndup_calloc(g->count, sizeof *group);
    uint32_t count = 0;
    if (new == NULL || group == NULL) {
        free(new);
        free(group);
        return ndup_fail_nomem(err);
    }
    memset(new, 0xFF, g->count * sizeof *new);
    for (uint64_t i = 0; i < rows; i++) {
        if (g->of[i] == NDUP_NO_GROUP)
            continue;
        uint32_t *number = &new[g->of[i]];
        if (*number == NDUP_NO_GROUP) {
            group[count] = g->group[g->of[i]];
            *number = count++;
        }
        g->of[i] = *number;
    }
    free(new);
    free(g->group);
    free(g->table);
    g->group = group;
    g->capacity = g->count;
    g->count = count;
    g->table = NULL;
    g->table_size = 0;
    return NEARDUP_OK;
}

void ndup_groups_free(struct ndup_groups *g)
{
    free(g->of);
    free(g->group);
    free(g->table);
    ndup_buf_free(&g->names);
    *g = (struct ndup_groups){0};
}
