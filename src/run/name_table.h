/* SPDX-License-Identifier: MIT
 * Names of files and the like, each kept once: NUL-terminated, until the table is freed. */
#ifndef NDUP_NAME_TABLE_H
#define NDUP_NAME_TABLE_H

#include "base/platform.h"
#include "input/json_value.h"

struct ndup_name_table {
    struct ndup_kept_name {
        char *raw; /* as in the file, and behind it the name */
        size_t raw_length, name_at;
        uint64_t hash;
    } * slots; /* open addressing; raw NULL: free */
    size_t size, count;
};

/* *name becomes the text of a JSON string. NULL or what is wrong. A NUL in the text ends it. */
const char *ndup_name_table_add(struct ndup_name_table *table, const struct ndup_json_value *value,
                                const char **name) NDUP_MUST_CHECK;
void ndup_name_table_free(struct ndup_name_table *table);

#endif
