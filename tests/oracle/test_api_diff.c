/* SPDX-License-Identifier: MIT
 * Two texts laid side by side: by hand, against the longest common subsequence by brute force, and what must hold for any
 * texts, however far apart. */
#include "base/platform.h"

#include "neardup.h"
#include "text/text.h"
#include "support/rounds.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const neardup_profile words = {NEARDUP_TOKENS_WORD, 5};

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* ---- by hand ---- */

/* Shared pieces as in a, others as [a|b]. */
static const char *diff_of(const char *a, const char *b)
{
    static char text[1024];
    neardup_segment *segments;
    size_t count, n = 0;
    neardup_error err;
    cr_assert_eq(neardup_diff(&words, a, strlen(a), b, strlen(b), &segments, &count, &err), NEARDUP_OK, "%s",
                 err.message);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const neardup_segment *s = &segments[i];
        int al = (int)(s->a_end - s->a_begin), bl = (int)(s->b_end - s->b_begin);
        if (s->shared)
            n += (size_t)snprintf(text + n, sizeof text - n, "%.*s", al, a + s->a_begin);
        else
            n += (size_t)snprintf(text + n, sizeof text - n, "[%.*s|%.*s]", al, a + s->a_begin, bl, b + s->b_begin);
    }
    neardup_free(segments);
    return text;
}

Test(api_diff, words_stand_beside_each_other)
{
    cr_expect_str_eq(diff_of("one two three", "one two three"), "one two three");
    cr_expect_str_eq(diff_of("Hello, world, bye", "Hello, moon, bye"), "Hello, [world|moon], bye");
    cr_expect_str_eq(diff_of("Hello world", "Hello big world"), "Hello [|big ]world");
    cr_expect_str_eq(diff_of("Hello big world", "Hello world"), "Hello [big |]world");
    cr_expect_str_eq(diff_of("a b c", "x y z"), "[a b c|x y z]");
    cr_expect_str_eq(diff_of("x a b", "a b"), "[x |]a b");
    cr_expect_str_eq(diff_of("a b", "a b x"), "a b[| x]");
    cr_expect_str_eq(diff_of("one\ntwo\nthree\n", "one\nthree\n"), "one\n[two\n|]three\n");
}

Test(api_diff, separators_go_to_what_they_stand_by)
{
    cr_expect_str_eq(diff_of("One. Two? Three!", "one, TWO; three"), "One. Two? Three!");
    cr_expect_str_eq(diff_of("Hello, world", "Hello big world"), "Hello[,| big] world");
    cr_expect_str_eq(diff_of("He: \"Yes\", and she.", "He: \"No\", and she."), "He: \"[Yes|No]\", and she.");
    cr_expect_str_eq(diff_of("  a b  ", "\ta b\n"), "  a b  ");
    /* no half characters: \xe2\x80\x9c and \xe2\x80\x9d begin alike */
    cr_expect_str_eq(diff_of("a\xe2\x80\x9c"
                             "b",
                             "a\xe2\x80\x9d"
                             "c"),
                     "a[\xe2\x80\x9c"
                     "b|\xe2\x80\x9d"
                     "c]");
}

Test(api_diff, a_repeated_sentence_is_one_as_a_whole)
{
    cr_expect_str_eq(diff_of("He came. He saw. He won.", "He came. He saw. He ate. He won."),
                     "He came. He saw. [|He ate. ]He won.");
    cr_expect_str_eq(diff_of("the cat\nthe dog\n", "the cat\nthe cow\nthe dog\n"), "the cat\n[|the cow\n]the dog\n");
}

Test(api_diff, texts_without_a_token)
{
    cr_expect_str_eq(diff_of("", ""), "");
    cr_expect_str_eq(diff_of("...", "!"), "...");
    cr_expect_str_eq(diff_of("", "a b"), "[|a b]");
    cr_expect_str_eq(diff_of("a b", ""), "[a b|]");
    cr_expect_str_eq(diff_of("?", "a"), "[?|a]");
}

Test(api_diff, one_character_can_be_several_tokens)
{
    /* U+2153 is 1/3: two tokens, of which no half can be shown */
    cr_expect_str_eq(diff_of("a \xe2\x85\x93 b", "a 1/3 b"), "a \xe2\x85\x93 b");
    cr_expect_str_eq(diff_of("a \xe2\x85\x93 b", "a 1/4 b"), "a [\xe2\x85\x93|1/4] b");
}

Test(api_diff, the_profile_is_checked)
{
    neardup_segment *segments;
    size_t count;
    neardup_error err;
    neardup_profile bad = {NEARDUP_TOKENS_WORD, 0};
    cr_expect_eq(neardup_diff(&bad, "a", 1, "b", 1, &segments, &count, &err), NEARDUP_E_ARG);
    cr_expect_null(segments);
}

/* ---- what holds for any texts ---- */

struct tokens {
    struct ndup_text *text;
    struct ndup_tokens t;
};

static struct tokens tokenise(const neardup_profile *profile, const char *bytes, size_t length)
{
    struct tokens x = {NULL, {0}};
    cr_assert_eq(ndup_text_create(&x.text, profile, NEARDUP_CPU_AUTO, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_text_tokenise(x.text, bytes, length, true, &x.t, NULL), NEARDUP_OK);
    return x;
}

/* The tokens that begin in begin..end are n, from `at` on. */
static void expect_tokens_in(const struct tokens *x, size_t at, uint64_t n, size_t begin, size_t end)
{
    for (size_t i = at; i < at + n; i++) {
        struct ndup_span t = x->t.spans[i];
        cr_assert(t.begin >= begin && t.begin <= end && t.end >= begin && t.end <= end, "a token is cut, or elsewhere");
    }
}

/* Checks the contract, and returns the number of shared tokens. */
static uint64_t check(const neardup_profile *profile, const char *a, size_t al, const char *b, size_t bl)
{
    neardup_segment *s;
    size_t count, a_at = 0, b_at = 0, a_token = 0, b_token = 0;
    uint64_t shared = 0;
    neardup_error err;
    struct tokens x = tokenise(profile, a, al), y = tokenise(profile, b, bl);
    cr_assert_eq(neardup_diff(profile, a, al, b, bl, &s, &count, &err), NEARDUP_OK, "%s", err.message);
    for (size_t i = 0; i < count; i++) {
        cr_assert(s[i].a_begin == a_at && s[i].b_begin == b_at, "a hole before segment %zu", i);
        cr_assert(s[i].a_end >= a_at && s[i].b_end >= b_at);
        cr_assert(i == 0 || s[i].shared != s[i - 1].shared, "they do not take turns");
        cr_assert(a_token + s[i].a_tokens <= x.t.count && b_token + s[i].b_tokens <= y.t.count);
        expect_tokens_in(&x, a_token, s[i].a_tokens, s[i].a_begin, s[i].a_end);
        expect_tokens_in(&y, b_token, s[i].b_tokens, s[i].b_begin, s[i].b_end);
        if (s[i].shared) {
            cr_assert_eq(s[i].a_tokens, s[i].b_tokens);
            cr_assert(s[i].a_tokens == 0 ||
                          memcmp(x.t.hash + a_token, y.t.hash + b_token, s[i].a_tokens * sizeof *x.t.hash) == 0,
                      "shared tokens differ");
            shared += s[i].a_tokens;
        }
        a_token += s[i].a_tokens;
        b_token += s[i].b_tokens;
        a_at = s[i].a_end;
        b_at = s[i].b_end;
    }
    cr_assert(a_at == al && b_at == bl, "the end is not covered");
    cr_assert(a_token == x.t.count && b_token == y.t.count);
    neardup_free(s);
    ndup_text_destroy(x.text);
    ndup_text_destroy(y.text);
    return shared;
}

/* Words of one letter, of an alphabet of the given size. */
static size_t some_words(uint64_t *state, unsigned letters, size_t count, char *out)
{
    static const char *const between[] = {" ", ", ", ".\n", "\n\n", " \xe2\x80\x93 "};
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t r = next_random(state);
        n += (size_t)sprintf(out + n, "%c%s", 'a' + (int)(r % letters), between[(r >> 32) % 5]);
    }
    return n;
}

static size_t longest_common(const char *a, size_t al, const char *b, size_t bl)
{
    static size_t row[2][256];
    struct tokens x = tokenise(&words, a, al), y = tokenise(&words, b, bl);
    memset(row, 0, sizeof row);
    for (size_t i = 1; i <= x.t.count; i++) {
        for (size_t j = 1; j <= y.t.count; j++) {
            size_t *now = row[i & 1], *before = row[1 - (i & 1)];
            now[j] = x.t.hash[i - 1] == y.t.hash[j - 1] ? before[j - 1] + 1
                     : before[j] > now[j - 1]           ? before[j]
                                                        : now[j - 1];
        }
    }
    size_t best = row[x.t.count & 1][y.t.count];
    ndup_text_destroy(x.text);
    ndup_text_destroy(y.text);
    return best;
}

Test(api_diff, small_texts_share_a_longest_common_subsequence)
{
    char a[2048], b[2048];
    uint64_t state = 11;
    for (int round = 0; round < (int)test_rounds(4000); round++) {
        unsigned letters = 1 + (unsigned)(next_random(&state) % 26);
        size_t al = some_words(&state, letters, next_random(&state) % 60, a);
        size_t bl = some_words(&state, letters, next_random(&state) % 60, b);
        cr_assert_eq(check(&words, a, al, b, bl), longest_common(a, al, b, bl), "round %d: '%.*s' and '%.*s'", round,
                     (int)al, a, (int)bl, b);
    }
}

Test(api_diff, any_bytes)
{
    static const neardup_profile characters = {NEARDUP_TOKENS_CHAR, 9};
    char a[400], b[400];
    uint64_t state = 12;
    for (int round = 0; round < (int)test_rounds(3000); round++) {
        size_t al = next_random(&state) % sizeof a, bl = 0;
        for (size_t i = 0; i < al; i++) {
            uint64_t r = next_random(&state);
            char some = "ab .\n\xe2\x85\x93\xe4\xb8\xad"[(r >> 32) % 11];
            a[i] = r % 3 == 0 ? (char)(r >> 32) : r % 3 == 1 ? some : 'x';
        }
        for (size_t i = 0; i < al; i++) {
            uint64_t r = next_random(&state);
            if (r % 8 != 0)
                b[bl++] = r % 8 == 1 ? (char)(r >> 32) : a[i];
        }
        check(round % 2 == 0 ? &words : &characters, a, al, b, bl);
    }
}

/* ---- large texts: near-linear, and still sensible ---- */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Times are compared with that of 5 000 words on each side, measured in the same process: far more than a near-linear
 * search needs for the largest texts below (8), and far less than a quadratic one takes (thousands). */
#define BOUND 100

struct text {
    char *bytes;
    size_t length, capacity;
};

static void put(struct text *t, const char *word, size_t times)
{
    size_t n = strlen(word);
    for (size_t i = 0; i < times; i++) {
        if (t->length + n > t->capacity) {
            t->capacity = 2 * (t->length + n) + 4096;
            t->bytes = realloc(t->bytes, t->capacity);
            cr_assert_not_null(t->bytes);
        }
        memcpy(t->bytes + t->length, word, n);
        t->length += n;
    }
}

static void put_random(struct text *t, uint64_t *state, size_t words_wanted, unsigned vocabulary)
{
    char word[32];
    for (size_t i = 0; i < words_wanted; i++) {
        snprintf(word, sizeof word, "w%u ", (unsigned)(next_random(state) % vocabulary));
        put(t, word, 1);
    }
}

static double seconds_of_small_texts(void)
{
    struct text a = {NULL, 0, 0}, b = {NULL, 0, 0};
    uint64_t state = 12;
    put_random(&a, &state, 5000, 7500);
    put_random(&b, &state, 5000, 7500);
    double start = seconds();
    check(&words, a.bytes, a.length, b.bytes, b.length);
    double took = seconds() - start;
    free(a.bytes);
    free(b.bytes);
    return took;
}

static uint64_t check_quickly(struct text *a, struct text *b, const char *what)
{
    double unit = seconds_of_small_texts(), start = seconds();
    uint64_t shared = check(&words, a->bytes, a->length, b->bytes, b->length);
    double took = seconds() - start;
    cr_expect(took < BOUND * unit, "%s: %.2f s, small texts %.3f s", what, took, unit);
    if (getenv("SHOW_TIMES") != NULL)
        fprintf(stderr, "%-40s %zu + %zu bytes  %6.3f s, %.1f times the small texts  %llu shared\n", what, a->length,
                b->length, took, took / unit, (unsigned long long)shared);
    free(a->bytes);
    free(b->bytes);
    *a = *b = (struct text){NULL, 0, 0};
    return shared;
}

Test(api_diff, unrelated_large_texts)
{
    struct text a = {NULL, 0, 0}, b = {NULL, 0, 0};
    uint64_t state = 13;
    put_random(&a, &state, 20000, 30000);
    put_random(&b, &state, 20000, 30000);
    cr_expect(check_quickly(&a, &b, "100 KB, few words in common") > 150);
    put_random(&a, &state, 20000, 50);
    put_random(&b, &state, 20000, 50);
    cr_expect(check_quickly(&a, &b, "100 KB, few different words") > 4000);
    put_random(&a, &state, 400000, 3000);
    put_random(&b, &state, 400000, 3000);
    check_quickly(&a, &b, "2 MB");
}

Test(api_diff, large_texts_that_repeat_themselves)
{
    struct text a = {NULL, 0, 0}, b = {NULL, 0, 0};
    put(&a, "a ", 500000);
    put(&b, "a ", 400000);
    cr_expect_eq(check_quickly(&a, &b, "a a a"), 400000);
    put(&a, "a ", 50000);
    put(&a, "b ", 50000);
    put(&b, "b ", 50000);
    put(&b, "a ", 50000);
    check_quickly(&a, &b, "aa bb, bb aa");
    put(&a, "a b ", 50000);
    put(&b, "b a c ", 50000);
    check_quickly(&a, &b, "ab ab, bac bac");
    uint64_t state = 14;
    put_random(&a, &state, 200000, 2);
    put_random(&b, &state, 200000, 2);
    check_quickly(&a, &b, "two words at random");
}

/* Blocks of known sentences in large texts that otherwise differ: they are found, since nothing else is in their way. */
Test(api_diff, shared_blocks_are_found_in_texts_far_apart)
{
    struct text a = {NULL, 0, 0}, b = {NULL, 0, 0};
    uint64_t left = 15, right = 16;
    char word[32];
    for (int block = 0; block < 40; block++) {
        put_random(&a, &left, 1000, 1000);
        put_random(&b, &right, 1500, 1000);
        for (int i = 0; i < 200; i++) {
            snprintf(word, sizeof word, "b%dw%d ", block, i);
            put(&a, word, 1);
            put(&b, word, 1);
        }
    }
    cr_expect(check_quickly(&a, &b, "blocks") >= 40 * 200);
}

static void put_block(struct text *t, unsigned block)
{
    char word[32];
    for (unsigned i = 0; i < 200; i++) {
        snprintf(word, sizeof word, "b%uw%u ", block, i);
        put(t, word, 1);
    }
}

/* Blocks that moved: the longest sequence of them that both texts have in one order is shared. */
Test(api_diff, blocks_in_another_order)
{
    static const unsigned steps[] = {3, 27, 39}; /* 39: the other way round */
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        unsigned step = steps[s];
        struct text a = {NULL, 0, 0}, b = {NULL, 0, 0};
        uint64_t left = 15, right = 16;
        unsigned chain[40], longest = 0;
        for (unsigned at = 0; at < 40; at++) {
            unsigned block = at * step % 40;
            put_random(&a, &left, 1000, 1000);
            put_random(&b, &right, 1500, 1000);
            put_block(&a, at);
            put_block(&b, block);
            chain[at] = 1;
            for (unsigned i = 0; i < at; i++)
                if (i * step % 40 < block && chain[i] + 1 > chain[at])
                    chain[at] = chain[i] + 1;
            longest = chain[at] > longest ? chain[at] : longest;
        }
        uint64_t shared = check_quickly(&a, &b, "moved blocks");
        cr_expect(shared >= longest * 200, "step %u: %llu shared, %u blocks in order", step, (unsigned long long)shared,
                  longest);
    }
}
