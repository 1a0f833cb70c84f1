/* SPDX-License-Identifier: MIT
 * Public API: where the tokens of a text stand. */
#include "base/platform.h"

#include "neardup.h"

#include "base/error.h"
#include "base/mem.h"
#include "text/text.h"

#include <stdlib.h>

static neardup_status copy_spans(const struct ndup_tokens *tokens, neardup_span **spans, size_t *count,
                                 neardup_error *err)
{
    *spans = ndup_alloc(tokens->count + 1, sizeof **spans);
    if (*spans == NULL)
        return ndup_fail_nomem(err);
    for (size_t i = 0; i < tokens->count; i++) {
        struct ndup_span t = tokens->spans[i];
        /* The blank that joins two words inside one character ends before it begins. */
        bool forward = t.begin <= t.end;
        (*spans)[i] = (neardup_span){forward ? t.begin : t.end, forward ? t.end : t.begin};
    }
    *count = tokens->count;
    return NEARDUP_OK;
}

neardup_status neardup_tokenise(const neardup_profile *profile, const char *text, size_t length, neardup_span **spans,
                                size_t *count, neardup_error *err)
{
    struct ndup_text *scratch;
    struct ndup_tokens tokens;
    *spans = NULL;
    *count = 0;
    if (profile->ngram < 1 || profile->ngram > 64)
        return ndup_fail(err, NEARDUP_E_ARG, "ngram must be 1 to 64, not %u", profile->ngram);
    NDUP_TRY(ndup_text_create(&scratch, profile, NEARDUP_CPU_AUTO, err));
    neardup_status status = ndup_text_tokenise(scratch, text, length, true, &tokens, err);
    if (status == NEARDUP_OK)
        status = copy_spans(&tokens, spans, count, err);
    ndup_text_destroy(scratch);
    return status;
}
