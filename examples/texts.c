/* SPDX-License-Identifier: MIT
 * Step 1, texts: how similar two texts are, what they share, and where they differ.
 *
 *   cc texts.c $(pkg-config --cflags --libs neardup) -o texts && ./texts */
#include <neardup.h>

#include <stdio.h>
#include <string.h>

static const char monday[] = "The committee met on Monday to discuss the new bridge over the river near the old mill.";
static const char friday[] = "The committee met on Friday to discuss the new bridge over the river near the old mill!";

static void print(const char *mark, const char *text, size_t begin, size_t end)
{
    if (begin < end)
        printf("%s%.*s\n", mark, (int)(end - begin), text + begin);
}

/* The exact similarity of the two shingle sets, and the passages that both texts share. */
static neardup_status compare(neardup_comparer *comparer, neardup_error *err)
{
    neardup_comparison result;
    neardup_passage *passages;
    size_t count;
    neardup_status status = neardup_comparer_compare(comparer, monday, strlen(monday), friday, strlen(friday), &result,
                                                     &passages, &count, err);
    if (status != NEARDUP_OK)
        return status;
    printf("Jaccard %.3f, %.0f %% of the first is in the second\n", result.jaccard, 100 * result.a_in_b);
    for (size_t i = 0; i < count; i++)
        print("shared: ", monday, passages[i].a_begin, passages[i].a_end);
    neardup_free(passages);
    return NEARDUP_OK;
}

/* Both texts side by side. */
static neardup_status diff(neardup_comparer *comparer, neardup_error *err)
{
    neardup_segment *segments;
    size_t count;
    neardup_status status =
        neardup_comparer_diff(comparer, monday, strlen(monday), friday, strlen(friday), &segments, &count, err);
    if (status != NEARDUP_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        const neardup_segment *s = &segments[i];
        print(s->shared ? "  " : "- ", monday, s->a_begin, s->a_end);
        if (!s->shared)
            print("+ ", friday, s->b_begin, s->b_end);
    }
    neardup_free(segments);
    return NEARDUP_OK;
}

int main(void)
{
    neardup_profile profile = {NEARDUP_TOKENS_WORD, 3}; /* shingles of three words */
    neardup_comparer *comparer;                         /* keep one per thread, and use it again */
    neardup_error err;
    if (neardup_comparer_create(&comparer, &profile, &err) != NEARDUP_OK) {
        fprintf(stderr, "texts: error: %s\n", err.message);
        return 2;
    }
    int failed = compare(comparer, &err) != NEARDUP_OK || diff(comparer, &err) != NEARDUP_OK;
    if (failed)
        fprintf(stderr, "texts: error: %s\n", err.message);
    neardup_comparer_destroy(comparer);
    return failed ? 2 : 0;
}
