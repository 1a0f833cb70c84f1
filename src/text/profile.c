/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "text/text.h"

#include <stdio.h>
#include <utf8proc.h>

uint64_t ndup_text_profile_fingerprint(const neardup_profile *profile)
{
    bool chars = profile->tokens == NEARDUP_TOKENS_CHAR;
    if ((profile->tokens != NEARDUP_TOKENS_WORD && !chars) || profile->ngram < 1 || profile->ngram > NDUP_NGRAM_MAX)
        return 0;
    char line[128];
    int n = snprintf(line, sizeof line, "neardup profile=%u unicode=%s tokens=%s ngram=%u", NEARDUP_PROFILE_VERSION,
                     utf8proc_unicode_version(), chars ? "char" : "word", profile->ngram);
    uint64_t hash = XXH3_64bits(line, (size_t)n);
    return hash != 0 ? hash : 1;
}

uint64_t neardup_profile_fingerprint(const neardup_profile *profile)
{
    return profile->ngram < 1 || profile->ngram > 64 ? 0 : ndup_text_profile_fingerprint(profile);
}
