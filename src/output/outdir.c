/* SPDX-License-Identifier: MIT
 *
 * Complete or absent holds against failures, cancelling and a killed process, not against a power cut: nothing is
 * synchronised to the disk, because that costs as much as writing everything once more and the input is still there. */
#include "base/platform.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "output/outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* Of a long name only the first bytes are in its temporary name, so that the rest fits into NAME_MAX (255). A temporary
 * name that exists belongs to somebody else: the next number is tried, a thousand at most, since then something else is
 * wrong. */
#define MAX_STEM  200
#define MAX_TRIES 1000u

/* ---- names: which files and folders the output will have, so that a clash is found before anything is written ---- */

enum name_kind { NAME_FILE, NAME_FOLDER };

enum name_answer {
    NAME_NEW,   /* added */
    NAME_THERE, /* it was there, of this kind */
    NAME_TAKEN, /* it was there, of the other kind */
    NAME_NOMEM,
};

struct name_set {           /* zeros: empty */
    struct out_name *table; /* open addressing, a power of two */
    size_t capacity, count;
};

struct out_name {
    char *text; /* NULL: free */
    size_t length;
    enum name_kind kind;
};

/* The entry of this name, or the free one for it. */
static struct out_name *find(struct out_name *table, size_t capacity, const char *name, size_t length)
{
    size_t at = (size_t)XXH3_64bits(name, length) & (capacity - 1);
    while (table[at].text != NULL && (table[at].length != length || memcmp(table[at].text, name, length) != 0))
        at = (at + 1) & (capacity - 1);
    return &table[at];
}

static bool enlarge(struct name_set *set)
{
    size_t capacity = set->capacity > 0 ? set->capacity * 2 : 64;
    struct out_name *table = ndup_calloc(capacity, sizeof *table);
    if (table == NULL)
        return false;
    for (size_t i = 0; i < set->capacity; i++)
        if (set->table[i].text != NULL)
            *find(table, capacity, set->table[i].text, set->table[i].length) = set->table[i];
    free(set->table);
    set->table = table;
    set->capacity = capacity;
    return true;
}

static enum name_answer add_name(struct name_set *set, const char *name, size_t length, enum name_kind kind)
{
    if (set->count * 2 >= set->capacity && !enlarge(set))
        return NAME_NOMEM;
    struct out_name *entry = find(set->table, set->capacity, name, length);
    if (entry->text != NULL)
        return entry->kind == kind ? NAME_THERE : NAME_TAKEN;
    entry->text = strndup(name, length);
    if (entry->text == NULL)
        return NAME_NOMEM;
    entry->length = length;
    entry->kind = kind;
    set->count++;
    return NAME_NEW;
}

static void free_names(struct name_set *set)
{
    for (size_t i = 0; i < set->capacity; i++)
        free(set->table[i].text);
    free(set->table);
    *set = (struct name_set){0};
}

/* ---- the folder ---- */

struct out_file {
    char *name;      /* relative to the folder */
    char *temporary; /* the same; NULL once renamed */
};

struct ndup_outdir {
    char *path; /* as the user gave it, for messages */
    int descriptor;
    bool force;
    bool committed;
    pthread_mutex_t lock; /* guards all below */
    struct out_file *files;
    size_t file_count, file_capacity;
    char **parents; /* absolute paths of the folder and its parents that open made, outermost first */
    size_t parent_count, parent_capacity;
    char **folders; /* relative paths of the sub-folders that create made, in that order */
    size_t folder_count, folder_capacity;
    struct name_set names;
};

static neardup_status push(char ***list, size_t *count, size_t *capacity, const char *text, size_t length,
                           neardup_error *err)
{
    char *copy = strndup(text, length);
    if (copy == NULL || !ndup_grow(list, capacity, *count + 1, sizeof **list)) {
        free(copy);
        return ndup_fail_nomem(err);
    }
    (*list)[(*count)++] = copy;
    return NEARDUP_OK;
}

/* ---- opening ---- */

/* Names of temporary files that a killed run may have left: ".NAME.neardup-PID.tmp". */
static bool is_leftover(const char *name)
{
    size_t length = strlen(name);
    return name[0] == '.' && strstr(name, ".neardup-") != NULL && length > 4 && strcmp(name + length - 4, ".tmp") == 0;
}

static neardup_status check_empty(const struct ndup_outdir *dir, neardup_error *err)
{
    int descriptor = openat(dir->descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (stream == NULL) {
        int code = errno;
        if (descriptor >= 0)
            close(descriptor);
        return ndup_fail_errno(err, code, "cannot read output folder '%s'", dir->path);
    }
    bool holds_files = false;
    const struct dirent *entry;
    errno = 0;
    while (!holds_files && (entry = readdir(stream)) != NULL)
        holds_files =
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && !is_leftover(entry->d_name);
    int code = holds_files ? 0 : errno;
    closedir(stream);
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot read output folder '%s'", dir->path);
    if (holds_files)
        return ndup_fail(err, NEARDUP_E_EXISTS, "output folder '%s' is not empty", dir->path);
    return NEARDUP_OK;
}

static neardup_status make_folder(struct ndup_outdir *dir, const char *path, size_t length, neardup_error *err)
{
    NDUP_TRY(push(&dir->parents, &dir->parent_count, &dir->parent_capacity, path, length, err));
    if (mkdir(dir->parents[dir->parent_count - 1], 0777) == 0)
        return NEARDUP_OK;
    int code = errno;
    free(dir->parents[--dir->parent_count]);
    /* If it is not a folder, opening finds out. */
    if (code == EEXIST)
        return NEARDUP_OK;
    return ndup_fail_errno(err, code, "cannot make output folder '%s'", dir->path);
}

/* Each of the folders on the absolute path. */
static neardup_status make_folders(struct ndup_outdir *dir, const char *absolute, neardup_error *err)
{
    for (size_t i = 1; absolute[i - 1] != '\0'; i++) {
        bool ends = absolute[i] == '/' || absolute[i] == '\0';
        if (ends && absolute[i - 1] != '/')
            NDUP_TRY(make_folder(dir, absolute, i, err));
    }
    return NEARDUP_OK;
}

/* Absolute, so that what was made is found again if the working folder changes. NULL with errno. */
static char *make_absolute(const char *path)
{
    if (path[0] == '/')
        return strdup(path);
    char *here = getcwd(NULL, 0);
    if (here == NULL)
        return NULL;
    char *absolute;
    if (asprintf(&absolute, "%s/%s", here, path) < 0)
        absolute = NULL;
    free(here);
    return absolute;
}

static neardup_status open_folder(struct ndup_outdir *dir, neardup_error *err)
{
    char *absolute = make_absolute(dir->path);
    if (absolute == NULL)
        return ndup_fail_errno(err, errno, "cannot find output folder '%s'", dir->path);
    neardup_status status = make_folders(dir, absolute, err);
    if (status == NEARDUP_OK) {
        dir->descriptor = open(absolute, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir->descriptor < 0)
            status = ndup_fail_errno(err, errno, "cannot open output folder '%s'", dir->path);
    }
    free(absolute);
    return status;
}

neardup_status ndup_outdir_open(struct ndup_outdir **out, const char *path, bool force, neardup_error *err)
{
    *out = NULL;
    if (path[0] == '\0')
        return ndup_fail(err, NEARDUP_E_ARG, "the name of the output folder is empty");
    struct ndup_outdir *dir = ndup_calloc(1, sizeof *dir);
    if (dir == NULL)
        return ndup_fail_nomem(err);
    dir->descriptor = -1;
    dir->force = force;
    pthread_mutex_init(&dir->lock, NULL);
    dir->path = strdup(path);
    neardup_status status = dir->path != NULL ? open_folder(dir, err) : ndup_fail_nomem(err);
    if (status == NEARDUP_OK && !force)
        status = check_empty(dir, err);
    if (status != NEARDUP_OK) {
        ndup_outdir_close(dir);
        return status;
    }
    *out = dir;
    return NEARDUP_OK;
}

/* ---- creating ---- */

/* Neither absolute nor with an empty, "." or ".." component. */
static bool name_is_safe(const char *name)
{
    const char *at = name;
    for (;;) {
        size_t length = strcspn(at, "/");
        if (length == 0 || (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        if (at[length] == '\0')
            return true;
        at += length + 1;
    }
}

/* Opens the sub-folder name[begin..end) of `folder`, making it if needed. */
static neardup_status enter_folder(struct ndup_outdir *dir, int folder, const char *name, size_t begin, size_t end,
                                   int *descriptor, neardup_error *err)
{
    NDUP_TRY(push(&dir->folders, &dir->folder_count, &dir->folder_capacity, name, end, err));
    const char *component = dir->folders[dir->folder_count - 1] + begin;
    bool made = mkdirat(folder, component, 0777) == 0;
    int code = errno;
    *descriptor = -1;
    if (made || code == EEXIST) {
        /* Symbolic links are not followed: files would land outside of the output folder. */
        *descriptor = openat(folder, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        code = errno;
    }
    if (!made)
        free(dir->folders[--dir->folder_count]);
    if (*descriptor < 0)
        return ndup_fail_errno(err, code, "cannot make folder '%s/%.*s'", dir->path, (int)end, name);
    return NEARDUP_OK;
}

/* Opens the folder that will hold the file; *stem is where its own name begins. */
static neardup_status enter_folders(struct ndup_outdir *dir, const char *name, int *descriptor, size_t *stem,
                                    neardup_error *err)
{
    *stem = 0;
    *descriptor = fcntl(dir->descriptor, F_DUPFD_CLOEXEC, 0);
    if (*descriptor < 0)
        return ndup_fail_errno(err, errno, "cannot open output folder '%s'", dir->path);
    for (size_t i = 0; name[i] != '\0'; i++) {
        if (name[i] != '/')
            continue;
        int next = -1;
        neardup_status status = enter_folder(dir, *descriptor, name, *stem, i, &next, err);
        close(*descriptor);
        *descriptor = next;
        *stem = i + 1;
        if (status != NEARDUP_OK)
            return status;
    }
    return NEARDUP_OK;
}

/* Two files of one name, or one that is also the folder of another. */
static neardup_status claim_names(struct ndup_outdir *dir, const char *name, neardup_error *err)
{
    for (size_t i = 0;; i++) {
        if (name[i] != '/' && name[i] != '\0')
            continue;
        enum name_kind kind = name[i] == '/' ? NAME_FOLDER : NAME_FILE;
        enum name_answer answer = add_name(&dir->names, name, i, kind);
        if (answer == NAME_NOMEM)
            return ndup_fail_nomem(err);
        if (answer == NAME_TAKEN || (answer == NAME_THERE && kind == NAME_FILE))
            return ndup_fail(err, NEARDUP_E_EXISTS, "'%s/%.*s' would be written twice", dir->path, (int)i, name);
        if (name[i] == '\0')
            return NEARDUP_OK;
    }
}

/* Creates an unused temporary name in `folder`; *temporary gets its path from the output folder. */
static neardup_status make_temporary(const struct ndup_outdir *dir, int folder, const char *name, size_t stem,
                                     char **temporary, int *descriptor, neardup_error *err)
{
    for (unsigned try = 0; try < MAX_TRIES; try++) {
        char counter[16] = "";
        if (try > 0)
            snprintf(counter, sizeof counter, "-%u", try);
        if (asprintf(temporary, "%.*s.%.*s.neardup-%ld%s.tmp", (int)stem, name, MAX_STEM, name + stem, (long)getpid(),
                     counter) < 0) {
            *temporary = NULL;
            return ndup_fail_nomem(err);
        }
        *descriptor = openat(folder, *temporary + stem, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (*descriptor >= 0)
            return NEARDUP_OK;
        int code = errno;
        free(*temporary);
        *temporary = NULL;
        if (code != EEXIST)
            return ndup_fail_errno(err, code, "cannot write '%s/%s'", dir->path, name);
    }
    return ndup_fail_errno(err, EEXIST, "cannot write '%s/%s'", dir->path, name);
}

static neardup_status create_locked(struct ndup_outdir *dir, const char *name, int *descriptor, neardup_error *err)
{
    NDUP_TRY(claim_names(dir, name, err));
    if (!ndup_grow(&dir->files, &dir->file_capacity, dir->file_count + 1, sizeof *dir->files))
        return ndup_fail_nomem(err);
    int folder;
    size_t stem;
    neardup_status status = enter_folders(dir, name, &folder, &stem, err);
    if (status != NEARDUP_OK)
        return status;
    struct out_file file = {strdup(name), NULL};
    struct stat info;
    if (file.name == NULL)
        status = ndup_fail_nomem(err);
    else if (fstatat(folder, name + stem, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode))
        status = ndup_fail_errno(err, EISDIR, "cannot write '%s/%s'", dir->path, name);
    else
        status = make_temporary(dir, folder, name, stem, &file.temporary, descriptor, err);
    close(folder);
    if (status != NEARDUP_OK) {
        free(file.name);
        return status;
    }
    dir->files[dir->file_count++] = file;
    return NEARDUP_OK;
}

neardup_status ndup_outdir_create(struct ndup_outdir *dir, const char *name, int *descriptor, neardup_error *err)
{
    *descriptor = -1;
    if (!name_is_safe(name))
        return ndup_fail(err, NEARDUP_E_ARG, "invalid name for a file in the output folder: '%s'", name);
    pthread_mutex_lock(&dir->lock);
    neardup_status status = create_locked(dir, name, descriptor, err);
    pthread_mutex_unlock(&dir->lock);
    return status;
}

/* ---- ending ---- */

/* Without force a file that somebody else put there in the meantime is not replaced. */
static int rename_file(const struct ndup_outdir *dir, const struct out_file *file)
{
    if (!dir->force) {
        if (renameat2(dir->descriptor, file->temporary, dir->descriptor, file->name, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EINVAL && errno != ENOSYS)
            return errno;
    }
    return renameat(dir->descriptor, file->temporary, dir->descriptor, file->name) == 0 ? 0 : errno;
}

neardup_status ndup_outdir_commit(struct ndup_outdir *dir, neardup_error *err)
{
    for (size_t i = 0; i < dir->file_count; i++) {
        struct out_file *file = &dir->files[i];
        if (file->temporary == NULL)
            continue;
        int code = rename_file(dir, file);
        if (code != 0)
            return ndup_fail_errno(err, code, "cannot write '%s/%s'", dir->path, file->name);
        free(file->temporary);
        file->temporary = NULL;
    }
    dir->committed = true;
    return NEARDUP_OK;
}

/* Folders with files in them are kept: rmdir refuses. */
static void remove_uncommitted(const struct ndup_outdir *dir)
{
    for (size_t i = 0; i < dir->file_count; i++)
        if (dir->files[i].temporary != NULL)
            unlinkat(dir->descriptor, dir->files[i].temporary, 0);
    if (dir->committed)
        return;
    for (size_t i = dir->folder_count; i > 0; i--)
        unlinkat(dir->descriptor, dir->folders[i - 1], AT_REMOVEDIR);
    for (size_t i = dir->parent_count; i > 0; i--)
        rmdir(dir->parents[i - 1]);
}

void ndup_outdir_close(struct ndup_outdir *dir)
{
    if (dir == NULL)
        return;
    remove_uncommitted(dir);
    if (dir->descriptor >= 0)
        close(dir->descriptor);
    for (size_t i = 0; i < dir->file_count; i++) {
        free(dir->files[i].name);
        free(dir->files[i].temporary);
    }
    for (size_t i = 0; i < dir->folder_count; i++)
        free(dir->folders[i]);
    for (size_t i = 0; i < dir->parent_count; i++)
        free(dir->parents[i]);
    free(dir->files);
    free(dir->folders);
    free(dir->parents);
    free_names(&dir->names);
    free(dir->path);
    pthread_mutex_destroy(&dir->lock);
    free(dir);
}

neardup_status ndup_write_all(int descriptor, const void *bytes, size_t length, const char *name, neardup_error *err)
{
    int code = ndup_io_write(descriptor, bytes, length);
    return code == 0 ? NEARDUP_OK : ndup_fail_errno(err, code, "cannot write '%s'", name);
}
