/* SPDX-License-Identifier: MIT
 * Which texts were not decoded well enough to be compared, counted by decoding character by character: the rule of
 * doc/input.md, written a second time. */
#ifndef FUZZ_UNDECODED_H
#define FUZZ_UNDECODED_H

#include "base/utf8_check.h"

#include <string.h>

/* bytes: of the text as the caller or the file has it, before anything is replaced. */
static inline bool is_undecoded(const char *bytes, size_t length)
{
    size_t characters = 0, invalid = 0, replaced = 0;
    for (size_t at = 0; at < length; characters++) {
        bool valid;
        size_t n = ndup_utf8_measure(bytes + at, length - at, &valid);
        invalid += !valid;
        replaced += valid && n == 3 && memcmp(bytes + at, "\xef\xbf\xbd", 3) == 0;
        at += n;
    }
    return 100 * invalid > characters || 10 * (invalid + replaced) > characters;
}

#endif
