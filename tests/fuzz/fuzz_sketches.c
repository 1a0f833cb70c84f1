/* SPDX-License-Identifier: MIT
 * Any bytes as a file of sketches. Loading returns the content of the file, and saving that writes the same file again. A
 * file that is refused has a message and leaves nothing to free. The first byte chooses whether profile fingerprint and count
 * are corrected first, so that mutations reach the code after these checks, and which scheme the caller expects. */
#include "base/platform.h"

#include "neardup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

/* Places of the header: doc/format.md, "stored sketches". */
enum { METHOD = 12, TOKENS = 16, NGRAM = 20, SLOTS = 28, PROFILE = 48, COUNT = 56 };

static uint32_t get(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static void mend(unsigned char *file, size_t size)
{
    const neardup_profile profile = {(neardup_tokens)get(file + TOKENS), get(file + NGRAM)};
    uint64_t fingerprint = neardup_profile_fingerprint(&profile);
    uint64_t each = get(file + METHOD) == NEARDUP_METHOD_SIMHASH ? sizeof(neardup_fingerprint)
                                                                 : (uint64_t)get(file + SLOTS) * sizeof(uint32_t);
    uint64_t count = each > 0 ? (size - NEARDUP_SKETCH_HEADER_BYTES) / each : 0;
    memcpy(file + PROFILE, &fingerprint, sizeof fingerprint);
    memcpy(file + COUNT, &count, sizeof count);
}

static void check_loaded(const char *path, const unsigned char *file, size_t size, const neardup_scheme *scheme,
                         const void *sketches, size_t count)
{
    unsigned char header[NEARDUP_SKETCH_HEADER_BYTES];
    neardup_error err;
    size_t bytes = count * neardup_scheme_bytes(scheme);
    expect(bytes + sizeof header == size);
    expect(memcmp(sketches, file + sizeof header, bytes) == 0);
    expect(neardup_sketch_header_write(scheme, count, header, &err) == NEARDUP_OK);
    expect(memcmp(header, file, sizeof header) == 0);

    neardup_scheme again = {.method = NEARDUP_METHOD_MINHASH};
    uint64_t counted = 0;
    expect(neardup_sketch_header_read(file, scheme, &again, &counted, &err) == NEARDUP_OK && counted == count);

    /* Sketches of another scheme are not what the caller expects. */
    neardup_scheme other = *scheme;
    other.profile.ngram = scheme->profile.ngram % 64 + 1;
    void *none = &other;
    size_t left = 1;
    expect(neardup_sketches_load(path, &other, NULL, &none, &left, &err) == NEARDUP_E_FORMAT);
    expect(none == NULL && left == 0 && err.message[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned char how = data[0], *file = malloc(size);
    expect(file != NULL);
    size--;
    memcpy(file, data + 1, size);
    if ((how & 1) != 0 && size >= NEARDUP_SKETCH_HEADER_BYTES)
        mend(file, size);
    int fd = memfd_create("fuzz", 0);
    expect(fd >= 0 && write(fd, file, size) == (ssize_t)size);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);

    const neardup_scheme minhash = NEARDUP_SCHEME_MINHASH, simhash = NEARDUP_SCHEME_SIMHASH;
    const neardup_scheme *expected = (how & 2) == 0 ? NULL : (how & 4) == 0 ? &minhash : &simhash;
    neardup_scheme scheme;
    neardup_error err;
    void *sketches = &scheme;
    size_t count = 1;
    neardup_status status = neardup_sketches_load(path, expected, &scheme, &sketches, &count, &err);
    if (status == NEARDUP_OK)
        check_loaded(path, file, size, &scheme, sketches, count);
    else
        expect(status == NEARDUP_E_FORMAT && sketches == NULL && count == 0 && err.message[0] != '\0');
    neardup_free(sketches);
    close(fd);
    free(file);
    return 0;
}
