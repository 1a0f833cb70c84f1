/* SPDX-License-Identifier: MIT
 * libFuzzer entry: any bytes through all rows; they must agree, and the form of plain text must be its exact form. First byte:
 * profile. */
#include "base/platform.h"

#include "text/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once: filling the fold pages takes longer than a run. */
static struct ndup_text *object(const neardup_profile *profile, neardup_cpu cpu)
{
    static struct ndup_text *made[8][65][5];
    struct ndup_text **text = &made[profile->tokens][profile->ngram][cpu];
    if (*text == NULL && ndup_text_create(text, profile, cpu, NULL) != NEARDUP_OK)
        abort();
    return *text;
}

static uint64_t run(const neardup_profile *profile, neardup_cpu cpu, bool spans, const uint8_t *data, size_t size)
{
    struct ndup_text *text = object(profile, cpu);
    struct ndup_tokens tokens;
    const uint64_t *hashes = NULL;
    size_t count = 0;
    if (ndup_text_tokenise(text, (const char *)data, size, spans | NDUP_KEYED | NDUP_DIGEST | NDUP_FORM, &tokens,
                           NULL) != NEARDUP_OK ||
        ndup_text_shingle(text, tokens.hash, tokens.count, &hashes, &count, NULL) != NEARDUP_OK)
        abort();
    for (size_t i = 0; spans && i < tokens.count; i++)
        if (tokens.spans[i].begin > tokens.spans[i].end || tokens.spans[i].end > size)
            abort();
    uint64_t digest = ndup_text_digest(text, tokens.keyed, tokens.count).low ^ tokens.digest.high ^
                      ndup_text_content((struct ndup_words){(const char *)data, size}).high;
    return digest ^ tokens.invalid_utf8 ^ tokens.form << 1;
}

static void check_forms(const neardup_profile *profile, const uint8_t *data, size_t size)
{
    static struct ndup_text *made[8][65];
    struct ndup_text **exact = &made[profile->tokens][profile->ngram];
    struct ndup_tokens tokens;
    uint64_t form;
    if ((*exact == NULL && ndup_text_create_exact(exact, profile, NEARDUP_CPU_AUTO, NULL) != NEARDUP_OK) ||
        ndup_text_tokenise(object(profile, NEARDUP_CPU_SCALAR), (const char *)data, size, NDUP_FORM, &tokens, NULL) !=
            NEARDUP_OK ||
        ndup_text_exact_form(*exact, (const char *)data, size, false, &form, NULL) != NEARDUP_OK)
        abort();
    if (form == 0 || (tokens.form != 0 && ndup_form_is_plain(tokens.form) && tokens.form != form))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const neardup_profile profile = {(neardup_tokens)((data[0] & 1) | (data[0] >> 1 & 6)),
                                     data[0] & 2 ? 5u : 1u + data[0] / 16u * 4u};
    /* A copy of its own, so that a read past the end is seen. */
    uint8_t *copy = malloc(size);
    if (copy == NULL)
        return 0;
    memcpy(copy, data + 1, size - 1);
    copy = realloc(copy, size > 1 ? size - 1 : 1);
    uint64_t scalar = run(&profile, NEARDUP_CPU_SCALAR, true, copy, size - 1);
    if (run(&profile, NEARDUP_CPU_AVX2, false, copy, size - 1) != scalar ||
        run(&profile, NEARDUP_CPU_AVX512, true, copy, size - 1) != scalar)
        abort();
    check_forms(&profile, copy, size - 1);
    free(copy);
    return 0;
}
