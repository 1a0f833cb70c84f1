/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <time.h>

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};

/* A signal that comes so soon after the first belongs to it: timeout(1) signals its child and then the whole group. */
#define TOGETHER_MILLISECONDS 300

/* A handler gets nothing but the number of its signal, hence the globals. The job is set before a handler stands and
 * cleared after all are gone. */
static _Atomic(neardup_job *) running;
static atomic_int caught;
static _Atomic(int64_t) caught_at; /* milliseconds of the monotonic clock */

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Only what is safe in a handler; it may run in any thread. */
static void on_signal(int number)
{
    int none = 0;
    if (atomic_compare_exchange_strong(&caught, &none, number)) {
        neardup_job *job = atomic_load(&running);
        atomic_store(&caught_at, milliseconds());
        if (job != NULL)
            neardup_job_cancel(job);
    } else if (milliseconds() - atomic_load(&caught_at) > TOGETHER_MILLISECONDS) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

void ndup_signals_ignore_pipe(void)
{
    signal(SIGPIPE, SIG_IGN);
}

void ndup_signals_watch(neardup_job *job)
{
    struct sigaction action = {.sa_handler = on_signal};
    action.sa_flags = SA_RESTART; /* reads and writes need not know of signals */
    sigemptyset(&action.sa_mask);
    atomic_store(&caught, 0);
    atomic_store(&caught_at, INT64_MAX);
    atomic_store(&running, job);
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
        struct sigaction before;
        if (sigaction(watched[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(watched[i], &action, NULL);
    }
}

int ndup_signals_unwatch(void)
{
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
        struct sigaction before;
        if (sigaction(watched[i], NULL, &before) == 0 && before.sa_handler == on_signal)
            signal(watched[i], SIG_DFL);
    }
    atomic_store(&running, NULL);
    return atomic_load(&caught);
}

void ndup_signals_raise(int signal_number)
{
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}
