/* SPDX-License-Identifier: MIT
 * Values of formats that are not JSON, written as JSON: ids, groups and values to keep by are raw JSON everywhere. */
#ifndef NDUP_JSON_PUT_H
#define NDUP_JSON_PUT_H

#include "base/platform.h"

/* Room that a value of this number of bytes may need as a JSON string. */
NDUP_INLINE size_t ndup_json_room(size_t length)
{
    return 6 * length + 2;
}

/* Writes a JSON string; what is not UTF-8 becomes U+FFFD. Returns its end. */
char *ndup_json_put_string(char *to, const char *at, size_t length);

/* Whether a value is a number as JSON writes it: --keep max:COLUMN sorts numbers by value, and all else as strings. */
bool ndup_is_json_number(const char *at, size_t length);

#endif
