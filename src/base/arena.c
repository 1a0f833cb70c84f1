/* SPDX-License-Identifier: MIT
 * A bump allocator: blocks of 1 MiB, and a block of its own for what is larger. Nothing is freed singly. */
#include "base/platform.h"

#include "base/arena.h"

#include "base/mem.h"

#include <stdlib.h>

/* Large enough that malloc is called rarely, small enough that the unused end of the last block does not matter beside
 * a budget of 64 MiB. Not measured. */
#define BLOCK_BYTES ((size_t)1 << 20)

void *ndup_arena_alloc(struct ndup_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    bytes = (bytes + 7) / 8 * 8;
    if (arena->size - arena->used < bytes || arena->block_count == 0) {
        size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        if (!ndup_grow(&arena->blocks, &arena->block_capacity, arena->block_count + 1, sizeof *arena->blocks))
            return NULL;
        char *block = ndup_alloc(room, 1);
        if (block == NULL)
            return NULL;
        arena->blocks[arena->block_count++] = block;
        arena->used = 0;
        arena->size = room;
        arena->bytes += room;
    }
    void *at = arena->blocks[arena->block_count - 1] + arena->used;
    arena->used += bytes;
    return at;
}

void ndup_arena_free(struct ndup_arena *arena)
{
    for (size_t i = 0; i < arena->block_count; i++)
        free(arena->blocks[i]);
    free(arena->blocks);
    *arena = (struct ndup_arena){0};
}
