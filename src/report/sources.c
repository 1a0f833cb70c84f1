/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/sources.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* ---- sources ----------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct ndup_sources *sources, size_t index)
{
    const struct ndup_source *source = &sources->items[index];
    return XXH3_64bits(sources->names.data + source->name, source->length);
}

static bool grow_table(struct ndup_sources *sources)
{
    size_t size = sources->table_size == 0 ? 64 : sources->table_size * 2;
    uint32_t *table = ndup_calloc(size, sizeof *table);
    if (table == NULL)
        return false;
    for (size_t i = 0; i < sources->count; i++) {
        size_t at = hash_of(sources, i) & (size - 1);
        while (table[at] != 0)
            at = (at + 1) & (size - 1);
        table[at] = (uint32_t)(i + 1);
    }
    free(sources->table);
    sources->table = table;
    sources->table_size = size;
    return true;
}

static bool is_source(const struct ndup_sources *sources, uint32_t index, const char *name, size_t length)
{
    const struct ndup_source *source = &sources->items[index];
    return source->length == length && (length == 0 || memcmp(sources->names.data + source->name, name, length) == 0);
}

bool ndup_sources_find(struct ndup_sources *sources, const char *name, size_t length, uint32_t *index)
{
    if (sources->count * 2 >= sources->table_size && !grow_table(sources))
        return false;
    size_t mask = sources->table_size - 1;
    size_t at = XXH3_64bits(name, length) & mask;
    for (; sources->table[at] != 0; at = (at + 1) & mask) {
        *index = sources->table[at] - 1;
        if (is_source(sources, *index, name, length))
            return true;
    }
    if (sources->count >= NDUP_SOURCES_MOST) {
        sources->overflow = true;
        *index = NDUP_SOURCE_REST;
        return true;
    }
    if (!ndup_grow(&sources->items, &sources->capacity, sources->count + 1, sizeof *sources->items))
        return false;
    struct ndup_source *source = &sources->items[sources->count];
    *source = (struct ndup_source){.name = sources->names.len, .length = length};
    ndup_buf_append(&sources->names, name, length);
    if (sources->names.failed)
        return false;
    *index = (uint32_t)sources->count++;
    sources->table[at] = *index + 1;
    return true;
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

static size_t cell_place(const struct ndup_source_cell *cells, size_t size, uint32_t removed, uint32_t keeper)
{
    uint64_t key = (uint64_t)removed << 32 | keeper;
    size_t at = XXH3_64bits(&key, sizeof key) & (size - 1);
    while (cells[at].count > 0 && (cells[at].removed != removed || cells[at].keeper != keeper))
        at = (at + 1) & (size - 1);
    return at;
}

static bool grow_cells(struct ndup_sources *sources)
{
    size_t size = sources->cells_size == 0 ? 64 : sources->cells_size * 2;
    struct ndup_source_cell *cells = ndup_calloc(size, sizeof *cells);
    if (cells == NULL)
        return false;
    for (size_t i = 0; i < sources->cells_size; i++) {
        const struct ndup_source_cell *cell = &sources->cells[i];
        if (cell->count > 0)
            cells[cell_place(cells, size, cell->removed, cell->keeper)] = *cell;
    }
    free(sources->cells);
    sources->cells = cells;
    sources->cells_size = size;
    return true;
}

bool ndup_sources_add(struct ndup_sources *sources, uint32_t removed, uint32_t keeper)
{
    if (sources->cell_count * 2 >= sources->cells_size && !grow_cells(sources))
        return false;
    if (removed != NDUP_SOURCE_REST)
        sources->items[removed].removed++;
    if (keeper != NDUP_SOURCE_REST)
        sources->items[keeper].keeps++;
    size_t at = cell_place(sources->cells, sources->cells_size, removed, keeper);
    if (sources->cells[at].count == 0 && sources->cell_count >= NDUP_SOURCE_CELLS_MOST) {
        removed = keeper = NDUP_SOURCE_REST;
        at = cell_place(sources->cells, sources->cells_size, removed, keeper);
    }
    struct ndup_source_cell *cell = &sources->cells[at];
    if (cell->count == 0)
        sources->cell_count++;
    *cell = (struct ndup_source_cell){removed, keeper, cell->count + 1};
    return true;
}

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

/* The more units a source has on either side, the more it has to say. */
static bool matters_more(const struct ndup_sources *sources, uint32_t a, uint32_t b)
{
    uint64_t left = sources->items[a].removed + sources->items[a].keeps;
    uint64_t right = sources->items[b].removed + sources->items[b].keeps;
    return left != right ? left > right : a < b;
}

static bool loses_more(const struct ndup_sources *sources, uint32_t a, uint32_t b)
{
    uint64_t left = sources->items[a].removed, right = sources->items[b].removed;
    return left != right ? left > right : matters_more(sources, a, b);
}

/* Inserts into a short list that is in order; what falls off its end is gone. */
static size_t insert(const struct ndup_sources *sources, uint32_t *list, size_t count, uint32_t item,
                     bool (*before)(const struct ndup_sources *, uint32_t, uint32_t))
{
    size_t at = count;
    while (at > 0 && before(sources, item, list[at - 1])) {
        if (at < NDUP_SOURCES_SHOWN)
            list[at] = list[at - 1];
        at--;
    }
    if (at < NDUP_SOURCES_SHOWN)
        list[at] = item;
    return count < NDUP_SOURCES_SHOWN ? count + 1 : count;
}

bool ndup_sources_matrix(const struct ndup_sources *sources, struct ndup_source_matrix *matrix)
{
    *matrix = (struct ndup_source_matrix){.more = sources->overflow};
    uint8_t *rows = ndup_alloc(sources->count + 1, sizeof *rows);
    if (rows == NULL)
        return false;
    uint32_t chosen[NDUP_SOURCES_SHOWN];
    size_t count = 0;
    for (size_t i = 0; i < sources->count; i++)
        count = insert(sources, chosen, count, (uint32_t)i, matters_more);
    for (size_t i = 0; i < count; i++)
        matrix->count = insert(sources, matrix->shown, matrix->count, chosen[i], loses_more);
    memset(rows, (int)count, sources->count + 1);
    for (size_t i = 0; i < count; i++)
        rows[matrix->shown[i]] = (uint8_t)i;
    matrix->others = sources->count - count + (sources->overflow ? 1 : 0);
    for (size_t i = 0; i < sources->cells_size; i++) {
        const struct ndup_source_cell *cell = &sources->cells[i];
        if (cell->count == 0)
            continue;
        size_t row = cell->removed == NDUP_SOURCE_REST ? count : rows[cell->removed];
        size_t column = cell->keeper == NDUP_SOURCE_REST ? count : rows[cell->keeper];
        matrix->cells[row][column] += cell->count;
        matrix->removed[row] += cell->count;
    }
    free(rows);
    return true;
}

void ndup_sources_free(struct ndup_sources *sources)
{
    free(sources->items);
    free(sources->table);
    free(sources->cells);
    ndup_buf_free(&sources->names);
    *sources = (struct ndup_sources){.items = NULL};
}
