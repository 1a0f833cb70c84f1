/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/model.h"
#include "run/names.h"
#include "run/json_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* ---- sources ----------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct ndup_report_sources *sources, size_t index)
{
    const struct ndup_report_source *source = &sources->items[index];
    return XXH3_64bits(sources->names.data + source->name, source->length);
}

static bool grow_table(struct ndup_report_sources *sources)
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

static bool is_source(const struct ndup_report_sources *sources, uint32_t index, const char *name, size_t length)
{
    const struct ndup_report_source *source = &sources->items[index];
    return source->length == length && (length == 0 || memcmp(sources->names.data + source->name, name, length) == 0);
}

bool ndup_report_sources_find(struct ndup_report_sources *sources, const char *name, size_t length, uint32_t *index)
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
        *index = NDUP_SOURCE_OTHERS;
        return true;
    }
    if (!ndup_grow(&sources->items, &sources->capacity, sources->count + 1, sizeof *sources->items))
        return false;
    struct ndup_report_source *source = &sources->items[sources->count];
    *source = (struct ndup_report_source){.name = sources->names.len, .length = length};
    ndup_buf_append(&sources->names, name, length);
    if (sources->names.failed)
        return false;
    *index = (uint32_t)sources->count++;
    sources->table[at] = *index + 1;
    return true;
}

/* ---- sources: cells ---------------------------------------------------------------------------------------------- */

static size_t cell_place(const struct ndup_source_cell *cells, size_t size, uint32_t removed, uint32_t keeper)
{
    uint64_t key = (uint64_t)removed << 32 | keeper;
    size_t at = XXH3_64bits(&key, sizeof key) & (size - 1);
    while (cells[at].count > 0 && (cells[at].removed != removed || cells[at].keeper != keeper))
        at = (at + 1) & (size - 1);
    return at;
}

static bool grow_cells(struct ndup_report_sources *sources)
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

bool ndup_report_sources_add(struct ndup_report_sources *sources, uint32_t removed, uint32_t keeper)
{
    if (sources->cell_count * 2 >= sources->cells_size && !grow_cells(sources))
        return false;
    if (removed != NDUP_SOURCE_OTHERS)
        sources->items[removed].removed++;
    if (keeper != NDUP_SOURCE_OTHERS)
        sources->items[keeper].keeps++;
    size_t at = cell_place(sources->cells, sources->cells_size, removed, keeper);
    if (sources->cells[at].count == 0 && sources->cell_count >= NDUP_SOURCE_CELLS_MOST) {
        removed = keeper = NDUP_SOURCE_OTHERS;
        at = cell_place(sources->cells, sources->cells_size, removed, keeper);
    }
    struct ndup_source_cell *cell = &sources->cells[at];
    if (cell->count == 0)
        sources->cell_count++;
    *cell = (struct ndup_source_cell){removed, keeper, cell->count + 1};
    return true;
}

/* ---- sources: the matrix ----------------------------------------------------------------------------------------- */

/* The more units a source has on either side, the more it has to say. */
static bool matters_more(const struct ndup_report_sources *sources, uint32_t a, uint32_t b)
{
    uint64_t left = sources->items[a].removed + sources->items[a].keeps;
    uint64_t right = sources->items[b].removed + sources->items[b].keeps;
    return left != right ? left > right : a < b;
}

static bool loses_more(const struct ndup_report_sources *sources, uint32_t a, uint32_t b)
{
    uint64_t left = sources->items[a].removed, right = sources->items[b].removed;
    return left != right ? left > right : matters_more(sources, a, b);
}

/* Inserts into a short sorted list; drops the last item if it is full. */
static size_t insert(const struct ndup_report_sources *sources, uint32_t *list, size_t count, uint32_t item,
                     bool (*before)(const struct ndup_report_sources *, uint32_t, uint32_t))
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

bool ndup_report_sources_matrix(const struct ndup_report_sources *sources, struct ndup_source_matrix *matrix)
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
        size_t row = cell->removed == NDUP_SOURCE_OTHERS ? count : rows[cell->removed];
        size_t column = cell->keeper == NDUP_SOURCE_OTHERS ? count : rows[cell->keeper];
        matrix->cells[row][column] += cell->count;
        matrix->removed[row] += cell->count;
    }
    free(rows);
    return true;
}

void ndup_report_sources_free(struct ndup_report_sources *sources)
{
    free(sources->items);
    free(sources->table);
    free(sources->cells);
    ndup_buf_free(&sources->names);
    *sources = (struct ndup_report_sources){.items = NULL};
}

/* ---- sources of units -------------------------------------------------------------------------------------------- */

static size_t folder_length(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash == NULL ? 0 : (size_t)(slash - file);
}

/* Groups that look alike are one source: a reader could not distinguish the string "17" from the number 17. */
static bool find_group(struct ndup_report_model *report, struct ndup_report_level *level, const neardup_ref *ref,
                       struct ndup_unit_source *place)
{
    struct ndup_buf *name = &report->group_name;
    ndup_buf_clear(name);
    if (ref->group != NULL)
        ndup_json_write_plain(name, ref->group, ref->group_length);
    return !name->failed &&
           ndup_report_sources_find(&level->sources, name->len > 0 ? name->data : "", name->len, &place->source);
}

bool ndup_level_find_source(struct ndup_report_model *report, struct ndup_report_level *level, const neardup_ref *ref,
                            struct ndup_unit_source *place)
{
    if (report->by_group)
        return find_group(report, level, ref, place);
    size_t length = folder_length(ref->file);
    return ndup_report_sources_find(&level->sources, ref->file, strlen(ref->file), &place->source) &&
           ndup_report_sources_find(&level->folders, length > 0 ? ref->file : ".", length > 0 ? length : 1,
                                    &place->folder);
}

static bool count_sources(struct ndup_report_model *report, struct ndup_report_level *level,
                          const neardup_cluster *cluster)
{
    struct ndup_unit_source keeper = {NDUP_SOURCE_OTHERS, NDUP_SOURCE_OTHERS};
    struct ndup_unit_source removed = {NDUP_SOURCE_OTHERS, NDUP_SOURCE_OTHERS};
    const char *last = NULL; /* neighbours are often in one file */
    if (cluster->keeper.file == NULL || !ndup_level_find_source(report, level, &cluster->keeper, &keeper))
        return cluster->keeper.file == NULL;
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        const neardup_ref *ref = &cluster->members[i].document;
        if ((report->by_group || ref->file != last) && !ndup_level_find_source(report, level, ref, &removed))
            return false;
        last = ref->file;
        if (!ndup_report_sources_add(&level->sources, removed.source, keeper.source) ||
            (!report->by_group && !ndup_report_sources_add(&level->folders, removed.folder, keeper.folder)))
            return false;
    }
    return true;
}

/* ---- the matrix of a level --------------------------------------------------------------------------------------- */

/* Where most units would be in the rest, a file for each text for instance, folders say more. */
static bool by_folder(const struct ndup_report_level *level, const struct ndup_source_matrix *files)
{
    uint64_t all = 0;
    for (size_t i = 0; i <= files->count; i++)
        all += files->removed[i];
    return level->folders.count > 1 && files->removed[files->count] * 2 > all;
}

bool ndup_level_matrix(const struct ndup_report_model *report, const struct ndup_report_level *level,
                       struct ndup_level_matrix *matrix)
{
    matrix->sources = &level->sources;
    bool made = ndup_report_sources_matrix(matrix->sources, &matrix->cells);
    matrix->folders = made && !report->by_group && by_folder(level, &matrix->cells);
    if (matrix->folders) {
        matrix->sources = &level->folders;
        made = ndup_report_sources_matrix(matrix->sources, &matrix->cells);
    }
    matrix->rows = matrix->cells.count + (matrix->cells.others > 0);
    return made;
}

/* ---- the report -------------------------------------------------------------------------------------------------- */

neardup_status ndup_report_create(struct ndup_report_model **out, const struct ndup_report_options *options,
                                  neardup_error *err)
{
    *out = ndup_calloc(1, sizeof **out);
    if (*out == NULL)
        return ndup_fail_nomem(err);
    (*out)->options = *options;
    (*out)->by_group = options->by_group;
    if (options->clusters == 0)
        (*out)->options.clusters = NDUP_REPORT_CLUSTERS;
    if (options->members == 0)
        (*out)->options.members = NDUP_REPORT_MEMBERS;
    return NEARDUP_OK;
}

void ndup_report_destroy(struct ndup_report_model *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; i < 2; i++) {
        struct ndup_report_level *level = &report->levels[i];
        ndup_report_sources_free(&level->sources);
        ndup_report_sources_free(&level->folders);
        ndup_top_clusters_free(&level->top);
        free(level->first_size);
        free(level->links);
    }
    ndup_buf_free(&report->group_name);
    free(report);
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static unsigned size_bin(uint64_t size)
{
    unsigned bin = 0;
    for (; size > 0; size >>= 1)
        bin++;
    return bin;
}

/* Scores that were read have at most six decimals. A little is added so that 0.7 does not fall into the bar below
 * 0.7. */
unsigned ndup_score_bin(double score)
{
    double scaled = floor(score * NDUP_SCORE_BINS + 1e-7);
    return scaled < 0 ? 0 : scaled >= NDUP_SCORE_BINS ? NDUP_SCORE_BINS - 1 : (unsigned)scaled;
}

static void count_members(struct ndup_report_level *level, const neardup_cluster *cluster)
{
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        const neardup_member *member = &cluster->members[i];
        level->reasons[member->reason]++;
        if (member->reason == NEARDUP_NEAR || member->reason == NEARDUP_CONTAINED)
            level->scores[ndup_score_bin(ndup_member_score(member))]++;
    }
}

static bool bigger(const struct ndup_large_cluster *a, const struct ndup_large_cluster *b)
{
    return a->size != b->size ? a->size > b->size : a->number < b->number;
}

static bool all_are_copies(const neardup_cluster *cluster)
{
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        if (ndup_member_score(&cluster->members[i]) < 1)
            return false;
    }
    return true;
}

static void note_size(struct ndup_report_level *level, const neardup_cluster *cluster, uint64_t size)
{
    struct ndup_large_cluster big = {cluster->number, size, all_are_copies(cluster)};
    size_t at = level->largest_count;
    if (at == NDUP_LARGEST) {
        if (!bigger(&big, &level->largest[at - 1]))
            return;
        at--;
    } else {
        level->largest_count++;
    }
    for (; at > 0 && bigger(&big, &level->largest[at - 1]); at--)
        level->largest[at] = level->largest[at - 1];
    level->largest[at] = big;
}

/* ---- connected clusters ------------------------------------------------------------------------------------------ */

static bool note_component(struct ndup_report_level *level, const neardup_cluster *cluster, uint64_t size)
{
    if (cluster->number == level->first_count + 1) {
        if (!ndup_grow(&level->first_size, &level->first_capacity, level->first_count + 1, sizeof *level->first_size))
            return false;
        level->first_size[level->first_count++] = size;
    }
    if (cluster->component == cluster->number || cluster->component == 0)
        return true;
    if (!ndup_grow(&level->links, &level->link_capacity, level->link_count + 1, sizeof *level->links))
        return false;
    level->links[level->link_count++] = (struct ndup_component_link){cluster->component, cluster->number, size};
    return true;
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

bool ndup_report_add_cluster(void *context, const neardup_cluster *cluster)
{
    struct ndup_report_model *report = context;
    struct ndup_report_level *level = &report->levels[ndup_is_part(&cluster->keeper)];
    uint64_t size = ndup_cluster_size(cluster);
    if (!report->any && cluster->keeper.group != NULL)
        report->by_group = true;
    report->any = true;
    level->unit = cluster->keeper.unit;
    level->clusters++;
    level->tokens += ndup_cluster_tokens(cluster);
    level->size_clusters[size_bin(size)]++;
    level->size_units[size_bin(size)] += size;
    count_members(level, cluster);
    note_size(level, cluster, size);
    return note_component(level, cluster, size) && count_sources(report, level, cluster) &&
           ndup_top_clusters_offer(&level->top, cluster, report->options.clusters, report->options.members);
}

void ndup_report_settle(struct ndup_report_model *report)
{
    for (size_t i = 0; i < 2; i++)
        ndup_top_clusters_sort(&report->levels[i].top, NDUP_REPORT_ALL_MEMBERS);
}

struct ndup_report_counts ndup_report_counts(const struct ndup_report_model *report)
{
    struct ndup_report_counts counts = {
        .wanted = report->texts_wanted, .found = report->texts_found, .changed = report->texts_changed};
    for (size_t i = 0; i < 2; i++) {
        counts.clusters += report->levels[i].clusters;
        counts.clusters_shown += report->levels[i].top.count;
    }
    return counts;
}

/* ---- totals ------------------------------------------------------------------------------------------------------ */

static struct ndup_level_totals document_totals(const neardup_summary *s)
{
    return (struct ndup_level_totals){.known = true,
                                      .units = s->documents,
                                      .kept = s->documents - s->exact - s->near - s->contained - s->paragraphs.emptied,
                                      .removed = s->exact + s->near + s->contained,
                                      .exact = s->exact,
                                      .near = s->near,
                                      .contained = s->contained,
                                      .tokens = s->tokens,
                                      .removed_tokens = s->removed_tokens,
                                      .bytes = s->text_bytes,
                                      .removed_bytes = s->removed_bytes};
}

static struct ndup_level_totals part_totals(const neardup_summary *s)
{
    const neardup_paragraph_summary *p = &s->paragraphs;
    uint64_t removed = p->exact + p->near + p->contained + p->boilerplate;
    return (struct ndup_level_totals){.known = true,
                                      .units = p->count,
                                      .kept = p->count - removed,
                                      .removed = removed,
                                      .exact = p->exact,
                                      .near = p->near,
                                      .contained = p->contained,
                                      .boilerplate = p->boilerplate,
                                      .tokens = p->tokens,
                                      .removed_tokens = p->cut_tokens,
                                      .bytes = s->text_bytes,
                                      .removed_bytes = p->cut_bytes};
}

struct ndup_level_totals ndup_level_totals(const struct ndup_report_model *report, size_t which,
                                           const struct ndup_report_run *run)
{
    const struct ndup_report_level *level = &report->levels[which];
    const uint64_t *r = level->reasons;
    if (run->summary != NULL) {
        struct ndup_level_totals totals = which > 0 ? part_totals(run->summary) : document_totals(run->summary);
        if (totals.removed_tokens == 0)
            totals.removed_tokens = level->tokens;
        totals.drops_emptied = run->options != NULL && run->options->drop_emptied;
        totals.emptied = run->summary->paragraphs.emptied;
        totals.emptied_bytes = run->summary->paragraphs.emptied_bytes;
        return totals;
    }
    return (struct ndup_level_totals){.removed = r[NEARDUP_EXACT] + r[NEARDUP_NEAR] + r[NEARDUP_CONTAINED] +
                                                 r[NEARDUP_BOILERPLATE],
                                      .exact = r[NEARDUP_EXACT],
                                      .near = r[NEARDUP_NEAR],
                                      .contained = r[NEARDUP_CONTAINED],
                                      .boilerplate = r[NEARDUP_BOILERPLATE],
                                      .removed_tokens = level->tokens};
}

neardup_unit ndup_level_unit(const struct ndup_report_model *report, size_t which, const struct ndup_report_run *run)
{
    if (report->levels[which].unit != 0)
        return report->levels[which].unit;
    if (which == 0)
        return NEARDUP_UNIT_DOCUMENT;
    bool lines = run->options != NULL && (run->options->units & NEARDUP_UNIT_LINE) != 0;
    return lines ? NEARDUP_UNIT_LINE : NEARDUP_UNIT_PARAGRAPH;
}

bool ndup_level_exists(const struct ndup_report_model *report, size_t which, const struct ndup_report_run *run)
{
    if (report->levels[which].clusters > 0)
        return true;
    if (run->options == NULL)
        return which == 0 && report->levels[1].clusters == 0;
    unsigned units = which == 0 ? NEARDUP_UNIT_DOCUMENT : NEARDUP_UNIT_PARAGRAPH | NEARDUP_UNIT_LINE;
    return (run->options->units & units) != 0;
}
