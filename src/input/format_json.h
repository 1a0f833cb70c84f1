/* SPDX-License-Identifier: MIT
 * What the formats of JSON share: format_jsonl.c has a record per line, format_json.c a record per value. */
#ifndef NDUP_FORMAT_JSON_H
#define NDUP_FORMAT_JSON_H

#include "base/platform.h"
#include "input/formats.h"

/* One array of records. `ndup_input_json` is records one after another; both are "json" to users. */
extern const struct ndup_format ndup_input_json_array;
extern const struct ndup_format ndup_input_json, ndup_input_jsonl;

enum ndup_json_form {
    NDUP_JSON_FORM_UNKNOWN, /* more bytes must be seen */
    NDUP_JSON_FORM_LINES,   /* or nothing that looks otherwise */
    NDUP_JSON_FORM_STREAM,  /* objects one after another, over any number of lines */
    NDUP_JSON_FORM_ARRAY,
};

/* How the file that begins so is laid out, by its first value. ended: these are all its bytes. */
enum ndup_json_form ndup_json_look(const char *bytes, size_t len, bool ended);
/* The same if the first value is too long to be seen. */
enum ndup_json_form ndup_json_guess(const char *bytes, size_t len);

/* Whether a comma follows the value of a record of an array: then it is not the last one. */
bool ndup_json_has_comma(const char *record, size_t length);

/* Fields of a row (format_jsonl.c). */
neardup_status ndup_json_format_create(void **state, const struct ndup_fields *fields, neardup_error *err);
void ndup_json_format_destroy(void *state);
bool ndup_json_format_parse(void *state, const struct ndup_head *head, struct ndup_document *d);
char *ndup_json_format_unescape(char *to, const char *raw, size_t raw_length, size_t text_length);

#define NDUP_JSON_PARSING                                                                                              \
    .create = ndup_json_format_create, .destroy = ndup_json_format_destroy, .unescape = ndup_json_format_unescape

#endif
