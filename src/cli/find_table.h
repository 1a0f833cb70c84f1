/* SPDX-License-Identifier: MIT
 * What find prints for people: clusters, pairs and passages of groups, each kind in a table of its own. */
#ifndef NDUP_FIND_TABLE_H
#define NDUP_FIND_TABLE_H

#include "base/platform.h"
#include "cli/runjob.h"
#include "term/table.h"
#include "term/title.h"

enum ndup_find_kind { NDUP_FIND_CLUSTERS, NDUP_FIND_PARTS, NDUP_FIND_PAIRS, NDUP_FIND_PART_PAIRS, NDUP_FIND_GROUPS };

struct ndup_find_table {
    const struct ndup_runjob *run;
    FILE *out;
    struct ndup_table table;
    struct ndup_buf buf;
    struct ndup_title title; /* of the last cluster */
    struct ndup_buf group;   /* whose passages were shown last */
    bool any;                /* a table is out already */
    bool distance;           /* of fingerprints is shown */
    struct ndup_table_column columns[NDUP_TABLE_COLUMNS];
};

void ndup_find_table_init(struct ndup_find_table *table, const struct ndup_runjob *run, FILE *out);

/* Begins the table of a kind; the one before has ended. */
void ndup_find_table_begin(struct ndup_find_table *table, enum ndup_find_kind kind);
/* Prints what is held back. */
bool ndup_find_table_end(struct ndup_find_table *table);

/* Rows; false if they could not be written or there is no memory. */
bool ndup_find_table_cluster(struct ndup_find_table *table, const neardup_cluster *cluster);
bool ndup_find_table_pair(struct ndup_find_table *table, const neardup_pair *pair);
bool ndup_find_table_group(struct ndup_find_table *table, const neardup_group_repeat *repeat);

void ndup_find_table_free(struct ndup_find_table *table);

#endif
