/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/model.h"
#include "report/write.h"

#include "run/names.h"
#include "term/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cluster is worth a look if it has more than 1 000 units, or more than 1 % of all units and at least 50: such
 * clusters are templates, licences or error pages far more often than copies of one text. */
#define LARGE_UNITS     1000
#define LARGE_SHARE     100 /* one in this many */
#define LARGE_LEAST     50
#define LARGE_MOST      5 /* warnings; the page and the JSON report have all clusters */
#define COMPONENTS_MOST 3
#define COMPONENT_LEAST 20 /* units in a connected component; fewer if the corpus is small */
/* A warning if at least one document in this many is too short for SimHash. */
#define UNRELIABLE_SHARE 20
/* A warning if at least one near-duplicate in this many differs in numbers only, as the closing line of a run (cli/advice.c). */
#define NUMBERS_SHARE 2
#define NUMBERS_LEAST 20

static struct ndup_warning *add(struct ndup_warnings *warnings, const char *kind, int level, const char *format, ...)
    NDUP_PRINTF(4, 5);

static struct ndup_warning *add(struct ndup_warnings *warnings, const char *kind, int level, const char *format, ...)
{
    if (warnings->count == NDUP_WARNINGS_MOST)
        return NULL;
    struct ndup_warning *warning = &warnings->items[warnings->count++];
    warning->kind = kind;
    warning->level = level;
    warning->cluster_count = 0;
    va_list list;
    va_start(list, format);
    vsnprintf(warning->message, sizeof warning->message, format, list);
    va_end(list);
    return warning;
}

static void add_cluster(struct ndup_warning *warning, uint64_t number)
{
    if (warning != NULL && warning->cluster_count < NDUP_WARNING_CLUSTERS)
        warning->clusters[warning->cluster_count++] = number;
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static void about_input(struct ndup_warnings *w, const neardup_summary *s)
{
    if (s->failed_files > 0)
        add(w, "failed_files", -1,
            "%s file%s could not be read completely: the records after the damage were not compared. "
            "Repair the input and run again.",
            ndup_number_group(s->failed_files).text, s->failed_files == 1 ? "" : "s");
    if (s->invalid > 0)
        add(w, "invalid", -1,
            "%s record%s could not be read (not JSON, or no text in the text field) and %s not compared. "
            "--text-field and --input-format change what is read.",
            ndup_number_group(s->invalid).text, s->invalid == 1 ? "" : "s", s->invalid == 1 ? "was" : "were");
    if (s->duplicate_ids > 0)
        add(w, "duplicate_ids", -1,
            "%s document%s the id of an earlier document: use file and line to tell documents apart.",
            ndup_number_group(s->duplicate_ids).text, s->duplicate_ids == 1 ? " has" : "s have");
}

static void about_search(struct ndup_warnings *w, const struct ndup_report_model *report,
                         const struct ndup_report_run *run)
{
    const neardup_summary *s = run->summary;
    const neardup_audit *audit = &s->audit;
    bool documents = ndup_level_exists(report, 0, run);
    if (audit->sampled > 0) {
        char interval[160] = "";
        if (audit->sampled < audit->kept)
            snprintf(interval, sizeof interval, " (%s to %s with 95 %% confidence)",
                     ndup_number_score(audit->recall_low).text, ndup_number_score(audit->recall_high).text);
        add(w, "audit", 0,
            "The recall of this run is %s%s: of %s kept document%s that the audit compared with all others, %s %s "
            "near-duplicate%s of an earlier one.%s",
            ndup_number_score(audit->recall).text, interval, ndup_number_group(audit->sampled).text,
            audit->sampled == 1 ? "" : "s", audit->missed == 0 ? "none" : ndup_number_group(audit->missed).text,
            audit->missed == 1 ? "is a" : "are", audit->missed == 1 ? "" : "s",
            audit->missed == 0 ? "" : " A higher --recall finds more.");
    }
    if (!run->redecided && s->numbers_differ >= NUMBERS_LEAST && s->numbers_differ >= s->near / NUMBERS_SHARE)
        add(w, "numbers_differ", 0,
            "%s of %s near-duplicates differ from what is kept in numbers only. If these are different documents, such "
            "as "
            "bills of one template, --numbers keep keeps them.",
            ndup_number_group(s->numbers_differ).text, ndup_number_group(s->near).text);
    for (int i = 0; i < 2; i++) {
        uint64_t capped = i == 0 ? s->capped_buckets : s->paragraphs.capped_buckets;
        const char *name = ndup_units_name(ndup_level_unit(report, (size_t)i, run), 2);
        if (capped > 0)
            add(w, "capped_buckets", i == 0 || !documents ? 0 : 1,
                "%s group%s of very many similar but different %s, such as pages made from one template: the later "
                "ones "
                "were compared only with the first thousand kept ones, so some duplicates may not have been found. "
                "Remove the template first, or use more tokens per shingle (--ngram).",
                ndup_number_group(capped).text, capped == 1 ? "" : "s", name);
    }
    if (s->contained_capped > 0)
        add(w, "contained_capped", 0,
            "%s document%s more longer documents that may contain %s than are compared: some contained documents may "
            "not have been found. Pages made from one template do this; remove the template first.",
            ndup_number_group(s->contained_capped).text, s->contained_capped == 1 ? " has" : "s have",
            s->contained_capped == 1 ? "it" : "them");
    if (s->unreliable > 0 && s->unreliable >= s->documents / UNRELIABLE_SHARE)
        add(w, "unreliable", 0,
            "%s of the documents have fewer than %u different shingles: SimHash is unreliable for them. "
            "--method minhash is reliable for texts of any length.",
            ndup_number_percent(s->unreliable, s->documents).text, NEARDUP_SIMHASH_RELIABLE);
}

static void about_report(struct ndup_warnings *w, const struct ndup_report_model *report,
                         const struct ndup_report_run *run)
{
    if (run->summary == NULL)
        add(w, "no_summary", -1,
            "Only the clusters are known, not the size of the corpus, so there are no shares. "
            "Use the folder of a run instead.");
    if (report->texts_changed > 0)
        add(w, "changed", -1,
            "%s of %s texts differ from those that the run read: files have changed since%s. Run again to see the "
            "current state.",
            ndup_number_group(report->texts_changed).text, ndup_number_group(report->texts_found).text,
            run->options != NULL ? ", and they are left out" : ", or the run did not use the default options");
    if (report->texts_found < report->texts_wanted)
        add(w, "missing_texts", -1,
            "%s of %s texts were not found where the run read them: files have changed or are missing. --input PATH "
            "names their current place.",
            ndup_number_group(report->texts_wanted - report->texts_found).text,
            ndup_number_group(report->texts_wanted).text);
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

static const char copies[] = "All of them have a score of 1: one text repeats, at any threshold.";
static const char alike[] =
    "Look at its members with the lowest scores: if different texts share only a template or a licence, "
    "a higher threshold separates them.";

static void about_large(struct ndup_warnings *w, const struct ndup_report_model *report, size_t which, int index,
                        const struct ndup_report_run *run)
{
    const struct ndup_report_level *level = &report->levels[which];
    struct ndup_level_totals totals = ndup_level_totals(report, which, run);
    const char *name = ndup_units_name(ndup_level_unit(report, which, run), 2);
    for (size_t i = 0; i < level->largest_count && i < LARGE_MOST; i++) {
        const struct ndup_large_cluster *big = &level->largest[i];
        bool share = totals.known && big->size >= LARGE_LEAST && big->size > totals.units / LARGE_SHARE;
        if (big->size <= LARGE_UNITS && !share)
            return;
        char part[64] = "";
        if (totals.known)
            snprintf(part, sizeof part, ", %s of all", ndup_number_percent(big->size, totals.units).text);
        add_cluster(add(w, "large_cluster", index, "Cluster %llu has %s %s%s. %s", (unsigned long long)big->number,
                        ndup_number_group(big->size).text, name, part, big->copies ? copies : alike),
                    big->number);
    }
}

static int by_component(const void *left, const void *right)
{
    const struct ndup_component_link *a = left;
    const struct ndup_component_link *b = right;
    if (a->component != b->component)
        return a->component < b->component ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

struct component { /* links[begin..end) and the cluster that they name */
    size_t begin, end;
    uint64_t units;
};

/* The largest components of at least `least` units, and in *all the number of all such components. */
static size_t largest_components(const struct ndup_report_level *level, uint64_t least, struct component *largest,
                                 uint64_t *all)
{
    size_t count = 0;
    *all = 0;
    for (size_t begin = 0, end; begin < level->link_count; begin = end) {
        uint64_t first = level->links[begin].component;
        struct component item = {begin, begin,
                                 first >= 1 && first <= level->first_count ? level->first_size[first - 1] : 0};
        for (end = begin; end < level->link_count && level->links[end].component == first; end++)
            item.units += level->links[end].size;
        item.end = end;
        if (item.units < least)
            continue;
        size_t at = count < COMPONENTS_MOST ? count++ : COMPONENTS_MOST;
        for (; at > 0 && largest[at - 1].units < item.units; at--)
            if (at < COMPONENTS_MOST)
                largest[at] = largest[at - 1];
        if (at < COMPONENTS_MOST)
            largest[at] = item;
        ++*all;
    }
    return count;
}

static void about_components(struct ndup_warnings *w, struct ndup_report_model *report, size_t which, int index,
                             const struct ndup_report_run *run)
{
    struct ndup_report_level *level = &report->levels[which];
    struct component largest[COMPONENTS_MOST];
    uint64_t all;
    if (level->link_count == 0)
        return;
    qsort(level->links, level->link_count, sizeof *level->links, by_component);
    struct ndup_level_totals totals = ndup_level_totals(report, which, run);
    uint64_t least =
        totals.known && totals.units / LARGE_SHARE < COMPONENT_LEAST ? totals.units / LARGE_SHARE + 1 : COMPONENT_LEAST;
    size_t count = largest_components(level, least, largest, &all);
    for (size_t i = 0; i < count; i++) {
        char more[128] = "";
        if (i + 1 == count && all > count)
            snprintf(more, sizeof more, " %s more group%s of clusters %s connected like this.",
                     ndup_number_group(all - count).text, all - count == 1 ? "" : "s", all - count == 1 ? "is" : "are");
        size_t clusters = largest[i].end - largest[i].begin + 1;
        struct ndup_warning *warning =
            add(w, "component", index,
                "%s clusters are connected by similar pairs: merged into one they would have %s %s, but not all of "
                "these are "
                "similar to the one that would be kept. They were not merged; if they should be one cluster, the "
                "threshold is too high.%s",
                ndup_number_group(clusters).text, ndup_number_group(largest[i].units).text,
                ndup_units_name(ndup_level_unit(report, which, run), 2), more);
        add_cluster(warning, level->links[largest[i].begin].component);
        for (size_t j = largest[i].begin; j < largest[i].end; j++)
            add_cluster(warning, level->links[j].number);
    }
}

void ndup_warnings_collect(struct ndup_report_model *report, const struct ndup_report_run *run,
                           struct ndup_warnings *warnings)
{
    warnings->count = 0;
    if (run->summary != NULL) {
        about_input(warnings, run->summary);
        about_search(warnings, report, run);
    }
    about_report(warnings, report, run);
    for (size_t i = 0, index = 0; i < 2; i++) {
        if (!ndup_level_exists(report, i, run))
            continue;
        about_large(warnings, report, i, (int)index, run);
        about_components(warnings, report, i, (int)index, run);
        index++;
    }
}
