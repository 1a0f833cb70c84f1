/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "neardup.h"

#include "base/error.h"
#include "text/part.h"
#include "text/text.h"

static neardup_status digest(struct ndup_text *tokeniser, struct ndup_part *scratch, bool part, const char *text,
                             size_t length, neardup_content *content, neardup_error *err)
{
    struct ndup_part_tokens tokens;
    NDUP_TRY(ndup_part_tokenise(scratch, tokeniser, text, length, part, &tokens, err));
    if (tokens.count == 0)
        return NEARDUP_OK;
    XXH128_hash_t hash = ndup_text_digest(tokens.hash, tokens.count);
    *content = (neardup_content){hash.high64, hash.low64};
    return NEARDUP_OK;
}

neardup_status neardup_content_compute(const neardup_profile *profile, bool part, const char *text, size_t length,
                                       neardup_content *content, neardup_error *err)
{
    struct ndup_text *tokeniser = NULL;
    struct ndup_part *scratch = NULL;
    *content = (neardup_content){0, 0};
    if (neardup_profile_fingerprint(profile) == 0)
        return ndup_fail(err, NEARDUP_E_ARG, "the profile is out of range");
    neardup_status st = ndup_text_create(&tokeniser, profile, NEARDUP_CPU_AUTO, err);
    if (st == NEARDUP_OK)
        st = ndup_part_create(&scratch, err);
    if (st == NEARDUP_OK)
        st = digest(tokeniser, scratch, part, text, length, content, err);
    ndup_text_destroy(tokeniser);
    ndup_part_destroy(scratch);
    return st;
}
