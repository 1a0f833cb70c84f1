/* SPDX-License-Identifier: MIT
 * The rest of a JSON file stays JSON. Cut out as it is, the last record of an array would leave a comma, and the last
 * record of a line of several their line without an end. Both are mended when all cuts of a file are known. */
#include "base/platform.h"

#include "engine/mend_json.h"

#include "base/error.h"
#include "base/mem.h"
#include "input/format_json.h"
#include "input/json_walk.h"

#include <stdlib.h>
#include <string.h>

static bool is_cut(const struct ndup_row *row, const struct ndup_cut_list *list, size_t *cut)
{
    uint64_t end = row->offset + row->length;
    while (*cut < list->count && list->cuts[*cut].end < end)
        ++*cut;
    return *cut < list->count && list->cuts[*cut].begin <= row->offset && row->length > 0 &&
           list->cuts[*cut].insert == NULL;
}

/* Bytes of the record in the worker, with padding. */
static neardup_status read_record(neardup_job *job, uint32_t index, const struct ndup_row *row, neardup_error *err)
{
    struct ndup_worker *w = &job->workers[0];
    if (!ndup_grow(&w->record, &w->record_capacity, (size_t)row->length + NDUP_PADDING, 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read(&job->corpus, &w->opened, index, w->record, row->length, row->offset, err));
    memset(w->record + row->length, 0, NDUP_PADDING);
    return NEARDUP_OK;
}

/* All records after `kept` to the end of its array are cut: so is the comma after it. */
static neardup_status cut_comma(neardup_job *job, uint32_t index, const struct ndup_row *kept, struct ndup_cut *cut,
                                neardup_error *err)
{
    uint64_t end = kept->offset + kept->length;
    NDUP_TRY(read_record(job, index, kept, err));
    const char *record = job->workers[0].record, *after = ndup_json_value_end(record, record + kept->length);
    if (cut->begin == end && ndup_json_has_comma(record, kept->length))
        cut->begin -= (uint64_t)(record + kept->length - after);
    return NEARDUP_OK;
}

static neardup_status mend_array(neardup_job *job, uint32_t index, struct ndup_cut_list *list, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[index];
    struct ndup_column_cursor rows = {.column = job->corpus.rows};
    struct ndup_row kept = {0};
    bool any = false; /* kept, before the current record in its array */
    size_t cut = 0, first = 0;
    neardup_status st = NEARDUP_OK;
    for (uint64_t i = source->first_row; st == NEARDUP_OK && i < source->first_row + source->rows; i++) {
        const struct ndup_row *row = ndup_column_at(&rows, i, err);
        if (row == NULL) {
            st = err != NULL ? err->code : NEARDUP_E_IO;
            break;
        }
        if (!is_cut(row, list, &cut)) {
            kept = *row;
            any = true;
            continue;
        }
        st = read_record(job, index, row, err);
        if (st != NEARDUP_OK || ndup_json_has_comma(job->workers[0].record, row->length))
            continue;
        for (first = cut; any && first > 0 && list->cuts[first - 1].begin >= kept.offset + kept.length;)
            first--;
        if (any)
            st = cut_comma(job, index, &kept, &list->cuts[first], err);
        any = false;
    }
    ndup_column_cursor_free(&rows);
    return st;
}

static neardup_status append(struct ndup_cut_list *list, struct ndup_cut cut, neardup_error *err)
{
    if (!ndup_grow(&list->cuts, &list->capacity, list->count + 1, sizeof *list->cuts))
        return ndup_fail_nomem(err);
    list->cuts[list->count++] = cut;
    return NEARDUP_OK;
}

/* Takes ranges, each of which is in one cut, out of the cuts. Both ascend. */
static neardup_status keep_ranges(struct ndup_cut_list *list, const struct ndup_cut_list *ranges, neardup_error *err)
{
    struct ndup_cut_list rest = {.whole = list->whole};
    neardup_status st = NEARDUP_OK;
    size_t next = 0;
    for (size_t i = 0; st == NEARDUP_OK && i < list->count; i++) {
        struct ndup_cut cut = list->cuts[i];
        for (; next < ranges->count && ranges->cuts[next].begin < cut.end && st == NEARDUP_OK; next++) {
            const struct ndup_cut *kept = &ranges->cuts[next];
            if (cut.begin < kept->begin)
                st = append(&rest, (struct ndup_cut){.begin = cut.begin, .end = kept->begin}, err);
            cut.begin = kept->end;
        }
        if (st == NEARDUP_OK && (cut.begin < cut.end || cut.insert != NULL))
            st = append(&rest, cut, err);
    }
    if (st != NEARDUP_OK) {
        free(rest.cuts);
        return st;
    }
    free(list->cuts);
    *list = rest;
    return NEARDUP_OK;
}

/* The last record of a line was cut, and others of the line were not: the end of the line is added to `ranges`. */
static neardup_status keep_line_end(neardup_job *job, uint32_t index, const struct ndup_row *row,
                                    struct ndup_cut_list *ranges, neardup_error *err)
{
    char last[2] = {0};
    uint32_t n = row->length < 2 ? row->length : 2;
    uint64_t end = row->offset + row->length;
    NDUP_TRY(ndup_corpus_read(&job->corpus, &job->workers[0].opened, index, last + 2 - n, n, end - n, err));
    if (last[1] != '\n')
        return NEARDUP_OK;
    return append(ranges, (struct ndup_cut){.begin = end - (last[0] == '\r' ? 2 : 1), .end = end}, err);
}

static neardup_status find_line_ends(neardup_job *job, uint32_t index, const struct ndup_cut_list *list,
                                     struct ndup_column_cursor *rows, struct ndup_cut_list *ranges, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[index];
    struct ndup_row last = {0};
    bool any = false, last_cut = false; /* any record of the line is kept; its last one is cut */
    size_t cut = 0;
    for (uint64_t i = source->first_row; i < source->first_row + source->rows; i++) {
        const struct ndup_row *row = ndup_column_at(rows, i, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        if (row->line != last.line) {
            if (any && last_cut)
                NDUP_TRY(keep_line_end(job, index, &last, ranges, err));
            any = false;
        }
        last_cut = is_cut(row, list, &cut);
        any = any || !last_cut;
        last = *row;
    }
    return any && last_cut ? keep_line_end(job, index, &last, ranges, err) : NEARDUP_OK;
}

static neardup_status mend_lines(neardup_job *job, uint32_t index, struct ndup_cut_list *list, neardup_error *err)
{
    struct ndup_column_cursor rows = {.column = job->corpus.rows};
    struct ndup_cut_list ranges = {0};
    neardup_status st = find_line_ends(job, index, list, &rows, &ranges, err);
    if (st == NEARDUP_OK && ranges.count > 0)
        st = keep_ranges(list, &ranges, err);
    ndup_column_cursor_free(&rows);
    free(ranges.cuts);
    return st;
}

neardup_status ndup_mend_json(neardup_job *job, uint32_t index, struct ndup_cut_list *list, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[index];
    if (list->count == 0)
        return NEARDUP_OK;
    if (source->format == &ndup_input_json_array)
        return mend_array(job, index, list, err);
    return source->split_lines ? mend_lines(job, index, list, err) : NEARDUP_OK;
}
