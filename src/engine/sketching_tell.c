/* SPDX-License-Identifier: MIT
 * Sketches and bad records in input order, by one thread at a time. */
#include "base/platform.h"

#include "engine/sketching.h"

#include "base/error.h"

static neardup_status tell_records(struct ndup_sketching *s, struct ndup_sketching_member *m, neardup_error *err)
{
    const struct ndup_file *file = s->job->corpus.sources[m->turn->source].file;
    const char *name = file->name;
    for (size_t i = 0; i < m->count; i++) {
        const struct ndup_sketched_record *r = &m->records[i];
        uint64_t line = s->turns.lines + r->line + 1, index = s->turns.index++;
        if (r->problem != NULL) {
            NDUP_TRY(ndup_turns_report_bad(&s->turns, m->turn, line, r->problem, err));
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
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    }
    return NEARDUP_OK;
}

neardup_status ndup_sketching_tell(struct ndup_sketching *s, struct ndup_sketching_member *m, bool whole,
                                   uint64_t lines, neardup_error *err)
{
    neardup_status st = ndup_turns_wait(&s->turns, m->turn) ? tell_records(s, m, err) : NEARDUP_OK;
    st = ndup_turns_done(&s->turns, m->turn, whole, lines, st, err);
    m->count = 0;
    ndup_buf_clear(&m->names);
    return st;
}
