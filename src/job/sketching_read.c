/* SPDX-License-Identifier: MIT
 * Batches in input order, for one thread at a time. */
#include "base/platform.h"

#include "job/sketching.h"

#include "base/error.h"

#include <string.h>

static bool stopped(struct ndup_sketching *s)
{
    pthread_mutex_lock(&s->lock);
    bool stop = s->stop;
    pthread_mutex_unlock(&s->lock);
    return stop;
}

static void close_source(struct ndup_sketching *s)
{
    ndup_reader_close(s->reader);
    s->reader = NULL;
    s->source++;
}

static bool is_empty_document(const struct ndup_sketching *s, const struct ndup_source *source)
{
    bool guessed = s->job->options.format == NEARDUP_INPUT_AUTO && strcmp(source->file->path, "-") == 0;
    return source->format == NEARDUP_INPUT_FILE && source->bytes == 0 && !guessed;
}

static neardup_status open_source(struct ndup_sketching *s, neardup_error *err)
{
    struct ndup_source *source = &s->job->corpus.sources[s->source];
    NDUP_TRY(ndup_reader_open(&s->reader, source->file, s->job->options.format, NDUP_BATCH_BYTES, err));
    ndup_reader_limit_records(s->reader, s->job->limits.record_bytes);
    source->format = ndup_reader_format(s->reader);
    return NEARDUP_OK;
}

/* The next batch of the source at hand. A damaged file may still give one. */
static neardup_status read_batch(struct ndup_sketching *s, struct ndup_sketching_member *m,
                                 struct ndup_sketching_block *b)
{
    struct ndup_batch *batch = &m->worker->batch;
    struct ndup_source *source = &s->job->corpus.sources[s->source];
    uint64_t before = s->reader != NULL ? ndup_reader_consumed(s->reader) : 0;
    batch->len = 0;
    neardup_status st = s->reader == NULL ? open_source(s, &b->why) : NEARDUP_OK;
    if (st == NEARDUP_OK)
        st = ndup_reader_next(s->reader, batch, &b->why);
    if (st == NEARDUP_E_NOMEM || st == NEARDUP_E_CANCELED)
        return ndup_fail(&m->error, st, "%s", b->why.message);
    if (s->reader != NULL)
        s->consumed += ndup_reader_consumed(s->reader) - before;
    b->failed = st != NEARDUP_OK;
    b->source = s->source;
    source->bytes += batch->len;
    source->failed = b->failed;
    if (b->failed || batch->len == 0) {
        b->empty_document = !b->failed && is_empty_document(s, source);
        close_source(s);
    }
    return NEARDUP_OK;
}

neardup_status ndup_sketching_next(struct ndup_sketching *s, struct ndup_sketching_member *m)
{
    struct ndup_sketching_block *b = &m->block;
    neardup_status st = NEARDUP_OK;
    pthread_mutex_lock(&s->reading);
    do {
        *b = (struct ndup_sketching_block){.number = s->next_block,
                                           .none = s->source == s->job->corpus.source_count || stopped(s)};
        if (!b->none)
            st = read_batch(s, m, b);
    } while (st == NEARDUP_OK && !b->none && m->worker->batch.len == 0 && !b->failed && !b->empty_document);
    s->next_block += !b->none;
    pthread_mutex_unlock(&s->reading);
    return st;
}
