/* SPDX-License-Identifier: MIT
 * An LD_PRELOAD library that fills fresh memory, and makes the N-th call of a kind fail, once or from then on.
 *
 * Fresh memory is never zero by luck. MALLOC_PERTURB_ of glibc does the same, but fills all of it: a run that reserves
 * 30 MB and uses 1 MB of them then takes four times as long. Here only the beginning of an allocation is filled.
 *
 *   FAULT_KIND=alloc|read|write|open|rename|thread  FAULT_AT=N (from 1)  FAULT_STICKY=1 (all later ones too; empty: not)
 *   FAULT_ERRNO=number (default EIO; ENOSPC for write)  FAULT_REPORT=path
 *
 * FAULT_REPORT gets the number of calls of the kind at exit, so that the driver knows when it has tried them all.
 * Allocations count from the first call of main's libraries on, and nothing fails after main has returned, where gcov
 * writes its counters. Standard streams (0 to 2) are left alone, so that the error message can be printed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { NONE, ALLOC, READ, WRITE, OPEN, RENAME, THREAD };

static enum kind armed;
static bool sticky;
static long fail_at;
static int fail_errno = EIO;
static atomic_long calls;
static atomic_bool over; /* main has returned */

__attribute__((constructor)) static void arm(void)
{
    static const char *const names[] = {"none", "alloc", "read", "write", "open", "rename", "thread"};
    const char *kind = getenv("FAULT_KIND"), *at = getenv("FAULT_AT"), *number = getenv("FAULT_ERRNO");
    fail_at = at != NULL ? atol(at) : 0;
    const char *again = getenv("FAULT_STICKY");
    sticky = again != NULL && *again != '\0';
    for (int i = 1; kind != NULL && i <= THREAD; i++)
        if (strcmp(kind, names[i]) == 0)
            armed = (enum kind)i;
    fail_errno = number != NULL ? atoi(number) : armed == WRITE ? ENOSPC : armed == THREAD ? EAGAIN : EIO;
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("FAULT_REPORT");
    enum kind was = armed;
    armed = NONE;
    FILE *f = path != NULL && was != NONE ? fopen(path, "w") : NULL;
    if (f != NULL) {
        fprintf(f, "%ld\n", atomic_load(&calls));
        fclose(f);
    }
}

static bool fails(enum kind kind)
{
    if (kind != armed || over)
        return false;
    long n = atomic_fetch_add(&calls, 1) + 1;
    return n == fail_at || (sticky && fail_at > 0 && n > fail_at);
}

static bool standard(int fd)
{
    return fd >= 0 && fd <= 2;
}

/* The real function, looked up at its first use. */
#define REAL(name)                                                                                                     \
    static _Atomic(void *) found;                                                                                      \
    void *real = atomic_load(&found);                                                                                  \
    if (real == NULL) {                                                                                                \
        real = dlsym(RTLD_NEXT, name);                                                                                 \
        atomic_store(&found, real);                                                                                    \
    }

static int (*real_main)(int, char **, char **);

static int watched_main(int count, char **arguments, char **environment)
{
    int status = real_main(count, arguments, environment);
    atomic_store(&over, true);
    return status;
}

/* What the first code of a program calls. */
int __libc_start_main(int (*main)(int, char **, char **), int count, char **arguments, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    REAL("__libc_start_main")
    real_main = main;
    return ((int (*)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
                     void *))real)(watched_main, count, arguments, init, fini, rtld_fini, stack_end);
}

#define FILLED ((size_t)16384) /* what a reader of fresh memory reads first, and a small part of a batch (2 MB) */

static void *filled(void *fresh, size_t from, size_t n)
{
    size_t end = n < from + FILLED ? n : from + FILLED;
    if (fresh != NULL && end > from)
        memset((char *)fresh + from, 0x5a, end - from);
    return fresh;
}

/* glibc's own allocator under its second names: dlsym allocates, so that it cannot be asked here. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t n)
{
    if (fails(ALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    return filled(__libc_malloc(n), 0, n);
}

void *calloc(size_t count, size_t n)
{
    if (fails(ALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
    if (fails(ALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    size_t old = p != NULL ? malloc_usable_size(p) : 0;
    return filled(__libc_realloc(p, n), old, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    if (fails(ALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    return filled(__libc_memalign(alignment, n), 0, n);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    void *p = fails(ALLOC) ? NULL : __libc_memalign(alignment, n);
    if (p == NULL)
        return ENOMEM;
    *out = filled(p, 0, n);
    return 0;
}

ssize_t read(int fd, void *buffer, size_t n)
{
    REAL("read")
    if (!standard(fd) && fails(READ)) {
        errno = fail_errno;
        return -1;
    }
    return ((ssize_t(*)(int, void *, size_t))real)(fd, buffer, n);
}

ssize_t pread(int fd, void *buffer, size_t n, off_t at)
{
    REAL("pread")
    if (fails(READ)) {
        errno = fail_errno;
        return -1;
    }
    return ((ssize_t(*)(int, void *, size_t, off_t))real)(fd, buffer, n, at);
}

ssize_t pread64(int fd, void *buffer, size_t n, off64_t at)
{
    return pread(fd, buffer, n, at);
}

ssize_t write(int fd, const void *buffer, size_t n)
{
    REAL("write")
    if (!standard(fd) && fails(WRITE)) {
        errno = fail_errno;
        return -1;
    }
    return ((ssize_t(*)(int, const void *, size_t))real)(fd, buffer, n);
}

ssize_t pwrite(int fd, const void *buffer, size_t n, off_t at)
{
    REAL("pwrite")
    if (fails(WRITE)) {
        errno = fail_errno;
        return -1;
    }
    return ((ssize_t(*)(int, const void *, size_t, off_t))real)(fd, buffer, n, at);
}

ssize_t pwrite64(int fd, const void *buffer, size_t n, off64_t at)
{
    return pwrite(fd, buffer, n, at);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t n, unsigned flags)
{
    REAL("copy_file_range")
    if (fails(WRITE)) {
        errno = fail_errno;
        return -1;
    }
    return ((ssize_t(*)(int, off64_t *, int, off64_t *, size_t, unsigned))real)(from, from_at, to, to_at, n, flags);
}

static mode_t mode_of(int flags, va_list args)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    REAL("open")
    if (fails(OPEN)) {
        errno = fail_errno;
        return -1;
    }
    return ((int (*)(const char *, int, ...))real)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    REAL("openat")
    if (fails(OPEN)) {
        errno = fail_errno;
        return -1;
    }
    return ((int (*)(int, const char *, int, ...))real)(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return openat(folder, path, flags, mode);
}

int rename(const char *from, const char *to)
{
    REAL("rename")
    if (fails(RENAME)) {
        errno = fail_errno;
        return -1;
    }
    return ((int (*)(const char *, const char *))real)(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    REAL("renameat")
    if (fails(RENAME)) {
        errno = fail_errno;
        return -1;
    }
    return ((int (*)(int, const char *, int, const char *))real)(from_folder, from, to_folder, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    REAL("renameat2")
    if (fails(RENAME)) {
        errno = fail_errno;
        return -1;
    }
    return ((int (*)(int, const char *, int, const char *, unsigned))real)(from_folder, from, to_folder, to, flags);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    REAL("pthread_create")
    if (fails(THREAD))
        return fail_errno;
    return ((int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))real)(thread, attributes, start,
                                                                                           argument);
}
