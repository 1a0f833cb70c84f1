/* SPDX-License-Identifier: MIT
 * The values of a TOML file, one after the other; the only place that knows the TOML library. */
#ifndef NDUP_CHECK_TOML_H
#define NDUP_CHECK_TOML_H

#include "base/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ndup_toml_kind {
    NDUP_TOML_STRING,
    NDUP_TOML_INTEGER,
    NDUP_TOML_REAL,
    NDUP_TOML_BOOLEAN,
    NDUP_TOML_EMPTY_ARRAY,
    NDUP_TOML_EMPTY_TABLE, /* the table that `table` names; its key is empty */
    NDUP_TOML_OTHER,       /* a date, or a table or array in the wrong place; `what` names it */
};

/* A value, or an element of an array. Borrowed during the call. */
struct ndup_toml_value {
    const char *table; /* NULL: top level */
    const char *key;
    uint32_t line, column;         /* 1-based: of the value */
    uint32_t key_line, key_column; /* of its key */
    enum ndup_toml_kind kind;
    const char *what; /* "a string", for messages */
    const char *text; /* STRING: NUL-terminated; may contain a NUL (see length) */
    size_t length;    /* bytes */
    int64_t integer;  /* INTEGER */
    double real;      /* REAL */
    bool boolean;     /* BOOLEAN */
    bool in_array;
    size_t index; /* in the array */
};

struct ndup_toml_failure {
    uint32_t line, column; /* 1-based; 0: unknown */
    char message[256];
};

/* Parses text[0..length) and calls back with every value in the order of the file, until `each` returns false. True
 * if it was TOML (also if `each` ended it); else *failure says why. Malformed input does no harm, but the library
 * ends the program if there is no memory: use it for small files only. */
bool ndup_toml_parse(const char *text, size_t length, bool (*each)(void *context, const struct ndup_toml_value *value),
                     void *context, struct ndup_toml_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
