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

/* The work folder in an output folder, and in it the folder of files that a run is putting in place (output/workdir.h).
 * Both names are here because readers know them, too. */
#define NDUP_WORK_NAME  ".neardup"
#define NDUP_READY_NAME NDUP_WORK_NAME "/ready"

/* Whether a run was killed while it put its files in place in the folder: some are of the older run, some of the new one. */
bool ndup_io_is_half_replaced(const char *folder);

#endif
