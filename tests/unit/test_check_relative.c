/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "check/findings.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static void expect(const char *path, const char *expected)
{
    static const char *const directories[] = {"/srv/repo", "/mnt/u/repo/"};
    char *got = ndup_relative_path(path, directories, 2);
    cr_assert_not_null(got);
    cr_expect_str_eq(got, expected, "'%s' became '%s', not '%s'", path, got, expected);
    free(got);
}

Test(relative, paths)
{
    expect("a.jsonl", "a.jsonl");
    expect("./a/./b//c", "a/b/c");
    expect("a/../b", "b");
    expect("a/b/../../c", "c");
    expect("a/..", "");
    expect("../b", "../b");
    expect("a/../../b", "../b");
    expect("../../b", "../../b");
    expect("..a/.b/...", "..a/.b/...");
    expect("/srv/repo/data/a", "data/a");
    expect("/mnt/u/repo/data/a", "data/a");
    expect("/srv/./x/../repo//a", "a");
    expect("/srv/repository/a", "/srv/repository/a");
    expect("/srv/repo", "/srv/repo");
    expect("/../a", "/a");
    expect("/", "/");
    expect("../repo/a", "a");
    expect("../other/a", "../other/a");
    expect("../../srv/repo/a", "a");
}

Test(relative, without_a_directory)
{
    static const char *const root[] = {"/"};
    char *got = ndup_relative_path("/a/../b", NULL, 0);
    cr_expect_str_eq(got, "/b");
    free(got);
    got = ndup_relative_path("../b", NULL, 0);
    cr_expect_str_eq(got, "../b");
    free(got);
    got = ndup_relative_path("/a/b", root, 1);
    cr_expect_str_eq(got, "a/b");
    free(got);
}
