/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/column.h"
#include "base/pool.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_scratch *make_scratch(void)
{
    struct ndup_scratch *scratch;
    neardup_error err = {0};
    cr_assert_eq(ndup_scratch_create(&scratch, NULL, 0, &err), NEARDUP_OK, "%s", err.message);
    return scratch;
}

static struct ndup_column *make_column(size_t elem_size, struct ndup_scratch *scratch, bool spill)
{
    struct ndup_column *column;
    neardup_error err = {0};
    cr_assert_eq(ndup_column_create(&column, elem_size, scratch, spill, &err), NEARDUP_OK, "%s", err.message);
    return column;
}

static uint32_t value_of(uint64_t index)
{
    return (uint32_t)(index * 2654435761u + 12345u);
}

/* Every assertion of Criterion is a message to another process: none in inner loops. */
static bool try_fill(struct ndup_column *column, uint64_t begin, uint64_t end)
{
    for (uint64_t i = begin; i < end; i++) {
        uint32_t value = value_of(i);
        void *slot = ndup_column_slot(column, i, NULL);
        if (slot == NULL)
            return false;
        memcpy(slot, &value, sizeof value);
        if (ndup_column_done(column, i, 1, NULL) != NEARDUP_OK)
            return false;
    }
    return true;
}

static void fill(struct ndup_column *column, uint64_t begin, uint64_t end)
{
    cr_assert(try_fill(column, begin, end));
}

static void check(const struct ndup_column *column, uint64_t count)
{
    cr_assert_eq(ndup_column_count(column), count);
    size_t elems = ndup_column_chunk_elems(column);
    uint32_t *buffer = malloc(elems * sizeof *buffer);
    uint64_t seen = 0, wrong = 0;
    for (uint64_t c = 0; c < ndup_column_chunks(column); c++) {
        const uint32_t *values = ndup_column_chunk(column, c, buffer, NULL);
        cr_assert_not_null(values);
        for (size_t i = 0; i < ndup_column_chunk_count(column, c); i++, seen++)
            wrong += values[i] != value_of(seen);
    }
    cr_assert_eq(seen, count);
    cr_assert_eq(wrong, 0);
    free(buffer);
    for (uint64_t i = 0; i < count; i += 4099) {
        uint32_t value = 0;
        cr_assert_eq(ndup_column_get(column, i, &value, NULL), NEARDUP_OK);
        cr_assert_eq(value, value_of(i));
    }
}

Test(base_column, chunk_sizes)
{
    cr_assert_eq(ndup_column_chunk_elems_for(4), 65536);
    cr_assert_eq(ndup_column_chunk_elems_for(64), 65536);
    cr_assert_eq(ndup_column_chunk_elems_for(128), 65536);
    cr_assert_eq(ndup_column_chunk_elems_for(129), 32768);
    cr_assert_eq(ndup_column_chunk_elems_for(16384), 512);
}

Test(base_column, in_memory)
{
    struct ndup_column *column = make_column(4, NULL, false);
    fill(column, 0, 200000);
    cr_assert_eq(ndup_column_seal(column, 200000, NULL), NEARDUP_OK);
    check(column, 200000);
    cr_assert_eq(ndup_column_resident_bytes(column), 4u * 65536u * 4u);
    ndup_column_free(column);
}

Test(base_column, spilled_keeps_one_chunk)
{
    struct ndup_scratch *scratch = make_scratch();
    struct ndup_column *column = make_column(4, scratch, true);
    fill(column, 0, 5 * 65536 + 100);
    cr_assert_eq(ndup_column_resident_bytes(column), 65536u * 4u);
    cr_assert_eq(ndup_scratch_bytes(scratch), 5u * 65536u * 4u);
    cr_assert_eq(ndup_column_seal(column, 5 * 65536 + 100, NULL), NEARDUP_OK);
    check(column, 5 * 65536 + 100);
    ndup_column_free(column);
    cr_assert_eq(ndup_scratch_bytes(scratch), 0);
    cr_assert_eq(ndup_scratch_peak_bytes(scratch), 5u * 65536u * 4u);
    ndup_scratch_destroy(scratch);
}

Test(base_column, exactly_one_chunk_spilled)
{
    struct ndup_scratch *scratch = make_scratch();
    struct ndup_column *column = make_column(4, scratch, true);
    fill(column, 0, 65536);
    cr_assert_eq(ndup_column_seal(column, 65536, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_column_chunks(column), 1);
    cr_assert_eq(ndup_column_resident_bytes(column), 0);
    check(column, 65536);
    ndup_column_free(column);
    ndup_scratch_destroy(scratch);
}

Test(base_column, empty)
{
    struct ndup_column *column = make_column(8, NULL, false);
    uint64_t value;
    neardup_error err;
    cr_assert_eq(ndup_column_seal(column, 0, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_column_chunks(column), 0);
    cr_assert_eq(ndup_column_get(column, 0, &value, &err), NEARDUP_E_ARG);
    cr_assert_null(ndup_column_chunk(column, 0, &value, &err));
    ndup_column_free(column);
    ndup_column_free(NULL);
}

Test(base_column, wide_elements_spilled)
{
    struct ndup_scratch *scratch = make_scratch();
    struct ndup_column *column = make_column(16384, scratch, true);
    char row[16384], got[16384];
    for (unsigned i = 0; i < 1300; i++) {
        char *slot = ndup_column_slot(column, i, NULL);
        cr_assert_not_null(slot);
        memset(slot, (int)(i % 251), 16384);
        cr_assert_eq(ndup_column_done(column, i, 1, NULL), NEARDUP_OK);
    }
    cr_assert_eq(ndup_column_seal(column, 1300, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_column_chunks(column), 3);
    cr_assert_eq(ndup_column_chunk_count(column, 2), 1300 - 1024);
    for (unsigned i = 0; i < 1300; i += 100) {
        memset(row, (int)(i % 251), sizeof row);
        cr_assert_eq(ndup_column_get(column, i, got, NULL), NEARDUP_OK);
        cr_assert_arr_eq(got, row, sizeof row);
    }
    ndup_column_free(column);
    ndup_scratch_destroy(scratch);
}

Test(base_column, done_over_a_chunk_border)
{
    struct ndup_scratch *scratch = make_scratch();
    struct ndup_column *column = make_column(4, scratch, true);
    for (uint64_t i = 0; i < 3 * 65536; i++) {
        uint32_t value = value_of(i);
        memcpy(ndup_column_slot(column, i, NULL), &value, sizeof value);
    }
    cr_assert_eq(ndup_column_done(column, 100, 2 * 65536, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_scratch_bytes(scratch), 65536u * 4u);
    cr_assert_eq(ndup_column_done(column, 100 + 2 * 65536, 65536 - 100, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_column_done(column, 0, 100, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_scratch_bytes(scratch), 3u * 65536u * 4u);
    cr_assert_eq(ndup_column_seal(column, 3 * 65536, NULL), NEARDUP_OK);
    check(column, 3 * 65536);
    ndup_column_free(column);
    ndup_scratch_destroy(scratch);
}

Test(base_column, limits)
{
    neardup_error err = {0};
    struct ndup_column *column;
    cr_assert_eq(ndup_column_create(&column, 0, NULL, false, &err), NEARDUP_E_ARG);
    cr_assert_null(column);
    cr_assert_eq(ndup_column_create(&column, 16385, NULL, false, &err), NEARDUP_E_ARG);
    cr_assert_eq(ndup_column_create(&column, 4, NULL, true, &err), NEARDUP_E_ARG);

    column = make_column(1, NULL, false);
    cr_assert_null(ndup_column_slot(column, (uint64_t)1 << 32, &err));
    cr_assert_eq(err.code, NEARDUP_E_LIMIT);
    char *last = ndup_column_slot(column, ((uint64_t)1 << 32) - 1, &err);
    cr_assert_not_null(last);
    *last = 7;
    cr_assert_eq(ndup_column_seal(column, (uint64_t)1 << 32, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "column sealed with unwritten elements in chunk 0");
    ndup_column_free(column);
}

Test(base_column, seal_finds_holes_when_spilling)
{
    struct ndup_scratch *scratch = make_scratch();
    struct ndup_column *column = make_column(4, scratch, true);
    neardup_error err = {0};
    fill(column, 0, 1000);
    cr_assert_eq(ndup_column_seal(column, 1001, &err), NEARDUP_E_ARG);
    cr_assert_eq(ndup_column_seal(column, 1000, &err), NEARDUP_OK);
    ndup_column_free(column);
    ndup_scratch_destroy(scratch);
}

Test(base_column, second_write_is_refused)
{
    struct ndup_scratch *scratch = make_scratch();
    struct ndup_column *column = make_column(4, scratch, true);
    neardup_error err = {0};
    fill(column, 0, 65536);
    cr_assert_null(ndup_column_slot(column, 5, &err));
    cr_assert_eq(err.code, NEARDUP_E_ARG);
    ndup_column_free(column);
    ndup_scratch_destroy(scratch);
}

struct team {
    struct ndup_column *column;
    _Atomic uint64_t next;
    _Atomic uint64_t most_resident;
    _Atomic unsigned failures;
    uint64_t count;
};

static void write_blocks(void *context, unsigned member)
{
    (void)member;
    struct team *team = context;
    for (;;) {
        uint64_t begin = atomic_fetch_add(&team->next, 777);
        if (begin >= team->count)
            return;
        if (!try_fill(team->column, begin, begin + 777 < team->count ? begin + 777 : team->count))
            atomic_fetch_add(&team->failures, 1);
        uint64_t now = ndup_column_resident_bytes(team->column);
        uint64_t most = atomic_load(&team->most_resident);
        while (now > most && !atomic_compare_exchange_weak(&team->most_resident, &most, now))
            ;
    }
}

Test(base_column, four_writers)
{
    for (int spill = 0; spill < 2; spill++) {
        struct ndup_scratch *scratch = make_scratch();
        struct ndup_pool *pool;
        cr_assert_eq(ndup_pool_create(&pool, 4, NULL), NEARDUP_OK);
        struct team team = {.column = make_column(4, scratch, spill), .count = 1000003};
        ndup_pool_run(pool, write_blocks, &team);
        cr_assert_eq(team.failures, 0);
        cr_assert_eq(ndup_column_seal(team.column, team.count, NULL), NEARDUP_OK);
        check(team.column, team.count);
        if (spill)
            cr_assert_leq(team.most_resident, 12u * 65536u * 4u);
        ndup_column_free(team.column);
        ndup_pool_destroy(pool);
        ndup_scratch_destroy(scratch);
    }
}
