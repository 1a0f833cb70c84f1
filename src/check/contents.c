/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/contents.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAST ((size_t)64)

/* Contents are hashes already; those of a file that was made to collide are spread once more. */
static uint64_t spread(neardup_content content, unsigned unit)
{
    uint64_t h = (content.low ^ (content.high >> 29) ^ unit) * 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 32) ^ content.high) * 0xd6e8feb86659fd93u;
    return h ^ (h >> 32);
}

static struct ndup_content_count *slot_of(const struct ndup_contents *contents, neardup_content content, unsigned unit)
{
    size_t mask = contents->capacity - 1, i = (size_t)spread(content, unit) & mask;
    for (;; i = (i + 1) & mask) {
        struct ndup_content_count *slot = &contents->slots[i];
        if (slot->unit == 0 ||
            (slot->unit == unit && slot->content.low == content.low && slot->content.high == content.high))
            return slot;
    }
}

static bool enlarge(struct ndup_contents *contents)
{
    struct ndup_contents larger = {.capacity = contents->capacity == 0 ? LEAST : contents->capacity * 2,
                                   .count = contents->count};
    larger.slots = ndup_calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < contents->capacity; i++) {
        const struct ndup_content_count *from = &contents->slots[i];
        if (from->unit != 0)
            *slot_of(&larger, from->content, from->unit) = *from;
    }
    free(contents->slots);
    *contents = larger;
    return true;
}

struct ndup_content_count *ndup_contents_add(struct ndup_contents *contents, neardup_content content, unsigned unit)
{
    if (contents->count >= contents->capacity / 4 * 3 && !enlarge(contents))
        return NULL;
    struct ndup_content_count *slot = slot_of(contents, content, unit);
    if (slot->unit == 0) {
        *slot = (struct ndup_content_count){content, unit, 0, 0};
        contents->count++;
    }
    return slot;
}

struct ndup_content_count *ndup_contents_find(const struct ndup_contents *contents, neardup_content content,
                                              unsigned unit)
{
    if (contents->count == 0)
        return NULL;
    struct ndup_content_count *slot = slot_of(contents, content, unit);
    return slot->unit == 0 ? NULL : slot;
}

int ndup_content_compare(neardup_content a, neardup_content b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return a.low < b.low ? -1 : a.low > b.low;
}

static int by_unit_and_content(const void *left, const void *right)
{
    const struct ndup_content_count *a = left, *b = right;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    return ndup_content_compare(a->content, b->content);
}

struct ndup_content_count *ndup_contents_sorted(const struct ndup_contents *contents)
{
    struct ndup_content_count *all = contents->count > 0 ? ndup_alloc(contents->count, sizeof *all) : NULL;
    size_t n = 0;
    for (size_t i = 0; all != NULL && i < contents->capacity; i++) {
        if (contents->slots[i].unit != 0)
            all[n++] = contents->slots[i];
    }
    if (n > 1)
        qsort(all, n, sizeof *all, by_unit_and_content);
    return all;
}

void ndup_contents_free(struct ndup_contents *contents)
{
    free(contents->slots);
    *contents = (struct ndup_contents){NULL, 0, 0};
}

void ndup_content_print(char out[NDUP_CONTENT_DIGITS + 1], neardup_content content)
{
    snprintf(out, NDUP_CONTENT_DIGITS + 1, "%016" PRIx64 "%016" PRIx64, content.high, content.low);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool ndup_content_parse(const char *digits, neardup_content *content)
{
    uint64_t half[2] = {0, 0};
    for (size_t i = 0; i < NDUP_CONTENT_DIGITS; i++) {
        int value = digit(digits[i]);
        if (value < 0)
            return false;
        half[i / 16] = half[i / 16] << 4 | (unsigned)value;
    }
    *content = (neardup_content){half[0], half[1]};
    return true;
}
