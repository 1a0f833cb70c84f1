/* SPDX-License-Identifier: MIT
 * Who duplicates whom: removed units by their source (file or group) and that of their keeper. */
#ifndef NDUP_REPORT_SOURCES_H
#define NDUP_REPORT_SOURCES_H

#include "base/buf.h"
#include "base/platform.h"

#define NDUP_SOURCES_SHOWN 20
/* So many sources are told apart, and so many pairs of them; later ones go into the rest. */
#define NDUP_SOURCES_MOST      65536
#define NDUP_SOURCE_CELLS_MOST 1048576

struct ndup_source { /* name: names.data + name, length */
    size_t name, length;
    uint64_t removed, keeps; /* units removed in it, units removed for a keeper in it */
};

struct ndup_source_cell {
    uint32_t removed, keeper; /* indexes; NDUP_SOURCE_REST: none of its own */
    uint64_t count;           /* 0: free */
};
#define NDUP_SOURCE_REST UINT32_MAX

struct ndup_sources {
    struct ndup_source *items;
    size_t count, capacity;
    struct ndup_buf names;
    uint32_t *table; /* open addressing: index + 1 */
    size_t table_size;
    struct ndup_source_cell *cells; /* open addressing */
    size_t cell_count, cells_size;
    bool overflow; /* there are more sources than told apart */
};

/* Index of the source, which is new the first time; NDUP_SOURCE_REST when there are too many. False: no memory. */
bool ndup_sources_find(struct ndup_sources *sources, const char *name, size_t length, uint32_t *index);
/* One removed unit. */
bool ndup_sources_add(struct ndup_sources *sources, uint32_t removed, uint32_t keeper);

struct ndup_source_matrix {
    size_t count;                             /* sources that have a row */
    uint32_t shown[NDUP_SOURCES_SHOWN];       /* those that matter most, the most removed units first */
    uint64_t others;                          /* sources in the last row */
    bool more;                                /* at least `others`: they were not all told apart */
    uint64_t removed[NDUP_SOURCES_SHOWN + 1]; /* units; the last is the rest */
    uint64_t cells[NDUP_SOURCES_SHOWN + 1][NDUP_SOURCES_SHOWN + 1]; /* [removed][keeper] */
};
/* False: no memory. */
bool ndup_sources_matrix(const struct ndup_sources *sources, struct ndup_source_matrix *matrix);
void ndup_sources_free(struct ndup_sources *sources);

#endif
