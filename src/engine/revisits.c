/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/revisits.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "engine/phases.h"

#include <stdlib.h>
#include <string.h>

struct revisit {
    uint64_t offset; /* in its source */
    uint64_t name;   /* of the record that it refers to; later that record's row */
    uint32_t source, length;
};

struct ndup_revisits {
    const struct ndup_key *key;
    struct revisit *all; /* in any order; once they are resolved, those to remove, by source and offset */
    size_t count, capacity;
    uint64_t *rows; /* [count] of the records that they refer to, ascending; NULL: not resolved yet */
};

neardup_status ndup_revisits_create(struct ndup_revisits **out, const struct ndup_key *key, neardup_error *err)
{
    *out = ndup_calloc(1, sizeof **out);
    if (*out == NULL)
        return ndup_fail_nomem(err);
    (*out)->key = key;
    return NEARDUP_OK;
}

void ndup_revisits_destroy(struct ndup_revisits *revisits)
{
    if (revisits == NULL)
        return;
    free(revisits->all);
    free(revisits->rows);
    free(revisits);
}

/* ---- names of records ---- */

/* A record is named by its identifier, or by its address and date: a revisit may say either. */
static uint64_t name_of(const struct ndup_key *key, const struct ndup_record_name *name, struct ndup_buf *joined)
{
    if (name->id_length > 0)
        return ndup_key_name(key, name->id, name->id_length);
    ndup_buf_clear(joined);
    ndup_buf_append(joined, name->uri, name->uri_length);
    ndup_buf_append(joined, "\n", 1); /* no part of an address or a date */
    ndup_buf_append(joined, name->date, name->date_length);
    return joined->failed ? 0 : ndup_key_name(key, joined->data, joined->len);
}

static bool has_name(const struct ndup_record_name *name)
{
    return name->id_length > 0 || (name->uri_length > 0 && name->date_length > 0);
}

neardup_status ndup_revisits_note(struct ndup_revisits *revisits, const struct ndup_format *format, uint32_t source,
                                  uint64_t offset, const char *record, size_t length, neardup_error *err)
{
    struct ndup_record_name target;
    struct ndup_buf joined = NDUP_BUF_INIT;
    if (!format->refers(record, length, &target) || !has_name(&target) || length > UINT32_MAX)
        return NEARDUP_OK;
    if (!ndup_grow(&revisits->all, &revisits->capacity, revisits->count + 1, sizeof *revisits->all))
        return ndup_fail_nomem(err);
    uint64_t name = name_of(revisits->key, &target, &joined);
    bool failed = joined.failed;
    ndup_buf_free(&joined);
    if (failed)
        return ndup_fail_nomem(err);
    revisits->all[revisits->count++] = (struct revisit){offset, name, source, (uint32_t)length};
    return NEARDUP_OK;
}

/* ---- the records that revisits refer to ---- */

/* Bytes that are read of a record at first, and if its header does not end in them. */
#define HEADER_BYTES ((size_t)2 << 10)
#define HEADER_MAX   ((size_t)256 << 10)

struct referred {
    uint64_t name;
    uint64_t row; /* the first removed record of this name */
    bool removed, kept;
};

struct referred_list { /* by name, each once */
    struct referred *all;
    size_t count;
    struct ndup_buf bytes, joined;
};

static int by_name(const void *left, const void *right)
{
    const struct referred *a = left, *b = right;
    return a->name < b->name ? -1 : a->name > b->name;
}

static neardup_status make_targets(struct referred_list *t, const struct ndup_revisits *r, neardup_error *err)
{
    t->all = ndup_calloc(r->count, sizeof *t->all);
    if (t->all == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < r->count; i++)
        t->all[i].name = r->all[i].name;
    qsort(t->all, r->count, sizeof *t->all, by_name);
    for (size_t i = 0; i < r->count; i++) {
        if (t->count == 0 || t->all[t->count - 1].name != t->all[i].name)
            t->all[t->count++].name = t->all[i].name;
    }
    return NEARDUP_OK;
}

static struct referred *find_target(const struct referred_list *t, uint64_t name)
{
    struct referred wanted = {.name = name};
    return bsearch(&wanted, t->all, t->count, sizeof *t->all, by_name);
}

static neardup_status meet_name(struct referred_list *t, const struct ndup_key *key,
                                const struct ndup_record_name *name, uint64_t row, bool removed, neardup_error *err)
{
    if (!has_name(name))
        return NEARDUP_OK;
    uint64_t hash = name_of(key, name, &t->joined);
    if (t->joined.failed)
        return ndup_fail_nomem(err);
    struct referred *target = find_target(t, hash);
    if (target == NULL)
        return NEARDUP_OK;
    if (removed && !target->removed)
        target->row = row;
    target->removed = target->removed || removed;
    target->kept = target->kept || !removed;
    return NEARDUP_OK;
}

/* *found false: its header has no end, so that nobody can refer to it. */
static neardup_status read_name(neardup_job *job, struct ndup_buf *bytes, uint32_t source, const struct ndup_row *row,
                                struct ndup_record_name *name, bool *found, neardup_error *err)
{
    *found = false;
    for (size_t most = HEADER_BYTES; !*found; most = HEADER_MAX) {
        size_t length = most < row->length ? most : row->length;
        ndup_buf_clear(bytes);
        if (!ndup_buf_reserve(bytes, length))
            return ndup_fail_nomem(err);
        NDUP_TRY(
            ndup_corpus_read(&job->corpus, &job->workers[0].opened, source, bytes->data, length, row->offset, err));
        *found = job->corpus.sources[source].format->names(bytes->data, length, name);
        if (length == row->length || most == HEADER_MAX)
            break;
    }
    return NEARDUP_OK;
}

static neardup_status meet_record(neardup_job *job, struct referred_list *t, uint32_t source, uint64_t index,
                                  neardup_error *err)
{
    struct ndup_row row;
    struct ndup_record_name name;
    bool found;
    bool removed = !ndup_corpus_is_reference(&job->corpus, index) && ndup_texts_is_removed(&job->documents, index);
    NDUP_TRY(ndup_corpus_row(&job->corpus, index, &row, err));
    NDUP_TRY(read_name(job, &t->bytes, source, &row, &name, &found, err));
    if (!found)
        return NEARDUP_OK;
    struct ndup_record_name place = name;
    place.id_length = 0;
    name.uri_length = 0;
    NDUP_TRY(meet_name(t, job->revisits->key, &name, index, removed, err));
    return meet_name(t, job->revisits->key, &place, index, removed, err);
}

/* Kept records are met, too: where an archive was copied, two have the same name. */
static neardup_status meet_records(neardup_job *job, struct referred_list *t, neardup_error *err)
{
    for (uint32_t s = 0; s < job->corpus.source_count; s++) {
        const struct ndup_corpus_source *source = &job->corpus.sources[s];
        if (source->format == NULL || source->format->names == NULL)
            continue;
        for (uint64_t i = source->first_row; i < source->first_row + source->rows; i++) {
            NDUP_TRY(meet_record(job, t, s, i, err));
            if (i % 4096 == 0)
                NDUP_TRY(ndup_job_check_cancel(job, err));
        }
    }
    return NEARDUP_OK;
}

/* ---- which revisits are removed ---- */

static int by_place(const void *left, const void *right)
{
    const struct revisit *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int by_number(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

static neardup_status keep_removed(struct ndup_revisits *r, const struct referred_list *t, neardup_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct referred *target = find_target(t, r->all[i].name);
        if (target == NULL || !target->removed || target->kept)
            continue;
        r->all[kept] = r->all[i];
        r->all[kept++].name = target->row;
    }
    r->count = kept;
    r->rows = ndup_alloc(kept, sizeof *r->rows);
    if (r->rows == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < kept; i++)
        r->rows[i] = r->all[i].name;
    if (kept > 1) {
        qsort(r->all, kept, sizeof *r->all, by_place);
        qsort(r->rows, kept, sizeof *r->rows, by_number);
    }
    return NEARDUP_OK;
}

neardup_status ndup_revisits_resolve(neardup_job *job, neardup_error *err)
{
    struct ndup_revisits *r = job->revisits;
    struct referred_list targets = {.bytes = NDUP_BUF_INIT, .joined = NDUP_BUF_INIT};
    if (r == NULL)
        return NEARDUP_OK;
    if (r->count == 0 || job->summary.exact + job->summary.near + job->summary.contained == 0) {
        r->count = 0;
        return NEARDUP_OK;
    }
    neardup_status st = make_targets(&targets, r, err);
    if (st == NEARDUP_OK)
        st = meet_records(job, &targets, err);
    if (st == NEARDUP_OK)
        st = keep_removed(r, &targets, err);
    free(targets.all);
    ndup_buf_free(&targets.bytes);
    ndup_buf_free(&targets.joined);
    NDUP_TRY(st);
    job->summary.revisits = r->count;
    for (size_t i = 0; i < r->count; i++)
        job->summary.revisit_bytes += r->all[i].length;
    return NEARDUP_OK;
}

uint64_t ndup_revisits_of(const struct ndup_revisits *revisits, uint64_t row)
{
    size_t low = 0, high = revisits != NULL && revisits->rows != NULL ? revisits->count : 0, end = high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (revisits->rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t count = 0;
    while (low + count < end && revisits->rows[low + count] == row)
        count++;
    return count;
}

/* ---- cuts ---- */

neardup_status ndup_revisits_cut(const struct ndup_revisits *revisits, uint32_t source, struct ndup_cut **cuts,
                                 size_t *count, size_t *capacity, neardup_error *err)
{
    size_t begin = 0, end = revisits != NULL && revisits->rows != NULL ? revisits->count : 0;
    for (size_t high = end; begin < high;) {
        size_t middle = begin + (high - begin) / 2;
        if (revisits->all[middle].source < source)
            begin = middle + 1;
        else
            high = middle;
    }
    size_t more = 0;
    while (begin + more < end && revisits->all[begin + more].source == source)
        more++;
    if (more == 0)
        return NEARDUP_OK;
    if (!ndup_grow(cuts, capacity, *count + more, sizeof **cuts))
        return ndup_fail_nomem(err);
    /* From the end, so that nothing is overwritten that is still to be moved. Records do not overlap. */
    size_t from = *count;
    *count += more;
    for (size_t to = *count; more > 0;) {
        const struct revisit *last = &revisits->all[begin + more - 1];
        if (from > 0 && (*cuts)[from - 1].begin > last->offset) {
            (*cuts)[--to] = (*cuts)[--from];
        } else {
            (*cuts)[--to] = (struct ndup_cut){.begin = last->offset, .end = last->offset + last->length};
            more--;
        }
    }
    return NEARDUP_OK;
}
