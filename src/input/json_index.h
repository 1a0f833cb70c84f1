/* SPDX-License-Identifier: MIT
 * The first stage of simdjson alone: where the tokens of a JSON text begin. */
#ifndef NDUP_JSON_INDEX_H
#define NDUP_JSON_INDEX_H

#include "base/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ndup_json_index;

enum ndup_json_index_result {
    NDUP_JSON_INDEXED,
    NDUP_JSON_NOMEM,
    NDUP_JSON_TOO_LONG, /* 4 GB or more */
    NDUP_JSON_NOTHING,  /* only white space */
    NDUP_JSON_BAD_UTF8, /* only found if nothing else is wrong */
    NDUP_JSON_OPEN_STRING,
    NDUP_JSON_CONTROL, /* a control character inside a string */
    NDUP_JSON_UNKNOWN,
};

/* NULL for want of memory. */
struct ndup_json_index *ndup_json_index_create(void);

/* Finds the first byte of every token outside strings: brackets, braces, colons, commas, opening quotes, and the first
 * byte of every other run of bytes that are not white space. *tokens (valid until the next call) gets their offsets,
 * in order, *count their number; tokens[*count] is len. Every string that an opening quote begins is closed. Reads
 * nothing behind len. */
enum ndup_json_index_result ndup_json_index_run(struct ndup_json_index *index, const char *text, size_t len,
                                                const uint32_t **tokens, size_t *count);

void ndup_json_index_destroy(struct ndup_json_index *index);

#ifdef __cplusplus
}
#endif
#endif
