/* SPDX-License-Identifier: MIT
 * Loops around read and write: the system may transfer less than all, or be interrupted. */
#include "base/platform.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* One call transfers at most 2 GiB anyway; a round number below keeps every length a valid ssize_t. */
#define AT_ONCE ((size_t)1 << 30)

int ndup_io_write(int descriptor, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t n = write(descriptor, at, length < AT_ONCE ? length : AT_ONCE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

int ndup_io_pwrite(int descriptor, const void *bytes, size_t length, uint64_t offset)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t n = pwrite(descriptor, at, length < AT_ONCE ? length : AT_ONCE, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        at += n;
        length -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

int ndup_io_pread(int descriptor, void *buffer, size_t length, uint64_t offset, size_t *got)
{
    char *at = buffer;
    *got = 0;
    while (*got < length) {
        size_t left = length - *got;
        ssize_t n = pread(descriptor, at + *got, left < AT_ONCE ? left : AT_ONCE, (off_t)(offset + *got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return 0;
        *got += (size_t)n;
    }
    return 0;
}

bool ndup_io_is_half_replaced(const char *folder)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_half = descriptor >= 0 && faccessat(descriptor, NDUP_READY_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (descriptor >= 0)
        close(descriptor);
    return is_half;
}
