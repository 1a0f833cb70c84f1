/* SPDX-License-Identifier: MIT
 * Allocation with the size arithmetic checked in one place. Tests make the N-th call of malloc, calloc or realloc
 * fail from outside (tests/fault), so there is no hook in here. */
#ifndef NDUP_MEM_H
#define NDUP_MEM_H

#include "base/platform.h"

/* count * size bytes, uninitialised; NULL if that overflows or there is no memory. Release with free(). */
void *ndup_alloc(size_t count, size_t size);
void *ndup_calloc(size_t count, size_t size);
/* count * size bytes at a multiple of 64 bytes, uninitialised. Release with free(). */
void *ndup_alloc_aligned(size_t count, size_t size);
/* *pointer to count * size bytes; false and *pointer untouched if that cannot be had. */
bool ndup_resize(void *pointer_to_pointer, size_t count, size_t size) __attribute__((warn_unused_result));
/* Grows *pointer (of *capacity elements of `size` bytes) to at least `needed` elements, by half at a time. */
bool ndup_grow(void *pointer_to_pointer, size_t *capacity, size_t needed, size_t size)
    __attribute__((warn_unused_result));

#endif
