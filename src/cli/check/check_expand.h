/* SPDX-License-Identifier: MIT
 * Patterns in paths that no shell has seen: those of splits, of a configuration file, of a workflow. */
#ifndef NDUP_CHECK_EXPAND_H
#define NDUP_CHECK_EXPAND_H

#include "base/platform.h"
#include "cli/messages.h"

/* Calls back with every path that matches, sorted; with the path itself if it has none of * ? [ or names something that is
 * there. False if nothing matches, which is said (of: "split 'test'"), or if `add` fails. */
bool ndup_check_expand(const char *path, const char *of, bool (*add)(void *context, const char *path), void *context,
                       const struct ndup_msg *msg);

#endif
