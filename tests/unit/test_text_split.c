/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "text/paragraphs.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MOST 64u

struct parts {
    struct ndup_split split;
    struct ndup_span span[MOST];
    size_t count;
};

static void split(struct parts *parts, neardup_unit unit, const char *text)
{
    parts->count = 0;
    ndup_split_begin(&parts->split, unit, text, strlen(text));
    while (parts->count < MOST && ndup_split_next(&parts->split, &parts->span[parts->count]))
        parts->count++;
}

/* The parts, each in brackets; "=" before them: the rule is BLANK. */
static const char *shown(neardup_unit unit, const char *text)
{
    static char out[512];
    struct parts parts;
    split(&parts, unit, text);
    size_t n = (size_t)snprintf(out, sizeof out, "%s", parts.split.rule == NDUP_SPLIT_BLANK ? "=" : "");
    for (size_t i = 0; i < parts.count; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "[%.*s]", (int)(parts.span[i].end - parts.span[i].begin),
                              text + parts.span[i].begin);
    return out;
}

/* The text without the parts whose number is in `gone`. */
static const char *left(neardup_unit unit, const char *text, const char *gone)
{
    static char out[512];
    struct parts parts;
    struct ndup_span cut[MOST];
    bool is_gone[MOST] = {false};
    split(&parts, unit, text);
    for (; *gone != '\0'; gone++)
        is_gone[*gone - '0'] = true;
    ndup_split_cuts(&parts.split, parts.span, is_gone, parts.count, cut);
    size_t at = 0, n = 0;
    for (size_t i = 0; i < parts.count; i++) {
        n += (size_t)snprintf(out + n, sizeof out - n, "%.*s", (int)(cut[i].begin - at), text + at);
        at = cut[i].end;
    }
    snprintf(out + n, sizeof out - n, "%s", text + at);
    return out;
}

#define P NEARDUP_UNIT_PARAGRAPH
#define L NEARDUP_UNIT_LINE

Test(text_split, paragraphs_and_lines)
{
    cr_assert_str_eq(shown(P, ""), "");
    cr_assert_str_eq(shown(P, "\n"), "=");
    cr_assert_str_eq(shown(P, "a"), "[a]");
    cr_assert_str_eq(shown(P, "a\n"), "[a]");
    cr_assert_str_eq(shown(P, "a\nb"), "[a][b]");
    cr_assert_str_eq(shown(P, "a\nb\n\n"), "=[a\nb]");
    cr_assert_str_eq(shown(P, "\na\nb"), "=[a\nb]");
    cr_assert_str_eq(shown(P, "a\n\nb\nc\n \n\n\nd\n"), "=[a][b\nc][d]");
    cr_assert_str_eq(shown(P, "  a \r\n\r\nb\r\n"), "=[  a ][b]");
    cr_assert_str_eq(shown(P, "a\r\r\nb\rc\r"), "[a][b\rc\r]");
    cr_assert_str_eq(shown(P, "a\n\xC2\xA0\xE3\x80\x80\t\nb"), "=[a][b]");
    cr_assert_str_eq(shown(P, "a\n\xE2\x80\x8C\nb"), "[a][\xE2\x80\x8C][b]");
    cr_assert_str_eq(shown(P, "a\n\xE2\x80\nb"), "[a][\xE2\x80][b]");
    cr_assert_str_eq(shown(P, "a\nb\n  "), "=[a\nb]");
    cr_assert_str_eq(shown(L, "a\n\nb \n c\n"), "[a][b ][ c]");
    cr_assert_str_eq(shown(L, "\r\n\r\n"), "");
}

/* A line of white space only is blank, whichever white space: otherwise the paragraphs of Chinese pages, which indent with
 * ideographic spaces, would merge. */
Test(text_split, blank_lines_of_any_white_space)
{
    static const char *const spaces[] = {
        "",
        " ",
        "\t",
        "\v",
        "\f",
        "\r",
        "\r\r",
        "\xC2\x85",                /* NEL */
        "\xC2\xA0",                /* no-break space */
        "\xE1\x9A\x80",            /* ogham space */
        "\xE2\x80\x80",            /* en quad, the first of the spaces of set widths */
        "\xE2\x80\x89",            /* thin space */
        "\xE2\x80\x8A",            /* hair space */
        "\xE2\x80\x8B",            /* zero width space */
        "\xE2\x80\xA8",            /* line separator */
        "\xE2\x80\xA9",            /* paragraph separator */
        "\xE2\x80\xAF",            /* narrow no-break space */
        "\xE2\x81\x9F",            /* mathematical space */
        "\xE3\x80\x80",            /* ideographic space */
        "\xEF\xBB\xBF",            /* byte order mark */
        "\xE3\x80\x80 \xC2\xA0\r", /* some of them */
    };
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        for (unsigned times = 1; times <= 3; times++) {
            char text[64] = "a b\n";
            for (unsigned k = 0; k < times; k++)
                strcat(text, spaces[i]);
            strcat(text, "\nc\nd");
            cr_expect_str_eq(shown(P, text), "=[a b][c\nd]", "white space %zu, %u times", i, times);
            cr_expect_str_eq(shown(L, text), "[a b][c][d]", "white space %zu, %u times", i, times);
        }
    cr_expect_str_eq(shown(P, "a\n\xE3\x80\x80\xE3\x80\x80\nb\nc"), "=[a][b\nc]");
    cr_expect_str_eq(shown(P, "a\r\n\r\nb\r\nc"), "=[a][b\r\nc]");
}

/* Other invisible characters, and cut off white space, do not make a blank line. */
Test(text_split, lines_that_look_blank)
{
    static const char *const marks[] = {
        "\xE2\x80\x8C",  "\xE2\x80\x8D", "\xE2\x80\xAE", /* joiners, an override */
        "\xE3\x80\x81",  "\xE3\x80",     "\xC2",         /* an ideographic comma, cut off characters */
        "\xC2\xAD",      "\xE2\x80",     "-",            /* soft hyphen */
        "\xE3\x80\x80x",
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        char text[64], wanted[64];
        snprintf(text, sizeof text, "a\n%s\nb", marks[i]);
        snprintf(wanted, sizeof wanted, "[a][%s][b]", marks[i]);
        cr_expect_str_eq(shown(P, text), wanted, "mark %zu", i);
    }
}

/* Lines end in LF or CR LF. All other line ends of Unicode stay inside a line, so that nothing is cut there. */
Test(text_split, line_ends)
{
    cr_expect_str_eq(shown(P, "a\rb\r\rc"), "[a\rb\r\rc]");
    cr_expect_str_eq(shown(P, "a\xE2\x80\xA9\xE2\x80\xA9"
                              "b"),
                     "[a\xE2\x80\xA9\xE2\x80\xA9"
                     "b]");
    cr_expect_str_eq(shown(P, "a\xC2\x85\xC2\x85"
                              "b\vc\fd"),
                     "[a\xC2\x85\xC2\x85"
                     "b\vc\fd]");
    cr_expect_str_eq(shown(L, "a\r\nb\r\r\nc\rd\n"), "[a][b][c\rd]");
    cr_expect_str_eq(shown(P, "\xE3\x80\x80"
                              "a\n\xE3\x80\x80"
                              "b"),
                     "[\xE3\x80\x80"
                     "a][\xE3\x80\x80"
                     "b]");
}

Test(text_split, what_is_left_reads_naturally)
{
    cr_assert_str_eq(left(P, "A\n\nB\n\nC\n", "1"), "A\n\nC\n");
    cr_assert_str_eq(left(P, "A\n\nB\n\nC\n", "2"), "A\n\nB\n");
    cr_assert_str_eq(left(P, "A\n\nB\n\nC\n", "0"), "B\n\nC\n");
    cr_assert_str_eq(left(P, "A\n\nB\n\nC\n", "12"), "A\n");
    cr_assert_str_eq(left(P, "A\n\nB\n\nC\n", "01"), "C\n");
    cr_assert_str_eq(left(P, "A\n\nB\n\nC\n", "012"), "\n");
    cr_assert_str_eq(left(P, "A\n\nB\n\nC", "2"), "A\n\nB");
    cr_assert_str_eq(left(P, "\n\nA\n\n\nB\n\nC\n\n", "02"), "\n\nB\n\n");
    cr_assert_str_eq(left(P, "A\nB\nC\n", "1"), "A\nC\n");
    cr_assert_str_eq(left(L, "A\n\nB\n\nC\n", "02"), "B\n");
}

Test(text_split, one_paragraph_of_several_lines_stays_one)
{
    cr_assert_str_eq(left(P, "A\n\nB\nb\n\nC\n", "02"), "B\nb\n\n");
    cr_assert_str_eq(left(P, "A\n\nB\nb\n\nC", "02"), "B\nb\n\n");
    cr_assert_str_eq(left(P, "A\n\n \nB\nb\n", "0"), " \nB\nb\n");
    cr_assert_str_eq(left(P, "A\n\nB\nb\n\n", "0"), "B\nb\n\n");
    cr_assert_str_eq(left(P, "\nA\n\nB\nb", "0"), "\nB\nb");
    cr_assert_str_eq(left(P, "B\r\nb\r\n\r\nC\r\n\r\nD\r\n", "12"), "B\r\nb\r\n\r\n");
}

/* Echoes as "first=line tokens", lines by their bytes. */
static const char *echoes(neardup_tokens kind, const char *bytes, size_t *tokens)
{
    static char out[512];
    const neardup_profile profile = {kind, 3};
    struct ndup_text *text;
    struct ndup_part *part;
    struct ndup_part_tokens got;
    cr_assert(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
    cr_assert(ndup_part_create(&part, NULL) == NEARDUP_OK);
    cr_assert(ndup_part_tokenise(part, text, bytes, strlen(bytes), true, NDUP_KEYED, &got, NULL) == NEARDUP_OK);
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < got.echo_count; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%zu-%zu=%zu-%zu %zu, ", got.echoes[i].first.begin,
                              got.echoes[i].first.end, got.echoes[i].line.begin, got.echoes[i].line.end,
                              got.echoes[i].tokens);
    *tokens = got.count;
    ndup_part_destroy(part);
    ndup_text_destroy(text);
    return out;
}

Test(text_part, echoes)
{
    size_t tokens;
    cr_assert_str_eq(echoes(NEARDUP_TOKENS_WORD, "credit\ncredit\ncredit", &tokens), "0-6=7-13 1, 0-6=14-20 1, ");
    cr_assert_eq(tokens, 1);
    cr_assert_str_eq(echoes(NEARDUP_TOKENS_CHAR, "ab c\r\nAB, C\r\nd", &tokens), "0-4=6-11 4, ");
    cr_assert_eq(tokens, 6);
    cr_assert_str_eq(echoes(NEARDUP_TOKENS_WORD, "a\n---\na\nb\na\n", &tokens), "0-1=6-7 1, ");
    cr_assert_eq(tokens, 3);
    cr_assert_str_eq(echoes(NEARDUP_TOKENS_WORD, "it's so\nit\xE2\x80\x99s so\nit is so", &tokens), "0-7=8-17 3, ");
    cr_assert_eq(tokens, 6);
    cr_assert_str_eq(echoes(NEARDUP_TOKENS_WORD, "a b\na c\na b", &tokens), "");
    cr_assert_eq(tokens, 6);
    cr_assert_str_eq(echoes(NEARDUP_TOKENS_WORD, "", &tokens), "");
    cr_assert_eq(tokens, 0);
}
