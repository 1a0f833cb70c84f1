/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/name_table.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static struct ndup_kept_name *find(const struct ndup_name_table *t, const char *raw, size_t length, uint64_t hash)
{
    size_t i = (size_t)hash & (t->size - 1);
    for (; t->slots[i].raw != NULL; i = (i + 1) & (t->size - 1)) {
        const struct ndup_kept_name *k = &t->slots[i];
        if (k->hash == hash && k->raw_length == length && memcmp(k->raw, raw, length) == 0)
            break;
    }
    return &t->slots[i];
}

static bool grow(struct ndup_name_table *t)
{
    if (2 * (t->count + 1) <= t->size)
        return true;
    struct ndup_name_table larger = {.size = t->size > 0 ? 2 * t->size : 64, .count = t->count};
    larger.slots = ndup_calloc(larger.size, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < t->size; i++) {
        const struct ndup_kept_name *k = &t->slots[i];
        if (k->raw != NULL)
            *find(&larger, k->raw, k->raw_length, k->hash) = *k;
    }
    free(t->slots);
    *t = larger;
    return true;
}

const char *ndup_name_table_add(struct ndup_name_table *t, const struct ndup_json_value *value, const char **name)
{
    if (value->type != NDUP_JSON_STRING)
        return "a name that is no string";
    uint64_t hash = XXH3_64bits(value->raw, value->raw_len);
    if (!grow(t))
        return "out of memory";
    struct ndup_kept_name *k = find(t, value->raw, value->raw_len, hash);
    if (k->raw == NULL) {
        struct ndup_buf both = NDUP_BUF_INIT;
        ndup_buf_append(&both, value->raw, value->raw_len);
        bool good = !both.failed && ndup_json_value_string(value, &both);
        if (good)
            ndup_buf_append(&both, "", 1);
        if (!good || both.failed) {
            const char *wrong = both.failed ? "out of memory" : "not JSON: bad escape in a string";
            ndup_buf_free(&both);
            return wrong;
        }
        *k = (struct ndup_kept_name){both.data, value->raw_len, value->raw_len, hash};
        t->count++;
    }
    *name = k->raw + k->name_at;
    return NULL;
}

void ndup_name_table_free(struct ndup_name_table *t)
{
    for (size_t i = 0; i < t->size; i++)
        free(t->slots[i].raw);
    free(t->slots);
    *t = (struct ndup_name_table){0};
}
