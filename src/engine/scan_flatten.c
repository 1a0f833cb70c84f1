/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/scan.h"

#include "base/error.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_place(const void *left, const void *right)
{
    const struct ndup_segment *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Newlines before a batch, from the segments in order. */
static uint64_t lines_before(const struct ndup_scan *s, uint32_t source, uint32_t number)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < s->segment_count; i++) {
        const struct ndup_segment *g = &s->segments[i];
        if (g->source == source && g->number < number)
            lines += g->lines;
    }
    return lines;
}

static int failed_by_source(const void *left, const void *right)
{
    const struct ndup_failed *a = left, *b = right;
    return a->source < b->source ? -1 : a->source > b->source;
}

static neardup_status strict_failure(struct ndup_scan *s, neardup_error *err)
{
    const struct ndup_bad *bad = &s->strict;
    const char *name = s->job->files.files[bad->source].name;
    for (size_t i = 0; i < s->failed_count && bad->line == 0; i++) {
        const struct ndup_failed *f = &s->failed[i];
        if (f->source != bad->source)
            continue;
        (void)ndup_fail(err, f->code, "%s: %s", name, f->message);
        if (err != NULL)
            err->sys_errno = f->sys_errno;
        return f->code;
    }
    uint64_t line = lines_before(s, bad->source, bad->number) + bad->line;
    neardup_status st = ndup_fail(err, NEARDUP_E_FORMAT, "%s:%" PRIu64 ": %s", name, line, bad->problem);
    if (err != NULL)
        err->line = line;
    return st;
}

/* In input order, whatever the timing was. A file fails at most once. */
static neardup_status tell_failed_files(struct ndup_scan *s, neardup_error *err)
{
    if (s->failed_count > 1)
        qsort(s->failed, s->failed_count, sizeof *s->failed, failed_by_source);
    s->job->summary.failed_files += s->failed_count;
    for (size_t i = 0; i < s->failed_count; i++)
        NDUP_TRY(ndup_job_note(s->job, NEARDUP_ERROR, s->job->files.files[s->failed[i].source].name, 0,
                               s->failed[i].message, err));
    return NEARDUP_OK;
}

static neardup_status tell_bad_records(struct ndup_scan *s, neardup_error *err)
{
    unsigned threads = ndup_pool_threads(s->job->pool);
    struct ndup_bad *all = NULL;
    size_t count = 0, capacity = 0;
    for (unsigned t = 0; t < threads; t++) {
        if (s->members[t].bad_count == 0)
            continue;
        if (!ndup_grow(&all, &capacity, count + s->members[t].bad_count, sizeof *all)) {
            free(all);
            return ndup_fail_nomem(err);
        }
        memcpy(all + count, s->members[t].bad, s->members[t].bad_count * sizeof *all);
        count += s->members[t].bad_count;
    }
    if (count > 1)
        qsort(all, count, sizeof *all, ndup_scan_bad_order);
    neardup_status st = NEARDUP_OK;
    size_t segment = 0;
    uint64_t lines = 0;
    for (size_t i = 0; i < count && i < NDUP_NOTES_MAX && st == NEARDUP_OK; i++) {
        /* Both lists are in input order. */
        while (segment < s->segment_count &&
               (s->segments[segment].source < all[i].source ||
                (s->segments[segment].source == all[i].source && s->segments[segment].number < all[i].number))) {
            lines = s->segments[segment].source == all[i].source ? lines + s->segments[segment].lines : 0;
            segment++;
        }
        st = ndup_job_note(s->job, NEARDUP_WARNING, s->job->files.files[all[i].source].name, lines + all[i].line,
                           all[i].problem, err);
        if (i + 1 < count && all[i + 1].source != all[i].source)
            lines = 0;
    }
    free(all);
    return st;
}

static neardup_status take_rows(struct ndup_scan *s, struct ndup_segment *g, bool keyed, neardup_error *err)
{
    if (g->rows != NULL || g->count == 0)
        return NEARDUP_OK;
    size_t bytes = g->count * sizeof *g->rows, key_bytes = keyed ? (size_t)g->count * NDUP_KEEP_KEY : 0;
    g->rows = ndup_alloc(bytes, 1);
    g->keep_keys = keyed ? ndup_alloc(key_bytes, 1) : NULL;
    if (g->rows == NULL || (keyed && g->keep_keys == NULL))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_pread_all(s->job->scratch, s->segment_file, g->rows, bytes, g->spilled, err));
    return keyed ? ndup_pread_all(s->job->scratch, s->segment_file, g->keep_keys, key_bytes, g->spilled + bytes, err)
                 : NEARDUP_OK;
}

/* Copies count elements to column[at...], chunk by chunk. */
static neardup_status append(struct ndup_column *column, uint64_t at, const void *elements, size_t count, size_t size,
                             neardup_error *err)
{
    size_t chunk = ndup_column_chunk_elems(column);
    const char *from = elements;
    while (count > 0) {
        size_t n = chunk - (size_t)(at % chunk);
        n = n < count ? n : count;
        void *slot = ndup_column_slot(column, at, err);
        if (slot == NULL)
            return err != NULL ? err->code : NEARDUP_E_NOMEM;
        memcpy(slot, from, n * size);
        NDUP_TRY(ndup_column_done(column, at, n, err));
        from += n * size;
        at += n;
        count -= n;
    }
    return NEARDUP_OK;
}

static neardup_status append_segment(struct ndup_scan *s, struct ndup_segment *g, uint64_t line_base,
                                     neardup_error *err)
{
    struct ndup_corpus *c = &s->job->corpus;
    bool keyed = c->keep_keys != NULL;
    NDUP_TRY(take_rows(s, g, keyed, err));
    for (uint32_t i = 0; i < g->count; i++) {
        uint64_t line = line_base + g->rows[i].line + 1;
        g->rows[i].line = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX;
    }
    NDUP_TRY(append(c->rows, c->row_count, g->rows, g->count, sizeof *g->rows, err));
    if (keyed)
        NDUP_TRY(append(c->keep_keys, c->row_count, g->keep_keys, g->count, NDUP_KEEP_KEY, err));
    if (g->groups != NULL && g->count > 0)
        memcpy(s->job->groups.of + c->row_count, g->groups, g->count * sizeof *g->groups);
    c->row_count += g->count;
    free(g->rows);
    free(g->keep_keys);
    free(g->groups);
    g->rows = NULL;
    g->keep_keys = NULL;
    g->groups = NULL;
    return NEARDUP_OK;
}

static neardup_status make_columns(struct ndup_scan *s, neardup_error *err)
{
    struct ndup_corpus *c = &s->job->corpus;
    bool spill = s->job->limits.spill || s->segment_file >= 0;
    NDUP_TRY(ndup_column_create(&c->rows, sizeof(struct ndup_row), s->job->scratch, spill, err));
    if (s->keyed)
        NDUP_TRY(ndup_column_create(&c->keep_keys, NDUP_KEEP_KEY, s->job->scratch, spill, err));
    return NEARDUP_OK;
}

static neardup_status make_groups(struct ndup_scan *s, neardup_error *err)
{
    uint64_t rows = 0;
    if (s->job->options.group_field == NULL)
        return NEARDUP_OK;
    for (size_t i = 0; i < s->segment_count; i++)
        rows += s->segments[i].count;
    NDUP_TRY(ndup_job_check_memory(s->job, rows * sizeof *s->job->groups.of, err));
    return ndup_groups_init(&s->job->groups, rows, err);
}

neardup_status ndup_scan_flatten(struct ndup_scan *s, neardup_error *err)
{
    struct ndup_corpus *c = &s->job->corpus;
    if (s->segment_count > 1)
        qsort(s->segments, s->segment_count, sizeof *s->segments, by_place);
    if (s->strict.problem != NULL)
        return strict_failure(s, err);
    NDUP_TRY(tell_failed_files(s, err));
    NDUP_TRY(tell_bad_records(s, err));
    NDUP_TRY(make_columns(s, err));
    NDUP_TRY(make_groups(s, err));
    size_t i = 0;
    for (uint32_t source = 0; source < c->source_count; source++) {
        struct ndup_corpus_source *src = &c->sources[source];
        src->first_row = c->row_count;
        for (; i < s->segment_count && s->segments[i].source == source; i++) {
            NDUP_TRY(ndup_job_check_cancel(s->job, err));
            uint64_t lines = s->segments[i].lines;
            NDUP_TRY(append_segment(s, &s->segments[i], src->lines, err));
            src->lines += lines;
        }
        src->rows = c->row_count - src->first_row;
        c->bytes += src->bytes;
        if (source < c->own_sources) {
            c->own_rows = c->row_count;
            s->job->summary.text_bytes += src->bytes;
        }
    }
    if (c->row_count >= NDUP_TEXT_MAX)
        return ndup_fail(err, NEARDUP_E_LIMIT, "more than 4 billion records: run on parts");
    s->job->summary.records = c->own_rows;
    if (s->job->groups.of != NULL)
        NDUP_TRY(ndup_groups_settle(&s->job->groups, c->row_count, err));
    NDUP_TRY(ndup_column_seal(c->rows, c->row_count, err));
    return c->keep_keys == NULL ? NEARDUP_OK : ndup_column_seal(c->keep_keys, c->row_count, err);
}
