/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/signals.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};

/* A signal that comes so soon after the first belongs to it: timeout(1) signals its child and then the whole group. */
#define TOGETHER_MILLISECONDS 300

/* Files that are written at once; of more than that some stay when a signal comes. */
#define FILES 64

/* A handler gets nothing but the number of its signal, hence the globals. The job is cleared before it is destroyed, which
 * ends its threads: no handler has it still. */
static _Atomic(neardup_job *) running;
static struct {
    atomic_bool taken;
    char path[PATH_MAX];
} files[FILES];
static atomic_int caught;
static _Atomic(int64_t) caught_at; /* milliseconds of the monotonic clock */

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void die(int number)
{
    for (size_t i = 0; i < FILES; i++) {
        if (atomic_load(&files[i].taken))
            unlink(files[i].path);
    }
    signal(number, SIG_DFL);
    raise(number);
}

/* Only what is safe in a handler. */
static void on_signal(int number)
{
    int none = 0;
    if (atomic_compare_exchange_strong(&caught, &none, number)) {
        neardup_job *job = atomic_load(&running);
        atomic_store(&caught_at, milliseconds());
        if (job != NULL)
            neardup_job_cancel(job);
        else
            die(number);
    } else if (milliseconds() - atomic_load(&caught_at) > TOGETHER_MILLISECONDS) {
        die(number);
    }
}

/* A signal that was ignored before stays so. */
static void install(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    action.sa_flags = SA_RESTART; /* reads and writes need not know of signals */
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
        struct sigaction before;
        if (sigaction(watched[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(watched[i], &action, NULL);
    }
}

void ndup_signals_ignore_pipe(void)
{
    signal(SIGPIPE, SIG_IGN);
}

void ndup_signals_watch(neardup_job *job)
{
    atomic_store(&caught, 0);
    atomic_store(&caught_at, INT64_MAX);
    atomic_store(&running, job);
    install();
}

int ndup_signals_unwatch(void)
{
    atomic_store(&running, NULL);
    return atomic_load(&caught);
}

/* Only the main thread handles signals: those of the library block them. */
void ndup_signals_hold(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
        sigaddset(&set, watched[i]);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

void ndup_signals_release(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

void ndup_signals_remove(const char *path)
{
    size_t length = strlen(path);
    install();
    for (size_t i = 0; i < FILES && length < sizeof files[i].path; i++) {
        if (atomic_load(&files[i].taken))
            continue;
        memcpy(files[i].path, path, length + 1);
        atomic_store(&files[i].taken, true);
        return;
    }
}

void ndup_signals_keep(const char *path)
{
    for (size_t i = 0; i < FILES; i++) {
        if (atomic_load(&files[i].taken) && strcmp(files[i].path, path) == 0)
            atomic_store(&files[i].taken, false);
    }
}

void ndup_signals_raise(int signal_number)
{
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}
