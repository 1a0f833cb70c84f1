/* SPDX-License-Identifier: MIT
 * How public structures grow. A structure that a caller fills begins with `size_t struct_size`, the caller's sizeof; it
 * may be shorter than ours (the program is older than the library) or longer (the program is newer). */
#ifndef NDUP_ABI_H
#define NDUP_ABI_H

#include "base/platform.h"
#include "neardup_run.h"

/* Size of a structure whose last field is `member`: of the shortest one that a released header had. */
#define NDUP_SIZE_THROUGH(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* Copies the caller's structure at `given` over *own, which holds the defaults of all fields, and which keeps those that the
 * caller's does not have. E_ARG if its struct_size is below `least` or absurdly
 * large, or if it has fields that we do not know and that are not zero. `name` is that of the type. */
neardup_status ndup_abi_take(void *own, size_t own_size, size_t least, const void *given, const char *name,
                             neardup_error *err) NDUP_MUST_CHECK;

/* The same for callbacks; NULL: none. */
neardup_status ndup_abi_take_callbacks(neardup_callbacks *own, const neardup_callbacks *given,
                                       neardup_error *err) NDUP_MUST_CHECK;

#endif
