/* SPDX-License-Identifier: MIT
 * What must hold for any text. */
#include "base/platform.h"

#include "text/text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

struct copy {
    uint64_t hash[4096];
    struct ndup_span span[4096];
    size_t count;
};

static void tokenise(struct ndup_text *text, const void *bytes, size_t n, struct copy *out)
{
    struct ndup_tokens tokens;
    cr_assert(ndup_text_tokenise(text, bytes, n, true, &tokens, NULL) == NEARDUP_OK);
    cr_assert(tokens.count <= 4096);
    out->count = tokens.count;
    if (tokens.count > 0) {
        memcpy(out->hash, tokens.hash, tokens.count * sizeof tokens.hash[0]);
        memcpy(out->span, tokens.spans, tokens.count * sizeof tokens.spans[0]);
    }
}

static struct ndup_text *make(neardup_tokens kind)
{
    const neardup_profile profile = {kind, 5};
    struct ndup_text *text = NULL;
    cr_assert(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
    return text;
}

/* Words each of one script, from those where composition and the order of marks matter. */
static size_t some_text(uint64_t *state, size_t points, utf8proc_uint8_t *out)
{
    static const struct {
        int32_t first, count;
    } blocks[] = {{0x20, 95},     {0x41, 26},     {0xC0, 0x190}, {0x300, 0x70},  {0x370, 0x190},  {0x5D0, 27},
                  {0x5B0, 0x10},  {0x620, 0x40},  {0x904, 0x4D}, {0xE01, 0x3A},  {0xE40, 0x0F},   {0x1E00, 0x100},
                  {0x3041, 0x56}, {0x30A1, 0x5A}, {0x4E00, 99},  {0xAC00, 2000}, {0x1F00, 0x100}, {0xFF61, 0x3F}};
    size_t n = 0, b = 0;
    for (size_t i = 0; i < points; i++) {
        uint64_t r = next_random(state);
        if (r % 8 == 0) {
            out[n++] = ' ';
            b = (size_t)((r >> 8) % (sizeof blocks / sizeof blocks[0]));
        }
        n += (size_t)utf8proc_encode_char(blocks[b].first + (int32_t)((r >> 32) % (uint64_t)blocks[b].count), out + n);
    }
    out[n] = 0;
    return n;
}

static void expect_same(const struct copy *a, const struct copy *b, const char *what)
{
    cr_assert(a->count == b->count, "%s: %zu and %zu tokens", what, a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        cr_assert(a->hash[i] == b->hash[i], "%s: token %zu", what, i);
}

Test(text_props, canonically_equivalent_texts_have_the_same_tokens)
{
    static struct copy plain, composed, decomposed, compatible;
    static utf8proc_uint8_t bytes[1024];
    uint64_t state = 7;
    for (int kind = 0; kind < 2; kind++) {
        struct ndup_text *text = make(kind == 0 ? NEARDUP_TOKENS_WORD : NEARDUP_TOKENS_CHAR);
        for (int i = 0; i < 3000; i++) {
            size_t n = some_text(&state, (size_t)(next_random(&state) % 60), bytes);
            utf8proc_uint8_t *nfc = utf8proc_NFC(bytes), *nfd = utf8proc_NFD(bytes), *nfkc = utf8proc_NFKC(bytes);
            tokenise(text, bytes, n, &plain);
            tokenise(text, nfc, strlen((char *)nfc), &composed);
            tokenise(text, nfd, strlen((char *)nfd), &decomposed);
            tokenise(text, nfkc, strlen((char *)nfkc), &compatible);
            expect_same(&plain, &composed, "NFC");
            expect_same(&plain, &decomposed, "NFD");
            expect_same(&plain, &compatible, "NFKC");
            free(nfc);
            free(nfd);
            free(nfkc);
        }
        ndup_text_destroy(text);
    }
}

/* Case and separators do not matter. */
Test(text_props, upper_case_and_punctuation_do_not_matter)
{
    static struct copy plain, changed;
    static char a[4096], b[8192];
    uint64_t state = 8;
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD);
    for (int i = 0; i < 500; i++) {
        size_t n = 0, m = 0;
        while (n < (size_t)(next_random(&state) % 3000)) {
            uint64_t r = next_random(&state);
            if (r % 6 == 0) {
                a[n++] = ' ';
                b[m++] = " .-\n\t\"_"[(r >> 8) % 7];
                if (r >> 16 & 1)
                    b[m++] = '/';
            } else {
                a[n] = (char)('a' + (r >> 8) % 26);
                b[m++] = (char)(r >> 16 & 1 ? a[n] : a[n] - 32);
                n++;
            }
        }
        tokenise(text, a, n, &plain);
        tokenise(text, b, m, &changed);
        expect_same(&plain, &changed, "punctuation");
    }
    ndup_text_destroy(text);
}

/* Spans lie in the text, in order, and each gives its token when it is tokenised alone. */
Test(text_props, spans_hold_their_tokens)
{
    static struct copy all, one;
    static utf8proc_uint8_t bytes[4096];
    uint64_t state = 9;
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD);
    for (int i = 0; i < 500; i++) {
        size_t n = some_text(&state, (size_t)(next_random(&state) % 200), bytes);
        if (n > 0 && i % 2 == 0)
            bytes[next_random(&state) % n] = (utf8proc_uint8_t)next_random(&state);
        tokenise(text, bytes, n, &all);
        size_t last = 0;
        for (size_t t = 0; t < all.count; t++) {
            cr_assert(all.span[t].begin < all.span[t].end && all.span[t].end <= n);
            cr_assert(all.span[t].begin >= last);
            last = all.span[t].begin;
            tokenise(text, bytes + all.span[t].begin, all.span[t].end - all.span[t].begin, &one);
            bool found = false;
            for (size_t k = 0; k < one.count; k++)
                found = found || one.hash[k] == all.hash[t];
            cr_assert(found, "token %zu of text %d", t, i);
        }
    }
    ndup_text_destroy(text);
}

/* Tokens of a text are those of its parts, when it is cut at a space. */
Test(text_props, texts_can_be_cut_at_spaces)
{
    static struct copy all, head, tail;
    static utf8proc_uint8_t bytes[8192];
    uint64_t state = 10;
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD);
    for (int i = 0; i < 500; i++) {
        size_t n = some_text(&state, (size_t)(next_random(&state) % 400), bytes);
        size_t cut = n;
        bytes[n++] = ' ';
        n += some_text(&state, (size_t)(next_random(&state) % 400), bytes + n);
        tokenise(text, bytes, n, &all);
        tokenise(text, bytes, cut, &head);
        tokenise(text, bytes + cut, n - cut, &tail);
        cr_assert(all.count == head.count + tail.count);
        for (size_t t = 0; t < all.count; t++)
            cr_assert(all.hash[t] == (t < head.count ? head.hash[t] : tail.hash[t - head.count]));
    }
    ndup_text_destroy(text);
}
