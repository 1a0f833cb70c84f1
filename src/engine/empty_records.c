/* SPDX-License-Identifier: MIT
 * The places of documents without a token. */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"

neardup_status ndup_job_report_empty(neardup_job *job, uint32_t source, uint64_t line, neardup_error *err)
{
    if (job->callbacks.empty != NULL &&
        !job->callbacks.empty(job->callbacks.context, job->corpus.sources[source].file->name, line))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    return NEARDUP_OK;
}

static neardup_status tell_source(neardup_job *job, uint32_t source, struct ndup_column_cursor *rows,
                                  neardup_error *err)
{
    const struct ndup_corpus_source *s = &job->corpus.sources[source];
    NDUP_TRY(ndup_job_check_cancel(job, err));
    for (uint64_t i = s->first_row; i < s->first_row + s->rows; i++) {
        const struct ndup_row *row = ndup_column_at(rows, i, err);
        if (row == NULL)
            return err != NULL ? err->code : NEARDUP_E_IO;
        if (row->text.value == NDUP_TEXT_EMPTY)
            NDUP_TRY(ndup_job_report_empty(job, source, row->line, err));
    }
    return NEARDUP_OK;
}

neardup_status ndup_job_report_all_empty(neardup_job *job, neardup_error *err)
{
    struct ndup_column_cursor rows = {.column = job->corpus.rows};
    neardup_status st = NEARDUP_OK;
    if (job->callbacks.empty == NULL || job->summary.empty == 0)
        return NEARDUP_OK;
    for (uint32_t source = 0; st == NEARDUP_OK && source < job->corpus.own_sources; source++)
        st = tell_source(job, source, &rows, err);
    ndup_column_cursor_free(&rows);
    return st;
}
