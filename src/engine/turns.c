/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/turns.h"

#include "base/error.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NOTES_MAX 1000u /* bad records told in full; more are only counted */

/* ---- reading: batches in input order, for one thread at a time ---- */

static bool stopped(struct ndup_turns *t)
{
    pthread_mutex_lock(&t->lock);
    bool stop = t->stop;
    pthread_mutex_unlock(&t->lock);
    return stop;
}

static void skip_sources(struct ndup_turns *t)
{
    const struct ndup_corpus *c = &t->job->corpus;
    while (t->skip != NULL && t->source < c->source_count && t->skip(c->sources[t->source].file))
        t->source++;
}

static void close_source(struct ndup_turns *t)
{
    ndup_reader_close(t->reader);
    t->reader = NULL;
    t->source++;
    skip_sources(t);
}

static bool is_empty_document(const struct ndup_turns *t, const struct ndup_corpus_source *source)
{
    bool guessed = t->job->options.format == NEARDUP_INPUT_AUTO && strcmp(source->file->path, "-") == 0;
    return source->format == NEARDUP_INPUT_FILE && source->bytes == 0 && !guessed;
}

static neardup_status open_source(struct ndup_turns *t, neardup_error *err)
{
    struct ndup_corpus_source *source = &t->job->corpus.sources[t->source];
    NDUP_TRY(ndup_reader_open(&t->reader, source->file, t->job->options.format, NDUP_BATCH_BYTES, err));
    ndup_reader_limit_records(t->reader, t->job->limits.record_bytes);
    source->format = ndup_reader_format(t->reader);
    return NEARDUP_OK;
}

/* The next batch of the source at hand. A damaged file may still give one. */
static neardup_status read_batch(struct ndup_turns *t, struct ndup_batch *batch, struct ndup_turn *turn,
                                 neardup_error *err)
{
    struct ndup_corpus_source *source = &t->job->corpus.sources[t->source];
    uint64_t before = t->reader != NULL ? ndup_reader_consumed(t->reader) : 0;
    batch->len = 0;
    neardup_status st = t->reader == NULL ? open_source(t, &turn->why) : NEARDUP_OK;
    if (st == NEARDUP_OK)
        st = ndup_reader_next(t->reader, batch, &turn->why);
    if (st == NEARDUP_E_NOMEM || st == NEARDUP_E_CANCELED)
        return ndup_fail(err, st, "%s", turn->why.message);
    if (t->reader != NULL)
        t->consumed += ndup_reader_consumed(t->reader) - before;
    turn->failed = st != NEARDUP_OK;
    turn->source = t->source;
    source->bytes += batch->len;
    source->failed = turn->failed;
    if (turn->failed || batch->len == 0) {
        turn->empty_document = !turn->failed && is_empty_document(t, source);
        close_source(t);
    }
    return NEARDUP_OK;
}

static neardup_status next(struct ndup_turns *t, struct ndup_batch *batch, struct ndup_turn *turn, neardup_error *err)
{
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&t->reading);
    do {
        *turn =
            (struct ndup_turn){.number = t->next_block, .none = t->source == t->job->corpus.source_count || stopped(t)};
        if (!turn->none)
            st = read_batch(t, batch, turn, err);
    } while (st == NEARDUP_OK && !turn->none && batch->len == 0 && !turn->failed && !turn->empty_document);
    t->next_block += !turn->none;
    turn->consumed = t->consumed;
    turn->total = t->total;
    pthread_mutex_unlock(&t->reading);
    return st;
}

/* ---- working ---- */

static neardup_status work(struct ndup_turns *t, unsigned member)
{
    struct ndup_turn_member *m = &t->members[member];
    for (;;) {
        NDUP_TRY(next(t, &t->job->workers[member].batch, &m->turn, &m->error));
        if (m->turn.none)
            return NEARDUP_OK;
        NDUP_TRY(t->work(t->context, member, &m->turn, &m->error));
        NDUP_TRY(ndup_job_check_cancel(t->job, &m->error));
        if (member != 0)
            continue;
        pthread_mutex_lock(&t->lock);
        bool go_on = ndup_job_progress(t->job, t->phase, m->turn.consumed, t->total, true);
        pthread_mutex_unlock(&t->lock);
        if (!go_on)
            return ndup_fail(&m->error, NEARDUP_E_CANCELED, "canceled");
    }
}

static void work_member(void *context, unsigned member)
{
    struct ndup_turns *t = context;
    t->members[member].status = work(t, member);
    if (t->members[member].status == NEARDUP_OK)
        return;
    pthread_mutex_lock(&t->lock);
    t->stop = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static neardup_status first_failure(const struct ndup_turns *t, neardup_error *err)
{
    const struct ndup_turn_member *first = NULL;
    for (unsigned i = 0; i < ndup_pool_threads(t->job->pool); i++) {
        const struct ndup_turn_member *m = &t->members[i];
        if (m->status != NEARDUP_OK && (first == NULL || m->turn.number < first->turn.number))
            first = m;
    }
    if (first == NULL)
        return NEARDUP_OK;
    if (err != NULL)
        *err = first->error;
    return first->status;
}

/* Of the files that are read; 0: unknown. */
static uint64_t total_bytes(const struct ndup_turns *t)
{
    uint64_t total = 0;
    for (size_t i = 0; i < t->job->files.count; i++) {
        const struct ndup_file *file = &t->job->files.files[i];
        if (t->skip != NULL && t->skip(file))
            continue;
        if (strcmp(file->path, "-") == 0)
            return 0;
        total += file->bytes;
    }
    return total;
}

neardup_status ndup_turns_run(struct ndup_turns *turns, neardup_error *err)
{
    turns->members = ndup_calloc(ndup_pool_threads(turns->job->pool), sizeof *turns->members);
    if (turns->members == NULL)
        return ndup_fail_nomem(err);
    turns->total = total_bytes(turns);
    pthread_mutex_init(&turns->reading, NULL);
    pthread_mutex_init(&turns->lock, NULL);
    pthread_cond_init(&turns->changed, NULL);
    skip_sources(turns);
    ndup_pool_run(turns->job->pool, work_member, turns);
    neardup_status st = first_failure(turns, err);
    ndup_reader_close(turns->reader);
    turns->reader = NULL;
    pthread_cond_destroy(&turns->changed);
    pthread_mutex_destroy(&turns->lock);
    pthread_mutex_destroy(&turns->reading);
    free(turns->members);
    turns->members = NULL;
    return st;
}

neardup_status ndup_turns_each(const struct ndup_turns *turns, unsigned member, ndup_turn_visit *visit, void *context,
                               uint64_t *lines, neardup_error *err)
{
    struct ndup_worker *w = &turns->job->workers[member];
    const struct ndup_turn *turn = &turns->members[member].turn;
    neardup_input_format format = turns->job->corpus.sources[turn->source].format;
    struct ndup_records it = {.line = 0};
    struct ndup_record record;
    *lines = 0;
    if (turn->empty_document)
        return visit(context, &(struct ndup_turn_record){.text = ""}, err);
    if (w->batch.len == 0)
        return NEARDUP_OK;
    ndup_records_begin(&it, &w->batch, format);
    while (ndup_records_next(&it, &record)) {
        struct ndup_turn_record r = {.text = record.data, .length = record.text_len, .line = record.line};
        if (format == NEARDUP_INPUT_JSONL) {
            struct ndup_json_record json = {0};
            r.problem = ndup_json_parse(w->json, record.data, record.text_len, &json);
            if (r.problem != NULL && strcmp(r.problem, "out of memory") == 0)
                return ndup_fail_nomem(err);
            r.text = json.text;
            r.length = json.text_len;
            r.invalid_utf8 = json.invalid_utf8;
            r.id = json.id != NULL && json.id_len <= NDUP_BLOB_MAX ? json.id : NULL;
            r.id_length = r.id != NULL ? json.id_len : 0;
            r.group = json.group != NULL && json.group_len <= NDUP_BLOB_MAX ? json.group : NULL;
            r.group_length = r.group != NULL ? json.group_len : 0;
        }
        NDUP_TRY(visit(context, &r, err));
    }
    *lines = it.line;
    return NEARDUP_OK;
}

/* ---- telling ---- */

bool ndup_turns_wait(struct ndup_turns *turns, const struct ndup_turn *turn)
{
    pthread_mutex_lock(&turns->lock);
    while (turns->done != turn->number && !turns->stop)
        pthread_cond_wait(&turns->changed, &turns->lock);
    if (turn->source != turns->told_source)
        turns->lines = 0;
    turns->told_source = turn->source;
    return !turns->stop;
}

static neardup_status tell_failure(struct ndup_turns *t, const struct ndup_turn *turn, neardup_error *err)
{
    const char *name = t->job->corpus.sources[turn->source].file->name;
    if (!turn->failed)
        return NEARDUP_OK;
    if (t->job->options.strict) {
        (void)ndup_fail(err, turn->why.code, "%s: %s", name, turn->why.message);
        if (err != NULL)
            err->sys_errno = turn->why.sys_errno;
        return turn->why.code;
    }
    t->job->summary.failed_files++;
    return ndup_job_note(t->job, NEARDUP_ERROR, name, 0, turn->why.message, err);
}

neardup_status ndup_turns_done(struct ndup_turns *turns, const struct ndup_turn *turn, bool whole, uint64_t lines,
                               neardup_status told, neardup_error *err)
{
    if (!turns->stop) {
        if (told == NEARDUP_OK && whole)
            told = tell_failure(turns, turn, err);
        turns->lines += lines;
        turns->done += whole;
        turns->stop = told != NEARDUP_OK; /* now: whoever is next must not tell */
    }
    pthread_cond_broadcast(&turns->changed);
    pthread_mutex_unlock(&turns->lock);
    return told;
}

neardup_status ndup_turns_report_bad(struct ndup_turns *turns, const struct ndup_turn *turn, uint64_t line,
                                     const char *problem, neardup_error *err)
{
    const char *name = turns->job->corpus.sources[turn->source].file->name;
    if (turns->job->options.strict) {
        neardup_status st = ndup_fail(err, NEARDUP_E_FORMAT, "%s:%" PRIu64 ": %s", name, line, problem);
        if (err != NULL)
            err->line = line;
        return st;
    }
    return turns->notes++ < NOTES_MAX ? ndup_job_note(turns->job, NEARDUP_WARNING, name, line, problem, err)
                                      : NEARDUP_OK;
}
