/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/process.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Of standard error for the message of a failure: its first line, and no more than a message has room for. */
#define KEPT_ERRORS 400u
#define SHOWN_ERROR 200

/* Between two looks at *cancel while the program has nothing to give, as for other pipes (input/decompress.c). */
#define POLL_MILLISECONDS 100
/* Between two looks at a program that has closed its output and not yet ended, which is a matter of microseconds. */
#define END_MILLISECONDS 1
/* A program that gets SIGTERM has this long to remove its temporary files. The watchdog of the command line ends neardup
 * itself after 30. */
#define PATIENCE_MILLISECONDS 20

/* Programs that are ended when a signal ends neardup: more run side by side only on machines with more cores. */
#define REGISTERED 512

/* ---- the words of a command ---- */

bool ndup_program_add(struct ndup_program *command, const char *word)
{
    size_t capacity = command->count;
    char *copy = strdup(word);
    if (copy == NULL || !ndup_grow(&command->words, &capacity, command->count + 1, sizeof *command->words)) {
        free(copy);
        return false;
    }
    command->words[command->count++] = copy;
    command->has_place = command->has_place || strcmp(word, "{}") == 0;
    return true;
}

void ndup_program_free(struct ndup_program *command)
{
    for (size_t i = 0; i < command->count; i++)
        free(command->words[i]);
    free(command->words);
    *command = (struct ndup_program){0};
}

/* The next word into `word`, NUL-terminated; *at moves past it. False: a quote has no end. */
static bool next_word(const char **at, struct ndup_buf *word)
{
    char quote = '\0';
    for (; **at != '\0' && (quote != '\0' || strchr(" \t\r\n", **at) == NULL); ++*at) {
        char c = **at;
        if (quote == '\0' && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = '\0';
        else
            ndup_buf_append(word, &c, 1);
    }
    ndup_buf_append(word, "", 1);
    return quote == '\0';
}

neardup_status ndup_program_parse(struct ndup_program *command, const char *text, neardup_error *err)
{
    struct ndup_buf word = NDUP_BUF_INIT;
    bool whole = true, room = true;
    *command = (struct ndup_program){0};
    for (const char *at = text + strspn(text, " \t\r\n"); *at != '\0' && whole && room; at += strspn(at, " \t\r\n")) {
        ndup_buf_clear(&word);
        whole = next_word(&at, &word);
        room = !word.failed && ndup_program_add(command, word.data);
    }
    ndup_buf_free(&word);
    if (!room)
        return ndup_fail_nomem(err);
    if (!whole)
        return ndup_fail(err, NEARDUP_E_ARG, "invalid command '%.100s': a quote has no end", text);
    if (command->count == 0 || command->words[0][0] == '\0')
        return ndup_fail(err, NEARDUP_E_ARG, "invalid command '%.100s': expected the name of a program", text);
    return NEARDUP_OK;
}

/* ---- which ones are running ---- */

static _Atomic(pid_t) registered[REGISTERED];

static void enter(pid_t pid)
{
    for (size_t i = 0; i < REGISTERED; i++) {
        pid_t none = 0;
        if (atomic_compare_exchange_strong(&registered[i], &none, pid))
            return;
    }
}

static void leave(pid_t pid)
{
    for (size_t i = 0; i < REGISTERED; i++) {
        pid_t own = pid;
        if (atomic_compare_exchange_strong(&registered[i], &own, 0))
            return;
    }
}

void ndup_process_kill_all(void)
{
    for (size_t i = 0; i < REGISTERED; i++) {
        pid_t pid = atomic_load(&registered[i]);
        if (pid > 0)
            kill(-pid, SIGTERM);
    }
}

/* ---- starting ---- */

struct ndup_process {
    char *name;     /* of the program, for messages */
    pid_t pid;      /* 0: it has ended, and was waited for */
    int out, error; /* what we read; -1: closed */
    int in;         /* what we write; -1: nothing */
    const atomic_bool *cancel;
    char errors[KEPT_ERRORS + 1];
    size_t error_bytes;
    int ended; /* how it ended: si_code and si_status of waitid */
    int number;
};

/* Two ends that are not 0, 1 or 2, which a caller may have closed: they would be replaced in the program. With
 * sockets SIGPIPE can be avoided, which would end the process of whoever uses the library. */
static int make_ends(int ends[2], bool sockets)
{
    int raw[2];
    if ((sockets ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw) : pipe2(raw, O_CLOEXEC)) != 0)
        return errno;
    int code = 0;
    for (int i = 0; i < 2; i++) {
        ends[i] = raw[i] > STDERR_FILENO ? raw[i] : fcntl(raw[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (ends[i] < 0)
            code = errno;
        if (ends[i] != raw[i])
            close(raw[i]);
    }
    if (code != 0) {
        for (int i = 0; i < 2; i++) {
            if (ends[i] >= 0)
                close(ends[i]);
        }
    }
    return code;
}

/* Signals as programs expect them: ours ignores SIGPIPE, and blocks in its threads what the main thread handles. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    static const int defaults[] = {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD};
    sigset_t none, set;
    sigemptyset(&none);
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        sigaddset(&set, defaults[i]);
    int code = posix_spawnattr_setsigmask(attributes, &none);
    if (code == 0)
        code = posix_spawnattr_setsigdefault(attributes, &set);
    if (code == 0)
        code = posix_spawnattr_setpgroup(attributes, 0);
    if (code == 0)
        code = posix_spawnattr_setflags(attributes,
                                        POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    return code;
}

static int set_files(posix_spawn_file_actions_t *actions, int in, int out, int error)
{
    int code = in >= 0 ? posix_spawn_file_actions_adddup2(actions, in, STDIN_FILENO)
                       : posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(actions, error, STDERR_FILENO);
    return code;
}

static int spawn(pid_t *pid, char **arguments, int in, int out, int error)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        code = set_files(&actions, in, out, error);
        if (code == 0)
            code = set_attributes(&attributes);
        if (code == 0)
            code = posix_spawnp(pid, arguments[0], &actions, &attributes, arguments, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

/* The words with the path among them. Those of the command are borrowed; *own_path is what must be freed beside the array. */
static char **make_arguments(const struct ndup_program *command, const char *path, char **own_path)
{
    char **list = ndup_calloc(command->count + 2, sizeof *list);
    size_t n = 0;
    *own_path = NULL;
    if (list == NULL)
        return NULL;
    if (path != NULL && asprintf(own_path, "%s%s", path[0] == '-' ? "./" : "", path) < 0) {
        free(list);
        *own_path = NULL;
        return NULL;
    }
    for (size_t i = 0; i < command->count; i++)
        list[n++] = *own_path != NULL && command->has_place && strcmp(command->words[i], "{}") == 0 ? *own_path
                                                                                                    : command->words[i];
    if (*own_path != NULL && !command->has_place)
        list[n] = *own_path;
    return list;
}

static void close_end(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

static neardup_status start(struct ndup_process *p, const struct ndup_program *command, const char *path,
                            struct ndup_process_files files, neardup_error *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, error[2] = {-1, -1};
    char *own_path, **arguments = make_arguments(command, path, &own_path);
    if (arguments == NULL)
        return ndup_fail_nomem(err);
    int code = files.out < 0 ? make_ends(out, false) : 0;
    if (code == 0)
        code = make_ends(error, false);
    if (code == 0 && files.asks)
        code = make_ends(in, true);
    if (code == 0)
        code = spawn(&p->pid, arguments, files.asks ? in[0] : files.in, files.out < 0 ? out[1] : files.out, error[1]);
    close_end(&in[0]);
    close_end(&out[1]);
    close_end(&error[1]);
    p->in = in[1];
    p->out = out[0];
    p->error = error[0];
    free(own_path);
    free(arguments);
    if (code != 0) {
        p->pid = 0;
        return ndup_fail_errno(err, code, "cannot run '%.100s'", p->name);
    }
    enter(p->pid);
    return NEARDUP_OK;
}

neardup_status ndup_process_start(struct ndup_process **out, const struct ndup_program *command, const char *path,
                                  struct ndup_process_files files, const atomic_bool *cancel, neardup_error *err)
{
    *out = NULL;
    struct ndup_process *p = ndup_calloc(1, sizeof *p);
    if (p == NULL)
        return ndup_fail_nomem(err);
    p->in = p->out = p->error = -1;
    p->cancel = cancel;
    p->name = strdup(command->words[0]);
    neardup_status st = p->name != NULL ? start(p, command, path, files, err) : ndup_fail_nomem(err);
    if (st != NEARDUP_OK) {
        ndup_process_destroy(p);
        return st;
    }
    *out = p;
    return NEARDUP_OK;
}

/* ---- reading ---- */

/* Some bytes of standard error: they must be read, or the program waits. */
static void read_errors(struct ndup_process *p)
{
    char bytes[4096];
    ssize_t n;
    do
        n = read(p->error, bytes, sizeof bytes);
    while (n < 0 && errno == EINTR);
    if (n <= 0) {
        close_end(&p->error);
        return;
    }
    size_t room = KEPT_ERRORS - p->error_bytes, more = (size_t)n < room ? (size_t)n : room;
    memcpy(p->errors + p->error_bytes, bytes, more);
    p->error_bytes += more;
}

/* Until one of the pipes has something, or the time is over. */
static neardup_status wait_for_pipes(struct ndup_process *p, int milliseconds, bool *has_output, neardup_error *err)
{
    struct pollfd pipes[2] = {{.fd = p->out, .events = POLLIN}, {.fd = p->error, .events = POLLIN}};
    *has_output = false;
    if (p->cancel != NULL && atomic_load_explicit(p->cancel, memory_order_relaxed))
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    if (poll(pipes, 2, milliseconds) <= 0)
        return NEARDUP_OK;
    if (p->error >= 0 && pipes[1].revents != 0)
        read_errors(p);
    *has_output = p->out >= 0 && pipes[0].revents != 0;
    return NEARDUP_OK;
}

/* Whether it has ended; then it is waited for. */
static bool has_ended(struct ndup_process *p)
{
    siginfo_t info = {.si_pid = 0};
    if (p->pid == 0)
        return true;
    int code = waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    if (code != 0 && errno == EINTR)
        return false;
    if (code == 0 && info.si_pid == 0)
        return false;
    /* Where the caller ignores SIGCHLD nobody learns how it ended. */
    p->ended = code == 0 ? info.si_code : 0;
    p->number = code == 0 ? info.si_status : 0;
    leave(p->pid); /* before its number can be that of another program */
    while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    p->pid = 0;
    return true;
}

/* The first line of its messages that says something. */
static const char *first_error(struct ndup_process *p)
{
    char *line = p->errors + strspn(p->errors, " \t\r\n");
    p->errors[p->error_bytes] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static neardup_status judge(struct ndup_process *p, neardup_error *err)
{
    if (p->ended == CLD_EXITED && p->number == 0)
        return NEARDUP_OK;
    const char *line = first_error(p), *colon = line[0] != '\0' ? ": " : "";
    if (p->ended == CLD_EXITED)
        return ndup_fail(err, NEARDUP_E_IO, "'%.100s' failed with status %d%s%.*s", p->name, p->number, colon,
                         SHOWN_ERROR, line);
    if (p->ended == 0)
        return ndup_fail(err, NEARDUP_E_IO, "cannot learn how '%.100s' ended: the program ignores SIGCHLD", p->name);
    return ndup_fail(err, NEARDUP_E_IO, "'%.100s' was killed by signal %d (%s)%s%.*s", p->name, p->number,
                     strsignal(p->number), colon, SHOWN_ERROR, line);
}

/* Its output has ended. Programs that it started may still have its standard error open: nobody waits for them. */
static neardup_status wait_for_end(struct ndup_process *p, neardup_error *err)
{
    bool has_output;
    while (!has_ended(p))
        NDUP_TRY(wait_for_pipes(p, p->error >= 0 ? POLL_MILLISECONDS : END_MILLISECONDS, &has_output, err));
    struct pollfd rest = {.fd = p->error, .events = POLLIN};
    while (p->error >= 0 && poll(&rest, 1, 0) > 0)
        read_errors(p);
    return judge(p, err);
}

neardup_status ndup_process_read(struct ndup_process *p, void *buffer, size_t capacity, size_t *got, neardup_error *err)
{
    bool has_output = false;
    *got = 0;
    while (p->out >= 0) {
        NDUP_TRY(wait_for_pipes(p, POLL_MILLISECONDS, &has_output, err));
        if (!has_output)
            continue;
        ssize_t n = read(p->out, buffer, capacity);
        if (n > 0) {
            *got = (size_t)n;
            return NEARDUP_OK;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ndup_fail_errno(err, errno, "cannot read the output of '%.100s'", p->name);
        close_end(&p->out);
    }
    return wait_for_end(p, err);
}

int ndup_process_exit_status(const struct ndup_process *p)
{
    return p->pid == 0 && p->ended == CLD_EXITED ? p->number : -1;
}

/* ---- writing ---- */

neardup_status ndup_process_write(struct ndup_process *p, const void *bytes, size_t length, neardup_error *err)
{
    for (size_t at = 0; at < length;) {
        struct pollfd wait = {.fd = p->in, .events = POLLOUT};
        if (p->cancel != NULL && atomic_load_explicit(p->cancel, memory_order_relaxed))
            return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
        if (poll(&wait, 1, POLL_MILLISECONDS) <= 0)
            continue;
        ssize_t n = send(p->in, (const char *)bytes + at, length - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            at += (size_t)n;
        else if (n < 0 && errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
            return ndup_fail_errno(err, errno, "cannot ask '%.100s'", p->name);
    }
    return NEARDUP_OK;
}

/* ---- the end ---- */

static void end(struct ndup_process *p)
{
    static const struct timespec moment = {.tv_nsec = 1000000};
    kill(-p->pid, SIGTERM);
    for (int i = 0; i < PATIENCE_MILLISECONDS && !has_ended(p); i++)
        nanosleep(&moment, NULL);
    if (p->pid != 0)
        kill(-p->pid, SIGKILL);
    while (!has_ended(p))
        nanosleep(&moment, NULL);
}

void ndup_process_destroy(struct ndup_process *p)
{
    if (p == NULL)
        return;
    close_end(&p->in);
    close_end(&p->out);
    close_end(&p->error);
    if (p->pid != 0)
        end(p);
    free(p->name);
    free(p);
}
