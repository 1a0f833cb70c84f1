/* SPDX-License-Identifier: MIT
 * The places of documents in explain: those that are kept beyond their callback, and the names that a path may have in the
 * run, which names files by their paths below its root. */
#include "base/platform.h"

#include "base/mem.h"
#include "check/findings.h"
#include "cli/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- references that outlive their callback --------------------------------------------------------------------- */

void ndup_kept_ref_free(struct ndup_kept_ref *ref)
{
    union {
        const char *shown;
        char *owned;
    } file = {.shown = ref->ref.file};
    free(file.owned);
    ref->ref = (neardup_ref){.file = NULL};
}

bool ndup_kept_ref_copy(struct ndup_kept_ref *to, const neardup_ref *from)
{
    neardup_ref r = *from;
    r.id = NULL;
    r.group = NULL;
    r.group_length = 0;
    r.file = NULL;
    if (from->file != NULL) {
        size_t file = strlen(from->file) + 1;
        char *text = ndup_alloc(file + from->id_length, 1);
        if (text == NULL)
            return false;
        memcpy(text, from->file, file);
        if (from->id != NULL && from->id_length > 0)
            memcpy(text + file, from->id, from->id_length);
        r.file = text; /* the id follows it in memory */
        r.id = from->id != NULL ? text + file : NULL;
    }
    ndup_kept_ref_free(to);
    to->ref = r;
    return true;
}

bool ndup_is_same_place(const neardup_ref *a, const neardup_ref *b)
{
    return a->line == b->line && a->file != NULL && b->file != NULL && strcmp(a->file, b->file) == 0;
}

/* ---- the path that the user typed -------------------------------------------------------------------------------- */

static bool add_name(struct ndup_typed_names *names, char *name)
{
    if (name == NULL)
        return false;
    bool known = names->count == NDUP_TYPED_NAMES;
    for (size_t i = 0; i < names->count; i++)
        known = known || strcmp(names->names[i], name) == 0;
    if (known)
        free(name);
    else
        names->names[names->count++] = name;
    return true;
}

/* The name of the path, if it is below the root. False: no memory. */
static bool add_below(struct ndup_typed_names *names, const char *root, const char *path)
{
    char *name = ndup_relative_path(path, &root, 1);
    if (name == NULL || name[0] != '/')
        return add_name(names, name);
    free(name);
    return true;
}

/* The same of a path as it is seen from a folder. */
static bool add_from(struct ndup_typed_names *names, const char *root, const char *folder, const char *path)
{
    char *whole;
    if (path[0] == '/' || folder == NULL)
        return path[0] != '/' || add_below(names, root, path);
    if (asprintf(&whole, "%s/%s", folder, path) < 0)
        return false;
    bool good = add_below(names, root, whole);
    free(whole);
    return good;
}

/* The same with links followed, if both exist. */
static bool add_real(struct ndup_typed_names *names, const char *root, const char *path)
{
    char *real_root = realpath(root, NULL), *real = realpath(path, NULL);
    bool good = real_root == NULL || real == NULL || add_below(names, real_root, real);
    free(real_root);
    free(real);
    return good;
}

bool ndup_typed_names_find(struct ndup_typed_names *names, const neardup_run *run, const char *folder, const char *path)
{
    const char *root = neardup_run_root(run);
    *names = (struct ndup_typed_names){.count = 0};
    if (!add_name(names, strdup(path)))
        return false;
    char *here = getcwd(NULL, 0);
    bool good = root == NULL || (add_from(names, root, here, path) && add_real(names, root, path) &&
                                 add_from(names, root, neardup_run_directory(run), path));
    free(here);
    names->output = names->count;
    return good && add_real(names, folder, path);
}

void ndup_typed_names_free(struct ndup_typed_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    *names = (struct ndup_typed_names){.count = 0};
}
