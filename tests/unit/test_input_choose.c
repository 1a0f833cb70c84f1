/* SPDX-License-Identifier: MIT
 * Patterns, lists of them, and the .gitignore files around a folder. tests/gitignore compares whole trees with git. */
#include "base/platform.h"

#include "input/choose.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

Test(input_choose, names)
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

Test(input_choose, paths)
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

Test(input_choose, folders_only)
{
    cr_expect(ignored("build/", "x/build", true));
    cr_expect(!ignored("build/", "x/build", false));
    cr_expect(ignored("/x/build/", "x/build", true));
}

Test(input_choose, brackets)
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

Test(input_choose, lines)
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

Test(input_choose, no_pattern_takes_long)
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

static neardup_status globs(const char *lines, const char *path, bool *yes, neardup_error *err)
{
    struct ndup_chooser chooser = {0};
    enum ndup_choice choice = NDUP_CHOSEN;
    neardup_status status = ndup_patterns_add_globs(&chooser.include, "include", lines, err);
    if (status == NEARDUP_OK)
        status = ndup_choose(&chooser, NULL, path, false, false, &choice, err);
    *yes = choice == NDUP_CHOSEN;
    ndup_chooser_free(&chooser);
    return status;
}

static bool included(const char *lines, const char *path)
{
    bool yes;
    cr_assert_eq(globs(lines, path, &yes, NULL), NEARDUP_OK);
    return yes;
}

Test(input_choose, included)
{
    cr_expect(included("*.txt\n*.md", "x/a.md"));
    cr_expect(!included("*.txt", "x/a.md"));
    cr_expect(included("*.{txt,m{d,arkdown}}", "a.markdown"));
    cr_expect(included("*.{txt,m{d,arkdown}}", "a.txt"));
    cr_expect(!included("*.{txt,md}", "a.{txt,md}"));
    cr_expect(included("\\{a,b\\}", "{a,b}"));
    cr_expect(included("{a", "{a"));
    cr_expect(included("docs", "x/docs/a"));
    cr_expect(included("docs/", "x/docs/a"));
    cr_expect(!included("/docs", "x/docs/a"));
    cr_expect(included("#a", "#a"));
}

Test(input_choose, wrong_globs)
{
    static const char *const wrong[] = {"!a", "[a", "a\\", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"};
    bool yes;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        neardup_error err = {0};
        cr_expect_eq(globs(wrong[i], "a", &yes, &err), NEARDUP_E_ARG, "%s", wrong[i]);
        cr_expect(strstr(err.message, "invalid pattern") != NULL && strstr(err.message, "`include`") != NULL, "%s",
                  err.message);
    }
}

/* ---- .gitignore files ---- */

static char folder[64];

static void make(const char *name, const char *bytes)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (bytes == NULL) {
        cr_assert_eq(mkdir(path, 0700), 0);
        return;
    }
    FILE *file = fopen(path, "wb");
    cr_assert(file != NULL && fputs(bytes, file) >= 0 && fclose(file) == 0);
}

static enum ndup_choice choose(const struct ndup_ignore *ignore, const char *path)
{
    const struct ndup_chooser chooser = {.gitignore = true};
    enum ndup_choice choice;
    cr_assert_eq(ndup_choose(&chooser, ignore, path, false, false, &choice, NULL), NEARDUP_OK);
    return choice;
}

Test(input_choose, ignore_files)
{
    strcpy(folder, "/tmp/neardup-choose-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
    make(".git", NULL);
    make(".gitignore", "*.log\n/in/b\n/b\n");
    make("in", NULL);
    make("in/.gitignore", "!keep.log\nc\n");
    make("in/sub", NULL);
    char path[96];
    snprintf(path, sizeof path, "%s/in", folder);
    struct ndup_ignore *outer = NULL, *own = NULL, *same = NULL;
    cr_assert_eq(ndup_ignore_find_outer(&outer, path, NULL), NEARDUP_OK);
    cr_assert(outer != NULL && outer->up == NULL);
    cr_expect_str_eq(outer->prefix, "in");
    cr_assert_eq(ndup_ignore_read(&own, outer, path, 0, NULL), NEARDUP_OK);
    cr_assert(own != outer && own->up == outer);
    cr_expect_eq(choose(own, "a.log"), NDUP_IGNORED);
    cr_expect_eq(choose(own, "keep.log"), NDUP_CHOSEN);
    cr_expect_eq(choose(own, "b"), NDUP_IGNORED);
    cr_expect_eq(choose(own, "sub/b"), NDUP_CHOSEN);
    cr_expect_eq(choose(own, "sub/c"), NDUP_IGNORED);
    snprintf(path, sizeof path, "%s/in/sub", folder);
    cr_assert_eq(ndup_ignore_read(&same, own, path, 4, NULL), NEARDUP_OK);
    cr_expect_eq(same, own);
    ndup_ignore_free(own, NULL);
    make("in/sub/.gitignore", NULL); /* a folder of this name is none */
    cr_assert_eq(ndup_ignore_read(&same, NULL, path, 4, NULL), NEARDUP_OK);
    cr_expect(same == NULL);
    static const char *const names[] = {"in/sub/.gitignore", "in/sub", "in/.gitignore", "in", ".gitignore", ".git", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        cr_expect_eq(remove(path), 0);
    }
}
