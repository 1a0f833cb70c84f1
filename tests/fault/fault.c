/* SPDX-License-Identifier: MIT
 * An LD_PRELOAD library that fills fresh memory, and makes the N-th call of a kind fail, once or from then on.
 *
 * Fresh memory is never zero by luck. MALLOC_PERTURB_ of glibc does the same, but fills all of it: a run that reserves
 * 30 MB and uses 1 MB of them then takes four times as long. Here only the beginning of an allocation is filled.
 *
 *   FAULT_KIND=alloc|read|write|open|close|rename|stat|sync|folder|remove|lock|thread|short|eintr
 *   FAULT_AT=N (from 1)  FAULT_STICKY=1 (all later ones too; empty: not)  FAULT_REPORT=path
 *   FAULT_ERRNO=number (default EIO; ENOSPC for write, EAGAIN for thread)
 *   FAULT_NO_TMPFILE=1 (the file system has no unnamed files: O_TMPFILE gives EOPNOTSUPP)
 *
 * A call of kind short reads or writes one byte instead of many. One of kind eintr, a read or write, was interrupted by a
 * signal. Neither is an error. A close that fails has closed the descriptor, as on Linux.
 *
 * FAULT_REPORT gets a line for each call of the kind at exit, so that the driver knows how many there are: a number that
 * stands for the functions that led to it. Calls with the same number are the same line of the program, reached in the same way.
 * Allocations count from the first call of main's libraries on, and nothing fails after main has returned or exit was
 * called: what a program does then, such as gcov writing its counters, is not what is tried. Standard streams (0 to 2) are left alone, so that the error message can be printed. The C library does
 * not call its own read and write through us, so that streams are made here, of cookies. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind {
    NONE,
    ALLOC,
    READ,
    WRITE,
    OPEN,
    CLOSE,
    RENAME,
    STAT,
    SYNC,
    FOLDER,
    REMOVE,
    LOCK,
    THREAD,
    SHORT,
    INTERRUPT,
    KINDS
};

static enum kind armed;
static bool sticky, no_tmpfile;
static long fail_at;
static int fail_errno = EIO;
static atomic_long calls;
static atomic_bool over; /* main has returned */

/* ---- where a call comes from ---- */

#define MOST_PLACES ((size_t)1 << 20)
#define DEPTH       9 /* functions that make a call different from another one: two of them are here */

static uint32_t places[MOST_PLACES]; /* of each call, if there is a report */
static bool noted;
static uintptr_t program_begin, program_end;

static int find_program(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        program_end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    }
    program_begin = info->dlpi_addr;
    return 1; /* the first is the program */
}

/* The same in all runs: libraries, which are elsewhere each time, count as one place. */
static uint32_t place_of_call(void)
{
    void *frames[DEPTH];
    int count = backtrace(frames, DEPTH);
    uint64_t hash = 1;
    for (int i = 2; i < count; i++) {
        uintptr_t at = (uintptr_t)frames[i];
        bool inside = at >= program_begin && at < program_end;
        hash = (hash ^ (inside ? at - program_begin : 1)) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

__attribute__((constructor)) static void arm(void)
{
    static const char *const names[KINDS] = {"none", "alloc",  "read",   "write", "open",   "close", "rename", "stat",
                                             "sync", "folder", "remove", "lock",  "thread", "short", "eintr"};
    const char *kind = getenv("FAULT_KIND"), *at = getenv("FAULT_AT"), *number = getenv("FAULT_ERRNO");
    fail_at = at != NULL ? atol(at) : 0;
    const char *again = getenv("FAULT_STICKY");
    sticky = again != NULL && *again != '\0';
    no_tmpfile = getenv("FAULT_NO_TMPFILE") != NULL;
    for (int i = 1; kind != NULL && i < KINDS; i++)
        if (strcmp(kind, names[i]) == 0)
            armed = (enum kind)i;
    fail_errno = number != NULL ? atoi(number) : armed == WRITE ? ENOSPC : armed == THREAD ? EAGAIN : EIO;
    noted = armed != NONE && getenv("FAULT_REPORT") != NULL && fail_at == 0;
    if (noted) {
        enum kind asked = armed;
        armed = NONE; /* the first backtrace loads a library */
        dl_iterate_phdr(find_program, NULL);
        place_of_call();
        armed = asked;
    }
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("FAULT_REPORT");
    enum kind was = armed;
    armed = NONE;
    FILE *f = noted && was != NONE ? fopen(path, "w") : NULL;
    if (f != NULL) {
        for (long i = 0; i < calls && i < (long)MOST_PLACES; i++)
            fprintf(f, "%u\n", places[i]);
        fclose(f);
    }
}

static bool fails(enum kind kind)
{
    if (kind != armed || over)
        return false;
    long n = atomic_fetch_add(&calls, 1) + 1;
    if (noted && n <= (long)MOST_PLACES)
        places[n - 1] = place_of_call();
    return n == fail_at || (sticky && fail_at > 0 && n > fail_at);
}

/* A failure with errno. An interruption counts as one call of its own kind. */
static bool fails_with(enum kind kind)
{
    if (fails(kind))
        errno = fail_errno;
    else if ((kind == READ || kind == WRITE) && fails(INTERRUPT))
        errno = EINTR;
    else
        return false;
    return true;
}

static size_t shortened(size_t n)
{
    return n > 1 && fails(SHORT) ? 1 : n;
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

/* ---- main ---- */

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

void exit(int status)
{
    atomic_store(&over, true);
    REAL("exit")
    ((void (*)(int))real)(status);
    abort(); /* exit does not return */
}

/* ---- memory ---- */

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

/* ---- reading and writing ---- */

ssize_t read(int fd, void *buffer, size_t n)
{
    REAL("read")
    if (!standard(fd) && fails_with(READ))
        return -1;
    return ((ssize_t(*)(int, void *, size_t))real)(fd, buffer, standard(fd) ? n : shortened(n));
}

ssize_t pread(int fd, void *buffer, size_t n, off_t at)
{
    REAL("pread")
    if (fails_with(READ))
        return -1;
    return ((ssize_t(*)(int, void *, size_t, off_t))real)(fd, buffer, shortened(n), at);
}

ssize_t pread64(int fd, void *buffer, size_t n, off64_t at)
{
    return pread(fd, buffer, n, at);
}

ssize_t write(int fd, const void *buffer, size_t n)
{
    REAL("write")
    if (!standard(fd) && fails_with(WRITE))
        return -1;
    return ((ssize_t(*)(int, const void *, size_t))real)(fd, buffer, standard(fd) ? n : shortened(n));
}

ssize_t pwrite(int fd, const void *buffer, size_t n, off_t at)
{
    REAL("pwrite")
    if (fails_with(WRITE))
        return -1;
    return ((ssize_t(*)(int, const void *, size_t, off_t))real)(fd, buffer, shortened(n), at);
}

ssize_t pwrite64(int fd, const void *buffer, size_t n, off64_t at)
{
    return pwrite(fd, buffer, n, at);
}

/* As on a kernel that does not have it. */
int getentropy(void *buffer, size_t n)
{
    REAL("getentropy")
    if (!fails(READ))
        return ((int (*)(void *, size_t))real)(buffer, n);
    errno = ENOSYS;
    return -1;
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t n, unsigned flags)
{
    REAL("copy_file_range")
    if (fails_with(WRITE))
        return -1;
    return ((ssize_t(*)(int, off64_t *, int, off64_t *, size_t, unsigned))real)(from, from_at, to, to_at, shortened(n),
                                                                                flags);
}

#define ONE_ARGUMENT(name, kind, type)                                                                                 \
    int name(type a)                                                                                                   \
    {                                                                                                                  \
        REAL(#name)                                                                                                    \
        return fails_with(kind) ? -1 : ((int (*)(type))real)(a);                                                       \
    }
#define TWO_ARGUMENTS(name, kind, type, second)                                                                        \
    int name(type a, second b)                                                                                         \
    {                                                                                                                  \
        REAL(#name)                                                                                                    \
        return fails_with(kind) ? -1 : ((int (*)(type, second))real)(a, b);                                            \
    }

ONE_ARGUMENT(fsync, SYNC, int)
ONE_ARGUMENT(fdatasync, SYNC, int)
ONE_ARGUMENT(syncfs, SYNC, int)
TWO_ARGUMENTS(flock, LOCK, int, int)

/* Fails as a write does, but is never interrupted: the program holds signals back then. */
int ftruncate(int fd, off_t length)
{
    REAL("ftruncate")
    if (!fails(WRITE))
        return ((int (*)(int, off_t))real)(fd, length);
    errno = fail_errno;
    return -1;
}

int ftruncate64(int fd, off64_t length)
{
    return ftruncate(fd, length);
}

int close(int fd)
{
    REAL("close")
    int result = ((int (*)(int))real)(fd);
    return !standard(fd) && fails_with(CLOSE) ? -1 : result;
}

/* ---- files and folders ---- */

static mode_t mode_of(int flags, va_list args)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

#define MODE_OF(flags)                                                                                                 \
    va_list args;                                                                                                      \
    va_start(args, flags);                                                                                             \
    mode_t mode = mode_of(flags, args);                                                                                \
    va_end(args);

int open(const char *path, int flags, ...)
{
    MODE_OF(flags)
    if (no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    REAL("open")
    return fails_with(OPEN) ? -1 : ((int (*)(const char *, int, ...))real)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE_OF(flags)
    return open(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    MODE_OF(flags)
    REAL("openat")
    return fails_with(OPEN) ? -1 : ((int (*)(int, const char *, int, ...))real)(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    MODE_OF(flags)
    return openat(folder, path, flags, mode);
}

/* With 64 in their names: what programs with _FILE_OFFSET_BITS call, the same functions on 64 bits. */
TWO_ARGUMENTS(stat64, STAT, const char *, struct stat64 *)
TWO_ARGUMENTS(lstat64, STAT, const char *, struct stat64 *)
TWO_ARGUMENTS(fstat64, STAT, int, struct stat64 *)
TWO_ARGUMENTS(stat, STAT, const char *, struct stat *)
TWO_ARGUMENTS(lstat, STAT, const char *, struct stat *)
TWO_ARGUMENTS(fstat, STAT, int, struct stat *)

int fstatat(int folder, const char *path, struct stat *info, int flags)
{
    REAL("fstatat")
    return fails_with(STAT) ? -1 : ((int (*)(int, const char *, struct stat *, int))real)(folder, path, info, flags);
}

int fstatat64(int folder, const char *path, struct stat64 *info, int flags)
{
    return fstatat(folder, path, (struct stat *)(void *)info, flags);
}

TWO_ARGUMENTS(rename, RENAME, const char *, const char *)
TWO_ARGUMENTS(link, RENAME, const char *, const char *)

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    REAL("renameat")
    return fails_with(RENAME) ? -1
                              : ((int (*)(int, const char *, int, const char *))real)(from_folder, from, to_folder, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    REAL("renameat2")
    if (fails_with(RENAME))
        return -1;
    return ((int (*)(int, const char *, int, const char *, unsigned))real)(from_folder, from, to_folder, to, flags);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    REAL("linkat")
    if (fails_with(RENAME))
        return -1;
    return ((int (*)(int, const char *, int, const char *, int))real)(from_folder, from, to_folder, to, flags);
}

TWO_ARGUMENTS(mkdir, FOLDER, const char *, mode_t)
TWO_ARGUMENTS(fchmod, FOLDER, int, mode_t)
ONE_ARGUMENT(unlink, REMOVE, const char *)
ONE_ARGUMENT(rmdir, REMOVE, const char *)

int mkdirat(int folder, const char *path, mode_t mode)
{
    REAL("mkdirat")
    return fails_with(FOLDER) ? -1 : ((int (*)(int, const char *, mode_t))real)(folder, path, mode);
}

int unlinkat(int folder, const char *path, int flags)
{
    REAL("unlinkat")
    return fails_with(REMOVE) ? -1 : ((int (*)(int, const char *, int))real)(folder, path, flags);
}

DIR *opendir(const char *path)
{
    REAL("opendir")
    return fails_with(FOLDER) ? NULL : ((DIR * (*)(const char *)) real)(path);
}

DIR *fdopendir(int fd)
{
    REAL("fdopendir")
    return fails_with(FOLDER) ? NULL : ((DIR * (*)(int)) real)(fd);
}

struct dirent *readdir(DIR *folder)
{
    REAL("readdir")
    return fails_with(FOLDER) ? NULL : ((struct dirent * (*)(DIR *)) real)(folder);
}

struct dirent64 *readdir64(DIR *folder)
{
    return (struct dirent64 *)(void *)readdir(folder);
}

/* ---- streams ---- */

#define MOST_STREAMS 256

static FILE *stream[MOST_STREAMS];
static int descriptor[MOST_STREAMS];
static pthread_mutex_t streams = PTHREAD_MUTEX_INITIALIZER;

static ssize_t read_stream(void *cookie, char *buffer, size_t n)
{
    ssize_t got;
    while ((got = read((int)(intptr_t)cookie, buffer, n)) < 0 && errno == EINTR) {
    }
    return got;
}

/* The C library goes on after a short count to a descriptor, but takes one from a cookie for a failure. After an interruption
 * it gives up: only signals with SA_RESTART do not matter to streams. */
static ssize_t write_stream(void *cookie, const char *buffer, size_t n)
{
    size_t all = 0;
    while (all < n) {
        ssize_t done = write((int)(intptr_t)cookie, buffer + all, n - all);
        if (done < 0 && errno != EINTR)
            break;
        all += done > 0 ? (size_t)done : 0;
    }
    return (ssize_t)all;
}

static int seek_stream(void *cookie, off64_t *at, int from)
{
    *at = lseek((int)(intptr_t)cookie, *at, from);
    return *at < 0 ? -1 : 0;
}

static int close_stream(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

FILE *fdopen(int fd, const char *mode)
{
    static const cookie_io_functions_t functions = {read_stream, write_stream, seek_stream, close_stream};
    if (standard(fd) || armed == NONE || over) {
        REAL("fdopen")
        return ((FILE * (*)(int, const char *)) real)(fd, mode);
    }
    FILE *made = fopencookie((void *)(intptr_t)fd, mode, functions);
    pthread_mutex_lock(&streams);
    for (size_t i = 0; i < MOST_STREAMS && made != NULL; i++) {
        if (stream[i] == NULL || stream[i] == made) {
            stream[i] = made;
            descriptor[i] = fd;
            break;
        }
    }
    pthread_mutex_unlock(&streams);
    return made;
}

FILE *fopen(const char *path, const char *mode)
{
    if (armed == NONE || over) {
        REAL("fopen")
        return ((FILE * (*)(const char *, const char *)) real)(path, mode);
    }
    int how = strchr(mode, '+') != NULL ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
    how |= *mode == 'w' ? O_CREAT | O_TRUNC : *mode == 'a' ? O_CREAT | O_APPEND : 0;
    int fd = open(path, how | (strchr(mode, 'e') != NULL ? O_CLOEXEC : 0), 0666);
    FILE *made = fd >= 0 ? fdopen(fd, mode) : NULL;
    if (fd >= 0 && made == NULL)
        close(fd);
    return made;
}

FILE *fopen64(const char *path, const char *mode)
{
    return fopen(path, mode);
}

int fileno(FILE *of)
{
    int fd = -1;
    pthread_mutex_lock(&streams);
    for (size_t i = 0; i < MOST_STREAMS && fd < 0; i++)
        fd = stream[i] == of ? descriptor[i] : -1;
    pthread_mutex_unlock(&streams);
    if (fd >= 0)
        return fd;
    REAL("fileno")
    return ((int (*)(FILE *))real)(of);
}

/* ---- threads ---- */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    REAL("pthread_create")
    if (fails(THREAD))
        return fail_errno;
    return ((int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))real)(thread, attributes, start,
                                                                                           argument);
}
