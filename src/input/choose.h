/* SPDX-License-Identifier: MIT
 * Which of the files below a folder are read: the globs of --include and --exclude, and .gitignore files. A folder that is
 * left out is left out with everything in it; a glob of --include that means a folder includes everything in it, too.
 * base/globs.h has the patterns. tests/gitignore compares the choice with `git check-ignore` on random trees. */
#ifndef NDUP_CHOOSE_H
#define NDUP_CHOOSE_H

#include "base/globs.h"
#include "base/platform.h"
#include "neardup.h"

#ifdef __cplusplus
extern "C" {
#endif

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
