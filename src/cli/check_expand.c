/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check_expand.h"

#include <glob.h>
#include <string.h>
#include <sys/stat.h>

/* What is there by this very name is no pattern, whatever its characters. */
static bool is_pattern(const char *path)
{
    struct stat status;
    return strpbrk(path, "*?[") != NULL && lstat(path, &status) != 0;
}

bool ndup_check_expand(const char *path, const char *of, bool (*add)(void *context, const char *path), void *context,
                       const struct ndup_msg *msg)
{
    if (!is_pattern(path))
        return add(context, path);
    glob_t found = {.gl_pathc = 0};
    int failure = glob(path, 0, NULL, &found);
    bool good = failure == 0;
    for (size_t i = 0; good && i < found.gl_pathc; i++)
        good = add(context, found.gl_pathv[i]);
    globfree(&found);
    if (failure == GLOB_NOMATCH)
        ndup_msg_error(msg, "no file matches '%s' of %s", path, of);
    else if (failure != 0)
        ndup_msg_error(msg, "cannot expand '%s' of %s", path, of);
    return good;
}
