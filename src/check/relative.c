/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/relative.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* out[0..length) without its last component; nothing happens if that is "..", or if there is none. */
static bool step_up(const char *out, size_t *length, bool absolute)
{
    size_t begin = *length;
    while (begin > 0 && out[begin - 1] != '/')
        begin--;
    if (*length - begin == 2 && memcmp(out + begin, "..", 2) == 0)
        return false;
    if (begin == *length)
        return absolute; /* above the root is the root */
    *length = begin > 1 ? begin - 1 : begin;
    return true;
}

/* In place: what is written is never longer than what was read. */
static void normalise(char *path)
{
    bool absolute = path[0] == '/';
    size_t length = absolute ? 1 : 0;
    for (const char *at = path; *at != '\0';) {
        size_t n = strcspn(at, "/");
        bool nothing = n == 0 || (n == 1 && at[0] == '.');
        bool up = n == 2 && at[0] == '.' && at[1] == '.';
        const char *next = at + n + (at[n] == '/');
        if (!nothing && !(up && step_up(path, &length, absolute))) {
            if (length > 0 && path[length - 1] != '/')
                path[length++] = '/';
            memmove(path + length, at, n);
            length += n;
        }
        at = next;
    }
    path[length] = '\0';
}

/* What of the path stands below the folder; NULL: nothing. */
static const char *below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    while (n > 0 && folder[n - 1] == '/')
        n--;
    return strncmp(path, folder, n) == 0 && path[n] == '/' && path[n + 1] != '\0' ? path + n + 1 : NULL;
}

static char *join(const char *folder, const char *path)
{
    char *joined;
    return asprintf(&joined, "%s/%s", folder, path) >= 0 ? joined : NULL;
}

/* Makes the path relative if it lies below a directory. */
static bool shorten(char *path, const char *const *directories, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *rest = below(path, directories[i]);
        if (rest == NULL)
            continue;
        memmove(path, rest, strlen(rest) + 1);
        return true;
    }
    return false;
}

char *ndup_relative_path(const char *path, const char *const *directories, size_t count)
{
    char *own = strdup(path);
    if (own == NULL)
        return NULL;
    normalise(own);
    if (own[0] == '/')
        (void)shorten(own, directories, count);
    if (strncmp(own, "../", 3) != 0 || count == 0)
        return own;
    /* It may come back: "../repository/data". */
    char *whole = join(directories[0], own);
    if (whole != NULL) {
        normalise(whole);
        if (shorten(whole, directories, count)) {
            free(own);
            return whole;
        }
    } else {
        free(own);
        own = NULL;
    }
    free(whole);
    return own;
}

static bool show(struct ndup_location *location, const char *const *directories, size_t count)
{
    if (location->file[0] != '/' && strstr(location->file, "./") == NULL && strstr(location->file, "//") == NULL)
        return true;
    location->shown = ndup_relative_path(location->file, directories, count);
    return location->shown != NULL;
}

bool ndup_relative_places(struct ndup_check_result *result, const char *const *directories, size_t count)
{
    for (size_t i = 0; i < result->finding_count; i++) {
        struct ndup_finding *finding = &result->findings[i];
        for (size_t k = 0; k < finding->location_count; k++) {
            if (!show(&finding->locations[k], directories, count))
                return false;
        }
    }
    return true;
}
