/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/level_sources.h"

#include "term/emit.h"

#include <string.h>

/* ---- of a unit --------------------------------------------------------------------------------------------------- */

static size_t folder_length(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash == NULL ? 0 : (size_t)(slash - file);
}

/* Groups go by what they read like: the string "17" and the number 17 are one source, as they could not be told apart. */
static bool find_group(struct ndup_report *report, struct ndup_report_level *level, const neardup_ref *ref,
                       struct ndup_place_of *place)
{
    struct ndup_buf *name = &report->group_name;
    ndup_buf_clear(name);
    if (ref->group != NULL)
        ndup_emit_plain(name, ref->group, ref->group_length);
    return !name->failed &&
           ndup_sources_find(&level->sources, name->len > 0 ? name->data : "", name->len, &place->source);
}

bool ndup_level_find_source(struct ndup_report *report, struct ndup_report_level *level, const neardup_ref *ref,
                            struct ndup_place_of *place)
{
    if (report->by_group)
        return find_group(report, level, ref, place);
    size_t length = folder_length(ref->file);
    return ndup_sources_find(&level->sources, ref->file, strlen(ref->file), &place->source) &&
           ndup_sources_find(&level->folders, length > 0 ? ref->file : ".", length > 0 ? length : 1, &place->folder);
}

bool ndup_level_count_sources(struct ndup_report *report, struct ndup_report_level *level,
                              const neardup_cluster *cluster)
{
    struct ndup_place_of keeper = {NDUP_SOURCE_REST, NDUP_SOURCE_REST};
    struct ndup_place_of removed = {NDUP_SOURCE_REST, NDUP_SOURCE_REST};
    const char *last = NULL; /* neighbours often stand in one file */
    if (cluster->keeper.file == NULL || !ndup_level_find_source(report, level, &cluster->keeper, &keeper))
        return cluster->keeper.file == NULL;
    for (uint64_t i = 0; i < cluster->member_count; i++) {
        const neardup_ref *ref = &cluster->members[i].document;
        if ((report->by_group || ref->file != last) && !ndup_level_find_source(report, level, ref, &removed))
            return false;
        last = ref->file;
        if (!ndup_sources_add(&level->sources, removed.source, keeper.source) ||
            (!report->by_group && !ndup_sources_add(&level->folders, removed.folder, keeper.folder)))
            return false;
    }
    return true;
}

/* ---- of a level -------------------------------------------------------------------------------------------------- */

/* Where most units would be in the rest, a file for each text for instance, folders say more. */
static bool by_folder(const struct ndup_report_level *level, const struct ndup_source_matrix *files)
{
    uint64_t all = 0;
    for (size_t i = 0; i <= files->count; i++)
        all += files->removed[i];
    return level->folders.count > 1 && files->removed[files->count] * 2 > all;
}

bool ndup_level_matrix(const struct ndup_report *report, const struct ndup_report_level *level,
                       struct ndup_level_matrix *matrix)
{
    matrix->sources = &level->sources;
    bool made = ndup_sources_matrix(matrix->sources, &matrix->cells);
    matrix->folders = made && !report->by_group && by_folder(level, &matrix->cells);
    if (matrix->folders) {
        matrix->sources = &level->folders;
        made = ndup_sources_matrix(matrix->sources, &matrix->cells);
    }
    matrix->rows = matrix->cells.count + (matrix->cells.others > 0);
    return made;
}
