/* SPDX-License-Identifier: MIT
 * Which bytes are UTF-8 (Unicode 15, section 3.9, table 3-7), and how many characters they are. */
#ifndef NDUP_UTF8_CHECK_H
#define NDUP_UTF8_CHECK_H

#include "base/platform.h"

size_t ndup_utf8_measure_long(const unsigned char *bytes, size_t left, bool *valid);

/* Length of the character at the start of bytes[0..left), left > 0; *valid says whether it is one. If not, the length
 * is that of the maximal part of a character, which one U+FFFD replaces. */
NDUP_INLINE size_t ndup_utf8_measure(const char *bytes, size_t left, bool *valid)
{
    const unsigned char *at = (const unsigned char *)bytes;
    *valid = true;
    return NDUP_LIKELY(at[0] < 0x80) ? 1 : ndup_utf8_measure_long(at, left, valid);
}

/* Length of the longest beginning of bytes[0..length) that is whole characters; *characters gets their number. */
size_t ndup_utf8_pass(const char *bytes, size_t length, size_t *characters);

#endif
