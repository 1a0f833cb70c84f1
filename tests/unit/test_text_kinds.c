/* SPDX-License-Identifier: MIT
 * Kinds of texts: HTML, scripts without spaces, short texts, and the shares that decide for a corpus. */
#include "base/platform.h"

#include "text/kinds.h"

#include <criterion/criterion.h>
#include <string.h>

static bool is_html(const char *text)
{
    return ndup_text_is_html(text, strlen(text));
}

Test(text_kinds, html)
{
    static const char *const pages[] = {
        "<html><body><p>Some words&nbsp;here</p></body></html>",
        "<P CLASS=\"x\">One</P>\n<BR>two",
        "<!DOCTYPE html>\n<html><head><script>a < b; c = \"many words in a script, and no tag\"</script>text, text, "
        "text, text",
        "<div><!-- a comment that is longer than the three tags --><p>words, words, words, words, words, words</p>",
        "<style>p { margin: 0 } and so on and so on and so on</style><p>",
        "\n<p>One paragraph that is so long that a tenth of this text is not markup, because editors write such "
        "texts</p>"
        "<p>and another one, which is just as long and does not have more of it, up to the end of the text.</p>\n",
        "<b>cut</b> text <a href=\"http://example.com/without/an/end",
    };
    static const char *const others[] = {
        "A page of which <b>only</b> the first <b>paragraph</b> has tags, and then there are some sentences without "
        "any, "
        "as in "
        "the file that explains a project, with a picture at its top, and then nothing but text up to its end.",
        "",
        "<",
        "<<<<<<<<< a <b",
        "Write <b>, and then many words about it: a < b, b > c, R&D; and so on and so on.",
        "std::map<std::string, std::vector<int>> m; std::vector<object> v; if (a <b && c> d) f<T>();",
        "<record><title>One of three</title></record>",
        "<!-- only a comment, which many languages have in their documentation -->",
        "<pp>one<pp>two<pp>three<divided>",
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        cr_expect(is_html(pages[i]), "%s", pages[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect(!is_html(others[i]), "%s", others[i]);
}

/* Three tags in a long text: a tenth of its bytes decides, or that it begins with one. */
Test(text_kinds, a_text_about_html_is_none)
{
    char text[4000];
    memset(text, 'x', sizeof text);
    memcpy(text + 1, "<p><p><p>", 9);
    cr_expect(!ndup_text_is_html(text, sizeof text));
    cr_expect(ndup_text_is_html(text, 90));
    cr_expect(!ndup_text_is_html(text, 91));
    cr_expect(ndup_text_is_html(text + 1, sizeof text - 1), "begins with a tag");
    cr_expect(!ndup_text_is_html(text + 4, sizeof text - 4), "two tags");
    memcpy(text + 1, "<script>", 8); /* what is in a script is markup, to the end of the window */
    memcpy(text + 3000, "<p><p>", 6);
    cr_expect(!ndup_text_is_html(text, sizeof text), "tags after the window");
    memcpy(text + 1, "<p><p><script>", 14);
    cr_expect(ndup_text_is_html(text, sizeof text));
}

static enum ndup_script script(const char *text)
{
    return ndup_text_script(text, strlen(text));
}

Test(text_kinds, scripts)
{
    cr_expect_eq(script("\xe4\xbb\xb0\xe5\xb9\xbd\xe5\xb2\xa9 ok"), NDUP_SCRIPT_HAN);
    cr_expect_eq(script("\xf0\xa0\x80\x80\xf0\xa0\x80\x81"), NDUP_SCRIPT_HAN);
    cr_expect_eq(script("\xe3\x81\x82"), NDUP_SCRIPT_HAN);
    cr_expect_eq(script("\xe0\xb8\x81\xe0\xb8\x82\xe0\xb8\x84 ok"), NDUP_SCRIPT_CLOSED);
    cr_expect_eq(script("\xe1\x80\x80\xe1\x80\x81"), NDUP_SCRIPT_CLOSED, "Burmese");
    cr_expect_eq(script("\xe1\x9e\x80\xe1\x9e\x81"), NDUP_SCRIPT_CLOSED, "Khmer");
    cr_expect_eq(script("\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4"), NDUP_SCRIPT_SPACED, "Korean");
    cr_expect_eq(script("\xe0\xa4\xb9\xe0\xa4\xbf"), NDUP_SCRIPT_SPACED, "Devanagari");
    cr_expect_eq(script("\xe2\x80\x94\xe2\x80\xa6"), NDUP_SCRIPT_SPACED, "punctuation");
    cr_expect_eq(script("many words and one \xe4\xbb\xb0"), NDUP_SCRIPT_SPACED);
    cr_expect_eq(script(""), NDUP_SCRIPT_SPACED);
    cr_expect_eq(script("\xe4"), NDUP_SCRIPT_SPACED);
    cr_expect_eq(ndup_text_script(NULL, 0), NDUP_SCRIPT_SPACED);
}

/* A Latin address before a Chinese text, and the other way round. */
Test(text_kinds, the_middle_decides)
{
    char text[1500];
    for (size_t i = 0; i < sizeof text; i += 3)
        memcpy(text + i, "\xe4\xbb\xb0", 3);
    memset(text, 'a', 600);
    cr_expect_eq(ndup_text_script(text, sizeof text), NDUP_SCRIPT_HAN);
    memset(text + 600, 'a', 300);
    cr_expect_eq(ndup_text_script(text, sizeof text), NDUP_SCRIPT_SPACED);
}

Test(text_kinds, lengths_and_shares)
{
    cr_expect_eq(ndup_brief_tokens(5, 0.7), NDUP_SHORT_WORDS);
    cr_expect_eq(ndup_brief_tokens(5, 0.5), 19);
    cr_expect_eq(ndup_brief_tokens(3, 0.5), 11);
    cr_expect_eq(ndup_brief_tokens(1, 0), 1);
    cr_expect(!ndup_share_reaches(0, 0, 50) && !ndup_share_reaches(0, 10, 0));
    cr_expect(ndup_share_reaches(5, 10, 50) && !ndup_share_reaches(4, 10, 50));
    cr_expect(ndup_share_reaches(UINT64_MAX, UINT64_MAX, 100));
}
