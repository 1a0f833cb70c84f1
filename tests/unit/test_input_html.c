/* SPDX-License-Identifier: MIT
 * The text of web pages: what is text, where paragraphs end, what is left out, and markup that is not well formed. */
#include "base/platform.h"

#include "input/html.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_html *html;
static struct ndup_buf out = NDUP_BUF_INIT;

static void set_up(void)
{
    cr_assert_eq(ndup_html_create(&html, NULL), NEARDUP_OK);
}

static void tear_down(void)
{
    ndup_html_destroy(html);
    ndup_buf_free(&out);
}

TestSuite(input_html, .init = set_up, .fini = tear_down);

static void expect_bytes(const char *page, size_t length, const char *text)
{
    /* In an allocation of its own, so that a sanitizer sees each byte that is read beyond it. */
    char *copy = malloc(length > 0 ? length : 1);
    cr_assert(copy != NULL);
    memcpy(copy, page, length);
    cr_assert_eq(ndup_html_text(html, copy, length, &out, NULL), NEARDUP_OK);
    free(copy);
    cr_expect(out.len == strlen(text) && memcmp(out.data != NULL ? out.data : "", text, out.len) == 0,
              "page: %s\nfound: %.*s\nwanted: %s", page, (int)out.len, out.data, text);
}

static void expect(const char *page, const char *text)
{
    expect_bytes(page, strlen(page), text);
}

Test(input_html, paragraphs)
{
    expect("", "");
    expect("plain words", "plain words");
    expect("<p>one<p>two", "one\n\ntwo");
    expect("<div>one</div>two<div>three</div>", "one\n\ntwo\n\nthree");
    expect("<h1>Title</h1>\n<p>First <b>bold</b> words.</p>\n", "Title\n\nFirst bold words.");
    expect("<section><div><p>deep</p></div></section><p>next", "deep\n\nnext");
    expect("one</p>two", "one\n\ntwo");
    expect("one<hr>two", "one\n\ntwo");
    expect("<p></p><p> </p><p>&nbsp;</p>only", "only");
}

Test(input_html, lines)
{
    expect("one<br>two", "one\ntwo");
    expect("one<br> two<BR/>three</br>four", "one\ntwo\nthree\nfour");
    expect("one<br><br>two<br>\n<br><br>three", "one\n\ntwo\n\nthree");
    expect("<ul><li>one<li>two</ul>three", "one\ntwo\n\nthree");
    expect("<ul><li>one<ul><li>inner</ul><li>two</ul>", "one\n\ninner\n\ntwo");
    expect("<dl><dt>term<dd>what it is<dt>other</dl>", "term\nwhat it is\nother");
    expect("<table><tr><td>a<td>b<tr><th>c</th><th>d</th></table>e", "a b\nc d\n\ne");
    expect("<select><option>a<option>b</select>", "a\nb");
}

Test(input_html, white_space)
{
    expect(" one \n\t two ", "one two");
    expect("one<b> two </b> three", "one two three");
    expect("some<i>thing</i>", "something");
    expect("<p> one </p> <p> two </p>", "one\n\ntwo");
    expect("a&nbsp;b\xc2\xa0"
           "c&#32;d&#x0A;e",
           "a b c d e");
    expect("\xc2\xa9 \xc2", "\xc2\xa9 \xc2");
}

Test(input_html, pre_keeps_lines)
{
    expect("<pre>\n  one\n    two\n</pre>three", "  one\n    two\n\nthree");
    expect("<pre>a\r\nb\rc</pre>", "a\nb\nc");
    expect("<pre>a  <b>b</b><br>c &lt; d</pre>", "a  b\nc < d");
    expect("x<textarea>\n a <b>\n c &amp; d</textarea>y", "x\n\n a <b>\n c & d\ny");
    expect("<xmp>a <b> &amp; c</xmp>d", "a <b> &amp; c\n\nd");
    expect("a<plaintext>b <i> c</plaintext>", "a\n\nb <i> c</plaintext>");
}

Test(input_html, references)
{
    expect("&lt;p&gt; &amp;amp; &quot;&apos;", "<p> &amp; \"'");
    expect("&eacute;&Eacute;&rarr;&CounterClockwiseContourIntegral;", "\xc3\xa9\xc3\x89\xe2\x86\x92\xe2\x88\xb3");
    expect("&copy 2026 &eacutes &notit; &notin; &ampx", "\xc2\xa9 2026 \xc3\xa9s \xc2\xacit; \xe2\x88\x89 &x");
    expect("AT&T &; & &unknown; &unknown R&D&", "AT&T &; & &unknown; &unknown R&D&");
    expect("&#65;&#x42;&#X43;&#68 &#0; &#xD800; &#x110000; &#99999999999;",
           "ABCD \xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd");
    expect("&#128;&#150;&#x99; &# &#x &#z", "\xe2\x82\xac\xe2\x80\x93\xe2\x84\xa2 &# &#x &#z");
    expect("&NotEqualTilde;&nvlt;", "\xe2\x89\x82\xcc\xb8<\xe2\x83\x92");
}

Test(input_html, left_out)
{
    expect("<head><title>T</title><style>p{}</style></head><body>text", "text");
    expect("a<script>if (1 < 2) document.write('<p>x</p>')</script>b", "ab");
    expect("a<SCRIPT>x</ScRiPt >b<style>c</style>d", "abd");
    expect("a<noscript><p>b</p></noscript><template><p>c</p></template>d", "ad");
    expect("<nav><ul><li>Home</ul></nav><p>text", "text");
    expect("a<iframe>b</iframe><noembed>c</noembed><noframes>d</noframes>e", "ae");
    expect("<ruby>A<rp>(<rt>b<rp>)</ruby>c", "Abc");
    expect("<!-- a --><!-- <p>b --><p>c<!----><!--->d<!-- -- --!>e<!x>f<?php g ?>h</>i</ j>k", "cdefhik");
    expect("<svg><title>a</title><style>b</style><text>c</text></svg>d", "cd");
    expect("<datalist><option>a</datalist>b<dialog>c</dialog><dialog open>d</dialog>", "b\n\nd");
}

Test(input_html, hidden_elements)
{
    expect("<div hidden>a<p>b</p></div>c", "c");
    expect("<p hidden>a<p>b", "b");
    expect("<div hidden=''>a<div>b</div>c</div>d", "d");
    expect("<span aria-hidden=true>a</span>b<span aria-hidden=\"false\">c</span>", "bc");
    expect("<div style=\"color: red; display:none\">a</div>b<div STYLE='Display : NONE !important'>c</div>d", "b\n\nd");
    expect("<i style=display:none>a<i>b</i>c</i>d", "d");
    expect("<p style='display:none;display:block'>a<p style='x-display:none'>b<p style='display:nonesuch'>c",
           "a\n\nb\n\nc");
    expect("<ul><li hidden>a<li>b</ul>c", "b\n\nc");
    expect("<table><tr><td hidden>a<td>b<tr hidden><td>c<tr><td>d</table>", "b\nd");
    expect("<div><span hidden>a</div>b", "b");
    expect("<form hidden>a<div>b</form>c", "c");
    expect("<br hidden>a<input hidden>b<textarea hidden>c</textarea>d", "ab\nd");
    /* A page that its script will show, and one in a <nav> without an end. */
    expect("<body style='display:none'><p>a", "a");
    expect("<html hidden><p>a", "a");
    expect("<nav>a<p>b</nav>c<nav>d<p>e", "c\n\nd\n\ne");
    expect("<nav hidden>a<p>b", "");
}

Test(input_html, markup_that_is_not_well_formed)
{
    expect("a < b <3 c<", "a < b <3 c<");
    expect("<p>a</div>b</span>c", "abc");
    expect("<b><p>a</b>b</p>c", "ab\n\nc");
    expect("<a href='x>y'>a</a><a href=\"b>c\">b</a>", "ab");
    expect("<p a=1 b='2' c=\"3\" d e = f =g / h/>a", "a");
    expect("<table><tr><td><p hidden>a</table>b", "b");
    expect("<div hidden><table><tr><td></div>a</table></div>b", "b");
    expect("<h1 hidden>a</h2>b", "b");
    expect("<svg hidden><path/><g/></svg>a<div hidden/>b</div>c", "a\n\nc");
    expect("<svg><![CDATA[a<b]]></svg>c<![CDATA[d]]>e", "a<bce");
    expect("<?xml version='1.0'?><html><script src='a'/><p>b<![CDATA[c]]></p></html>", "bc");
    expect("<x-y hidden>a</x-y>b<a-name-that-is-longer-than-all hidden>c</a-name-that-is-longer-than-all>d", "bd");
}

Test(input_html, scripts_in_comments_of_scripts)
{
    expect("<script><!-- a </script>b", "b");
    expect("<script><!-- <script> a </script> b --> c </script>d", "d");
    expect("<script><!-- <script> a --> b </script>c", "c");
    expect("<script><!--><script>a</script>b", "b");
    expect("<script>'</scripts>' a</script>b", "b");
}

Test(input_html, pages_that_are_cut_off)
{
    static const char page[] =
        "<!DOCTYPE html><!--c--><html a='1'><head><title>t</title></head><body><p hidden>h</p>"
        "<script>s<!--</script>--></script><pre>\r\n a&amp;b</pre><svg><![CDATA[c]]></svg></body>";
    for (size_t i = 0; i < sizeof page; i++) {
        char *copy = malloc(i > 0 ? i : 1);
        cr_assert(copy != NULL);
        memcpy(copy, page, i);
        cr_expect_eq(ndup_html_text(html, copy, i, &out, NULL), NEARDUP_OK);
        free(copy);
    }
    expect("a<p title='b", "a");
    expect("a<!-- b", "a");
    expect("a<script>b", "a");
    expect("a<div hidden>b", "a");
    expect("a&am", "a&am");
}

Test(input_html, bytes_of_any_kind)
{
    static const char nul[] = "<p>a\0b<\0c</p><pre>d\0e</pre>";
    expect_bytes(nul, sizeof nul - 1, "ab<c\n\nde");
    expect("\xef\xbb\xbf<p>a", "a");
    expect("\xff<p>\xfe\xc2", "\xff\n\n\xfe\xc2");
}

/* Parsers that build a tree take hours for each of these. The test has the time limit of all tests. */
Test(input_html, time_is_linear)
{
    static const char *const pages[][3] = {
        {"<b>", "</i>", "x"},
        {"<div>", "</p>", "x"},
        {"<x>", "</y>", "x"},
        {"<div hidden>", "</b>", ""},
        {"<p a=1 ", "b=2 ", ""},
        {"<a><p>", "</a>", "x"},
        {"<table>", "</div>", "x"},
        {"<!-", "<!--", ""},
        {"<script>", "<!-- <script", ""},
        {"<nav>", "<nav>a", "x"},
        {"&", "&a", "x"},
        {"<pre> ", "<p>", "x"},
        {"<table><tr><td>", "</td>", "x"},
    };
    enum { TIMES = 500000 };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct ndup_buf page = NDUP_BUF_INIT;
        for (size_t k = 0; k < TIMES; k++)
            ndup_buf_append_str(&page, pages[i][0]);
        for (size_t k = 0; k < TIMES; k++)
            ndup_buf_append_str(&page, pages[i][1]);
        ndup_buf_append_str(&page, pages[i][2]);
        cr_assert(!page.failed);
        cr_expect_eq(ndup_html_text(html, page.data, page.len, &out, NULL), NEARDUP_OK);
        cr_expect(out.len <= 2 * page.len);
        ndup_buf_free(&page);
    }
}

Test(input_html, pages_that_scripts_make)
{
    static const char script[] =
        "<script>window.data={\"title\":\"the text of this page\",\"body\":\"which no other page has\"};"
        "render(window.data, document.getElementById('root'))</script>";
    struct ndup_buf page = NDUP_BUF_INIT;
    for (size_t i = 0; i < 20; i++)
        ndup_buf_append_str(&page, script);
    size_t length = page.len;
    cr_assert(length > 2000 && !page.failed);
    cr_expect_null(ndup_html_problem(page.data, length, 0), "it has no text");
    cr_expect_not_null(ndup_html_problem(page.data, length, 46));
    cr_expect_not_null(ndup_html_problem(page.data, length, 100));
    cr_expect_null(ndup_html_problem(page.data, length, 101));
    cr_expect_not_null(ndup_html_problem(page.data, 46 * 20, 46));
    cr_expect_null(ndup_html_problem(page.data, 46 * 20 - 1, 46), "a short page");
    for (size_t i = 0; i + 7 <= length; i++) {
        if (memcmp(page.data + i, "<script", 7) == 0)
            memcpy(page.data + i, "<SCRIPX", 7);
    }
    cr_expect_null(ndup_html_problem(page.data, length, 46), "no script");
    ndup_buf_free(&page);
}

Test(input_html, names_of_references)
{
    cr_expect_str_eq(ndup_html_entity("amp;", 4), "&");
    cr_expect_str_eq(ndup_html_entity("AElig", 5), "\xc3\x86");
    cr_expect_str_eq(ndup_html_entity("zwnj;", 5), "\xe2\x80\x8c");
    cr_expect_null(ndup_html_entity("rarr", 4));
    cr_expect_null(ndup_html_entity("", 0));
    cr_expect_null(ndup_html_entity("CounterClockwiseContourIntegral;x", 33));
}

Test(input_html, what_begins_as_a_page)
{
    static const char *const pages[] = {
        "<!DOCTYPE html>",   " <!doctype HTML PUBLIC>",     "<html>",         "<HTML lang='en'>", "<head >", "<body\n>",
        "<!-- a --> <html>", "<?xml version='1.0'?><html ", "<!doctype\thtml"};
    static const char *const others[] = {"",        "html",  "<p>text",     "<!doctype svg>",
                                         "<htmlx>", "<html", "<!-- <html>", "<?xml version='1.0'?><feed>",
                                         "# <html>"};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        cr_expect(ndup_html_sniff(pages[i], strlen(pages[i])), "%s", pages[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect(!ndup_html_sniff(others[i], strlen(others[i])), "%s", others[i]);
}
