/* SPDX-License-Identifier: MIT
 * One open-addressing table of 128-bit hashes for everything: with XXH3-128 two of 10^9 entries collide with a probability
 * below 10^-20, and an entry costs 16 bytes however long the name is. */
#include "base/platform.h"

#include "input/file_index.h"

#include "base/mem.h"
#include "input/own_reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Different kinds never meet: each has its seed. */
enum { NAME = 1, FOLDER_OF_NAME = 2, INODE = 3, INODE_OF_REFERENCE = 4 };

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

/* The slot that holds the hash, or the empty one where it belongs. */
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

enum ndup_file_index_answer ndup_file_index_take_inode(struct ndup_file_index *index, dev_t device, ino_t inode,
                                                       bool reference)
{
    uint64_t key[2] = {(uint64_t)device, (uint64_t)inode};
    XXH128_hash_t hash = XXH3_128bits_withSeed(key, sizeof key, INODE);
    if (reference && has(index, hash))
        return NDUP_INDEX_OWN;
    if (reference)
        hash = XXH3_128bits_withSeed(key, sizeof key, INODE_OF_REFERENCE);
    if (has(index, hash))
        return NDUP_INDEX_TAKEN;
    return add(index, hash) ? NDUP_INDEX_ADDED : NDUP_INDEX_NOMEM;
}

/* ---- names ---- */

/* Takes the name, unless it is a name or a folder of a name already, or lies below a name. */
static enum ndup_file_index_answer take_name(struct ndup_file_index *index, const char *name)
{
    if (ndup_own_reports_name(name))
        return NDUP_INDEX_TAKEN;
    size_t len = strlen(name);
    if (has(index, XXH3_128bits_withSeed(name, len, NAME)) ||
        has(index, XXH3_128bits_withSeed(name, len, FOLDER_OF_NAME)))
        return NDUP_INDEX_TAKEN;
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        if (has(index, XXH3_128bits_withSeed(name, (size_t)(slash - name), NAME)))
            return NDUP_INDEX_TAKEN;
    }
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        if (!add(index, XXH3_128bits_withSeed(name, (size_t)(slash - name), FOLDER_OF_NAME)))
            return NDUP_INDEX_NOMEM;
    }
    return add(index, XXH3_128bits_withSeed(name, len, NAME)) ? NDUP_INDEX_ADDED : NDUP_INDEX_NOMEM;
}

/* The components of a path that can stand in a name, with slashes between them: without "." and empty ones, and without
 * what stands before a "..". Returned owned. */
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

char *ndup_file_index_name(struct ndup_file_index *index, const char *folder, size_t folder_len, const char *name)
{
    char *plain = plain_folder(folder, folder_len);
    if (plain == NULL)
        return NULL;
    const char *tail = plain + strlen(plain);
    enum ndup_file_index_answer answer = NDUP_INDEX_TAKEN;
    char *candidate = NULL;
    for (unsigned number = 1; answer == NDUP_INDEX_TAKEN;) {
        int made;
        free(candidate);
        if (number > 1)
            made = asprintf(&candidate, "%u/%s%s%s", number, tail, *tail != '\0' ? "/" : "", name);
        else
            made = asprintf(&candidate, "%s%s%s", tail, *tail != '\0' ? "/" : "", name);
        if (made < 0)
            candidate = NULL;
        answer = candidate != NULL ? take_name(index, candidate) : NDUP_INDEX_NOMEM;
        if (tail > plain)
            tail = longer_tail(plain, tail);
        else
            number++;
    }
    free(plain);
    if (answer == NDUP_INDEX_ADDED)
        return candidate;
    free(candidate);
    return NULL;
}
