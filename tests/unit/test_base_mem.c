/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(base_mem, overflow_is_refused)
{
    void *pointer = NULL;
    size_t capacity = 0;
    cr_assert_null(ndup_alloc(SIZE_MAX / 2, 3));
    cr_assert_null(ndup_calloc(SIZE_MAX / 2, 3));
    cr_assert_null(ndup_alloc_aligned(SIZE_MAX / 2, 3));
    cr_assert_null(ndup_alloc_aligned(SIZE_MAX, 1), "rounding up must not overflow either");
    cr_assert(!ndup_resize(&pointer, SIZE_MAX / 2, 3));
    cr_assert(!ndup_grow(&pointer, &capacity, SIZE_MAX / 2, 3));
    cr_assert_null(pointer);
    cr_assert_eq(capacity, 0);
}

Test(base_mem, nothing_is_still_a_pointer)
{
    void *a = ndup_alloc(0, 8), *b = ndup_calloc(8, 0), *c = ndup_alloc_aligned(0, 0), *d = NULL;
    cr_assert(ndup_resize(&d, 0, 8));
    cr_assert(a != NULL && b != NULL && c != NULL && d != NULL);
    free(a);
    free(b);
    free(c);
    free(d);
}

Test(base_mem, aligned)
{
    for (size_t size = 1; size < 300; size += 37) {
        char *memory = ndup_alloc_aligned(size, 3);
        cr_assert_not_null(memory);
        cr_assert_eq((uintptr_t)memory % 64, 0);
        memset(memory, 1, size * 3);
        free(memory);
    }
}

Test(base_mem, calloc_clears)
{
    unsigned char *memory = ndup_calloc(100, 7);
    unsigned sum = 0;
    for (size_t i = 0; i < 700; i++)
        sum += memory[i];
    cr_assert_eq(sum, 0);
    free(memory);
}

Test(base_mem, grow_by_half)
{
    int *numbers = NULL;
    size_t capacity = 0;
    cr_assert(ndup_grow(&numbers, &capacity, 1, sizeof *numbers));
    cr_assert_eq(capacity, 16);
    for (int i = 0; i < 16; i++)
        numbers[i] = i;
    cr_assert(ndup_grow(&numbers, &capacity, 17, sizeof *numbers));
    cr_assert_eq(capacity, 24);
    cr_assert_eq(numbers[15], 15);
    const int *before = numbers;
    cr_assert(ndup_grow(&numbers, &capacity, 24, sizeof *numbers));
    cr_assert_eq(numbers, before);
    cr_assert(ndup_grow(&numbers, &capacity, 1000, sizeof *numbers));
    cr_assert_eq(capacity, 1000);
    free(numbers);
}
