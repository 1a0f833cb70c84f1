/* SPDX-License-Identifier: MIT
 * A JSON text, value by value: of files that we wrote ourselves, read back as bytes that anybody may have changed.
 * Implemented in json_value.cpp over simdjson.
 *
 *   begin(text)                     the outermost object is entered
 *   while next(&value) == VALUE     its members; enter() goes into the one just given, if it is an object or array,
 *                                   and next() then gives what is in it, up to its END
 *
 * What is not entered is walked through all the same: nothing that is not JSON is passed over. */
#ifndef NDUP_JSON_VALUE_H
#define NDUP_JSON_VALUE_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ndup_json_reader; /* parser with its memory; one thread at a time */

enum ndup_json_type {
    NDUP_JSON_OBJECT,
    NDUP_JSON_ARRAY,
    NDUP_JSON_STRING,
    NDUP_JSON_NUMBER,
    NDUP_JSON_TRUE,
    NDUP_JSON_FALSE,
    NDUP_JSON_NULL,
};

struct ndup_json_value { /* points into the text */
    enum ndup_json_type type;
    const char *key; /* of a member, as written between its quotes; NULL in arrays */
    size_t key_len;
    const char *raw; /* as written, a string with its quotes; of objects and arrays only the bracket */
    size_t raw_len;
};

enum ndup_json_step { NDUP_JSON_VALUE, NDUP_JSON_END, NDUP_JSON_WRONG };

neardup_status ndup_json_reader_create(struct ndup_json_reader **out, neardup_error *err) NDUP_MUST_CHECK;
void ndup_json_reader_destroy(struct ndup_json_reader *reader);

/* Begins with an object (len bytes, NDUP_PADDING readable bytes after them; borrowed). NULL, or what is wrong: a short
 * static text, "out of memory" for want of that. */
const char *ndup_json_reader_begin(struct ndup_json_reader *reader, const char *text, size_t len) NDUP_MUST_CHECK;

/* The next value of the innermost object or array that was entered; END once when there is none, after which the one around
 * it goes on. After END of the outermost object nothing may follow in the text. WRONG again and again. */
enum ndup_json_step ndup_json_reader_next(struct ndup_json_reader *reader,
                                          struct ndup_json_value *value) NDUP_MUST_CHECK;

/* Goes into the object or array that next has just given. Up to 8 are entered in each other; if there are more, next says
 * so. */
void ndup_json_reader_enter(struct ndup_json_reader *reader);

/* Why next gave WRONG. */
const char *ndup_json_reader_wrong(const struct ndup_json_reader *reader);

/* ---- scalars ---- */

/* Whether the member has this name. Names of ours need no escapes. */
NDUP_INLINE bool ndup_json_value_is(const struct ndup_json_value *value, const char *name)
{
    size_t len = strlen(name);
    return value->key_len == len && memcmp(value->key, name, len) == 0;
}

/* Each is false if the value is something else, or does not fit. */
bool ndup_json_value_u64(const struct ndup_json_value *value, uint64_t *number) NDUP_MUST_CHECK;
bool ndup_json_value_double(const struct ndup_json_value *value, double *number) NDUP_MUST_CHECK;
/* Appends the text of a string, without quotes and escapes; also false for want of memory (to->failed). */
bool ndup_json_value_string(const struct ndup_json_value *value, struct ndup_buf *to) NDUP_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
