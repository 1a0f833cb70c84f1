/* SPDX-License-Identifier: MIT
 * Which of the files below a folder are read: the globs of --include and --exclude, and .gitignore files.
 *
 * All three have the patterns of git (gitignore(5)): one without a slash means a name at any depth, one with a slash a
 * path below the folder; a slash at the end means folders only; * and ? stop at a slash, ** does not; a folder that is left
 * out is left out with everything in it. A glob of --include that means a folder includes everything in it, too.
 *
 * libgit2 knows these patterns, but only inside a repository, and is 1.2 MB and needs 17 libraries; the rules are one
 * page. tests/e2e compares them with `git check-ignore` on random trees. */
#ifndef NDUP_CHOOSE_H
#define NDUP_CHOOSE_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- patterns ---- */

struct ndup_pattern {
    const char *text; /* in the bytes of the list */
    size_t length;
    bool negative; /* what it matches is not left out after all */
    bool folder;   /* it means folders only */
    bool name;     /* it has no slash: it means a name, not a path */
};

struct ndup_patterns {
    struct ndup_pattern *list;
    size_t count, capacity;
    struct ndup_buf bytes;
};

void ndup_patterns_free(struct ndup_patterns *patterns);

/* Adds the globs of an option, one per line, with {a,b} as in a shell. ARG: one is not a pattern. The list keeps no pointer into
 * `lines`. */
neardup_status ndup_patterns_add_globs(struct ndup_patterns *patterns, const char *option, const char *lines,
                                       neardup_error *err) NDUP_MUST_CHECK;

/* Takes the lines of a .gitignore file. False: no memory. */
bool ndup_patterns_read(struct ndup_patterns *patterns, const char *bytes, size_t length) NDUP_MUST_CHECK;

/* The last pattern that matches a path relative to the folder of the patterns; NULL: none does. */
const struct ndup_pattern *ndup_patterns_match(const struct ndup_patterns *patterns, const char *path, bool is_folder);

/* ---- choosing ---- */

/* The .gitignore file of a folder, and of those around it. */
struct ndup_ignore {
    struct ndup_ignore *up;
    struct ndup_patterns patterns;
    char *prefix; /* what leads from its folder to the one that was named; NULL: nothing, it is not outside that one */
    size_t skip;  /* bytes of a path below the one that was named that lead to its folder */
};

struct ndup_chooser { /* zero-initialised: everything is chosen */
    struct ndup_patterns include, exclude;
    bool gitignore;
};

enum ndup_choice { NDUP_CHOSEN, NDUP_NOT_INCLUDED, NDUP_EXCLUDED, NDUP_IGNORED, NDUP_CHOICES };

void ndup_chooser_free(struct ndup_chooser *chooser);
bool ndup_chooser_is_needed(const struct ndup_chooser *chooser);

/* Whether a file or folder is read; `path` is below the folder that was named, and the folders on the way to it are read. A
 * folder that is not included may have files that are: it is chosen. is_link: a link, which git takes for a file. NOMEM. */
neardup_status ndup_choose(const struct ndup_chooser *chooser, const struct ndup_ignore *ignore, const char *path,
                           bool is_folder, bool is_link, enum ndup_choice *choice, neardup_error *err) NDUP_MUST_CHECK;

/* Reads the .gitignore file of a folder, if it has one: *out is then an element of the chain before `up`; otherwise it is `up`.
 * IO: there is one that cannot be read. */
neardup_status ndup_ignore_read(struct ndup_ignore **out, struct ndup_ignore *up, const char *folder, size_t skip,
                                neardup_error *err) NDUP_MUST_CHECK;

/* The .gitignore files that git would use for a folder that was named: of the folders around it, up to the one that has .git.
 * None if it is in no repository. */
neardup_status ndup_ignore_find_outer(struct ndup_ignore **out, const char *folder, neardup_error *err) NDUP_MUST_CHECK;

/* Frees the elements of the chain before `until`. */
void ndup_ignore_free(struct ndup_ignore *ignore, const struct ndup_ignore *until);

#ifdef __cplusplus
}
#endif
#endif
