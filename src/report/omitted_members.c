/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/omitted_members.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/top_clusters.h"
#include "report/level_sources.h"
#include "report/model.h"
#include "run/names.h"

#include <stdlib.h>
#include <string.h>

#define HELD_MOST ((size_t)2 << 20) /* kinds of a level in memory, before it is known which of them are told */
#define ROWS      (NDUP_SOURCES_SHOWN + 1)
#define BINS      (NDUP_SCORE_BINS + 1)

struct level_rest {
    struct ndup_kept **cut; /* kept clusters whose members are not all kept, by number */
    size_t count;
    struct ndup_level_matrix matrix;
    size_t held;
};

struct collecting {
    struct ndup_report *report;
    struct level_rest levels[2];
    uint64_t counts[ROWS][NDUP_REASON_COUNT][BINS];
    bool failed; /* no memory */
};

/* ---- one cluster ------------------------------------------------------------------------------------------------- */

/* Row of the matrix in which the unit is counted; ROWS: no memory. */
static uint32_t row_of(struct ndup_report *report, size_t which, const struct ndup_level_matrix *matrix,
                       const neardup_ref *ref)
{
    struct ndup_place_of place = {NDUP_SOURCE_REST, NDUP_SOURCE_REST};
    if (!ndup_level_find_source(report, &report->levels[which], ref, &place))
        return ROWS;
    uint32_t source = matrix->folders ? place.folder : place.source;
    uint32_t row = 0;
    while (row < matrix->cells.count && matrix->cells.shown[row] != source)
        row++;
    return row;
}

static bool count_members(struct collecting *c, size_t which, const neardup_cluster *cluster, uint64_t shown)
{
    struct ndup_member_order *order = ndup_member_order(cluster);
    uint32_t row = ROWS;
    const char *last = NULL; /* neighbours often stand in one file */
    memset(c->counts, 0, sizeof c->counts);
    for (uint64_t i = shown; order != NULL && i < cluster->member_count; i++) {
        const neardup_member *member = &cluster->members[order[i].index];
        if (c->report->by_group || member->document.file != last)
            row = row_of(c->report, which, &c->levels[which].matrix, &member->document);
        last = member->document.file;
        if (row == ROWS)
            break;
        unsigned bin = order[i].score >= 1 ? NDUP_SCORE_BINS : ndup_score_bin(order[i].score);
        c->counts[row][member->reason][bin]++;
    }
    bool good = order != NULL && row != ROWS;
    free(order);
    return good;
}

/* Lists what was counted; how long the list is where items is NULL. */
static size_t list_kinds(const struct collecting *c, struct ndup_rest *items)
{
    size_t count = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        for (int reason = 0; reason < NDUP_REASON_COUNT; reason++) {
            for (uint8_t bin = 0; bin < BINS; bin++) {
                uint64_t members = c->counts[row][reason][bin];
                if (members > 0 && items != NULL)
                    items[count] = (struct ndup_rest){row, bin, (neardup_reason)reason, members};
                count += members > 0;
            }
        }
    }
    return count;
}

static struct ndup_kept *find_cut(const struct level_rest *level, uint64_t number)
{
    size_t low = 0, high = level->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (level->cut[middle]->cluster.number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < level->count && level->cut[low]->cluster.number == number ? level->cut[low] : NULL;
}

static bool tell_cluster(void *context, const neardup_cluster *cluster)
{
    struct collecting *c = context;
    size_t which = ndup_is_part(&cluster->keeper);
    struct level_rest *level = &c->levels[which];
    struct ndup_kept *kept = find_cut(level, cluster->number);
    if (kept == NULL || kept->rest != NULL)
        return true;
    c->failed = !count_members(c, which, cluster, kept->cluster.member_count);
    if (c->failed)
        return false;
    size_t count = list_kinds(c, NULL);
    if (level->held + count > HELD_MOST)
        return true;
    kept->rest = ndup_alloc(count, sizeof *kept->rest);
    c->failed = kept->rest == NULL;
    if (c->failed)
        return false;
    kept->rest_count = list_kinds(c, kept->rest);
    level->held += count;
    return true;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
    uint64_t a = (*(struct ndup_kept *const *)left)->cluster.number;
    uint64_t b = (*(struct ndup_kept *const *)right)->cluster.number;
    return a < b ? -1 : a > b;
}

static bool find_cut_off(struct collecting *c, size_t which)
{
    const struct ndup_kept_set *set = &c->report->levels[which].kept;
    struct level_rest *level = &c->levels[which];
    level->cut = ndup_alloc(set->count + 1, sizeof(struct ndup_kept *));
    if (level->cut == NULL)
        return false;
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i]->cluster.member_count < set->items[i]->total)
            level->cut[level->count++] = set->items[i];
    }
    if (level->count == 0)
        return true;
    qsort(level->cut, level->count, sizeof(struct ndup_kept *), by_number);
    return ndup_level_matrix(c->report, &c->report->levels[which], &level->matrix);
}

/* As many lists as there is room for, those of the costliest clusters first. */
static void keep_within(struct ndup_kept_set *set)
{
    size_t told = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct ndup_kept *kept = set->items[i];
        if (told + kept->rest_count <= NDUP_REST_TOLD) {
            told += kept->rest_count;
            continue;
        }
        free(kept->rest);
        kept->rest = NULL;
        kept->rest_count = 0;
    }
}

static neardup_status collect(struct collecting *c, const struct ndup_report_run *run, neardup_error *err)
{
    if (!find_cut_off(c, 0) || !find_cut_off(c, 1))
        return ndup_fail_nomem(err);
    if (c->levels[0].count + c->levels[1].count == 0)
        return NEARDUP_OK;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = c, .cluster = tell_cluster};
    neardup_status status = run->replay(run->replay_context, &callbacks, err);
    if (c->failed)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < 2; i++)
        keep_within(&c->report->levels[i].kept);
    return status;
}

neardup_status ndup_rest_collect(struct ndup_report *report, const struct ndup_report_run *run, neardup_error *err)
{
    if (run->replay == NULL)
        return NEARDUP_OK;
    struct collecting *c = ndup_calloc(1, sizeof *c);
    if (c == NULL)
        return ndup_fail_nomem(err);
    c->report = report;
    neardup_status status = collect(c, run, err);
    free(c->levels[0].cut);
    free(c->levels[1].cut);
    free(c);
    return status;
}
