/* SPDX-License-Identifier: MIT
 * Splitting, cutting and tokenising parts: what must hold for any text. */
#include "base/platform.h"

#include "text/paragraphs.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 512u

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

struct parts {
    struct ndup_split split;
    struct ndup_span span[MOST];
    size_t count;
};

static void split(struct parts *parts, neardup_unit unit, const char *text, size_t length)
{
    struct ndup_span part;
    parts->count = 0;
    ndup_split_begin(&parts->split, unit, text, length);
    while (ndup_split_next(&parts->split, &part)) {
        cr_assert(parts->count < MOST && part.begin < part.end && part.end <= length);
        parts->span[parts->count++] = part;
    }
}

static size_t cut_out(const char *text, size_t length, const struct ndup_span *cut, size_t count, char *out)
{
    size_t at = 0, n = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(out + n, text + at, cut[i].begin - at);
        n += cut[i].begin - at;
        at = cut[i].end;
    }
    memcpy(out + n, text + at, length - at);
    return n + length - at;
}

/* Fragments that newlines, blank lines and characters are made of. */
static size_t some_text(uint64_t *state, size_t pieces, char *out)
{
    static const char *const pool[] = {
        "\n",
        "\n",
        "\n\n",
        "\r\n",
        "\r\n",
        "\r\n\r\n",
        "\r",
        " ",
        "\t",
        "  ",
        "\xC2\xA0",
        "a",
        "b",
        "credit",
        "Credit",
        "it\xE2\x80\x99s",
        "it's",
        "\xEF\xBB\xBF",
        "\xE2\x80\x8B",
        "\xE2\x80\xA8",
        "c d",
        "\xC3\xA4x",
        "a\xCC\x88x",
        "\xFF",
        "\xE2\x80",
        "\xC2",
        "\x85",
        "-",
        "\xE4\xB8\xAD\xE6\x96\x87",
        "\xE2\x80\x94",
        "\xD0\xB6\xD0\xB0",
        "credit\ncredit\n",
        "\xE2\x80\x9C",
        "\xCC\x81",
        "photo by x\n",
        "\f",
        "\v",
        "\xE2\x80\x97",
    };
    size_t n = 0;
    /* Texts of few different fragments have the rare cases. */
    size_t kinds = 2 + next_random(state) % 7;
    const char *chosen[8];
    for (size_t k = 0; k < kinds; k++)
        chosen[k] = pool[next_random(state) % (sizeof pool / sizeof pool[0])];
    for (size_t i = 0; i < pieces; i++) {
        uint64_t r = next_random(state);
        const char *piece = r % 4 == 0 ? "\n" : chosen[(r >> 8) % kinds];
        memcpy(out + n, piece, strlen(piece));
        n += strlen(piece);
    }
    return n;
}

static void expect_ranges(const struct parts *parts, const struct ndup_span *cut, const bool *gone)
{
    size_t at = 0;
    for (size_t i = 0; i < parts->count; i++) {
        cr_assert(cut[i].begin >= at && cut[i].end >= cut[i].begin, "range %zu", i);
        if (gone[i])
            cr_assert(cut[i].begin <= parts->span[i].begin && cut[i].end >= parts->span[i].end, "range %zu", i);
        else
            cr_assert_eq(cut[i].begin, cut[i].end);
        at = cut[i].end;
    }
}

static void expect_left(const struct parts *before, const bool *gone, const struct parts *after)
{
    size_t k = 0;
    for (size_t i = 0; i < before->count; i++) {
        if (gone[i])
            continue;
        cr_assert(k < after->count, "a part is missing");
        size_t n = before->span[i].end - before->span[i].begin;
        cr_assert_eq(after->span[k].end - after->span[k].begin, n);
        cr_assert(memcmp(before->split.text + before->span[i].begin, after->split.text + after->span[k].begin, n) == 0);
        k++;
    }
    cr_assert_eq(after->count, k);
    bool one_line = k == 1 && memchr(after->split.text + after->span[0].begin, '\n',
                                     after->span[0].end - after->span[0].begin) == NULL;
    if (k > 0 && !one_line)
        cr_assert_eq(before->split.rule, after->split.rule);
}

Test(text_parts, what_is_cut_leaves_the_other_parts_as_they_were)
{
    static struct parts before, after;
    static char text[8192], left[8192];
    static struct ndup_span cut[MOST];
    static bool gone[MOST];
    uint64_t state = 21;
    printf("seed %llu\n", (unsigned long long)state);
    for (int run = 0; run < 60000; run++) {
        neardup_unit unit = run % 2 == 0 ? NEARDUP_UNIT_PARAGRAPH : NEARDUP_UNIT_LINE;
        size_t n = some_text(&state, next_random(&state) % 30, text);
        split(&before, unit, text, n);
        uint64_t share = 1 + next_random(&state) % 8;
        for (size_t i = 0; i < before.count; i++)
            gone[i] = next_random(&state) % 9 < share;
        ndup_split_cuts(&before.split, before.span, gone, before.count, cut);
        expect_ranges(&before, cut, gone);
        size_t m = cut_out(text, n, cut, before.count, left);
        split(&after, unit, left, m);
        expect_left(&before, gone, &after);
    }
}

/* ---- tokens ---- */

struct tokens {
    uint64_t hash[16384];
    size_t count;
    bool invalid;
};

static void plain(struct ndup_text *text, const char *bytes, size_t n, struct tokens *out)
{
    struct ndup_tokens tokens;
    cr_assert(ndup_text_tokenise(text, bytes, n, false, &tokens, NULL) == NEARDUP_OK && tokens.count <= 16384);
    out->count = tokens.count;
    out->invalid = tokens.invalid_utf8;
    if (tokens.count > 0)
        memcpy(out->hash, tokens.hash, tokens.count * sizeof tokens.hash[0]);
}

static bool same(const struct tokens *a, const uint64_t *hash, size_t count)
{
    return a->count == count && (count == 0 || memcmp(a->hash, hash, count * sizeof *hash) == 0);
}

/* Echoes by the words of the header: every line tokenised alone, against the last line with a token. */
static size_t naive_echoes(struct ndup_text *text, const char *bytes, size_t n, struct ndup_echo *echoes)
{
    static struct tokens last, now;
    struct ndup_span first = {0, 0};
    size_t count = 0;
    last.count = 0;
    for (size_t at = 0; at < n;) {
        size_t next = at;
        while (next < n && bytes[next] != '\n')
            next++;
        size_t end = next;
        while (next < n && end > at && bytes[end - 1] == '\r')
            end--;
        plain(text, bytes + at, end - at, &now);
        if (now.count > 0 && same(&last, now.hash, now.count)) {
            echoes[count++] = (struct ndup_echo){first, {at, end}, now.count};
        } else if (now.count > 0) {
            last = now;
            first = (struct ndup_span){at, end};
        }
        at = next + 1;
    }
    return count;
}

static size_t without_echoes(const char *bytes, size_t n, const struct ndup_echo *echoes, size_t count, char *out)
{
    size_t at = 0, m = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(out + m, bytes + at, echoes[i].line.begin - at);
        m += echoes[i].line.begin - at;
        const char *newline = memchr(bytes + echoes[i].line.end, '\n', n - echoes[i].line.end);
        at = newline != NULL ? (size_t)(newline - bytes) + 1 : n;
    }
    memcpy(out + m, bytes + at, n - at);
    return m + n - at;
}

static void expect_tokens(struct ndup_part *part, struct ndup_text *text, const char *bytes, size_t n)
{
    static struct tokens expected;
    static struct ndup_echo echoes[4096];
    static char left[8192];
    struct ndup_part_tokens got;
    size_t count = naive_echoes(text, bytes, n, echoes);
    plain(text, bytes, n, &expected);
    bool invalid = expected.invalid;
    size_t m = without_echoes(bytes, n, echoes, count, left);
    plain(text, left, m, &expected);
    cr_assert(ndup_part_tokenise(part, text, bytes, n, true, NDUP_KEYED, &got, NULL) == NEARDUP_OK);
    cr_assert(same(&expected, got.hash, got.count), "%.*s", (int)n, bytes);
    cr_assert_eq(got.invalid_utf8, invalid);
    cr_assert_eq(got.echo_count, count);
    for (size_t i = 0; i < count; i++)
        cr_assert(memcmp(&echoes[i], &got.echoes[i], sizeof echoes[i]) == 0, "echo %zu", i);
    /* Without its echoes, a part has none. */
    cr_assert(ndup_part_tokenise(part, text, left, m, true, NDUP_KEYED, &got, NULL) == NEARDUP_OK);
    cr_assert_eq(got.echo_count, 0);
    cr_assert(same(&expected, got.hash, got.count));
    /* They count if nobody asks for them. */
    plain(text, bytes, n, &expected);
    cr_assert(ndup_part_tokenise(part, text, bytes, n, false, NDUP_KEYED, &got, NULL) == NEARDUP_OK);
    cr_assert(got.echo_count == 0 && same(&expected, got.hash, got.count));
}

Test(text_parts, tokens_are_those_of_the_part_without_its_echoes)
{
    static char bytes[8192];
    uint64_t state = 22;
    struct ndup_part *part;
    printf("seed %llu\n", (unsigned long long)state);
    cr_assert(ndup_part_create(&part, NULL) == NEARDUP_OK);
    for (int kind = 0; kind < 2; kind++) {
        const neardup_profile profile = {kind == 0 ? NEARDUP_TOKENS_WORD : NEARDUP_TOKENS_CHAR, 3};
        struct ndup_text *text;
        cr_assert(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
        for (int run = 0; run < 20000; run++) {
            size_t n = some_text(&state, next_random(&state) % 30, bytes);
            expect_tokens(part, text, bytes, n);
        }
        ndup_text_destroy(text);
    }
    ndup_part_destroy(part);
}

/* Lines that differ in one place only, or in form only, all the way along their first words. */
Test(text_parts, lines_are_told_apart_wherever_they_differ)
{
    static const char *const forms[] = {"a", "A",        "\xC3\xA4", "a\xCC\x88", "-", " ", "\xE2\x80\x99",
                                        "7", "\xC2\xAD", "b"};
    static char bytes[256];
    const neardup_profile profile = {NEARDUP_TOKENS_WORD, 3};
    struct ndup_text *text;
    struct ndup_part *part;
    cr_assert(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
    cr_assert(ndup_part_create(&part, NULL) == NEARDUP_OK);
    for (size_t place = 0; place < 12; place++) {
        for (size_t pair = 0; pair < 100; pair++) {
            for (size_t rest = 0; rest < 4; rest++) {
                int n = snprintf(bytes, sizeof bytes, "%.*s%s%.*s\n%.*s%s%.*s", (int)place, "elevenwordsmany",
                                 forms[pair / 10], (int)rest, "xyz", (int)place, "elevenwordsmany", forms[pair % 10],
                                 (int)rest, "xyz");
                expect_tokens(part, text, bytes, (size_t)n);
            }
        }
    }
    ndup_part_destroy(part);
    ndup_text_destroy(text);
}
