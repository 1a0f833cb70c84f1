/* SPDX-License-Identifier: MIT
 * Paragraphs taken apart: where a sentence ends, and where it must not. */
#include "base/platform.h"

#include "text/sentences.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* The sentences, each in brackets; "!" before one that is a lead. They must follow each other without a gap. */
static const char *shown(const char *text)
{
    static char out[2048];
    struct ndup_sentences sentences = {0};
    size_t n = 0, at = 0;
    cr_assert(ndup_sentences_find(&sentences, text, strlen(text)));
    for (size_t i = 0; i < sentences.count; i++) {
        const struct ndup_sentence *s = &sentences.list[i];
        cr_assert_eq(s->begin, at);
        cr_assert_gt(s->end, s->begin);
        at = s->end;
        n += (size_t)snprintf(out + n, sizeof out - n, "%s[%.*s]", s->lead ? "!" : "", (int)(s->end - s->begin),
                              text + s->begin);
    }
    cr_assert_eq(at, strlen(text));
    ndup_sentences_free(&sentences);
    cr_assert(sentences.list == NULL && sentences.count == 0, "ready to be used again");
    return out;
}

#define SHOWS(text, expected) cr_expect_str_eq(shown(text), expected)

Test(text_sentences, prose)
{
    SHOWS("One is here. Two is there! Is three? Yes.", "[One is here. ][Two is there! ][Is three? ][Yes.]");
    SHOWS("No end at all", "[No end at all]");
    SHOWS("Over two\nlines. And over\nthree\nmore. ", "[Over two\nlines. ][And over\nthree\nmore. ]");
    SHOWS("The rate was low.  In 2016 it rose.", "[The rate was low.  ][In 2016 it rose.]");
    SHOWS("He said \"stop it.\" She went on.", "[He said \"stop it.\" ][She went on.]");
    SHOWS("(This is one.) This is two.", "[(This is one.) ][This is two.]");
    SHOWS("It is **bold.** So is this.", "[It is **bold.** ][So is this.]");
    SHOWS("Call `free(x)`. Then return.", "[Call `free(x)`. ][Then return.]");
}

Test(text_sentences, no_end_of_a_sentence)
{
    SHOWS("Ask Dr. Smith or J. Jones of the U.S. Senate.", "[Ask Dr. Smith or J. Jones of the U.S. Senate.]");
    SHOWS("See fig. 3. and version 2.0 of it.", "[See fig. 3. and version 2.0 of it.]");
    SHOWS("It ended etc. and went on.", "[It ended etc. and went on.]");
    SHOWS("A list (one thing. Another thing) of things.", "[A list (one thing. Another thing) of things.]");
    SHOWS("[A link. With a stop](https://example.org/a.B) here.",
          "[[A link. With a stop](https://example.org/a.B) here.]");
    SHOWS("He said: \"It is. It was.\"", "[He said: \"It is. It was.\"]");
    SHOWS("**All bold. To the end.**", "[**All bold. To the end.**]");
    SHOWS("`a. B` is code.", "[`a. B` is code.]");
    SHOWS("See <https://example.org/?A> now. Then go.", "[See <https://example.org/?A> now. ][Then go.]");
    SHOWS("in 1999. \xef\xbf\xbd I-2 goes on. \xe2\x80\x93 Not yet.",
          "[in 1999. \xef\xbf\xbd I-2 goes on. \xe2\x80\x93 Not yet.]");
}

Test(text_sentences, scripts_without_spaces)
{
    SHOWS("\xe4\xbb\x8a\xe5\xa4\xa9\xe3\x80\x82\xe6\x98\x8e\xe5\xa4\xa9\xef\xbc\x9f",
          "[\xe4\xbb\x8a\xe5\xa4\xa9\xe3\x80\x82][\xe6\x98\x8e\xe5\xa4\xa9\xef\xbc\x9f]");
    /* A quotation ends before the sentence does. */
    SHOWS("\xe3\x80\x8c\xe4\xbb\x8a\xe3\x80\x82\xe6\x98\x8e\xe3\x80\x82\xe3\x80\x8d\xe5\xa4\xa9",
          "[\xe3\x80\x8c\xe4\xbb\x8a\xe3\x80\x82\xe6\x98\x8e\xe3\x80\x82\xe3\x80\x8d][\xe5\xa4\xa9]");
    SHOWS("\xd0\x94\xd0\xb0 \xd1\x8d\xd1\x82\xd0\xbe. \xd0\x9d\xd0\xb5\xd1\x82.",
          "[\xd0\x94\xd0\xb0 \xd1\x8d\xd1\x82\xd0\xbe. ][\xd0\x9d\xd0\xb5\xd1\x82.]");
}

Test(text_sentences, lists)
{
    SHOWS("- one\n- two\n  goes on\n- three", "[- one\n][- two\n  goes on\n][- three]");
    SHOWS("* one\n    * under one\n* two", "[* one\n    * under one\n][* two]");
    SHOWS("1. first. It has two.\n2) second\n10. tenth", "[1. first. It has two.\n][2) second\n][10. tenth]");
    SHOWS("\xe2\x80\xa2 one\n\xe2\x80\xa2 two\nlazy", "[\xe2\x80\xa2 one\n][\xe2\x80\xa2 two\nlazy]");
    SHOWS("The winners are:\n- Ann\n- Bob", "![The winners are:\n][- Ann\n][- Bob]");
    SHOWS("### Virtual\n* one\n### Europe\n* two", "![### Virtual\n][* one\n]![### Europe\n][* two]");
    SHOWS("- [ ] to do\n- [x] done", "[- [ ] to do\n][- [x] done]");
    SHOWS("-5 degrees. And more.\n-6 degrees", "[-5 degrees. And more.\n-6 degrees]"); /* signs, no markers */
}

Test(text_sentences, markers)
{
    SHOWS("(1) one\n(2) two", "[(1) one\n][(2) two]");
    SHOWS("a) one\n(b) two", "[a) one\n][(b) two]");
    SHOWS("\t- one\n\t- two", "[\t- one\n][\t- two]");
    SHOWS("-\tone\n-\ttwo", "[-\tone\n][-\ttwo]");
    /* None of these is a marker. */
    SHOWS("(1. one is. So\n(2. two", "[(1. one is. So\n(2. two]");
    SHOWS("1234567890) one\n1234567891) two", "[1234567890) one\n1234567891) two]");
    SHOWS("1)\n2)", "[1)\n2)]");
    SHOWS("1\n2", "[1\n2]");
    SHOWS("a\nb", "[a\nb]");
    SHOWS("(", "[(]");
    SHOWS("-\n- x", "![-\n][- x]");
    SHOWS("ab) one. Two\nab) three", "[ab) one. ][Two\nab) three]");
}

Test(text_sentences, headings)
{
    SHOWS("# One. Two\nThree. Four", "![# One. Two\n][Three. ][Four]");
    SHOWS("###### One\nTwo", "![###### One\n][Two]");
    SHOWS("####### One. Two\nThree", "[####### One. Two\nThree]"); /* seven */
    SHOWS("#One. Two", "[#One. Two]");
    SHOWS("#", "[#]");
    SHOWS("#\tOne. Two", "[#\tOne. Two]");
    SHOWS("- one\n# Two\n- three", "[- one\n]![# Two\n][- three]");
}

Test(text_sentences, signs)
{
    SHOWS("If one < below. Then three <", "[If one < below. ][Then three <]");
    SHOWS("A <b>bold. Word</b> here.", "[A <b>bold. Word</b> here.]");
    SHOWS("It is `alpha.` So it is.", "[It is `alpha.` ][So it is.]");
    SHOWS("A {set. Of} two. B.", "[A {set. Of} two. ][B.]");
    SHOWS("Gracias. \xc2\xbfNo? S\xc3\xad.", "[Gracias. ][\xc2\xbfNo? ][S\xc3\xad.]");
    SHOWS("It is so. \xc2\xa9 2020 by me.", "[It is so. \xc2\xa9 2020 by me.]");
    SHOWS("It is so. \xe2\x80\x9cYes.\xe2\x80\x9d So?", "[It is so. ][\xe2\x80\x9cYes.\xe2\x80\x9d ][So?]");
    SHOWS("It is so.\xc3\x89t\xc3\xa9.", "[It is so.\xc3\x89t\xc3\xa9.]");   /* no space */
    SHOWS("See vol. nine? 4 more came.", "[See vol. nine? ][4 more came.]"); /* the number is not that of the volume */
    SHOWS("Vol. 3. Then (4) more. (Five.)", "[Vol. 3. Then (4) more. ][(Five.)]");
}

/* A text is a piece of a larger one: what follows it does not count. */
Test(text_sentences, what_follows_the_text)
{
    static const char text[] =
        "In prose.\n   - one \n  - two\n   \n# Head \n(1) a. B (c) d.\n ## no\n```x```\n[a]: b \n\t12) **c.** "
        "d <e> f</g> | h\n| i. J |";
    for (size_t n = 0; n < sizeof text; n++) {
        struct ndup_sentences inside = {0}, alone = {0};
        char copy[sizeof text] = "";
        memcpy(copy, text, n);
        cr_assert(ndup_sentences_find(&inside, text, n) && ndup_sentences_find(&alone, copy, n));
        cr_assert_eq(inside.count, alone.count, "%zu bytes", n);
        for (size_t i = 0; i < inside.count; i++)
            cr_assert(inside.list[i].begin == alone.list[i].begin && inside.list[i].end == alone.list[i].end &&
                          inside.list[i].lead == alone.list[i].lead,
                      "%zu bytes", n);
        ndup_sentences_free(&inside);
        ndup_sentences_free(&alone);
    }
}

Test(text_sentences, blocks_that_are_not_taken_apart)
{
    SHOWS("```sh\nmake. Then go.\n```", "[```sh\nmake. Then go.\n```]");
    SHOWS("~~~\nmake. Then go.\n~~~", "[~~~\nmake. Then go.\n~~~]");
    SHOWS("Run. This:\n  ```\n  make. Now.\n  ```", "[Run. This:\n  ```\n  make. Now.\n  ```]");
    SHOWS("    # int x. Is y.", "[    # int x. Is y.]");
    SHOWS("    int x. Is y.\n    int z.", "[    int x. Is y.\n    int z.]");
    SHOWS("<p>One is. Two is.</p>", "[<p>One is. Two is.</p>]");
    SHOWS("| a. B | c |\n|---|---|\n| d. E | f |", "[| a. B | c |\n|---|---|\n| d. E | f |]");
    SHOWS("> Quoted is. So is\n> this. And this.", "[> Quoted is. So is\n> this. And this.]");
    SHOWS("// One is. Two is.\n// Three is.", "[// One is. Two is.\n// Three is.]");
    SHOWS("Type: String\nRequired: False\nPosition: 0", "[Type: String\nRequired: False\nPosition: 0]");
    SHOWS("The table. It is:\n| a | b |\n| c | d |", "[The table. ][It is:\n][| a | b |\n| c | d |]");
}

Test(text_sentences, definitions)
{
    SHOWS("[a]: https://example.org\n[b]: <x> \"Title. Two\"", "[[a]: https://example.org\n][[b]: <x> \"Title. Two\"]");
    struct ndup_span label;
    cr_expect(ndup_is_definition("[a b]: x", 8, &label) && label.begin == 1 && label.end == 4);
    cr_expect(ndup_is_definition("   [^1]: note", 13, &label) && label.begin == 4 && label.end == 6);
    cr_expect(ndup_is_definition("*[HTML]: language", 17, &label) && label.begin == 2);
    cr_expect_not(ndup_is_definition("    [a]: code", 13, &label));
    cr_expect_not(ndup_is_definition("[a] : x", 7, &label));
    cr_expect_not(ndup_is_definition("[a]:", 4, &label));
    cr_expect_not(ndup_is_definition("[]: x", 5, &label));
    cr_expect_not(ndup_is_definition("see [a]: x", 10, &label));
    cr_expect_not(ndup_is_definition("[a", 2, &label));
    cr_expect_not(ndup_is_definition("[a]", 3, &label));
    cr_expect_not(ndup_is_definition("[a]: \t ", 7, &label));
    cr_expect_not(ndup_is_definition("[a[b]]: x", 9, &label));
    cr_expect_not(ndup_is_definition("*", 1, &label));
    cr_expect_not(ndup_is_definition("", 0, &label));
    char long_label[1100];
    for (size_t inside = 998; inside <= 1000; inside++) { /* CommonMark allows 999 */
        memset(long_label, 'x', sizeof long_label);
        long_label[0] = '[';
        memcpy(long_label + 1 + inside, "]: y", 4);
        cr_expect_eq(ndup_is_definition(long_label, inside + 5, &label), inside <= 999, "%zu", inside);
    }
}

Test(text_sentences, labels)
{
    static const char text[] = "[One][A], [b], ![pic][] and [nested [c]][D e].\n[f]: x\n  [g]: y [h]\nno [i]: here";
    static const char *const expected[] = {"One", "A", "b", "pic", "c", "D e", "h", "i"};
    struct ndup_span label;
    size_t at = 0, n = 0;
    while (ndup_next_label(text, sizeof text - 1, &at, &label)) {
        cr_assert_lt(n, 8);
        cr_expect_eq(label.end - label.begin, strlen(expected[n]));
        cr_expect_eq(memcmp(text + label.begin, expected[n], strlen(expected[n])), 0, "%s", expected[n]);
        n++;
    }
    cr_expect_eq(n, 8);
    cr_expect_eq(ndup_label_hash("Foo  \n Bar", 10), ndup_label_hash(" foo bar ", 9));
    cr_expect_neq(ndup_label_hash("foobar", 6), ndup_label_hash("foo bar", 7));
    cr_expect_eq(ndup_label_hash("foo bar ", 8), ndup_label_hash("foo\tbar", 7));
    char a[1200], b[1200]; /* what is beyond the longest label does not count */
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    b[1100] = 'y';
    cr_expect_eq(ndup_label_hash(a, sizeof a), ndup_label_hash(b, sizeof b));
    a[999] = b[999] = ' ';
    cr_expect_eq(ndup_label_hash(a, sizeof a), ndup_label_hash(b, sizeof b));
}
