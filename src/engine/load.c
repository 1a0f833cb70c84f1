/* SPDX-License-Identifier: MIT
 * Reading a document a second time. Shingle sets would cost 8 bytes a word in memory or on disk; reading and tokenising
 * the few documents that have candidates again costs less than writing the sets of all. */
#include "base/platform.h"

#include "engine/context.h"

#include "base/error.h"
#include "base/mem.h"
#include "input/json_text.h"

#include <string.h>

/* Where the text of a record ends: without its line end; a paragraph's record ends in blank lines. */
static size_t text_length(const char *data, size_t length, neardup_input_format format)
{
    if (format == NEARDUP_INPUT_FILE)
        return length;
    if (format == NEARDUP_INPUT_PARAGRAPH)
        while (length > 0 && (data[length - 1] == '\n' || data[length - 1] == '\r' || data[length - 1] == ' ' ||
                              data[length - 1] == '\t'))
            length--;
    if (length > 0 && data[length - 1] == '\n')
        length--;
    if (length > 0 && data[length - 1] == '\r')
        length--;
    return length;
}

neardup_status ndup_job_find_text(neardup_job *job, struct ndup_worker *w, uint32_t source, const struct ndup_row *row,
                                  const char *record, struct ndup_document_text *d, neardup_error *err)
{
    const struct ndup_corpus_source *s = &job->corpus.sources[source];
    size_t length = text_length(record, row->length, s->format);
    d->text = d->raw = record;
    d->length = d->raw_length = length;
    d->raw_begin = 0;
    d->escaped = s->format == NEARDUP_INPUT_JSONL;
    if (!d->escaped)
        return NEARDUP_OK;
    const char *problem = ndup_json_parse(w->json, record, length, &d->json);
    if (problem != NULL)
        return ndup_fail(err, NEARDUP_E_IO, "%s:%u: the record has changed while the file was being read: %s",
                         s->file->name, row->line, problem);
    d->text = d->json.text;
    d->length = d->json.text_len;
    d->raw = d->json.raw;
    d->raw_length = d->json.raw_len;
    d->raw_begin = (size_t)(d->json.raw - record);
    return NEARDUP_OK;
}

neardup_status ndup_job_read_document(neardup_job *job, struct ndup_worker *w, uint64_t index,
                                      const struct ndup_row *row, struct ndup_document_text *d, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    uint32_t source = ndup_corpus_source_of(c, index);
    if (!ndup_grow(&w->record, &w->record_capacity, (size_t)row->length + NDUP_PADDING, 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read(c, &w->opened, source, w->record, row->length, row->offset, err));
    memset(w->record + row->length, 0, NDUP_PADDING);
    d->row = (uint32_t)index;
    return ndup_job_find_text(job, w, source, row, w->record, d, err);
}

neardup_status ndup_job_read_text(neardup_job *job, struct ndup_worker *w, uint64_t index, const char **text,
                                  size_t *length, neardup_error *err)
{
    struct ndup_row row;
    struct ndup_document_text d = {0};
    NDUP_TRY(ndup_corpus_row(&job->corpus, index, &row, err));
    NDUP_TRY(ndup_job_read_document(job, w, index, &row, &d, err));
    *text = d.text;
    *length = d.length;
    return NEARDUP_OK;
}

/* Without its record: of a document of a hundred megabytes a paragraph is read as if it stood alone. */
neardup_status ndup_job_read_paragraph(neardup_job *job, struct ndup_worker *w, const struct ndup_paragraph_row *part,
                                       const char **text, size_t *length, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    struct ndup_row row;
    NDUP_TRY(ndup_corpus_row(c, part->document, &row, err));
    uint32_t source = ndup_corpus_source_of(c, part->document);
    size_t room = (size_t)part->raw_length + NDUP_PADDING;
    if (!ndup_grow(&w->record, &w->record_capacity, room, 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read(c, &w->opened, source, w->record, part->raw_length, row.offset + part->raw_begin, err));
    memset(w->record + part->raw_length, 0, NDUP_PADDING);
    *text = w->record;
    *length = part->raw_length;
    if (c->sources[source].format != NEARDUP_INPUT_JSONL)
        return NEARDUP_OK;
    /* Bytes that are not UTF-8 give the same tokens with and without their replacement. */
    ndup_buf_clear(&w->unescaped);
    if (!ndup_buf_reserve(&w->unescaped, room))
        return ndup_fail_nomem(err);
    const char *end = ndup_json_unescape(w->unescaped.data, w->record, part->raw_length);
    *text = w->unescaped.data;
    *length = (size_t)(end - *text);
    if (end == NULL)
        return ndup_fail(err, NEARDUP_E_IO, "%s:%u: the record has changed while the file was being read",
                         c->sources[source].file->name, row.line);
    return NEARDUP_OK;
}

static neardup_status load_document(const struct ndup_load_context *l, struct ndup_worker *w, uint64_t item,
                                    struct ndup_loaded *out, neardup_error *err)
{
    const char *text = NULL;
    size_t length = 0;
    struct ndup_tokens tokens;
    NDUP_TRY(ndup_job_read_text(l->job, w, item, &text, &length, err));
    NDUP_TRY(ndup_text_tokenise(w->text, text, length, false, &tokens, err));
    return ndup_text_shingle(w->text, tokens.hash, tokens.count, &out->hashes, &out->count, err);
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
    NDUP_TRY(ndup_part_tokenise(w->part, w->part_text, text, length, l->job->options.inside_documents, &tokens, err));
    return ndup_text_shingle(w->part_text, tokens.hash, tokens.count, &out->hashes, &out->count, err);
}

neardup_status ndup_job_load(void *context, unsigned member, struct ndup_rank rank, struct ndup_loaded *out,
                             neardup_error *err)
{
    const struct ndup_load_context *l = context;
    struct ndup_worker *w = &l->job->workers[member];
    uint64_t item = ndup_texts_first_item(l->texts, rank);
    return l->texts->paragraphs == NULL ? load_document(l, w, item, out, err) : load_part(l, w, item, out, err);
}
