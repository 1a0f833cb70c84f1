/* SPDX-License-Identifier: MIT
 * One mutex, two conditions and a generation number: run() raises the number and wakes the helpers; the last one to
 * finish wakes the caller. A run is milliseconds to minutes of work, so that a lock per run costs nothing and a
 * lock-free queue would gain nothing. Work is shared out inside the function (pool.h). */
#include "base/platform.h"

#include "base/pool.h"

#include "base/error.h"
#include "base/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

struct ndup_pool {
    unsigned threads;
    pthread_t *ids; /* threads - 1 */
    unsigned started;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t go;
    pthread_cond_t done;
    uint64_t generation; /* number of the current run */
    unsigned running;    /* helpers that have not finished it */
    bool quit;
    void (*work)(void *, unsigned);
    void *context;
    unsigned next_member;
};

static void *helper(void *argument)
{
    struct ndup_pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    unsigned member = ++pool->next_member;
    uint64_t seen = 0;
    for (;;) {
        while (pool->generation == seen && !pool->quit)
            pthread_cond_wait(&pool->go, &pool->lock);
        if (pool->quit)
            break;
        seen = pool->generation;
        pthread_mutex_unlock(&pool->lock);
        pool->work(pool->context, member);
        pthread_mutex_lock(&pool->lock);
        if (--pool->running == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* A thread begins with the mask of the one that makes it. Signals about a fault of the thread itself cannot wait,
 * and a profiler's are for it. */
static void block_signals(sigset_t *before)
{
    static const int own[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPROF, SIGSEGV, SIGSYS, SIGTRAP};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&set, own[i]);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

/* The program's signal handlers run in its own threads, which know what they hold. */
static int start_helper(struct ndup_pool *pool, pthread_t *id)
{
    sigset_t before;
    block_signals(&before);
    int code = pthread_create(id, NULL, helper, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

neardup_status ndup_pool_create(struct ndup_pool **out, unsigned threads, neardup_error *err)
{
    *out = NULL;
    struct ndup_pool *pool = ndup_calloc(1, sizeof *pool);
    if (pool == NULL)
        return ndup_fail_nomem(err);
    pool->threads = threads;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->go, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->ids = ndup_calloc(threads, sizeof *pool->ids);
    if (pool->ids == NULL) {
        ndup_pool_destroy(pool);
        return ndup_fail_nomem(err);
    }
    for (unsigned i = 1; i < threads; i++) {
        int code = start_helper(pool, &pool->ids[i - 1]);
        if (code != 0) {
            ndup_pool_destroy(pool);
            return ndup_fail_errno(err, code, "cannot start thread %u of %u", i + 1, threads);
        }
        pool->started++;
    }
    *out = pool;
    return NEARDUP_OK;
}

unsigned ndup_pool_threads(const struct ndup_pool *pool)
{
    return pool->threads;
}

void ndup_pool_run(struct ndup_pool *pool, void (*work)(void *context, unsigned member), void *context)
{
    if (pool->threads > 1) {
        pthread_mutex_lock(&pool->lock);
        pool->work = work;
        pool->context = context;
        pool->running = pool->threads - 1;
        pool->generation++;
        pthread_cond_broadcast(&pool->go);
        pthread_mutex_unlock(&pool->lock);
    }
    work(context, 0);
    if (pool->threads > 1) {
        pthread_mutex_lock(&pool->lock);
        while (pool->running > 0)
            pthread_cond_wait(&pool->done, &pool->lock);
        pthread_mutex_unlock(&pool->lock);
    }
}

void ndup_pool_destroy(struct ndup_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->quit = true;
    pthread_cond_broadcast(&pool->go);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++)
        pthread_join(pool->ids[i], NULL);
    pthread_cond_destroy(&pool->go);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    free(pool->ids);
    free(pool);
}
