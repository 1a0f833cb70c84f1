/* SPDX-License-Identifier: MIT
 * read and write until all is done: EINTR and short transfers handled. They return 0 or an errno, so that the caller
 * words the error. */
#ifndef NDUP_IO_H
#define NDUP_IO_H

#include "base/platform.h"

int ndup_io_write(int descriptor, const void *bytes, size_t length) NDUP_MUST_CHECK;
int ndup_io_pwrite(int descriptor, const void *bytes, size_t length, uint64_t offset) NDUP_MUST_CHECK;
/* *got < length only at the end of the file or on failure. */
int ndup_io_pread(int descriptor, void *buffer, size_t length, uint64_t offset, size_t *got) NDUP_MUST_CHECK;

#endif
