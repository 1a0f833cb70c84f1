/* SPDX-License-Identifier: MIT
 * What the files of a list are called, and which of them are in it already. */
#include "base/platform.h"

#include "input/files.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what is already in the list: names (and the folders they need), files and folders ----
 * One open-addressing table of 128-bit hashes for everything: with XXH3-128 two of 10^9 entries collide with a probability
 * below 10^-20, and an entry costs 16 bytes however long the name is. */

/* Different kinds never meet: each has its seed. */
enum { NAME = 1, FOLDER_OF_NAME = 2, REFERENCE = 3 };

struct ndup_file_index {
    XXH128_hash_t *slots; /* 0, 0: empty */
    size_t capacity;      /* a power of two */
    size_t count;
};

struct ndup_file_index *ndup_file_index_create(void)
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

void ndup_file_index_destroy(struct ndup_file_index *index)
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

enum ndup_file_answer ndup_file_index_take(struct ndup_file_index *index, XXH128_hash_t hash, bool reference)
{
    if (reference && has(index, hash))
        return NDUP_INDEX_OWN;
    if (reference)
        hash = XXH3_128bits_withSeed(&hash, sizeof hash, REFERENCE);
    if (has(index, hash))
        return NDUP_INDEX_TAKEN;
    return add(index, hash) ? NDUP_INDEX_ADDED : NDUP_INDEX_NOMEM;
}

bool ndup_is_report_name(const char *name)
{
    return strcmp(name, "decisions.jsonl") == 0 || strcmp(name, "clusters.jsonl") == 0 ||
           strcmp(name, "pairs.jsonl") == 0 || strcmp(name, "summary.json") == 0;
}

/* ---- names ----
 * A name is what is below the deepest folder that contains everything that was named: one folder gives the paths below
 * it, two folders begin with their own names. Other rules lost: base names alone mix `train` and `valid` in one folder,
 * and paths as typed put `../` and absolute paths into the output. Names come last, because every input counts. */

/* Whether the name is a name or a folder of a name already, or is below a name. */
static bool is_taken(const struct ndup_file_index *index, const char *name)
{
    size_t len = strlen(name);
    bool taken = has(index, XXH3_128bits_withSeed(name, len, NAME)) ||
                 has(index, XXH3_128bits_withSeed(name, len, FOLDER_OF_NAME));
    for (const char *slash = strchr(name, '/'); slash != NULL && !taken; slash = strchr(slash + 1, '/'))
        taken = has(index, XXH3_128bits_withSeed(name, (size_t)(slash - name), NAME));
    return taken;
}

static bool add_name(struct ndup_file_index *index, const char *name)
{
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        if (!add(index, XXH3_128bits_withSeed(name, (size_t)(slash - name), FOLDER_OF_NAME)))
            return false;
    }
    return add(index, XXH3_128bits_withSeed(name, strlen(name), NAME));
}

/* Appends the components of a path, each after a slash; "." and empty ones are left out, and ".." takes one away. */
static void append_components(struct ndup_buf *to, const char *path)
{
    for (const char *at = path; *at != '\0';) {
        size_t n = strcspn(at, "/");
        if (n == 2 && memcmp(at, "..", 2) == 0) {
            while (to->len > 0 && to->data[to->len - 1] != '/')
                to->len--;
            to->len -= to->len > 0;
        } else if (n > 0 && !(n == 1 && *at == '.')) {
            ndup_buf_append_str(to, "/");
            ndup_buf_append(to, at, n);
        }
        at += n + (at[n] == '/');
    }
}

/* Where the part of the path after its last ".." begins; 0: it has none. */
static size_t after_last_step_up(const char *path)
{
    size_t after = 0;
    for (size_t at = 0; path[at] != '\0';) {
        size_t n = strcspn(path + at, "/");
        if (n == 2 && memcmp(path + at, "..", 2) == 0)
            after = at + n;
        at += n + (path[at + n] == '/');
    }
    return after;
}

char *ndup_path_absolute(const char *path)
{
    struct ndup_buf full = NDUP_BUF_INIT;
    size_t after = after_last_step_up(path);
    char *up = after > 0 ? strndup(path, after) : NULL;
    char *start = up != NULL ? realpath(up, NULL) : path[0] != '/' ? getcwd(NULL, 0) : NULL;
    free(up);
    if (start != NULL)
        append_components(&full, start);
    append_components(&full, start != NULL ? path + after : path);
    free(start);
    ndup_buf_append(&full, "", 1);
    if (full.failed)
        ndup_buf_free(&full);
    return full.data;
}

size_t ndup_path_folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) : 0;
}

/* The length of the deepest folder that contains both: a[0 .. length) and b. */
static size_t common_length(const char *a, size_t length, const char *b, size_t b_length)
{
    size_t common = 0, most = length < b_length ? length : b_length;
    for (size_t i = 0; i <= most; i++) {
        bool end_a = i == length || a[i] == '/', end_b = i == b_length || b[i] == '/';
        if (end_a && end_b)
            common = i;
        if (i == most || a[i] != b[i])
            break;
    }
    return common;
}

/* The deepest folder that contains what was named from `first` on; owned. "" also if only standard input was. */
static neardup_status find_base(const struct ndup_file_list *list, size_t first, char **base, neardup_error *err)
{
    const char *deepest = NULL;
    size_t length = 0;
    *base = NULL;
    for (size_t i = first; i < list->root_count; i++) {
        const struct ndup_file_root *root = &list->roots[i];
        if (root->fixed)
            continue;
        size_t own = root->is_folder ? strlen(root->at) : ndup_path_folder_length(root->at);
        length = deepest != NULL ? common_length(deepest, length, root->at, own) : own;
        deepest = root->at;
    }
    *base = strndup(deepest != NULL ? deepest : "", length);
    return *base != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

/* The name of a file below the first `base` bytes of where it is; owned. */
static char *name_below(const struct ndup_file_list *list, const struct ndup_file *file, size_t base)
{
    const struct ndup_file_root *root = &list->roots[file->root];
    const char *at = root->fixed ? root->at : root->at + base, *below = file->path + file->below;
    char *name;
    at += *at == '/';
    if (!root->is_folder) /* then only the member of an archive is below it, with its slash */
        return asprintf(&name, "%s%s", at, below) >= 0 ? name : NULL;
    return asprintf(&name, "%s%s%s", at, *at != '\0' ? "/" : "", below) >= 0 ? name : NULL;
}

/* What has a name of its own: archives, and files that are not their members; NULL: it is a member. */
static struct ndup_file *own_file(const struct ndup_file_list *list, size_t i)
{
    struct ndup_file *file = i < list->archive_count ? &list->archives[i].file : &list->files[i - list->archive_count];
    return file->archive == NULL ? file : NULL;
}

static size_t count_own_files(const struct ndup_file_list *list)
{
    return list->archive_count + list->count;
}

/* What has the name, or needs it for a folder. */
static const struct ndup_file *find_rival(const struct ndup_file_list *list, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < count_own_files(list); i++) {
        const struct ndup_file *file = own_file(list, i);
        const char *other = file != NULL ? file->name : NULL;
        size_t n = other != NULL ? strlen(other) : 0, least = n < length ? n : length;
        if (n > 0 && strncmp(name, other, least) == 0 && (n == length || (n > length ? other : name)[least] == '/'))
            return file;
    }
    return NULL;
}

static neardup_status name_is_taken(const struct ndup_file_list *list, const struct ndup_file *file, const char *name,
                                    neardup_error *err)
{
    const struct ndup_file *rival = find_rival(list, name);
    return ndup_fail(err, NEARDUP_E_ARG,
                     "two inputs have the name '%.120s': '%.120s' and '%.120s'; rename one, or read them in two runs",
                     name, rival != NULL ? rival->path : "", file->path);
}

/* Gives the name to the file, which owns it from then on. NULL: no memory. */
static neardup_status set_name(struct ndup_file_list *list, struct ndup_file *file, char *name, neardup_error *err)
{
    if (name != NULL && is_taken(list->index, name)) {
        neardup_status status = name_is_taken(list, file, name, err);
        free(name);
        return status;
    }
    file->name = name;
    return name != NULL && add_name(list->index, name) ? NEARDUP_OK : ndup_fail_nomem(err);
}

/* The length of the folder of base[0 .. length). */
static size_t step_up(const char *base, size_t length)
{
    while (length > 0 && base[length - 1] != '/')
        length--;
    return length - (length > 0);
}

/* A report of the run needs the name: the file gets its folder before it, or as many as make the name free. */
static neardup_status name_beside_report(struct ndup_file_list *list, struct ndup_file *file, const char *base,
                                         neardup_error *err)
{
    size_t length = list->roots[file->root].fixed ? 0 : strlen(base);
    while (length > 0) {
        length = step_up(base, length);
        char *name = name_below(list, file, length);
        if (name == NULL || !is_taken(list->index, name))
            return set_name(list, file, name, err);
        free(name);
    }
    return ndup_fail(err, NEARDUP_E_ARG, "cannot name '%.200s' in the output: a report has that name; rename the file",
                     file->path);
}

/* The name of a report, or a name in a folder that is called as one. */
static bool is_in_the_way(const char *name)
{
    char first[sizeof "decisions.jsonl"];
    size_t length = strcspn(name, "/");
    if (length >= sizeof first)
        return false;
    memcpy(first, name, length);
    first[length] = '\0';
    return ndup_is_report_name(first);
}

static neardup_status name_inputs(struct ndup_file_list *list, const char *base, neardup_error *err)
{
    for (size_t i = 0; i < count_own_files(list); i++) {
        struct ndup_file *file = own_file(list, i);
        if (file == NULL || file->name != NULL)
            continue;
        char *name = name_below(list, file, strlen(base));
        if (name != NULL && is_in_the_way(name))
            free(name);
        else
            NDUP_TRY(set_name(list, file, name, err));
    }
    for (size_t i = 0; i < count_own_files(list); i++) {
        struct ndup_file *file = own_file(list, i);
        if (file != NULL && file->name == NULL)
            NDUP_TRY(name_beside_report(list, file, base, err));
    }
    return NEARDUP_OK;
}

/* Whether one of the new files would have a name that an input has. */
static neardup_status collide(const struct ndup_file_list *list, size_t length, bool *yes, neardup_error *err)
{
    *yes = false;
    for (size_t i = 0; i < count_own_files(list) && !*yes; i++) {
        const struct ndup_file *file = own_file(list, i);
        if (file == NULL || file->name != NULL)
            continue;
        char *name = name_below(list, file, length);
        if (name == NULL)
            return ndup_fail_nomem(err);
        *yes = is_taken(list->index, name);
        free(name);
    }
    return NEARDUP_OK;
}

/* References keep out of the way: all of them get as many folders of their base before their names as make these free. */
static neardup_status name_references(struct ndup_file_list *list, const char *base, neardup_error *err)
{
    size_t length = strlen(base);
    bool taken;
    NDUP_TRY(collide(list, length, &taken, err));
    while (taken && length > 0) {
        length = step_up(base, length);
        NDUP_TRY(collide(list, length, &taken, err));
    }
    for (size_t i = 0; i < count_own_files(list); i++) {
        struct ndup_file *file = own_file(list, i);
        if (file != NULL && file->name == NULL)
            NDUP_TRY(set_name(list, file, name_below(list, file, length), err));
    }
    return NEARDUP_OK;
}

/* Members have the names of their archives before their own. They differ, because the names of archives do, and those of the
 * members of one. */
static neardup_status name_members(struct ndup_file_list *list, neardup_error *err)
{
    for (size_t i = list->named_archives; i < list->archive_count; i++)
        list->archives[i].archive->name = list->archives[i].file.name;
    list->named_archives = list->archive_count;
    for (size_t i = list->named; i < list->count; i++) {
        struct ndup_file *file = &list->files[i];
        if (file->archive != NULL &&
            asprintf(&file->name, "%s/%s", file->archive->name, ndup_archive_name(file->archive, file->member)) < 0) {
            file->name = NULL;
            return ndup_fail_nomem(err);
        }
    }
    return NEARDUP_OK;
}

static bool has_files(const struct ndup_file_list *list)
{
    size_t i = 0;
    while (i < list->root_count && list->roots[i].fixed)
        i++;
    return i < list->root_count;
}

neardup_status ndup_files_name(struct ndup_file_list *list, neardup_error *err)
{
    char *base = NULL;
    NDUP_TRY(find_base(list, list->named_roots, &base, err));
    neardup_status status = list->references ? name_references(list, base, err) : name_inputs(list, base, err);
    if (status == NEARDUP_OK)
        status = name_members(list, err);
    list->named = list->count;
    list->named_roots = list->root_count;
    if (list->references || list->base != NULL || !has_files(list)) {
        free(base);
        return status;
    }
    if (base[0] == '\0') {
        free(base);
        base = strdup("/");
    }
    list->base = base;
    return list->base != NULL ? status : ndup_fail_nomem(err);
}
