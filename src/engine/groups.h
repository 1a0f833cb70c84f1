/* SPDX-License-Identifier: MIT
 * Documents by the value of a field, for instance their site, and the paragraphs that most documents of one group have. */
#ifndef NDUP_GROUPS_H
#define NDUP_GROUPS_H

#include "base/buf.h"
#include "base/platform.h"
#include "neardup.h"

#define NDUP_NO_GROUP UINT32_MAX

struct ndup_group_name {
    size_t begin, length; /* in names */
    uint64_t hash;
    uint32_t documents; /* that were split */
};

struct ndup_groups {
    uint32_t *of; /* [rows of the corpus]: number of the group, NDUP_NO_GROUP for none; NULL: no group_field */
    struct ndup_buf names;
    struct ndup_group_name *group; /* by number: in order of first appearance */
    uint32_t count;
    size_t capacity;
    uint32_t *table; /* open addressing: number + 1 */
    size_t table_size;
};

/* While documents are read: a number for the group of this name (raw JSON). Not thread-safe. */
neardup_status ndup_groups_number(struct ndup_groups *groups, const char *name, size_t length, uint32_t *number,
                                  neardup_error *err) NDUP_MUST_CHECK;
/* Makes room for the groups of this many rows, NDUP_NO_GROUP each. */
neardup_status ndup_groups_init(struct ndup_groups *groups, uint64_t rows, neardup_error *err) NDUP_MUST_CHECK;
/* When all rows have theirs: numbers become those of first appearance, whoever was read first. */
neardup_status ndup_groups_renumber(struct ndup_groups *groups, uint64_t rows, neardup_error *err) NDUP_MUST_CHECK;
void ndup_groups_free(struct ndup_groups *groups);

#endif
