/* SPDX-License-Identifier: MIT
 *
 * The source is taken in pieces. A worker takes the next piece, gathers the bytes that are kept, compresses them if need be
 * and writes them: at their place (plain and seekable), or when all pieces before have been written. What is inserted
 * belongs to the piece in which its cut begins, at the end of the file to the last piece.
 *
 * Pieces are taken in order, so when one fails all before it have been taken. They are finished, those after it
 * are not, and the failure of the first piece that has one is reported: always the same one. */
#include "base/platform.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "output/rewrite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ---- pieces ---- */

/* A cut shorter than this is read and then closed by moving. A read of its own for what follows costs about 1 us, in
 * which memory moves some 10 KB to 30 KB: the two meet here by that count, not by a sweep. */
#define SMALL_CUT ((uint64_t)32 << 10)

struct piece {
    size_t first_cut; /* the first one that begins in the piece or reaches into it */
    uint64_t target;  /* bytes kept and inserted before the piece */
};

struct run {
    const struct ndup_rewrite *job;
    bool in_place;                      /* pieces are written at their offsets, in any order */
    struct ndup_compressor *compressor; /* of a codec that wants all pieces in order; each has its turn */
    struct piece *pieces;
    uint64_t count;
    uint64_t room;           /* for the source bytes and the inserts of any piece */
    _Atomic uint64_t next;   /* piece to take */
    _Atomic uint64_t failed; /* first piece that failed; UINT64_MAX: none */

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t turn;
    uint64_t finished; /* ordered: pieces before this one are written */
    uint64_t source_done;
    uint64_t written;
    neardup_status status;
    neardup_error error;
};

struct worker {
    struct run *run;
    unsigned member;
    char *plain;
    struct ndup_compressor *compressor;
};

static uint64_t piece_begin(uint64_t number)
{
    return number * NDUP_REWRITE_PIECE;
}

static uint64_t piece_end(const struct run *run, uint64_t number)
{
    uint64_t end = piece_begin(number) + NDUP_REWRITE_PIECE;
    return end < run->job->source_bytes ? end : run->job->source_bytes;
}

/* The piece in which a cut begins. */
static uint64_t piece_of(const struct run *run, const struct ndup_cut *cut)
{
    uint64_t number = cut->begin / NDUP_REWRITE_PIECE;
    return number < run->count ? number : run->count - 1;
}

/* Whether the cut (there may be none left) begins in the piece. */
static bool begins_in(const struct run *run, uint64_t number, size_t cut)
{
    return cut < run->job->cut_count && piece_of(run, &run->job->cuts[cut]) == number;
}

static void find_room(struct run *run)
{
    const struct ndup_rewrite *job = run->job;
    uint64_t number = 0, inserts = 0;
    run->room = piece_end(run, 0);
    for (size_t i = 0; i < job->cut_count; i++) {
        if (job->cuts[i].insert_len == 0)
            continue;
        inserts = begins_in(run, number, i) ? inserts : 0;
        number = piece_of(run, &job->cuts[i]);
        inserts += job->cuts[i].insert_len;
        uint64_t room = piece_end(run, number) - piece_begin(number) + inserts;
        run->room = room > run->room ? room : run->room;
    }
}

/* Fills pieces; checks the cuts by the way. */
static neardup_status divide(struct run *run, neardup_error *err)
{
    const struct ndup_rewrite *job = run->job;
    run->count = (job->source_bytes + NDUP_REWRITE_PIECE - 1) / NDUP_REWRITE_PIECE;
    if (run->count == 0 && job->cut_count > 0)
        run->count = 1; /* an insert into nothing */
    run->pieces = ndup_alloc(run->count, sizeof *run->pieces);
    if (run->pieces == NULL)
        return ndup_fail_nomem(err);
    uint64_t cut_bytes = 0, inserted = 0, before = 0, number = 0;
    for (size_t i = 0; i < job->cut_count; i++) {
        struct ndup_cut cut = job->cuts[i];
        if (cut.begin < before || cut.end < cut.begin || cut.end > job->source_bytes)
            return ndup_fail(err, NEARDUP_E_ARG, "cuts of '%s' are not in order", job->target_name);
        for (; number < run->count; number++) {
            uint64_t begin = piece_begin(number);
            if (begin > cut.begin && begin >= cut.end)
                break;
            bool reaches_in = begin > cut.begin;
            run->pieces[number] = (struct piece){i, begin - cut_bytes + inserted};
            if (reaches_in)
                run->pieces[number].target -= begin - cut.begin - cut.insert_len;
        }
        cut_bytes += cut.end - cut.begin;
        inserted += cut.insert_len;
        before = cut.end;
    }
    for (; number < run->count; number++)
        run->pieces[number] = (struct piece){job->cut_count, piece_begin(number) - cut_bytes + inserted};
    if (run->count > 0)
        find_room(run);
    return NEARDUP_OK;
}

static void put_insert(char *to, size_t *length, const struct ndup_cut *cut)
{
    if (cut->insert_len > 0)
        memcpy(to + *length, cut->insert, cut->insert_len);
    *length += cut->insert_len;
}

/* A stretch of the source with small cuts in it: reads it whole to `to`, after room for its inserts, then closes the
 * gaps. *length becomes the number of bytes that are kept or inserted. */
static neardup_status read_stretch(const struct worker *worker, char *to, uint64_t begin, uint64_t end,
                                   const struct ndup_cut *cuts, size_t cut_count, size_t *length, neardup_error *err)
{
    const struct ndup_rewrite *job = worker->run->job;
    size_t inserts = 0;
    for (size_t i = 0; i < cut_count; i++)
        inserts += cuts[i].insert_len;
    char *source = to + inserts;
    NDUP_TRY(job->read(job->read_context, worker->member, source, (size_t)(end - begin), begin, err));
    *length = 0;
    uint64_t from = begin;
    for (size_t i = 0; i <= cut_count; i++) {
        uint64_t until = i < cut_count ? cuts[i].begin : end;
        if (from != begin || inserts > 0)
            memmove(to + *length, source + (from - begin), (size_t)(until - from));
        *length += (size_t)(until - from);
        if (i < cut_count)
            put_insert(to, length, &cuts[i]);
        from = i < cut_count ? cuts[i].end : end;
    }
    return NEARDUP_OK;
}

/* The bytes of the piece that are kept, with what is inserted, at the start of `to`. */
static neardup_status gather(const struct worker *worker, uint64_t number, char *to, size_t *length, neardup_error *err)
{
    const struct run *run = worker->run;
    const struct ndup_rewrite *job = run->job;
    uint64_t at = piece_begin(number), end = piece_end(run, number);
    size_t cut = run->pieces[number].first_cut;
    *length = 0;
    if (cut < job->cut_count && job->cuts[cut].begin < at)
        at = job->cuts[cut++].end;
    for (;;) {
        if (begins_in(run, number, cut) && job->cuts[cut].begin == at) {
            put_insert(to, length, &job->cuts[cut]);
            at = job->cuts[cut++].end;
            continue;
        }
        if (at >= end)
            return NEARDUP_OK;
        /* The stretch ends at the next cut that is not small or reaches the end. */
        size_t last = cut;
        while (last < job->cut_count && job->cuts[last].end < end &&
               job->cuts[last].end - job->cuts[last].begin < SMALL_CUT)
            last++;
        uint64_t stop = last < job->cut_count && job->cuts[last].begin < end ? job->cuts[last].begin : end;
        size_t kept;
        NDUP_TRY(read_stretch(worker, to + *length, at, stop, job->cuts + cut, last - cut, &kept, err));
        *length += kept;
        cut = last;
        at = stop;
    }
}

/* ---- writing ---- */

static void fail_locked(struct run *run, uint64_t number, neardup_status status, const neardup_error *error)
{
    if (number < atomic_load(&run->failed)) {
        atomic_store(&run->failed, number);
        run->status = status;
        run->error = *error;
    }
    pthread_cond_broadcast(&run->turn);
}

static void fail(struct run *run, uint64_t number, neardup_status status, const neardup_error *error)
{
    pthread_mutex_lock(&run->lock);
    fail_locked(run, number, status, error);
    pthread_mutex_unlock(&run->lock);
}

/* False if an earlier piece failed. */
static bool wait_for_turn(struct run *run, uint64_t number)
{
    pthread_mutex_lock(&run->lock);
    while (run->finished != number && atomic_load(&run->failed) > number)
        pthread_cond_wait(&run->turn, &run->lock);
    bool mine = run->finished == number;
    pthread_mutex_unlock(&run->lock);
    return mine;
}

static neardup_status finish_piece(struct run *run, uint64_t number, size_t length, neardup_error *err)
{
    const struct ndup_rewrite *job = run->job;
    neardup_status status = NEARDUP_OK;
    pthread_mutex_lock(&run->lock);
    run->written += length;
    run->source_done += piece_end(run, number) - piece_begin(number);
    if (job->progress != NULL && !job->progress(job->context, run->source_done)) {
        status = ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
        fail_locked(run, number, status, err); /* before anyone takes or finishes another piece */
    } else if (!run->in_place) {
        run->finished = number + 1;
        pthread_cond_broadcast(&run->turn);
    }
    pthread_mutex_unlock(&run->lock);
    return status;
}

static neardup_status write_piece(struct run *run, uint64_t number, const char *bytes, size_t length,
                                  neardup_error *err)
{
    const struct ndup_rewrite *job = run->job;
    int code = 0;
    if (run->in_place) {
        code = ndup_io_pwrite(job->target, bytes, length, run->pieces[number].target);
    } else {
        if (!wait_for_turn(run, number))
            return NEARDUP_OK;
        code = ndup_io_write(job->target, bytes, length);
    }
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot write '%s'", job->target_name);
    return finish_piece(run, number, length, err);
}

static neardup_status prepare(struct worker *worker, neardup_error *err)
{
    const struct ndup_rewrite *job = worker->run->job;
    /* Not more than the file: a corpus can be a hundred thousand small ones. */
    size_t room = (size_t)worker->run->room;
    if (worker->plain != NULL)
        return NEARDUP_OK;
    if (job->codec != NULL && !job->codec->in_order)
        NDUP_TRY(ndup_compressor_create(&worker->compressor, job->codec, room, err));
    worker->plain = ndup_alloc(room, 1);
    return worker->plain != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

static neardup_status do_piece(struct worker *worker, uint64_t number, neardup_error *err)
{
    struct run *run = worker->run;
    NDUP_TRY(prepare(worker, err));
    size_t length;
    NDUP_TRY(gather(worker, number, worker->plain, &length, err));
    const char *bytes = worker->plain;
    struct ndup_compressor *compressor = worker->compressor != NULL ? worker->compressor : run->compressor;
    if (run->compressor != NULL && !wait_for_turn(run, number))
        return NEARDUP_OK;
    if (compressor != NULL) {
        const struct ndup_codec_piece piece = {bytes, length, run->pieces[number].target, number + 1 == run->count};
        NDUP_TRY(ndup_compressor_run(compressor, &piece, &bytes, &length, err));
    }
    return write_piece(run, number, bytes, length, err);
}

static void work(void *context, unsigned member)
{
    struct run *run = context;
    struct worker worker = {.run = run, .member = member};
    for (;;) {
        uint64_t number = atomic_fetch_add(&run->next, 1);
        if (number >= run->count || number > atomic_load(&run->failed))
            break;
        neardup_error error;
        neardup_status status = do_piece(&worker, number, &error);
        if (status != NEARDUP_OK) {
            fail(run, number, status, &error);
            break;
        }
    }
    ndup_compressor_destroy(worker.compressor);
    free(worker.plain);
}

/* A source without bytes has no pieces, but compressed nothing is not nothing. */
static neardup_status write_empty(struct run *run, neardup_error *err)
{
    const struct ndup_codec_piece piece = {"", 0, 0, true};
    struct ndup_compressor *compressor;
    NDUP_TRY(ndup_compressor_create(&compressor, run->job->codec, 0, err));
    const char *bytes;
    size_t length;
    neardup_status status = ndup_compressor_run(compressor, &piece, &bytes, &length, err);
    if (status == NEARDUP_OK) {
        int code = ndup_io_write(run->job->target, bytes, length);
        if (code != 0)
            status = ndup_fail_errno(err, code, "cannot write '%s'", run->job->target_name);
        run->written = length;
    }
    ndup_compressor_destroy(compressor);
    return status;
}

static neardup_status write_pieces(struct run *run, struct ndup_pool *pool, neardup_error *err)
{
    const struct ndup_codec *codec = run->job->codec;
    if (codec != NULL && codec->in_order)
        NDUP_TRY(ndup_compressor_create(&run->compressor, codec, (size_t)run->room, err));
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->turn, NULL);
    if (run->count > 1)
        ndup_pool_run(pool, work, run);
    else
        work(run, 0);
    pthread_cond_destroy(&run->turn);
    pthread_mutex_destroy(&run->lock);
    ndup_compressor_destroy(run->compressor);
    if (run->status != NEARDUP_OK && err != NULL)
        *err = run->error;
    return run->status;
}

neardup_status ndup_rewrite_file(const struct ndup_rewrite *job, struct ndup_pool *pool, uint64_t *written,
                                 neardup_error *err)
{
    struct run run = {.job = job, .in_place = job->codec == NULL && job->target_seekable, .failed = UINT64_MAX};
    *written = 0;
    neardup_status status = divide(&run, err);
    if (status == NEARDUP_OK && run.count > 0)
        status = write_pieces(&run, pool, err);
    else if (status == NEARDUP_OK && job->codec != NULL)
        status = write_empty(&run, err);
    free(run.pieces);
    *written = run.written;
    return status;
}
