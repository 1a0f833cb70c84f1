/* SPDX-License-Identifier: MIT
 * From the paths a user names to the ordered list of files to read. */
#include "base/platform.h"

#include "input/files.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "input/decompress.h"
#include "input/encoding.h"
#include "input/file_kind.h"
#include "input/formats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* ---- reports of an earlier run: they are not part of a corpus ---- */

/* Whether the file is the summary.json of a run. Reads its first bytes only. */
static bool is_run_summary(const char *path)
{
    /* As run/summary_json.c begins it, in all versions. */
    static const char begin[] = "{\n  \"neardup\": \"";
    char found[sizeof begin - 1];
    size_t got = 0;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool read = ndup_io_pread(fd, found, sizeof found, 0, &got) == 0 && got == sizeof found;
    close(fd);
    return read && memcmp(found, begin, sizeof found) == 0;
}

/* ---- which file it is ---- */

/* Different kinds never meet: each has its seed. */
enum { INODE = 16, ENTRY = 17 };

static XXH128_hash_t hash_inode(const struct stat *info)
{
    uint64_t key[2] = {(uint64_t)info->st_dev, (uint64_t)info->st_ino};
    return XXH3_128bits_withSeed(key, sizeof key, INODE);
}

/* Which file it is, however the path leads there. A hard link is a copy that has its own name, so it is identified by its
 * folder and its name there; all others by their inode, which also holds for a folder that is mounted in two places. */
static XXH128_hash_t hash_file(const char *path, const struct stat *info)
{
    struct stat folder;
    char *real = info->st_nlink > 1 && S_ISREG(info->st_mode) ? realpath(path, NULL) : NULL;
    char *name = real != NULL ? strrchr(real, '/') : NULL;
    XXH128_hash_t hash = hash_inode(info);
    if (name != NULL) {
        *name++ = '\0';
        if (stat(real[0] != '\0' ? real : "/", &folder) == 0) {
            uint64_t key[4] = {(uint64_t)folder.st_dev, (uint64_t)folder.st_ino, hash.low64,
                               XXH3_64bits(name, strlen(name))};
            hash = XXH3_128bits_withSeed(key, sizeof key, ENTRY);
        }
    }
    free(real);
    return hash;
}

/* ---- the list ---- */

/* One call of ndup_files_add or ndup_files_finish. */
struct adding {
    struct ndup_file_list *list;
    size_t root; /* what was named */
    bool listed; /* on a list */
    ndup_file_note *note;
    void *context;
    neardup_error *err;
};

static void say(const struct adding *adding, neardup_severity severity, const char *path, const char *message)
{
    if (adding->note != NULL)
        adding->note(adding->context, severity, path, message);
}

static void leave_out(const struct adding *adding, neardup_severity severity, const char *path, const char *message)
{
    adding->list->left_out++;
    say(adding, severity, path, message);
}

static void problem(const struct adding *adding, const char *path, const char *what, int sys_errno)
{
    neardup_error text = {0};
    (void)ndup_fail_errno(&text, sys_errno, "%s", what);
    adding->list->problems++;
    say(adding, NEARDUP_ERROR, path, text.message);
}

/* Takes ownership of `at` (NULL: no memory). */
static neardup_status add_root(struct adding *adding, char *at, bool is_folder, bool fixed)
{
    struct ndup_file_list *list = adding->list;
    if (at == NULL || !ndup_grow(&list->roots, &list->root_capacity, list->root_count + 1, sizeof *list->roots)) {
        free(at);
        return ndup_fail_nomem(adding->err);
    }
    adding->root = list->root_count;
    list->roots[list->root_count++] = (struct ndup_file_root){.at = at,
                                                              .split = list->split,
                                                              .input = list->input,
                                                              .listed = adding->listed,
                                                              .is_folder = is_folder,
                                                              .fixed = fixed};
    return NEARDUP_OK;
}

/* A link waits until everything else is in the list, so that what it leads to has its own path, wherever it sorts. */
static neardup_status put_off(const struct adding *adding, const char *path, size_t below)
{
    struct ndup_file_list *list = adding->list;
    char *copy = strdup(path);
    if (copy == NULL || !ndup_grow(&list->links, &list->link_capacity, list->link_count + 1, sizeof *list->links)) {
        free(copy);
        return ndup_fail_nomem(adding->err);
    }
    list->links[list->link_count++] = (struct ndup_file_link){.path = copy, .root = adding->root, .below = below};
    return NEARDUP_OK;
}

/* ---- files ---- */

struct unchosen { /* left out by the chooser */
    size_t files, folders;
};

static neardup_status say_unchosen(const struct adding *adding, const char *path,
                                   const struct unchosen unchosen[NDUP_CHOICES]);
static bool is_temporary(const char *path);

static neardup_status append(const struct adding *adding, const char *path, size_t below, const struct stat *info,
                             uint64_t key)
{
    struct ndup_file_list *list = adding->list;
    char *copy = strdup(path);
    if (copy == NULL || !ndup_grow(&list->files, &list->capacity, list->count + 1, sizeof *list->files)) {
        free(copy);
        return ndup_fail_nomem(adding->err);
    }
    struct ndup_file file = {.path = copy,
                             .cancel = list->cancel,
                             .split = list->roots[adding->root].split,
                             .reference = list->references,
                             .input = list->roots[adding->root].input,
                             .named = !list->roots[adding->root].listed && !list->roots[adding->root].fixed &&
                                      path[below] == '\0',
                             .root = adding->root,
                             .below = below,
                             .key = key};
    if (info != NULL) {
        file.device = info->st_dev;
        file.inode = info->st_ino;
        file.bytes = S_ISREG(info->st_mode) && info->st_size > 0 ? (uint64_t)info->st_size : 0;
    }
    list->files[list->count++] = file;
    list->bytes += file.bytes;
    return NEARDUP_OK;
}

static neardup_status add_stdin(struct adding *adding)
{
    if (adding->list->has_stdin)
        return ndup_fail(adding->err, NEARDUP_E_ARG, "standard input ('-') is given twice");
    adding->list->has_stdin = true;
    NDUP_TRY(add_root(adding, strdup("stdin"), false, true));
    return append(adding, "-", 1, NULL, 0);
}

/* A file or folder of a reference that is one of an input, too. Below a folder that is the rule: what is new is checked
 * against the folder that it is in. */
static neardup_status leave_out_own(const struct adding *adding, const char *path, bool below)
{
    leave_out(adding, below ? NEARDUP_NOTE : NEARDUP_WARNING, path, "left out of the reference: it is also an input");
    return NEARDUP_OK;
}

/* A file that is in the list already. */
static neardup_status leave_out_file(const struct adding *adding, const char *path, uint64_t key, bool is_link)
{
    struct ndup_file_list *list = adding->list;
    uint32_t split = list->roots[adding->root].split;
    for (size_t i = 0; list->has_splits && i < list->count; i++) {
        const struct ndup_file *f = &list->files[i];
        if (f->key == key && f->split != split)
            return ndup_fail(adding->err, NEARDUP_E_ARG, "'%s' is in two splits: a file can belong to only one", path);
    }
    if (is_link)
        leave_out(adding, NEARDUP_NOTE, path, "left out: a link to a file that is read");
    else
        leave_out(adding, NEARDUP_WARNING, path, "left out: the same file is given twice");
    return NEARDUP_OK;
}

/* ---- archives: their members are files of the list ---- */

/* This many of them keep their descriptor: of more, each read opens its archive. */
#define OPEN_ARCHIVES 64u

/* Hidden as for ls, in any folder of the archive. */
static bool is_hidden(const char *name)
{
    for (const char *at = name; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (at[0] == '.' && strncmp(at, "../", 3) != 0)
            return true;
    }
    return false;
}

/* As if each folder on the way were entered. */
static neardup_status choose_path(const struct adding *adding, const char *path, enum ndup_choice *choice)
{
    *choice = NDUP_CHOSEN;
    for (const char *slash = strchr(path, '/'); slash != NULL && *choice == NDUP_CHOSEN;
         slash = strchr(slash + 1, '/')) {
        char *folder = strndup(path, (size_t)(slash - path));
        if (folder == NULL)
            return ndup_fail_nomem(adding->err);
        neardup_status status = ndup_choose(adding->list->chooser, NULL, folder, true, false, choice, adding->err);
        free(folder);
        NDUP_TRY(status);
    }
    return *choice == NDUP_CHOSEN ? ndup_choose(adding->list->chooser, NULL, path, false, false, choice, adding->err)
                                  : NEARDUP_OK;
}

/* Globs mean the name in reports. Of an archive that was named itself, as a folder, they may also mean what is below it. */
static neardup_status choose_member(const struct adding *adding, const char *path, size_t below, const char *name,
                                    enum ndup_choice *choice)
{
    enum ndup_choice inside = NDUP_NOT_INCLUDED;
    bool named = path[below] == '/';
    *choice = NDUP_CHOSEN;
    if (adding->list->chooser == NULL)
        return NEARDUP_OK;
    size_t from = below;
    if (named) {
        while (from > 0 && path[from - 1] != '/')
            from--;
        NDUP_TRY(choose_path(adding, name, &inside));
    }
    NDUP_TRY(choose_path(adding, path + from, choice));
    if (inside == NDUP_EXCLUDED || (inside == NDUP_CHOSEN && *choice == NDUP_NOT_INCLUDED))
        *choice = inside;
    return NEARDUP_OK;
}

static neardup_status add_member(const struct adding *adding, struct ndup_archive *archive,
                                 struct ndup_archive_entry *entry, size_t below, uint64_t key,
                                 struct unchosen unchosen[NDUP_CHOICES])
{
    const char *name = ndup_archive_name(archive, entry);
    enum ndup_choice choice;
    struct stat info = archive->info;
    char *path;
    if (is_hidden(name))
        return NEARDUP_OK;
    if (asprintf(&path, "%s/%s", archive->path, name) < 0)
        return ndup_fail_nomem(adding->err);
    info.st_size = (off_t)entry->size;
    neardup_status status = choose_member(adding, path, below, name, &choice);
    if (status == NEARDUP_OK && choice != NDUP_CHOSEN) {
        unchosen[choice].files++;
    } else if (status == NEARDUP_OK && is_temporary(name)) {
        leave_out(adding, NEARDUP_NOTE, path, "left out: a temporary file, by its name");
    } else if (status == NEARDUP_OK) {
        status = append(adding, path, below, &info, key);
        if (status == NEARDUP_OK) {
            adding->list->files[adding->list->count - 1].archive = archive;
            adding->list->files[adding->list->count - 1].member = entry;
        }
    }
    free(path);
    return status;
}

static void put_number(struct ndup_buf *to, size_t number, const char *one, const char *many)
{
    if (number == 0)
        return;
    ndup_buf_append_str(to, to->len > 0 ? ", " : "not read: ");
    ndup_buf_append_count(to, number);
    ndup_buf_append_str(to, number == 1 ? one : many);
}

/* What is in the archive and not in the list. */
static neardup_status say_unread(const struct adding *adding, const struct ndup_archive *archive)
{
    struct ndup_buf text = NDUP_BUF_INIT;
    put_number(&text, archive->links, " link", " links");
    put_number(&text, archive->others, " special file", " special files");
    put_number(&text, archive->older, " file of the same name as another", " files of the same name as others");
    if (text.len > 0) {
        ndup_buf_append(&text, "", 1);
        if (!text.failed)
            say(adding, NEARDUP_NOTE, archive->path, text.data);
    }
    bool failed = text.failed;
    ndup_buf_clear(&text);
    if (archive->damage != NULL) {
        ndup_buf_printf(&text, "cannot read the whole archive: %s", archive->damage);
        ndup_buf_append(&text, "", 1);
        failed = failed || text.failed;
        adding->list->problems++;
        if (!failed)
            say(adding, NEARDUP_ERROR, archive->path, text.data);
        ndup_buf_clear(&text);
    }
    if (archive->unnamed > 0) {
        ndup_buf_append_str(&text, "cannot read ");
        ndup_buf_append_count(&text, archive->unnamed);
        ndup_buf_append_str(&text, archive->unnamed == 1
                                       ? " file of the archive: its name is empty or has a NUL byte"
                                       : " files of the archive: their names are empty or have NUL bytes");
        ndup_buf_append(&text, "", 1);
        failed = failed || text.failed;
        adding->list->problems++;
        if (!failed)
            say(adding, NEARDUP_ERROR, archive->path, text.data);
    }
    ndup_buf_free(&text);
    return failed ? ndup_fail_nomem(adding->err) : NEARDUP_OK;
}

static neardup_status add_members(const struct adding *adding, struct ndup_archive *archive, const char *path,
                                  size_t below, const struct stat *info, uint64_t key)
{
    struct ndup_file_list *list = adding->list;
    struct unchosen unchosen[NDUP_CHOICES] = {{0, 0}};
    size_t length = strlen(path);
    below = below < length ? below : length;
    /* The archive itself, as it is named, takes its place among the archives. */
    if (!ndup_grow(&list->archives, &list->archive_capacity, list->archive_count + 1, sizeof *list->archives) ||
        append(adding, path, below, info, key) != NEARDUP_OK) {
        ndup_archive_close(archive);
        return ndup_fail_nomem(adding->err);
    }
    list->bytes -= list->files[--list->count].bytes;
    list->archives[list->archive_count++] = (struct ndup_listed_archive){list->files[list->count], archive};
    for (size_t i = 0; i < archive->member_count; i++)
        NDUP_TRY(add_member(adding, archive, &archive->entries[archive->members[i]], below, key, unchosen));
    NDUP_TRY(say_unread(adding, archive));
    return say_unchosen(adding, path, unchosen);
}

/* Adds the members of the file, if it is an archive. One that is damaged is a file with a problem: it is copied as it is. */
static neardup_status add_archive(const struct adding *adding, const char *path, size_t below, const struct stat *info,
                                  uint64_t key, bool *is)
{
    struct ndup_file_list *list = adding->list;
    const struct ndup_archive_options options = {.store = list->store,
                                                 .max_expansion = list->max_expansion,
                                                 .keep_open = list->archive_count < OPEN_ARCHIVES,
                                                 .cancel = list->cancel};
    struct ndup_archive *archive;
    neardup_error damage;
    *is = false;
    if (list->store == NULL || !S_ISREG(info->st_mode) || ndup_format_of_name(path) != NULL)
        return NEARDUP_OK;
    NDUP_TRY(ndup_archive_open(&archive, path, &options, is, &damage, adding->err));
    if (damage.code != NEARDUP_OK) {
        NDUP_TRY(append(adding, path, below, info, key));
        char *problem = NULL;
        if (asprintf(&problem, "%s%s", *is ? "cannot read the archive: " : "", damage.message) < 0)
            return ndup_fail_nomem(adding->err);
        list->files[list->count - 1].problem = problem;
        list->files[list->count - 1].is_archive = *is;
        *is = true;
        return NEARDUP_OK;
    }
    return *is ? add_members(adding, archive, path, below, info, key) : NEARDUP_OK;
}

/* A file that stat() found. Its name below what was named begins at path[below]. */
static neardup_status add_file(const struct adding *adding, const char *path, size_t below, const struct stat *info,
                               bool is_link)
{
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
        problem(adding, path, "cannot be read", errno);
        return NEARDUP_OK;
    }
    XXH128_hash_t hash = hash_file(path, info);
    switch (ndup_file_index_take(adding->list->index, hash, adding->list->references)) {
    case NDUP_INDEX_NOMEM:
        return ndup_fail_nomem(adding->err);
    case NDUP_INDEX_TAKEN:
        return leave_out_file(adding, path, hash.low64, is_link);
    case NDUP_INDEX_OWN:
        return leave_out_own(adding, path, path[below] != '\0');
    case NDUP_INDEX_ADDED:
        break;
    }
    bool is_archive;
    NDUP_TRY(add_archive(adding, path, below, info, hash.low64, &is_archive));
    return is_archive ? NEARDUP_OK : append(adding, path, below, info, hash.low64);
}

/* ---- folders ---- */

/* A folder on the way to where the walk is. */
struct level {
    const struct level *up;
    struct ndup_ignore *ignore; /* .gitignore files of the folder and of those around it */
    dev_t device;
    ino_t inode;
};

struct walk {
    const struct adding *adding;
    size_t below;               /* where names begin in the paths below the folder that was given */
    bool is_link;               /* the folder where the walk begins */
    struct ndup_ignore *ignore; /* .gitignore files of the folders around it */
    struct unchosen *unchosen;  /* [NDUP_CHOICES] */
};

struct folder_entry {
    char *path;
    struct stat info; /* of what a link leads to */
    bool is_link;
    int missing; /* why there is no info; 0: there is */
};

struct entries {
    struct folder_entry *items;
    size_t count, capacity;
};

static void free_entries(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        free(entries->items[i].path);
    free(entries->items);
}

/* By name, in the order that the whole paths have: a folder counts as its name with a slash. */
static int compare_entries(const void *a, const void *b)
{
    const struct folder_entry *left = a, *right = b;
    const unsigned char *x = (const unsigned char *)left->path, *y = (const unsigned char *)right->path;
    while (*x != '\0' && *x == *y)
        x++, y++;
    int at_x = *x != '\0' ? *x : S_ISDIR(left->info.st_mode) ? '/' : 0;
    int at_y = *y != '\0' ? *y : S_ISDIR(right->info.st_mode) ? '/' : 0;
    return at_x - at_y;
}

/* By its name. It may be data, so a note names it. */
static bool is_temporary(const char *path)
{
    size_t len = strlen(path);
    return len > 4 && strcmp(path + len - 4, ".tmp") == 0;
}

/* A link that leads nowhere is no input that is missing: the file is somewhere else, or nowhere. */
static bool is_dangling(const struct folder_entry *entry, int reason)
{
    return entry->is_link && (reason == ENOENT || reason == ELOOP || reason == ENOTDIR);
}

static neardup_status add_entry(const struct adding *adding, struct entries *entries, const char *folder,
                                const char *name)
{
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    struct folder_entry entry;
    if (!ndup_grow(&entries->items, &entries->capacity, entries->count + 1, sizeof entry) ||
        asprintf(&entry.path, "%s%s%s", folder, slash, name) < 0)
        return ndup_fail_nomem(adding->err);
    bool found = lstat(entry.path, &entry.info) == 0;
    entry.is_link = found && S_ISLNK(entry.info.st_mode);
    if (entry.is_link)
        found = stat(entry.path, &entry.info) == 0;
    entry.missing = found ? 0 : errno;
    if (!found)
        memset(&entry.info, 0, sizeof entry.info);
    entries->items[entries->count++] = entry;
    return NEARDUP_OK;
}

/* All entries of a folder that are not hidden, sorted, whatever order the file system has. A folder that cannot be read is a problem
 * and has none. */
static neardup_status list_folder(const struct adding *adding, const char *path, struct entries *entries)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        problem(adding, path, "cannot be read", errno);
        return NEARDUP_OK;
    }
    neardup_status status = NEARDUP_OK;
    while (status == NEARDUP_OK) {
        errno = 0;
        const struct dirent *found = readdir(dir);
        if (found == NULL) {
            if (errno != 0)
                problem(adding, path, "cannot be read to its end", errno);
            break;
        }
        if (strcmp(found->d_name, NDUP_WORK_NAME) == 0 && ndup_io_is_half_replaced(path)) {
            adding->list->problems++;
            say(adding, NEARDUP_ERROR, path,
                "cannot be read: a run was killed while it replaced the files in it; run it again with `force`, or "
                "'neardup report' on the folder finishes it");
            free_entries(entries);
            *entries = (struct entries){NULL, 0, 0};
            break;
        }
        if (found->d_name[0] != '.') /* hidden, as for ls */
            status = add_entry(adding, entries, path, found->d_name);
    }
    closedir(dir);
    if (entries->count > 1)
        qsort(entries->items, entries->count, sizeof *entries->items, compare_entries);
    return status;
}

/* What a run has left in the folder beside its files: that is about a corpus, and not of it. */
static void leave_out_reports(const struct adding *adding, const char *path, struct entries *entries)
{
    size_t kept = 0;
    bool left = false;
    for (size_t i = 0; i < entries->count && !left; i++) {
        const struct folder_entry *entry = &entries->items[i];
        left = strcmp(strrchr(entry->path, '/') + 1, "summary.json") == 0 && S_ISREG(entry->info.st_mode) &&
               is_run_summary(entry->path);
    }
    for (size_t i = 0; i < entries->count && left; i++) {
        struct folder_entry *entry = &entries->items[i];
        if (S_ISREG(entry->info.st_mode) && ndup_is_report_name(strrchr(entry->path, '/') + 1))
            free(entry->path);
        else
            entries->items[kept++] = *entry;
    }
    if (!left)
        return;
    entries->count = kept;
    say(adding, NEARDUP_NOTE, path, "left out the reports of an earlier run");
}

/* ---- which of them are read ---- */

/* Whether the user wants it; counts it if not. */
static neardup_status is_chosen(const struct walk *walk, const struct folder_entry *entry, const struct level *level,
                                bool *yes)
{
    const struct ndup_chooser *chooser = walk->adding->list->chooser;
    bool is_folder = S_ISDIR(entry->info.st_mode);
    /* Archives are folders here: by their names, or every file that is left out would be opened. */
    bool is_archive =
        walk->adding->list->store != NULL && S_ISREG(entry->info.st_mode) && ndup_archive_has_name(entry->path);
    enum ndup_choice choice = NDUP_CHOSEN;
    if (chooser != NULL)
        NDUP_TRY(ndup_choose(chooser, level->ignore, entry->path + walk->below, is_folder || is_archive, entry->is_link,
                             &choice, walk->adding->err));
    *yes = choice == NDUP_CHOSEN;
    if (is_folder)
        walk->unchosen[choice].folders++;
    else
        walk->unchosen[choice].files++;
    return NEARDUP_OK;
}

/* Whether an entry is there and not a file that another program is writing; says so if not. */
static bool is_readable(const struct adding *adding, const struct folder_entry *entry)
{
    if (is_temporary(entry->path))
        leave_out(adding, NEARDUP_NOTE, entry->path, "left out: a temporary file, by its name");
    else if (entry->missing == 0)
        return true;
    else if (is_dangling(entry, entry->missing))
        leave_out(adding, NEARDUP_WARNING, entry->path, "left out: the link leads nowhere");
    else
        problem(adding, entry->path, "cannot be read", entry->missing);
    return false;
}

/* Drops what is not read. */
static neardup_status choose_entries(const struct walk *walk, struct entries *entries, const struct level *level)
{
    size_t kept = 0;
    neardup_status status = NEARDUP_OK;
    for (size_t i = 0; i < entries->count; i++) {
        struct folder_entry *entry = &entries->items[i];
        bool chosen = false;
        if (status == NEARDUP_OK)
            status = is_chosen(walk, entry, level, &chosen);
        if (chosen && is_readable(walk->adding, entry))
            entries->items[kept++] = *entry;
        else
            free(entry->path);
    }
    entries->count = kept;
    return status;
}

static void append_unchosen(struct ndup_buf *to, const struct unchosen *unchosen, const char *by)
{
    if (unchosen->files + unchosen->folders == 0)
        return;
    ndup_buf_append_str(to, to->len > 0 ? "; " : "left out ");
    if (unchosen->files > 0) {
        ndup_buf_append_count(to, unchosen->files);
        ndup_buf_append_str(to, unchosen->files == 1 ? " file" : " files");
    }
    if (unchosen->folders > 0) {
        ndup_buf_append_str(to, unchosen->files > 0 ? " and " : "");
        ndup_buf_append_count(to, unchosen->folders);
        ndup_buf_append_str(to, unchosen->folders == 1 ? " folder" : " folders");
    }
    ndup_buf_append_str(to, by);
}

/* Says what the chooser left out below a folder that was named. */
static neardup_status say_unchosen(const struct adding *adding, const char *path,
                                   const struct unchosen unchosen[NDUP_CHOICES])
{
    struct ndup_buf text = NDUP_BUF_INIT;
    append_unchosen(&text, &unchosen[NDUP_NOT_INCLUDED], ", by `include`");
    append_unchosen(&text, &unchosen[NDUP_EXCLUDED], ", by `exclude`");
    append_unchosen(&text, &unchosen[NDUP_IGNORED], ", by .gitignore");
    ndup_buf_append(&text, "", 1);
    bool failed = text.failed;
    if (!failed && text.len > 1)
        say(adding, NEARDUP_NOTE, path, text.data);
    ndup_buf_free(&text);
    for (size_t i = NDUP_CHOSEN + 1; i < NDUP_CHOICES; i++) {
        adding->list->unchosen_files += unchosen[i].files;
        adding->list->unchosen_folders += unchosen[i].folders;
    }
    return failed ? ndup_fail_nomem(adding->err) : NEARDUP_OK;
}

/* The .gitignore files of the folders around the one where a walk begins: those outside what was named, and, for a link in it,
 * those on the way to the link. */
static neardup_status find_ignore_files(struct walk *walk, const char *path)
{
    neardup_error *err = walk->adding->err;
    size_t length = strlen(path), named = walk->below > 1 ? walk->below - 1 : walk->below;
    if (walk->adding->list->chooser == NULL || !walk->adding->list->chooser->gitignore)
        return NEARDUP_OK;
    named = named < length ? named : length;
    for (size_t end = named; end <= length; end += 1 + strcspn(path + end + 1, "/")) {
        char *folder = strndup(path, end);
        if (folder == NULL)
            return ndup_fail_nomem(err);
        neardup_status status = NEARDUP_OK;
        if (end == named)
            status = ndup_ignore_find_outer(&walk->ignore, folder, err);
        if (status == NEARDUP_OK && end < length && path[end] == '/' && path[end + 1] != '\0')
            status =
                ndup_ignore_read(&walk->ignore, walk->ignore, folder, end == named ? 0 : end + 1 - walk->below, err);
        bool last = end >= length || path[end] == '\0' || path[end + 1] == '\0';
        free(folder);
        NDUP_TRY(status);
        if (last)
            break;
    }
    return NEARDUP_OK;
}

/* ---- the walk ---- */

static neardup_status walk_folder(const struct walk *walk, const char *path, const struct stat *info,
                                  const struct level *up);

static bool is_excluded(const struct ndup_file_list *list, const struct stat *info)
{
    for (size_t i = 0; i < list->excluded_count; i++) {
        if (list->excluded[i].device == info->st_dev && list->excluded[i].inode == info->st_ino)
            return true;
    }
    return false;
}

static neardup_status walk_entry(const struct walk *walk, const struct folder_entry *entry, const struct level *level)
{
    if (is_excluded(walk->adding->list, &entry->info))
        return NEARDUP_OK;
    if (entry->is_link)
        return put_off(walk->adding, entry->path, walk->below);
    if (S_ISDIR(entry->info.st_mode))
        return walk_folder(walk, entry->path, &entry->info, level);
    if (S_ISREG(entry->info.st_mode))
        return add_file(walk->adding, entry->path, walk->below, &entry->info, false);
    leave_out(walk->adding, NEARDUP_WARNING, entry->path, "left out: neither a file nor a folder");
    return NEARDUP_OK;
}

static bool is_above(const struct level *level, const struct stat *info)
{
    for (; level != NULL; level = level->up) {
        if (level->device == info->st_dev && level->inode == info->st_ino)
            return true;
    }
    return false;
}

/* Remembers to which split the folder belongs. */
static neardup_status note_split(const struct adding *adding, uint64_t key)
{
    struct ndup_file_list *list = adding->list;
    if (!list->has_splits)
        return NEARDUP_OK;
    if (!ndup_grow(&list->folders, &list->folder_capacity, list->folder_count + 1, sizeof *list->folders))
        return ndup_fail_nomem(adding->err);
    list->folders[list->folder_count++] = (struct ndup_split_folder){key, list->roots[adding->root].split};
    return NEARDUP_OK;
}

/* A folder that is in the list already. */
static neardup_status leave_out_folder(const struct adding *adding, const char *path, uint64_t key,
                                       bool contains_itself, bool is_link)
{
    const struct ndup_file_list *list = adding->list;
    for (size_t i = 0; i < list->folder_count; i++) {
        if (list->folders[i].key == key && list->folders[i].split != list->roots[adding->root].split)
            return ndup_fail(adding->err, NEARDUP_E_ARG,
                             "the folder '%s' is in two splits: a folder can belong to only one", path);
    }
    if (contains_itself)
        leave_out(adding, NEARDUP_WARNING, path, "left out: the folder contains itself");
    else if (is_link)
        leave_out(adding, NEARDUP_NOTE, path, "left out: a link to a folder that is read");
    else
        leave_out(adding, NEARDUP_WARNING, path, "left out: the same folder is given twice");
    return NEARDUP_OK;
}

static neardup_status walk_folder(const struct walk *walk, const char *path, const struct stat *info,
                                  const struct level *up)
{
    const struct adding *adding = walk->adding;
    /* Entering each folder once also keeps links between folders from making a walk without end. */
    XXH128_hash_t hash = hash_inode(info);
    switch (ndup_file_index_take(adding->list->index, hash, adding->list->references)) {
    case NDUP_INDEX_NOMEM:
        return ndup_fail_nomem(adding->err);
    case NDUP_INDEX_TAKEN:
        return leave_out_folder(adding, path, hash.low64, is_above(up, info), walk->is_link && up == NULL);
    case NDUP_INDEX_OWN:
        return leave_out_own(adding, path, strlen(path) > walk->below);
    case NDUP_INDEX_ADDED:
        break;
    }
    NDUP_TRY(note_split(adding, hash.low64));
    struct ndup_ignore *outer = up != NULL ? up->ignore : walk->ignore;
    struct level level = {up, outer, info->st_dev, info->st_ino};
    struct entries entries = {NULL, 0, 0};
    size_t length = strlen(path);
    neardup_status status = NEARDUP_OK;
    if (adding->list->chooser != NULL && adding->list->chooser->gitignore)
        status =
            ndup_ignore_read(&level.ignore, outer, path, length + (path[length - 1] != '/') - walk->below, adding->err);
    if (status == NEARDUP_OK)
        status = list_folder(adding, path, &entries);
    leave_out_reports(adding, path, &entries);
    if (status == NEARDUP_OK)
        status = choose_entries(walk, &entries, &level);
    for (size_t i = 0; i < entries.count && status == NEARDUP_OK; i++)
        status = walk_entry(walk, &entries.items[i], &level);
    free_entries(&entries);
    ndup_ignore_free(level.ignore, outer);
    return status;
}

/* ---- what was named ---- */

/* Whether the path is a link or leads through one. Paths of a list are often in one folder: it is looked up once. */
static bool is_through_link(struct ndup_file_list *list, const char *path)
{
    struct stat info;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    char *plain = strndup(path, length);
    char *folder = strndup(path, ndup_path_folder_length(plain != NULL ? plain : path));
    bool link = plain != NULL && lstat(plain, &info) == 0 && S_ISLNK(info.st_mode);
    free(plain);
    if (folder != NULL && !link && (list->last_folder == NULL || strcmp(folder, list->last_folder) != 0)) {
        char *named = ndup_path_absolute(folder[0] == '\0' && path[0] == '/' ? "/" : folder);
        char *real = realpath(folder[0] != '\0' ? folder : path[0] == '/' ? "/" : ".", NULL);
        list->last_is_link = named != NULL && real != NULL && strcmp(named[0] != '\0' ? named : "/", real) != 0;
        free(named);
        free(real);
        free(list->last_folder);
        list->last_folder = folder;
        return list->last_is_link;
    }
    link = link || (folder != NULL && list->last_is_link);
    free(folder);
    return link;
}

static neardup_status add_found(const struct adding *adding, const char *path, size_t below, const struct stat *info,
                                bool is_link)
{
    size_t length = strlen(path);
    if (!S_ISDIR(info->st_mode))
        return add_file(adding, path, below < length ? below : length, info, is_link);
    struct unchosen unchosen[NDUP_CHOICES] = {{0, 0}};
    struct walk walk = {.adding = adding, .below = below, .is_link = is_link, .unchosen = unchosen};
    neardup_status status = find_ignore_files(&walk, path);
    if (status == NEARDUP_OK)
        status = walk_folder(&walk, path, info, NULL);
    ndup_ignore_free(walk.ignore, NULL);
    return status == NEARDUP_OK ? say_unchosen(adding, path, unchosen) : status;
}

/* `as`: the path that names are made of; NULL: the own one. */
static neardup_status add_path(struct adding *adding, const char *path, const char *as)
{
    struct stat info;
    size_t length = strlen(path);
    if (as == NULL && strcmp(path, "-") == 0)
        return add_stdin(adding);
    bool found = stat(path, &info) == 0, standard = as != NULL && strcmp(as, "-") == 0;
    int reason = errno;
    NDUP_TRY(add_root(adding, standard ? strdup("stdin") : ndup_path_absolute(as != NULL ? as : path),
                      found && S_ISDIR(info.st_mode), standard));
    if (!found) {
        if (strstr(path, "://") != NULL && reason == ENOENT) {
            adding->list->problems++;
            say(adding, NEARDUP_ERROR, path, "cannot be read: it is a URL, and only local files are read");
        } else {
            problem(adding, path, "cannot be read", reason);
        }
        return NEARDUP_OK;
    }
    size_t below = length + (path[length - 1] != '/');
    return is_through_link(adding->list, path) ? put_off(adding, path, below)
                                               : add_found(adding, path, below, &info, false);
}

/* ---- the end: links, order, names ---- */

static neardup_status add_link(struct adding *adding, const struct ndup_file_link *link)
{
    struct stat info;
    adding->root = link->root;
    if (stat(link->path, &info) != 0)
        problem(adding, link->path, "cannot be read", errno);
    else if (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || link->below >= strlen(link->path))
        return add_found(adding, link->path, link->below, &info, true);
    else
        leave_out(adding, NEARDUP_WARNING, link->path, "left out: neither a file nor a folder");
    return NEARDUP_OK;
}

/* In the order of the arguments, and below a folder of the paths. Two of one argument never have the same path. */
static int by_argument(const void *left, const void *right)
{
    const struct ndup_file *a = left, *b = right;
    if (a->root != b->root)
        return a->root < b->root ? -1 : 1;
    return strcmp(a->path, b->path);
}

/* The links that were put off, and those that are found on the way: each folder is entered once, so that this ends. */
static neardup_status add_links(struct adding *adding, size_t first)
{
    struct ndup_file_list *list = adding->list;
    size_t before = list->count;
    neardup_status status = NEARDUP_OK;
    for (size_t i = 0; status == NEARDUP_OK && i < list->link_count; i++) {
        const struct ndup_file_link link = list->links[i];
        status = add_link(adding, &link);
    }
    for (size_t i = 0; i < list->link_count; i++)
        free(list->links[i].path);
    list->link_count = 0;
    if (list->count > before)
        qsort(list->files + first, list->count - first, sizeof *list->files, by_argument);
    return status;
}

neardup_status ndup_files_finish(struct ndup_file_list *list, ndup_file_note *note, void *context, neardup_error *err)
{
    struct adding adding = {.list = list, .note = note, .context = context, .err = err};
    if (list->index == NULL) /* nothing was added */
        return NEARDUP_OK;
    NDUP_TRY(add_links(&adding, list->named));
    return ndup_files_name(list, err);
}

/* ---- public ---- */

static neardup_status begin(struct ndup_file_list *list, neardup_error *err)
{
    if (list->index == NULL)
        list->index = ndup_file_index_create();
    return list->index != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

neardup_status ndup_files_add_feed(struct ndup_file_list *list, const char *name, struct ndup_feed *feed,
                                   uint64_t bytes, neardup_error *err)
{
    struct adding adding = {.list = list, .err = err};
    NDUP_TRY(begin(list, err));
    NDUP_TRY(add_root(&adding, strdup(name), false, true));
    NDUP_TRY(append(&adding, name, strlen(name), NULL, 0));
    struct ndup_file *file = &list->files[list->count - 1];
    file->feed = feed;
    file->bytes = bytes;
    list->bytes += bytes;
    list->has_unsized = list->has_unsized || bytes == 0;
    return NEARDUP_OK;
}

neardup_status ndup_files_add(struct ndup_file_list *list, const char *path, ndup_file_note *note, void *context,
                              neardup_error *err)
{
    return ndup_files_add_as(list, path, NULL, note, context, err);
}

neardup_status ndup_files_add_as(struct ndup_file_list *list, const char *path, const char *as, ndup_file_note *note,
                                 void *context, neardup_error *err)
{
    NDUP_TRY(begin(list, err));
    struct adding adding = {.list = list, .note = note, .context = context, .err = err};
    return add_path(&adding, path, as);
}

/* What the bytes are instead of a list; NULL: nothing speaks against one. Split at NUL bytes, a list in UTF-16 or a binary file
 * is short strings, one of them perhaps "/": the whole machine would be read. No path is a line end, as it is in UTF-16, and
 * those of a list with NUL bytes have no control characters but tabs and line ends. */
static const char *other_than_list(const char *bytes, size_t length, const char *path)
{
    const char *encoding = ndup_encoding_of_mark(bytes, length);
    if (encoding != NULL || memchr(bytes, '\0', length) == NULL)
        return encoding;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c > 0 && c < '\a') {
            const struct ndup_file_kind *kind = ndup_file_kind_known(bytes, length, path);
            return kind != NULL ? kind->name : "a binary file";
        }
        if (c == '\0' && length - i > 2 && (bytes[i + 1] == '\n' || bytes[i + 1] == '\r') && bytes[i + 2] == '\0')
            return "UTF-16 or UTF-32";
    }
    return NULL;
}

/* Most bytes of a line, as of a path, and most empty lines in a row. An endless stream that is not a list exceeds one of them at
 * once. */
#define PATH_BYTES PATH_MAX
/* Forty million paths of a hundred bytes. A list that goes on for ever, such as that of `yes x`, ends here. */
#define LIST_BYTES ((size_t)4 << 30)

/* How far a list has been looked at. */
struct list_check {
    size_t at;
    size_t path, empty; /* bytes of the path that has begun; line ends or NUL bytes before it */
    uint64_t line;      /* line ends and NUL bytes so far */
};

static neardup_status check_list(struct list_check *c, const struct ndup_buf *text, const char *path,
                                 neardup_error *err)
{
    const char *other = c->at == 0 ? other_than_list(text->data, text->len, path) : NULL;
    if (other != NULL)
        return ndup_fail(err, NEARDUP_E_FORMAT, "it is %s, not text in UTF-8", other);
    for (; c->at < text->len; c->at++) {
        bool end = text->data[c->at] == '\n' || text->data[c->at] == '\0';
        c->empty = !end ? 0 : c->path == 0 ? c->empty + 1 : 1;
        c->path = end ? 0 : c->path + 1;
        c->line += end;
        if (c->path >= PATH_BYTES)
            return ndup_fail(err, NEARDUP_E_FORMAT,
                             "it is not a list of paths: line %" PRIu64 " is longer than %u bytes", c->line + 1,
                             PATH_BYTES - 1);
        if (c->empty > PATH_BYTES)
            return ndup_fail(err, NEARDUP_E_FORMAT,
                             "it is not a list of paths: it has more than %u empty lines in a row", PATH_BYTES);
    }
    if (text->len > LIST_BYTES)
        return ndup_fail(err, NEARDUP_E_LIMIT, "it is longer than %zu GiB", LIST_BYTES >> 30);
    return NEARDUP_OK;
}

static neardup_status read_list(struct ndup_buf *to, const char *path, const atomic_bool *cancel, neardup_error *err)
{
    struct ndup_stream *stream;
    struct list_check check = {0};
    NDUP_TRY(ndup_stream_open_cancelable(&stream, path, cancel, err));
    neardup_status status = NEARDUP_OK;
    size_t got = 1;
    while (status == NEARDUP_OK && got > 0) {
        const size_t step = (size_t)64 * 1024;
        if (!ndup_buf_reserve(to, step)) {
            status = ndup_fail_nomem(err);
            break;
        }
        status = ndup_stream_read(stream, to->data + to->len, step, &got, err);
        to->len += got;
        if (status == NEARDUP_OK && got > 0)
            status = check_list(&check, to, path, err);
    }
    ndup_stream_close(stream);
    return status;
}

/* Adds the paths in text, which ends with its separator. */
static neardup_status add_paths(struct adding *adding, char *text, size_t len, char separator)
{
    for (char *at = text, *end = text + len; at < end;) {
        char *stop = memchr(at, separator, (size_t)(end - at));
        char *next = stop + 1;
        if (separator == '\n' && stop > at && stop[-1] == '\r')
            stop--;
        *stop = '\0';
        if (stop > at) {
            ndup_buf_append(&adding->list->listed, at, (size_t)(stop - at) + 1);
            NDUP_TRY(add_path(adding, at, NULL));
        }
        at = next;
    }
    return NEARDUP_OK;
}

static neardup_status add_text(struct adding *adding, struct ndup_buf *text, const char *list_path)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *other = other_than_list(text->data, text->len, list_path);
    if (other != NULL)
        return ndup_fail(adding->err, NEARDUP_E_FORMAT, "list of files '%.300s': it is %s, not text in UTF-8",
                         list_path, other);
    char separator = memchr(text->data, '\0', text->len) != NULL ? '\0' : '\n';
    size_t skip = text->len >= sizeof mark - 1 && memcmp(text->data, mark, sizeof mark - 1) == 0 ? sizeof mark - 1 : 0;
    ndup_buf_append(text, &separator, 1);
    if (text->failed)
        return ndup_fail_nomem(adding->err);
    return add_paths(adding, text->data + skip, text->len - skip, separator);
}

neardup_status ndup_files_add_list(struct ndup_file_list *list, const char *list_path, ndup_file_note *note,
                                   void *context, neardup_error *err)
{
    NDUP_TRY(begin(list, err));
    struct adding adding = {.list = list, .listed = true, .note = note, .context = context, .err = err};
    if (strcmp(list_path, "-") == 0) {
        if (list->has_stdin)
            return ndup_fail(err, NEARDUP_E_ARG, "standard input ('-') is given twice");
        list->has_stdin = true;
    }
    struct ndup_buf text = NDUP_BUF_INIT;
    neardup_error reason = {0};
    neardup_status status = read_list(&text, list_path, list->cancel, &reason);
    if (status != NEARDUP_OK && err != NULL) {
        (void)ndup_fail(err, status, "list of files '%.300s': %.400s", list_path, reason.message);
        err->sys_errno = reason.sys_errno;
    }
    if (status == NEARDUP_OK && text.len > 0)
        status = add_text(&adding, &text, list_path);
    ndup_buf_free(&text);
    ndup_buf_append(&list->listed, "", 1);
    return status == NEARDUP_OK && list->listed.failed ? ndup_fail_nomem(err) : status;
}

void ndup_files_free(struct ndup_file_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->files[i].path);
        free(list->files[i].name);
        free(list->files[i].problem);
    }
    free(list->files);
    for (size_t i = 0; i < list->archive_count; i++) {
        free(list->archives[i].file.path);
        free(list->archives[i].file.name);
        ndup_archive_close(list->archives[i].archive);
    }
    free(list->archives);
    for (size_t i = 0; i < list->root_count; i++)
        free(list->roots[i].at);
    free(list->roots);
    for (size_t i = 0; i < list->link_count; i++)
        free(list->links[i].path);
    free(list->links);
    free(list->folders);
    free(list->last_folder);
    free(list->base);
    ndup_buf_free(&list->listed);
    ndup_file_index_destroy(list->index);
    memset(list, 0, sizeof *list);
}
