/* SPDX-License-Identifier: MIT
 * Results as columns say what the callbacks say, which are called all the same. */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(job_collect, .init = test_folder_make, .fini = test_folder_remove, .timeout = 1800);

#define DOCUMENTS 40u
#define SENTENCES 6u
#define MOST      4096u

/* Paragraphs that are copies, near copies of which one sentence stays, and others; an empty document, one that is not JSON,
 * and a file that is not text. */
static void write_inputs(void)
{
    FILE *file = test_create("in/a.jsonl");
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        fprintf(file, "{\"id\":%u,\"site\":\"s%u\",\"text\":\"", i, i % 3);
        for (unsigned paragraph = 0; paragraph < 5; paragraph++) {
            for (unsigned s = 0; s < SENTENCES; s++) {
                unsigned topic = paragraph + 5 * (i / 4);
                if (paragraph == 4)
                    topic = 7777; /* in every document */
                else if (s == 2 && i % 2 == 1)
                    topic += 1000 + 100 * i; /* this sentence occurs nowhere else */
                for (unsigned w = 0; w < 12; w++)
                    fprintf(file, "%s%c%ux%ux%u", w > 0 ? " " : "", w > 0 ? 'w' : 'W', topic, s, w);
                fprintf(file, ". ");
            }
            fputs(paragraph < 4 ? "\\n\\n" : "", file);
        }
        fputs("\"}\n", file);
    }
    fputs("{\"id\":\"empty\",\"text\":\" . \"}\nnot JSON\n", file);
    test_close(file);
    test_write_bytes("in/picture.png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, false);
}

struct decision {
    neardup_decision d;
    uint64_t kept_begin[16], kept_end[16];
};

struct seen {
    struct decision decision[MOST];
    neardup_pair pair[MOST];
    neardup_cluster cluster[MOST];
    uint64_t members[MOST];
    size_t decisions, pairs, clusters, member_count, groups, near_misses, empty, skipped, messages, progress;
    int stop_at; /* which callback ends the job: 0 none */
};

static struct seen seen; /* large */

static bool on_decision(void *context, const neardup_decision *d)
{
    struct seen *s = context;
    cr_assert(s->decisions < MOST && d->kept_count <= 16);
    s->decision[s->decisions].d = *d;
    for (size_t k = 0; k < d->kept_count; k++) {
        s->decision[s->decisions].kept_begin[k] = d->kept[k].begin;
        s->decision[s->decisions].kept_end[k] = d->kept[k].end;
    }
    s->decisions++;
    return s->stop_at != 1;
}

static bool on_pair(void *context, const neardup_pair *pair)
{
    struct seen *s = context;
    cr_assert_lt(s->pairs, MOST);
    s->pair[s->pairs++] = *pair;
    return s->stop_at != 2;
}

static bool on_cluster(void *context, const neardup_cluster *cluster)
{
    struct seen *s = context;
    cr_assert(s->clusters < MOST && s->member_count + cluster->member_count < MOST);
    s->cluster[s->clusters++] = *cluster;
    for (uint64_t i = 0; i < cluster->member_count; i++)
        s->members[s->member_count++] = cluster->members[i].document.index;
    return s->stop_at != 3;
}

static bool on_group(void *context, const neardup_group_repeat *repeat)
{
    struct seen *s = context;
    cr_expect_gt(repeat->group_length, 0);
    s->groups++;
    return s->stop_at != 4;
}

static bool on_near_miss(void *context, const neardup_pair *pair)
{
    struct seen *s = context;
    cr_expect_neq(pair->a.index, pair->b.index);
    s->near_misses++;
    return s->stop_at != 5;
}

static bool on_empty(void *context, const char *file, uint64_t line)
{
    struct seen *s = context;
    cr_expect_str_eq(file, "a.jsonl");
    cr_expect_eq(line, DOCUMENTS + 1);
    s->empty++;
    return s->stop_at != 6;
}

static bool on_skipped(void *context, const char *file, const char *kind)
{
    struct seen *s = context;
    cr_expect_str_eq(file, "picture.png");
    cr_expect_str_eq(kind, "a PNG image");
    s->skipped++;
    return s->stop_at != 7;
}

static bool on_message(void *context, neardup_severity severity, const char *file, uint64_t line, const char *message)
{
    struct seen *s = context;
    (void)severity;
    (void)file;
    (void)line;
    cr_expect_not_null(message);
    s->messages++;
    return s->stop_at != 8;
}

static bool on_progress(void *context, const neardup_progress *progress)
{
    struct seen *s = context;
    cr_expect_not_null(progress->phase);
    s->progress++;
    return s->stop_at != 9;
}

static const neardup_callbacks all_callbacks = {
    .struct_size = sizeof all_callbacks,
    .context = &seen,
    .progress = on_progress,
    .message = on_message,
    .decision = on_decision,
    .pair = on_pair,
    .cluster = on_cluster,
    .group_repeat = on_group,
    .near_miss = on_near_miss,
    .empty = on_empty,
    .skipped = on_skipped,
};

static neardup_job *make_job(unsigned units, unsigned wanted)
{
    neardup_error err;
    neardup_job_options o = test_options(NULL);
    o.units = units;
    o.threshold = 0.45;
    o.pairs = true;
    o.group_field = "site";
    o.max_unreadable = 1;
    neardup_job *job = test_job(&o, (const char *const[]){"in", NULL});
    cr_assert_eq(neardup_job_collect(job, wanted, &err), NEARDUP_OK, "%s", err.message);
    return job;
}

/* Returns how many decisions leave something of a paragraph. */
static size_t compare_decisions(const neardup_decision_columns *c)
{
    size_t kept = 0, some = 0;
    cr_assert_eq(c->count, seen.decisions);
    for (uint64_t i = 0; i < c->count; i++) {
        const struct decision *s = &seen.decision[i];
        cr_assert(c->unit[i] == s->d.document.unit && c->index[i] == s->d.document.index &&
                  c->document[i] == s->d.document.document && c->reason[i] == s->d.reason);
        cr_assert(c->jaccard[i] == s->d.jaccard && c->containment[i] == s->d.containment &&
                  c->distance[i] == s->d.distance && c->cluster[i] == s->d.cluster);
        cr_assert(c->keeper[i] == (s->d.keeper.file != NULL ? s->d.keeper.index : NEARDUP_NONE));
        cr_assert(c->keeper_document[i] == (s->d.keeper.file != NULL ? s->d.keeper.document : NEARDUP_NONE));
        cr_assert(c->cut_begin[i] == s->d.cut.begin && c->cut_end[i] == s->d.cut.end);
        cr_assert_eq(c->kept_first[i], kept);
        cr_assert_eq(c->kept_first[i + 1] - c->kept_first[i], s->d.kept_count);
        for (size_t k = 0; k < s->d.kept_count; k++, kept++)
            cr_assert(c->kept_begin[kept] == s->kept_begin[k] && c->kept_end[kept] == s->kept_end[k]);
        some += s->d.kept_count > 0;
    }
    return some;
}

static void compare_pairs(const neardup_pair_columns *c)
{
    cr_assert_eq(c->count, seen.pairs);
    for (uint64_t i = 0; i < c->count; i++) {
        const neardup_pair *p = &seen.pair[i];
        cr_assert(c->unit[i] == p->a.unit && c->a[i] == p->a.index && c->b[i] == p->b.index &&
                  c->reason[i] == p->reason && c->jaccard[i] == p->jaccard && c->distance[i] == p->distance);
    }
}

static void compare_clusters(const neardup_cluster_columns *c)
{
    cr_assert_eq(c->count, seen.clusters);
    cr_assert_eq(c->first[c->count], seen.member_count);
    cr_assert_eq(memcmp(c->members, seen.members, seen.member_count * sizeof *c->members), 0);
    for (uint64_t i = 0; i < c->count; i++) {
        const neardup_cluster *k = &seen.cluster[i];
        cr_assert(c->unit[i] == k->keeper.unit && c->number[i] == k->number && c->keeper[i] == k->keeper.index &&
                  c->component[i] == k->component && c->first[i + 1] - c->first[i] == k->member_count);
    }
}

Test(job_collect, columns_are_what_the_callbacks_get)
{
    neardup_error err;
    write_inputs();
    for (unsigned round = 0; round < 16; round++) {
        unsigned wanted = round % 8, units = NEARDUP_UNIT_PARAGRAPH | (round < 8 ? NEARDUP_UNIT_DOCUMENT : 0);
        memset(&seen, 0, sizeof seen);
        neardup_job *job = make_job(units, wanted);
        cr_assert_eq(neardup_job_run(job, &all_callbacks, &err), NEARDUP_OK, "%s", err.message);
        cr_expect(seen.decisions > 20 && seen.pairs > 20 && seen.clusters > 3 && seen.groups > 0 && seen.empty == 1 &&
                      seen.skipped == 1 && seen.messages > 0 && seen.progress > 0,
                  "%zu decisions, %zu pairs, %zu clusters, %zu groups, %zu messages", seen.decisions, seen.pairs,
                  seen.clusters, seen.groups, seen.messages);
        cr_expect_eq(neardup_job_decisions(job) != NULL, (wanted & NEARDUP_COLUMNS_DECISIONS) != 0);
        cr_expect_eq(neardup_job_pairs(job) != NULL, (wanted & NEARDUP_COLUMNS_PAIRS) != 0);
        cr_expect_eq(neardup_job_clusters(job) != NULL, (wanted & NEARDUP_COLUMNS_CLUSTERS) != 0);
        if ((wanted & NEARDUP_COLUMNS_DECISIONS) != 0)
            cr_expect_eq(compare_decisions(neardup_job_decisions(job)) > 0, units == NEARDUP_UNIT_PARAGRAPH,
                         "of paragraphs that are near copies, sentences stay");
        if ((wanted & NEARDUP_COLUMNS_PAIRS) != 0)
            compare_pairs(neardup_job_pairs(job));
        if ((wanted & NEARDUP_COLUMNS_CLUSTERS) != 0)
            compare_clusters(neardup_job_clusters(job));
        cr_expect_eq(neardup_job_collect(job, 7, &err), NEARDUP_E_ARG, "too late");
        neardup_job_destroy(job);
        /* Columns without callbacks are the same. */
        job = make_job(units, wanted);
        cr_assert_eq(neardup_job_run(job, NULL, &err), NEARDUP_OK, "%s", err.message);
        if ((wanted & NEARDUP_COLUMNS_DECISIONS) != 0)
            compare_decisions(neardup_job_decisions(job));
        if ((wanted & NEARDUP_COLUMNS_CLUSTERS) != 0)
            compare_clusters(neardup_job_clusters(job));
        neardup_job_destroy(job);
    }
}

/* The folder of the run, read back: the same decisions, with what stays of paragraphs. */
Test(job_collect, a_run_that_is_read_back_decides_the_same)
{
    neardup_error err;
    neardup_run *run;
    static struct seen before;
    write_inputs();
    neardup_job_options o = test_options("out");
    o.units = NEARDUP_UNIT_PARAGRAPH;
    o.threshold = 0.45;
    o.pairs = true;
    o.max_unreadable = 1;
    neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .context = &seen,
                                   .decision = on_decision,
                                   .pair = on_pair,
                                   .cluster = on_cluster};
    memset(&seen, 0, sizeof seen);
    neardup_job *job = test_run(&o, (const char *const[]){"in", NULL}, &callbacks);
    neardup_job_destroy(job);
    before = seen;
    memset(&seen, 0, sizeof seen);
    cr_assert_eq(neardup_run_open(&run, test_path("out"), &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(neardup_run_replay(run, &callbacks, &err), NEARDUP_OK, "%s", err.message);
    cr_assert(seen.decisions == before.decisions && seen.pairs == before.pairs && seen.clusters == before.clusters &&
              seen.member_count == before.member_count);
    size_t kept = 0;
    for (size_t i = 0; i < seen.decisions; i++) {
        const struct decision *a = &before.decision[i], *b = &seen.decision[i];
        cr_assert(a->d.kept_count == b->d.kept_count && a->d.reason == b->d.reason &&
                  fabs(a->d.jaccard - b->d.jaccard) < 1e-6 && a->d.document.line == b->d.document.line &&
                  a->d.cut.begin == b->d.cut.begin && a->d.cut.end == b->d.cut.end);
        cr_assert_eq(memcmp(a->kept_begin, b->kept_begin, a->d.kept_count * sizeof *a->kept_begin), 0);
        cr_assert_eq(memcmp(a->kept_end, b->kept_end, a->d.kept_count * sizeof *a->kept_end), 0);
        kept += b->d.kept_count;
    }
    cr_expect_gt(kept, 0);
    neardup_run_close(run);
}

Test(job_collect, a_callback_can_end_the_job)
{
    neardup_error err;
    write_inputs();
    for (int stop = 1; stop <= 9; stop++) {
        for (unsigned wanted = 0; wanted < 8; wanted += 7) {
            memset(&seen, 0, sizeof seen);
            seen.stop_at = stop;
            neardup_job *job = make_job(NEARDUP_UNIT_DOCUMENT | NEARDUP_UNIT_PARAGRAPH, wanted);
            neardup_status status = neardup_job_run(job, &all_callbacks, &err);
            if (stop != 5 || seen.near_misses > 0)
                cr_expect_eq(status, NEARDUP_E_CANCELED, "callback %d: %d %s", stop, (int)status, err.message);
            neardup_job_destroy(job);
        }
    }
}
