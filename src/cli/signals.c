/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/signals.h"

#include <signal.h>
#include <stdatomic.h>

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};

/* A handler gets nothing but the number of its signal, hence the two globals. The job is set before a handler stands
 * and cleared after all are gone. */
static _Atomic(neardup_job *) running;
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    neardup_job *job = atomic_load(&running);
    caught = number;
    if (job != NULL)
        neardup_job_cancel(job);
}

void ndup_signals_ignore_pipe(void)
{
    signal(SIGPIPE, SIG_IGN);
}

void ndup_signals_watch(neardup_job *job)
{
    struct sigaction action = {.sa_handler = on_signal};
    /* RESETHAND: the next one has its default effect. RESTART: reads and writes need not know of signals. */
    action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
    sigemptyset(&action.sa_mask);
    caught = 0;
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
    return caught;
}

void ndup_signals_raise(int signal_number)
{
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}
