/* SPDX-License-Identifier: MIT
 * Results, to callbacks and into the output folder: decisions, clusters, pairs, near misses, repeats of groups, summary.json.
 * Everything is reported in a fixed order, whatever the number of threads. Callbacks come from one thread; the lines of a
 * file are made by all threads where no callback wants the same. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "engine/revisits.h"
#include "input/json_value.h"
#include "match/verify.h"
#include "run/record.h"
#include "run/open.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the files, which grow line by line ---- */

#define FLUSH_BYTES ((size_t)1 << 20) /* of lines in memory, before they are written: system calls then cost nothing */

static neardup_status open_file(struct ndup_report_file *r, struct ndup_outdir *outdir, const char *name,
                                neardup_error *err)
{
    *r = (struct ndup_report_file){.descriptor = -1, .name = name, .text = NDUP_BUF_INIT};
    return outdir == NULL ? NEARDUP_OK : ndup_outdir_create(outdir, name, &r->descriptor, err);
}

neardup_status ndup_reports_open(struct ndup_reports *reports, struct ndup_outdir *outdir, bool pairs,
                                 neardup_error *err)
{
    NDUP_TRY(open_file(&reports->decisions, outdir, "decisions.jsonl", err));
    NDUP_TRY(open_file(&reports->clusters, outdir, "clusters.jsonl", err));
    /* Pairs of an older run are not those of this one. In a folder of something else the name may be anybody's. */
    if (outdir != NULL && !pairs && ndup_outdir_has(outdir, "summary.json") &&
        ndup_outdir_has(outdir, "clusters.jsonl"))
        NDUP_TRY(ndup_outdir_remove(outdir, "pairs.jsonl", err));
    return open_file(&reports->pairs, pairs ? outdir : NULL, "pairs.jsonl", err);
}

static neardup_status flush_above(struct ndup_report_file *r, size_t above, neardup_error *err)
{
    if (r->text.failed)
        return ndup_fail_nomem(err);
    if (r->descriptor < 0 || r->text.len <= above)
        return NEARDUP_OK;
    neardup_status st = ndup_write_all(r->descriptor, r->text.data, r->text.len, r->name, err);
    ndup_buf_clear(&r->text);
    return st;
}

neardup_status ndup_report_flush(struct ndup_report_file *report, neardup_error *err)
{
    return flush_above(report, FLUSH_BYTES, err);
}

static neardup_status close_file(struct ndup_report_file *r, neardup_error *err)
{
    neardup_status st = flush_above(r, 0, err);
    ndup_buf_free(&r->text);
    if (r->descriptor >= 0 && close(r->descriptor) != 0 && st == NEARDUP_OK)
        st = ndup_fail_errno(err, errno, "cannot close '%s'", r->name);
    r->descriptor = -1;
    return st;
}

neardup_status ndup_reports_close(struct ndup_reports *reports, neardup_error *err)
{
    NDUP_TRY(close_file(&reports->decisions, err));
    NDUP_TRY(close_file(&reports->clusters, err));
    return close_file(&reports->pairs, err);
}

static void abandon_file(struct ndup_report_file *r)
{
    ndup_buf_free(&r->text);
    if (r->descriptor >= 0)
        close(r->descriptor);
    r->descriptor = -1;
}

void ndup_reports_abandon(struct ndup_reports *reports)
{
    abandon_file(&reports->decisions);
    abandon_file(&reports->clusters);
    abandon_file(&reports->pairs);
}

/* ---- lines that all threads make: ranges are shared out, and the lines of one come after those of the ranges before it ---- */

struct line_job {
    struct ndup_pool *pool;
    struct ndup_report_file *report;
    const atomic_bool *cancel;
    uint64_t begin, end; /* of what becomes lines */
    uint64_t step;       /* in a range */
    void *context;
    /* Appends the lines of begin..end; members call at the same time. */
    neardup_status (*make)(void *context, unsigned member, uint64_t begin, uint64_t end, struct ndup_buf *lines,
                           neardup_error *err);
};

struct line_turns {
    const struct line_job *o;
    pthread_mutex_t lock; /* guards all below, and the report */
    pthread_cond_t turn;
    uint64_t next, done; /* things */
    neardup_status status;
    neardup_error error; /* of the first one that failed */
};

static bool take_range(struct line_turns *w, uint64_t *begin)
{
    pthread_mutex_lock(&w->lock);
    *begin = w->next;
    bool any = w->status == NEARDUP_OK && w->next < w->o->end;
    w->next += any ? w->o->step : 0;
    pthread_mutex_unlock(&w->lock);
    return any;
}

static neardup_status append_lines(const struct line_job *o, struct ndup_buf *lines, neardup_error *err)
{
    if (lines->failed)
        return ndup_fail_nomem(err);
    ndup_buf_append(&o->report->text, lines->data, lines->len);
    ndup_buf_clear(lines);
    return ndup_report_flush(o->report, err);
}

/* Waits for the ranges before this one; a failure of any of them ends it. */
static void commit_range(struct line_turns *w, uint64_t begin, uint64_t end, struct ndup_buf *lines,
                         neardup_status made, const neardup_error *why)
{
    pthread_mutex_lock(&w->lock);
    while (w->done != begin && w->status == NEARDUP_OK)
        pthread_cond_wait(&w->turn, &w->lock);
    if (w->status == NEARDUP_OK && made != NEARDUP_OK) {
        w->status = made;
        w->error = *why;
    } else if (w->status == NEARDUP_OK) {
        w->status = append_lines(w->o, lines, &w->error);
    }
    w->done = end;
    pthread_cond_broadcast(&w->turn);
    pthread_mutex_unlock(&w->lock);
}

static void work_on_lines(void *context, unsigned member)
{
    struct line_turns *w = context;
    const struct line_job *o = w->o;
    struct ndup_buf lines = NDUP_BUF_INIT;
    uint64_t begin;
    while (take_range(w, &begin)) {
        neardup_error err = {.message = ""};
        uint64_t end = o->end - begin < o->step ? o->end : begin + o->step;
        neardup_status st = atomic_load_explicit(o->cancel, memory_order_relaxed)
                                ? ndup_fail(&err, NEARDUP_E_CANCELED, "canceled")
                                : o->make(o->context, member, begin, end, &lines, &err);
        commit_range(w, begin, end, &lines, st, &err);
    }
    ndup_buf_free(&lines);
}

static neardup_status write_lines(const struct line_job *lines, neardup_error *err)
{
    struct line_turns w = {.o = lines, .next = lines->begin, .done = lines->begin};
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.turn, NULL);
    if (lines->end - lines->begin > lines->step)
        ndup_pool_run(lines->pool, work_on_lines, &w);
    else
        work_on_lines(&w, 0);
    pthread_mutex_destroy(&w.lock);
    pthread_cond_destroy(&w.turn);
    if (w.status != NEARDUP_OK && err != NULL)
        *err = w.error;
    return w.status;
}

static neardup_status canceled(neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

/* What one thread needs to make lines. */
struct line_maker {
    struct ndup_column_cursor rows;
    struct ndup_buf ids[2]; /* of the current references */
};

struct making {
    neardup_job *job;
    struct ndup_texts *texts;
    struct line_maker *makers; /* one per thread */
};

static neardup_status begin_making(struct making *t, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(t->job->pool);
    t->makers = ndup_calloc(threads, sizeof *t->makers);
    for (unsigned i = 0; t->makers != NULL && i < threads; i++)
        t->makers[i].rows.column = t->job->corpus.rows;
    return t->makers == NULL ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static void end_making(struct making *t)
{
    for (unsigned i = 0; t->makers != NULL && i < ndup_pool_threads(t->job->pool); i++) {
        ndup_column_cursor_free(&t->makers[i].rows);
        ndup_buf_free(&t->makers[i].ids[0]);
        ndup_buf_free(&t->makers[i].ids[1]);
    }
    free(t->makers);
}

/* ---- decisions ---- */

static neardup_status call_decision(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                    void *context, neardup_error *err)
{
    (void)context;
    if (!ndup_texts_is_removed(texts, item->index))
        return NEARDUP_OK;
    neardup_decision d;
    NDUP_TRY(ndup_job_decision(job, texts, item, job->scratch_text, &d, err));
    NDUP_TRY(ndup_job_report_decision(job, item, &d, &job->reports.decisions.text, err));
    return ndup_report_flush(&job->reports.decisions, err);
}

static neardup_status make_decisions(void *context, unsigned member, uint64_t begin, uint64_t end,
                                     struct ndup_buf *lines, neardup_error *err)
{
    struct making *t = context;
    struct line_maker *own = &t->makers[member];
    for (uint64_t i = begin; i < end; i++) {
        if (!ndup_texts_is_removed(t->texts, i))
            continue;
        const struct ndup_row *row = ndup_column_at(&own->rows, i, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        struct ndup_item item = {i, row->text, row->tokens, (uint32_t)i, row, NULL};
        neardup_decision d;
        NDUP_TRY(ndup_job_decision(t->job, t->texts, &item, own->ids, &d, err));
        ndup_record_decision(lines, &d, ndup_item_stored(&item));
    }
    return NEARDUP_OK;
}

/* Of a removed item: of a paragraph of which something stays, only the tokens that are cut count. */
static neardup_status removed_ref(const neardup_job *job, const struct ndup_item *item, struct ndup_buf *text,
                                  neardup_ref *ref, neardup_error *err)
{
    struct ndup_stays stays = {0};
    if (item->part != NULL)
        NDUP_TRY(ndup_unique_stays(job->unique, item->index, &stays, err));
    NDUP_TRY(ndup_job_ref(job, item, text, ref, err));
    ref->tokens -= stays.tokens;
    return NEARDUP_OK;
}

neardup_status ndup_job_decision(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                                 struct ndup_buf ids[2], neardup_decision *d, neardup_error *err)
{
    struct ndup_item_decision decision;
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item keeper;
    NDUP_TRY(ndup_job_decide_item(job, texts, item, &decision, err));
    *d = (neardup_decision){.reason = decision.reason,
                            .jaccard = decision.jaccard,
                            .containment = decision.containment,
                            .keeper_containment = decision.keeper_containment,
                            .distance = decision.distance,
                            .numbers_differ = decision.numbers_differ,
                            .cluster = texts->clusters.number[decision.rank.value],
                            .revisits = item->part == NULL ? ndup_revisits_of(job->revisits, item->index) : 0};
    NDUP_TRY(removed_ref(job, item, &ids[0], &d->document, err));
    if (decision.keeper == NDUP_NO_ITEM)
        return NEARDUP_OK;
    NDUP_TRY(ndup_texts_item(job, texts, decision.keeper, &row, &part, &keeper, err));
    return ndup_job_ref(job, &keeper, &ids[1], &d->keeper, err);
}

neardup_status ndup_job_report_decision(const neardup_job *job, const struct ndup_item *item,
                                        const neardup_decision *decision, struct ndup_buf *lines, neardup_error *err)
{
    if (job->reports.decisions.descriptor >= 0)
        ndup_record_decision(lines, decision, ndup_item_stored(item));
    if (job->callbacks.decision != NULL && !job->callbacks.decision(job->callbacks.context, decision))
        return canceled(err);
    return NEARDUP_OK;
}

/* Documents of which a thread makes the decisions at a time: enough that threads rarely wait for their turn to append, few
 * enough that the lines of a range are small beside the budget. */
#define DECISION_STEP 8192u

/* Callbacks come from one thread. */
neardup_status ndup_job_report_documents(neardup_job *job, neardup_error *err)
{
    if (job->callbacks.decision != NULL)
        return ndup_texts_each_item(job, &job->documents, call_decision, NULL, err);
    if (job->reports.decisions.descriptor < 0)
        return NEARDUP_OK;
    struct making t = {job, &job->documents, NULL};
    struct line_job lines = {.pool = job->pool,
                             .report = &job->reports.decisions,
                             .cancel = &job->cancel,
                             .end = job->documents.items,
                             .step = DECISION_STEP,
                             .context = &t,
                             .make = make_decisions};
    neardup_status st = begin_making(&t, err);
    if (st == NEARDUP_OK)
        st = write_lines(&lines, err);
    end_making(&t);
    return st;
}

/* ---- clusters ---- */

static neardup_status get_member(const neardup_job *job, const struct ndup_texts *texts, uint64_t index,
                                 struct ndup_buf *text, neardup_member *member, neardup_error *err)
{
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item item;
    struct ndup_item_decision decision;
    NDUP_TRY(ndup_texts_item(job, texts, index, &row, &part, &item, err));
    NDUP_TRY(ndup_job_decide_item(job, texts, &item, &decision, err));
    *member = (neardup_member){.reason = decision.reason,
                               .jaccard = decision.jaccard,
                               .containment = decision.containment,
                               .distance = decision.distance,
                               .numbers_differ = decision.numbers_differ,
                               .keeper_containment = decision.keeper_containment};
    return removed_ref(job, &item, text, &member->document, err);
}

/* The line of a cluster; where `report` is given it is written piece by piece, since it can be as long as the corpus. */
static neardup_status add_cluster_line(const neardup_job *job, const struct ndup_texts *texts, const neardup_cluster *k,
                                       struct ndup_buf *text, struct ndup_buf *lines, struct ndup_report_file *report,
                                       neardup_error *err)
{
    const uint32_t *items = texts->clusters.members + texts->clusters.clusters[k->number - 1].first;
    struct ndup_json_writer json;
    ndup_record_begin_cluster(&json, lines, k);
    for (uint64_t i = 0; i < k->member_count; i++) {
        neardup_member member;
        NDUP_TRY(get_member(job, texts, items[i], text, &member, err));
        ndup_record_member(&json, &member);
        if (i % 4096 == 4095)
            NDUP_TRY(ndup_job_check_cancel(job, err));
        if (report != NULL)
            NDUP_TRY(ndup_report_flush(report, err));
    }
    ndup_record_end_cluster(&json);
    return report != NULL ? ndup_report_flush(report, err) : NEARDUP_OK;
}

static neardup_status call_cluster(neardup_job *job, const struct ndup_texts *texts, neardup_cluster *k,
                                   neardup_error *err)
{
    const uint32_t *items = texts->clusters.members + texts->clusters.clusters[k->number - 1].first;
    struct ndup_buf ids = NDUP_BUF_INIT;
    neardup_member *members = ndup_alloc(k->member_count, sizeof *members);
    if (members == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = NEARDUP_OK;
    for (uint64_t i = 0; st == NEARDUP_OK && i < k->member_count; i++) {
        st = i % 4096 == 4095 ? ndup_job_check_cancel(job, err) : NEARDUP_OK;
        if (st == NEARDUP_OK)
            st = get_member(job, texts, items[i], &job->scratch_text[1], &members[i], err);
        if (st == NEARDUP_OK && members[i].document.id != NULL)
            ndup_buf_append(&ids, members[i].document.id, members[i].document.id_length);
    }
    if (st == NEARDUP_OK && ids.failed)
        st = ndup_fail_nomem(err);
    if (st == NEARDUP_OK) {
        size_t at = 0; /* the buffer moves no more: now the pointers */
        for (uint64_t i = 0; i < k->member_count; i++) {
            if (members[i].document.id == NULL)
                continue;
            members[i].document.id = ids.data + at;
            at += members[i].document.id_length;
        }
        k->members = members;
        if (!job->callbacks.cluster(job->callbacks.context, k))
            st = canceled(err);
    }
    free(members);
    ndup_buf_free(&ids);
    return st;
}

/* Documents that hold the keeper or a member. Members are in input order. */
static neardup_status count_documents(const struct ndup_texts *texts, const struct ndup_cluster_info *info,
                                      neardup_cluster *k, neardup_error *err)
{
    const uint32_t *members = texts->clusters.members + info->first;
    struct ndup_paragraph_row part;
    uint32_t last = UINT32_MAX;
    bool keeper_met = false;
    for (uint64_t i = 0; i < info->count; i++) {
        NDUP_TRY(ndup_column_get(texts->paragraphs, members[i], &part, err));
        keeper_met = keeper_met || part.document == k->keeper.document;
        k->documents += part.document != last;
        last = part.document;
    }
    k->documents += !keeper_met;
    return NEARDUP_OK;
}

static neardup_status get_cluster(const neardup_job *job, const struct ndup_texts *texts, uint64_t number,
                                  struct ndup_buf *text, neardup_cluster *k, neardup_error *err)
{
    const struct ndup_cluster_info *info = &texts->clusters.clusters[number - 1];
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item keeper;
    *k = (neardup_cluster){.number = number,
                           .member_count = info->count,
                           .component = info->component,
                           .documents = texts->paragraphs == NULL ? info->count + 1 : 0,
                           .tokens = info->tokens};
    NDUP_TRY(ndup_texts_item(job, texts, info->keeper, &row, &part, &keeper, err));
    NDUP_TRY(ndup_job_ref(job, &keeper, text, &k->keeper, err));
    if (texts->paragraphs == NULL)
        return NEARDUP_OK;
    k->boilerplate = texts->rule[info->rank.value] >= NDUP_RULE_BOILERPLATE;
    k->all_removed = texts->rule[info->rank.value] == NDUP_RULE_REMOVE_ALL;
    return count_documents(texts, info, k, err);
}

static neardup_status make_clusters(void *context, unsigned member, uint64_t begin, uint64_t end,
                                    struct ndup_buf *lines, neardup_error *err)
{
    struct making *t = context;
    struct line_maker *own = &t->makers[member];
    for (uint64_t i = begin; i < end; i++) {
        neardup_cluster k;
        NDUP_TRY(get_cluster(t->job, t->texts, i + 1, &own->ids[0], &k, err));
        NDUP_TRY(add_cluster_line(t->job, t->texts, &k, &own->ids[1], lines, NULL, err));
    }
    return NEARDUP_OK;
}

/* One after the other, up to `end`. */
static neardup_status report_one_by_one(neardup_job *job, struct ndup_texts *texts, uint64_t end, neardup_error *err)
{
    struct ndup_report_file *r = &job->reports.clusters;
    for (uint64_t i = 0; i < end; i++) {
        neardup_cluster k;
        NDUP_TRY(get_cluster(job, texts, i + 1, &job->scratch_text[0], &k, err));
        if (r->descriptor >= 0)
            NDUP_TRY(add_cluster_line(job, texts, &k, &job->scratch_text[1], &r->text, r, err));
        if (job->callbacks.cluster != NULL)
            NDUP_TRY(call_cluster(job, texts, &k, err));
        if (i % 1024 == 0)
            NDUP_TRY(ndup_job_check_cancel(job, err));
    }
    return NEARDUP_OK;
}

/* Clusters that a thread takes at a time, and the members from which a single thread writes a cluster piece by piece: as one
 * range of lines it could take as much memory as the corpus. */
#define CLUSTER_STEP 256u
#define LARGE        4096u

/* The end of the last large cluster. Most costly or largest come first, so there are few small ones before it. */
static uint64_t after_large(const struct ndup_clusters *m)
{
    uint64_t end = 0;
    for (uint64_t i = 0; i < m->cluster_count; i++)
        end = m->clusters[i].count >= LARGE ? i + 1 : end;
    return end;
}

neardup_status ndup_job_report_clusters(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    if (job->callbacks.cluster != NULL)
        return report_one_by_one(job, texts, texts->clusters.cluster_count, err);
    if (job->reports.clusters.descriptor < 0)
        return NEARDUP_OK;
    struct making t = {job, texts, NULL};
    struct line_job lines = {.pool = job->pool,
                             .report = &job->reports.clusters,
                             .cancel = &job->cancel,
                             .begin = after_large(&texts->clusters),
                             .end = texts->clusters.cluster_count,
                             .step = CLUSTER_STEP,
                             .context = &t,
                             .make = make_clusters};
    NDUP_TRY(report_one_by_one(job, texts, lines.begin, err));
    neardup_status st = begin_making(&t, err);
    if (st == NEARDUP_OK)
        st = write_lines(&lines, err);
    end_making(&t);
    return st;
}

/* ---- pairs: edges of texts, spread over their copies, in input order ---- */

struct partner { /* of the current item */
    uint32_t item;
    bool exact, numbers_differ;
    double jaccard;
    int distance;
    const struct ndup_contained_pair *contained; /* NULL: one of the two is not contained in the other */
};

struct pairing {
    uint64_t *first_copy; /* [ranks + 2] */
    uint32_t *copies;     /* items of every rank, ascending */
    uint64_t *first_edge; /* [ranks + 2] */
    uint64_t
        *edges; /* of every rank, as number in decided.edges, and after these in containment.pairs; each edge is listed
                        at both its ends */
    struct partner *partners;
    size_t count, capacity;
};

/* Counts at [rank + 2] become places to write at [rank + 1], and, when all is written, begins at [rank]. */
static void begins_of(uint64_t *first, uint32_t ranks)
{
    for (uint32_t r = 0; r < ranks; r++)
        first[r + 2] += first[r + 1];
}

static neardup_status count_copy(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                 void *context, neardup_error *err)
{
    (void)err;
    struct pairing *p = context;
    job->repeated_lines += item->part != NULL && ndup_has_text(item->text) && item->part->kind == NDUP_PARAGRAPH_ECHO;
    if (ndup_item_counts(item))
        p->first_copy[ndup_texts_rank(texts, item->text).value + (size_t)2]++;
    return NEARDUP_OK;
}

static neardup_status list_copy(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                                neardup_error *err)
{
    (void)job;
    (void)err;
    struct pairing *p = context;
    if (ndup_item_counts(item))
        p->copies[p->first_copy[ndup_texts_rank(texts, item->text).value + (size_t)1]++] = (uint32_t)item->index;
    return NEARDUP_OK;
}

static int by_earlier_and_later(const void *left, const void *right)
{
    const struct ndup_edge *a = left, *b = right;
    if (a->earlier.value != b->earlier.value)
        return a->earlier.value < b->earlier.value ? -1 : 1;
    return a->later.value < b->later.value ? -1 : a->later.value > b->later.value;
}

/* Of the edges, and then of the texts that others contain. Those that are near-duplicates, too, are edges already: they are
 * left out. */
static uint64_t edge_count(const struct ndup_texts *texts)
{
    return texts->decided.edge_count + texts->containment.pair_count;
}

static bool ends_of(const struct ndup_texts *texts, uint64_t i, struct ndup_edge *edge)
{
    const struct ndup_decided *d = &texts->decided;
    if (i < d->edge_count) {
        *edge = d->edges[i];
        return true;
    }
    const struct ndup_contained_pair *c = &texts->containment.pairs[i - d->edge_count];
    bool later = c->text.value > c->holder.value;
    *edge = (struct ndup_edge){.later = later ? c->text : c->holder,
                               .earlier = later ? c->holder : c->text,
                               .jaccard = ndup_jaccard(c->shared, c->text_count, c->holder_count)};
    return d->edge_count == 0 || bsearch(edge, d->edges, d->edge_count, sizeof *d->edges, by_earlier_and_later) == NULL;
}

static void list_edges(const struct ndup_texts *texts, struct pairing *p)
{
    struct ndup_edge e;
    uint64_t count = edge_count(texts);
    for (uint64_t i = 0; i < count; i++) {
        if (!ends_of(texts, i, &e))
            continue;
        p->first_edge[e.later.value + (size_t)2]++;
        p->first_edge[e.earlier.value + (size_t)2]++;
    }
    begins_of(p->first_edge, texts->ranks);
    for (uint64_t i = 0; i < count; i++) {
        if (!ends_of(texts, i, &e))
            continue;
        p->edges[p->first_edge[e.later.value + (size_t)1]++] = i;
        p->edges[p->first_edge[e.earlier.value + (size_t)1]++] = i;
    }
}

/* Copies of a rank that come after the item of `partner`, which is otherwise as theirs. */
static bool add_copies(struct pairing *p, struct ndup_rank rank, struct partner partner)
{
    for (uint64_t i = p->first_copy[rank.value]; i < p->first_copy[rank.value + 1]; i++) {
        if (p->copies[i] <= partner.item)
            continue;
        if (!ndup_grow(&p->partners, &p->capacity, p->count + 1, sizeof *p->partners))
            return false;
        p->partners[p->count] = partner;
        p->partners[p->count++].item = p->copies[i];
    }
    return true;
}

static int by_partner(const void *left, const void *right)
{
    const struct partner *a = left, *b = right;
    return a->item < b->item ? -1 : a->item > b->item;
}

static int distance_of(const struct ndup_texts *texts, const struct ndup_edge *e)
{
    return texts->ranked == NULL
               ? NEARDUP_NO_DISTANCE
               : (int)ndup_simhash_distance(texts->ranked[e->later.value], texts->ranked[e->earlier.value]);
}

static bool find_partners(const struct ndup_texts *texts, struct pairing *p, struct ndup_rank rank, uint32_t item)
{
    p->count = 0;
    bool ok = add_copies(p, rank, (struct partner){item, true, false, 1, ndup_texts_zero_distance(texts), NULL});
    for (uint64_t i = p->first_edge[rank.value]; ok && i < p->first_edge[rank.value + 1]; i++) {
        struct ndup_edge e;
        ends_of(texts, p->edges[i], &e);
        struct partner like = {item, false, e.numbers_differ, e.jaccard, distance_of(texts, &e), NULL};
        if (p->edges[i] >= texts->decided.edge_count)
            like.contained = &texts->containment.pairs[p->edges[i] - texts->decided.edge_count];
        ok = add_copies(p, e.later.value == rank.value ? e.earlier : e.later, like);
    }
    if (p->count > 1)
        qsort(p->partners, p->count, sizeof *p->partners, by_partner);
    return ok;
}

static struct ndup_record_side side_of(const struct ndup_texts *texts, const struct ndup_item *item)
{
    return (struct ndup_record_side){*ndup_texts_first_item_of(texts, item->text) == item->index,
                                     ndup_item_stored(item)};
}

static neardup_status get_side(const neardup_job *job, const struct ndup_texts *texts, const struct ndup_item *item,
                               struct ndup_buf *text, neardup_ref *ref, neardup_error *err)
{
    NDUP_TRY(ndup_job_ref(job, item, text, ref, err));
    ref->order = ndup_texts_rank(texts, item->text).value;
    return NEARDUP_OK;
}

static neardup_status report_pair(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                  const struct partner *partner, neardup_pair *pair, neardup_error *err)
{
    struct ndup_report_file *report = &job->reports.pairs;
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item other;
    bool exact = partner->exact && ndup_texts_are_exact(texts, item->index, partner->item);
    pair->reason = exact ? NEARDUP_EXACT : NEARDUP_NEAR;
    pair->jaccard = partner->jaccard;
    pair->distance = partner->distance;
    pair->numbers_differ = partner->numbers_differ;
    pair->a_in_b = pair->b_in_a = 0;
    const struct ndup_contained_pair *c = partner->contained;
    if (c != NULL) {
        bool a = ndup_texts_rank(texts, item->text).value == c->text.value; /* is the shorter one */
        pair->reason = NEARDUP_CONTAINED;
        pair->a_in_b = (double)c->shared / (double)(a ? c->text_count : c->holder_count);
        pair->b_in_a = (double)c->shared / (double)(a ? c->holder_count : c->text_count);
    }
    NDUP_TRY(ndup_texts_item(job, texts, partner->item, &row, &part, &other, err));
    NDUP_TRY(get_side(job, texts, &other, &job->scratch_text[1], &pair->b, err));
    if (report->descriptor >= 0) {
        ndup_record_full_pair(&report->text, pair, side_of(texts, item), side_of(texts, &other));
        NDUP_TRY(ndup_report_flush(report, err));
    }
    if (job->callbacks.pair != NULL && !job->callbacks.pair(job->callbacks.context, pair))
        return canceled(err);
    return NEARDUP_OK;
}

static neardup_status report_partners(neardup_job *job, struct ndup_texts *texts, const struct pairing *p,
                                      const struct ndup_item *item, neardup_error *err)
{
    uint64_t *reported = texts->paragraphs != NULL ? &job->summary.paragraphs.pairs : &job->summary.pairs;
    *reported += p->count;
    NDUP_TRY(ndup_job_check_cancel(job, err));
    if (p->count == 0 || (job->callbacks.pair == NULL && job->reports.pairs.descriptor < 0))
        return NEARDUP_OK;
    neardup_pair pair;
    NDUP_TRY(get_side(job, texts, item, &job->scratch_text[0], &pair.a, err));
    for (size_t i = 0; i < p->count; i++) {
        if (i % 1024 == 1023)
            NDUP_TRY(ndup_job_check_cancel(job, err));
        NDUP_TRY(report_pair(job, texts, item, &p->partners[i], &pair, err));
    }
    return NEARDUP_OK;
}

static neardup_status report_pairs_of(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                      void *context, neardup_error *err)
{
    struct pairing *p = context;
    /* All items after one of a reference are of references too. */
    if (!ndup_item_counts(item) || ndup_texts_is_reference(texts, item->index))
        return NEARDUP_OK;
    if (!find_partners(texts, p, ndup_texts_rank(texts, item->text), (uint32_t)item->index))
        return ndup_fail_nomem(err);
    return report_partners(job, texts, p, item, err);
}

static neardup_status report_all_pairs(neardup_job *job, struct ndup_texts *texts, struct pairing *p,
                                       neardup_error *err)
{
    NDUP_TRY(ndup_texts_each_item(job, texts, count_copy, p, err));
    begins_of(p->first_copy, texts->ranks);
    NDUP_TRY(ndup_texts_each_item(job, texts, list_copy, p, err));
    list_edges(texts, p);
    return ndup_texts_each_item(job, texts, report_pairs_of, p, err);
}

neardup_status ndup_job_report_pairs(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    size_t ranks = texts->ranks;
    struct pairing p = {
        .first_copy = ndup_calloc(ranks + 2, sizeof *p.first_copy),
        .copies = ndup_alloc(texts->items, sizeof *p.copies),
        .first_edge = ndup_calloc(ranks + 2, sizeof *p.first_edge),
        .edges = ndup_alloc(2 * edge_count(texts), sizeof *p.edges),
    };
    neardup_status st = p.first_copy == NULL || p.copies == NULL || p.first_edge == NULL || p.edges == NULL
                            ? ndup_fail_nomem(err)
                            : report_all_pairs(job, texts, &p, err);
    free(p.first_copy);
    free(p.copies);
    free(p.first_edge);
    free(p.edges);
    free(p.partners);
    return st;
}

/* ---- near misses: kept texts that are similar to a removed one, in input order ---- */

static neardup_status note_removed_rank(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item,
                                        void *context, neardup_error *err)
{
    uint64_t *removed = context;
    (void)job;
    (void)err;
    /* A line that repeats the one before it is not a text of its own. */
    if (!ndup_item_counts(item) || !ndup_texts_is_removed(texts, item->index))
        return NEARDUP_OK;
    ndup_rank_set_bit(removed, ndup_texts_rank(texts, item->text));
    return NEARDUP_OK;
}

/* A paragraph that the greedy rule removes may be kept by a policy (max_copies): the decisions on its items count. Documents are
 * clustered later, when those are found that longer ones contain. */
neardup_status ndup_job_find_removed(void *context, const uint64_t **removed, neardup_error *err)
{
    struct ndup_load_context *l = context;
    if (l->texts->paragraphs == NULL)
        return NEARDUP_OK;
    NDUP_TRY(ndup_job_cluster(l->job, l->texts, err));
    *removed = l->removed = ndup_calloc((size_t)l->texts->ranks / 64 + 1, sizeof *l->removed);
    return l->removed == NULL ? ndup_fail_nomem(err)
                              : ndup_texts_each_item(l->job, l->texts, note_removed_rank, l->removed, err);
}

struct kept_item {
    uint64_t item;
    const struct ndup_near_miss *near_miss;
};

static int by_kept_item(const void *left, const void *right)
{
    const struct kept_item *a = left, *b = right;
    return a->item < b->item ? -1 : a->item > b->item;
}

static uint64_t item_of(const struct ndup_texts *texts, struct ndup_rank rank)
{
    return ndup_texts_first_item(texts, rank);
}

static neardup_status get_ref(const neardup_job *job, const struct ndup_texts *texts, uint64_t index,
                              struct ndup_buf *text, neardup_ref *ref, neardup_error *err)
{
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item item;
    NDUP_TRY(ndup_texts_item(job, texts, index, &row, &part, &item, err));
    return ndup_job_ref(job, &item, text, ref, err);
}

static neardup_status report_near_miss(neardup_job *job, const struct ndup_texts *texts, const struct kept_item *t,
                                       neardup_error *err)
{
    neardup_pair pair = {.reason = NEARDUP_NEAR,
                         .jaccard = t->near_miss->jaccard,
                         .distance = t->near_miss->distance,
                         .numbers_differ = t->near_miss->numbers_differ};
    uint64_t other = item_of(texts, t->near_miss->removed);
    NDUP_TRY(get_ref(job, texts, t->item, &job->scratch_text[0], &pair.a, err));
    NDUP_TRY(get_ref(job, texts, other, &job->scratch_text[1], &pair.b, err));
    return job->callbacks.near_miss(job->callbacks.context, &pair) ? NEARDUP_OK : canceled(err);
}

/* One that has copies leads their cluster, which was reported. One that a longer document contains is not kept after all. */
static size_t list_near_misses(const struct ndup_texts *texts, struct kept_item *all)
{
    size_t n = 0;
    for (size_t i = 0; i < texts->decided.near_miss_count; i++) {
        const struct ndup_near_miss *s = &texts->decided.near_misses[i];
        if (texts->clusters.number[s->kept.value] == 0 && !ndup_decided_removed(&texts->decided, s->kept))
            all[n++] = (struct kept_item){item_of(texts, s->kept), s};
    }
    if (n > 1)
        qsort(all, n, sizeof *all, by_kept_item);
    return n;
}

neardup_status ndup_job_report_near_misses(neardup_job *job, struct ndup_texts *texts, neardup_error *err)
{
    if (job->callbacks.near_miss == NULL || texts->decided.near_miss_count == 0)
        return NEARDUP_OK;
    struct kept_item *all = ndup_alloc(texts->decided.near_miss_count, sizeof *all);
    if (all == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = NEARDUP_OK;
    size_t count = list_near_misses(texts, all);
    for (size_t i = 0; st == NEARDUP_OK && i < count; i++) {
        st = i % 1024 == 1023 ? ndup_job_check_cancel(job, err) : NEARDUP_OK;
        if (st == NEARDUP_OK)
            st = report_near_miss(job, texts, &all[i], err);
    }
    free(all);
    return st;
}

/* ---- groups: paragraphs in more than half of the documents of a group, counted in one walk ---- */

struct meeting {
    uint32_t group, cluster; /* cluster 0: a free slot */
    uint32_t documents, last;
    uint64_t first; /* item */
};

struct meetings { /* open addressing */
    struct meeting *slot;
    size_t size, used;
};

static struct meeting *find_meeting(struct meetings *t, uint32_t group, uint32_t cluster)
{
    uint64_t hash = ((uint64_t)group << 32 | cluster) * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(hash >> 20) & (t->size - 1);
    while (t->slot[i].cluster != 0 && (t->slot[i].group != group || t->slot[i].cluster != cluster))
        i = (i + 1) & (t->size - 1);
    return &t->slot[i];
}

static bool make_meeting_room(struct meetings *t)
{
    if (2 * (t->used + 1) <= t->size)
        return true;
    struct meetings larger = {.size = t->size > 0 ? 2 * t->size : 1024, .used = t->used};
    larger.slot = ndup_calloc(larger.size, sizeof *larger.slot);
    if (larger.slot == NULL)
        return false;
    for (size_t i = 0; i < t->size; i++) {
        if (t->slot[i].cluster != 0)
            *find_meeting(&larger, t->slot[i].group, t->slot[i].cluster) = t->slot[i];
    }
    free(t->slot);
    *t = larger;
    return true;
}

static neardup_status meet(neardup_job *job, struct ndup_texts *texts, const struct ndup_item *item, void *context,
                           neardup_error *err)
{
    struct meetings *t = context;
    struct ndup_item_decision decision;
    uint32_t group = job->groups.of[item->document];
    if (group == NDUP_NO_GROUP || ndup_texts_is_reference(texts, item->index))
        return NEARDUP_OK;
    NDUP_TRY(ndup_job_decide_item(job, texts, item, &decision, err));
    uint32_t cluster = decision.kind == NDUP_ITEM_NONE ? 0 : texts->clusters.number[decision.rank.value];
    if (cluster == 0)
        return NEARDUP_OK;
    if (!make_meeting_room(t))
        return ndup_fail_nomem(err);
    struct meeting *m = find_meeting(t, group, cluster);
    if (m->cluster == 0) {
        *m = (struct meeting){group, cluster, 0, UINT32_MAX, item->index};
        t->used++;
    }
    m->documents += m->last != item->document;
    m->last = item->document;
    return NEARDUP_OK;
}

static int by_group_and_cluster(const void *left, const void *right)
{
    const struct meeting *a = left, *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return a->cluster < b->cluster ? -1 : a->cluster > b->cluster;
}

static neardup_status report_group(neardup_job *job, const struct meeting *m, neardup_error *err)
{
    const struct ndup_group_name *name = &job->groups.group[m->group];
    struct ndup_row row;
    struct ndup_paragraph_row part;
    struct ndup_item first;
    neardup_group_repeat repeat = {.group = job->groups.names.data + name->begin,
                                   .group_length = name->length,
                                   .group_documents = name->documents,
                                   .documents = m->documents,
                                   .cluster = m->cluster};
    NDUP_TRY(ndup_texts_item(job, &job->paragraphs, m->first, &row, &part, &first, err));
    NDUP_TRY(ndup_job_ref(job, &first, &job->scratch_text[0], &repeat.first, err));
    return job->callbacks.group_repeat(job->callbacks.context, &repeat) ? NEARDUP_OK : canceled(err);
}

neardup_status ndup_job_report_groups(neardup_job *job, neardup_error *err)
{
    struct meetings t = {0};
    size_t n = 0;
    for (uint32_t i = 0; i < job->groups.count; i++)
        job->summary.paragraphs.groups += job->groups.group[i].documents > 0;
    if (job->groups.of == NULL || job->callbacks.group_repeat == NULL)
        return NEARDUP_OK;
    neardup_status st = ndup_texts_each_item(job, &job->paragraphs, meet, &t, err);
    for (size_t i = 0; i < t.size; i++) {
        if (t.slot[i].cluster != 0 && t.slot[i].documents > 1 &&
            2 * (uint64_t)t.slot[i].documents > job->groups.group[t.slot[i].group].documents)
            t.slot[n++] = t.slot[i];
    }
    if (st == NEARDUP_OK && n > 1)
        qsort(t.slot, n, sizeof *t.slot, by_group_and_cluster);
    for (size_t i = 0; st == NEARDUP_OK && i < n; i++)
        st = report_group(job, &t.slot[i], err);
    free(t.slot);
    return st;
}

/* ---- summary.json ---- */

static const char *read_command(struct ndup_json_reader *reader, const char *text, size_t length)
{
    static const char no_strings[] = "not an array of strings";
    struct ndup_json_value v;
    const char *wrong = ndup_json_reader_begin(reader, text, length);
    if (wrong != NULL)
        return wrong;
    enum ndup_json_step step = ndup_json_reader_next(reader, &v);
    if (step == NDUP_JSON_VALUE && v.type != NDUP_JSON_ARRAY)
        return no_strings;
    ndup_json_reader_enter(reader);
    for (size_t ends = 0; step != NDUP_JSON_WRONG && ends < 2; ends += step == NDUP_JSON_END) {
        step = ndup_json_reader_next(reader, &v);
        if (step == NDUP_JSON_VALUE && (ends > 0 || v.type != NDUP_JSON_STRING))
            return no_strings;
    }
    return step == NDUP_JSON_WRONG ? ndup_json_reader_wrong(reader) : NULL;
}

/* It is put into summary.json as it is. */
neardup_status ndup_job_check_command(const char *command, neardup_error *err)
{
    struct ndup_json_reader *reader;
    struct ndup_buf text = NDUP_BUF_INIT;
    NDUP_TRY(ndup_json_reader_create(&reader, err));
    ndup_buf_append_str(&text, "{\"command\":");
    ndup_buf_append_str(&text, command);
    ndup_buf_append_str(&text, "}");
    const char *wrong = "out of memory";
    if (ndup_buf_reserve(&text, NDUP_PADDING) && !text.failed)
        wrong = read_command(reader, text.data, text.len);
    ndup_buf_free(&text);
    ndup_json_reader_destroy(reader);
    if (wrong == NULL)
        return NEARDUP_OK;
    if (strcmp(wrong, "out of memory") == 0)
        return ndup_fail_nomem(err);
    return ndup_fail(err, NEARDUP_E_ARG, "the command is not a JSON array of strings: %s", wrong);
}

struct input_list {
    struct ndup_run_input *items;
    size_t count, capacity;
};

static bool add_input(struct input_list *inputs, const char *path, bool reference)
{
    if (!ndup_grow(&inputs->items, &inputs->capacity, inputs->count + 1, sizeof *inputs->items))
        return false;
    inputs->items[inputs->count++] = (struct ndup_run_input){path, reference};
    return true;
}

/* As they were given; a list by the paths in it. */
static neardup_status list_inputs(const neardup_job *job, struct input_list *inputs, neardup_error *err)
{
    const char *listed = job->files.listed.data;
    bool ok = true;
    for (size_t i = 0; ok && i < job->input_count; i++) {
        const struct ndup_input *in = &job->inputs[i];
        if (!in->is_list) {
            ok = add_input(inputs, in->path, in->reference);
            continue;
        }
        for (; ok && *listed != '\0'; listed += strlen(listed) + 1)
            ok = add_input(inputs, listed, false);
        listed++;
    }
    return ok ? NEARDUP_OK : ndup_fail_nomem(err);
}

static neardup_status make_summary(const neardup_job *job, struct ndup_buf *text, neardup_error *err)
{
    struct input_list inputs = {NULL, 0, 0};
    neardup_status st = list_inputs(job, &inputs, err);
    if (st == NEARDUP_OK) {
        char *directory = getcwd(NULL, 0); /* NULL if it was removed: then it is not written */
        const struct ndup_run_record record = {.summary = &job->summary,
                                               .options = &job->options,
                                               .directory = directory,
                                               .root = job->files.base,
                                               .inputs = inputs.items,
                                               .input_count = inputs.count,
                                               .repeated_lines = job->repeated_lines};
        ndup_summary_write(text, &record);
        free(directory);
    }
    free(inputs.items);
    return st == NEARDUP_OK && text->failed ? ndup_fail_nomem(err) : st;
}

neardup_status ndup_job_write_summary(neardup_job *job, neardup_error *err)
{
    int fd;
    NDUP_TRY(ndup_outdir_create(job->outdir, "summary.json", &fd, err));
    struct ndup_buf text = NDUP_BUF_INIT;
    neardup_status st = make_summary(job, &text, err);
    if (st == NEARDUP_OK)
        st = ndup_write_all(fd, text.data, text.len, "summary.json", err);
    ndup_buf_free(&text);
    if (close(fd) != 0 && st == NEARDUP_OK)
        st = ndup_fail_errno(err, errno, "cannot close 'summary.json'");
    return st;
}
