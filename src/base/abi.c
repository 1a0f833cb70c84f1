/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/abi.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* No structure of this library comes near it. A struct_size that was never set is often a larger number, and would make us read
 * far beyond the structure in search of fields that we do not know. */
#define MOST_BYTES ((size_t)1 << 14)

neardup_status ndup_abi_take(void *own, size_t own_size, size_t least, const void *given, const char *name,
                             neardup_error *err)
{
    size_t size;
    memcpy(&size, given, sizeof size);
    if (size > MOST_BYTES)
        return ndup_fail(err, NEARDUP_E_ARG, "%s.struct_size is %zu, which is too large: set it to sizeof(%s)", name,
                         size, name);
    if (size < least)
        return ndup_fail(err, NEARDUP_E_ARG, "%s.struct_size is %zu, expected at least %zu: set it to sizeof(%s)", name,
                         size, least, name);
    const unsigned char *extra = given;
    for (size_t i = own_size; i < size; i++) {
        if (extra[i] != 0)
            return ndup_fail(
                err, NEARDUP_E_ARG,
                "%s has a field that version %s of the library does not know: the program was compiled for "
                "a newer one",
                name, NEARDUP_VERSION);
    }
    memcpy(own, given, size < own_size ? size : own_size);
    memcpy(own, &own_size, sizeof own_size);
    return NEARDUP_OK;
}

neardup_status ndup_abi_take_callbacks(neardup_callbacks *own, const neardup_callbacks *given, neardup_error *err)
{
    *own = (neardup_callbacks){.struct_size = sizeof *own};
    return given == NULL ? NEARDUP_OK
                         : ndup_abi_take(own, sizeof *own, NDUP_SIZE_THROUGH(neardup_callbacks, empty), given,
                                         "neardup_callbacks", err);
}

const char *neardup_version(void)
{
    return NEARDUP_VERSION;
}

unsigned neardup_version_number(void)
{
    return NEARDUP_VERSION_NUMBER;
}

const char *neardup_status_name(neardup_status status)
{
    switch (status) {
    case NEARDUP_OK:
        return "NEARDUP_OK";
    case NEARDUP_E_NOMEM:
        return "NEARDUP_E_NOMEM";
    case NEARDUP_E_ARG:
        return "NEARDUP_E_ARG";
    case NEARDUP_E_IO:
        return "NEARDUP_E_IO";
    case NEARDUP_E_FORMAT:
        return "NEARDUP_E_FORMAT";
    case NEARDUP_E_LIMIT:
        return "NEARDUP_E_LIMIT";
    case NEARDUP_E_CANCELED:
        return "NEARDUP_E_CANCELED";
    case NEARDUP_E_EXISTS:
        return "NEARDUP_E_EXISTS";
    }
    return "unknown status";
}

void neardup_free(void *array)
{
    free(array);
}
