/* SPDX-License-Identifier: MIT
 * An LD_PRELOAD library that kills the process (SIGKILL) just before its N-th call that changes files: creating, writing,
 * renaming, removing, locking, syncing.
 *
 *   KILL_AT=N (from 1; 0: never)   KILL_KIND=rename|any   KILL_REPORT=path: gets the number of such calls at exit */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static long kill_at;
static bool only_renames;
static atomic_long calls;

__attribute__((constructor)) static void arm(void)
{
    const char *at = getenv("KILL_AT"), *kind = getenv("KILL_KIND");
    kill_at = at != NULL ? atol(at) : 0;
    only_renames = kind != NULL && strcmp(kind, "rename") == 0;
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("KILL_REPORT");
    long count = atomic_load(&calls);
    kill_at = 0;
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file != NULL) {
        fprintf(file, "%ld\n", count);
        fclose(file);
    }
}

static void step(bool renames)
{
    if ((renames || !only_renames) && atomic_fetch_add(&calls, 1) + 1 == kill_at)
        kill(getpid(), SIGKILL);
}

#define REAL(name)                                                                                                     \
    static _Atomic(void *) found;                                                                                      \
    void *real = atomic_load(&found);                                                                                  \
    if (real == NULL) {                                                                                                \
        real = dlsym(RTLD_NEXT, name);                                                                                 \
        atomic_store(&found, real);                                                                                    \
    }

#define CALL(result, name, renames, parameters, arguments)                                                             \
    result name parameters                                                                                             \
    {                                                                                                                  \
        REAL(#name)                                                                                                    \
        step(renames);                                                                                                 \
        return ((result(*) parameters)real)arguments;                                                                  \
    }

CALL(int, rename, true, (const char *from, const char *to), (from, to))
CALL(int, renameat, true, (int from_folder, const char *from, int to_folder, const char *to),
     (from_folder, from, to_folder, to))
CALL(int, renameat2, true, (int from_folder, const char *from, int to_folder, const char *to, unsigned flags),
     (from_folder, from, to_folder, to, flags))
CALL(int, unlink, true, (const char *path), (path))
CALL(int, unlinkat, true, (int folder, const char *path, int flags), (folder, path, flags))
CALL(int, rmdir, true, (const char *path), (path))
CALL(int, mkdir, true, (const char *path, mode_t mode), (path, mode))
CALL(int, mkdirat, true, (int folder, const char *path, mode_t mode), (folder, path, mode))
CALL(int, flock, false, (int descriptor, int operation), (descriptor, operation))
CALL(int, fsync, false, (int descriptor), (descriptor))
CALL(int, syncfs, false, (int descriptor), (descriptor))
CALL(int, ftruncate, false, (int descriptor, off_t length), (descriptor, length))
CALL(ssize_t, write, false, (int descriptor, const void *buffer, size_t n), (descriptor, buffer, n))
CALL(ssize_t, pwrite, false, (int descriptor, const void *buffer, size_t n, off_t at), (descriptor, buffer, n, at))

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    REAL("open")
    if ((flags & O_CREAT) != 0)
        step(true);
    return ((int (*)(const char *, int, ...))real)(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    REAL("openat")
    if ((flags & O_CREAT) != 0)
        step(true);
    return ((int (*)(int, const char *, int, ...))real)(folder, path, flags, mode);
}
