/* SPDX-License-Identifier: MIT
 * Text, id and keep field out of one JSON record. Implemented in json_simdjson.cpp, the only C++ file: simdjson reads
 * 2.3 GB/s a core where the C libraries do 0.1 to 0.6. */
#ifndef NDUP_JSON_H
#define NDUP_JSON_H

#include "base/platform.h"
#include "neardup.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ndup_json; /* parser with its memory; one thread at a time */

/* Dotted paths; keep_field and group_field may be NULL. A key that contains dots literally ("a.b") wins over the path. */
neardup_status ndup_json_create(struct ndup_json **out, const char *text_field, const char *id_field,
                                const char *keep_field, const char *group_field, neardup_error *err) NDUP_MUST_CHECK;

struct ndup_json_record {
    const char *text; /* unescaped UTF-8, valid until the next call, NDUP_PADDING readable bytes behind it */
    size_t text_len;
    const char *id; /* raw JSON of a string or number id; points into the record or the parser; NULL if there is none */
    size_t id_len;
    /* Where the text stands between its quotes in the record as it was given, escapes and all; also where the record was
     * not UTF-8. */
    const char *raw;
    size_t raw_len;
    /* For --annotate, bytes of the record as it was given. */
    size_t note_begin, note_end; /* the value of a top-level member "neardup"; 0, 0: none */
    size_t close;                /* the closing brace of the record */
    bool no_members;             /* the record is {} */
    const char *group;           /* raw JSON of the group field if it is a string or number, else NULL */
    size_t group_len;
    const char *keep; /* raw JSON of the keep field if it is a string or number, else NULL */
    size_t keep_len;
    bool invalid_utf8; /* the record had bytes that are not UTF-8; text has U+FFFD there */
};

/* Parses one record (len bytes; NDUP_PADDING readable bytes behind them). Returns NULL if it is good, else a short
 * static text that says what is wrong ("not JSON: ...", "no field 'text'" without the name, "text field is not a
 * string"). Strict JSON: garbage behind the object, bad escapes or unclosed braces are not JSON. Lone surrogate
 * escapes give U+FFFD. Invalid UTF-8 is no error. Out of memory gives the text "out of memory". */
const char *ndup_json_parse(struct ndup_json *json, const char *record, size_t len, struct ndup_json_record *out);

void ndup_json_destroy(struct ndup_json *json);

#ifdef __cplusplus
}
#endif
#endif
