/* SPDX-License-Identifier: MIT
 * Patterns of file names, for --include, --exclude, --pre-glob and .gitignore files: those of git (gitignore(5)). One without a
 * slash means a name at any depth, one with a slash a path below the folder; a slash at the end means folders only; * and ?
 * stop at a slash, ** does not. The globs of options may have {a,b}, too.
 *
 * libgit2 knows these patterns, but only inside a repository, and is 1.2 MB and needs 17 libraries; fnmatch(3) knows neither ** nor
 * braces, and takes exponential time for some patterns. The rules are one page. */
#ifndef NDUP_GLOBS_H
#define NDUP_GLOBS_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ndup_pattern {
    const char *text; /* in the bytes of the list */
    size_t length;
    bool negative; /* it began with a !: what it matches is not meant after all */
    bool folder;   /* it means folders only */
    bool name;     /* it has no slash: it means a name, not a path */
};

struct ndup_patterns {
    struct ndup_pattern *list;
    size_t count, capacity;
    struct ndup_buf bytes;
};

void ndup_patterns_free(struct ndup_patterns *patterns);

/* Takes the globs of an option, one per line of each string, with {a,b} as in a shell. Those of `include` and `exclude` cannot begin
 * with a !, as there is the other option. ARG: one is not a pattern. The list keeps no pointer into the strings. Free it in any
 * case. */
neardup_status ndup_patterns_add_globs(struct ndup_patterns *patterns, const char *option, const char *const *globs,
                                       size_t count, neardup_error *err) NDUP_MUST_CHECK;

/* Takes the lines of a .gitignore file. False: no memory. */
bool ndup_patterns_read(struct ndup_patterns *patterns, const char *bytes, size_t length) NDUP_MUST_CHECK;

/* The last pattern that matches a path relative to the folder of the patterns; NULL: none does. */
const struct ndup_pattern *ndup_patterns_match(const struct ndup_patterns *patterns, const char *path, bool is_folder);

/* The last pattern that matches a file, or a folder that it is in; NULL: none does. */
const struct ndup_pattern *ndup_patterns_match_file(const struct ndup_patterns *patterns, const char *path);

/* Whether patterns, of which the last one that matches a file decides, mean the file. If all of them are negative, they mean
 * every other file; so do no patterns. Of a path with / or ./ at its front, what comes after it counts. */
bool ndup_patterns_want(const struct ndup_patterns *patterns, const char *path);

#ifdef __cplusplus
}
#endif
#endif
