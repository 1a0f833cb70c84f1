/* SPDX-License-Identifier: MIT
 * Two texts side by side as JSON: literally for small ones, and what must hold for any. */
#include "base/platform.h"

#include "report/side_by_side.h"
#include "run/json_write.h"
#include "support/rounds.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const neardup_profile words = {NEARDUP_TOKENS_WORD, 5};
static const struct ndup_diff_limits everything = {SIZE_MAX, SIZE_MAX, SIZE_MAX};

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static struct ndup_buf diff(const neardup_profile *profile, const char *left, const char *right,
                            const struct ndup_diff_limits *limits)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    neardup_error err = {.message = ""};
    cr_assert(ndup_diff_json(&buf, profile, left, strlen(left), right, strlen(right), limits, NULL, &err) == NEARDUP_OK,
              "%s", err.message);
    ndup_buf_append(&buf, "", 1);
    return buf;
}

static void expect_diff(const char *left, const char *right, struct ndup_diff_limits limits, const char *expected)
{
    struct ndup_buf buf = diff(&words, left, right, &limits);
    cr_expect_str_eq(buf.data, expected);
    ndup_buf_free(&buf);
}

/* ---- literally --------------------------------------------------------------------------------------------------- */

Test(report_diff, small_texts)
{
    expect_diff("", "", everything, "[]");
    expect_diff("one two", "one two", everything, "[[\"=\",\"one two\"]]");
    expect_diff("One, two", "one two", everything, "[[\"=\",\"One, two\",\"one two\"]]");
    expect_diff("a b c", "x y", everything, "[[\"~\",\"a b c\",\"x y\"]]");
    expect_diff("the red house", "the blue house", everything,
                "[[\"=\",\"the \"],[\"~\",\"red\",\"blue\"],[\"=\",\" house\"]]");
    expect_diff("a \"b\"\n", "a \"b\"\n", everything, "[[\"=\",\"a \\\"b\\\"\\n\"]]");
}

Test(report_diff, long_shared_runs_are_left_out)
{
    static const char left[] =
        "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 X b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 b10 b11 b12 Y c0 c1 c2 c3 "
        "c4 c5 c6 c7 c8 c9";
    static const char right[] =
        "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 Z b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 b10 b11 b12 Y c0 c1 c2 c3 "
        "c4 c5 c6 c7 c8 c9";
    struct ndup_diff_limits limits = {2, 100, 1000};
    expect_diff(left, right, limits,
                "[[\"…\",8],[\"=\",\"a8 a9 \"],[\"~\",\"X\",\"Z\"],[\"=\",\" b0 b1 \"],[\"…\",22]]");
    /* Texts without a difference show their beginning. */
    expect_diff(left, left, limits, "[[\"=\",\"a0 a1 a2 a3 a4 a5 a6 a7 \"],[\"…\",27]]");
    /* Six are not worth a gap less. */
    expect_diff("a b c d e f g X", "a b c d e f g Y", limits, "[[\"=\",\"a b c d e f g \"],[\"~\",\"X\",\"Y\"]]");
}

Test(report_diff, differing_runs_are_cut)
{
    struct ndup_diff_limits limits = {2, 12, 1000};
    expect_diff("one two three four five", "", limits, "[[\"~\",\"one two\",\"\"],[\"~…\",3,0]]");
    expect_diff("abcdefghijklmnopqrstuvwxyz", "x", limits, "[[\"~\",\"\",\"x\"],[\"~…\",1,0]]");
}

Test(report_diff, the_rest_is_counted)
{
    struct ndup_diff_limits limits = {SIZE_MAX, SIZE_MAX, 8};
    expect_diff("alpha X beta Y gamma", "alpha beta gamma delta", limits,
                "[[\"=\",\"alpha \"],[\"~\",\"X \",\"\"],[\"…\",2],[\"~…\",1,1]]");
}

/* ---- for any texts ----------------------------------------------------------------------------------------------- */

struct piece {
    const char *begin;
    size_t length;
};

struct element {
    struct ndup_buf kind, text[2];
    int texts;
    uint64_t number[2];
    int numbers;
};

static const char *read_string(const char *at, struct ndup_buf *out)
{
    const char *end = at + 1;
    cr_assert(*at == '"');
    for (; *end != '"'; end++)
        end += *end == '\\';
    ndup_buf_clear(out);
    ndup_json_write_plain(out, at, (size_t)(end + 1 - at));
    return end + 1;
}

/* ["kind",value,...] */
static const char *read_element(const char *at, struct element *e)
{
    cr_assert(*at == '[', "%s", at);
    e->texts = e->numbers = 0;
    at = read_string(at + 1, &e->kind);
    while (*at == ',') {
        at++;
        cr_assert(e->texts + e->numbers < 2);
        if (*at == '"') {
            at = read_string(at, &e->text[e->texts++]);
        } else {
            char *end;
            e->number[e->numbers++] = strtoull(at, &end, 10);
            at = end;
        }
    }
    cr_assert(*at == ']', "%s", at);
    return at + 1;
}

static bool is_kind(const struct element *e, const char *kind)
{
    return e->kind.len == strlen(kind) && memcmp(e->kind.data, kind, e->kind.len) == 0;
}

static uint64_t count_tokens(const neardup_profile *profile, const char *text, size_t length)
{
    neardup_span *spans;
    size_t count;
    cr_assert(neardup_tokenise(profile, text, length, &spans, &count, NULL) == NEARDUP_OK);
    neardup_free(spans);
    return count;
}

struct totals {
    struct ndup_buf side[2];
    uint64_t tokens[2]; /* of the pieces, each by itself, and those left out */
    size_t bytes;
    bool gap;
};

static void add_piece(struct totals *t, const neardup_profile *profile, int side, const struct ndup_buf *text,
                      const char *whole)
{
    /* Pieces are in the text, in this order. */
    const char *from = whole + t->side[side].len;
    if (!t->gap)
        cr_assert(strncmp(from, text->len > 0 ? text->data : "", text->len) == 0);
    ndup_buf_append(&t->side[side], text->data, text->len);
    t->tokens[side] += count_tokens(profile, text->data, text->len);
    t->bytes += text->len;
}

static struct totals walk(const neardup_profile *profile, const char *json, const char *left, const char *right)
{
    struct totals t = {.bytes = 0};
    struct element e = {.texts = 0};
    const char *at = json;
    cr_assert(*at++ == '[');
    while (*at != ']') {
        at = read_element(at, &e);
        if (is_kind(&e, "=")) {
            cr_assert(e.texts >= 1 && e.numbers == 0);
            add_piece(&t, profile, 0, &e.text[0], left);
            add_piece(&t, profile, 1, &e.text[e.texts - 1], right);
        } else if (is_kind(&e, "~")) {
            cr_assert(e.texts == 2);
            add_piece(&t, profile, 0, &e.text[0], left);
            add_piece(&t, profile, 1, &e.text[1], right);
        } else {
            bool shared = is_kind(&e, "…");
            cr_assert(shared ? e.numbers == 1 : is_kind(&e, "~…") && e.numbers == 2);
            t.tokens[0] += e.number[0];
            t.tokens[1] += e.number[shared ? 0 : 1];
            t.gap = true;
        }
        at += *at == ',';
    }
    cr_assert_str_eq(at, "]");
    ndup_buf_free(&e.kind);
    ndup_buf_free(&e.text[0]);
    ndup_buf_free(&e.text[1]);
    return t;
}

/* Words of a small vocabulary, in several scripts; separators of all kinds. */
static void some_text(uint64_t *state, char *out, size_t count)
{
    static const char *const parts[] = {"house", "Haus",  "the", "a", "né", "東京", "ไทย", "ΑΒΓ",
                                        "x1",    "don't", "ﬁn",  "½", "😀",  "of",   "été", "İ"};
    static const char *const gaps[] = {" ", ", ", "\n", " - ", "\"", "\t", ". ", "  "};
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t r = next_random(state);
        n += (size_t)sprintf(out + n, "%s%s", parts[r % 16], gaps[(r >> 8) % 8]);
    }
    out[n] = '\0';
}

/* The text with some pieces taken out, doubled, or put into capitals. */
static void edit(uint64_t *state, const char *from, char *out)
{
    size_t n = 0;
    for (const char *at = from; *at != '\0';) {
        const char *space = strpbrk(at, " \n");
        size_t length = space != NULL ? (size_t)(space + 1 - at) : strlen(at);
        uint64_t r = next_random(state) % 20;
        for (int copies = r == 0 ? 0 : r == 1 ? 2 : 1; copies > 0; copies--) {
            memcpy(out + n, at, length);
            for (size_t i = 0; r == 2 && i < length; i++)
                out[n + i] = (char)(out[n + i] >= 'a' && out[n + i] <= 'z' ? out[n + i] - 32 : out[n + i]);
            n += length;
        }
        at += length;
    }
    out[n] = '\0';
}

static void check_texts(const neardup_profile *profile, const char *left, const char *right, uint64_t *state)
{
    struct ndup_buf json = diff(profile, left, right, &everything);
    struct totals t = walk(profile, json.data, left, right);
    cr_assert(!t.gap);
    cr_assert(t.side[0].len == strlen(left) && t.side[1].len == strlen(right));
    ndup_buf_free(&t.side[0]);
    ndup_buf_free(&t.side[1]);
    ndup_buf_free(&json);
    struct ndup_diff_limits limits = {next_random(state) % 8, next_random(state) % 60, 20 + next_random(state) % 400};
    json = diff(profile, left, right, &limits);
    t = walk(profile, json.data, left, right);
    /* Words are cut at words: nothing is counted twice, nothing is lost. */
    if (profile->tokens == NEARDUP_TOKENS_WORD) {
        cr_assert(t.tokens[0] == count_tokens(profile, left, strlen(left)), "%s\n%s", left, json.data);
        cr_assert(t.tokens[1] == count_tokens(profile, right, strlen(right)), "%s\n%s", right, json.data);
    }
    ndup_buf_free(&t.side[0]);
    ndup_buf_free(&t.side[1]);
    ndup_buf_free(&json);
}

Test(report_diff, any_texts)
{
    static const neardup_profile characters = {NEARDUP_TOKENS_CHAR, 9};
    static char left[65536], right[131072];
    uint64_t state = 42;
    printf("seed 42\n");
    for (int i = 0; i < (int)test_rounds(600); i++) {
        some_text(&state, left, next_random(&state) % 300);
        if (i % 5 == 0)
            some_text(&state, right, next_random(&state) % 300);
        else
            edit(&state, left, right);
        check_texts(i % 3 == 0 ? &characters : &words, left, right, &state);
    }
}

/* Bytes that are not UTF-8 become U+FFFD and break nothing. */
Test(report_diff, bad_bytes)
{
    uint64_t state = 1;
    char text[2][300];
    for (int i = 0; i < 500; i++) {
        size_t length[2];
        for (int side = 0; side < 2; side++) {
            length[side] = next_random(&state) % 300;
            for (size_t j = 0; j < length[side]; j++)
                text[side][j] =
                    (char)(next_random(&state) % 3 == 0 ? next_random(&state) : 'a' + next_random(&state) % 3);
        }
        struct ndup_buf buf = NDUP_BUF_INIT;
        struct ndup_diff_limits limits = {3, 20, 100};
        cr_assert(ndup_diff_json(&buf, &words, text[0], length[0], text[1], length[1], &limits, NULL, NULL) ==
                  NEARDUP_OK);
        for (size_t j = 0; j < buf.len; j++)
            cr_assert((unsigned char)buf.data[j] >= 0x20);
        ndup_buf_free(&buf);
    }
}
