/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/outfile.h"

#include "cli/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* A temporary file has a name that the next run into the same file knows, and a lock that ends with the process: what a killed
 * run left is taken over, and a second run at the same time is refused. Names beyond MAX_STEM bytes end in a hash, so that they
 * fit into NAME_MAX (255). A try fails only if another run ends at this very moment, or a signal comes. */
#define MAX_STEM  200
#define MAX_TRIES 100

static char *name_temporary(const char *path)
{
    char *name;
    const char *slash = strrchr(path, '/'), *own = slash != NULL ? slash + 1 : path;
    size_t length = strlen(own);
    int made = length <= MAX_STEM ? asprintf(&name, "%.*s.%s.neardup.tmp", (int)(own - path), path, own)
                                  : asprintf(&name, "%.*s.%.*s-%016llx.neardup.tmp", (int)(own - path), path, MAX_STEM,
                                             own, (unsigned long long)XXH3_64bits(own, length));
    return made < 0 ? NULL : name;
}

/* Takes the lock. 0; EAGAIN: the file was given its place, or removed, by who had it; another errno. */
static int lock_temporary(int fd, const char *name)
{
    struct stat own, named;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return EBUSY; /* without locks, the last one wins */
    if (fstat(fd, &own) != 0)
        return errno;
    if (!S_ISREG(own.st_mode))
        return EEXIST;
    if (lstat(name, &named) != 0 || named.st_dev != own.st_dev || named.st_ino != own.st_ino)
        return EAGAIN;
    return ftruncate(fd, 0) != 0 ? errno : 0;
}

/* The descriptor of the temporary file; -1 with errno. */
static int take_temporary(const char *name)
{
    for (int try = 0; try < MAX_TRIES; try++) {
        int fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
        int code = fd >= 0 ? lock_temporary(fd, name) : errno;
        bool again = code == EAGAIN || code == EINTR;
        if (code == 0)
            return fd;
        if (fd >= 0 && !again && code != EBUSY && code != EEXIST)
            unlink(name); /* it is ours: we have its lock */
        if (fd >= 0)
            close(fd);
        errno = code;
        if (!again)
            return -1;
    }
    return -1;
}

/* A signal that comes now would leave a file of which nobody knows. */
static int make_temporary(const char *name)
{
    sigset_t before;
    ndup_signals_hold(&before);
    int fd = take_temporary(name);
    if (fd >= 0)
        ndup_signals_remove(name);
    ndup_signals_release(&before);
    return fd;
}

static void remove_temporary(const char *name)
{
    unlink(name);
    ndup_signals_keep(name);
}

static bool open_temporary(struct ndup_outfile *file, const char *path)
{
    file->temporary = name_temporary(path);
    if (file->temporary == NULL)
        return false;
    int fd = make_temporary(file->temporary);
    if (fd < 0)
        return false;
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd, 0666 & ~mask) != 0 || (file->stream = fdopen(fd, "w")) == NULL) {
        int reason = errno;
        remove_temporary(file->temporary);
        close(fd);
        errno = reason;
        return false;
    }
    return true;
}

bool ndup_outfile_open(struct ndup_outfile *file, const char *path, struct ndup_reads *reads,
                       const struct ndup_replace_rule *rule, const struct ndup_msg *msg)
{
    struct stat status;
    neardup_error err = {.message = ""};
    *file = (struct ndup_outfile){.stream = NULL};
    if (ndup_may_write_file(reads, path, rule, &err) != NEARDUP_OK) {
        const char *hint = ndup_may_write_hint(&err, rule->has_force);
        ndup_msg_error(msg, "%s", err.message);
        if (hint != NULL)
            ndup_msg_hint(msg, "%s", hint);
        return false;
    }
    file->stream = stdout;
    if (path == NULL || strcmp(path, "-") == 0)
        return true;
    file->path = path;
    bool device = stat(path, &status) == 0 && !S_ISREG(status.st_mode);
    bool opened = device ? (file->stream = fopen(path, "w")) != NULL : open_temporary(file, path);
    if (!opened) {
        if (errno == EBUSY)
            ndup_msg_error(msg, "cannot write '%s': another run is writing it", path);
        else
            ndup_msg_error(msg, "cannot create '%s': %s", path, strerror(errno));
        free(file->temporary);
        *file = (struct ndup_outfile){.stream = NULL};
    }
    return opened;
}

/* On the disk before it has its name, so that a power cut does not leave an empty file. It is renamed while it is open: its
 * lock ends when it is closed, and the next run could take it over before it has its name. */
static bool put_in_place(const struct ndup_outfile *file)
{
    if (fsync(fileno(file->stream)) != 0 && errno != EINVAL && errno != ENOTSUP)
        return false;
    return rename(file->temporary, file->path) == 0;
}

bool ndup_outfile_commit(struct ndup_outfile *file, const struct ndup_msg *msg)
{
    if (file->path == NULL)
        return true;
    bool earlier = ferror(file->stream) != 0;
    errno = 0;
    bool good = fflush(file->stream) == 0 && !earlier;
    if (good && file->temporary != NULL)
        good = put_in_place(file);
    if (good) {
        good = fclose(file->stream) == 0;
        file->stream = NULL;
    }
    if (!good) {
        ndup_msg_error(msg, "cannot write '%s': %s", file->path, errno != 0 ? strerror(errno) : "write error");
        ndup_outfile_discard(file);
        return false;
    }
    if (file->temporary != NULL)
        ndup_signals_keep(file->temporary);
    free(file->temporary);
    file->temporary = NULL;
    return true;
}

void ndup_outfile_discard(struct ndup_outfile *file)
{
    if (file->temporary != NULL)
        remove_temporary(file->temporary); /* while it is locked */
    if (file->path != NULL && file->stream != NULL)
        fclose(file->stream);
    free(file->temporary);
    *file = (struct ndup_outfile){.stream = NULL};
}
