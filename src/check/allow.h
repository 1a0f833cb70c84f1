/* SPDX-License-Identifier: MIT
 * The list of contents that may repeat: a fingerprint a line, as findings show it, or a line of a baseline; what stands behind
 * a '#' is a comment. */
#ifndef NDUP_CHECK_ALLOW_H
#define NDUP_CHECK_ALLOW_H

#include "base/platform.h"
#include "check/contents.h"
#include "neardup.h"

/* Adds those of the file to `contents`, for any unit. E_IO; E_FORMAT with the line; E_NOMEM. */
neardup_status ndup_allow_read(struct ndup_contents *contents, const char *path, neardup_error *err) NDUP_MUST_CHECK;

/* The same from text[0..length); name: of the file, for messages. */
neardup_status ndup_allow_parse(struct ndup_contents *contents, const char *text, size_t length, const char *name,
                                neardup_error *err) NDUP_MUST_CHECK;

#endif
