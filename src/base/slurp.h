/* SPDX-License-Identifier: MIT
 * Reads a small file completely. */
#ifndef NDUP_SLURP_H
#define NDUP_SLURP_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

/* Appends the bytes of the file, and after them a NUL that is not counted. E_IO with sys_errno, E_LIMIT above `most`
 * bytes, E_NOMEM. what: "baseline", for messages. */
neardup_status ndup_slurp(struct ndup_buf *buf, const char *what, const char *path, size_t most,
                          neardup_error *err) NDUP_MUST_CHECK;

#endif
