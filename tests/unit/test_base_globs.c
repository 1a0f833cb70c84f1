/* SPDX-License-Identifier: MIT
 * Patterns of file names, lists of them, and the globs of options. */
#include "base/platform.h"

#include "base/globs.h"

#include <criterion/criterion.h>
#include <string.h>

/* The last line that matches decides: whether it leaves out the path. */
static bool ignored(const char *lines, const char *path, bool is_folder)
{
    struct ndup_patterns patterns = {0};
    cr_assert(ndup_patterns_read(&patterns, lines, strlen(lines)));
    const struct ndup_pattern *found = ndup_patterns_match(&patterns, path, is_folder);
    bool yes = found != NULL && !found->negative;
    ndup_patterns_free(&patterns);
    return yes;
}

static void expect(const char *lines, const char *path, bool yes)
{
    cr_expect_eq(ignored(lines, path, false), yes, "'%s' and '%s'", lines, path);
}

Test(base_globs, names)
{
    expect("a", "a", true);
    expect("a", "x/y/a", true);
    expect("a", "ab", false);
    expect("*.txt", "x/a.txt", true);
    expect("*.txt", "x/a.txtx", false);
    expect("a?c", "abc", true);
    expect("a*c*e", "abcde", true);
    expect("a*c*e", "abcdf", false);
    expect("**", "x/y", true);
}

Test(base_globs, paths)
{
    expect("/a", "a", true);
    expect("/a", "x/a", false);
    expect("x/a", "x/a", true);
    expect("x/a", "y/x/a", false);
    expect("x/*", "x/a", true);
    expect("x/*", "x/y/a", false);
    expect("**/a/b", "a/b", true);
    expect("**/a/b", "x/y/a/b", true);
    expect("a/**", "a/x/y", true);
    expect("a/**", "a", false);
    expect("a/**/b", "a/b", true);
    expect("a/**/b", "a/x/y/b", true);
    expect("a/**/b/*.c", "a/b/b/x.c", true);
    expect("a/x**/b", "a/xy/b", true);
    expect("a/x**/b", "a/xy/z/b", false);
    expect("a\\/b", "a/b", true);
}

Test(base_globs, folders_only)
{
    cr_expect(ignored("build/", "x/build", true));
    cr_expect(!ignored("build/", "x/build", false));
    cr_expect(ignored("/x/build/", "x/build", true));
}

Test(base_globs, brackets)
{
    expect("[ab]", "b", true);
    expect("[!ab]", "b", false);
    expect("[^a-c]", "d", true);
    expect("[]x]", "]", true);
    expect("[a-]", "-", true);
    expect("[\\]x]", "]", true);
    expect("[[:digit:]_]", "7", true);
    expect("[[:digit:]_]", "_", true);
    expect("[[:upper:]]", "a", false);
    expect("x/[a/]b", "x/ab", true);
    expect("[a", "[a", false);
    expect("\\[a", "[a", true);
}

Test(base_globs, lines)
{
    expect("# a\n\na\r\n", "a", true);
    expect("#a", "#a", false);
    expect("\\#a", "#a", true);
    expect("\\!a", "!a", true);
    expect("a  ", "a", true);
    expect("a\\ ", "a ", true);
    expect("a\t", "a", false);
    expect("\xef\xbb\xbf"
           "a",
           "a", true);
    expect("*\n!a", "a", false);
    expect("*\n!a\na", "a", true);
    expect("!", "!", false);
    expect("/", "a", false);
}

Test(base_globs, no_pattern_takes_long)
{
    char path[2001], pattern[2001];
    memset(path, 'a', 2000);
    path[2000] = '\0';
    for (size_t i = 0; i < 2000; i += 2)
        memcpy(pattern + i, "*a", 2);
    memcpy(pattern + 1998, "*b", 3);
    expect(pattern, path, false);
    for (size_t i = 0; i < 2000; i += 2)
        path[i] = '/';
    path[0] = 'a';
    memset(pattern, 0, sizeof pattern);
    for (size_t i = 0; i < 300; i++)
        memcpy(pattern + i * 5, "**/a/", 5);
    memcpy(pattern + 1500, "b", 2);
    expect(pattern, path, false);
}

/* ---- the globs of options ---- */

static neardup_status take(struct ndup_patterns *patterns, const char *option, const char *lines, neardup_error *err)
{
    return ndup_patterns_add_globs(patterns, option, &lines, 1, err);
}

static bool included(const char *lines, const char *path)
{
    struct ndup_patterns patterns = {0};
    cr_assert_eq(take(&patterns, "include", lines, NULL), NEARDUP_OK);
    bool yes = ndup_patterns_match_file(&patterns, path) != NULL;
    ndup_patterns_free(&patterns);
    return yes;
}

Test(base_globs, included)
{
    cr_expect(included("*.txt\n*.md", "x/a.md"));
    cr_expect(!included("*.txt", "x/a.md"));
    cr_expect(included("*.{txt,m{d,arkdown}}", "a.markdown"));
    cr_expect(included("*.{txt,m{d,arkdown}}", "a.txt"));
    cr_expect(!included("*.{txt,md}", "a.{txt,md}"));
    cr_expect(included("\\{a,b\\}", "{a,b}"));
    cr_expect(included("\\{a", "{a"));
    cr_expect(included("a}", "a}"));
    cr_expect(included("[{]a}", "{a}"));
    cr_expect(included("[{]{a,b}", "{b"));
    cr_expect(included("docs", "x/docs/a"));
    cr_expect(included("docs/", "x/docs/a"));
    cr_expect(!included("/docs", "x/docs/a"));
    cr_expect(included("#a", "#a"));
}

Test(base_globs, wrong_globs)
{
    static const char *const wrong[] = {
        "!a", "[a", "a\\", "{a", "a{b,c", "{{a}", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        neardup_error err = {0};
        struct ndup_patterns patterns = {0};
        cr_expect_eq(take(&patterns, "include", wrong[i], &err), NEARDUP_E_ARG, "%s", wrong[i]);
        cr_expect(strstr(err.message, "invalid pattern") != NULL && strstr(err.message, "`include`") != NULL, "%s",
                  err.message);
        ndup_patterns_free(&patterns);
        cr_expect_eq(take(&patterns, "pre_globs", wrong[i], NULL), i == 0 ? NEARDUP_OK : NEARDUP_E_ARG, "%s", wrong[i]);
        ndup_patterns_free(&patterns);
    }
}

/* The patterns of a list that may have a ! before them; here with line ends between them. */
Test(base_globs, want)
{
    static const struct {
        const char *patterns, *path;
        bool yes;
    } cases[] = {
        {"", "x", true},
        {"*.pdf", "a.pdf", true},
        {"*.pdf", "/x/y/a.pdf", true},
        {"*.pdf", "a.pdf/b", true},
        {"*.pdf", "a.PDF", false},
        {"*.{pdf,docx}", "x/a.docx", true},
        {"*.{pdf,doc{,x}}", "a.doc", true},
        {"*.{pdf,doc{,x}}", "a.docx", true},
        {"{a,b}{1,2}", "b1", true},
        {"{a,b}{1,2}", "c1", false},
        {"\\{a", "{a", true},
        {"x/*.txt", "x/a.txt", true},
        {"x/*.txt", "./x/a.txt", true},
        {"x/*.txt", "top/x/a.txt", false},
        {"**/x/*.txt", "/top/x/a.txt", true},
        {"x/*.txt", "x/y/a.txt", false},
        {"x/**/*.txt", "x/y/a.txt", true},
        {"x/*.txt", "yx/a.txt", false},
        {"/x/*.txt", "/x/a.txt", true},
        {"/x/*.txt", "/y/x/a.txt", false},
        {"x/", "x/a", true},
        {"x/", "x", false},
        {"!*.txt", "a.txt", false},
        {"!*.txt", "a.pdf", true},
        {"!{a,b}.txt", "b.txt", false},
        {"!{a,b}.txt", "c.txt", true},
        {"{!a,b}", "!a", true},
        {"{!a,b}", "a", false},
        {"\\!a", "!a", true},
        {"*\n!*.txt", "a.txt", false},
        {"!*.txt\na*", "a.txt", true},
        {"!*.txt\na*", "b.pdf", false},
        {"*\n!x/", "x/y/a", false},
        {"[a-c]?", "b1", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ndup_patterns patterns = {0};
        cr_assert_eq(take(&patterns, "pre_globs", cases[i].patterns, NULL), NEARDUP_OK, "%s", cases[i].patterns);
        cr_expect_eq(ndup_patterns_want(&patterns, cases[i].path), cases[i].yes, "%s of %s", cases[i].patterns,
                     cases[i].path);
        ndup_patterns_free(&patterns);
    }
    struct ndup_patterns two = {0};
    const char *const list[] = {"*.txt", "!b*"};
    cr_assert_eq(ndup_patterns_add_globs(&two, "pre_globs", list, 2, NULL), NEARDUP_OK);
    cr_expect(ndup_patterns_want(&two, "a.txt") && !ndup_patterns_want(&two, "b.txt"));
    ndup_patterns_free(&two);
}

/* Each pair of braces is a recursion: a list of files that somebody else wrote must not use up the stack. */
Test(base_globs, a_glob_is_no_longer_than_a_path)
{
    static char glob[200001];
    for (size_t i = 0; i + 3 < sizeof glob; i += 3)
        memcpy(glob + i, "{a}", 3);
    struct ndup_patterns patterns = {0};
    neardup_error err = {.message = ""};
    const char *globs[] = {glob};
    cr_expect_eq(ndup_patterns_add_globs(&patterns, "exclude", globs, 1, &err), NEARDUP_E_ARG);
    cr_expect(strstr(err.message, "longer than any path") != NULL, "%s", err.message);
    ndup_patterns_free(&patterns);
    glob[4095] = '\0'; /* 1 365 pairs */
    cr_expect_eq(ndup_patterns_add_globs(&patterns, "exclude", globs, 1, &err), NEARDUP_OK, "%s", err.message);
    cr_expect_eq(patterns.count, 1);
    ndup_patterns_free(&patterns);
}
