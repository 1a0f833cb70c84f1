/* SPDX-License-Identifier: MIT
 * From the paths a user names to the ordered list of files to read. */
#include "base/platform.h"

#include "input/files.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"
#include "input/decompress.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* ---- reports of an earlier run: they are not part of a corpus ---- */

static bool is_report_name(const char *name)
{
    return strcmp(name, "decisions.jsonl") == 0 || strcmp(name, "clusters.jsonl") == 0 ||
           strcmp(name, "pairs.jsonl") == 0 || strcmp(name, "summary.json") == 0;
}

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

/* ---- what is already in the list: names (and the folders they need), files and folders by device and inode ----
 * One open-addressing table of 128-bit hashes for everything: with XXH3-128 two of 10^9 entries collide with a probability
 * below 10^-20, and an entry costs 16 bytes however long the name is. */

/* Different kinds never meet: each has its seed. */
enum { NAME = 1, FOLDER_OF_NAME = 2, INODE = 3, INODE_OF_REFERENCE = 4 };

struct ndup_file_index {
    XXH128_hash_t *slots; /* 0, 0: empty */
    size_t capacity;      /* a power of two */
    size_t count;
};

static struct ndup_file_index *index_create(void)
{
    struct ndup_file_index *index = ndup_calloc(1, sizeof *index);
    if (index == NULL)
        return NULL;
    index->capacity = 64;
    index->slots = ndup_calloc(index->capacity, sizeof *index->slots);
    if (index->slots == NULL) {
        free(index);
        return NULL;
    }
    return index;
}

static void index_destroy(struct ndup_file_index *index)
{
    if (index == NULL)
        return;
    free(index->slots);
    free(index);
}

static bool is_empty(XXH128_hash_t hash)
{
    return hash.low64 == 0 && hash.high64 == 0;
}

/* The slot that holds the hash, or the empty one for it. */
static XXH128_hash_t *find(const struct ndup_file_index *index, XXH128_hash_t hash)
{
    size_t mask = index->capacity - 1;
    size_t i = (size_t)hash.low64 & mask;
    while (!is_empty(index->slots[i]) && !XXH128_isEqual(index->slots[i], hash))
        i = (i + 1) & mask;
    return &index->slots[i];
}

static bool has(const struct ndup_file_index *index, XXH128_hash_t hash)
{
    return !is_empty(*find(index, hash));
}

static bool grow(struct ndup_file_index *index)
{
    if (index->count < index->capacity / 2)
        return true;
    struct ndup_file_index larger = {NULL, index->capacity * 2, index->count};
    larger.slots = ndup_calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < index->capacity; i++) {
        if (!is_empty(index->slots[i]))
            *find(&larger, index->slots[i]) = index->slots[i];
    }
    free(index->slots);
    *index = larger;
    return true;
}

static bool add(struct ndup_file_index *index, XXH128_hash_t hash)
{
    if (!grow(index))
        return false;
    XXH128_hash_t *slot = find(index, hash);
    index->count += is_empty(*slot);
    *slot = hash;
    return true;
}

/* OWN: taken as an input, and now named as a reference. */
enum answer { INDEX_ADDED, INDEX_TAKEN, INDEX_OWN, INDEX_NOMEM };

/* Remembers a file or a folder of an input, or of a reference: references come after all inputs. */
static enum answer index_take_inode(struct ndup_file_index *index, dev_t device, ino_t inode, bool reference)
{
    uint64_t key[2] = {(uint64_t)device, (uint64_t)inode};
    XXH128_hash_t hash = XXH3_128bits_withSeed(key, sizeof key, INODE);
    if (reference && has(index, hash))
        return INDEX_OWN;
    if (reference)
        hash = XXH3_128bits_withSeed(key, sizeof key, INODE_OF_REFERENCE);
    if (has(index, hash))
        return INDEX_TAKEN;
    return add(index, hash) ? INDEX_ADDED : INDEX_NOMEM;
}

/* ---- names ---- */

/* Takes the name, unless it is a name or a folder of a name already, or is below a name. */
static enum answer take_name(struct ndup_file_index *index, const char *name)
{
    if (is_report_name(name))
        return INDEX_TAKEN;
    size_t len = strlen(name);
    if (has(index, XXH3_128bits_withSeed(name, len, NAME)) ||
        has(index, XXH3_128bits_withSeed(name, len, FOLDER_OF_NAME)))
        return INDEX_TAKEN;
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        if (has(index, XXH3_128bits_withSeed(name, (size_t)(slash - name), NAME)))
            return INDEX_TAKEN;
    }
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        if (!add(index, XXH3_128bits_withSeed(name, (size_t)(slash - name), FOLDER_OF_NAME)))
            return INDEX_NOMEM;
    }
    return add(index, XXH3_128bits_withSeed(name, len, NAME)) ? INDEX_ADDED : INDEX_NOMEM;
}

/* The components of a path that can be in a name, with slashes between them: without "." and empty ones, and without
 * those before a "..". Returned owned. */
static char *plain_folder(const char *path, size_t len)
{
    char *plain = ndup_alloc(len + 1, 1);
    if (plain == NULL)
        return NULL;
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        const char *part = path + at;
        const char *slash = memchr(part, '/', len - at);
        size_t n = slash != NULL ? (size_t)(slash - part) : len - at;
        at += n + 1;
        if (n == 2 && memcmp(part, "..", 2) == 0) {
            used = 0;
        } else if (n > 0 && !(n == 1 && part[0] == '.')) {
            if (used > 0)
                plain[used++] = '/';
            memcpy(plain + used, part, n);
            used += n;
        }
    }
    plain[used] = '\0';
    return plain;
}

/* Where the tail of folder begins that has one component more than the tail at `from`. */
static const char *longer_tail(const char *folder, const char *from)
{
    if (*from != '\0')
        from--; /* the slash before the tail */
    while (from > folder && from[-1] != '/')
        from--;
    return from;
}

/* Finds and takes a name as files.h says: `name`, else with more and more of its folder, else with a number. Returned
 * owned (free); NULL if there is no memory. */
static char *index_name(struct ndup_file_index *index, const char *folder, size_t folder_len, const char *name)
{
    char *plain = plain_folder(folder, folder_len);
    if (plain == NULL)
        return NULL;
    const char *tail = plain + strlen(plain);
    enum answer answer = INDEX_TAKEN;
    char *candidate = NULL;
    for (unsigned number = 1; answer == INDEX_TAKEN;) {
        int made;
        free(candidate);
        if (number > 1)
            made = asprintf(&candidate, "%u/%s%s%s", number, tail, *tail != '\0' ? "/" : "", name);
        else
            made = asprintf(&candidate, "%s%s%s", tail, *tail != '\0' ? "/" : "", name);
        if (made < 0)
            candidate = NULL;
        answer = candidate != NULL ? take_name(index, candidate) : INDEX_NOMEM;
        if (tail > plain)
            tail = longer_tail(plain, tail);
        else
            number++;
    }
    free(plain);
    if (answer == INDEX_ADDED)
        return candidate;
    free(candidate);
    return NULL;
}

/* ---- the list ---- */

/* One call of ndup_files_add. */
struct adding {
    struct ndup_file_list *list;
    const char *as; /* path that names are made of; NULL: the own one */
    bool listed;    /* the paths of a list */
    ndup_file_note *note;
    void *context;
    neardup_error *err;
};

static void say(const struct adding *adding, neardup_severity severity, const char *path, const char *message)
{
    if (adding->note != NULL)
        adding->note(adding->context, severity, path, message);
}

static void problem(const struct adding *adding, const char *path, const char *what, int sys_errno)
{
    neardup_error text = {0};
    (void)ndup_fail_errno(&text, sys_errno, "%s", what);
    adding->list->problems++;
    say(adding, NEARDUP_ERROR, path, text.message);
}

/* Length of the path without its last component: its folder, as far as the path says it. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) : 0;
}

/* The name of a file that begins at path[name_at], below a folder or not. */
static char *choose_name(const struct adding *adding, const char *path, size_t name_at, bool below)
{
    struct ndup_file_index *index = adding->list->index;
    const char *as = adding->as;
    if (as == NULL)
        return index_name(index, path, name_at, path + name_at);
    bool standard = strcmp(as, "-") == 0;
    if (below)
        return index_name(index, as, standard ? 0 : strlen(as), path + name_at);
    size_t folder = folder_length(as), begin = as[folder] == '/' ? folder + 1 : folder;
    if (standard)
        return index_name(index, "", 0, "stdin");
    return index_name(index, as, begin, as[begin] != '\0' ? as + begin : path + name_at);
}

/* ---- files ---- */

/* Appends a file; takes ownership of name (NULL: no memory). */
static neardup_status append(const struct adding *adding, const char *path, char *name, const struct stat *info)
{
    struct ndup_file_list *list = adding->list;
    char *path_copy = strdup(path);
    if (name == NULL || path_copy == NULL ||
        !ndup_grow(&list->files, &list->capacity, list->count + 1, sizeof *list->files)) {
        free(name);
        free(path_copy);
        return ndup_fail_nomem(adding->err);
    }
    struct ndup_file file = {.path = path_copy, .name = name, .cancel = list->cancel, .split = list->split};
    if (info != NULL) {
        file.device = info->st_dev;
        file.inode = info->st_ino;
        file.bytes = S_ISREG(info->st_mode) && info->st_size > 0 ? (uint64_t)info->st_size : 0;
    }
    list->files[list->count++] = file;
    list->bytes += file.bytes;
    return NEARDUP_OK;
}

static neardup_status add_stdin(const struct adding *adding)
{
    if (adding->list->has_stdin)
        return ndup_fail(adding->err, NEARDUP_E_ARG, "standard input ('-') is given twice");
    adding->list->has_stdin = true;
    return append(adding, "-", index_name(adding->list->index, "", 0, "stdin"), NULL);
}

/* A file or folder of a reference that is one of an input, too. Below a folder that is the rule: what is new is checked
 * against the folder that it is in. */
static neardup_status leave_out_own(const struct adding *adding, const char *path, bool below)
{
    adding->list->left_out++;
    say(adding, below ? NEARDUP_NOTE : NEARDUP_WARNING, path, "left out of the reference: it is also an input");
    return NEARDUP_OK;
}

/* A file that is in the list already. */
static neardup_status leave_out(const struct adding *adding, const char *path, const struct stat *info)
{
    struct ndup_file_list *list = adding->list;
    for (size_t i = 0; list->has_splits && i < list->count; i++) {
        const struct ndup_file *f = &list->files[i];
        if (f->device == info->st_dev && f->inode == info->st_ino && f->split != list->split)
            return ndup_fail(adding->err, NEARDUP_E_ARG, "'%s' is in two splits: a file can belong to only one", path);
    }
    list->left_out++;
    say(adding, NEARDUP_WARNING, path, "left out: the same file is given twice");
    return NEARDUP_OK;
}

/* A file that stat() found, below a folder or not. Its name begins at path[name_at]. */
static neardup_status add_file(const struct adding *adding, const char *path, size_t name_at, bool below,
                               const struct stat *info)
{
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
        problem(adding, path, "cannot be read", errno);
        return NEARDUP_OK;
    }
    switch (index_take_inode(adding->list->index, info->st_dev, info->st_ino, adding->list->references)) {
    case INDEX_NOMEM:
        return ndup_fail_nomem(adding->err);
    case INDEX_TAKEN:
        return leave_out(adding, path, info);
    case INDEX_OWN:
        return leave_out_own(adding, path, below);
    case INDEX_ADDED:
        break;
    }
    return append(adding, path, choose_name(adding, path, name_at, below), info);
}

/* ---- folders ---- */

/* A folder on the way to where the walk is. */
struct level {
    const struct level *up;
    dev_t device;
    ino_t inode;
};

struct walk {
    const struct adding *adding;
    size_t name_at; /* where names begin in the paths below the folder that was given */
};

struct folder_entry {
    char *path;
    struct stat info;
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

static bool is_left_out(const char *name)
{
    size_t len = strlen(name);
    return name[0] == '.' || (len > 4 && strcmp(name + len - 4, ".tmp") == 0);
}

static neardup_status add_entry(const struct adding *adding, struct entries *entries, const char *folder,
                                const char *name)
{
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    struct folder_entry entry;
    if (!ndup_grow(&entries->items, &entries->capacity, entries->count + 1, sizeof entry) ||
        asprintf(&entry.path, "%s%s%s", folder, slash, name) < 0)
        return ndup_fail_nomem(adding->err);
    if (stat(entry.path, &entry.info) != 0) {
        problem(adding, entry.path, "cannot be read", errno);
        free(entry.path);
        return NEARDUP_OK;
    }
    entries->items[entries->count++] = entry;
    return NEARDUP_OK;
}

/* All entries of a folder that matter, sorted. A folder that cannot be read is a problem and has none. */
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
                "cannot be read: a run was killed while it replaced the files in it; run it again with --force, or "
                "'neardup report' on the folder finishes it");
            free_entries(entries);
            *entries = (struct entries){NULL, 0, 0};
            break;
        }
        if (!is_left_out(found->d_name))
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
        if (S_ISREG(entry->info.st_mode) && is_report_name(strrchr(entry->path, '/') + 1))
            free(entry->path);
        else
            entries->items[kept++] = *entry;
    }
    if (!left)
        return;
    entries->count = kept;
    say(adding, NEARDUP_NOTE, path, "left out the reports of an earlier run");
}

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
    if (S_ISDIR(entry->info.st_mode))
        return walk_folder(walk, entry->path, &entry->info, level);
    if (S_ISREG(entry->info.st_mode))
        return add_file(walk->adding, entry->path, walk->name_at, true, &entry->info);
    say(walk->adding, NEARDUP_WARNING, entry->path, "left out: neither a file nor a folder");
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

static neardup_status walk_folder(const struct walk *walk, const char *path, const struct stat *info,
                                  const struct level *up)
{
    const struct adding *adding = walk->adding;
    /* Entering each folder once also keeps links between folders from making a walk without end. */
    switch (index_take_inode(adding->list->index, info->st_dev, info->st_ino, adding->list->references)) {
    case INDEX_NOMEM:
        return ndup_fail_nomem(adding->err);
    case INDEX_TAKEN:
        if (adding->list->has_splits && !is_above(up, info))
            return ndup_fail(adding->err, NEARDUP_E_ARG,
                             "the folder '%s' is in two splits: a folder can belong to only one", path);
        adding->list->left_out++;
        say(adding, NEARDUP_WARNING, path,
            is_above(up, info) ? "left out: the folder contains itself" : "left out: the same folder is given twice");
        return NEARDUP_OK;
    case INDEX_OWN:
        return leave_out_own(adding, path, up != NULL);
    case INDEX_ADDED:
        break;
    }
    struct level level = {up, info->st_dev, info->st_ino};
    struct entries entries = {NULL, 0, 0};
    neardup_status status = list_folder(adding, path, &entries);
    leave_out_reports(adding, path, &entries);
    for (size_t i = 0; i < entries.count && status == NEARDUP_OK; i++)
        status = walk_entry(walk, &entries.items[i], &level);
    free_entries(&entries);
    return status;
}

static neardup_status add_folder(const struct adding *adding, const char *path, const struct stat *info)
{
    size_t len = strlen(path);
    struct walk walk = {adding, path[len - 1] == '/' ? len : len + 1};
    return walk_folder(&walk, path, info, NULL);
}

/* ---- public ---- */

static neardup_status add_path(const struct adding *adding, const char *path)
{
    if (strcmp(path, "-") == 0)
        return add_stdin(adding);
    struct stat info;
    if (stat(path, &info) != 0) {
        problem(adding, path, "cannot be read", errno);
        return NEARDUP_OK;
    }
    if (S_ISDIR(info.st_mode))
        return add_folder(adding, path, &info);
    size_t folder = folder_length(path), count = adding->list->count;
    NDUP_TRY(add_file(adding, path, path[folder] == '/' ? folder + 1 : folder, false, &info));
    if (adding->list->count > count)
        adding->list->files[count].named = !adding->listed;
    return NEARDUP_OK;
}

static neardup_status begin(struct ndup_file_list *list, neardup_error *err)
{
    if (list->index == NULL)
        list->index = index_create();
    return list->index != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

neardup_status ndup_files_add_feed(struct ndup_file_list *list, const char *name, struct ndup_feed *feed,
                                   uint64_t bytes, neardup_error *err)
{
    const struct adding adding = {.list = list, .err = err};
    NDUP_TRY(begin(list, err));
    NDUP_TRY(append(&adding, name, index_name(list->index, "", 0, name), NULL));
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
    struct adding adding = {.list = list, .as = as, .note = note, .context = context, .err = err};
    return add_path(&adding, path);
}

static neardup_status read_all(struct ndup_buf *to, const char *path, const atomic_bool *cancel, neardup_error *err)
{
    struct ndup_stream *stream;
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
    }
    ndup_stream_close(stream);
    return status;
}

/* Adds the paths in text, which ends with its separator. */
static neardup_status add_paths(const struct adding *adding, char *text, size_t len, char separator)
{
    for (char *at = text, *end = text + len; at < end;) {
        char *stop = memchr(at, separator, (size_t)(end - at));
        char *next = stop + 1;
        if (separator == '\n' && stop > at && stop[-1] == '\r')
            stop--;
        *stop = '\0';
        if (stop > at) {
            ndup_buf_append(&adding->list->listed, at, (size_t)(stop - at) + 1);
            NDUP_TRY(add_path(adding, at));
        }
        at = next;
    }
    return NEARDUP_OK;
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
    neardup_status status = read_all(&text, list_path, list->cancel, &reason);
    if (status != NEARDUP_OK && err != NULL) {
        (void)ndup_fail(err, status, "list of files '%s': %.400s", list_path, reason.message);
        err->sys_errno = reason.sys_errno;
    }
    if (status == NEARDUP_OK && text.len > 0) {
        char separator = memchr(text.data, '\0', text.len) != NULL ? '\0' : '\n';
        ndup_buf_append(&text, &separator, 1);
        status = text.failed ? ndup_fail_nomem(err) : add_paths(&adding, text.data, text.len, separator);
    }
    ndup_buf_free(&text);
    ndup_buf_append(&list->listed, "", 1);
    return status == NEARDUP_OK && list->listed.failed ? ndup_fail_nomem(err) : status;
}

void ndup_files_free(struct ndup_file_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->files[i].path);
        free(list->files[i].name);
    }
    free(list->files);
    ndup_buf_free(&list->listed);
    index_destroy(list->index);
    memset(list, 0, sizeof *list);
}
