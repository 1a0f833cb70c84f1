/* SPDX-License-Identifier: MIT
 * Memory that is only added to, and freed at once. Its content does not move. */
#ifndef NDUP_ARENA_H
#define NDUP_ARENA_H

#include "base/platform.h"

struct ndup_arena {
    char **blocks;
    size_t block_count, block_capacity;
    size_t used, size; /* of the last block */
    uint64_t bytes;    /* of all blocks */
};

/* Room for count * size bytes, at a multiple of 8; NULL: no memory. */
void *ndup_arena_alloc(struct ndup_arena *arena, size_t count, size_t size);
void ndup_arena_free(struct ndup_arena *arena);

#endif
