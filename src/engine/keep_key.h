/* SPDX-License-Identifier: MIT
 * A field's value as bytes that compare like the values: how --keep max:FIELD sorts. */
#ifndef NDUP_KEEP_KEY_H
#define NDUP_KEEP_KEY_H

#include "base/platform.h"

#include <locale.h>

/* A byte of type, then the value. Strings count with their first 23 bytes, which hold a time stamp to the millisecond;
 * each document pays for all of them, so longer keys were not taken. */
#define NDUP_KEEP_KEY 24u

/* raw: a number or a string with its quotes (as it is: an escaped character compares as its escape), as in JSON;
 * NULL: none. Numbers come before strings; a first byte of 0 says none. Numbers compare as doubles, integers of up to
 * 64 bits exactly. c_locale: a number's point does not depend on the program's locale. */
void ndup_keep_key(const char *raw, size_t length, locale_t c_locale, char key[NDUP_KEEP_KEY]);

/* SHA-256 of the bytes of the text, its first 23 bytes. --keep content sorts by it. */
void ndup_keep_key_of_text(const char *text, size_t length, char key[NDUP_KEEP_KEY]);

#endif
