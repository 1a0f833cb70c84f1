/* SPDX-License-Identifier: MIT
 * Step 4, decisions: similar pairs in, documents to keep and to remove out. The pairs may come from anywhere: sketches, a
 * search engine, embeddings.
 *
 *   cc decide.c $(pkg-config --cflags --libs neardup) -o decide && ./decide */
#include <neardup.h>

#include <stdint.h>
#include <stdio.h>

#define COUNT 5

int main(void)
{
    /* 0 - 1 - 2 is a chain: 0 and 2 are not similar. 3 has no partner; 4 is similar to two. */
    const neardup_edge edges[] = {{0, 1, 0.93}, {1, 2, 0.90}, {2, 4, 0.80}, {0, 4, 0.85}};
    uint64_t keeper[COUNT], cluster[COUNT], clusters;
    double similarity[COUNT];
    neardup_error err;
    /* Without an order, document 0 is the first choice. */
    if (neardup_decide(COUNT, NULL, edges, sizeof edges / sizeof *edges, keeper, similarity, cluster, &clusters,
                       &err) != NEARDUP_OK) {
        fprintf(stderr, "decide: error: %s\n", err.message);
        return 2;
    }
    for (unsigned i = 0; i < COUNT; i++) {
        if (keeper[i] == NEARDUP_NONE)
            printf("document %u is kept\n", i);
        else
            printf("document %u is removed: similarity %.2f to %u, cluster %u\n", i, similarity[i], (unsigned)keeper[i],
                   (unsigned)cluster[i]);
    }
    printf("%u clusters\n", (unsigned)clusters);
    return 0;
}
