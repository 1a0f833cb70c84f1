/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/buf.h"
#include "base/process.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "output/outdir.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/term.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum ndup_term_style style;
    int needs; /* the verbosity below which it is not said */
} kinds[] = {
    [NEARDUP_NOTE] = {"note", NDUP_TERM_CYAN, 0},
    [NEARDUP_WARNING] = {"warning", NDUP_TERM_YELLOW, 0},
    [NEARDUP_ERROR] = {"error", NDUP_TERM_RED, -1},
};

static void append_line(struct ndup_buf *out, const struct ndup_msg *msg, const char *word, enum ndup_term_style style,
                        const char *text, size_t length)
{
    struct ndup_buf named = NDUP_BUF_INIT;
    ndup_options_name_fields(&named, text, length);
    ndup_buf_printf(out, "%s%s:%s ", ndup_term_begin(msg->colour, style), word, ndup_term_end(msg->colour, style));
    ndup_safe_append(out, named.data, named.len);
    ndup_buf_append_str(out, "\n");
    out->failed = out->failed || named.failed;
    ndup_buf_free(&named);
}

/* One write for the whole message, so that lines of two programs do not mix. The library names fields where people know options,
 * and may say in a second line what to do. */
static void say(const struct ndup_msg *msg, const char *place, uint64_t line, const char *word,
                enum ndup_term_style style, const char *text)
{
    struct ndup_buf out = NDUP_BUF_INIT;
    if (place != NULL) {
        ndup_safe_append_path(&out, place);
        if (line > 0)
            ndup_buf_printf(&out, ":%llu", (unsigned long long)line);
        ndup_buf_append_str(&out, ": ");
    }
    const char *advice = strstr(text, "\n`"); /* a line end alone may be part of a name */
    append_line(&out, msg, word, style, text, advice != NULL ? (size_t)(advice - text) : strlen(text));
    if (advice != NULL)
        append_line(&out, msg, "hint", NDUP_TERM_CYAN, advice + 1, strlen(advice + 1));
    if (msg->progress != NULL)
        ndup_progress_clear(msg->progress);
    if (out.failed)
        fprintf(msg->stream, "neardup: %s: %s\n", word, text);
    else
        fwrite(out.data, 1, out.len, msg->stream);
    fflush(msg->stream);
    ndup_buf_free(&out);
}

void ndup_msg_at(const struct ndup_msg *msg, neardup_severity severity, const char *file, uint64_t line,
                 const char *text)
{
    if (msg->verbosity >= kinds[severity].needs)
        say(msg, file != NULL ? file : "neardup", file != NULL ? line : 0, kinds[severity].word, kinds[severity].style,
            text);
}

static void say_list(const struct ndup_msg *msg, neardup_severity severity, const char *format, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    ndup_msg_at(msg, severity, msg->place, 0, text);
}

void ndup_msg_error(const struct ndup_msg *msg, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(msg, NEARDUP_ERROR, format, args);
    va_end(args);
}

void ndup_msg_warning(const struct ndup_msg *msg, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(msg, NEARDUP_WARNING, format, args);
    va_end(args);
}

void ndup_msg_note(const struct ndup_msg *msg, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(msg, NEARDUP_NOTE, format, args);
    va_end(args);
}

void ndup_msg_hint(const struct ndup_msg *msg, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(msg, NULL, 0, "hint", NDUP_TERM_CYAN, text);
}

/* ---- progress ---------------------------------------------------------------------------------------------------- */

#define REDRAW_SECONDS 0.2
#define BAR_COLUMNS    20

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void ndup_progress_init(struct ndup_progress *progress, FILE *stream, bool wanted)
{
    *progress = (struct ndup_progress){.stream = stream};
    progress->enabled = wanted && ndup_term_is_tty(stream);
    progress->last_drawn = now();
}

static void append_bar(struct ndup_buf *buf, double share)
{
    size_t filled = (size_t)(share * BAR_COLUMNS);
    ndup_buf_append_str(buf, " [");
    for (size_t i = 0; i < BAR_COLUMNS; i++)
        ndup_buf_append_str(buf, i < filled ? "=" : i == filled ? ">" : " ");
    ndup_buf_printf(buf, "] %3.0f %%", share * 100);
}

static struct ndup_number amount(uint64_t n, bool in_bytes)
{
    return in_bytes ? ndup_number_bytes(n) : ndup_number_group(n);
}

static void append_rate(struct ndup_buf *buf, const neardup_progress *state, double seconds)
{
    double rate = (double)state->done / seconds;
    if (state->in_bytes)
        ndup_buf_printf(buf, "  %s", ndup_number_rate(state->done, seconds).text);
    else
        ndup_buf_printf(buf, "  %s/s", ndup_number_group((uint64_t)rate).text);
    if (state->total > state->done && rate > 0) {
        double left = (double)(state->total - state->done) / rate;
        if (left < 60)
            ndup_buf_printf(buf, "  ETA %.0f s", left < 1 ? 1 : left);
        else
            ndup_buf_printf(buf, "  ETA %s", ndup_number_seconds(left).text);
    }
}

void ndup_progress_format(struct ndup_buf *buf, const neardup_progress *state, double seconds, size_t columns)
{
    struct ndup_buf line = NDUP_BUF_INIT;
    ndup_buf_printf(&line, "%-7s", state->phase);
    if (state->total > 0) {
        uint64_t done = state->done < state->total ? state->done : state->total;
        if (columns >= 70)
            append_bar(&line, (double)done / (double)state->total);
        ndup_buf_printf(&line, "  %s of %s", amount(done, state->in_bytes).text,
                        amount(state->total, state->in_bytes).text);
    } else {
        ndup_buf_printf(&line, "  %s", amount(state->done, state->in_bytes).text);
    }
    if (seconds >= 0.5)
        append_rate(&line, state, seconds);
    if (!line.failed)
        ndup_safe_fit(buf, line.data, line.len, columns, NDUP_SAFE_KEEP_START);
    ndup_buf_free(&line);
}

void ndup_progress_update(struct ndup_progress *progress, const neardup_progress *state)
{
    if (!progress->enabled)
        return;
    double time = now();
    if (strncmp(progress->phase, state->phase, sizeof progress->phase - 1) != 0) {
        snprintf(progress->phase, sizeof progress->phase, "%s", state->phase);
        progress->phase_started = time;
    }
    if (time - progress->last_drawn < REDRAW_SECONDS)
        return;
    progress->last_drawn = time;
    struct ndup_buf line = NDUP_BUF_INIT;
    /* One column is left free: a full last line makes some terminals scroll. */
    ndup_progress_format(&line, state, time - progress->phase_started, ndup_term_width(progress->stream, 80) - 1);
    if (!line.failed) {
        fprintf(progress->stream, "\r%.*s\033[K", (int)line.len, line.data);
        fflush(progress->stream);
        progress->drawn = true;
    }
    ndup_buf_free(&line);
}

void ndup_progress_clear(struct ndup_progress *progress)
{
    if (progress->drawn) {
        fputs("\r\033[K", progress->stream);
        fflush(progress->stream);
        progress->drawn = false;
    }
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

/* SIGXCPU: a limit on processor time (ulimit -t), with some seconds left. */
static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU};

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

/* A job looks between two documents whether it is to stop, and one document can be a gigabyte. So that a signal is followed at
 * once whatever the job is in, a thread waits for the signal, gives the job this time to end by itself, and then removes what
 * the job has written and ends the program. To poll in every loop would cost each of them, and miss the next one. */
#define PATIENCE_MILLISECONDS 30

static struct {
    bool running;
    pthread_t thread;
    sem_t wake; /* a signal came, or the job has ended */
    sem_t done; /* the job has ended */
    atomic_bool ended;
    const struct ndup_msg *msg;
} watchdog;

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#if defined(NDUP_COUNTED)
void __gcov_dump(void);
#endif

void ndup_signals_raise(int signal_number)
{
#if defined(NDUP_COUNTED) /* gcov writes its counters when a program ends by itself */
    __gcov_dump();
#endif
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void die(int number)
{
    ndup_process_kill_all();
    for (size_t i = 0; i < FILES; i++) {
        if (atomic_load(&files[i].taken))
            unlink(files[i].path);
    }
    ndup_signals_raise(number);
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
        if (job != NULL && watchdog.running)
            sem_post(&watchdog.wake);
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

void ndup_signals_ignore(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static void wait_on(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0 && errno == EINTR)
        ;
}

static bool job_ends_in_time(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PATIENCE_MILLISECONDS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int waited;
    do
        waited = sem_timedwait(&watchdog.done, &until);
    while (waited != 0 && errno == EINTR);
    return waited == 0;
}

static void *watch_job(void *unused)
{
    wait_on(&watchdog.wake);
    /* Files that are being put in place are waited for: the run is then complete. */
    if (atomic_load(&watchdog.ended) || job_ends_in_time() || !ndup_outdir_abandon())
        return unused;
    ndup_msg_note(watchdog.msg, "interrupted; temporary files were removed");
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    die(atomic_load(&caught));
    return unused;
}

void ndup_signals_watch(neardup_job *job, const struct ndup_msg *msg)
{
    sigset_t before;
    atomic_store(&caught, 0);
    atomic_store(&caught_at, INT64_MAX);
    watchdog.msg = msg;
    atomic_store(&watchdog.ended, false);
    sem_init(&watchdog.wake, 0, 0);
    sem_init(&watchdog.done, 0, 0);
    ndup_signals_hold(&before); /* in the thread; without one, the job ends between two documents */
    watchdog.running = pthread_create(&watchdog.thread, NULL, watch_job, NULL) == 0;
    ndup_signals_release(&before);
    atomic_store(&running, job);
    install();
}

int ndup_signals_unwatch(void)
{
    sigset_t before;
    atomic_store(&running, NULL);
    ndup_signals_hold(&before); /* no handler has the semaphores */
    if (watchdog.running) {
        watchdog.running = false;
        atomic_store(&watchdog.ended, true);
        sem_post(&watchdog.done);
        sem_post(&watchdog.wake);
        pthread_join(watchdog.thread, NULL);
    }
    sem_destroy(&watchdog.wake);
    sem_destroy(&watchdog.done);
    ndup_signals_release(&before);
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
