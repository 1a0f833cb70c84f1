/* SPDX-License-Identifier: MIT
 *
 * All files are written in a work folder (output/workdir.h) and put in place at the end. For an output folder that is not
 * there yet, the work folder is beside it, and one rename puts everything in place. For one that is there, it is in it:
 * the folder may be a mount point, the working folder of somebody, or hold files of others, so it is never replaced, and
 * its files are moved one by one. The change of a name (new/ becomes ready/) is then the moment of decision: before it
 * nothing has changed, after it the next run or reader finishes what a killed one has left. A move that fails is undone.
 *
 * Exchanging the two folders as a whole (RENAME_EXCHANGE) would be one step, too, but files of others would have to be
 * carried over first, and a file that somebody writes meanwhile would be lost.
 *
 * Everything reaches the disk before it gets its name, so that a power cut leaves the older run or the new one, and never
 * empty files under good names: see sync_all. */
#include "base/platform.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "output/outdir.h"
#include "output/workdir.h"

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

/* Of a long name only the first bytes are in the name of the work folder, with a hash of all of it, so that it fits into
 * NAME_MAX (255). */
#define MAX_STEM 200

/* Above this many files one call that writes out the whole file system is cheaper than one call per file: on ext4, each of
 * those waits for the journal. Below it, other programs' data on the same file system is not waited for. */
#define SYNC_EACH 256u

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
    bool created; /* a file: not only expected */
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

static enum name_answer add_name(struct name_set *set, const char *name, size_t length, enum name_kind kind,
                                 struct out_name **entry_out)
{
    if (set->count * 2 >= set->capacity && !enlarge(set))
        return NAME_NOMEM;
    struct out_name *entry = find(set->table, set->capacity, name, length);
    *entry_out = entry;
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
    char *name;   /* relative to the folder */
    bool removes; /* nothing is written: a file of the older run that the new one does not have */
    bool had_old; /* the older file of this name is in old/ */
    bool moved;   /* the new one is in place */
};

struct ndup_outdir {
    char *path; /* as the user gave it, for messages */
    bool force;
    bool synced; /* to the disk, before it gets its name */
    bool committed;
    bool interrupted; /* neither committed nor undone: the work folder stays for who finishes it */
    struct ndup_workdir work;
    char *work_path;          /* absolute */
    char *own_name;           /* the folder's name in work.base; NULL: the folder was there */
    int target;               /* the folder; -1: it is not there yet */
    int fresh;                /* new/ in the work folder */
    struct ndup_outdir *next; /* in the list of all */
    pthread_mutex_t lock;     /* guards all below */
    bool committing, abandoned;
    struct out_file *files;
    size_t file_count, file_capacity;
    char **parents; /* absolute paths of the parents that open made, outermost first */
    size_t parent_count, parent_capacity;
    char **folders; /* relative paths of the sub-folders that commit made in the folder */
    size_t folder_count, folder_capacity;
    struct name_set names;
};

/* All that are open, for ndup_outdir_abandon. */
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ndup_outdir *all;

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

static neardup_status check_empty(const struct ndup_outdir *dir, neardup_error *err)
{
    int descriptor = openat(dir->target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
        holds_files = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                      strcmp(entry->d_name, NDUP_WORK_NAME) != 0;
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

/* Absolute, so that what was made is found again if the working folder changes; without "/" and "/." at its end. NULL with
 * errno. */
static char *make_absolute(const char *path)
{
    char *here = path[0] != '/' ? getcwd(NULL, 0) : strdup("");
    char *absolute = NULL;
    if (here != NULL && asprintf(&absolute, "%s%s%s", here, path[0] != '/' ? "/" : "", path) < 0)
        absolute = NULL;
    free(here);
    if (absolute == NULL)
        return NULL;
    size_t length = strlen(absolute);
    while (length > 1 && (absolute[length - 1] == '/' || strcmp(absolute + length - 2, "/.") == 0))
        absolute[--length] = '\0';
    return absolute;
}

/* The work folder in a folder that is there, with what a killed run has left in it. */
static neardup_status open_inside(struct ndup_outdir *dir, const char *absolute, neardup_error *err)
{
    int base = fcntl(dir->target, F_DUPFD_CLOEXEC, 0);
    if (base < 0)
        return ndup_fail_errno(err, errno, "cannot open output folder '%s'", dir->path);
    if (asprintf(&dir->work_path, "%s/%s", absolute, NDUP_WORK_NAME) < 0) {
        dir->work_path = NULL;
        close(base);
        return ndup_fail_nomem(err);
    }
    NDUP_TRY(ndup_workdir_open(&dir->work, base, NDUP_WORK_NAME, dir->path, err));
    if (ndup_workdir_is_ready(&dir->work)) {
        dir->interrupted = true;
        NDUP_TRY(ndup_workdir_finish(&dir->work, dir->target, err));
        dir->interrupted = false;
    }
    return dir->force ? NEARDUP_OK : check_empty(dir, err);
}

/* ".NAME.neardup" */
static char *name_beside(const char *own)
{
    char *name;
    size_t length = strlen(own);
    int made = length <= MAX_STEM ? asprintf(&name, ".%s.neardup", own)
                                  : asprintf(&name, ".%.*s-%016llx.neardup", MAX_STEM, own,
                                             (unsigned long long)XXH3_64bits(own, length));
    return made < 0 ? NULL : name;
}

static neardup_status open_work_beside(struct ndup_outdir *dir, struct ndup_workdir *work, const char *parent,
                                       const char *own, neardup_error *err)
{
    char *name = name_beside(own);
    if (name == NULL)
        return ndup_fail_nomem(err);
    int base = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    neardup_status status = base < 0 ? ndup_fail_errno(err, errno, "cannot open output folder '%s'", dir->path)
                                     : ndup_workdir_open(work, base, name, dir->path, err);
    free(name);
    return status;
}

/* The work folder beside one that is not there yet. */
static neardup_status open_beside(struct ndup_outdir *dir, char *absolute, neardup_error *err)
{
    char *slash = strrchr(absolute, '/');
    *slash = '\0';
    const char *parent = slash == absolute ? "/" : absolute;
    NDUP_TRY(make_folders(dir, absolute, err));
    dir->own_name = strdup(slash + 1);
    if (dir->own_name == NULL)
        return ndup_fail_nomem(err);
    NDUP_TRY(open_work_beside(dir, &dir->work, parent, dir->own_name, err));
    if (asprintf(&dir->work_path, "%s/%s", absolute, dir->work.name) < 0) {
        dir->work_path = NULL;
        return ndup_fail_nomem(err);
    }
    return NEARDUP_OK;
}

/* What a killed run left beside a folder that somebody has made since. Not worth a failure: only room is lost. */
static void clear_beside(struct ndup_outdir *dir, const char *absolute)
{
    struct stat info;
    struct ndup_workdir work;
    neardup_error ignored;
    const char *slash = strrchr(absolute, '/');
    char *own = name_beside(slash + 1), *path = NULL, *parent = strndup(absolute, (size_t)(slash - absolute) + 1);
    bool is_left = own != NULL && parent != NULL && asprintf(&path, "%s%s", parent, own) >= 0 &&
                   lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
    if (is_left && open_work_beside(dir, &work, parent, slash + 1, &ignored) == NEARDUP_OK)
        ndup_workdir_close(&work, false);
    free(own);
    free(path);
    free(parent);
}

static neardup_status open_folder(struct ndup_outdir *dir, neardup_error *err)
{
    struct stat info;
    char *absolute = make_absolute(dir->path);
    if (absolute == NULL)
        return ndup_fail_errno(err, errno, "cannot find output folder '%s'", dir->path);
    neardup_status status = NEARDUP_OK;
    dir->target = open(absolute, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = errno;
    if (dir->target >= 0) {
        clear_beside(dir, absolute);
        status = open_inside(dir, absolute, err);
    } else if (code == ENOENT && lstat(absolute, &info) != 0 && errno == ENOENT &&
               strcmp(strrchr(absolute, '/'), "/..") != 0) {
        status = open_beside(dir, absolute, err);
    } else {
        status = ndup_fail_errno(err, code, "cannot open output folder '%s'", dir->path);
    }
    free(absolute);
    return status;
}

static neardup_status begin(struct ndup_outdir *dir, neardup_error *err)
{
    NDUP_TRY(ndup_workdir_clear(&dir->work, err));
    if (mkdirat(dir->work.descriptor, "new", 0777) != 0)
        return ndup_fail_errno(err, errno, "cannot write to output folder '%s'", dir->path);
    dir->fresh = openat(dir->work.descriptor, "new", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return dir->fresh >= 0 ? NEARDUP_OK : ndup_fail_errno(err, errno, "cannot write to output folder '%s'", dir->path);
}

neardup_status ndup_outdir_open(struct ndup_outdir **out, const char *path, bool force, bool synced, neardup_error *err)
{
    *out = NULL;
    if (path[0] == '\0')
        return ndup_fail(err, NEARDUP_E_ARG, "the name of the output folder is empty");
    struct ndup_outdir *dir = ndup_calloc(1, sizeof *dir);
    if (dir == NULL)
        return ndup_fail_nomem(err);
    dir->work.base = dir->work.descriptor = dir->work.lock = dir->target = dir->fresh = -1;
    dir->force = force;
    dir->synced = synced;
    pthread_mutex_init(&dir->lock, NULL);
    dir->path = strdup(path);
    neardup_status status = dir->path != NULL ? open_folder(dir, err) : ndup_fail_nomem(err);
    if (status == NEARDUP_OK)
        status = begin(dir, err);
    if (status != NEARDUP_OK) {
        ndup_outdir_close(dir);
        return status;
    }
    pthread_mutex_lock(&all_lock);
    dir->next = all;
    all = dir;
    pthread_mutex_unlock(&all_lock);
    *out = dir;
    return NEARDUP_OK;
}

const char *ndup_outdir_scratch(const struct ndup_outdir *dir)
{
    return dir->work_path;
}

neardup_status ndup_outdir_recover(const char *path, bool *finished, neardup_error *err)
{
    struct ndup_workdir work;
    *finished = false;
    if (!ndup_io_is_half_replaced(path))
        return NEARDUP_OK;
    int target = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (target < 0)
        return ndup_fail_errno(err, errno, "cannot open '%s'", path);
    int base = fcntl(target, F_DUPFD_CLOEXEC, 0);
    neardup_status status = base >= 0 ? ndup_workdir_open(&work, base, NDUP_WORK_NAME, path, err)
                                      : ndup_fail_errno(err, errno, "cannot open '%s'", path);
    if (status == NEARDUP_OK) {
        bool ready = ndup_workdir_is_ready(&work); /* or else somebody has finished it meanwhile */
        status = ready ? ndup_workdir_finish(&work, target, err) : NEARDUP_OK;
        *finished = ready && status == NEARDUP_OK;
        ndup_workdir_close(&work, status != NEARDUP_OK);
    }
    close(target);
    return status;
}

/* ---- creating ---- */

static neardup_status fail_name(const struct ndup_outdir *dir, const char *name, int code, neardup_error *err)
{
    return code == ENOMEM ? ndup_fail_nomem(err) : ndup_fail_errno(err, code, "cannot write '%s/%s'", dir->path, name);
}

/* Two files of one name, or one that is also the folder of another. *own is the entry of the file. */
static neardup_status claim_names(struct ndup_outdir *dir, const char *name, bool created, struct out_name **own,
                                  neardup_error *err)
{
    for (size_t i = 0;; i++) {
        if (name[i] != '/' && name[i] != '\0')
            continue;
        enum name_kind kind = name[i] == '/' ? NAME_FOLDER : NAME_FILE;
        enum name_answer answer = add_name(&dir->names, name, i, kind, own);
        if (answer == NAME_NOMEM)
            return ndup_fail_nomem(err);
        if (answer == NAME_TAKEN || (answer == NAME_THERE && kind == NAME_FILE && (!created || (*own)->created)))
            return ndup_fail(err, NEARDUP_E_ARG, "'%s/%.*s' would be written twice", dir->path, (int)i, name);
        if (name[i] == '\0')
            return NEARDUP_OK;
    }
}

/* What is in the folder already must not be in the way: a folder of this name, or a file or link where a folder must be. */
static neardup_status check_way(const struct ndup_outdir *dir, const char *name, neardup_error *err)
{
    struct stat info;
    int folder;
    size_t stem;
    if (dir->target < 0)
        return NEARDUP_OK;
    int code = ndup_enter_folders(dir->target, name, false, NULL, NULL, &folder, &stem);
    if (code == ENOENT)
        return NEARDUP_OK;
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot write into folder '%s/%.*s'", dir->path, (int)stem, name);
    bool in_the_way = fstatat(folder, name + stem, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
    close(folder);
    return in_the_way ? fail_name(dir, name, EISDIR, err) : NEARDUP_OK;
}

static neardup_status expect(struct ndup_outdir *dir, const char *name, bool created, struct out_name **own,
                             neardup_error *err)
{
    bool is_work = strncmp(name, NDUP_WORK_NAME "/", sizeof NDUP_WORK_NAME) == 0 || strcmp(name, NDUP_WORK_NAME) == 0;
    if (!ndup_name_is_safe(name) || is_work)
        return ndup_fail(err, NEARDUP_E_ARG, "invalid name for a file in the output folder: '%s'", name);
    NDUP_TRY(claim_names(dir, name, created, own, err));
    return check_way(dir, name, err);
}

neardup_status ndup_outdir_expect(struct ndup_outdir *dir, const char *name, neardup_error *err)
{
    struct out_name *own;
    pthread_mutex_lock(&dir->lock);
    neardup_status status = expect(dir, name, false, &own, err);
    pthread_mutex_unlock(&dir->lock);
    return status;
}

static neardup_status add_file(struct ndup_outdir *dir, const char *name, bool removes, neardup_error *err)
{
    char *copy = strdup(name);
    if (copy == NULL || !ndup_grow(&dir->files, &dir->file_capacity, dir->file_count + 1, sizeof *dir->files)) {
        free(copy);
        return ndup_fail_nomem(err);
    }
    dir->files[dir->file_count++] = (struct out_file){.name = copy, .removes = removes};
    return NEARDUP_OK;
}

static neardup_status create_locked(struct ndup_outdir *dir, const char *name, int *descriptor, neardup_error *err)
{
    struct out_name *own;
    int folder;
    size_t stem;
    if (dir->abandoned)
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    NDUP_TRY(expect(dir, name, true, &own, err));
    int code = ndup_enter_folders(dir->fresh, name, true, NULL, NULL, &folder, &stem);
    if (code != 0)
        return fail_name(dir, name, code, err);
    *descriptor = openat(folder, name + stem, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    code = errno;
    close(folder);
    if (*descriptor < 0)
        return fail_name(dir, name, code, err);
    own->created = true;
    neardup_status status = add_file(dir, name, false, err);
    if (status != NEARDUP_OK) {
        close(*descriptor);
        *descriptor = -1;
    }
    return status;
}

neardup_status ndup_outdir_create(struct ndup_outdir *dir, const char *name, int *descriptor, neardup_error *err)
{
    *descriptor = -1;
    pthread_mutex_lock(&dir->lock);
    neardup_status status = create_locked(dir, name, descriptor, err);
    pthread_mutex_unlock(&dir->lock);
    return status;
}

neardup_status ndup_outdir_remove(struct ndup_outdir *dir, const char *name, neardup_error *err)
{
    if (dir->target < 0 || !dir->force)
        return NEARDUP_OK;
    if (!ndup_name_is_safe(name))
        return ndup_fail(err, NEARDUP_E_ARG, "invalid name for a file in the output folder: '%s'", name);
    pthread_mutex_lock(&dir->lock);
    neardup_status status = add_file(dir, name, true, err);
    pthread_mutex_unlock(&dir->lock);
    return status;
}

bool ndup_outdir_has(const struct ndup_outdir *dir, const char *name)
{
    return dir->target >= 0 && faccessat(dir->target, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- to the disk ---- */

static int sync_file(int folder, const char *name, int flags)
{
    int descriptor = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC);
    int code = descriptor < 0 || fsync(descriptor) != 0 ? errno : 0;
    if (descriptor >= 0)
        close(descriptor);
    /* A file system that cannot says so at once; there is nothing to wait for. */
    return code == EINVAL || code == ENOTSUP ? 0 : code;
}

/* The folders of the names, and the folder itself. */
static int sync_folders(const struct ndup_outdir *dir, int base)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < dir->names.capacity; i++) {
        const struct out_name *name = &dir->names.table[i];
        if (name->text != NULL && name->kind == NAME_FOLDER)
            code = sync_file(base, name->text, O_RDONLY | O_DIRECTORY);
        code = code == ENOENT ? 0 : code; /* a file was expected in it that has no record left */
    }
    return code == 0 ? sync_file(base, ".", O_RDONLY | O_DIRECTORY) : code;
}

/* All files, before any has its name: otherwise a named file could be empty after a power cut. */
static neardup_status sync_all(const struct ndup_outdir *dir, neardup_error *err)
{
    int code = 0;
    if (!dir->synced)
        return NEARDUP_OK;
    if (dir->file_count > SYNC_EACH) {
        code = syncfs(dir->fresh) != 0 ? errno : 0;
    } else {
        for (size_t i = 0; code == 0 && i < dir->file_count; i++)
            code = dir->files[i].removes ? 0 : sync_file(dir->fresh, dir->files[i].name, O_RDONLY);
        if (code == 0)
            code = sync_folders(dir, dir->fresh);
    }
    return code == 0 ? NEARDUP_OK : ndup_fail_errno(err, code, "cannot write '%s' to the disk", dir->path);
}

/* ---- putting in place, one by one ---- */

/* The name of an older file in old/. */
struct old_name {
    char text[32];
};

static struct old_name old_name(size_t number)
{
    struct old_name name;
    snprintf(name.text, sizeof name.text, "old/%zu", number);
    return name;
}

static bool note_folder(void *context, const char *name, size_t length)
{
    struct ndup_outdir *dir = context;
    neardup_error ignored;
    return push(&dir->folders, &dir->folder_count, &dir->folder_capacity, name, length, &ignored) == NEARDUP_OK;
}

/* The older file of this name to old/, if there is one. */
static int put_aside(struct ndup_outdir *dir, size_t number, int folder, const char *stem)
{
    struct out_file *file = &dir->files[number];
    struct stat info;
    if (file->had_old || !dir->force)
        return 0;
    /* A folder that appeared since the check holds what is not ours. */
    if (fstatat(folder, stem, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode))
        return EISDIR;
    if (renameat(folder, stem, dir->work.descriptor, old_name(number).text) != 0)
        return errno == ENOENT ? 0 : errno;
    file->had_old = true;
    return 0;
}

/* Without force a file that somebody else put there in the meantime is not replaced. */
static int put_in_place(struct ndup_outdir *dir, size_t number, int folder, const char *stem)
{
    struct out_file *file = &dir->files[number];
    int code = 0;
    if (renameat2(dir->fresh, file->name, folder, stem, RENAME_NOREPLACE) != 0)
        code = errno;
    if ((code == EINVAL || code == ENOSYS) && renameat(dir->fresh, file->name, folder, stem) == 0)
        code = 0;
    file->moved = code == 0;
    return code;
}

static int move_file(struct ndup_outdir *dir, size_t number)
{
    struct out_file *file = &dir->files[number];
    int folder;
    size_t stem;
    int code = ndup_enter_folders(dir->target, file->name, !file->removes, note_folder, dir, &folder, &stem);
    if (code != 0)
        return code == ENOENT && file->removes ? 0 : code;
    code = put_aside(dir, number, folder, file->name + stem);
    if (code == 0 && !file->removes)
        code = put_in_place(dir, number, folder, file->name + stem);
    close(folder);
    return code;
}

/* summary.json is moved last, and the older one first: it is never beside files of another run. */
static int move_files(struct ndup_outdir *dir, size_t *failed)
{
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < dir->file_count && last == SIZE_MAX; i++)
        last = strcmp(dir->files[i].name, "summary.json") == 0 ? i : SIZE_MAX;
    int code = last != SIZE_MAX ? put_aside(dir, last, dir->target, "summary.json") : 0;
    *failed = last;
    for (size_t i = 0; code == 0 && i < dir->file_count; i++) {
        *failed = i;
        code = i != last ? move_file(dir, i) : 0;
    }
    if (code == 0 && last != SIZE_MAX) {
        *failed = last;
        code = move_file(dir, last);
    }
    return code;
}

/* As it was before the first move; false if that fails, too. */
static bool move_back(struct ndup_outdir *dir)
{
    bool good = true;
    for (size_t n = dir->file_count; n > 0; n--) {
        struct out_file *file = &dir->files[n - 1];
        if (file->moved && renameat(dir->target, file->name, dir->fresh, file->name) == 0)
            file->moved = false;
        if (file->had_old && !file->moved &&
            renameat(dir->work.descriptor, old_name(n - 1).text, dir->target, file->name) == 0)
            file->had_old = false;
        good = good && !file->moved && !file->had_old;
    }
    for (size_t i = dir->folder_count; i > 0; i--)
        unlinkat(dir->target, dir->folders[i - 1], AT_REMOVEDIR);
    return good && renameat(dir->work.descriptor, "ready", dir->work.descriptor, "new") == 0;
}

/* What whoever finishes the run would remove. */
static neardup_status write_removals(const struct ndup_outdir *dir, neardup_error *err)
{
    int descriptor = openat(dir->work.descriptor, "remove", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    int code = descriptor < 0 ? errno : 0;
    for (size_t i = 0; code == 0 && i < dir->file_count; i++) {
        if (dir->files[i].removes)
            code = ndup_io_write(descriptor, dir->files[i].name, strlen(dir->files[i].name) + 1);
    }
    if (code == 0 && dir->synced && fsync(descriptor) != 0 && errno != EINVAL)
        code = errno;
    if (descriptor >= 0 && close(descriptor) != 0 && code == 0)
        code = errno;
    return code == 0 ? NEARDUP_OK : ndup_fail_errno(err, code, "cannot write to output folder '%s'", dir->path);
}

static neardup_status replace_files(struct ndup_outdir *dir, neardup_error *err)
{
    size_t failed = 0;
    NDUP_TRY(write_removals(dir, err));
    int code = mkdirat(dir->work.descriptor, "old", 0777) != 0 ? errno : 0;
    if (code == 0 && renameat(dir->work.descriptor, "new", dir->work.descriptor, "ready") != 0)
        code = errno;
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot write to output folder '%s'", dir->path);
    dir->interrupted = true;
    if (dir->synced)
        (void)sync_file(dir->work.descriptor, ".", O_RDONLY | O_DIRECTORY);
    code = move_files(dir, &failed);
    if (code != 0) {
        dir->interrupted = !move_back(dir);
        return fail_name(dir, dir->files[failed].name, code, err);
    }
    if (dir->synced)
        (void)sync_folders(dir, dir->target); /* what a power cut undoes, the next run or reader does again */
    dir->interrupted = false;
    return NEARDUP_OK;
}

/* ---- ending ---- */

static neardup_status name_folder(struct ndup_outdir *dir, neardup_error *err)
{
    const struct ndup_workdir *work = &dir->work;
    int code = 0;
    if (renameat2(work->descriptor, "new", work->base, dir->own_name, RENAME_NOREPLACE) != 0)
        code = errno;
    /* Without that flag, only an empty folder would be replaced. */
    if ((code == EINVAL || code == ENOSYS) && renameat(work->descriptor, "new", work->base, dir->own_name) == 0)
        code = 0;
    if (code == EEXIST || code == ENOTEMPTY)
        return ndup_fail(err, NEARDUP_E_IO, "cannot write to '%s': somebody has made it since the run began",
                         dir->path);
    if (code != 0)
        return ndup_fail_errno(err, code, "cannot make output folder '%s'", dir->path);
    if (dir->synced)
        (void)sync_file(work->base, ".", O_RDONLY | O_DIRECTORY); /* or else there is none after a power cut */
    return NEARDUP_OK;
}

neardup_status ndup_outdir_commit(struct ndup_outdir *dir, neardup_error *err)
{
    NDUP_TRY(sync_all(dir, err));
    pthread_mutex_lock(&dir->lock);
    dir->committing = true;
    bool abandoned = dir->abandoned;
    pthread_mutex_unlock(&dir->lock);
    if (abandoned)
        return ndup_fail(err, NEARDUP_E_CANCELED, "canceled");
    NDUP_TRY(dir->target >= 0 ? replace_files(dir, err) : name_folder(dir, err));
    dir->committed = true;
    return NEARDUP_OK;
}

/* Parents that were made for it are removed if they are empty. */
static void remove_parents(const struct ndup_outdir *dir)
{
    for (size_t i = dir->parent_count; i > 0; i--)
        rmdir(dir->parents[i - 1]);
}

bool ndup_outdir_abandon(void)
{
    bool good = true;
    pthread_mutex_lock(&all_lock);
    for (struct ndup_outdir *dir = all; dir != NULL && good; dir = dir->next) {
        pthread_mutex_lock(&dir->lock);
        good = !dir->committing;
        dir->abandoned = good;
        pthread_mutex_unlock(&dir->lock);
        if (good) {
            ndup_workdir_remove(&dir->work);
            remove_parents(dir);
        }
    }
    pthread_mutex_unlock(&all_lock);
    return good;
}

static void forget(const struct ndup_outdir *dir)
{
    pthread_mutex_lock(&all_lock);
    for (struct ndup_outdir **at = &all; *at != NULL; at = &(*at)->next) {
        if (*at == dir) {
            *at = dir->next;
            break;
        }
    }
    pthread_mutex_unlock(&all_lock);
}

void ndup_outdir_close(struct ndup_outdir *dir)
{
    if (dir == NULL)
        return;
    forget(dir);
    if (dir->fresh >= 0)
        close(dir->fresh);
    ndup_workdir_close(&dir->work, dir->interrupted);
    /* Folders with files in them are kept: rmdir refuses. */
    if (!dir->committed)
        remove_parents(dir);
    if (dir->target >= 0)
        close(dir->target);
    for (size_t i = 0; i < dir->file_count; i++)
        free(dir->files[i].name);
    for (size_t i = 0; i < dir->folder_count; i++)
        free(dir->folders[i]);
    for (size_t i = 0; i < dir->parent_count; i++)
        free(dir->parents[i]);
    free(dir->files);
    free(dir->folders);
    free(dir->parents);
    free_names(&dir->names);
    free(dir->work_path);
    free(dir->own_name);
    free(dir->path);
    pthread_mutex_destroy(&dir->lock);
    free(dir);
}

neardup_status ndup_write_all(int descriptor, const void *bytes, size_t length, const char *name, neardup_error *err)
{
    int code = ndup_io_write(descriptor, bytes, length);
    return code == 0 ? NEARDUP_OK : ndup_fail_errno(err, code, "cannot write '%s'", name);
}
