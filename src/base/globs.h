/* SPDX-License-Identifier: MIT
 * Patterns of file names, as .gitignore and ripgrep have them: *, ? and [] stand for parts of a name, {a,b} for one of
 * several. A pattern without a slash is compared with the last component of a path, another one with the whole path or with
 * what comes after one of its slashes; there no star stands for a slash. An exclamation mark at the front turns a
 * pattern round. Of several that fit, the last one decides. fnmatch(3) does the work, but knows no braces. */
#ifndef NDUP_GLOBS_H
#define NDUP_GLOBS_H

#include "base/platform.h"
#include "neardup.h"

struct ndup_globs {
    struct ndup_glob *list;
    size_t count, capacity;
    bool only_excludes; /* each of them begins with an exclamation mark: what fits none is wanted */
};

/* ARG if a brace has no end, or there are too many words in braces. Free the globs in any case. */
neardup_status ndup_globs_parse(struct ndup_globs *globs, const char *const *patterns, size_t count,
                                neardup_error *err) NDUP_MUST_CHECK;
void ndup_globs_free(struct ndup_globs *globs);

/* Whether the path is wanted. Without patterns every path is. */
bool ndup_globs_match(const struct ndup_globs *globs, const char *path);

#endif
