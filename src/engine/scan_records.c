/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/scan.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int ndup_scan_bad_order(const void *left, const void *right)
{
    const struct ndup_bad *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

void ndup_scan_note_strict(struct ndup_scan *scan, const struct ndup_bad *bad)
{
    if (!scan->job->options.strict)
        return;
    pthread_mutex_lock(&scan->lock);
    if (scan->strict.problem == NULL || ndup_scan_bad_order(bad, &scan->strict) < 0)
        scan->strict = *bad;
    pthread_mutex_unlock(&scan->lock);
}

static neardup_status note_bad(struct ndup_scan *scan, struct ndup_scan_member *m, uint32_t source, uint32_t line,
                               const char *problem, neardup_error *err)
{
    struct ndup_bad bad = {source, m->worker->batch.number, line + 1, problem};
    m->counts->invalid++;
    ndup_scan_note_strict(scan, &bad);
    if (!ndup_grow(&m->bad, &m->bad_capacity, m->bad_count + 1, sizeof *m->bad))
        return ndup_fail_nomem(err);
    m->bad[m->bad_count++] = bad;
    if (m->bad_count == (size_t)2 * NDUP_NOTES_MAX) {
        /* A thread does not meet them in input order: a later file may come first. */
        qsort(m->bad, m->bad_count, sizeof *m->bad, ndup_scan_bad_order);
        m->bad_count = NDUP_NOTES_MAX;
    }
    return NEARDUP_OK;
}

static neardup_status scan_text(struct ndup_scan *scan, struct ndup_scan_member *m, const char *text, size_t length,
                                bool invalid_utf8, struct ndup_row *row, neardup_error *err)
{
    struct ndup_tokens tokens;
    NDUP_TRY(ndup_text_tokenise(m->worker->text, text, length, false, &tokens, err));
    m->counts->invalid_utf8 += invalid_utf8 || tokens.invalid_utf8;
    m->counts->tokens += tokens.count;
    row->tokens = tokens.count < UINT32_MAX ? (uint32_t)tokens.count : UINT32_MAX;
    if (tokens.count == 0) {
        row->text = (struct ndup_text_id){NDUP_TEXT_EMPTY};
        m->counts->empty++;
        return NEARDUP_OK;
    }
    m->counts->documents++;
    if (!scan->units)
        return NEARDUP_OK;
    bool added;
    const uint64_t *hashes = NULL;
    size_t count = 0;
    XXH128_hash_t digest = ndup_text_digest(tokens.hash, tokens.count);
    NDUP_TRY(ndup_filler_text(&m->filler, digest, digest, &row->text, &added, err));
    if (!added)
        return NEARDUP_OK;
    if (!scan->job->documents.plan.all)
        NDUP_TRY(ndup_text_shingle(m->worker->text, tokens.hash, tokens.count, &hashes, &count, err));
    return ndup_filler_put(&m->filler, hashes, count, err);
}

static neardup_status note_group(struct ndup_scan_member *m, uint32_t row, const char *name, size_t length,
                                 neardup_error *err)
{
    if (!ndup_grow(&m->groups, &m->group_capacity, m->group_count + 1, sizeof *m->groups))
        return ndup_fail_nomem(err);
    m->groups[m->group_count++] = (struct ndup_scan_group){row, m->group_names.len, length};
    ndup_buf_append(&m->group_names, name, length);
    return m->group_names.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

static neardup_status scan_json(struct ndup_scan *scan, struct ndup_scan_member *m, uint32_t source,
                                const struct ndup_record *record, size_t number, struct ndup_row *row, char *keep_key,
                                neardup_error *err)
{
    struct ndup_json_record json;
    const char *problem = ndup_json_parse(m->worker->json, record->data, record->text_len, &json);
    if (problem != NULL) {
        if (strcmp(problem, "out of memory") == 0)
            return ndup_fail_nomem(err);
        row->text = (struct ndup_text_id){NDUP_TEXT_INVALID};
        return note_bad(scan, m, source, record->line, problem, err);
    }
    if (json.id != NULL && json.id_len <= NDUP_BLOB_MAX)
        NDUP_TRY(ndup_blob_append(&m->counts->ids, json.id, json.id_len, &row->id, err));
    if (keep_key != NULL && scan->job->options.keep != NEARDUP_KEEP_CONTENT)
        ndup_keep_key(json.keep, json.keep_len, scan->c_locale, keep_key);
    else if (keep_key != NULL)
        ndup_keep_key_of_text(json.text, json.text_len, keep_key);
    if (json.group != NULL)
        NDUP_TRY(note_group(m, (uint32_t)number, json.group, json.group_len, err));
    return scan_text(scan, m, json.text, json.text_len, json.invalid_utf8, row, err);
}

/* Rows are spilled from the start, or from when there are far more of them than the size of the input let expect. */
static neardup_status open_segment_file(struct ndup_scan *scan, neardup_error *err)
{
    pthread_mutex_lock(&scan->lock);
    neardup_status st = NEARDUP_OK;
    if (scan->segment_file < 0)
        st = ndup_scratch_file(scan->job->scratch, &scan->segment_file, err);
    pthread_mutex_unlock(&scan->lock);
    return st;
}

/* Names of groups become numbers, which depend on who comes first until all is read. */
static neardup_status keep_groups(struct ndup_scan *scan, struct ndup_scan_member *m, size_t count,
                                  struct ndup_segment *segment, neardup_error *err)
{
    if (scan->job->options.group_field == NULL)
        return NEARDUP_OK;
    segment->groups = ndup_alloc(count, sizeof *segment->groups);
    if (segment->groups == NULL)
        return ndup_fail_nomem(err);
    memset(segment->groups, 0xFF, count * sizeof *segment->groups);
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&scan->lock);
    for (size_t i = 0; st == NEARDUP_OK && i < m->group_count; i++) {
        const struct ndup_scan_group *g = &m->groups[i];
        st = ndup_groups_number(&scan->job->groups, m->group_names.data + g->begin, g->length, &segment->groups[g->row],
                                err);
    }
    pthread_mutex_unlock(&scan->lock);
    m->group_count = 0;
    ndup_buf_clear(&m->group_names);
    if (st != NEARDUP_OK) {
        free(segment->groups);
        segment->groups = NULL;
    }
    return st;
}

static neardup_status keep_rows(struct ndup_scan *scan, struct ndup_scan_member *m, size_t count,
                                struct ndup_segment *segment, neardup_error *err)
{
    size_t key_bytes = scan->keyed ? count * NDUP_KEEP_KEY : 0;
    segment->count = (uint32_t)count;
    size_t bytes = count * sizeof *m->rows;
    if (scan->job->limits.spill ||
        atomic_fetch_add(&scan->row_bytes, bytes + key_bytes) + bytes + key_bytes > scan->job->limits.row_bytes) {
        NDUP_TRY(open_segment_file(scan, err));
        segment->spilled = atomic_fetch_add(&scan->segment_bytes, bytes + key_bytes);
        NDUP_TRY(ndup_pwrite_all(scan->job->scratch, scan->segment_file, m->rows, bytes, segment->spilled, err));
        return key_bytes == 0 ? NEARDUP_OK
                              : ndup_pwrite_all(scan->job->scratch, scan->segment_file, m->keep_keys, key_bytes,
                                                segment->spilled + bytes, err);
    }
    segment->rows = ndup_alloc(count, sizeof *segment->rows);
    segment->keep_keys = scan->keyed ? ndup_alloc(count, NDUP_KEEP_KEY) : NULL;
    if (segment->rows == NULL || (scan->keyed && segment->keep_keys == NULL)) {
        free(segment->rows);
        free(segment->keep_keys);
        segment->rows = NULL;
        segment->keep_keys = NULL;
        return ndup_fail_nomem(err);
    }
    if (m->rows != NULL)
        memcpy(segment->rows, m->rows, count * sizeof *segment->rows);
    if (m->keep_keys != NULL && scan->keyed)
        memcpy(segment->keep_keys, m->keep_keys, key_bytes);
    return NEARDUP_OK;
}

static neardup_status keep_segment(struct ndup_scan *scan, struct ndup_scan_member *m, size_t count,
                                   struct ndup_segment *segment, neardup_error *err)
{
    NDUP_TRY(keep_groups(scan, m, count, segment, err));
    neardup_status st = keep_rows(scan, m, count, segment, err);
    if (st != NEARDUP_OK) {
        free(segment->groups);
        segment->groups = NULL;
    }
    return st;
}

neardup_status ndup_scan_batch(struct ndup_scan *scan, struct ndup_scan_member *m, uint32_t source,
                               neardup_input_format format, struct ndup_segment *segment, neardup_error *err)
{
    const struct ndup_batch *batch = &m->worker->batch;
    struct ndup_records it;
    struct ndup_record record;
    size_t count = 0;
    ndup_records_begin(&it, batch, format);
    while (ndup_records_next(&it, &record)) {
        if (record.len > UINT32_MAX)
            return ndup_fail(err, NEARDUP_E_LIMIT, "%s: a record of more than 4 GiB",
                             scan->job->files.files[source].name);
        if (!ndup_grow(&m->rows, &m->row_capacity, count + 1, sizeof *m->rows) ||
            (scan->keyed && !ndup_grow(&m->keep_keys, &m->keep_capacity, (count + 1) * NDUP_KEEP_KEY, 1)))
            return ndup_fail_nomem(err);
        struct ndup_row *row = &m->rows[count];
        char *keep_key = scan->keyed ? m->keep_keys + count * NDUP_KEEP_KEY : NULL;
        *row = (struct ndup_row){batch->offset + (uint64_t)(record.data - batch->data),
                                 NDUP_NO_ID,
                                 (uint32_t)record.len,
                                 record.line,
                                 0,
                                 {NDUP_TEXT_NONE}};
        if (keep_key != NULL)
            memset(keep_key, 0, NDUP_KEEP_KEY);
        if (format == NEARDUP_INPUT_JSONL)
            NDUP_TRY(scan_json(scan, m, source, &record, count, row, keep_key, err));
        else
            NDUP_TRY(scan_text(scan, m, record.data, record.text_len, false, row, err));
        if (keep_key != NULL && format != NEARDUP_INPUT_JSONL && scan->job->options.keep == NEARDUP_KEEP_CONTENT)
            ndup_keep_key_of_text(record.data, record.text_len, keep_key);
        count++;
    }
    segment->lines = it.line;
    return keep_segment(scan, m, count, segment, err);
}

neardup_status ndup_scan_empty_file(struct ndup_scan *scan, struct ndup_scan_member *m, struct ndup_segment *segment,
                                    neardup_error *err)
{
    if (!ndup_grow(&m->rows, &m->row_capacity, 1, sizeof *m->rows) ||
        (scan->keyed && !ndup_grow(&m->keep_keys, &m->keep_capacity, NDUP_KEEP_KEY, 1)))
        return ndup_fail_nomem(err);
    m->rows[0] = (struct ndup_row){.id = NDUP_NO_ID, .text = {NDUP_TEXT_EMPTY}};
    if (scan->keyed)
        memset(m->keep_keys, 0, NDUP_KEEP_KEY);
    m->counts->empty++;
    return keep_segment(scan, m, 1, segment, err);
}
