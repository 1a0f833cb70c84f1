/* SPDX-License-Identifier: MIT
 * After the reading pass: was enough read, and do the fields exist that the options name? The check is before the first result,
 * so that a run that fails it writes nothing. The message says which fields the records do have: the usual mistake is
 * the name of a field. */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "engine/phases.h"
#include "engine/pipeline.h"
#include "input/field_path.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Records are surveyed in the first batch of the first sources only: which ones they are then depends on the input
 * alone, and no corpus is read twice as slowly because a field is rare in it. */
#define SURVEYED_SOURCES 64u
#define SURVEYED_RECORDS 1000u
/* Bytes of a message for fields and for reasons; it has 511 in all. */
#define SHOWN_FIELDS  200u
#define SHOWN_REASONS 200u

/* ---- while reading: all threads at once ---- */

void ndup_seen_free(struct ndup_seen *seen)
{
    ndup_survey_free(&seen->survey);
}

static bool is_number_in_quotes(const char *raw, size_t length)
{
    char text[64], *end;
    if (length < 3 || length > sizeof text || strspn(raw + 1, "+-.0123456789eE") != length - 2)
        return false;
    memcpy(text, raw + 1, length - 2);
    text[length - 2] = '\0';
    (void)strtod(text, &end);
    return *end == '\0';
}

static void count_keep(struct ndup_seen *seen, const struct ndup_document *d)
{
    if (d->keep == NULL)
        return;
    if (d->keep[0] != '"') {
        seen->keep_numbers++;
        return;
    }
    seen->keep_strings++;
    seen->keep_number_strings += is_number_in_quotes(d->keep, d->keep_length);
}

/* Records need not have the default id field. */
static bool wants_id(const struct ndup_fields *fields)
{
    return strcmp(fields->id, "id") != 0;
}

static bool lacks_field(const struct ndup_fields *fields, const struct ndup_document *d)
{
    if (d->problem != NULL)
        return d->no_text;
    return d->no_texts != 0 || (fields->keep != NULL && d->keep == NULL) ||
           (fields->group != NULL && d->group == NULL) || (d->id == NULL && wants_id(fields));
}

neardup_status ndup_seen_document(neardup_job *job, struct ndup_seen *seen, const struct ndup_task *task,
                                  const struct ndup_document *d, neardup_error *err)
{
    const struct ndup_corpus_source *source = &job->corpus.sources[task->source];
    if (!source->file->reference) {
        seen->ids += d->id != NULL;
        seen->groups += d->group != NULL;
        if (d->problem == NULL)
            seen->texts |= (uint8_t)~d->no_texts;
        count_keep(seen, d);
    }
    if (NDUP_LIKELY(!lacks_field(&job->fields, d)) || !source->format->annotates || task->batch->number > 0 ||
        task->source >= SURVEYED_SOURCES || seen->surveyed >= SURVEYED_RECORDS)
        return NEARDUP_OK;
    seen->surveyed++;
    return ndup_survey_add(&seen->survey, d->record, d->length, err);
}

/* ---- invalid records by reason ---- */

neardup_status ndup_job_count_invalid(neardup_job *job, const struct ndup_invalid *records, neardup_error *err)
{
    struct ndup_invalid_list *l = &job->invalid;
    for (size_t i = l->count; i > 0 && l->list[i - 1].source == records->source; i--) {
        if (strcmp(l->list[i - 1].reason, records->reason) != 0)
            continue;
        l->list[i - 1].count += records->count;
        return NEARDUP_OK;
    }
    if (!ndup_grow(&l->list, &l->capacity, l->count + 1, sizeof *l->list))
        return ndup_fail_nomem(err);
    l->list[l->count++] = *records;
    return NEARDUP_OK;
}

const char *ndup_invalid_reason(const struct ndup_invalid *record, char text[NDUP_REASON_BYTES])
{
    char place[64] = "";
    if (record->offset > 0)
        snprintf(place, sizeof place, " (it begins at byte %" PRIu64 ")", record->offset - 1);
    if (record->lines == 0 && record->offset == 0)
        return record->reason;
    if (record->lines == 0)
        snprintf(text, NDUP_REASON_BYTES, "%s%s", record->reason, place);
    else
        snprintf(text, NDUP_REASON_BYTES, "%s%s; nothing was understood from line %" PRIu64 " to line %" PRIu64,
                 record->reason, place, record->line, record->line + record->lines - 1);
    return text;
}

static int by_place(const void *left, const void *right)
{
    const struct ndup_invalid *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return strcmp(a->reason, b->reason);
}

static neardup_status report_invalid(neardup_job *job, neardup_error *err)
{
    struct ndup_invalid_list *l = &job->invalid;
    if (l->count > 1)
        qsort(l->list, l->count, sizeof *l->list, by_place);
    for (size_t i = 0; job->callbacks.invalid != NULL && i < l->count; i++) {
        const struct ndup_invalid *n = &l->list[i];
        char text[NDUP_REASON_BYTES];
        if (!job->callbacks.invalid(job->callbacks.context, job->corpus.sources[n->source].file->name, n->line,
                                    ndup_invalid_reason(n, text), n->count))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

/* ---- was enough read? ---- */

/* Which sources are judged together: what a user named as one thing. */
enum group_kind { ALL_INPUTS, ONE_INPUT, REFERENCES, ONE_SPLIT };

struct group {
    enum group_kind kind;
    uint32_t number; /* of the input or the split */
    struct ndup_seen_records seen;
};

static bool is_in(const struct group *g, const struct ndup_file *file)
{
    if (g->kind == ONE_INPUT)
        return file->input == g->number;
    if (g->kind == ONE_SPLIT)
        return file->split == g->number;
    return file->reference == (g->kind == REFERENCES);
}

static void put_name(const neardup_job *job, const struct group *g, struct ndup_buf *to)
{
    const char *path = g->kind == ONE_INPUT ? job->inputs[g->number].path : NULL;
    if (path != NULL && strcmp(path, "-") != 0)
        ndup_buf_printf(to, " of '%.100s'", path);
    else if (path != NULL)
        ndup_buf_append_str(to, " of standard input");
    else if (g->kind == REFERENCES)
        ndup_buf_append_str(to, " of the references");
    else if (g->kind == ONE_SPLIT)
        ndup_buf_printf(to, " of split '%.60s'", job->splits[g->number]);
}

static int most_first(const void *left, const void *right)
{
    const struct ndup_invalid *a = left, *b = right;
    return a->count != b->count ? (a->count > b->count ? -1 : 1) : strcmp(a->reason, b->reason);
}

/* The reasons of a group, most frequent first. There are some dozens in all. */
static neardup_status collect_reasons(const neardup_job *job, const struct group *g, struct ndup_invalid_list *out,
                                      neardup_error *err)
{
    for (size_t i = 0; i < job->invalid.count; i++) {
        const struct ndup_invalid *n = &job->invalid.list[i];
        size_t k = 0;
        if (ndup_is_stray_problem(n->reason) || !is_in(g, job->corpus.sources[n->source].file))
            continue; /* these texts were read */
        while (k < out->count && strcmp(out->list[k].reason, n->reason) != 0)
            k++;
        if (!ndup_grow(&out->list, &out->capacity, k + 1, sizeof *out->list))
            return ndup_fail_nomem(err);
        if (k == out->count)
            out->list[out->count++] = (struct ndup_invalid){.reason = n->reason};
        out->list[k].count += n->count;
    }
    if (out->count > 1)
        qsort(out->list, out->count, sizeof *out->list, most_first);
    return NEARDUP_OK;
}

static void put_reasons(const struct ndup_invalid_list *reasons, struct ndup_buf *to)
{
    size_t begin = to->len;
    for (size_t i = 0; i < reasons->count; i++) {
        const struct ndup_invalid *n = &reasons->list[i];
        if (i > 0 && to->len - begin + strlen(n->reason) > SHOWN_REASONS) {
            ndup_buf_append_str(to, ", ...");
            return;
        }
        ndup_buf_printf(to, "%s%s", i > 0 ? ", " : "", n->reason);
        if (reasons->count > 1) {
            ndup_buf_append_str(to, " (");
            ndup_buf_append_count(to, n->count);
            ndup_buf_append_str(to, ")");
        }
    }
}

static neardup_status merge_surveys(const neardup_job *job, struct ndup_survey *to, neardup_error *err)
{
    for (unsigned t = 0; t < ndup_pool_threads(job->pool); t++)
        NDUP_TRY(ndup_survey_merge(to, &job->workers[t].seen.survey, err));
    ndup_survey_sort(to);
    return NEARDUP_OK;
}

/* "; fields: body (string, 100 %), id (number, 100 %)" */
static void put_fields(const struct ndup_survey *survey, struct ndup_buf *to)
{
    if (survey->count == 0)
        return;
    ndup_buf_append_str(to, "; fields: ");
    ndup_survey_list(survey, SHOWN_FIELDS, to);
}

static void put_share(struct ndup_buf *to, uint64_t part, uint64_t whole)
{
    ndup_buf_append_count(to, part);
    ndup_buf_append_str(to, " of ");
    ndup_buf_append_count(to, whole);
    ndup_buf_append_str(to, " records");
}

static bool is_about_field(const struct ndup_invalid *n)
{
    return n->reason == ndup_no_text_field || n->reason == ndup_text_not_string;
}

/* The part of a path that is an array of objects, as in "data[].text": 6. 0: there is none, or jq would read it in another way. A
 * dump is often one object with its records in an array; with this path as the text field they would be one document. */
static size_t length_to_list(const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    size_t length = strspn(path, plain);
    return length > 0 && strncmp(path + length, "[].", 3) == 0 && (path[0] < '0' || path[0] > '9') ? length + 2 : 0;
}

/* Most records have no text: the field has another name. Records that could not be understood have no fields to count. */
static neardup_status put_missing_text(const neardup_job *job, const struct group *g,
                                       const struct ndup_invalid_list *reasons, struct ndup_buf *to, neardup_error *err)
{
    struct ndup_survey survey = {0};
    struct ndup_invalid_list others = {0};
    const struct ndup_invalid *reason = reasons->list;
    uint64_t understood = g->seen.records;
    neardup_status st = merge_surveys(job, &survey, err);
    const char *text = ndup_survey_text(&survey), *near = ndup_survey_nearest(&survey, job->fields.text);
    for (size_t i = 0; i < reasons->count; i++) {
        if (is_about_field(&reasons->list[i]))
            continue;
        understood -= reasons->list[i].count;
        if (!ndup_grow(&others.list, &others.capacity, others.count + 1, sizeof *others.list))
            st = ndup_fail_nomem(err);
        else
            others.list[others.count++] = reasons->list[i];
    }
    ndup_buf_printf(to, "text field \"%.80s\" is ", job->fields.text);
    bool missing = reason->reason == ndup_no_text_field;
    ndup_buf_append_str(to, missing ? "in " : "not a string in ");
    put_share(to, missing ? understood - reason->count : reason->count, understood);
    put_fields(&survey, to);
    if (near != NULL && (strcmp(near, job->fields.text) == 0 || reason->reason != ndup_no_text_field))
        near = NULL;
    if (near != NULL)
        text = near;
    if (text != NULL)
        ndup_buf_printf(to, "; try `text_field` %s%s%s", strpbrk(text, "[]\\, $'\"*?") != NULL ? "'" : "", text,
                        strpbrk(text, "[]\\, $'\"*?") != NULL ? "'" : "");
    size_t list = text != NULL && survey.records == 1 ? length_to_list(text) : 0;
    if (list > 0)
        ndup_buf_printf(to,
                        "; that makes one document: if each element of %.*s is a document, make records of them first: "
                        "jq -c '.%.*s' FILE > FILE.jsonl",
                        (int)list, text, (int)list, text);
    if (others.count > 0) {
        ndup_buf_append_str(to, "; ");
        ndup_buf_append_count(to, g->seen.records - understood);
        ndup_buf_append_str(to, g->seen.records - understood == 1 ? " other record: " : " other records: ");
        put_reasons(&others, to);
    }
    free(others.list);
    ndup_survey_free(&survey);
    return st;
}

static bool exceeds(const neardup_job *job, uint64_t part, uint64_t whole)
{
    return (double)part > job->options.max_unreadable * (double)whole;
}

static neardup_status fail_group(const neardup_job *job, const struct group *g, neardup_error *err)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    struct ndup_invalid_list reasons = {0};
    bool garbled = g->seen.invalid < g->seen.records && !exceeds(job, g->seen.invalid, g->seen.records);
    if (g->seen.invalid == g->seen.records)
        ndup_buf_append_str(&text, "no record");
    else if (garbled)
        ndup_buf_printf(&text, "%.0f %% of the bytes", 100 * (double)g->seen.garbled / (double)g->seen.bytes);
    else
        put_share(&text, g->seen.invalid, g->seen.records);
    put_name(job, g, &text);
    if (g->seen.invalid == g->seen.records)
        ndup_buf_append_str(&text, " could be read: ");
    else
        ndup_buf_printf(&text, " could not be %s, more than %g %%: ", garbled ? "understood" : "read",
                        100 * job->options.max_unreadable);
    neardup_status st = collect_reasons(job, g, &reasons, err);
    const struct ndup_invalid *first = reasons.count > 0 ? reasons.list : NULL;
    if (st == NEARDUP_OK && !garbled && first != NULL && is_about_field(first))
        st = put_missing_text(job, g, &reasons, &text, err);
    else if (st == NEARDUP_OK)
        put_reasons(&reasons, &text);
    ndup_buf_append(&text, "", 1);
    bool advised = !text.failed && memchr(text.data, '`', text.len) != NULL;
    if (st == NEARDUP_OK)
        st = text.failed ? ndup_fail_nomem(err) : ndup_fail(err, NEARDUP_E_FORMAT, "%s", text.data);
    /* Where the right option is named, to accept records unread is the wrong one. */
    if (st == NEARDUP_E_FORMAT && !advised)
        ndup_advise(err, g->seen.invalid == g->seen.records
                             ? "`max_unreadable` 1 accepts inputs without a readable record"
                             : "`max_unreadable` accepts more invalid records");
    ndup_buf_free(&text);
    free(reasons.list);
    return st;
}

/* An input of which nothing was read is never what its user meant. Of the inputs together a share may be missing. Where a
 * bracket or quote is missing, one record can hide most of a file: then bytes count. */
static neardup_status check_group(const neardup_job *job, const struct group *g, neardup_error *err)
{
    bool nothing = g->seen.records > 0 && g->seen.invalid == g->seen.records;
    bool little = g->kind != ONE_INPUT &&
                  (exceeds(job, g->seen.invalid, g->seen.records) || exceeds(job, g->seen.garbled, g->seen.bytes));
    return nothing || little ? fail_group(job, g, err) : NEARDUP_OK;
}

static neardup_status check_groups(const neardup_job *job, struct group *groups, size_t count, neardup_error *err)
{
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < job->corpus.source_count; i++) {
            const struct ndup_corpus_source *source = &job->corpus.sources[i];
            bool is = is_in(&groups[k], source->file);
            if (is)
                ndup_seen_records_add(&groups[k].seen, &source->seen);
        }
        NDUP_TRY(check_group(job, &groups[k], err));
    }
    return NEARDUP_OK;
}

/* One pass over the sources for all inputs: there can be many of both. */
static neardup_status check_inputs(const neardup_job *job, neardup_error *err)
{
    struct group *inputs = ndup_calloc(job->input_count, sizeof *inputs);
    neardup_status st = NEARDUP_OK;
    if (inputs == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < job->corpus.source_count; i++) {
        const struct ndup_corpus_source *source = &job->corpus.sources[i];
        /* Of a hundred files that the shell named, one may be damaged. */
        if (source->problem == NULL)
            ndup_seen_records_add(&inputs[source->file->input].seen, &source->seen);
    }
    for (uint32_t i = 0; st == NEARDUP_OK && i < job->input_count; i++) {
        inputs[i].kind = ONE_INPUT;
        inputs[i].number = i;
        st = check_group(job, &inputs[i], err);
    }
    free(inputs);
    return st;
}

static neardup_status check_splits(const neardup_job *job, neardup_error *err)
{
    for (uint32_t i = 0; i < job->split_count; i++)
        NDUP_TRY(check_groups(job, &(struct group){.kind = ONE_SPLIT, .number = i}, 1, err));
    return NEARDUP_OK;
}

static neardup_status check_share(const neardup_job *job, neardup_error *err)
{
    struct group all[] = {{.kind = ALL_INPUTS}, {.kind = REFERENCES}};
    if (job->invalid.count == 0 || job->options.max_unreadable >= 1)
        return NEARDUP_OK;
    NDUP_TRY(check_inputs(job, err));
    NDUP_TRY(check_groups(job, all, 2, err));
    return check_splits(job, err);
}

/* ---- do the fields exist? ---- */

static neardup_status fail_field(const neardup_job *job, const char *option, const char *name, const char *what,
                                 neardup_error *err)
{
    struct ndup_survey survey = {0};
    struct ndup_buf text = NDUP_BUF_INIT;
    neardup_status st = merge_surveys(job, &survey, err);
    const char *near = ndup_survey_nearest(&survey, name);
    ndup_buf_printf(&text, "no record has a%s field '%.80s' (%s", what, name, option);
    put_fields(&survey, &text);
    ndup_buf_append_str(&text, ")");
    if (near != NULL && strcmp(near, name) != 0)
        ndup_buf_printf(&text, "; did you mean '%.80s'?", near);
    ndup_buf_append(&text, "", 1);
    if (st == NEARDUP_OK)
        st = text.failed ? ndup_fail_nomem(err) : ndup_fail(err, NEARDUP_E_FORMAT, "%s", text.data);
    ndup_buf_free(&text);
    ndup_survey_free(&survey);
    return st;
}

static neardup_status check_keep(const neardup_job *job, const struct ndup_seen *seen, neardup_error *err)
{
    const char *option = job->options.keep == NEARDUP_KEEP_MAX ? "`keep` max" : "`keep` min";
    if (job->fields.keep == NULL || seen->keep_numbers > 0)
        return NEARDUP_OK;
    if (seen->keep_strings == 0)
        return fail_field(job, option, job->fields.keep, " number or string in", err);
    /* "10" is before "9". Dates and names are compared as strings on purpose. */
    if (seen->keep_number_strings == seen->keep_strings)
        return ndup_fail(
            err, NEARDUP_E_FORMAT,
            "field '%.80s' (%s) is never a number: all its numbers are in quotes, and strings are compared "
            "letter by letter",
            job->fields.keep, option);
    return NEARDUP_OK;
}

/* A text of several fields, of which a record need not have all. One that no record has is a wrong name: documents that
 * differ in nothing but this field would be removed. */
static neardup_status check_texts(const neardup_job *job, uint8_t seen, neardup_error *err)
{
    struct ndup_field_path paths[NDUP_PATHS];
    size_t count;
    if (seen == UINT8_MAX)
        return NEARDUP_OK;
    NDUP_TRY(ndup_field_paths(job->fields.text, true, paths, &count, err));
    for (size_t i = 0; i < count; i++) {
        if ((seen >> i & 1) == 0)
            return fail_field(job, "`text_field`", paths[i].plain, "", err);
    }
    return NEARDUP_OK;
}

static neardup_status check_fields(const neardup_job *job, neardup_error *err)
{
    struct ndup_seen all = {0};
    for (unsigned t = 0; t < ndup_pool_threads(job->pool); t++) {
        const struct ndup_seen *seen = &job->workers[t].seen;
        all.ids += seen->ids;
        all.groups += seen->groups;
        all.texts |= seen->texts;
        all.keep_numbers += seen->keep_numbers;
        all.keep_strings += seen->keep_strings;
        all.keep_number_strings += seen->keep_number_strings;
    }
    if (job->summary.documents == 0)
        return NEARDUP_OK;
    NDUP_TRY(check_texts(job, all.texts, err));
    NDUP_TRY(check_keep(job, &all, err));
    if (job->fields.group != NULL && all.groups == 0)
        return fail_field(job, "`group_field`", job->fields.group, "", err);
    if (all.ids == 0 && wants_id(&job->fields))
        return fail_field(job, "`id_field`", job->fields.id, "", err);
    return NEARDUP_OK;
}

/* Then the result is the one without references: a folder that was not filled yet would pass for one without copies. A
 * file of them that could not be read was reported. */
static neardup_status note_empty_reference(neardup_job *job, neardup_error *err)
{
    const struct ndup_corpus *c = &job->corpus;
    bool given = false, failed = false;
    for (size_t i = 0; i < job->input_count; i++)
        given = given || job->inputs[i].reference;
    for (size_t i = c->own_sources; i < c->source_count; i++)
        failed = failed || c->sources[i].failed;
    if (!given || failed || job->summary.reference_documents > 0)
        return NEARDUP_OK;
    return ndup_job_note(job, NEARDUP_WARNING, NULL, 0, "the reference has no documents: nothing is compared with it",
                         err);
}

neardup_status ndup_job_check_read(neardup_job *job, neardup_error *err)
{
    NDUP_TRY(report_invalid(job, err));
    NDUP_TRY(ndup_job_report_skipped(job, err));
    for (size_t i = 0; i < job->corpus.source_count; i++)
        job->summary.garbled_bytes += job->corpus.sources[i].seen.garbled;
    for (size_t i = 0; i < job->corpus.own_sources; i++)
        job->summary.other_records += job->corpus.sources[i].seen.others;
    NDUP_TRY(check_share(job, err));
    NDUP_TRY(note_empty_reference(job, err));
    if (job->summary.records == 0 && job->summary.failed_files > 0)
        return ndup_fail(err, NEARDUP_E_FORMAT, "no record was read: none of the inputs could be read");
    if (job->summary.records == 0)
        return ndup_job_note(job, NEARDUP_WARNING, NULL, 0,
                             job->summary.other_records > 0 ? "the input has no documents: none of its records is text"
                                                            : "the input is empty: it has no records",
                             err);
    return check_fields(job, err);
}
