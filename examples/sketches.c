/* SPDX-License-Identifier: MIT
 * Step 2, sketches: signatures of many texts at once, stored and read again, and the similarity that they estimate.
 *
 *   cc sketches.c $(pkg-config --cflags --libs neardup) -o sketches && ./sketches sketches.bin */
#include <neardup.h>

#include <stdint.h>
#include <stdio.h>

#define COUNT 3

#define TEXT(string)                                                                                                   \
    {                                                                                                                  \
        (string), sizeof(string) - 1                                                                                   \
    }

static const neardup_text texts[COUNT] = {
    TEXT("The committee met on Monday to discuss the new bridge over the river near the old mill."),
    TEXT("The committee met on Friday to discuss the new bridge over the river near the old mill!"),
    TEXT("Something else entirely, with words of its own and nothing about bridges at all, I think."),
};

static int fail(const neardup_error *err)
{
    fprintf(stderr, "sketches: error: %s\n", err->message);
    return 2;
}

int main(int argc, char **argv)
{
    neardup_scheme scheme = NEARDUP_SCHEME_MINHASH;
    neardup_error err;
    uint32_t signatures[COUNT][256];
    scheme.slots = 256;
    scheme.profile.ngram = 3;
    if (argc != 2) {
        fprintf(stderr, "usage: sketches FILE\n");
        return 2;
    }
    /* Two threads; a real program has thousands of texts in a batch. */
    if (neardup_sketch_texts(&scheme, texts, COUNT, 2, signatures, NULL, &err) != NEARDUP_OK ||
        neardup_sketches_save(argv[1], &scheme, signatures, COUNT, &err) != NEARDUP_OK)
        return fail(&err);

    /* Later, in another program: sketches of another scheme are refused. */
    void *stored;
    size_t count;
    if (neardup_sketches_load(argv[1], &scheme, NULL, &stored, &count, &err) != NEARDUP_OK)
        return fail(&err);
    const uint32_t *signature = stored;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++)
            printf("texts %zu and %zu: estimated Jaccard %.2f\n", i + 1, j + 1,
                   neardup_signature_jaccard(signature + i * scheme.slots, signature + j * scheme.slots, scheme.slots));
    }
    neardup_free(stored);
    return 0;
}
