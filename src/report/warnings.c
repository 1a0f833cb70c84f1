/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/warnings.h"

#include "report/model.h"
#include "run/names.h"
#include "term/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE_UNITS      1000 /* a cluster of more is worth a look, whatever the corpus */
#define LARGE_SHARE      100  /* so is one of more than one in so many units ... */
#define LARGE_LEAST      50   /* ... if it is of some size at all */
#define LARGE_TOLD       5
#define COMPONENTS_TOLD  3
#define COMPONENT_LEAST  20 /* units that matter in any corpus; in a small one less */
#define UNRELIABLE_SHARE 20

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

static const char *units_name(neardup_unit unit)
{
    return unit == NEARDUP_UNIT_LINE ? "lines" : unit == NEARDUP_UNIT_PARAGRAPH ? "paragraphs" : "documents";
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static void about_input(struct ndup_warnings *w, const neardup_summary *s)
{
    if (s->failed_files > 0)
        add(w, "failed_files", -1,
            "%s file%s could not be read, or not to the end: what stands behind the damage was not compared. "
            "Mend the input and run again.",
            ndup_number_group(s->failed_files).text, s->failed_files == 1 ? "" : "s");
    if (s->invalid > 0)
        add(w, "invalid", -1,
            "%s record%s could not be read (not JSON, or without a text in the field that was read) and %s not "
            "compared. --text-field and --input-format say what is read.",
            ndup_number_group(s->invalid).text, s->invalid == 1 ? "" : "s", s->invalid == 1 ? "was" : "were");
    if (s->duplicate_ids > 0)
        add(w, "duplicate_ids", -1,
            "%s document%s an id that an earlier one has, too: tell documents apart by file and line.",
            ndup_number_group(s->duplicate_ids).text, s->duplicate_ids == 1 ? " has" : "s have");
}

static void about_search(struct ndup_warnings *w, const struct ndup_report *report, const struct ndup_report_run *run)
{
    const neardup_summary *s = run->summary;
    bool documents = ndup_level_exists(report, 0, run);
    for (int i = 0; i < 2; i++) {
        uint64_t capped = i == 0 ? s->capped_buckets : s->paragraphs.capped_buckets;
        const char *name = units_name(ndup_level_unit(report, (size_t)i, run));
        if (capped > 0)
            add(w, "capped_buckets", i == 0 || !documents ? 0 : 1,
                "%s group%s of very many similar, yet different %s, as pages made from one template are: the later "
                "ones "
                "were compared with the first thousand kept ones only, and some duplicates may have stayed. Take the "
                "template out first, or compare with more tokens in a shingle (--ngram).",
                ndup_number_group(capped).text, capped == 1 ? "" : "s", name);
    }
    if (s->unreliable > 0 && s->unreliable >= s->documents / UNRELIABLE_SHARE)
        add(w, "unreliable", 0,
            "%s of the documents have fewer than %u shingles: SimHash is unreliable for them. "
            "--method minhash is reliable for texts of any length.",
            ndup_number_percent(s->unreliable, s->documents).text, NEARDUP_SIMHASH_RELIABLE);
}

/* Documents that stay now were out before paragraphs were looked at: pairs do not tell about theirs, either. */
static void about_threshold(struct ndup_warnings *w, const struct ndup_report *report,
                            const struct ndup_report_run *run)
{
    static const char again[] = "Decided again at a stricter threshold, without comparing anew:";
    if (ndup_level_exists(report, 0, run) && ndup_level_exists(report, 1, run))
        add(w, "redecided", -1,
            "%s %s of documents that stay now were not compared at all, and these documents not with each other. "
            "A run at this threshold can remove many more; only such a run says how many.",
            again, units_name(ndup_level_unit(report, 1, run)));
    else
        add(w, "redecided", -1,
            "%s units that stay now were not compared with each other, and a run at this threshold can remove a "
            "few more. %s",
            again,
            run->options != NULL && run->options->pairs ? "Only such a run says how many."
                                                        : "A run with --pairs leaves what an exact answer needs.");
}

static void about_report(struct ndup_warnings *w, const struct ndup_report *report, const struct ndup_report_run *run)
{
    if (run->redecided && !run->redecided_exact)
        about_threshold(w, report, run);
    if (run->summary == NULL)
        add(w, "no_summary", -1,
            "Only the clusters are known, and not how much was compared: shares of the corpus cannot be told. "
            "Report on the folder of a run instead.");
    if (report->texts_changed > 0)
        add(w, "changed", -1,
            "%s of %s texts are not those of the run any more: files have changed since%s. Run again to see what is "
            "there now.",
            ndup_number_group(report->texts_changed).text, ndup_number_group(report->texts_found).text,
            run->options != NULL ? "" : ", or the run had other options than the default ones");
    if (report->texts_found < report->texts_wanted)
        add(w, "missing_texts", -1,
            "%s of %s texts were not found where the run had read them: files have changed or are missing. --input "
            "says where they are now.",
            ndup_number_group(report->texts_wanted - report->texts_found).text,
            ndup_number_group(report->texts_wanted).text);
}

/* ---- clusters ---------------------------------------------------------------------------------------------------- */

static const char copies[] = "All of them have a score of 1: it is one text that repeats, at any threshold.";
static const char alike[] = "Look at its members with the lowest scores: where different texts are alike only by a "
                            "template or a licence, a higher threshold keeps them apart.";

static void about_large(struct ndup_warnings *w, const struct ndup_report *report, size_t which, int index,
                        const struct ndup_report_run *run)
{
    const struct ndup_report_level *level = &report->levels[which];
    struct ndup_level_totals totals = ndup_level_totals(report, which, run);
    const char *name = units_name(ndup_level_unit(report, which, run));
    for (size_t i = 0; i < level->largest_count && i < LARGE_TOLD; i++) {
        const struct ndup_big *big = &level->largest[i];
        bool share = totals.known && big->size >= LARGE_LEAST && big->size > totals.units / LARGE_SHARE;
        if (big->size <= LARGE_UNITS && !share)
            return;
        char part[64] = "";
        if (totals.known)
            snprintf(part, sizeof part, ", %s of all", ndup_number_percent(big->size, totals.units).text);
        add_cluster(add(w, "large_cluster", index, "Cluster %llu holds %s %s%s. %s", (unsigned long long)big->number,
                        ndup_number_group(big->size).text, name, part, big->copies ? copies : alike),
                    big->number);
    }
}

static int by_component(const void *left, const void *right)
{
    const struct ndup_link *a = left;
    const struct ndup_link *b = right;
    if (a->component != b->component)
        return a->component < b->component ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

struct component { /* links[begin..end) and the cluster that they name */
    size_t begin, end;
    uint64_t units;
};

/* The largest ones of at least so many units, and the number of all of these. */
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
        size_t at = count < COMPONENTS_TOLD ? count++ : COMPONENTS_TOLD;
        for (; at > 0 && largest[at - 1].units < item.units; at--)
            if (at < COMPONENTS_TOLD)
                largest[at] = largest[at - 1];
        if (at < COMPONENTS_TOLD)
            largest[at] = item;
        ++*all;
    }
    return count;
}

static void about_components(struct ndup_warnings *w, struct ndup_report *report, size_t which, int index,
                             const struct ndup_report_run *run)
{
    struct ndup_report_level *level = &report->levels[which];
    struct component largest[COMPONENTS_TOLD];
    uint64_t all;
    if (level->link_count == 0)
        return;
    qsort(level->links, level->link_count, sizeof *level->links, by_component);
    struct ndup_level_totals totals = ndup_level_totals(report, which, run);
    uint64_t least =
        totals.known && totals.units / LARGE_SHARE < COMPONENT_LEAST ? totals.units / LARGE_SHARE + 1 : COMPONENT_LEAST;
    size_t count = largest_components(level, least, largest, &all);
    for (size_t i = 0; i < count; i++) {
        char more[96] = "";
        if (i + 1 == count && all > count)
            snprintf(more, sizeof more, " So do the clusters of %s more group%s.", ndup_number_group(all - count).text,
                     all - count == 1 ? "" : "s");
        size_t clusters = largest[i].end - largest[i].begin + 1;
        struct ndup_warning *warning =
            add(w, "component", index,
                "%s clusters hang together: merged into one, as connected components are, they would be %s %s, though "
                "not all of them are similar to the one that would stay. They were not merged; where they should be "
                "one, the threshold is too high.%s",
                ndup_number_group(clusters).text, ndup_number_group(largest[i].units).text,
                units_name(ndup_level_unit(report, which, run)), more);
        add_cluster(warning, level->links[largest[i].begin].component);
        for (size_t j = largest[i].begin; j < largest[i].end; j++)
            add_cluster(warning, level->links[j].number);
    }
}

void ndup_warnings_collect(struct ndup_report *report, const struct ndup_report_run *run,
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
