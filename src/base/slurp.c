/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/slurp.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define STEP ((size_t)1 << 16)
#define MIB  ((size_t)1 << 20)

static neardup_status read_all(int fd, struct ndup_buf *buf, const char *what, const char *path, size_t most,
                               neardup_error *err)
{
    for (;;) {
        if (!ndup_buf_reserve(buf, STEP + 1))
            return ndup_fail_nomem(err);
        ssize_t got = read(fd, buf->data + buf->len, STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ndup_fail_errno(err, errno, "cannot read %s '%s'", what, path);
        buf->data[buf->len + (size_t)got] = '\0';
        if (got == 0)
            return NEARDUP_OK;
        buf->len += (size_t)got;
        if (buf->len > most)
            return ndup_fail(err, NEARDUP_E_LIMIT, "%s '%s' is longer than %zu %s", what, path,
                             most >> (most < MIB ? 10 : 20), most < MIB ? "KiB" : "MiB");
    }
}

neardup_status ndup_slurp(struct ndup_buf *buf, const char *what, const char *path, size_t most, neardup_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ndup_fail_errno(err, errno, "cannot read %s '%s'", what, path);
    neardup_status status = read_all(fd, buf, what, path, most, err);
    close(fd);
    return status;
}
