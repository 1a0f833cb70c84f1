/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/model.h"
#include "run/names.h"
#include "term/title.h"

#include <stdlib.h>
#include <string.h>

/* Of all copies in a set. A member takes about 200 bytes, its id and its path; the limit is for long ids and for
 * --clusters 1000000. */
#define SET_BYTES ((size_t)96 << 20)

/* ---- members in order -------------------------------------------------------------------------------------------- */

static int lowest_first(const void *left, const void *right)
{
    const struct ndup_member_order *a = left;
    const struct ndup_member_order *b = right;
    if (a->score != b->score)
        return a->score < b->score ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

struct ndup_member_order *ndup_member_order(const neardup_cluster *cluster)
{
    struct ndup_member_order *order = ndup_alloc(cluster->member_count + 1, sizeof *order);
    if (order == NULL)
        return NULL;
    for (uint64_t i = 0; i < cluster->member_count; i++)
        order[i] = (struct ndup_member_order){ndup_member_score(&cluster->members[i]), i};
    qsort(order, cluster->member_count, sizeof *order, lowest_first);
    return order;
}

bool ndup_is_first_copy(const neardup_cluster *cluster, const neardup_member *member)
{
    const neardup_ref *first = &cluster->keeper, *ref = &member->document;
    return cluster->all_removed && first->line == ref->line && first->bytes.begin == ref->bytes.begin &&
           first->bytes.end == ref->bytes.end && strcmp(first->file, ref->file) == 0;
}

bool ndup_cluster_title_json(struct ndup_buf *buf, const neardup_cluster *cluster)
{
    struct ndup_title title = {.part_count = 0};
    bool good = ndup_title_make(&title, cluster);
    if (good)
        ndup_title_append_json(buf, &title);
    ndup_title_free(&title);
    return good && !buf->failed;
}

uint64_t ndup_cluster_tokens(const neardup_cluster *cluster)
{
    uint64_t tokens = cluster->tokens;
    for (uint64_t i = 0; cluster->tokens == 0 && i < cluster->member_count; i++)
        tokens += cluster->members[i].document.tokens;
    return tokens;
}

/* ---- copies ------------------------------------------------------------------------------------------------------ */

struct strings { /* where the strings of a copy go; a first round only measures */
    char *data;  /* NULL: measure */
    size_t used;
    const char *file, *file_copy; /* the last ones: neighbours often share them */
};

static const char *copy_bytes(struct strings *strings, const char *bytes, size_t length)
{
    if (bytes == NULL)
        return NULL;
    char *copy = strings->data != NULL ? strings->data + strings->used : NULL;
    strings->used += length + 1;
    if (copy == NULL)
        return bytes;
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static void copy_ref(struct strings *strings, neardup_ref *to, const neardup_ref *from)
{
    *to = *from;
    to->id = copy_bytes(strings, from->id, from->id_length);
    to->group = copy_bytes(strings, from->group, from->group_length);
    if (from->file == NULL)
        return;
    if (strings->file == NULL || strcmp(strings->file, from->file) != 0) {
        strings->file_copy = copy_bytes(strings, from->file, strlen(from->file));
        strings->file = from->file;
    }
    to->file = strings->file_copy;
}

static void copy_refs(struct strings *strings, neardup_cluster *to, neardup_member *members,
                      const neardup_cluster *from, const struct ndup_member_order *order, uint64_t count)
{
    neardup_ref spare;
    copy_ref(strings, to != NULL ? &to->keeper : &spare, &from->keeper);
    for (uint64_t i = 0; i < count; i++) {
        const neardup_member *member = &from->members[order[i].index];
        if (members != NULL)
            members[i] = *member;
        copy_ref(strings, members != NULL ? &members[i].document : &spare, &member->document);
    }
}

static void free_top(struct ndup_top_cluster *top)
{
    for (uint64_t i = 0; top->texts != NULL && i <= top->cluster.member_count; i++) {
        free(top->texts[i].text);
        free(top->texts[i].diff);
    }
    ndup_buf_free(&top->title);
    free(top->texts);
    free(top->omitted);
    free(top);
}

static struct ndup_top_cluster *copy_cluster(const neardup_cluster *cluster, uint64_t most)
{
    struct ndup_member_order *order = ndup_member_order(cluster);
    uint64_t count = cluster->member_count < most ? cluster->member_count : most;
    if (order == NULL)
        return NULL;
    struct strings strings = {NULL, 0, NULL, NULL};
    copy_refs(&strings, NULL, NULL, cluster, order, count);
    size_t head = sizeof(struct ndup_top_cluster) + count * sizeof(neardup_member);
    struct ndup_top_cluster *top = ndup_alloc(head + strings.used, 1);
    if (top != NULL) {
        neardup_member *members = (neardup_member *)(void *)(top + 1);
        *top = (struct ndup_top_cluster){
            .cluster = *cluster,
            .total = cluster->member_count,
            .size = ndup_cluster_size(cluster),
            .low = cluster->member_count > 0 ? order[0].score : 0,
            .bytes = head + strings.used,
        };
        top->cluster.tokens = ndup_cluster_tokens(cluster);
        top->cluster.member_count = count;
        top->cluster.members = members;
        strings = (struct strings){(char *)top + head, 0, NULL, NULL};
        copy_refs(&strings, &top->cluster, members, cluster, order, count);
        if (!ndup_cluster_title_json(&top->title, cluster)) {
            free_top(top);
            top = NULL;
        } else {
            top->bytes += top->title.capacity;
        }
    }
    free(order);
    return top;
}

/* ---- the heap ---------------------------------------------------------------------------------------------------- */

static bool costlier(uint64_t tokens, uint64_t number, const neardup_cluster *than)
{
    return tokens != than->tokens ? tokens > than->tokens : number < than->number;
}

static bool above(const struct ndup_top_cluster *a, const struct ndup_top_cluster *b)
{
    return costlier(a->cluster.tokens, a->cluster.number, &b->cluster);
}

static void sift_up(struct ndup_top_clusters *set, size_t at)
{
    struct ndup_top_cluster *item = set->items[at];
    for (size_t parent; at > 0 && above(set->items[parent = (at - 1) / 2], item); at = parent)
        set->items[at] = set->items[parent];
    set->items[at] = item;
}

static void sift_down(struct ndup_top_clusters *set, size_t at)
{
    struct ndup_top_cluster *item = set->items[at];
    for (size_t child; (child = 2 * at + 1) < set->count; at = child) {
        if (child + 1 < set->count && above(set->items[child], set->items[child + 1]))
            child++;
        if (!above(item, set->items[child]))
            break;
        set->items[at] = set->items[child];
    }
    set->items[at] = item;
}

static void drop_cheapest(struct ndup_top_clusters *set)
{
    struct ndup_top_cluster *cheapest = set->items[0];
    set->bytes -= cheapest->bytes;
    set->items[0] = set->items[--set->count];
    if (set->count > 0)
        sift_down(set, 0);
    free_top(cheapest);
}

bool ndup_top_clusters_offer(struct ndup_top_clusters *set, const neardup_cluster *cluster, uint64_t clusters,
                             uint64_t members)
{
    bool full = set->count >= clusters || set->bytes >= SET_BYTES;
    uint64_t tokens = ndup_cluster_tokens(cluster);
    if (clusters == 0 || (full && set->count > 0 && !costlier(tokens, cluster->number, &set->items[0]->cluster)))
        return true;
    struct ndup_top_cluster *top = copy_cluster(cluster, members);
    if (top == NULL || !ndup_grow(&set->items, &set->capacity, set->count + 1, sizeof(struct ndup_top_cluster *))) {
        free(top);
        return false;
    }
    set->items[set->count++] = top;
    set->bytes += top->bytes;
    sift_up(set, set->count - 1);
    while (set->count > clusters || (set->bytes > SET_BYTES && set->count > 1))
        drop_cheapest(set);
    return true;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static int costliest_first(const void *left, const void *right)
{
    const struct ndup_top_cluster *a = *(struct ndup_top_cluster *const *)left;
    const struct ndup_top_cluster *b = *(struct ndup_top_cluster *const *)right;
    return above(a, b) ? -1 : above(b, a) ? 1 : 0;
}

static uint64_t units_within(const struct ndup_top_clusters *set, uint64_t limit)
{
    uint64_t units = 0;
    for (size_t i = 0; i < set->count; i++) {
        uint64_t count = set->items[i]->cluster.member_count;
        units += count < limit ? count : limit;
    }
    return units;
}

void ndup_top_clusters_sort(struct ndup_top_clusters *set, uint64_t units)
{
    uint64_t limit = 1;
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i]->cluster.member_count > limit)
            limit = set->items[i]->cluster.member_count;
    }
    while (limit > 1 && units_within(set, limit) > units)
        limit -= 1 + limit / 16;
    for (size_t i = 0; i < set->count; i++) {
        neardup_cluster *cluster = &set->items[i]->cluster;
        if (cluster->member_count > limit)
            cluster->member_count = limit;
    }
    if (set->count > 0)
        qsort(set->items, set->count, sizeof(struct ndup_top_cluster *), costliest_first);
}

void ndup_top_clusters_free(struct ndup_top_clusters *set)
{
    for (size_t i = 0; i < set->count; i++)
        free_top(set->items[i]);
    free(set->items);
    *set = (struct ndup_top_clusters){NULL, 0, 0, 0};
}

/* ---- by number --------------------------------------------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
    uint64_t a = (*(struct ndup_top_cluster *const *)left)->cluster.number;
    uint64_t b = (*(struct ndup_top_cluster *const *)right)->cluster.number;
    return a < b ? -1 : a > b;
}

struct ndup_top_cluster **ndup_top_clusters_by_number(const struct ndup_top_clusters *set)
{
    struct ndup_top_cluster **sorted = ndup_alloc(set->count + 1, sizeof(struct ndup_top_cluster *));
    if (sorted == NULL)
        return NULL;
    for (size_t i = 0; i < set->count; i++)
        sorted[i] = set->items[i];
    qsort(sorted, set->count, sizeof(struct ndup_top_cluster *), by_number);
    return sorted;
}

struct ndup_top_cluster *ndup_top_cluster_find(struct ndup_top_cluster **by_number, size_t count, uint64_t number)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_number[middle]->cluster.number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && by_number[low]->cluster.number == number ? by_number[low] : NULL;
}

/* ---- omitted members --------------------------------------------------------------------------------------------- */

/* Kinds of a level in memory, 32 MB, before it is known which clusters are the costliest. */
#define HELD_MOST ((size_t)2 << 20)
#define ROWS      (NDUP_SOURCES_SHOWN + 1)
#define BINS      (NDUP_SCORE_BINS + 1)

struct omitting_level {
    struct ndup_top_cluster **cut; /* top clusters whose copy omits members, by number */
    size_t count;
    struct ndup_level_matrix matrix;
    size_t held;
};

struct collecting {
    struct ndup_report_model *report;
    struct omitting_level levels[2];
    uint64_t counts[ROWS][NDUP_REASON_COUNT][BINS];
    bool failed; /* no memory */
};

/* ---- omitted members: one cluster -------------------------------------------------------------------------------- */

/* Row of the matrix in which the unit is counted; ROWS: no memory. */
static uint32_t row_of(struct ndup_report_model *report, size_t which, const struct ndup_level_matrix *matrix,
                       const neardup_ref *ref)
{
    struct ndup_unit_source place = {NDUP_SOURCE_OTHERS, NDUP_SOURCE_OTHERS};
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
    const char *last = NULL; /* neighbours are often in one file */
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
static size_t list_kinds(const struct collecting *c, struct ndup_omitted_members *items)
{
    size_t count = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        for (int reason = 0; reason < NDUP_REASON_COUNT; reason++) {
            for (uint8_t bin = 0; bin < BINS; bin++) {
                uint64_t members = c->counts[row][reason][bin];
                if (members > 0 && items != NULL)
                    items[count] = (struct ndup_omitted_members){row, bin, (neardup_reason)reason, members};
                count += members > 0;
            }
        }
    }
    return count;
}

static bool add_omitted(void *context, const neardup_cluster *cluster)
{
    struct collecting *c = context;
    size_t which = ndup_is_part(&cluster->keeper);
    struct omitting_level *level = &c->levels[which];
    struct ndup_top_cluster *top = ndup_top_cluster_find(level->cut, level->count, cluster->number);
    if (top == NULL || top->omitted != NULL)
        return true;
    c->failed = !count_members(c, which, cluster, top->cluster.member_count);
    if (c->failed)
        return false;
    size_t count = list_kinds(c, NULL);
    if (level->held + count > HELD_MOST)
        return true;
    top->omitted = ndup_alloc(count, sizeof *top->omitted);
    c->failed = top->omitted == NULL;
    if (c->failed)
        return false;
    top->omitted_count = list_kinds(c, top->omitted);
    level->held += count;
    return true;
}

/* ---- omitted members: all ---------------------------------------------------------------------------------------- */

static bool find_cut_off(struct collecting *c, size_t which)
{
    struct omitting_level *level = &c->levels[which];
    level->cut = ndup_top_clusters_by_number(&c->report->levels[which].top);
    if (level->cut == NULL)
        return false;
    for (size_t i = 0; i < c->report->levels[which].top.count; i++) {
        if (level->cut[i]->cluster.member_count < level->cut[i]->total)
            level->cut[level->count++] = level->cut[i];
    }
    return level->count == 0 || ndup_level_matrix(c->report, &c->report->levels[which], &level->matrix);
}

/* Drops lists beyond the limit, those of the cheapest clusters. */
static void keep_within(struct ndup_top_clusters *set)
{
    size_t listed = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct ndup_top_cluster *top = set->items[i];
        if (listed + top->omitted_count <= NDUP_OMITTED_MOST) {
            listed += top->omitted_count;
            continue;
        }
        free(top->omitted);
        top->omitted = NULL;
        top->omitted_count = 0;
    }
}

static neardup_status collect(struct collecting *c, const struct ndup_report_run *run, neardup_error *err)
{
    if (!find_cut_off(c, 0) || !find_cut_off(c, 1))
        return ndup_fail_nomem(err);
    if (c->levels[0].count + c->levels[1].count == 0)
        return NEARDUP_OK;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks, .context = c, .cluster = add_omitted};
    neardup_status status = run->replay(run->replay_context, &callbacks, err);
    if (c->failed)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < 2; i++)
        keep_within(&c->report->levels[i].top);
    return status;
}

neardup_status ndup_omitted_collect(struct ndup_report_model *report, const struct ndup_report_run *run,
                                    neardup_error *err)
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
