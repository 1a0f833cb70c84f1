/* SPDX-License-Identifier: MIT
 * Inside of json.c: the walk over the tokens of a record, and the small grammars below it. */
#ifndef NDUP_JSON_IMPL_H
#define NDUP_JSON_IMPL_H

#include "base/buf.h"
#include "base/platform.h"

/* Nesting that is still read. */
#define NDUP_JSON_DEPTH 1024
/* Longest path of a field, in bytes. */
#define NDUP_JSON_PATH_MAX ((size_t)255)

enum ndup_json_kind { NDUP_JSON_NONE, NDUP_JSON_STRING, NDUP_JSON_NUMBER, NDUP_JSON_OTHER };

struct ndup_json_value {
    enum ndup_json_kind kind;
    bool escaped;   /* a string with at least one backslash */
    size_t at, len; /* in the record; a string with its quotes; nothing for OTHER */
};

struct ndup_json_part {
    const char *name; /* into the field's path */
    size_t len;
};

/* Text without its escapes. */
struct ndup_json_text {
    struct ndup_buf buf; /* padded */
    size_t at;           /* of the string in the record; 0: none (an object's string is never first) */
};

/* What is looked for. "a.b" is the member b of the object that is member a, unless the record has a member "a.b". */
struct ndup_json_field {
    char *path;
    size_t path_len;
    struct ndup_json_part *parts;
    size_t part_count;
    size_t matched; /* parts that lead to where the walk is */
    /* If not NULL, strings with escapes are undone into it when they are met, which checks them too. */
    struct ndup_json_text *undone;
    struct ndup_json_value by_path;
    struct ndup_json_value by_key;
};

/* Checks that the tokens are one JSON object, strictly, and fills the values of the fields (a later member replaces an
 * earlier one of the same name). NULL or what is wrong. */
const char *ndup_json_walk(const char *text, size_t len, const uint32_t *tokens, size_t count,
                           struct ndup_json_field *fields, size_t field_count);

/* ---- json_text.c ---- */

extern const char ndup_json_bad_escape[];

bool ndup_json_is_number(const char *text, size_t len);

/* Whether every backslash in text begins an escape that JSON has. */
bool ndup_json_check_escapes(const char *text, size_t len);

/* Undoes the escapes, a lone surrogate becoming U+FFFD. False if one is none that JSON has. *written <= len. Reads up
 * to 15 bytes behind text, and writes up to 15 bytes behind what it says. */
bool ndup_json_unescape(const char *text, size_t len, char *to, size_t *written);

/* The same for a string of the record, with its quotes, into a buffer. NULL or what is wrong. */
const char *ndup_json_undo(struct ndup_json_text *undone, const char *record, const struct ndup_json_value *value);

/* Empties the buffer and makes room for len bytes and NDUP_PADDING; frees what a giant record left in it. */
bool ndup_json_fit(struct ndup_buf *buf, size_t len);

/* Appends text with U+FFFD for every maximal part of a sequence that is not UTF-8 (Unicode 15, section 3.9, table
 * 3-8). */
void ndup_json_repair_utf8(struct ndup_buf *to, const char *text, size_t len);

#endif
