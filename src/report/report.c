/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/report.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/level_sources.h"
#include "report/model.h"
#include "run/names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

neardup_status ndup_report_create(struct ndup_report **out, const struct ndup_report_options *options,
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

void ndup_report_destroy(struct ndup_report *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; i < 2; i++) {
        struct ndup_report_level *level = &report->levels[i];
        ndup_sources_free(&level->sources);
        ndup_sources_free(&level->folders);
        ndup_kept_free(&level->kept);
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

/* Scores have six decimals at most where they were read; a little is added so that 0.7 is not below itself. */
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

static bool bigger(const struct ndup_big *a, const struct ndup_big *b)
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
    struct ndup_big big = {cluster->number, size, all_are_copies(cluster)};
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

/* ---- clusters that hang together --------------------------------------------------------------------------------- */

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
    level->links[level->link_count++] = (struct ndup_link){cluster->component, cluster->number, size};
    return true;
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

bool ndup_report_add_cluster(void *context, const neardup_cluster *cluster)
{
    struct ndup_report *report = context;
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
    return note_component(level, cluster, size) && ndup_level_count_sources(report, level, cluster) &&
           ndup_kept_offer(&level->kept, cluster, report->options.clusters, report->options.members);
}

void ndup_report_settle(struct ndup_report *report)
{
    for (size_t i = 0; i < 2; i++)
        ndup_kept_sort(&report->levels[i].kept, NDUP_REPORT_UNITS);
}

struct ndup_report_told ndup_report_told(const struct ndup_report *report)
{
    struct ndup_report_told told = {
        .wanted = report->texts_wanted, .found = report->texts_found, .changed = report->texts_changed};
    for (size_t i = 0; i < 2; i++) {
        told.clusters += report->levels[i].clusters;
        told.clusters_shown += report->levels[i].kept.count;
    }
    return told;
}

/* ---- totals ------------------------------------------------------------------------------------------------------ */

static struct ndup_level_totals document_totals(const neardup_summary *s)
{
    return (struct ndup_level_totals){.known = true,
                                      .units = s->documents,
                                      .kept = s->documents - s->exact - s->near - s->paragraphs.emptied,
                                      .removed = s->exact + s->near,
                                      .exact = s->exact,
                                      .near = s->near,
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

struct ndup_level_totals ndup_level_totals(const struct ndup_report *report, size_t which,
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

neardup_unit ndup_level_unit(const struct ndup_report *report, size_t which, const struct ndup_report_run *run)
{
    if (report->levels[which].unit != 0)
        return report->levels[which].unit;
    if (which == 0)
        return NEARDUP_UNIT_DOCUMENT;
    bool lines = run->options != NULL && (run->options->units & NEARDUP_UNIT_LINE) != 0;
    return lines ? NEARDUP_UNIT_LINE : NEARDUP_UNIT_PARAGRAPH;
}

bool ndup_level_exists(const struct ndup_report *report, size_t which, const struct ndup_report_run *run)
{
    if (report->levels[which].clusters > 0)
        return true;
    if (run->options == NULL)
        return which == 0 && report->levels[1].clusters == 0;
    unsigned units = which == 0 ? NEARDUP_UNIT_DOCUMENT : NEARDUP_UNIT_PARAGRAPH | NEARDUP_UNIT_LINE;
    return (run->options->units & units) != 0;
}
