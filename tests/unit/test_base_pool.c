/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/pool.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct calls {
    unsigned by_member[8]; /* each written by its member only */
    pthread_t thread[8];
    _Atomic unsigned total;
};

static void count(void *context, unsigned member)
{
    struct calls *calls = context;
    calls->by_member[member]++;
    calls->thread[member] = pthread_self();
    atomic_fetch_add(&calls->total, 1);
}

Test(base_pool, every_member_runs_once)
{
    for (unsigned threads = 1; threads <= 8; threads++) {
        struct ndup_pool *pool;
        struct calls calls = {0};
        cr_assert_eq(ndup_pool_create(&pool, threads, NULL), NEARDUP_OK);
        cr_assert_eq(ndup_pool_threads(pool), threads);
        for (unsigned run = 1; run <= 200; run++) {
            ndup_pool_run(pool, count, &calls);
            if (calls.total != run * threads)
                cr_assert(false, "run %u ended before its members", run);
        }
        for (unsigned i = 0; i < 8; i++)
            cr_assert_eq(calls.by_member[i], i < threads ? 200 : 0);
        cr_assert(pthread_equal(calls.thread[0], pthread_self()), "member 0 is the caller");
        if (threads > 1)
            cr_assert(!pthread_equal(calls.thread[1], pthread_self()));
        ndup_pool_destroy(pool);
    }
}

static void look_at_signals(void *context, unsigned member)
{
    bool(*blocked)[2] = context;
    sigset_t set;
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    blocked[member][0] = sigismember(&set, SIGTERM) == 1;
    blocked[member][1] = sigismember(&set, SIGSEGV) == 1;
}

Test(base_pool, signals_are_handled_by_the_caller)
{
    struct ndup_pool *pool;
    bool blocked[3][2];
    cr_assert_eq(ndup_pool_create(&pool, 3, NULL), NEARDUP_OK);
    ndup_pool_run(pool, look_at_signals, blocked);
    ndup_pool_destroy(pool);
    cr_assert(!blocked[0][0] && blocked[1][0] && blocked[2][0]);
    cr_assert(!blocked[0][1] && !blocked[1][1] && !blocked[2][1], "but their own faults");
}

struct meeting {
    pthread_barrier_t barrier;
};

static void meet(void *context, unsigned member)
{
    (void)member;
    struct meeting *meeting = context;
    pthread_barrier_wait(&meeting->barrier);
}

Test(base_pool, members_run_at_the_same_time, .timeout = 1800)
{
    struct ndup_pool *pool;
    struct meeting meeting;
    cr_assert_eq(ndup_pool_create(&pool, 4, NULL), NEARDUP_OK);
    pthread_barrier_init(&meeting.barrier, NULL, 4);
    ndup_pool_run(pool, meet, &meeting); /* would never end otherwise */
    ndup_pool_destroy(pool);
    cr_assert_eq(pthread_barrier_destroy(&meeting.barrier), 0);
}

Test(base_pool, destroyed_unused)
{
    struct ndup_pool *pool;
    cr_assert_eq(ndup_pool_create(&pool, 3, NULL), NEARDUP_OK);
    ndup_pool_destroy(pool);
    ndup_pool_destroy(NULL);
}
