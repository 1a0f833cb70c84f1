/* SPDX-License-Identifier: MIT
 * The sources of a level: which file, folder or group a unit comes from, and the matrix of them that is shown. */
#ifndef NDUP_LEVEL_SOURCES_H
#define NDUP_LEVEL_SOURCES_H

#include "base/platform.h"
#include "report/model.h"

struct ndup_place_of { /* a unit's source, and the folder of its file */
    uint32_t source, folder;
};

/* Sources are new the first time. By group the folder is left alone. False: no memory. */
bool ndup_level_find_source(struct ndup_report *report, struct ndup_report_level *level, const neardup_ref *ref,
                            struct ndup_place_of *place);
/* Where nothing is kept, the first copy stands for the keeper. False: no memory. */
bool ndup_level_count_sources(struct ndup_report *report, struct ndup_report_level *level,
                              const neardup_cluster *cluster);

struct ndup_level_matrix {
    const struct ndup_sources *sources; /* of the level: files or groups, or folders */
    bool folders;
    size_t rows; /* that of the rest included */
    struct ndup_source_matrix cells;
};
/* False: no memory. */
bool ndup_level_matrix(const struct ndup_report *report, const struct ndup_report_level *level,
                       struct ndup_level_matrix *matrix);

#endif
