/* SPDX-License-Identifier: MIT
 * Reading a document a second time. Shingle sets would cost 8 bytes a word in memory or on disk; reading and tokenising
 * the few documents that have candidates again costs less than writing the sets of all. */
#include "base/platform.h"

#include "job/job_internal.h"

#include "base/error.h"
#include "base/mem.h"

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

neardup_status ndup_job_read_text(neardup_job *job, struct ndup_worker *w, uint64_t row_index, const char **text,
                                  size_t *length, neardup_error *err)
{
    struct ndup_corpus *c = &job->corpus;
    struct ndup_row row;
    NDUP_TRY(ndup_corpus_row(c, row_index, &row, err));
    uint32_t source = ndup_corpus_source_of(c, row_index);
    if (!ndup_grow(&w->record, &w->record_capacity, (size_t)row.length + NDUP_PADDING, 1))
        return ndup_fail_nomem(err);
    NDUP_TRY(ndup_corpus_read(c, &w->opened, source, w->record, row.length, row.offset, err));
    memset(w->record + row.length, 0, NDUP_PADDING);
    neardup_input_format format = c->sources[source].format;
    *text = w->record;
    *length = text_length(w->record, row.length, format);
    if (format != NEARDUP_INPUT_JSONL)
        return NEARDUP_OK;
    struct ndup_json_record json;
    const char *problem = ndup_json_parse(w->json, w->record, *length, &json);
    if (problem != NULL)
        return ndup_fail(err, NEARDUP_E_IO, "%s:%u: the record has changed while the file was being read: %s",
                         c->sources[source].file->name, row.line, problem);
    *text = json.text;
    *length = json.text_len;
    return NEARDUP_OK;
}

neardup_status ndup_job_load(void *context, unsigned member, uint32_t rank, struct ndup_loaded *out, neardup_error *err)
{
    neardup_job *job = context;
    struct ndup_worker *w = &job->workers[member];
    const char *text = NULL;
    size_t length = 0;
    uint32_t unit = job->corpus.unit_at[rank];
    NDUP_TRY(ndup_job_read_text(job, w, job->corpus.rep[unit], &text, &length, err));
    struct ndup_tokens tokens;
    NDUP_TRY(ndup_text_tokenise(w->text, text, length, false, &tokens, err));
    out->digest = ndup_text_digest(tokens.hash, tokens.count);
    return ndup_text_shingle(w->text, tokens.hash, tokens.count, &out->hashes, &out->count, err);
}
