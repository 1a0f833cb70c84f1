/* SPDX-License-Identifier: MIT
 * Names alike: by letters for typing errors, by 3-grams for shortened and reordered words. */
#include "base/platform.h"

#include "base/suggest.h"

#include <string.h>

#define MAX_NAME 63

/* Insertions, deletions, replacements and swaps of neighbours ("optimal string alignment"). */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][MAX_NAME + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before_last = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before_last[j - 2] + 1 < best)
                best = before_last[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

/* The distinct 3-grams of the name between two blanks on either side. */
static size_t grams_of(const char *name, size_t length, uint32_t *grams)
{
    size_t count = 0;
    uint32_t window = (uint32_t)' ' << 8 | ' ';
    for (size_t i = 0; i < length + 2; i++) {
        unsigned char c = i < length ? (unsigned char)name[i] : ' ';
        window = (window << 8 | c) & 0xffffffu;
        size_t j = 0;
        while (j < count && grams[j] != window)
            j++;
        if (j == count)
            grams[count++] = window;
    }
    return count;
}

static double gram_jaccard(const char *a, size_t a_len, const char *b, size_t b_len)
{
    uint32_t a_grams[MAX_NAME + 2];
    uint32_t b_grams[MAX_NAME + 2];
    size_t a_count = grams_of(a, a_len, a_grams);
    size_t b_count = grams_of(b, b_len, b_grams);
    size_t shared = 0;
    for (size_t i = 0; i < a_count; i++) {
        for (size_t j = 0; j < b_count; j++)
            shared += a_grams[i] == b_grams[j];
    }
    return (double)shared / (double)(a_count + b_count - shared);
}

double ndup_suggest_closeness(const char *typed, const char *name)
{
    size_t a = strlen(typed);
    size_t b = strlen(name);
    if (a == 0 || b == 0 || a > MAX_NAME || b > MAX_NAME)
        return 0;
    size_t longer = a > b ? a : b;
    size_t distance = edit_distance(typed, a, name, b);
    double jaccard = gram_jaccard(typed, a, name, b);
    /* A third of the letters wrong is a typing error; a shared stem ("thresh") is caught by its 3-grams. */
    size_t allowed = longer / 3 > 0 ? longer / 3 : 1;
    if ((distance > allowed || distance >= longer) && jaccard < 0.4)
        return 0;
    return jaccard + 1 - (double)distance / (double)longer;
}

const char *ndup_suggest_nearest(const char *typed, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    double best = 0;
    for (size_t i = 0; i < count; i++) {
        double closeness = ndup_suggest_closeness(typed, names[i]);
        if (closeness > best) {
            best = closeness;
            nearest = names[i];
        }
    }
    return nearest;
}
