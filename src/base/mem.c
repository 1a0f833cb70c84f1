/* SPDX-License-Identifier: MIT
 * Arrays grow by half: doubling could leave half of a large array unused beside a memory budget, a quarter would copy
 * more often. Not measured. */
#include "base/platform.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool product(size_t count, size_t size, size_t *bytes)
{
    return !__builtin_mul_overflow(count, size, bytes);
}

void *ndup_alloc(size_t count, size_t size)
{
    size_t bytes;
    return product(count, size, &bytes) ? malloc(bytes > 0 ? bytes : 1) : NULL;
}

void *ndup_calloc(size_t count, size_t size)
{
    size_t bytes;
    return product(count, size, &bytes) ? calloc(bytes > 0 ? bytes : 1, 1) : NULL;
}

void *ndup_alloc_aligned(size_t count, size_t size)
{
    size_t bytes;
    if (!product(count, size, &bytes) || bytes > SIZE_MAX - NDUP_CACHE_LINE)
        return NULL;
    size_t rounded = (bytes + NDUP_CACHE_LINE - 1) / NDUP_CACHE_LINE * NDUP_CACHE_LINE;
    return aligned_alloc(NDUP_CACHE_LINE, rounded > 0 ? rounded : NDUP_CACHE_LINE);
}

bool ndup_resize(void *pointer_to_pointer, size_t count, size_t size)
{
    size_t bytes;
    if (!product(count, size, &bytes))
        return false;
    void *old;
    memcpy(&old, pointer_to_pointer, sizeof old);
    void *moved = realloc(old, bytes > 0 ? bytes : 1);
    if (moved == NULL)
        return false;
    memcpy(pointer_to_pointer, &moved, sizeof moved);
    return true;
}

bool ndup_grow(void *pointer_to_pointer, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return true;
    size_t larger = *capacity + *capacity / 2;
    if (larger < 16)
        larger = 16;
    if (larger < needed)
        larger = needed;
    if (!ndup_resize(pointer_to_pointer, larger, size))
        return false;
    *capacity = larger;
    return true;
}
