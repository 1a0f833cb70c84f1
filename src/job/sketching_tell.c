/* SPDX-License-Identifier: MIT
 * Sketches, bad records and unreadable files in input order, by one thread at a time. */
#include "base/platform.h"

#include "job/sketching.h"

#include "base/error.h"

#include <inttypes.h>

#define NOTES_MAX 1000u /* bad records told in full; more are only counted */

static neardup_status tell_bad(struct ndup_sketching *s, const char *name, uint64_t line, const char *problem,
                               neardup_error *err)
{
    if (s->job->options.strict) {
        neardup_status st = ndup_fail(err, NEARDUP_E_FORMAT, "%s:%" PRIu64 ": %s", name, line, problem);
        if (err != NULL)
            err->line = line;
        return st;
    }
    return s->notes++ < NOTES_MAX ? ndup_job_note(s->job, NEARDUP_WARNING, name, line, problem, err) : NEARDUP_OK;
}

static neardup_status tell_records(struct ndup_sketching *s, struct ndup_sketching_member *m)
{
    const struct ndup_file *file = s->job->corpus.sources[m->block.source].file;
    const char *name = file->name;
    for (size_t i = 0; i < m->count; i++) {
        const struct ndup_sketched_record *r = &m->records[i];
        uint64_t line = s->lines + r->line + 1, index = s->index++;
        if (r->problem != NULL) {
            NDUP_TRY(tell_bad(s, name, line, r->problem, &m->error));
            continue;
        }
        neardup_sketched out = {.document = {.unit = NEARDUP_UNIT_DOCUMENT,
                                             .index = index,
                                             .document = index,
                                             .id = r->id_length > 0 ? m->names.data + r->id : NULL,
                                             .id_length = r->id_length,
                                             .file = name,
                                             .line = line,
                                             .tokens = r->tokens,
                                             .split = file->split,
                                             .reference = file->reference},
                                .shingles = r->shingles,
                                .fingerprint = {r->fingerprint.low, r->fingerprint.high},
                                .signature = s->minhash != NULL ? m->signatures + i * s->stride : NULL};
        if (!s->wanted->sketched(s->wanted->context, &out))
            return ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

static neardup_status tell_failure(struct ndup_sketching *s, const struct ndup_sketching_block *b, neardup_error *err)
{
    const char *name = s->job->corpus.sources[b->source].file->name;
    if (!b->failed)
        return NEARDUP_OK;
    if (s->job->options.strict) {
        (void)ndup_fail(err, b->why.code, "%s: %s", name, b->why.message);
        if (err != NULL)
            err->sys_errno = b->why.sys_errno;
        return b->why.code;
    }
    s->job->summary.failed_files++;
    return ndup_job_note(s->job, NEARDUP_ERROR, name, 0, b->why.message, err);
}

neardup_status ndup_sketching_tell(struct ndup_sketching *s, struct ndup_sketching_member *m, bool whole,
                                   uint64_t lines)
{
    const struct ndup_sketching_block *b = &m->block;
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&s->lock);
    while (s->done != b->number && !s->stop)
        pthread_cond_wait(&s->turn, &s->lock);
    if (!s->stop) {
        if (b->source != s->told_source)
            s->lines = 0;
        s->told_source = b->source;
        st = tell_records(s, m);
        if (st == NEARDUP_OK && whole)
            st = tell_failure(s, b, &m->error);
        s->lines += lines;
        s->done += whole;
        s->stop = st != NEARDUP_OK; /* now: whoever is next must not tell */
    }
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
    m->count = 0;
    ndup_buf_clear(&m->names);
    return st;
}
