/* SPDX-License-Identifier: MIT
 * Walks over JSON values without looking at what is in them: only to find where they end. */
#ifndef NDUP_JSON_WALK_H
#define NDUP_JSON_WALK_H

#include "base/platform.h"

enum ndup_json_mode {
    NDUP_JSON_IN_PLAIN,
    NDUP_JSON_IN_STRING,
    NDUP_JSON_IN_ESCAPE,
    NDUP_JSON_IN_WORD,
    NDUP_JSON_IN_REST_OF_LINE /* of what is not JSON */
};

struct ndup_json_walk { /* in a value */
    enum ndup_json_mode mode;
    uint32_t depth;
};

/* At a value that begins so. */
struct ndup_json_walk ndup_json_walk_from(char first);

/* Walks on. *done: the value has ended before what is returned, else that is the end of the bytes. */
const char *ndup_json_walk_on(struct ndup_json_walk *walk, const char *at, const char *end, bool *done);

/* After the last byte of the value that begins at `at`; NULL: it does not end. */
const char *ndup_json_value_end(const char *at, const char *end);

/* White space between values. Bytes of a byte order mark are passed over one by one: files that were put together have it
 * anywhere. */
bool ndup_json_is_between(char c);
/* Of a number or a word. */
bool ndup_json_is_word(char c);

#endif
