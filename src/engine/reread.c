/* SPDX-License-Identifier: MIT
 * Documents that are read a second time: by their row, which is where verification and cutting come from, and by their
 * place, for those who have only a report.
 *
 * Shingle sets would cost 8 bytes per word in memory or on disk; reading and tokenising the few documents that have
 * candidates again costs less than writing the sets of all. */
#include "base/platform.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sys.h"
#include "base/utf8_check.h"
#include "engine/phases.h"
#include "engine/pipeline.h"
#include "engine/reread.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- by row ---- */

static neardup_status fail_changed(const neardup_job *job, uint32_t source, const struct ndup_row *row,
                                   const char *problem, neardup_error *err)
{
    return ndup_fail(err, NEARDUP_E_IO, "%s:%u: the record changed while the file was being read%s%s",
                     job->corpus.sources[source].file->name, row->line, problem != NULL ? ": " : "",
                     problem != NULL ? problem : "");
}

neardup_status ndup_job_find_text(neardup_job *job, struct ndup_worker *w, uint32_t source, const struct ndup_row *row,
                                  const char *record, struct ndup_document *d, neardup_error *err)
{
    const struct ndup_corpus_source *s = &job->corpus.sources[source];
    NDUP_TRY(ndup_parser_reread(&w->parser, s->format, s->head, record, row->length, d, err));
    return d->problem == NULL ? NEARDUP_OK : fail_changed(job, source, row, d->problem, err);
}

neardup_status ndup_job_read_document(neardup_job *job, struct ndup_worker *w, uint64_t index,
                                      const struct ndup_row *row, struct ndup_document *d, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    uint32_t source = ndup_corpus_source_of(c, index);
    if (!ndup_grow(&w->record, &w->record_capacity, (size_t)row->length + NDUP_PADDING, 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read(c, &w->opened, source, w->record, row->length, row->offset, err));
    memset(w->record + row->length, 0, NDUP_PADDING);
    return ndup_job_find_text(job, w, source, row, w->record, d, err);
}

neardup_status ndup_job_read_text(neardup_job *job, struct ndup_worker *w, uint64_t index, const char **text,
                                  size_t *length, neardup_error *err)
{
    struct ndup_row row;
    struct ndup_document d;
    NDUP_TRY(ndup_corpus_row(&job->corpus, index, &row, err));
    NDUP_TRY(ndup_job_read_document(job, w, index, &row, &d, err));
    *text = d.text;
    *length = d.text_length;
    return NEARDUP_OK;
}

/* The document is made again for each of its paragraphs: a web page takes about as long as its paragraphs took to compare. */
static neardup_status read_derived_paragraph(neardup_job *job, struct ndup_worker *w, const struct ndup_row *row,
                                             const struct ndup_paragraph_row *part, const char **text, size_t *length,
                                             neardup_error *err)
{
    struct ndup_document d;
    NDUP_TRY(ndup_job_read_document(job, w, part->document, row, &d, err));
    if ((uint64_t)part->begin + part->length > d.text_length)
        return fail_changed(job, ndup_corpus_source_of(&job->corpus, part->document), row, NULL, err);
    *text = d.text + part->begin;
    *length = part->length;
    return NEARDUP_OK;
}

/* Without its record: of a document of a hundred megabytes a paragraph is read as if it were alone. */
neardup_status ndup_job_read_paragraph(neardup_job *job, struct ndup_worker *w, const struct ndup_paragraph_row *part,
                                       const char **text, size_t *length, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    struct ndup_row row;
    NDUP_TRY(ndup_corpus_row(c, part->document, &row, err));
    uint32_t source = ndup_corpus_source_of(c, part->document);
    if (ndup_format_derives(c->sources[source].format, &job->fields))
        return read_derived_paragraph(job, w, &row, part, text, length, err);
    if (!ndup_grow(&w->record, &w->record_capacity, (size_t)part->raw_length + NDUP_PADDING, 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read(c, &w->opened, source, w->record, part->raw_length, row.offset + part->raw_begin, err));
    memset(w->record + part->raw_length, 0, NDUP_PADDING);
    NDUP_TRY(ndup_parser_piece(&w->parser, c->sources[source].format, w->record, part->raw_length, part->length, text,
                               length, err));
    return *text != NULL ? NEARDUP_OK : fail_changed(job, source, &row, NULL, err);
}

/* Of the tokens. */
static unsigned wanted(const struct ndup_load_context *l)
{
    return l->public_hashes ? NDUP_KEYED : NDUP_DECIDE | NDUP_NUMBERS;
}

static neardup_status load_document(const struct ndup_load_context *l, struct ndup_worker *w, uint64_t item,
                                    struct ndup_loaded *out, neardup_error *err)
{
    const char *text = NULL;
    size_t length = 0;
    struct ndup_tokens tokens;
    NDUP_TRY(ndup_job_read_text(l->job, w, item, &text, &length, err));
    NDUP_TRY(ndup_text_tokenise(w->text, text, length, wanted(l), &tokens, err));
    NDUP_TRY(ndup_text_shingle_keyed(w->text, tokens.keyed, tokens.count, &out->hashes, &out->count, err));
    NDUP_TRY(
        ndup_text_frame(w->text, tokens.keyed, tokens.count, tokens.numbers, tokens.number_count, &out->frame, err));
    return l->public_hashes
               ? ndup_text_shingle(w->text, tokens.hash, tokens.count, &out->public_hashes, &out->count, err)
               : NEARDUP_OK;
}

static neardup_status load_part(const struct ndup_load_context *l, struct ndup_worker *w, uint64_t item,
                                struct ndup_loaded *out, neardup_error *err)
{
    struct ndup_paragraph_row row;
    const char *text = NULL;
    size_t length = 0;
    struct ndup_part_tokens tokens;
    NDUP_TRY(ndup_column_get(l->texts->paragraphs, item, &row, err));
    /* These are compared for equality only, also where all texts are joined. */
    *out = (struct ndup_loaded){0};
    if (row.kind != NDUP_PARAGRAPH_PLAIN || row.tokens < l->job->options.min_tokens)
        return NEARDUP_OK;
    NDUP_TRY(ndup_job_read_paragraph(l->job, w, &row, &text, &length, err));
    NDUP_TRY(ndup_part_tokenise(w->part, w->part_text, text, length, l->job->options.inside_documents, wanted(l),
                                &tokens, err));
    NDUP_TRY(ndup_text_shingle_keyed(w->part_text, tokens.keyed, tokens.count, &out->hashes, &out->count, err));
    NDUP_TRY(ndup_text_frame(w->part_text, tokens.keyed, tokens.count, tokens.numbers, tokens.number_count, &out->frame,
                             err));
    return l->public_hashes
               ? ndup_text_shingle(w->part_text, tokens.hash, tokens.count, &out->public_hashes, &out->count, err)
               : NEARDUP_OK;
}

neardup_status ndup_job_load(void *context, unsigned member, struct ndup_rank rank, struct ndup_loaded *out,
                             neardup_error *err)
{
    const struct ndup_load_context *l = context;
    struct ndup_worker *w = &l->job->workers[member];
    uint64_t item = ndup_texts_first_item(l->texts, rank);
    return l->texts->paragraphs == NULL ? load_document(l, w, item, out, err) : load_part(l, w, item, out, err);
}

/* ---- places of reports become places of sources ---- */

struct named {
    const char *name;
    uint32_t source;
};

struct feed_names {
    struct named *list; /* by name */
    size_t count;
    struct ndup_buf shown; /* names as reports have them, each with its NUL, where they differ from the real ones */
};

static int by_name(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : a->source < b->source ? -1 : a->source > b->source;
}

/* Appends the name with U+FFFD for what is not UTF-8; false, and nothing appended, if that changes nothing. */
static bool show_name(struct ndup_buf *buf, const char *name)
{
    size_t length = strlen(name), from = buf->len;
    bool changed = false, valid;
    for (size_t at = 0, n; at < length; at += n) {
        n = ndup_utf8_measure(name + at, length - at, &valid);
        changed = changed || !valid;
        if (valid)
            ndup_buf_append(buf, name + at, n);
        else
            ndup_buf_append_str(buf, "\xef\xbf\xbd");
    }
    ndup_buf_append(buf, "", 1);
    if (!changed)
        buf->len = from;
    return changed;
}

static neardup_status names_fill(struct feed_names *names, const neardup_job *job, neardup_error *err)
{
    size_t files = job->corpus.source_count;
    names->list = ndup_alloc(2 * files, sizeof *names->list);
    size_t *shown_at = ndup_alloc(files, sizeof *shown_at);
    if (names->list == NULL || shown_at == NULL) {
        free(shown_at);
        return ndup_fail_nomem(err);
    }
    for (size_t i = 0; i < files; i++) {
        shown_at[i] = names->shown.len;
        if (!show_name(&names->shown, job->corpus.sources[i].file->name))
            shown_at[i] = SIZE_MAX;
        names->list[names->count++] = (struct named){job->corpus.sources[i].file->name, (uint32_t)i};
    }
    for (size_t i = 0; i < files && !names->shown.failed; i++) {
        if (shown_at[i] != SIZE_MAX)
            names->list[names->count++] = (struct named){names->shown.data + shown_at[i], (uint32_t)i};
    }
    free(shown_at);
    qsort(names->list, names->count, sizeof *names->list, by_name);
    return names->shown.failed ? ndup_fail_nomem(err) : NEARDUP_OK;
}

/* The first file of that name; two can only be shown alike. */
static const struct named *find_name(const struct feed_names *names, const char *name)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(names->list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && strcmp(names->list[low].name, name) == 0 ? &names->list[low] : NULL;
}

static int by_place(const void *left, const void *right)
{
    const struct ndup_wanted *a = left, *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

neardup_status ndup_reading_places(const neardup_job *job, const neardup_read_options *reading,
                                   struct ndup_wanted **out, size_t *count, neardup_error *err)
{
    struct feed_names names = {.list = NULL};
    *out = NULL;
    *count = 0;
    struct ndup_wanted *list = ndup_alloc(reading->count, sizeof *list);
    if (list == NULL)
        return ndup_fail_nomem(err);
    neardup_status st = names_fill(&names, job, err);
    for (size_t i = 0; st == NEARDUP_OK && i < reading->count; i++) {
        const neardup_place *p = &reading->places[i];
        const struct named *found = p->file != NULL ? find_name(&names, p->file) : NULL;
        if (found != NULL)
            list[(*count)++] = (struct ndup_wanted){found->source, p->line, i};
    }
    free(names.list);
    ndup_buf_free(&names.shown);
    if (st != NEARDUP_OK) {
        free(list);
        return st;
    }
    qsort(list, *count, sizeof *list, by_place);
    *out = list;
    return NEARDUP_OK;
}

/* ---- by place ----
 * Every thread takes the next source that has some places, and holds what it finds until the sources before it are done,
 * or until that is too much: then it waits for its turn. */

/* Bytes of texts that a thread holds before its turn. Beyond, it waits. Part of THREAD_BYTES in limits.c; not swept. */
#define HELD_BYTES ((size_t)4 << 20)

struct places { /* of a source; in order */
    uint32_t source;
    size_t first, count;
};

struct found { /* a text, or what is wrong with the record there */
    size_t index, id, id_length, text, text_length;
    uint64_t line;
    const char *problem; /* static */
};

struct reread_member {
    struct reread *reread;
    unsigned number;
    struct ndup_task *task;
    const struct places *places; /* of the current source */
    size_t at;                   /* the next one of them */
    struct found *found;
    size_t count, capacity;
    struct ndup_buf held; /* ids and texts */
};

struct reread {
    neardup_job *job;
    const neardup_read_options *wanted;
    struct ndup_pipeline pipeline;
    struct ndup_wanted *list;
    struct places *sources;
    size_t source_count;
    struct reread_member *members;
    uint64_t documents; /* in turn */
};

/* NULL: nothing is wanted of the source. */
static const struct places *places_of(const struct reread *r, uint32_t source)
{
    size_t low = 0, high = r->source_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->sources[middle].source < source)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->source_count && r->sources[low].source == source ? &r->sources[low] : NULL;
}

static bool has_no_places(const void *context, uint32_t source)
{
    return places_of(context, source) == NULL;
}

/* ---- in turn ---- */

static neardup_status report_found(struct reread *r, struct reread_member *m, neardup_error *err)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct found *f = &m->found[i];
        if (f->problem != NULL) {
            NDUP_TRY(ndup_pipeline_report_bad(&r->pipeline, m->task, f->line, 0, f->problem, err));
            continue;
        }
        r->documents++;
        if (!r->wanted->text(r->wanted->context, f->index, f->id_length > 0 ? m->held.data + f->id : NULL, f->id_length,
                             m->held.data + f->text, f->text_length))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

/* Reports what the member holds, if it is its turn, or if it must be now. */
static neardup_status report(struct reread *r, struct reread_member *m, neardup_error *err)
{
    if (!m->task->last && m->held.len < HELD_BYTES && !ndup_pipeline_is_turn(&r->pipeline, m->task))
        return NEARDUP_OK;
    neardup_status st = ndup_pipeline_turn(&r->pipeline, m->task) ? report_found(r, m, err) : NEARDUP_OK;
    st = ndup_pipeline_done(&r->pipeline, m->task, m->task->last, st, err);
    m->count = 0;
    ndup_buf_clear(&m->held);
    return st;
}

/* ---- all threads at once ---- */

/* The text of a place, copied. Every place has a copy of its own: two of the same place are rare. */
static neardup_status hold(struct reread_member *m, const struct ndup_wanted *place, struct ndup_document *d,
                           neardup_error *err)
{
    NDUP_TRY(ndup_task_parse(&m->reread->pipeline, m->number, m->task, d, err));
    struct found f = {.index = place->index, .line = place->line, .problem = d->problem};
    if (f.problem == NULL) {
        f.id = m->held.len;
        f.id_length = d->id != NULL ? d->id_length : 0;
        ndup_buf_append(&m->held, d->id, f.id_length);
        f.text = m->held.len;
        f.text_length = d->text_length;
        ndup_buf_append(&m->held, d->text, d->text_length);
        ndup_buf_append(&m->held, "", 1); /* so that an empty text has an address */
    }
    if (m->held.failed || !ndup_grow(&m->found, &m->capacity, m->count + 1, sizeof *m->found))
        return ndup_fail_nomem(err);
    m->found[m->count++] = f;
    return NEARDUP_OK;
}

/* A place is any line of its record. */
static neardup_status look_at(void *context, struct ndup_document *d, neardup_error *err)
{
    struct reread_member *m = context;
    const struct ndup_wanted *wanted = m->reread->list + m->places->first;
    uint64_t first = m->task->lines_before + d->line + 1, end = m->task->lines_before + d->end_line + 1;
    while (m->at < m->places->count && wanted[m->at].line < first)
        m->at++;
    for (; m->at < m->places->count && wanted[m->at].line < end; m->at++)
        NDUP_TRY(hold(m, &wanted[m->at], d, err));
    if (m->at == m->places->count)
        m->task->last = true;
    return NEARDUP_OK;
}

static neardup_status reread_batch(void *context, unsigned member, struct ndup_task *task, neardup_error *err)
{
    struct reread *r = context;
    struct reread_member *m = &r->members[member];
    if (task->batch->number == 0) {
        m->places = places_of(r, task->source);
        m->at = 0;
    }
    m->task = task;
    NDUP_TRY(ndup_task_each_record(&r->pipeline, member, task, look_at, m, err));
    /* The damage comes after all that is wanted. */
    if (m->at == m->places->count)
        task->failed = false;
    return report(r, m, err);
}

/* ---- the run ---- */

static neardup_status begin(struct reread *r, neardup_error *err)
{
    size_t count, capacity = 0;
    unsigned threads = ndup_pool_threads(r->job->pool);
    NDUP_TRY(ndup_reading_places(r->job, r->wanted, &r->list, &count, err));
    for (size_t i = 0; i < count; i++) {
        struct places *last = r->source_count > 0 ? &r->sources[r->source_count - 1] : NULL;
        if (last != NULL && last->source == r->list[i].source) {
            last->count++;
            continue;
        }
        if (!ndup_grow(&r->sources, &capacity, r->source_count + 1, sizeof *r->sources))
            return ndup_fail_nomem(err);
        r->sources[r->source_count++] = (struct places){r->list[i].source, i, 1};
    }
    r->members = ndup_calloc(threads, sizeof *r->members);
    if (r->members == NULL)
        return ndup_fail_nomem(err);
    for (unsigned t = 0; t < threads; t++) {
        r->members[t].reread = r;
        r->members[t].number = t;
    }
    return NEARDUP_OK;
}

static void release(struct reread *r)
{
    for (unsigned t = 0; r->members != NULL && t < ndup_pool_threads(r->job->pool); t++) {
        free(r->members[t].found);
        ndup_buf_free(&r->members[t].held);
    }
    free(r->members);
    free(r->sources);
    free(r->list);
}

static neardup_status refuse_stdin(const neardup_job *job, neardup_error *err)
{
    for (size_t i = 0; i < job->files.count; i++) {
        if (strcmp(job->files.files[i].path, "-") == 0)
            return ndup_fail(err, NEARDUP_E_ARG, "standard input cannot be read again");
    }
    return NEARDUP_OK;
}

static neardup_status run(neardup_job *job, const neardup_read_options *wanted, neardup_error *err)
{
    struct reread r = {.job = job, .wanted = wanted};
    double start = ndup_sys_seconds();
    job->options.units = 0; /* nothing is compared */
    NDUP_TRY(ndup_job_prepare(job, err));
    NDUP_TRY(refuse_stdin(job, err));
    r.pipeline = (struct ndup_pipeline){.job = job,
                                        .phase = "read",
                                        .order = NDUP_ORDER_SOURCE,
                                        .work = reread_batch,
                                        .skip = has_no_places,
                                        .context = &r};
    neardup_status st = begin(&r, err);
    if (st == NEARDUP_OK) {
        st = ndup_pipeline_run(&r.pipeline, err);
        job->summary.documents = r.documents;
    }
    release(&r);
    job->summary.peak_memory_bytes = ndup_sys_peak_bytes();
    job->summary.read_seconds = job->summary.total_seconds = ndup_sys_seconds() - start;
    return st;
}

neardup_status neardup_job_run_read(neardup_job *job, const neardup_read_options *wanted,
                                    const neardup_callbacks *callbacks, neardup_error *err)
{
    neardup_read_options own = {.struct_size = sizeof own};
    NDUP_TRY(ndup_abi_take(&own, sizeof own, NDUP_SIZE_THROUGH(neardup_read_options, text), wanted,
                           "neardup_read_options", err));
    if (job->ran)
        return ndup_fail(err, NEARDUP_E_ARG, "a job can run only once: create another one");
    if (job->options.output_dir != NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "reading texts cannot have an output folder");
    NDUP_TRY(ndup_job_begin(job, callbacks, err));
    return run(job, &own, err);
}

/* ---- excerpts ---- */

/* The first n bytes of a longer text without the character that they end in the middle of, if it is one. */
static size_t whole_characters(const unsigned char *text, size_t n)
{
    size_t begin = n;
    while (begin > 0 && n - begin < 3 && (text[begin] & 0xC0) == 0x80)
        begin--;
    unsigned char first = text[begin];
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    return begin + length > n ? begin : n;
}

static neardup_status unit_text(neardup_job *job, neardup_unit unit, uint64_t index, const char **text, size_t *length,
                                neardup_error *err)
{
    struct ndup_row row;
    struct ndup_paragraph_row part;
    if (unit != NEARDUP_UNIT_DOCUMENT) {
        if (unit != job->paragraphs.unit || job->paragraphs.paragraphs == NULL || index >= job->paragraphs.items)
            return ndup_fail(err, NEARDUP_E_ARG, "cannot take an excerpt: there is no paragraph or line %" PRIu64,
                             index);
        NDUP_TRY(ndup_column_get(job->paragraphs.paragraphs, index, &part, err));
        return ndup_job_read_paragraph(job, &job->workers[0], &part, text, length, err);
    }
    if (index >= job->corpus.row_count)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot take an excerpt: there is no document %" PRIu64, index);
    NDUP_TRY(ndup_corpus_row(&job->corpus, index, &row, err));
    if (row.text.value == NDUP_TEXT_INVALID)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot take an excerpt: record %" PRIu64 " could not be read", index);
    return ndup_job_read_text(job, &job->workers[0], index, text, length, err);
}

neardup_status neardup_job_excerpt(neardup_job *job, neardup_unit unit, uint64_t index, char *buffer, size_t size,
                                   neardup_error *err)
{
    const char *text = NULL;
    size_t length = 0;
    if (size > 0)
        buffer[0] = '\0';
    if (size == 0 || job->workers == NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot take an excerpt: the buffer is empty, or nothing was read yet");
    NDUP_TRY(unit_text(job, unit, index, &text, &length, err));
    size_t n = length < size ? length : whole_characters((const unsigned char *)text, size - 1);
    if (n > 0)
        memcpy(buffer, text, n);
    buffer[n] = '\0';
    return NEARDUP_OK;
}
