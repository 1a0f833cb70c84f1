/* SPDX-License-Identifier: MIT
 * Unnamed files (O_TMPFILE), so that a killed process leaves nothing; where the file system has none, a name is made
 * and removed at once. Reads and writes are positioned (pread, pwrite), so that threads share a descriptor without a
 * lock. */
#include "base/platform.h"

#include "base/scratch.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ndup_scratch {
    char *folder;
    uint64_t limit; /* 0: none */
    _Atomic uint64_t bytes;
    _Atomic uint64_t peak;
};

/* Where O_TMPFILE is unknown: a name for the few microseconds between two calls. */
static int open_named(const struct ndup_scratch *scratch)
{
    char *path;
    if (asprintf(&path, "%s/.neardup-scratch-XXXXXX", scratch->folder) < 0) {
        errno = ENOMEM;
        return -1;
    }
    int descriptor = mkostemp(path, O_CLOEXEC);
    if (descriptor >= 0 && unlink(path) != 0) {
        int code = errno;
        close(descriptor);
        descriptor = -1;
        errno = code;
    }
    int code = errno;
    free(path);
    errno = code;
    return descriptor;
}

static int open_unnamed(const struct ndup_scratch *scratch)
{
    /* O_EXCL: nobody can give it a name later. */
    int descriptor = open(scratch->folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        descriptor = open_named(scratch);
    return descriptor;
}

neardup_status ndup_scratch_create(struct ndup_scratch **out, const char *folder, uint64_t limit, neardup_error *err)
{
    *out = NULL;
    struct ndup_scratch *scratch = ndup_calloc(1, sizeof *scratch);
    if (scratch == NULL)
        return ndup_fail_nomem(err);
    scratch->limit = limit;
    scratch->folder = strdup(folder != NULL ? folder : "/tmp");
    if (scratch->folder == NULL) {
        ndup_scratch_destroy(scratch);
        return ndup_fail_nomem(err);
    }
    int descriptor;
    neardup_status status = ndup_scratch_file(scratch, &descriptor, err);
    if (status != NEARDUP_OK) {
        ndup_scratch_destroy(scratch);
        return status;
    }
    close(descriptor);
    *out = scratch;
    return NEARDUP_OK;
}

void ndup_scratch_destroy(struct ndup_scratch *scratch)
{
    if (scratch == NULL)
        return;
    free(scratch->folder);
    free(scratch);
}

const char *ndup_scratch_folder(const struct ndup_scratch *scratch)
{
    return scratch->folder;
}

static neardup_status fail_folder(const struct ndup_scratch *scratch, int code, const char *what, neardup_error *err)
{
    neardup_status status = ndup_fail_errno(err, code, "%s scratch folder '%s'", what, scratch->folder);
    ndup_advise(err, "`scratch_dir` puts temporary files elsewhere");
    return status;
}

neardup_status ndup_scratch_file(struct ndup_scratch *scratch, int *descriptor, neardup_error *err)
{
    *descriptor = open_unnamed(scratch);
    if (*descriptor < 0)
        return fail_folder(scratch, errno, "cannot make a file in", err);
    return NEARDUP_OK;
}

void ndup_scratch_close(struct ndup_scratch *scratch, int descriptor, uint64_t written)
{
    if (descriptor < 0)
        return;
    close(descriptor);
    atomic_fetch_sub_explicit(&scratch->bytes, written, memory_order_relaxed);
}

uint64_t ndup_scratch_bytes(const struct ndup_scratch *scratch)
{
    return atomic_load_explicit(&scratch->bytes, memory_order_relaxed);
}

uint64_t ndup_scratch_peak_bytes(const struct ndup_scratch *scratch)
{
    return atomic_load_explicit(&scratch->peak, memory_order_relaxed);
}

/* Before they are written, so that no thread exceeds the limit. */
neardup_status ndup_scratch_reserve(struct ndup_scratch *scratch, uint64_t length, neardup_error *err)
{
    uint64_t now = atomic_fetch_add_explicit(&scratch->bytes, length, memory_order_relaxed) + length;
    if (scratch->limit > 0 && now > scratch->limit) {
        atomic_fetch_sub_explicit(&scratch->bytes, length, memory_order_relaxed);
        (void)ndup_fail(err, NEARDUP_E_LIMIT,
                        "temporary files need more than the scratch limit of %" PRIu64
                        " bytes (scratch folder '%.300s')",
                        scratch->limit, scratch->folder);
        ndup_advise(err, "`scratch_limit` sets the limit");
        return NEARDUP_E_LIMIT;
    }
    uint64_t peak = atomic_load_explicit(&scratch->peak, memory_order_relaxed);
    while (now > peak && !atomic_compare_exchange_weak_explicit(&scratch->peak, &peak, now, memory_order_relaxed,
                                                                memory_order_relaxed))
        ;
    return NEARDUP_OK;
}

neardup_status ndup_pwrite_all(struct ndup_scratch *scratch, int descriptor, const void *bytes, size_t length,
                               uint64_t offset, neardup_error *err)
{
    NDUP_TRY(ndup_scratch_reserve(scratch, length, err));
    int code = ndup_io_pwrite(descriptor, bytes, length, offset);
    if (code != 0)
        atomic_fetch_sub_explicit(&scratch->bytes, length, memory_order_relaxed);
    if (code == ENOSPC || code == EDQUOT)
        return fail_folder(scratch, code, "cannot write to", err);
    if (code != 0)
        return fail_folder(scratch, code, "cannot write to a file in", err);
    return NEARDUP_OK;
}

neardup_status ndup_pread_all(struct ndup_scratch *scratch, int descriptor, void *buffer, size_t length,
                              uint64_t offset, neardup_error *err)
{
    size_t got;
    int code = ndup_io_pread(descriptor, buffer, length, offset, &got);
    if (code != 0)
        return fail_folder(scratch, code, "cannot read from a file in", err);
    if (got < length)
        return ndup_fail(err, NEARDUP_E_IO, "a file in scratch folder '%s' ends early", scratch->folder);
    return NEARDUP_OK;
}
