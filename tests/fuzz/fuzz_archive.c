/* SPDX-License-Identifier: MIT
 * Any bytes as a zip or tar archive. Its entries do not overlap, and its members are read within their bounds. A copy of it
 * without some members and with new bytes for others is an archive that has exactly the rest, byte for byte. The first byte says
 * which members are removed and changed; the checksums of tar headers are made right first, or hardly any change would be
 * seen. */
#include "base/platform.h"

#include "input/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_SCRATCH ((uint64_t)16 << 20)
#define MOST_READ    ((uint64_t)1 << 20)

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void mend_sums(char *bytes, size_t length)
{
    for (size_t at = 0; at + 512 <= length; at += 512) {
        unsigned sum = 0;
        if (memcmp(bytes + at + 257, "ustar", 5) != 0)
            continue;
        memset(bytes + at + 148, ' ', 8);
        for (size_t i = 0; i < 512; i++)
            sum += (unsigned char)bytes[at + i];
        for (size_t i = 6; i > 0; sum /= 8)
            bytes[at + 148 + --i] = (char)('0' + sum % 8);
        bytes[at + 154] = '\0';
    }
}

static int make_file(const void *bytes, size_t length, char path[64])
{
    int fd = memfd_create("fuzz", 0);
    expect(fd >= 0 && (length == 0 || write(fd, bytes, length) == (ssize_t)length));
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* The bytes of a member that is unpacked. */
static uint64_t hash_member(const struct ndup_archive *archive, const struct ndup_archive_entry *entry)
{
    char *bytes = malloc(entry->size + 1);
    expect(bytes != NULL);
    expect(ndup_archive_read_member(archive, entry, bytes, entry->size, 0, NULL) == NEARDUP_OK);
    uint64_t hash = XXH3_64bits(bytes, entry->size);
    free(bytes);
    return hash;
}

static struct ndup_archive *open_archive(const char *path, struct ndup_archive_store *store, neardup_error *damage)
{
    const struct ndup_archive_options options = {.store = store, .max_expansion = 1000, .keep_open = true};
    struct ndup_archive *archive = NULL;
    neardup_error err = {0};
    bool is;
    neardup_status status = ndup_archive_open(&archive, path, &options, &is, damage, &err);
    expect(is || archive == NULL);
    expect(status == NEARDUP_OK || status == NEARDUP_E_LIMIT);
    for (size_t i = 0; archive != NULL && i < archive->count; i++) {
        const struct ndup_archive_entry *entry = &archive->entries[i];
        expect(entry->begin <= entry->end && (i == 0 || archive->entries[i - 1].end <= entry->begin));
        expect(entry->end <= archive->bytes && entry->follows <= archive->count);
    }
    return archive;
}

static void change(const struct ndup_archive *archive, struct ndup_archive_entry *entry, unsigned which)
{
    char text[32], path[64];
    snprintf(text, sizeof text, "%0*u", (int)(which % 30), which);
    int fd = make_file(text, strlen(text), path);
    expect(ndup_archive_change(archive, entry, fd, NULL) == NEARDUP_OK);
    close(fd);
}

static void set_fates(const struct ndup_archive *archive, unsigned seed)
{
    for (size_t i = 0; i < archive->member_count; i++) {
        struct ndup_archive_entry *entry = &archive->entries[archive->members[i]];
        neardup_error damage = {0};
        neardup_status status = ndup_archive_unpack(archive, entry, &damage, NULL);
        if (status != NEARDUP_OK || damage.code != NEARDUP_OK || entry->size > MOST_READ)
            continue;
        (void)hash_member(archive, entry);
        seed = seed * 37 + 11;
        if (seed / 8 % 3 == 1)
            entry->fate = NDUP_ENTRY_REMOVED;
        else if (seed / 8 % 3 == 2)
            change(archive, entry, (unsigned)i);
    }
}

static size_t count_staying(const struct ndup_archive *archive)
{
    size_t n = 0;
    for (size_t i = 0; i < archive->member_count; i++)
        n += archive->entries[archive->members[i]].fate != NDUP_ENTRY_REMOVED;
    return n;
}

/* The members of the copy are those that stay, in the same order, with the same bytes. */
static void compare(const struct ndup_archive *archive, const struct ndup_archive *copy,
                    const struct ndup_archive_store *store)
{
    size_t k = 0;
    expect(copy->member_count == count_staying(archive));
    for (size_t i = 0; i < archive->member_count; i++) {
        const struct ndup_archive_entry *old = &archive->entries[archive->members[i]];
        if (old->fate == NDUP_ENTRY_REMOVED)
            continue;
        struct ndup_archive_entry *new = &copy->entries[copy->members[k++]];
        neardup_error damage = {0};
        expect(strcmp(ndup_archive_name(archive, old), ndup_archive_name(copy, new)) == 0);
        if (!old->ready || old->size > MOST_READ)
            continue;
        neardup_status status = ndup_archive_unpack(copy, new, &damage, NULL);
        if (status == NEARDUP_E_LIMIT) /* the scratch folder is full */
            continue;
        expect(status == NEARDUP_OK && damage.code == NEARDUP_OK);
        if (old->fate == NDUP_ENTRY_STAYS) {
            expect(old->size == new->size &&hash_member(archive, old) == hash_member(copy, new));
            continue;
        }
        char text[32];
        expect(new->size == old->fresh_bytes &&new->size < sizeof text);
        expect(pread(store->descriptor, text, new->size, (off_t)old->fresh) == (ssize_t) new->size);
        expect(hash_member(copy, new) == XXH3_64bits(text, new->size));
    }
}

static void check_copy(const struct ndup_archive *archive, struct ndup_archive_store *store, const char *bytes)
{
    struct ndup_archive_copy plan;
    neardup_error damage = {0};
    char path[64];
    neardup_status status = ndup_archive_plan(&plan, archive, NULL);
    expect(status == NEARDUP_OK || status == NEARDUP_E_LIMIT || status == NEARDUP_E_FORMAT);
    if (status == NEARDUP_OK && plan.bytes < MOST_SCRATCH) {
        char *copied = malloc(plan.bytes + 1);
        expect(copied != NULL && ndup_archive_read_copy(&plan, copied, plan.bytes, 0, NULL) == NEARDUP_OK);
        if (plan.same)
            expect(memcmp(bytes, copied, plan.bytes) == 0);
        int fd = make_file(copied, plan.bytes, path);
        struct ndup_archive *copy = plan.same ? NULL : open_archive(path, store, &damage);
        /* One without entries does not show that it is a tar, and one that begins otherwise can be a document. */
        if (copy != NULL && copy->form == archive->form)
            compare(archive, copy, store);
        ndup_archive_close(copy);
        close(fd);
        free(copied);
    }
    ndup_archive_copy_free(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ndup_scratch *scratch;
    struct ndup_archive_store store;
    neardup_error damage = {0};
    char path[64];
    if (size < 2)
        return 0;
    char *bytes = malloc(size);
    expect(bytes != NULL);
    memcpy(bytes, data + 1, size - 1);
    mend_sums(bytes, size - 1);
    int fd = make_file(bytes, size - 1, path);
    expect(ndup_scratch_create(&scratch, NULL, MOST_SCRATCH, NULL) == NEARDUP_OK);
    expect(ndup_archive_store_open(&store, scratch, NULL) == NEARDUP_OK);
    struct ndup_archive *archive = open_archive(path, &store, &damage);
    if (archive != NULL) {
        set_fates(archive, data[0]);
        check_copy(archive, &store, bytes);
    }
    ndup_archive_close(archive);
    ndup_archive_store_close(&store);
    ndup_scratch_destroy(scratch);
    close(fd);
    free(bytes);
    return 0;
}
