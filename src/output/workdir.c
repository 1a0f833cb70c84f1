/* SPDX-License-Identifier: MIT
 * A lock and not a process number says whether a run is alive: numbers are used again, and differ between containers that
 * share a disk. The lock file is removed while it is held; who waited for it finds that its name leads elsewhere, and tries
 * again. Where the file system has no locks, a work folder that is there cannot be judged, and the run refuses. */
#include "base/platform.h"

#include "output/workdir.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each try fails only if another run ends at this very moment. */
#define MAX_TRIES 100u

/* ---- names ---- */

bool ndup_name_is_safe(const char *name)
{
    const char *at = name;
    for (;;) {
        size_t length = strcspn(at, "/");
        if (length == 0 || (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        if (at[length] == '\0')
            return true;
        at += length + 1;
    }
}

int ndup_enter_folders(int base, const char *name, bool make, ndup_folder_made *made, void *context, int *descriptor,
                       size_t *stem)
{
    char component[NAME_MAX + 1];
    size_t begin = 0;
    int code = 0;
    *descriptor = fcntl(base, F_DUPFD_CLOEXEC, 0);
    *stem = 0;
    if (*descriptor < 0)
        return errno;
    for (size_t i = 0; code == 0 && name[i] != '\0'; i++) {
        if (name[i] != '/')
            continue;
        *stem = i;
        if (i - begin > NAME_MAX) {
            code = ENAMETOOLONG;
            break;
        }
        memcpy(component, name + begin, i - begin);
        component[i - begin] = '\0';
        if (make && mkdirat(*descriptor, component, 0777) == 0)
            code = made != NULL && !made(context, name, i) ? ENOMEM : 0;
        else if (make && errno != EEXIST)
            code = errno;
        int next = code == 0 ? openat(*descriptor, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        if (code == 0 && next < 0)
            code = errno;
        close(*descriptor);
        *descriptor = next;
        begin = i + 1;
        *stem = code == 0 ? begin : i;
    }
    if (code != 0 && *descriptor >= 0) {
        close(*descriptor);
        *descriptor = -1;
    }
    return code;
}

/* ---- trees ---- */

static DIR *open_tree(int folder, const char *name)
{
    int descriptor = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (stream == NULL && descriptor >= 0)
        close(descriptor);
    return stream;
}

/* The next entry but "." and ".."; NULL with errno at the end (0) or on failure. */
static const char *next_entry(DIR *stream)
{
    const struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(stream);
    } while (entry != NULL && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry != NULL ? entry->d_name : NULL;
}

/* A file, or a folder with all that is in it; 0 or an errno. It need not be there. */
static int remove_tree(int folder, const char *name)
{
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return errno;
    DIR *stream = open_tree(folder, name);
    if (stream == NULL)
        return errno;
    const char *entry;
    int code = 0;
    while (code == 0 && (entry = next_entry(stream)) != NULL)
        code = remove_tree(dirfd(stream), entry);
    if (code == 0)
        code = errno;
    closedir(stream);
    return code == 0 && unlinkat(folder, name, AT_REMOVEDIR) != 0 ? errno : code;
}

static const char last_name[] = "summary.json";

static int move_entries(DIR *from, int to, bool top, bool *any);

static int move_entry(int from, const char *name, int to)
{
    if (renameat(from, name, to, name) == 0)
        return 0;
    /* A folder for which there is one already, or a file for which there is a folder. */
    int code = errno;
    DIR *stream = code == EEXIST || code == ENOTEMPTY || code == EISDIR || code == ENOTDIR || code == EXDEV
                      ? open_tree(from, name)
                      : NULL;
    if (stream == NULL)
        return code;
    int below = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    code = below < 0 ? errno : 0;
    for (bool any = true; code == 0 && any; rewinddir(stream)) /* entries that are moved may hide others from readdir */
        code = move_entries(stream, below, false, &any);
    if (below >= 0)
        close(below);
    closedir(stream);
    return code == 0 && unlinkat(from, name, AT_REMOVEDIR) != 0 ? errno : code;
}

static int move_entries(DIR *from, int to, bool top, bool *any)
{
    const char *name;
    int code = 0;
    *any = false;
    while (code == 0 && (name = next_entry(from)) != NULL) {
        if (top && strcmp(name, last_name) == 0)
            continue;
        code = move_entry(dirfd(from), name, to);
        *any = true;
    }
    return code == 0 ? errno : code;
}

/* ---- the lock ---- */

enum lock_answer { LOCKED, LOCK_HELD, LOCK_AGAIN, LOCK_FAILED };

/* Opens the work folder and takes its lock; errno for FAILED. */
static enum lock_answer take_lock(struct ndup_workdir *work)
{
    struct stat own, named;
    bool made = mkdirat(work->base, work->name, 0777) == 0;
    if (!made && errno != EEXIST)
        return LOCK_FAILED;
    work->descriptor = openat(work->base, work->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (work->descriptor < 0)
        return errno == ENOENT ? LOCK_AGAIN : LOCK_FAILED;
    work->lock = openat(work->descriptor, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (work->lock < 0)
        return errno == ENOENT ? LOCK_AGAIN : LOCK_FAILED;
    int taken;
    do
        taken = flock(work->lock, LOCK_EX | LOCK_NB);
    while (taken != 0 && errno == EINTR);
    if (taken != 0 && errno == EWOULDBLOCK)
        return LOCK_HELD;
    if (taken != 0) /* no locks here: only a folder that we made ourselves is surely ours */
        return made ? LOCKED : LOCK_FAILED;
    if (fstat(work->lock, &own) != 0)
        return LOCK_FAILED;
    if (fstatat(work->descriptor, "lock", &named, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? LOCK_AGAIN : LOCK_FAILED;
    return own.st_dev == named.st_dev && own.st_ino == named.st_ino ? LOCKED : LOCK_AGAIN;
}

static void close_descriptors(struct ndup_workdir *work)
{
    if (work->lock >= 0)
        close(work->lock);
    if (work->descriptor >= 0)
        close(work->descriptor);
    work->lock = work->descriptor = -1;
}

static void forget(struct ndup_workdir *work)
{
    close_descriptors(work);
    if (work->base >= 0)
        close(work->base);
    free(work->name);
    free(work->shown);
    *work = (struct ndup_workdir){.base = -1, .descriptor = -1, .lock = -1};
}

static neardup_status lock(struct ndup_workdir *work, neardup_error *err)
{
    enum lock_answer answer = LOCK_AGAIN;
    int code = 0;
    for (unsigned try = 0; try < MAX_TRIES && answer == LOCK_AGAIN; try++) {
        close_descriptors(work);
        answer = take_lock(work);
        code = errno;
    }
    if (answer == LOCKED)
        return NEARDUP_OK;
    if (answer == LOCK_FAILED)
        return ndup_fail_errno(err, code, "cannot make the work folder '%.120s' for output folder '%.300s'", work->name,
                               work->shown);
    return ndup_fail(err, NEARDUP_E_IO, "cannot write to '%.400s': another run is writing to it", work->shown);
}

neardup_status ndup_workdir_open(struct ndup_workdir *work, int base, const char *name, const char *shown,
                                 neardup_error *err)
{
    *work = (struct ndup_workdir){strdup(name), strdup(shown), base, -1, -1};
    neardup_status status = work->name != NULL && work->shown != NULL ? lock(work, err) : ndup_fail_nomem(err);
    if (status != NEARDUP_OK)
        forget(work);
    return status;
}

/* ---- what is in it ---- */

neardup_status ndup_workdir_clear(struct ndup_workdir *work, neardup_error *err)
{
    DIR *stream = open_tree(work->descriptor, ".");
    const char *name;
    int code = stream == NULL ? errno : 0;
    while (code == 0 && (name = next_entry(stream)) != NULL) {
        if (strcmp(name, "lock") != 0)
            code = remove_tree(work->descriptor, name);
    }
    if (stream != NULL) {
        code = code == 0 ? errno : code;
        closedir(stream);
    }
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot remove what an interrupted run left in '%.400s'", work->shown);
    return NEARDUP_OK;
}

void ndup_workdir_remove(struct ndup_workdir *work)
{
    neardup_error ignored;
    if (ndup_workdir_clear(work, &ignored) == NEARDUP_OK) {
        unlinkat(work->descriptor, "lock", 0);
        unlinkat(work->base, work->name, AT_REMOVEDIR);
    }
}

void ndup_workdir_close(struct ndup_workdir *work, bool keep)
{
    if (work->name == NULL)
        return;
    if (!keep)
        ndup_workdir_remove(work);
    forget(work);
}

bool ndup_workdir_is_ready(const struct ndup_workdir *work)
{
    return faccessat(work->descriptor, "ready", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- finishing ---- */

/* The names come from a file in the folder, which somebody else may have made: none leads out of it. */
static int remove_named(int target, const char *names, size_t length)
{
    for (size_t at = 0; at < length; at += strlen(names + at) + 1) {
        int folder;
        size_t stem;
        if (!ndup_name_is_safe(names + at))
            return EINVAL;
        if (ndup_enter_folders(target, names + at, false, NULL, NULL, &folder, &stem) != 0)
            continue; /* it is not there */
        int code = unlinkat(folder, names + at + stem, 0) == 0 || errno == ENOENT ? 0 : errno;
        close(folder);
        if (code != 0)
            return code;
    }
    return 0;
}

static int remove_older(const struct ndup_workdir *work, int target)
{
    struct stat info;
    int descriptor = openat(work->descriptor, "remove", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return errno == ENOENT ? 0 : errno;
    int code = fstat(descriptor, &info) != 0 ? errno : !S_ISREG(info.st_mode) ? EINVAL : 0;
    char *names = code == 0 ? ndup_alloc((size_t)info.st_size + 1, 1) : NULL;
    size_t got = 0;
    if (code == 0)
        code = names == NULL ? ENOMEM : ndup_io_pread(descriptor, names, (size_t)info.st_size, 0, &got);
    if (code == 0) {
        names[got] = '\0';
        code = remove_named(target, names, got);
    }
    free(names);
    close(descriptor);
    return code;
}

neardup_status ndup_workdir_finish(struct ndup_workdir *work, int target, neardup_error *err)
{
    DIR *ready = open_tree(work->descriptor, "ready");
    int code = ready == NULL ? errno : 0;
    bool has_summary = ready != NULL && faccessat(dirfd(ready), last_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (code == 0 && has_summary && unlinkat(target, last_name, 0) != 0 && errno != ENOENT)
        code = errno; /* the older one is never beside new files */
    if (code == 0)
        code = remove_older(work, target);
    for (bool any = ready != NULL; code == 0 && any; rewinddir(ready))
        code = move_entries(ready, target, true, &any);
    if (code == 0 && has_summary)
        code = move_entry(dirfd(ready), last_name, target);
    if (ready != NULL)
        closedir(ready);
    if (code == 0 && unlinkat(work->descriptor, "ready", AT_REMOVEDIR) != 0)
        code = errno;
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot finish the interrupted run in '%.400s'", work->shown);
    return NEARDUP_OK;
}
