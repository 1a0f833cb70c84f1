/* SPDX-License-Identifier: MIT
 * Near-duplicates below the threshold stay. Every keeper stays as before, so that whatever goes still has its keeper. */
#include "base/platform.h"

#include "run/rethreshold.h"

#include "base/error.h"
#include "base/mem.h"
#include "run/names.h"

#include <stdlib.h>
#include <string.h>

struct counting {
    struct neardup_run *run;
    struct ndup_redecided *redecided;
    uint64_t decisions;           /* lines of them */
    uint64_t freed, freed_tokens; /* documents */
    /* of parts */
    uint64_t near, tokens, bytes;
    uint64_t document_bytes; /* of documents that stay now */
    uint64_t changed;
    neardup_place last; /* document of which something was cut last */
};

/* ---- clusters ---- */

static neardup_status count_cluster(void *context, neardup_cluster *k, const struct ndup_line_file *file, size_t length,
                                    neardup_error *err)
{
    struct counting *c = context;
    struct ndup_filter *f = &c->redecided->filter;
    struct ndup_filtered_cluster new = {.part = ndup_is_part(&k->keeper),
                                        .old = k->number,
                                        .component = k->component,
                                        .offset = file->offset,
                                        .line = file->line,
                                        .length = length};
    for (uint64_t i = 0; i < k->member_count; i++) {
        const neardup_member *m = &k->members[i];
        if (!ndup_redecided_frees(c->redecided->threshold, m->reason, m->jaccard)) {
            new.members++;
            new.tokens += m->document.tokens;
        } else if (!new.part) {
            c->freed++;
            c->freed_tokens += m->document.tokens;
        }
    }
    if (!ndup_grow(&f->clusters, &f->capacity, f->count + 1, sizeof *f->clusters))
        return ndup_fail_nomem(err);
    f->clusters[f->count++] = new;
    return NEARDUP_OK;
}

static int by_old_number(const void *left, const void *right)
{
    const struct ndup_filtered_cluster *a = left, *b = right;
    if (a->part != b->part)
        return a->part ? 1 : -1;
    if (a->old != b->old)
        return a->old < b->old ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

struct ordered {
    struct ndup_filtered_cluster *cluster;
};

/* As a run numbers them, but for equals, whose order stays: where their keepers stand in the input is not known. */
static int by_new_number(const void *left, const void *right)
{
    const struct ndup_filtered_cluster *a = ((const struct ordered *)left)->cluster;
    const struct ndup_filtered_cluster *b = ((const struct ordered *)right)->cluster;
    if (a->part != b->part)
        return a->part ? 1 : -1;
    if (a->part && a->tokens != b->tokens)
        return a->tokens > b->tokens ? -1 : 1;
    if (a->members != b->members)
        return a->members > b->members ? -1 : 1;
    return by_old_number(a, b);
}

static struct ndup_filtered_cluster *find(const struct ndup_filter *f, bool part, uint64_t old)
{
    struct ndup_filtered_cluster wanted = {.part = part, .old = old};
    size_t low = 0, high = f->count;
    while (low < high) { /* the first one, should a number stand there twice */
        size_t middle = low + (high - low) / 2;
        if (by_old_number(&f->clusters[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < f->count && f->clusters[low].part == part && f->clusters[low].old == old;
    return found ? &f->clusters[low] : NULL;
}

static neardup_status number_clusters(struct ndup_filter *f, neardup_error *err)
{
    struct ordered *left = ndup_alloc(f->count, sizeof *left);
    f->told = ndup_alloc(f->count, sizeof *f->told);
    if (left == NULL || f->told == NULL) {
        free(left);
        return ndup_fail_nomem(err);
    }
    if (f->count > 1)
        qsort(f->clusters, f->count, sizeof *f->clusters, by_old_number);
    for (size_t i = 0; i < f->count; i++) {
        if (f->clusters[i].members > 0)
            left[f->told_count++].cluster = &f->clusters[i];
    }
    if (f->told_count > 1)
        qsort(left, f->told_count, sizeof *left, by_new_number);
    uint64_t number = 0;
    for (size_t i = 0; i < f->told_count; i++) {
        struct ndup_filtered_cluster *k = left[i].cluster;
        number = i > 0 && k->part != left[i - 1].cluster->part ? 1 : number + 1;
        f->told[i] = (size_t)(k - f->clusters);
        struct ndup_filtered_cluster *component = find(f, k->part, k->component);
        k->number = number;
        if (component != NULL && component->least == 0)
            component->least = number;
    }
    free(left);
    return NEARDUP_OK;
}

/* ---- the summary ---- */

static neardup_status count_decision(void *context, neardup_decision *d, uint64_t stored, neardup_error *err)
{
    struct counting *c = context;
    const neardup_ref *ref = &d->document;
    (void)err;
    c->decisions++;
    bool freed = ndup_redecided_frees(c->redecided->threshold, d->reason, d->jaccard);
    if (!ndup_is_part(ref)) {
        c->document_bytes += freed ? stored : 0;
        return NEARDUP_OK;
    }
    if (freed) {
        c->near++;
        c->tokens += ref->tokens;
        c->bytes += stored;
        return NEARDUP_OK;
    }
    if (c->last.file != ref->file || c->last.line != ref->line)
        c->changed++;
    c->last = (neardup_place){ref->file, ref->line};
    return NEARDUP_OK;
}

static uint64_t less(uint64_t from, uint64_t by)
{
    return from > by ? from - by : 0;
}

static neardup_status sum_up(struct counting *c, neardup_error *err)
{
    neardup_summary *s = &c->run->summary;
    neardup_paragraph_summary *p = &s->paragraphs;
    const struct ndup_filter *f = &c->redecided->filter;
    if (!c->run->has_summary)
        return NEARDUP_OK;
    NDUP_TRY(ndup_replay_decisions(c->run, count_decision, c, err));
    NDUP_TRY(ndup_replay_check_decisions(c->run, c->decisions, err));
    s->near = less(s->near, c->freed);
    s->kept += c->freed;
    s->removed_tokens = less(s->removed_tokens, c->freed_tokens);
    s->removed_bytes = less(s->removed_bytes, c->document_bytes);
    p->near = less(p->near, c->near);
    p->cut_tokens = less(p->cut_tokens, c->tokens);
    p->cut_bytes = less(p->cut_bytes, c->bytes);
    p->changed = p->changed < c->changed ? p->changed : c->changed; /* lines of a text can be one document */
    s->clusters = p->clusters = s->largest_cluster = 0;
    for (size_t i = 0; i < f->told_count; i++) {
        const struct ndup_filtered_cluster *k = &f->clusters[f->told[i]];
        *(k->part ? &p->clusters : &s->clusters) += 1;
        if (!k->part && k->number == 1)
            s->largest_cluster = k->members + 1;
    }
    return NEARDUP_OK;
}

neardup_status ndup_filter_make(struct neardup_run *run, struct ndup_redecided *redecided, neardup_error *err)
{
    struct counting c = {.run = run, .redecided = redecided};
    NDUP_TRY(ndup_replay_clusters(run, count_cluster, &c, err));
    NDUP_TRY(ndup_replay_check_clusters(run, redecided->filter.count, err));
    NDUP_TRY(number_clusters(&redecided->filter, err));
    return sum_up(&c, err);
}

/* ---- telling ---- */

struct telling {
    const struct ndup_redecided *redecided;
    const neardup_callbacks *callbacks;
};

static neardup_status answer(bool go_on, neardup_error *err)
{
    return go_on ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
}

static neardup_status tell_decision(void *context, neardup_decision *d, uint64_t stored, neardup_error *err)
{
    const struct telling *t = context;
    (void)stored;
    if (ndup_redecided_frees(t->redecided->threshold, d->reason, d->jaccard))
        return NEARDUP_OK;
    const struct ndup_filtered_cluster *k = find(&t->redecided->filter, ndup_is_part(&d->document), d->cluster);
    if (k == NULL && d->reason != NEARDUP_EMPTIED)
        return ndup_fail(err, NEARDUP_E_FORMAT, "a decision is about a cluster that is not in clusters.jsonl");
    d->cluster = k != NULL ? k->number : 0;
    if (ndup_is_part(&d->document))
        d->cut = d->document.bytes;
    return answer(t->callbacks->decision(t->callbacks->context, d), err);
}

/* What is left of the members. Documents of parts in texts are not told apart: then there are at most so many. */
static void shrink(const struct neardup_run *run, double threshold, neardup_cluster *k)
{
    neardup_place last = {NULL, 0};
    uint64_t left = 0, documents = 0;
    bool keeper_met = false;
    k->tokens = 0;
    for (uint64_t i = 0; i < k->member_count; i++) {
        const neardup_member *m = &run->members[i];
        if (ndup_redecided_frees(threshold, m->reason, m->jaccard))
            continue;
        documents += m->document.file != last.file || m->document.line != last.line;
        last = (neardup_place){m->document.file, m->document.line};
        keeper_met = keeper_met || (last.file == k->keeper.file && last.line == k->keeper.line);
        k->tokens += m->document.tokens;
        run->members[left++] = *m;
    }
    documents += !keeper_met;
    k->member_count = left;
    k->documents = documents < k->documents ? documents : k->documents;
}

static neardup_status tell_cluster(struct neardup_run *run, const struct telling *t, struct ndup_line_file *f,
                                   const struct ndup_filtered_cluster *entry, neardup_error *err)
{
    const struct ndup_filter *filter = &t->redecided->filter;
    const char *text;
    neardup_cluster k;
    bool skipped;
    NDUP_TRY(ndup_line_file_again(f, entry->offset, entry->line, entry->length, &text, err));
    const char *wrong = ndup_replay_read_cluster(run, text, entry->length, &k, &skipped);
    if (wrong == NULL && (skipped || k.number != entry->old))
        wrong = "the file has changed";
    if (wrong != NULL)
        return ndup_line_file_wrong(f, wrong, err);
    const struct ndup_filtered_cluster *component = find(filter, entry->part, entry->component);
    shrink(run, t->redecided->threshold, &k);
    k.number = entry->number;
    k.component = component != NULL && component->least != 0 ? component->least : entry->number;
    return answer(t->callbacks->cluster(t->callbacks->context, &k), err);
}

static neardup_status tell_clusters(struct neardup_run *run, const struct telling *t, neardup_error *err)
{
    const struct ndup_filter *filter = &t->redecided->filter;
    struct ndup_line_file f;
    NDUP_TRY(ndup_line_file_open(&f, run->clusters_path, err));
    neardup_status st = NEARDUP_OK;
    for (size_t i = 0; st == NEARDUP_OK && i < filter->told_count; i++)
        st = tell_cluster(run, t, &f, &filter->clusters[filter->told[i]], err);
    ndup_line_file_close(&f);
    return st;
}

neardup_status ndup_filter_tell(struct neardup_run *run, const struct ndup_redecided *redecided,
                                const neardup_callbacks *callbacks, neardup_error *err)
{
    struct telling t = {redecided, callbacks};
    if (callbacks->decision != NULL && run->decisions_path != NULL)
        NDUP_TRY(ndup_replay_decisions(run, tell_decision, &t, err));
    return callbacks->cluster != NULL ? tell_clusters(run, &t, err) : NEARDUP_OK;
}
