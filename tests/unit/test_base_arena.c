/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/arena.h"

#include <criterion/criterion.h>
#include <string.h>

Test(arena, what_is_in_it_stays_where_it_is)
{
    struct ndup_arena arena = {0};
    unsigned char *all[600];
    for (size_t i = 0; i < 600; i++) { /* some larger than a block, some of no bytes */
        size_t n = i == 300 ? (size_t)3 << 20 : i * i % 9001;
        all[i] = ndup_arena_alloc(&arena, n, 1);
        cr_assert_not_null(all[i]);
        cr_assert_eq((uintptr_t)all[i] % 8, 0);
        memset(all[i], (int)(i & 255), n);
    }
    for (size_t i = 0; i < 600; i++) {
        size_t n = i == 300 ? (size_t)3 << 20 : i * i % 9001;
        for (size_t k = 0; k < n; k++)
            cr_assert_eq(all[i][k], i & 255);
    }
    cr_expect_geq(arena.bytes, (uint64_t)3 << 20);
    ndup_arena_free(&arena);
    cr_expect_eq(arena.bytes, 0);
}

Test(arena, what_cannot_be_had)
{
    struct ndup_arena arena = {0};
    cr_expect_null(ndup_arena_alloc(&arena, SIZE_MAX / 2, 4));
    cr_expect_null(ndup_arena_alloc(&arena, SIZE_MAX / 2, 1));
    ndup_arena_free(&arena);
}
