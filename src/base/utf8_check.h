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

/* The code point of a whole character of n bytes. */
NDUP_INLINE uint32_t ndup_utf8_value(const char *bytes, size_t n)
{
    const unsigned char *at = (const unsigned char *)bytes;
    uint32_t value = n == 1 ? at[0] : at[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++)
        value = value << 6 | (at[i] & 0x3Fu);
    return value;
}

/* Whether a character controls a terminal, reorders the text around it, or is invisible: what untrusted text must not
 * bring into a log, a table or a page. Every output escapes or replaces these. */
bool ndup_utf8_is_hidden(uint32_t code);

/* Length of the longest beginning of bytes[0..length) that is whole characters; *characters gets their number. */
size_t ndup_utf8_pass(const char *bytes, size_t length, size_t *characters);

#endif
