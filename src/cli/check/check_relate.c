/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/check/check_relate.h"

#include "check/findings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The working directory as a shell names it, links and all; NULL if PWD names another one. */
static const char *logical_directory(void)
{
    const char *named = getenv("PWD");
    struct stat a, b;
    bool same = named != NULL && named[0] == '/' && stat(named, &a) == 0 && stat(".", &b) == 0 &&
                a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    return same ? named : NULL;
}

bool ndup_check_relate(struct ndup_check_result *result)
{
    char *physical = getcwd(NULL, 0);
    if (physical == NULL && errno == ENOMEM)
        return false;
    const char *logical = logical_directory();
    const char *directories[2];
    size_t count = 0;
    if (physical != NULL)
        directories[count++] = physical;
    if (logical != NULL)
        directories[count++] = logical;
    bool good = ndup_relative_places(result, directories, count);
    free(physical);
    return good;
}
