/* SPDX-License-Identifier: MIT
 * What simdjson refuses and we read all the same: lone surrogates and bytes that are not UTF-8. */
#ifndef NDUP_JSON_TEXT_H
#define NDUP_JSON_TEXT_H

#include "base/buf.h"
#include "base/platform.h"

/* Undoes the escapes of a string (text is what stands between the quotes), a lone surrogate becoming U+FFFD. Returns
 * the end of what it wrote, which is at most len bytes, or NULL if an escape is none that JSON has. simdjson does the
 * same, at half the speed where every character is written as \uXXXX (bench/json_extract.cpp). Reads and writes up to
 * 15 bytes more. */
char *ndup_json_unescape(char *to, const char *text, size_t len);

/* Length of the escape at the start of text[0..left), left > 0; *meant gets that of what ndup_json_unescape makes of it.
 * For want of a good escape: of the backslash. */
size_t ndup_json_measure_escape(const char *text, size_t left, size_t *meant);

/* `to` becomes text with U+FFFD for every maximal part of a sequence that is not UTF-8 (Unicode 15, section 3.9, table
 * 3-8), and zeros behind its len. False for want of memory. */
bool ndup_json_repair_utf8(struct ndup_buf *to, const char *text, size_t len, size_t zeros);

/* Places in the repaired text, none inside a character, become those in text. */
#define NDUP_JSON_PLACES 5
void ndup_json_unrepair(const char *text, size_t len, size_t *const places[], size_t count);

#endif
