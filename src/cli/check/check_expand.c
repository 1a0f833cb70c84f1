/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_expand.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

/* What is there by this very name is no pattern, whatever its characters. */
static bool is_pattern(const char *path)
{
    struct stat status;
    return strpbrk(path, "*?[") != NULL && lstat(path, &status) != 0;
}

/* "a/" two stars "/b": elsewhere that means any depth, here and in sh one folder. */
static bool spans_folders(const char *pattern)
{
    for (const char *at = pattern; (at = strstr(at, "**")) != NULL; at += 2) {
        if ((at == pattern || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
            return true;
    }
    return false;
}

static int tell_folder(const char *path, int code)
{
    /* A link that leads nowhere is as good as not there. */
    return code != ENOENT && code != ELOOP && path != NULL;
}

bool ndup_check_expand(const char *path, const char *of, bool (*add)(void *context, const char *path), void *context,
                       const struct ndup_msg *msg)
{
    if (!is_pattern(path))
        return add(context, path);
    if (spans_folders(path)) {
        ndup_msg_error(msg, "'%s' of %s: ** is not known here", path, of);
        ndup_msg_hint(msg, "name the folder: all of its files are taken, at any depth");
        return false;
    }
    glob_t found = {.gl_pathc = 0};
    errno = 0;
    int failure = glob(path, 0, tell_folder, &found);
    int reason = errno;
    bool good = failure == 0;
    for (size_t i = 0; good && i < found.gl_pathc; i++)
        good = add(context, found.gl_pathv[i]);
    globfree(&found);
    if (failure == GLOB_NOMATCH)
        ndup_msg_error(msg, "no file matches '%s' of %s", path, of);
    else if (failure != 0)
        ndup_msg_error(msg, "cannot expand '%s' of %s: %s", path, of,
                       strerror(failure == GLOB_NOSPACE ? ENOMEM
                                : reason != 0           ? reason
                                                        : EIO));
    return good;
}
