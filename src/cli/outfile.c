/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/outfile.h"

#include "cli/messages.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A signal that comes now would leave a file of which nobody knows. */
static int make_temporary(char *name)
{
    sigset_t before;
    ndup_signals_hold(&before);
    int fd = mkostemps(name, 4, 0);
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
    static const char suffix[] = ".XXXXXX.tmp";
    size_t length = strlen(path);
    file->temporary = malloc(length + sizeof suffix);
    if (file->temporary == NULL)
        return false;
    memcpy(file->temporary, path, length);
    memcpy(file->temporary + length, suffix, sizeof suffix);
    int fd = make_temporary(file->temporary);
    if (fd < 0)
        return false;
    /* mkostemps makes it private; an output has the permissions of any new file. */
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd, 0666 & ~mask) != 0 || (file->stream = fdopen(fd, "w")) == NULL) {
        int reason = errno;
        close(fd);
        remove_temporary(file->temporary);
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
        ndup_msg_error(msg, "cannot create '%s': %s", path, strerror(errno));
        free(file->temporary);
        *file = (struct ndup_outfile){.stream = NULL};
    }
    return opened;
}

bool ndup_outfile_commit(struct ndup_outfile *file, const struct ndup_msg *msg)
{
    if (file->path == NULL)
        return true;
    bool earlier = ferror(file->stream) != 0;
    errno = 0;
    bool good = fclose(file->stream) == 0 && !earlier;
    file->stream = NULL;
    if (good && file->temporary != NULL)
        good = rename(file->temporary, file->path) == 0;
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
    if (file->path != NULL && file->stream != NULL)
        fclose(file->stream);
    if (file->temporary != NULL)
        remove_temporary(file->temporary);
    free(file->temporary);
    *file = (struct ndup_outfile){.stream = NULL};
}
