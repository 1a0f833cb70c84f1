/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "output/nameset.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct ndup_name {
    char *text; /* NULL: free */
    size_t length;
    enum ndup_nameset_kind kind;
};

/* The entry of this name, or the free one where it belongs. */
static struct ndup_name *find(struct ndup_name *table, size_t capacity, const char *name, size_t length)
{
    size_t at = (size_t)XXH3_64bits(name, length) & (capacity - 1);
    while (table[at].text != NULL && (table[at].length != length || memcmp(table[at].text, name, length) != 0))
        at = (at + 1) & (capacity - 1);
    return &table[at];
}

static bool enlarge(struct ndup_nameset *set)
{
    size_t capacity = set->capacity > 0 ? set->capacity * 2 : 64;
    struct ndup_name *table = ndup_calloc(capacity, sizeof *table);
    if (table == NULL)
        return false;
    for (size_t i = 0; i < set->capacity; i++)
        if (set->table[i].text != NULL)
            *find(table, capacity, set->table[i].text, set->table[i].length) = set->table[i];
    free(set->table);
    set->table = table;
    set->capacity = capacity;
    return true;
}

enum ndup_nameset_answer ndup_nameset_add(struct ndup_nameset *set, const char *name, size_t length,
                                          enum ndup_nameset_kind kind)
{
    if (set->count * 2 >= set->capacity && !enlarge(set))
        return NDUP_NAMESET_NOMEM;
    struct ndup_name *entry = find(set->table, set->capacity, name, length);
    if (entry->text != NULL)
        return entry->kind == kind ? NDUP_NAMESET_THERE : NDUP_NAMESET_TAKEN;
    entry->text = strndup(name, length);
    if (entry->text == NULL)
        return NDUP_NAMESET_NOMEM;
    entry->length = length;
    entry->kind = kind;
    set->count++;
    return NDUP_NAMESET_NEW;
}

void ndup_nameset_free(struct ndup_nameset *set)
{
    for (size_t i = 0; i < set->capacity; i++)
        free(set->table[i].text);
    free(set->table);
    *set = (struct ndup_nameset){NULL, 0, 0};
}
