/* SPDX-License-Identifier: MIT
 * The fields of one JSON record, in json.cpp over simdjson; and what simdjson refuses and we read all the same, in
 * format_jsonl.c. */
#ifndef NDUP_JSON_H
#define NDUP_JSON_H

#include "base/buf.h"
#include "base/platform.h"
#include "input/document.h"
#include "neardup.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- records ---- */

struct ndup_json; /* parser with its memory; one thread at a time */

/* Field names are dotted paths, as ndup_fields_check wants them. A key that contains dots literally ("a.b") wins over the
 * path. */
neardup_status ndup_json_create(struct ndup_json **out, const struct ndup_fields *fields,
                                neardup_error *err) NDUP_MUST_CHECK;

/* Parses one record (len bytes; NDUP_PADDING readable bytes after them), and sets the fields of the document. Its problem
 * is a short static text that says what is wrong ("not JSON: ...", "no text field", "text field is not a string"). Strict
 * JSON: bytes after the object, bad escapes or unclosed braces are not JSON. An object that has the name of the text field (or
 * of a step to it) twice is a problem; of other names the last one counts. Lone surrogate escapes give U+FFFD. Invalid
 * UTF-8 is not an error. False if there is no memory. */
bool ndup_json_parse(struct ndup_json *json, const char *record, size_t len,
                     struct ndup_document *document) NDUP_MUST_CHECK;

void ndup_json_destroy(struct ndup_json *json);

/* ---- escapes ---- */

/* Undoes the escapes of a string (text is what is between the quotes), a lone surrogate becoming U+FFFD. Returns the end
 * of what it wrote, which is at most len bytes, or NULL if an escape is none that JSON has. simdjson does the same, at
 * half the speed where every character is written as \uXXXX (bench/json_extract.cpp). Reads and writes up to 15 bytes
 * more. */
char *ndup_json_unescape(char *to, const char *text, size_t len);

/* Length of the escape at the start of text[0..left), left > 0; *meant gets the length of what ndup_json_unescape makes
 * of it. If it is not a good escape: of the backslash. */
size_t ndup_json_measure_escape(const char *text, size_t left, size_t *meant);

/* ---- bytes that are not UTF-8 ---- */

/* `to` becomes text with U+FFFD for every maximal part of a sequence that is not UTF-8 (Unicode 15, section 3.9, table
 * 3-8), and zeros after its len. False if there is no memory. */
bool ndup_json_repair_utf8(struct ndup_buf *to, const char *text, size_t len, size_t zeros);

/* Whether the bytes are UTF-8. simdjson does it at 5 GB/s for Russian and Chinese and 19 for ASCII, ndup_utf8_pass at 0.3 and 4. */
bool ndup_json_is_utf8(const char *bytes, size_t length);

/* Places in the repaired text, none inside a character, become those in text. */
#define NDUP_JSON_PLACES 5
void ndup_json_unrepair(const char *text, size_t len, size_t *const places[], size_t count);

#ifdef __cplusplus
}
#endif
#endif
