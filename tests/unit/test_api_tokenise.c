/* SPDX-License-Identifier: MIT
 * The places of tokens. */
#include "base/platform.h"

#include "neardup.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *spans_of(neardup_tokens kind, const char *text, size_t length)
{
    static char out[256];
    neardup_profile profile = {kind, 5};
    neardup_span *spans;
    size_t count, n = 0;
    cr_assert(neardup_tokenise(&profile, text, length, &spans, &count, NULL) == NEARDUP_OK);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%d-%d", i > 0 ? " " : "", (int)spans[i].begin,
                              (int)spans[i].end);
    neardup_free(spans);
    return out;
}

#define WORDS(text) spans_of(NEARDUP_TOKENS_WORD, text, sizeof(text) - 1)
#define CHARS(text) spans_of(NEARDUP_TOKENS_CHAR, text, sizeof(text) - 1)

Test(api_tokenise, words)
{
    cr_expect_str_eq(WORDS(""), "");
    cr_expect_str_eq(spans_of(NEARDUP_TOKENS_WORD, NULL, 0), "");
    cr_expect_str_eq(WORDS(" -- "), "");
    cr_expect_str_eq(WORDS("Hello, world"), "0-5 7-12");
    cr_expect_str_eq(WORDS("n\xc3\xa9\n17"), "0-3 4-6");
    cr_expect_str_eq(WORDS("\xe6\x9d\xb1\xe4\xba\xac"), "0-3 3-6");
    cr_expect_str_eq(WORDS("a\xff"
                           "b"),
                     "0-1 2-3");
}

Test(api_tokenise, characters)
{
    cr_expect_str_eq(CHARS("ab c"), "0-1 1-2 2-3 3-4");
    /* A ligature is two characters in the same place. */
    cr_expect_str_eq(CHARS("\xef\xac\x81"), "0-3 0-3");
    /* A quarter sign is two words in the same place, with a space between them. */
    cr_expect_str_eq(CHARS("a \xc2\xbc"), "0-1 1-2 2-4 2-4 2-4");
}

Test(api_tokenise, arguments)
{
    neardup_profile profile = {NEARDUP_TOKENS_WORD, 0};
    neardup_span *spans = (neardup_span *)1;
    size_t count = 1;
    neardup_error err = {.message = ""};
    cr_expect(neardup_tokenise(&profile, "a", 1, &spans, &count, &err) == NEARDUP_E_ARG);
    cr_expect(spans == NULL && count == 0);
    cr_expect_str_eq(err.message, "ngram must be 1 to 64, not 0");
}
