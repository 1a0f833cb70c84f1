/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "match/bands.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BANDS 3u
/* More than a chunk of a column, and not a whole number of runs. */
#define TEXTS 70001u

struct filling {
    struct ndup_bands *bands;
    atomic_uint next;
    uint32_t *value; /* by unit: what it was made from; UINT32_MAX: no document */
};

/* Values 2k and 2k + 1 share the key of band 0, every third value that of band 1, nobody another of band 2. */
static void keys_of(uint32_t value, uint32_t *keys)
{
    keys[0] = (value / 2 + 1) * 2654435761u;
    keys[1] = value % 3 == 0 ? 77 : value * 2246822519u + 1000;
    keys[2] = value * 3266489917u + 12345;
}

static void fill(void *context, unsigned member)
{
    struct filling *f = context;
    struct ndup_bands_writer writer;
    uint32_t value, keys[BANDS];
    (void)member;
    if (ndup_bands_writer_init(&writer, f->bands, NULL) != NEARDUP_OK)
        abort();
    while ((value = atomic_fetch_add(&f->next, 1)) < TEXTS) {
        struct ndup_text_id text, again;
        keys_of(value, keys);
        /* A reserved text stays reserved until it is put. */
        if (ndup_bands_reserve(&writer, &text, NULL) != NEARDUP_OK ||
            ndup_bands_reserve(&writer, &again, NULL) != NEARDUP_OK || again.value != text.value ||
            ndup_bands_put(&writer, keys, NULL) != NEARDUP_OK)
            abort();
        f->value[text.value] = value;
    }
    if (ndup_bands_writer_finish(&writer, NULL) != NEARDUP_OK)
        abort();
}

static struct ndup_entry *group(const struct filling *f, uint32_t band, const struct ndup_text_id *alias,
                                struct ndup_pool *pool, size_t *count)
{
    struct ndup_entries entries;
    cr_assert_eq(ndup_entries_init(&entries, ndup_pool_threads(pool), NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_group(f->bands, band, alias, 100000, pool, &entries, NULL), NEARDUP_OK);
    struct ndup_entry *all = malloc((ndup_entries_count(&entries) + 1) * sizeof *all);
    *count = 0;
    for (unsigned p = 0; p < entries.part_count; p++) {
        for (size_t i = 0; i < entries.parts[p].count; i++) {
            /* texts without a document share a bucket of their own */
            if (f->value[entries.parts[p].entries[i].item] != UINT32_MAX)
                all[(*count)++] = entries.parts[p].entries[i];
        }
    }
    ndup_entries_free(&entries);
    return all;
}

static void check(const struct filling *f, const struct ndup_text_id *alias, uint32_t left_out, struct ndup_pool *pool)
{
    uint32_t *first = calloc(2 * TEXTS, sizeof *first);
    size_t count;
    struct ndup_entry *e = group(f, 0, alias, pool, &count);
    cr_assert_eq(count, TEXTS - 1 - 2 * left_out); /* the last has no partner */
    for (size_t i = 0; i < count; i++) {
        uint32_t half = f->value[e[i].item] / 2 + 1;
        if (first[e[i].bucket] == 0)
            first[e[i].bucket] = half;
        cr_assert_eq(first[e[i].bucket], half);
    }
    free(e);
    e = group(f, 1, alias, pool, &count);
    size_t thirds = 0;
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(e[i].bucket, e[0].bucket);
        thirds += f->value[e[i].item] % 3 == 0;
    }
    cr_assert_eq(thirds, count);
    cr_assert_gt(count, TEXTS / 3 - left_out);
    free(e);
    e = group(f, 2, alias, pool, &count);
    cr_assert_eq(count, 0);
    free(e);
    free(first);
}

static void run(unsigned threads, bool spill)
{
    struct ndup_scratch *scratch;
    struct ndup_pool *pool;
    struct filling f = {0};
    uint32_t texts, documents = 0;
    cr_assert_eq(ndup_scratch_create(&scratch, NULL, 0, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_pool_create(&pool, threads, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_create(&f.bands, BANDS, scratch, spill, NULL), NEARDUP_OK);
    f.value = malloc(2 * TEXTS * sizeof *f.value);
    for (uint32_t i = 0; i < 2 * TEXTS; i++)
        f.value[i] = UINT32_MAX;
    ndup_pool_run(pool, fill, &f);
    cr_assert_eq(ndup_bands_seal(f.bands, &texts, NULL), NEARDUP_OK);
    cr_assert(texts >= TEXTS && texts < TEXTS + threads * NDUP_BANDS_RUN);
    cr_assert_eq(texts % NDUP_BANDS_RUN, 0);
    for (uint32_t u = 0; u < texts; u++)
        documents += f.value[u] != UINT32_MAX;
    cr_assert_eq(documents, TEXTS);
    cr_assert_eq(ndup_scratch_bytes(scratch) > 0, spill);
    check(&f, NULL, 0, pool);

    /* One of the pair 10, 11 stands for another text: it takes no part, and its partner is alone. */
    struct ndup_text_id *alias = malloc(texts * sizeof *alias);
    for (uint32_t u = 0; u < texts; u++)
        alias[u].value = f.value[u] == 10 ? (u == 0 ? 1 : 0) : u;
    check(&f, alias, 1, pool);
    free(alias);
    free(f.value);
    ndup_bands_free(f.bands);
    cr_assert_eq(ndup_scratch_bytes(scratch), 0);
    ndup_pool_destroy(pool);
    ndup_scratch_destroy(scratch);
}

Test(match_bands, units_with_equal_keys_meet)
{
    run(1, false);
    run(3, false);
}

Test(match_bands, also_when_the_keys_are_in_the_scratch_folder)
{
    run(1, true);
    run(3, true);
}

/* Units without a document have key 0 in all bands, and nobody else does. */
Test(match_bands, no_document_meets_units_without_one)
{
    struct ndup_pool *pool;
    struct ndup_entries entries;
    struct ndup_bands *bands;
    struct ndup_bands_writer writer;
    struct ndup_text_id text;
    uint32_t texts;
    static const uint32_t zero[] = {0};
    cr_assert_eq(ndup_pool_create(&pool, 1, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_create(&bands, 1, NULL, false, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_writer_init(&writer, bands, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_reserve(&writer, &text, NULL), NEARDUP_OK);
    cr_assert_eq(text.value, 0);
    cr_assert_eq(ndup_bands_put(&writer, zero, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_writer_finish(&writer, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_seal(bands, &texts, NULL), NEARDUP_OK);
    cr_assert_eq(texts, NDUP_BANDS_RUN);
    cr_assert_eq(ndup_entries_init(&entries, 1, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_group(bands, 0, NULL, 0, pool, &entries, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_entries_count(&entries), NDUP_BANDS_RUN - 1);
    for (size_t i = 0; i < entries.parts[0].count; i++)
        cr_assert_neq(entries.parts[0].entries[i].item, 0);
    ndup_entries_free(&entries);
    ndup_bands_free(bands);
    ndup_pool_destroy(pool);
}

Test(match_bands, no_bands_only_hand_out_numbers)
{
    struct ndup_bands *bands;
    struct ndup_bands_writer writer;
    struct ndup_text_id text;
    uint32_t texts;
    cr_assert_eq(ndup_bands_create(&bands, 0, NULL, false, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_writer_init(&writer, bands, NULL), NEARDUP_OK);
    for (uint32_t i = 0; i < 1000; i++) {
        cr_assert_eq(ndup_bands_reserve(&writer, &text, NULL), NEARDUP_OK);
        cr_assert_eq(text.value, i);
        cr_assert_eq(ndup_bands_put(&writer, NULL, NULL), NEARDUP_OK);
    }
    cr_assert_eq(ndup_bands_writer_finish(&writer, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_bands_seal(bands, &texts, NULL), NEARDUP_OK);
    cr_assert_eq(texts, 4 * NDUP_BANDS_RUN);
    ndup_bands_free(bands);
}
